"""Diagnosis of programs that mean nothing in particular: what bends, what clashes, and how far a change must go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import linprog
from scipy.sparse import csc_array

from optimizer.errors import InfeasibleError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis import (
    Bent,
    ConflictSearch,
    Part,
    Prices,
    bending_of,
    first_gain,
    least_bending,
    least_steps,
    moves_any_of,
    parts_of,
    proved_optimum,
    step_of_one_row,
)
from optimizer.lp.diagnosis.conflict import _Needed
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import Stretched
from optimizer.lp.portfolio import Portfolio
from optimizer.lp.program import Program
from optimizer.lp.rules import constraint, variable

OPTIONS = EngineOptions()
HOURS = 12


@variable(over=("tap", "hour"))
def flow(m: Any, v: Any, t: Any) -> Any:
    """Water from each tap."""
    return 0, None


@variable(over="boundary")
def level(m: Any, n: Any) -> Any:
    """Water in the tank."""
    return 0, m.tank


@variable(over="hour")
def filled(m: Any, t: Any) -> Any:
    """Water into the tank, less water out of it."""
    return None, None


@constraint(over="hour")
def demand(m: Any, t: Any) -> Any:
    """What flows covers what is drawn."""
    return sum(m.flow[v, t] for v in m.tap) - m.filled[t] == m.drawn[t]


@constraint(over=("tap", "hour"))
def capacity(m: Any, v: Any, t: Any) -> Any:
    """No tap gives more than it can."""
    return m.flow[v, t] <= m.most[v]


@constraint(over="hour")
def tank_balance(m: Any, t: Any) -> Any:
    """The tank holds what was filled in."""
    return m.level[t + 1] == m.level[t] + m.filled[t]


@constraint()
def allowance(m: Any) -> Any:
    """No more than so much in all."""
    return sum(m.flow[v, t] for v in m.tap for t in m.hour) <= m.allowed


@constraint()
def idle(m: Any) -> Any:
    """Always holds."""
    return m.level[0] >= -1.0


RULES = [flow, level, filled, demand, capacity, tank_balance, allowance, idle]


def waterworks(drawn: Any, *, tank: float = 4.0, most: Any = (3.0, 2.0), allowed: float = 1000.0) -> Program:
    """Two taps and a tank, which starts as full as it likes."""
    data = xr.Dataset(
        {"drawn": ("hour", np.asarray(drawn, dtype=float)), "most": ("tap", list(most)), "tank": tank,
         "allowed": allowed, "end": ("boundary", np.zeros(len(drawn) + 1))},
        coords={"tap": np.array(["north", "south"], dtype=object)},
    )  # fmt: skip
    return Program(RULES, data)


def thirsty(**given: Any) -> Program:
    """Eight for three hours on end, from taps of five and a tank of four: three times 3 - 4 = 5 are missing."""
    return waterworks([2, 2, 2, 2, 8, 8, 8, 2, 2, 2, 2, 2], **given)


def parts(program: Program) -> list[Part]:
    return parts_of(program, interval="hour", boundary="boundary")


def bent_at(program: Program, *names: str) -> Bent:
    """Bend rows of these families alone, at a price of 1."""
    may = np.zeros(program.lp.shape[0], dtype=bool)
    for name in names:
        may[program.rows[name].slice] = True
    found = least_bending(program.lp, Prices(np.ones(program.lp.shape[0]), may), OPTIONS)
    assert found is not None
    return found


def feasible(lp: LinearProgram) -> bool:
    """Ask another solver's interface, without any of the code under test."""
    equal = lp.row_lower == lp.row_upper
    high, low = np.isfinite(lp.row_upper) & ~equal, np.isfinite(lp.row_lower) & ~equal
    matrix = lp.matrix.toarray()
    result = linprog(
        np.zeros(lp.shape[1]),
        A_ub=np.vstack([matrix[high], -matrix[low]]),
        b_ub=np.concatenate([lp.row_upper[high], -lp.row_lower[low]]),
        A_eq=matrix[equal],
        b_eq=lp.row_lower[equal],
        bounds=np.column_stack([lp.lower, lp.upper]),
    )
    assert result.status in (0, 2), result.message
    return bool(result.status == 0)


