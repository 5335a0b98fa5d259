"""Windows as tables over the days of a year, the types of day and the hours; whether bands cover them exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.tariff.fields import MINUTES_OF_A_DAY, span_minutes
from optimizer.tariff.window import HOLIDAY, WEEKDAYS, Season, Window

Table = NDArray[np.bool_]
"""(day of a leap year, type of day, piece of the day) True where a window applies."""

_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_DAYS = np.concatenate([[0], np.cumsum(_MONTH_LENGTHS)])
DAYS = int(_FIRST_DAYS[-1])
"""Days of a leap year, by which the days of all years are numbered."""

_MOST_TOLD = 3  # gaps or overlaps that a message names


def day_number(day: str) -> int:
    """Give the number of a day of the year, written as month and day, in a leap year and from 0.

    Examples
    --------
    >>> day_number("01-01"), day_number("03-01"), day_number("12-31")
    (0, 60, 365)
    """
    return int(_FIRST_DAYS[int(day[:2]) - 1]) + int(day[3:]) - 1


def day_numbers(months: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of days of the year by month (1 to 12) and day of the month, all arrays (n,)."""
    return np.asarray(_FIRST_DAYS[months - 1] + days - 1)


def _day_text(number: int) -> str:
    month = int(np.searchsorted(_FIRST_DAYS, number, side="right"))
    return f"{month:02d}-{number - _FIRST_DAYS[month - 1] + 1:02d}"


def cuts(windows: Sequence[Window]) -> NDArray[np.int64]:
    """Give the minutes of the day, 0 the first, at which any of the windows begins or ends."""
    ends = {minute for window in windows for span in window.hours for piece in span_minutes(span) for minute in piece}
    return np.array(sorted((ends | {0}) - {MINUTES_OF_A_DAY}), dtype=np.int64)


def table(
    windows: Sequence[Window], seasons: Sequence[Season], weekend: Sequence[str], pieces: NDArray[np.int64]
) -> Table:
    """Lay windows out over the year.

    Parameters
    ----------
    windows : sequence of Window
        Any of them has to apply; none of them means always.
    seasons : sequence of Season
        What the windows refer to.
    weekend : sequence of str
        The days of the weekend.
    pieces : (n,)
        Minutes of the day at which its pieces begin, among them the ends of all windows.

    Returns
    -------
    ndarray of bool, (366, 8, n)
        By day of a leap year, type of day (Monday to Sunday, holiday) and piece of the day.
    """
    found = np.zeros((DAYS, HOLIDAY + 1, len(pieces)), dtype=bool)
    by_name = {season.name: season for season in seasons}
    for window in windows or (Window(),):
        in_year = np.zeros(DAYS, dtype=bool)
        for name in window.seasons:
            in_year[_season_days(by_name[name])] = True
        on_day = np.zeros(HOLIDAY + 1, dtype=bool)
        on_day[[number for name in window.days for number in _types(name, weekend)]] = True
        in_day = np.zeros(len(pieces), dtype=bool)
        for span in window.hours:
            for begin, end in span_minutes(span):
                in_day |= (pieces >= begin) & (pieces < end)
        parts = (in_year, window.seasons), (on_day, window.days), (in_day, window.hours)
        year, day, hour = (part if given else np.ones_like(part) for part, given in parts)
        found |= year[:, None, None] & day[None, :, None] & hour[None, None, :]
    return found


def _season_days(season: Season) -> NDArray[np.int64]:
    first, last = day_number(season.start), day_number(season.end)
    days = np.arange(first, last + 1 if last >= first else last + 1 + DAYS)
    return np.asarray(days % DAYS)


def _types(name: str, weekend: Sequence[str]) -> list[int]:
    """Give the numbers of the types of day that a name stands for."""
    if name == "holidays":
        return [HOLIDAY]
    if name in WEEKDAYS:
        return [WEEKDAYS.index(name)]
    return [number for number, day in enumerate(WEEKDAYS) if (day in weekend) == (name == "weekends")]


def coverage_faults(tables: Mapping[str, Table], pieces: NDArray[np.int64], *, holidays: bool) -> list[str]:
    """Say which hours no band covers, and which more than one; nothing where each hour has exactly one.

    Parameters
    ----------
    tables : mapping of str to Table
        The bands.
    pieces : (n,)
        Minutes of the day at which its pieces begin.
    holidays : bool
        Whether there are holidays, so that their hours have to be covered.

    Examples
    --------
    >>> night = table([Window(hours="22-7")], [], ["saturday", "sunday"], np.array([0, 420, 1320]))
    >>> coverage_faults({"night": night}, np.array([0, 420, 1320]), holidays=False)
    ['no band covers 07:00-22:00']
    """
    stacked = np.stack(list(tables.values()))
    stacked = stacked if holidays else stacked[:, :, :HOLIDAY]
    count = stacked.sum(axis=0)
    told = [f"no band covers {where}" for where in _places(count == 0, pieces)]
    names = list(tables)
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            both = stacked[first] & stacked[second]
            told += [f"{names[first]!r} and {names[second]!r} both cover {where}" for where in _places(both, pieces)]
    return told


def _places(where: Table, pieces: NDArray[np.int64]) -> Iterator[str]:
    """Tell the marked hours as a reader would: hours of the day, types of day, days of the year."""
    if not where.any():
        return
    boxes: dict[tuple[bytes, bytes], list[int]] = {}  # hours by what they are told together with: types and days
    for pattern, days in _alike(where).items():
        marked = np.frombuffer(pattern, dtype=bool).reshape(where.shape[1:])
        for piece in np.flatnonzero(marked.any(axis=0)).tolist():
            boxes.setdefault((marked[:, piece].tobytes(), np.isin(np.arange(DAYS), days).tobytes()), []).append(piece)
    texts = []
    for (types, in_year), found in boxes.items():
        parts = (_hours(found, pieces), _day_types(types), _days(in_year))
        texts.append(" ".join(part for part in parts if part))
    more = f" and {len(texts) - _MOST_TOLD} more" if len(texts) > _MOST_TOLD else ""
    yield ", ".join(texts[:_MOST_TOLD]) + more


def _alike(where: Table) -> dict[bytes, list[int]]:
    """Gather the days of the year that are marked alike, those without a mark left out."""
    found: dict[bytes, list[int]] = {}
    for day in np.flatnonzero(where.any(axis=(1, 2))).tolist():
        found.setdefault(where[day].tobytes(), []).append(day)
    return found


def _hours(found: Sequence[int], pieces: NDArray[np.int64]) -> str:
    ends = np.append(pieces, MINUTES_OF_A_DAY)
    spans: list[list[int]] = []
    for piece in found:
        if spans and spans[-1][1] == ends[piece]:
            spans[-1][1] = int(ends[piece + 1])
        else:
            spans.append([int(ends[piece]), int(ends[piece + 1])])
    return " and ".join("-".join(f"{end // 60:02d}:{end % 60:02d}" for end in span) for span in spans)


def _day_types(marks: bytes) -> str:
    marked = np.frombuffer(marks, dtype=bool)
    if marked.all():
        return ""
    names = [*(name.capitalize() + "s" for name in WEEKDAYS), "holidays"]
    return "on " + _listed([name for name, is_marked in zip(names, marked, strict=False) if is_marked])


def _days(marks: bytes) -> str:
    marked = np.frombuffer(marks, dtype=bool)
    if marked.all():
        return ""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]])))
    spans = [(_day_text(int(first)), _day_text(int(last) - 1)) for first, last in edges.reshape(-1, 2)]
    return "from " + _listed([first if first == last else f"{first} to {last}" for first, last in spans])


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"
