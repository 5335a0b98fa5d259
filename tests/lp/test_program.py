"""Families and data become one program; new data become a patch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from optimizer.errors import FormulationError, InfeasibleError, StructureError
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.rules import Rule, constraint, cost, expression, variable
from tests.lp.made import DATA, VARIABLES, bought, rows, stated

INF = float("inf")


@constraint(over="hour")
def enough(m: Any, t: Any) -> Any:
    """The need is met."""
    return m.bought[t] + sum(m.flow[u, t] for u in m.unit) >= m.need[t]


@cost(over="hour")
def paid(m: Any, t: Any) -> Any:
    return m.price[t] * (m.bought[t] - 1)


@cost()
def rent(m: Any) -> Any:
    return 7 * m.size + m.limit


@expression(over=("unit", "hour"))
def share_of_flow(m: Any, u: Any, t: Any) -> Any:
    return m.share[u] * m.flow[u, t] + t


RULES = (*VARIABLES, enough, paid, rent, share_of_flow)


@pytest.fixture
def program() -> Program:
    return Program(RULES, DATA)


def test_columns_bounds_and_cost_are_laid_out_in_the_order_of_the_rules(program: Program) -> None:
    assert {name: (columns.start, columns.shape) for name, columns in program.columns.items()} == {
        "bought": (0, (3,)),
        "flow": (3, (2, 3)),
        "level": (9, (4,)),
        "size": (13, ()),
    }
    assert program.lp.shape == (3, 14)
    assert program.lp.cost.tolist() == [10.0, 0.0, 30.0, *[0.0] * 10, 7.0]
    assert program.lp.offset == -40.0 + 5.0
    assert program.lp.lower.tolist() == [0.0] * 13 + [-INF]
    assert program.lp.upper.tolist() == [INF] * 3 + [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] + [INF] * 4 + [5.0]
    assert rows(program)[1] == ({1: 1.0, 4: 1.0, 7: 1.0}, 2.0, INF)


def test_members_are_named_as_their_author_would(program: Program) -> None:
    assert [program.column_name(column) for column in (0, 8, 13)] == ["bought[0]", "flow[large, 2]", "size"]
    assert program.row_name(2) == "enough[2]"
    with pytest.raises(IndexError):
        program.row_name(3)


def test_members_over_pairs_are_named_by_both_parts() -> None:
    def linked(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] <= 1

    assert stated(linked, "pairs", sets={"pairs": [("large", 2)]}).row_name(0) == "linked[large, 2]"


def test_positions_may_be_told_in_words():
    def enough(m, u, t):
        return m.flow[u, t] <= m.need[t]

    program = stated(enough, ("unit", "hour"))
    words = {"hour": "{} o'clock".format, "boundary": "after {}".format}
    assert program.row_name(4, words) == "enough[large], 1 o'clock"
    assert program.column_name(2, words) == "bought, 2 o'clock"
    assert program.column_name(10, words) == "level, after 1"
    assert program.column_name(13, words) == "size"


def test_values_and_duals_have_the_familys_shape(program: Program) -> None:
    x = np.arange(14.0)
    assert program.evaluate("flow", x).tolist() == [[3, 4, 5], [6, 7, 8]]
    assert program.evaluate("size", x) == 13
    assert program.evaluate("paid", x).tolist() == [-10, 0, 30]
    assert program.evaluate("rent", x) == 7 * 13 + 5
    assert program.evaluate("share_of_flow", x).tolist() == [[1.5, 3, 4.5], [12, 15, 18]]
    assert program.lp.objective(x) == 20 + 96
    assert program.dual("enough", np.asarray([1.0, 2.0, 3.0])).tolist() == [1, 2, 3]
    with pytest.raises(KeyError, match="enough"):
        program.evaluate("enough", x)


def test_a_variable_bound_to_data_has_no_columns() -> None:
    @constraint(over="hour")
    def limited(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.size * m.need[t]

    sized = Program([*VARIABLES, limited], DATA)
    fixed = Program([*VARIABLES, limited], DATA.assign(size=2.0))
    assert "size" not in fixed.columns
    assert rows(sized)[2] == ({2: 1.0, 13: -3.0}, -INF, 0.0)
    assert rows(fixed)[2] == ({2: 1.0}, -INF, 6.0)


def test_conditions_are_met_by_data_and_by_variables() -> None:
    @variable(over="hour", when="size")
    def second(m: Any, t: Any) -> Any:
        return 0, None

    @variable(over="hour", when=("second", "need"))
    def third(m: Any, t: Any) -> Any:
        return 0, None

    @variable(when="nothing")
    def never(m: Any) -> Any:
        return 0, None

    @constraint(over="hour", when="third")
    def stated_too(m: Any, t: Any) -> Any:
        return m.third[t] <= m.second[t]

    @constraint(when="never")
    def not_stated(m: Any) -> Any:
        return m.never <= 1

    rules = [not_stated, stated_too, third, second, never, *VARIABLES]
    assert {rule.name for rule in Program(rules, DATA).rules} >= {"second", "third", "stated_too"}
    assert {"never", "not_stated"}.isdisjoint(rule.name for rule in Program(rules, DATA).rules)
    bound = Program(rules, DATA.assign(size=2.0))
    assert "second" in bound.columns


# -- names -------------------------------------------------------------------------------------------------------------


def refusal(*added: Rule, data: xr.Dataset = DATA, **options: Any) -> str:
    with pytest.raises(FormulationError) as error:
        Program([*VARIABLES, *added], data, **options)
    return str(error.value)


def test_two_rules_of_one_name() -> None:
    assert refusal(bought) == "two rules are called 'bought'"


def test_names_that_pyomo_reserves_or_that_are_used_twice() -> None:
    @variable(over="hour")
    def load(m: Any, t: Any) -> Any:
        return 0, None

    @constraint(over="hour")
    def index(m: Any, t: Any) -> Any:
        return m.bought[t] >= 0

    @constraint(over="hour")
    def need(m: Any, t: Any) -> Any:
        return m.bought[t] >= m.need[t]

    @variable()
    def unit(m: Any) -> Any:
        return 0, None

    reserved = "is a name that Pyomo blocks reserve; choose another name"
    assert refusal(load) == f"'load' {reserved}"
    assert refusal(index) == f"'index' {reserved}"
    assert refusal(data=DATA.assign(values=1.0)) == f"'values' {reserved}"
    assert refusal(need) == "'need' is used twice; sets, data and rules need names that differ"
    assert refusal(unit) == "'unit' is used twice; sets, data and rules need names that differ"


def test_sets_that_are_missing_or_have_a_member_twice() -> None:
    @constraint(over=("day", "hour"))
    def daily(m: Any, d: Any, t: Any) -> Any:
        return m.bought[t] >= 0

    assert refusal(daily) == "rule 'daily' runs over ['day'], but the sets are ['boundary', 'hour', 'month', 'unit']"
    assert refusal(sets={"late": [1, 2, 1]}) == "the set 'late' lists 1 twice"
    assert refusal(data=DATA.assign_coords(unit=["small", "small"])) == "the set 'unit' lists small twice"


def test_data_must_be_numbers() -> None:
    assert refusal(data=DATA.assign(notes=("hour", ["a", "b", "c"]))).startswith("'notes' holds ")


def test_what_the_caller_does_to_his_arrays_changes_nothing(program: Program) -> None:
    prices = np.asarray([1.0, 2.0, 3.0])
    program.rebind({"price": prices})
    prices[:] = 99.0
    assert program.evaluate("paid", np.full(14, 2.0)).tolist() == [1, 2, 3]
    needs = np.asarray([1.0, 2.0, 3.0])
    other = Program(RULES, DATA.assign(need=("hour", needs)))
    needs[:] = 99.0
    assert other.rebind({"price": [0.0, 0.0, 0.0]}).row_bounds.tolist() == []


# -- rules that hold data alone ----------------------------------------------------------------------------------------


def test_data_alone_are_checked_and_leave_no_rows() -> None:
    @constraint(over=("unit", "hour"))
    def plausible(m: Any, u: Any, t: Any) -> Any:
        """Rates stay small."""
        return m.rate[u, t] <= m.limit

    program = Program([*VARIABLES, plausible, enough], DATA)
    assert program.rows["plausible"].size == 0
    assert program.rows["enough"].start == 0
    assert program.dual("plausible", np.ones(3)).tolist() == [[0.0] * 3] * 2
    with pytest.raises(InfeasibleError) as error:
        Program([*VARIABLES, plausible], DATA.assign(limit=3.5))
    assert str(error.value) == (
        "plausible[large, 1] cannot hold: the data violate it by 0.5, and 1 more of its rows (Rates stay small.)"
    )
    before = program.lp
    with pytest.raises(InfeasibleError):
        program.rebind({"limit": 3.5, "need": [5.0, 5.0, 5.0]})
    assert program.lp is before
    assert program.data["limit"].values == 5.0


def test_sums_over_nothing_are_data_alone() -> None:
    def served(m: Any, t: Any) -> Any:
        return sum(m.flow[u, t] for u in m.none) == m.need[t] - 1

    with pytest.raises(InfeasibleError) as error:
        stated(served, sets={"none": []})
    assert str(error.value) == "served[1] cannot hold: the data violate it by 1, and 1 more of its rows"


def test_rounding_is_not_a_violation() -> None:
    data = DATA.assign(big=1e9 / 3, same=1e9 / 3 + 1e-3)

    def equal(m: Any) -> Any:
        return m.big == m.same

    def never(m: Any) -> Any:
        return m.big == m.same + 1.5

    assert stated(equal, (), data=data.assign(same=np.nextafter(1e9 / 3, np.inf))).lp.shape[0] == 0
    with pytest.raises(InfeasibleError, match=r"never cannot hold: the data violate it by 1\.501$"):
        stated(never, (), data=data)


# -- new data ----------------------------------------------------------------------------------------------------------


def test_a_patch_lists_what_changed(program: Program) -> None:
    patch = program.rebind({"price": [10.0, 5.0, 30.0]})
    assert patch.families == ("paid",)
    assert (patch.cost.tolist(), patch.bounds.tolist(), patch.row_bounds.tolist()) == ([1], [], [])
    assert program.lp.cost[1] == 5.0
    assert program.lp.offset == -45.0 + 5.0

    patch = program.rebind({"need": [1.0, 2.0, 4.0], "limit": 6.0})
    assert patch.families == ("size", "enough", "rent")
    assert (patch.bounds.tolist(), patch.row_bounds.tolist()) == ([13], [2])
    assert not patch.empty

    assert program.rebind({"need": [1.0, 2.0, 4.0]}).empty


def test_expressions_are_evaluated_with_the_new_data(program: Program) -> None:
    assert program.rebind({"share": [3.0, 4.0]}).families == ("share_of_flow",)
    assert program.evaluate("share_of_flow", np.ones(14))[:, 0].tolist() == [3.0, 4.0]


def test_zeros_stay_in_the_pattern() -> None:
    def scaled(m: Any, t: Any) -> Any:
        return m.price[t] * m.bought[t] <= 1

    program = stated(scaled)
    assert program.lp.matrix.nnz == 3
    patch = program.rebind({"price": [0.0, 4.0, 30.0]})
    assert patch.entries.tolist() == [0, 1]
    assert program.lp.matrix.data.tolist() == [0.0, 4.0, 30.0]


def test_arrays_with_named_dimensions_are_brought_into_order(program: Program) -> None:
    new = DATA["rate"] + 1
    program.rebind({"rate": new.transpose("hour", "unit")})
    assert program.lp.upper[3:9].tolist() == [1, 2, 3, 4, 5, 6]
    program.rebind(DATA[["rate"]])  # type: ignore[arg-type]  # a Dataset is a mapping of its variables
    assert program.lp.upper[3:9].tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tariff": 1.0}, "'tariff' is not bound in this program; binding it to data changes the structure: rebuild"),
        ({"size": 1.0}, "'size' is a variable in this program; binding it to data changes the structure: rebuild"),
        ({"price": [1.0, 2.0]}, "'price' has shape (2,); this program was built with (3,)"),
        ({"limit": [1.0]}, "'limit' has shape (1,); this program was built with ()"),
        (
            {"share": DATA["need"]},
            "'share' has dimensions ('hour',); this program was built with ('unit',)",
        ),
        (
            {"share": DATA["share"][::-1]},
            "'share' is for ['large', 'small']; this program was built with ['small', 'large']",
        ),
    ],
)
def test_changes_of_structure_are_refused(program: Program, changes: dict[str, Any], message: str) -> None:
    before = program.lp
    with pytest.raises(StructureError) as error:
        program.rebind({"need": [9.0, 9.0, 9.0]} | changes)
    assert str(error.value) == message
    assert program.lp is before
    assert program.data["need"].values.tolist() == [1, 2, 3]


def test_a_lookup_used_as_an_index_is_structure() -> None:
    def of_the_month(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.level[m.month_of[t]]

    with pytest.raises(StructureError) as error:
        stated(of_the_month).rebind({"month_of": [0.0, 1.0, 1.0]})
    assert str(error.value) == "['month_of'] decide which entries 'of_the_month' has; rebuild the model"


def test_row_by_row_rules_may_not_change_their_entries() -> None:
    def dear(m: Any, t: Any) -> Any:
        return (m.bought[t] if m.price[t] > 5 else m.size) <= m.need[t]

    with pytest.warns(RowByRowWarning):
        program = stated(dear)
    before = program.lp
    with pytest.raises(StructureError) as error:
        program.rebind({"price": [10.0, 6.0, 30.0]})
    assert str(error.value) == "the new data change which entries 'dear' has; rebuild the model"
    assert program.lp is before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert program.rebind({"price": [10.0, 1.0, 30.0], "need": [1.0, 2.0, 4.0]}).row_bounds.tolist() == [2]


def test_nothing_at_all() -> None:
    empty = Program([], xr.Dataset())
    assert empty.lp.shape == (0, 0)
    assert empty.lp.objective(np.empty(0)) == 0.0
    assert empty.rebind({}).empty


def test_sets_without_members() -> None:
    data = DATA.isel(unit=slice(0, 0), hour=slice(0, 0), month=slice(0, 0))

    def never_called(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] <= m.bought[t] + m.level[t + 1] + sum(m.share[v] for v in m.unit)

    program = stated(never_called, ("unit", "hour"), data=data)
    assert program.lp.shape == (0, 5)


def counted(*functions: Callable[..., Any]) -> list[int]:
    return [len(rows(stated(function))) for function in functions]


def test_every_index_has_its_row() -> None:
    def plain(m: Any, t: Any) -> Any:
        return m.bought[t] >= 0

    def cancelled(m: Any, t: Any) -> Any:
        return m.bought[t] >= m.bought[t]

    assert counted(plain, cancelled) == [3, 3]
