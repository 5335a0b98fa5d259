"""Supply contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, capacities, fields
from optimizer.binding.contracts import Terms
from optimizer.binding.reliability import reaching

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind capacities, and availability and prices at the site by the terms of the contracts."""
    supplies, terms = scenario.site.supplies, Terms(scenario, hourly)
    shape, prices = (len(supplies), hourly.count), [terms.prices(supply) for supply in supplies]
    over_time = {
        "availability": np.reshape([terms.availability(supply) for supply in supplies], shape)
        * reaching(scenario, hourly),
        **{
            name: np.reshape([given[name] for given in prices], shape) for name in ("supply_price", "curtailment_price")
        },
        "supply_carbon_intensity": hourly.rows(supplies, "carbon_intensity"),
    }
    found: Arrays = {
        **capacities("supply_capacity", "supply", [supply.capacity for supply in supplies]),
        **{name: (("supply", "hour"), values) for name, values in over_time.items()},
        "supply_cfe": fields(supplies, "supply", {"cfe": 0.0})["cfe"],
    }
    if any(supply.curtailment_limit < 1 for supply in supplies):
        found |= fields(supplies, "supply", {"curtailment_limit": 1.0})
    if any(supply.variable_om for supply in supplies):
        found["supply_variable_om"] = fields(supplies, "supply", {"variable_om": 0.0})["variable_om"]
    return found
