"""What interior-point engines share: they see the reduced program, with equalities apart from two-sided rows."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.engines.base import EngineOptions, Outcome, Status
from optimizer.lp.reduction import InfeasibleOnSightError, Reduction

if TYPE_CHECKING:
    from scipy.sparse import csc_array


class Found(NamedTuple):
    """What an engine made of the reduced program.

    Attributes
    ----------
    status : Status
        Its claim.
    message : str
        Its own words on how it ended.
    iterations : int
        How many it took.
    x, row_dual : (n,), (m,) or None
        Its point.
    """

    status: Status
    message: str
    iterations: int = 0
    x: FloatArray | None = None
    row_dual: FloatArray | None = None


class ReducedEngine(ABC):
    """An engine on the reduced program; every run starts afresh.

    Attributes
    ----------
    name : str
        Under which it is asked for.
    title : str
        Name and version.
    settings : dict
        Options that every run sets.
    """

    name: str
    title: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self._lp: LinearProgram | None = None

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
        point = None
        try:
            reduction = Reduction(self._lp)
        except InfeasibleOnSightError:  # which an engine with a proof has to confirm
            found = Found("infeasible", "infeasible on sight")
        else:
            found = self._found(reduction.reduced, options.after(time.perf_counter() - started))
            point = _restored(reduction, found)
        x, row_dual = point or (None, None)
        seconds = time.perf_counter() - started
        return Outcome(
            self.title, found.status, x, row_dual, seconds, found.iterations, found.message, dict(self.settings)
        )

    def _found(self, lp: LinearProgram, options: EngineOptions) -> Found:
        if not len(lp.cost):
            return Found("optimal", "reduced", 0, np.empty(0), np.zeros(len(lp.row_lower)))
        return self.solve(lp, options)

    @abstractmethod
    def solve(self, lp: LinearProgram, options: EngineOptions) -> Found:
        """Solve a reduced program with columns in it."""


def _restored(reduction: Reduction, found: Found) -> tuple[FloatArray, FloatArray] | None:
    """Bring a point back to the full program; columns a rounding error outside their bounds are moved onto them."""
    x, row_dual, lp = found.x, found.row_dual, reduction.reduced
    if x is None or row_dual is None or not (np.isfinite(x).all() and np.isfinite(row_dual).all()):
        return None
    return reduction.restore(np.clip(x, lp.lower, lp.upper), row_dual)


class Split(NamedTuple):
    """A program with its equalities apart.

    Attributes
    ----------
    equal : (m,) bool
        Which rows are equalities.
    equalities, inequalities : scipy.sparse.csc_array
        Their coefficients.
    """

    equal: np.ndarray[tuple[int], np.dtype[np.bool_]]
    equalities: csc_array
    inequalities: csc_array


def split(lp: LinearProgram) -> Split:
    """Part the rows into equalities and inequalities."""
    equal = lp.row_lower == lp.row_upper
    by_row = lp.matrix.tocsr()
    return Split(equal, by_row[equal].tocsc(), by_row[~equal].tocsc())


def cost_scale(lp: LinearProgram) -> float:
    """Give a power of two that brings the typical cost coefficient to about 1; exact to apply and to undo."""
    sizes = np.abs(lp.cost[lp.cost != 0])
    return float(2.0 ** -np.round(np.log2(np.median(sizes)))) if len(sizes) else 1.0
