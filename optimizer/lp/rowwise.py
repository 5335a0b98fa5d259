"""The way out for rules that cannot be walked with a symbolic index: call them row by row with numbers.

Slower by a factor of a hundred or more, so the caller warns. Rows that the rule skips stay as empty, free rows:
every index keeps its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from optimizer.errors import FormulationError, InfeasibleError
from optimizer.lp.affine import Affine, AffineTerm, FloatArray, IntArray
from optimizer.lp.rules import Rule
from optimizer.lp.symbols import Columns, Data, IndexSet


class RowByRowWarning(UserWarning):
    """A rule is compiled row by row; the message says why and how to make it symbolic."""


class Coefficients(NamedTuple):
    """Coefficients of a family in coordinate form; rows count from the family's first."""

    rows: IntArray
    columns: IntArray
    values: FloatArray


class RowwiseRelation(NamedTuple):
    """Rows of a family: ``lower <= coefficients <= upper``."""

    coefficients: Coefficients
    lower: FloatArray
    upper: FloatArray


class _DataView:
    """Data looked up by label, as plain numbers."""

    def __init__(self, name: str, data: Data, sets: Mapping[str, IndexSet]) -> None:
        self._name, self._values = name, data.values
        self._sets = [sets[dim] for dim in data.dims]

    def __getitem__(self, labels: Any) -> float:
        parts = iter(labels if isinstance(labels, tuple) else (labels,))
        position = tuple(
            int(index_set.positions([np.asarray(next(parts)) for _ in range(index_set.dimen)], f"{self._name!r}"))
            for index_set in self._sets
        )
        return float(self._values[position])


class _RowBlock:
    """What the rule sees as ``m``: sets and variables of the Pyomo block, data as numbers."""

    def __init__(self, block: Any, sets: Mapping[str, IndexSet], data: Mapping[str, Data]) -> None:
        self._block, self._sets, self._data = block, sets, data

    def __getattr__(self, name: str) -> Any:
        array = self._data.get(name)
        if array is None:
            return getattr(self._block, name)
        return _DataView(name, array, self._sets) if array.dims else float(array.values)


class RowwiseEvaluator:
    """Evaluates rules row by row with the current data.

    Parameters
    ----------
    block : pyomo ConcreteModel
        The declared names.
    sets, data, layout
        As for the vectorised evaluator.
    """

    def __init__(
        self, block: Any, sets: Mapping[str, IndexSet], data: Mapping[str, Data], layout: Mapping[str, Columns]
    ) -> None:
        self.block, self.sets, self.data, self.layout = block, sets, data, layout

    def relation(self, rule: Rule) -> RowwiseRelation:
        """Evaluate a constraint."""
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        count = int(np.prod([len(self.sets[name]) for name in rule.over], dtype=int))
        lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
        for row, (index, result) in enumerate(self._calls(rule)):
            if result is None:
                continue
            body, lower[row], upper[row] = self._relation_sides(rule, index, result)
            linear, constant = self._linear(rule, index, body)
            lower[row] -= constant
            upper[row] -= constant
            for column, value in linear:
                rows.append(row)
                columns.append(column)
                values.append(value)
        found = Coefficients(
            np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(values, dtype=float)
        )
        return RowwiseRelation(found, lower, upper)

    def form(self, rule: Rule) -> Affine:
        """Evaluate a cost or an expression; the shorter rows are filled up with zero coefficients."""
        found = [self._linear(rule, index, result) for index, result in self._calls(rule) if result is not None]
        shape = tuple(len(self.sets[name]) for name in rule.over)
        width = max((len(linear) for linear, _ in found), default=0)
        columns = np.zeros((len(found), width), dtype=np.int64)
        coefficients = np.zeros((len(found), width))
        for row, (linear, _) in enumerate(found):
            for place, (column, value) in enumerate(linear):
                columns[row, place], coefficients[row, place] = column, value
        constant = np.array([constant for _, constant in found]).reshape(shape)
        term = AffineTerm(columns.reshape((*shape, width)), coefficients.reshape((*shape, width)))
        return Affine((term,) if width else (), constant)

    def bounds(self, rule: Rule) -> tuple[FloatArray, FloatArray]:
        """Evaluate the bounds of a variable."""
        shape = tuple(len(self.sets[name]) for name in rule.over)
        pairs = [(0.0, None) if result is None else result for _, result in self._calls(rule)]
        lower = np.array([-np.inf if low is None else float(low) for low, _ in pairs]).reshape(shape)
        upper = np.array([np.inf if high is None else float(high) for _, high in pairs]).reshape(shape)
        return lower, upper

    def _calls(self, rule: Rule) -> Iterator[tuple[tuple[Any, ...], Any]]:
        from pyomo.core.base.constraint import Constraint  # noqa: PLC0415

        block = _RowBlock(self.block, self.sets, self.data)
        for index in _indices([self.sets[name] for name in rule.over]):
            result = rule.function(block, *index)
            skipped = result is Constraint.Skip or result is True
            if result is False:
                raise InfeasibleError(f"{rule.name}{list(index)} can never hold with these data")
            yield index, (None if skipped else result)

    @staticmethod
    def _relation_sides(rule: Rule, index: tuple[Any, ...], result: Any) -> tuple[Any, float, float]:
        from pyomo.core.expr import relational_expr as relational  # noqa: PLC0415

        if isinstance(result, tuple) and len(result) == 3:
            low, body, high = result
            return body, -np.inf if low is None else float(low), np.inf if high is None else float(high)
        if isinstance(result, tuple) and len(result) == 2:
            return result[0] - result[1], 0.0, 0.0
        if isinstance(result, relational.EqualityExpression):
            return result.args[0] - result.args[1], 0.0, 0.0
        if isinstance(result, relational.RangedExpression):
            return result.args[1], float(result.args[0]), float(result.args[2])
        if isinstance(result, relational.InequalityExpression):
            return result.args[0] - result.args[1], -np.inf, 0.0
        raise FormulationError(f"constraint {rule.name!r} must return a relation at {index}, not {result!r}")

    def _linear(self, rule: Rule, index: tuple[Any, ...], expression: Any) -> tuple[list[tuple[int, float]], float]:
        from pyomo.repn import generate_standard_repn  # noqa: PLC0415

        form = generate_standard_repn(expression)
        if not form.is_linear():
            raise FormulationError(f"rule {rule.name!r} is not linear at {index}: {expression}")
        linear = [(self._column(v), float(value)) for v, value in zip(form.linear_vars, form.linear_coefs, strict=True)]
        return linear, float(form.constant)

    def _column(self, variable: Any) -> int:
        columns = self.layout[variable.parent_component().local_name]
        index = variable.index()
        labels = iter(() if index is None else index if isinstance(index, tuple) else (index,))
        at = 0
        for dim, length in zip(columns.dims, columns.shape, strict=True):
            index_set = self.sets[dim]
            parts = [
                np.asarray(next(labels), dtype=object if not index_set.counted else None)
                for _ in range(index_set.dimen)
            ]
            at = at * length + int(index_set.positions(parts, columns.name))
        return columns.start + at


def _indices(sets: list[IndexSet]) -> Iterator[tuple[Any, ...]]:
    """All index tuples of a product of sets, flat, the last set running fastest."""
    if not sets:
        yield ()
        return
    first, *others = sets
    for label in first.labels:
        head = label if isinstance(label, tuple) else (label,)
        for tail in _indices(others):
            yield head + tail
