"""HiGHS through highspy: arrays straight in, no files.

Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical Programming
Computation 10, 119-142. doi:10.1007/s12532-017-0130-5
"""

from __future__ import annotations

import threading
import time
from typing import Any, Literal

import highspy
import numpy as np

from optimizer.errors import OptimizerError
from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.basis import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, Basis, Statuses
from optimizer.lp.engines.base import EngineOptions, Outcome, Status
from optimizer.lp.engines.interrupt import Interrupt

Algorithm = Literal["choose", "simplex", "primal-simplex", "ipx", "hipo"]

# HiGHS changes coefficients one call at a time; beyond this many a fresh hand-over is quicker.
_ENTRIES_WORTH_CHANGING = 2_000
_COLUMNWISE = 1
_MINIMISE = 1
_PROGRESS_SECONDS = 1.0

# The simplex methods use one thread; more would only be started and wait (2 ms, most of a small program's time).
_ALGORITHM: dict[Algorithm, dict[str, Any]] = {
    "choose": {"solver": "choose", "threads": 1},
    "simplex": {"solver": "simplex", "threads": 1},
    # Only the primal method stays at the optimum when it starts from a basis there; it must not be perturbed away.
    "primal-simplex": {
        "solver": "simplex",
        "threads": 1,
        "simplex_strategy": 4,
        "primal_simplex_bound_perturbation_multiplier": 0.0,
    },
    "ipx": {"solver": "ipx"},
    "hipo": {"solver": "hipo"},
}

_STATUS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible_or_unbounded",
    highspy.HighsModelStatus.kTimeLimit: "limit",
    highspy.HighsModelStatus.kIterationLimit: "limit",
    highspy.HighsModelStatus.kInterrupt: "interrupted",
}

_TO_HIGHS = {
    AT_LOWER: highspy.HighsBasisStatus.kLower,
    BASIC: highspy.HighsBasisStatus.kBasic,
    AT_UPPER: highspy.HighsBasisStatus.kUpper,
    AT_ZERO: highspy.HighsBasisStatus.kZero,
}
_FROM_HIGHS = {status: number for number, status in _TO_HIGHS.items()}


