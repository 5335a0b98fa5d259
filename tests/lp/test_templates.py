"""Walking a rule once with symbolic indices: what is understood, what is refused, and that nothing is left behind."""

from __future__ import annotations

import builtins
import logging
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyomo.core import ConcreteModel, Constraint, RangeSet, exp, inequality
from pyomo.core.base.set import SetData, _FiniteSetMixin, _OrderedSetMixin
from pyomo.core.expr.template_expr import IndexTemplate

from optimizer.errors import FormulationError
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.symbolic import NotSymbolicError, call_symbolically, named, reason_of
from tests.lp.made import DATA, rows, stated

INF = float("inf")
ADVICE = (
    ". To avoid it: no `if` on an index (use a 0/1 Param or a subset), shift with `t + 1` or `t - 1` only, "
    "sum with generators over sets"
)


def refusal(function: Callable[..., Any], over: str | tuple[str, ...] = "hour", **options: Any) -> str:
    with pytest.raises(FormulationError) as error:
        stated(function, over, **options)
    return str(error.value)


# -- what is understood ------------------------------------------------------------------------------------------------


def test_shifts_reach_the_next_boundary() -> None:
    def carried(m: Any, t: Any) -> Any:
        return m.level[t + 1] == m.level[t] + m.bought[t] - m.need[t]

    found = rows(stated(carried))
    assert found[0] == ({0: -1.0, 9: -1.0, 10: 1.0}, -1.0, -1.0)
    assert found[2] == ({2: -1.0, 11: -1.0, 12: 1.0}, -3.0, -3.0)


def test_sums_over_one_set_and_over_two() -> None:
    def some(m: Any, t: Any) -> Any:
        return sum(m.share[u] * m.flow[u, t] for u in m.unit) <= 1

    def all_of_them(m: Any) -> Any:
        return sum(m.flow[u, t] for u in m.unit for t in m.hour) + sum(1 for t in m.hour) * m.size <= 1

    assert rows(stated(some))[1] == ({4: 0.5, 7: 2.0}, -INF, 1.0)
    assert rows(stated(all_of_them, ()))[0] == (dict.fromkeys(range(3, 9), 1.0) | {13: 3.0}, -INF, 1.0)


def test_a_sum_may_have_a_start_and_be_over_nothing() -> None:
    def started(m: Any, t: Any) -> Any:
        return sum((m.flow[u, t] for u in m.unit), m.bought[t]) + sum(x for x in ()) <= 1

    def over_nothing(m: Any, t: Any) -> Any:
        return m.bought[t] + sum(m.flow[u, t] for u in m.none) >= sum(m.need[t] for u in m.none)

    assert rows(stated(started))[0] == ({0: 1.0, 3: 1.0, 6: 1.0}, -INF, 1.0)
    assert rows(stated(over_nothing, sets={"none": []}))[2] == ({2: 1.0}, 0.0, INF)


