"""The contract that every engine keeps, one suite for all; then what is particular to some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csc_array

from optimizer.errors import InputError, OptimizerError
from optimizer.lp import engines
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.basis import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, resting
from optimizer.lp.certificate import certify
from optimizer.lp.engines import available_engines, make_engine
from optimizer.lp.engines.base import Engine, EngineOptions, Outcome
from optimizer.lp.engines.highs import Highs
from tests.lp import solving
from tests.lp.sheets import at_one_stage, by_hour
from tests.lp.solving import INF, Rows, tangled

ROOT = Path(__file__).parents[2]
BUILT_IN = ("highs", "highs-simplex", "highs-ipx", "highs-hipo", "staged", "piqp", "clarabel")


def program(
    cost: Sequence[float], bounds: Sequence[tuple[float, float]], rows: Rows = (), offset: float = 0.0
) -> LinearProgram:
    """A program of one stage; engines other than the staged one do not look at that."""
    return at_one_stage(solving.program(cost, bounds, rows, offset))


def storage(hours: int, *, sized: bool = False, seed: int = 0) -> LinearProgram:
    return by_hour(solving.storage(hours, sized=sized, seed=seed))


def long(name: str, size: int) -> LinearProgram:
    """A program that keeps an engine busy; the staged one leaves a tangle to the others."""
    return storage(200 * size) if name == "staged" else tangled(size)


@pytest.fixture(params=BUILT_IN)
def name(request: pytest.FixtureRequest) -> str:
    if not engines.installed(request.param):
        pytest.skip(f"the package of {request.param} is not installed")
    return str(request.param)


def solved(name: str, lp: LinearProgram, **options: object) -> Outcome:
    engine = make_engine(name)
    engine.load(lp)
    return engine.run(EngineOptions(**options))  # type: ignore[arg-type]


def assert_proved(lp: LinearProgram, outcome: Outcome, cost: float | None = None) -> None:
    assert outcome.status == "optimal"
    assert outcome.x is not None
    assert outcome.row_dual is not None
    assert (len(outcome.row_dual), len(outcome.x)) == lp.shape
    certificate = certify(lp, outcome.x, outcome.row_dual)
    assert certificate.proved, certificate
    if cost is not None:
        assert certificate.objective == pytest.approx(cost, rel=1e-6, abs=1e-6)


# --- load, run, primal, dual ------------------------------------------------------------------------------------------


def test_point_duals_and_what_is_said_of_them(name: str):
    # 3 units at least: 2 of the cheap one, 1 of the dear one, whose cost is the price of one more.
    lp = program([1, 2], [(0, 2), (0, INF)], [([1, 1], 3, INF)], offset=10)
    outcome = solved(name, lp)
    assert_proved(lp, outcome, 14)
    np.testing.assert_allclose(outcome.x, [2, 1], atol=1e-6)
    np.testing.assert_allclose(outcome.row_dual, [2], atol=1e-6)
    assert outcome.engine.startswith(f"{name} ")
    assert outcome.seconds >= 0
    assert outcome.iterations >= 0
    assert outcome.message
    assert outcome.settings or name == "staged"  # which has none


def test_dual_of_a_ceiling_is_negative_and_of_an_equality_either(name: str):
    lp = program([-3, 1, 1], [(0, INF), (0, INF), (0, INF)], [([1, 0.5, 0], -INF, 4), ([0, -1, -2], -6, -6)])
    outcome = solved(name, lp)
    assert_proved(lp, outcome, -9)
    np.testing.assert_allclose(outcome.row_dual, [-3, -0.5], atol=1e-6)


@pytest.mark.parametrize("sized", [False, True])
def test_storage_over_days(name: str, sized: bool):
    lp = storage(72, sized=sized)
    assert_proved(lp, solved(name, lp), certify(lp, *_point(solved("highs", lp))).objective)


def _point(outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    assert outcome.x is not None
    assert outcome.row_dual is not None
    return outcome.x, outcome.row_dual


def test_loading_forgets_the_program_before(name: str):
    engine = make_engine(name)
    engine.load(storage(24))
    engine.run(EngineOptions())
    lp = program([1], [(0, INF)], [([1], 2, INF)])
    engine.load(lp)
    assert_proved(lp, engine.run(EngineOptions()), 2)


@pytest.mark.parametrize(
    ("lp", "cost"),
    [
        pytest.param(program([], [], offset=5), 5, id="nothing at all"),
        pytest.param(program([], [], [([], -1, 2)]), 0, id="a row without columns"),
        pytest.param(program([1, -1, 0], [(1, 5), (0, 5), (-INF, INF)]), -4, id="no rows"),
        pytest.param(program([1, 1], [(-INF, INF)] * 2, [([1, 1], 2, 2), ([1, -1], 0, INF)]), 2, id="free columns"),
        pytest.param(program([1, 2, -1], [(2, 2), (0, 9), (3, 3)], [([1, 1, 1], 10, INF)]), 9, id="fixed columns"),
        pytest.param(program([1, 2], [(2, 2), (3, 3)], [([1, 1], 4, 6)]), 8, id="nothing to choose"),
        pytest.param(program([2, 1], [(0, 9), (0, 9)], [([1, 1], 3, 4), ([1, -1], -1, 1)]), 4, id="ranges"),
        pytest.param(program([1, 1], [(0, 9), (0, 9)], [([2, 0], 4, INF), ([0, 0], -1, 1)]), 2, id="explicit zeros"),
        pytest.param(program([-1, 0], [(-INF, 4), (-INF, INF)], [([1, 1], 0, 0)]), -4, id="bounds from above alone"),
        pytest.param(program([0, 0], [(0, 1), (0, 1)], [([1, 1], 1, INF)]), 0, id="no cost"),
        pytest.param(program([1, 1], [(0, 9), (0, 9)], [([1, 1], -INF, INF)]), 0, id="a row without sides"),
    ],
)
def test_corners(name: str, lp: LinearProgram, cost: float):
    assert_proved(lp, solved(name, lp), cost)


def test_coefficients_too_small_for_highs_are_within_tolerance(name: str):
    lp = program([1, 1], [(0, INF), (0, 9)], [([1, 1], 3, INF), ([1e-10, 1], -INF, 4)])
    assert_proved(lp, solved(name, lp), 3)


@pytest.mark.parametrize(
    "lp",
    [
        program([1], [(0, 1)], [([1], 2, INF)]),
        program([1, 1], [(0, 9), (0, 9)], [([1, 1], 5, INF), ([1, 1], -INF, 3)]),
        program([1, 1], [(0, 1), (0, 1)], [([1, 1], 3, 3), ([1, -1], 0, 0)]),
    ],
    ids=["one column", "two rows", "bounds and rows"],
)
def test_no_plan_is_claimed_to_be_infeasible(name: str, lp: LinearProgram):
    assert solved(name, lp).status in ("infeasible", "infeasible_or_unbounded")


@pytest.mark.parametrize(
    "lp",
    [
        program([-1], [(0, INF)]),
        program([-1, 1], [(0, INF), (0, INF)], [([1, -2], -INF, 1)]),
        program([0, 1], [(-INF, INF), (-INF, INF)], [([1, 1], 0, 0)]),
    ],
    ids=["no rows", "along a ray", "free"],
)
def test_falling_for_ever_is_claimed_to_be_unbounded(name: str, lp: LinearProgram):
    assert solved(name, lp).status in ("unbounded", "infeasible_or_unbounded")


# --- patches ----------------------------------------------------------------------------------------------------------


def changed(lp: LinearProgram, what: str, seed: int = 1) -> LinearProgram:
    rng = np.random.default_rng(seed)
    if what == "cost":
        return replace(lp, cost=lp.cost * rng.uniform(0.5, 1.5, len(lp.cost)), offset=7.0)
    if what == "bounds":
        upper = lp.upper.copy()
        upper[1::4] = rng.uniform(0.5, 3.0, len(upper[1::4]))
        return replace(lp, upper=upper)
    if what == "row bounds":
        equal = (lp.row_lower == lp.row_upper) & (lp.row_lower > 0)
        more = np.where(equal, rng.uniform(0.0, 2.0, len(equal)), 0.0)
        return replace(lp, row_lower=lp.row_lower + more, row_upper=lp.row_upper + more)
    entries = lp.matrix.data.copy()
    entries[entries == 1.1] = rng.uniform(1.05, 1.3, int((entries == 1.1).sum()))
    if what == "zeros":
        entries[lp.matrix.data == 1.1] = 0.0
    return lp.with_values(entries)


@pytest.mark.parametrize("what", ["cost", "bounds", "row bounds", "coefficients", "zeros"])
@pytest.mark.parametrize("sized", [False, True])
def test_a_patch_gives_what_a_fresh_load_gives(name: str, what: str, sized: bool):
    old = storage(24, sized=sized)
    new = changed(old, what)
    engine = make_engine(name)
    engine.load(old)
    engine.run(EngineOptions())
    engine.apply(new, Patch.between(old, new, ()))
    outcome = engine.run(EngineOptions())
    fresh = solved(name, new)
    assert_proved(new, outcome, certify(new, *_point(fresh)).objective)
    back = Patch.between(new, old, ())
    engine.apply(old, back)
    assert_proved(old, engine.run(EngineOptions()), certify(old, *_point(solved(name, old))).objective)


def test_more_coefficients_than_are_worth_changing_one_by_one(name: str):
    old = storage(700)
    entries = old.matrix.data * np.where(np.abs(old.matrix.data) == 1.0, 1.0, 0.999)
    new = old.with_values(entries)
    patch = Patch.between(old, new, ())
    assert len(patch.entries) > 2000
    engine = make_engine(name)
    engine.load(old)
    engine.apply(new, patch)
    assert_proved(new, engine.run(EngineOptions()), certify(new, *_point(solved("highs", new))).objective)


def test_a_patch_may_be_all_that_was_ever_loaded(name: str):
    lp = storage(12)
    engine = make_engine(name)
    engine.apply(lp, Patch.between(lp, lp, ()))
    assert_proved(lp, engine.run(EngineOptions()))


# --- limits, options, progress, Ctrl-C --------------------------------------------------------------------------------


def test_a_limit_of_time_is_kept_and_said(name: str):
    outcome = solved(name, long(name, 260), time_limit=0.05)
    assert outcome.status == "limit"
    assert outcome.message


def test_a_generous_limit_changes_nothing(name: str):
    lp = storage(48)
    assert_proved(lp, solved(name, lp, time_limit=300.0))
    assert_proved(lp, solved(name, lp, time_limit=15.0))


def test_threads_and_tolerance_are_taken(name: str):
    lp = storage(48)
    assert_proved(lp, solved(name, lp, threads=1, tolerance=1e-8))


def test_progress_is_reported(name: str, monkeypatch: pytest.MonkeyPatch):
    for module in ("highs", "clarabel", "piqp_run"):
        monkeypatch.setattr(f"optimizer.lp.engines.{module}._PROGRESS_SECONDS", 0.0 if module != "piqp_run" else 0.05)
    monkeypatch.setattr("optimizer.lp.engines.piqp.LONG", 0)
    lines: list[str] = []
    outcome = solved(name, long(name, 220), progress=lines.append)
    assert outcome.status == "optimal"
    assert lines
    assert all(line.startswith("step ") if name == "staged" else " s" in line for line in lines)


INTERRUPTED = """
    import sys
    import optimizer.lp.engines as engines
    from optimizer.lp.engines.base import EngineOptions
    from tests.lp.sheets import by_hour
    from tests.lp.solving import program, storage, tangled
    for module in ("highs", "clarabel", "piqp_run"):
        setattr(__import__(f"optimizer.lp.engines.{module}", fromlist=["x"]), "_PROGRESS_SECONDS", 0.1)
    import optimizer.lp.engines.piqp as piqp
    piqp.LONG = 0
    name = sys.argv[1]
    chained = name in ("highs", "highs-simplex", "highs-ipx", "staged")
    hard = by_hour(storage(30_000, sized=True)) if chained else tangled(300)
    engine = engines.make_engine(name)
    engine.load(hard)
    try:
        outcome = engine.run(EngineOptions(progress=lambda line: print("running", flush=True)))
    except KeyboardInterrupt:
        easy = by_hour(storage(48)) if name == "staged" else program([1], [(0, 9)], [([1], 2, 9)])
        engine.load(easy)
        print("stopped,", engine.run(EngineOptions()).status, flush=True)
    else:
        print("ran to its end:", outcome.status, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_stops_a_run_and_the_engine_serves_on(name: str):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED), name],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        said = [line for line in process.stdout.read().splitlines() if line != "running"]
        errors = process.stderr.read()
    assert said == ["stopped, optimal"], errors
    assert process.returncode == 0


