"""Which intervals count for which band, and in which billed period, on the clock of a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.series.clock import Times
from optimizer.tariff import timetable
from optimizer.tariff.charges import EnergyBand, Period
from optimizer.tariff.clock import Pieces, cut, midnight
from optimizer.tariff.periods import Periods
from optimizer.tariff.tariff import Tariff
from optimizer.tariff.window import HOLIDAY, Window

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDING = 1e-9  # of the sum of a period's parts
_REMNANT, _LONG = 24.0, 27 * 24.0  # hours: less than a day is a remnant beside a month or more
_THURSDAY = 3  # the 1st of January 1970, from which days are counted


@dataclass(frozen=True)
class Metered:
    """One billed period of a charge.

    Attributes
    ----------
    label : str
        Name of the charge and the period: ``"monthly peak, 2025-01"``.
    charge, period : str
        The two apart.
    number : int
        The number of the period among those of its kind.
    hours : (n,) int
        The intervals whose import counts, as positions.
    lengths : (n,) float
        How long each of them counts [h].
    counted : (m,) int
        The intervals that stand for the period, and in `counts` the share of the period that each stands for.
    """

    label: str
    charge: str
    period: str
    number: int
    hours: Integers
    lengths: Floats
    counted: Integers
    counts: Floats

    @property
    def share(self) -> float:
        """The share of the period that is billed: less than 1 where the horizon lacks a day of it or more."""
        total = float(self.counts.sum())
        return 1.0 if abs(total - 1.0) < _ROUNDING else total

    def weight(self, weights: Floats) -> float:
        """How many real periods of a year this one stands for, by the weights of the intervals, (hour,)."""
        return float((weights[self.counted] * self.counts).sum())


class Metering:
    """The horizon as a tariff sees it.

    Parameters
    ----------
    tariff : Tariff
        The tariff.
    boundaries : (hour + 1,) datetime64[ns]
        Ends of the intervals, in UTC.
    zone : str
        IANA name of the site's zone.

    Examples
    --------
    >>> tariff = Tariff(name="t", energy_bands=[
    ...     {"name": "peak", "price": 140, "windows": [{"hours": "17-22"}]},
    ...     {"name": "rest", "price": 90, "windows": [{"hours": "22-17"}]},
    ... ])
    >>> ends = np.array(["2025-01-01T15", "2025-01-01T17", "2025-01-01T18"], "datetime64[ns]")
    >>> Metering(tariff, ends, "Africa/Casablanca").band_share.tolist()  # UTC+1
    [[0.5, 1.0], [0.5, 0.0]]
    """

    def __init__(self, tariff: Tariff, boundaries: Times, zone: str) -> None:
        self.tariff, self.boundaries, self.zone = tariff, boundaries, zone
        self._minutes = tariff.pieces()
        self.pieces: Pieces = cut(boundaries, zone, self._minutes)
        self._numbers: dict[Period, Integers] = {}
        self._whole: dict[Periods, Metering] = {}

    @property
    def count(self) -> int:
        """How many intervals there are."""
        return len(self.boundaries) - 1

    @cached_property
    def _cell(self) -> tuple[Integers, Integers, Integers]:
        """Day of the year, type of day and piece of the day of each piece."""
        dates, label = self.pieces.date, self.pieces.label
        months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
        days = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
        in_year = timetable.day_numbers(months, days)
        kind = (dates.astype(np.int64) + _THURSDAY) % HOLIDAY
        kind[np.isin(dates, self._dated) | np.isin(in_year, self._yearly)] = HOLIDAY
        minute = (label - dates).astype("timedelta64[m]").astype(np.int64)
        return in_year, kind, np.searchsorted(self._minutes, minute, side="right") - 1

    @property
    def _dated(self) -> Times:
        return np.array([day for day in self.tariff.holidays if len(day) > len("05-01")], dtype="datetime64[D]")

    @property
    def _yearly(self) -> list[int]:
        return [timetable.day_number(day) for day in self.tariff.holidays if len(day) == len("05-01")]

    def applies(self, windows: Sequence[Window]) -> NDArray[np.bool_]:
        """Mark the pieces, (n,), that lie in any of the windows; all of them where there is none."""
        if not windows:
            return np.ones(len(self.pieces.hours), dtype=bool)
        table = timetable.table(windows, self.tariff.seasons, self.tariff.weekend, self._minutes)
        return np.asarray(table[self._cell])

    @cached_property
    def band(self) -> Integers:
        """(n,) The energy band of each piece, as a position among the tariff's."""
        return self._place(self.tariff.energy_bands)

    @cached_property
    def export_band(self) -> Integers:
        """(n,) The export band of each piece, as a position among the tariff's."""
        return self._place(self.tariff.export_bands)

    def _place(self, bands: Sequence[EnergyBand]) -> Integers:
        found = np.zeros(len(self.pieces.hours), dtype=np.int64)
        for place, band in enumerate(bands):
            found[self.applies(band.windows)] = place
        return found

    @cached_property
    def band_share(self) -> Floats:
        """(energy_band, hour) Share of each interval that lies in each band."""
        return self._share(self.band, len(self.tariff.energy_bands))

    @cached_property
    def export_band_share(self) -> Floats:
        """(export_band, hour) Share of each interval that lies in each export band."""
        return self._share(self.export_band, len(self.tariff.export_bands))

    def _share(self, band: Integers, bands: int) -> Floats:
        dt = np.diff(self.boundaries) / np.timedelta64(1, "h")
        cells = band * self.count + self.pieces.interval
        hours = np.bincount(cells, weights=self.pieces.hours, minlength=bands * self.count)
        return np.asarray(hours[: bands * self.count].reshape(bands, self.count) / dt)

    def periods(self, kind: Period) -> Periods:
        """Give the periods of a kind."""
        return Periods.of(kind, self.tariff.billing_dates)

    def numbers(self, kind: Period) -> Integers:
        """(n,) The period of each piece, by its number."""
        if kind not in self._numbers:
            self._numbers[kind] = self.numbers_at(kind, self.pieces.date)
        return self._numbers[kind]

    def numbers_at(self, kind: Period, dates: Times) -> Integers:
        """Find the period in which local dates of the horizon are billed.

        A year in UTC leaves an hour or two of another month or year at an edge, which would make an invoice of its own.
        Less than a day at an edge, beside a period of which the horizon holds most of a month or more, counts with it;
        not so at the start where what was metered before is given, as in a run again within a period.
        """
        periods = self.periods(kind)
        numbers, found = periods.numbers(dates), periods.numbers(self.pieces.date)
        first, last = int(found.min()), int(found.max())
        if kind == "day" or first == last:
            return numbers
        if not self._has_begun and self._is_remnant(found, first, first + 1):
            first += 1
        if self._is_remnant(found, last, last - 1):
            last -= 1
        return np.asarray(np.clip(numbers, first, last))

    def _is_remnant(self, numbers: Integers, edge: int, neighbour: int) -> bool:
        hours = self.pieces.hours
        return bool(hours[numbers == edge].sum() < _REMNANT and hours[numbers == neighbour].sum() >= _LONG)

    @property
    def _has_begun(self) -> bool:
        """Whether the first period began before the horizon, as what was metered until then says."""
        tariff = self.tariff
        peaks = [charge.peak_so_far for charge in tariff.demand_charges]
        peaks += [charge.peak_so_far for charge in tariff.overrun_charges]
        return any(peaks) or any(rate.energy_so_far for rate in tariff.block_rates)

    def metered(self, name: str, kind: Period, windows: Sequence[Window] = ()) -> list[Metered]:
        """Find the periods in which a charge is billed.

        Parameters
        ----------
        name : str
            Name of the charge.
        kind : {"day", "month", "year", "billing"}
            How often it is billed.
        windows : sequence of Window
            Hours in which import counts; all hours where there is none.

        Returns
        -------
        list of Metered
            In the order of time. A period that is prorated and has no hour of the windows is left out; one of a month
            or more of which less than a day is missing is billed whole.
        """
        periods, numbers, inside = self.periods(kind), self.numbers(kind), self.applies(windows)
        prorated = self.tariff.partial_periods == "prorated"
        whole_hours = self._whole_hours(periods, windows) if prorated else {}
        found = []
        for number in np.unique(numbers).tolist():
            of_period = numbers == number
            hours, lengths = self._intervals(of_period & inside)
            if prorated and not len(hours):
                continue
            counted, counts = (hours, lengths) if prorated else self._intervals(of_period)
            in_part = prorated and not self._is_whole(periods, number, float(self.pieces.hours[of_period].sum()))
            whole = whole_hours[number] if in_part else float(counts.sum())
            label = periods.label(number)
            found.append(Metered(f"{name}, {label}", name, label, number, hours, lengths, counted, counts / whole))
        return found

    def _intervals(self, pieces: NDArray[np.bool_]) -> tuple[Integers, Floats]:
        """Give the intervals in which marked pieces lie, and how long these are in each."""
        hours = np.bincount(self.pieces.interval[pieces], weights=self.pieces.hours[pieces], minlength=self.count)
        found = np.flatnonzero(hours > 0).astype(np.int64)
        return found, hours[found].astype(np.float64)

    def _is_whole(self, periods: Periods, number: int, held: float) -> bool:
        """Tell whether a period is all there but for a remnant at the edge of the horizon."""
        if periods.kind == "day":
            return False
        first, after = (midnight(periods.first_day(day), self.zone) for day in (number, number + 1))
        length = float((after - first) / np.timedelta64(1, "h"))
        return length >= _LONG and abs(length - held) < _REMNANT

    def _whole_hours(self, periods: Periods, windows: Sequence[Window]) -> dict[int, float]:
        """Give the hours of each whole period that lie in the windows, within the horizon or not."""
        if periods not in self._whole:
            known = self.numbers(periods.kind)
            days = [periods.first_day(int(known.min())), periods.first_day(int(known.max()) + 1)]
            first, last = (midnight(day, self.zone) for day in days)
            self._whole[periods] = Metering(
                self.tariff, np.append(np.arange(first, last, np.timedelta64(1, "D")), last), self.zone
            )
        whole = self._whole[periods]
        inside = whole.applies(windows)
        numbers, place = np.unique(periods.numbers(whole.pieces.date[inside]), return_inverse=True)
        hours = np.bincount(place, weights=whole.pieces.hours[inside])
        return dict(zip(numbers.tolist(), hours.tolist(), strict=True))
