"""The steps of the main job, one by one, in a process that has done them once before."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.registry import Size, subject
from benchmarks.subjects import example

if TYPE_CHECKING:
    from optimizer import Model, Result
    from optimizer.lp.portfolio import Solved

PRICES = (
    "energy_price", "export_price", "supply_price", "curtailment_price", "carbon_price", "throughput_cost",
    "value_of_lost_load",
)  # fmt: skip


@subject("read-scenario", "read the scenario")
def read_scenario(_size: Size) -> Any:
    from optimizer import Scenario

    return Scenario.load(example.DISPATCH)


@subject("read-series", "read the series", prepare=example.scenario)
def read_series(scenario: Any) -> Any:
    return scenario.read()


@subject("bind", "bind the series to names", prepare=example.inputs)
def bind(inputs: tuple[Any, Any]) -> Any:
    from optimizer.binding import bind

    return bind(*inputs)


def _bound(size: Size, file: Path = example.DISPATCH) -> Any:
    from optimizer.binding import bind

    scenario = example.scenario(size, file)
    return bind(scenario, scenario.read())


def _program_shape(_bound: Any, program: Any) -> dict[str, float]:
    rows, columns = program.lp.shape
    return {"rows": rows, "columns": columns, "entries": program.lp.matrix.nnz}


@subject("state", "state the program", prepare=_bound, facts=_program_shape, rounds=9)
def state(bound: Any) -> Any:
    from optimizer.formulation import FAMILIES
    from optimizer.lp.program import Program

    return Program(FAMILIES, bound.data, sets=bound.sets)


@subject(
    "state-sizing",
    "state the program with four free capacities",
    prepare=lambda size: _bound(size, example.SIZING),
    facts=_program_shape,
    rounds=9,
)
def state_sizing(bound: Any) -> Any:
    return state(bound)


def _bound_work(size: Size) -> Any:
    from optimizer.binding import bind

    scenario = example.work(size)
    return bind(scenario, scenario.read())


@subject(
    "state-work",
    "state the program with two deferrable classes, ten jobs and a curve of four segments",
    prepare=_bound_work,
    facts=_program_shape,
    rounds=9,
)
def state_work(bound: Any) -> Any:
    return state(bound)


@dataclass(frozen=True)
class _Repriced:
    model: Model
    prices: Iterator[dict[str, Any]]


def _repriced(size: Size) -> _Repriced:
    model = example.model(size)
    now = {name: model.data[name].values for name in PRICES}
    other = {name: values * 1.25 + 1.0 for name, values in now.items()}
    return _Repriced(model, cycle([other, now]))


@subject(
    "rebind",
    "state it again with every price changed",
    prepare=_repriced,
    facts=lambda _prepared, patch: {"costs_changed": len(patch.cost)},
    rounds=15,
)
def rebind(repriced: _Repriced) -> Any:
    return repriced.model.program.rebind(next(repriced.prices))


@subject("hand-over", "hand it over to HiGHS", prepare=example.model, rounds=9)
def hand_over(model: Model) -> Any:
    from optimizer.lp.engines import make_engine

    engine = make_engine("highs")
    engine.load(model.program.lp)
    return engine


def _solved_facts(_model: Model, solved: Solved) -> dict[str, float]:
    return {
        "objective": solved.certificate.objective,
        "engine_seconds": sum(attempt.seconds for attempt in solved.attempts),
        "relative_gap": solved.certificate.relative_gap,
    }


@subject("solve", "solve and prove it", prepare=example.model, facts=_solved_facts, rounds=3)
def solve(model: Model) -> Solved:
    from optimizer.lp.engines.base import EngineOptions
    from optimizer.lp.portfolio import Portfolio

    return Portfolio(model.program.lp).solve(EngineOptions())


@subject(
    "solve-sizing",
    "solve and prove it with four free capacities and 90 % CFE",
    prepare=example.sizing_model,
    facts=_solved_facts,
    rounds=3,
)
def solve_sizing(model: Model) -> Solved:
    return solve(model)


@subject(
    "solve-work",
    "solve and prove it with two deferrable classes, ten jobs and a curve of four segments",
    prepare=example.work_model,
    facts=_solved_facts,
    rounds=3,
)
def solve_work(model: Model) -> Solved:
    return solve(model)


def _proved(size: Size) -> tuple[Model, Solved]:
    model = example.model(size)
    return model, solve(model)


@subject("certificate", "compute the certificate", prepare=_proved)
def certificate(proved: tuple[Model, Solved]) -> Any:
    from optimizer.lp.certificate import certify

    model, solved = proved
    assert solved.outcome.x is not None
    assert solved.outcome.row_dual is not None
    return certify(model.program.lp, solved.outcome.x, solved.outcome.row_dual)


@subject("results", "compute the results", prepare=_proved)
def results(proved: tuple[Model, Solved]) -> Result:
    from optimizer.provenance import Changes
    from optimizer.result import build_result

    model, solved = proved
    changes = Changes({}, (), model.program.lp)
    return build_result(model.scenario, model.series, model.data, model.program, solved, changes=changes)


@dataclass(frozen=True)
class _Written:
    result: Result
    folder: Path


def _written(size: Size) -> _Written:
    return _Written(example.model(size).solve(), Path(tempfile.mkdtemp(prefix="benchmark-")))


def _megabytes(written: _Written, _given: None) -> dict[str, float]:
    return {"megabytes": sum(file.stat().st_size for file in written.folder.rglob("*.*") if file.is_file()) / 1e6}


@subject("files", "write the files, without the report", prepare=_written, facts=_megabytes)
def files(written: _Written) -> None:
    from optimizer.jobs.run import write_run
    from optimizer.steps import Steps

    write_run(written.result, written.folder / "run", steps=Steps(), page=False)


@subject("report", "write the report", prepare=_written, facts=_megabytes, rounds=3)
def report(written: _Written) -> None:
    from optimizer.report import write_report

    write_report(written.result.series, written.folder / "report.html")
