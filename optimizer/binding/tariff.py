"""The tariff of the grid: prices by band, block and peak, over the periods that are billed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.binding.horizon import year_weight
from optimizer.errors import Fault, InputError
from optimizer.specification.base import Location, shown
from optimizer.tariff.billed import Billed, Peaked, coincident_moments
from optimizer.tariff.charges import BlockRate, DemandCharge
from optimizer.tariff.metering import Metered
from optimizer.tariff.periods import Periods

if TYPE_CHECKING:
    from optimizer.scenario import Scenario
    from optimizer.series.horizon import Horizon
    from optimizer.tariff.tariff import Tariff

_PLACE = ("site", "grid", "tariff")

Unfit = tuple[Location, str, str]
"""What does not fit the horizon: where in the tariff, what is wrong, and how to mend it."""


def billed(scenario: Scenario) -> Billed | None:
    """Lay the tariff of a scenario over its horizon; None where there is no tariff.

    Raises
    ------
    InputError
        If billing dates do not cover the horizon, or peaks so far or coincident peaks do not fit it.
    """
    grid = scenario.site.grid
    if grid is None or grid.tariff is None:
        return None
    found, unfit = _laid(grid.tariff, scenario.horizon, scenario.site.time_zone)
    if unfit:
        raise InputError(Fault(scenario.where(*_PLACE, *place), *told) for place, *told in unfit)
    return found


@lru_cache(maxsize=4)  # arrays and subsets are asked for one after the other
def _laid(tariff: Tariff, horizon: Horizon, zone: str) -> tuple[Billed, list[Unfit]]:
    found = Billed.over(tariff, horizon, zone)
    return found, _dates_outside(found) or [*_unfit_peaks(found), *_unfit_energy(found), *_unfit_moments(found)]


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind what the tariff has; what it has not is left unbound, so that its families are not stated."""
    found, grid = billed(scenario), scenario.site.grid
    if found is None or grid is None:
        return {}
    weights = np.full(hourly.count, year_weight(scenario))
    return {
        **_bands(found, hourly),
        **_export_bands(found, hourly, hourly(grid.export_price)),
        **_peaks(found, weights),
        **_coincident(found, hourly, weights),
        **_blocks(found, weights),
        **_fixed(found, weights),
        **_taxes(found),
    }


def subsets(scenario: Scenario) -> Subsets:
    """Name the bands, the billed periods and the hours that count in each."""
    found = billed(scenario)
    grid = scenario.site.grid
    hours = range(len(scenario.horizon.starts))
    firm: Subsets = {} if grid is None or grid.subscribed_power is None else {"firm_hour": list(hours)}
    if found is None:
        return firm
    if firm:
        firm = {"firm_hour": [hour for hour in hours if hour not in found.free_hours]}
    tariff = found.tariff
    named: dict[str, list[str]] = {
        "energy_band": [band.name for band in tariff.energy_bands],
        "export_band": [band.name for band in tariff.export_bands],
        "metered_period": _labels(found.peaks),
        "demand_period": _labels(found.demand),
        "overrun_period": _labels(found.overrun),
        "coincident_period": [metered.label for _, metered, _ in found.coincident],
        "block_period": _labels(found.blocks),
        "fixed_period": _labels(found.fixed),
        "tax": [tax.name for tax in tariff.taxes],
    }
    stated: Subsets = {**firm, **{name: members for name, members in named.items() if members}}
    if found.peaks:  # even where they are empty
        stated["metered_hour"] = _metered_hours([metered for _, metered in found.peaks], len(hours))
        stated["ratchet_pair"] = _pairs(found.ratchet_pairs())
    return stated


def _metered_hours(periods: Sequence[Metered], hours: int) -> Any:
    """Pair each period with the hours that count in it, by their numbers: there are tens of thousands."""
    places = np.repeat(np.arange(len(periods)), [len(metered.hours) for metered in periods])
    levels: list[Any] = [[metered.label for metered in periods], np.arange(hours)]
    codes: list[Any] = [places, np.concatenate([metered.hours for metered in periods])]
    return pd.MultiIndex(levels, codes)


