"""Rows that are bounds in disguise, fixed columns, and rows that cannot bind.

What goes: explicit zeros, rows that hold one column (they become bounds), fixed columns, rows without columns, and rows
that the bounds of their columns alone keep satisfied. Andersen, E. D., Andersen, K. D. (1995). Presolving in linear
programming. Mathematical Programming 71, 221-245. doi:10.1007/BF01586000
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.basis import AT_LOWER, AT_UPPER, BASIC, Basis, Statuses
from optimizer.lp.reductions.step import InfeasibleOnSightError, Point

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_PASSES = 6
_FEASIBILITY = 1e-9

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Owner:
    """Rows that became bounds in one pass.

    Attributes
    ----------
    rows, columns : (k,)
        The rows, and the column that each bounds.
    coefficients : (k,)
        Of the column in the row.
    is_lower : bool
        Whether the rows became lower bounds (else upper ones).
    """

    rows: IntArray
    columns: IntArray
    coefficients: FloatArray
    is_lower: bool


class Bounds:
    """Turn rows into bounds, and drop what is decided by bounds alone.

    Parameters
    ----------
    lp : LinearProgram
        The program before.

    Attributes
    ----------
    lp : LinearProgram
        The program afterwards.
    rows, columns : (k,)
        Where its rows and columns stand in the program before.

    Raises
    ------
    InfeasibleOnSightError
        If bounds cross, or a row without columns cannot hold.
    """

    def __init__(self, lp: LinearProgram) -> None:
        self._before = lp
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
        self._check_bounds()
        self._drop_idle_rows()
        self.rows, self.columns = np.flatnonzero(self._row_alive), np.flatnonzero(self._column_alive)
        self.lp = self._assemble()

    # -- making it smaller -------------------------------------------------------------------------------------------

    def _live_counts(self) -> IntArray:
        live = self._column_alive[self._by_row.indices]
        return np.bincount(self._entry_row, weights=live, minlength=len(self._row_alive)).astype(np.int64)

    def _check_bounds(self) -> None:
        crossed = self._lower > self._upper + _FEASIBILITY * np.maximum(1.0, np.abs(self._upper))
        if crossed.any():
            raise InfeasibleOnSightError

    def _fix_columns(self) -> bool:
        self._check_bounds()
        fixed = self._column_alive & (self._lower >= self._upper)
        if not fixed.any():
            return False
        self._shift += self._by_row @ np.where(fixed, self._upper, 0.0)
        self._column_alive &= ~fixed
        return True

    def _turn_rows_into_bounds(self) -> bool:
        counts = self._live_counts()
        self._drop_empty_rows(self._row_alive & (counts == 0))
        single = self._row_alive & (counts == 1)
        if not single.any():
            return False
        entries = np.flatnonzero(single[self._entry_row] & self._column_alive[self._by_row.indices])
        rows, columns = self._entry_row[entries], self._by_row.indices[entries].astype(np.int64)
        coefficients = self._by_row.data[entries]
        low = (self._before.row_lower[rows] - self._shift[rows]) / coefficients
        high = (self._before.row_upper[rows] - self._shift[rows]) / coefficients
        low, high = np.where(coefficients > 0, low, high), np.where(coefficients > 0, high, low)
        self._tighten(rows, columns, coefficients, low, is_lower=True)
        self._tighten(rows, columns, coefficients, high, is_lower=False)
        self._row_alive &= ~single
        return True

    def _tighten(
        self, rows: IntArray, columns: IntArray, coefficients: FloatArray, new: FloatArray, *, is_lower: bool
    ) -> None:
        """Tighten bounds, and remember for each the row that did it (the tightest where several do)."""
        bound, sign = (self._lower, 1.0) if is_lower else (self._upper, -1.0)
        order = np.argsort(sign * new, kind="stable")  # the tightest last, so that it wins
        rows, columns, coefficients, new = rows[order], columns[order], coefficients[order], new[order]
        tighter = np.flatnonzero(sign * new > sign * bound[columns])
        winner = np.full(len(bound), -1, dtype=np.int64)
        winner[columns[tighter]] = tighter
        won = winner[winner >= 0]
        if len(won):
            bound[columns[won]] = new[won]
            self._owners.append(_Owner(rows[won], columns[won], coefficients[won], is_lower))

    def _drop_empty_rows(self, empty: BoolArray) -> None:
        slack = _FEASIBILITY * np.maximum(1.0, np.abs(self._shift))
        low, high = self._before.row_lower - self._shift, self._before.row_upper - self._shift
        if (empty & ((low > slack) | (high < -slack))).any():
            raise InfeasibleOnSightError
        self._row_alive &= ~empty

    def _drop_idle_rows(self) -> None:
        """Drop rows that the bounds of their columns alone keep satisfied."""
        live = self._column_alive[self._by_row.indices] & self._row_alive[self._entry_row]
        data, columns, rows = self._by_row.data[live], self._by_row.indices[live], self._entry_row[live]
        positive, count = data > 0, len(self._row_alive)
        least = data * np.where(positive, self._lower[columns], self._upper[columns])
        most = data * np.where(positive, self._upper[columns], self._lower[columns])
        floor = np.bincount(rows, weights=least, minlength=count)
        ceiling = np.bincount(rows, weights=most, minlength=count)
        before = self._before
        self._row_alive &= ~((floor >= before.row_lower - self._shift) & (ceiling <= before.row_upper - self._shift))

    def _assemble(self) -> LinearProgram:
        before, rows, columns = self._before, self.rows, self.columns
        fixed_cost = float(before.cost @ np.where(self._column_alive, 0.0, self._upper))
        return LinearProgram(
            cost=before.cost[columns],
            lower=self._lower[columns],
            upper=self._upper[columns],
            row_lower=(before.row_lower - self._shift)[rows],
            row_upper=(before.row_upper - self._shift)[rows],
            matrix=self._by_row[rows][:, columns].tocsc(),
            offset=before.offset + fixed_cost,
        )

    # -- there and back ----------------------------------------------------------------------------------------------

    def shrink(self, point: Point) -> Point:
        """Leave out what is not in the program afterwards."""
        return Point(point.x[self.columns], point.row_dual[self.rows])

    def restore(self, point: Point) -> Point:
        """Give fixed columns their values, and rows that became bounds the reduced costs of their columns."""
        before = self._before
        x = np.where(self._column_alive, 0.0, self._upper)
        x[self.columns] = point.x
        dual = np.zeros(before.shape[0])
        dual[self.rows] = point.row_dual
        for owner in reversed(self._owners):
            cost = reduced_costs(before, dual, owner.columns)
            binds = cost > 0 if owner.is_lower else cost < 0
            # Added, not set: an equality owns both bounds, and what one gave must not be lost to the other's rounding.
            dual[owner.rows[binds]] += (cost / owner.coefficients)[binds]
        return Point(x, dual)

    def lift(self, basis: Basis, point: Point) -> Basis:
        """Bring a basis back: a column that rests on a bound made of a row is basic, and the row is not.

        Parameters
        ----------
        basis : Basis
            Of the program afterwards.
        point : Point
            Its basic solution, restored.
        """
        before = self._before
        rows = np.full(before.shape[0], BASIC, dtype=np.int8)
        rows[self.rows] = basis.rows
        columns, least_pull = self._resting_alone(point)
        columns[self.columns] = basis.columns
        pulls = [np.abs(point.row_dual[owner.rows] * owner.coefficients) for owner in self._owners]
        strongest = least_pull.copy()
        for owner, pull in zip(self._owners, pulls, strict=True):
            strongest[owner.columns] = np.maximum(strongest[owner.columns], pull)
        for owner, pull in zip(reversed(self._owners), reversed(pulls), strict=True):
            status, side = columns[owner.columns], AT_LOWER if owner.is_lower else AT_UPPER
            pulls_most = (pull >= strongest[owner.columns]) & (pull > least_pull[owner.columns])
            rests = np.where(self._column_alive[owner.columns], status == side, pulls_most & (status != BASIC))
            columns[owner.columns[rests]] = BASIC
            rows[owner.rows[rests]] = np.where((owner.coefficients[rests] > 0) == owner.is_lower, AT_LOWER, AT_UPPER)
        return Basis(columns, rows)

    def _resting_alone(self, point: Point) -> tuple[Statuses, FloatArray]:
        """Let fixed columns rest on their own bounds, and tell how hard a row has to pull to be the one instead.

        A fixed column rests on two bounds; what counts is the one that its reduced cost leans on. Where neither is its
        own, it has to be a row's.
        """
        before, value = self._before, self._upper
        leaning = reduced_costs(before, point.row_dual, np.arange(before.shape[1]))
        at_lower, at_upper = value == before.lower, value == before.upper
        columns = np.where(at_upper & ((leaning < 0) | ~at_lower), AT_UPPER, AT_LOWER).astype(np.int8)
        return columns, np.where(at_lower | at_upper, np.abs(leaning), -1.0)


def reduced_costs(lp: LinearProgram, row_dual: FloatArray, columns: IntArray) -> FloatArray:
    """Give cost less the duals' share of some columns."""
    reduced: FloatArray = lp.cost - lp.matrix.T @ row_dual
    return reduced[columns]
