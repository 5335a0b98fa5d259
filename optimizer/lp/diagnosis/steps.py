"""How far data have to be changed until a program has a plan: one linear program for the least change.

A change of data that moves only bounds of rows and columns does so in proportion to its size, so its size can be a
column of the program. A change of coefficients cannot be found in this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis.bending import Bent
from optimizer.lp.diagnosis.conflict import Conflict
from optimizer.lp.diagnosis.proof import proved_optimum
from optimizer.lp.engines.base import EngineOptions

if TYPE_CHECKING:
    from scipy.sparse import csc_array


_DUST = 1e-6


class Step(NamedTuple):
    """The least change.

    Attributes
    ----------
    sizes : (k,)
        How far to go in each direction.
    least : float
        Proved lower bound on the priced sum of sizes: with less there is no plan.
    """

    sizes: FloatArray
    least: float


class _Shift(NamedTuple):
    """By how much bounds move for one unit of a change."""

    row: FloatArray
    lower: FloatArray
    upper: FloatArray


def first_gain(lp: LinearProgram, ray: FloatArray, unit: LinearProgram) -> float:
    """Tell by how much the least violation falls for the first unit of a change.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    ray : (m,)
        Row duals of its least violation, `Bent.ray`.
    unit : LinearProgram
        The program with one unit of the change.

    Returns
    -------
    float
        Not above zero where the change never helps, however large (the least violation is convex in it); zero where
        the change moves something else than bounds.
    """
    shift = _shift(lp, unit)
    if shift is None:
        return 0.0
    reduced = -(lp.matrix.T @ ray)
    sides = np.where(reduced > 0, shift.lower, shift.upper)
    return -float(ray @ shift.row + reduced @ sides)


def moves_any_of(conflict: Conflict, lp: LinearProgram, unit: LinearProgram) -> bool:
    """Tell whether a change moves anything of a conflict; as long as none does, nothing has a plan.

    Parameters
    ----------
    conflict : Conflict
        What is proved to be one.
    lp : LinearProgram
        The program.
    unit : LinearProgram
        The program with one unit of the change.
    """
    shift = _shift(lp, unit)
    if shift is None:
        return True
    signs = np.minimum(lp.lower, 0.0) != np.minimum(unit.lower, 0.0)  # of columns whose limits are not meant
    moved = shift.row[conflict.rows], shift.lower[conflict.columns], shift.upper[conflict.columns], signs
    return any(bool(part.any()) for part in moved)


def least_steps(
    lp: LinearProgram,
    units: Sequence[LinearProgram],
    prices: FloatArray,
    most: FloatArray,
    options: EngineOptions,
) -> Step | None:
    """Find the least changes with which there is a plan.

    Parameters
    ----------
    lp : LinearProgram
        A program without a plan.
    units : sequence of LinearProgram
        The same program with one unit of each change.
    prices : (k,)
        What a unit of each change counts.
    most : (k,)
        How far each change may go.
    options : EngineOptions
        For each engine.

    Returns
    -------
    Step or None
        None where no size would do (or none could be proved to), or a change moves something else than bounds.
    """
    shifts = [_shift(lp, unit) for unit in units]
    if any(shift is None for shift in shifts):
        return None
    program = _with_sizes(lp, [shift for shift in shifts if shift is not None], prices, most)
    found = proved_optimum(program, options, certain=False)
    if found is None:
        return None
    return Step(found.x[lp.shape[1] :], found.certificate.dual_objective)


def step_of_one_row(lp: LinearProgram, bent: Bent, unit: LinearProgram) -> Step | None:
    """Find the least change without solving anything, where one row alone gave way and the change moves just that row.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    bent : Bent
        Its least violation.
    unit : LinearProgram
        The program with one unit of the change.

    Returns
    -------
    Step or None
        None where it has to be searched for.
    """
    shift = _shift(lp, unit)
    if shift is None or shift.lower.any() or shift.upper.any():
        return None
    sizes, moved = np.abs(bent.violations), np.flatnonzero(shift.row)
    gave_way = np.flatnonzero(sizes > _DUST * sizes.max(initial=0.0))
    if len(moved) != 1 or not np.array_equal(gave_way, moved):
        return None
    row = int(moved[0])
    size = -bent.violations[row] / shift.row[row]
    if size <= 0:
        return None
    return Step(np.array([size]), bent.certificate.dual_objective / (bent.weights[row] * abs(shift.row[row])))


def _shift(lp: LinearProgram, unit: LinearProgram) -> _Shift | None:
    """Compare two programs of one structure; None where they differ in more than the place of their bounds."""
    if not np.array_equal(lp.matrix.data, unit.matrix.data):
        return None
    sides = [_moved(getattr(lp, name), getattr(unit, name)) for name in ("row_lower", "row_upper", "lower", "upper")]
    if any(side is None for side in sides):
        return None
    low, high, lower, upper = (side for side in sides if side is not None)
    two_sided = np.isfinite(lp.row_lower) & np.isfinite(lp.row_upper)
    if not np.allclose(low[two_sided], high[two_sided], rtol=1e-9, atol=1e-12):
        return None
    return _Shift(np.where(np.isfinite(lp.row_lower), low, high), lower, upper)


def _moved(old: FloatArray, new: FloatArray) -> FloatArray | None:
    finite = np.isfinite(old)
    if not np.array_equal(finite, np.isfinite(new)):
        return None
    moved = np.zeros_like(old)
    moved[finite] = new[finite] - old[finite]
    return moved


def _with_sizes(lp: LinearProgram, shifts: Sequence[_Shift], prices: FloatArray, most: FloatArray) -> LinearProgram:
    """Add a column for each change; a bound of a column that moves becomes a row."""
    from scipy.sparse import csc_array, eye_array, hstack, vstack  # noqa: PLC0415

    columns, further = lp.shape[1], len(shifts)
    row, lower, upper = (np.array([getattr(shift, name) for shift in shifts]) for name in _Shift._fields)
    lows, highs = (np.flatnonzero(side.any(axis=0)) for side in (lower, upper))
    unit: csc_array = eye_array(columns, format="csr")
    free_lower, free_upper = lp.lower.copy(), lp.upper.copy()
    free_lower[lows], free_upper[highs] = -np.inf, np.inf
    blocks = [
        hstack([lp.matrix, csc_array(-row.T)]),
        hstack([unit[lows], csc_array(-lower[:, lows].T)]),
        hstack([unit[highs], csc_array(-upper[:, highs].T)]),
    ]
    return LinearProgram(
        cost=np.concatenate([np.zeros(columns), prices]),
        lower=np.concatenate([free_lower, np.zeros(further)]),
        upper=np.concatenate([free_upper, most]),
        row_lower=np.concatenate([lp.row_lower, lp.lower[lows], np.full(len(highs), -np.inf)]),
        row_upper=np.concatenate([lp.row_upper, np.full(len(lows), np.inf), lp.upper[highs]]),
        matrix=csc_array(vstack(blocks)),
        layout=None if lp.layout is None else lp.layout.extended(rows=len(lows) + len(highs), columns=further),
    )