def only(lp: LinearProgram, chosen: list[Part], intervals: np.ndarray) -> LinearProgram:
    """Keep these parts in these intervals; all other rows and limits go."""
    low, high = np.full(lp.shape[0], -np.inf), np.full(lp.shape[0], np.inf)
    lower, upper = np.minimum(lp.lower, 0.0), np.full(lp.shape[1], np.inf)
    for part in chosen:
        at = part.within(intervals)
        if part.limits:
            lower[at], upper[at] = lp.lower[at], lp.upper[at]
        else:
            low[at], high[at] = lp.row_lower[at], lp.row_upper[at]
    return replace(lp, row_lower=low, row_upper=high, lower=lower, upper=upper)


# --- parts ------------------------------------------------------------------------------------------------------------


def test_parts_are_families_by_thing_with_time_left_whole():
    program = thirsty()
    found = {(part.family, part.labels): part for part in parts(program)}
    assert [(name, part.axis, part.limits, len(part.members)) for name, part in found.items()] == [
        (("demand", ()), "interval", False, 12),
        (("capacity", ("north",)), "interval", False, 12),
        (("capacity", ("south",)), "interval", False, 12),
        (("tank_balance", ()), "interval", False, 12),
        (("allowance", ()), "", False, 1),
        (("idle", ()), "", False, 1),
        (("level", ()), "boundary", True, 13),
    ]
    south = found["capacity", ("south",)]
    assert [program.row_name(int(row)) for row in south.members[:2]] == ["capacity[south, 0]", "capacity[south, 1]"]


def test_a_boundary_belongs_to_both_its_neighbours():
    level_part = next(part for part in parts(thirsty()) if part.family == "level")
    chosen = np.zeros(HOURS, dtype=bool)
    chosen[[3, 4]] = True
    assert (level_part.within(chosen) - level_part.members[0]).tolist() == [3, 4, 5]


def test_time_may_stand_first_and_many_things_are_not_told_apart():
    @variable(over=("hour", "thing"))
    def much(m, t, v):
        return 0, 1

    data = xr.Dataset(
        {"size": (("hour", "thing"), np.ones((2, 101)))}, coords={"thing": [f"thing {n}" for n in range(101)]}
    )
    few = Program([much], data.isel(thing=slice(2)))
    assert [(part.labels, part.members.tolist()) for part in parts(few)] == [
        (("thing 0",), [0, 2]),
        (("thing 1",), [1, 3]),
    ]
    (whole,) = parts(Program([much], data))
    assert whole.labels == ()
    assert sorted(whole.members.tolist()) == list(range(202))
    chosen = np.array([False, True])
    assert sorted(whole.within(chosen).tolist()) == list(range(101, 202))


# --- bending ----------------------------------------------------------------------------------------------------------


def test_the_least_violation_is_found_and_proved():
    bent = bent_at(thirsty(), "demand")
    assert bent.infeasible
    assert bent.certificate.objective == pytest.approx(5)
    assert bent.certificate.dual_objective == pytest.approx(5)
    assert bent.violations.sum() == pytest.approx(5)


def test_what_falls_short_is_positive_and_what_goes_over_negative():
    program = thirsty()
    bent = bent_at(program, "capacity")
    assert bent.violations[program.rows["capacity"].slice].min() < 0
    assert bent.violations.sum() == pytest.approx(-5)


def test_the_cheaper_rows_give_way():
    program = thirsty()
    may = np.ones(program.lp.shape[0], dtype=bool)
    for dear, cheap in (("demand", "capacity"), ("capacity", "demand")):
        weights = np.full(program.lp.shape[0], 100.0)
        weights[program.rows[dear].slice], weights[program.rows[cheap].slice] = 10.0, 1.0
        bent = least_bending(program.lp, Prices(weights, may), OPTIONS)
        assert bent is not None
        assert np.abs(bent.violations[program.rows[cheap].slice]).sum() == pytest.approx(5)
        assert bent.violations[program.rows[dear].slice] == pytest.approx(0)


