"""A small set of rows that cannot hold together: irreducible in its parts, and tight in time.

A deletion filter (Chinneck, J. W., Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear
programs. ORSA Journal on Computing 3, 157-168. doi:10.1287/ijoc.3.2.157) over parts, not over single rows: a part is
what a person can name. Time comes first: a window grows around a place until the rows in it are in conflict on their
own, so that all that follows works on a small program. What a Farkas ray hardly leans on goes next, all at once. That a
part is needed may be shown by any point at which it alone is broken, so that points that are known already, and those
that other trials end at, are looked at before anything is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import DEFAULT_TOLERANCE, Certificate
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
# Shares of a ray from which a part is likely to be in conflict; it does not lean on what has next to none.
_STRONG, _SLIGHT = 1e-2, 1e-5
_NOTHING = 1e-9
# What a point that shows a part to be needed may break of the others, over what they break together with it.
_LITTLE = 1e-3
_ROUNDS = 4


@dataclass(frozen=True)
class Conflict:
    """Parts that cannot hold together.

    Attributes
    ----------
    parts : tuple of Part
        The parts.
    intervals : (k,)
        The intervals of time whose rows are in it, in order.
    certificate : Certificate
        Proof: the least sum of violations of these rows alone.
    rows, columns : (r,), (c,)
        The rows of the program, and the columns whose bounds are meant.
    """

    parts: tuple[Part, ...]
    intervals: IntArray
    certificate: Certificate
    rows: IntArray
    columns: IntArray


class ConflictSearch:
    """Searches for a small conflict, in two steps: one that is proved, and one from which no part can be left out.

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
        Its least violation: only the parts that gave way there give way here, and what its ray hardly leans on is left
        out at once.
    options : EngineOptions
        For each engine.
    """

    def __init__(
        self,
        lp: LinearProgram,
        parts: Sequence[Part],
        length: int,
        *,
        around: int | None,
        bent: Bent,
        options: EngineOptions,
    ) -> None:
        self._needed = _Needed(lp, bent.weights, [bent.point])
        self._trial = _Trial(lp, bent.weights, _giving_way(lp, parts, bent), options)
        self._shares = {id(part): share for part, share in zip(parts, _shares(lp, parts, bent.ray), strict=True)}
        # What has no time, such as a year's total, would bring the columns of all hours into every window.
        likely = [part for part in parts if part.axis or self._shares[id(part)] >= _SLIGHT]
        self._chosen = _window(self._trial, likely, length, around)
        self._kept, self._smallest = likely, False
        if self._trial.proof is None:
            self._kept = self._leant_on_most(lp, parts)
        else:
            self.smallest()  # within a window, trials take next to nothing

    @property
    def first(self) -> Conflict | None:
        """A conflict that is proved to be one; there may be parts in it that are not needed."""
        proof = self._trial.proof
        if proof is None:
            return None
        members = [
            _joined([part.within(self._chosen) for part in self._kept if part.limits == limits])
            for limits in (False, True)
        ]
        return Conflict(tuple(self._kept), np.flatnonzero(self._chosen), proof, np.sort(members[0]), members[1])

    def smallest(self, points: Sequence[FloatArray] = ()) -> Conflict | None:
        """Leave out all that is not needed: without any one of the parts that stay, the others can hold.

        Parameters
        ----------
        points : sequence of (n,)
            Points at which much of the program holds, such as plans of programs that differ in a few numbers; each may
            spare a trial.

        Returns
        -------
        Conflict or None
            None where infeasibility could not be proved again.
        """
        if self._smallest or self._trial.proof is None:
            return self.first
        self._needed.points += points
        for part in sorted(self._kept, key=lambda part: self._shares[id(part)]):
            if self._needed.shown(part, self._kept, self._chosen, self._trial.proof.dual_objective):
                continue
            fewer = [other for other in self._kept if other is not part]
            if self._trial.infeasible(fewer, self._chosen):
                self._kept = fewer
            elif self._trial.point is not None:
                self._needed.points.append(self._trial.point)
        if self._chosen.sum() <= _TIGHTEN:
            self._chosen = _tightened(lambda trial: self._trial.infeasible(self._kept, trial), self._chosen)
        self._smallest = True
        return self.first

    def _leant_on_most(self, lp: LinearProgram, parts: Sequence[Part]) -> list[Part]:
        """Begin with what the ray leans on most, and add what is broken where that holds, until it is in conflict."""
        shares = [self._shares[id(part)] for part in parts]
        chosen = [share >= _STRONG for share in shares]
        for row, part in enumerate(parts):
            # Rows that ask for nothing themselves tie others together.
            chosen[row] |= shares[row] >= _NOTHING and not part.limits and not _sides(lp, part).any()
        for _ in range(_ROUNDS):
            kept = [part for part, taken in zip(parts, chosen, strict=True) if taken]
            if self._trial.infeasible(kept, self._chosen):
                return kept
            if self._trial.point is None:
                break
            self._needed.points.append(self._trial.point)
            broken = [
                share >= _NOTHING and self._needed.breaks(part) for part, share in zip(parts, shares, strict=True)
            ]
            if not any(more and not taken for more, taken in zip(broken, chosen, strict=True)):
                break
            chosen = [more or taken for more, taken in zip(broken, chosen, strict=True)]
        return list(parts) if self._trial.infeasible(parts, self._chosen) else []


class _Trial:
    """Asks whether a choice of parts and intervals is in conflict on its own.

    Attributes
    ----------
    proof : Certificate or None
        Of the last choice that was. As choices only get smaller, it is the smallest.
    point : (n,) or None
        Where the last trial ended; what is not in it is 0.
    """

    def __init__(self, lp: LinearProgram, weights: FloatArray, may_bend: BoolArray, options: EngineOptions) -> None:
        self._lp, self._weights, self._may_bend, self._options = lp, weights, may_bend, options
        self._by_row = lp.matrix.tocsr()
        self.proof: Certificate | None = None
        self.point: FloatArray | None = None

    def infeasible(self, parts: Sequence[Part], intervals: BoolArray) -> bool:
        """Whether it is proved to be; what cannot be proved counts as possible."""
        certificate = self._violation(parts, intervals)
        if certificate is None or certificate.dual_objective <= PROOF_THRESHOLD:
            return False
        self.proof = certificate
        return True

    def _violation(self, parts: Sequence[Part], intervals: BoolArray) -> Certificate | None:
        """Prove the least violation; None where there is none, or no engine came to a proved end."""
        self.point = None
        rows = np.sort(_joined([part.within(intervals) for part in parts if not part.limits]))
        bends: Any = self._may_bend[rows]
        if not bends.any():
            return None  # the others hold together: they did when these gave way
        limited = np.zeros(self._lp.shape[1], dtype=bool)
        limited[_joined([part.within(intervals) for part in parts if part.limits])] = True
        program, columns = self._only(rows, limited)
        found = proved_optimum(elastic(program, self._weights[rows], may_bend=bends).lp, self._options)
        if found is None:
            return None
        self.point = np.zeros(self._lp.shape[1])
        self.point[columns] = found.x[: len(columns)]
        return found.certificate

    def _only(self, rows: IntArray, limited: BoolArray) -> tuple[LinearProgram, IntArray]:
        """Keep these rows and the columns in them; columns that are not limited keep their sign alone."""
        lp, matrix = self._lp, self._by_row[rows]
        in_them = np.zeros(lp.shape[1], dtype=bool)
        in_them[matrix.indices] = True
        columns = np.flatnonzero(in_them)  # `np.unique` would take as long as a third of the solve
        keep = limited[columns]
        lower, upper = lp.lower[columns], lp.upper[columns]
        program = LinearProgram(
            cost=np.zeros(len(columns)),
            lower=np.where(keep, lower, np.minimum(lower, 0.0)),
            upper=np.where(keep, upper, np.inf),
            row_lower=lp.row_lower[rows],
            row_upper=lp.row_upper[rows],
            matrix=matrix[:, columns].tocsc(),
            layout=None if lp.layout is None else lp.layout.take(rows, columns),
        )
        return program, columns


class _Needed:
    """Points that show that a part is needed: what else is in conflict with it holds there.

    Attributes
    ----------
    points : list of (n,)
        Whatever points are known, feasible or not.
    """

    def __init__(self, lp: LinearProgram, weights: FloatArray, points: Sequence[FloatArray]) -> None:
        self._lp, self._weights, self._sizes = lp, weights, abs(lp.matrix)
        self.points = [np.zeros(lp.shape[1]), *points]
        self._broken: list[tuple[FloatArray, FloatArray]] = []

    def breaks(self, part: Part) -> bool:
        """Tell whether the last point breaks a part."""
        rows, columns = self._breach(self.points[-1])
        return bool((columns if part.limits else rows)[part.members].sum() > PROOF_THRESHOLD)

    def shown(self, part: Part, kept: Sequence[Part], chosen: BoolArray, least: float) -> bool:
        """Tell whether all the others hold at one of the points, next to the violation that they have with the part."""
        self._broken += map(self._breach, self.points[len(self._broken) :])
        others = [(other.limits, other.within(chosen)) for other in kept if other is not part]
        return any(
            sum(float(broken[limits][members].sum()) for limits, members in others) <= _LITTLE * least
            for broken in self._broken
        )

    def _breach(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """By how much a point breaks the rows, weighted, and the bounds of the columns; all keep their sign.

        What a certificate would not let pass counts without end.
        """
        lp = self._lp
        point = np.maximum(point, np.minimum(lp.lower, 0.0))
        activity, sizes = lp.matrix @ point, self._sizes @ np.abs(point)
        rows = _beyond(activity, lp.row_lower, lp.row_upper, sizes)
        return self._weights * rows, _beyond(point, lp.lower, lp.upper, np.abs(point))


def _beyond(value: FloatArray, lower: FloatArray, upper: FloatArray, sizes: FloatArray) -> FloatArray:
    breach = np.maximum(np.maximum(lower - value, value - upper), 0.0)
    return np.where(breach > DEFAULT_TOLERANCE * np.maximum(1.0, sizes), np.inf, breach)


def _sides(lp: LinearProgram, part: Part) -> FloatArray:
    """Give the sides of a part's rows that exist."""
    sides = np.concatenate([lp.row_lower[part.members], lp.row_upper[part.members]])
    finite: FloatArray = sides[np.isfinite(sides)]
    return finite


