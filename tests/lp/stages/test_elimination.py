"""The equations of a step: solved lane by lane as a dense solver solves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from optimizer.lp.affine import FloatArray
from optimizer.lp.stages import links
from optimizer.lp.stages.chain import WIDEST_BAND, BreakdownError
from optimizer.lp.stages.elimination import Elimination
from optimizer.lp.stages.grid import FAR, Grid, make_grid
from optimizer.lp.stages.links import WIDEST_BORDER, Link, UnsuitableError, find_order, moved, overlap, read_links
from tests.lp.sheets import NOWHERE, Sheet, by_hour
from tests.lp.solving import storage


def laid(sheet: Sheet) -> Grid:
    lp = sheet.lp
    assert lp.layout is not None
    return make_grid(lp, lp.layout)


def assert_solves(grid: Grid, elimination: Elimination, rng: np.random.Generator) -> None:
    """The same as numpy's, for diagonals from a millionth to a million."""
    diagonals = [10.0 ** rng.uniform(-3, 3, axis.size) for axis in (grid.columns, grid.rows)]
    elimination.factorise(*diagonals)
    dense = grid.matrix.toarray()
    equations = np.block([[-np.diag(diagonals[0]), dense.T], [dense, np.diag(diagonals[1])]])
    for _ in range(2):
        columns, rows = rng.normal(size=grid.columns.size), rng.normal(size=grid.rows.size)
        right = np.concatenate([columns, rows])
        expected = np.linalg.solve(equations, right)
        elimination.solve(columns, rows)
        found = np.concatenate([columns, rows])
        size = np.abs(equations) @ np.abs(expected) + np.abs(right)
        assert (np.abs(equations @ found - right) <= 1e-7 * size).all()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


@dataclass(frozen=True)
class Drawn:
    """How a random program looks."""

    seed: int
    stages: int
    lanes: int
    rows: int
    border: int
    chains: int
    missing: float


def sheet_of(drawn: Drawn) -> Sheet:
    """Columns in rows up to two stages off, with gaps; chains of states; rows and columns of no stage, and a corner."""
    rng, sheet = np.random.default_rng(drawn.seed), Sheet()
    stages = range(drawn.stages)
    columns = {
        (lane, stage): sheet.column((lane, stage))
        for lane in range(drawn.lanes)
        for stage in stages
        if stage == 0 or rng.random() >= drawn.missing
    }
    capacities = [sheet.column() for _ in range(drawn.border)]
    many = list(columns.values())

    def number() -> float:
        return float(rng.normal())

    for row in range(drawn.rows):
        steps = [(int(rng.integers(drawn.lanes)), int(rng.integers(-2, 3))) for _ in range(rng.integers(1, 4))]
        for stage in stages:
            seen = [columns[lane, stage + off] for lane, off in steps if (lane, stage + off) in columns]
            if rng.random() < drawn.missing:
                continue
            hubs = [hub for hub in capacities if rng.random() < 0.5]
            sheet.row((row, stage), {column: number() for column in [*seen, *hubs]})
    for chain in range(drawn.chains):
        state = [sheet.column((drawn.lanes + chain, stage)) for stage in stages]
        other = int(rng.integers(drawn.lanes))
        for stage in stages[1:]:
            flows = [columns[other, stage]] if (other, stage) in columns else []
            terms = {state[stage]: 1.0, state[stage - 1]: -0.9} | {flow: number() for flow in flows}
            sheet.row((drawn.rows + chain, stage), terms)
    for _ in range(drawn.border):
        chosen = rng.permutation(many)[: rng.integers(1, len(many) + 1)]
        sheet.row(NOWHERE, {int(column): number() for column in [*chosen, *capacities]})
    return sheet


@settings(max_examples=150)
@given(
    st.builds(
        Drawn,
        seed=st.integers(0, 2**32 - 1),
        stages=st.integers(1, 12),
        lanes=st.integers(1, 4),
        rows=st.integers(0, 4),
        border=st.integers(0, 3),
        chains=st.integers(0, 3),
        missing=st.sampled_from([0.0, 0.3]),
    )
)
def test_solutions_are_those_of_a_dense_solver(drawn: Drawn):
    grid, rng = laid(sheet_of(drawn)), np.random.default_rng(drawn.seed)
    try:
        elimination = Elimination(grid)
    except UnsuitableError:  # of many chains that meet at offsets drawn at random
        reject()
    event(f"band {min(elimination._chain._band, 2)}")
    for _ in range(3):  # each factorisation forgets the one before
        assert_solves(grid, elimination, rng)


