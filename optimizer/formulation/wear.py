"""Wear of batteries by how deep they are cycled: energy in segments, the deeper the dearer.

Xu, B., Zhao, J., Zheng, T., Litvinov, E., Kirschen, D. S. (2018). Factoring the cycle aging cost of batteries
participating in electricity markets. doi:10.1109/TPWRS.2017.2733339. As the cost of a cycle is convex in its depth, a
plan of least cost fills and empties the cheap segments first, which is what counting cycles by rainflow comes to.
"""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, cost, variable

_OVER = ("segmented_battery", "segment", "hour")


@variable(over=_OVER, when="depth_cost")
def segment_charge(m: Any, b: Any, j: Any, t: Any) -> Any:
    """Power into each segment of a battery, before losses."""
    return 0, None


@variable(over=_OVER, when="depth_cost")
def segment_discharge(m: Any, b: Any, j: Any, t: Any) -> Any:
    """Power out of each segment of a battery, after losses."""
    return 0, None


@variable(over=("segmented_battery", "segment", "boundary"), when="depth_cost")
def segment_energy(m: Any, b: Any, j: Any, n: Any) -> Any:
    """Energy held in each segment of a battery at each boundary."""
    return 0, None


@constraint(over=("segmented_battery", "hour"), when="depth_cost")
def charge_by_segment(m: Any, b: Any, t: Any) -> Any:
    """What a battery is charged with goes into its segments."""
    return sum(m.segment_charge[b, j, t] for j in m.segment) == m.charge[b, t]


@constraint(over=("segmented_battery", "hour"), when="depth_cost")
def discharge_by_segment(m: Any, b: Any, t: Any) -> Any:
    """What a battery gives comes from its segments."""
    return sum(m.segment_discharge[b, j, t] for j in m.segment) == m.discharge[b, t]


@constraint(over=_OVER, when="depth_cost")
def segment_balance(m: Any, b: Any, j: Any, t: Any) -> Any:
    """Energy carried over in a segment, plus charge, less discharge and losses."""
    return m.segment_energy[b, j, t + 1] == (
        (1 - m.self_discharge[b] * m.dt[t]) * m.segment_energy[b, j, t]
        + m.dt[t]
        * (
            m.charge_efficiency[b] * m.segment_charge[b, j, t]
            - m.segment_discharge[b, j, t] / m.discharge_efficiency[b]
        )
    )


@constraint(over=("segmented_battery", "segment", "boundary"), when="depth_cost")
def segment_ceiling(m: Any, b: Any, j: Any, n: Any) -> Any:
    """A segment holds its share of what the battery can store."""
    return m.segment_energy[b, j, n] <= m.segment_share[b, j] * m.state_of_health[b] * m.energy_capacity[b]


@constraint(over="segmented_battery", when="depth_cost")
def segment_start(m: Any, b: Any) -> Any:
    """What a battery holds at the start lies in its segments."""
    return sum(m.segment_energy[b, j, 0] for j in m.segment) == m.stored_energy[b, 0]


@constraint(over=("cyclic_segmented_battery", "segment"), when="depth_cost")
def cyclic_segment(m: Any, b: Any, j: Any) -> Any:
    """Every segment of a cyclic battery ends the horizon as it began, so that none is emptied for ever."""
    return m.segment_energy[b, j, m.boundary.at(-1)] == m.segment_energy[b, j, 0]


@cost(over=_OVER, label="Battery wear by depth", when="depth_cost")
def depth_wear_charge(m: Any, b: Any, j: Any, t: Any) -> Any:
    """Wear of energy discharged from each segment."""
    return m.weight[t] * m.dt[t] * m.depth_cost[b, j] * m.segment_discharge[b, j, t]


FAMILIES: tuple[Rule, ...] = (
    segment_charge,
    segment_discharge,
    segment_energy,
    charge_by_segment,
    discharge_by_segment,
    segment_balance,
    segment_ceiling,
    segment_start,
    cyclic_segment,
    depth_wear_charge,
)
