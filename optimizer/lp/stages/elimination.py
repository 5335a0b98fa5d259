"""The equations of an interior-point step, factorised lane by lane with all stages at once.

A step solves ``[[-D, A'], [A, E]] [dx, dy] = [f, g]`` with positive diagonals D and E that change from step to step, and
a matrix A that does not. Rows and columns in one lane never stand in each other's way until a chain, such as the energy
held from hour to hour, is all that is left of them; so a whole lane is eliminated by a handful of operations on arrays,
in an order chosen once (columns first, least fill next). Chains end in a band matrix for LAPACK, and what belongs to no
stage, such as a capacity, in a small dense one: an arrowhead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import lapack

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.stages.grid import Grid

# Beyond these a general factorisation is the better choice.
MOST_OPERATIONS = 4_000
WIDEST_BAND = 24
WIDEST_BORDER = 80


class BreakdownError(Exception):
    """A pivot is not positive: the equations are too close to singular."""


class UnsuitableError(Exception):
    """The program's rows and columns do not repeat from stage to stage in a way that pays."""


@dataclass
class _Step:
    """What eliminating one lane takes: views into the arrays that are written anew by every factorisation."""

    lane: int
    pivot: FloatArray
    inverse: FloatArray
    neighbours: list[tuple[FloatArray, FloatArray, FloatArray, slice, int, slice]] = field(default_factory=list)
    updates: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = field(default_factory=list)
    border: FloatArray | None = None
    border_share: FloatArray | None = None
    border_at: IntArray | None = None


