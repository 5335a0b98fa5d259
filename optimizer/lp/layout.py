"""Where rows and columns stand in time: the same few rules repeat stage after stage, and a solver can make use of it.

A *lane* holds one row or column for each *stage*: a family with all its indices but the stage fixed, such as the
charging power of one battery in every hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from optimizer.lp.affine import IntArray
from optimizer.lp.symbols import IndexSet

# A set with fewer members (months, tiers) does not count stages.
MANY = 48

_NONE = np.zeros(0, dtype=np.int64)


class _Placed(Protocol):
    """A family of rows or columns."""

    @property
    def dims(self) -> tuple[str, ...]: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def size(self) -> int: ...


@dataclass(frozen=True)
class Places:
    """Lane and stage of rows, or of columns.

    Attributes
    ----------
    lane, stage : (k,)
        Both -1 where the row or column belongs to no stage, or to one that is not known.
    """

    lane: IntArray
    stage: IntArray

    def take(self, which: IntArray) -> Places:
        """Keep some of them, in the order given."""
        return Places(self.lane[which], self.stage[which])

    def extended(self, count: int) -> Places:
        """Add `count` that are at no known place."""
        none = np.full(count, -1, dtype=np.int64)
        return Places(np.concatenate([self.lane, none]), np.concatenate([self.stage, none]))


@dataclass(frozen=True)
class Layout:
    """Places of all rows and columns of a program."""

    rows: Places
    columns: Places

    def extended(self, *, rows: int = 0, columns: int = 0) -> Layout:
        """Add rows and columns at no known place."""
        return Layout(self.rows.extended(rows), self.columns.extended(columns))

    def take(self, rows: IntArray, columns: IntArray) -> Layout:
        """Keep some rows and columns."""
        return Layout(self.rows.take(rows), self.columns.take(columns))


def layout(rows: Sequence[_Placed], columns: Sequence[_Placed], sets: Mapping[str, IndexSet]) -> Layout:
    """Find the places of all rows and columns of a program.

    Parameters
    ----------
    rows, columns : sequence
        Families in the order in which they are laid out.
    sets : mapping of str to IndexSet
        Their sets. Positions count stages in the set that most rows and columns run over, and in those as long (states
        live on one more boundary than there are intervals); a subset of these positions keeps them.
    """
    stages = _stage_sets((*rows, *columns), sets)
    return Layout(_places(rows, stages), _places(columns, stages))


def _stage_sets(families: Iterable[_Placed], sets: Mapping[str, IndexSet]) -> dict[str, IntArray]:
    """Give the stages of the members of each set that counts stages."""
    used: Counter[str] = Counter()
    for family in families:
        for dim in family.dims:
            if sets[dim].counted and len(sets[dim]) >= MANY:
                used[dim] += family.size
    if not used:
        return {}
    length = len(sets[used.most_common(1)[0][0]])
    stages = {dim: np.arange(len(sets[dim])) for dim in used if abs(len(sets[dim]) - length) <= 1}
    for name, index_set in sets.items():
        if not index_set.counted and index_set.dimen == 1 and _counts(index_set, length):
            stages[name] = index_set.labels.to_numpy().astype(np.int64)
    return stages


def _counts(index_set: IndexSet, length: int) -> bool:
    """Tell whether labels are positions in a set of that length, and not other numbers such as years."""
    labels = index_set.labels
    return len(labels) >= MANY and labels.dtype.kind in "iu" and 0 <= labels.min() <= labels.max() <= length


def _places(families: Iterable[_Placed], stage_sets: Mapping[str, IntArray]) -> Places:
    lanes, stages, first = [_NONE], [_NONE], 0
    for family in families:
        axis = next((place for place in reversed(range(len(family.dims))) if family.dims[place] in stage_sets), None)
        if axis is None or not family.size:
            lanes.append(np.full(family.size, -1, dtype=np.int64))
            stages.append(lanes[-1])
            continue
        others = tuple(1 if place == axis else length for place, length in enumerate(family.shape))
        count = int(np.prod(others, dtype=np.int64))
        lane = first + np.arange(count).reshape(others)
        along = [-1 if place == axis else 1 for place in range(len(others))]
        lanes.append(np.broadcast_to(lane, family.shape).ravel())
        stages.append(np.broadcast_to(stage_sets[family.dims[axis]].reshape(along), family.shape).ravel())
        first += count
    return Places(np.concatenate(lanes), np.concatenate(stages))
