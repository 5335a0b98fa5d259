"""A smaller program with the same optimum, and the exact way back for the primal point and the duals.

In turn: what bounds decide (`optimizer.lp.reductions.bounds`), columns counted from a floor that moves (`floors`),
columns alike pooled into one (`pools`), and columns that are then in no row (`idle`). Scaling is left to the engines,
which all equilibrate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.basis import Basis
from optimizer.lp.reductions.bounds import Bounds
from optimizer.lp.reductions.floors import Floors
from optimizer.lp.reductions.idle import Idle
from optimizer.lp.reductions.pools import WORTHWHILE, Pools
from optimizer.lp.reductions.step import InfeasibleOnSightError, Point, Step

__all__ = ["InfeasibleOnSightError", "Reduction"]


class Reduction:
    """A reduced program.

    Parameters
    ----------
    lp : LinearProgram
        The full program.
    pool_size : int
        How many columns alike are worth pooling.

    Attributes
    ----------
    reduced : LinearProgram
        What an engine solves, with the places of its rows and columns where they are known.
    rows, columns : (k,)
        Where its rows and columns stand in the full program.

    Raises
    ------
    InfeasibleOnSightError
        If bounds cross, or a row without columns cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csc_array
    >>> lp = LinearProgram(np.array([1.0, 1.0]), np.zeros(2), np.full(2, 9.0), np.array([2.0, 3.0]), np.full(2, np.inf),
    ...                    csc_array([[1.0, 0.0], [1.0, 1.0]]))
    >>> reduction = Reduction(lp)
    >>> reduction.reduced.shape, reduction.reduced.lower[0]
    ((1, 2), np.float64(2.0))
    """

    def __init__(self, lp: LinearProgram, *, pool_size: int = WORTHWHILE) -> None:
        self._bounds = bounds = Bounds(lp)
        floors = Floors(bounds.lp)
        pools = Pools(floors.lp, pool_size)
        self._steps: tuple[Step, ...] = (bounds, floors, pools)
        if pools.lp is not bounds.lp:  # else idle columns stay, so that a basis can be lifted
            self._steps += (Idle(pools.lp),)
        self.rows, self.columns = np.arange(lp.shape[0]), np.arange(lp.shape[1])
        for step in self._steps:
            self.rows, self.columns = self.rows[step.rows], self.columns[step.columns]
        layout = None if lp.layout is None else lp.layout.take(self.rows, self.columns)
        self.reduced = replace(self._steps[-1].lp, layout=layout)

    def shrink(self, x: FloatArray, row_dual: FloatArray) -> Point:
        """Bring a primal point and duals of the full program to the reduced one."""
        point = Point(x, row_dual)
        for step in self._steps:
            point = step.shrink(point)
        return point

    def lift(self, basis: Basis, restored: Point) -> Basis | None:
        """Bring a basis of the reduced program, and its restored point, back; None where columns were exchanged."""
        return self._bounds.lift(basis, restored) if self._steps[-1].lp is self._bounds.lp else None

    def restore(self, x: FloatArray, row_dual: FloatArray) -> Point:
        """Bring a primal point and duals of the reduced program back to the full one.

        Parameters
        ----------
        x : (columns,)
            Primal point of the reduced program.
        row_dual : (rows,)
            Its row duals.

        Returns
        -------
        x, row_dual : ndarray
            Of the full program: equally feasible, with the same objective.
        """
        point = Point(x, row_dual)
        for step in reversed(self._steps):
            point = step.restore(point)
        return point
