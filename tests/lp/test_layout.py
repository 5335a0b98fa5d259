"""Where rows and columns stand in time: which set counts stages, and what is made of a program keeps its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis.conflict import _Trial
from optimizer.lp.diagnosis.steps import least_steps
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import elastic, recession
from optimizer.lp.layout import MANY, Layout, Places, layout
from optimizer.lp.program import Program
from optimizer.lp.rules import constraint, variable
from optimizer.lp.symbols import IndexSet
from tests.lp.sheets import at_one_stage
from tests.lp.solving import program

HOURS = 60


@dataclass(frozen=True)
class Family:
    """Rows or columns over some sets."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


def counted(name: str, length: int) -> IndexSet:
    return IndexSet(name, pd.RangeIndex(length), counted=True)


def labelled(name: str, labels: Sequence[Any]) -> IndexSet:
    return IndexSet(name, pd.Index(list(labels)))


SETS = {
    "hour": counted("hour", HOURS),
    "boundary": counted("boundary", HOURS + 1),
    "month": counted("month", 12),
    "bin": counted("bin", 50),
    "unit": labelled("unit", ["small", "large"]),
    "site": labelled("site", [f"site {number}" for number in range(70)]),
    "pair": IndexSet("pair", pd.MultiIndex.from_product([range(10), range(10)])),
    "even": labelled("even", range(0, HOURS, 2)),
    "later": labelled("later", range(HOURS - 1, 5, -1)),
    "year": labelled("year", range(1960, 2030)),
    "signed": labelled("signed", range(-30, 30)),
    "share": labelled("share", np.linspace(0, 1, 60)),
}


def places(*families: tuple[str, ...], sets: Mapping[str, IndexSet] = SETS) -> Places:
    """Places of the columns of some families, in a program whose hours are used most."""
    rows = [Family(("hour",), (HOURS,))] * 3 if "hour" in sets else []
    return layout(rows, [Family(dims, tuple(len(sets[dim]) for dim in dims)) for dims in families], sets).columns


def test_hours_are_stages_and_all_else_makes_lanes():
    found = places(("hour",), ("unit", "hour"), ("hour", "unit"))
    np.testing.assert_array_equal(found.stage[:HOURS], np.arange(HOURS))
    np.testing.assert_array_equal(found.stage[HOURS : 3 * HOURS], np.tile(np.arange(HOURS), 2))
    np.testing.assert_array_equal(found.stage[3 * HOURS :], np.repeat(np.arange(HOURS), 2))
    np.testing.assert_array_equal(found.lane[: 3 * HOURS], np.repeat([0, 1, 2], HOURS))
    np.testing.assert_array_equal(found.lane[3 * HOURS :], np.tile([3, 4], HOURS))


def test_no_two_stand_at_one_place():
    found = places(("hour",), ("unit", "hour"), ("month", "unit", "hour"), ("boundary",))
    pairs = set(zip(found.lane.tolist(), found.stage.tolist(), strict=True))
    assert len(pairs) == len(found.lane)
    assert -1 not in found.lane


def test_states_stand_on_one_more_boundary():
    np.testing.assert_array_equal(places(("boundary",)).stage, np.arange(HOURS + 1))


@pytest.mark.parametrize("dims", [(), ("unit",), ("month",), ("bin",), ("site",), ("pair",), ("share",)])
def test_what_is_no_time_has_no_place(dims: tuple[str, ...]):
    found = places(dims)
    assert set(found.lane) == set(found.stage) == {-1}


def test_a_set_that_is_long_but_used_less_counts_nothing_of_its_own():
    found = places(("bin", "hour"))
    assert set(found.stage) == set(range(HOURS))
    assert len(set(found.lane)) == 50


def test_whole_numbers_that_are_no_positions_are_stages_themselves():
    np.testing.assert_array_equal(places(("later",)).stage, np.arange(HOURS - 1, 5, -1))
    found = places(("unit", "later"))
    assert set(found.lane) == {0, 1}


def test_a_short_subset_counts_nothing():
    assert len(SETS["even"]) < MANY
    assert set(places(("even",)).stage) == {-1}


@pytest.mark.parametrize("name", ["year", "signed"])
def test_whole_numbers_that_are_no_positions_of_stages_count_nothing(name: str):
    """Years would open two thousand stages, and there is none before the first."""
    assert set(places((name,)).stage) == {-1}


def test_without_a_long_counted_set_there_are_no_stages():
    sets = {name: index_set for name, index_set in SETS.items() if name in ("month", "unit", "site", "later")}
    found = places(("month", "unit"), ("later",), ("site",), sets=sets)
    assert set(found.lane) == set(found.stage) == {-1}


def test_an_empty_family_and_no_family_at_all():
    sets = {**SETS, "none": labelled("none", [])}
    assert len(places(("none", "hour"), sets=sets).lane) == 0
    found = layout([], [], SETS)
    assert len(found.rows.lane) == len(found.columns.stage) == 0


