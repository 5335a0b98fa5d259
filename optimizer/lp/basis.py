"""Which columns and rows a basic solution leaves free, and at which bound the others rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray

AT_LOWER, BASIC, AT_UPPER, AT_ZERO = 0, 1, 2, 3

Statuses = npt.NDArray[np.int8]


class Basis(NamedTuple):
    """One status for each column and each row.

    Attributes
    ----------
    columns, rows : (n,), (m,) int8
        `AT_LOWER`, `BASIC`, `AT_UPPER`, or `AT_ZERO` for what has no bounds and is not basic.
    """

    columns: Statuses
    rows: Statuses


def resting(value: FloatArray, lower: FloatArray, upper: FloatArray) -> Statuses:
    """Tell at which bound each value rests: the nearer one."""
    with np.errstate(invalid="ignore"):  # inf - inf, where a value has no bounds
        at_lower = value - lower <= upper - value
    at = np.where(at_lower, AT_LOWER, AT_UPPER)
    return np.where(np.isfinite(lower) | np.isfinite(upper), at, AT_ZERO).astype(np.int8)
