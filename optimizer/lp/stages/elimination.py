"""The equations of an interior-point step, factorised lane by lane with all stages at once.

A step solves ``[[-D, A'], [A, E]] [dx, dy] = [f, g]`` with positive diagonals D and E that change from step to step,
and a matrix A that does not. The places of one lane do not stand in each other's way until a chain, such as the energy
held from hour to hour, is all that is left of them; so a lane is eliminated by a handful of operations on whole arrays.
Chains end in a band matrix, and what belongs to no stage, such as a capacity, in a small dense corner: an arrowhead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.stages.chain import BreakdownError, Chain
from optimizer.lp.stages.grid import Grid
from optimizer.lp.stages.links import Link, Near, find_order, moved, overlap, read_links

# Products with the border are sums by `einsum`: the linear algebra library would start threads for them, which spin on
# the other cores long after, and win nothing on so few rows.


@dataclass(frozen=True)
class _Neighbour:
    """Another lane that one lane stands beside: views of the link, and of the part of it that elimination takes.

    Attributes
    ----------
    link, inverse, share : (s,)
        The link, the inverse of the pivots, and their product.
    own, other : slice
        Where these stages are in either lane.
    lane : int
        The other lane.
    """

    link: FloatArray
    inverse: FloatArray
    share: FloatArray
    own: slice
    other: slice
    lane: int


@dataclass
class _Turn:
    """What eliminating one lane reads and writes: views that were cut once, of arrays that are filled anew each time.

    Attributes
    ----------
    lane : int
        The lane.
    neighbours : list of _Neighbour
        Lanes beside it.
    updates : list of (share, link, target, scratch)
        What is taken off where.
    touched, border, border_share : (b,), (b, stages), (b, stages)
        What it touches of the border, the links, and their share.
    """

    lane: int
    touched: IntArray
    border: FloatArray
    border_share: FloatArray
    neighbours: list[_Neighbour] = field(default_factory=list)
    updates: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = field(default_factory=list)


class Elimination:
    """Factorisation and solution of the equations of one program.

    Parameters
    ----------
    grid : Grid
        The program in lanes.

    Raises
    ------
    UnsuitableError
        If the program does not repeat from stage to stage in a way that pays.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid, self._given = grid, read_links(grid)
        self._order = order = find_order(self._given)
        lanes, stages = self._given.lanes, self._given.stages
        self._pivots, self._inverses = np.empty((lanes, stages)), np.empty((lanes, stages))
        self._scratch = np.empty(stages)
        # Links between rows change by elimination; those of columns do not.
        changing = sorted(link for link in order.links if link.lane >= self._given.columns)
        self._changing = np.zeros((len(changing), stages))
        self._links = self._given.between | dict(zip(changing, self._changing, strict=True))
        self._border_given = [self._border_of(lane) for lane in range(lanes)]
        self._border = [given.copy() for given in self._border_given]
        self._turns = [self._turn(lane, beside) for lane, beside in order.turns]
        self._chain = Chain(
            order.chain, self._links, self._pivots, [(order.borders[lane], self._border[lane]) for lane in order.chain]
        )

    # -- once for a program ------------------------------------------------------------------------------------------

    def _border_of(self, lane: int) -> FloatArray:
        given, none = self._given.border.get(lane, {}), np.zeros(self._given.stages)
        touched = self._order.borders[lane]
        return np.stack([given.get(number, none) for number in touched]) if touched else np.zeros((0, len(none)))

    def _turn(self, lane: int, beside: list[Near]) -> _Turn:
        stages, own = self._given.stages, self._border[lane]
        turn = _Turn(lane, np.array(self._order.borders[lane], dtype=np.int64), own, np.empty_like(own))
        shares = np.zeros((len(beside), stages))
        for share, (other, offset) in zip(shares, beside, strict=True):
            part = overlap(stages, offset)
            turn.neighbours.append(
                _Neighbour(
                    self._seen(lane, other, offset, part),
                    self._inverses[lane, part],
                    share[part],
                    part,
                    moved(part, offset),
                    other,
                )
            )
            for number, vector in zip(turn.touched, own, strict=True):
                row = self._order.borders[other].index(number)
                self._update(turn, share[part], vector[part], self._border[other][row, moved(part, offset)])
        for first, (one, offset) in enumerate(beside):
            for other, further in beside[first:]:
                part = overlap(stages, offset, further)
                target = self._product(one, offset, other, further, part)
                self._update(turn, shares[first, part], self._seen(lane, other, further, part), target)
        return turn

    def _update(self, turn: _Turn, share: FloatArray, link: FloatArray, target: FloatArray) -> None:
        turn.updates.append((share, link, target, self._scratch[: len(target)]))

    def _seen(self, lane: int, other: int, offset: int, part: slice) -> FloatArray:
        """View the link from some stages of a lane to another lane."""
        link = Link.between(lane, other, offset)
        return self._links[link][moved(part, link.shift(lane, offset))]

    def _product(self, one: int, offset: int, other: int, further: int, part: slice) -> FloatArray:
        """View where the product of a lane's links to two places goes: the link between these, or a pivot."""
        if (one, offset) == (other, further):
            return self._pivots[one, moved(part, offset)]
        link = Link.between(one, other, further - offset)
        return self._links[link][moved(part, offset + link.shift(one, further - offset))]

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
            If the equations are too close to singular.
        """
        given, inner_columns, inner_rows = self._given, self._grid.columns.inner, self._grid.rows.inner
        np.negative(columns[:inner_columns].reshape(-1, given.stages), out=self._pivots[: given.columns])
        self._pivots[given.columns :] = rows[:inner_rows].reshape(-1, given.stages)
        self._changing.fill(0.0)
        for start, border in zip(self._border_given, self._border, strict=True):
            border[...] = start
        corner = given.corner.copy()
        np.fill_diagonal(corner, np.concatenate([-columns[inner_columns:], rows[inner_rows:]]))
        with np.errstate(all="ignore"):
            for turn in self._turns:
                self._eliminate(turn, corner)
            if self._chain.lanes:
                taken = self._chain.factorise()
                corner[np.ix_(self._chain.border, self._chain.border)] -= taken
        if not np.isfinite(corner).all():
            raise BreakdownError
        try:
            self._corner = np.linalg.inv(corner)
        except np.linalg.LinAlgError:
            raise BreakdownError from None

    def _eliminate(self, turn: _Turn, corner: FloatArray) -> None:
        inverse = self._inverses[turn.lane]
        np.divide(1.0, self._pivots[turn.lane], out=inverse)
        if turn.lane >= self._given.columns and not 0.0 < inverse.min() <= inverse.max() < np.inf:
            raise BreakdownError
        for beside in turn.neighbours:
            np.multiply(beside.link, beside.inverse, out=beside.share)
        for share, link, target, scratch in turn.updates:
            np.multiply(share, link, out=scratch)
            np.subtract(target, scratch, out=target)
        if len(turn.touched):
            np.multiply(turn.border, inverse, out=turn.border_share)
            corner[np.ix_(turn.touched, turn.touched)] -= np.einsum("ij,kj->ik", turn.border_share, turn.border)

    def solve(self, columns: FloatArray, rows: FloatArray) -> None:
        """Solve for one right-hand side, in place.

        Parameters
        ----------
        columns, rows : (n,), (m,)
            f and g by place; dx and dy afterwards.
        """
        stages, inner_columns, inner_rows = self._given.stages, self._grid.columns.inner, self._grid.rows.inner
        lanes = [*columns[:inner_columns].reshape(-1, stages), *rows[:inner_rows].reshape(-1, stages)]
        border = np.concatenate([columns[inner_columns:], rows[inner_rows:]])
        for turn in self._turns:
            self._forward(turn, lanes, border)
        self._solve_core(lanes, border)
        for turn in reversed(self._turns):
            self._backward(turn, lanes, border)
        columns[inner_columns:], rows[inner_rows:] = np.split(border, [self._grid.columns.border])

    def _forward(self, turn: _Turn, lanes: list[FloatArray], border: FloatArray) -> None:
        own = lanes[turn.lane]
        for beside in turn.neighbours:
            target, scratch = lanes[beside.lane][beside.other], self._scratch[: len(beside.share)]
            np.multiply(beside.share, own[beside.own], out=scratch)
            np.subtract(target, scratch, out=target)
        if len(turn.touched):
            border[turn.touched] -= np.einsum("ij,j->i", turn.border_share, own)

    def _backward(self, turn: _Turn, lanes: list[FloatArray], border: FloatArray) -> None:
        own = lanes[turn.lane]
        own *= self._inverses[turn.lane]
        for beside in turn.neighbours:
            target, scratch = own[beside.own], self._scratch[: len(beside.share)]
            np.multiply(beside.share, lanes[beside.lane][beside.other], out=scratch)
            np.subtract(target, scratch, out=target)
        if len(turn.touched):
            own -= np.einsum("i,ij->j", border[turn.touched], turn.border_share)

    def _solve_core(self, lanes: list[FloatArray], border: FloatArray) -> None:
        """Solve for the border and for the lanes that are left."""
        chain = self._chain
        if not chain.lanes:
            border[:] = self._corner @ border
            return
        right = np.stack([lanes[lane] for lane in chain.lanes], axis=1).ravel()
        border[chain.border] -= chain.on_border(right)
        border[:] = self._corner @ border
        found = chain.solve(right, border)
        for number, lane in enumerate(chain.lanes):
            lanes[lane][...] = found[number :: len(chain.lanes)]
