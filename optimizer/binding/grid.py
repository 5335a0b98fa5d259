"""The grid connection; a site without one has a connection of 0 MW."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.assets import Capacity, GridConnection
from optimizer.binding.common import Arrays, Hourly, capacities
from optimizer.binding.reliability import in_service

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

_NO_GRID = GridConnection(connection_capacity=Capacity.fixed(0.0))


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind capacity, prices, carbon and outages."""
    grid = scenario.site.grid or _NO_GRID
    over_time = {
        "energy_price": grid.energy_price,
        "export_price": grid.export_price,
        "carbon_intensity": grid.carbon_intensity,
        "grid_cfe": grid.grid_cfe,
    }
    subscribed = [] if grid.subscribed_power is None else [grid.subscribed_power]
    return {
        **capacities("connection_capacity", None, [grid.connection_capacity]),
        **(capacities("subscribed_power", None, subscribed) if subscribed else {}),
        **{name: (("hour",), hourly(quantity)) for name, quantity in over_time.items()},
        "grid_available": (("hour",), in_service(grid, scenario, hourly)),
        "export_capacity": ((), grid.export_capacity),
        **(
            {}
            if grid.residual_intensity is None
            else {"residual_intensity": (("hour",), hourly(grid.residual_intensity))}
        ),
    }
