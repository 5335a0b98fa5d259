"""The problem in PyPSA: one bus for the site, one for the battery, links between them, and rows of our own."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pypsa

from benchmarks.peers.problem import Problem, Rolled, Solution
from benchmarks.peers.settings import SETTINGS

VERSIONS = ("pypsa", "linopy", "highspy", "highspy-extras")


def state(problem: Problem) -> pypsa.Network:
    """State the problem as a network, and its model with the rows that networks do not have."""
    n = network(problem)
    n.optimize.create_model(include_objective_constant=False)
    add_rows(n, problem)
    return n


def network(problem: Problem) -> pypsa.Network:
    """State what a network can hold; power is that at the site's bus, stored energy that after each hour."""
    p = problem
    n = pypsa.Network()
    hours = pd.RangeIndex(p.hours, name="snapshot")
    n.set_snapshots(hours)
    n.snapshot_weightings = pd.DataFrame(
        {"objective": p.weight * p.dt, "stores": p.dt, "generators": p.weight * p.dt}, index=hours
    )
    n.add("Bus", ["site", "battery"])
    n.add("Load", "load", bus="site", p_set=pd.Series(p.load, hours))
    for row, name in enumerate(p.supplies):
        n.add(
            "Generator", str(name), bus="site",
            p_max_pu=pd.Series(p.availability[row], hours), marginal_cost=pd.Series(p.marginal_cost[row], hours),
            **_capacity("p_nom", p.supply_min[row], p.supply_max[row], p.supply_cost[row], free=p.sizing),
        )  # fmt: skip
    n.add("Generator", "import", bus="site", p_nom=p.connection, marginal_cost=pd.Series(p.grid_price, hours))
    n.add(
        "Generator", "export", bus="site", sign=-1.0, p_nom=p.export_capacity,
        marginal_cost=pd.Series(-p.export_price, hours),
    )  # fmt: skip
    peak = float(p.load.max())
    n.add(
        "Generator", "unserved", bus="site", p_nom=peak, p_max_pu=pd.Series(p.load / peak, hours), marginal_cost=p.voll
    )
    n.add(
        "Store", "battery", bus="battery", e_min_pu=p.soc_min, e_max_pu=p.soc_max,
        e_cyclic=p.stored is None, e_initial=p.stored or 0.0,
        **_capacity("e_nom", p.energy_min, p.energy_max, p.energy_cost, free=p.sizing),
    )  # fmt: skip
    n.add(
        "Link", "charge", bus0="site", bus1="battery", efficiency=p.charge_efficiency,
        **_capacity("p_nom", p.power_min, p.power_max, p.power_cost, free=p.sizing),
    )  # fmt: skip
    behind = 1 / p.discharge_efficiency  # a link's power is that at its first bus, here behind the inverter
    n.add(
        "Link", "discharge", bus0="battery", bus1="site", efficiency=p.discharge_efficiency,
        marginal_cost=p.wear * p.discharge_efficiency,
        **_capacity("p_nom", p.power_min * behind, p.power_max * behind, 0.0, free=p.sizing),
    )  # fmt: skip
    return n


def _capacity(name: str, low: float, high: float, cost: float, *, free: bool) -> dict[str, float | bool]:
    if not free:
        return {name: high}
    return {f"{name}_extendable": True, f"{name}_min": low, f"{name}_max": high, "capital_cost": cost}


def add_rows(n: pypsa.Network, problem: Problem, first: int = 0) -> None:
    """One inverter for both directions; hourly matching; surplus."""
    p, m = problem, n.model
    link, generator = m.variables["Link-p"], m.variables["Generator-p"]
    both = link.sel(name="charge") + p.discharge_efficiency * link.sel(name="discharge")
    if p.sizing:
        power = m.variables["Link-p_nom"]
        m.add_constraints(both - power.sel(name="charge") <= 0, name="inverter")
        m.add_constraints(
            p.discharge_efficiency * power.sel(name="discharge") - power.sel(name="charge") == 0, name="one-inverter"
        )
    else:
        m.add_constraints(both <= p.power_max, name="inverter")
    hours = pd.RangeIndex(first, first + p.hours, name="snapshot")
    length = pd.Series(p.weight * p.dt, hours).to_xarray()
    if p.cfe_target is not None:
        carbon = pd.Series(1 - p.grid_cfe, hours).to_xarray()
        uncovered = length * carbon * generator.sel(name="import") + length * generator.sel(name="unserved")
        m.add_constraints(uncovered.sum() <= (1 - p.cfe_target) * float((p.weight * p.dt) @ p.load), name="matching")
    if p.surplus_share is not None:
        made = (length * generator.sel(name=[str(name) for name in p.supplies])).sum()
        sold = (length * generator.sel(name="export")).sum()
        m.add_constraints(sold - p.surplus_share * made <= 0, name="surplus")


def solve(n: pypsa.Network, problem: Problem, setting: str, limit: float) -> Solution:
    """Hand over, solve, and let PyPSA write the solution into the network."""
    options = SETTINGS[setting] | {"time_limit": limit}
    _, condition = n.optimize.solve_model(
        solver_name="highs", solver_options=options, io_api="direct", progress=False, log_to_console=False
    )
    optimal = condition == "optimal"
    return Solution(
        status={"time_limit": "limit"}.get(condition, str(condition)),
        objective=float(n.model.objective.value) + problem.constant if optimal else None,
        seconds=n.model.solver_model.getRunTime(),
        stored=np.asarray(n.c.stores.dynamic.e["battery"]) if optimal else None,
    )


def roll(problem: Problem, setting: str, limit: float) -> Rolled:
    """Solve window after window on one network, each from the energy that the one before left."""
    assert problem.windows is not None
    windows, rolled = problem.windows, Rolled()
    started = time.perf_counter()
    n = network(problem)
    for number in range(windows.count):
        first = number * windows.step
        n.c.stores.static.loc["battery", "e_initial"] = rolled.left(problem)
        n.optimize.create_model(n.snapshots[first : first + windows.length], include_objective_constant=False)
        part = problem.window(number, rolled.left(problem))
        add_rows(n, part, first)
        stated = time.perf_counter()
        solution = solve(n, part, setting, limit)
        solved = time.perf_counter()
        rolled.state += stated - started
        rolled.solve += solved - stated
        started = solved
        rolled.solutions.append(_cut(solution, first, windows.length))
        if solution.objective is None:
            break
    return rolled


def _cut(solution: Solution, first: int, length: int) -> Solution:
    """Keep the window's part of the stored energy; the network holds all hours."""
    return replace(solution, stored=None if solution.stored is None else solution.stored[first : first + length])