def test_where_the_rows_that_may_give_way_do_not_help_all_may():
    bent = bent_at(thirsty(), "idle")
    assert bent.infeasible
    assert bent.certificate.objective == pytest.approx(5)


def test_a_program_with_a_plan_does_not_bend():
    bent = bent_at(waterworks([5, 5, 5]), "demand")
    assert not bent.infeasible
    assert bent.violations == pytest.approx(0)


def test_crossing_bounds_of_a_column_are_beyond_bending():
    lp = waterworks([5, 5, 5]).lp
    crossed = replace(lp, lower=lp.upper + 1, upper=lp.upper.copy())
    crossed.lower[~np.isfinite(crossed.lower)] = 0
    assert least_bending(crossed, Prices(np.ones(lp.shape[0]), np.ones(lp.shape[0], dtype=bool)), OPTIONS) is None


def proof_at(program: Program, prices: Prices) -> Stretched:
    """Take what a portfolio solved to prove that there is no plan."""
    with pytest.raises(InfeasibleError, match="proved by a Farkas ray") as caught:
        Portfolio(program.lp).solve(OPTIONS, stretch=prices.stretch)
    assert isinstance(caught.value.stretched, Stretched)
    return caught.value.stretched


def test_what_was_solved_for_the_proof_is_the_least_bending():
    """Where capacity gives way at a tenth of demand's price, it does in the proof too: nothing is solved again."""
    program = thirsty()
    may, weights = np.ones(program.lp.shape[0], dtype=bool), np.full(program.lp.shape[0], 10.0)
    weights[program.rows["capacity"].slice] = 1.0
    prices = Prices(weights, may)
    taken, searched = bending_of(proof_at(program, prices), prices), least_bending(program.lp, prices, OPTIONS)
    assert taken is not None
    assert searched is not None
    assert taken.certificate.proved
    assert taken.certificate.objective == pytest.approx(searched.certificate.objective)
    assert np.abs(taken.violations[program.rows["capacity"].slice]).sum() == pytest.approx(5)
    assert taken.violations[program.rows["demand"].slice] == pytest.approx(0)


def test_what_was_solved_at_other_prices_or_badly_is_not_taken_over():
    program = thirsty()
    plain = Prices(np.ones(program.lp.shape[0]), np.ones(program.lp.shape[0], dtype=bool))
    stretched = proof_at(program, plain)
    assert bending_of(stretched, plain) is not None
    assert bending_of(stretched, Prices(2 * plain.weights, plain.may_bend)) is None
    assert bending_of(stretched._replace(row_dual=0.5 * stretched.row_dual), plain) is None


def test_a_proof_in_which_too_few_rows_may_give_way_is_made_with_all():
    program = thirsty()
    may = np.zeros(program.lp.shape[0], dtype=bool)
    may[program.rows["idle"].slice] = True
    few = Prices(np.full(program.lp.shape[0], 3.0), may)
    assert bending_of(proof_at(program, few), few) is None


def test_large_programs_are_proved_by_an_interior_point():
    """A year's size: 4,000 columns and more go to another engine; the total stays the same."""
    program = waterworks(np.tile([2, 2, 8, 8, 8, 2, 2, 2, 2, 2, 2, 2], 100), allowed=1e6)
    assert program.lp.shape[1] > 4_000
    assert bent_at(program, "demand").certificate.objective == pytest.approx(500, rel=1e-5)


def test_what_has_no_optimum_has_no_proof():
    one = np.ones(1)
    endless = LinearProgram(-one, 0 * one, np.inf * one, 0 * one, np.inf * one, csc_array([[1.0]]))
    assert proved_optimum(endless, OPTIONS) is None
    assert proved_optimum(thirsty().lp, OPTIONS, certain=False) is None


# --- conflicts --------------------------------------------------------------------------------------------------------


