"""Duals by family, and the price of one more MWh of load in each hour that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from optimizer.nomenclature import row_unit

if TYPE_CHECKING:
    from optimizer.lp.affine import FloatArray
    from optimizer.lp.program import Program

PREFIX = "marginal_price_of_"
# Families whose right-hand side is a number for each MWh of load, and its name.
_CAPPED_SHARES_OF_LOAD = {
    "emission_intensity_cap": "emission_intensity_max",
    "grid_share_cap": "grid_share_max",
}

# Families whose right-hand side in each hour holds a share of that hour's load, and its name.
_SHARES_OF_HOURLY_LOAD = {
    "rest_limit": "rest_share",
    "ride_through_power": "critical_share",
    "loss_of_one": "critical_share",
}
# Families of which more is asked the more load there is, and not more allowed. Where the load is a variable, such a row
# is turned round, and its dual with it.
_ASKED_OF_LOAD = ("ride_through_power", "loss_of_one")


def duals(program: Program, row_dual: FloatArray, currency: str) -> dict[str, xr.DataArray]:
    """Name every family's duals: what one more unit on the right-hand side of a row would cost a year.

    Parameters
    ----------
    program : Program
        What was solved.
    row_dual : (row,) ndarray
        A dual for each row [currency/a per unit of the row].
    currency : str
        The scenario's currency.

    Returns
    -------
    dict of str to xarray.DataArray
        By ``marginal_price_of_`` and the family's name.
    """
    found = {}
    for name, rows in program.rows.items():
        if rows.size:
            labels = {dim: program.sets[dim].texts() for dim in rows.dims if not program.sets[dim].counted}
            dual = xr.DataArray(program.dual(name, row_dual) + 0.0, labels, dims=rows.dims)  # no -0
            unit = row_unit(name)
            dual.attrs = {
                "units": f"{currency}/a per {unit}",
                "description": f"Change of the yearly cost for one more {unit} on the right-hand side of {name}",
            }
            found[PREFIX + name] = dual
    return found


def marginal_price(program: Program, row_dual: FloatArray) -> FloatArray:
    """Price one more MWh of load in each hour [currency/MWh], by every place in which the load stands.

    It has to be balanced; it raises what a target allows to be uncovered; and where no load is served at all, it
    raises what may be left unserved.
    """
    hours = program.data["weight"].values * program.data["dt"].values
    price = program.dual("power_balance", row_dual) / hours
    price = price + program.dual("unserved_limit", row_dual) / hours
    price = price + _price_of_reliability(program, row_dual) / hours
    price = price + _price_of_targets(program, row_dual)
    return price + 0.0  # no -0


def _price_of_reliability(program: Program, row_dual: FloatArray) -> FloatArray:
    """Price what one more MW of load changes in the sizes of tiers, and in the critical load that is protected."""
    data, price = program.data, np.zeros(len(program.sets["hour"]))
    for family, share in _SHARES_OF_HOURLY_LOAD.items():
        if family in program.rows and program.rows[family].size:
            dual = program.dual(family, row_dual)
            if family in _ASKED_OF_LOAD:
                dual = np.abs(dual)
            price += data[share].values * (dual.sum(axis=0) if dual.ndim > 1 else dual)
    if "tier_limit" in program.rows and program.rows["tier_limit"].size:
        tiers = program.sets["load_tier"].labels.get_indexer(program.sets["shed_tier"].labels)
        price += (data["tier_share"].values[tiers] * program.dual("tier_limit", row_dual)).sum(axis=0)
    return price


def _price_of_targets(program: Program, row_dual: FloatArray) -> FloatArray:
    """Price what one more MWh of load in each hour changes on the right-hand sides of targets.

    Where a share of the load may be uncovered, more load raises what may be; where a share has to be reached, more load
    raises what has to be.
    """
    data, price = program.data, np.zeros(len(program.sets["hour"]))

    def share(name: str) -> float:
        return float(data[name].values)

    if "hourly_matching" in program.rows:
        price += (1 - share("cfe_target")) * program.dual("hourly_matching", row_dual)
    if "monthly_matching" in program.rows:
        dual = (1 - share("cfe_monthly_target")) * program.dual("monthly_matching", row_dual)
        np.add.at(price, data["month_hour"].values.astype(int), data["month_share"].values * dual[:, None])
    if "daily_matching" in program.rows:
        dual = (1 - share("cfe_rolling_target")) * program.dual("daily_matching", row_dual)
        np.add.at(price, data["day_hour"].values.astype(int), data["day_share"].values * dual[:, None])
    if "annual_matching" in program.rows:  # asked too, and so turned round
        price += share("cfe_annual_target") * np.abs(program.dual("annual_matching", row_dual))
    for family, name in _CAPPED_SHARES_OF_LOAD.items():
        if family in program.rows:
            price += share(name) * program.dual(family, row_dual)
    return price
