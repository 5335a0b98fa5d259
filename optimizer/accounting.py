"""What follows from a plan by arithmetic alone: shares, cycles, emissions, and the figures of the summary.

Every function reads a dataset with the names of `nomenclature`; nothing here knows how the plan was found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

_SIMULTANEOUS_MW = 1e-4


class Figure(NamedTuple):
    """One figure of the summary."""

    name: str
    label: str
    value: float
    unit: str


def yearly_energy(plan: xr.Dataset, power: xr.DataArray) -> xr.DataArray:
    """Sum a power over the hours to MWh a year, with the lengths and weights of the intervals."""
    return (power * plan["dt"] * plan["weight"]).sum("hour")


def cfe_score(plan: xr.Dataset) -> xr.DataArray:
    """Share of each hour's load covered by carbon-free energy, as Google scores it.

    ``(min(L, C) + (L - C)^+ g) / L`` with C the carbon-free power at hand after charging and export. Excess never
    counts and never carries over; what the grid supplies counts with its carbon-free share g of the hour.

    Returns
    -------
    xarray.DataArray, (hour,) [1]
        An hour without load scores 1.
    """
    load = plan["facility_load"]
    clean = (plan["supply_cfe"] * plan["delivered"]).sum("supply") + plan["discharge"].sum("battery")
    clean = (clean - plan["charge"].sum("battery") - plan["grid_export"]).clip(min=0.0)
    covered = np.minimum(load, clean)
    from_grid = plan["grid_cfe"] * np.minimum(plan["grid_import"], load - covered)
    return ((covered + from_grid) / load.where(load > 0)).fillna(1.0).clip(max=1.0)


def hourly_matched_share(plan: xr.Dataset) -> float:
    """Share of the load matched hour by hour over the year, in the accounting of the target row.

    One less the energy that is not carbon-free, or not served, over the load: storage losses fall on the buyer, and
    energy charged from the grid carries the grid's share of the charging hour.
    """
    dirty = (1 - plan["grid_cfe"]) * plan["grid_import"] + ((1 - plan["supply_cfe"]) * plan["delivered"]).sum("supply")
    return 1.0 - _ratio(float(yearly_energy(plan, dirty + plan["unserved"])), _load_energy(plan))


def annual_matched_share(plan: xr.Dataset) -> float:
    """Carbon-free energy taken from the contracts over the load, whenever either occurs; may exceed 1."""
    clean = yearly_energy(plan, (plan["supply_cfe"] * plan["delivered"]).sum("supply"))
    return _ratio(float(clean), _load_energy(plan))


def equivalent_cycles(plan: xr.Dataset) -> xr.DataArray:
    """Full cycles a year of each battery: energy discharged over the energy it can hold now."""
    held = plan["energy_capacity"] * plan["state_of_health"]
    return (yearly_energy(plan, plan["discharge"]) / held.where(held > 0)).fillna(0.0)


def soc(plan: xr.Dataset) -> xr.DataArray:
    """State of charge of each battery at each boundary."""
    held = plan["energy_capacity"] * plan["state_of_health"]
    return (plan["stored_energy"] / held.where(held > 0)).fillna(0.0)


def simultaneous_hours(plan: xr.Dataset) -> xr.DataArray:
    """Mark intervals in which a battery charges and discharges at once, (battery, hour)."""
    return np.minimum(plan["charge"], plan["discharge"]) > _SIMULTANEOUS_MW


def balance_residual(plan: xr.Dataset) -> float:
    """Largest difference in MW between what comes in and what goes out, over all intervals."""
    comes_in = (
        plan["delivered"].sum("supply") + plan["discharge"].sum("battery") + plan["grid_import"] + plan["unserved"]
    )
    goes_out = plan["facility_load"] + plan["charge"].sum("battery") + plan["grid_export"]
    return float(np.abs(comes_in - goes_out).max())


def summarise(plan: xr.Dataset, currency: str) -> list[Figure]:
    """Compute the figures that every run is judged by.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan with its cost lines.
    currency : str
        The scenario's currency.
    """
    cost = float(plan["annual_cost"].sum())
    load = _load_energy(plan)
    it_energy = float(yearly_energy(plan, plan["it_load"]))
    curtailed = float(yearly_energy(plan, plan["curtailment"].sum("supply")))
    possible = float(yearly_energy(plan, (plan["availability"] * plan["supply_capacity"]).sum("supply")))
    discharged = float(yearly_energy(plan, plan["discharge"].sum("battery")))
    held = float((plan["energy_capacity"] * plan["state_of_health"]).sum())
    emitted = float(yearly_energy(plan, plan["emissions"]))
    missing = plan["unserved"] > _SIMULTANEOUS_MW
    return [
        Figure("cost_per_mwh", "Cost per MWh of load", _ratio(cost, load), f"{currency}/MWh"),
        Figure("cost_per_it_mwh", "Cost per MWh of IT energy", _ratio(cost, it_energy), f"{currency}/MWh"),
        Figure("cost_per_year", "Cost per year", cost, f"{currency}/a"),
        Figure("cfe_hourly", "Carbon-free share, hour by hour", hourly_matched_share(plan), "1"),
        Figure("cfe_annual", "Carbon-free share, annual matching", annual_matched_share(plan), "1"),
        Figure("curtailment_share", "Share of available renewable energy curtailed", _ratio(curtailed, possible), "1"),
        Figure("curtailment", "Renewable energy curtailed", curtailed, "MWh/a"),
        Figure("peak_import", "Peak grid import", float(plan["grid_import"].max()), "MW"),
        Figure("grid_import", "Energy from the grid", float(yearly_energy(plan, plan["grid_import"])), "MWh/a"),
        Figure("grid_export", "Energy sold to the grid", float(yearly_energy(plan, plan["grid_export"])), "MWh/a"),
        Figure("battery_cycles", "Battery full cycles", _ratio(discharged, held), "1/a"),
        Figure("emissions", "Emissions, location-based", emitted, "tCO2e/a"),
        Figure("emission_intensity", "Emissions per MWh of load", _ratio(emitted, load), "tCO2e/MWh"),
        Figure("unserved", "Unserved energy", float(yearly_energy(plan, plan["unserved"])), "MWh/a"),
        Figure(
            "unserved_hours", "Hours with unserved load", float((plan["dt"] * plan["weight"] * missing).sum()), "h/a"
        ),
        Figure("facility_energy", "Energy of the facility", load, "MWh/a"),
        Figure("peak_load", "Peak facility load", float(plan["facility_load"].max()), "MW"),
        *_capacities(plan),
    ]


def _capacities(plan: xr.Dataset) -> list[Figure]:
    figures = [
        Figure(f"capacity_{name}", f"Capacity of {name}", float(value), "MW")
        for name, value in zip(plan["supply"].values, plan["supply_capacity"].values, strict=True)
    ]
    for name, power, energy in zip(
        plan["battery"].values, plan["power_capacity"].values, plan["energy_capacity"].values, strict=True
    ):
        figures.append(Figure(f"power_capacity_{name}", f"Power of {name}", float(power), "MW"))
        figures.append(Figure(f"energy_capacity_{name}", f"Energy of {name}", float(energy), "MWh"))
    figures.append(Figure("connection_capacity", "Grid connection", float(plan["connection_capacity"]), "MW"))
    return figures


def _load_energy(plan: xr.Dataset) -> float:
    return float(yearly_energy(plan, plan["facility_load"]))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
