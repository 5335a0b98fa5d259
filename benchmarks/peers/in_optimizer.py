"""The problem in this program: a scenario file and its series, as a user would give them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.peers.problem import Problem, Rolled, Solution
from optimizer import Model, NotSolvedError, Result, Scenario

VERSIONS = ("optimizer", "piqp", "highspy", "pyomo")


def surplus(m: Any) -> Any:
    """Export at most a share of what is produced in a year: a rule of the user's own."""
    return sum(m.weight[t] * m.dt[t] * m.grid_export[t] for t in m.hour) <= m.surplus_share * sum(
        m.weight[t] * m.dt[t] * m.delivered[s, t] for s in m.supply for t in m.hour
    )


def read(folder: Path) -> tuple[Scenario, Any]:
    """Read the scenario and its series."""
    scenario = Scenario.load(folder / "scenario.yaml")
    return scenario, scenario.read()


def state(inputs: tuple[Scenario, Any], problem: Problem) -> Model:
    """Bind the series and state the program."""
    scenario, series = inputs
    model = Model(scenario, series)
    if problem.surplus_share is not None:
        model.add(surplus, data={"surplus_share": problem.surplus_share})
    assert model.program.lp.shape[1] > 0
    return model


def solve(model: Model, _problem: Problem, setting: str, limit: float) -> Solution:
    """Solve, prove, and make the result."""
    try:
        result = model.solve(engine=setting, time_limit=limit)
    except NotSolvedError as error:
        return Solution("limit" if "limit" in str(error).lower() else "not solved", None, limit, None)
    return found(result)


def found(result: Result) -> Solution:
    """Take the figures out of a result; the time is that of all engines that were tried."""
    proof = result.certificate
    return Solution(
        status="optimal",
        objective=proof["objective"],
        seconds=sum(attempt["seconds"] for attempt in proof["attempts"]),
        stored=result.plan["stored_energy"].values[0, 1:],
        engine=proof["engine"],
    )


def roll(inputs: tuple[Scenario, Any], problem: Problem, setting: str, limit: float) -> Rolled:
    """Solve window after window in place: new data into the same program, from the last basis."""
    assert problem.windows is not None
    windows, rolled = problem.windows, Rolled()
    started = time.perf_counter()
    scenario, series = inputs
    whole = Model(scenario, series).data
    first = scenario.change({"horizon.end": scenario.horizon.starts[windows.length].isoformat()})
    model = Model(first, series.isel(hour=slice(0, windows.length)))
    hourly = [name for name, array in whole.data_vars.items() if "hour" in array.dims and name not in ("dt", "weight")]
    for number in range(windows.count):
        begin = number * windows.step
        part = whole[hourly].isel(hour=slice(begin, begin + windows.length))
        soc = rolled.left(problem) / problem.energy_max
        model.update({name: part[name].values for name in hourly} | {"initial_soc": [soc]})
        stated = time.perf_counter()
        solution = solve(model, problem, setting, limit)
        solved = time.perf_counter()
        rolled.state += stated - started
        rolled.solve += solved - stated
        rolled.solutions.append(solution)
        started = solved
        if solution.objective is None:
            break
    return rolled
