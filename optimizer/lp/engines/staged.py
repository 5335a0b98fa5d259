"""Our own interior-point method for programs whose rules repeat hour after hour: the quickest on those.

It needs to know where rows and columns stand in time (`optimizer.lp.layout`), and leaves programs without such an order
to the other engines; see `optimizer.lp.stages`.
"""

from __future__ import annotations

import time

import numpy as np

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import EngineOptions, Status
from optimizer.lp.engines.standard import Found, ReducedEngine
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


class Staged(ReducedEngine):
    """The staged interior-point method."""

    name = "staged"
    title = "staged interior point"

    def __init__(self) -> None:
        super().__init__()
        np.empty(_KEPT_BYTES, dtype=np.int8)

    def solve(self, lp: LinearProgram, options: EngineOptions) -> Found:
        """Solve a reduced program."""
        started = time.perf_counter()
        if lp.layout is None:
            return Found("failed", "the program has no known stages")
        scaled = scale(lp)
        try:
            grid = make_grid(scaled.lp, lp.layout)
            method = InteriorPoint(grid, _problem(scaled.lp, grid))
        except UnsuitableError as error:
            return Found("failed", str(error))
        limit = np.inf if options.time_limit is None else options.time_limit
        ended = method.solve(deadline=started + limit, progress=options.progress)
        point = scaled.point(ended.x[grid.columns.at], ended.y[grid.rows.at])
        return Found(_STATUS[ended.status], ended.status, ended.iterations, *point)


def _problem(lp: LinearProgram, grid: Grid) -> Problem:
    return Problem(
        cost=grid.columns.spread(lp.cost),
        lower=grid.columns.spread(lp.lower, -np.inf),
        upper=grid.columns.spread(lp.upper, np.inf),
        row_lower=grid.rows.spread(lp.row_lower),
        row_upper=grid.rows.spread(lp.row_upper),
    )
