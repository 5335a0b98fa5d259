"""Outages, tiers of load, the time of ride-through, and what is left after the loss of any one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.binding.demand import pue
from optimizer.errors import Fault, InputError
from optimizer.series.time_span import covered, overlapping
from optimizer.specification.base import shown

if TYPE_CHECKING:
    from optimizer.assets import GridConnection
    from optimizer.reliability import LoadTier
    from optimizer.scenario import Scenario

Floats = NDArray[np.float64]

_ROUNDING = 1e-9
_OUTAGES = ("site", "grid", "outages")


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind tiers, and what is asked of reliability; what is not asked for is left unbound, and so not stated.

    Raises
    ------
    InputError
        If the tiers are more than all load.
    """
    asked = scenario.site.reliability
    found = _tiers(scenario, hourly)
    if asked is None:
        return found
    found |= _critical(scenario, hourly)
    if asked.ride_through is not None:
        found["ride_through"] = ((), asked.ride_through)
        found |= _time_after(scenario, asked.ride_through)
    if asked.n_minus_1:
        found |= _left(scenario)
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the tiers that need not be served, and the losses."""
    tiers = scenario.site.load.tiers
    found: Subsets = {"shed_tier": [tier.name for tier in tiers if tier.value_of_lost_load is not None]}
    if tiers:
        found["load_tier"] = [tier.name for tier in tiers]
    if scenario.site.reliability is not None and scenario.site.reliability.n_minus_1:
        found["contingency"] = list(_contingencies(scenario))
    return found


# -- tiers -----------------------------------------------------------------------------------------------------------


def _tiers(scenario: Scenario, hourly: Hourly) -> Arrays:
    load = scenario.site.load
    if not load.tiers:
        return {}
    shares, powers = _sizes(load.tiers, hourly)
    _check_sizes(scenario, hourly, shares.sum(axis=0), powers.sum(axis=0))
    # The rest need not be served only where it has a price.
    served_always = load.value_of_lost_load is None
    rest = np.maximum(1 - shares.sum(axis=0), 0.0)
    prices = [tier.value_of_lost_load for tier in load.tiers if tier.value_of_lost_load is not None]
    return {
        "tier_share": (("load_tier", "hour"), shares),
        "tier_power": (("load_tier", "hour"), powers),
        "tier_value_of_lost_load": (("shed_tier",), np.array(prices, dtype=float)),
        "rest_share": (("hour",), 0.0 * rest if served_always else rest),
        "rest_power": (("hour",), 0.0 * rest if served_always else powers.sum(axis=0)),
    }


def _sizes(tiers: tuple[LoadTier, ...], hourly: Hourly) -> tuple[Floats, Floats]:
    """Give share and power of each tier, (load_tier, hour)."""
    shares = np.array([hourly(0.0 if tier.share is None else tier.share) for tier in tiers])
    powers = np.array([hourly(0.0 if tier.power is None else tier.power) for tier in tiers])
    return shares, powers


def _check_sizes(scenario: Scenario, hourly: Hourly, share: Floats, power: Floats) -> None:
    """Refuse tiers that are more than the load, as far as the load is known before it is planned."""
    load = scenario.site.load
    over = share > 1 + _ROUNDING
    what = "the shares of the tiers sum to more than 1"
    if not over.any() and not load.workloads and load.it_load is not None:
        whole = pue(load, hourly) * hourly(load.it_load) + hourly(load.other_load)
        over = power + share * whole > whole * (1 + _ROUNDING) + _ROUNDING
        what = "the tiers are more than the facility load"
    if over.any():
        first = str(scenario.horizon.starts[int(np.argmax(over))])[:16]
        what = f"{what} in {int(over.sum())} intervals, first {first} UTC"
        raise InputError([Fault(scenario.where("site", "load", "tiers"), what, "make them smaller")])


def _critical(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind what is critical: the tiers that are marked so, or all load where there are no tiers."""
    tiers = scenario.site.load.tiers
    critical = tuple(tier for tier in tiers if tier.critical)
    share, power = (np.zeros(hourly.count),) * 2 if tiers else (np.ones(hourly.count), np.zeros(hourly.count))
    if critical:
        share, power = (sizes.sum(axis=0) for sizes in _sizes(critical, hourly))
    return {"critical_share": (("hour",), share), "critical_power": (("hour",), power)}


# -- outages ---------------------------------------------------------------------------------------------------------


def in_service(grid: GridConnection, scenario: Scenario, hourly: Hourly) -> Floats:
    """Give the share of the connection in service in each interval, (hour,), outages counted in.

    Raises
    ------
    InputError
        If an outage ends before it starts, or two of them overlap.
    """
    _check_outages(grid, scenario)
    within = covered(grid.outages, scenario.horizon.boundaries.to_numpy(), scenario.site.time_zone)
    lost = sum(((1 - outage.available) * row for outage, row in zip(grid.outages, within, strict=True)), np.zeros(1))
    return hourly(grid.available) * np.maximum(1 - lost, 0.0)


def reaching(scenario: Scenario, hourly: Hourly) -> Floats:
    """Give the share of each supply's power that the connection lets through, (supply, hour)."""
    supplies, grid = scenario.site.supplies, scenario.site.grid
    found = np.ones((len(supplies), hourly.count))
    if grid is not None and any(supply.through_grid for supply in supplies):
        found[[supply.through_grid for supply in supplies]] = in_service(grid, scenario, hourly)
    return found


