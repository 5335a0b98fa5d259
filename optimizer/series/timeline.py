"""Arithmetic on values that hold over intervals: their step, the filling of gaps, and the change to other intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.series.clock import Mask, Times

Values = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Timeline:
    """Intervals without holes, and the rows that fill them.

    Attributes
    ----------
    edges : (slot + 1,) datetime64[ns]
        Starts of the intervals, and the end of the last.
    slots : (row,) int
        The interval that each row fills; an interval that no row fills is a gap.
    """

    edges: Times
    slots: Rows

    @property
    def hours(self) -> Values:
        """(slot,) Lengths of the intervals [h]."""
        return np.diff(self.edges) / np.timedelta64(1, "h")

    @property
    def missing(self) -> Mask:
        """(slot,) Intervals that no row fills."""
        absent = np.ones(len(self.edges) - 1, dtype=bool)
        absent[self.slots] = False
        return absent

    def spread(self, values: Values) -> Values:
        """Put the values of rows (row,) into their intervals (slot,); the others are NaN."""
        spread = np.full(len(self.edges) - 1, np.nan)
        spread[self.slots] = values
        return spread

    def window(self, start: np.datetime64, end: np.datetime64) -> slice:
        """Find the intervals that lie, if only in part, between two instants."""
        first = int(np.searchsorted(self.edges, start, side="right")) - 1
        return slice(max(first, 0), int(np.searchsorted(self.edges[:-1], end, side="left")))


def usual_step(starts: Times) -> np.timedelta64:
    """Find the step that occurs most often between (n >= 2) times, of equally frequent ones the shortest."""
    steps, counts = np.unique(np.diff(starts), return_counts=True)
    return np.timedelta64(steps[np.argmax(counts)])


def regular(starts: Times, step: np.timedelta64) -> Timeline | None:
    """Lay rising times (n,) out with one step, gaps included; None if a time falls between two steps."""
    since = starts - starts[0]
    slots = since // step
    if (slots * step != since).any():
        return None
    edges = starts[0] + np.arange(int(slots[-1]) + 2) * step
    return Timeline(edges, slots.astype(np.intp))


def fill(
    values: Values, edges: Times, method: Literal["interpolate", "hold"], at_most: np.timedelta64
) -> tuple[Values, Mask]:
    """Fill runs of NaN that are not too long and have the neighbours that the method needs.

    Parameters
    ----------
    values : (slot,) array
        Values, NaN in the gaps.
    edges : (slot + 1,) datetime64[ns]
        Edges of the intervals.
    method : {"interpolate", "hold"}
        Linear between the values around the gap, or the value before it.
    at_most : timedelta64
        Longest gap that is filled.

    Returns
    -------
    filled : (slot,) array
        Values, still NaN in the gaps that were left.
    mask : (slot,) bool
        Where values were filled in.
    """
    gap = np.isnan(values)
    allowed = np.zeros_like(gap)
    for first, end in runs(gap):
        bounded = first > 0 and (method == "hold" or end < len(values))
        allowed[first:end] = bounded and edges[end] - edges[first] <= at_most
    filled = values.copy()
    known = np.flatnonzero(~gap)
    if method == "hold":
        filled[allowed] = values[known[np.searchsorted(known, np.flatnonzero(allowed)) - 1]]
    elif allowed.any():
        middles = ((edges[:-1] - edges[0]) + (edges[1:] - edges[0])).astype(np.float64)
        filled[allowed] = np.interp(middles[allowed], middles[known], values[known])
    return filled, allowed


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Find the runs of True: first index and the index after the last.

    Examples
    --------
    >>> runs(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    changes = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in changes.reshape(-1, 2)]


def split(edges: Times, boundaries: Times) -> Mask:
    """Tell which intervals (n,), given by `boundaries` (n + 1,), reach over an inner edge of another division."""
    first = np.searchsorted(edges, boundaries[:-1], side="right")
    last = np.searchsorted(edges, boundaries[1:], side="left")
    return np.asarray(first != last)


def held(values: Values, edges: Times, boundaries: Times) -> Values:
    """Give each interval (n,) of `boundaries` the value that holds at its start."""
    return values[np.searchsorted(edges, boundaries[:-1], side="right") - 1]


def averaged(values: Values, edges: Times, boundaries: Times) -> Values:
    """Take the mean over time of values, which keeps sums of value times hours.

    Parameters
    ----------
    values : (slot,) array
        Values that hold over the intervals given by `edges`.
    edges : (slot + 1,) datetime64[ns]
        They must enclose the boundaries.
    boundaries : (n + 1,) datetime64[ns]
        The intervals wanted.

    Returns
    -------
    (n,) array
        Means.

    Examples
    --------
    >>> def at(*hours):
    ...     return np.array(hours, "datetime64[h]").astype("datetime64[ns]")
    >>> averaged(np.array([1.0, 3.0, 8.0]), at(0, 1, 2, 3), at(0, 2, 3)).tolist()
    [2.0, 8.0]
    """
    inner = edges[(edges > boundaries[0]) & (edges < boundaries[-1])]
    cuts = np.union1d(inner, boundaries)
    lengths = np.diff(cuts) / np.timedelta64(1, "h")
    source = np.searchsorted(edges, cuts[:-1], side="right") - 1
    target = np.searchsorted(boundaries, cuts[:-1], side="right") - 1
    total = np.bincount(target, weights=values[source] * lengths)
    return np.asarray(total / np.bincount(target, weights=lengths))
