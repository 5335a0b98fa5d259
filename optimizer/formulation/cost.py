"""Cost lines, all in currency a year; the objective is their sum, and reports show these very terms."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, cost


@cost(over="supply", label="Supply capacity")
def supply_capacity_charge(m: Any, s: Any) -> Any:
    """Yearly cost of contracted capacity."""
    return m.supply_capacity_cost[s] * (m.supply_capacity[s] - m.supply_capacity_existing[s])


@cost(label="Grid connection")
def connection_charge(m: Any) -> Any:
    """Yearly cost of the grid connection."""
    return m.connection_capacity_cost * (m.connection_capacity - m.connection_capacity_existing)


@cost(over="battery", label="Battery power")
def battery_power_charge(m: Any, b: Any) -> Any:
    """Yearly cost of battery power."""
    return m.power_capacity_cost[b] * (m.power_capacity[b] - m.power_capacity_existing[b])


@cost(over="battery", label="Battery energy")
def battery_energy_charge(m: Any, b: Any) -> Any:
    """Yearly cost of battery energy."""
    return m.energy_capacity_cost[b] * (m.energy_capacity[b] - m.energy_capacity_existing[b])


@cost(over=("supply", "hour"), label="Supply energy")
def supply_energy_charge(m: Any, s: Any, t: Any) -> Any:
    """Price times energy delivered."""
    return m.weight[t] * m.dt[t] * m.supply_price[s, t] * m.delivered[s, t]


@cost(over=("supply", "hour"), label="Curtailed energy")
def curtailment_charge(m: Any, s: Any, t: Any) -> Any:
    """What the contract pays for energy that was available and not taken."""
    return (
        m.weight[t]
        * m.dt[t]
        * m.curtailment_price[s, t]
        * (m.availability[s, t] * m.supply_capacity[s] - m.delivered[s, t])
    )


@cost(over="hour", label="Grid energy")
def grid_energy_charge(m: Any, t: Any) -> Any:
    """Price times energy bought."""
    return m.weight[t] * m.dt[t] * m.energy_price[t] * m.grid_import[t]


@cost(over="hour", label="Export revenue")
def export_revenue(m: Any, t: Any) -> Any:
    """Price times energy sold, as a negative cost."""
    return -m.weight[t] * m.dt[t] * m.export_price[t] * m.grid_export[t]


@cost(over="hour", label="Carbon")
def carbon_charge(m: Any, t: Any) -> Any:
    """Carbon price times emissions of the energy used."""
    return (
        m.weight[t]
        * m.dt[t]
        * m.carbon_price
        * (
            m.carbon_intensity[t] * m.grid_import[t]
            + sum(m.supply_carbon_intensity[s, t] * m.delivered[s, t] for s in m.supply)
            + sum(m.fuel_carbon_intensity[g, t] / m.generator_efficiency[g] * m.generation[g, t] for g in m.generator)
        )
    )


@cost(over=("battery", "hour"), label="Battery wear")
def wear_charge(m: Any, b: Any, t: Any) -> Any:
    """Throughput cost of energy discharged."""
    return m.weight[t] * m.dt[t] * m.throughput_cost[b] * m.discharge[b, t]


@cost(over=("battery", "hour"), label="Battery holding")
def holding_charge(m: Any, b: Any, t: Any) -> Any:
    """Cost of energy held at the end of each interval."""
    return m.weight[t] * m.dt[t] * m.holding_cost[b] * m.stored_energy[b, t + 1]


@cost(label="Subscribed power", when="subscribed_power_cost")
def subscribed_power_charge(m: Any) -> Any:
    """Yearly cost of subscribed power."""
    return m.subscribed_power_cost * (m.subscribed_power - m.subscribed_power_existing)


@cost(over=("supply", "hour"), label="Supply variable O&M", when="supply_variable_om")
def supply_variable_om_charge(m: Any, s: Any, t: Any) -> Any:
    """Operation and maintenance of energy delivered."""
    return m.weight[t] * m.dt[t] * m.supply_variable_om[s] * m.delivered[s, t]


@cost(over=("battery", "hour"), label="Battery variable O&M", when="battery_variable_om")
def battery_variable_om_charge(m: Any, b: Any, t: Any) -> Any:
    """Operation and maintenance of energy discharged."""
    return m.weight[t] * m.dt[t] * m.battery_variable_om[b] * m.discharge[b, t]


@cost(over="hour", label="Unserved energy")
def unserved_charge(m: Any, t: Any) -> Any:
    """Value of lost load times energy not served, but for that of tiers, which have values of their own."""
    return (
        m.weight[t]
        * m.dt[t]
        * m.value_of_lost_load
        * (m.unserved[t] - sum(m.unserved_in_tier[k, t] for k in m.shed_tier))
    )


FAMILIES: tuple[Rule, ...] = (
    supply_capacity_charge,
    connection_charge,
    battery_power_charge,
    battery_energy_charge,
    supply_energy_charge,
    curtailment_charge,
    grid_energy_charge,
    export_revenue,
    carbon_charge,
    wear_charge,
    holding_charge,
    unserved_charge,
    subscribed_power_charge,
    supply_variable_om_charge,
    battery_variable_om_charge,
)
