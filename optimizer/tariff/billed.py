"""What a tariff bills over a horizon: each charge with its periods, and what earlier periods hand down to later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.series.clock import Times, to_labels
from optimizer.series.horizon import Horizon
from optimizer.tariff.charges import BlockRate, DemandCharge, FixedCharge, OverrunCharge
from optimizer.tariff.metering import Floats, Integers, Metered, Metering
from optimizer.tariff.tariff import Tariff, Windowed

Peaked = DemandCharge | OverrunCharge


@dataclass(frozen=True)
class Billed:
    """What a tariff bills over a horizon, kind by kind: charges with the periods in which they are billed.

    Attributes
    ----------
    metering : Metering
        The horizon as the tariff sees it.
    """

    metering: Metering

    @classmethod
    def over(cls, tariff: Tariff, horizon: Horizon, zone: str) -> Billed:
        """Lay a tariff over a horizon, on the clock of a zone."""
        return cls(Metering(tariff, horizon.boundaries.to_numpy(), zone))

    @property
    def tariff(self) -> Tariff:
        """The tariff."""
        return self.metering.tariff

    @cached_property
    def demand(self) -> list[tuple[DemandCharge, Metered]]:
        """Charges on the site's own peaks; those at no price are left out, since nothing holds their peaks down."""
        own = [charge for charge in self.tariff.demand_charges if charge.price and not charge.is_coincident]
        return [(charge, metered) for charge in own for metered in self.periods_of(charge)]

    @cached_property
    def overrun(self) -> list[tuple[OverrunCharge, Metered]]:
        """Charges on import above the subscribed power; one at no price takes the limit away and bills nothing."""
        return [
            (charge, metered)
            for charge in self.tariff.overrun_charges
            if charge.price
            for metered in self.periods_of(charge)
        ]

    @property
    def peaks(self) -> list[tuple[Peaked, Metered]]:
        """Charges whose greatest import is metered."""
        return [*self.demand, *self.overrun]

    @cached_property
    def coincident(self) -> list[tuple[DemandCharge, Metered, Integers]]:
        """Charges on the import at coincident peaks, with the intervals that may be these in each period."""
        found = []
        for charge in self.tariff.demand_charges:
            if charge.is_coincident:
                for metered in self.metering.metered(charge.name, charge.period):
                    hours = self._moments(charge, metered) if charge.coincident_times else metered.hours
                    if len(hours):
                        found.append((charge, metered, hours))
        return found

    def _moments(self, charge: DemandCharge, metered: Metered) -> Integers:
        """Find the intervals in which the given moments of a period lie, each as often as it has one."""
        boundaries = self.metering.boundaries
        moments = coincident_moments(charge)
        moments = moments[(moments >= boundaries[0]) & (moments < boundaries[-1])]
        dates = to_labels(moments, self.metering.zone).astype("datetime64[D]")
        numbers = self.metering.numbers_at(charge.period, dates)
        return np.asarray(np.searchsorted(boundaries, moments[numbers == metered.number], side="right") - 1)

    @cached_property
    def blocks(self) -> list[tuple[BlockRate, Metered]]:
        """Block rates."""
        return [(rate, metered) for rate in self.tariff.block_rates for metered in self.periods_of(rate)]

    @cached_property
    def fixed(self) -> list[tuple[FixedCharge, Metered]]:
        """Fixed charges."""
        return [
            (charge, metered)
            for charge in self.tariff.fixed_charges
            for metered in self.metering.metered(charge.name, charge.period)
        ]

    def periods_of(self, charge: Windowed) -> list[Metered]:
        """Find the periods in which a charge is billed."""
        return self.metering.metered(charge.name, charge.period, self.tariff.windows_of(charge))

    def ratchet_pairs(self) -> list[tuple[str, str]]:
        """Pair each period in which a ratchet holds with the earlier ones of the horizon to which it looks back."""
        return [
            (later.label, earlier.label)
            for charge, later in self.demand
            if charge.ratchet is not None
            for other, earlier in self.demand
            if other is charge and 0 < later.number - earlier.number <= charge.ratchet.months
        ]

    def ratchet_floor(self, charge: DemandCharge, metered: Metered) -> float:
        """Give what a ratchet bills at least because of peaks in the periods before the horizon."""
        if charge.ratchet is None:
            return 0.0
        periods, first = self.metering.periods(charge.period), int(self.metering.numbers(charge.period).min())
        peaks = [
            so_far.peak
            for so_far in charge.peak_so_far
            if so_far.period is not None
            and (number := periods.number(so_far.period)) is not None
            and number < first
            and metered.number - number <= charge.ratchet.months
        ]
        return charge.ratchet.share * max(peaks, default=0.0)

    def peak_so_far(self, charge: Peaked, metered: Metered) -> float:
        """Give the peak that was metered in a period before the horizon began."""
        first = int(self.metering.numbers(charge.period).min())
        labels = {metered.period, None} if metered.number == first else {metered.period}
        return max((so_far.peak for so_far in charge.peak_so_far if so_far.period in labels), default=0.0)

    @cached_property
    def free_hours(self) -> frozenset[int]:
        """The intervals in which import may exceed the subscribed power, at a price or at none."""
        periods = [metered for charge in self.tariff.overrun_charges for metered in self.periods_of(charge)]
        return frozenset(hour for metered in periods for hour in metered.hours.tolist())

    def widths(self, rate: BlockRate, metered: Metered) -> Floats:
        """Give the energy that still fits into each block; where a period is prorated, so are its blocks."""
        first = int(self.metering.numbers(rate.period).min())
        so_far = rate.energy_so_far if metered.number == first else 0.0
        ends = np.array([np.inf if block.up_to is None else metered.share * block.up_to for block in rate.blocks])
        begins = np.concatenate([[0.0], ends[:-1]])
        return np.asarray(np.maximum(0.0, ends - np.maximum(begins, so_far)))


def coincident_moments(charge: DemandCharge) -> Times:
    """Give the moments of coincident peaks, (n,) in UTC."""
    times = [moment.replace(tzinfo=None) for moment in charge.coincident_times]
    return np.array(times, dtype="datetime64[ns]")
