"""The certificate measures what it says, by hand; and its bound on the cost's error holds against the true optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import Certificate, Violation, certify
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.engines.highs import Highs
from tests.lp.made import stated
from tests.lp.solving import INF, program
from tests.properties.programs import random_program

ROWS, COLUMNS = ("need", "range").__getitem__, ("cheap", "dear").__getitem__

# Four units at least: three of the cheap one, as many as there are, and one of the dear one, whose cost is the price.
SHOP = program([2, 3], [(0, 3), (0, 5)], [([1, 1], 4, INF), ([1, -1], -6, 6)])
PLAN, PRICES = np.array([3.0, 1.0]), np.array([3.0, 0.0])


def certified(x: list[float], row_dual: list[float], lp: LinearProgram = SHOP) -> Certificate:
    return certify(lp, np.array(x), np.array(row_dual), row_name=ROWS, column_name=COLUMNS)


def assert_violation(found: Violation, value: float, scaled: float, where: str) -> None:
    assert found.value == pytest.approx(value)
    assert found.scaled == pytest.approx(scaled)
    assert found.where == where


# --- what is proved ---------------------------------------------------------------------------------------------------


def test_an_optimum_has_no_breach_and_no_gap():
    found = certified([3, 1], [3, 0])
    assert found == Certificate(
        objective=9.0,
        dual_objective=9.0,
        relative_gap=0.0,
        primal_violation=Violation(0.0, 0.0, ""),
        dual_violation=Violation(0.0, 0.0, ""),
        complementarity=0.0,
        cost_error_bound=0.0,
        tolerance=1e-6,
    )
    assert found.proved


def test_the_constant_part_of_the_cost_counts_on_both_sides():
    found = certified([3, 1], [3, 0], replace(SHOP, offset=-100.0))
    assert (found.objective, found.dual_objective) == (-91.0, -91.0)
    assert found.proved


@pytest.mark.parametrize("lp", [program([1], [(2, 9)]), program([], [], [([], -1, 1)]), program([], [], offset=3.0)])
def test_programs_without_rows_or_columns(lp: LinearProgram):
    assert certify(lp, lp.lower, np.zeros(lp.shape[0])).proved
    assert not certify(lp, lp.lower, np.zeros(lp.shape[0]), tolerance=-1.0).proved


# --- primal -----------------------------------------------------------------------------------------------------------


def test_a_row_that_falls_short_is_named_with_its_size():
    found = certified([3, 0.9], [3, 0])
    assert_violation(found.primal_violation, 0.1, 0.1 / 3.9, "need")
    assert not found.proved


@pytest.mark.parametrize(("x", "excess"), [([3, -5], 2.0), ([-4, 5], 3.0)])
def test_a_range_is_broken_on_either_side(x: list[float], excess: float):
    lp = replace(SHOP, lower=np.full(2, -INF), row_lower=np.array([-INF, -6.0]))
    found = certified(x, [0, 0], lp)
    assert_violation(found.primal_violation, excess, excess / abs(x[0] - x[1]), "range")


@pytest.mark.parametrize(
    ("x", "value", "scaled", "where"),
    [([-2, 5], 2.0, 1.0, "cheap"), ([0, 5.5], 0.5, 0.5 / 5.5, "dear"), ([-0.25, 5], 0.25, 0.25, "cheap")],
)
def test_a_bound_that_is_broken_is_named(x: list[float], value: float, scaled: float, where: str):
    lp = replace(SHOP, row_lower=np.full(2, -INF), row_upper=np.full(2, INF))
    assert_violation(certified(x, [0, 0], lp).primal_violation, value, scaled, where)


def test_the_worst_is_what_is_large_next_to_its_terms():
    """One unit of a million is less than a tenth of one, and the row of a million is not the one to name."""
    lp = program([0, 0], [(0, INF), (0, INF)], [([1e6, 0], 1e6 + 1, INF), ([0, 1], 1.1, INF)])
    assert_violation(certified([1, 1], [0, 0], lp).primal_violation, 0.1, 0.1, "range")


def test_a_column_may_be_worse_than_a_row_that_is_off_by_more():
    lp = program([0, 0], [(0, INF), (0.5, INF)], [([1e6, 0], 1e6 + 1, INF)])
    assert_violation(certified([1, 0.2], [0], lp).primal_violation, 0.3, 0.3, "dear")


def test_next_to_terms_that_run_away_a_breach_is_still_one():
    """The two rows contradict each other by 0.1, however far out: 1e14 - 1e14 hides it behind its own terms."""
    lp = program([0, 0], [(-INF, INF)] * 2, [([1, -1], 0.1, INF), ([1, -1], -INF, 0)])
    found = certified([1e14, 1e14], [0, 0], lp)
    assert_violation(found.primal_violation, 0.1, 0.1, "need")
    far = certified([1e9, 1e9], [0, 0], lp)  # so far it may be a balance over years, and a tenth of a unit in it
    assert_violation(far.primal_violation, 0.1, 0.1 / 2e9, "need")
    sides = replace(lp, row_lower=np.array([1e6, -INF]), row_upper=np.array([INF, 1e6 - 100]))
    assert_violation(certified([1e14, 1e14], [0, 0], sides).primal_violation, 1e6, 1e6 / 2e14, "need")


# --- dual -------------------------------------------------------------------------------------------------------------


def test_a_price_for_a_side_that_does_not_exist():
    """More need would make the plan cheaper: there is no upper side that could press."""
    found = certified([3, 1], [-2, 0])
    assert_violation(found.dual_violation, 2.0, 1.0, "need")
    assert found.cost_error_bound == 9 + 2 * 4  # nine above what these prices prove, and two for each unit of need
    assert not found.proved


@pytest.mark.parametrize(
    ("bounds", "price", "breach"), [((-INF, 5), 2.0, 1.0), ((0, INF), 3.5, 0.5), ((-INF, INF), 3.5, 0.5)]
)
def test_a_reduced_cost_that_leans_on_a_bound_that_does_not_exist(
    bounds: tuple[float, float], price: float, breach: float
):
    lp = program([2, 3], [(0, 3), bounds], [([1, 1], 4, INF), ([1, -1], -6, 6)])
    found = certified([3, 1], [price, 0], lp)
    assert_violation(found.dual_violation, breach, breach / max(3.0, price), "dear")


def test_the_size_of_a_reduced_cost_is_that_of_its_terms():
    lp = program([2000.0], [(0, INF)], [([1.0], 1, INF)])
    found = certify(lp, np.ones(1), np.array([2000.1]))
    assert found.dual_violation.scaled == pytest.approx(0.1 / 2000.1)


def test_next_to_prices_that_run_away_a_breach_is_still_one():
    lp = program([-0.1, 0], [(0, INF), (0, 1)], [([1, 1], -INF, 9), ([-1, 1], -INF, 9)])
    found = certified([0, 0], [-1e14, -1e14], lp)
    assert_violation(found.dual_violation, 0.1, 0.1, "cheap")


# --- complementarity, gap, cost ---------------------------------------------------------------------------------------


def test_complementarity_is_the_largest_price_of_a_distance():
    """The price of need presses although a tenth too much is there, and that of the cheap one though 0.2 are left."""
    assert certified([3, 1.1], [3, 0]).complementarity == pytest.approx(3 * 0.1)
    assert certified([2.8, 1.2], [3, 0]).complementarity == pytest.approx(1 * 0.2)
    assert certified([3, 1], [3, 0]).complementarity == 0.0


def test_plan_and_prices_may_both_hold_and_be_far_apart():
    found = certified([0, 4], [0, 0])  # twelve for a plan, and nothing as its lower bound
    assert found.primal_violation.scaled == found.dual_violation.scaled == 0.0
    assert (found.objective, found.dual_objective, found.relative_gap) == (12.0, 0.0, 1.0)
    assert found.cost_error_bound == 12.0
    assert found.relative_error == 1.0
    assert not found.proved


def test_the_gap_is_relative_to_the_larger_cost_but_at_least_to_one():
    assert certified([3, 1.1], [3, 0]).relative_gap == pytest.approx(0.3 / 9.3)
    cents = replace(SHOP, cost=SHOP.cost / 100)
    assert certified([3, 1.1], [0.03, 0], cents).relative_gap == pytest.approx(0.003)


def test_every_breach_counts_with_its_price():
    """0.1 of need at 3; 0.2 above the ceiling of the cheap one, at 1 below its price."""
    assert certified([3, 0.9], [3, 0]).cost_error_bound == pytest.approx(3 * 0.1)
    assert certified([3.2, 0.8], [3, 0]).cost_error_bound == pytest.approx(1 * 0.2)
    free = replace(SHOP, upper=np.array([3.0, INF]))
    # A price of 3.5 leaves -0.5 on what may grow for ever (1 of it is there), and claims 14 - 4.5 for a plan of 9.
    assert certified([3, 1], [3.5, 0], free).cost_error_bound == pytest.approx(0.5 * 1)


def test_breaches_that_cancel_in_the_cost_are_still_an_error():
    """Half of the needs fall short by as much as the others exceed: cost and bound agree, and prove nothing."""
    count, off = 100, 9e-7
    needs = program(
        [1.0] * count + [-1.0],
        [(0, INF)] * count + [(0, count)],
        [(list(row), 1, INF) for row in np.eye(count, count + 1)],
    )
    x = np.append(np.ones(count), count)
    x[:count:2] -= off
    x[1:count:2] += off
    found = certify(needs, x, np.ones(count))
    assert found.relative_gap < 1e-9
    assert max(found.primal_violation.scaled, found.dual_violation.scaled) < 1e-6
    assert found.cost_error_bound == pytest.approx(count / 2 * off)
    assert not found.proved


# --- the verdict ------------------------------------------------------------------------------------------------------

FLAWLESS = certified([3, 1], [3, 0])
SPOILT = {
    "gap": lambda size: replace(FLAWLESS, relative_gap=size),
    "primal": lambda size: replace(FLAWLESS, primal_violation=Violation(9.0, size, "need")),
    "dual": lambda size: replace(FLAWLESS, dual_violation=Violation(9.0, size, "dear")),
    "cost": lambda size: replace(FLAWLESS, cost_error_bound=9 * size),
}


@pytest.mark.parametrize("what", SPOILT)
def test_one_measure_beyond_the_tolerance_is_enough_to_refuse(what: str):
    spoilt = SPOILT[what]
    assert spoilt(1e-6).proved
    assert not spoilt(1.01e-6).proved
    assert not spoilt(float("nan")).proved
    assert replace(spoilt(1e-3), tolerance=1e-2).proved
    assert not replace(spoilt(1e-8), tolerance=1e-9).proved


@pytest.mark.parametrize("x", [[np.nan, 1.0], [3.0, np.nan], [np.inf, 1.0]])
def test_what_is_not_a_number_proves_nothing(x: list[float]):
    with np.errstate(invalid="ignore"):
        found = certified(x, [3, 0])
    assert not found.proved
    assert found.primal_violation.where in ("need", "cheap", "dear")
    assert not certified([3, 1], [np.nan, 0]).proved


def test_the_verdict_in_words_and_as_data():
    assert str(certified([3, 1], [3, 0])) == (
        "proved optimal: relative gap 0.0e+00, scaled primal violation 0.0e+00, scaled dual violation 0.0e+00, "
        "cost within 0.0e+00 (tolerance 1e-06)"
    )
    spoilt = certified([3, 0.9], [3, 0])
    assert str(spoilt).startswith("NOT proved optimal: relative gap 3.3e-02, scaled primal violation 2.6e-02")
    data = spoilt.as_dict()
    assert data["proved"] is False
    assert data["primal_violation"]["where"] == "need"


def test_rows_and_columns_are_numbered_unless_they_have_names():
    lp = replace(SHOP, row_lower=np.full(2, -INF))
    assert certify(SHOP, np.array([3.0, 0.9]), PRICES).primal_violation.where == "0"
    assert certify(lp, np.array([3.0, 6.0]), PRICES).primal_violation.where == "1"


def test_members_of_families_are_named():
    def covered(m, t):
        return m.bought[t] >= m.need[t]

    stated_program = stated(covered)
    x = np.zeros(stated_program.lp.shape[1])
    x[:3] = [1, 2, 2]
    found = certify(stated_program.lp, x, np.zeros(3), row_name=stated_program.row_name)
    assert_violation(found.primal_violation, 1.0, 0.5, "covered[2]")


def test_violations_are_told_in_the_units_of_the_program():
    """The same plan in kW: a thousand times the breach, and the same share of the row."""
    in_mw = certified([3, 0.9], [3, 0])
    thousand = program([0.002, 0.003], [(0, 3000), (0, 5000)], [([1, 1], 4000, INF), ([1, -1], -6000, 6000)])
    in_kw = certified([3000, 900], [0.003, 0], thousand)
    assert in_kw.primal_violation.value == pytest.approx(1000 * in_mw.primal_violation.value)
    assert in_kw.primal_violation.scaled == pytest.approx(in_mw.primal_violation.scaled)
    assert in_kw.cost_error_bound == pytest.approx(in_mw.cost_error_bound)


# --- the bound on the cost's error, against the true optimum ----------------------------------------------------------


def optimum(seed: int) -> tuple[LinearProgram, np.ndarray, np.ndarray]:
    """A random program, its best point and duals."""
    lp = random_program(seed)
    engine = Highs("simplex")
    engine.load(lp)
    found = engine.run(EngineOptions())
    assume(found.status == "optimal" and found.x is not None and found.row_dual is not None)
    assert found.x is not None
    assert found.row_dual is not None
    assume(certify(lp, found.x, found.row_dual, tolerance=1e-9).proved)
    return lp, found.x, found.row_dual


SEEDS, REACHES = st.integers(0, 100_000), st.sampled_from([1e-6, 1e-3, 1.0, 100.0])


@given(seed=SEEDS, reach=REACHES)
def test_with_the_best_prices_the_bound_holds_for_any_point(seed: int, reach: float):
    lp, best, dual = optimum(seed)
    x = best + reach * np.random.default_rng(seed).uniform(-1, 1, len(best)) * np.maximum(1.0, np.abs(best))
    found = certify(lp, x, dual)
    rounding = 1e-9 * max(1.0, float(np.abs(lp.cost) @ np.abs(x)), _pressure(lp, x, dual))
    assert abs(found.objective - lp.objective(best)) <= found.cost_error_bound + rounding


@given(seed=SEEDS, reach=REACHES)
def test_with_any_prices_the_bound_holds_up_to_second_order(seed: int, reach: float):
    """What is neglected is each breach times how far the other side is from its own best, and nothing else."""
    lp, best, best_dual = optimum(seed)
    rng = np.random.default_rng(seed)
    x = best + reach * rng.uniform(-1, 1, len(best)) * np.maximum(1.0, np.abs(best))
    dual = best_dual + reach * rng.uniform(-1, 1, len(best_dual)) * np.maximum(1.0, np.abs(best_dual))
    found = certify(lp, x, dual)
    rounding = 1e-9 * max(1.0, float(np.abs(lp.cost) @ np.abs(x)), _pressure(lp, x, dual), _pressure(lp, best, dual))
    neglected = _second_order(lp, x, dual, best, best_dual)
    assert abs(found.objective - lp.objective(best)) <= found.cost_error_bound + neglected + rounding


def _pressure(lp: LinearProgram, x: np.ndarray, dual: np.ndarray) -> float:
    return float(np.abs(dual) @ (abs(lp.matrix) @ np.abs(x)))


def _second_order(lp: LinearProgram, x: np.ndarray, dual: np.ndarray, best: np.ndarray, best_dual: np.ndarray) -> float:
    """Breaches of one side times the error of the other, for rows and for columns."""

    def outside(value: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return np.maximum(0.0, np.maximum(lower - value, value - upper))

    def leaning_on_nothing(price: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(np.where(price > 0, lower, upper)), 0.0, np.abs(price))

    total = 0.0
    for value, true_value, price, true_price, lower, upper in (
        (lp.matrix @ x, lp.matrix @ best, dual, best_dual, lp.row_lower, lp.row_upper),
        (x, best, lp.cost - lp.matrix.T @ dual, lp.cost - lp.matrix.T @ best_dual, lp.lower, lp.upper),
    ):
        total += float(np.abs(true_price - price) @ outside(value, lower, upper))
        total += float(leaning_on_nothing(price, lower, upper) @ np.abs(true_value - value))
    return total
