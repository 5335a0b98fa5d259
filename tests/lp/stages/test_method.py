"""The method on programs that can be solved by hand, and how it ends on those that have no end."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import certify
from optimizer.lp.engines import make_engine
from optimizer.lp.engines.base import EngineOptions, Outcome
from optimizer.lp.stages import method
from optimizer.lp.stages.grid import make_grid
from tests.lp.sheets import INF, NOWHERE, Sheet, by_hour
from tests.lp.solving import program, storage, tangled

HOURS = 48


def solved(lp: LinearProgram, **options: object) -> Outcome:
    engine = make_engine("staged")
    engine.load(lp)
    return engine.run(EngineOptions(**options))  # type: ignore[arg-type]


def assert_optimal(lp: LinearProgram, cost: float) -> Outcome:
    """Proved on the program itself, primal and dual, at the cost found by hand."""
    outcome = solved(lp)
    assert outcome.status == "optimal"
    assert outcome.x is not None
    assert outcome.row_dual is not None
    certificate = certify(lp, outcome.x, outcome.row_dual)
    assert certificate.proved, certificate
    assert certificate.objective == pytest.approx(cost, rel=1e-6, abs=1e-6)
    return outcome


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_each_hour_by_itself():
    """Cheap power up to 2, dear power beyond: 2 * 10 + 1 * 30 an hour, and one more unit costs 30."""
    sheet = Sheet()
    for t in range(HOURS):
        cheap, dear = sheet.column((0, t), 10.0, 0.0, 2.0), sheet.column((1, t), 30.0)
        sheet.row((0, t), {cheap: 1.0, dear: 1.0}, 3.0, 3.0)
    outcome = assert_optimal(sheet.lp, 50.0 * HOURS)
    np.testing.assert_allclose(outcome.row_dual, 30.0, atol=1e-5)


def carried_over(share: float = 1.0) -> Sheet:
    """Power costs 10 in even hours and 30 in odd ones, 1 is needed always, and a store carries 1 at no loss."""
    sheet = Sheet()
    level = [sheet.column((0, t), 0.0, 0.0, share) for t in range(HOURS + 1)]
    for t in range(HOURS):
        bought = sheet.column((1, t), 30.0 if t % 2 else 10.0)
        sheet.row((0, t), {level[t + 1]: 1.0, level[t]: -1.0, bought: -1.0}, -1.0, -1.0)
    sheet.row(NOWHERE, {level[0]: 1.0}, 0.0, 0.0)
    return sheet


def test_a_store_carries_from_cheap_to_dear_hours():
    outcome = assert_optimal(carried_over().lp, 10.0 * HOURS)
    assert outcome.x is not None
    np.testing.assert_allclose(outcome.x[1 : HOURS + 1 : 2], 1.0, atol=1e-5)
    np.testing.assert_allclose(outcome.x[2 : HOURS + 1 : 2], 0.0, atol=1e-5)


def test_a_store_that_is_too_small():
    assert_optimal(carried_over(0.25).lp, (1.25 * 10.0 + 0.75 * 30.0) * HOURS / 2)


@pytest.mark.parametrize(("price", "size"), [(400.0, 1.0), (500.0, 0.0)])
def test_a_store_whose_size_is_chosen(price: float, size: float):
    """A unit of it saves 20 in each of the 24 pairs of hours: it is worth 480."""
    sheet = carried_over(INF)
    capacity = sheet.column(NOWHERE, price, 0.0, 9.0)
    for t in range(HOURS + 1):
        sheet.row((1, t), {t: 1.0, capacity: -1.0}, -INF, 0.0)
    lp = sheet.lp
    outcome = assert_optimal(lp, 20.0 * HOURS - size * (480.0 - price))
    assert outcome.x is not None
    assert outcome.x[capacity] == pytest.approx(size, abs=1e-5)


def test_a_budget_over_all_hours():
    """Cheap power is rationed to half of what is needed: its ration is worth what it saves, 20 a unit."""
    sheet = Sheet()
    cheap = [sheet.column((0, t), 10.0, 0.0, 3.0) for t in range(HOURS)]
    for t in range(HOURS):
        sheet.row((0, t), {cheap[t]: 1.0, sheet.column((1, t), 30.0): 1.0}, 1.0, INF)
    ration = sheet.row(NOWHERE, dict.fromkeys(cheap, 1.0), -INF, HOURS / 2)
    outcome = assert_optimal(sheet.lp, 20.0 * HOURS)
    assert outcome.row_dual is not None
    assert outcome.row_dual[ration] == pytest.approx(-20.0, abs=1e-4)


def test_ranges_and_columns_without_bounds():
    """The free column follows at a distance of 1 at most; it is worth 2, what it follows costs 1, and ends at 5."""
    sheet = Sheet()
    for t in range(HOURS):
        free, led = sheet.column((0, t), -2.0, -INF, INF), sheet.column((1, t), 1.0, -INF, 5.0)
        sheet.row((0, t), {free: 1.0, led: -1.0}, -1.0, 1.0)
        sheet.row((1, t), {free: 1.0, led: 1.0}, -20.0, 20.0)
    assert_optimal(sheet.lp, (-2.0 * 6.0 + 5.0) * HOURS)


def test_equalities_alone_have_one_solution():
    """Each is twice the one before, less the hour: nothing is bounded, and nothing is to be chosen."""
    sheet = Sheet()
    columns = [sheet.column((0, t), 1.0, -INF, INF) for t in range(HOURS)]
    for t in range(HOURS):
        before = {columns[t - 1]: 0.5} if t else {}
        sheet.row((0, t), {columns[t]: 1.0} | before, 3.0, 3.0)
    expected = [3.0]
    for _ in range(HOURS - 1):
        expected.append(3.0 - 0.5 * expected[-1])
    assert_optimal(sheet.lp, sum(expected))


def test_many_optima():
    """Two sources at one price, a store that costs nothing, and hours that need nothing."""
    sheet = carried_over(5.0)
    for t in range(HOURS):
        sheet.column((2, t), 0.0, 0.0, 4.0)
    lp = sheet.lp
    assert_optimal(replace(lp, cost=np.where(lp.cost == 30.0, 10.0, lp.cost)), 10.0 * HOURS)


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_no_plan_is_claimed():
    """More is needed in all hours together than a source can give."""
    sheet = Sheet()
    columns = [sheet.column((0, t), 1.0, 0.0, 2.0) for t in range(HOURS)]
    for t in range(1, HOURS):
        sheet.row((0, t), {columns[t]: 1.0, columns[t - 1]: 1.0}, 3.0, INF)
    sheet.row(NOWHERE, dict.fromkeys(columns, 1.0), -INF, HOURS * 1.2)
    assert solved(sheet.lp).status == "infeasible"


def test_no_end_is_claimed():
    sheet = Sheet()
    for t in range(HOURS):
        bought, sold = sheet.column((0, t), 1.0), sheet.column((1, t), -2.0)
        sheet.row((0, t), {bought: 1.0, sold: -1.0}, 1.0, INF)
    assert solved(sheet.lp).status == "unbounded"


def begun() -> method.InteriorPoint:
    """Free power of at most 5, of which 1 is needed in every hour; the method stands at a plan, with duals of zero."""
    sheet = Sheet()
    for t in range(HOURS):
        sheet.row((0, t), {sheet.column((0, t), 0.0, 0.0, 5.0): 1.0}, 1.0, 1.0)
    lp = sheet.lp
    assert lp.layout is not None
    grid = make_grid(lp, lp.layout)
    point = method.InteriorPoint(
        grid,
        method.Problem(lp.cost, lp.lower, lp.upper, grid.rows.spread(lp.row_lower), grid.rows.spread(lp.row_upper)),
    )
    point._start()
    return point


def test_a_bound_that_duals_out_of_balance_give_claims_nothing():
    """Duals of 100 an hour would bound the cost by 4,800; but power is free, so that nothing holds them."""
    point = begun()
    point._y[:] = 100.0
    point._z[:] = 0.0
    costs = point._measure()
    assert (costs.cost, costs.bound) == (pytest.approx(0.0, abs=1e-6), pytest.approx(4800.0))
    assert point._verdict(costs) == ""


def test_the_same_bound_of_duals_in_balance_claims_that_there_is_no_plan():
    point = begun()
    point._y[:] = 100.0
    point._z[:] = np.repeat([0.0, 100.0], HOURS)  # of the lower bounds, and of the upper ones, which hold the duals
    point._measure()
    assert point._verdict(method._Costs(0.0, 4800.0)) == "infeasible"


@pytest.mark.parametrize(("primal", "dual"), [(0.3, 0.6), (0.9, 0.8), (0.0, 0.0)])
def test_the_target_is_what_the_straight_way_leaves(primal: float, dual: float):
    """Summed product by product, in place of the closed form."""
    point = begun()
    point._measure()
    p = np.random.default_rng(0).uniform(-1.0, 1.0, len(point._t))
    left = point._products * (1.0 + primal * p) * (1.0 + dual * (-1.0 - p))
    share = min(max(min(left.sum() / point._products.sum(), 1.0) ** 6, 1e-4), 0.8)
    assert point._target(p, primal, dual) == pytest.approx(point._mu * share)


def test_a_program_without_stages_is_left_to_others_in_words():
    outcome = solved(storage(48))
    assert outcome.engine.startswith("staged")
    assert (outcome.status, outcome.x) == ("failed", None)
    assert outcome.message == "the program has no known stages"


def test_a_program_that_does_not_repeat_is_left_to_others_in_words():
    sheet = carried_over()
    for _ in range(100):
        sheet.row(NOWHERE, {3: 1.0, 9: 1.0, 30: 1.0}, 0.1, INF)
        sheet.row(NOWHERE, {sheet.column(): 1.0, 4: 1.0, 40: 1.0}, 0.2, INF)
    outcome = solved(sheet.lp)
    assert (outcome.status, outcome.x) == ("failed", None)
    assert outcome.message.endswith(" rows and columns belong to no stage")


def test_what_is_plain_is_not_iterated():
    nothing = by_hour(storage(48))
    crossed = replace(nothing, lower=nothing.upper + 1.0)
    outcome = solved(crossed)
    assert (outcome.status, outcome.message, outcome.iterations) == ("infeasible", "infeasible on sight", 0)
    sheet = Sheet()
    sheet.column((0, 0), 3.0, 2.0, 2.0)
    outcome = solved(sheet.lp)
    assert (outcome.status, outcome.message) == ("optimal", "reduced")
    assert outcome.x is not None
    assert outcome.x.tolist() == [2.0]


def test_the_limit_of_time_is_kept_between_steps():
    lp = by_hour(storage(3000, sized=True))
    started = time.perf_counter()
    outcome = solved(lp, time_limit=0.0)
    assert (outcome.status, outcome.message, outcome.iterations) == ("limit", "limit", 0)
    assert time.perf_counter() - started < 5.0
    assert outcome.x is not None  # a point all the same, for whoever can use it


def test_the_limit_of_steps_is_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(method, "MAX_ITERATIONS", 3)
    outcome = solved(by_hour(storage(48, sized=True)))
    assert (outcome.status, outcome.iterations) == ("limit", 3)


def test_equations_that_cannot_be_factorised_end_it(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise method.BreakdownError

    monkeypatch.setattr(method.Elimination, "factorise", broken)
    outcome = solved(by_hour(storage(48, sized=True)))
    assert (outcome.status, outcome.message, outcome.iterations) == ("failed", "stalled", 0)


def test_a_breakdown_is_met_with_more_regularisation(monkeypatch: pytest.MonkeyPatch):
    met: list[float] = []
    factorise = method.Elimination.factorise

    def once_broken(self: method.Elimination, columns: np.ndarray, rows: np.ndarray) -> None:
        met.append(float(rows.min()))
        if len(met) == 5:
            raise method.BreakdownError
        factorise(self, columns, rows)

    monkeypatch.setattr(method.Elimination, "factorise", once_broken)
    lp = by_hour(storage(48, sized=True))
    assert solved(lp).status == "optimal"
    assert met[5] > met[4]


def test_progress_tells_every_step():
    lines: list[str] = []
    outcome = solved(by_hour(storage(48, sized=True)), progress=lines.append)
    assert len(lines) == outcome.iterations + 1
    assert lines[0].startswith("step 0: gap ")
    assert all("infeasibility" in line and "primal" in line and line.endswith(" dual") for line in lines)


def test_ctrl_c_goes_through():
    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solved(by_hour(storage(48)), progress=interrupt)


def test_small_programs_without_stages_and_a_tangle_are_declined():
    for lp in (program([1], [(0, 9)], [([1], 2, INF)]), tangled(20)):
        assert solved(lp).status == "failed"
