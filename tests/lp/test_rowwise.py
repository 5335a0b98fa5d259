"""Rules called with numbers, row by row: slower, and otherwise the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyomo.core import Constraint

from optimizer.errors import FormulationError, InfeasibleError
from optimizer.lp.rowwise import RowByRowWarning, product_labels
from optimizer.lp.rules import Kind
from optimizer.lp.symbols import read_sets
from tests.lp.made import DATA, rows, stated

INF = float("inf")


def slowly(
    function: Callable[..., Any], over: str | tuple[str, ...] = "hour", kind: Kind = "constraint", **options: Any
) -> Any:
    with pytest.warns(RowByRowWarning, match=f"rule '{function.__name__}' is compiled row by row"):
        return stated(function, over, kind, **options)


def refusal(function: Callable[..., Any], over: str | tuple[str, ...] = "hour", kind: Kind = "constraint") -> str:
    with pytest.raises(FormulationError) as error:
        stated(function, over, kind)
    return str(error.value)


def test_skipped_rows_stay_as_free_rows() -> None:
    def first(m: Any, t: Any) -> Any:
        return Constraint.Skip if t > 0 else m.bought[t] <= m.need[t]

    def numpy_true(m: Any, t: Any) -> Any:
        return np.True_ if t > 0 else m.bought[t] <= m.need[t]

    for rule in (first, numpy_true):
        assert rows(slowly(rule)) == [({0: 1.0}, -INF, 1.0), ({}, -INF, INF), ({}, -INF, INF)]


def test_data_alone_are_checked_row_by_row() -> None:
    def holds(m: Any, t: Any) -> Any:
        return m.need[t] <= 2 if t < 2 else m.bought[t] <= 1

    def fails(m: Any, t: Any) -> Any:
        """Needs are small."""
        return m.need[t] <= 1 if t < 2 else m.bought[t] <= 1

    def differs(m: Any, t: Any) -> Any:
        return (m.need[t], 1) if t < 2 else m.bought[t] <= 1

    assert rows(slowly(holds)) == [({}, -INF, INF), ({}, -INF, INF), ({2: 1.0}, -INF, 1.0)]
    with pytest.raises(InfeasibleError) as error:
        stated(fails)
    assert str(error.value) == "fails[1] cannot hold: the data violate it by 1 (Needs are small.)"
    with pytest.raises(InfeasibleError, match=r"differs\[1\] cannot hold: the data violate it by 1$"):
        stated(differs)


def test_relations_have_the_sides_of_the_vectorised_ones() -> None:
    def mixed(m: Any, t: Any) -> Any:
        if t == 0:
            return m.need[t] <= m.bought[t] + 2 * m.bought[t]
        if t == 1:
            return m.bought[t], m.size
        return 0, m.bought[t] + 1, m.need[t]

    assert rows(slowly(mixed)) == [({0: 3.0}, 1.0, INF), ({1: 1.0, 13: -1.0}, 0.0, 0.0), ({2: 1.0}, -1.0, 2.0)]


def test_all_members_of_a_variable_are_seen() -> None:
    def everything(m: Any) -> Any:
        return sum(m.flow.values()) + sum(m.bought[:]) <= 1

    assert rows(slowly(everything, ()))[0] == (dict.fromkeys(range(9), 1.0), -INF, 1.0)


def test_data_are_numbers_found_by_label() -> None:
    def worth(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] <= round(m.rate[u, t]) + max(m.share["large"], m.limit) + m.length[m.month_of[t]]

    found = slowly(worth, ("unit", "hour"))
    assert found.lp.row_upper.tolist() == [7.0, 8.0, 8.0, 10.0, 11.0, 11.0]


def test_costs_of_different_lengths() -> None:
    def paid(m: Any, t: Any) -> Any:
        return sum(m.flow[u, t] * m.share[u] for u in m.unit) + 1 if t == 1 else m.price[t]

    program = slowly(paid, kind="cost")
    assert program.lp.cost[[4, 7]].tolist() == [0.5, 2.0]
    assert program.lp.offset == 10 + 1 + 30
    assert program.evaluate("paid", np.arange(14.0)).tolist() == [10.0, 4 * 0.5 + 7 * 2 + 1, 30.0]


def test_bounds() -> None:
    def extra(m: Any, t: Any) -> Any:
        return [None, (None, m.need[t]), (1, None)][int(t)]

    program = slowly(extra, kind="variable")
    at = program.columns["extra"].slice
    assert program.lp.lower[at].tolist() == [0, -INF, 1]
    assert program.lp.upper[at].tolist() == [INF, 2, INF]


def test_what_is_refused() -> None:
    def forgotten(m: Any, t: Any) -> Any:
        if t == 0:
            return m.bought[t] <= 1
        return None

    def squared(m: Any, t: Any) -> Any:
        return m.bought[t] * m.size <= (1 if t == 0 else 2)

    def outside(m: Any, t: Any) -> Any:
        return m.bought[t] <= (m.need[t + 1] if t >= 0 else 0)

    def counted(m: Any, t: Any) -> Any:
        return m.bought[t] <= (m.rate[t] if t >= 0 else 0)

    def typo(m: Any, t: Any) -> Any:
        return m.bought[t] <= (1 if t == 0 else m.neeed[t])

    def text(m: Any, t: Any) -> Any:
        return "much" if t == 0 else m.bought[t]

    def bounded(m: Any, t: Any) -> Any:
        return 0, (m.size if t == 0 else 1)

    assert refusal(forgotten).startswith("constraint 'forgotten' must return a relation (==, <= or >=), not None")
    assert refusal(squared) == "rule squared[0] is not linear: bought[0]*size"
    assert refusal(outside) == (
        "rule outside[2] fails: 'need' asks for 3, which is not in 'hour' (3 members, 0 to 2); "
        "states live on one more boundary than there are intervals"
    )
    assert refusal(counted) == "rule counted[0] fails: 'rate' is used with 1 indices; it has 2"
    assert (
        refusal(typo)
        == "rule 'typo' uses m.neeed, which is neither a set, nor bound data, nor a variable of this model"
    )
    assert refusal(text, kind="cost") == "rule text[0] returns no expression: 'much'"
    assert refusal(bounded, kind="variable") == "the bounds of 'bounded' may use data only, not variables"


def test_labels_of_a_product_run_fastest_at_the_end() -> None:
    sets = read_sets(DATA, {"pairs": [("small", 0), ("large", 1)]})
    assert list(product_labels([])) == [()]
    assert list(product_labels([sets["pairs"], sets["month"]])) == [
        ("small", 0, 0),
        ("small", 0, 1),
        ("large", 1, 0),
        ("large", 1, 1),
    ]
