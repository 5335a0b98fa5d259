"""Supplies, the grid, and the balance of power in every interval."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, expression, variable


@variable(over="supply")
def supply_capacity(m: Any, s: Any) -> Any:
    """Capacity contracted from each supply."""
    return m.supply_capacity_min[s], m.supply_capacity_max[s]


@variable()
def connection_capacity(m: Any) -> Any:
    """Capacity of the grid connection."""
    return m.connection_capacity_min, m.connection_capacity_max


@variable(when="subscribed_power_min")
def subscribed_power(m: Any) -> Any:
    """Greatest import that the tariff allows."""
    return m.subscribed_power_min, m.subscribed_power_max


@variable(over=("supply", "hour"))
def delivered(m: Any, s: Any, t: Any) -> Any:
    """Power that each supply delivers to the site."""
    return 0, None


@variable(over="hour")
def grid_import(m: Any, t: Any) -> Any:
    """Power taken from the grid."""
    return 0, None


@variable(over="hour")
def grid_export(m: Any, t: Any) -> Any:
    """Power given to the grid."""
    return 0, m.export_capacity * m.grid_available[t]


@constraint(over="hour")
def power_balance(m: Any, t: Any) -> Any:
    """What comes in covers the load, the charging and the export; its dual is the marginal price."""
    return (
        sum(m.delivered[s, t] for s in m.supply)
        + sum(m.discharge[b, t] for b in m.battery)
        - sum(m.charge[b, t] for b in m.battery)
        + sum(m.generation[g, t] for g in m.generator)
        + m.grid_import[t]
        - m.grid_export[t]
        + m.unserved[t]
        == m.pue[t] * m.it_load[t] + m.other_load[t]
    )


@constraint(over=("supply", "hour"))
def available_power(m: Any, s: Any, t: Any) -> Any:
    """A supply delivers at most what is available; the rest is curtailed."""
    return m.delivered[s, t] <= m.availability[s, t] * m.supply_capacity[s]


@constraint(over=("supply", "hour"), when="curtailment_limit")
def least_delivery(m: Any, s: Any, t: Any) -> Any:
    """At most a share of the available power may be curtailed."""
    return m.delivered[s, t] >= (1 - m.curtailment_limit[s]) * m.availability[s, t] * m.supply_capacity[s]


@constraint(over="hour")
def connection_limit(m: Any, t: Any) -> Any:
    """Import stays within the connection, as far as it is in service."""
    return m.grid_import[t] <= m.grid_available[t] * m.connection_capacity


@constraint(over="firm_hour", when="subscribed_power")
def subscribed_limit(m: Any, t: Any) -> Any:
    """Import stays within the subscribed power in the hours in which a tariff does not allow more, at a price."""
    return m.grid_import[t] <= m.subscribed_power


@expression(over=("supply", "hour"))
def curtailment(m: Any, s: Any, t: Any) -> Any:
    """Power available but not taken."""
    return m.availability[s, t] * m.supply_capacity[s] - m.delivered[s, t]


@expression(over="hour")
def emissions(m: Any, t: Any) -> Any:
    """Emissions of the energy used in an hour, at average intensities."""
    return (
        m.carbon_intensity[t] * m.grid_import[t]
        + sum(m.supply_carbon_intensity[s, t] * m.delivered[s, t] for s in m.supply)
        + sum(m.fuel_carbon_intensity[g, t] / m.generator_efficiency[g] * m.generation[g, t] for g in m.generator)
    )


FAMILIES: tuple[Rule, ...] = (
    supply_capacity,
    connection_capacity,
    subscribed_power,
    delivered,
    grid_import,
    grid_export,
    power_balance,
    available_power,
    least_delivery,
    connection_limit,
    subscribed_limit,
    curtailment,
    emissions,
)
