"""Wear of batteries: what a MWh discharged costs by life in cycles, and by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets, fields

if TYPE_CHECKING:
    from optimizer.assets import Battery
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind the cost of a MWh discharged, of each segment where depth counts, and what cycles are counted by."""
    batteries = scenario.site.batteries
    found: Arrays = {
        "throughput_cost": (("battery",), np.array([_cost_of_throughput(battery) for battery in batteries]))
    }
    rated = [battery for battery in batteries if battery.cycle_life is not None]
    if rated:
        missing = {"cycle_life": np.inf, "depth_of_discharge": 1.0, "depth_exponent": 1.0}
        found |= fields(rated, "rated_battery", missing)
    segmented = [battery for battery in batteries if battery.depth_segments is not None]
    if segmented:
        most = max(battery.depth_segments or 0 for battery in segmented)
        shares, costs = (np.zeros((len(segmented), most)) for _ in range(2))
        for row, battery in enumerate(segmented):
            count = battery.depth_segments or 0
            shares[row, :count] = 1 / count
            costs[row, :count] = _costs_of_depth(battery, count)
        found["segment_share"] = ("segmented_battery", "segment"), shares
        found["depth_cost"] = ("segmented_battery", "segment"), costs
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the batteries whose life is known in cycles, and those whose depth counts."""
    batteries = scenario.site.batteries
    segmented = [battery for battery in batteries if battery.depth_segments is not None]
    found: Subsets = {}
    if segmented:
        found["segmented_battery"] = [battery.name for battery in segmented]
        found["cyclic_segmented_battery"] = [battery.name for battery in segmented if battery.cyclic]
    if any(battery.cycle_life for battery in batteries):
        found["rated_battery"] = [battery.name for battery in batteries if battery.cycle_life is not None]
    return found


def _cost_of_throughput(battery: Battery) -> float:
    """Price a MWh discharged, whatever the depth; 0 where segments do so."""
    if battery.depth_segments is not None:
        return 0.0
    if battery.cycle_life is None or battery.replacement_cost is None:
        return battery.throughput_cost
    # A cycle gives depth x efficiency of a MWh to the site for each MWh of capacity.
    given = battery.cycle_life * battery.depth_of_discharge * battery.discharge_efficiency
    return battery.replacement_cost / given


def _costs_of_depth(battery: Battery, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Price a MWh discharged from each segment: what the life used rises by from one depth to the next."""
    depth = np.arange(count + 1) / count / battery.depth_of_discharge
    used = depth**battery.depth_exponent / (battery.cycle_life or np.inf)
    return (battery.replacement_cost or 0.0) * count * np.diff(used) / battery.discharge_efficiency
