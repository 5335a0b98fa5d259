"""Engines that lie, break down or take too long: the portfolio goes on to the next, and says what each did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csc_array, eye_array

from optimizer.errors import InfeasibleError, InputError, NotSolvedError, OptimizerError, UnboundedError
from optimizer.lp import portfolio
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.certificate import certify
from optimizer.lp.engines import make_engine
from optimizer.lp.engines.base import Engine, EngineOptions, Outcome, Status
from optimizer.lp.portfolio import NEARLY, Portfolio
from tests.lp.solving import INF, program, storage

# Three units at least: two of the cheap one, and one of the dear one.
SHOP = program([1, 2], [(0, 2), (0, INF)], [([1, 1], 3, INF)])
COST = 4.0
NO_PLAN = program([1, 2], [(0, 2), (0, 2)], [([1, 1], 5, INF)])
NO_END = program([-1, 2], [(0, INF), (0, 2)], [([1, -1], 0, INF)])

Answer = Callable[[LinearProgram, EngineOptions], Outcome]


class Fake:
    """An engine that answers as a test wants, and remembers what it was asked."""

    def __init__(self, name: str, answer: Answer) -> None:
        self.name, self._answer = name, answer
        self.loaded: list[LinearProgram] = []
        self.patches: list[Patch] = []
        self.limits: list[float | None] = []

    def load(self, lp: LinearProgram) -> None:
        self.loaded.append(lp)

    def apply(self, lp: LinearProgram, patch: Patch) -> None:
        self.loaded.append(lp)
        self.patches.append(patch)

    def run(self, options: EngineOptions) -> Outcome:
        self.limits.append(options.time_limit)
        return self._answer(self.loaded[-1], options)


def says(
    status: Status, x: Sequence[float] | None = None, dual: Sequence[float] | None = None, basic: bool = False
) -> Answer:
    point = None if x is None else np.array(x, dtype=float)
    duals = None if dual is None else np.array(dual, dtype=float)
    return lambda _lp, _options: Outcome("fake 1.0", status, point, duals, 0.25, 7, "as it says", basic=basic)


def breaks_down(_lp: LinearProgram, _options: EngineOptions) -> Outcome:
    raise ZeroDivisionError("pivot")


Replaced = Callable[..., dict[str, Fake]]


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """Put fakes in the place of engines, by name with an underscore; the others stay what they are."""

    def put(**answers: Answer) -> dict[str, Fake]:
        fakes = {name.replace("_", "-"): Fake(name.replace("_", "-"), answer) for name, answer in answers.items()}

        def make(name: str) -> Engine:
            return fakes[name] if name in fakes else make_engine(name)

        monkeypatch.setattr(portfolio, "make_engine", make)
        return fakes

    return put


def solve(lp: LinearProgram = SHOP, engine: str = "auto", **options: object) -> portfolio.Solved:
    return Portfolio(lp, engine).solve(EngineOptions(**options))  # type: ignore[arg-type]


# --- engines that lie -------------------------------------------------------------------------------------------------

LIES = {
    "a plan that breaks a row": says("optimal", [0, 0], [0]),
    "a plan that breaks a bound": says("optimal", [3, 0], [1]),
    "a plan that is too dear": says("optimal", [0, 3], [1]),
    "a plan without its prices": says("optimal", [2, 1], [0]),
    "a plan with prices of the wrong sign": says("optimal", [2, 1], [-2]),
    "no numbers": says("optimal", [np.nan, 1], [2]),
    "nothing at all": says("optimal"),
    "no plan": says("infeasible"),
    "no plan, with a ray that proves nothing": says("infeasible", [0, 0], [5]),
    "no end": says("unbounded"),
    "one of the two": says("infeasible_or_unbounded"),
    "a limit": says("limit"),
    "failure": says("failed"),
    "a breakdown": breaks_down,
}


@pytest.mark.parametrize("lie", LIES)
def test_the_next_engine_answers_where_the_first_lies(lie: str, engines: Replaced):
    engines(highs_simplex=LIES[lie])
    solved = solve()
    assert solved.certificate.proved
    assert solved.certificate.objective == pytest.approx(COST)
    assert solved.attempts[0].engine in ("fake 1.0", "highs-simplex")
    assert solved.attempts[-1].engine.startswith("piqp ")
    assert [attempt.verdict.startswith("proved optimal") for attempt in solved.attempts] == [False, True]


@pytest.mark.parametrize("lie", LIES)
def test_one_that_lies_alone_is_not_believed(lie: str, engines: Replaced):
    engines(highs_simplex=LIES[lie])
    with pytest.raises(NotSolvedError, match="no engine came to a proved optimum"):
        solve(engine="highs-simplex")


@pytest.mark.parametrize("claim", ["optimal", "limit", "failed", "interrupted", "unbounded", "infeasible_or_unbounded"])
def test_what_is_proved_counts_and_not_what_is_claimed(claim: Status, engines: Replaced):
    engines(highs_simplex=says(claim, [2, 1], [2]))
    solved = solve()
    assert solved.outcome.engine == "fake 1.0"
    assert solved.attempts[0].claim == claim


def test_a_plan_that_is_proved_refutes_that_there_is_none(engines: Replaced):
    fakes = engines(highs_simplex=says("infeasible", [2, 1], [2]), highs=says("failed"))
    assert solve().certificate.objective == COST
    assert not fakes["highs"].loaded  # nobody looks for a ray any more


def test_where_all_lie_each_is_told(engines: Replaced):
    wrong = says("optimal", [0, 3], [1])
    engines(highs_simplex=wrong, piqp=breaks_down, clarabel=says("infeasible"), highs_ipx=says("limit"))
    with pytest.raises(NotSolvedError) as caught:
        solve()
    told = str(caught.value).splitlines()
    assert told[0] == "no engine came to a proved optimum:"
    assert told[1].startswith("  - fake 1.0: as it says, 0.2 s, 7 iterations; NOT proved optimal: relative gap")
    assert told[2] == ("  - piqp: broke down with ZeroDivisionError: pivot, 0.0 s, 0 iterations; no point to certify")
    assert told[3] == told[4] == "  - fake 1.0: as it says, 0.2 s, 7 iterations; no point to certify"
    assert told[5].startswith("raise solver.time_limit")


# --- no plan, or none of least cost -----------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", ["infeasible", "infeasible_or_unbounded"])
def test_no_plan_is_said_with_a_ray_of_its_own(claim: Status, engines: Replaced):
    engines(highs_simplex=says(claim))
    with pytest.raises(InfeasibleError, match=r"violated by at least 1 \(proved by a Farkas ray\)"):
        solve(NO_PLAN)


@pytest.mark.parametrize("claim", ["unbounded", "infeasible_or_unbounded"])
def test_no_end_is_said_with_a_direction_of_its_own(claim: Status, engines: Replaced):
    engines(highs_simplex=says(claim))
    with pytest.raises(UnboundedError, match="proved by a feasible plan and a direction in which the cost falls"):
        solve(NO_END)


def test_no_plan_where_one_claims_that_there_is_no_end(engines: Replaced):
    """A direction alone proves nothing: the cost falls along it, but from nowhere."""
    lp = program([-1, 0], [(0, INF), (0, 1)], [([0, 1], 3, INF)])
    engines(highs_simplex=says("unbounded"))
    with pytest.raises(InfeasibleError, match="proved by a Farkas ray"):
        solve(lp)


def test_a_plan_for_a_program_that_has_none_is_refused(engines: Replaced):
    engines(highs_simplex=says("optimal", [2, 2], [1]))
    with pytest.raises(InfeasibleError):
        solve(NO_PLAN)


def test_the_proof_does_not_rest_on_one_engine(engines: Replaced):
    engines(highs=says("optimal", [0] * 3, [-1]), highs_simplex=says("infeasible"))
    with pytest.raises(InfeasibleError, match="violated by at least 1 "):
        solve(NO_PLAN)
    engines(highs=breaks_down, highs_simplex=says("infeasible"))
    with pytest.raises(InfeasibleError, match="violated by at least 1 "):
        solve(NO_PLAN)


def test_a_claim_that_nobody_can_prove_is_not_passed_on(engines: Replaced):
    engines(highs=says("failed"), piqp=says("failed"), highs_simplex=says("infeasible"))
    with pytest.raises(NotSolvedError):
        solve(NO_PLAN, engine="highs-simplex")


# --- the limit of time ------------------------------------------------------------------------------------------------


def slow(seconds: float, status: Status = "limit") -> Answer:
    def answer(_lp: LinearProgram, _options: EngineOptions) -> Outcome:
        time.sleep(seconds)
        return Outcome("slow 1.0", status, None, None, seconds, 0, "the time is up")

    return answer


def test_the_limit_is_for_all_engines_together(engines: Replaced):
    fakes = engines(highs_simplex=slow(0.2), piqp=slow(0.2), clarabel=slow(0.0), highs_ipx=slow(0.0))
    with pytest.raises(NotSolvedError):
        solve(time_limit=10.0)
    limits = [fakes[name].limits[0] or 0.0 for name in ("highs-simplex", "piqp", "clarabel")]
    assert 9.9 < limits[0] <= 10.0
    assert limits[1] <= 9.8
    assert limits[2] <= 9.6


def test_when_the_time_is_up_no_further_engine_begins(engines: Replaced):
    fakes = engines(highs_simplex=slow(0.1), piqp=slow(0.0), clarabel=slow(0.0), highs_ipx=slow(0.0))
    with pytest.raises(NotSolvedError, match="the time is up") as caught:
        solve(time_limit=0.05)
    assert str(caught.value).count("  - ") == 1
    assert not fakes["piqp"].limits


def test_without_time_the_first_engine_still_says_so(engines: Replaced):
    fakes = engines(highs_simplex=slow(0.0))
    with pytest.raises(NotSolvedError):
        solve(time_limit=0.0)
    assert fakes["highs-simplex"].limits == [0.0]


def test_the_proof_that_there_is_no_plan_has_what_is_left(engines: Replaced):
    fakes = engines(highs_simplex=slow(0.2, "infeasible"), highs=slow(0.2), piqp=slow(0.0))
    with pytest.raises(NotSolvedError):
        solve(NO_PLAN, engine="highs-simplex", time_limit=10.0)
    assert (fakes["highs"].limits[0] or 0.0) <= 9.8
    assert (fakes["piqp"].limits[0] or 0.0) <= 9.6


def test_no_limit_is_no_limit(engines: Replaced):
    fakes = engines(highs_simplex=says("optimal", [2, 1], [2]))
    solve()
    assert fakes["highs-simplex"].limits == [None]


# --- errors that are not the engine's ---------------------------------------------------------------------------------


class StopError(Exception):
    """Raised by who hears the progress."""


def test_an_error_of_who_hears_the_progress_is_not_swallowed(engines: Replaced):
    def tells(lp: LinearProgram, options: EngineOptions) -> Outcome:
        assert options.progress is not None
        options.progress("1 s")
        return says("optimal", [2, 1], [2])(lp, options)

    def hear(line: str) -> None:
        heard.append(line)
        if len(heard) > 1:
            raise StopError

    heard: list[str] = []
    engines(highs_simplex=tells)
    assert solve(progress=hear).certificate.proved
    with pytest.raises(StopError):
        solve(progress=hear)
    assert heard == ["1 s", "1 s"]


def test_ctrl_c_ends_the_search(engines: Replaced):
    def interrupted(_lp: LinearProgram, _options: EngineOptions) -> Outcome:
        raise KeyboardInterrupt

    fakes = engines(highs_simplex=interrupted, piqp=says("optimal", [2, 1], [2]))
    with pytest.raises(KeyboardInterrupt):
        solve()
    assert not fakes["piqp"].loaded


def test_an_option_that_an_engine_refuses_is_told():
    with pytest.raises(OptimizerError, match=r"^HiGHS does not take -1 for its option 'threads'$"):
        solve(engine="highs", threads=-1)


def test_an_engine_that_is_not_known():
    with pytest.raises(InputError, match="'gurobi' is not known"):
        solve(engine="gurobi")


# --- which engine, and the record of it -------------------------------------------------------------------------------


def test_the_record_says_who_ran_and_why(engines: Replaced):
    engines(highs_simplex=says("optimal", [0, 3], [1]))
    solved = solve()
    assert solved.reason == "at most 4000 columns: the simplex method"
    first, last = solved.attempts
    assert (first.engine, first.claim, first.message, first.iterations) == ("fake 1.0", "optimal", "as it says", 7)
    assert first.as_dict()["verdict"].startswith("NOT proved optimal")
    assert str(first).startswith("fake 1.0: as it says, 0.2 s, 7 iterations; NOT proved optimal")
    assert last.engine == solved.outcome.engine
    assert Portfolio(SHOP, "highs").solve(EngineOptions()).reason == "asked for"


def apart(count: int) -> LinearProgram:
    """Columns that have nothing to do with each other."""
    one = np.ones(count)
    return LinearProgram(one, 0 * one, INF * one, one, INF * one, csc_array(eye_array(count)))


@pytest.mark.parametrize(
    ("lp", "reason", "engine"),
    [
        pytest.param(apart(4000), "at most 4000 columns: the simplex method", "highs-simplex", id="small"),
        pytest.param(apart(4001), "a large program: an interior-point method", "piqp", id="large"),
        pytest.param(
            storage(300, sized=True), "at most 1500 columns: the simplex method", "highs-simplex", id="small, coupled"
        ),
        pytest.param(
            storage(500, sized=True), "a large program: an interior-point method", "piqp", id="large, coupled"
        ),
    ],
)
def test_the_first_engine_is_chosen_by_size_and_kind(lp: LinearProgram, reason: str, engine: str, engines: Replaced):
    fakes = engines(
        highs_simplex=says("failed"), piqp=says("failed"), clarabel=says("failed"), highs_ipx=says("failed")
    )
    with pytest.raises(NotSolvedError):
        solve(lp)
    assert Portfolio(lp)._plan(vertex=False) == (list(_order(engine)), reason)
    assert all(fake.limits for fake in fakes.values())


def _order(first: str) -> Sequence[str]:
    interior = ("piqp", "clarabel", "highs-ipx")
    return ("highs-simplex", *interior) if first == "highs-simplex" else (*interior, "highs-simplex")


def test_what_is_returned_is_proved_on_the_full_program():
    """PIQP sees a smaller and scaled one: the certificate is of the program as it was given, with its names."""
    lp = storage(60, sized=True)
    for engine in ("piqp", "clarabel", "highs"):
        solved = Portfolio(lp, engine, row_name="row {}".format).solve(EngineOptions())
        assert solved.outcome.x is not None
        assert solved.outcome.row_dual is not None
        assert (len(solved.outcome.row_dual), len(solved.outcome.x)) == lp.shape
        again = certify(lp, solved.outcome.x, solved.outcome.row_dual, row_name="row {}".format)
        assert again == solved.certificate


def test_dust_of_an_interior_point_is_swept_as_far_as_the_proof_allows(engines: Replaced):
    dusty = [2 - 1e-9, 1 + 1e-9]
    engines(highs_simplex=says("optimal", dusty, [2]), piqp=says("optimal", dusty, [2], basic=True))
    solved = solve()
    assert solved.outcome.x is not None
    assert solved.outcome.x[0] == 2.0
    kept = solve(engine="piqp")
    assert kept.outcome.x is not None
    assert kept.outcome.x[0] == 2 - 1e-9  # a basic solution is taken as it is
    dear = program([1e6], [(0, INF)], [([1e6], 0.5, INF)])  # here as much would be half of all that is needed
    engines(highs_simplex=says("optimal", [5e-7], [1]))
    kept = solve(dear).outcome
    assert (kept.engine, kept.x) == ("fake 1.0", 5e-7)


# --- an engine of another package -------------------------------------------------------------------------------------


def test_an_engine_of_another_package_is_judged_like_any_other(monkeypatch: pytest.MonkeyPatch):
    right, wrong = Fake("abacus", says("optimal", [2, 1], [2])), Fake("abacus", says("optimal", [0, 0], [0]))

    def offered(fake: Fake) -> None:
        point = SimpleNamespace(name="abacus", load=lambda: lambda: fake)
        monkeypatch.setattr(
            "optimizer.lp.engines.metadata.entry_points",
            lambda group: [point] if group == "optimizer.engines" else [],
        )

    offered(right)
    solved = solve(engine="abacus")
    assert solved.certificate.objective == COST
    assert solved.reason == "asked for"
    offered(wrong)
    with pytest.raises(NotSolvedError, match=r"fake 1.0: as it says, .* NOT proved optimal"):
        solve(engine="abacus")


# --- again, after a change --------------------------------------------------------------------------------------------


def changed(lp: LinearProgram, cost: np.ndarray) -> tuple[LinearProgram, Patch]:
    new = replace(lp, cost=cost)
    return new, Patch.between(lp, new, ())


@pytest.mark.parametrize("engine", ["auto", "highs-simplex", "piqp", "clarabel"])
def test_a_changed_program_is_solved_as_if_it_were_new(engine: str):
    old = storage(48)
    held = Portfolio(old, engine)
    held.solve(EngineOptions())
    new, patch = changed(old, old.cost * np.random.default_rng(3).uniform(0.5, 2.0, len(old.cost)))
    held.apply(new, patch)
    fresh = Portfolio(new, engine).solve(EngineOptions())
    assert held.solve(EngineOptions()).certificate.objective == pytest.approx(fresh.certificate.objective, rel=1e-6)


def test_every_engine_that_has_seen_the_program_hears_of_the_change(engines: Replaced):
    fakes = engines(highs_simplex=says("failed"), piqp=says("optimal", [2, 1], [2]))
    held = Portfolio(SHOP)
    held.solve(EngineOptions())
    new, patch = changed(SHOP, np.array([1.0, 3.0]))
    held.apply(new, patch)
    assert fakes["highs-simplex"].patches == [patch]
    assert fakes["piqp"].loaded == [SHOP, new]
    solved = held.solve(EngineOptions())  # what was right before is wrong now, and the next engine is asked
    assert solved.certificate.objective == pytest.approx(5.0)
    assert [attempt.verdict[:3] for attempt in solved.attempts] == ["no ", "NOT", "pro"]


def test_a_basis_at_hand_is_what_the_next_solve_starts_from():
    """The first solve ends at a vertex of a large program; the simplex method then takes a few steps from there."""
    old = unsized(1200)
    held = Portfolio(old)
    first = held.solve(EngineOptions(), vertex=True)
    assert first.reason == "a large program: an interior-point method, then a vertex"
    cost = old.cost.copy()
    cost[600] *= 1.2
    new, patch = changed(old, cost)
    held.apply(new, patch)
    again = held.solve(EngineOptions())
    assert again.reason == "a basis is at hand: the simplex method starts from it"
    assert again.outcome.engine.startswith("highs-simplex ")
    assert again.certificate.proved
    cold = Portfolio(new, "highs-simplex").solve(EngineOptions())
    assert again.outcome.iterations <= cold.outcome.iterations / 20


def test_small_programs_are_solved_again_from_their_last_basis():
    old = unsized(300)
    held = Portfolio(old)
    cold = held.solve(EngineOptions()).outcome.iterations
    new, patch = changed(old, old.cost * np.random.default_rng(0).uniform(0.99, 1.01, len(old.cost)))
    held.apply(new, patch)
    assert held.solve(EngineOptions()).outcome.iterations <= cold / 4


def unsized(hours: int) -> LinearProgram:
    """A store of given size, whose size is no column that stands in every hour."""
    lp = storage(hours)
    columns, rows = slice(0, 4 * hours), slice(0, 2 * hours)
    upper = lp.upper[columns].copy()
    upper[3::4] = 10.0
    return LinearProgram(
        lp.cost[columns], lp.lower[columns], upper, lp.row_lower[rows], lp.row_upper[rows], lp.matrix[rows][:, columns]
    )


# --- what is nearly proved --------------------------------------------------------------------------------------------


def near(lp: LinearProgram, by: float) -> Answer:
    """An optimum that is off by a share of its size, as an interior-point method leaves it at its limit."""
    best = Portfolio(lp, "highs").solve(EngineOptions()).outcome
    assert best.x is not None
    assert best.row_dual is not None
    rng = np.random.default_rng(0)
    x = best.x * (1 + by * rng.uniform(-1, 1, len(best.x)))
    dual = best.row_dual * (1 + by * rng.uniform(-1, 1, len(best.row_dual)))
    return lambda _lp, _options: Outcome("rough 1.0", "limit", x, dual, 0.0, 250, "out of steps")


def test_a_point_that_is_nearly_proved_is_cleaned_up_by_the_simplex_method(engines: Replaced):
    lp = storage(72, sized=True)
    best = Portfolio(lp, "highs").solve(EngineOptions()).certificate.objective
    fakes = engines(piqp=near(lp, 1e-4))
    solved = solve(lp, engine="piqp")
    assert solved.outcome.engine.startswith("rough 1.0, then highs-primal-simplex ")
    assert solved.outcome.basic
    assert solved.certificate.objective == pytest.approx(best, rel=1e-9)
    assert len(solved.attempts) == 1
    assert len(fakes["piqp"].limits) == 1


def test_a_point_that_is_far_off_is_not_worth_it(engines: Replaced):
    lp = storage(72, sized=True)
    engines(piqp=near(lp, 0.5))
    with pytest.raises(NotSolvedError, match=r"rough 1.0: out of steps, .* NOT proved optimal") as caught:
        solve(lp, engine="piqp")
    assert "simplex" not in str(caught.value)
    assert NEARLY < 0.5