class Elimination:
    """Factorisation and solution of the equations of one program.

    Parameters
    ----------
    grid : Grid
        The program in lanes.

    Raises
    ------
    UnsuitableError
        If the program does not repeat from stage to stage.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._columns, self._rows = grid.columns.lanes, grid.rows.lanes
        self._stages = grid.columns.stages
        self._border = grid.columns.border + grid.rows.border
        if self._border > WIDEST_BORDER:
            raise UnsuitableError(f"{self._border} rows and columns belong to no stage")
        if not self._columns:
            raise UnsuitableError("no columns belong to a stage")
        self._lanes = self._columns + self._rows
        self._read(grid)
        order, links, borders = self._symbolic()
        self._allocate(links, borders)
        self._steps = [self._compile(lane, near) for lane, near in order]
        self._compile_chain(order)

    # -- once for a program ------------------------------------------------------------------------------------------

    def _read(self, grid: Grid) -> None:
        """Take the coefficients as links between lanes, links to the border, and a corner."""
        entries, stages = grid.matrix.tocoo(), self._stages
        inner_row, inner_column = entries.row < grid.rows.inner, entries.col < grid.columns.inner
        row_lane, row_stage = np.divmod(entries.row, stages)
        column_lane, column_stage = np.divmod(entries.col, stages)
        row_border, column_border = entries.row - grid.rows.inner, entries.col - grid.columns.inner
        row_lane = row_lane + self._columns
        both = inner_row & inner_column
        offset = row_stage[both] - column_stage[both]
        key = ((column_lane[both] * self._lanes + row_lane[both]) * (2 * stages)) + offset + stages
        found, which = np.unique(key, return_inverse=True)
        if len(found) > MOST_OPERATIONS // 8:
            raise UnsuitableError(f"{len(found)} links between lanes")
        self._given = np.zeros((len(found), stages))
        self._given[which, column_stage[both]] = entries.data[both]
        pair, place = np.divmod(found, 2 * stages)
        one, other = np.divmod(pair, self._lanes)
        self._given_keys = list(zip(one.tolist(), other.tolist(), (place - stages).tolist(), strict=True))
        self._border_given: dict[int, dict[int, FloatArray]] = {}
        self._corner = np.zeros((self._border, self._border))
        shift = grid.columns.border
        for mask, lane, stage, border in (
            (inner_column & ~inner_row, column_lane, column_stage, row_border + shift),
            (inner_row & ~inner_column, row_lane, row_stage, column_border),
        ):
            for number in np.unique(border[mask]):
                at = np.flatnonzero(mask & (border == number))
                for one in np.unique(lane[at]):
                    here = at[lane[at] == one]
                    vector = np.zeros(stages)
                    vector[stage[here]] = entries.data[here]
                    self._border_given.setdefault(int(one), {})[int(number)] = vector
        corner = ~inner_row & ~inner_column
        self._corner[column_border[corner], row_border[corner] + shift] = entries.data[corner]
        self._corner += self._corner.T

    def _symbolic(
        self,
    ) -> tuple[list[tuple[int, list[tuple[int, int]]]], set[tuple[int, int, int]], list[set[int]]]:
        """Choose the order; find which links arise and which lanes touch the border."""
        near: list[set[tuple[int, int]]] = [set() for _ in range(self._lanes)]
        for lane, other, offset in self._given_keys:
            near[lane].add((other, offset))
            near[other].add((lane, -offset))
        borders = [set(self._border_given.get(lane, ())) for lane in range(self._lanes)]
        alive, order, operations = set(range(self._lanes)), [], 0
        links = set(self._given_keys)
        while ready := [lane for lane in alive if self._may_go(lane, near[lane])]:
            cost, lane = min((len(near[lane]) * (len(near[lane]) + 1 + 2 * len(borders[lane])), lane) for lane in ready)
            operations += cost
            if operations > MOST_OPERATIONS:
                raise UnsuitableError(f"more than {MOST_OPERATIONS} operations on lanes")
            beside = sorted(near[lane])
            alive.remove(lane)
            order.append((lane, beside))
            for other, offset in beside:
                near[other].discard((lane, -offset))
                borders[other] |= borders[lane]
            for one, other in _pairs(beside):
                if one != other:
                    near[one[0]].add((other[0], other[1] - one[1]))
                    near[other[0]].add((one[0], one[1] - other[1]))
                    links.add(_canonical(one[0], other[0], other[1] - one[1]))
        self._chain = sorted(alive)
        return order, links, borders

    def _may_go(self, lane: int, near: set[tuple[int, int]]) -> bool:
        """Tell whether a lane's own places are apart; rows wait for their columns, so that pivots are positive."""
        if any(other == lane for other, _ in near):
            return False
        return lane < self._columns or all(other >= self._columns for other, _ in near)

    def _allocate(self, links: set[tuple[int, int, int]], borders: list[set[int]]) -> None:
        """Lay out what a factorisation writes: pivots, links that change, and the lanes' parts of the border."""
        stages = self._stages
        changing = sorted(link for link in links if link[0] >= self._columns)  # those between rows
        given = {key: vector for key, vector in zip(self._given_keys, self._given, strict=True)}
        self._work = np.zeros((len(changing), stages))
        self._links = given | dict(zip(changing, self._work, strict=True))
        self._pivot = np.empty((self._lanes, stages))
        self._inverse = np.empty((self._lanes, stages))
        self._scratch = np.empty(stages)
        self._border_at = [np.array(sorted(found), dtype=np.int64) for found in borders]
        self._border_start = []
        self._border_work = []
        for lane, at in enumerate(self._border_at):
            start = np.zeros((len(at), stages))
            for number, vector in self._border_given.get(lane, {}).items():
                start[np.searchsorted(at, number)] = vector
            self._border_start.append(start)
            self._border_work.append(start.copy())

    def _compile(self, lane: int, beside: list[tuple[int, int]]) -> _Step:
        """Write down which views one lane's elimination reads and writes."""
        stages = self._stages
        step = _Step(lane, self._pivot[lane], self._inverse[lane])
        shares: list[FloatArray] = []
        for other, offset in beside:
            mine, theirs = _overlap(stages, offset)
            link = self._link(lane, other, offset, mine)
            shares.append(np.zeros(stages))
            share = shares[-1][mine]
            step.neighbours.append((link, self._inverse[lane][mine], share, mine, other, theirs))
        for first, (one, offset) in enumerate(beside):
            for second in range(first, len(beside)):
                other, further = beside[second]
                mine, _ = _overlap(stages, offset, further)
                share, link = shares[first][mine], self._link(lane, other, further, mine)
                target = self._target(one, other, offset, further, mine)
                step.updates.append((share, link, target, self._scratch[: len(share)]))
        at = self._border_at[lane]
        if len(at):
            own = self._border_work[lane]
            for share, (other, offset) in zip(shares, beside, strict=True):
                mine, theirs = _overlap(stages, offset)
                for number, vector in zip(np.searchsorted(self._border_at[other], at), own, strict=True):
                    target = self._border_work[other][number][theirs]
                    step.updates.append((share[mine], vector[mine], target, self._scratch[: len(target)]))
            step.border, step.border_share, step.border_at = own, np.empty_like(own), at
        return step

    def _link(self, lane: int, other: int, offset: int, mine: slice) -> FloatArray:
        """View the link from a lane to another one, by the stages of the former."""
        key = _canonical(lane, other, offset)
        shift = 0 if key[0] == lane and (lane != other or offset > 0) else offset
        return self._links[key][mine.start + shift : mine.stop + shift]

    def _target(self, one: int, other: int, offset: int, further: int, mine: slice) -> FloatArray:
        """View where the product of the links to two lanes (or twice to one) goes."""
        if (one, offset) == (other, further):
            return self._pivot[one][mine.start + offset : mine.stop + offset]
        key = _canonical(one, other, further - offset)
        first = key[0] == one and (one != other or further > offset)
        shift = offset if first else further
        return self._links[key][mine.start + shift : mine.stop + shift]

    def _compile_chain(self, order: list[tuple[int, list[tuple[int, int]]]]) -> None:
        """Write down where the lanes that are left stand in the band matrix."""
        chain, stages = self._chain, self._stages
        count = len(chain)
        place = {lane: number for number, lane in enumerate(chain)}
        bands: list[tuple[FloatArray, int, slice]] = []
        self._band = 0
        for (one, other, offset), link in self._links.items():
            if one not in place or other not in place:
                continue
            distance = offset * count + place[other] - place[one]
            mine, theirs = _overlap(stages, offset)
            lane, at = (one, mine) if distance > 0 else (other, theirs)
            first = place[lane] + at.start * count
            bands.append((link[mine], abs(distance), slice(first, first + (at.stop - at.start - 1) * count + 1, count)))
            self._band = max(self._band, abs(distance))
        if self._band > WIDEST_BAND:
            raise UnsuitableError(f"a band of {self._band} is left")
        self._matrix = np.zeros((self._band + 1, count * stages))
        self._bands = [(link, self._matrix[distance][at]) for link, distance, at in bands]
        self._diagonals = [(self._pivot[lane], self._matrix[0][place[lane] :: count]) for lane in chain]
        touched = sorted(set().union(*(map(int, self._border_at[lane]) for lane in chain))) if chain else []
        self._chain_border = np.array(touched, dtype=np.int64)
        self._chain_right = np.zeros((count * stages, len(touched)), order="F")
        self._chain_borders = [
            (self._border_work[lane][row], self._chain_right[place[lane] :: count, touched.index(int(number))])
            for lane in chain
            for row, number in enumerate(self._border_at[lane])
        ]

    # -- once for a step ---------------------------------------------------------------------------------------------

    def factorise(self, columns: FloatArray, rows: FloatArray) -> None:
        """Factorise for new diagonals.

        Parameters
        ----------
        columns : (n,)
            D, by place; positive.
        rows : (m,)
            E, by place; positive.

        Raises
        ------
        BreakdownError
            If a pivot of a row is not positive.
        """
        grid, stages = self._grid, self._stages
        inner_columns, inner_rows = grid.columns.inner, grid.rows.inner
        np.negative(columns[:inner_columns].reshape(-1, stages), out=self._pivot[: self._columns])
        self._pivot[self._columns :] = rows[:inner_rows].reshape(-1, stages)
        self._work.fill(0.0)
        for start, work in zip(self._border_start, self._border_work, strict=True):
            work[...] = start
        corner = self._corner.copy()
        corner[np.diag_indices(self._border)] += np.concatenate([-columns[inner_columns:], rows[inner_rows:]])
        with np.errstate(all="ignore"):
            for step in self._steps:
                self._eliminate(step, corner)
            self._factorise_chain(corner)
        self._corner_inverse = np.linalg.inv(corner) if self._border else corner
        if not np.isfinite(self._corner_inverse).all():
            raise BreakdownError

    def _eliminate(self, step: _Step, corner: FloatArray) -> None:
        np.divide(1.0, step.pivot, out=step.inverse)
        if step.lane >= self._columns and not 0.0 < step.inverse.min() <= step.inverse.max() < np.inf:
            raise BreakdownError
        for link, inverse, share, _, _, _ in step.neighbours:
            np.multiply(link, inverse, out=share)
        for share, link, target, scratch in step.updates:
            np.multiply(share, link, out=scratch)
            np.subtract(target, scratch, out=target)
        if step.border is not None:
            np.multiply(step.border, step.inverse, out=step.border_share)
            corner[np.ix_(step.border_at, step.border_at)] -= step.border_share @ step.border.T

    def _factorise_chain(self, corner: FloatArray) -> None:
        if not self._chain:
            return
        for source, target in (*self._bands, *self._diagonals):
            target[...] = source
        if self._band == 1:
            diagonal, below, failed = lapack.dpttrf(self._matrix[0], self._matrix[1, :-1])
            self._factor = (diagonal, below)
        else:
            factor, failed = lapack.dpbtrf(self._matrix, lower=1)
            self._factor = (factor,)
        if failed:
            raise BreakdownError
        if len(self._chain_border):
            for source, target in self._chain_borders:
                target[...] = source
            self._chain_share = self._solve_chain(self._chain_right)
            corner[np.ix_(self._chain_border, self._chain_border)] -= self._chain_right.T @ self._chain_share

    def _solve_chain(self, right: FloatArray) -> FloatArray:
        if self._band == 1:
            found, _ = lapack.dpttrs(*self._factor, right)
        else:
            found, _ = lapack.dpbtrs(*self._factor, right, lower=1)
        return found

    def solve(self, columns: FloatArray, rows: FloatArray) -> None:
        """Solve for one right-hand side, in place.

        Parameters
        ----------
        columns, rows : (n,), (m,)
            f and g by place; dx and dy afterwards.
        """
        inner_columns, inner_rows, stages = self._grid.columns.inner, self._grid.rows.inner, self._stages
        lanes = [*columns[:inner_columns].reshape(-1, stages), *rows[:inner_rows].reshape(-1, stages)]
        border = np.concatenate([columns[inner_columns:], rows[inner_rows:]])
        for step in self._steps:
            mine = lanes[step.lane]
            for _, _, share, at, other, theirs in step.neighbours:
                target, scratch = lanes[other][theirs], self._scratch[: len(share)]
                np.multiply(share, mine[at], out=scratch)
                np.subtract(target, scratch, out=target)
            if step.border_share is not None:
                border[step.border_at] -= step.border_share @ mine
        self._solve_core(lanes, border)
        for step in reversed(self._steps):
            mine = lanes[step.lane]
            np.multiply(mine, step.inverse, out=mine)
            for _, _, share, at, other, theirs in step.neighbours:
                target, scratch = mine[at], self._scratch[: len(share)]
                np.multiply(share, lanes[other][theirs], out=scratch)
                np.subtract(target, scratch, out=target)
            if step.border_share is not None:
                mine -= border[step.border_at] @ step.border_share
        columns[inner_columns:], rows[inner_rows:] = np.split(border, [self._grid.columns.border])

    def _solve_core(self, lanes: list[FloatArray], border: FloatArray) -> None:
        """Solve for the border and for the lanes that are left."""
        chain, at = self._chain, self._chain_border
        if chain:
            right = np.stack([lanes[lane] for lane in chain], axis=1).ravel()
            if len(at):
                border[at] -= right @ self._chain_share
        if self._border:
            border[:] = self._corner_inverse @ border
        if chain:
            found = self._solve_chain(right)
            if len(at):
                found = found - self._chain_share @ border[at]
            for number, lane in enumerate(chain):
                lanes[lane][...] = found[number :: len(chain)]


def _overlap(stages: int, *offsets: int) -> tuple[slice, slice]:
    """Give the stages from which all offsets stay inside, and where the first offset leads from them."""
    begin, end = max(0, *(-offset for offset in offsets)), stages - max(0, *offsets)
    return slice(begin, end), slice(begin + offsets[0], end + offsets[0])


def _canonical(one: int, other: int, offset: int) -> tuple[int, int, int]:
    """Give the link between two lanes the one name under which it is kept: by the stages of the lower lane."""
    if one == other:
        return (one, one, abs(offset))
    return (one, other, offset) if one < other else (other, one, -offset)


def _pairs(beside: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for first, one in enumerate(beside):
        for other in beside[first:]:
            yield one, other
