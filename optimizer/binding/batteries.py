"""Batteries, and the subsets of them that only some rules are about."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets, capacities, fields
from optimizer.errors import Fault, InputError

if TYPE_CHECKING:
    from optimizer.assets import Battery
    from optimizer.scenario import Scenario

_FIELDS = (
    "charge_efficiency", "discharge_efficiency", "self_discharge", "soc_min", "soc_max", "holding_cost",
)  # fmt: skip
# What only some batteries have is bound over these alone, so that no value can be set that nothing reads. With each
# field what stands for None, where one of a pair is given.
_OF_SUBSETS = {
    "started_battery": {"initial_soc": 0.0},
    "ended_battery": {"final_soc_min": 0.0, "final_soc_max": 1.0},
    "warranted_battery": {"cycles_max": np.inf},
    "least_duration_battery": {"duration_min": 0.0},
    "greatest_duration_battery": {"duration_max": np.inf},
}


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind capacities and properties.

    Raises
    ------
    InputError
        If a battery would lose more than all of its energy in one interval.
    """
    batteries = scenario.site.batteries
    _check_losses(scenario)
    _check_health(scenario)
    found = {
        **capacities("power_capacity", "battery", [battery.power_capacity for battery in batteries]),
        **capacities("energy_capacity", "battery", [battery.energy_capacity for battery in batteries]),
        **fields(batteries, "battery", dict.fromkeys(_FIELDS, math.nan)),  # none of them is ever None
    }
    found["state_of_health"] = (
        ("battery",),
        np.array([_health(battery, scenario) for battery in batteries], dtype=float),
    )
    for subset, missing in _OF_SUBSETS.items():
        names = subsets(scenario)[subset]
        found |= fields([battery for battery in batteries if battery.name in names], subset, missing)
    if any(battery.variable_om for battery in batteries):
        found["battery_variable_om"] = fields(batteries, "battery", {"variable_om": 0.0})["variable_om"]
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the batteries of each kind: by their inverters, by how they start and end, by warranty and duration."""
    kinds: dict[str, Callable[[Battery], bool]] = {
        "one_inverter_battery": lambda battery: battery.shared_inverter,
        "two_inverter_battery": lambda battery: not battery.shared_inverter,
        "cyclic_battery": lambda battery: battery.cyclic,
        "started_battery": lambda battery: battery.initial_soc is not None,
        "ended_battery": lambda battery: battery.final_soc_min is not None or battery.final_soc_max is not None,
        "warranted_battery": lambda battery: battery.cycles_max is not None,
        # The duration of a battery of fixed size was checked when it was specified.
        "least_duration_battery": lambda battery: _free(battery) and battery.duration_min is not None,
        "greatest_duration_battery": lambda battery: _free(battery) and battery.duration_max is not None,
    }
    batteries = scenario.site.batteries
    return {kind: [battery.name for battery in batteries if belongs(battery)] for kind, belongs in kinds.items()}


def _check_losses(scenario: Scenario) -> None:
    """Refuse self-discharge that, taken as proportional to the interval's length, comes to more than all."""
    longest = float(scenario.horizon.dt.max())
    faults = [
        Fault(
            scenario.where("site", "batteries", number, "self_discharge"),
            f"{battery.self_discharge:g} an hour loses more than all energy in an interval of {longest:g} h",
            "shorten the horizon's step",
        )
        for number, battery in enumerate(scenario.site.batteries)
        if battery.self_discharge * longest > 1
    ]
    if faults:
        raise InputError(faults)


def _health(battery: Battery, scenario: Scenario) -> float:
    """Average the health over the years that money is counted, or until the battery is replaced."""
    finance, life = scenario.finance, battery.energy_capacity.life
    years = 0.0 if finance is None else float(finance.years)
    return battery.health(years if life is None else min(years, life))


def _check_health(scenario: Scenario) -> None:
    """Refuse a battery that fades away within the years that money is counted."""
    faults = [
        Fault(
            scenario.where("site", "batteries", number, "calendar_fade"),
            f"{battery.calendar_fade:g} a year leaves nothing of the battery, on average over the years of finance",
            "give energy_capacity a life after which it is replaced",
        )
        for number, battery in enumerate(scenario.site.batteries)
        if _health(battery, scenario) <= 0
    ]
    if faults:
        raise InputError(faults)


def _free(battery: Battery) -> bool:
    return battery.power_capacity.free or battery.energy_capacity.free
