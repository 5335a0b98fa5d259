"""What a trace file holds, typed but not yet judged, and the units that it may be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["power", "energy", "utilisation", "work"]

UNITS: Mapping[str, tuple[Kind, float]] = {
    "mW": ("power", 1e-3),
    "W": ("power", 1.0),
    "kW": ("power", 1e3),
    "mJ": ("energy", 1e-3),
    "J": ("energy", 1.0),
    "Wh": ("energy", 3600.0),
    "kWh": ("energy", 3.6e6),
    "%": ("utilisation", 0.01),
    "1": ("utilisation", 1.0),
    "requests": ("work", 1.0),
    "tokens": ("work", 1.0),
    "jobs": ("work", 1.0),
    "s": ("work", 1.0),
}
"""Units that are known: what they measure, and the factor to W, to J of a counter that only rises, or to 1."""


@dataclass(frozen=True)
class Samples:
    """Rows of a trace file.

    Attributes
    ----------
    source : str
        The file as the user calls it.
    unit : str
        Unit of the values.
    times : (n,) datetime64[ns]
        When; NaT where a time cannot be read.
    devices : (n,) array of int
        What was measured, by number: a GPU, or all of it.
    values : (n,) array
        Numbers as they stand; NaN where there is none.
    texts : dict of int to str
        By row: what stands there instead of a number.
    times_are_utc : bool
        Whether times are UTC, rather than those of the clock on the wall.
    events : bool
        Whether each row is an event, such as a request, rather than a reading.
    """

    source: str
    unit: str
    times: NDArray[np.datetime64]
    devices: NDArray[np.intp]
    values: NDArray[np.float64]
    texts: Mapping[int, str] = field(default_factory=dict)
    times_are_utc: bool = False
    events: bool = False

    @property
    def kind(self) -> Kind:
        """What is measured."""
        return UNITS[self.unit][0]

    @property
    def factor(self) -> float:
        """Factor from the file's unit to W, J, or 1."""
        return UNITS[self.unit][1]
