"""Rows of two columns, read as a bound of one that moves with the other: ``delivered <= availability * capacity``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Linked:
    """Bounds ``column >= constant + slope * hub`` (or ``<=``), one for each row.

    Attributes
    ----------
    rows, columns, hubs : (k,)
        The row, the column that it bounds, and the one (in no fewer rows) that the bound moves with.
    coefficients : (k,)
        Of the column in the row.
    constants, slopes : (k,)
        Of the bound.
    """

    rows: IntArray
    columns: IntArray
    hubs: IntArray
    coefficients: FloatArray
    constants: FloatArray
    slopes: FloatArray

    def take(self, which: npt.NDArray[Any]) -> Linked:
        """Pick some of them, by position or by a mask."""
        return Linked(*(getattr(self, part.name)[which] for part in fields(self)))

    def least(self, lp: LinearProgram) -> FloatArray:
        """Give the smallest value of each bound that the hub's own bounds allow."""
        with np.errstate(invalid="ignore"):  # 0 * inf: a bound that does not move
            moving = self.slopes * np.where(self.slopes > 0, lp.lower[self.hubs], lp.upper[self.hubs])
        return self.constants + np.where(self.slopes == 0, 0.0, moving)


def linked_bounds(lp: LinearProgram, by_row: csr_array, *, lower: bool) -> Linked:
    """Find all rows of two columns, read as bounds of the one in fewer rows, from one side only.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    by_row : csr_array
        Its matrix by rows, without explicit zeros.
    lower : bool
        Whether bounds from below are wanted (else from above).
    """
    rows = np.flatnonzero(np.diff(by_row.indptr) == 2)
    entries = by_row.indptr[rows][:, None] + np.arange(2)
    columns, data = by_row.indices[entries].astype(np.int64), by_row.data[entries]
    counts = np.bincount(by_row.indices, minlength=lp.shape[1])[columns]
    first = counts[:, 0] < counts[:, 1]
    at, pick = np.where(first, 0, 1), np.arange(len(rows))
    coefficients, hub_coefficients = data[pick, at], data[pick, 1 - at]
    from_below = (coefficients > 0) == lower
    side = np.where(from_below, lp.row_lower[rows], lp.row_upper[rows])
    other = np.where(from_below, lp.row_upper[rows], lp.row_lower[rows])
    slopes = -hub_coefficients / coefficients
    found = Linked(rows, columns[pick, at], columns[pick, 1 - at], coefficients, side / coefficients, slopes)
    return found.take(np.isfinite(side) & ~np.isfinite(other))
