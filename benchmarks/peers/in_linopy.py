"""The problem in linopy: labelled arrays of variables, handed to HiGHS in memory."""

from __future__ import annotations

import linopy
import pandas as pd
import xarray as xr

from benchmarks.peers.problem import Problem, Solution
from benchmarks.peers.settings import SETTINGS

VERSIONS = ("linopy", "highspy", "highspy-extras")


def state(problem: Problem) -> linopy.Model:
    """State the problem; stored energy is that after each hour."""
    p = problem
    hour, supply = pd.RangeIndex(p.hours, name="hour"), pd.Index(p.supplies, name="supply")

    def hourly(values) -> xr.DataArray:
        return xr.DataArray(values, [hour])

    availability = xr.DataArray(p.availability, [supply, hour])
    m = linopy.Model()
    charge = m.add_variables(lower=0, coords=[hour], name="charge")
    discharge = m.add_variables(lower=0, coords=[hour], name="discharge")
    bought = m.add_variables(lower=0, upper=p.connection, coords=[hour], name="import")
    sold = m.add_variables(lower=0, upper=p.export_capacity, coords=[hour], name="export")
    unserved = m.add_variables(lower=0, upper=hourly(p.load), name="unserved")
    capacity_cost = 0
    if p.sizing:
        delivered = m.add_variables(lower=0, coords=[supply, hour], name="delivered")
        stored = m.add_variables(lower=0, coords=[hour], name="stored")
        capacity = m.add_variables(
            lower=xr.DataArray(p.supply_min, [supply]), upper=xr.DataArray(p.supply_max, [supply]), name="capacity"
        )
        power = m.add_variables(lower=p.power_min, upper=p.power_max, name="power")
        energy = m.add_variables(lower=p.energy_min, upper=p.energy_max, name="energy")
        m.add_constraints(delivered - availability * capacity <= 0, name="available")
        m.add_constraints(stored - p.soc_max * energy <= 0, name="ceiling")
        m.add_constraints(stored - p.soc_min * energy >= 0, name="floor")
        m.add_constraints(charge + discharge - power <= 0, name="inverter")
        capacity_cost = (xr.DataArray(p.supply_cost, [supply]) * capacity).sum() + (
            p.power_cost * power + p.energy_cost * energy
        )
    else:
        capacity = xr.DataArray(p.supply_max, [supply])
        delivered = m.add_variables(lower=0, upper=availability * capacity, name="delivered")
        stored = m.add_variables(
            lower=p.soc_min * p.energy_max, upper=p.soc_max * p.energy_max, coords=[hour], name="stored"
        )
        m.add_constraints(charge + discharge <= p.power_max, name="inverter")
    m.add_constraints(
        delivered.sum("supply") + discharge - charge + bought - sold + unserved == hourly(p.load), name="balance"
    )
    before = stored.roll(hour=1) if p.stored is None else stored.shift(hour=1)
    start = hourly(0.0 if p.stored is None else [p.stored] + [0.0] * (p.hours - 1))
    dt, length = hourly(p.dt), hourly(p.weight * p.dt)
    flow = p.charge_efficiency * dt * charge - dt / p.discharge_efficiency * discharge
    m.add_constraints(stored - before - flow == start, name="storage")
    if p.cfe_target is not None:
        uncovered = (length * hourly(1 - p.grid_cfe) * bought + length * unserved).sum()
        m.add_constraints(uncovered <= (1 - p.cfe_target) * float((p.weight * p.dt) @ p.load), name="matching")
    if p.surplus_share is not None:
        m.add_constraints((length * sold).sum() - p.surplus_share * (length * delivered).sum() <= 0, name="surplus")
    energy_cost = (
        (length * xr.DataArray(p.marginal_cost, [supply, hour]) * delivered).sum()
        + (length * hourly(p.grid_price) * bought).sum()
        - (length * hourly(p.export_price) * sold).sum()
        + (p.voll * length * unserved).sum()
        + (p.wear * length * discharge).sum()
    )
    m.add_objective(energy_cost + capacity_cost)
    return m


def solve(model: linopy.Model, problem: Problem, setting: str, limit: float) -> Solution:
    """Hand over, solve, read back."""
    options = SETTINGS[setting] | {"time_limit": limit}
    model.solve("highs", io_api="direct", progress=False, log_to_console=False, **options)
    return found(model, problem)


def found(model: linopy.Model, problem: Problem) -> Solution:
    """Take the solution out of a solved model."""
    condition = str(model.termination_condition)
    optimal = condition == "optimal"
    return Solution(
        status={"time_limit": "limit"}.get(condition, condition),
        objective=float(model.objective.value) + problem.constant if optimal else None,
        seconds=model.solver_model.getRunTime(),
        stored=model.solution["stored"].values if optimal else None,
    )