def search_of(program: Program, bent: Bent, around: int | None = None) -> ConflictSearch:
    hours = len(program.sets["hour"])
    return ConflictSearch(program.lp, parts(program), hours, around=around, bent=bent, options=OPTIONS)


def conflict_of(program: Program, around: int | None = None, bending: str = "demand"):
    bent = bent_at(program, bending)
    found = search_of(program, bent, around).smallest()
    assert found is not None
    return found


@pytest.mark.parametrize("around", [4, 5, 6, None])
def test_a_conflict_is_small_real_and_irreducible(around: int | None):
    program = thirsty()
    found = conflict_of(program, around)
    names = [(part.family, part.labels) for part in found.parts]
    assert names == [
        ("demand", ()),
        ("capacity", ("north",)),
        ("capacity", ("south",)),
        ("tank_balance", ()),
        ("level", ()),
    ]
    assert 2 <= len(found.intervals) <= 3
    assert set(found.intervals.tolist()) <= {4, 5, 6}
    assert found.certificate.dual_objective > 0
    chosen = np.zeros(HOURS, dtype=bool)
    chosen[found.intervals] = True
    assert not feasible(only(program.lp, list(found.parts), chosen))
    for part in found.parts:
        assert feasible(only(program.lp, [other for other in found.parts if other is not part], chosen)), part.family
    for interval in found.intervals:
        fewer = chosen.copy()
        fewer[interval] = False
        assert feasible(only(program.lp, list(found.parts), fewer)), interval


def test_a_conflict_within_one_interval_names_no_other():
    program = waterworks([2, 2, 20, 2, 2])
    found = conflict_of(program, around=2)
    assert found.intervals.tolist() == [2]


def test_a_conflict_of_the_whole_needs_all_of_its_time():
    """4 hours of 5 are 20, less 4 from the tank; 15 in all are allowed."""
    program = waterworks([5, 5, 5, 5], allowed=15.0)
    found = conflict_of(program, bending="allowance")
    assert [part.family for part in found.parts] == ["demand", "tank_balance", "allowance", "level"]
    assert found.intervals.tolist() == [0, 1, 2, 3]


def test_there_is_no_conflict_where_there_is_a_plan():
    program = waterworks([5, 5, 5])
    bent = bent_at(program, "demand")
    search = search_of(program, bent)
    assert search.first is None
    assert search.smallest() is None


IN_TIME = 3  # trials that show that four hours are all needed


