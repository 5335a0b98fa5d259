"""Rows and columns in lanes: each has a place of its own, and the coefficients stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.stages.grid import DENSE, FAR, Grid, make_grid
from tests.lp.sheets import NOWHERE, Sheet, at_one_stage, by_hour
from tests.lp.solving import program, storage


def laid(lp: LinearProgram) -> Grid:
    assert lp.layout is not None
    return make_grid(lp, lp.layout)


def assert_whole(lp: LinearProgram) -> Grid:
    """Every place holds one row or column at most, and the matrix, seen through the places, is the program's."""
    grid = laid(lp)
    for axis, count in ((grid.rows, lp.shape[0]), (grid.columns, lp.shape[1])):
        assert len(np.unique(axis.at)) == len(axis.at) == count
        assert axis.at.min(initial=0) >= 0
        assert axis.at.max(initial=-1) < axis.size
        np.testing.assert_array_equal(np.sort(axis.at[axis.at >= axis.inner]), np.arange(axis.inner, axis.size))
    assert grid.rows.stages == grid.columns.stages
    dense = grid.matrix.toarray()
    np.testing.assert_array_equal(dense[np.ix_(grid.rows.at, grid.columns.at)], lp.matrix.toarray())
    np.testing.assert_array_equal(grid.transposed.toarray(), dense.T)
    assert np.count_nonzero(dense) == np.count_nonzero(lp.matrix.toarray())
    return grid


def stage_of(grid: Grid, column: int) -> int | None:
    at = int(grid.columns.at[column])
    return at % grid.columns.stages if at < grid.columns.inner else None


def test_a_store_with_its_size():
    lp = by_hour(storage(60, sized=True))
    grid = assert_whole(lp)
    assert (grid.columns.lanes, grid.columns.stages, grid.columns.border) == (4, 60, 1)
    assert (grid.rows.lanes, grid.rows.border) == (4, 1)
    assert lp.layout is not None
    inside = lp.layout.columns.lane >= 0
    np.testing.assert_array_equal(grid.columns.at[inside] % 60, lp.layout.columns.stage[inside])


def test_values_are_spread_over_places():
    grid = laid(by_hour(storage(50)))
    values = np.arange(len(grid.columns.at), dtype=float)
    spread = grid.columns.spread(values, -1.0)
    np.testing.assert_array_equal(spread[grid.columns.at], values)
    assert len(spread) == grid.columns.size
    assert (np.delete(spread, grid.columns.at) == -1.0).all()


def test_places_that_nothing_fills_stay_empty():
    sheet = Sheet()
    for stage in (0, 3, 9):
        column = sheet.column((0, stage))
        sheet.row((0, stage), {column: 1.0})
    grid = assert_whole(sheet.lp)
    assert (grid.columns.size, len(grid.columns.at)) == (10, 3)


def test_two_that_were_said_to_stand_at_one_place_get_lanes_of_their_own():
    sheet = Sheet()
    for _ in range(3):
        for stage in range(5):
            sheet.row((7, stage), {sheet.column((4, stage)): 1.0})
    grid = assert_whole(sheet.lp)
    assert (grid.columns.lanes, grid.rows.lanes, grid.columns.border) == (3, 3, 0)


# --- what has no place ------------------------------------------------------------------------------------------------


def of_unknown(*stages: int) -> Grid:
    """Lay out one column without a place, in rows at these stages."""
    sheet = Sheet()
    columns = [sheet.column((0, stage)) for stage in range(6)]
    unknown = sheet.column()
    for lane, stage in enumerate(stages):
        sheet.row((lane, stage), {columns[stage]: 1.0, unknown: 2.0})
    return assert_whole(sheet.lp)


@pytest.mark.parametrize(
    ("stages", "found"), [((4,), 4), ((4, 4), 4), ((4, 5), None), ((2, 4, 2), None)], ids=["one", "two", "next", "far"]
)
def test_a_column_stands_beside_its_rows_where_these_agree(stages: tuple[int, ...], found: int | None):
    grid = of_unknown(*stages)
    assert stage_of(grid, 6) == found
    assert grid.columns.border == (found is None)


def test_a_row_stands_beside_its_columns_and_a_column_beside_that_row():
    sheet = Sheet()
    known = [sheet.column((0, stage)) for stage in range(4)]
    unknown = [sheet.column() for _ in range(4)]
    for stage in range(4):
        sheet.row(NOWHERE, {known[stage]: 1.0, unknown[stage]: 1.0})
    grid = assert_whole(sheet.lp)
    assert (grid.rows.border, grid.columns.border) == (0, 0)
    assert [stage_of(grid, column) for column in unknown] == [0, 1, 2, 3]


def test_a_column_whose_rows_have_no_place_has_none():
    sheet = Sheet()
    many = [sheet.column((0, stage)) for stage in range(6)]
    alone = sheet.column()
    sheet.row(NOWHERE, dict.fromkeys([*many, alone], 1.0))
    grid = assert_whole(sheet.lp)
    assert (grid.rows.border, grid.columns.border) == (1, 1)


