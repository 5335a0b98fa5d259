"""A reduced program has the same optimum, and the way back leads to a point and duals that prove it on the full one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.basis import BASIC
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.engines.highs import Highs
from optimizer.lp.reduction import InfeasibleOnSightError, Reduction
from tests.lp.solving import INF, program, storage
from tests.properties.programs import random_program


def solve_reduced(lp: LinearProgram, pool_size: int = 2) -> tuple[Reduction, Certificate, Certificate]:
    """Solve the reduced program to a vertex, and certify it there and, restored, on the full one."""
    reduction = Reduction(lp, pool_size=pool_size)
    engine = Highs("simplex")
    engine.load(reduction.reduced)
    outcome = engine.run(EngineOptions())
    assert outcome.status == "optimal", outcome.message
    assert outcome.x is not None
    assert outcome.row_dual is not None
    restored = reduction.restore(outcome.x, outcome.row_dual)
    return reduction, certify(reduction.reduced, outcome.x, outcome.row_dual), certify(lp, *restored)


def assert_exact(lp: LinearProgram, rows: int, columns: int, cost: float, pool_size: int = 99) -> Reduction:
    reduction, small, full = solve_reduced(lp, pool_size)
    assert reduction.reduced.shape == (rows, columns)
    assert full.objective == pytest.approx(cost, abs=1e-9)
    assert small.objective == pytest.approx(cost, abs=1e-9)
    assert_proved_exactly(full)
    return reduction


def assert_proved_exactly(certificate: Certificate) -> None:
    measures = certificate.relative_error, certificate.primal_violation.scaled, certificate.dual_violation.scaled
    assert max(measures) < 1e-9, certificate
    assert certificate.relative_gap < 1e-9


# --- what bounds decide -----------------------------------------------------------------------------------------------


def test_rows_of_one_column_become_bounds():
    lp = program([1, 1], [(0, 9), (0, 9)], [([1, 0], 2, INF), ([0, 2], 3, INF), ([1, 1], -INF, 8)])
    reduction = assert_exact(lp, 1, 2, 3.5)
    np.testing.assert_array_equal(reduction.reduced.lower, [2, 1.5])


@pytest.mark.parametrize(
    ("coefficient", "low", "high", "cost"),
    [
        (1.0, 2.0, 2.0, 2.0),
        (2.0, 2.0, 6.0, 1.0),
        (-1.0, -5.0, -3.0, 3.0),
        (-2.0, -INF, -3.0, 1.5),
        (-1.0, -4.0, INF, 0.0),
        (4.0, -INF, 8.0, 0.0),
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_every_sign_and_side_of_a_row_of_one_column(
    coefficient: float, low: float, high: float, cost: float, sign: float
):
    """With the other sign of the cost, the upper bound is what counts."""
    upper = {2.0: 2.0, 1.0: 3.0, 3.0: 5.0, 1.5: 9.0, 0.0: 4.0 if coefficient < 0 else 2.0}[cost]
    lp = program([sign], [(0, 9)], [([coefficient], low, high)])
    _, _, full = solve_reduced(lp)
    assert full.objective == pytest.approx(cost if sign > 0 else -upper)
    assert_proved_exactly(full)


def test_the_tightest_of_several_rows_on_a_column_gets_the_dual():
    lp = program([5], [(0, INF)], [([1], 1, INF), ([2], 8, INF), ([1], 3, INF), ([-1], -INF, -2)])
    reduction = Reduction(lp)
    assert reduction.reduced.shape == (0, 1)
    _, dual = reduction.restore(np.array([4.0]), np.empty(0))
    np.testing.assert_allclose(dual, [0, 2.5, 0, 0])
    assert_exact(lp, 0, 1, 20)


def test_an_equality_keeps_its_dual_whichever_way_rounding_goes():
    """It owns both bounds: what one of them gave must not be overwritten by the other's rounding."""
    for price in np.random.default_rng(0).uniform(-5, 5, 50):
        for coefficient in (0.1, 3.0, -0.7):
            lp = program([price, 1], [(-INF, INF), (0, 9)], [([coefficient, 0], 1, 1), ([1, 1], -INF, 99)])
            _, _, full = solve_reduced(lp)
            assert_proved_exactly(full)


