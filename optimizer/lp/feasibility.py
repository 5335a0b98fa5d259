"""Proof that a program has no plan, or none of least cost.

Infeasible: the least total violation of the rows, itself a linear program that always has a solution, is proved to be
above zero; its row duals are a Farkas ray. Unbounded: a feasible point is shown together with a direction along which
all constraints hold and the cost falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csc_array

PROOF_THRESHOLD = 1e-6
_CROSSED = 1e-9


@dataclass(frozen=True)
class Elastic:
    """A program whose rows may be violated at a price.

    Attributes
    ----------
    lp : LinearProgram
        Columns of the original, then one for each row that falls short, then one for each that goes over.
    columns : int
        How many columns the original has.
    short, over : (k,)
        The rows to which the further columns belong.
    """

    lp: LinearProgram
    columns: int
    short: FloatArray
    over: FloatArray

    def violations(self, x: FloatArray, rows: int) -> FloatArray:
        """Give each row's violation: positive where it falls short, negative where it goes over."""
        violation = np.zeros(rows)
        violation[self.short] += x[self.columns : self.columns + len(self.short)]
        violation[self.over] -= x[self.columns + len(self.short) :]
        return violation


def elastic(lp: LinearProgram, weights: FloatArray | None = None, *, may_bend: FloatArray | None = None) -> Elastic:
    """State the program of least weighted violation of the rows; the bounds of columns stay.

    Parameters
    ----------
    lp : LinearProgram
        The original; its cost is left out.
    weights : (m,), optional
        Price of one unit of violation of each row; 1 by default.
    may_bend : (m,) bool, optional
        Which rows may be violated; all by default.
    """
    from scipy.sparse import csc_array, eye_array, hstack  # noqa: PLC0415

    rows, columns = lp.shape
    weights = np.ones(rows) if weights is None else weights
    bends = np.ones(rows, dtype=bool) if may_bend is None else may_bend
    short, over = np.flatnonzero(np.isfinite(lp.row_lower) & bends), np.flatnonzero(np.isfinite(lp.row_upper) & bends)
    unit: csc_array = eye_array(rows, format="csc")
    further = len(short) + len(over)
    program = LinearProgram(
        cost=np.concatenate([np.zeros(columns), weights[short], weights[over]]),
        lower=np.concatenate([lp.lower, np.zeros(further)]),
        upper=np.concatenate([lp.upper, np.full(further, np.inf)]),
        row_lower=lp.row_lower,
        row_upper=lp.row_upper,
        matrix=csc_array(hstack([lp.matrix, unit[:, short], -unit[:, over]])),
    )
    return Elastic(program, columns, short, over)


def crossed_bounds(lp: LinearProgram) -> FloatArray:
    """Name columns and rows whose lower bound is above the upper one: (columns, then rows counted behind them)."""
    columns = np.flatnonzero(lp.lower > lp.upper + _CROSSED)
    rows = np.flatnonzero(lp.row_lower > lp.row_upper + _CROSSED)
    return np.concatenate([columns, rows + lp.shape[1]])


def recession(lp: LinearProgram) -> LinearProgram:
    """State the program that looks for a direction, within a box of size 1, in which the cost falls for ever."""
    return LinearProgram(
        cost=lp.cost,
        lower=np.where(np.isfinite(lp.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(lp.upper), 0.0, 1.0),
        row_lower=np.where(np.isfinite(lp.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(lp.row_upper), 0.0, np.inf),
        matrix=lp.matrix,
    )
