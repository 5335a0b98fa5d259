"""That there is no plan, or none of least cost, is said with a ray that holds, and never with one that does not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.errors import InfeasibleError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import certify
from optimizer.lp.engines.base import EngineOptions, Outcome
from optimizer.lp.engines.highs import Highs
from optimizer.lp.feasibility import crossed_bounds, elastic, falls_along, least_violation, recession
from optimizer.lp.portfolio import Portfolio
from tests.lp.solving import INF, program
from tests.properties.programs import random_program


def run(lp: LinearProgram) -> Outcome:
    engine = Highs("simplex")
    engine.load(lp)
    return engine.run(EngineOptions())


# --- Farkas rays ------------------------------------------------------------------------------------------------------

# Two taps of at most 1 and 2 are to give 5: two are missing, whatever is done.
TAPS = program([1, 1], [(0, 1), (0, 2)], [([1, 1], 5, INF)])
# One at least, and three times as much of the other; together at most three.
CHAIN = program([0, 0], [(0, INF), (0, INF)], [([1, 0], 1, INF), ([-3, 1], 0, 0), ([1, 1], -INF, 3)])


@pytest.mark.parametrize(
    ("lp", "ray", "least"),
    [
        pytest.param(TAPS, [1], 2, id="bounds against a row"),
        pytest.param(program([0], [(-INF, INF)], [([1], 5, INF), ([1], -INF, 3)]), [1, -1], 2, id="two rows"),
        pytest.param(program([0], [(-INF, INF)], [([2], 5, 5), ([1], 1, 1)]), [1, -2], 1.5, id="equalities"),
        pytest.param(CHAIN, [1, 0.25, -0.25], 0.25, id="a chain"),
        pytest.param(program([], [], [([], 3, 4)]), [1], 3, id="a row without columns"),
        pytest.param(program([0], [(4, 9)], [([1], -INF, 1)]), [-1], 3, id="above an upper side"),
    ],
)
def test_a_ray_proves_how_much_is_missing(lp: LinearProgram, ray: list[float], least: float):
    assert least_violation(lp, np.array(ray, dtype=float)) == pytest.approx(least)
    assert run(elastic(lp).lp).x is not None
    for length in (1e-6, 1e6):
        assert least_violation(lp, length * np.array(ray)) == pytest.approx(least)


def test_dust_in_a_ray_is_swept_before_it_counts():
    """A third column without a ceiling: what little leans on its rows would prove nothing, and means nothing."""
    lp = program([1, 1, 1], [(0, 1), (0, 2), (0, INF)], [([1, 1, 0], 5, INF), ([0, 0, 1], 0, INF)])
    assert least_violation(lp, np.array([1, 1e-11])) == pytest.approx(2)
    assert least_violation(lp, np.array([1, 1e-3])) == 0.0
    tied = program([1, 1, 1], [(0, 1), (0, 2), (0, INF)], [([1, 1, 1], 5, INF), ([0, 0, 1], 0, INF)])
    assert least_violation(tied, np.array([1, 1e-11])) == 0.0  # the third may give all that is asked for


@pytest.mark.parametrize(
    ("lp", "ray"),
    [
        pytest.param(TAPS, [0], id="nothing"),
        pytest.param(TAPS, [-1], id="the wrong sign"),
        pytest.param(TAPS, [np.nan], id="not a number"),
        pytest.param(TAPS, [INF], id="infinite"),
        pytest.param(CHAIN, [1, 0.25, -0.2], id="too little of one row"),
        pytest.param(CHAIN, [1, 0.2, -0.25], id="a column without a ceiling is touched"),
        pytest.param(CHAIN, [1.1, 0.25, -0.25], id="a row that asks too much"),
        pytest.param(CHAIN, [1, 0, -0.25], id="a row left out"),
        pytest.param(CHAIN, [1, 0.25, 0.25], id="one sign turned"),
        pytest.param(program([0], [(0, 9)], [([1], 5, INF), ([1], -INF, 3)]), [1, -0.3], id="not enough"),
    ],
)
def test_a_ray_that_was_tampered_with_proves_nothing(lp: LinearProgram, ray: list[float]):
    assert least_violation(lp, np.array(ray, dtype=float)) == 0.0


def test_what_cancels_to_rounding_is_no_touch_but_a_little_more_is():
    """0.1 + 0.2 - 0.3 is not zero in floating point, and the column is free."""
    lp = program([0], [(-INF, INF)], [([0.1], 1, INF), ([0.2], 1, INF), ([-0.3], -1, INF)])
    assert least_violation(lp, np.ones(3)) == pytest.approx(1.0)
    assert least_violation(lp, np.array([1.0, 1.0, 1.0 + 1e-7])) == 0.0


def test_a_violation_that_is_rounding_itself_proves_nothing():
    """Sides of a million that differ by 1e-5: less than a thousand millionth of what was summed."""
    large = program([0], [(-INF, INF)], [([1], 1e6 + 1e-5, INF), ([1], -INF, 1e6)])
    assert least_violation(large, np.array([1.0, -1.0])) == 0.0
    clear = program([0], [(-INF, INF)], [([1], 1e6 + 1, INF), ([1], -INF, 1e6)])
    assert least_violation(clear, np.array([1.0, -1.0])) == pytest.approx(1.0)


@cache
def solved(seed: int) -> tuple[LinearProgram, Outcome]:
    """A random program whose bounds do not cross, and its least violation, proved."""
    lp = random_program(seed)
    assume(not len(crossed_bounds(lp)))
    found = run(elastic(lp).lp)
    assume(found.x is not None and found.row_dual is not None)
    assert found.x is not None
    assert found.row_dual is not None
    assume(certify(elastic(lp).lp, found.x, found.row_dual).proved)
    return lp, found


SEEDS = st.integers(0, 2_000)


@given(seed=SEEDS)
def test_duals_of_the_least_violation_prove_just_that(seed: int):
    lp, found = solved(seed)
    needed = elastic(lp).lp.objective(found.x)
    proved = least_violation(lp, found.row_dual)
    assert proved <= needed + 1e-6 * max(1.0, needed)
    sides = np.abs(np.concatenate([lp.row_lower, lp.row_upper, lp.lower, lp.upper]))
    if needed > 1e-4 * sides[np.isfinite(sides)].max(initial=1.0):
        assert proved == pytest.approx(needed, rel=1e-4)


@given(seed=SEEDS)
def test_no_ray_whatever_proves_more_than_is_missing(seed: int):
    lp, found = solved(seed)
    needed = elastic(lp).lp.objective(found.x)
    rng = np.random.default_rng(seed)
    for ray in (found.row_dual, rng.normal(size=lp.shape[0]), np.sign(rng.normal(size=lp.shape[0]))):
        tampered = ray + 0.1 * rng.normal(size=lp.shape[0])
        assert least_violation(lp, tampered) <= needed + 1e-6 * max(1.0, needed)


# --- rows that may bend -----------------------------------------------------------------------------------------------


def test_rows_bend_at_their_price_and_columns_do_not():
    lp = program([9, 9], [(0, 1), (0, INF)], [([1, 0], 3, INF), ([0, 1], -INF, -2), ([1, 1], 4, 4)], offset=5)
    stretched = elastic(lp, np.array([1.0, 10.0, 100.0]))
    assert stretched.lp.shape == (3, 2 + 4)
    np.testing.assert_array_equal(stretched.short, [0, 2])
    np.testing.assert_array_equal(stretched.over, [1, 2])
    np.testing.assert_array_equal(stretched.lp.cost, [0, 0, 1, 100, 10, 100])
    found = run(stretched.lp)
    assert found.x is not None
    # The first column stays within its bound; the second fills the dear equality, and exceeds its own cheap row.
    np.testing.assert_allclose(found.x[:2], [1, 3], atol=1e-9)
    np.testing.assert_allclose(stretched.violations(found.x, 3), [2, -5, 0], atol=1e-9)
    assert stretched.lp.cost @ found.x == pytest.approx(2 * 1 + 5 * 10)


def test_rows_that_may_not_bend_hold():
    lp = program([0], [(0, 9)], [([1], 5, INF), ([1], -INF, 3)])
    stretched = elastic(lp, may_bend=np.array([False, True]))
    found = run(stretched.lp)
    assert found.x is not None
    np.testing.assert_allclose(stretched.violations(found.x, 2), [0, -2], atol=1e-9)


# --- bounds that cross ------------------------------------------------------------------------------------------------


def test_bounds_that_cross_are_counted_columns_first():
    lp = program([1, 1, 1], [(0, 1), (3, 2), (-INF, INF)], [([1, 0, 0], 0, 9), ([1, 1, 0], 5, 4)])
    np.testing.assert_array_equal(crossed_bounds(lp), [1, 4])
    assert not len(crossed_bounds(program([1], [(2, 2 - 1e-10)], [([1], 2, 2)])))


def test_bounds_that_cross_are_refused_by_name_without_an_engine():
    lp = program([1, 1], [(0, 1), (3, 2.5)], [([1, 1], 5, 4)])
    names = {"row_name": "row {}".format, "column_name": "column {}".format}
    with pytest.raises(InfeasibleError, match=r"^column 1 would have to be at least 3 and at most 2.5$"):
        Portfolio(lp, **names).solve(EngineOptions())
    rows_alone = program([1, 1], [(0, 1), (2, 3)], [([1, 1], 0, 4), ([1, 1], 5, 4)])
    with pytest.raises(InfeasibleError, match=r"^row 1 would have to be at least 5 and at most 4$"):
        Portfolio(rows_alone, **names).solve(EngineOptions())


def test_bounds_that_exclude_what_rows_ask_for_are_proved_by_a_ray():
    with pytest.raises(InfeasibleError, match=r"violated by at least 2 \(proved by a Farkas ray\)"):
        Portfolio(TAPS).solve(EngineOptions())


@pytest.mark.parametrize("margin", [1e-3, 1e-5])
def test_hardly_infeasible_is_infeasible(margin: float):
    lp = program([1, 1], [(0, INF), (0, INF)], [([1, 2], 1 + margin, INF), ([1, 2], -INF, 1)])
    with pytest.raises(InfeasibleError, match="proved by a Farkas ray"):
        Portfolio(lp).solve(EngineOptions())


def test_infeasible_by_less_than_the_tolerance_has_a_plan():
    lp = program([1, 1], [(0, INF), (0, INF)], [([1, 2], 1 + 1e-8, INF), ([1, 2], -INF, 1)])
    solved = Portfolio(lp).solve(EngineOptions())
    assert solved.certificate.proved
    assert solved.certificate.objective == pytest.approx(0.5)


# --- directions in which the cost falls for ever ----------------------------------------------------------------------

# Sell what is bought: one of the second for each two of the first at most, and the first earns.
SALE = program([-3, 1, 0], [(0, INF), (0, INF), (0, 5)], [([1, -2, 0], -INF, 1), ([1, -1, 1], -4, INF)])


def test_a_direction_along_which_all_holds_and_the_cost_falls():
    assert falls_along(SALE, np.array([2.0, 1.0, 0.0]))
    assert falls_along(SALE, 1e9 * np.array([2.0, 1.0, 0.0]))
    assert falls_along(SALE, np.array([1.5, 1.0, 7.0]))  # what is bounded cannot move, and need not


@pytest.mark.parametrize(
    "direction",
    [
        pytest.param([0, 0, 0], id="none"),
        pytest.param([3, 1, 0], id="a row is broken"),
        pytest.param([-2, -1, 0], id="the other way"),
        pytest.param([0, 0, 1], id="bounded"),
        pytest.param([0, 1, 0], id="the cost rises"),
        pytest.param([1, 3, 0], id="the cost stays"),
        pytest.param([np.nan, 1, 0], id="not a number"),
    ],
)
def test_a_direction_that_was_tampered_with_proves_nothing(direction: list[float]):
    assert not falls_along(SALE, np.array(direction, dtype=float))


def test_equalities_allow_no_move():
    lp = program([-1, 0], [(0, INF), (0, INF)], [([1, -1], 2, 2)])
    assert falls_along(lp, np.array([1.0, 1.0]))
    assert not falls_along(lp, np.array([1.0, 0.9]))
    assert not falls_along(lp, np.array([1.0, 1.1]))


def test_the_search_for_a_direction_stays_in_a_box_of_size_one():
    box = recession(SALE)
    np.testing.assert_array_equal(box.lower, [0, 0, 0])
    np.testing.assert_array_equal(box.upper, [1, 1, 0])
    np.testing.assert_array_equal(box.row_lower, [-INF, 0])
    np.testing.assert_array_equal(box.row_upper, [0, INF])
    free = recession(program([1], [(-INF, INF)], [([1], -INF, INF)]))
    assert (free.lower[0], free.upper[0], free.row_lower[0], free.row_upper[0]) == (-1, 1, -INF, INF)
    found = run(box)
    assert found.x is not None
    np.testing.assert_allclose(found.x, [1, 0.5, 0], atol=1e-9)
    assert falls_along(SALE, found.x)


@given(seed=SEEDS)
def test_a_direction_falls_for_ever_where_highs_says_so_and_nowhere_else(seed: int):
    lp = random_program(seed)
    claim = run(lp).status
    assume(claim in ("optimal", "unbounded"))
    found = run(recession(lp))
    assert found.x is not None
    assert falls_along(lp, found.x) == (claim == "unbounded")
    if claim == "optimal":
        rng = np.random.default_rng(seed)
        assert not any(falls_along(lp, step) for step in (rng.normal(size=lp.shape[1]), -np.sign(lp.cost)))
