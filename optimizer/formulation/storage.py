"""Batteries: states on interval boundaries, flows on intervals."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, variable


@variable(over="battery")
def power_capacity(m: Any, b: Any) -> Any:
    """Power of each battery's inverter."""
    return m.power_capacity_min[b], m.power_capacity_max[b]


@variable(over="battery")
def energy_capacity(m: Any, b: Any) -> Any:
    """Energy that each battery can store when new."""
    return m.energy_capacity_min[b], m.energy_capacity_max[b]


@variable(over=("battery", "hour"))
def charge(m: Any, b: Any, t: Any) -> Any:
    """Power into each battery, before losses."""
    return 0, None


@variable(over=("battery", "hour"))
def discharge(m: Any, b: Any, t: Any) -> Any:
    """Power out of each battery, after losses."""
    return 0, None


@variable(over=("battery", "boundary"))
def stored_energy(m: Any, b: Any, n: Any) -> Any:
    """Energy held at each boundary between intervals."""
    return 0, None


@constraint(over=("battery", "hour"))
def stored_energy_balance(m: Any, b: Any, t: Any) -> Any:
    """Energy carried over, plus charge, less discharge and losses."""
    return m.stored_energy[b, t + 1] == (
        (1 - m.self_discharge[b] * m.dt[t]) * m.stored_energy[b, t]
        + m.dt[t] * (m.charge_efficiency[b] * m.charge[b, t] - m.discharge[b, t] / m.discharge_efficiency[b])
    )


@constraint(over=("battery", "boundary"))
def stored_energy_ceiling(m: Any, b: Any, n: Any) -> Any:
    """The battery is never fuller than the greatest state of charge of what ageing has left."""
    return m.stored_energy[b, n] <= m.soc_max[b] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over=("battery", "boundary"))
def stored_energy_floor(m: Any, b: Any, n: Any) -> Any:
    """The battery is never emptier than the least state of charge."""
    return m.stored_energy[b, n] >= m.soc_min[b] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over=("one_inverter_battery", "hour"))
def inverter_limit(m: Any, b: Any, t: Any) -> Any:
    """One inverter serves both directions, so their sum is limited."""
    return m.charge[b, t] + m.discharge[b, t] <= m.power_capacity[b]


@constraint(over=("two_inverter_battery", "hour"))
def charge_limit(m: Any, b: Any, t: Any) -> Any:
    """With an inverter for each direction, charge has a limit of its own."""
    return m.charge[b, t] <= m.power_capacity[b]


@constraint(over=("two_inverter_battery", "hour"))
def discharge_limit(m: Any, b: Any, t: Any) -> Any:
    """With an inverter for each direction, so has discharge."""
    return m.discharge[b, t] <= m.power_capacity[b]


@constraint(over="cyclic_battery")
def cyclic_energy(m: Any, b: Any) -> Any:
    """A cyclic battery ends the horizon as it began."""
    return m.stored_energy[b, m.boundary.at(-1)] == m.stored_energy[b, 0]


@constraint(over="started_battery")
def initial_energy(m: Any, b: Any) -> Any:
    """The battery starts with a given state of charge."""
    return m.stored_energy[b, 0] == m.initial_soc[b] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over="ended_battery")
def final_energy_floor(m: Any, b: Any) -> Any:
    """The battery ends with at least a given state of charge."""
    return m.stored_energy[b, m.boundary.at(-1)] >= m.final_soc_min[b] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over="ended_battery")
def final_energy_ceiling(m: Any, b: Any) -> Any:
    """The battery ends with at most a given state of charge."""
    return m.stored_energy[b, m.boundary.at(-1)] <= m.final_soc_max[b] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over="warranted_battery")
def cycle_limit(m: Any, b: Any) -> Any:
    """A year's discharge stays within the warranted number of full cycles."""
    return (
        sum(m.weight[t] * m.dt[t] * m.discharge[b, t] for t in m.hour)
        <= m.cycles_max[b] * m.state_of_health[b] * m.energy_capacity[b]
    )


@constraint(over="least_duration_battery")
def least_duration(m: Any, b: Any) -> Any:
    """The battery can store the energy of a least time at full power."""
    return m.energy_capacity[b] >= m.duration_min[b] * m.power_capacity[b]


@constraint(over="greatest_duration_battery")
def greatest_duration(m: Any, b: Any) -> Any:
    """The battery stores no more than the energy of a greatest time at full power."""
    return m.energy_capacity[b] <= m.duration_max[b] * m.power_capacity[b]


FAMILIES: tuple[Rule, ...] = (
    power_capacity,
    energy_capacity,
    charge,
    discharge,
    stored_energy,
    stored_energy_balance,
    stored_energy_ceiling,
    stored_energy_floor,
    inverter_limit,
    charge_limit,
    discharge_limit,
    cyclic_energy,
    initial_energy,
    final_energy_floor,
    final_energy_ceiling,
    cycle_limit,
    least_duration,
    greatest_duration,
)
