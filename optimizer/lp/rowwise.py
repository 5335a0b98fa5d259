"""The way out for rules that cannot be walked with a symbolic index: call them row by row with numbers.

Slower by a factor of a hundred or more, so the caller warns. Rows that the rule skips stay as empty, free rows:
every index keeps its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pyomo.core.base.var import Var

from optimizer.errors import FormulationError
from optimizer.lp.affine import Affine, AffineTerm, Coefficients, FloatArray, Value, as_affine, joined
from optimizer.lp.relations import EvaluatedRows, check_data_alone, relate, split_result
from optimizer.lp.rules import Rule
from optimizer.lp.symbolic import reason_of
from optimizer.lp.symbols import Columns, Data, IndexSet, member_name, unknown_name


class RowByRowWarning(UserWarning):
    """A rule is compiled row by row; the message says why and how to make it symbolic."""


class IndexedData:
    """Data looked up by label, as plain numbers."""

    def __init__(self, name: str, data: Data, sets: Mapping[str, IndexSet]) -> None:
        self._name, self._values = name, data.values
        self._sets = [sets[dim] for dim in data.dims]

    def __getitem__(self, labels: Any) -> float:
        given = labels if isinstance(labels, tuple) else (labels,)
        wanted = sum(index_set.dimen for index_set in self._sets)
        if len(given) != wanted:
            raise FormulationError(f"{self._name!r} is used with {len(given)} indices; it has {wanted}")
        return float(self._values[_position(self._sets, given, repr(self._name))])


class NumberBlock:
    """What a rule sees as ``m`` when it is called with numbers: data are plain floats, sets and variables Pyomo's.

    Parameters
    ----------
    block : pyomo ConcreteModel
        Holds the sets and variables.
    sets, data
        The declared names.
    reads : set of str
        Takes the names of the data that are looked up.
    """

    def __init__(self, block: Any, sets: Mapping[str, IndexSet], data: Mapping[str, Data], reads: set[str]) -> None:
        self._block, self._sets, self._data, self._reads = block, sets, data, reads

    def __getattr__(self, name: str) -> Any:
        array = self._data.get(name)
        if array is None:
            return _with_all_members(getattr(self._block, name))
        self._reads.add(name)
        return IndexedData(name, array, self._sets) if array.dims else float(array.values)


def _with_all_members(component: Any) -> Any:
    """Variables come into being when they are looked up; a rule that takes them all at once must see them all."""
    if isinstance(component, Var) and component.is_indexed() and len(component) < len(component.index_set()):
        for index in component.index_set():
            component[index]
    return component


class RowwiseEvaluator:
    """Evaluates rules row by row with the current data.

    Parameters
    ----------
    block : pyomo ConcreteModel
        The declared names.
    sets, data, layout
        As for the vectorised evaluator.

    Attributes
    ----------
    reads : set of str
        Names of the data that the rules have looked up. A rule that branches on data may read others with other
        data, but only after one of these has changed.
    """

    def __init__(
        self, block: Any, sets: Mapping[str, IndexSet], data: Mapping[str, Data], layout: Mapping[str, Columns]
    ) -> None:
        self.sets, self.layout = sets, layout
        self.reads: set[str] = set()
        self._block = NumberBlock(block, sets, data, self.reads)

    def relation(self, rule: Rule) -> EvaluatedRows:
        """Evaluate a constraint."""
        count = int(np.prod(self._shape(rule), dtype=int))
        lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
        bodies: list[Affine] = []
        for row, result in self._calls(rule):
            role, parts = split_result(rule, result)
            relation = relate(rule, role, [self._side(rule, row, part) for part in parts])
            if relation.data_alone:
                check_data_alone(rule, relation, self.sets, row)
            else:
                lower[row], upper[row] = relation.lower, relation.upper
            bodies.append(relation.body)
        return EvaluatedRows(_coordinates(bodies), lower, upper)

    def form(self, rule: Rule) -> Affine:
        """Evaluate a cost or an expression; the shorter rows are filled up with zero coefficients."""
        bodies = [
            as_affine(self._value(rule, row, split_result(rule, result)[1][0])) for row, result in self._calls(rule)
        ]
        rows, columns, values = _coordinates(bodies)
        width = int(np.bincount(rows).max(initial=0))
        place = np.arange(len(rows)) - np.searchsorted(rows, rows)  # rows come in order
        filled = AffineTerm(np.zeros((len(bodies), width), dtype=np.int64), np.zeros((len(bodies), width)))
        filled.columns[rows, place], filled.coefficients[rows, place] = columns, values
        shape = self._shape(rule)
        term = AffineTerm(filled.columns.reshape((*shape, width)), filled.coefficients.reshape((*shape, width)))
        constant = np.array([float(body.constant) for body in bodies]).reshape(shape)
        return Affine((term,) if width else (), constant)

    def bounds(self, rule: Rule) -> tuple[FloatArray, FloatArray]:
        """Evaluate the bounds of a variable."""
        count = int(np.prod(self._shape(rule), dtype=int))
        lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
        for row, result in self._calls(rule):
            for bound, part in zip((lower, upper), split_result(rule, result)[1], strict=True):
                value = self._side(rule, row, part)
                if isinstance(value, Affine):
                    raise FormulationError(f"the bounds of {rule.name!r} may use data only, not variables")
                if value is not None:
                    bound[row] = value
        return lower.reshape(self._shape(rule)), upper.reshape(self._shape(rule))

    def _shape(self, rule: Rule) -> tuple[int, ...]:
        return tuple(len(self.sets[name]) for name in rule.over)

    def _calls(self, rule: Rule) -> Iterator[tuple[int, Any]]:
        """Call the rule for every index; give the member's number and what the rule returned."""
        for row, labels in enumerate(product_labels([self.sets[name] for name in rule.over])):
            try:
                result = rule.function(self._block, *labels)
            except Exception as error:
                raise unknown_name(rule, error) or self._failure(rule, row, error) from error
            yield row, result

    def _failure(self, rule: Rule, row: int, error: Exception) -> FormulationError:
        return FormulationError(f"rule {self._member(rule, row)} fails: {reason_of(error, {})}")

    def _member(self, rule: Rule, row: int) -> str:
        return member_name(rule.name, rule.over, row, self.sets)

    def _side(self, rule: Rule, row: int, expression: Any) -> Value | None:
        return None if expression is None else self._value(rule, row, expression)

    def _value(self, rule: Rule, row: int, expression: Any) -> Value:
        """Take a Pyomo expression apart: data, or one term with a coefficient for each variable."""
        from pyomo.repn import generate_standard_repn  # noqa: PLC0415 (slow to import, and seldom needed)

        try:
            form = generate_standard_repn(expression)
        except Exception as error:
            raise FormulationError(f"rule {self._member(rule, row)} returns no expression: {expression!r}") from error
        if not form.is_linear():
            raise FormulationError(f"rule {self._member(rule, row)} is not linear: {expression}")
        constant = np.asarray(float(form.constant))
        if not form.linear_vars:
            return constant
        columns = np.array([self._column(variable) for variable in form.linear_vars], dtype=np.int64)
        return Affine((AffineTerm(columns, np.array(form.linear_coefs, dtype=float)),), constant)

    def _column(self, variable: Any) -> int:
        columns = self.layout[variable.parent_component().local_name]
        index = variable.index()
        labels = () if index is None else index if isinstance(index, tuple) else (index,)
        position = _position([self.sets[dim] for dim in columns.dims], labels, columns.name)
        at = 0
        for length, place in zip(columns.shape, position, strict=True):
            at = at * length + place
        return columns.start + at


def _coordinates(bodies: Sequence[Affine]) -> Coefficients:
    """Write forms of one row each below each other."""
    terms = [(row, term) for row, body in enumerate(bodies) for term in body.terms]
    return Coefficients(
        joined([np.full(len(term.columns), row) for row, term in terms], np.int64),
        joined([term.columns for _, term in terms], np.int64),
        joined([term.coefficients for _, term in terms], np.float64),
    )


def _position(sets: Sequence[IndexSet], labels: Sequence[Any], user: str) -> tuple[int, ...]:
    """Find one member of a product of sets."""
    remaining = iter(labels)
    return tuple(index_set.position(tuple(next(remaining) for _ in range(index_set.dimen)), user) for index_set in sets)


def product_labels(sets: Sequence[IndexSet]) -> Iterator[tuple[Any, ...]]:
    """Give all index tuples of a product of sets, flat, the last set running fastest."""
    if not sets:
        yield ()
        return
    first, *others = sets
    for label in first.labels:
        head = label if isinstance(label, tuple) else (label,)
        for tail in product_labels(others):
            yield head + tail