def test_subsets_and_sets_of_pairs() -> None:
    def falling(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.bought[t - 1]

    def paired(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] + sum(m.flow[v, k] for v, k in m.pairs) <= 1

    assert [row for row, _, _ in rows(stated(falling, "late", sets={"late": [2, 1]}))] == [
        {1: -1.0, 2: 1.0},
        {0: -1.0, 1: 1.0},
    ]
    pairs = [("large", 0), ("small", 2)]
    assert rows(stated(paired, "pairs", sets={"pairs": pairs})) == [
        ({5: 1.0, 6: 2.0}, -INF, 1.0),
        ({5: 2.0, 6: 1.0}, -INF, 1.0),
    ]


def test_an_empty_set_of_pairs_says_how_long_they_are() -> None:
    def paired(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] <= sum(m.flow[v, k] for v, k in m.pairs)

    empty = pd.MultiIndex.from_arrays([[], []])
    assert rows(stated(paired, "pairs", sets={"pairs": empty})) == []  # type: ignore[dict-item]


def test_a_lookup_may_be_an_index() -> None:
    def of_the_month(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.length[m.month_of[t]] * m.size

    program = stated(of_the_month)
    assert [row[13] for row, _, _ in rows(program)] == [-2.0, -2.0, -1.0]
    assert program.lookups == {"month_of"}


def test_fixed_indices_and_the_ends_of_a_set() -> None:
    def ends(m: Any) -> Any:
        return m.level[m.boundary.last()] - m.level[m.boundary.first()] >= m.rate["large", 1] * m.flow["large", 2]

    assert rows(stated(ends, ())) == [({8: 4.0, 9: 1.0, 12: -1.0}, -INF, 0.0)]


def test_relations_keep_data_on_the_side_where_they_were_written() -> None:
    def below(m: Any, t: Any) -> Any:
        return m.bought[t] + 1 <= m.need[t]

    def above(m: Any, t: Any) -> Any:
        return m.bought[t] >= m.need[t] - m.size

    def known_first(m: Any, t: Any) -> Any:
        return m.need[t] == m.bought[t]

    assert rows(stated(below))[1] == ({1: 1.0}, -INF, 1.0)
    assert rows(stated(above))[1] == ({1: -1.0, 13: -1.0}, -INF, -2.0)
    assert rows(stated(known_first))[1] == ({1: 1.0}, 2.0, 2.0)


def test_tuples_and_ranges() -> None:
    def equal(m: Any, t: Any) -> Any:
        return m.bought[t], m.need[t]

    def ranged(m: Any, t: Any) -> Any:
        return 0, m.bought[t] + 1, m.need[t]

    def also_ranged(m: Any, t: Any) -> Any:
        return inequality(0, m.bought[t] + 1, m.need[t])

    def upper(m: Any, t: Any) -> Any:
        return None, m.bought[t], m.need[t]

    def lower(m: Any, t: Any) -> Any:
        return m.need[t], m.bought[t], None

    def free(m: Any, t: Any) -> Any:
        return None, m.bought[t] + 1, None

    bounds = [rows(stated(rule))[2] for rule in (equal, ranged, also_ranged, upper, lower, free)]
    assert bounds == [
        ({2: 1.0}, 3.0, 3.0),
        ({2: 1.0}, -1.0, 2.0),
        ({2: 1.0}, -1.0, 2.0),
        ({2: 1.0}, -INF, 3.0),
        ({2: 1.0}, 3.0, INF),
        ({2: 1.0}, -INF, INF),
    ]


def test_a_column_twice_in_a_row_adds_up_and_zeros_stay() -> None:
    def twice(m: Any, t: Any) -> Any:
        return m.bought[t] + 2 * m.bought[t] + m.price[t] * m.size <= m.bought[t] / m.share["small"]

    assert rows(stated(twice))[1] == ({1: 1.0, 13: 0.0}, -INF, 0.0)


def test_functions_of_data() -> None:
    def shaped(m: Any, t: Any) -> Any:
        return m.bought[t] <= exp(m.need[t]) + abs(m.need[t] - 2) ** 2 + t - (-m.limit)

    assert [upper for _, _, upper in rows(stated(shaped))] == pytest.approx([np.e + 6, np.e**2 + 6, np.e**3 + 8])


def test_an_index_may_be_a_side_of_a_relation() -> None:
    def numbered(m: Any, t: Any) -> Any:
        return t == m.bought[t]

    assert rows(stated(numbered))[2] == ({2: 1.0}, 2.0, 2.0)


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_an_unknown_name() -> None:
    def typo(m: Any, t: Any) -> Any:
        return m.bougth[t] >= 1

    assert (
        refusal(typo)
        == "rule 'typo' uses m.bougth, which is neither a set, nor bound data, nor a variable of this model"
    )


def test_what_is_not_linear() -> None:
    def product(m: Any, t: Any) -> Any:
        return m.bought[t] * m.size <= 1

    def quotient(m: Any, t: Any) -> Any:
        return m.need[t] / m.bought[t] <= 1

    def power(m: Any, t: Any) -> Any:
        return m.bought[t] ** 2 <= 1

    def absolute(m: Any, t: Any) -> Any:
        return abs(m.bought[t]) <= 1

    def moved(m: Any, t: Any) -> Any:
        return m.bought[t + m.size] <= 1

    assert refusal(product) == "rule 'product' multiplies two variables, which is not linear"
    assert refusal(quotient) == "rule 'quotient' divides by a variable, which is not linear"
    assert refusal(power) == "rule 'power' puts a variable into a power or a function, which is not linear"
    assert refusal(absolute) == "rule 'absolute' puts a variable into a power or a function, which is not linear"
    assert refusal(moved) == "rule 'moved' uses a variable as an index"


def test_strict_relations() -> None:
    def strictly(m: Any, t: Any) -> Any:
        return m.bought[t] < 5

    assert refusal(strictly) == "constraint 'strictly' uses < or >; a linear program knows <=, >= and == only"


def test_an_index_outside_its_set_never_wraps_around() -> None:
    def before(m: Any, t: Any) -> Any:
        return m.level[t - 1] <= 1

    def after(m: Any, t: Any) -> Any:
        return m.bought[t + 1] <= 1

    def elsewhere(m: Any, t: Any) -> Any:
        return m.flow["huge", t] <= 1

    def fixed(m: Any, t: Any) -> Any:
        return m.bought[7] <= 1

    def between(m: Any, t: Any) -> Any:
        return m.bought[t / 2] <= 1

    def in_an_empty_set(m: Any) -> Any:
        return m.nowhere[3] <= m.size

    hint = "; states live on one more boundary than there are intervals"
    assert (
        refusal(before) == f"rule 'before', 'level', asks for -1, which is not in 'boundary' (4 members, 0 to 3){hint}"
    )
    assert refusal(after) == f"rule 'after', 'bought', asks for 3, which is not in 'hour' (3 members, 0 to 2){hint}"
    assert (
        refusal(elsewhere)
        == "rule 'elsewhere', 'flow', asks for huge, which is not in 'unit' (2 members, small to large)"
    )
    assert refusal(fixed) == "rule fixed[0] fails: Index '7' is not valid for indexed component 'bought'"
    assert refusal(between) == "rule 'between', 'bought', is looked up by something else than whole numbers"


def test_a_wrong_number_of_indices() -> None:
    def few(m: Any, t: Any) -> Any:
        return m.flow[t] <= 1

    def many(m: Any, t: Any) -> Any:
        return m.bought["small", t] <= 1

    def none(m: Any, t: Any) -> Any:
        return m.size[t] <= 1

    def arguments(m: Any) -> Any:
        return m.size <= 1

    assert refusal(few) == "rule 'few' uses 'flow' with 1 indices; it has 2: ('unit', 'hour')"
    assert refusal(many) == "rule 'many' uses 'bought' with 2 indices; it has 1: ('hour',)"
    assert refusal(none) == "rule none[0] fails: Cannot treat the scalar component 'size' as an indexed component"
    assert refusal(arguments).startswith("rule arguments[0] fails: ")
    assert refusal(arguments).endswith("arguments() takes 1 positional argument but 2 were given")


def test_a_label_is_not_a_number() -> None:
    def valued(m: Any, u: Any) -> Any:
        return m.size <= u

    assert refusal(valued, "unit") == "rule 'valued' uses the index u as a number, but its set has labels"


def test_division_by_zero_names_the_divisor() -> None:
    def shared(m: Any, t: Any) -> Any:
        return m.bought[t] / m.price[t] <= 1

    assert refusal(shared) == "rule 'shared' divides by zero: price[t]"


def test_what_comes_to_no_number_is_named() -> None:
    data = DATA.assign(gap=("hour", [1.0, np.nan, 2.0]), endless=("hour", [1.0, 2.0, np.inf]))

    def bounded(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.gap[t] + m.need[t]

    def weighted(m: Any, t: Any) -> Any:
        return m.endless[t] * m.bought[t] <= 1

    def paid(m: Any, t: Any) -> Any:
        return m.gap[t] * m.bought[t]

    def open_ended(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.endless[t]

    assert refusal(bounded, data=data) == "a bound of bounded[1] comes to nan; it is computed from gap, need"

    def lasting(m: Any, t: Any) -> Any:
        return m.bought[t] + m.endless[t]

    assert refusal(lasting, kind="expression", data=data) == (
        "a constant of lasting[2] comes to inf; it is computed from endless"
    )
    assert refusal(weighted, data=data) == "a coefficient of weighted[2] comes to inf; it is computed from endless"
    assert refusal(paid, kind="cost", data=data) == "a coefficient of paid[1] comes to nan; it is computed from gap"
    assert rows(stated(open_ended, data=data))[2] == ({2: 1.0}, -INF, INF)


def test_bounds_hold_data_only() -> None:
    def sized(m: Any, t: Any) -> Any:
        return 0, m.size

    def single(m: Any, t: Any) -> Any:
        return 3

    assert refusal(sized, kind="variable") == "the bounds of 'sized' may use data only, not variables"
    assert refusal(single, kind="variable") == "variable 'single' must return (lower, upper), not 3"


def test_a_rule_that_states_nothing() -> None:
    def forgotten(m: Any, t: Any) -> Any:
        m.bought[t] >= 1  # noqa: B015

    def plain(m: Any, t: Any) -> Any:
        return m.bought[t]

    def related(m: Any, t: Any) -> Any:
        return m.bought[t] >= 1

    def outer(m: Any, t: Any) -> Any:
        return m.size, m.bought[t], 3

    def missing(m: Any, t: Any) -> Any:
        return None, m.bought[t]

    skip = "to leave an index out, return Constraint.Skip"
    assert refusal(forgotten) == f"constraint 'forgotten' must return a relation (==, <= or >=), not None; {skip}"
    assert refusal(plain) == f"constraint 'plain' must return a relation (==, <= or >=), not bought[t]; {skip}"
    assert refusal(related, kind="cost") == "cost 'related' must return an expression, not 1  <=  bought[t]"
    assert refusal(missing, kind="expression") == "expression 'missing' must return an expression, not 2 things"
    assert refusal(forgotten, kind="cost") == "cost 'forgotten' must return an expression, not None"
    assert refusal(outer) == "the outer sides of 'outer' may use data only; write two constraints"
    assert refusal(missing) == "constraint 'missing' returns a tuple with None where an expression belongs"


# -- what is compiled row by row ---------------------------------------------------------------------------------------


def check(function: Callable[..., Any], reason: str, uppers: list[float], over: str = "hour", **options: Any) -> None:
    """The warning says why, and the rows are right all the same."""
    with pytest.warns(RowByRowWarning) as caught:
        program = stated(function, over, **options)
    assert [str(warning.message) for warning in caught] == [
        f"rule {function.__name__!r} is compiled row by row, which is slow: {reason}{ADVICE}"
    ]
    assert caught[0].filename.endswith("made.py")
    assert program.lp.row_upper.tolist() == uppers


def test_branches_on_an_index_or_on_data() -> None:
    def first(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t == 0 else 8)

    def not_first(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t != 0 else 8)

    def early(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t < 2 else 8)

    def small(m: Any, u: Any) -> Any:
        return m.size <= (7 if u == "small" else 8)

    def dear(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if m.price[t] > 20 else 8)

    check(first, "it compares an index with 0", [7, 8, 8])
    check(not_first, "it compares an index with 0", [8, 7, 7])
    check(early, "it asks whether t < 2 holds", [7, 7, 8])
    check(small, "it compares an index with 'small'", [7, 8], "unit")
    check(dear, "it asks whether 20 < price[t] holds", [8, 8, 7])


def test_membership() -> None:
    def in_positions(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t in m.hour else 8)

    def in_subset(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t + 1 in m.late else 8)

    def in_python(m: Any, t: Any) -> Any:
        return m.bought[t] <= (7 if t in {0, 1} else 8)

    def in_words(m: Any, t: Any) -> Any:
        return m.bought[t] <= {"hour 0": 7, "hour 1": 7, "hour 2": 8}[f"hour {t}"]

    def in_filter(m: Any, t: Any) -> Any:
        return m.bought[t] <= sum(m.share[u] for u in m.unit if u != "small")

    check(in_positions, "it asks whether an index is in hour", [7, 7, 7])
    check(in_subset, "it asks whether an index is in late", [7, 8, 8], sets={"late": [1]})
    check(in_python, "it looks something up by an index in plain Python", [7, 7, 8])
    check(in_words, "hour t", [7, 7, 8])
    check(in_filter, "it compares an index with 'small'", [2, 2, 2])


def test_arithmetic_that_has_no_template() -> None:
    def daily(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.need[t % 2]

    def plain(m: Any, t: Any) -> Any:
        return m.bought[t] <= int(t)

    check(daily, "unsupported operand type(s) for %: an index and 'int'", [1, 2, 1])
    check(plain, "it turns t into a plain int", [0, 1, 2])


def test_loops_outside_of_sums() -> None:
    def added(m: Any, t: Any) -> Any:
        total = 0
        for u in m.unit:
            total += m.share[u]
        return m.bought[t] <= total

    def listed(m: Any, t: Any) -> Any:
        return m.bought[t] <= sum([m.share[u] for u in m.unit])

    def looked_at(m: Any, t: Any) -> Any:
        return m.bought[t] <= sum(m.share[u] * max(m.hour) for u in m.unit)

    def mixed(m: Any, t: Any) -> Any:
        return m.bought[t] <= sum(m.share[u] * k for u in m.unit for k in [1, 2])

    def product(m: Any, t: Any) -> Any:
        return m.bought[t] <= sum(m.rate[u, k] for u, k in m.unit * m.hour)

    check(product, "it sums over unit*hour, which is not one of the model's sets", [15, 15, 15])
    check(added, "it loops over unit outside of a sum", [2.5, 2.5, 2.5])
    check(listed, "it loops over unit outside of a sum", [2.5, 2.5, 2.5])
    check(looked_at, "it looks at all members of a set inside of a sum", [5, 5, 5])
    check(mixed, "it sums over a set and over something else at once", [7.5, 7.5, 7.5])


def test_a_function_without_a_vectorised_form() -> None:
    from pyomo.core import sinh  # noqa: PLC0415

    def shaped(m: Any, t: Any) -> Any:
        return m.bought[t] <= sinh(0 * m.need[t])

    check(shaped, "it uses sinh, which has no vectorised form", [0, 0, 0])


def test_what_fails_both_ways_is_an_error_without_a_warning() -> None:
    def chained(m: Any, t: Any) -> Any:
        return 0 <= m.bought[t] <= 5

    def bare(m: Any, t: Any) -> Any:
        return m.bought <= 5

    def broken(m: Any, t: Any) -> Any:
        raise ValueError("no luck today.\nAt all")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refusal(chained) == "rule chained[0] fails: it asks whether 0 <= bought[0] holds"
        assert refusal(bare) == "rule bare[0] fails: '<=' not supported between instances of 'IndexedVar' and 'int'"
        assert refusal(broken) == "rule broken[0] fails: no luck today"


# -- what is left behind -----------------------------------------------------------------------------------------------


def untouched() -> bool:
    return (
        builtins.sum is PLAIN_SUM
        and _FiniteSetMixin.__iter__ is PLAIN_ITER
        and SetData.__contains__ is PLAIN_CONTAINS
        and (_OrderedSetMixin.first, _OrderedSetMixin.last) == PLAIN_ENDS
        and "__eq__" not in IndexTemplate.__dict__
        and "__ne__" not in IndexTemplate.__dict__
        and logging.getLogger("pyomo").level == PLAIN_LEVEL
    )


PLAIN_SUM, PLAIN_ITER, PLAIN_CONTAINS = builtins.sum, _FiniteSetMixin.__iter__, SetData.__contains__
PLAIN_ENDS = (_OrderedSetMixin.first, _OrderedSetMixin.last)
PLAIN_LEVEL = logging.getLogger("pyomo").level


def test_nothing_of_pyomo_stays_replaced() -> None:
    seen = []

    def looking(m: Any, t: Any) -> Any:
        seen.append(untouched())
        return m.bought[t] >= sum(m.share[u] for u in m.unit)

    def failing(m: Any, t: Any) -> Any:
        sum(m.share[u] for u in m.unit)
        raise ValueError("half way")

    def typo(m: Any, t: Any) -> Any:
        return sum(m.shares[u] for u in m.unit) >= 0

    stated(looking)
    assert seen == [False]
    assert untouched()
    for function in (failing, typo):
        refusal(function)
        assert untouched()


def test_pyomo_logs_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    def filtered(m: Any, t: Any) -> Any:
        return sum(m.flow[u, t] for u in m.unit if u in {"small"}) <= 1

    with pytest.warns(RowByRowWarning):
        stated(filtered)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_two_threads_compile_at_once() -> None:
    def balanced(m: Any, t: Any) -> Any:
        return sum(m.flow[u, t] for u in m.unit) + m.bought[t] >= m.need[t]

    def branching(m: Any, t: Any) -> Any:
        return sum(m.flow[u, t] for u in m.unit) <= (1 if t == 0 else 2)

    def compiled(function: Callable[..., Any]) -> Program:
        return stated(function)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RowByRowWarning)
        expected = [rows(compiled(function)) for function in (balanced, branching)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(compiled, [balanced, branching] * 20))
    assert [rows(program) for program in found] == expected * 20
    assert untouched()


def test_other_threads_keep_plain_sums_and_sets() -> None:
    model = ConcreteModel()
    model.hours = RangeSet(0, 3)
    inside, finished = threading.Event(), threading.Event()
    found: list[Any] = []

    def waiting(m: Any, t: Any) -> Any:
        inside.set()
        assert finished.wait(10)
        return m.bought[t] >= sum(m.share[u] for u in m.unit)

    def meanwhile() -> None:
        assert inside.wait(10)
        found.extend([sum((n for n in model.hours), 10), sum(x for x in ()), list(model.hours), 2 in model.hours])
        finished.set()

    other = threading.Thread(target=meanwhile)
    other.start()
    program = stated(waiting)
    other.join()
    assert found == [16, 0, [0, 1, 2, 3], True]
    assert rows(program)[0] == ({0: 1.0}, 2.5, INF)


def test_indices_keep_the_authors_names() -> None:
    model = ConcreteModel()
    model.hours = RangeSet(0, 3)

    def mapped(m: Any, t: Any) -> Any:
        return sum(k * t for k in m.hours)

    called = call_symbolically(mapped, model, model.hours)
    assert len(called.indices) == 1
    assert set(called.names.values()) == {"k", "t"}
    assert named("a[_1] + b[_12] + c_1", {1: "t"}) == "a[t] + b[_12] + c_1"
    assert reason_of(ValueError(""), {}) == "ValueError"
    with pytest.raises(NotSymbolicError, match="it loops over hours outside of a sum"):
        call_symbolically(lambda m: list(m.hours), model, None)


def test_constants_stand_for_what_always_holds_or_is_left_out() -> None:
    def skipped(m: Any, t: Any) -> Any:
        return Constraint.Skip

    def fulfilled(m: Any, t: Any) -> Any:
        return Constraint.Feasible

    def true(m: Any, t: Any) -> Any:
        return True

    for function in (skipped, fulfilled, true):
        assert stated(function).lp.shape[0] == 0
