"""What interior-point engines share: they see the reduced program, with equalities apart from two-sided rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reduction import InfeasibleOnSightError, Reduction

if TYPE_CHECKING:
    from scipy.sparse import csc_array

DUST = 1e-6


class Split(NamedTuple):
    """A program with its equalities apart.

    Attributes
    ----------
    equal : (m,) bool
        Which rows are equalities.
    equalities, inequalities : scipy.sparse.csc_array
        Their coefficients.
    """

    equal: np.ndarray[tuple[int], np.dtype[np.bool_]]
    equalities: csc_array
    inequalities: csc_array


def split(lp: LinearProgram) -> Split:
    """Part the rows into equalities and inequalities."""
    equal = lp.row_lower == lp.row_upper
    by_row = lp.matrix.tocsr()
    return Split(equal, by_row[equal].tocsc(), by_row[~equal].tocsc())


def reduce(lp: LinearProgram) -> Reduction | None:
    """Reduce a program; None where it is infeasible on sight, which an engine with a proof has to confirm."""
    try:
        return Reduction(lp)
    except InfeasibleOnSightError:
        return None


def cost_scale(lp: LinearProgram) -> float:
    """Give a power of two that brings the typical cost coefficient to about 1; exact to apply and to undo."""
    sizes = np.abs(lp.cost[lp.cost != 0])
    return float(2.0 ** -np.round(np.log2(np.median(sizes)))) if len(sizes) else 1.0


def within_bounds(lp: LinearProgram, x: FloatArray) -> FloatArray:
    """Move a point onto its bounds where it is outside them, or inside by less than a solver can tell.

    An interior point leaves dust such as 1e-8 MW in thousands of columns; a reader should see zero there. The
    certificate is computed from the point as moved.
    """
    moved = np.where(x - lp.lower < DUST, lp.lower, x)
    return np.where(lp.upper - moved < DUST, lp.upper, moved)