class Highs:
    """One live HiGHS object.

    Parameters
    ----------
    algorithm : {"choose", "simplex", "primal-simplex", "ipx", "hipo"}
        HiGHS's own choice, its dual or its primal simplex, or one of its interior-point methods with crossover.
    """

    def __init__(self, algorithm: Algorithm = "choose") -> None:
        self.name = "highs" if algorithm == "choose" else f"highs-{algorithm}"
        self._algorithm = algorithm
        self._highs = _silent()
        self._lp: LinearProgram | None = None

    def load(self, lp: LinearProgram) -> None:
        """Hand the arrays over."""
        rows, columns = lp.shape
        status = self._highs.passModel(
            columns, rows, lp.matrix.nnz, _COLUMNWISE, _MINIMISE, lp.offset, lp.cost, lp.lower, lp.upper,
            lp.row_lower, lp.row_upper, lp.matrix.indptr.astype(np.int32, copy=False),
            lp.matrix.indices.astype(np.int32, copy=False), lp.matrix.data, np.zeros(columns, dtype=np.int32),
        )  # fmt: skip
        if status == highspy.HighsStatus.kError:
            raise OptimizerError("HiGHS refused the program; this is a defect of the optimizer, please report it")
        self._lp = lp

    def apply(self, lp: LinearProgram, patch: Patch) -> None:
        """Change the numbers of the loaded program in place, so that the last basis still serves."""
        if self._lp is None or len(patch.entries) > _ENTRIES_WORTH_CHANGING:
            self.load(lp)
            return
        highs = self._highs
        if len(patch.cost):
            highs.changeColsCost(len(patch.cost), patch.cost.astype(np.int32), lp.cost[patch.cost])
        if len(patch.bounds):
            at = patch.bounds
            highs.changeColsBounds(len(at), at.astype(np.int32), lp.lower[at], lp.upper[at])
        if len(patch.row_bounds):
            at = patch.row_bounds
            highs.changeRowsBounds(len(at), at.astype(np.int32), lp.row_lower[at], lp.row_upper[at])
        column_of = np.searchsorted(lp.matrix.indptr, patch.entries, side="right") - 1
        for entry, column in zip(patch.entries.tolist(), column_of.tolist(), strict=True):
            highs.changeCoeff(int(lp.matrix.indices[entry]), column, float(lp.matrix.data[entry]))
        highs.changeObjectiveOffset(lp.offset)
        self._lp = lp

    @property
    def basis(self) -> Basis | None:
        """The basis of the last run; None where it has none."""
        basis = self._highs.getBasis()
        if not basis.valid:
            return None
        return Basis(_numbers(basis.col_status), _numbers(basis.row_status))

    def start_at(self, basis: Basis) -> None:
        """Begin the next run at a basis."""
        start = highspy.HighsBasis()
        start.col_status = [_TO_HIGHS[status] for status in basis.columns.tolist()]
        start.row_status = [_TO_HIGHS[status] for status in basis.rows.tolist()]
        start.valid = True
        self._highs.setBasis(start)

    def run(self, options: EngineOptions) -> Outcome:
        """Solve what is loaded; Ctrl-C stops HiGHS at its next iteration."""
        settings = self._set(options)
        started = time.perf_counter()
        try:
            _run_watched(self._highs, options)
        except BaseException:
            self._begin_anew()
            raise
        seconds = time.perf_counter() - started
        claim, info = self._highs.getModelStatus(), self._highs.getInfo()
        x, row_dual = self._point()
        return Outcome(
            engine=f"{self.name} {self._highs.version()}",
            status=_STATUS.get(claim, "failed"),
            x=x,
            row_dual=row_dual,
            seconds=seconds,
            iterations=max(0, info.simplex_iteration_count) + max(0, info.ipm_iteration_count),
            message=self._highs.modelStatusToString(claim),
            settings=settings | {"time_limit": options.time_limit},
            basic=x is not None and self._highs.getBasis().valid,
        )

    def _begin_anew(self) -> None:
        """Leave the interrupted object alone, which may still be running, and take a new one for the program."""
        assert self._lp is not None
        self._highs = _silent()
        self.load(self._lp)

    def _point(self) -> tuple[FloatArray | None, FloatArray | None]:
        assert self._lp is not None, "load a program first"
        if not self._lp.shape[1]:  # HiGHS gives no point of a program without columns
            return np.empty(0), np.zeros(self._lp.shape[0])
        solution = self._highs.getSolution()
        if not (solution.value_valid and solution.dual_valid):
            return None, None
        return np.array(solution.col_value), np.array(solution.row_dual)

    def _deadline(self, time_limit: float | None) -> float:
        """HiGHS counts the time of all its runs; the limit is meant for the next one."""
        return float("inf") if time_limit is None else float(self._highs.getRunTime()) + time_limit

    def _set(self, options: EngineOptions) -> dict[str, Any]:
        settings: dict[str, Any] = _ALGORITHM[self._algorithm] | {
            "time_limit": self._deadline(options.time_limit),
            "primal_feasibility_tolerance": options.tolerance,
            "dual_feasibility_tolerance": options.tolerance,
        }
        if options.threads is not None:
            settings["threads"] = options.threads
        for name, value in settings.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise OptimizerError(f"HiGHS does not take {value!r} for its option {name!r}")
        return settings


def _silent() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs


def _numbers(statuses: Any) -> Statuses:
    return np.fromiter((_FROM_HIGHS.get(status, AT_LOWER) for status in statuses), dtype=np.int8, count=len(statuses))


def _run_watched(highs: highspy.Highs, options: EngineOptions) -> None:
    """Run in a thread of its own, so that this one stays free for Ctrl-C and to report progress."""
    with Interrupt() as interrupt:
        watch = _Watch(options, interrupt)
        highs.setCallback(watch.callback, None)
        kinds = highspy.cb.HighsCallbackType
        for kind in (kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
            highs.startCallback(kind)
        done = threading.Event()
        threading.Thread(target=_run_then_set, args=(highs, done), daemon=True).start()
        # Not `Thread.join`: after an exception in it, Python 3.11 takes a running thread for a finished one.
        try:
            while not done.wait(0.05):
                watch.report()
        except BaseException:  # a second Ctrl-C, or an error of who hears the progress: nobody waits for the run
            interrupt.arrived = True
            raise
        highs.setCallback(None, None)


def _run_then_set(highs: highspy.Highs, done: threading.Event) -> None:
    try:
        super(highspy.Highs, highs).run()  # highspy's own `run` would start a thread as well
    finally:
        done.set()


class _Watch:
    """Carries Ctrl-C into HiGHS and its iteration count out."""

    def __init__(self, options: EngineOptions, interrupt: Interrupt) -> None:
        self._interrupt, self._progress = interrupt, options.progress
        self._started = self._reported = time.perf_counter()
        self._iterations = 0

    def callback(self, _kind: Any, _message: str, out: Any, into: Any, _data: Any) -> None:
        # HiGHS says -1 where it does not count.
        self._iterations = max(self._iterations, out.simplex_iteration_count, out.ipm_iteration_count)
        into.user_interrupt = self._interrupt.arrived

    def report(self) -> None:
        now = time.perf_counter()
        if self._progress is not None and now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            self._progress(f"{now - self._started:.0f} s, {self._iterations} iterations")
