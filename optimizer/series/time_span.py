"""Spans of time that somebody states, such as outages, and how much of each interval lies in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from optimizer.series.moments import no_bare_number
from optimizer.specification.base import Specification, wrong

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

Clock = Literal["UTC", "site"]
_MOMENT = "; without a zone it is by `clock`"


def _minutes(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 2200:
        raise wrong(f"the year {moment.year} is not between 1900 and 2200")
    return moment


Moment = Annotated[datetime, BeforeValidator(no_bare_number), AfterValidator(_minutes)]
"""A moment, with a zone of its own or on a clock that is named beside it."""


class TimeSpan(Specification):
    """A span of time.

    Examples
    --------
    >>> span = TimeSpan(start="2025-01-15T18:00", end="2025-01-15T20:00", clock="site")
    >>> [str(moment)[:16] for moment in span.instants("Africa/Casablanca")]  # UTC+1
    ['2025-01-15T17:00', '2025-01-15T19:00']
    """

    clock: Clock = Field(
        default="UTC", description="Whose clock start and end are on where they name no zone: UTC, or site (local time)"
    )
    start: Moment = Field(description=f"First moment{_MOMENT}")
    end: Moment = Field(description=f"Moment after the last{_MOMENT}")

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start")
        # One of them with a zone and the other without can be compared only on the clock of a site.
        if start is not None and (start.tzinfo is None) == (value.tzinfo is None) and value <= start:
            raise wrong(f"the end {value:%Y-%m-%d %H:%M} is not after the start {start:%Y-%m-%d %H:%M}")
        return value

    def instants(self, zone: str) -> tuple[np.datetime64, np.datetime64]:
        """Give start and end in UTC, datetime64[ns], for a site in a zone."""
        return _instant(self.start, self.clock, zone), _instant(self.end, self.clock, zone)


def _instant(moment: datetime, clock: Clock, zone: str) -> np.datetime64:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if clock == "site" else UTC)
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "ns")


def covered(spans: Sequence[TimeSpan], boundaries: Times, zone: str) -> Floats:
    """Tell how much of each interval lies in each span.

    Parameters
    ----------
    spans : sequence of TimeSpan
        The spans.
    boundaries : (hour + 1,) datetime64[ns]
        Ends of the intervals, in UTC.
    zone : str
        IANA name of the site's zone.

    Returns
    -------
    (span, hour) array [1]
        Shares of the intervals.

    Examples
    --------
    >>> ends = np.array(["2025-01-15T17", "2025-01-15T18", "2025-01-15T19"], "datetime64[ns]")
    >>> covered([TimeSpan(start="2025-01-15T17:45", end="2025-01-15T19:30")], ends, "UTC").tolist()
    [[0.25, 1.0]]
    """
    begin, after = boundaries[:-1], boundaries[1:]
    found = np.zeros((len(spans), len(begin)))
    for row, span in enumerate(spans):
        start, end = span.instants(zone)
        within = np.minimum(after, end) - np.maximum(begin, start)
        found[row] = np.maximum(within / (after - begin), 0.0)
    return found


def overlapping(spans: Sequence[TimeSpan], zone: str) -> tuple[int, int] | None:
    """Find two spans that share some time, by their positions; None where all are apart."""
    ends = [span.instants(zone) for span in spans]
    order = sorted(range(len(spans)), key=lambda place: ends[place])
    for one, other in pairwise(order):
        if ends[other][0] < ends[one][1]:
            return min(one, other), max(one, other)
    return None
