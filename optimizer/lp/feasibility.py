"""Proof that a program has no plan, or none of least cost.

Infeasible: the least total violation of the rows is itself a linear program that always has a solution; its row duals
are a Farkas ray, which is checked by itself. Unbounded: a feasible point is shown together with a direction along which
all constraints hold and the cost falls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csc_array

PROOF_THRESHOLD = 1e-6
_CROSSED = 1e-9
# What cancels to less than this share of its terms is rounding.
_ROUNDING = 1e-9
# Share of a ray's largest entry below which one may be swept away, and how often that is tried.
_DUST, _SWEEPS = 1e-7, 20


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
    short: IntArray
    over: IntArray

    def violations(self, x: FloatArray, rows: int) -> FloatArray:
        """Give each row's violation: positive where it falls short, negative where it goes over."""
        violation = np.zeros(rows)
        violation[self.short] += x[self.columns : self.columns + len(self.short)]
        violation[self.over] -= x[self.columns + len(self.short) :]
        return violation


def elastic(
    lp: LinearProgram, weights: FloatArray | None = None, *, may_bend: npt.NDArray[np.bool_] | None = None
) -> Elastic:
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
        layout=None if lp.layout is None else lp.layout.extended(columns=further),
    )
    return Elastic(program, columns, short, over)


class Stretched(NamedTuple):
    """A solution of an elastic program, as an engine gave it; nothing is proved of it yet.

    Attributes
    ----------
    elastic : Elastic
        The program.
    x, row_dual : (n,), (m,)
        The point and its row duals.
    """

    elastic: Elastic
    x: FloatArray
    row_dual: FloatArray


Stretch = Callable[[LinearProgram], Elastic]
"""States the elastic program of a program, at prices of its own."""


def least_violation(lp: LinearProgram, row_dual: FloatArray) -> float:
    """Give the total violation of rows that a Farkas ray proves to be needed; 0 where it proves nothing.

    Every x within the bounds of the columns has ``y'Ax <= sup y'Ax``; where the rows ask for more than that supremum,
    they are violated by the difference, at a price of at most the ray's largest entry.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    row_dual : (m,)
        A supposed ray, such as the row duals of the `elastic` program.
    """
    ray = np.where(np.isfinite(np.where(row_dual > 0, lp.row_lower, lp.row_upper)), row_dual, 0.0)
    largest = float(np.abs(ray).max(initial=0.0))
    if not (0.0 < largest < np.inf):
        return 0.0
    ray = ray / largest
    # Any ray may be tried, as each is checked.
    return max(_needed(lp, ray), _needed(lp, _without_dust(lp, ray)))


def _needed(lp: LinearProgram, ray: FloatArray) -> float:
    """Give the violation that a ray of size 1 proves to be needed."""
    asked = _leaning(ray, lp.row_lower, lp.row_upper)
    reached = _leaning(_reach(lp, ray), lp.lower, lp.upper)
    total = float(asked.sum() + reached.sum())
    size = float(np.abs(asked).sum() + np.abs(reached).sum())
    return total if np.isfinite(size) and total > _ROUNDING * size else 0.0


def _reach(lp: LinearProgram, ray: FloatArray) -> FloatArray:
    reach: FloatArray = -(lp.matrix.T @ ray)
    reach[np.abs(reach) <= _ROUNDING * (abs(lp.matrix).T @ np.abs(ray))] = 0.0
    return reach


def _without_dust(lp: LinearProgram, ray: FloatArray) -> FloatArray:
    """Sweep entries of no size from the rows of columns that lean on a bound that does not exist, as long as it helps.

    An interior point leaves such entries, some by some, where a vertex has zeros.
    """
    by_row = abs(lp.matrix)
    for _ in range(_SWEEPS):
        reach = _reach(lp, ray)
        astray = (reach != 0) & ~np.isfinite(np.where(reach > 0, lp.lower, lp.upper))
        astray &= by_row.T @ np.abs(ray) <= _DUST
        swept = (by_row @ astray.astype(float) > 0) & (np.abs(ray) <= _DUST) & (ray != 0)
        if not swept.any():
            break
        ray = np.where(swept, 0.0, ray)
    return ray


def _leaning(dual: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Multiply duals by the bound they lean on: -inf where there is none."""
    side = np.where(dual > 0, lower, upper)
    return dual * np.where(dual == 0, 0.0, side)


def falls_along(lp: LinearProgram, direction: FloatArray) -> bool:
    """Tell whether the cost falls for ever along a direction, from whatever feasible point."""
    step = np.clip(
        direction, np.where(np.isfinite(lp.lower), 0.0, -np.inf), np.where(np.isfinite(lp.upper), 0.0, np.inf)
    )
    activity, sizes = lp.matrix @ step, abs(lp.matrix) @ np.abs(step)
    breach = np.maximum(
        np.where(np.isfinite(lp.row_lower), -activity, 0.0), np.where(np.isfinite(lp.row_upper), activity, 0.0)
    )
    gain = lp.cost * step
    return bool((breach <= PROOF_THRESHOLD * sizes).all()) and bool(gain.sum() < -PROOF_THRESHOLD * np.abs(gain).sum())


def crossed_bounds(lp: LinearProgram) -> IntArray:
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
        layout=lp.layout,
    )
