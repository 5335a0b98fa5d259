"""What a plan does to its batteries: cycles by depth, counted by rainflow, and the life that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = np.arange(11) / 10
_LEAST = 1e-4  # depth of what counts as a cycle; what is less is the dust of a solver


def turning_points(values: Floats) -> list[float]:
    """Keep the first value, every local extreme and the last; equal neighbours count as one."""
    kept = values[np.append(True, np.abs(np.diff(values)) > 0)]
    steps = np.sign(np.diff(kept))
    return [float(value) for value in kept[np.concatenate([[True], steps[1:] != steps[:-1], [True]])[: len(kept)]]]


def rainflow(points: Sequence[float]) -> tuple[Floats, Floats]:
    """Count cycles by the rainflow method (ASTM E1049-85, 5.4.4).

    Parameters
    ----------
    points : sequence of float
        Turning points, as of `turning_points`.

    Returns
    -------
    ranges, counts : (n,) array
        Range of each cycle, and 1 for a whole or 0.5 for a half one.

    Examples
    --------
    >>> ranges, counts = rainflow([-2, 1, -3, 5, -1, 3, -4, 4, -2])  # the example of the standard
    >>> [tuple(map(float, pair)) for pair in zip(ranges, counts)]
    [(3.0, 0.5), (4.0, 0.5), (4.0, 1.0), (8.0, 0.5), (9.0, 0.5), (8.0, 0.5), (6.0, 0.5)]
    """
    found: list[tuple[float, float]] = []
    stack: list[float] = []
    for point in points:
        stack.append(point)
        while len(stack) >= 3:
            newest, before = abs(stack[-1] - stack[-2]), abs(stack[-2] - stack[-3])
            if newest < before:
                break
            if len(stack) == 3:  # the range holds the starting point
                found.append((before, 0.5))
                del stack[0]
            else:
                found.append((before, 1.0))
                del stack[-3:-1]
    found += [(abs(later - earlier), 0.5) for earlier, later in pairwise(stack)]
    table = np.array(found).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _cycles(plan: xr.Dataset, battery: str) -> tuple[Floats, Floats]:
    """Depths [1] and counts [1/a] of a battery's cycles."""
    soc = np.clip(plan["soc"].sel(battery=battery).values, 0.0, 1.0).round(6)
    depths, counts = rainflow(turning_points(soc))
    noticed = depths > _LEAST
    return depths[noticed], counts[noticed] * float(plan["weight"].mean())


def cycles_by_depth(plan: xr.Dataset) -> xr.DataArray:
    """Count the cycles of each battery by depth, (battery, cycle_depth) [1/a]; tenths of the capacity, by upper end."""
    rows = []
    for name in plan["battery"].values:
        depths, counts = _cycles(plan, str(name))
        rows.append(np.histogram(depths - 1e-9, np.append(-1e-9, BINS[1:]), weights=counts)[0])
    labels = {"battery": plan["battery"].values, "cycle_depth": BINS[1:]}
    return xr.DataArray(np.array(rows).reshape(-1, len(BINS) - 1), labels, dims=("battery", "cycle_depth"))


def cycle_wear(plan: xr.Dataset) -> xr.DataArray:
    """Share of its life that each battery spends on cycling in a year, (battery,) [1/a]; NaN where no life is given.

    A cycle of depth d takes ``(d / D) ** b / N`` of a life of N cycles of depth D.
    """
    rated = set(plan["rated_battery"].values) if "rated_battery" in plan.coords else set()
    found = np.full(plan.sizes["battery"], np.nan)
    for place, name in enumerate(plan["battery"].values):
        if name in rated:
            depths, counts = _cycles(plan, str(name))
            part = plan.sel(rated_battery=name)
            relative = depths / float(part["depth_of_discharge"])
            used = relative ** float(part["depth_exponent"]) / float(part["cycle_life"])
            found[place] = float((counts * used).sum())
    return xr.DataArray(found, {"battery": plan["battery"].values}, dims="battery")


def expected_life(wear: xr.DataArray) -> xr.DataArray:
    """Years until a battery's cycles are spent; infinite where it does not cycle, NaN where no life is given."""
    with np.errstate(divide="ignore"):
        return xr.DataArray(1 / wear)
