"""The horizon on the site's clock: local times, days, hours of the day and months.

A result keeps UTC. A reader thinks in local time, so everything drawn over time passes through here. Where the clock
is set back, an hour comes twice: what is drawn over time then shows the mean of both, and sums count both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# All zones of today are whole quarters of an hour from UTC, so that quarters never straddle a local hour or day.
_QUARTER = 15 * 60 * 1000
_DAY = 24 * 60 * 60 * 1000


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide where the whole is above zero; NaN elsewhere."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def added(cell: Integers, amounts: Floats, size: int) -> Floats:
    """Add amounts up by cell: (n,) positions and amounts to (size,)."""
    return np.bincount(cell, weights=amounts, minlength=size).astype(np.float64)


@dataclass(frozen=True)
class Months:
    """The months of the horizon in local time.

    Attributes
    ----------
    labels : tuple of str
        "Jan 2025", ...
    index : (hour,) array of int
        The month of each interval, as a position in `labels`.
    note : str
        What was done with hours that stand alone at an edge; empty where there are none.
    """

    labels: tuple[str, ...]
    index: Integers
    note: str = ""

    @property
    def ticks(self) -> list[str]:
        """Short labels for an axis: the year only where it begins."""
        parts = [label.split() for label in self.labels]
        return [
            f"{month}<br>{year}" if place == 0 or month == "Jan" else month for place, (month, year) in enumerate(parts)
        ]

    def total(self, values: Floats) -> Floats:
        """Add hourly values up by month: (hour,) to (month,)."""
        return added(self.index, values, len(self.labels))


@dataclass(frozen=True)
class Pieces:
    """Intervals cut at quarter hours, so that each piece lies in one local hour of one local day."""

    interval: Integers
    hours: Floats
    day: Integers
    hour: Integers
    first_day: pd.Timestamp

    @property
    def days(self) -> int:
        """How many local days the horizon touches."""
        return int(self.day[-1]) + 1

    @cached_property
    def noons(self) -> Floats:
        """Noon of each day on the drawn axis [ms]."""
        return np.asarray(self.first_day.timestamp() * 1000 + _DAY * (np.arange(self.days) + 0.5))

    @cached_property
    def midnights(self) -> Floats:
        """Start of each day, and the end of the last, on the drawn axis [ms]."""
        return np.append(self.noons, self.noons[-1] + _DAY) - _DAY / 2

    def daily(self, values: Floats) -> Floats:
        """Time-weighted mean of each local day: (hour,) to (day,)."""
        return self.mean(values, self.day, self.days)

    def hour_by_day(self, values: Floats) -> Floats:
        """Time-weighted mean of each hour of each local day: (hour,) to (24, day); NaN where there is none."""
        return self.mean(values, self.hour * self.days + self.day, 24 * self.days).reshape(24, self.days)

    def mean(self, values: Floats, cell: Integers, size: int) -> Floats:
        """Time-weighted mean by cell, one cell for each piece: (hour,) to (size,); NaN where a cell has no piece."""
        return ratio(added(cell, self.hours * values[self.interval], size), added(cell, self.hours, size))


@dataclass(frozen=True)
class Clock:
    """The intervals of a result on the site's clock.

    Attributes
    ----------
    boundaries : (boundary,) array of int
        Ends of the intervals in ms since 1970, UTC.
    weight : (hour,) array
        How many real intervals of a year each stands for.
    zone : str
        IANA name of the site's zone.
    """

    boundaries: Integers
    weight: Floats
    zone: str

    @classmethod
    def of(cls, dataset: xr.Dataset) -> Clock:
        """Read the clock of a result."""
        boundaries = dataset["boundary"].to_numpy().astype("datetime64[ms]").astype(np.int64)
        return cls(boundaries, dataset["weight"].to_numpy().astype(float), dataset.attrs["time_zone"])

    @cached_property
    def dt(self) -> Floats:
        """Length of each interval [h]."""
        return np.asarray(np.diff(self.boundaries) / 3_600_000, dtype=np.float64)

    @cached_property
    def scale(self) -> Floats:
        """Real hours of a year that each interval stands for [h/a]: power times this, summed, is MWh/a."""
        return self.weight * self.dt

    @cached_property
    def aware(self) -> pd.DatetimeIndex:
        """The boundaries as zone-aware local times."""
        return pd.DatetimeIndex(self.boundaries.astype("datetime64[ms]")).tz_localize("UTC").tz_convert(self.zone)

    @cached_property
    def wall(self) -> Integers:
        """The boundaries as the clock on the wall shows them, in ms since 1970."""
        return _wall(self.boundaries, self.zone)

    @cached_property
    def axis_title(self) -> str:
        """Title of a time axis: the zone and its distance from UTC."""
        shifts = np.unique(self.wall - self.boundaries).tolist()
        return f"Local time, {self.zone} ({' and '.join(_offset(shift) for shift in shifts)})"

    @cached_property
    def scaled_note(self) -> str:
        """A sentence for figures that add up to a year while the horizon is no year; empty otherwise."""
        if np.all(self.weight == 1):
            return ""
        low, high = float(self.weight.min()), float(self.weight.max())
        count = f"{low:,.4g}" if low == high else f"{low:,.4g} to {high:,.4g}"
        return f"Sums are scaled up to a year: each interval stands for {count} of its kind."

    @cached_property
    def step_times(self) -> Floats:
        """Wall-clock times [ms] of a step line's corners, ascending: the starts, then the horizon's end."""
        times = np.unique(self.wall[:-1]).astype(np.float64)
        return np.append(times, max(float(self.wall[-1]), float(times[-1]) + 1))

    def steps(self, values: Floats) -> Floats:
        """Give the heights of a step line at `step_times`; the last is repeated at the horizon's end.

        Where an hour comes twice, its two values are averaged.
        """
        heights = _merged(self.wall[:-1], values)
        return np.append(heights, heights[-1])

    @cached_property
    def point_times(self) -> Floats:
        """Wall-clock times [ms] of the boundaries, ascending and each once."""
        return np.unique(self.wall).astype(np.float64)

    def points(self, values: Floats) -> Floats:
        """Give the heights of a line through values at the boundaries, at `point_times`."""
        return _merged(self.wall, values)

    @cached_property
    def pieces(self) -> Pieces:
        """The intervals cut into pieces of at most a quarter of an hour."""
        first, last = int(self.boundaries[0]), int(self.boundaries[-1])
        marks = np.arange(first - first % _QUARTER + _QUARTER, last, _QUARTER)
        edges = np.union1d(self.boundaries, marks)
        interval = np.searchsorted(self.boundaries, edges[:-1], side="right") - 1
        wall = _wall(edges[:-1], self.zone)
        day = wall // _DAY
        # Days are counted from the earliest: in a zone that skips back over midnight the first need not be it.
        first_day = int(day.min())
        return Pieces(
            interval,
            np.diff(edges) / 3_600_000,
            day - first_day,
            wall % _DAY // 3_600_000,
            pd.Timestamp(first_day * _DAY, unit="ms"),
        )

    @cached_property
    def months(self) -> Months:
        """The local months of the intervals, by their starts.

        A year in UTC leaves an hour or two in the month before or after, seen from another zone. Less than a day at an
        edge is counted with its neighbour, and the note says so.
        """
        starts = self.aware[:-1]
        number = (starts.year * 12 + starts.month - 1).to_numpy().astype(np.int64)
        first, last = int(number[0]), int(number[-1])
        notes = []
        for edge, neighbour in ((first, first + 1), (last, last - 1)):
            inside = number == edge
            hours = float(self.dt[inside].sum())
            if first != last and hours < 24 and float(self.dt[number == neighbour].sum()) >= 24:
                number = np.where(inside, neighbour, number)
                counted = "is counted" if hours == 1 else "are counted"
                notes.append(f"{hours:g} h of {_month(edge)} {counted} in {_month(neighbour)}.")
        labels = tuple(_month(i) for i in range(int(number.min()), int(number.max()) + 1))
        return Months(labels, number - int(number.min()), " ".join(notes))


def _offset(shift: int) -> str:
    minutes = abs(shift) // 60_000 % 60
    return f"UTC{'−' if shift < 0 else '+'}{abs(shift) // 3_600_000}{f':{minutes:02d}' if minutes else ''}"


def _month(number: int) -> str:
    return pd.Timestamp(number // 12, number % 12 + 1, 1).strftime("%b %Y")


def _wall(times: Integers, zone: str) -> Integers:
    local = pd.DatetimeIndex(times.astype("datetime64[ms]")).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return local.to_numpy().astype("datetime64[ms]").astype(np.int64)


def _merged(times: Integers, values: Floats) -> Floats:
    """Put values in the order of their times, and average those that share one."""
    unique, place = np.unique(times, return_inverse=True)
    if len(unique) == len(times):
        return values[np.argsort(place)]
    return ratio(added(place, values, len(unique)), added(place, np.ones_like(values), len(unique)))
