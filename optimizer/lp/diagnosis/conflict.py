"""A small set of rows that cannot hold together: irreducible in its parts, and tight in time.

A deletion filter (Chinneck, J. W., Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear
programs. ORSA Journal on Computing 3, 157-168. doi:10.1287/ijoc.3.2.157) over parts, not over single rows: a part is
what a person can name. Time comes first: a window grows around a place until the rows in it are in conflict on their
own, so that all that follows works on a small program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import Certificate
from optimizer.lp.diagnosis.bending import Bent
from optimizer.lp.diagnosis.parts import BoolArray, Part
from optimizer.lp.diagnosis.proof import proved_optimum
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import PROOF_THRESHOLD, elastic

_GROWTH = 3
# Windows longer than this are not made tighter, and only in shorter ones single intervals are tried.
_TIGHTEN = 1_000
_SINGLES = 48
_DUST = 1e-7
_RAY_DUST = np.array([1e-3, 1e-6])  # an interior point leaves some where a vertex has zeros


@dataclass(frozen=True)
class Conflict:
    """Parts that cannot hold together.

    Attributes
    ----------
    parts : tuple of Part
        Without any one of them the rest can hold.
    intervals : (k,)
        The intervals of time whose rows are in it, in order.
    certificate : Certificate
        Proof: the least sum of violations of these rows alone.
    """

    parts: tuple[Part, ...]
    intervals: IntArray
    certificate: Certificate


def smallest_conflict(
    lp: LinearProgram,
    parts: Sequence[Part],
    length: int,
    *,
    around: int | None,
    bent: Bent,
    options: EngineOptions,
) -> Conflict | None:
    """Search for a small conflict.

    Parameters
    ----------
    lp : LinearProgram
        An infeasible program.
    parts : sequence of Part
        All of it.
    length : int
        How many intervals of time there are.
    around : int or None
        The interval to start from; None where the conflict has no place in time.
    bent : Bent
        Its least violation: only the parts that gave way there give way here, and what its ray does not touch is left
        out at once.
    options : EngineOptions
        For each engine.

    Returns
    -------
    Conflict or None
        None where infeasibility could not be proved again.
    """
    search = _Search(lp, bent.weights, _giving_way(lp, parts, bent), options)
    chosen = _window(search, parts, length, around)
    kept = _touched(search, lp, parts, chosen, bent.ray) if chosen.all() else list(parts)
    for part in list(kept):
        fewer = [other for other in kept if other is not part]
        if search.infeasible(fewer, chosen):
            kept = fewer
    if chosen.sum() <= _TIGHTEN:
        chosen = _tightened(lambda trial: search.infeasible(kept, trial), chosen)
    return None if search.proof is None else Conflict(tuple(kept), np.flatnonzero(chosen), search.proof)


class _Search:
    """Asks whether a choice of parts and intervals is in conflict on its own.

    Attributes
    ----------
    proof : Certificate or None
        Of the last choice that was. As choices only get smaller, it is the smallest.
    """

    def __init__(self, lp: LinearProgram, weights: FloatArray, may_bend: BoolArray, options: EngineOptions) -> None:
        self._lp, self._weights, self._may_bend, self._options = lp, weights, may_bend, options
        self._by_row = lp.matrix.tocsr()
        self.proof: Certificate | None = None

    def infeasible(self, parts: Sequence[Part], intervals: BoolArray) -> bool:
        """Whether it is proved to be; what cannot be proved counts as possible."""
        certificate = self._violation(parts, intervals)
        if certificate is None or certificate.dual_objective <= PROOF_THRESHOLD:
            return False
        self.proof = certificate
        return True

    def _violation(self, parts: Sequence[Part], intervals: BoolArray) -> Certificate | None:
        """Prove the least violation; None where there is none, or no engine came to a proved end."""
        rows = np.sort(_joined([part.within(intervals) for part in parts if not part.limits]))
        bends: Any = self._may_bend[rows]
        if not bends.any():
            return None  # the others hold together: they did when these gave way
        limited = np.zeros(self._lp.shape[1], dtype=bool)
        limited[_joined([part.within(intervals) for part in parts if part.limits])] = True
        stretched = elastic(self._only(rows, limited), self._weights[rows], may_bend=bends)
        found = proved_optimum(stretched.lp, self._options)
        return None if found is None else found.certificate

    def _only(self, rows: IntArray, limited: BoolArray) -> LinearProgram:
        """Keep these rows and the columns in them; columns that are not limited keep their sign alone."""
        lp, matrix = self._lp, self._by_row[rows]
        in_them = np.zeros(lp.shape[1], dtype=bool)
        in_them[matrix.indices] = True
        columns = np.flatnonzero(in_them)  # `np.unique` would take as long as a third of the solve
        keep = limited[columns]
        lower, upper = lp.lower[columns], lp.upper[columns]
        return LinearProgram(
            cost=np.zeros(len(columns)),
            lower=np.where(keep, lower, np.minimum(lower, 0.0)),
            upper=np.where(keep, upper, np.inf),
            row_lower=lp.row_lower[rows],
            row_upper=lp.row_upper[rows],
            matrix=matrix[:, columns].tocsc(),
        )


def _giving_way(lp: LinearProgram, parts: Sequence[Part], bent: Bent) -> BoolArray:
    """Mark the rows of all parts that gave way."""
    marked = np.zeros(lp.shape[0], dtype=bool)
    for part in parts:
        if not part.limits:
            marked[part.members] = (np.abs(bent.violations[part.members]) > _DUST).any()
    return marked


def _joined(members: Sequence[IntArray]) -> IntArray:
    return np.concatenate([*members, np.empty(0, dtype=np.int64)]).astype(np.int64)


def _window(search: _Search, parts: Sequence[Part], length: int, around: int | None) -> BoolArray:
    """Grow a window around a place until what is in it is in conflict on its own."""
    everything = np.ones(length, dtype=bool)
    if around is None:
        return everything
    reach = 0
    while 2 * reach + 1 < length:
        chosen = np.zeros(length, dtype=bool)
        chosen[max(0, around - reach) : around + reach + 1] = True
        if search.infeasible(parts, chosen):
            return chosen
        reach = max(1, _GROWTH * reach)
    return everything


def _touched(
    search: _Search, lp: LinearProgram, parts: Sequence[Part], chosen: BoolArray, ray: FloatArray
) -> list[Part]:
    """Leave out the parts that a ray does not touch, if what is left is still in conflict."""
    reduced = -(lp.matrix.T @ ray)
    leans_on_limit = ((reduced < 0) & np.isfinite(lp.upper)) | ((reduced > 0) & (lp.lower != 0))
    on_rows, on_columns = np.abs(ray), np.where(leans_on_limit, np.abs(reduced), 0.0)
    for dust in _RAY_DUST * on_rows.max(initial=0.0):
        touched = [part for part in parts if ((on_columns if part.limits else on_rows)[part.members] > dust).any()]
        if search.infeasible(touched, chosen):
            return touched
    return list(parts)


def _tightened(infeasible: Callable[[BoolArray], bool], chosen: BoolArray) -> BoolArray:
    """Cut a window from both ends as far as the conflict stays, then try its intervals one by one."""
    first, last = int(np.flatnonzero(chosen)[0]), int(np.flatnonzero(chosen)[-1])

    def between(low: int, high: int) -> BoolArray:
        trial = np.zeros_like(chosen)
        trial[low : high + 1] = True
        return trial

    # The fewer intervals, the less is in conflict, so that halving finds each end.
    first = _last_true(lambda low: infeasible(between(low, last)), first, last)
    last = -_last_true(lambda high: infeasible(between(first, -high)), -last, -first)
    chosen = between(first, last)
    if last - first < _SINGLES:
        for place in range(first + 1, last):
            trial = chosen.copy()
            trial[place] = False
            if infeasible(trial):
                chosen = trial
    return chosen


def _last_true(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Find the last number from `low` on for which something holds that holds for `low`, and stops for good once."""
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
