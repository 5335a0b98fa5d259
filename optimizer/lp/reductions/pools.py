"""Columns alike but for a ceiling of their own, put into one: sources that share a price deliver as one pool.

Two columns with the same cost and the same coefficients can stand for each other. If each has a floor that is a number
and a ceiling that moves with other columns only, what matters is their sum, between the sum of the floors and the sum
of the ceilings. Pooling the columns pools what is curtailed of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reductions.entries import BoolArray, cut
from optimizer.lp.reductions.linked import Linked, linked_bounds
from optimizer.lp.reductions.step import Point

if TYPE_CHECKING:
    from scipy.sparse import csc_array

# Measured on the example's three sizing years: a pool of its two sources saves PIQP 5 to 25 % of its time, be it in
# iterations or in the time of each; on the dispatch year, where bounds decide the ceilings, there is no difference.
WORTHWHILE = 2
_BUCKET_BITS = 18


class _Members(NamedTuple):
    """Columns that go into pools, pool after pool.

    Attributes
    ----------
    columns, pools : (k,)
        The column, and the number of its pool; the first of each pool stands for all.
    ceilings : (k,)
        Which linked bound is the column's ceiling; -1 where its upper bound is.
    """

    columns: IntArray
    pools: IntArray
    ceilings: IntArray

    @property
    def starts(self) -> IntArray:
        """Where each pool begins."""
        return np.flatnonzero(np.diff(self.pools, prepend=-1))


class Pools:
    """Pool columns, where pools are large enough to pay.

    Parameters
    ----------
    lp : LinearProgram
        The program before.
    worthwhile : int
        How many columns a pool must have.

    Attributes
    ----------
    lp : LinearProgram
        The program afterwards; the one before where nothing is pooled.
    rows, columns : (k,)
        Where its rows and columns stand in the program before.
    """

    def __init__(self, lp: LinearProgram, worthwhile: int = WORTHWHILE) -> None:
        self._before, self.lp = lp, lp
        self.rows, self.columns = np.arange(lp.shape[0]), np.arange(lp.shape[1])
        self._ceilings = _ceilings(lp)
        self._members = _members(lp, self._ceilings, worthwhile)
        if len(self._members.columns):
            self._pool()

    def _pool(self) -> None:
        before, ceilings, members = self._before, self._ceilings, self._members
        self._linked = members.ceilings >= 0
        self._own = own = ceilings.take(members.ceilings[self._linked])
        stands_for = members.columns[members.starts]
        keep_row, keep_column = np.ones(before.shape[0], dtype=bool), np.ones(before.shape[1], dtype=bool)
        keep_column[members.columns] = False
        keep_column[stands_for] = True
        keep_row[own.rows] = False
        # The ceiling's row of the column that stands for the pool becomes the pool's; without one, bounds suffice.
        has_row = self._linked[members.starts]
        lead = ceilings.take(members.ceilings[members.starts[has_row]])
        self._pool_row, self._pool_coefficient = np.full(len(stands_for), -1), np.ones(len(stands_for))
        self._pool_row[has_row], self._pool_coefficient[has_row] = lead.rows, lead.coefficients
        keep_row[lead.rows] = True
        self.rows, self.columns = np.flatnonzero(keep_row), np.flatnonzero(keep_column)
        self.lp = self._assemble(self._matrix(keep_row, keep_column), has_row)

    def _matrix(self, keep_row: BoolArray, keep_column: BoolArray) -> csc_array:
        """Add to the row of each pool what the ceilings of its other columns move with."""
        from scipy.sparse import csc_array  # noqa: PLC0415

        own, pools = self._own, self._members.pools[self._linked]
        data, rows = -self._pool_coefficient[pools] * own.slopes, self._pool_row[pools]
        others = rows != own.rows
        added = csc_array((data[others], (rows[others], own.hubs[others])), shape=self._before.shape)
        return cut(self._before.matrix + added, keep_row, keep_column)

    def _assemble(self, matrix: csc_array, has_row: BoolArray) -> LinearProgram:
        before, members = self._before, self._members
        ceiling = before.upper[members.columns]
        ceiling[self._linked] = self._own.constants
        total = np.add.reduceat(ceiling, members.starts)
        stands_for = members.columns[members.starts]
        lower, upper = before.lower.copy(), before.upper.copy()
        lower[stands_for] = np.add.reduceat(before.lower[members.columns], members.starts)
        upper[stands_for] = np.where(has_row, np.inf, total)
        row_lower, row_upper = before.row_lower.copy(), before.row_upper.copy()
        row, coefficient = self._pool_row[has_row], self._pool_coefficient[has_row]
        side = coefficient * total[has_row]
        row_lower[row] = np.where(coefficient > 0, -np.inf, side)
        row_upper[row] = np.where(coefficient > 0, side, np.inf)
        return LinearProgram(
            cost=before.cost[self.columns],
            lower=lower[self.columns],
            upper=upper[self.columns],
            row_lower=row_lower[self.rows],
            row_upper=row_upper[self.rows],
            matrix=matrix,
            offset=before.offset,
        )

    def shrink(self, point: Point) -> Point:
        """Add the columns of each pool up."""
        if self.lp is self._before:
            return point
        members, x = self._members, point.x.copy()
        x[members.columns[members.starts]] = np.add.reduceat(point.x[members.columns], members.starts)
        return Point(x[self.columns], point.row_dual[self.rows])

    def restore(self, point: Point) -> Point:
        """Fill the columns of each pool in their order, and give each ceiling the pool's dual."""
        if self.lp is self._before:
            return point
        before, members, own = self._before, self._members, self._own
        x, dual = np.zeros(before.shape[1]), np.zeros(before.shape[0])
        x[self.columns], dual[self.rows] = point.x, point.row_dual
        lower = before.lower[members.columns]
        ceiling = before.upper[members.columns]
        ceiling[self._linked] = own.constants + own.slopes * x[own.hubs]
        x[members.columns] = _fill(x[members.columns[members.starts]], lower, ceiling, members)
        pools = members.pools[self._linked]
        dual[own.rows] = dual[self._pool_row[pools]] * self._pool_coefficient[pools] / own.coefficients
        return Point(x, dual)


