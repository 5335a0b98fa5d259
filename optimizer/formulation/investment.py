"""Investments and fixed O&M of every capacity, all of what exceeds the capacity that is there already."""

from __future__ import annotations

from typing import Any

from optimizer.finance import INVESTMENT_LINES
from optimizer.lp.rules import Rule, cost


@cost(over="supply", label=INVESTMENT_LINES["supply_capacity"], when="supply_capacity_capital_cost")
def supply_capacity_investment(m: Any, s: Any) -> Any:
    """Annuity of the investment in the supplies."""
    return (
        m.supply_capacity_annuity[s]
        * m.supply_capacity_capital_cost[s]
        * (m.supply_capacity[s] - m.supply_capacity_existing[s])
    )


@cost(over="supply", label="Supply fixed O&M", when="supply_capacity_fixed_om")
def supply_capacity_fixed_om_charge(m: Any, s: Any) -> Any:
    """Yearly operation and maintenance of the supplies."""
    return m.supply_capacity_fixed_om[s] * (m.supply_capacity[s] - m.supply_capacity_existing[s])


@cost(label=INVESTMENT_LINES["connection_capacity"], when="connection_capacity_capital_cost")
def connection_capacity_investment(m: Any) -> Any:
    """Annuity of the investment in the grid connection."""
    return (
        m.connection_capacity_annuity
        * m.connection_capacity_capital_cost
        * (m.connection_capacity - m.connection_capacity_existing)
    )


@cost(label="Grid connection fixed O&M", when="connection_capacity_fixed_om")
def connection_capacity_fixed_om_charge(m: Any) -> Any:
    """Yearly operation and maintenance of the grid connection."""
    return m.connection_capacity_fixed_om * (m.connection_capacity - m.connection_capacity_existing)


@cost(label=INVESTMENT_LINES["subscribed_power"], when="subscribed_power_capital_cost")
def subscribed_power_investment(m: Any) -> Any:
    """Annuity of the investment in subscribed power."""
    return (
        m.subscribed_power_annuity
        * m.subscribed_power_capital_cost
        * (m.subscribed_power - m.subscribed_power_existing)
    )


@cost(label="Subscribed power fixed O&M", when="subscribed_power_fixed_om")
def subscribed_power_fixed_om_charge(m: Any) -> Any:
    """Yearly operation and maintenance of subscribed power."""
    return m.subscribed_power_fixed_om * (m.subscribed_power - m.subscribed_power_existing)


@cost(over="battery", label=INVESTMENT_LINES["power_capacity"], when="power_capacity_capital_cost")
def power_capacity_investment(m: Any, b: Any) -> Any:
    """Annuity of the investment in battery power."""
    return (
        m.power_capacity_annuity[b]
        * m.power_capacity_capital_cost[b]
        * (m.power_capacity[b] - m.power_capacity_existing[b])
    )


@cost(over="battery", label="Battery power fixed O&M", when="power_capacity_fixed_om")
def power_capacity_fixed_om_charge(m: Any, b: Any) -> Any:
    """Yearly operation and maintenance of battery power."""
    return m.power_capacity_fixed_om[b] * (m.power_capacity[b] - m.power_capacity_existing[b])


@cost(over="battery", label=INVESTMENT_LINES["energy_capacity"], when="energy_capacity_capital_cost")
def energy_capacity_investment(m: Any, b: Any) -> Any:
    """Annuity of the investment in battery energy."""
    return (
        m.energy_capacity_annuity[b]
        * m.energy_capacity_capital_cost[b]
        * (m.energy_capacity[b] - m.energy_capacity_existing[b])
    )


@cost(over="battery", label="Battery energy fixed O&M", when="energy_capacity_fixed_om")
def energy_capacity_fixed_om_charge(m: Any, b: Any) -> Any:
    """Yearly operation and maintenance of battery energy."""
    return m.energy_capacity_fixed_om[b] * (m.energy_capacity[b] - m.energy_capacity_existing[b])


@cost(over="generator", label=INVESTMENT_LINES["generator_capacity"], when="generator_capacity_capital_cost")
def generator_capacity_investment(m: Any, g: Any) -> Any:
    """Annuity of the investment in generators."""
    return (
        m.generator_capacity_annuity[g]
        * m.generator_capacity_capital_cost[g]
        * (m.generator_capacity[g] - m.generator_capacity_existing[g])
    )


@cost(over="generator", label="Generator fixed O&M", when="generator_capacity_fixed_om")
def generator_capacity_fixed_om_charge(m: Any, g: Any) -> Any:
    """Yearly operation and maintenance of generators."""
    return m.generator_capacity_fixed_om[g] * (m.generator_capacity[g] - m.generator_capacity_existing[g])


FAMILIES: tuple[Rule, ...] = (
    supply_capacity_investment,
    supply_capacity_fixed_om_charge,
    connection_capacity_investment,
    connection_capacity_fixed_om_charge,
    subscribed_power_investment,
    subscribed_power_fixed_om_charge,
    power_capacity_investment,
    power_capacity_fixed_om_charge,
    energy_capacity_investment,
    energy_capacity_fixed_om_charge,
    generator_capacity_investment,
    generator_capacity_fixed_om_charge,
)
