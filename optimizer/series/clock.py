"""Local clocks: which instants the labels of a file stand for, daylight saving included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Mask = NDArray[np.bool_]
Occurrence = Literal["first", "second"]


@dataclass(frozen=True)
class Instants:
    """What local labels stand for.

    Attributes
    ----------
    utc : (n,) datetime64[ns]
        Instants; NaT where the label does not exist.
    nonexistent : (n,) bool
        The clock jumped over the label in spring.
    ambiguous : (n,) bool
        The clock showed the label twice in autumn, yet the file has it once.
    """

    utc: Times
    nonexistent: Mask
    ambiguous: Mask


def to_instants(labels: Times, zone: str, occurrence: Occurrence = "first") -> Instants:
    """Find the instants of local labels, daylight saving included.

    A label that the clock showed twice stands for the earlier instant where the file has it first and for the later
    one where it has it again; where the file has it once, `occurrence` decides.

    Parameters
    ----------
    labels : (n,) datetime64[ns]
        Local labels, in the file's order.
    zone : str
        IANA name of their zone.
    occurrence : {"first", "second"}
        What a label stands for that the clock showed twice and the file has once.

    Returns
    -------
    Instants
        With the labels marked that do not exist or that could be either of two instants.

    Examples
    --------
    >>> labels = np.array(["2025-10-26T02:00", "2025-10-26T02:00", "2025-10-26T03:00"], "datetime64[ns]")
    >>> [str(instant) for instant in to_instants(labels, "Europe/Madrid").utc.astype("datetime64[h]")]
    ['2025-10-26T00', '2025-10-26T01', '2025-10-26T02']
    """
    index = pd.DatetimeIndex(labels)
    if zone == "UTC":
        never = np.zeros(len(index), dtype=bool)
        return Instants(labels, never, never)
    first, second = _utc(index, zone, first=True), _utc(index, zone, first=False)
    nonexistent = np.isnat(first)
    twofold = (first != second) & ~nonexistent
    ambiguous = twofold & ~index.duplicated(keep=False)
    later = index.duplicated(keep="first") | (ambiguous & (occurrence == "second"))
    return Instants(np.where(twofold & later, second, first), nonexistent, ambiguous)


def to_labels(utc: Times, zone: str) -> Times:
    """Find the local labels (n,), without a zone, of instants (n,), both datetime64[ns]."""
    if zone == "UTC":
        return utc
    local = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return local.as_unit("ns").to_numpy()


def _utc(index: pd.DatetimeIndex, zone: str, *, first: bool) -> Times:
    choice = np.full(len(index), first)
    aware = index.tz_localize(zone, ambiguous=choice, nonexistent="NaT")
    return aware.tz_convert("UTC").tz_localize(None).as_unit("ns").to_numpy()


def stamp(time: np.datetime64) -> str:
    """Write a time to the minute, or to the second where it has seconds.

    Examples
    --------
    >>> stamp(np.datetime64("2025-01-01T05:00:00", "ns"))
    '2025-01-01 05:00'
    """
    seconds = str(time.astype("datetime64[s]")).replace("T", " ")
    return seconds.removesuffix(":00")


def listed(times: Times, limit: int = 3) -> str:
    """Write the first few of some times (n,), and say how many more there are.

    Examples
    --------
    >>> listed(np.arange("2025-01-01", "2025-01-06", dtype="datetime64[D]"), limit=2)
    '2025-01-01 00:00, 2025-01-02 00:00 and 3 more'
    """
    text = ", ".join(stamp(time) for time in times[:limit])
    return f"{text} and {len(times) - limit} more" if len(times) > limit else text
