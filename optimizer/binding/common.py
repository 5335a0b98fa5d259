"""What all parts of the binding share: arrays by name, and quantities resolved over the hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from optimizer.assets import Capacity

Arrays = dict[str, tuple[tuple[str, ...], Any]]
"""Values by name, each with the sets that it runs over."""

Subsets = dict[str, list[Any]]
"""Further sets that only some families run over."""


class Hourly:
    """Turns a quantity, a number or the name of a series, into one value an hour.

    Parameters
    ----------
    series : xarray.Dataset
        The checked series.
    """

    def __init__(self, series: xr.Dataset) -> None:
        self._series = series
        self.count = series.sizes["hour"]

    @property
    def boundaries(self) -> np.ndarray[Any, Any]:
        """Ends of the intervals, (hour + 1,), in UTC."""
        starts, last = self._series["hour"].values, float(self._series["dt"].values[-1])
        return np.append(starts, starts[-1] + np.timedelta64(round(last * 3600 * 10**9), "ns"))

    def __call__(self, quantity: float | str) -> np.ndarray[Any, Any]:
        """Give the quantity's values, (hour,)."""
        if isinstance(quantity, str):
            return np.array(self._series[quantity].values, dtype=float)  # a copy, which may be changed
        return np.full(self.count, float(quantity))

    def rows(self, items: Sequence[Any], field: str) -> np.ndarray[Any, Any]:
        """Give one row of hourly values for each item, (item, hour)."""
        found = np.empty((len(items), self.count))
        for row, item in enumerate(items):
            found[row] = self(getattr(item, field))
        return found


def capacities(name: str, dim: str | None, specified: Sequence[Capacity]) -> Arrays:
    """Bind capacities to data where all are fixed; where one is free all are variables, fixed ones between equals."""
    dims = () if dim is None else (dim,)

    def column(value: Callable[[Capacity], float]) -> tuple[tuple[str, ...], Any]:
        values = np.array([value(capacity) for capacity in specified], dtype=float)
        return dims, values if dims else values[0]

    arrays: Arrays = {
        f"{name}_cost": column(lambda capacity: capacity.annual_cost),
        f"{name}_existing": column(lambda capacity: capacity.existing),
    }
    if not any(capacity.free for capacity in specified):
        return arrays | {name: column(lambda capacity: capacity.max)}
    return arrays | {
        f"{name}_min": column(lambda capacity: capacity.min),
        f"{name}_max": column(lambda capacity: capacity.max),
    }


def fields(items: Sequence[Any], dim: str, missing: Mapping[str, float]) -> Arrays:
    """Take numbers from the fields of items; `missing` names the fields and what stands for None."""
    return {
        name: ((dim,), np.array([_given(getattr(item, name), other) for item in items], dtype=float))
        for name, other in missing.items()
    }


def _given(value: float | None, other: float) -> float:
    return other if value is None else float(value)