def test_lanes_of_rows_and_of_columns_are_counted_apart():
    family = Family(("hour",), (HOURS,))
    found = layout([family, family], [family], SETS)
    assert set(found.rows.lane) == {0, 1}
    assert set(found.columns.lane) == {0}


def test_some_are_kept_and_others_added_without_a_place():
    found = Places(np.array([0, 0, 1]), np.array([5, 6, 7]))
    kept = found.take(np.array([2, 0])).extended(1)
    assert (kept.lane.tolist(), kept.stage.tolist()) == ([1, 0, -1], [7, 5, -1])
    both = Layout(found, found).take(np.array([1]), np.array([0, 2])).extended(rows=2, columns=1)
    assert (both.rows.stage.tolist(), both.columns.stage.tolist()) == ([6, -1, -1], [5, 7, -1])


# --- programs ---------------------------------------------------------------------------------------------------------


@variable(over="hour")
def bought(m: Any, t: Any) -> Any:
    """Columns 0 to 59."""
    return 0, None


@variable(over="boundary")
def level(m: Any, n: Any) -> Any:
    """Columns 60 to 120."""
    return 0, 9


@variable()
def size(m: Any) -> Any:
    """Column 121."""
    return 0, 5


@constraint(over="hour")
def carried(m: Any, t: Any) -> Any:
    return m.level[t + 1] == m.level[t] + m.bought[t] - m.need[t]


@constraint(over="later")
def held(m: Any, t: Any) -> Any:
    return m.level[t] <= m.size


@pytest.fixture(scope="module")
def stated() -> Program:
    data = xr.Dataset({"need": ("hour", np.ones(HOURS)), "start": ("boundary", np.zeros(HOURS + 1))})
    return Program([bought, level, size, carried, held], data, sets={"later": range(HOURS - 1, 5, -1)})


def test_a_program_knows_its_places(stated: Program):
    found = stated.lp.layout
    assert found is not None
    assert (len(found.rows.lane), len(found.columns.lane)) == stated.lp.shape
    at = stated.rows["held"].start
    np.testing.assert_array_equal(found.rows.stage[at:], np.arange(HOURS - 1, 5, -1))
    assert found.columns.stage[stated.columns["size"].start] == -1
    np.testing.assert_array_equal(found.columns.stage[stated.columns["level"].slice], np.arange(HOURS + 1))


def test_new_numbers_keep_the_places(stated: Program):
    assert stated.lp.with_values(stated.lp.matrix.data * 2.0).layout is stated.lp.layout


def test_a_program_whose_rows_may_bend_keeps_the_places(stated: Program):
    lp = stated.lp
    assert lp.layout is not None
    found = elastic(lp).lp
    assert found.layout is not None
    assert (len(found.layout.rows.lane), len(found.layout.columns.lane)) == found.shape
    np.testing.assert_array_equal(found.layout.columns.lane[: lp.shape[1]], lp.layout.columns.lane)
    assert set(found.layout.columns.lane[lp.shape[1] :]) == {-1}
    assert recession(lp).layout is lp.layout


def test_a_program_with_sizes_of_changes_keeps_the_places(stated: Program, monkeypatch: pytest.MonkeyPatch):
    asked: list[LinearProgram] = []
    monkeypatch.setattr("optimizer.lp.diagnosis.steps.proved_optimum", lambda lp, *_, **__: asked.append(lp))
    lp = stated.lp
    unit = replace(lp, upper=lp.upper + 1.0, row_lower=lp.row_lower + 1.0, row_upper=lp.row_upper + 1.0)
    least_steps(lp, [unit], np.ones(1), np.ones(1), EngineOptions())
    found = asked[0].layout
    assert found is not None
    assert lp.layout is not None
    assert (len(found.rows.lane), len(found.columns.lane)) == asked[0].shape
    np.testing.assert_array_equal(found.rows.stage[: lp.shape[0]], lp.layout.rows.stage)
    assert asked[0].shape[0] > lp.shape[0]
    assert set(found.rows.lane[lp.shape[0] :]) == {-1}
    assert found.columns.lane[-1] == -1


def test_some_rows_and_the_columns_in_them_keep_their_places(stated: Program):
    lp = stated.lp
    assert lp.layout is not None
    trial = _Trial(lp, np.ones(lp.shape[0]), np.ones(lp.shape[0], dtype=bool), EngineOptions())
    rows = np.array([7, 8])
    part, columns = trial._only(rows, np.zeros(lp.shape[1], dtype=bool))
    assert part.layout is not None
    np.testing.assert_array_equal(part.layout.rows.stage, [7, 8])
    np.testing.assert_array_equal(part.layout.columns.stage, lp.layout.columns.stage[columns])
    assert set(part.layout.columns.stage) == {7, 8, 9}


def test_a_program_without_places_has_none_afterwards():
    lp = program([1, 2], [(0, 2), (0, 2)], [([1, 1], 5, 9)])
    assert lp.layout is None
    assert elastic(lp).lp.layout is None
    assert recession(lp).layout is None
    assert elastic(at_one_stage(lp)).lp.layout is not None
