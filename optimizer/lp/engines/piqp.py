"""PIQP, a lean proximal interior-point method: the quickest on a year with capacities to choose.

Schwan, R., Jiang, Y., Kuhn, D., Jones, C. N. (2023). PIQP: A proximal interior-point quadratic programming solver.
62nd IEEE Conference on Decision and Control. doi:10.1109/CDC49753.2023.10383915
"""

from __future__ import annotations

from typing import Any

import numpy as np
import piqp

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import EngineOptions, Status
from optimizer.lp.engines.piqp_run import run_apart, run_piqp
from optimizer.lp.engines.standard import Found, ReducedEngine, Split, cost_scale, split

# These stopped reliably at the optimum; with PIQP's own defaults a feasible two-year program was called infeasible.
SETTINGS: dict[str, Any] = {
    "eps_abs": 1e-6,
    "eps_rel": 1e-8,
    "eps_duality_gap_abs": 1e-6,
    "eps_duality_gap_rel": 1e-8,
    "eps_primal_inf": 1e-9,
    "eps_dual_inf": 1e-9,
    "max_iter": 180,  # one to five years of the example take 20 to 115; one without a plan may take all
}
# With more coefficients than this (about one year and a half of hours) a run is long enough for a process of its own.
LONG = 300_000
# With a limit below this even a short run may have to be cut off, which only a process of its own allows.
SHORT_LIMIT = 20.0

_STATUS: dict[str, Status] = {
    "PIQP_SOLVED": "optimal",
    "PIQP_MAX_ITER_REACHED": "limit",
    "PIQP_PRIMAL_INFEASIBLE": "infeasible",
    "PIQP_DUAL_INFEASIBLE": "unbounded",
}


class Piqp(ReducedEngine):
    """PIQP, in a process of its own where that takes long or the time is short."""

    name = "piqp"
    title = f"piqp {piqp.__version__}"
    settings = SETTINGS

    def solve(self, lp: LinearProgram, options: EngineOptions) -> Found:
        """Solve a reduced program."""
        parts = split(lp)
        try:
            found = _run(_problem(lp, parts), lp, options)
        except OSError as error:  # its own process could not be started, or was ended by the system
            return Found("failed", str(error))
        if found is None:
            return Found("limit", "the time is up")
        status = _STATUS.get(found["status"], "failed")
        return Found(status, found["status"], found["iterations"], found["x"], _row_dual(found, lp, parts))


def _problem(lp: LinearProgram, parts: Split) -> tuple[Any, ...]:
    from scipy.sparse import csc_matrix  # noqa: PLC0415

    equal, between, columns = parts.equal, ~parts.equal, lp.shape[1]
    return (
        csc_matrix((columns, columns)), lp.cost * cost_scale(lp), csc_matrix(parts.equalities), lp.row_lower[equal],
        csc_matrix(parts.inequalities), lp.row_lower[between], lp.row_upper[between], lp.lower, lp.upper,
    )  # fmt: skip


def _run(problem: tuple[Any, ...], lp: LinearProgram, options: EngineOptions) -> dict[str, Any] | None:
    limit = options.time_limit
    if lp.matrix.nnz > LONG or (limit is not None and limit < SHORT_LIMIT):
        return run_apart(problem, SETTINGS, limit, options.progress)
    return run_piqp(problem, SETTINGS)


def _row_dual(found: dict[str, Any], lp: LinearProgram, parts: Split) -> FloatArray:
    dual = np.empty(lp.shape[0])
    dual[parts.equal] = -found["y"]
    dual[~parts.equal] = found["z_l"] - found["z_u"]
    return dual / cost_scale(lp)
