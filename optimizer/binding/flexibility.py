"""Ramps towards the grid, demand response contracts and their calls, and reserve for swings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.binding.reliability import in_service
from optimizer.errors import Fault, InputError
from optimizer.series.time_span import covered, overlapping
from optimizer.specification.base import Location, path_text

if TYPE_CHECKING:
    from optimizer.assets import Battery
    from optimizer.flexibility import CallEvent
    from optimizer.scenario import Scenario

Floats = NDArray[np.float64]


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind what is asked for; what is not is left unbound, and so not stated.

    Raises
    ------
    InputError
        If calls overlap, or end before they start.
    """
    return {**_ramps(scenario, hourly), **_responses(scenario, hourly), **_reserves(scenario)}


def subsets(scenario: Scenario) -> Subsets:
    """Name the intervals after another, the contracts and the intervals in which they are called, and the batteries."""
    found: Subsets = {}
    grid = scenario.site.grid
    if grid is not None and grid.limits_ramps:
        found["ramp_hour"] = list(range(1, len(scenario.horizon.starts)))
    contracts = scenario.site.demand_response
    if contracts:
        row, hour = np.nonzero(_called(scenario))
        found["response"] = [contract.name for contract in contracts]
        names = [contracts[place].name for place in row]
        found["called_hour"] = pd.MultiIndex.from_arrays([names, hour])  # type: ignore[assignment]  # a set of pairs
    if _swinging(scenario):
        found["swing_battery"] = [battery.name for battery in _swinging(scenario)]
    return found


# -- ramps -----------------------------------------------------------------------------------------------------------


def _ramps(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind the change that is allowed from the middle of one interval to that of the next."""
    grid, dt = scenario.site.grid, scenario.horizon.dt
    if grid is None or not grid.limits_ramps:
        return {}
    between = np.concatenate([dt[:1], (dt[1:] + dt[:-1]) / 2])
    per_hour = np.inf if grid.ramp_per_hour is None else grid.ramp_per_hour
    per_step = np.inf if grid.ramp_per_step is None else grid.ramp_per_step
    available = in_service(grid, scenario, hourly)
    fall = np.concatenate([[0.0], np.maximum(available[:-1] - available[1:], 0.0)])
    return {"ramp_allowed": (("hour",), np.minimum(per_hour * between, per_step)), "grid_fall": (("hour",), fall)}


# -- demand response -------------------------------------------------------------------------------------------------


def _responses(scenario: Scenario, hourly: Hourly) -> Arrays:
    contracts = scenario.site.demand_response
    if not contracts:
        return {}

    def column(values: Sequence[float]) -> tuple[tuple[str, ...], Floats]:
        return ("response",), np.array(values, dtype=float)

    baselines = [hourly(0.0 if contract.baseline is None else contract.baseline) for contract in contracts]
    most = [contract.commitment for contract in contracts]
    found: Arrays = {
        "called_share": (("response", "hour"), _called(scenario)),
        "response_baseline": (("response", "hour"), np.array(baselines)),
        "baseline_is_connection": column([float(contract.baseline is None) for contract in contracts]),
        "availability_payment": column([contract.availability_payment for contract in contracts]),
        "call_payment": column([contract.call_payment for contract in contracts]),
        "shortfall_penalty": column([contract.penalty or 0.0 for contract in contracts]),
        "shortfall_max": column([0.0 if contract.penalty is None else np.inf for contract in contracts]),
    }
    if not any(contract.free for contract in contracts):
        return found | {"commitment": column(most)}
    return found | {"commitment_min": column([one.least for one in contracts]), "commitment_max": column(most)}


def _called(scenario: Scenario) -> Floats:
    """Give the share of each interval in which each contract is called, (response, hour)."""
    contracts, zone = scenario.site.demand_response, scenario.site.time_zone
    events = [(number, place, event) for number, one in enumerate(contracts) for place, event in enumerate(one.events)]
    _check(events, scenario)
    found = np.zeros((len(contracts), len(scenario.horizon.starts)))
    shares = covered([event for _, _, event in events], scenario.horizon.boundaries.to_numpy(), zone)
    for (number, _, _), share in zip(events, shares, strict=True):
        found[number] += share
    return np.minimum(found, 1.0)


def _check(events: Sequence[tuple[int, int, CallEvent]], scenario: Scenario) -> None:
    """Refuse calls that end before they start, and reductions that are sold twice."""
    zone, faults = scenario.site.time_zone, []
    for number, place, event in events:
        start, end = event.instants(zone)
        if end <= start:
            what = "on the site's clock, the end is not after the start"
            where = scenario.where(*_place(number, place), "end")
            faults.append(Fault(where, what, "give both with a zone, or both without"))
    both = overlapping([event for _, _, event in events], zone)
    if both is not None and not faults:
        one, other = (_place(number, place) for number, place, _ in (events[index] for index in both))
        what = f"it overlaps {path_text(one[1:])}, so that one reduction would be sold twice"
        faults.append(Fault(scenario.where(*other), what, "cut one of them short, or leave it out"))
    if faults:
        raise InputError(faults)


def _place(contract: int, event: int) -> Location:
    return ("site", "demand_response", contract, "events", event)


# -- reserve ---------------------------------------------------------------------------------------------------------


def _swinging(scenario: Scenario) -> list[Battery]:
    return [battery for battery in scenario.site.batteries if battery.swing_reserve is not None]


def _reserves(scenario: Scenario) -> Arrays:
    reserves = [battery.swing_reserve for battery in _swinging(scenario)]
    if not reserves:
        return {}
    return {
        f"swing_{field}": (("swing_battery",), np.array([getattr(reserve, field) for reserve in reserves]))
        for field in ("share", "power", "duration")
    }


# -- what a reader must know -----------------------------------------------------------------------------------------


def notes(scenario: Scenario) -> list[str]:
    """Tell what contracts say of themselves, and which calls lie outside of the horizon."""
    ends, found = scenario.horizon.boundaries.to_numpy(), []
    for contract in scenario.site.demand_response:
        found += [f"{contract.name}: {contract.note}"] if contract.note else []
        spans = [event.instants(scenario.site.time_zone) for event in contract.events]
        outside = sum(end <= ends[0] or start >= ends[-1] for start, end in spans)
        if outside:
            found.append(f"{contract.name}: {outside} of {len(spans)} calls lie outside of the horizon")
        if len(spans) > outside:
            found.append(f"assumed: the calls of {contract.name} are known in advance to the plan")
    return found
