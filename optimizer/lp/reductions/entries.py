"""A program's coefficients one by one: cutting rows and columns out of them is cheaper than slicing a sparse matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

BoolArray = npt.NDArray[np.bool_]


class Entries(NamedTuple):
    """Coefficients in the order of their columns.

    Attributes
    ----------
    rows, columns : (k,)
        Where each stands.
    data : (k,)
        Its value.
    """

    rows: IntArray
    columns: IntArray
    data: FloatArray

    @classmethod
    def of(cls, matrix: csc_array, which: IntArray | slice = slice(None)) -> Entries:
        """List the entries of a matrix, or some of them, by position."""
        columns = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        return cls(matrix.indices[which].astype(np.int64), columns[which], matrix.data[which])

    def take(self, which: IntArray) -> Entries:
        """Pick some of them, by position."""
        return Entries(self.rows[which], self.columns[which], self.data[which])


def cut(matrix: csc_array, rows: BoolArray, columns: BoolArray) -> csc_array:
    """Cut a matrix down to the rows and columns that two masks keep, without explicit zeros."""
    from scipy.sparse import csc_array  # noqa: PLC0415

    kept = rows[matrix.indices]
    kept &= np.repeat(columns, np.diff(matrix.indptr))
    kept &= matrix.data != 0
    at = np.flatnonzero(kept)
    starts = np.append(0, np.cumsum(kept))[matrix.indptr]  # how many are kept before each column
    numbers = np.cumsum(rows, dtype=matrix.indices.dtype) - 1
    starts = np.append(starts[:-1][columns], starts[-1])
    indices = numbers[matrix.indices[at]]
    return csc_array((matrix.data[at], indices, starts), shape=(np.count_nonzero(rows), np.count_nonzero(columns)))