def test_one_chain_is_tridiagonal():
    grid = laid(sheet_of(Drawn(2, 20, 1, 0, 2, 1, 0.0)))
    elimination = Elimination(grid)
    assert (len(elimination._chain.lanes), elimination._chain._band) == (1, 1)
    assert_solves(grid, elimination, np.random.default_rng(0))


def test_nothing_is_left_of_lanes_that_do_not_look_ahead():
    sheet = Sheet()
    for stage in range(9):
        column = sheet.column((0, stage))
        sheet.row((0, stage), {column: 1.0 + stage, sheet.column((1, stage)): 2.0})
    elimination = Elimination(laid(sheet))
    assert not elimination._chain.lanes
    assert_solves(laid(sheet), elimination, np.random.default_rng(0))


def coupled_chains(count: int, lag: int = 1, stages: int = 60) -> Sheet:
    """States that lead from one stage to the next, and rows in which all of them meet."""
    sheet = Sheet()
    states = [[sheet.column((lane, stage)) for stage in range(stages)] for lane in range(count)]
    for lane, state in enumerate(states):
        for stage in range(lag, stages):
            sheet.row((lane, stage), {state[stage]: 1.0, state[stage - lag]: -0.9})
    for stage in range(stages):
        sheet.row((count, stage), {state[stage]: 1.0 for state in states})
    return sheet


@pytest.mark.parametrize(("count", "lag"), [(1, 1), (2, 1), (4, 1), (1, 3), (2, 5)])
def test_chains_that_meet_are_a_band(count: int, lag: int):
    grid = laid(coupled_chains(count, lag))
    elimination = Elimination(grid)
    assert len(elimination._chain.lanes) >= count
    assert (elimination._chain._band == 1) == (count == lag == 1)
    assert_solves(grid, elimination, np.random.default_rng(1))


def test_a_store_of_a_year_by_the_hour_of_a_week():
    lp = by_hour(storage(168, sized=True))
    assert lp.layout is not None
    grid = make_grid(lp, lp.layout)
    elimination = Elimination(grid)
    assert len(elimination._chain.lanes) == 1
    assert_solves(grid, elimination, np.random.default_rng(2))


def test_a_factorisation_does_not_change_the_diagonals_it_is_given():
    grid = laid(coupled_chains(2))
    elimination = Elimination(grid)
    columns, rows = np.full(grid.columns.size, 2.0), np.full(grid.rows.size, 3.0)
    elimination.factorise(columns, rows)
    assert (columns == 2.0).all()
    assert (rows == 3.0).all()


# --- what it does not take --------------------------------------------------------------------------------------------


def refusal(sheet: Sheet) -> str:
    with pytest.raises(UnsuitableError) as caught:
        Elimination(laid(sheet))
    return str(caught.value)


def test_a_wide_border_is_left_to_others():
    sheet = Sheet()
    for stage in range(9):
        sheet.row((0, stage), {sheet.column((0, stage)): 1.0})
    for row in range(WIDEST_BORDER + 1):
        sheet.row(NOWHERE, {row % 9: 1.0, (row + 1) % 9: 1.0})
    assert refusal(sheet) == f"{WIDEST_BORDER + 1} rows and columns belong to no stage"


def test_a_program_without_stages_is_left_to_others():
    sheet = Sheet()
    sheet.row(NOWHERE, {sheet.column(): 1.0, sheet.column(): 1.0})
    assert refusal(sheet) == "no columns belong to a stage"


def test_a_wide_band_is_left_to_others():
    assert refusal(coupled_chains(2, lag=FAR)) == f"a band of {2 * FAR + 1} is left"
    Elimination(laid(coupled_chains(1, lag=WIDEST_BAND)))


def test_many_links_are_left_to_others():
    sheet, rng = Sheet(), np.random.default_rng(0)
    columns = [[sheet.column((lane, stage)) for stage in range(60)] for lane in range(5)]
    for lane in range(5):
        for stage in range(60):
            near = range(max(0, stage - FAR), min(60, stage + FAR))
            chosen = rng.choice(near, 8, replace=False)
            sheet.row((lane, stage), {columns[number % 5][int(at)]: 1.0 for number, at in enumerate(chosen)})
    found = refusal(sheet)
    assert found.endswith(" links between lanes")
    assert int(found.split()[0]) > links.MOST_LINKS


