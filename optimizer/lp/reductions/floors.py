"""Columns counted from a floor that moves with another column, so that the floor's row becomes a plain bound.

A battery's stored energy is at least a share of its energy capacity. Counted from that floor, the energy is simply at
least zero, and in the rows that carry energy from hour to hour the floor cancels out.
"""

from __future__ import annotations

import numpy as np

from optimizer.lp.affine import IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reductions.bounds import reduced_costs
from optimizer.lp.reductions.entries import Entries, cut
from optimizer.lp.reductions.linked import Linked, linked_bounds
from optimizer.lp.reductions.step import Point


class Floors:
    """Put ``x = x' + slope * hub`` for every column with such a floor, where that makes the program smaller.

    Parameters
    ----------
    lp : LinearProgram
        The program before.

    Attributes
    ----------
    lp : LinearProgram
        The program afterwards; the one before where nothing is gained.
    rows, columns : (k,)
        Where its rows and columns stand in the program before.
    """

    def __init__(self, lp: LinearProgram) -> None:
        self._before, self.lp = lp, lp
        self.rows, self.columns = np.arange(lp.shape[0]), np.arange(lp.shape[1])
        self._floors = _usable(lp)
        if len(self._floors.rows):
            smaller, rows = _counted_from(lp, self._floors)
            if smaller.matrix.nnz < lp.matrix.nnz:
                self.lp, self.rows = smaller, rows

    def shrink(self, point: Point) -> Point:
        """Count columns from their floors."""
        x = point.x.copy()
        if self.lp is not self._before:
            x[self._floors.columns] -= self._floors.slopes * x[self._floors.hubs]
        return Point(x, point.row_dual[self.rows])

    def restore(self, point: Point) -> Point:
        """Add the floors, and give their rows the reduced costs of the columns that stand on them."""
        if self.lp is self._before:
            return point
        floors, x = self._floors, point.x.copy()
        x[floors.columns] += floors.slopes * x[floors.hubs]
        dual = np.zeros(self._before.shape[0])
        dual[self.rows] = point.row_dual
        dual[floors.rows] = reduced_costs(self._before, dual, floors.columns) / floors.coefficients
        return Point(x, dual)


def _usable(lp: LinearProgram) -> Linked:
    """Find floors that make the column's own bounds needless: one for each column, and none that stands on another."""
    found = linked_bounds(lp, lower=True)
    found = found.take((found.least(lp) >= lp.lower[found.columns]) & np.isposinf(lp.upper[found.columns]))
    chosen = np.full(lp.shape[1], -1, dtype=np.int64)
    chosen[found.columns[::-1]] = np.arange(len(found.columns))[::-1]  # the first of each column
    return found.take((chosen[found.columns] == np.arange(len(found.columns))) & (chosen[found.hubs] < 0))


def _counted_from(lp: LinearProgram, floors: Linked) -> tuple[LinearProgram, IntArray]:
    from scipy.sparse import csc_array  # noqa: PLC0415

    keep = np.ones(lp.shape[0], dtype=bool)
    keep[floors.rows] = False
    rows = np.flatnonzero(keep)
    slope, hub = np.zeros(lp.shape[1]), np.zeros(lp.shape[1], dtype=np.int64)
    slope[floors.columns], hub[floors.columns] = floors.slopes, floors.hubs
    moving = Entries.of(lp.matrix, np.flatnonzero(np.repeat(slope, np.diff(lp.matrix.indptr))))
    moved = moving.data * slope[moving.columns], (moving.rows, hub[moving.columns])
    matrix = lp.matrix + csc_array(moved, shape=lp.shape)
    lower = lp.lower.copy()
    lower[floors.columns] = floors.constants
    smaller = LinearProgram(
        cost=lp.cost + np.bincount(hub, weights=slope * lp.cost, minlength=lp.shape[1]),
        lower=lower,
        upper=lp.upper,
        row_lower=lp.row_lower[rows],
        row_upper=lp.row_upper[rows],
        matrix=cut(matrix, keep, np.ones(lp.shape[1], dtype=bool)),
        offset=lp.offset,
    )
    return smaller, rows
