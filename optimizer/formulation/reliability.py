"""Load in tiers, ride-through by batteries and generators alone, and the loss of any one supply, block or unit."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, cost, variable

# -- what is not served, tier by tier --------------------------------------------------------------------------------


@variable(over=("shed_tier", "hour"))
def unserved_in_tier(m: Any, k: Any, t: Any) -> Any:
    """Load that is not served of each tier that need not be."""
    return 0, None


@constraint(over=("shed_tier", "hour"), when="tier_share")
def tier_limit(m: Any, k: Any, t: Any) -> Any:
    """No more of a tier can stay unserved than there is of it."""
    return (
        m.unserved_in_tier[k, t]
        <= m.tier_share[k, t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) + m.tier_power[k, t]
    )


@variable(over="hour", when="tier_share")
def unserved_of_rest(m: Any, t: Any) -> Any:
    """Load that is not served of what belongs to no tier."""
    return 0, None


@constraint(over="hour", when="tier_share")
def rest_limit(m: Any, t: Any) -> Any:
    """No more of the rest can stay unserved than there is of it, and none where it has no value of lost load."""
    return m.unserved_of_rest[t] <= m.rest_share[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) - m.rest_power[t]


@constraint(over="hour", when="tier_share")
def unserved_by_tier(m: Any, t: Any) -> Any:
    """What is not served belongs to a tier or to the rest."""
    return m.unserved[t] == sum(m.unserved_in_tier[k, t] for k in m.shed_tier) + m.unserved_of_rest[t]


@cost(over=("shed_tier", "hour"), label="Unserved energy of tiers", when="tier_share")
def unserved_in_tier_charge(m: Any, k: Any, t: Any) -> Any:
    """Value of lost load of each tier times its energy not served."""
    return m.weight[t] * m.dt[t] * m.tier_value_of_lost_load[k] * m.unserved_in_tier[k, t]


# -- ride-through: grid and supplies are lost ------------------------------------------------------------------------


@variable(over=("battery", "hour"), when="ride_through")
def ride_power(m: Any, b: Any, t: Any) -> Any:
    """Critical load that each battery would carry, whenever before the hour grid and supplies were lost."""
    return 0, None


@constraint(over=("battery", "hour"), when="ride_through")
def ride_power_limit(m: Any, b: Any, t: Any) -> Any:
    """A battery would carry no more than its power."""
    return m.ride_power[b, t] <= m.power_capacity[b]


@constraint(over="hour", when="ride_through")
def ride_through_power(m: Any, t: Any) -> Any:
    """Batteries, and generators in service, would carry the critical load without anything else."""
    return (
        sum(m.ride_power[b, t] for b in m.battery)
        + sum(m.generator_available[g, t] * m.generator_capacity[g] for g in m.generator)
        >= m.critical_share[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) + m.critical_power[t]
    )


@constraint(over=("battery", "boundary"), when="ride_through")
def ride_through_energy(m: Any, b: Any, n: Any) -> Any:
    """At every boundary a battery holds what it would have to give in the time after; self-discharge is allowed for."""
    return m.discharge_efficiency[b] * (
        (1 - m.self_discharge[b] * m.ride_span[n]) * m.stored_energy[b, n]
        - m.soc_min[b] * m.state_of_health[b] * m.energy_capacity[b]
    ) >= sum(m.ride_share[n, j] * m.dt[m.ride_hour[n, j]] * m.ride_power[b, m.ride_hour[n, j]] for j in m.ride_place)


# -- N-1: any one thing is lost --------------------------------------------------------------------------------------


@variable(over=("battery", "hour"), when="supply_left")
def held_power(m: Any, b: Any, t: Any) -> Any:
    """Power that each battery could give throughout the hour, with what it holds at its start."""
    return 0, None


@constraint(over=("battery", "hour"), when="supply_left")
def held_power_limit(m: Any, b: Any, t: Any) -> Any:
    """It is no more than the battery's power."""
    return m.held_power[b, t] <= m.power_capacity[b]


@constraint(over=("battery", "hour"), when="supply_left")
def held_energy_limit(m: Any, b: Any, t: Any) -> Any:
    """It takes no more energy than the battery holds above its least state of charge."""
    return m.dt[t] * m.held_power[b, t] <= m.discharge_efficiency[b] * (
        m.stored_energy[b, t] - m.soc_min[b] * m.state_of_health[b] * m.energy_capacity[b]
    )


@constraint(over=("contingency", "hour"), when="supply_left")
def loss_of_one(m: Any, c: Any, t: Any) -> Any:
    """After any one loss, what is left could carry the critical load of the hour."""
    return (
        sum(m.supply_left[c, s] * m.availability[s, t] * m.supply_capacity[s] for s in m.supply)
        + m.grid_left[c] * m.grid_available[t] * m.connection_capacity
        + sum(m.generator_left[c, g] * m.generator_available[g, t] * m.generator_capacity[g] for g in m.generator)
        + sum(m.battery_left[c, b] * m.held_power[b, t] for b in m.battery)
        >= m.critical_share[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) + m.critical_power[t]
    )


FAMILIES: tuple[Rule, ...] = (
    unserved_in_tier,
    unserved_of_rest,
    tier_limit,
    rest_limit,
    unserved_by_tier,
    unserved_in_tier_charge,
    ride_power,
    ride_power_limit,
    ride_through_power,
    ride_through_energy,
    held_power,
    held_power_limit,
    held_energy_limit,
    loss_of_one,
)
