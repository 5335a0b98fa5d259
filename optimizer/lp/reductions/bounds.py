"""Rows that are bounds in disguise, fixed columns, and rows that cannot bind.

What goes: explicit zeros, rows that hold one column (they become bounds), fixed columns, rows without columns, and rows
that the bounds of their columns alone keep satisfied. Andersen, E. D., Andersen, K. D. (1995). Presolving in linear
programming. Mathematical Programming 71, 221-245. doi:10.1007/BF01586000
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram, inner
from optimizer.lp.basis import AT_LOWER, AT_UPPER, BASIC, Basis, Statuses
from optimizer.lp.reductions.entries import BoolArray, Entries, cut
from optimizer.lp.reductions.step import InfeasibleOnSightError, Point

_PASSES = 6
_FEASIBILITY = 1e-9


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

    def take(self, which: IntArray) -> _Owner:
        """Pick some of them, by position."""
        return _Owner(self.rows[which], self.columns[which], self.coefficients[which], self.is_lower)


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
        self._entries = Entries.of(lp.matrix)
        self._lower, self._upper = lp.lower.copy(), lp.upper.copy()
        self._shift = np.zeros(lp.shape[0])
        self._row_alive = np.ones(lp.shape[0], dtype=bool)
        self._column_alive = np.ones(lp.shape[1], dtype=bool)
        self._owners: list[_Owner] = []
        self._counts, self._numbers = np.zeros(lp.shape[0], dtype=np.int64), np.zeros(lp.shape[0])
        self._count(np.flatnonzero(self._entries.data != 0), 1)
        for _ in range(_PASSES):
            if not (self._fix_columns() | self._turn_rows_into_bounds()):
                break
        self._check_bounds()
        smaller = self._assemble()
        binding = _may_bind(smaller)
        self.rows, self.columns = np.flatnonzero(self._row_alive)[binding], np.flatnonzero(self._column_alive)
        self.lp = smaller if binding.all() else _only(smaller, binding)

    # -- making it smaller -------------------------------------------------------------------------------------------

    def _check_bounds(self) -> None:
        crossed = np.flatnonzero(self._lower > self._upper)
        lower, upper = self._lower[crossed], self._upper[crossed]
        if (lower > upper + _FEASIBILITY * np.maximum(1.0, np.abs(upper))).any():
            raise InfeasibleOnSightError

    def _count(self, entries: IntArray, sign: int) -> None:
        """Count the live entries of each row and add up their numbers, which tells the only one where there is one."""
        rows, count = self._entries.rows[entries], len(self._counts)
        self._counts += sign * np.bincount(rows, minlength=count)
        self._numbers += sign * np.bincount(rows, weights=entries, minlength=count)

    def _fix_columns(self) -> bool:
        self._check_bounds()
        fixed = self._column_alive & (self._lower >= self._upper)
        if not fixed.any():
            return False
        held = np.repeat(fixed, np.diff(self._before.matrix.indptr))
        gone = np.flatnonzero(held & (self._entries.data != 0))
        self._count(gone, -1)
        rows, columns, coefficients = self._entries.take(gone)
        self._shift += np.bincount(rows, weights=coefficients * self._upper[columns], minlength=len(self._shift))
        self._column_alive &= ~fixed
        return True

    def _turn_rows_into_bounds(self) -> bool:
        self._drop_empty_rows(np.flatnonzero(self._row_alive & (self._counts == 0)))
        single = np.flatnonzero(self._row_alive & (self._counts == 1))
        if not len(single):
            return False
        rows, columns, coefficients = self._entries.take(self._numbers[single].astype(np.int64))
        low = (self._before.row_lower[rows] - self._shift[rows]) / coefficients
        high = (self._before.row_upper[rows] - self._shift[rows]) / coefficients
        low, high = np.where(coefficients > 0, low, high), np.where(coefficients > 0, high, low)
        self._tighten(_Owner(rows, columns, coefficients, is_lower=True), low)
        self._tighten(_Owner(rows, columns, coefficients, is_lower=False), high)
        self._row_alive[single] = False
        return True

    def _tighten(self, owner: _Owner, new: FloatArray) -> None:
        """Tighten bounds, and remember for each the row that did it (the tightest where several do)."""
        bound, tightest = (self._lower, np.maximum) if owner.is_lower else (self._upper, np.minimum)
        old = bound[owner.columns]
        tighter = np.flatnonzero(new > old if owner.is_lower else new < old)
        if not len(tighter):
            return
        columns, new = owner.columns[tighter], new[tighter]
        tightest.at(bound, columns, new)
        reached = new == bound[columns]
        winner = np.full(len(bound), -1, dtype=np.int64)
        winner[columns[reached]] = tighter[reached]
        self._owners.append(owner.take(winner[winner >= 0]))

    def _drop_empty_rows(self, rows: IntArray) -> None:
        shift = self._shift[rows]
        slack = _FEASIBILITY * np.maximum(1.0, np.abs(shift))
        low, high = self._before.row_lower[rows] - shift, self._before.row_upper[rows] - shift
        if ((low > slack) | (high < -slack)).any():
            raise InfeasibleOnSightError
        self._row_alive[rows] = False

    def _assemble(self) -> LinearProgram:
        before, rows, columns = self._before, self._row_alive, self._column_alive
        fixed_cost = inner(before.cost, np.where(self._column_alive, 0.0, self._upper))
        return LinearProgram(
            cost=before.cost[columns],
            lower=self._lower[columns],
            upper=self._upper[columns],
            row_lower=(before.row_lower - self._shift)[rows],
            row_upper=(before.row_upper - self._shift)[rows],
            matrix=cut(before.matrix, rows, columns),
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


def _may_bind(lp: LinearProgram) -> BoolArray:
    """Tell which rows the bounds of their columns alone do not keep satisfied."""
    matrix, count = lp.matrix, lp.shape[0]
    lengths, positive = np.diff(matrix.indptr), matrix.data > 0
    lower, upper = np.repeat(lp.lower, lengths), np.repeat(lp.upper, lengths)
    floor = np.bincount(matrix.indices, weights=matrix.data * np.where(positive, lower, upper), minlength=count)
    ceiling = np.bincount(matrix.indices, weights=matrix.data * np.where(positive, upper, lower), minlength=count)
    return ~((floor >= lp.row_lower) & (ceiling <= lp.row_upper))


def _only(lp: LinearProgram, rows: BoolArray) -> LinearProgram:
    matrix = cut(lp.matrix, rows, np.ones(lp.shape[1], dtype=bool))
    return replace(lp, row_lower=lp.row_lower[rows], row_upper=lp.row_upper[rows], matrix=matrix)


def reduced_costs(lp: LinearProgram, row_dual: FloatArray, columns: IntArray) -> FloatArray:
    """Give cost less the duals' share of some columns."""
    reduced: FloatArray = lp.cost - lp.matrix.T @ row_dual
    return reduced[columns]
