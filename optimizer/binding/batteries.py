"""Batteries, and the subsets of them that only some rules are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets, capacities, fields

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

# Fields by name, with what stands for None; those with a value are read by a subset of the batteries alone.
_FIELDS = {
    "charge_efficiency": 1.0, "discharge_efficiency": 1.0, "self_discharge": 0.0, "soc_min": 0.0, "soc_max": 1.0,
    "state_of_health": 1.0, "throughput_cost": 0.0, "holding_cost": 0.0, "shared_inverter": 1.0, "initial_soc": 0.0,
    "final_soc_min": 0.0, "final_soc_max": 1.0, "cycles_max": np.inf,
}  # fmt: skip


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind capacities and properties."""
    batteries = scenario.site.batteries
    return {
        **capacities("power_capacity", "battery", [battery.power_capacity for battery in batteries]),
        **capacities("energy_capacity", "battery", [battery.energy_capacity for battery in batteries]),
        **fields(batteries, "battery", _FIELDS),
    }


def subsets(scenario: Scenario) -> Subsets:
    """Name the batteries that end as they began, that start or end as told, with two inverters, with limited cycles."""
    batteries = scenario.site.batteries
    return {
        "cyclic_battery": [battery.name for battery in batteries if battery.cyclic],
        "started_battery": [battery.name for battery in batteries if battery.initial_soc is not None],
        "ended_battery": [
            battery.name
            for battery in batteries
            if battery.final_soc_min is not None or battery.final_soc_max is not None
        ],
        "two_inverter_battery": [battery.name for battery in batteries if not battery.shared_inverter],
        "warranted_battery": [battery.name for battery in batteries if battery.cycles_max is not None],
    }
