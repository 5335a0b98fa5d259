"""Our own interior-point method for programs whose rules repeat hour after hour: the quickest on those.

It needs to know where rows and columns stand in time (`optimizer.lp.layout`), and leaves programs without such an order
to the other engines; see `optimizer.lp.stages`.
"""

from __future__ import annotations

import time

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.engines.base import EngineOptions, Outcome, Status
from optimizer.lp.engines.standard import reduce, within_bounds
from optimizer.lp.reduction import Reduction
from optimizer.lp.stages.grid import Grid, make_grid
from optimizer.lp.stages.links import UnsuitableError
from optimizer.lp.stages.method import InteriorPoint, Problem
from optimizer.lp.stages.scaling import scale

# Linux gives arrays of a megabyte back to the system as they are freed, and clears them anew for the next ones, which
# takes a fifth of a run. Once a block of this size was freed, the C library keeps what is smaller; others take no harm.
_KEPT_BYTES = 30 * 2**20

_STATUS: dict[str, Status] = {
    "optimal": "optimal",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "limit": "limit",
    "stalled": "failed",
}


class Staged:
    """The staged interior-point method on the reduced program. Every run starts afresh."""

    name = "staged"

    def __init__(self) -> None:
        self._lp: LinearProgram | None = None
        np.empty(_KEPT_BYTES, dtype=np.int8)

    def load(self, lp: LinearProgram) -> None:
        """Take a program over."""
        self._lp = lp

    def apply(self, lp: LinearProgram, patch: Patch) -> None:  # noqa: ARG002 (nothing of the last run is kept)
        """Take a changed program over."""
        self._lp = lp

    def run(self, options: EngineOptions) -> Outcome:
        """Solve what is loaded."""
        assert self._lp is not None, "load a program first"
        started = time.perf_counter()
        if self._lp.layout is None:
            return _outcome("failed", None, started, 0, "the program has no known stages")
        reduction = reduce(self._lp)
        if reduction is None:
            return _outcome("infeasible", None, started, 0, "infeasible on sight")
        if not len(reduction.columns):
            none = np.empty(0)
            point = reduction.restore(none, np.zeros(reduction.reduced.shape[0]))
            return _outcome("optimal", point, started, 0, "reduced")
        scaled = scale(reduction.reduced)
        try:
            grid = make_grid(scaled.lp, self._lp.layout.take(reduction.rows, reduction.columns))
            method = InteriorPoint(grid, _problem(scaled.lp, grid))
        except UnsuitableError as error:
            return _outcome("failed", None, started, 0, str(error))
        limit = np.inf if options.time_limit is None else options.time_limit
        ended = method.solve(deadline=started + limit, progress=options.progress)
        x, y = scaled.point(ended.x[grid.columns.at], ended.y[grid.rows.at])
        return _outcome(_STATUS[ended.status], _restored(reduction, x, y), started, ended.iterations, ended.status)


def _problem(lp: LinearProgram, grid: Grid) -> Problem:
    return Problem(
        cost=grid.columns.spread(lp.cost),
        lower=grid.columns.spread(lp.lower, -np.inf),
        upper=grid.columns.spread(lp.upper, np.inf),
        row_lower=grid.rows.spread(lp.row_lower),
        row_upper=grid.rows.spread(lp.row_upper),
    )


def _restored(reduction: Reduction, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return reduction.restore(within_bounds(reduction.reduced, x), y)


def _outcome(
    status: Status, point: tuple[FloatArray, FloatArray] | None, started: float, iterations: int, message: str
) -> Outcome:
    x, row_dual = point or (None, None)
    return Outcome("staged interior point", status, x, row_dual, time.perf_counter() - started, iterations, message)
