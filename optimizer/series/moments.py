"""Kinds of field that hold time: durations, steps, moments and zones, as a scenario file writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from optimizer.specification.base import nearest, shown, wrong

_SECONDS = {"s": 1, "min": 60, "minutes": 60, "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "days": 86400}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_DURATION_PATTERN = r"^\s*\d+(\.\d+)?\s*(s|min|minutes|h|hour|hours|d|days)\s*$"
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(hours=3)


def duration_text(duration: timedelta) -> str:
    """Write a duration as a scenario file has it.

    Examples
    --------
    >>> duration_text(timedelta(hours=1)), duration_text(timedelta(hours=6))
    ('60 min', '6 h')
    """
    seconds = duration.total_seconds()
    if seconds % 3600 == 0 and seconds > 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 60:.0f} min" if seconds % 60 == 0 else f"{seconds:g} s"


def _duration(value: object) -> object:
    """Read '60 min'; a number without a unit is refused rather than guessed."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in _SECONDS:
        raise wrong(f"{shown(value)} is not a duration", "write a number and its unit, such as '60 min' or '1 h'")
    duration = timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    if not duration:
        raise wrong(f"{shown(value)} is not above 0")
    return duration


def _step(step: timedelta) -> timedelta:
    if not _SHORTEST <= step <= _LONGEST:
        raise wrong(f"a step of {duration_text(step)} is not between 5 min and 3 h")
    return step


def no_bare_number(value: object) -> object:
    """Refuse numbers, which pydantic would take for seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"\s*[+-]?[\d.]+\s*", value)):
        raise wrong(f"{shown(value)} is not a date or time", "write it as 2025-01-01 or 2025-01-01T00:00Z")
    return value


def _instant(moment: datetime) -> datetime:
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not 1900 <= moment.year <= 2200:
        raise wrong(f"the year {moment.year} is not between 1900 and 2200")
    return moment


def zone_hint(name: str) -> str | None:
    """Say which zone was meant by a name that is none; None for the name of a zone.

    Examples
    --------
    >>> zone_hint("Europe/Madird"), zone_hint("Europe/Madrid")
    ("did you mean 'Europe/Madrid'?", None)
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an OSError for a folder of the zone database
        near = nearest(name, sorted(available_timezones()))
        examples = "use an IANA name such as 'Africa/Casablanca', 'Etc/GMT-1' or 'UTC'"
        return f"did you mean '{near}'?" if near else examples
    return None


def _known_zone(name: str) -> str:
    remedy = zone_hint(name)
    if remedy is not None:
        raise wrong(f"{shown(name)} is not a time zone", remedy)
    return name


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION_PATTERN, "examples": ["60 min", "6 h"]}),
]
"""A length of time, written with its unit: ``"60 min"``."""

Step = Annotated[Duration, AfterValidator(_step)]
"""The length of an interval, from 5 minutes to 3 hours."""

Instant = Annotated[datetime, BeforeValidator(no_bare_number), AfterValidator(_instant)]
"""A moment in UTC; one written without a zone is taken as UTC."""

Zone = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a time zone, such as ``"Africa/Casablanca"``."""
