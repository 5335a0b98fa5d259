"""What investments cost a year, and how far prices rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

_DIMS: dict[str, tuple[str, ...]] = {
    "supply_capacity": ("supply",),
    "power_capacity": ("battery",),
    "energy_capacity": ("battery",),
    "generator_capacity": ("generator",),
    "connection_capacity": (),
    "subscribed_power": (),
}


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind investments, annuities and fixed O&M of the capacities that have any, and the levels of prices that move."""
    found: Arrays = {}
    finance = scenario.finance
    for name, specified in scenario.site.capacities().items():
        columns = {}
        if finance is not None and any(capacity.capital_cost is not None for capacity in specified):
            columns["capital_cost"] = [capacity.capital_cost or 0.0 for capacity in specified]
            columns["annuity"] = [finance.annuity(capacity.life, capacity.discount_rate) for capacity in specified]
        if any(capacity.yearly_om for capacity in specified):
            columns["fixed_om"] = [capacity.yearly_om for capacity in specified]
        for what, values in columns.items():
            dims = _DIMS[name]
            found[f"{name}_{what}"] = dims, np.array(values) if dims else values[0]
    if finance is not None and finance.escalation:
        levels = [finance.level(line) for line in subsets(scenario)["escalated_line"]]
        found["price_level"] = ("escalated_line",), np.array(levels)
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the cost lines whose prices move."""
    return {"escalated_line": [] if scenario.finance is None else list(scenario.finance.escalation)}
