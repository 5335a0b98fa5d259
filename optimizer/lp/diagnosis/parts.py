"""The parts of a program as a person sees them: all rows of one family that belong to one thing, over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from optimizer.lp.affine import IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.program import Program
from optimizer.lp.symbols import IndexSet

Axis = Literal["interval", "boundary", ""]

BoolArray = npt.NDArray[np.bool_]

# Beyond this many things the members of a family are not told apart.
_MANY = 100


@dataclass(frozen=True)
class Part:
    """Rows of one family, or limits of its columns, for one thing.

    Attributes
    ----------
    family : str
        Name of the rule.
    labels : tuple of str
        The thing, by its labels in all sets but the one of time.
    limits : bool
        True where `members` are columns whose bounds are meant, False where they are rows.
    members : (k,)
        The rows or columns.
    axis : {"interval", "boundary", ""}
        Whether the members run over intervals of time, over the boundaries between them, or over neither.
    places : (k,)
        Position of each member on its axis; -1 where it has none.
    """

    family: str
    labels: tuple[str, ...]
    limits: bool
    members: IntArray
    axis: Axis
    places: IntArray

    def within(self, intervals: BoolArray) -> IntArray:
        """Give the members that belong to a choice of intervals; a boundary belongs to both its neighbours.

        Parameters
        ----------
        intervals : (N,) bool
            The choice. Members without a place in time always belong.
        """
        if self.axis == "interval":
            return self.members[intervals[self.places]]
        if self.axis == "boundary":
            touched = np.append(intervals, False) | np.insert(intervals, 0, False)
            return self.members[touched[self.places]]
        return self.members


def parts_of(program: Program, *, interval: str, boundary: str) -> list[Part]:
    """Cut a program into its parts.

    Parameters
    ----------
    program : Program
        The program.
    interval, boundary : str
        Names of the sets of intervals, and of boundaries between them.

    Returns
    -------
    list of Part
        Rows first, then limits of columns: every bound but "at least 0" and "no bound".
    """
    axes: dict[str, Axis] = {interval: "interval", boundary: "boundary"}
    found = [
        Part(rows.name, labels, False, rows.start + numbers, axis, places)
        for rows in program.rows.values()
        if rows.size
        for labels, numbers, axis, places in _cut(rows.dims, rows.shape, program.sets, axes)
    ]
    for columns in program.columns.values():
        for labels, numbers, axis, places in _cut(columns.dims, columns.shape, program.sets, axes):
            limited = _limited(program.lp, columns.start + numbers)
            if limited.any():
                members = columns.start + numbers[limited]
                found.append(Part(columns.name, labels, True, members, axis, places[limited]))
    return found


def _limited(lp: LinearProgram, columns: IntArray) -> BoolArray:
    lower, upper = lp.lower[columns], lp.upper[columns]
    limited: BoolArray = np.isfinite(upper) | (np.isfinite(lower) & (lower != 0))
    return limited


def _cut(
    dims: Sequence[str], shape: Sequence[int], sets: Mapping[str, IndexSet], axes: Mapping[str, Axis]
) -> Iterator[tuple[tuple[str, ...], IntArray, Axis, IntArray]]:
    """Cut a family of this shape: labels, members, axis, and each member's place on it."""
    numbers = np.arange(np.prod(shape, dtype=np.int64)).reshape(tuple(shape))
    at = next((number for number, dim in enumerate(dims) if dim in axes), None)
    length = 1 if at is None else shape[at]
    if at is not None:
        numbers = np.moveaxis(numbers, at, -1)
    axis: Axis = "" if at is None else axes[dims[at]]
    places = np.full(1, -1, dtype=np.int64) if at is None else np.arange(length)
    table = numbers.reshape(-1, length)
    if len(table) > _MANY:
        yield (), table.ravel(), axis, np.tile(places, len(table))
        return
    others = [dim for number, dim in enumerate(dims) if number != at]
    texts = [sets[dim].texts() for dim in others]
    for row, index in zip(table, np.ndindex(*(len(text) for text in texts)), strict=True):
        yield tuple(text[place] for text, place in zip(texts, index, strict=True)), row, axis, places