def _ceilings(lp: LinearProgram) -> Linked:
    """Find columns whose only limits are a number below and one linked bound above, which never cross."""
    found = linked_bounds(lp, lower=False)
    only = np.bincount(found.columns, minlength=lp.shape[1])[found.columns] == 1
    alone = np.isposinf(lp.upper[found.columns]) & np.isfinite(lp.lower[found.columns])
    is_hub = np.zeros(lp.shape[1], dtype=bool)
    is_hub[found.hubs] = True
    return found.take(only & alone & (found.least(lp) >= lp.lower[found.columns]) & ~is_hub[found.columns])


def _members(lp: LinearProgram, ceilings: Linked, worthwhile: int) -> _Members:
    """Group columns that are alike in cost and in all rows but their ceilings."""
    ceiling = np.full(lp.shape[1], -1, dtype=np.int64)
    ceiling[ceilings.columns] = np.arange(len(ceilings.rows))
    boxed = np.isfinite(lp.lower) & np.isfinite(lp.upper)
    boxed[ceilings.hubs] = False
    signatures = _signatures(lp, ceilings)
    # Columns with linked ceilings come first, so that one of them stands for the pool.
    candidates = np.concatenate([np.flatnonzero(ceiling >= 0), np.flatnonzero(boxed)])
    candidates = candidates[_not_surely_single(signatures[candidates, 0])]
    candidates = candidates[np.argsort(signatures[candidates, 0], kind="stable")]
    # The second sum leaves nothing to chance.
    begins = (np.diff(signatures[candidates], axis=0, prepend=np.nan) != 0).any(axis=1)
    pool = np.cumsum(begins) - 1
    large = (np.bincount(pool) >= worthwhile)[pool]
    columns = candidates[large]
    return _Members(columns, np.cumsum(begins[large]) - 1, ceiling[columns])


def _not_surely_single(numbers: FloatArray) -> BoolArray:
    """Leave out most numbers that occur once: those alone in a bucket, which takes far less time than to sort them."""
    bits = numbers.view(np.int64)
    bucket = (bits ^ (bits >> _BUCKET_BITS)) & ((1 << _BUCKET_BITS) - 1)
    shared: BoolArray = (np.bincount(bucket) > 1)[bucket]
    return shared


def _signatures(lp: LinearProgram, ceilings: Linked) -> FloatArray:
    """Give columns that are alike the same two numbers: random sums over cost, count of entries, and entries."""
    random = np.random.default_rng(0).uniform(1.0, 2.0, (lp.shape[0] + 2, 2))
    random[ceilings.rows] = 0.0
    counts = np.diff(lp.matrix.indptr).astype(float)
    counts[ceilings.columns] -= 1.0
    # Entry by entry: a dense product may round equal columns differently, depending on where they stand.
    signatures: FloatArray = lp.matrix.T @ random[:-2]
    signatures += lp.cost[:, None] * random[-2] + counts[:, None] * random[-1]
    return signatures


def _fill(total: FloatArray, lower: FloatArray, ceiling: FloatArray, members: _Members) -> FloatArray:
    """Share out each pool's total: every column as far as its ceiling, then the next; the last one takes the rest."""
    starts, pools = members.starts, members.pools
    room, total = ceiling - lower, total - np.add.reduceat(lower, starts)
    below = np.cumsum(room) - room
    share = np.clip(total[pools] - (below - below[starts][pools]), 0.0, room)
    last = np.append(starts[1:], len(pools)) - 1
    share[last] += total - np.add.reduceat(share, starts)
    return lower + share
