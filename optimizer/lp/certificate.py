"""Proof of optimality, computed from the program itself, whatever an engine says of its own result.

For a program in the form ``min c'x, l_r <= Ax <= u_r, l <= x <= u`` any row duals y give reduced costs z = c - A'y and,
by weak duality, a lower bound on the cost. A point and duals are proved optimal when both are feasible and the two
objectives meet (Vanderbei, R. J. (2020). Linear Programming, chapter 5. doi:10.1007/978-3-030-39415-8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, inner

DEFAULT_TOLERANCE = 1e-6
# Terms so much larger than the sides of their row cancel down to their own rounding: a point, or duals, that run away
# to infinity. Next to them every breach would look small, so that it is held against the sides instead.
_RUNAWAY = 1e10


@dataclass(frozen=True)
class Violation:
    """The worst breach of one kind.

    Attributes
    ----------
    value : float
        In the user's units.
    scaled : float
        Relative to the size of the terms of its row or column (but at least to 1), as long as these do not run away.
    where : str
        Name of the row or column; empty where nothing is breached.
    """

    value: float
    scaled: float
    where: str


@dataclass(frozen=True)
class Certificate:
    """How far a point and its duals are from proved optimality.

    Attributes
    ----------
    objective, dual_objective : float
        Cost of the point, and the bound below which no plan can cost; in the program's currency.
    relative_gap : float
        Their distance relative to the larger of them (but at least to 1).
    primal_violation, dual_violation : Violation
        Worst breach of a constraint or bound, and of a dual's sign.
    complementarity : float
        Largest product of a dual and the distance to the bound it belongs to.
    cost_error_bound : float
        How far the reported cost can be from the true minimum: the gap, and every breach times its price. Exact where
        either the point or the duals are optimal themselves, and to first order in the breaches otherwise.
    tolerance : float
        What gap, scaled violations and the cost error (as a share of the cost) were held against.
    """

    objective: float
    dual_objective: float
    relative_gap: float
    primal_violation: Violation
    dual_violation: Violation
    complementarity: float
    cost_error_bound: float
    tolerance: float

    @property
    def proved(self) -> bool:
        """True where the gap, both scaled violations and the cost error are within the tolerance."""
        violations = (self.primal_violation.scaled, self.dual_violation.scaled)
        return all(measure <= self.tolerance for measure in (self.relative_gap, self.relative_error, *violations))

    @property
    def relative_error(self) -> float:
        """Bound on the cost error relative to the cost (but at least to 1)."""
        return self.cost_error_bound / max(1.0, abs(self.objective), abs(self.dual_objective))

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for files."""
        return asdict(self) | {"proved": self.proved}

    def __str__(self) -> str:
        verdict = "proved optimal" if self.proved else "NOT proved optimal"
        return (
            f"{verdict}: relative gap {self.relative_gap:.1e}, scaled primal violation "
            f"{self.primal_violation.scaled:.1e}, scaled dual violation {self.dual_violation.scaled:.1e}, "
            f"cost within {self.relative_error:.1e} (tolerance {self.tolerance:.0e})"
        )


Namer = Callable[[int], str]


def certify(
    lp: LinearProgram,
    x: FloatArray,
    row_dual: FloatArray,
    *,
    row_name: Namer = str,
    column_name: Namer = str,
    tolerance: float = DEFAULT_TOLERANCE,
) -> Certificate:
    """Measure a primal point and row duals against the program.

    Parameters
    ----------
    lp : LinearProgram
        The full program in the user's units.
    x : (n,)
        Primal point.
    row_dual : (m,)
        Row duals: change of the minimal cost for one more unit on the row's side.
    row_name, column_name : callable
        Name rows and columns in the report.
    tolerance : float
        For the relative gap and the scaled violations.

    Returns
    -------
    Certificate

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csc_array
    >>> one = np.ones(1)
    >>> lp = LinearProgram(one, 0 * one, np.inf * one, 2 * one, np.inf * one, csc_array([[1.0]]))
    >>> certify(lp, 2 * one, one).proved
    True
    """
    matrix, sizes, cost = lp.matrix, abs(lp.matrix), np.abs(lp.cost)
    activity, reduced = matrix @ x, lp.cost - matrix.T @ row_dual
    row_slip, column_slip = _breach(activity, lp.row_lower, lp.row_upper), _breach(x, lp.lower, lp.upper)
    row_bound, row_breach = _dual_sides(row_dual, lp.row_lower, lp.row_upper)
    column_bound, column_breach = _dual_sides(reduced, lp.lower, lp.upper)

    objective = lp.objective(x)
    dual_objective = float(row_bound.sum() + column_bound.sum()) + lp.offset
    error = (
        max(0.0, objective - dual_objective)
        + inner(np.abs(row_dual), row_slip)
        + inner(np.abs(reduced), column_slip)
        + inner(row_breach, np.abs(activity))
        + inner(column_breach, np.abs(x))
    )
    return Certificate(
        objective=objective,
        dual_objective=dual_objective,
        relative_gap=abs(objective - dual_objective) / max(1.0, abs(objective), abs(dual_objective)),
        primal_violation=_worse(
            _worst(row_slip, _scale(sizes @ np.abs(x), _largest_side(lp)), row_name),
            _worst(column_slip, np.abs(x), column_name),
        ),
        dual_violation=_worse(
            _worst(row_breach, np.abs(row_dual), row_name),
            _worst(column_breach, _scale(np.maximum(sizes.T @ np.abs(row_dual), cost), cost), column_name),
        ),
        complementarity=max(
            _complementarity(row_dual, activity, lp.row_lower, lp.row_upper),
            _complementarity(reduced, x, lp.lower, lp.upper),
        ),
        cost_error_bound=error,
        tolerance=tolerance,
    )


def _breach(value: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """By how much values lie outside their bounds."""
    return np.maximum(np.maximum(lower - value, value - upper), 0.0)


def _largest_side(lp: LinearProgram) -> FloatArray:
    """Give the larger of each row's sides, without sign; 0 where it has none."""
    lower, upper = (np.where(np.isfinite(side), np.abs(side), 0.0) for side in (lp.row_lower, lp.row_upper))
    return np.maximum(lower, upper)


def _scale(terms: FloatArray, own: FloatArray) -> FloatArray:
    """Give the size that a breach is held against: the terms', unless they run away from the row's or column's own."""
    return np.where(terms > _RUNAWAY * np.maximum(1.0, own), own, terms)


def _worse(one: Violation, other: Violation) -> Violation:
    return max(one, other, key=lambda violation: violation.scaled)


def _worst(breach: FloatArray, sizes: FloatArray, name: Namer) -> Violation:
    if not len(breach):
        return Violation(0.0, 0.0, "")
    if not np.isfinite(breach).all():
        return Violation(float("inf"), float("inf"), name(int(np.argmin(np.isfinite(breach)))))
    scaled = breach / np.maximum(1.0, sizes)
    at = int(np.argmax(scaled))
    return Violation(float(breach[at]), float(scaled[at]), name(at) if breach[at] > 0 else "")


def _dual_sides(dual: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give each dual's part of the dual objective, and its breach where it leans on a bound that does not exist."""
    side = np.where(dual > 0, lower, upper)
    exists = np.isfinite(side)
    part = np.where(exists, dual * np.where(exists, side, 0.0), 0.0)
    return part, np.where(exists, 0.0, np.abs(dual))


def _complementarity(dual: FloatArray, value: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    side = np.where(dual > 0, lower, upper)
    exists = np.isfinite(side)
    product = np.abs(dual * (value - np.where(exists, side, value)))
    return float(product.max(initial=0.0))
