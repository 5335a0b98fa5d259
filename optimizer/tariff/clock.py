"""A horizon cut along local time, so that each piece lies in one interval, one day and one hour of the site's clock.

Everything follows from the clock on the wall as the zone database has it, so daylight saving, days of 23 and 25 hours
and Morocco's clock in Ramadan need no rule of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from optimizer.series.clock import Times, to_labels

_DAY, _HOUR, _MINUTE = np.timedelta64(1, "D"), np.timedelta64(1, "h"), np.timedelta64(1, "m")


@dataclass(frozen=True)
class Pieces:
    """Pieces of a span of time.

    Attributes
    ----------
    interval : (n,) int
        The interval in which each lies.
    hours : (n,) float
        Their lengths [h].
    start : (n,) datetime64[ns]
        Their starts, in UTC.
    label : (n,) datetime64[ns]
        What the local clock shows at their starts.
    """

    interval: NDArray[np.int64]
    hours: NDArray[np.float64]
    start: Times
    label: Times

    @cached_property
    def date(self) -> Times:
        """(n,) Local dates, datetime64[D]."""
        return self.label.astype("datetime64[D]")


def cut(boundaries: Times, zone: str, minutes: NDArray[np.int64]) -> Pieces:
    """Cut intervals wherever the local clock shows certain times of the day, or is set.

    Parameters
    ----------
    boundaries : (intervals + 1,) datetime64[ns]
        Ends of the intervals, in UTC.
    zone : str
        IANA name of the zone.
    minutes : (m,)
        Minutes of the day at which to cut, such as 0 for midnight.

    Examples
    --------
    >>> ends = np.array(["2025-03-30T00", "2025-03-30T02"], "datetime64[ns]")  # 01:00 to 04:00 in Madrid, in two hours
    >>> pieces = cut(ends, "Europe/Madrid", np.array([0, 210]))
    >>> [str(label) for label in pieces.label.astype("datetime64[m]")], pieces.hours.tolist()
    (['2025-03-30T01:00', '2025-03-30T03:00', '2025-03-30T03:30'], [1.0, 0.5, 0.5])
    """
    shifts = to_labels(boundaries, zone) - boundaries
    first, last = boundaries[0], boundaries[-1]
    days = np.arange((first - _DAY).astype("datetime64[D]"), (last + _DAY).astype("datetime64[D]") + 1)
    local = (days[:, None] + minutes * _MINUTE).astype("datetime64[ns]").ravel()
    # A cut too many does no harm, so each time of the day is taken under every distance from UTC that occurs.
    marks = np.concatenate([*(local - shift for shift in np.unique(shifts)), _settings(boundaries, shifts, zone)])
    edges = np.union1d(boundaries, marks[(marks > first) & (marks < last)])
    return Pieces(
        np.searchsorted(boundaries, edges[:-1], side="right") - 1,
        np.diff(edges) / _HOUR,
        edges[:-1],
        to_labels(edges[:-1], zone),
    )


def _settings(boundaries: Times, shifts: NDArray[np.timedelta64], zone: str) -> Times:
    """Find the instants between boundaries at which the clock is set, to the second."""
    found = []
    for place in np.flatnonzero(shifts[1:] != shifts[:-1]):
        before, after = (int(time) for time in boundaries[place : place + 2].astype("datetime64[s]").astype(np.int64))
        first = _distance(before, zone)
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (before, middle) if _distance(middle, zone) != first else (middle, after)
        found.append(np.datetime64(after, "s").astype("datetime64[ns]"))
    return np.array(found, dtype="datetime64[ns]")


def _distance(second: int, zone: str) -> timedelta | None:
    """Give the distance of a zone's clock from UTC at a second since 1970."""
    return datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone)).utcoffset()


def midnight(date: np.datetime64, zone: str) -> np.datetime64:
    """Give the instant at which a local date begins, datetime64[ns] in UTC.

    Examples
    --------
    >>> str(midnight(np.datetime64("2025-03-30"), "Europe/Madrid"))[:16]
    '2025-03-29T23:00'
    """
    moment = datetime.fromisoformat(str(date.astype("datetime64[D]"))).replace(tzinfo=ZoneInfo(zone))
    return np.datetime64(int(moment.timestamp()) * 1_000_000_000, "ns")
