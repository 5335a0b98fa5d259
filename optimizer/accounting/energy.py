"""Power over time: energies a year, and the balance of every interval."""

from __future__ import annotations

import numpy as np
import xarray as xr

NOTICEABLE_MW = 1e-4  # what is less is the dust of a solver


def yearly_energy(plan: xr.Dataset, power: xr.DataArray) -> xr.DataArray:
    """Sum a power over the hours to MWh a year, with the lengths and weights of the intervals."""
    # As plain variables: to compare labels, which are the plan's own, takes longer than all of the arithmetic.
    return (power * plan.variables["dt"] * plan.variables["weight"]).sum("hour")


def load_energy(plan: xr.Dataset) -> float:
    """Energy of the whole facility, MWh a year."""
    return float(yearly_energy(plan, plan["facility_load"]))


def ratio(part: float, whole: float) -> float:
    """Divide, taking nothing of nothing as 0."""
    return part / whole if whole else 0.0


def balance_residual(plan: xr.Dataset) -> float:
    """Largest difference in MW between what comes in and what goes out, over all intervals."""
    comes_in = (
        plan["delivered"].sum("supply")
        + plan["discharge"].sum("battery")
        + plan["generation"].sum("generator")
        + plan["grid_import"]
        + plan["unserved"]
    )
    goes_out = plan["facility_load"] + plan["charge"].sum("battery") + plan["grid_export"]
    return float(np.abs(comes_in - goes_out).max())


def exchange_both_ways(plan: xr.Dataset) -> xr.DataArray:
    """Mark intervals in which the site imports and exports at once, (hour,)."""
    return xr.DataArray(np.minimum(plan["grid_import"], plan["grid_export"]) > NOTICEABLE_MW)
