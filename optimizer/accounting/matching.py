"""How far the load is matched with carbon-free energy: by the hour, and over the year."""

from __future__ import annotations

import numpy as np
import xarray as xr

from optimizer.accounting.energy import load_energy, ratio, yearly_energy
from optimizer.series import calendar

SCORES = ("hourly", "hourly, per-hour score", "monthly", "annual")
YEAR = "Year"


def cfe_score(plan: xr.Dataset) -> xr.DataArray:
    """Share of each hour's load covered by carbon-free energy, as Google scores it.

    ``(min(L, C) + (L - C)^+ g) / L`` with C the carbon-free power at hand: what supplies and generators give after
    export and charging, and what batteries give back, at the carbon-free share of all that they were charged with.
    Excess never counts and never carries over; what the grid supplies counts with its carbon-free share g of the hour.

    Returns
    -------
    xarray.DataArray, (hour,) [1]
        An hour without load scores 1.
    """
    load = plan["facility_load"]
    free = _clean(plan) - plan["grid_export"]
    after_charge = (free - plan["charge"].sum("battery")).clip(min=0.0)
    covered = (after_charge + _stored_share(plan, free) * plan["discharge"].sum("battery")).clip(max=load)
    from_grid = plan["grid_cfe"] * plan["grid_import"].clip(max=load - covered)
    return ((covered + from_grid) / load.where(load > 0)).fillna(1.0).clip(max=1.0)


def _stored_share(plan: xr.Dataset, free: xr.DataArray) -> float:
    """Carbon-free share of the energy that went into the batteries; what they held at the start counts as free."""
    charge = plan["charge"].sum("battery")
    from_free = charge.clip(max=free.clip(min=0.0))
    charged = float(yearly_energy(plan, charge))
    fuelled = ((1 - plan["generator_cfe"]) * plan["generation"]).sum("generator")
    grid_share = plan["grid_cfe"] * (1 - fuelled / (plan["grid_import"] + fuelled).where(fuelled > 0)).fillna(1.0)
    clean = float(yearly_energy(plan, from_free + grid_share * (charge - from_free)))
    return clean / charged if charged > 0 else 1.0


def hourly_matched_share(plan: xr.Dataset) -> float:
    """Share of the load matched hour by hour over the year, in the accounting of the target row.

    One less the energy that is not carbon-free, or not served, over the load: storage losses fall on the buyer, and
    energy charged from the grid carries the grid's share of the charging hour.
    """
    return 1.0 - ratio(float(yearly_energy(plan, _uncovered(plan))), load_energy(plan))


def _uncovered(plan: xr.Dataset) -> xr.DataArray:
    """Power that is not carbon-free, or not served, (hour,) [MW]."""
    return (
        (1 - plan["grid_cfe"]) * plan["grid_import"]
        + ((1 - plan["supply_cfe"]) * plan["delivered"]).sum("supply")
        + ((1 - plan["generator_cfe"]) * plan["generation"]).sum("generator")
        + plan["unserved"]
    )


def annual_matched_share(plan: xr.Dataset) -> float:
    """Carbon-free energy taken from contracts and generators over the load, whenever either occurs; may exceed 1."""
    return ratio(float(yearly_energy(plan, _clean(plan))), load_energy(plan))


def matched_share(plan: xr.Dataset, zone: str) -> xr.DataArray:
    """Set the scores side by side, by month of the site's clock and over the year.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan with its ``cfe_score``.
    zone : str
        IANA name of the site's zone.

    Returns
    -------
    xarray.DataArray, (matching_period, matching_score) [1]
        Scores as in `SCORES`. ``hourly`` is that of the target row, ``hourly, per-hour score`` the mean of
        ``cfe_score`` weighted by load. ``monthly`` lets clean energy cover any load of its month, and ``annual`` any
        load of the year; of a single month the latter tells clean energy over load, which may exceed 1.
    """
    spans = calendar.months(plan["boundary"].values, zone)
    hours, count = (plan["dt"] * plan["weight"]).values, len(spans.labels)

    def total(power: xr.DataArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        by_month = np.bincount(spans.number, power.values * hours, count)
        return np.append(by_month, by_month.sum())

    load, clean, uncovered = total(plan["facility_load"]), total(_clean(plan)), total(_uncovered(plan))
    within = np.minimum(clean, load)
    within[-1] = within[:-1].sum()
    parts = [load - uncovered, total(plan["cfe_score"] * plan["facility_load"]), within, clean]
    shares = np.array([np.divide(part, load, out=np.ones_like(load), where=load > 0) for part in parts]).T
    labels = {
        "matching_period": np.array([*spans.labels, YEAR], dtype=object),
        "matching_score": np.array(SCORES, dtype=object),
    }
    return xr.DataArray(shares, labels, dims=("matching_period", "matching_score"))


def _clean(plan: xr.Dataset) -> xr.DataArray:
    """Carbon-free power from supplies and generators, (hour,) [MW]."""
    supplied = (plan["supply_cfe"] * plan["delivered"]).sum("supply")
    return supplied + (plan["generator_cfe"] * plan["generation"]).sum("generator")
