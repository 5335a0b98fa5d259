"""How far a step leads, the bounds that it keeps, and units: cases small enough to see through."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from optimizer.lp.affine import FloatArray
from optimizer.lp.certificate import certify
from optimizer.lp.engines import make_engine
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.stages.grid import Grid, make_grid
from optimizer.lp.stages.scaling import scale
from optimizer.lp.stages.sides import Sides
from optimizer.lp.stages.steps import Direction, combined, longest
from tests.lp.sheets import INF, NOWHERE, Sheet
from tests.lp.solving import program


def direction(p: list[float] | FloatArray, e: list[float] | FloatArray) -> Direction:
    """One whose places and row duals are told apart by their numbers."""
    return Direction(np.array([1.0]), np.array([10.0]), np.array(p, dtype=float), np.array(e, dtype=float))


# --- how far ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relative", "length"),
    [([], 1.0), ([3.0, 0.0], 1.0), ([-0.5], 1.0), ([-1.0], 1.0), ([-4.0, -2.0, 9.0], 0.25)],
    ids=["no bounds", "away from all", "half of the way", "just there", "too far"],
)
def test_the_longest_step_ends_at_the_first_bound(relative: list[float], length: float):
    assert longest(np.array(relative)) == length


def test_a_direction_that_removes_what_blocks_is_added():
    found, primal, dual = combined(direction([-2.0, 0.5], [-4.0, 0.0]), direction([1.5, 0.0], [3.5, 0.1]), 0.8)
    assert (primal, dual) == (1.0, 1.0)
    assert found.p.min() >= -1.0
    assert found.e.min() >= -1.0


def test_a_direction_that_blocks_nothing_is_added_whole():
    found, primal, dual = combined(direction([-0.9, 0.5], [-0.5]), direction([0.5, -0.2], [0.25]), 0.8)
    assert (primal, dual) == (1.0, 1.0)
    np.testing.assert_allclose(found.p, [-0.4, 0.3])
    np.testing.assert_allclose(found.e, [-0.25])
    assert (found.w[0], found.y[0]) == (2.0, 20.0)


def test_a_direction_that_blocks_is_added_with_the_least_weight():
    found, primal, dual = combined(direction([-0.5], [0.0]), direction([-2.0], [0.0]), 0.25)
    assert primal == pytest.approx(1.0)  # -0.5 - 0.25 * 2 = -1 is just not too far
    np.testing.assert_allclose(found.p, [-1.0])
    assert found.w[0] == pytest.approx(1.25)
    assert (dual, found.y[0]) == (1.0, 20.0)  # the duals have a weight of their own


def test_the_weight_that_leads_furthest_is_searched():
    """The first wants all of it, the second none; the whole of it leads further than nothing, and less not further."""
    found, primal, _ = combined(direction([-4.0, -1.0], []), direction([2.0, -1.0], []), 0.0)
    np.testing.assert_allclose(found.p, [-2.0, -2.0])
    assert primal == 0.5


def test_a_weight_in_between_leads_further_than_all_and_nothing():
    """-4 + 4w and -1 - 4w meet at three eighths."""
    found, primal, _ = combined(direction([-4.0, -1.0], []), direction([4.0, -4.0], []), 0.0)
    np.testing.assert_allclose(found.p, [-2.5, -2.5])
    assert primal == pytest.approx(0.4)


numbers = arrays(np.float64, 5, elements=st.floats(-8, 8))


@given(p=numbers, e=numbers, further_p=numbers, further_e=numbers, least=st.sampled_from([0.0, 0.1, 0.8, 1.0]))
def test_a_length_is_never_too_long_and_no_worse_than_the_least_weight_allows(
    p: FloatArray, e: FloatArray, further_p: FloatArray, further_e: FloatArray, least: float
):
    found, primal, dual = combined(direction(p, e), direction(further_p, further_e), least)
    for own, added, together, length in ((p, further_p, found.p, primal), (e, further_e, found.e, dual)):
        assert length <= longest(together) * (1 + 1e-9)
        assert length >= longest(own + added) * (1 - 1e-9)
        assert length >= min(longest(own), longest(own + least * added)) * (1 - 1e-9)


# --- bounds -----------------------------------------------------------------------------------------------------------


def grid() -> Grid:
    """Two lanes of columns and one of rows, of three stages, and a column and a row of no stage."""
    sheet = Sheet()
    for lane in range(2):
        for stage in range(3):
            sheet.column((lane, stage))
    capacity = sheet.column()
    for stage in range(3):
        sheet.row((0, stage), {stage: 1.0, 3 + stage: 1.0, capacity: 1.0})
    sheet.row(NOWHERE, {0: 1.0, 2: 1.0})
    lp = sheet.lp
    assert lp.layout is not None
    return make_grid(lp, lp.layout)


#                 lane 0 ----  lane 1 ---------  capacity  rows ------------  sum
LOWER = np.array([0, 0, 0, 1, -INF, 2, 4, -INF, -INF, -INF, 5], dtype=float)
UPPER = np.array([INF, INF, INF, 7, 8, 9, INF, 6, 6, INF, INF], dtype=float)


def test_bounds_stand_lane_by_lane_and_missing_ones_are_named():
    sides = Sides(grid(), LOWER, UPPER)
    np.testing.assert_array_equal(sides.value, [0, 0, 0, 1, 0, 2, 4, 5, 7, 8, 9, 6, 6, 0])
    np.testing.assert_array_equal(sides.missing, [4, 13])
    np.testing.assert_array_equal(sides.sign, [1] * 8 + [-1] * 6)


def test_places_are_gathered_and_bounds_added_up():
    sides, places = Sides(grid(), LOWER, UPPER), np.arange(1.0, 12.0)
    np.testing.assert_array_equal(sides.gathered(places), [1, 2, 3, 4, 5, 6, 7, 11, -4, -5, -6, -8, -9, -10])
    np.testing.assert_array_equal(sides.relative(places, np.full(14, 2.0)), 2 * sides.gathered(places))
    bounds = np.arange(1.0, 15.0)
    np.testing.assert_array_equal(sides.added(bounds), [1, 2, 3, 13, 15, 17, 7, 12, 13, 14, 8])
    np.testing.assert_array_equal(sides.scattered(bounds), [1, 2, 3, -5, -5, -5, 7, -12, -13, -14, 8])


def test_gathering_is_the_transposed_of_scattering():
    sides, rng = Sides(grid(), LOWER, UPPER), np.random.default_rng(0)
    places, bounds = rng.normal(size=11), rng.normal(size=14)
    assert sides.gathered(places) @ bounds == pytest.approx(places @ sides.scattered(bounds))


def test_without_any_bound_there_are_no_sides():
    sides = Sides(grid(), np.full(11, -INF), np.full(11, INF))
    assert len(sides.value) == len(sides.missing) == 0
    np.testing.assert_array_equal(sides.scattered(np.zeros(0)), np.zeros(11))


# --- units ------------------------------------------------------------------------------------------------------------


def test_units_are_powers_of_two_and_nothing_is_rounded():
    lp = program([3e4, 1e-3, 0], [(0, 700), (-3e5, INF), (0, 1)], [([1e3, 0.3, 0], 5, 9e4), ([0, 1e-5, 0], -INF, 7)])
    scaled = scale(lp)
    for factors in (scaled.rows, scaled.columns, np.array([scaled.cost])):
        np.testing.assert_array_equal(np.frexp(factors)[0], 0.5)
    np.testing.assert_array_equal(
        scaled.lp.matrix.toarray(), scaled.rows[:, None] * lp.matrix.toarray() * scaled.columns
    )
    np.testing.assert_array_equal(scaled.lp.upper * scaled.columns, lp.upper)
    np.testing.assert_array_equal(scaled.lp.lower * scaled.columns, lp.lower)
    np.testing.assert_array_equal(scaled.lp.row_upper / scaled.rows, lp.row_upper)
    np.testing.assert_array_equal(scaled.lp.cost / scaled.columns / scaled.cost, lp.cost)
    largest = abs(scaled.lp.matrix).toarray().max(axis=1)
    assert (largest >= 0.5).all()
    assert (largest <= 2.0).all()


def test_the_way_back_leads_to_the_same_proof():
    lp = program([1e5, 2e5], [(0, 2e-3), (0, INF)], [([1e3, 1e3], 3, INF), ([1, 0], -INF, 0.5)])
    scaled = scale(lp)
    engine = make_engine("highs")
    engine.load(scaled.lp)
    outcome = engine.run(EngineOptions())
    assert outcome.x is not None
    assert outcome.row_dual is not None
    certificate = certify(lp, *scaled.point(outcome.x, outcome.row_dual))
    assert certificate.proved
    assert certificate.objective == pytest.approx(400.0)  # 2e-3 of the cheap one, 1e-3 of the dear one


@pytest.mark.parametrize(
    "lp",
    [
        program([0, 0], [(0, 1)] * 2, [([1, 4], 0, 1)]),
        program([5, 0], [(0, 1)] * 2),
        program([1], [(0, 1)], [([0], 0, 1)]),
    ],
    ids=["no cost", "no rows", "zeros"],
)
def test_what_has_no_size_stays_what_it_is(lp: object):
    scaled = scale(lp)  # type: ignore[arg-type]
    for factors in (scaled.rows, scaled.columns, np.array([scaled.cost])):
        assert np.isfinite(factors).all()
        assert (factors > 0).all()
