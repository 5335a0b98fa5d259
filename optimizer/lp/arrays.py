"""A linear program as arrays: what engines load, and what the certificate is computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from optimizer.lp.layout import Layout


def inner(one: FloatArray, other: FloatArray) -> float:
    """Multiply two vectors, without the threads of the linear algebra library, which spin on other cores long after.

    Examples
    --------
    >>> inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    return float(np.einsum("i,i->", one, other))


@dataclass(frozen=True)
class LinearProgram:
    """Minimise ``cost @ x + offset`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    cost, lower, upper : (n,)
        Of the columns. Missing bounds are infinite.
    row_lower, row_upper : (m,)
        Of the rows.
    matrix : scipy.sparse.csc_array, (m, n)
        Coefficients; explicit zeros stay in the pattern, so that new data fit the same structure.
    offset : float
        Constant part of the objective.
    layout : Layout or None
        Where rows and columns stand in time, if that is known.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    matrix: csc_array
    offset: float = 0.0
    layout: Layout | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_lower), len(self.cost)

    def objective(self, x: FloatArray) -> float:
        """Cost at a point."""
        return inner(self.cost, x) + self.offset

    def with_values(self, entries: FloatArray, **changes: Any) -> LinearProgram:
        """Give the same structure other coefficients (and other vectors, by name)."""
        from scipy.sparse import csc_array  # noqa: PLC0415 (loading scipy.sparse is only worth it once a program exists)

        matrix = csc_array((entries, self.matrix.indices, self.matrix.indptr), shape=self.shape)
        return replace(self, matrix=matrix, **changes)


@dataclass(frozen=True)
class Patch:
    """Which numbers of a program changed; their new values stand in the program itself.

    Attributes
    ----------
    families : tuple of str
        Families that were evaluated again.
    cost, bounds : (k,)
        Columns whose cost, or whose bounds, changed.
    row_bounds : (k,)
        Rows whose bounds changed.
    entries : (k,)
        Positions in ``matrix.data`` whose coefficients changed.
    """

    families: tuple[str, ...]
    cost: IntArray
    bounds: IntArray
    row_bounds: IntArray
    entries: IntArray

    @classmethod
    def between(cls, old: LinearProgram, new: LinearProgram, families: tuple[str, ...]) -> Patch:
        """Compare two programs of one structure."""
        return cls(
            families,
            np.flatnonzero(old.cost != new.cost),
            np.flatnonzero((old.lower != new.lower) | (old.upper != new.upper)),
            np.flatnonzero((old.row_lower != new.row_lower) | (old.row_upper != new.row_upper)),
            np.flatnonzero(old.matrix.data != new.matrix.data),
        )

    @property
    def empty(self) -> bool:
        """True where nothing changed."""
        return not any(len(part) for part in (self.cost, self.bounds, self.row_bounds, self.entries))


class Pattern:
    """Where the coefficients of all families end up in one compressed matrix.

    Parameters
    ----------
    rows, columns : (k,)
        Row and column of every coefficient, family after family. The same place may occur twice; values add up.
    shape : tuple of int
        Rows and columns of the matrix.
    """

    def __init__(self, rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> None:
        from scipy.sparse import coo_array  # noqa: PLC0415

        self.shape = shape
        count = len(rows)
        # Number the coefficients 1, 2, ... and let scipy sort them: a place that occurs once keeps its number.
        sorted_matrix = coo_array((np.arange(1, count + 1, dtype=np.int64), (rows, columns)), shape=shape).tocsc()
        if sorted_matrix.nnz == count:
            self.slot = np.empty(count, dtype=np.int64)
            self.slot[sorted_matrix.data - 1] = np.arange(count)
        else:
            keys = columns.astype(np.int64) * shape[0] + rows
            self.slot = np.unique(keys, return_inverse=True)[1]
        self.indices, self.indptr = sorted_matrix.indices, sorted_matrix.indptr

    def entries(self, values: FloatArray) -> FloatArray:
        """Bring coefficients into the matrix's order, adding those of one place."""
        return np.bincount(self.slot, weights=values, minlength=len(self.indices)).astype(float, copy=False)

    def matrix(self, values: FloatArray) -> csc_array:
        """Build the matrix."""
        from scipy.sparse import csc_array  # noqa: PLC0415

        return csc_array((self.entries(values), self.indices, self.indptr), shape=self.shape)
