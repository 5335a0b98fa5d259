"""Contracts: what blocks, tranches, losses and indexation make of availability and prices, and what must be taken.

Everything bound is counted at the site: losses on the way are in the availability, and a price at the plant is divided
by what arrives of a MWh.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.binding import months
from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.contract import Contract, TakeOrPay
from optimizer.tariff.clock import Pieces, cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.assets import Supply
    from optimizer.contract import Block, Indexation, Tranche
    from optimizer.scenario import Scenario
    from optimizer.series.horizon import Horizon

    Floats = np.ndarray[Any, np.dtype[np.float64]]

NO_TERMS = Contract()
"""A supply without a contract: paid for what is delivered, at all times, without losses."""

_THURSDAY = 3  # the 1st of January 1970, from which days are counted


class Terms:
    """The terms of a site's contracts, interval by interval.

    Parameters
    ----------
    scenario : Scenario
        For the horizon and the site's clock.
    hourly : Hourly
        The series.
    """

    def __init__(self, scenario: Scenario, hourly: Hourly) -> None:
        self._scenario, self._hourly = scenario, hourly

    def availability(self, supply: Supply) -> Floats:
        """Give the power at the site for each MW of capacity, (hour,)."""
        terms = of(supply)
        found = self._hourly(supply.availability) if terms.block is None else self._delivery(terms.block)
        if terms.tranches:
            found = found * self._active(terms.tranches)
        return found * (1 - terms.losses)

    def prices(self, supply: Supply) -> dict[str, Floats]:
        """Give what a MWh delivered, and one not taken, costs at the site, (hour,) each."""
        terms = of(supply)
        paid = "energy_price" if terms.pays_for_produced else "curtailment_price"
        fields = {"supply_price": "energy_price", "curtailment_price": paid}
        factor = self.level(supply) * terms.priced_at_site
        return {name: self._hourly(getattr(supply, field)) * factor for name, field in fields.items()}

    def wheeling(self, supply: Supply) -> Floats:
        """Give what the way of a MWh that arrives at the site costs, (hour,)."""
        terms = of(supply)
        return self._hourly(terms.wheeling_price) * terms.priced_at_site

    def level(self, supply: Supply) -> Floats:
        """Give the factor of the contract's index on its prices, (hour,)."""
        indexation = of(supply).indexation
        return np.ones(self._hourly.count) if indexation is None else self._index(indexation)

    def take(self, supply: Supply, period: np.ndarray[Any, Any]) -> tuple[Floats, Floats]:
        """Give the share of the available energy to be taken or paid in each period, and the price of what is missing.

        Parameters
        ----------
        supply : Supply
            One with take-or-pay.
        period : (hour,) int
            The period of each interval.
        """
        terms, agreed = of(supply), take_or_pay(supply)
        dt = self._scenario.horizon.dt
        price = supply.energy_price if agreed.price is None else agreed.price
        level = np.bincount(period, weights=dt * self.level(supply)) / np.bincount(period, weights=dt)
        share = np.full(len(level), agreed.share)
        if agreed.expected is not None:
            available = np.bincount(period, weights=dt * self.availability(supply))
            active = self._active(terms.tranches) if terms.tranches else 1.0
            expected = np.bincount(period, weights=dt * agreed.expected * (1 - terms.losses) * active)
            share = np.divide(agreed.share * expected, available, out=np.ones_like(available), where=available > 0)
        return np.minimum(share, 1.0), float(price) * terms.priced_at_site * level

    @property
    def _pieces(self) -> Pieces:
        return _by_the_hour(self._scenario.horizon, self._scenario.site.time_zone)

    @cached_property
    def _days(self) -> tuple[list[str], np.ndarray[Any, Any]]:
        """List the days of the site's calendar, and give each piece's position among them."""
        days, place = np.unique(self._pieces.date, return_inverse=True)
        return [str(day) for day in days], place

    def _mean(self, values: Floats) -> Floats:
        """Average over the pieces of each interval, (hour,)."""
        pieces, dt = self._pieces, self._scenario.horizon.dt
        return np.bincount(pieces.interval, weights=values * pieces.hours, minlength=len(dt)) / dt

    def _by_day(self, value: Callable[[str], float]) -> Floats:
        """Evaluate something on each day, and average over each interval."""
        days, place = self._days
        return self._mean(np.array([value(day) for day in days])[place])

    def _active(self, tranches: tuple[Tranche, ...]) -> Floats:
        def on(day: str) -> float:
            return sum(part.share for part in tranches if (part.start or "") <= day <= (part.end or "9999"))

        return self._by_day(on)

    def _index(self, indexation: Indexation) -> Floats:
        return self._by_day(indexation.factor)

    def _delivery(self, block: Block) -> Floats:
        label, date = self._pieces.label, self._pieces.date
        hour = (label - date).astype("timedelta64[h]").astype(int)
        by_hour = np.array([block.of_hour(number) for number in range(24)])
        days, place = self._days
        weekday = (np.array(days, dtype="datetime64[D]").astype(int) + _THURSDAY) % 7
        by_day = [
            block.of_month(int(day[5:7])) * block.on_day(int(number)) for day, number in zip(days, weekday, strict=True)
        ]
        return self._mean(by_hour[hour] * np.array(by_day)[place])


@lru_cache(maxsize=4)  # several parts of the binding ask for the same
def _by_the_hour(horizon: Horizon, zone: str) -> Pieces:
    """Cut a horizon at the full hours of the site's clock."""
    return cut(horizon.boundaries.to_numpy(), zone, np.arange(0, 24 * 60, 60))


def of(supply: Supply) -> Contract:
    """Give the terms of a supply's contract."""
    return NO_TERMS if supply.contract is None else supply.contract


def take_or_pay(supply: Supply) -> TakeOrPay:
    """Give what a supply's contract says about energy that is taken or paid."""
    agreed = of(supply).take_or_pay
    assert agreed is not None, "asked of those alone that have one"
    return agreed


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind what the contracts have; what none of them has is left unbound, so that its families are not stated."""
    supplies, terms = scenario.site.supplies, Terms(scenario, hourly)
    found: Arrays = {}
    if any(of(supply).wheeling_price for supply in supplies):
        found["wheeling_price"] = ("supply", "hour"), np.array([terms.wheeling(supply) for supply in supplies])
    if any(of(supply).losses for supply in supplies):
        found["wheeling_loss"] = ("supply",), np.array([of(supply).losses for supply in supplies])
    if annual := _takers(scenario, "year"):
        whole = np.zeros(hourly.count, dtype=int)
        taken = [terms.take(supply, whole) for supply in annual]
        found["annual_take"] = ("annual_taker",), np.array([float(share[0]) for share, _ in taken])
        found["annual_take_price"] = ("annual_taker",), np.array([float(price[0]) for _, price in taken])
    if monthly := _takers(scenario, "month"):
        dims = ("monthly_taker", "calendar_month")
        taken = [terms.take(supply, months.spans(scenario).number) for supply in monthly]
        found["monthly_take"] = dims, np.array([share for share, _ in taken])
        found["monthly_take_price"] = dims, np.array([price for _, price in taken])
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the supplies of which a share of the energy is taken or paid, by year or by month."""
    found = {"annual_taker": _takers(scenario, "year"), "monthly_taker": _takers(scenario, "month")}
    return {name: [supply.name for supply in takers] for name, takers in found.items() if takers}


def _takers(scenario: Scenario, period: str) -> list[Supply]:
    with_terms = [supply for supply in scenario.site.supplies if of(supply).take_or_pay is not None]
    return [supply for supply in with_terms if take_or_pay(supply).period == period]
