"""Emissions by the two methods of the GHG Protocol's scope 2: location-based, and market-based."""

from __future__ import annotations

import xarray as xr

from optimizer.accounting.energy import yearly_energy


def location_based(plan: xr.Dataset) -> float:
    """Emissions of the energy used, grid energy at its average intensity, tCO2e a year."""
    return float(yearly_energy(plan, plan["emissions"]))


def market_based(plan: xr.Dataset) -> float:
    """Emissions of the energy used, contracts at their own intensity and grid energy at the residual one, tCO2e a year.

    Without a residual intensity the average one stands in, and `market_note` says so.
    """
    if "residual_intensity" not in plan:
        return location_based(plan)
    more = (plan["residual_intensity"] - plan["carbon_intensity"]) * plan["grid_import"]
    return float(yearly_energy(plan, plan["emissions"] + more))


def market_note(plan: xr.Dataset) -> list[str]:
    """Tell that the market-based figure lacks a residual intensity, where that could make a difference."""
    from_grid = float(yearly_energy(plan, plan["carbon_intensity"] * plan["grid_import"]))
    if "residual_intensity" in plan or from_grid <= 0 or not plan.sizes["supply"]:
        return []
    return [
        "market-based emissions count grid energy at its average intensity, since no residual intensity is given; what "
        "contracts of others claim is then counted twice"
    ]
