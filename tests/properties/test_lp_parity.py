"""The compiled program against Pyomo's own standard form of the same rules, entry by entry."""

from __future__ import annotations

import warnings
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.core import Var, value
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from optimizer.errors import InfeasibleError
from optimizer.formulation import FAMILIES
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning, product_labels
from optimizer.lp.rules import Rule
from tests.properties.strategies import World, formulations, row_by_row, sites, source_of, worlds

FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
CLOSE = {"rtol": 1e-12, "atol": 1e-11}


class Dense(NamedTuple):
    """A program written out, its rows by name."""

    cost: np.ndarray
    offset: float
    lower: np.ndarray
    upper: np.ndarray
    rows: dict[tuple[str, int], tuple[np.ndarray, float, float]]


def build(rules: list[Rule], world: World) -> Program:
    """State a program, passing over the worlds in which a row without variables is violated."""
    note("\n".join(source_of(rule) for rule in rules))
    try:
        return Program(rules, world.data, sets=world.sets)
    except InfeasibleError:
        reject()


def written_out(program: Program) -> Dense:
    lp, matrix = program.lp, program.lp.matrix.toarray()
    rows = {
        (name, number): (matrix[at], float(lp.row_lower[at]), float(lp.row_upper[at]))
        for name, family in program.rows.items()
        for number, at in enumerate(range(family.start, family.start + family.size))
    }
    return Dense(lp.cost, lp.offset, lp.lower, lp.upper, rows)


def pyomo_form(program: Program) -> Dense:
    """Let Pyomo call the rules and compile them, and lay its standard form out as the program is."""
    model = program.to_pyomo()
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    columns = {
        member: columns.start + number
        for columns in program.columns.values()
        for member, number in members(program, columns.name, columns.dims).items()
    }
    numbers = {
        member: (family.name, number)
        for family in program.rows.values()
        for member, number in members(program, family.name, family.dims).items()
    }
    width = len(program.lp.cost)
    places = [columns[key(variable)] for variable in form.columns]
    rows: dict[tuple[str, int], tuple[np.ndarray, float, float]] = {}
    matrix = form.A.toarray()
    for found, (constraint, sense), bound in zip(matrix, form.rows, form.rhs, strict=True):
        row = numbers[key(constraint)]
        coefficients = np.zeros(width)
        coefficients[places] = found
        _, lower, upper = rows.get(row, (None, -np.inf, np.inf))
        rows[row] = (coefficients, lower if sense == 1 else bound, upper if sense == -1 else bound)
    cost, lower, upper = np.zeros(width), np.full(width, np.nan), np.full(width, np.nan)
    cost[places] = form.c.toarray()[0]
    for variable in model.component_data_objects(Var):
        at = columns[key(variable)]
        lower[at] = -np.inf if variable.lb is None else variable.lb
        upper[at] = np.inf if variable.ub is None else variable.ub
    return Dense(cost, float(form.c_offset[0]), lower, upper, rows)


def members(program: Program, name: str, dims: tuple[str, ...]) -> dict[tuple[str, Any], int]:
    labels = product_labels([program.sets[dim] for dim in dims])
    return {(name, index): number for index, number in zip(labels, count())}


def key(component: Any) -> tuple[str, Any]:
    index = component.index()
    return component.parent_component().local_name, () if index is None else index if isinstance(index, tuple) else (
        index,
    )


def assert_same(ours: Dense, theirs: Dense) -> None:
    np.testing.assert_allclose(ours.cost, theirs.cost, **CLOSE)
    np.testing.assert_allclose(ours.offset, theirs.offset, **CLOSE)
    np.testing.assert_allclose(ours.lower, theirs.lower, **CLOSE)
    np.testing.assert_allclose(ours.upper, theirs.upper, **CLOSE)
    for row in ours.rows.keys() | theirs.rows.keys():
        assert_same_row(row, ours.rows.get(row), theirs.rows.get(row))