class StopError(Exception):
    """Raised by who hears the progress."""


def test_an_error_of_who_hears_the_progress_ends_the_run(name: str, monkeypatch: pytest.MonkeyPatch):
    for module in ("highs", "piqp_run"):
        monkeypatch.setattr(f"optimizer.lp.engines.{module}._PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr("optimizer.lp.engines.piqp.LONG", 0)
    if name == "clarabel":
        pytest.skip("Clarabel swallows what its callback raises")

    def hear(_line: str) -> None:
        raise StopError

    engine = make_engine(name)
    engine.load(long(name, 160))
    with pytest.raises(StopError):
        engine.run(EngineOptions(progress=hear))
    lp = storage(10)
    engine.load(lp)
    assert_proved(lp, engine.run(EngineOptions()))


# --- HiGHS ------------------------------------------------------------------------------------------------------------


def test_highs_counts_its_clock_over_all_runs_but_the_limit_is_for_one():
    engine = Highs("simplex")
    engine.load(storage(48))
    engine.run(EngineOptions())
    engine._highs.getRunTime = lambda: 1000.0  # as after a long day
    outcome = engine.run(EngineOptions(time_limit=20.0))
    assert outcome.status == "optimal"
    assert engine._highs.getOptionValue("time_limit")[1] == 1020.0
    assert outcome.settings["time_limit"] == 20.0
    assert engine.run(EngineOptions()).status == "optimal"
    assert engine._highs.getOptionValue("time_limit")[1] == INF


def test_highs_says_which_option_it_does_not_take():
    engine = Highs()
    engine.load(storage(2))
    with pytest.raises(OptimizerError, match=r"HiGHS does not take -1 for its option 'threads'"):
        engine.run(EngineOptions(threads=-1))


def test_simplex_is_warm_after_a_small_patch():
    old = storage(500)
    engine = make_engine("highs-simplex")
    engine.load(old)
    cold = engine.run(EngineOptions()).iterations
    assert cold > 400
    cost = old.cost.copy()
    cost[400] *= 1.2
    new = replace(old, cost=cost)
    engine.apply(new, Patch.between(old, new, ()))
    outcome = engine.run(EngineOptions())
    assert_proved(new, outcome)
    assert outcome.iterations < cold / 20


def test_simplex_gives_its_basis_and_starts_from_one():
    lp = storage(200)
    first = Highs("simplex")
    assert first.basis is None
    first.load(lp)
    outcome = first.run(EngineOptions())
    basis = first.basis
    assert outcome.basic
    assert basis is not None
    assert (basis.columns == BASIC).sum() + (basis.rows == BASIC).sum() == lp.shape[0]
    assert outcome.x is not None
    resting_at = basis.columns != BASIC
    np.testing.assert_array_equal(basis.columns[resting_at], resting(outcome.x, lp.lower, lp.upper)[resting_at])
    assert ((outcome.x == lp.lower) | (outcome.x == lp.upper))[resting_at].all()
    for algorithm in ("simplex", "primal-simplex"):
        again = Highs(algorithm)
        again.load(lp)
        again.start_at(basis)
        assert again.run(EngineOptions()).iterations == 0


def test_where_a_value_rests():
    value, lower, upper = (
        np.array([1.0, 9.0, 3.0, 2.0]),
        np.array([1.0, 0.0, -INF, -INF]),
        np.array([9.0, 9.0, INF, 5.0]),
    )
    np.testing.assert_array_equal(resting(value, lower, upper), [AT_LOWER, AT_UPPER, AT_ZERO, AT_UPPER])


def test_a_program_that_highs_cannot_take_is_a_defect_of_ours():
    lp = program([1], [(0, 1)])
    broken = replace(
        lp, matrix=csc_array(([1.0], [3], [0, 1]), shape=(5, 1)), row_lower=np.zeros(1), row_upper=np.ones(1)
    )
    with pytest.raises(OptimizerError, match="HiGHS refused the program; this is a defect of the optimizer"):
        Highs().load(broken)


def test_interior_points_are_not_said_to_be_basic():
    lp = storage(24)
    assert not solved("piqp", lp).basic
    assert solved("highs", lp).basic


# --- PIQP in a process of its own -------------------------------------------------------------------------------------


def test_piqp_finds_the_same_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch):
    lp = storage(100, sized=True)
    here = solved("piqp", lp)
    monkeypatch.setattr("optimizer.lp.engines.piqp.LONG", 0)
    apart = solved("piqp", lp)
    np.testing.assert_array_equal(here.x, apart.x)
    np.testing.assert_array_equal(here.row_dual, apart.row_dual)
    assert here.iterations == apart.iterations


