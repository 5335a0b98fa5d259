"""Any sequence of new data put in place gives the very program that stating it from scratch would give."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, assume, event, given, reject, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from optimizer.errors import FormulationError, InfeasibleError, OptimizerError, StructureError
from optimizer.formulation import FAMILIES
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.families import Family
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.rules import Kind, Rule
from tests.properties.strategies import MONTH, World, as_rule, formulations, new_values, sites, source_of, worlds

CHANGEABLE = ("p0", "a", "b", "c", "d", "q0", "qa", "qb")

BRANCHING = as_rule(
    "constraint",
    "branching",
    ("hour",),
    "def branching(m, t):\n    return (m.x[t] if m.a[t] > 0 else m.z) + m.q0 * m.x[t] <= m.p0\n",
)
"""Compiled row by row; new signs of `a` change which entries it has."""


def vectors(lp: LinearProgram) -> dict[str, np.ndarray]:
    return {
        "cost": lp.cost,
        "offset": np.array(lp.offset),
        "lower": lp.lower,
        "upper": lp.upper,
        "row_lower": lp.row_lower,
        "row_upper": lp.row_upper,
        "entries": lp.matrix.data,
        "indices": lp.matrix.indices,
        "indptr": lp.matrix.indptr,
    }


def copied(lp: LinearProgram) -> dict[str, np.ndarray]:
    return {name: vector.copy() for name, vector in vectors(lp).items()}


def differ(before: dict[str, np.ndarray], after: dict[str, np.ndarray], *names: str) -> list[int]:
    changed = np.logical_or.reduce([before[name] != after[name] for name in names])
    return np.flatnonzero(changed).tolist()


def state(rules: list[Rule], world: World) -> Program:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RowByRowWarning)
        return Program(rules, world.data, sets=world.sets)


@contextmanager
def evaluations() -> Iterator[list[str]]:
    """Note which families are evaluated."""
    names: list[str] = []
    evaluate = Family._evaluate

    def noting(self: Family, *arguments: Any) -> Any:
        names.append(self.rule.name)
        return evaluate(self, *arguments)

    with mock.patch.object(Family, "_evaluate", noting):
        yield names


def readers(program: Program, names: frozenset[str]) -> set[str]:
    """Find the families whose text mentions one of the names."""
    return {rule.name for rule in program.rules if any(re.search(rf"\bm\.{name}\b", source_of(rule)) for name in names)}


class Rebinding(RuleBasedStateMachine):
    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.world = data.draw(worlds())
        self.rules = [*data.draw(formulations(self.world)), BRANCHING]
        try:
            self.program = state(self.rules, self.world)
        except InfeasibleError:
            assume(False)

    @rule(data=st.data(), names=st.sets(st.sampled_from(CHANGEABLE), min_size=1, max_size=3))
    def change(self, data: st.DataObject, names: set[str]) -> None:
        changes = {name: data.draw(new_values(self.world, name), label=name) for name in sorted(names)}
        changed = World(
            self.world.data.assign({name: (self.world.data[name].dims, new) for name, new in changes.items()}),
            self.world.sets,
        )
        before = copied(self.program.lp)
        try:
            with evaluations() as evaluated:
                patch = self.program.rebind(changes)
        except (StructureError, InfeasibleError) as refusal:
            event(f"refused: {type(refusal).__name__}")
            self.assert_rightly_refused(refusal, changed, before)
            return
        event("nothing changed" if patch.empty else "changed")
        self.world = changed
        assert_lists_what_changed(patch, before, copied(self.program.lp))
        assert sorted(evaluated) == sorted(patch.families)
        # Not always all of them: Pyomo drops what is multiplied by a written zero.
        assert set(patch.families) <= readers(self.program, frozenset(names))

    def assert_rightly_refused(self, refusal: OptimizerError, changed: World, before: dict[str, np.ndarray]) -> None:
        if isinstance(refusal, InfeasibleError):
            with pytest.raises(InfeasibleError):
                state(self.rules, changed)
            return
        try:
            rebuilt = vectors(state(self.rules, changed).lp)
        except InfeasibleError:
            return
        assert any(not np.array_equal(before[name], rebuilt[name]) for name in ("indices", "indptr"))

    @rule(wrong=st.sampled_from(["unknown", "variable", "shape", "text", "not a number", "lookup"]), data=st.data())
    def refuse(self, wrong: str, data: st.DataObject) -> None:
        good = {"p0": data.draw(new_values(self.world, "p0"))}
        bad: dict[str, Any] = {
            "unknown": {"nothing": 1.0},
            "variable": {"x": np.ones(len(self.program.sets["hour"]))},
            "shape": {"a": np.ones(7)},
            "text": {"p0": "much"},
            "not a number": {"q0": np.nan},
            "lookup": {MONTH: self.program.data[MONTH].values},
        }[wrong]
        if wrong == "lookup" and MONTH not in self.program.lookups:
            return
        with pytest.raises((StructureError, FormulationError)):
            self.program.rebind(good | bad)

    @precondition(lambda self: hasattr(self, "program"))
    @invariant()
    def equals_a_new_one(self) -> None:
        now, rebuilt = vectors(self.program.lp), vectors(state(self.rules, self.world).lp)
        for name, vector in rebuilt.items():
            assert np.array_equal(now[name], vector), name
        for name, array in self.program.data.items():
            assert np.array_equal(array.values, self.world.data[name].values), name


def assert_lists_what_changed(patch: Patch, before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> None:
    assert patch.cost.tolist() == differ(before, after, "cost")
    assert patch.bounds.tolist() == differ(before, after, "lower", "upper")
    assert patch.row_bounds.tolist() == differ(before, after, "row_lower", "row_upper")
    assert patch.entries.tolist() == differ(before, after, "entries")
    everything = ("cost", "lower", "upper", "row_lower", "row_upper", "entries")
    assert patch.empty == (not any(differ(before, after, name) for name in everything))


TestRebinding = Rebinding.TestCase
TestRebinding.settings = settings(
    max_examples=25,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@given(sites(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_site_rebound_equals_one_stated_anew(world: World, data: st.DataObject) -> None:
    """Of all that a site has: tariffs, generators, finance, targets, contracts, work."""
    rules = list(FAMILIES)
    try:
        program = state(rules, world)
    except InfeasibleError:
        reject()
    changeable = sorted(set(map(str, world.data.data_vars)) - set(program.lookups))
    names = data.draw(st.sets(st.sampled_from(changeable), min_size=1, max_size=4))
    factor = data.draw(st.sampled_from([0.5, 1.25]))
    changed = World(world.data.assign({name: factor * world.data[name] for name in names}), world.sets)
    before = copied(program.lp)
    try:
        patch = program.rebind({name: changed.data[name].values for name in names})
        rebuilt = vectors(state(rules, changed).lp)
    except (StructureError, InfeasibleError):
        reject()
    assert_lists_what_changed(patch, before, copied(program.lp))
    for name, vector in vectors(program.lp).items():
        assert np.array_equal(vector, rebuilt[name]), name


def test_only_the_families_that_read_a_name_are_evaluated_again() -> None:
    written: tuple[tuple[Kind, str, str], ...] = (
        ("variable", "x(m, t)", "0, m.limit"),
        ("constraint", "plain(m, t)", "m.x[t] >= m.need[t]"),
        ("constraint", "summed(m)", "sum(m.x[t] * m.share[t] for t in m.hour) <= m.limit"),
        ("constraint", "slow(m, t)", "m.x[t] <= (m.limit if t == 0 else m.need[t] + 1)"),
        ("cost", "paid(m, t)", "m.price[t] * m.x[t]"),
        ("expression", "worth(m, t)", "m.price[t] * m.need[t]"),
    )
    rules = [
        as_rule(kind, head[: head.index("(")], ("hour",) if ", t" in head else (), f"def {head}:\n    return {body}\n")
        for kind, head, body in written
    ]
    data = xr.Dataset({name: ("hour", [1.0, 2.0]) for name in ("need", "share", "price")} | {"limit": 9.0})
    program = state(rules, World(data, {}))
    reading = {
        "need": {"plain", "slow", "worth"},
        "share": {"summed"},
        "price": {"paid", "worth"},
        "limit": {"x", "summed", "slow"},
    }
    for name, families in reading.items():
        with evaluations() as evaluated:
            patch = program.rebind({name: program.data[name].values})
        assert set(patch.families) == families
        assert sorted(evaluated) == sorted(families)
        assert patch.empty