def assert_same_row(name: tuple[str, int], ours: Any, theirs: Any) -> None:
    """Compare two rows; one that one side leaves out must say nothing on the other.

    An equality of variables on both sides may come with its sides swapped: Python asks the right side first where its
    class derives from the left one's, and symbolic terms have other classes than plain ones.
    """
    if ours is None or theirs is None:
        coefficients, lower, upper = ours or theirs
        said = (coefficients != 0).any() and np.isfinite([lower, upper]).any()
        assert not said, f"{name} is missing: {ours} {theirs}"
        assert lower <= 1e-9, name
        assert upper >= -1e-9, name
        return
    if ours[1] == ours[2] and not np.allclose(ours[0], theirs[0], **CLOSE):
        theirs = tuple(-part for part in theirs)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, err_msg=str(name), **CLOSE)


def upright(dense: Dense) -> Dense:
    """Turn every row so that its first coefficient is positive, and drop those without coefficients.

    Called with numbers, a rule loses the variables that are multiplied by zero, and with them perhaps a whole side.
    """
    rows = {}
    for name, (coefficients, lower, upper) in dense.rows.items():
        nonzero = coefficients[coefficients != 0]
        if len(nonzero) and nonzero[0] > 0:
            rows[name] = (coefficients, lower, upper)
        elif len(nonzero):
            rows[name] = (-coefficients, -upper, -lower)
    return dense._replace(rows=rows)


def empty_rows_hold(dense: Dense) -> bool:
    return all(lower <= 1e-9 and upper >= -1e-9 for row, lower, upper in dense.rows.values() if not (row != 0).any())


@given(st.data())
@FEW
def test_program_equals_pyomos_standard_form(data: st.DataObject) -> None:
    world = data.draw(worlds())
    program = build(data.draw(formulations(world)), world)
    assert all(program.is_symbolic(rule.name) for rule in program.rules)
    ours = written_out(program)
    try:
        theirs = pyomo_form(program)
    except InfeasibleConstraintException:  # all coefficients of a row are zero, and zero is outside its bounds
        assert not empty_rows_hold(ours)
        return
    assert_same(ours, theirs)


@given(sites())
@FEW
def test_site_equals_pyomos_standard_form(world: World) -> None:
    program = build(list(FAMILIES), world)
    assert all(program.is_symbolic(rule.name) for rule in program.rules)
    ours = written_out(program)
    try:
        theirs = pyomo_form(program)
    except InfeasibleConstraintException:
        assert not empty_rows_hold(ours)
        return
    assert_same(ours, theirs)


@given(st.data())
@FEW
def test_row_by_row_equals_all_at_once(data: st.DataObject) -> None:
    world = data.draw(worlds())
    rules = data.draw(formulations(world))
    at_once = written_out(build(rules, world))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RowByRowWarning)
        try:
            one_by_one = written_out(Program([row_by_row(rule) for rule in rules], world.data, sets=world.sets))
        except InfeasibleError:
            assert not empty_rows_hold(at_once)
            return
    # A row whose coefficients are all 0 and that cannot hold may be kept by both, for the proof to find.
    assert_same(upright(at_once), upright(one_by_one))


@given(st.data())
@FEW
def test_values_at_a_point_equal_pyomos(data: st.DataObject) -> None:
    world = data.draw(worlds())
    program = build(data.draw(formulations(world)), world)
    x = np.arange(1, len(program.lp.cost) + 1) / 4
    model = program.to_pyomo()
    for columns in program.columns.values():
        for (name, index), number in members(program, columns.name, columns.dims).items():
            getattr(model, name)[index or None].set_value(x[columns.start + number], skip_validation=True)
    for rule in program.rules:
        if rule.kind in ("cost", "expression"):
            theirs = [value(member) for member in getattr(model, rule.name).values()]
            np.testing.assert_allclose(program.evaluate(rule.name, x).ravel(), theirs, **CLOSE)
    np.testing.assert_allclose(program.lp.objective(x), value(model.objective), **CLOSE)