def test_fixed_columns_move_to_the_sides_of_rows():
    lp = program([1, 2, 3], [(0, 9), (4, 4), (0, 9)], [([1, 1, 1], 6, 9), ([1, -1, 2], -INF, 5)], offset=1)
    reduction = assert_exact(lp, 2, 2, 1 + 8 + 2)
    np.testing.assert_array_equal(reduction.reduced.row_lower, [2, -INF])
    np.testing.assert_array_equal(reduction.reduced.row_upper, [5, 9])
    assert reduction.reduced.offset == 9


def test_one_reduction_makes_room_for_the_next():
    """A row fixes a column, which leaves another row with one column, and so on."""
    rows = [([1, 0, 0, 0], 3, 3), ([1, 1, 0, 0], 5, 5), ([0, 1, 1, 0], 6, 6), ([0, 0, 1, 1], 9, INF)]
    assert_exact(program([1, 1, 1, 1], [(0, 9)] * 4, rows), 0, 1, 3 + 2 + 4 + 5)


def test_rows_that_cannot_bind_are_dropped():
    lp = program([1, -1], [(0, 2), (0, 3)], [([1, 1], -INF, 5), ([1, -1], -3, 2), ([1, 1], -INF, 4.5)])
    assert_exact(lp, 1, 2, -3)


def test_rows_without_columns_and_explicit_zeros():
    lp = program([1, 1], [(1, 9), (0, 9)], [([0, 0], -1, 1), ([0, 2], 4, INF), ([0, 0], -INF, INF)])
    assert_exact(lp, 0, 2, 3)


def test_free_rows_and_infinite_bounds_survive():
    lp = program([1, 0], [(-INF, INF), (-INF, INF)], [([1, 1], -INF, INF), ([1, -1], 2, INF), ([0, 1], -4, 5)])
    assert_exact(lp, 1, 2, -2)


@pytest.mark.parametrize(
    "lp",
    [
        program([1], [(0, 1)], [([1], 2, INF)]),
        program([1], [(0, 9)], [([1], 5, INF), ([-1], -3, INF)]),
        program([1], [(0, 9)], [([0], 1, INF)]),
        program([1, 1], [(2, 2), (3, 3)], [([1, 1], -INF, 4)]),
        program([1, 1], [(0, 9), (0, 9)], [([1, 0], 2, 2), ([1, 1], 1, 1)]),
    ],
    ids=["bound", "two rows", "no column", "fixed", "in the last pass"],
)
def test_infeasible_on_sight(lp: LinearProgram):
    with pytest.raises(InfeasibleOnSightError):
        Reduction(lp)


# --- floors that move -------------------------------------------------------------------------------------------------


def test_a_store_is_counted_from_its_floor():
    lp = storage(48, sized=True)
    reduction, small, full = solve_reduced(lp)
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)
    assert lp.shape[0] - reduction.reduced.shape[0] >= 48


def test_floors_stay_where_the_columns_own_bounds_matter():
    """The floor may fall below the column's own bound, or the column has a ceiling: nothing is exchanged."""
    for bounds in ((1, INF), (0, 5)):
        rows = [([1, 0, -0.5], 0, INF), ([0, 1, -0.5], 0, INF), ([1, 1, -1.5], -INF, 0), ([1, -1, 0], -2, 2)]
        lp = program([1, 1, -1], [bounds, bounds, (0, 9)], rows)
        reduction, small, full = solve_reduced(lp)
        assert reduction.reduced.shape == lp.shape
        assert small.objective == pytest.approx(full.objective)
        assert_proved_exactly(full)


def test_no_floor_stands_on_a_floor():
    """`a >= b / 2` and `b >= c / 2`: only one of the two can be exchanged at a time."""
    rows = [([1, -0.5, 0, 0], 0, INF), ([0, 1, -0.5, 0], 0, INF), ([1, 1, 1, 0], 2, 30), ([0, 1, 1, 0], 3, 25)]
    rows += [([0, 0, 1, 1], 2, 12), ([0, 0, 1, -1], -8, 5)]
    lp = program([2, 3, -1, 1], [(0, INF), (0, INF), (0, 9), (0, 9)], rows)
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape == (5, 4)
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


# --- columns alike ----------------------------------------------------------------------------------------------------


