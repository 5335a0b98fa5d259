"""Instants and spans in words: the site's clock first, UTC beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Moment:
    """An instant.

    Attributes
    ----------
    utc : datetime64
        The instant, in UTC.
    zone : str
        IANA zone of the site.

    Examples
    --------
    >>> str(Moment(np.datetime64("2025-01-09T17:00"), "Africa/Casablanca"))
    '2025-01-09 18:00 local (17:00 UTC)'
    >>> str(Moment(np.datetime64("2025-01-09T23:30"), "Africa/Casablanca"))
    '2025-01-10 00:30 local (2025-01-09 23:30 UTC)'
    >>> Moment(np.datetime64("2025-01-09T17:00"), "Africa/Casablanca").as_dict()
    {'utc': '2025-01-09T17:00:00+00:00', 'local': '2025-01-09T18:00:00+01:00'}
    """

    utc: np.datetime64
    zone: str

    @property
    def universal(self) -> pd.Timestamp:
        """The instant in UTC."""
        return pd.Timestamp(self.utc).tz_localize("UTC")

    @property
    def local(self) -> pd.Timestamp:
        """The instant on the site's clock."""
        return self.universal.tz_convert(ZoneInfo(self.zone))

    def as_dict(self) -> dict[str, str]:
        """Give both clocks in ISO 8601."""
        return {"utc": self.universal.isoformat(), "local": self.local.isoformat()}

    def __str__(self) -> str:
        local, universal = _written(self.local), _written(self.universal)
        if local == universal:
            return f"{universal} UTC"
        same_day = local[:10] == universal[:10]
        return f"{local} local ({universal[11:] if same_day else universal} UTC)"


@dataclass(frozen=True)
class Calendar:
    """The intervals of a horizon and the site's clock.

    Attributes
    ----------
    boundaries : (N+1,) datetime64
        Instants between the intervals, in UTC.
    dt : (N,)
        Lengths of the intervals [h].
    zone : str
        IANA zone of the site.
    """

    boundaries: Times
    dt: npt.NDArray[np.float64]
    zone: str

    def start(self, interval: int) -> Moment:
        """Give the start of an interval."""
        return Moment(self.boundaries[interval], self.zone)

    def end(self, interval: int) -> Moment:
        """Give the end of an interval."""
        return Moment(self.boundaries[interval + 1], self.zone)

    def span(self, first: int, last: int) -> str:
        """Write the time from the start of one interval to the end of another.

        Examples
        --------
        >>> days = np.arange("2025-01-09T00", "2025-01-11T01", dtype="datetime64[h]")
        >>> Calendar(days, np.ones(48), "Africa/Casablanca").span(17, 30)
        '2025-01-09 18:00 to 2025-01-10 08:00 local (2025-01-09 17:00 to 2025-01-10 07:00 UTC)'
        >>> Calendar(days, np.ones(48), "Africa/Casablanca").span(17, 17)
        '2025-01-09 18:00 to 19:00 local (17:00 to 18:00 UTC)'
        """
        start, end = self.start(first), self.end(last)
        local, universal = _range(start.local, end.local), _range(start.universal, end.universal)
        if local == universal:
            return f"{universal} UTC"
        if local[:10] == universal[:10] and start.local.date() == end.local.date() == end.universal.date():
            universal = universal[11:]
        return f"{local} local ({universal} UTC)"

    def duration(self, intervals: Any) -> str:
        """Write how long some intervals last together, chosen by a mask or by position.

        Examples
        --------
        >>> Calendar(np.empty(0, "datetime64[h]"), np.full(3, 0.25), "UTC").duration([0, 1])
        '0.5 hours'
        """
        hours = float(self.dt[intervals].sum())
        text = f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"
        return f"{text} {'hour' if text == '1' else 'hours'}"


def _range(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Write two instants; the day once where it is the same."""
    until = _written(end)
    return f"{_written(start)} to {until[11:] if start.date() == end.date() else until}"


def _written(time: pd.Timestamp) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
