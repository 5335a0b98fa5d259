"""Rows and columns in lanes: one place for each stage, and a border for what belongs to no stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.layout import Layout, Places

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# A column that stands in more rows than this couples the stages, wherever it was said to stand.
DENSE = 64


@dataclass(frozen=True)
class Axis:
    """Lanes of rows, or of columns, and where each of them stands in a vector of lanes followed by the border.

    Attributes
    ----------
    lanes, stages, border : int
        How many there are.
    at : (k,)
        Places of the program's rows or columns; places in lanes that no row or column fills stay empty.
    """

    lanes: int
    stages: int
    border: int
    at: IntArray

    @property
    def inner(self) -> int:
        """How many places the lanes have."""
        return self.lanes * self.stages

    @property
    def size(self) -> int:
        """How many places there are."""
        return self.inner + self.border

    def spread(self, values: FloatArray, fill: float = 0.0) -> FloatArray:
        """Put values of the program's rows or columns in their places."""
        placed = np.full(self.size, fill)
        placed[self.at] = values
        return placed


@dataclass(frozen=True)
class Grid:
    """A program laid out in lanes.

    Attributes
    ----------
    rows, columns : Axis
        Where rows and columns stand.
    matrix, transposed : scipy.sparse.csr_array
        Coefficients by place.
    """

    rows: Axis
    columns: Axis
    matrix: csr_array
    transposed: csr_array


def make_grid(lp: LinearProgram, layout: Layout) -> Grid:
    """Lay a program out.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    layout : Layout
        What is known of the places of its rows and columns; others are found from what they stand next to.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    rows = _apart(layout.rows)
    columns = _apart(_beside(layout.columns, rows, lp))
    stages = 1 + max(int(rows.stage.max(initial=0)), int(columns.stage.max(initial=0)))
    row_axis, column_axis = _axis(rows, stages), _axis(columns, stages)
    entries = lp.matrix.tocoo()
    placed = csr_array(
        (entries.data, (row_axis.at[entries.row], column_axis.at[entries.col])), shape=(row_axis.size, column_axis.size)
    )
    return Grid(row_axis, column_axis, placed, placed.T.tocsr())


def _beside(columns: Places, rows: Places, lp: LinearProgram) -> Places:
    """Place columns of unknown place beside the first row of theirs that has one; dense ones into the border."""
    lane, stage = columns.lane.copy(), columns.stage.copy()
    entries = np.diff(lp.matrix.indptr)
    lane[entries > DENSE] = stage[entries > DENSE] = -1
    unknown = np.flatnonzero((lane < 0) & (entries > 0) & (entries <= DENSE))
    if not len(unknown):
        return Places(lane, stage)
    inside = np.repeat(np.isin(np.arange(len(lane)), unknown), entries)
    row, column = lp.matrix.indices[inside], np.repeat(np.arange(len(lane)), entries)[inside]
    known = rows.lane[row] >= 0
    column, first = np.unique(column[known], return_index=True)
    row = row[known][first]
    lane[column] = lane.max(initial=-1) + 1 + rows.lane[row]
    stage[column] = rows.stage[row]
    return Places(lane, stage)


def _apart(places: Places) -> Places:
    """Give lanes numbers without gaps, and those that meet at one place lanes of their own."""
    inside = np.flatnonzero(places.lane >= 0)
    if not len(inside):
        return places
    keys = places.lane[inside] * (1 + places.stage.max()) + places.stage[inside]
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=-1))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
    lane = np.full(len(places.lane), -1, dtype=np.int64)
    pairs = places.lane[inside] * (1 + rank.max()) + rank
    lane[inside] = np.unique(pairs, return_inverse=True)[1]
    return Places(lane, places.stage)


def _axis(places: Places, stages: int) -> Axis:
    outside = np.flatnonzero(places.lane < 0)
    lanes = 1 + int(places.lane.max(initial=-1))
    at = places.lane * stages + places.stage
    at[outside] = lanes * stages + np.arange(len(outside))
    return Axis(lanes, stages, len(outside), at)
