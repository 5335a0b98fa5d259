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
    primal_weight, primal = _best_weight(step.p, further.p, least)
    dual_weight, dual = _best_weight(step.e, further.e, least)
    weights = (primal_weight, dual_weight, primal_weight, dual_weight)
    for own, added, weight in zip(step, further, weights, strict=True):
        np.multiply(added, weight, out=added)
        np.add(added, own, out=added)
    return further, primal, dual


def _length(least: float) -> float:
    return 1.0 if least > -1.0 else -1.0 / least


def _best_weight(step: FloatArray, further: FloatArray, least: float) -> tuple[float, float]:
    """Find the weight with the longest step.

    What is harmless without the further direction and with all of it is so with a part of it: only the worst need to be
    looked at, those beyond half of what blocks at either end; and all that block at all where some weight does better.
    """
    worst = step + further
    limit = max(float(step.min(initial=0.0)), float(worst.min(initial=0.0)))
    np.minimum(worst, step, out=worst)
    weights = least + (1.0 - least) * _WEIGHTS
    for harmless in (min(0.5 * limit, -1.0), -1.0):
        blocking = np.flatnonzero(worst < harmless)
        lengths = (step[blocking] + weights * further[blocking]).min(axis=1, initial=harmless)
        best = len(lengths) - 1 - int(np.argmax(lengths[::-1]))  # of weights as good, the greatest
        if lengths[best] < harmless:
            break
    return float(weights[best, 0]), _length(float(lengths[best]))
