"""Bounds of places, side by side in one vector: lower bounds first, then upper ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.stages.grid import Grid


class _Run(NamedTuple):
    """Neighbouring places that have a bound on the same side: where they stand among the places and the bounds."""

    places: slice
    bounds: slice


class Sides:
    """The bounds of columns, and of the activity of rows that are no equalities.

    Parameters
    ----------
    grid : Grid
        Where columns and rows stand; a lane in which only some places have a bound keeps room for all of them.
    lower, upper : (w,)
        Bounds of the places of columns, then of those of rows.

    Attributes
    ----------
    value : (k,)
        The bounds; 0 where one is missing.
    missing : (i,)
        Which are missing.
    sign : (k,)
        1 for lower bounds, -1 for upper ones.
    """

    def __init__(self, grid: Grid, lower: FloatArray, upper: FloatArray) -> None:
        self.lower, self.upper = lower, upper
        pieces = _pieces(grid)
        self._lower, count = _runs(lower, pieces, 0)
        self._upper, count = _runs(upper, pieces, count)
        self.value = np.empty(count)
        self.sign = np.ones(count)
        for side, runs in ((lower, self._lower), (upper, self._upper)):
            for run in runs:
                self.value[run.bounds] = side[run.places]
        for run in self._upper:
            self.sign[run.bounds] = -1.0
        self.missing = np.flatnonzero(~np.isfinite(self.value))
        self.value[self.missing] = 0.0
        self._places = len(lower)

    def gathered(self, places: FloatArray) -> FloatArray:
        """Give each bound its place's value, those of upper bounds with a minus."""
        found = np.empty(len(self.value))
        for run in self._lower:
            found[run.bounds] = places[run.places]
        for run in self._upper:
            np.negative(places[run.places], out=found[run.bounds])
        return found

    def relative(self, places: FloatArray, inverse: FloatArray) -> FloatArray:
        """Give each bound its place's value times a number of its own, those of upper bounds with a minus."""
        found = self.gathered(places)
        found *= inverse
        return found

    def scattered(self, bounds: FloatArray) -> FloatArray:
        """Add values of bounds up by place, those of upper bounds with a minus."""
        total = np.zeros(self._places)
        for run in self._lower:
            total[run.places] = bounds[run.bounds]
        for run in self._upper:
            total[run.places] -= bounds[run.bounds]
        return total

    def added(self, bounds: FloatArray) -> FloatArray:
        """Add values of bounds up by place."""
        total = np.zeros(self._places)
        for run in self._lower:
            total[run.places] = bounds[run.bounds]
        for run in self._upper:
            total[run.places] += bounds[run.bounds]
        return total


def _pieces(grid: Grid) -> list[slice]:
    """Cut the places into lanes and borders."""
    pieces, start = [], 0
    for axis in (grid.columns, grid.rows):
        pieces += [slice(start + at, start + at + axis.stages) for at in range(0, axis.inner, axis.stages)]
        pieces.append(slice(start + axis.inner, start + axis.size))
        start += axis.size
    return pieces


def _runs(side: FloatArray, pieces: list[slice], start: int) -> tuple[list[_Run], int]:
    runs: list[_Run] = []
    for piece in pieces:
        if not np.isfinite(side[piece]).any():
            continue
        stop = start + piece.stop - piece.start
        if runs and runs[-1].places.stop == piece.start:
            runs[-1] = _Run(slice(runs[-1].places.start, piece.stop), slice(runs[-1].bounds.start, stop))
        else:
            runs.append(_Run(piece, slice(start, stop)))
        start = stop
    return runs, start