def _pairs(pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Make a set of pairs, which has two indices even where it is empty."""
    return pd.MultiIndex.from_arrays([[first for first, _ in pairs], [second for _, second in pairs]])


def _labels(billed_periods: Iterable[tuple[Any, Metered]]) -> list[str]:
    return [metered.label for _, metered in billed_periods]


def _bands(found: Billed, hourly: Hourly) -> Arrays:
    bands = found.tariff.energy_bands
    if not bands:
        return {}
    # Numbers are in the tariff's currency, series in the scenario's.
    prices = [hourly(band.price) * (1.0 if isinstance(band.price, str) else found.tariff.rate) for band in bands]
    return {
        "band_share": (("energy_band", "hour"), found.metering.band_share),
        "band_price": (("energy_band", "hour"), np.array(prices)),
    }


def _export_bands(found: Billed, hourly: Hourly, price: np.ndarray[Any, Any]) -> Arrays:
    """Lay the bands on the price of exports that the connection gives."""
    bands = found.tariff.export_bands
    if not bands:
        return {}
    prices = np.array(
        [hourly(band.price) * (1.0 if isinstance(band.price, str) else found.tariff.rate) for band in bands]
    )
    return {
        "export_price": (("hour",), price + (found.metering.export_band_share * prices).sum(axis=0)),
        "export_band_price": (("export_band", "hour"), prices),
    }


def _peaks(found: Billed, weights: np.ndarray[Any, Any]) -> Arrays:
    if not found.peaks:
        return {}
    rate = found.tariff.rate
    arrays: Arrays = {
        "peak_so_far": (("metered_period",), np.array([found.peak_so_far(*peak) for peak in found.peaks])),
        "period_weight": (("metered_period",), np.array([metered.weight(weights) for _, metered in found.peaks])),
    }
    if found.demand:
        arrays["demand_price"] = ("demand_period",), np.array([rate * charge.price for charge, _ in found.demand])
        arrays["ratchet_floor"] = ("demand_period",), np.array([found.ratchet_floor(*peak) for peak in found.demand])
    if any(charge.ratchet for charge, _ in found.demand):
        shares = [charge.ratchet.share if charge.ratchet else 0.0 for charge, _ in found.demand]
        arrays["ratchet_share"] = ("demand_period",), np.array(shares)
    if found.overrun:
        arrays["overrun_price"] = ("overrun_period",), np.array([rate * charge.price for charge, _ in found.overrun])
    return arrays


def _coincident(found: Billed, hourly: Hourly, weights: np.ndarray[Any, Any]) -> Arrays:
    if not found.coincident:
        return {}
    moments = max(len(at) for _, _, at in found.coincident)
    hours, shares = (np.zeros((len(found.coincident), moments)) for _ in range(2))
    for row, (charge, metered, at) in enumerate(found.coincident):
        # Moments count alike; of a series, as much as it says, for as long as the interval lies in the period.
        counts = np.ones(len(at)) if charge.coincident_times else hourly(charge.coincident)[at] * metered.lengths
        hours[row, : len(at)], shares[row, : len(at)] = at, counts / (counts.sum() or 1.0)
    prices = [found.tariff.rate * charge.price for charge, _, _ in found.coincident]
    return {
        "coincident_hour": (("coincident_period", "moment"), hours),
        "coincident_share": (("coincident_period", "moment"), shares),
        "coincident_price": (("coincident_period",), np.array(prices)),
        "coincident_weight": (
            ("coincident_period",),
            np.array([metered.weight(weights) for _, metered, _ in found.coincident]),
        ),
    }


def _blocks(found: Billed, weights: np.ndarray[Any, Any]) -> Arrays:
    if not found.blocks:
        return {}
    places = max(len(metered.hours) for _, metered in found.blocks)
    tiers = max(len(rate.blocks) for rate, _ in found.blocks)
    hours, shares = (np.zeros((len(found.blocks), places)) for _ in range(2))
    widths, prices = (np.zeros((len(found.blocks), tiers)) for _ in range(2))
    mean_weights = np.zeros(len(found.blocks))
    dt = np.diff(found.metering.boundaries) / np.timedelta64(1, "h")
    for row, (rate, metered) in enumerate(found.blocks):
        count = len(metered.hours)
        hours[row, :count], shares[row, :count] = metered.hours, metered.lengths / dt[metered.hours]
        widths[row, : len(rate.blocks)] = found.widths(rate, metered)
        prices[row, : len(rate.blocks)] = [found.tariff.rate * block.price for block in rate.blocks]
        mean_weights[row] = metered.weight(weights) / metered.share
    return {
        "block_hour": (("block_period", "place"), hours),
        "block_share": (("block_period", "place"), shares),
        "block_width": (("block_period", "tier"), widths),
        "block_price": (("block_period", "tier"), prices),
        "block_weight": (("block_period",), mean_weights),
    }


def _fixed(found: Billed, weights: np.ndarray[Any, Any]) -> Arrays:
    if not found.fixed:
        return {}
    prices = [found.tariff.rate * charge.price for charge, _ in found.fixed]
    return {
        "fixed_price": (("fixed_period",), np.array(prices)),
        "fixed_weight": (("fixed_period",), np.array([metered.weight(weights) for _, metered in found.fixed])),
    }


def _taxes(found: Billed) -> Arrays:
    taxes = found.tariff.taxes
    lines = dict.fromkeys(line for tax in taxes for line in tax.on)
    return {
        f"{line}_tax": (("tax",), np.array([tax.rate if line in tax.on else 0.0 for tax in taxes])) for line in lines
    }


# -- what does not fit the horizon -----------------------------------------------------------------------------------


def _dates_outside(found: Billed) -> list[Unfit]:
    dates, numbers = found.tariff.billing_dates, found.metering.numbers("billing")
    if not dates or (numbers.min() >= 0 and numbers.max() < len(dates) - 1):
        return []
    days = found.metering.pieces.date
    what = f"they cover {dates[0]} to {dates[-1]}, but the horizon is {days.min()} to {days.max()}, in local time"
    return [(("billing_dates",), what, "list the first day of every period, and the day after the last")]


def _unfit_peaks(found: Billed) -> list[Unfit]:
    unfit: list[Unfit] = []
    for field in ("demand_charges", "overrun_charges"):
        charges: Sequence[Peaked] = getattr(found.tariff, field)
        for place, charge in enumerate(charges):
            for so_far in charge.peak_so_far:
                told = _unfit_period(found, charge, so_far.period)
                unfit += [((field, place, "peak_so_far"), *words) for words in told]
    return unfit


def _unfit_period(found: Billed, charge: Peaked, label: str | None) -> list[tuple[str, str]]:
    """Say why a period has no use for a peak so far: (what, remedy)."""
    periods, numbers = found.metering.periods(charge.period), found.metering.numbers(charge.period)
    first, last = int(numbers.min()), int(numbers.max())
    number = first if label is None else periods.number(label)
    if number is None:
        return [(f"there is no period {shown(label)}", f"write periods as {periods.label(first)}")]
    if number > last:
        return [(f"{label} lies after the horizon", f"the last period is {periods.label(last)}")]
    if number < first:
        ratchet = charge.ratchet if isinstance(charge, DemandCharge) else None
        if ratchet is None or first - number > ratchet.months:
            return [(f"{label} lies before the horizon, and no ratchet looks back to it", "leave it out")]
        return []
    return _unfit_share(found, charge, periods, number)


def _unfit_share(found: Billed, charge: Peaked | BlockRate, periods: Periods, number: int) -> list[tuple[str, str]]:
    """Refuse what was metered before the horizon in a period that is prorated, as if it had not begun."""
    shares = [metered.share for metered in found.periods_of(charge) if metered.number == number]
    if shares == [1.0]:
        return []
    what = f"the horizon covers {periods.label(number)} in part, which is billed in proportion to it"
    return [(what, "set partial_periods to whole, so that the whole period is billed")]


def _unfit_energy(found: Billed) -> list[Unfit]:
    unfit: list[Unfit] = []
    for place, rate in enumerate(found.tariff.block_rates):
        if rate.energy_so_far:
            number = int(found.metering.numbers(rate.period).min())
            told = _unfit_share(found, rate, found.metering.periods(rate.period), number)
            unfit += [(("block_rates", place, "energy_so_far"), *words) for words in told]
    return unfit


def _unfit_moments(found: Billed) -> list[Unfit]:
    unfit: list[Unfit] = []
    boundaries = found.metering.boundaries
    for place, charge in enumerate(found.tariff.demand_charges):
        moments = coincident_moments(charge)
        if len(moments) and not ((moments >= boundaries[0]) & (moments < boundaries[-1])).any():
            where = ("demand_charges", place, "coincident_times")
            unfit.append((where, "none of them lies in the horizon", "mend the times, or leave the charge out"))
    return unfit