def _check_outages(grid: GridConnection, scenario: Scenario) -> None:
    zone, faults = scenario.site.time_zone, []
    for place, outage in enumerate(grid.outages):
        start, end = outage.instants(zone)
        if end <= start:
            what = f"on the site's clock, the end {shown(str(outage.end))} is not after the start {outage.start}"
            where = scenario.where(*_OUTAGES, place, "end")
            faults.append(Fault(where, what, "give both with a zone, or both without"))
    both = overlapping(grid.outages, zone)
    if not faults and both is not None:
        one, other = both
        where = scenario.where(*_OUTAGES, other)
        faults.append(Fault(where, f"it overlaps item {one}", "join them into one, or cut one short"))
    if faults:
        raise InputError(faults)


# -- ride-through ----------------------------------------------------------------------------------------------------


def wraps(scenario: Scenario) -> bool:
    """Tell whether the time after the end is that of the start: only where every battery ends as it began."""
    return all(battery.cyclic for battery in scenario.site.batteries)


def _time_after(scenario: Scenario, ride_through: float) -> Arrays:
    """List the intervals in the time after each boundary, and the share of each that lies in it; padded with 0."""
    dt = scenario.horizon.dt
    ends = np.concatenate([[0.0], np.cumsum(dt)])
    total = float(ends[-1])
    hours = np.tile(np.arange(len(dt)), 1 + (int(np.ceil(ride_through / total)) if wraps(scenario) else 0))
    edges = np.concatenate([[0.0], np.cumsum(dt[hours])])
    until = np.minimum(ends + ride_through, edges[-1])
    first = np.arange(len(ends))
    last = np.searchsorted(edges, until - _ROUNDING)  # one after the last interval that is looked at
    place = np.arange(max(int((last - first).max()), 1))
    looked = first[:, None] + place
    inside = looked < last[:, None]
    looked = np.where(inside, looked, 0)
    overlap = np.minimum(edges[looked + 1], until[:, None]) - edges[looked]
    dims = ("boundary", "ride_place")
    return {
        "ride_hour": (dims, hours[looked]),
        "ride_share": (dims, np.where(inside, np.minimum(overlap / dt[hours[looked]], 1.0), 0.0)),
        "ride_span": (("boundary",), until - ends),
    }


# -- N-1 -------------------------------------------------------------------------------------------------------------


def _contingencies(scenario: Scenario) -> dict[str, tuple[str, str, float]]:
    """Name every loss: with it the kind of thing, its name, and the share of it that is left."""
    site, asked = scenario.site, scenario.site.reliability
    kinds = () if asked is None else asked.n_minus_1
    found: dict[str, tuple[str, str, float]] = {}
    if "supplies" in kinds:
        found |= {f"loss of {supply.name}": ("supply", supply.name, 0.0) for supply in site.supplies}
    if "grid" in kinds:
        found["loss of the grid"] = ("grid", "", 0.0)
    if "batteries" in kinds:
        found |= {
            f"loss of {_part('block', b.blocks)}{b.name}": ("battery", b.name, 1 - 1 / b.blocks) for b in site.batteries
        }
    if "generators" in kinds:
        found |= {
            f"loss of {_part('unit', g.units)}{g.name}": ("generator", g.name, 1 - 1 / g.units) for g in site.generators
        }
    return found


def _part(kind: str, count: int) -> str:
    return "" if count == 1 else f"one {kind} of "


def _left(scenario: Scenario) -> Arrays:
    """Tell what is left of everything after each loss."""
    site = scenario.site
    losses = list(_contingencies(scenario).values())
    owners: dict[str, list[Any]] = {
        "supply": [supply.name for supply in site.supplies],
        "battery": [battery.name for battery in site.batteries],
        "generator": [generator.name for generator in site.generators],
    }
    found: Arrays = {"grid_left": (("contingency",), np.array([kind != "grid" for kind, _, _ in losses], dtype=float))}
    for dim, names in owners.items():
        left = np.ones((len(losses), len(names)))
        for row, (kind, name, share) in enumerate(losses):
            if kind == dim:
                left[row, names.index(name)] = share
            elif kind == "grid" and dim == "supply":
                left[row] = [not supply.through_grid for supply in site.supplies]
        found[f"{dim}_left"] = ("contingency", dim), left
    return found


# -- what a reader must know -----------------------------------------------------------------------------------------


def notes(scenario: Scenario) -> list[str]:
    """Tell how outages lie in the horizon, and how far ride-through looks at its end."""
    site, grid = scenario.site, scenario.site.grid
    found = []
    ends = scenario.horizon.boundaries.to_numpy()
    for outage in grid.outages if grid else ():
        start, end = outage.instants(site.time_zone)
        hours = (min(end, ends[-1]) - max(start, ends[0])) / np.timedelta64(1, "h")
        when = f"{_stamp(start)} to {_stamp(end)} UTC"
        if hours <= 0:
            found.append(f"the grid's {outage.name}, {when}, lies outside of the horizon and so has no effect")
        else:
            left = (
                f"{100 * outage.available:.4g} % of the connection in service" if outage.available else "nothing left"
            )
            found.append(f"assumed: the grid's {outage.name}, {when}, {left}, known in advance to the plan")
    asked = site.reliability
    if asked is not None and asked.ride_through is not None and not wraps(scenario):
        found.append(
            f"ride-through in the last {asked.ride_through:g} h looks no further than the end of the horizon, since "
            "not every battery is cyclic"
        )
    return found


def _stamp(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[m]")).replace("T", " ")
