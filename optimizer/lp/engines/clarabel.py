"""Clarabel, an interior-point method for conic programs: the second opinion.

Goulart, P. J., Chen, Y. (2024). Clarabel: An interior-point solver for conic programs with quadratic objectives.
arXiv:2405.12762
"""

from __future__ import annotations

import time
from typing import Any

import clarabel
import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import EngineOptions, Progress, Status
from optimizer.lp.engines.interrupt import Interrupt
from optimizer.lp.engines.standard import Found, ReducedEngine, cost_scale

SETTINGS: dict[str, Any] = {"tol_gap_abs": 1e-8, "tol_gap_rel": 1e-8, "tol_feas": 1e-8, "max_iter": 250}
_PROGRESS_SECONDS = 1.0

_STATUS: dict[str, Status] = {
    "Solved": "optimal",
    "AlmostSolved": "optimal",
    "PrimalInfeasible": "infeasible",
    "AlmostPrimalInfeasible": "infeasible",
    "DualInfeasible": "unbounded",
    "AlmostDualInfeasible": "unbounded",
    "MaxIterations": "limit",
    "MaxTime": "limit",
}


class Clarabel(ReducedEngine):
    """Clarabel; Ctrl-C stops it at its next iteration."""

    name = "clarabel"
    title = f"clarabel {clarabel.__version__}"
    settings = SETTINGS

    def solve(self, lp: LinearProgram, options: EngineOptions) -> Found:
        """Solve a reduced program."""
        cones = _Cones(lp)
        with Interrupt() as interrupt:
            solution = cones.solve(options, _Watch(options.progress, interrupt))
        ended, row_dual = str(solution.status), cones.row_dual(np.array(solution.z))
        status = _STATUS.get(ended, "failed")
        return Found(status, ended, int(solution.iterations), np.array(solution.x), row_dual)


class _Watch:
    """Called at every iteration: reports progress, and stops Clarabel after Ctrl-C, which it would swallow."""

    def __init__(self, progress: Progress | None, interrupt: Interrupt) -> None:
        self._progress, self._interrupt = progress, interrupt
        self._started = self._reported = time.perf_counter()

    def __call__(self, info: Any) -> bool:
        now = time.perf_counter()
        if self._progress is not None and now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            self._progress(f"{now - self._started:.0f} s, {info.iterations} iterations")
        return self._interrupt.arrived


class _Cones:
    """The program as ``A x + s = b`` with s zero in the first rows and at least zero in the others."""

    def __init__(self, lp: LinearProgram) -> None:
        from scipy.sparse import csc_matrix, eye_array, vstack  # noqa: PLC0415

        self.lp = lp
        rows, unit = lp.matrix.tocsr(), eye_array(lp.shape[1], format="csr")
        equal = lp.row_lower == lp.row_upper
        self.blocks = (
            np.flatnonzero(equal),
            np.flatnonzero(~equal & np.isfinite(lp.row_upper)),
            np.flatnonzero(~equal & np.isfinite(lp.row_lower)),
        )
        upper, lower = np.flatnonzero(np.isfinite(lp.upper)), np.flatnonzero(np.isfinite(lp.lower))
        equalities, below, above = self.blocks
        self.matrix = csc_matrix(vstack([rows[equalities], rows[below], -rows[above], unit[upper], -unit[lower]]))
        self.right = np.concatenate(
            [lp.row_upper[equalities], lp.row_upper[below], -lp.row_lower[above], lp.upper[upper], -lp.lower[lower]]
        )

    def solve(self, options: EngineOptions, watch: _Watch) -> Any:
        from scipy.sparse import csc_matrix  # noqa: PLC0415

        columns, equalities = self.lp.shape[1], len(self.blocks[0])
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        for name, value in SETTINGS.items():
            setattr(settings, name, value)
        if options.time_limit is not None:
            settings.time_limit = options.time_limit
        cones = [clarabel.ZeroConeT(equalities), clarabel.NonnegativeConeT(len(self.right) - equalities)]
        cost = self.lp.cost * cost_scale(self.lp)
        solver = clarabel.DefaultSolver(csc_matrix((columns, columns)), cost, self.matrix, self.right, cones, settings)
        solver.set_termination_callback(watch)
        return solver.solve()

    def row_dual(self, z: FloatArray) -> FloatArray:
        """Read the row duals out of the cones' duals."""
        dual = np.zeros(self.lp.shape[0])
        equalities, below, above = self.blocks
        ends = np.cumsum([len(block) for block in self.blocks])
        dual[equalities] = -z[: ends[0]]
        dual[below] = -z[ends[0] : ends[1]]
        dual[above] += z[ends[1] : ends[2]]
        return dual / cost_scale(self.lp)