class Trials:
    """Counts the programs that are solved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr("optimizer.lp.diagnosis.conflict.proved_optimum", self)

    def __call__(self, lp: LinearProgram, options: EngineOptions) -> Any:
        self.count += 1
        return proved_optimum(lp, options)


def test_what_a_ray_does_not_lean_on_goes_at_once(monkeypatch: pytest.MonkeyPatch):
    """One trial leaves both out. Then each part that stays is tried, but for what gave way: the rest holds there."""
    program = waterworks([8] * 4, allowed=1000.0)  # 4 x 3 are missing, and 4 are in the tank
    trials = Trials(monkeypatch)
    search = search_of(program, bent_at(program, "demand"))
    assert search.first is not None
    names = [(part.family, part.labels) for part in search.first.parts]
    assert ("idle", ()) not in names
    assert ("allowance", ()) not in names
    found = search.smallest()
    assert found is not None
    assert [(part.family, part.labels) for part in found.parts] == names
    assert trials.count == 1 + (len(names) - 1) + IN_TIME


@pytest.mark.parametrize(
    ("dulled", "rounds"),
    [
        pytest.param({"capacity": 1e-4}, 3, id="what is broken next is added"),
        pytest.param({"capacity": 1e-4, "level": 1e-4, "tank_balance": 0.0}, 2, id="all that is broken"),
        pytest.param({"demand": 0.0, "capacity": 0.0}, 2, id="all where the ray is silent"),
    ],
)
def test_a_ray_that_misleads_takes_trials_and_no_more(
    dulled: dict[str, float], rounds: int, monkeypatch: pytest.MonkeyPatch
):
    program = waterworks([8] * 4)
    bent = bent_at(program, "demand")
    ray = bent.ray.copy()
    for name, factor in dulled.items():
        if name in program.rows:
            ray[program.rows[name].slice] *= factor
    trials = Trials(monkeypatch)
    search = search_of(program, replace(bent, ray=ray))
    assert search.first is not None
    assert trials.count <= rounds
    found = search.smallest()
    assert found is not None
    assert [part.family for part in found.parts] == ["demand", "capacity", "capacity", "tank_balance", "level"]


def test_points_at_which_all_else_holds_spare_trials(monkeypatch: pytest.MonkeyPatch):
    program = waterworks([8] * 4)
    bent = bent_at(program, "demand")
    plans = []
    for more in ({"most": [9.0, 2.0]}, {"most": [3.0, 9.0]}, {"tank": 40.0}):
        found = proved_optimum(changed(program, **more), OPTIONS)
        assert found is not None
        plans.append(found.x)
    search = search_of(program, bent)
    trials = Trials(monkeypatch)
    without = search_of(program, bent).smallest()
    alone = trials.count
    trials.count = 0
    found = search.smallest(plans)
    assert found is not None
    assert without is not None
    assert [(part.family, part.labels) for part in found.parts] == [(p.family, p.labels) for p in without.parts]
    assert (alone, trials.count) == (1 + 4 + IN_TIME, 1 + IN_TIME)  # of the four, plans do without three


def test_a_point_at_which_another_part_is_broken_shows_nothing():
    """At none of these points does all but one part hold; what is not needed goes all the same."""
    program = waterworks([5, 5, 5, 5], allowed=15.0)
    bent = bent_at(program, "allowance")
    astray = [np.full(program.lp.shape[1], value) for value in (-7.0, 1.0, 50.0)]
    found = search_of(program, bent).smallest(astray)
    assert found is not None
    assert [part.family for part in found.parts] == ["demand", "tank_balance", "allowance", "level"]


def test_a_point_that_breaks_the_others_by_as_much_as_they_must_shows_nothing():
    """At x = 1000.00005 two rows that are 0.0001 apart are both kept to a certificate's tolerance, and both broken."""
    rows = csc_array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    free, inf = np.full(2, np.inf), np.inf
    lp = LinearProgram(np.zeros(2), -free, free, np.array([1000.0001, -inf, -inf]), np.array([inf, 1000, 1]), rows)
    low, high, other = (Part(name, (), False, np.array([at]), "", np.array([-1])) for at, name in enumerate("abc"))
    needed, always = _Needed(lp, np.ones(3), [np.array([1000.00005, 5.0])]), np.ones(1, dtype=bool)
    assert not needed.shown(other, [low, high, other], always, 1e-4)
    assert needed.shown(other, [low, high, other], always, 10.0)  # had they been that far apart, they would be kept
    assert needed.shown(low, [low, high], always, 1e-4)  # at 0 the other holds


def test_what_moves_nothing_of_a_conflict_is_no_remedy():
    program = thirsty(allowed=30.0)  # too little as well, which is another conflict
    found = conflict_of(program, around=5)
    assert "allowance" not in [part.family for part in found.parts]
    assert not moves_any_of(found, program.lp, changed(program, allowed=1000.0))
    assert moves_any_of(found, program.lp, changed(program, most=[4.0, 2.0]))
    assert moves_any_of(found, program.lp, changed(program, tank=5.0))
    drawn = np.array([2, 2, 2, 2, 8, 8, 8, 2, 2, 2, 2, 2], dtype=float)
    elsewhere, there = drawn.copy(), drawn.copy()
    elsewhere[0], there[5] = 1.0, 7.0
    assert not moves_any_of(found, program.lp, changed(program, drawn=elsewhere))
    assert moves_any_of(found, program.lp, changed(program, drawn=there))


def test_limits_of_columns_are_parts_of_a_conflict():
    """Without the tank's limit the tank alone would do."""
    found = conflict_of(thirsty(), around=5)
    assert [part.family for part in found.parts if part.limits] == ["level"]


# --- steps ------------------------------------------------------------------------------------------------------------


