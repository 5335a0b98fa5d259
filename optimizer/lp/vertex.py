"""From an interior point to a vertex: a basic solution with exact zeros, ties decided, and its clean duals.

An interior-point method ends somewhere on the face of all optimal plans, and tells which columns and rows rest at a
bound on all of it: those whose distance to the bound is far smaller than their dual. With these held fast the simplex
method finds a vertex of the face at once, since presolve takes nearly all away; and that vertex's basis is feasible and
optimal but for ties, which a few steps of the primal simplex method settle. (Guessing the whole basis by rank instead
leaves it thousands short of full rank, and the simplex method then starts far from the optimum.)
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.basis import BASIC, Basis, resting
from optimizer.lp.engines.base import EngineOptions, Outcome
from optimizer.lp.reduction import Reduction

# How much nearer to its bound than its dual (both in typical sizes of the program) something must be to be held there:
# the second try holds only what is beyond all doubt.
_STRICTNESS = (1e-1, 1e-5)


class Vertex(NamedTuple):
    """What came of it.

    Attributes
    ----------
    outcome : Outcome
        The basic solution of the full program; the engine's own message where there is none.
    basis : Basis or None
        Its basis in the full program; None where the reduction exchanged columns.
    """

    outcome: Outcome
    basis: Basis | None


def to_vertex(lp: LinearProgram, x: FloatArray, row_dual: FloatArray, options: EngineOptions) -> Vertex:
    """Find a vertex beside a nearly optimal point.

    Parameters
    ----------
    lp : LinearProgram
        The full program.
    x, row_dual : (n,), (m,)
        A nearly optimal point and its duals.
    options : EngineOptions
        For the simplex method; the time limit is for all of it.
    """
    from optimizer.lp.engines.highs import Highs  # noqa: PLC0415 (few runs ask for a vertex, or need HiGHS at all)

    started = time.perf_counter()
    reduction = Reduction(lp)
    near = reduction.shrink(x, row_dual)
    finish, iterations = Highs("primal-simplex"), 0
    finish.load(reduction.reduced)
    for strictness in _STRICTNESS:
        held = Highs("simplex")
        held.load(face(reduction.reduced, near.x, near.row_dual, strictness))
        on_face = held.run(_rest(options, started))
        iterations += on_face.iterations
        if on_face.status == "optimal" and on_face.x is not None and held.basis is not None:
            finish.start_at(_without_face(reduction.reduced, on_face.x, held.basis))
            break
    found = finish.run(_rest(options, started))
    found = replace(found, seconds=time.perf_counter() - started, iterations=iterations + found.iterations)
    if found.x is None or found.row_dual is None:
        return Vertex(found, None)
    restored = reduction.restore(found.x, found.row_dual)
    basis = None if finish.basis is None else reduction.lift(finish.basis, restored)
    return Vertex(replace(found, x=restored.x, row_dual=restored.row_dual), basis)


def face(lp: LinearProgram, x: FloatArray, row_dual: FloatArray, strictness: float) -> LinearProgram:
    """Hold what rests at a bound on the whole optimal face.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    x, row_dual : (n,), (m,)
        A nearly optimal point inside the face, and its duals.
    strictness : float
        The smaller, the less is held.
    """
    activity, reduced_cost = lp.matrix @ x, lp.cost - lp.matrix.T @ row_dual
    ratio = strictness * _typical(np.abs(x)) / _typical(np.abs(np.concatenate([reduced_cost, row_dual])))
    lower, upper = _held(x, reduced_cost * ratio, lp.lower, lp.upper)
    row_lower, row_upper = _held(activity, row_dual * ratio, lp.row_lower, lp.row_upper)
    return replace(lp, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)


def _held(value: FloatArray, dual: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Let bounds meet where the value is nearer to one of them than the size of its dual."""
    return np.where(upper - value < -dual, upper, lower), np.where(value - lower < dual, lower, upper)


def _typical(sizes: FloatArray) -> float:
    """Give the median of what is not negligible."""
    counted = sizes[sizes > 1e-3 * sizes.max(initial=0.0)]
    return float(np.median(counted)) if len(counted) else 1.0


def _without_face(lp: LinearProgram, x: FloatArray, basis: Basis) -> Basis:
    """State a basis of the face for the program itself: what was held rests at one of its own bounds."""
    columns = np.where(basis.columns == BASIC, BASIC, resting(x, lp.lower, lp.upper))
    rows = np.where(basis.rows == BASIC, BASIC, resting(lp.matrix @ x, lp.row_lower, lp.row_upper))
    return Basis(columns.astype(np.int8), rows.astype(np.int8))


def _rest(options: EngineOptions, started: float) -> EngineOptions:
    return options.after(time.perf_counter() - started)
