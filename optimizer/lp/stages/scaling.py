"""Rows, columns and cost brought to the size of 1, by powers of two, which rounds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csc_array


class Scaled(NamedTuple):
    """A scaled program.

    Attributes
    ----------
    lp : LinearProgram
        The program in new units.
    rows, columns : (m,), (n,)
        By what its rows and columns were multiplied.
    cost : float
        By what its cost was multiplied.
    """

    lp: LinearProgram
    rows: FloatArray
    columns: FloatArray
    cost: float

    def point(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bring a point and its row duals back to the program's own units."""
        return x * self.columns, y * self.rows / self.cost


def scale(lp: LinearProgram) -> Scaled:
    """Scale so that the largest coefficient of each column and row, and the typical cost, are about 1.

    Parameters
    ----------
    lp : LinearProgram
        A program in the user's units.
    """
    sizes = abs(lp.matrix)
    columns = _inverse(_largest(sizes, 0))
    entry_columns = np.repeat(columns, np.diff(lp.matrix.indptr))
    sizes.data *= entry_columns
    rows = _inverse(_largest(sizes, 1))
    costs = np.abs(lp.cost * columns)
    cost = float(_inverse(np.atleast_1d(np.median(costs[costs > 0])))[0]) if costs.any() else 1.0
    scaled = lp.with_values(
        lp.matrix.data * entry_columns * rows[lp.matrix.indices],
        cost=lp.cost * columns * cost,
        lower=lp.lower / columns,
        upper=lp.upper / columns,
        row_lower=lp.row_lower * rows,
        row_upper=lp.row_upper * rows,
    )
    return Scaled(scaled, rows, columns, cost)


def _largest(sizes: csc_array, axis: int) -> FloatArray:
    """Give the largest entry of each column (0) or row (1); 0 where there is none."""
    found: FloatArray = sizes.max(axis=axis).toarray().ravel() if min(sizes.shape) else np.zeros(sizes.shape[1 - axis])
    return found


def _inverse(sizes: FloatArray) -> FloatArray:
    """Give the power of two nearest to one over each size; 1 where there is none."""
    return np.exp2(-np.round(np.log2(np.where(sizes > 0, sizes, 1.0))))
