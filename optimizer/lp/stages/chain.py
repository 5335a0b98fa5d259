"""The lanes that are left after all others: coupled from stage to stage, a band matrix for LAPACK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.linalg import lapack

from optimizer.lp.affine import FloatArray
from optimizer.lp.stages.links import Link, UnsuitableError, moved, overlap

WIDEST_BAND = 24


class BreakdownError(Exception):
    """A pivot is not positive: the equations are too close to singular."""


class Chain:
    """A positive definite band matrix, stage after stage, and its part of the border.

    Parameters
    ----------
    lanes : sequence of int
        The lanes, which stand side by side at each stage.
    links : mapping of Link to (stages,)
        Arrays that hold the links between all lanes; read by every factorisation.
    pivots : (lanes, stages)
        Array that holds the diagonals of all lanes; likewise.
    borders : sequence of (list of int, (b, stages))
        For each of the lanes: what it touches of the border, and the array that holds these links.

    Raises
    ------
    UnsuitableError
        If the band is wide.
    """

    def __init__(
        self,
        lanes: Sequence[int],
        links: Mapping[Link, FloatArray],
        pivots: FloatArray,
        borders: Sequence[tuple[list[int], FloatArray]],
    ) -> None:
        self.lanes, self._stages = lanes, pivots.shape[1]
        count = len(lanes)
        place = {lane: number for number, lane in enumerate(lanes)}
        inside = {link: vector for link, vector in links.items() if link.lane in place and link.other in place}
        distances = {link: link.offset * count + place[link.other] - place[link.lane] for link in inside}
        self._band = max(map(abs, distances.values()), default=0)
        if self._band > WIDEST_BAND:
            raise UnsuitableError(f"a band of {self._band} is left")
        self._matrix = np.zeros((self._band + 1, count * self._stages))
        self._copies = [(pivots[lane], self._matrix[0, place[lane] :: count]) for lane in lanes]
        for link, distance in distances.items():
            part = overlap(self._stages, link.offset)
            first, at = (link.lane, part) if distance > 0 else (link.other, moved(part, link.offset))
            target = self._matrix[abs(distance), place[first] + at.start * count :: count][: part.stop - part.start]
            self._copies.append((inside[link][part], target))
        self.border = sorted({number for touched, _ in borders for number in touched})
        self._right = np.zeros((count * self._stages, len(self.border)), order="F")
        for number, (touched, own) in enumerate(borders):
            for vector, touches in zip(own, touched, strict=True):
                self._copies.append((vector, self._right[number::count, self.border.index(touches)]))
        self._factor: tuple[FloatArray, ...] = ()

    def factorise(self) -> FloatArray:
        """Factorise what the arrays hold; gives what to take off the border's corner.

        Raises
        ------
        BreakdownError
            If the matrix is not positive definite.
        """
        for source, target in self._copies:
            target[...] = source
        if self._band == 1:
            *self._factor, failed = lapack.dpttrf(self._matrix[0], self._matrix[1, :-1])
        else:
            *self._factor, failed = lapack.dpbtrf(self._matrix, lower=1)
        if failed:
            raise BreakdownError
        self._share = self._solved(self._right) if self.border else self._right
        taken: FloatArray = np.einsum("ji,jk->ik", self._right, self._share)
        return taken

    def solve(self, right: FloatArray, border: FloatArray) -> FloatArray:
        """Solve for the lanes once the border is known."""
        found = self._solved(right)
        if self.border:
            found -= np.einsum("ij,j->i", self._share, border[self.border])
        return found

    def on_border(self, right: FloatArray) -> FloatArray:
        """Give what a right-hand side of the lanes takes off the border's."""
        taken: FloatArray = np.einsum("i,ij->j", right, self._share)
        return taken

    def _solved(self, right: FloatArray) -> FloatArray:
        found: FloatArray
        if self._band == 1:
            found, _ = lapack.dpttrs(*self._factor, right)
        else:
            found, _ = lapack.dpbtrs(*self._factor, right, lower=1)
        return found
