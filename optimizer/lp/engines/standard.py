"""What interior-point engines share: they see the reduced program, with equalities apart from two-sided rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reduction import InfeasibleOnSightError, Reduction

if TYPE_CHECKING:
    from scipy.sparse import csc_array


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
    """Move a point that is a rounding error outside its bounds onto them."""
    return np.clip(x, lp.lower, lp.upper)