def changed(program: Program, **changes: Any) -> LinearProgram:
    """Give the program with other data; the program itself stays as it is."""
    before = {name: program.data[name].values.copy() for name in changes}
    program.rebind(changes)
    lp = program.lp
    program.rebind(before)
    return lp


def test_the_least_step_is_exact():
    """Five are missing over three hours: 5/3 more of a tap, or five more of the tank."""
    program = thirsty()
    bent = bent_at(program, "demand")
    for unit, size in (
        (changed(program, most=[4.0, 2.0]), 5 / 3),
        (changed(program, tank=5.0), 5.0),
        (changed(program, drawn=program.data["drawn"].values - 1), 5 / 3),
    ):
        assert first_gain(program.lp, bent.ray, unit) > 0
        step = least_steps(program.lp, [unit], np.ones(1), np.full(1, np.inf), OPTIONS)
        assert step is not None
        assert step.sizes == pytest.approx([size])
        assert step.least == pytest.approx(size)


def test_a_step_that_does_not_help_has_no_gain():
    program = thirsty()
    bent = bent_at(program, "demand")
    assert first_gain(program.lp, bent.ray, changed(program, allowed=1001.0)) == pytest.approx(0)
    assert first_gain(program.lp, bent.ray, changed(program, most=[2.0, 2.0])) < 0


def test_two_steps_share_the_work_by_their_prices():
    program = thirsty()
    units = [changed(program, most=[4.0, 2.0]), changed(program, tank=5.0)]
    for prices, sizes in (((1.0, 1.0), (5 / 3, 0.0)), ((10.0, 1.0), (0.0, 5.0))):
        step = least_steps(program.lp, units, np.array(prices), np.full(2, np.inf), OPTIONS)
        assert step is not None
        assert step.sizes == pytest.approx(sizes, abs=1e-7)
        assert step.least == pytest.approx(np.dot(prices, sizes))


def test_a_step_goes_no_further_than_it_may():
    program = thirsty()
    units = [changed(program, most=[4.0, 2.0]), changed(program, tank=5.0)]
    step = least_steps(program.lp, units, np.ones(2), np.array([1.0, np.inf]), OPTIONS)
    assert step is not None
    assert step.sizes == pytest.approx([1.0, 2.0])
    assert least_steps(program.lp, units[:1], np.ones(1), np.ones(1), OPTIONS) is None


def test_a_change_of_coefficients_is_no_step():
    @constraint(over="hour")
    def weighed(m, t):
        return m.factor[t] * m.flow["north", t] >= 10

    data = xr.Dataset(
        {"factor": ("hour", [1.0]), "most": ("tap", [3.0]), "tank": 0.0, "end": ("boundary", [0.0, 0.0])},
        coords={"tap": np.array(["north"], dtype=object)},
    )
    program = Program([flow, level, filled, capacity, tank_balance, weighed], data)
    unit = changed(program, factor=[2.0])
    assert least_steps(program.lp, [unit], np.ones(1), np.full(1, np.inf), OPTIONS) is None
    bent = bent_at(program, "weighed")
    assert first_gain(program.lp, bent.ray, unit) == 0.0
    assert step_of_one_row(program.lp, bent, unit) is None


def test_one_row_needs_no_search():
    program = waterworks([5, 5, 5, 5], allowed=15.0)
    bent, unit = bent_at(program, "allowance"), changed(program, allowed=17.0)
    known = step_of_one_row(program.lp, bent, unit)
    assert known is not None
    searched = least_steps(program.lp, [unit], np.ones(1), np.full(1, np.inf), OPTIONS)
    assert searched is not None
    assert known.sizes == pytest.approx([0.5])
    assert searched.sizes == pytest.approx(known.sizes)
    assert searched.least == pytest.approx(known.least)
    # The wrong way, and a change of other rows, have to be searched for.
    assert step_of_one_row(program.lp, bent, changed(program, allowed=14.0)) is None
    assert step_of_one_row(program.lp, bent, changed(program, most=[4.0, 2.0])) is None
