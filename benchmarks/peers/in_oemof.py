"""The problem in oemof-solph: sources, sinks and a storage at one bus, and Pyomo rows of our own."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from oemof import solph

from benchmarks.peers.problem import Problem, Solution
from benchmarks.peers.settings import SETTINGS

VERSIONS = ("oemof.solph", "pyomo", "highspy", "highspy-extras")


def state(problem: Problem) -> solph.Model:
    """State the problem: the energy system, its Pyomo model, and the rows that energy systems do not have."""
    p = problem
    system = solph.EnergySystem(
        timeindex=pd.to_datetime("2025-01-01") + pd.to_timedelta(np.r_[0.0, np.cumsum(p.dt)], unit="h"),
        infer_last_interval=False,
    )
    bus = solph.Bus("site")
    supplies = [
        solph.components.Source(
            str(name),
            outputs={
                bus: solph.Flow(
                    nominal_capacity=_capacity(p.supply_min[row], p.supply_max[row], p.supply_cost[row], free=p.sizing),
                    maximum=p.availability[row],
                    variable_costs=p.marginal_cost[row],
                )
            },
        )
        for row, name in enumerate(p.supplies)
    ]
    peak = float(p.load.max())
    imports = solph.components.Source(
        "import", outputs={bus: solph.Flow(nominal_capacity=p.connection, variable_costs=p.grid_price)}
    )
    unserved = solph.components.Source(
        "unserved", outputs={bus: solph.Flow(nominal_capacity=peak, maximum=p.load / peak, variable_costs=p.voll)}
    )
    exports = solph.components.Sink(
        "export", inputs={bus: solph.Flow(nominal_capacity=p.export_capacity, variable_costs=-p.export_price)}
    )
    load = solph.components.Sink("load", inputs={bus: solph.Flow(nominal_capacity=1.0, fix=p.load)})
    battery = solph.components.GenericStorage(
        "battery",
        inputs={bus: solph.Flow(nominal_capacity=_capacity(p.power_min, p.power_max, p.power_cost, free=p.sizing))},
        outputs={
            bus: solph.Flow(
                nominal_capacity=_capacity(p.power_min, p.power_max, 0.0, free=p.sizing), variable_costs=p.wear
            )
        },
        nominal_capacity=_capacity(p.energy_min, p.energy_max, p.energy_cost, free=p.sizing),
        initial_storage_level=None if p.stored is None else p.stored / p.energy_max,
        balanced=p.stored is None,
        min_storage_level=p.soc_min,
        max_storage_level=p.soc_max,
        inflow_conversion_factor=p.charge_efficiency,
        outflow_conversion_factor=p.discharge_efficiency,
    )
    system.add(bus, *supplies, imports, unserved, exports, load, battery)
    model = solph.Model(system, objective_weighting=p.weight * p.dt)
    _add_rows(model, p)
    return model


def _capacity(low: float, high: float, cost: float, *, free: bool) -> Any:
    return solph.Investment(minimum=float(low), maximum=float(high), ep_costs=float(cost)) if free else float(high)


def _add_rows(m: solph.Model, p: Problem) -> None:
    """One inverter for both directions; hourly matching; surplus."""
    node = m.es.groups
    bus, battery = node["site"], node["battery"]
    length = (p.weight * p.dt).tolist()
    power: Any = p.power_max
    if p.sizing:
        invested = m.InvestmentFlowBlock.invest
        power = invested[bus, battery, 0]
        solph.constraints.equate_variables(m, power, invested[battery, bus, 0], name="one_inverter")
    m.inverter = pyo.Constraint(
        m.TIMESTEPS, rule=lambda m, t: m.flow[bus, battery, t] + m.flow[battery, bus, t] <= power
    )
    if p.cfe_target is not None:
        carbon = (1 - p.grid_cfe).tolist()
        uncovered = sum(
            length[t] * (carbon[t] * m.flow[node["import"], bus, t] + m.flow[node["unserved"], bus, t])
            for t in m.TIMESTEPS
        )
        m.matching = pyo.Constraint(expr=uncovered <= (1 - p.cfe_target) * float((p.weight * p.dt) @ p.load))
    if p.surplus_share is not None:
        made = sum(length[t] * m.flow[node[str(name)], bus, t] for name in p.supplies for t in m.TIMESTEPS)
        sold = sum(length[t] * m.flow[bus, node["export"], t] for t in m.TIMESTEPS)
        m.surplus = pyo.Constraint(expr=sold <= p.surplus_share * made)


def solve(model: solph.Model, problem: Problem, setting: str, limit: float) -> Solution:
    """Hand over, solve, and let solph load the solution."""
    logging.disable(logging.WARNING)
    options = SETTINGS[setting] | {"time_limit": limit}
    with warnings.catch_warnings(action="ignore"):
        results = model.solve(solver="highs", cmdline_options=options, allow_nonoptimal=True)
    told = model.solver_results
    condition = told["termination_condition"]
    optimal = condition == "optimal"
    return Solution(
        status={"maxTimeLimit": "limit"}.get(condition, condition),
        objective=float(told["best_feasible_objective"]) + problem.constant if optimal else None,
        seconds=float(told["wallclock_time"]),
        stored=results["storage_content"].to_numpy()[1:, 0] if optimal else None,
    )
