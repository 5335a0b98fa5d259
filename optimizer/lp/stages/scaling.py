"""Rows, columns and cost brought to the size of 1, by powers of two, which rounds nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram


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
    matrix, sizes = lp.matrix, np.abs(lp.matrix.data)
    at = np.repeat(np.arange(lp.shape[1]), np.diff(matrix.indptr))
    columns = _inverse(_largest(sizes, at, lp.shape[1]))
    entry_columns = columns[at]
    rows = _inverse(_largest(sizes * entry_columns, matrix.indices, lp.shape[0]))
    costs = np.abs(lp.cost * columns)
    cost = float(_inverse(np.atleast_1d(np.median(costs[costs > 0])))[0]) if costs.any() else 1.0
    scaled = lp.with_values(
        matrix.data * entry_columns * rows[matrix.indices],
        cost=lp.cost * columns * cost,
        lower=lp.lower / columns,
        upper=lp.upper / columns,
        row_lower=lp.row_lower * rows,
        row_upper=lp.row_upper * rows,
    )
    return Scaled(scaled, rows, columns, cost)


def _largest(sizes: FloatArray, at: IntArray, count: int) -> FloatArray:
    """Give the largest of the entries of each column or row; 0 where there is none."""
    found = np.zeros(count)
    np.maximum.at(found, at, sizes)
    return found


def _inverse(sizes: FloatArray) -> FloatArray:
    """Give the power of two nearest to one over each size; 1 where there is none."""
    return np.exp2(-np.round(np.log2(np.where(sizes > 0, sizes, 1.0))))
