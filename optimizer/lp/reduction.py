"""A smaller program with the same optimum, and the exact way back for the primal point and the duals.

What goes: explicit zeros, rows that hold one column (they become bounds), fixed columns, rows without columns, and rows
that can never bind. Andersen, E. D., Andersen, K. D. (1995). Presolving in linear programming. Mathematical Programming
71, 221-245. doi:10.1007/BF01586000
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_PASSES = 6
_FEASIBILITY = 1e-9

BoolArray = npt.NDArray[np.bool_]


class InfeasibleOnSightError(Exception):
    """A row or a column cannot be satisfied whatever the others do; an engine has to prove it on the full program."""


@dataclass(frozen=True)
class _Owner:
    """Rows that became bounds in one pass.

    Attributes
    ----------
    rows, columns : (k,)
        The rows, and the column that each bounds.
    coefficients : (k,)
        Of the column in the row.
    is_lower : (k,)
        Whether the row became the lower bound (else the upper).
    """

    rows: IntArray
    columns: IntArray
    coefficients: FloatArray
    is_lower: BoolArray


class Reduction:
    """A reduced program.

    Parameters
    ----------
    lp : LinearProgram
        The full program.

    Attributes
    ----------
    reduced : LinearProgram
        What an engine solves.
    rows, columns : (k,)
        Positions of the kept rows and columns in the full program.

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

    def __init__(self, lp: LinearProgram) -> None:
        self._lp = lp
        self._by_row: csr_array = lp.matrix.tocsr()
        self._by_row.eliminate_zeros()
        self._lower, self._upper = lp.lower.copy(), lp.upper.copy()
        self._shift = np.zeros(lp.shape[0])
        self._row_alive = np.ones(lp.shape[0], dtype=bool)
        self._column_alive = np.ones(lp.shape[1], dtype=bool)
        self._owners: list[_Owner] = []
        self._entry_row = np.repeat(np.arange(lp.shape[0]), np.diff(self._by_row.indptr))
        for _ in range(_PASSES):
            if not (self._fix_columns() | self._turn_rows_into_bounds()):
                break
        self._drop_idle_rows()
        self.rows, self.columns = np.flatnonzero(self._row_alive), np.flatnonzero(self._column_alive)
        self.reduced = self._assemble()

    # -- making it smaller -------------------------------------------------------------------------------------------

    def _live_counts(self) -> IntArray:
        live = self._column_alive[self._by_row.indices]
        return np.bincount(self._entry_row, weights=live, minlength=len(self._row_alive)).astype(np.int64)

    def _fix_columns(self) -> bool:
        crossed = self._lower > self._upper + _FEASIBILITY * np.maximum(1.0, np.abs(self._upper))
        if crossed.any():
            raise InfeasibleOnSightError
        fixed = self._column_alive & (self._lower >= self._upper)
        if not fixed.any():
            return False
        values = np.where(fixed, self._upper, 0.0)
        self._shift += self._by_row @ values
        self._column_alive &= ~fixed
        return True

    def _turn_rows_into_bounds(self) -> bool:
        counts = self._live_counts()
        self._drop_empty_rows(self._row_alive & (counts == 0))
        single = np.flatnonzero(self._row_alive & (counts == 1))
        if not len(single):
            return False
        in_single = np.zeros(len(self._row_alive), dtype=bool)
        in_single[single] = True
        entries = np.flatnonzero(in_single[self._entry_row] & self._column_alive[self._by_row.indices])
        rows, columns = self._entry_row[entries], self._by_row.indices[entries].astype(np.int64)
        coefficients = self._by_row.data[entries]
        low = (self._lp.row_lower[rows] - self._shift[rows]) / coefficients
        high = (self._lp.row_upper[rows] - self._shift[rows]) / coefficients
        low, high = np.where(coefficients > 0, low, high), np.where(coefficients > 0, high, low)
        self._tighten(self._lower, rows, columns, coefficients, low, is_lower=True)
        self._tighten(self._upper, rows, columns, coefficients, high, is_lower=False)
        self._row_alive[single] = False
        return True

    def _tighten(
        self,
        bound: FloatArray,
        rows: IntArray,
        columns: IntArray,
        coefficients: FloatArray,
        new: FloatArray,
        *,
        is_lower: bool,
    ) -> None:
        """Tighten bounds, and remember for each the row that did it (the tightest where several do)."""
        sign = 1.0 if is_lower else -1.0
        order = np.argsort(sign * new, kind="stable")  # the tightest last, so that it wins
        rows, columns, coefficients, new = rows[order], columns[order], coefficients[order], new[order]
        tighter = sign * new > sign * bound[columns]
        winner = np.full(len(bound), -1, dtype=np.int64)
        winner[columns[tighter]] = np.flatnonzero(tighter)
        won = winner[winner >= 0]
        bound[columns[won]] = new[won]
        self._owners.append(_Owner(rows[won], columns[won], coefficients[won], np.full(len(won), is_lower)))

    def _drop_empty_rows(self, empty: BoolArray) -> None:
        slack = _FEASIBILITY * np.maximum(1.0, np.abs(self._shift))
        low, high = self._lp.row_lower - self._shift, self._lp.row_upper - self._shift
        if (empty & ((low > slack) | (high < -slack))).any():
            raise InfeasibleOnSightError
        self._row_alive &= ~empty

    def _drop_idle_rows(self) -> None:
        """Drop rows that the bounds of their columns alone keep satisfied."""
        data, columns = self._by_row.data, self._by_row.indices
        with np.errstate(invalid="ignore"):
            least = np.where(data > 0, data * self._lower[columns], data * self._upper[columns])
            most = np.where(data > 0, data * self._upper[columns], data * self._lower[columns])
        live = self._column_alive[columns]
        least, most = np.where(live, least, 0.0), np.where(live, most, 0.0)
        count = len(self._row_alive)
        floor = np.bincount(self._entry_row, weights=least, minlength=count)
        ceiling = np.bincount(self._entry_row, weights=most, minlength=count)
        idle = (floor >= self._lp.row_lower - self._shift) & (ceiling <= self._lp.row_upper - self._shift)
        self._row_alive &= ~idle

    def _assemble(self) -> LinearProgram:
        matrix = self._by_row[self.rows][:, self.columns].tocsc()
        fixed_cost = float(self._lp.cost @ np.where(self._column_alive, 0.0, self._upper))
        return LinearProgram(
            cost=self._lp.cost[self.columns],
            lower=self._lower[self.columns],
            upper=self._upper[self.columns],
            row_lower=(self._lp.row_lower - self._shift)[self.rows],
            row_upper=(self._lp.row_upper - self._shift)[self.rows],
            matrix=matrix,
            offset=self._lp.offset + fixed_cost,
        )

    # -- the way back ------------------------------------------------------------------------------------------------

    def restore(self, x: FloatArray, row_dual: FloatArray) -> tuple[FloatArray, FloatArray]:
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
        full_x = np.where(self._column_alive, 0.0, self._upper)
        full_x[self.columns] = x
        dual = np.zeros(self._lp.shape[0])
        dual[self.rows] = row_dual
        for owner in reversed(self._owners):
            if len(owner.rows):
                reduced_cost = (self._lp.cost - self._lp.matrix.T @ dual)[owner.columns]
                binds = np.where(owner.is_lower, reduced_cost > 0, reduced_cost < 0)
                dual[owner.rows[binds]] = (reduced_cost / owner.coefficients)[binds]
        return full_x, dual
