"""Kinds of field that hold days of the year and hours of the day, as a tariff writes them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from optimizer.specification.base import shown, wrong

MINUTES_OF_A_DAY = 1440
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?")
_LEAP_YEAR = 2024  # has every day that any year has


def _month_day(text: str) -> str:
    match = _MONTH_DAY.fullmatch(text.strip())
    if match is None or _date(_LEAP_YEAR, int(match[1]), int(match[2])) is None:
        raise wrong(
            f"{shown(text)} is not a day of the year", "write month and day, such as 10-01 for the 1st of October"
        )
    return text.strip()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _holiday(text: str) -> str:
    if _MONTH_DAY.fullmatch(text.strip()):
        return _month_day(text)
    if _as_date(text) is None:
        what = f"{shown(text)} is not a day"
        raise wrong(what, "write 05-01 for a day of every year, 2025-03-31 for one date")
    return text.strip()


def _as_date(text: str) -> date | None:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text.strip())
    return _date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _calendar_date(text: str) -> str:
    if _as_date(text) is None:
        raise wrong(f"{shown(text)} is not a date", "write it as 2025-01-12")
    return text.strip()


def _span(text: str) -> str:
    """Read '17:00-22:00' or '17-22', and write it in full."""
    match = _SPAN.fullmatch(text.strip())
    ends = None if match is None else [60 * int(match[i]) + int(match[i + 1] or 0) for i in (1, 3)]
    sane = match is not None and all(int(minute or 0) < 60 for minute in (match[2], match[4]))
    if ends is None or not sane or ends[0] >= MINUTES_OF_A_DAY or not 0 <= ends[1] <= MINUTES_OF_A_DAY:
        raise wrong(f"{shown(text)} is not a span of hours", "write it as 17:00-22:00, or 22:00-07:00 over midnight")
    if ends[0] == ends[1]:
        raise wrong(f"{shown(text)} is empty", "leave `hours` out for the whole day")
    return "-".join(f"{end // 60:02d}:{end % 60:02d}" for end in ends)


def span_minutes(span: str) -> list[tuple[int, int]]:
    """Give the minutes of the day, from and until, that a span covers: two pieces where it passes midnight.

    Examples
    --------
    >>> span_minutes("17:00-22:00"), span_minutes("22:00-07:00")
    ([(1020, 1320)], [(0, 420), (1320, 1440)])
    """
    begin, end = (60 * int(text[:2]) + int(text[3:]) for text in span.split("-"))
    if begin < end:
        return [(begin, end)]
    return [piece for piece in ((0, end), (begin, MINUTES_OF_A_DAY)) if piece[0] < piece[1]]


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def one_or_many(schema: dict[str, Any]) -> Any:
    """Let a list of texts be written as one text, where it has one item."""
    return BeforeValidator(_as_list), WithJsonSchema({"anyOf": [schema, {"type": "array", "items": schema}]})


DayOfYear = Annotated[
    str,
    AfterValidator(_month_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d-\d\d$", "examples": ["10-01"]}),
]
"""A day of every year: month and day."""

Holiday = Annotated[
    str, AfterValidator(_holiday), WithJsonSchema({"type": "string", "pattern": r"^(\d{4}-)?\d\d-\d\d$"})
]
"""A day of every year, or a date."""

LocalDate = Annotated[
    str, AfterValidator(_calendar_date), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"})
]
"""A date on the site's calendar."""

Hours = Annotated[str, AfterValidator(_span)]
"""A span of hours of the day, by the site's clock: ``"17:00-22:00"``."""

HOURS_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*\d{1,2}(:\d\d)?\s*-\s*\d{1,2}(:\d\d)?\s*$",
    "examples": ["17:00-22:00"],
}