def _giving_way(lp: LinearProgram, parts: Sequence[Part], bent: Bent) -> BoolArray:
    """Mark the rows of all parts that gave way."""
    marked = np.zeros(lp.shape[0], dtype=bool)
    for part in parts:
        if not part.limits:
            marked[part.members] = (np.abs(bent.violations[part.members]) > _DUST).any()
    return marked


def _shares(lp: LinearProgram, parts: Sequence[Part], ray: FloatArray) -> list[float]:
    """Tell how much a ray leans on each part: its share of all duals, or of all that they ask for, as a rule's row."""
    reduced = -(lp.matrix.T @ ray)
    on_limits = np.where(((reduced < 0) & np.isfinite(lp.upper)) | ((reduced > 0) & (lp.lower != 0)), reduced, 0.0)
    sums = np.zeros((len(parts), 2))
    for row, part in enumerate(parts):
        duals, low, high = (on_limits, lp.lower, lp.upper) if part.limits else (ray, lp.row_lower, lp.row_upper)
        duals = duals[part.members]
        sides = np.where(duals > 0, low[part.members], high[part.members])
        sums[row] = np.abs(duals).sum(), np.abs(duals * np.where(np.isfinite(sides), sides, 0.0)).sum()
    totals = sums.sum(axis=0)
    return list((sums / np.where(totals > 0, totals, 1.0)).max(axis=1, initial=0.0))


def _joined(members: Sequence[IntArray]) -> IntArray:
    return np.concatenate([*members, np.empty(0, dtype=np.int64)]).astype(np.int64)


def _window(search: _Trial, parts: Sequence[Part], length: int, around: int | None) -> BoolArray:
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
