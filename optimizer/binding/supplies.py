"""Supply contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.binding.common import Arrays, Hourly, capacities, fields

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind capacities, availability and prices."""
    supplies = scenario.site.supplies
    over_time = {
        "availability": "availability",
        "supply_price": "energy_price",
        "curtailment_price": "curtailment_price",
        "supply_carbon_intensity": "carbon_intensity",
    }
    found: Arrays = {
        **capacities("supply_capacity", "supply", [supply.capacity for supply in supplies]),
        **{name: (("supply", "hour"), hourly.rows(supplies, field)) for name, field in over_time.items()},
        "supply_cfe": fields(supplies, "supply", {"cfe": 0.0})["cfe"],
    }
    if any(supply.curtailment_limit < 1 for supply in supplies):
        found |= fields(supplies, "supply", {"curtailment_limit": 1.0})
    if any(supply.variable_om for supply in supplies):
        found["supply_variable_om"] = fields(supplies, "supply", {"variable_om": 0.0})["variable_om"]
    return found
