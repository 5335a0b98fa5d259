"""Columns that are in no row: what they cost alone decides them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reductions.entries import cut
from optimizer.lp.reductions.step import Point


class Idle:
    """Fix columns that are in no row at the bound that their cost asks for.

    Where there is no such bound, they stay: that the cost falls without end is for an engine to tell.

    Parameters
    ----------
    lp : LinearProgram
        The program before, without explicit zeros.

    Attributes
    ----------
    lp : LinearProgram
        The program afterwards; the one before where no column is idle.
    rows, columns : (k,)
        Where its rows and columns stand in the program before.
    """

    def __init__(self, lp: LinearProgram) -> None:
        self.lp, self.rows = lp, np.arange(lp.shape[0])
        idle = np.flatnonzero(np.diff(lp.matrix.indptr) == 0)
        cost, lower, upper = lp.cost[idle], lp.lower[idle], lp.upper[idle]
        asked = np.where(cost > 0, lower, np.where(cost < 0, upper, np.clip(0.0, lower, upper)))
        decided = np.isfinite(asked) & (lower <= upper)
        self._x = np.zeros(lp.shape[1])
        self._x[idle[decided]] = asked[decided]
        kept = np.ones(lp.shape[1], dtype=bool)
        kept[idle[decided]] = False
        self.columns = np.flatnonzero(kept)
        if decided.any():
            self.lp = replace(
                lp,
                cost=lp.cost[kept],
                lower=lp.lower[kept],
                upper=lp.upper[kept],
                matrix=cut(lp.matrix, np.ones(lp.shape[0], dtype=bool), kept),
                offset=lp.objective(self._x),
            )

    def shrink(self, point: Point) -> Point:
        """Leave idle columns out."""
        return Point(point.x[self.columns], point.row_dual)

    def restore(self, point: Point) -> Point:
        """Give idle columns their values."""
        x = self._x.copy()
        x[self.columns] = point.x
        return Point(x, point.row_dual)
