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


def problem(size: Size) -> Problem:
    """Give the same problem as plain arrays, for other tools."""
    from benchmarks.peers.problems import as_problem

    return as_problem(model(size).data)


def shape(stated: Model) -> dict[str, float]:
    """Tell the size of a program."""
    rows, columns = stated.program.lp.shape
    return {"rows": rows, "columns": columns, "entries": stated.program.lp.matrix.nnz}
