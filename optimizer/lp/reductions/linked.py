"""Rows of two columns, read as a bound of one that moves with the other: ``delivered <= availability * capacity``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reductions.entries import Entries

_LINKED = 2  # columns in a row that links


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


def linked_bounds(lp: LinearProgram, *, lower: bool) -> Linked:
    """Find all rows of two columns, read as bounds of the one in fewer rows, from one side only.

    Parameters
    ----------
    lp : LinearProgram
        The program, without explicit zeros.
    lower : bool
        Whether bounds from below are wanted (else from above).
    """
    one_sided = np.isfinite(lp.row_lower) != np.isfinite(lp.row_upper)
    linking = one_sided & (np.bincount(lp.matrix.indices, minlength=lp.shape[0]) == _LINKED)
    rows = np.flatnonzero(linking)
    entries = Entries.of(lp.matrix, np.flatnonzero(linking[lp.matrix.indices]))
    last = _last_entries(entries.rows, lp.shape[0])[rows]
    first = len(entries.rows) - 1 - _last_entries(entries.rows[::-1], lp.shape[0])[rows]
    counts = np.diff(lp.matrix.indptr)[entries.columns]
    first_is_bounded = counts[first] < counts[last]
    bounded = entries.take(np.where(first_is_bounded, first, last))
    hub = entries.take(np.where(first_is_bounded, last, first))
    from_below = (bounded.data > 0) == lower
    side = np.where(from_below, lp.row_lower[rows], lp.row_upper[rows])
    found = Linked(rows, bounded.columns, hub.columns, bounded.data, side / bounded.data, -hub.data / bounded.data)
    return found.take(np.isfinite(side))


def _last_entries(rows: IntArray, count: int) -> IntArray:
    """Tell which entry of each row comes last."""
    last = np.zeros(count, dtype=np.int64)
    last[rows] = np.arange(len(rows))  # of several values for one place, the last stays
    return last
