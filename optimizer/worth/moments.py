"""When the rows and columns of a program are, and what of a gain falls in which hour."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.lp.affine import FloatArray, IntArray
    from optimizer.lp.program import Program, Rows
    from optimizer.lp.symbols import Columns, IndexSet
    from optimizer.worth.sensitivity import Gain

    BoolArray = npt.NDArray[np.bool_]

_DUST = 1e-6  # share of the greatest below which a dual is a solver's rounding


@dataclass(frozen=True)
class Moments:
    """When each row or column of a program is.

    Attributes
    ----------
    hour, boundary : (n,)
        Its interval, and its boundary between intervals; -1 where it belongs to none.
    """

    hour: IntArray
    boundary: IntArray

    @classmethod
    def of(cls, program: Program, families: Collection[Rows | Columns]) -> Moments:
        """Read the sets over which families run: hours, boundaries, and subsets of hours by their positions."""
        size = sum(family.size for family in families)
        found = cls(np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64))
        for family in families:
            if not family.size:
                continue
            for axis, dim in enumerate(family.dims):
                shape = [-1 if number == axis else 1 for number in range(len(family.dims))]
                where = found.boundary if dim == "boundary" else found.hour
                places = hours_of(program.sets[dim]) if dim != "boundary" else np.arange(family.shape[axis])
                if places is not None:
                    where[family.slice] = np.broadcast_to(places.reshape(shape), family.shape).ravel()
        return found


def hours_of(members: IndexSet) -> IntArray | None:
    """Give the interval of each member of a set of hours, or of pairs that end with one; None for other sets.

    By their names: ``hour`` itself, and subsets such as ``firm_hour`` and ``metered_hour``.
    """
    if not members.name.endswith("hour"):
        return None
    last = members.columns()[-1]
    return last.astype(np.int64) if last.dtype.kind in "iu" else None


def element(family: Rows | Columns, number: int, sets: Mapping[str, IndexSet]) -> str:
    """Name what a row or column is about, by its labels in all sets but those of time."""
    labels = []
    for dim, place in zip(family.dims, np.unravel_index(number - family.start, family.shape), strict=True):
        members = sets[dim]
        parts = [column[place] for column in members.columns()]
        if hours_of(members) is not None:
            parts = parts[:-1]
        if dim != "boundary":
            labels += [str(part) for part in parts]
    return ", ".join(labels)


def by_hour(gain: Gain, rows: Moments, columns: Moments, price: FloatArray, empty: BoolArray) -> FloatArray:
    """Tell in which hours something saves what it saves, (hour,) [currency/a].

    What a row or bound of an hour saves falls in that hour. What one of a boundary saves, such as a fuller battery,
    falls in the dearest hour in which what is held then can be given back: until the next boundary at which something
    is saved, or at which nothing is held. What belongs to no time is left out.

    Parameters
    ----------
    gain : Gain
        What one more unit saves.
    rows, columns : Moments
        When rows and columns are.
    price : (hour,)
        Marginal price, which tells the dearest hour.
    empty : (boundary,)
        Where nothing is held.
    """
    hourly, held = np.zeros(len(price)), np.zeros(len(price) + 1)
    for saved, when in ((gain.rows, rows), (gain.columns, columns)):
        at = np.flatnonzero(saved)
        for total, places in ((hourly, when.hour[at]), (held, when.boundary[at])):
            np.add.at(total, places[places >= 0], saved[at][places >= 0])
    held[0] += held[-1]  # what is held at the end is given back as from the start
    full = np.flatnonzero(np.abs(held[:-1]) > _DUST * np.abs(held).max(initial=0.0))
    if len(full):
        edges = np.union1d(full, np.flatnonzero(empty[:-1]))
        np.add.at(hourly, _dearest(price, edges, full), held[full])
    return hourly


def _dearest(price: FloatArray, edges: IntArray, starts: IntArray) -> IntArray:
    """Find the dearest hour from each start to the next edge."""
    span = np.searchsorted(edges, np.arange(len(price)), side="right")
    order = np.lexsort((-price, span))
    first = np.searchsorted(span[order], np.searchsorted(edges, starts) + 1)
    dearest: IntArray = order[first]
    return dearest
