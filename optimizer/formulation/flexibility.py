"""Ramps towards the grid, demand response when called, and reserve of batteries for swings within an interval."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, cost, variable

# -- ramps -----------------------------------------------------------------------------------------------------------


@constraint(over="ramp_hour", when="ramp_allowed")
def ramp_up_limit(m: Any, t: Any) -> Any:
    """What is taken from the grid, less what is given, rises no faster than allowed; export that an outage cuts may."""
    return (
        m.grid_import[t] - m.grid_export[t] - m.grid_import[t - 1] + m.grid_export[t - 1]
        <= m.ramp_allowed[t] + m.grid_fall[t] * m.export_capacity
    )


@constraint(over="ramp_hour", when="ramp_allowed")
def ramp_down_limit(m: Any, t: Any) -> Any:
    """Nor does it fall faster, but for what an outage cuts."""
    return (
        m.grid_import[t - 1] - m.grid_export[t - 1] - m.grid_import[t] + m.grid_export[t]
        <= m.ramp_allowed[t] + m.grid_fall[t] * m.connection_capacity
    )


# -- demand response -------------------------------------------------------------------------------------------------


@variable(over="response", when="commitment_min")
def commitment(m: Any, d: Any) -> Any:
    """Reduction committed in each demand response contract."""
    return m.commitment_min[d], m.commitment_max[d]


@variable(over="called_hour", when="called_share")
def response_shortfall(m: Any, d: Any, t: Any) -> Any:
    """Import above what a contract allows while it is called."""
    return 0, m.shortfall_max[d]


@constraint(over="called_hour", when="called_share")
def response_limit(m: Any, d: Any, t: Any) -> Any:
    """While called, import stays below the baseline less the commitment, but for shortfall."""
    return (
        m.grid_import[t]
        <= m.called_share[d, t]
        * (m.response_baseline[d, t] + m.baseline_is_connection[d] * m.connection_capacity - m.commitment[d])
        + (1 - m.called_share[d, t]) * m.connection_capacity
        + m.response_shortfall[d, t]
    )


@cost(over="response", label="Demand response availability", when="called_share")
def availability_revenue(m: Any, d: Any) -> Any:
    """What is paid for being ready, as a negative cost."""
    return -m.availability_payment[d] * m.commitment[d]


@cost(over=("response", "hour"), label="Demand response calls", when="called_share")
def call_revenue(m: Any, d: Any, t: Any) -> Any:
    """What is paid for energy called, as a negative cost."""
    return -m.weight[t] * m.dt[t] * m.called_share[d, t] * m.call_payment[d] * m.commitment[d]


@cost(over="called_hour", label="Demand response shortfall", when="called_share")
def shortfall_charge(m: Any, d: Any, t: Any) -> Any:
    """Penalty for import above what a contract allows while it is called."""
    return m.weight[t] * m.dt[t] * m.shortfall_penalty[d] * m.response_shortfall[d, t]


# -- reserve for swings ----------------------------------------------------------------------------------------------


def _reserve(m: Any, b: Any, t: Any) -> Any:
    """Give the reserve of a battery."""
    return m.swing_share[b] * m.it_load[t] + m.swing_power[b]


def _floor(m: Any, b: Any, t: Any) -> Any:
    """Give the energy that a swing of the load upwards takes, above the least."""
    return m.soc_min[b] * m.state_of_health[b] * m.energy_capacity[b] + m.swing_duration[b] / m.discharge_efficiency[
        b
    ] * _reserve(m, b, t)


def _ceiling(m: Any, b: Any, t: Any) -> Any:
    """Give the energy that leaves room for a swing downwards, below the greatest."""
    return m.soc_max[b] * m.state_of_health[b] * m.energy_capacity[b] - m.swing_duration[b] * m.charge_efficiency[
        b
    ] * _reserve(m, b, t)


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_discharge(m: Any, b: Any, t: Any) -> Any:
    """A battery can give its reserve on top of what it gives."""
    return m.discharge[b, t] - m.charge[b, t] + _reserve(m, b, t) <= m.power_capacity[b]


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_charge(m: Any, b: Any, t: Any) -> Any:
    """A battery can take its reserve on top of what it takes."""
    return m.charge[b, t] - m.discharge[b, t] + _reserve(m, b, t) <= m.power_capacity[b]


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_floor_at_start(m: Any, b: Any, t: Any) -> Any:
    """At an interval's start a battery holds the energy of its reserve."""
    return m.stored_energy[b, t] >= _floor(m, b, t)


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_floor_at_end(m: Any, b: Any, t: Any) -> Any:
    """So it does at the end, and so in between."""
    return m.stored_energy[b, t + 1] >= _floor(m, b, t)


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_ceiling_at_start(m: Any, b: Any, t: Any) -> Any:
    """At an interval's start a battery has room for the energy of its reserve."""
    return m.stored_energy[b, t] <= _ceiling(m, b, t)


@constraint(over=("swing_battery", "hour"), when="swing_share")
def swing_ceiling_at_end(m: Any, b: Any, t: Any) -> Any:
    """So it has at the end, and so in between."""
    return m.stored_energy[b, t + 1] <= _ceiling(m, b, t)


FAMILIES: tuple[Rule, ...] = (
    ramp_up_limit,
    ramp_down_limit,
    commitment,
    response_shortfall,
    response_limit,
    availability_revenue,
    call_revenue,
    shortfall_charge,
    swing_discharge,
    swing_charge,
    swing_floor_at_start,
    swing_floor_at_end,
    swing_ceiling_at_start,
    swing_ceiling_at_end,
)