def sources(prices: list[float], hours: int = 6, seed: int = 3) -> LinearProgram:
    """Sources with capacities to be chosen serve a need; what is missing is bought at a high price."""
    rng = np.random.default_rng(seed)
    count = len(prices)
    width = count * hours + hours + count
    rows = []
    for t in range(hours):
        balance = np.zeros(width)
        balance[t : count * hours : hours] = 1.0
        balance[count * hours + t] = 1.0
        rows.append((balance, 5.0, 5.0))
    for source in range(count):
        for t in range(hours):
            ceiling = np.zeros(width)
            ceiling[source * hours + t] = 1.0
            ceiling[count * hours + hours + source] = -rng.uniform(0.1, 1.0)
            rows.append((ceiling, -INF, 0.0))
    cost = np.concatenate([np.repeat(prices, hours), np.full(hours, 90.0), rng.uniform(5, 15, count)])
    bounds = [(0, INF)] * (count * hours + hours) + [(0, 4)] * count
    return program(cost, bounds, rows)


def test_sources_that_share_a_price_are_pooled():
    lp = sources([2.0, 2.0, 2.0, 7.0])
    alone, _, unpooled = solve_reduced(lp, pool_size=99)
    pooled, small, full = solve_reduced(lp, pool_size=3)
    assert pooled.reduced.shape == (alone.reduced.shape[0] - 12, alone.reduced.shape[1] - 12)
    assert full.objective == pytest.approx(unpooled.objective, rel=1e-12)
    assert small.objective == pytest.approx(full.objective, rel=1e-12)
    assert_proved_exactly(full)


def test_a_pool_fills_its_sources_in_their_order():
    lp = program([-1, -1, 5], [(0, 2), (0, 3), (0, 9)], [([1, 1, -1], -INF, 1), ([1, 1, 1], -INF, 7)])
    reduction = assert_exact(lp, 2, 2, -1, pool_size=2)
    x, _ = reduction.restore(np.array([4.0, 3.0]), np.zeros(2))
    np.testing.assert_array_equal(x, [2, 2, 3])


def test_what_a_pool_cannot_hold_goes_to_its_last_source():
    """An interior point breaks limits by a little; the sum, which other rows count on, is kept."""
    lp = program([-1, -1, 5], [(0, 2), (0, 3), (0, 9)], [([1, 1, -1], -INF, 1), ([1, 1, 1], -INF, 7)])
    reduction = Reduction(lp, pool_size=2)
    for total in (5.001, -0.001):
        x, _ = reduction.restore(np.array([total, 3.0]), np.zeros(2))
        assert x[0] + x[1] == pytest.approx(total, abs=1e-12)
        np.testing.assert_array_equal(x[0], 2.0 if total > 0 else 0.0)


def test_capacities_alike_are_not_pooled_for_their_ceilings_sake():
    lp = sources([2.0, 3.0, 4.0])
    lp.cost[-3:] = 10.0
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape[1] == lp.shape[1]
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def test_sources_with_two_ceilings_are_not_pooled():
    lp = sources([2.0, 2.0])
    ceilings = [(row, low, high) for row, low, high in _rows(lp) if np.count_nonzero(row) == 2]
    tighter = [(np.where(row < 0, 0.8 * row, row), low, high) for row, low, high in ceilings]
    more = program(lp.cost.tolist(), list(zip(lp.lower, lp.upper, strict=True)), [*_rows(lp), *tighter])
    reduction, small, full = solve_reduced(more)
    assert reduction.reduced.shape == more.shape
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def _rows(lp: LinearProgram) -> list[tuple[np.ndarray, float, float]]:
    return list(zip(lp.matrix.toarray(), lp.row_lower, lp.row_upper, strict=True))


def test_a_column_that_is_a_ceiling_itself_is_not_pooled():
    """Two stages: `a <= b`, `c <= d`, and `b`, `d` have ceilings that move with `e`."""
    rows = [([1, -1, 0, 0, 0, 0], -INF, 0), ([0, 0, 1, -1, 0, 0], -INF, 0), ([0, 1, 0, 0, -1, 0], -INF, 1)]
    rows += [([0, 0, 0, 1, -1, 0], -INF, 2), ([1, 0, 1, 0, 0, 0], 3, 9), ([0, 1, 0, 1, 1, 0], -INF, 9)]
    rows += [([0, 0, 0, 0, 1, 1], 0.5, 8), ([0, 0, 0, 0, 1, -1], -8, 7)]
    lp = program([1, 2, 1.5, 2, 1, 1], [(0, INF)] * 4 + [(0, 9)] * 2, rows)
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape[1] == 6
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def test_pools_below_the_worthwhile_size_are_left_alone():
    lp = sources([2.0, 2.0, 2.0])
    assert Reduction(lp, pool_size=4).reduced.shape == Reduction(lp, pool_size=99).reduced.shape
    assert Reduction(lp).reduced.shape == Reduction(lp, pool_size=3).reduced.shape


