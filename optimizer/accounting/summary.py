"""The figures that every run is judged by."""

from __future__ import annotations

from typing import NamedTuple

import xarray as xr

from optimizer.accounting.energy import NOTICEABLE_MW, load_energy, ratio, yearly_energy
from optimizer.accounting.matching import annual_matched_share, hourly_matched_share


class Figure(NamedTuple):
    """One figure of the summary."""

    name: str
    label: str
    value: float
    unit: str


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
    load = load_energy(plan)
    it_energy = float(yearly_energy(plan, plan["it_load"]))
    curtailed = float(yearly_energy(plan, plan["curtailment"].sum("supply")))
    possible = float(yearly_energy(plan, (plan["availability"] * plan["supply_capacity"]).sum("supply")))
    discharged = float(yearly_energy(plan, plan["discharge"].sum("battery")))
    held = float((plan["energy_capacity"] * plan["state_of_health"]).sum())
    emitted = float(yearly_energy(plan, plan["emissions"]))
    missing = plan["unserved"] > NOTICEABLE_MW
    return [
        Figure("cost_per_mwh", "Cost per MWh of load", ratio(cost, load), f"{currency}/MWh"),
        Figure("cost_per_it_mwh", "Cost per MWh of IT energy", ratio(cost, it_energy), f"{currency}/MWh"),
        Figure("cost_per_year", "Cost per year", cost, f"{currency}/a"),
        Figure("cfe_hourly", "Carbon-free share, hour by hour", hourly_matched_share(plan), "1"),
        Figure("cfe_annual", "Carbon-free share, annual matching", annual_matched_share(plan), "1"),
        Figure("curtailment_share", "Share of available renewable energy curtailed", ratio(curtailed, possible), "1"),
        Figure("curtailment", "Renewable energy curtailed", curtailed, "MWh/a"),
        Figure("peak_import", "Peak grid import", float(plan["grid_import"].max()), "MW"),
        Figure("grid_import", "Energy from the grid", float(yearly_energy(plan, plan["grid_import"])), "MWh/a"),
        Figure("grid_export", "Energy sold to the grid", float(yearly_energy(plan, plan["grid_export"])), "MWh/a"),
        Figure("battery_cycles", "Battery full cycles", ratio(discharged, held), "1/a"),
        Figure("emissions", "Emissions, location-based", emitted, "tCO2e/a"),
        Figure("emission_intensity", "Emissions per MWh of load", ratio(emitted, load), "tCO2e/MWh"),
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