@pytest.mark.parametrize("count", [DENSE, DENSE + 1])
def test_what_stands_in_many_others_goes_to_the_border_whatever_was_said(count: int):
    sheet = Sheet()
    capacity = sheet.column((9, 3))
    columns = [sheet.column((number // 8, number % 8)) for number in range(count)]
    for number in range(count):
        sheet.row((number // 8, number % 8), {columns[number]: 1.0, capacity: -1.0})
    sheet.row((10, 3), dict.fromkeys(columns, 1.0))
    grid = assert_whole(sheet.lp)
    assert (grid.rows.border, grid.columns.border) == ((1, 1) if count > DENSE else (0, 0))


def test_a_row_that_reaches_far_goes_to_the_border():
    """One that ties the last stage to the first leaves the chain of all others as it is."""
    sheet = Sheet()
    columns = [sheet.column((0, stage)) for stage in range(60)]
    for stage in range(60):
        sheet.row((0, stage), {columns[stage]: 1.0, columns[stage - 1]: -1.0})
    grid = assert_whole(sheet.lp)
    assert (grid.rows.border, grid.columns.border) == (1, 0)
    assert grid.rows.at[0] >= grid.rows.inner
    sheet.row((1, 30), {columns[30 + FAR]: 1.0})
    sheet.row((1, 31), {columns[30 - FAR]: 1.0})
    assert assert_whole(sheet.lp).rows.border == 2


def test_columns_without_coefficients_are_placed_too():
    sheet = Sheet()
    for stage in range(4):
        sheet.row((0, stage), {sheet.column((0, stage)): 1.0})
    for place in [NOWHERE] * 6 + [(0, 1), (0, 2)]:
        sheet.column(place)
    grid = assert_whole(sheet.lp)
    assert grid.columns.border == 0
    assert grid.columns.lanes == 3  # eight of them, four to a lane


def test_a_program_without_rows_and_one_of_a_single_stage():
    assert assert_whole(at_one_stage(program([1, 1, 1], [(0, 1)] * 3))).columns.border == 0
    grid = assert_whole(at_one_stage(program([1, 1], [(0, 1)] * 2, [([1, 2], 0, 1), ([0, 3], 0, 1)])))
    assert (grid.rows.lanes, grid.columns.lanes, grid.rows.stages) == (2, 2, 1)


def sources(hours: dict[int, range], *, ceilings: bool = False) -> Sheet:
    """A demand of every hour, and sources that each have a column in some hours."""
    sheet = Sheet()
    columns = {(source, hour): sheet.column((source, hour)) for source, own in hours.items() for hour in own}
    for hour in range(max(own.stop for own in hours.values())):
        sheet.row((0, hour), {column: 1.0 for (_, at), column in columns.items() if at == hour}, lower=1.0)
    if ceilings:
        for (source, hour), column in columns.items():
            sheet.row((1 + source, hour), {column: 2.0}, upper=9.0)
    return sheet


def test_sources_that_never_meet_share_a_lane_and_so_do_their_rows():
    day_and_night = assert_whole(sources({0: range(6), 1: range(6, 9)}, ceilings=True).lp)
    assert (day_and_night.columns.lanes, day_and_night.rows.lanes) == (1, 2)


def test_sources_that_meet_in_one_hour_do_not_share_a_lane():
    grid = assert_whole(sources({0: range(6), 1: range(5, 9)}, ceilings=True).lp)
    assert (grid.columns.lanes, grid.rows.lanes) == (2, 3)


def test_of_three_lanes_two_share_where_all_three_cannot():
    assert assert_whole(sources({0: range(6), 1: range(5, 9), 2: range(2)}).lp).columns.lanes == 2


def test_lanes_that_stand_beside_nothing_in_common_do_not_share():
    """Two programs side by side: sharing would couple what has nothing to do with each other."""
    sheet = Sheet()
    for lane, hours in ((0, range(5)), (1, range(5, 9))):
        for hour in hours:
            sheet.row((lane, hour), {sheet.column((lane, hour)): 1.0}, lower=1.0)
    grid = assert_whole(sheet.lp)
    assert (grid.columns.lanes, grid.rows.lanes) == (2, 2)


@given(st.data())
def test_whatever_is_said_of_places(data: st.DataObject):
    """Places drawn at random, missing and shared ones too."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    stages = data.draw(st.integers(1, 9))
    sheet = Sheet()

    def place() -> tuple[int, int]:
        return NOWHERE if rng.random() < 0.3 else (int(rng.integers(4)), int(rng.integers(stages)))

    columns = [sheet.column(place()) for _ in range(rng.integers(1, 30))]
    for _ in range(rng.integers(0, 30)):
        chosen = rng.permutation(columns)[: rng.integers(0, 4)]
        sheet.row(place(), {int(column): float(rng.integers(1, 9)) for column in chosen})
    assert_whole(sheet.lp)
