"""The shipped example, as far as each subject needs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.peers.problem import Problem
    from benchmarks.registry import Size
    from optimizer import Model, Scenario

FOLDER = Path(__file__).resolve().parents[2] / "data" / "casablanca-40mw"
DISPATCH, SIZING = FOLDER / "scenario.yaml", FOLDER / "sizing.yaml"


def scenario(size: Size, file: Path = DISPATCH) -> Scenario:
    """Read the scenario, cut to a size."""
    from optimizer import Scenario

    whole = Scenario.load(file)
    if size.hours == len(whole.horizon.starts):
        return whole
    end = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=size.hours)
    return whole.change({"horizon.end": end.isoformat()})


def inputs(size: Size) -> tuple[Scenario, Any]:
    """Read the scenario and its series."""
    read = scenario(size)
    return read, read.read()


def model(size: Size, file: Path = DISPATCH) -> Model:
    """State the program."""
    from optimizer import Model

    stated = Model(scenario(size, file))
    assert stated.program.lp.shape[1] > 0
    return stated


def sizing_model(size: Size) -> Model:
    """State the program with capacities to choose."""
    return model(size, SIZING)


def work(size: Size) -> Scenario:
    """Give the IT load as work: half of it inference that may be capped, two classes that may wait, and ten jobs."""
    firm = scenario(size)
    begin, hours = firm.horizon.start, firm.horizon.hours
    jobs = [
        {
            "name": f"job {number}",
            "kind": "job",
            "release": begin + timedelta(hours=hours * number / 12),
            "deadline": begin + timedelta(hours=hours * (number + 2.5) / 12),
            "energy": 0.2 * hours,
            "power_max": 2,
        }
        for number in range(10)
    ]
    points = [[0.6, 0.75], [0.7, 0.85], [0.8, 0.92], [0.9, 0.97], [1, 1]]
    inference = {"name": "inference", "kind": "firm", "power": 12, "curve": {"points": points, "value": 300}}
    batch = {"name": "batch", "kind": "deferrable", "arrivals": 4, "window": 24, "power_max": 10}
    training = {"name": "training", "kind": "deferrable", "arrivals": 6, "window": 168, "power_max": 12}
    return firm.change({"site.load.it_load": None, "site.load.workloads": [inference, batch, training, *jobs]})


def work_model(size: Size) -> Model:
    """State the program in which the IT load is work."""
    from optimizer import Model

    stated = Model(work(size))
    assert stated.program.lp.shape[1] > 0
    return stated


def problem(size: Size) -> Problem:
    """Give the same problem as plain arrays, for other tools."""
    from benchmarks.peers.problems import as_problem

    return as_problem(model(size).data)


def shape(stated: Model) -> dict[str, float]:
    """Tell the size of a program."""
    rows, columns = stated.program.lp.shape
    return {"rows": rows, "columns": columns, "entries": stated.program.lp.matrix.nnz}
