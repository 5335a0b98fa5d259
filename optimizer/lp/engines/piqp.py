"""PIQP, a lean proximal interior-point method: the quickest on a year with capacities to choose.

Schwan, R., Jiang, Y., Kuhn, D., Jones, C. N. (2023). PIQP: A proximal interior-point quadratic programming solver.
62nd IEEE Conference on Decision and Control. doi:10.1109/CDC49753.2023.10383915
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import piqp

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.engines.base import EngineOptions, Outcome, Status
from optimizer.lp.engines.standard import Split, cost_scale, reduce, split, within_bounds
from optimizer.lp.reduction import Reduction

# These stopped reliably at the optimum; with PIQP's own defaults a feasible two-year program was called infeasible.
SETTINGS: dict[str, Any] = {
    "eps_abs": 1e-6,
    "eps_rel": 1e-8,
    "eps_duality_gap_abs": 1e-6,
    "eps_duality_gap_rel": 1e-8,
    "eps_primal_inf": 1e-9,
    "eps_dual_inf": 1e-9,
    "max_iter": 250,
}
_SPEED_TEST_ITERATIONS = 2

_STATUS: dict[Any, Status] = {
    piqp.PIQP_SOLVED: "optimal",
    piqp.PIQP_MAX_ITER_REACHED: "limit",
    piqp.PIQP_PRIMAL_INFEASIBLE: "infeasible",
    piqp.PIQP_DUAL_INFEASIBLE: "unbounded",
}


class Piqp:
    """PIQP on the reduced program. Every run starts afresh."""

    name = "piqp"

    def __init__(self) -> None:
        self._lp: LinearProgram | None = None

    def load(self, lp: LinearProgram) -> None:
        """Take a program over."""
        self._lp = lp

    def apply(self, lp: LinearProgram, patch: Patch) -> None:  # noqa: ARG002 (nothing of the last run is kept)
        """Take a changed program over."""
        self._lp = lp

    def run(self, options: EngineOptions) -> Outcome:
        """Solve what is loaded.

        PIQP can neither be stopped nor given a time limit, so the limit is turned into iterations after two trial
        iterations.
        """
        assert self._lp is not None, "load a program first"
        started = time.perf_counter()
        reduction = reduce(self._lp)
        if reduction is None:
            return self._outcome("infeasible", None, None, started, 0, "infeasible on sight")
        if not len(reduction.columns):
            x, row_dual = reduction.restore(np.empty(0), np.zeros(len(reduction.rows)))
            return self._outcome("optimal", x, row_dual, started, 0, "solved by reduction alone")
        solver, parts = self._set_up(reduction.reduced)
        if options.time_limit is not None:
            self._limit(solver, options.time_limit, started)
        claim = solver.solve()
        x, dual = self._point(solver.result, reduction, parts)
        return self._outcome(_STATUS.get(claim, "failed"), x, dual, started, int(solver.result.info.iter), str(claim))

    def _set_up(self, lp: LinearProgram) -> tuple[Any, Split]:
        from scipy.sparse import csc_matrix  # noqa: PLC0415

        solver, parts, columns = piqp.SparseSolver(), split(lp), lp.shape[1]
        solver.settings.verbose = False
        solver.settings.kkt_solver = piqp.KKTSolver.sparse_ldlt
        for name, value in SETTINGS.items():
            setattr(solver.settings, name, value)
        equal, between = parts.equal, ~parts.equal
        solver.setup(
            csc_matrix((columns, columns)), lp.cost * cost_scale(lp), csc_matrix(parts.equalities), lp.row_lower[equal],
            csc_matrix(parts.inequalities), lp.row_lower[between], lp.row_upper[between], lp.lower, lp.upper,
        )  # fmt: skip
        return solver, parts

    @staticmethod
    def _limit(solver: Any, time_limit: float, started: float) -> None:
        before = time.perf_counter()
        solver.settings.max_iter = _SPEED_TEST_ITERATIONS
        solver.solve()
        each = (time.perf_counter() - before) / _SPEED_TEST_ITERATIONS
        left = time_limit - (time.perf_counter() - started)
        solver.settings.max_iter = int(np.clip(left / max(each, 1e-9), 1, SETTINGS["max_iter"]))

    @staticmethod
    def _point(result: Any, reduction: Reduction, parts: Split) -> tuple[FloatArray | None, FloatArray | None]:
        lp = reduction.reduced
        dual = np.empty(lp.shape[0])
        dual[parts.equal] = -result.y
        dual[~parts.equal] = result.z_l - result.z_u
        if not (np.isfinite(result.x).all() and np.isfinite(dual).all()):
            return None, None
        return reduction.restore(within_bounds(lp, np.array(result.x)), dual / cost_scale(lp))

    def _outcome(
        self,
        status: Status,
        x: FloatArray | None,
        dual: FloatArray | None,
        started: float,
        iterations: int,
        message: str,
    ) -> Outcome:
        return Outcome(
            engine=f"piqp {piqp.__version__}",
            status=status,
            x=x,
            row_dual=dual,
            seconds=time.perf_counter() - started,
            iterations=iterations,
            message=message,
            settings=dict(SETTINGS),
        )
