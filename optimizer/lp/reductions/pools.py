"""Columns alike but for a ceiling of their own, put into one: sources that share a price deliver as one pool.

Two columns with the same cost and the same coefficients can stand for each other. If each has a floor that is a number
and a ceiling that moves with other columns only, what matters is their sum, between the sum of the floors and the sum
of the ceilings. Pooling the columns pools what is curtailed of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.reductions.linked import Linked, linked_bounds
from optimizer.lp.reductions.step import Point

# Measured on the example's three sizing years: a pool of its two sources saves PIQP 5 to 25 % of its time, be it in
# iterations or in the time of each; on the dispatch year, where bounds decide the ceilings, there is no difference.
WORTHWHILE = 2


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
        linked = members.ceilings >= 0
        own = ceilings.take(members.ceilings[linked])
        self._linked, self._own = linked, own
        stands_for = members.columns[members.starts]
        keep_row, keep_column = np.ones(before.shape[0], dtype=bool), np.ones(before.shape[1], dtype=bool)
        keep_column[members.columns] = False
        keep_column[stands_for] = True
        keep_row[own.rows] = False
        # The ceiling's row of the column that stands for the pool becomes the pool's; without one, bounds suffice.
        has_row = linked[members.starts]
        self._pool_row = np.full(len(stands_for), -1, dtype=np.int64)
        self._pool_row[has_row] = ceilings.rows[members.ceilings[members.starts[has_row]]]
        keep_row[self._pool_row[has_row]] = True
        self.rows, self.columns = np.flatnonzero(keep_row), np.flatnonzero(keep_column)
        self.lp = self._assemble(stands_for, has_row)

    def _assemble(self, stands_for: IntArray, has_row: npt.NDArray[np.bool_]) -> LinearProgram:
        from scipy.sparse import coo_array, csc_array  # noqa: PLC0415

        before, members, own = self._before, self._members, self._own
        entries = before.matrix.tocoo()
        old = np.ones(before.shape[0], dtype=bool)
        old[own.rows] = False
        kept = old[entries.row]
        pool_row, pool_column = self._pool_row[has_row], stands_for[has_row]
        rows = [entries.row[kept], pool_row, self._pool_row[members.pools[self._linked]]]
        columns = [entries.col[kept], pool_column, own.hubs]
        data = [entries.data[kept], np.ones(len(pool_row)), -own.slopes]
        matrix = csc_array(
            coo_array((np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=before.shape)
        )
        ceiling = np.where(self._linked, 0.0, before.upper[members.columns])
        ceiling[self._linked] = own.constants
        total = np.add.reduceat(ceiling, members.starts)
        lower, upper = before.lower.copy(), before.upper.copy()
        lower[stands_for] = np.add.reduceat(before.lower[members.columns], members.starts)
        upper[stands_for] = np.where(has_row, np.inf, total)
        row_lower, row_upper = before.row_lower.copy(), before.row_upper.copy()
        row_lower[pool_row], row_upper[pool_row] = -np.inf, total[has_row]
        return LinearProgram(
            cost=before.cost[self.columns],
            lower=lower[self.columns],
            upper=upper[self.columns],
            row_lower=row_lower[self.rows],
            row_upper=row_upper[self.rows],
            matrix=matrix[self.rows][:, self.columns].tocsc(),
            offset=before.offset,
        )

    def shrink(self, point: Point) -> Point:
        """Add the columns of each pool up; its ceiling has the dual of the first column's."""
        if self.lp is self._before:
            return point
        members, x, dual = self._members, point.x.copy(), point.row_dual.copy()
        first = members.starts
        x[members.columns[first]] = np.add.reduceat(point.x[members.columns], first)
        linked = first[members.ceilings[first] >= 0]
        which = members.ceilings[linked]
        dual[self._ceilings.rows[which]] *= self._ceilings.coefficients[which]
        return Point(x[self.columns], dual[self.rows])

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
        dual[own.rows] = dual[self._pool_row[members.pools[self._linked]]] / own.coefficients
        return Point(x, dual)


def _ceilings(lp: LinearProgram) -> Linked:
    """Find columns whose only limits are a number below and one linked bound above, which never cross."""
    found = linked_bounds(lp, lp.matrix.tocsr(), lower=False)
    only = np.bincount(found.columns, minlength=lp.shape[1])[found.columns] == 1
    alone = np.isposinf(lp.upper[found.columns]) & np.isfinite(lp.lower[found.columns])
    return found.take(only & alone & (found.least(lp) >= lp.lower[found.columns]) & ~np.isin(found.columns, found.hubs))


def _members(lp: LinearProgram, ceilings: Linked, worthwhile: int) -> _Members:
    """Group columns that are alike in cost and in all rows but their ceilings."""
    ceiling = np.full(lp.shape[1], -1, dtype=np.int64)
    ceiling[ceilings.columns] = np.arange(len(ceilings.rows))
    boxed = np.isfinite(lp.lower) & np.isfinite(lp.upper)
    boxed[ceilings.hubs] = False
    candidates = np.flatnonzero(boxed | (ceiling >= 0))
    # Columns with linked ceilings come first, so that one of them stands for the pool.
    candidates = candidates[np.argsort(ceiling[candidates] < 0, kind="stable")]
    for seed in (0, 1):  # the second sum leaves nothing to chance
        _, pool, size = np.unique(_signatures(lp, ceilings, seed)[candidates], return_inverse=True, return_counts=True)
        large = size[pool] >= worthwhile
        candidates, pool = candidates[large], pool[large]
        if not len(candidates):
            break
    order = np.argsort(pool, kind="stable")
    columns = candidates[order]
    return _Members(columns, np.unique(pool[order], return_inverse=True)[1], ceiling[columns])


def _signatures(lp: LinearProgram, ceilings: Linked, seed: int) -> FloatArray:
    """Give columns that are alike the same number: a random sum over cost, count of entries, and entries."""
    random = np.random.default_rng(seed).uniform(1.0, 2.0, lp.shape[0] + 2)
    random[ceilings.rows] = 0.0
    counts = np.diff(lp.matrix.indptr).astype(float)
    counts[ceilings.columns] -= 1.0
    signatures: FloatArray = lp.matrix.T @ random[:-2] + lp.cost * random[-2] + counts * random[-1]
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
