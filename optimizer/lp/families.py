"""One rule and the way in which it is evaluated: all indices at once by its template, or row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from optimizer.errors import FormulationError, StructureError
from optimizer.lp.affine import Affine, Coefficients, FloatArray, IntArray, flatten
from optimizer.lp.relations import EvaluatedRows, Relation, check_data_alone
from optimizer.lp.rowwise import RowwiseEvaluator
from optimizer.lp.rules import Rule
from optimizer.lp.symbolic import NotSymbolicError
from optimizer.lp.symbols import Columns, Data, IndexSet, member_name
from optimizer.lp.templates import Evaluator, Template, walk_rule

Whole = TypeVar("Whole")
Rowwise = TypeVar("Rowwise")


class Family:
    """All members of one rule.

    Parameters
    ----------
    rule : Rule
        The rule.
    block : pyomo ConcreteModel
        The declared names.
    sets, layout
        As for `Evaluator`.

    Attributes
    ----------
    shape : tuple of int
        Lengths of the rule's sets.
    template : Template or None
        The rule walked once; None where it has to be called row by row.
    reason : str
        Why it has no template.

    Raises
    ------
    FormulationError
        If the rule uses an unknown name or states nothing.
    """

    def __init__(self, rule: Rule, block: Any, sets: Mapping[str, IndexSet], layout: Mapping[str, Columns]) -> None:
        self.rule, self._block, self._sets, self._layout = rule, block, sets, layout
        self.shape = tuple(len(sets[name]) for name in rule.over)
        self.template: Template | None = None
        self.reason = ""
        self._looked_up: set[str] = set()
        try:
            self.template = walk_rule(rule, block, sets)
        except NotSymbolicError as reason:
            self.reason = str(reason)

    def reads(self, names: frozenset[str]) -> bool:
        """Tell whether the members depend on any of these data.

        Raises
        ------
        StructureError
            If they decide which entries the program has.
        """
        if self.template is None:
            return bool(self._looked_up & names)
        decisive = self.lookups & names
        if decisive:
            raise StructureError(f"{sorted(decisive)} decide which entries {self.rule.name!r} has; rebuild the model")
        return bool(self.template.reads & names)

    @property
    def lookups(self) -> frozenset[str]:
        """Names of the data that the rule uses as an index; they decide which entries the program has."""
        return self.template.shapes if self.template else frozenset()

    def rows(self, data: Mapping[str, Data]) -> EvaluatedRows:
        """Evaluate a constraint; without rows where it holds data alone.

        Raises
        ------
        InfeasibleError
            If data alone violate it.
        FormulationError
            If it is not linear, reaches outside a set, or comes to something that is not a number.
        """
        found = self._evaluate(data, Evaluator.relation, RowwiseEvaluator.relation)
        rows = self._spread(found) if isinstance(found, Relation) else found
        self._refuse_infinite(rows.coefficients.values, rows.coefficients.rows, "a coefficient")
        self._refuse_nan(rows.lower, rows.upper)
        return rows

    def form(self, data: Mapping[str, Data]) -> Affine:
        """Evaluate a cost or an expression; errors as in `rows`."""
        form = self._evaluate(data, Evaluator.form, RowwiseEvaluator.form)
        if not all(np.isfinite(part).all() for part in (form.constant, *(term.coefficients for term in form.terms))):
            rows, _, values = flatten(form, self.shape)
            self._refuse_infinite(values, rows, "a coefficient")
            constant = np.broadcast_to(form.constant, self.shape).ravel()
            self._refuse_infinite(constant, np.arange(len(constant)), "a constant")
        return form

    def bounds(self, data: Mapping[str, Data]) -> tuple[FloatArray, FloatArray]:
        """Evaluate the bounds of a variable, one for each column; errors as in `rows`."""
        lower, upper = (
            np.broadcast_to(side, self.shape).ravel()
            for side in self._evaluate(data, Evaluator.bounds, RowwiseEvaluator.bounds)
        )
        self._refuse_nan(lower, upper)
        return lower, upper

    def _evaluate(
        self,
        data: Mapping[str, Data],
        whole: Callable[[Evaluator, Template], Whole],
        rowwise: Callable[[RowwiseEvaluator, Rule], Rowwise],
    ) -> Whole | Rowwise:
        if self.template is not None:
            try:
                return whole(Evaluator(self._sets, data, self._layout), self.template)
            except NotSymbolicError as reason:
                self.template, self.reason = None, str(reason)
        evaluator = RowwiseEvaluator(self._block, self._sets, data, self._layout)
        result = rowwise(evaluator, self.rule)
        self._looked_up |= evaluator.reads
        return result

    def _spread(self, relation: Relation) -> EvaluatedRows:
        if relation.data_alone:
            check_data_alone(self.rule, relation, self._sets)
            return EvaluatedRows(flatten(relation.body, self.shape), np.empty(0), np.empty(0))
        lower, upper = (np.broadcast_to(side, self.shape).ravel() for side in (relation.lower, relation.upper))
        return EvaluatedRows(flatten(relation.body, self.shape), lower, upper)

    def _refuse_nan(self, lower: FloatArray, upper: FloatArray) -> None:
        for bound in (lower, upper):
            wrong = np.flatnonzero(np.isnan(bound))
            if len(wrong):
                raise self._not_a_number("a bound", int(wrong[0]), np.nan)

    def _refuse_infinite(self, values: FloatArray, members: IntArray, what: str) -> None:
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            raise self._not_a_number(what, int(members[wrong[0]]), values[wrong[0]])

    def _not_a_number(self, what: str, member: int, value: float) -> FormulationError:
        read = sorted(self.template.reads if self.template else self._looked_up)
        return FormulationError(
            f"{what} of {member_name(self.rule.name, self.rule.over, member, self._sets)} comes to {value}; "
            f"it is computed from {', '.join(read) or 'numbers in the rule'}"
        )


def same_structure(before: Coefficients, now: Coefficients) -> bool:
    """Tell whether two evaluations of a family have their coefficients in the same places."""
    return np.array_equal(before.rows, now.rows) and np.array_equal(before.columns, now.columns)