def test_much_work_is_left_to_others():
    sheet = Sheet()
    for stage in range(4):
        columns = [sheet.column((lane, stage)) for lane in range(20)]
        for row in range(24):
            sheet.row((row, stage), dict.fromkeys(columns, 1.0))
    assert refusal(sheet) == f"more than {links.MOST_OPERATIONS} operations on lanes"


def test_lags_on_both_sides_of_half_the_stages():
    """Some stages have neither neighbour, and none has both."""
    sheet = Sheet()
    columns = [sheet.column((0, stage)) for stage in range(9)]
    others = [sheet.column((1, stage)) for stage in range(9)]
    for stage in range(9):
        far = {columns[stage + by]: 0.5 for by in (-6, 6) if 0 <= stage + by < 9}
        sheet.row((0, stage), {others[stage]: 1.0, columns[stage]: 1.0} | far)
    grid = laid(sheet)
    assert_solves(grid, Elimination(grid), np.random.default_rng(3))


# --- breakdown --------------------------------------------------------------------------------------------------------


def diagonals(grid: Grid, columns: float, rows: float) -> tuple[FloatArray, FloatArray]:
    return np.full(grid.columns.size, columns), np.full(grid.rows.size, rows)


@pytest.mark.parametrize("value", [-5.0, np.nan, np.inf])
def test_a_pivot_of_a_row_that_is_not_positive_is_said(value: float):
    sheet = Sheet()
    for stage in range(9):
        sheet.row((0, stage), {sheet.column((0, stage)): 1.0})
    grid = laid(sheet)
    columns, rows = diagonals(grid, 1.0, 1.0)
    rows[4] = value
    with pytest.raises(BreakdownError):
        Elimination(grid).factorise(columns, rows)


@pytest.mark.parametrize("count", [1, 2], ids=["tridiagonal", "band"])
def test_a_chain_that_is_not_positive_is_said_and_forgotten(count: int):
    grid = laid(coupled_chains(count))
    elimination = Elimination(grid)
    columns, rows = diagonals(grid, 1.0, 1.0)
    rows[:] = -50.0
    with pytest.raises(BreakdownError):
        elimination.factorise(columns, rows)
    assert_solves(grid, elimination, np.random.default_rng(4))


def test_a_corner_that_is_no_number_is_said():
    grid = laid(sheet_of(Drawn(5, 10, 2, 1, 2, 0, 0.0)))
    columns, rows = diagonals(grid, 1.0, 1.0)
    columns[-1] = np.nan
    with pytest.raises(BreakdownError):
        Elimination(grid).factorise(columns, rows)


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_link_has_one_name_whichever_lane_it_is_seen_from():
    assert Link.between(3, 1, 2) == Link.between(1, 3, -2) == Link(1, 3, -2)
    assert Link.between(2, 2, -4) == Link.between(2, 2, 4) == Link(2, 2, 4)
    assert [Link(1, 3, -2).shift(1, -2), Link(1, 3, -2).shift(3, 2)] == [0, 2]
    assert [Link(2, 2, 4).shift(2, 4), Link(2, 2, 4).shift(2, -4)] == [0, -4]


def test_stages_from_which_all_offsets_stay_inside():
    assert overlap(10, 0) == slice(0, 10)
    assert overlap(10, 3) == slice(0, 7)
    assert overlap(10, -3, 2) == slice(3, 8)
    assert moved(overlap(10, -3), -3) == slice(0, 7)
    nowhere = overlap(10, -6, 6)
    assert nowhere == slice(6, 6)
    assert moved(nowhere, -6) == slice(0, 0)
    assert overlap(10, 12) == slice(0, 0)


def test_rows_wait_for_their_columns():
    lp = by_hour(storage(60, sized=True))
    assert lp.layout is not None
    found = read_links(make_grid(lp, lp.layout))
    order = find_order(found)
    went = [lane for lane, _ in order.turns]
    assert sorted([*went, *order.chain]) == list(range(found.lanes))
    for lane, beside in order.turns:
        assert lane < found.columns or all(other >= found.columns for other, _ in beside)
    assert all(lane >= found.columns for lane in order.chain)
