"""Months and days of a horizon on the site's clock: which interval belongs to which.

An interval belongs where it begins. A year in UTC leaves an hour or two of another month or day at an edge, which would
make a period of its own; such a remnant counts with its neighbour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.series.clock import Times, to_labels

_DAY = np.timedelta64(1, "D")
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Spans(NamedTuple):
    """Months or days of a horizon.

    Attributes
    ----------
    labels : tuple of str
        "Jan 2025", or "2025-01-01".
    number : (hour,) array of int
        Where each interval belongs, as a position in `labels`; never falls.
    """

    labels: tuple[str, ...]
    number: NDArray[np.int64]

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """List the intervals of each span, padded to one length.

        Returns
        -------
        hour : (span, place) array of int
            Positions of intervals; padding repeats the span's last.
        share : (span, place) array
            1, and 0 for padding.

        Examples
        --------
        >>> hour, share = Spans(("a", "b"), np.array([0, 0, 0, 1])).places()
        >>> hour.tolist(), share.tolist()
        ([[0, 1, 2], [3, 3, 3]], [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
        """
        counts = np.bincount(self.number, minlength=len(self.labels))
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        place = np.arange(counts.max())
        hour = first[:, None] + np.minimum(place, counts[:, None] - 1)
        return hour, (place < counts[:, None]).astype(float)


def months(boundaries: Times, zone: str) -> Spans:
    """Tell the local month of each interval; less than a day at an edge counts with its neighbour.

    Parameters
    ----------
    boundaries : (hour + 1,) datetime64
        Ends of the intervals, UTC.
    zone : str
        IANA name of the site's zone.

    Examples
    --------
    >>> ends = np.arange("2025-01-01", "2025-03-02", 6, "datetime64[h]").astype("datetime64[ns]")
    >>> months(ends, "Africa/Casablanca").labels
    ('Jan 2025', 'Feb 2025')
    """
    labels = to_labels(boundaries, zone)
    number = labels[:-1].astype("datetime64[M]").astype(np.int64)
    lengths = np.diff(boundaries)
    short = [edge for edge in {number[0], number[-1]} if lengths[number == edge].sum() < _DAY]
    return _spans(number, short, lambda month: f"{_NAMES[month % 12]} {1970 + month // 12}")


def days(boundaries: Times, zone: str) -> Spans:
    """Tell the local day of each interval; a day that the horizon covers in part counts with its neighbour.

    Parameters as in `months`.

    Examples
    --------
    >>> ends = np.arange("2025-01-01", "2025-01-04", 6, "datetime64[h]").astype("datetime64[ns]")
    >>> days(ends, "Africa/Casablanca").labels
    ('2025-01-02',)
    """
    labels = to_labels(boundaries, zone)
    number = labels[:-1].astype("datetime64[D]").astype(np.int64)
    short = [number[0]] if labels[0] != labels[0].astype("datetime64[D]") else []
    if labels[-1] != labels[-1].astype("datetime64[D]"):
        short.append(number[-1])
    return _spans(number, short, lambda day: str(np.datetime64(day, "D")))


def _spans(number: NDArray[np.int64], short: list[np.int64], label: Callable[[int], str]) -> Spans:
    """Count spans from 0 on, those at the edges that are too short being part of their neighbours."""
    first, last = int(number[0]), int(number[-1])
    kept = [span for span in range(first, last + 1) if span not in short] or [first]
    place = np.clip(number, kept[0], kept[-1]) - kept[0]
    return Spans(tuple(label(span) for span in kept), place)