@pytest.mark.parametrize("change", ["floor", "ceiling", "price", "coefficient", "crossing"])
def test_sources_that_differ_in_more_than_a_ceiling_are_not_pooled(change: str):
    lp = sources([2.0, 2.0])
    if change == "floor":  # no number below
        lp.lower[:6] = -INF
    elif change == "ceiling":  # bounded twice
        lp.upper[:6] = 3.0
    elif change == "price":
        lp.cost[:6] = 2.5
    elif change == "coefficient":
        lp.matrix.data[lp.matrix.indptr[:6]] = 0.9
    else:  # the ceiling may fall below the floor, so that a sum within the pool's limits need not split
        lp.lower[:6] = 0.5
    assert Reduction(lp, pool_size=2).reduced.shape == Reduction(lp, pool_size=99).reduced.shape


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_row_of_a_pool_keeps_the_sign_and_scale_of_its_first_column(sign: float):
    """`2 a <= h` and `4 b <= h + 4` make `2 (a + b) <= 1.5 h + 2`."""
    rows = [([2 * sign, 0, -sign], *_side(0, sign)), ([0, 4 * sign, -sign], *_side(4, sign)), ([1, 1, 1], -INF, 8)]
    lp = program([-3, -3, 1], [(0, INF), (0, INF), (0, 9)], rows)
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape == (2, 2)
    np.testing.assert_allclose(reduction.reduced.matrix.toarray(), [[2 * sign, -1.5 * sign], [1, 1]])
    np.testing.assert_array_equal([reduction.reduced.row_lower[0], reduction.reduced.row_upper[0]], _side(2, sign))
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def _side(limit: float, sign: float) -> tuple[float, float]:
    return (-INF, limit) if sign > 0 else (-limit, INF)


# --- columns in no row ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "bounds", "value"),
    [(2, (1, 4), 1), (-2, (1, 4), 4), (0, (1, 4), 1), (0, (-4, -1), -1), (0, (-INF, INF), 0), (-2, (-INF, 4), 4)],
)
def test_columns_in_no_row_take_the_bound_that_their_cost_asks_for(
    price: float, bounds: tuple[float, float], value: float
):
    lp = program(
        [-1, -1, 5, price], [(0, 2), (0, 3), (0, 9), bounds], [([1, 1, -1, 0], -INF, 1), ([1, 1, 1, 0], -INF, 7)]
    )
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape == (2, 2)
    assert reduction.reduced.offset == price * value
    assert reduction.restore(np.zeros(2), np.zeros(2)).x[3] == value
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def test_a_column_that_stands_on_its_floor_alone_is_decided():
    """`x >= h / 2` is all that is said of `x`: counted from there, it is in no row."""
    rows = [([1, -0.5, 0], 0, INF), ([0, 1, 1], 4, 9), ([0, 1, -1], -2, 5)]
    lp = program([3, 1, 2], [(0, INF), (0, 9), (0, 9)], rows)
    reduction, small, full = solve_reduced(lp)
    assert reduction.reduced.shape == (2, 2)
    assert small.objective == pytest.approx(full.objective)
    assert_proved_exactly(full)


def test_what_falls_without_end_is_left_to_the_engine():
    lp = program(
        [-1, -1, 5, -2], [(0, 2), (0, 3), (0, 9), (0, INF)], [([1, 1, -1, 0], -INF, 1), ([1, 1, 1, 0], -INF, 7)]
    )
    assert Reduction(lp).reduced.shape == (2, 3)


def test_columns_in_no_row_stay_where_a_basis_can_be_lifted():
    lp = program([1, 1, 2], [(0, 9), (0, 9), (1, 4)], [([1, 2, 0], 2, 8)])
    assert Reduction(lp).reduced.shape == (1, 3)


