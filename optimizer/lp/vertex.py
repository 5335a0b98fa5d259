"""From an interior point to a vertex: guess which columns and rows are basic, and let the simplex method finish."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram

_TINY = 1e-12


class Basis(NamedTuple):
    """A starting basis.

    Attributes
    ----------
    columns, rows : (n,), (m,) int8
        0 nonbasic at the lower bound, 1 basic, 2 nonbasic at the upper bound, 3 nonbasic and free.
    """

    columns: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int8]


def guess_basis(lp: LinearProgram, x: FloatArray, row_dual: FloatArray) -> Basis:
    """Rank columns and row activities by distance to their bound over their dual; the first m are taken as basic.

    At an optimum one of the two is zero for each (strict complementarity), so the ratio parts basic from nonbasic.
    """
    value = np.concatenate([x, lp.matrix @ x])
    lower = np.concatenate([lp.lower, lp.row_lower])
    upper = np.concatenate([lp.upper, lp.row_upper])
    dual = np.concatenate([lp.cost - lp.matrix.T @ row_dual, row_dual])
    distance = np.minimum(np.maximum(value - lower, 0.0), np.maximum(upper - value, 0.0))
    distance = np.where(lower == upper, 0.0, np.where(np.isfinite(distance), distance, 1.0 / _TINY))
    rank = (distance + _TINY) / (np.abs(dual) + _TINY)
    rows = lp.shape[0]
    status = np.where(value - lower <= upper - value, 0, 2).astype(np.int8)
    status[~np.isfinite(lower) & ~np.isfinite(upper)] = 3
    if rows:
        status[np.argpartition(-rank, rows - 1)[:rows]] = 1
    return Basis(status[: lp.shape[1]], status[lp.shape[1] :])
