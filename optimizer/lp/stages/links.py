"""Which lanes stand in each other's way, and in what order they are eliminated: found once for a program."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.stages.grid import Grid

# Beyond these a general factorisation is the better choice.
MOST_OPERATIONS = 4_000
MOST_LINKS = 500
WIDEST_BORDER = 80

Near = tuple[int, int]
"""Another lane, and how many stages further on."""


class UnsuitableError(Exception):
    """The program's rows and columns do not repeat from stage to stage in a way that pays."""


class Link(NamedTuple):
    """What couples the places of the lower of two lanes with those of the other one, `offset` stages further on."""

    lane: int
    other: int
    offset: int

    @classmethod
    def between(cls, one: int, other: int, offset: int) -> Link:
        """Give a link the one name under which it is kept."""
        if one == other:
            return cls(one, one, abs(offset))
        return cls(one, other, offset) if one < other else cls(other, one, -offset)

    def shift(self, lane: int, offset: int) -> int:
        """Give how many stages before its own index the link is seen from a lane that looks `offset` stages on."""
        return 0 if self.lane == lane and (self.lane != self.other or offset > 0) else offset


@dataclass(frozen=True)
class Links:
    """A program's coefficients by lanes; lanes of columns are counted first, then those of rows.

    Attributes
    ----------
    lanes, columns, stages : int
        How many lanes there are, how many of them hold columns, and how many stages.
    between : dict of Link to (stages,)
        Between two lanes, by the stages of the lower lane.
    border : dict of int to dict of int to (stages,)
        Between a lane and rows or columns of no stage, which are counted columns first.
    corner : (b, b)
        Among the latter.
    """

    lanes: int
    columns: int
    stages: int
    between: dict[Link, FloatArray]
    border: dict[int, dict[int, FloatArray]]
    corner: FloatArray


def read_links(grid: Grid) -> Links:
    """Take a program's coefficients apart.

    Raises
    ------
    UnsuitableError
        If too many lanes are coupled, or too much belongs to no stage.
    """
    rows, columns = grid.rows, grid.columns
    if rows.border + columns.border > WIDEST_BORDER:
        raise UnsuitableError(f"{rows.border + columns.border} rows and columns belong to no stage")
    if not columns.lanes:
        raise UnsuitableError("no columns belong to a stage")
    entries = grid.matrix.tocoo()
    row, column = entries.row.astype(np.int64), entries.col.astype(np.int64)
    row_inside, column_inside = row < rows.inner, column < columns.inner
    both = row_inside & column_inside
    between = _between(row[both], column[both], entries.data[both], columns.lanes, columns.stages)
    border: dict[int, dict[int, FloatArray]] = {}
    for mask, number, place in (
        (column_inside & ~row_inside, row - rows.inner + columns.border, column),
        (row_inside & ~column_inside, column - columns.inner, row + columns.inner),
    ):
        _add_border(border, number[mask], place[mask], entries.data[mask], columns.stages)
    corner = np.zeros((rows.border + columns.border,) * 2)
    outside = ~(row_inside | column_inside)
    corner[column[outside] - columns.inner, row[outside] - rows.inner + columns.border] = entries.data[outside]
    return Links(columns.lanes + rows.lanes, columns.lanes, columns.stages, between, border, corner + corner.T)


def _between(
    row: IntArray, column: IntArray, values: FloatArray, column_lanes: int, stages: int
) -> dict[Link, FloatArray]:
    """Group entries by their two lanes and the stages between these."""
    row_lane, row_stage = np.divmod(row, stages)
    column_lane, column_stage = np.divmod(column, stages)
    lanes, turns = 1 + int(row_lane.max(initial=0)), 2 * stages
    keys = (column_lane * lanes + row_lane) * turns + (row_stage - column_stage + stages)
    found, which = np.unique(keys, return_inverse=True)
    if len(found) > MOST_LINKS:
        raise UnsuitableError(f"{len(found)} links between lanes")
    vectors = np.zeros((len(found), stages))
    vectors[which, column_stage] = values
    pair, turn = np.divmod(found, turns)
    one, other = np.divmod(pair, lanes)
    links = map(Link, one.tolist(), (other + column_lanes).tolist(), (turn - stages).tolist())
    return dict(zip(links, vectors, strict=True))


def _add_border(
    border: dict[int, dict[int, FloatArray]], number: IntArray, place: IntArray, values: FloatArray, stages: int
) -> None:
    """Add entries between lanes and what belongs to no stage."""
    lane, stage = np.divmod(place, stages)
    for one in np.unique(number):
        own = number == one
        for other in np.unique(lane[own]):
            here = own & (lane == other)
            vector = np.zeros(stages)
            vector[stage[here]] = values[here]
            border.setdefault(int(other), {})[int(one)] = vector


@dataclass(frozen=True)
class Order:
    """In what order lanes go.

    Attributes
    ----------
    turns : list of (int, list of Near)
        Each lane with those that it stands beside by then.
    chain : list of int
        Lanes that are left: each is coupled with itself from stage to stage.
    links : set of Link
        All links that there are by then, given or arising.
    borders : list of list of int
        What each lane touches of the border by then.
    """

    turns: list[tuple[int, list[Near]]]
    chain: list[int]
    links: set[Link]
    borders: list[list[int]]


def find_order(links: Links) -> Order:
    """Let the lane go next that takes the least work; rows wait for their columns, so that pivots are positive.

    Raises
    ------
    UnsuitableError
        If that is too much work.
    """
    near: list[set[Near]] = [set() for _ in range(links.lanes)]
    for lane, other, offset in links.between:
        near[lane].add((other, offset))
        near[other].add((lane, -offset))
    borders = [set(links.border.get(lane, ())) for lane in range(links.lanes)]
    known, turns, left, operations = set(links.between), [], set(range(links.lanes)), 0

    def may_go(lane: int) -> bool:
        return all(other != lane and (lane < links.columns or other >= links.columns) for other, _ in near[lane])

    while ready := [lane for lane in left if may_go(lane)]:
        cost, lane = min((len(near[lane]) * (len(near[lane]) + 1 + 2 * len(borders[lane])), lane) for lane in ready)
        operations += cost
        if operations > MOST_OPERATIONS:
            raise UnsuitableError(f"more than {MOST_OPERATIONS} operations on lanes")
        beside = sorted(near[lane])
        turns.append((lane, beside))
        left.remove(lane)
        for other, offset in beside:
            near[other].discard((lane, -offset))
            borders[other] |= borders[lane]
        for (one, offset), (other, further) in combinations_with_replacement(beside, 2):
            if (one, offset) != (other, further):
                near[one].add((other, further - offset))
                near[other].add((one, offset - further))
                known.add(Link.between(one, other, further - offset))
    return Order(turns, sorted(left), known, [sorted(touched) for touched in borders])


def overlap(stages: int, *offsets: int) -> slice:
    """Give the stages from which all offsets stay inside: none where these lie too far apart."""
    start = max(0, *(-offset for offset in offsets))
    return slice(start, max(start, stages - max(0, *offsets)))


def moved(part: slice, by: int) -> slice:
    """Give a slice some stages further on."""
    return slice(part.start + by, part.stop + by)
