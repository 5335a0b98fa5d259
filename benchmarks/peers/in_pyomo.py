"""The problem in plain Pyomo: sets, variables and rules, with numbers in them, and Pyomo's own HiGHS interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition

from benchmarks.peers.problem import Problem, Solution
from benchmarks.peers.settings import SETTINGS

VERSIONS = ("pyomo", "highspy", "highspy-extras")


def state(problem: Problem) -> pyo.ConcreteModel:
    """State the problem; stored energy is that after each hour."""
    p = problem
    supplies, hours = range(len(p.supplies)), range(p.hours)
    # Lists of numbers: indexing numpy arrays one by one would cost Pyomo half as much again.
    load, price, export_price = p.load.tolist(), p.grid_price.tolist(), p.export_price.tolist()
    availability, marginal_cost = p.availability.tolist(), p.marginal_cost.tolist()
    dt, length = p.dt.tolist(), (p.weight * p.dt).tolist()
    m = pyo.ConcreteModel()
    m.supply, m.hour = pyo.Set(initialize=supplies), pyo.Set(initialize=hours)
    m.charge = pyo.Var(m.hour, bounds=(0, None))
    m.discharge = pyo.Var(m.hour, bounds=(0, None))
    m.bought = pyo.Var(m.hour, bounds=(0, p.connection))
    m.sold = pyo.Var(m.hour, bounds=(0, p.export_capacity))
    m.unserved = pyo.Var(m.hour, bounds=lambda _, t: (0, load[t]))
    if p.sizing:
        m.delivered = pyo.Var(m.supply, m.hour, bounds=(0, None))
        m.stored = pyo.Var(m.hour, bounds=(0, None))
        m.capacity = pyo.Var(m.supply, bounds=lambda _, s: (float(p.supply_min[s]), float(p.supply_max[s])))
        m.power = pyo.Var(bounds=(p.power_min, p.power_max))
        m.energy = pyo.Var(bounds=(p.energy_min, p.energy_max))
        m.available = pyo.Constraint(
            m.supply, m.hour, rule=lambda m, s, t: m.delivered[s, t] <= availability[s][t] * m.capacity[s]
        )
        m.ceiling = pyo.Constraint(m.hour, rule=lambda m, t: m.stored[t] <= p.soc_max * m.energy)
        m.floor = pyo.Constraint(m.hour, rule=lambda m, t: m.stored[t] >= p.soc_min * m.energy)
        power: Any = m.power
        capacity_cost = (
            sum(float(p.supply_cost[s]) * m.capacity[s] for s in supplies)
            + p.power_cost * m.power
            + p.energy_cost * m.energy
        )
    else:
        capacity = p.supply_max.tolist()
        m.delivered = pyo.Var(m.supply, m.hour, bounds=lambda _, s, t: (0, availability[s][t] * capacity[s]))
        m.stored = pyo.Var(m.hour, bounds=(p.soc_min * p.energy_max, p.soc_max * p.energy_max))
        power, capacity_cost = p.power_max, 0.0
    m.inverter = pyo.Constraint(m.hour, rule=lambda m, t: m.charge[t] + m.discharge[t] <= power)

    def balance(m: Any, t: int) -> Any:
        made = sum(m.delivered[s, t] for s in supplies)
        return made + m.discharge[t] - m.charge[t] + m.bought[t] - m.sold[t] + m.unserved[t] == load[t]

    def storage(m: Any, t: int) -> Any:
        before = p.stored if t == 0 and p.stored is not None else m.stored[hours[t - 1]]
        flow = p.charge_efficiency * m.charge[t] - m.discharge[t] / p.discharge_efficiency
        return m.stored[t] == before + dt[t] * flow

    m.balance = pyo.Constraint(m.hour, rule=balance)
    m.storage = pyo.Constraint(m.hour, rule=storage)
    if p.cfe_target is not None:
        carbon = (1 - p.grid_cfe).tolist()
        allowed = (1 - p.cfe_target) * float((p.weight * p.dt) @ p.load)
        m.matching = pyo.Constraint(
            expr=sum(length[t] * (carbon[t] * m.bought[t] + m.unserved[t]) for t in hours) <= allowed
        )
    if p.surplus_share is not None:
        made = sum(length[t] * m.delivered[s, t] for s in supplies for t in hours)
        m.surplus = pyo.Constraint(expr=sum(length[t] * m.sold[t] for t in hours) <= p.surplus_share * made)
    m.cost = pyo.Objective(
        expr=capacity_cost
        + sum(length[t] * marginal_cost[s][t] * m.delivered[s, t] for s in supplies for t in hours)
        + sum(
            length[t] * (price[t] * m.bought[t] - export_price[t] * m.sold[t])
            + length[t] * (p.voll * m.unserved[t] + p.wear * m.discharge[t])
            for t in hours
        )
    )
    return m


def solve(model: pyo.ConcreteModel, problem: Problem, setting: str, limit: float) -> Solution:
    """Hand over, solve, and load the solution into the model."""
    highs = SolverFactory("highs")
    highs.config.load_solutions = False
    highs.config.raise_exception_on_nonoptimal_result = False
    highs.config.time_limit = limit
    results = highs.solve(model, solver_options=SETTINGS[setting])
    optimal = results.solution_status == SolutionStatus.optimal
    if optimal:
        results.solution_loader.load_vars()
    reached = results.termination_condition == TerminationCondition.maxTimeLimit
    return Solution(
        status="optimal" if optimal else "limit" if reached else results.termination_condition.name,
        objective=pyo.value(model.cost) + problem.constant if optimal else None,
        seconds=results.timing_info.highs_time,
        stored=np.array([model.stored[t].value for t in model.hour]) if optimal else None,
    )
