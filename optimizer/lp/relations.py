"""What a rule returns, taken apart; the same for the vectorised and for the row-by-row path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from pyomo.core.base.constraint import Constraint
from pyomo.core.expr import relational_expr as relational

from optimizer.errors import FormulationError, InfeasibleError
from optimizer.lp import light_imports  # noqa: F401 (for its effect)
from optimizer.lp.affine import Affine, Coefficients, FloatArray, Value, as_affine
from optimizer.lp.rules import Rule
from optimizer.lp.symbols import IndexSet, member_name

Role = Literal["equality", "range", "value"]

_TOLERANCE = 1e-9
_HOLDS = (None, 0.0, 0.0)
_CANNOT_HOLD = (None, 1.0, 0.0)


class Relation(NamedTuple):
    """Evaluated rows: ``lower <= body <= upper``.

    The body has a constant only where it has no terms: then the rows hold data alone.
    """

    body: Affine
    lower: FloatArray
    upper: FloatArray

    @property
    def data_alone(self) -> bool:
        """True where there is nothing to decide, only something to check."""
        return not self.body.terms


class EvaluatedRows(NamedTuple):
    """A whole constraint written out: coefficients, and the bounds of every row."""

    coefficients: Coefficients
    lower: FloatArray
    upper: FloatArray


def split_result(rule: Rule, result: Any) -> tuple[Role, tuple[Any, ...]]:
    """Take apart what a rule returned.

    Returns
    -------
    role : {"equality", "range", "value"}
        An equality, a relation with lower and upper side, or plain expressions.
    parts : tuple
        ``(left, right)``; ``(lower, body, upper)``; or ``(expression,)``, for a variable ``(lower, upper)``.

    Raises
    ------
    FormulationError
        If it states nothing, or something else than the rule's kind.
    """
    if rule.kind == "constraint":
        return _split_constraint(rule, result)
    if rule.kind == "variable":
        bounds = (0, None) if result is None else result
        if not isinstance(bounds, tuple) or len(bounds) != 2:
            raise FormulationError(f"variable {rule.name!r} must return (lower, upper), not {result!r}")
        return "value", bounds
    if result is None or isinstance(result, (bool, tuple, relational.RelationalExpression)):
        raise FormulationError(f"{rule.kind} {rule.name!r} must return an expression, not {_shown(result)}")
    return "value", (result,)


def _split_constraint(rule: Rule, result: Any) -> tuple[Role, tuple[Any, ...]]:
    if isinstance(result, (relational.RangedExpression, relational.InequalityExpression)):
        if np.any(result.strict):
            raise FormulationError(f"constraint {rule.name!r} uses < or >; a linear program knows <=, >= and == only")
        return "range", tuple(result.args) if len(result.args) == 3 else (None, *result.args)
    if isinstance(result, relational.EqualityExpression):
        return "equality", tuple(result.args)
    if isinstance(result, tuple) and len(result) in (2, 3):
        return ("equality" if len(result) == 2 else "range"), result
    if isinstance(result, (bool, np.bool_)) or result is Constraint.Skip:
        return "range", _HOLDS if result is Constraint.Skip or result else _CANNOT_HOLD
    raise FormulationError(
        f"constraint {rule.name!r} must return a relation (==, <= or >=), not {_shown(result)}; "
        "to leave an index out, return Constraint.Skip"
    )


def _shown(result: Any) -> str:
    if isinstance(result, tuple):
        return f"{len(result)} things"
    return str(result) if hasattr(result, "is_expression_type") else repr(result)


def relate(rule: Rule, role: Role, values: Sequence[Value | None]) -> Relation:
    """Turn evaluated sides into rows, with data on the side where the author wrote them."""
    if role == "equality":
        left, right = values
        return _pair(_side(rule, left), _side(rule, right), equal=True)
    lower, body, upper = values
    if lower is None and upper is None:
        return _ranged(None, _side(rule, body), None)
    if lower is None:
        return _pair(_side(rule, body), _side(rule, upper), equal=False)
    if isinstance(lower, Affine) or isinstance(upper, Affine):
        raise FormulationError(f"the outer sides of {rule.name!r} may use data only; write two constraints")
    return _ranged(lower, _side(rule, body), upper)


def _side(rule: Rule, value: Value | None) -> Value:
    if value is None:
        raise FormulationError(f"constraint {rule.name!r} returns a tuple with None where an expression belongs")
    return value


def _pair(left: Value, right: Value, *, equal: bool) -> Relation:
    """State ``left <= right`` or ``left == right``."""
    if not isinstance(right, Affine):
        return _ranged(right if equal else None, left, right)
    if not isinstance(left, Affine):
        return _ranged(left, right, left if equal else None)
    zero = np.asarray(0.0)
    return _ranged(zero if equal else None, left + right.scaled(np.asarray(-1.0)), zero)


def _ranged(lower: FloatArray | None, body: Value, upper: FloatArray | None) -> Relation:
    low = np.asarray(-np.inf if lower is None else lower)
    high = np.asarray(np.inf if upper is None else upper)
    form = as_affine(body)
    if not form.terms:
        return Relation(form, low, high)
    return Relation(Affine(form.terms, np.asarray(0.0)), np.asarray(low - form.constant), high - form.constant)


def check_data_alone(rule: Rule, relation: Relation, sets: Mapping[str, IndexSet], row: int | None = None) -> None:
    """Check rows without variables: the data either satisfy them or nothing does.

    Parameters
    ----------
    rule, relation
        The family and its rows.
    sets : mapping
        To name the place.
    row : int, optional
        The row's number in the family, where the relation is that row alone.

    Raises
    ------
    InfeasibleError
        If a row is violated by more than rounding.
    """
    shape = tuple(len(sets[name]) for name in rule.over) if row is None else ()
    sides = (relation.body.constant, relation.lower, relation.upper)
    value, lower, upper = (np.broadcast_to(side, shape).ravel() for side in sides)
    size = np.ones_like(value)
    for side in (value, lower, upper):
        size = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
    with np.errstate(invalid="ignore"):  # infinity within an infinite bound
        violation = np.maximum(lower - value, value - upper)
    broken = violation > _TOLERANCE * size
    if broken.any():
        first, others = int(np.argmax(broken)), int(broken.sum()) - 1
        raise InfeasibleError(
            f"{member_name(rule.name, rule.over, first if row is None else row, sets)} cannot hold: "
            f"the data violate it by {float(violation[first]):g}"
            f"{f', and {others} more of its rows' if others else ''}"
            f"{f' ({rule.description})' if rule.description else ''}"
        )
