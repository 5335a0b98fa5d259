"""The benchmarks are whole, and what they compare is the same: at small size, and without looking at the clock."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as runner
from benchmarks import process, report
from benchmarks.budgets import BUDGETS, judge
from benchmarks.machine import commit, machine, moment, versions
from benchmarks.peers import __main__ as peers
from benchmarks.peers import in_pyomo, problems, worker
from benchmarks.peers.agreement import disagreeing
from benchmarks.peers.goals import engines_table, goals_table
from benchmarks.peers.problem import Problem, Windows
from benchmarks.peers.settings import SETTINGS
from benchmarks.peers.tables import best, peers_table
from benchmarks.peers.titles import PROBLEMS, TOOLS
from benchmarks.plot import peers_plot
from benchmarks.registry import DAYS, Subject, Timed, load_subjects
from benchmarks.tables import budgets_table, steps_table

SUBJECTS = load_subjects()
LIBRARIES = {"linopy": "linopy", "pypsa": "pypsa", "oemof": "oemof", "pyomo": "pyomo"}


def _need(*packages: str) -> None:
    for package in packages:
        if util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


@pytest.mark.filterwarnings("ignore")  # other packages' own
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=list(SUBJECTS))
def test_a_subject_runs(subject: Subject) -> None:
    _need(*subject.needs)
    prepared = subject.prepare(DAYS)
    given = subject.run(prepared)
    if isinstance(given, Timed):  # another process
        assert given.seconds > 0
        facts = given.facts
    else:
        given = subject.run(prepared)  # a round must leave things so that another can follow
        facts = subject.facts(prepared, given)
    assert all(math.isfinite(value) for value in facts.values())


@pytest.mark.filterwarnings("ignore")
def test_pyomo_builds_the_very_program_from_the_same_rules() -> None:
    state, rules = SUBJECTS["state"], SUBJECTS["pyomo-rules"]
    bound, model = state.prepare(DAYS), rules.prepare(DAYS)
    assert state.facts(bound, state.run(bound)) == rules.facts(model, rules.run(model))


def test_rebind_changes_prices_and_back() -> None:
    rebind = SUBJECTS["rebind"]
    prepared = rebind.prepare(DAYS)
    cost = prepared.model.program.lp.cost.copy()
    first = rebind.run(prepared)
    assert len(first.cost) > DAYS.hours
    assert not np.array_equal(prepared.model.program.lp.cost, cost)
    rebind.run(prepared)
    np.testing.assert_array_equal(prepared.model.program.lp.cost, cost)


def test_a_subject_is_measured_in_a_process_of_its_own() -> None:
    record = runner.measure(SUBJECTS["bind"], DAYS.name, 2)
    assert record is not None
    assert record["rounds"] == 2
    assert 0 < record["least"] <= record["median"] <= record["greatest"]
    assert record["peak_mb"] > 10


def test_a_subject_without_its_package_is_left_out_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    subject = dataclasses.replace(SUBJECTS["linopy"], needs=("no_such_package",))
    assert runner.measure(subject, DAYS.name, 1) is None
    assert "linopy: left out, no_such_package is not installed" in capsys.readouterr().out


def test_an_unknown_subject_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["stat"])
    assert "no such subject: stat" in capsys.readouterr().err


def test_the_machine_is_named() -> None:
    assert machine()["processor"]
    assert machine()["cores"] >= 1
    assert len(moment()["load_average"]) == 3
    assert "numpy" in versions()
    assert "no-such-package" not in versions(("no-such-package",))
    assert commit()


def test_a_process_is_measured_with_those_that_it_starts() -> None:
    hungry = "import time; held = bytearray(60_000_000); time.sleep(0.3)"
    alone = process.run([sys.executable, "-c", hungry])
    assert alone.code == 0
    assert alone.seconds >= 0.3
    assert 60 < alone.peak_mb < 100
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}]); print('done')"
    both = process.run([sys.executable, "-c", parent])
    assert both.printed == "done\n"
    assert both.peak_mb > alone.peak_mb


def test_a_process_that_takes_too_long_is_ended_with_those_that_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    late = f"import pathlib, time; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {late!r}])"
    ended = process.run([sys.executable, "-c", parent], timeout=1.0)
    assert ended.code is None
    assert ended.seconds < 10  # its standard output is closed, so no one is left that could write to it
    assert not mark.exists()


# -- budgets ---------------------------------------------------------------------------------------------------------


def _run(state: float = 0.1) -> dict[str, Any]:
    facts = {"engine_seconds": 0.5, "outside_seconds": 1.0, "megabytes": 5.0, "peak_mb": 300.0}
    times = {"first": 1.0, "least": 0.1, "greatest": 0.2, "processor": 0.1, "peak_mb": 200.0, "rounds": 3}
    subjects = {name: {"title": name, "median": 0.02, **times, "facts": facts} for name in SUBJECTS}
    subjects["state"]["median"] = state
    for slow in ("pyomo", "pyomo-rules", "linopy"):
        subjects[slow]["median"] = 2.0
    moments = {"begun": moment(), "ended": moment()}
    return {"subjects": subjects, "machine": machine(), "versions": {}, "commit": "abc", **moments}


def test_budgets_tell_what_is_met_and_what_is_not() -> None:
    assert all(verdict.met for verdict in judge(_run()["subjects"]))
    assert len(judge(_run()["subjects"])) == len(BUDGETS)
    missed = [verdict.budget.what for verdict in judge(_run(state=0.9)["subjects"]) if not verdict.met]
    assert len(missed) == 3
    assert missed[0] == "state the year's program"
    assert "**missed**" in budgets_table(_run(state=0.9))
    assert steps_table(_run()).count("\n") == len(SUBJECTS) + 1


def test_budgets_of_what_was_not_measured_are_left_out() -> None:
    records = _run()["subjects"]
    assert [verdict.budget.what for verdict in judge({"state": records["state"]})] == ["state the year's program"]


# -- peers -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problems, "WEEK", 48)
        for name in PROBLEMS:
            made[name] = tmp_path_factory.mktemp(name)
            problems.write_problem(name, made[name], quick=True)
    return made


def test_titles_and_recipes_are_of_the_same_problems() -> None:
    assert list(PROBLEMS) == list(problems.RECIPES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROBLEMS)
def test_all_tools_find_the_same_optimum(name: str, folders: dict[str, Path]) -> None:
    records = []
    for tool in TOOLS:
        if tool == "optimizer" or util.find_spec(LIBRARIES[tool]) is not None:
            setting = "auto" if tool == "optimizer" else "simplex"
            record = worker.measure(tool, folders[name], setting, 60.0)
            assert record["status"] == "optimal"
            records.append({"problem": name, "tool": tool, **record})
    assert len(records) >= 2
    assert disagreeing(records) == []


def test_the_rows_of_a_problem_bind(folders: dict[str, Path]) -> None:
    """Else the tools could agree without having stated them."""

    def cost(**other: Any) -> float:
        problem = dataclasses.replace(Problem.load_from(folders["sizing-cfe-surplus"] / "problem.npz"), **other)
        objective = in_pyomo.solve(in_pyomo.state(problem), problem, "simplex", 60.0).objective
        assert objective is not None
        return objective

    assert cost() > cost(cfe_target=None) * (1 + 1e-4)
    assert cost(surplus_share=0.01) > cost(surplus_share=None) * (1 + 1e-4)
    assert cost() > cost(soc_max=1.0, soc_min=0.0) * (1 + 1e-4)


def test_a_problem_is_read_back_as_written(folders: dict[str, Path], tmp_path: Path) -> None:
    for folder in folders.values():
        problem = Problem.load_from(folder / "problem.npz")
        problem.save(tmp_path / "again.npz")
        again = Problem.load_from(tmp_path / "again.npz")
        for field in dataclasses.fields(Problem):
            np.testing.assert_array_equal(getattr(problem, field.name), getattr(again, field.name))


def test_a_window_is_a_part_of_the_whole(folders: dict[str, Path]) -> None:
    whole = Problem.load_from(folders["windows"] / "problem.npz")
    assert whole.windows == Windows(3, 48, 24)
    part = whole.window(1, stored=30.0)
    assert (part.hours, part.stored, part.windows) == (48, 30.0, None)
    np.testing.assert_array_equal(part.availability, whole.availability[:, 24:72])
    np.testing.assert_array_equal(part.load, whole.load[24:72])


def test_years_differ_in_weather_alone(folders: dict[str, Path]) -> None:
    problem = Problem.load_from(folders["two-years"] / "problem.npz")
    first, second = slice(0, 48), slice(48, 96)
    assert not np.allclose(problem.availability[:, first], problem.availability[:, second])
    np.testing.assert_array_equal(problem.load[first], problem.load[second])
    assert problem.availability.min() >= 0
    assert problem.availability.max() <= 1
    assert (problem.weight @ problem.dt) == pytest.approx(8760)


def test_quarter_hours_have_the_prices_of_their_hour(folders: dict[str, Path]) -> None:
    quarters = Problem.load_from(folders["quarter-hours"] / "problem.npz")
    hours = Problem.load_from(folders["sizing"] / "problem.npz")
    assert (quarters.hours, quarters.dt[0]) == (4 * hours.hours, 0.25)
    np.testing.assert_allclose(quarters.grid_price[::4], hours.grid_price)
    np.testing.assert_allclose(quarters.availability[:, ::4], hours.availability)


def _records() -> list[dict[str, Any]]:
    seconds = dict.fromkeys(("import", "read", "state", "around", "solver", "total", "process"), 1.0)
    return [
        {
            "problem": "sizing", "tool": tool, "setting": setting, "status": "optimal", "objective": 12e6,
            "seconds": seconds | {"solver": solver, "total": solver, "process": solver + 1},
            "peak_mb": 100.0, "versions": {tool: "1.0"}, "begun": moment(), "rounds": 1,
        }
        for tool, setting, solver in (
            ("optimizer", "auto", 1.0), ("linopy", "simplex", 40.0), ("linopy", "ipx", 30.0), ("pypsa", "ipx", 60.0)
        )
    ]  # fmt: skip


def _peers_run(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"limit": 300.0, "machine": machine(), "commit": "abc", "records": records}


def test_disagreement_is_found_and_told() -> None:
    records = _records()
    records[2]["objective"] *= 1 + 0.9e-6
    assert disagreeing(records) == []
    records[2]["objective"] = 12e6 * (1 + 1.1e-6)
    ((record, difference),) = disagreeing(records)
    assert record is records[2]
    assert difference == pytest.approx(1.1e-6)
    assert "DISAGREES" in peers_table(_peers_run(records))
    records[2]["objective"] = math.nan
    assert len(disagreeing(records)) == 1


def test_the_command_ends_with_1_where_objectives_disagree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    records = iter(_records())

    def measured(*_: Any) -> dict[str, Any]:
        return next(records) | {"objective": 12e6}

    monkeypatch.setattr(peers, "_write_problem", lambda *_, **__: None)
    monkeypatch.setattr(peers, "_measured", measured)
    arguments = ["--problems", "sizing", "--tools", "optimizer", "linopy", "--settings", "simplex"]
    output = tmp_path / "run.json"
    assert peers.main([*arguments, "--output", str(output)]) == 0
    assert len(json.loads(output.read_text(encoding="utf-8"))["records"]) == 2
    records = iter([_records()[0] | {"objective": 13e6}, _records()[1]])
    monkeypatch.setattr(peers, "_measured", lambda *_: next(records))
    assert peers.main(arguments) == 1
    assert "disagrees" in capsys.readouterr().out


def test_the_quickest_setting_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    records = _records()
    assert peers.quickest(records[1:3])["setting"] == "ipx"
    records[2]["status"] = "limit"
    assert peers.quickest(records[1:3])["setting"] == "simplex"
    asked = []

    def measured(_problem: str, tool: str, setting: str, *_: Any) -> dict[str, Any]:
        asked.append((tool, setting))
        seconds = {"solver": {"simplex": 5.0, "ipx": 2.0, "hipo": 3.0}.get(setting, 1.0)}
        return {"status": "optimal", "setting": setting, "seconds": seconds}

    monkeypatch.setattr(peers, "_measured", measured)
    list(peers._records("sizing", Path(), peers._parser().parse_args([])))
    scouted = [("linopy", setting) for setting in SETTINGS]
    assert asked == [("optimizer", "auto"), *scouted, ("pypsa", "ipx"), ("oemof", "ipx"), ("pyomo", "ipx")]


def test_a_tool_that_is_not_installed_is_left_out_and_named(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given = peers._parser().parse_args(["--rounds", "1"])
    assert peers._measured("dispatch", "no_such_tool", "simplex", folders["dispatch"], given) is None
    assert "no_such_tool is left out" in capsys.readouterr().out


def test_limits_are_shown_as_such() -> None:
    records = _records()
    records[3] |= {"status": "limit", "objective": None}
    run = _peers_run(records)
    assert "> 300" in peers_table(run)
    assert "&gt; 300 s" in peers_plot(run)
    assert [record["setting"] for record in best(records)] == ["auto", "ipx", "ipx"]
    assert "with linopy: simplex 40 s, ipx 30 s" in peers_table(run)


# -- README ----------------------------------------------------------------------------------------------------------


def test_missing_markers_are_told() -> None:
    with pytest.raises(ValueError, match="<!-- steps -->"):
        report.renewed("nothing", {"steps": "new"})


def test_the_readme_shows_the_figures_that_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = report.README.read_text(encoding="utf-8")
    for file in report.RESULTS.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "README.md").write_text(kept, encoding="utf-8")
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    report.main()
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == kept, "renew it: python -m benchmarks.report"
    for plot in tmp_path.glob("*.svg"):
        assert plot.read_text(encoding="utf-8") == (report.FOLDER / "results" / plot.name).read_text(encoding="utf-8")
        assert plot.stat().st_size < 200_000


def _record(problem: str, tool: str, setting: str, solver: float, status: str = "optimal") -> dict[str, Any]:
    times = {"solver": solver, "total": solver + 1, "process": solver + 2}
    return {"problem": problem, "tool": tool, "setting": setting, "status": status, "seconds": times, "peak_mb": 900.0}


def test_goals_are_ratios_to_the_best_of_the_others() -> None:
    """1 s against 30 and 25 s of two settings is 1/25; PyPSA's run of 26 s against our 2 s is 1/13, which is missed."""
    records = [
        _record("sizing", "optimizer", "auto", 1.0),
        _record("sizing", "optimizer", "clarabel", 0.1),
        _record("sizing", "linopy", "simplex", 30.0),
        _record("sizing", "pypsa", "hipo", 25.0),
        _record("sizing", "oemof", "hipo", 0.2, status="unknown"),
    ]
    lines = goals_table({"records": records}).splitlines()[2:]
    assert "1/25.0 | 1/20 | reached" in lines[0]
    assert "1/13.0 | 1/15 | **missed**" in lines[1]
    assert len(lines) == 3  # what was not measured is left out


def test_engines_stand_side_by_side() -> None:
    records = [
        _record("dispatch", "optimizer", "auto", 0.25),
        _record("dispatch", "optimizer", "highs-ipx", 300.0, status="limit"),
        _record("sizing", "optimizer", "auto", 1.5),
    ]
    table = engines_table({"records": records, "limit": 300.0}, PROBLEMS)
    assert table.splitlines()[2:] == ["| `auto` | 0.25 s | 1.5 s |", "| `highs-ipx` | > 300 s |  |"]
