"""Generators that burn fuel: as much as is in service, within yearly limits, without start-up cost or least output."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, cost, variable


@variable(over="generator")
def generator_capacity(m: Any, g: Any) -> Any:
    """Capacity of each generator."""
    return m.generator_capacity_min[g], m.generator_capacity_max[g]


@variable(over=("generator", "hour"))
def generation(m: Any, g: Any, t: Any) -> Any:
    """Power from each generator."""
    return 0, None


@constraint(over=("generator", "hour"))
def generation_limit(m: Any, g: Any, t: Any) -> Any:
    """A generator gives at most its capacity, as far as it is in service."""
    return m.generation[g, t] <= m.generator_available[g, t] * m.generator_capacity[g]


@constraint(over="hours_limited_generator")
def generator_hours_limit(m: Any, g: Any) -> Any:
    """A year's energy stays within the greatest number of full-load hours."""
    return (
        sum(m.weight[t] * m.dt[t] * m.generation[g, t] for t in m.hour)
        <= m.generator_hours_max[g] * m.generator_capacity[g]
    )


@constraint(over="energy_limited_generator")
def generator_energy_limit(m: Any, g: Any) -> Any:
    """A year's energy stays within the greatest that is allowed."""
    return sum(m.weight[t] * m.dt[t] * m.generation[g, t] for t in m.hour) <= m.generator_energy_max[g]


@cost(over="generator", label="Generator capacity", when="generator_capacity_cost")
def generator_capacity_charge(m: Any, g: Any) -> Any:
    """Yearly cost of generators."""
    return m.generator_capacity_cost[g] * (m.generator_capacity[g] - m.generator_capacity_existing[g])


@cost(over=("generator", "hour"), label="Fuel", when="fuel_price")
def fuel_charge(m: Any, g: Any, t: Any) -> Any:
    """Price times fuel burnt."""
    return m.weight[t] * m.dt[t] * m.fuel_price[g, t] / m.generator_efficiency[g] * m.generation[g, t]


@cost(over=("generator", "hour"), label="Generator variable O&M", when="generator_variable_om")
def generator_variable_om_charge(m: Any, g: Any, t: Any) -> Any:
    """Operation and maintenance of energy generated."""
    return m.weight[t] * m.dt[t] * m.generator_variable_om[g] * m.generation[g, t]


FAMILIES: tuple[Rule, ...] = (
    generator_capacity,
    generation,
    generation_limit,
    generator_hours_limit,
    generator_energy_limit,
    generator_capacity_charge,
    fuel_charge,
    generator_variable_om_charge,
)