def test_a_process_that_dies_is_a_failed_attempt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    script = tmp_path / "dies.py"
    script.write_text("import sys; sys.stdin.buffer.read(); sys.exit(9)\n")
    monkeypatch.setattr("optimizer.lp.engines.piqp.LONG", 0)
    monkeypatch.setattr("optimizer.lp.engines.piqp_run.__file__", str(script))
    outcome = solved("piqp", storage(10))
    assert outcome.status == "failed"
    assert outcome.x is None
    assert outcome.message == "the process that ran PIQP ended with 9"


# --- which engines there are ------------------------------------------------------------------------------------------


class Constant:
    """An engine of somebody else: it always answers zero."""

    name = "constant"

    def load(self, lp: LinearProgram) -> None:
        self.lp = lp

    def apply(self, lp: LinearProgram, _patch: Patch) -> None:
        self.lp = lp

    def run(self, _options: EngineOptions) -> Outcome:
        return Outcome("constant 1.0", "optimal", np.zeros(self.lp.shape[1]), np.zeros(self.lp.shape[0]), 0.0, 0)


@pytest.fixture
def further(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        SimpleNamespace(name="constant", load=lambda: Constant),
        SimpleNamespace(name="piqp", load=lambda: Constant),
    ]
    monkeypatch.setattr(
        "optimizer.lp.engines.metadata.entry_points", lambda group: points if group == "optimizer.engines" else []
    )


@pytest.mark.usefixtures("further")
def test_another_package_adds_an_engine_but_replaces_none():
    known = available_engines()
    assert known.count("constant") == 1
    assert known.count("piqp") == 1
    assert isinstance(make_engine("constant"), Constant)
    assert not isinstance(make_engine("piqp"), Constant)


def test_an_engine_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch):
    there = engines.util.find_spec
    monkeypatch.setattr(engines.util, "find_spec", lambda name: None if name == "clarabel" else there(name))
    assert "clarabel" not in available_engines()
    assert "piqp" in available_engines()
    with pytest.raises(InputError, match=r"'clarabel' needs the package 'clarabel'; pip install clarabel") as caught:
        make_engine("clarabel")
    assert caught.value.faults[0].where == "engine"


def test_an_engine_that_nobody_knows():
    with pytest.raises(InputError, match=r"'gurobi' is not known; choose auto or one of highs, highs-simplex, .*piqp"):
        make_engine("gurobi")


def test_every_engine_has_its_name(name: str):
    engine: Engine = make_engine(name)
    assert engine.name == name