# --- everything, at random --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_random_programs_have_the_same_optimum_and_an_exact_way_back(part: int):
    seen = 0
    for seed in range(part, 1_600, 4):
        lp = random_program(seed)
        engine = Highs("simplex")
        engine.load(lp)
        direct = engine.run(EngineOptions())
        try:
            reduction = Reduction(lp, pool_size=2)
        except InfeasibleOnSightError:
            assert direct.status in ("infeasible", "infeasible_or_unbounded"), seed
            continue
        if direct.status != "optimal" or direct.x is None:
            continue
        engine = Highs("simplex")
        engine.load(reduction.reduced)
        outcome = engine.run(EngineOptions())
        assert outcome.x is not None, seed
        assert outcome.row_dual is not None, seed
        small = certify(reduction.reduced, outcome.x, outcome.row_dual)
        full = certify(lp, *reduction.restore(outcome.x, outcome.row_dual))
        assert full.objective == pytest.approx(lp.objective(direct.x), rel=1e-6, abs=1e-6), seed
        assert small.objective == pytest.approx(full.objective, rel=1e-9, abs=1e-9), seed
        # Nothing is lost on the way: whatever the reduced program's certificate says holds for the full one.
        if small.proved:
            assert full.proved, seed
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("part", range(4))
def test_there_and_back_again(part: int):
    """A point brought to the reduced program and back costs the same, and so does one that started there."""
    for seed in range(part, 800, 4):
        lp = random_program(seed)
        try:
            reduction = Reduction(lp, pool_size=2)
        except InfeasibleOnSightError:
            continue
        rng = np.random.default_rng(seed)
        small = reduction.reduced
        x = np.clip(rng.uniform(-5, 5, small.shape[1]), small.lower, small.upper)
        dual = rng.uniform(-5, 5, small.shape[0])
        full = reduction.restore(x, dual)
        assert lp.objective(full.x) == pytest.approx(small.objective(x), rel=1e-9, abs=1e-9), seed
        again = reduction.shrink(*full)
        np.testing.assert_allclose(again.x, x, rtol=1e-9, atol=1e-9, err_msg=str(seed))
        np.testing.assert_allclose(again.row_dual, dual, rtol=1e-9, atol=1e-9, err_msg=str(seed))


# --- bases ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_a_lifted_basis_is_one_of_the_full_program_and_optimal_there(part: int):
    lifted = optimal = 0
    for seed in range(part, 1_600, 4):
        lp = random_program(seed)
        try:
            reduction = Reduction(lp, pool_size=99)
        except InfeasibleOnSightError:
            continue
        engine = Highs("simplex")
        engine.load(reduction.reduced)
        outcome = engine.run(EngineOptions())
        basis = engine.basis
        if outcome.status != "optimal" or outcome.x is None or outcome.row_dual is None or basis is None:
            continue
        full = reduction.lift(basis, reduction.restore(outcome.x, outcome.row_dual))
        if full is None:
            continue
        assert (full.columns == BASIC).sum() + (full.rows == BASIC).sum() == lp.shape[0], seed
        again = Highs("primal-simplex")
        again.load(lp)
        again.start_at(full)
        found = again.run(EngineOptions())
        assert found.x is not None
        assert lp.objective(found.x) == pytest.approx(lp.objective(reduction.restore(outcome.x, outcome.row_dual).x))
        lifted += 1
        optimal += found.iterations == 0
    assert lifted > 80
    assert optimal > 0.9 * lifted


def test_a_basis_is_not_lifted_where_columns_were_exchanged():
    lp = storage(48, sized=True)
    reduction = Reduction(lp)
    engine = Highs("simplex")
    engine.load(reduction.reduced)
    outcome = engine.run(EngineOptions())
    assert outcome.x is not None
    assert outcome.row_dual is not None
    assert engine.basis is not None
    assert reduction.lift(engine.basis, reduction.restore(outcome.x, outcome.row_dual)) is None


def test_the_full_program_is_not_touched():
    lp = storage(24, sized=True)
    kept = replace(lp, lower=lp.lower.copy(), upper=lp.upper.copy(), matrix=lp.matrix.copy())
    Reduction(lp)
    for name in ("cost", "lower", "upper", "row_lower", "row_upper"):
        np.testing.assert_array_equal(getattr(lp, name), getattr(kept, name))
    assert (lp.matrix != kept.matrix).nnz == 0
    assert lp.matrix.nnz == kept.matrix.nnz
