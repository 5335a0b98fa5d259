"""What a site did for the grid: calls answered, what they earned, and how fast its import changed."""

from __future__ import annotations

import numpy as np
import xarray as xr


def flexibility(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Sum demand response up by contract: nothing where there is none.

    Returns
    -------
    dict of str to xarray.DataArray
        ``called_energy``, ``called_hours``, ``shortfall_energy`` and ``response_income``, all (response,).
    """
    if "called_share" not in plan:
        return {}
    hours = plan["dt"] * plan["weight"]
    called_hours = (plan["called_share"] * hours).sum("hour")
    called = called_hours * plan["commitment"]
    shortfall = _shortfall(plan)
    income = plan["availability_payment"] * plan["commitment"] + plan["call_payment"] * called
    return {
        "called_energy": called,
        "called_hours": called_hours,
        "shortfall_energy": shortfall,
        "response_income": income - plan["shortfall_penalty"] * shortfall,
    }


def _shortfall(plan: xr.Dataset) -> xr.DataArray:
    """Sum shortfall up by contract [MWh/a]; it is given for each contract and interval in which it is called."""
    row, hour = np.nonzero(plan["called_share"].values)
    hours = (plan["dt"] * plan["weight"]).values
    energy = np.bincount(row, plan["response_shortfall"].values * hours[hour], plan.sizes["response"])
    return xr.DataArray(energy, {"response": plan["response"].values}, dims="response")


def greatest_ramp(plan: xr.Dataset) -> float:
    """Give the greatest change of net import from the middle of an interval to that of the next [MW/h]."""
    net = (plan["grid_import"] - plan["grid_export"]).values
    if len(net) < 2:
        return 0.0
    dt = plan["dt"].values
    return float((2 * np.abs(np.diff(net)) / (dt[1:] + dt[:-1])).max())
