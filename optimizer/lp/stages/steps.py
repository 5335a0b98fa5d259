"""Directions of an interior-point step, how far they lead, and how they are put together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray

_WEIGHTS = np.linspace(0.0, 1.0, 9)[:, None]


class Direction(NamedTuple):
    """A direction.

    Attributes
    ----------
    w, y : (w,), (m,)
        Change of the places and of the row duals.
    p, e : (k,)
        Change of the distances to bounds, and of their duals, relative to themselves.
    """

    w: FloatArray
    y: FloatArray
    p: FloatArray
    e: FloatArray


def longest(relative: FloatArray) -> float:
    """Give the longest step, at most 1, that keeps all distances positive."""
    return _length(float(relative.min(initial=0.0)))


def combined(step: Direction, further: Direction, least: float) -> tuple[Direction, float, float]:
    """Add a further direction, whose arrays are used up, with the weights that let the step go furthest.

    Parameters
    ----------
    step, further : Direction
        What is added to, and what is added.
    least : float
        The smallest weight.

    Returns
    -------
    Direction
        The sum; the point and the duals have weights of their own.
    primal, dual : float
        How far it leads.
    """
    p, primal_weight, primal = _furthest(step.p, further.p, least)
    e, dual_weight, dual = _furthest(step.e, further.e, least)
    w, y = _added(step.w, further.w, primal_weight), _added(step.y, further.y, dual_weight)
    return Direction(w, y, p, e), primal, dual


def _added(own: FloatArray, further: FloatArray, weight: float) -> FloatArray:
    if weight != 1.0:
        np.multiply(further, weight, out=further)
    return np.add(own, further, out=further)


def _length(least: float) -> float:
    return 1.0 if least > -1.0 else -1.0 / least


def _furthest(step: FloatArray, further: FloatArray, least: float) -> tuple[FloatArray, float, float]:
    """Add with the weight that gives the longest step; give the sum, the weight, and how far it leads.

    What blocks is the least of many straight lines over the weight, and so has no valleys: where less of the further
    direction does not help what blocks with all of it, all of it is best.
    """
    whole = step + further
    if not len(whole):
        return whole, 1.0, 1.0
    first = whole.argmin()
    if whole[first] >= -1.0 or further[first] >= 0.0:
        return whole, 1.0, _length(float(whole[first]))
    weight, blocking = _best_weight(step, further, whole, least)
    return _added(step, further, weight), weight, _length(blocking)


def _best_weight(step: FloatArray, further: FloatArray, whole: FloatArray, least: float) -> tuple[float, float]:
    """Find the weight with the longest step, and what blocks it.

    What is harmless without the further direction and with all of it is so with a part of it: only the worst need to be
    looked at, those beyond half of what blocks at either end; and all that block at all where some weight does better.
    """
    limit = max(float(step.min()), float(whole.min()))
    worst = np.minimum(whole, step, out=whole)
    weights = least + (1.0 - least) * _WEIGHTS
    for harmless in (min(0.5 * limit, -1.0), -1.0):
        blocking = np.flatnonzero(worst < harmless)
        lengths = (step[blocking] + weights * further[blocking]).min(axis=1, initial=harmless)
        best = len(lengths) - 1 - int(np.argmax(lengths[::-1]))  # of weights as good, the greatest
        if lengths[best] < harmless:
            break
    return float(weights[best, 0]), float(lengths[best])
