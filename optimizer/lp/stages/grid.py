"""Rows and columns in lanes: one place for each stage, and a border for what belongs to no stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.layout import Layout, Places

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

# A column that stands in more rows than this couples the stages, wherever it was said to stand.
DENSE = 64
# A row that reaches over more stages than this ties a place to one far off, and not each place to its neighbours.
FAR = 24


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

    rows = _beside(layout.rows, layout.columns, lp.matrix.tocsr())
    columns = _beside(layout.columns, rows, lp.matrix)
    rows = _near(rows, columns, lp.matrix)
    rows, columns = _apart(rows), _apart(_alone(columns, rows, np.diff(lp.matrix.indptr)))
    stages = 1 + max(int(rows.stage.max(initial=0)), int(columns.stage.max(initial=0)))
    entries = lp.matrix.tocoo()
    columns = _shared(columns, rows, entries.col, entries.row, stages)
    rows = _shared(rows, columns, entries.row, entries.col, stages)
    row_axis, column_axis = _axis(rows, stages), _axis(columns, stages)
    placed = csr_array(
        (entries.data, (row_axis.at[entries.row], column_axis.at[entries.col])), shape=(row_axis.size, column_axis.size)
    )
    return Grid(row_axis, column_axis, placed, placed.T.tocsr())


def _beside(unknown: Places, known: Places, matrix: csr_array | csc_array) -> Places:
    """Place columns (or rows) of unknown place beside their rows (or columns), where these agree on a stage.

    Parameters
    ----------
    unknown, known : Places
        Of columns and rows, or of rows and columns.
    matrix : scipy.sparse.csr_array or csc_array
        Compressed along what is to be placed. What stands in many others goes into the border, whatever was said of it.
    """
    entries = np.diff(matrix.indptr)
    lane, stage = unknown.lane.copy(), unknown.stage.copy()
    lane[entries > DENSE] = stage[entries > DENSE] = -1
    inside = np.repeat((lane < 0) & (entries <= DENSE), entries)
    own, other = np.repeat(np.arange(len(lane)), entries)[inside], matrix.indices[inside]
    placed = known.lane[other] >= 0
    own, other = own[placed], other[placed]
    if not len(own):
        return Places(lane, stage)
    first = np.flatnonzero(np.diff(own, prepend=-1))
    agreed = np.maximum.reduceat(known.stage[other], first) == np.minimum.reduceat(known.stage[other], first)
    own, beside = own[first[agreed]], other[first[agreed]]
    lane[own], stage[own] = lane.max(initial=-1) + 1 + known.lane[beside], known.stage[beside]
    return Places(lane, stage)


def _near(rows: Places, columns: Places, matrix: csc_array) -> Places:
    """Take rows that reach far into the border, such as one that ties the last stage to the first."""
    entry_columns = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    placed = (columns.lane[entry_columns] >= 0) & (rows.lane[matrix.indices] >= 0)
    reach = np.abs(columns.stage[entry_columns] - rows.stage[matrix.indices])
    far = matrix.indices[placed & (reach > FAR)]
    lane, stage = rows.lane.copy(), rows.stage.copy()
    lane[far] = stage[far] = -1
    return Places(lane, stage)


def _alone(columns: Places, rows: Places, entries: IntArray) -> Places:
    """Place columns without coefficients anywhere."""
    lane, stage = columns.lane.copy(), columns.stage.copy()
    alone = np.flatnonzero(entries == 0)
    lane[alone] = lane.max(initial=-1) + 1
    stage[alone] = np.arange(len(alone)) % (1 + max(int(rows.stage.max(initial=0)), int(stage.max(initial=0))))
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


def _shared(places: Places, others: Places, entries: IntArray, other_entries: IntArray, stages: int) -> Places:
    """Let lanes that are never filled at the same stage share one, if they stand beside the same other lane.

    Of two sources, one may be left in the hours in which the other one has nothing to deliver.

    Parameters
    ----------
    places, others : Places
        Of columns and rows, or of rows and columns.
    entries, other_entries : (k,)
        Where the program's coefficients stand among either.
    stages : int
        How many there are.
    """
    lanes, other_lanes = 1 + int(places.lane.max(initial=-1)), 1 + int(others.lane.max(initial=-1))
    inside = np.flatnonzero(places.lane >= 0)
    fills = np.bincount(places.lane[inside], minlength=lanes)
    if lanes < 2 or np.partition(fills, 1)[:2].sum() > stages:  # no two of them fit into one
        return places
    filled = np.zeros((lanes, stages), dtype=bool)
    filled[places.lane[inside], places.stage[inside]] = True
    together = (places.stage[entries] == others.stage[other_entries]) & (places.lane[entries] >= 0)
    pairs = places.lane[entries[together]] * other_lanes + others.lane[other_entries[together]]
    beside = np.bincount(pairs, minlength=lanes * other_lanes).reshape(lanes, other_lanes) > 0
    target = np.arange(lanes)
    for lane in np.argsort(fills, kind="stable"):
        for into in np.flatnonzero((target == np.arange(lanes)) & (beside & beside[lane]).any(axis=1)):
            if into != lane and not (filled[into] & filled[lane]).any():
                filled[into] |= filled[lane]
                beside[into] |= beside[lane]
                target[target == lane] = into
                break
    number = np.cumsum(target == np.arange(lanes)) - 1
    lane = places.lane.copy()
    lane[inside] = number[target[lane[inside]]]
    return Places(lane, places.stage)


def _axis(places: Places, stages: int) -> Axis:
    outside = np.flatnonzero(places.lane < 0)
    lanes = 1 + int(places.lane.max(initial=-1))
    at = places.lane * stages + places.stage
    at[outside] = lanes * stages + np.arange(len(outside))
    return Axis(lanes, stages, len(outside), at)
