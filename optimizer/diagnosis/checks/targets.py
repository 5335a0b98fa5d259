"""Caps on a year's totals, against the least that serving the load takes of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding


def yearly_emissions(site: Reading) -> Iterator[Finding]:
    """Compare caps on emissions with those of the cleanest energy that can serve the load, whenever it occurs."""
    if "emissions_max" not in site.data and "emission_intensity_max" not in site.data:
        return
    fuel = site["fuel_carbon_intensity"] / site["generator_efficiency"][:, None]
    least = _least(site, site["carbon_intensity"], site["supply_carbon_intensity"], fuel)
    told = f"over a year, even the cleanest energy that can serve the load emits {amount(least)} tCO2e"
    for name, cap in (
        ("emissions_max", 1.0),
        ("emission_intensity_max", _greatest_load(site)),
    ):
        if name in site.data:
            most = float(site[name]) * cap
            if beyond(least - most, most):
                text = f"{told}; the cap is {amount(most)} tCO2e: {amount(least - most)} tCO2e are too much"
                yield Finding("yearly_emissions", text, least - most, "tCO2e/a")


def yearly_grid(site: Reading) -> Iterator[Finding]:
    """Compare caps on energy from the grid with the load that nothing else can serve, whenever it occurs."""
    if "grid_energy_max" not in site.data and "grid_share_max" not in site.data:
        return
    others = [np.zeros_like(site[name]) for name in ("availability", "generator_available")]
    least = _least(site, np.ones_like(site.dt), *others)
    for name, cap in (("grid_energy_max", 1.0), ("grid_share_max", _greatest_load(site))):
        if name in site.data:
            most = float(site[name]) * cap
            if beyond(least - most, most):
                share = f", {percent(float(site[name]))} of the load" if name == "grid_share_max" else ""
                text = (
                    f"over a year, {amount(least)} MWh of the load can come from nothing but the grid; the cap is "
                    f"{amount(most)} MWh{share}: {amount(least - most)} MWh are too much"
                )
                yield Finding("yearly_grid", text, least - most, "MWh/a")


def annual_target(site: Reading) -> Iterator[Finding]:
    """Compare the annual target with all the carbon-free energy that there can be in a year."""
    if "cfe_annual_target" not in site.data:
        return
    hours = site["weight"] * site.dt
    clean = float(((site["supply_cfe"] @ site.supplied + site["generator_cfe"] @ site.generated) * hours).sum())
    target = float(site["cfe_annual_target"])
    load = float((site.least_load * hours).sum())
    if beyond(target * load - clean, load):
        text = (
            f"over a year, there can be {amount(clean)} MWh of carbon-free energy, {percent(clean / load)} of the "
            f"load; the annual target is {percent(target)}: {amount(target * load - clean)} MWh are missing"
        )
        yield Finding("annual_target", text, target * load - clean, "MWh/a")


def _greatest_load(site: Reading) -> float:
    return float((site["weight"] * site.dt * site.greatest_load).sum())


def _least(site: Reading, grid: Array, supply: Array, generator: Array) -> float:
    """Give the least of something that serving the load takes in a year, by how much a MWh of each source takes.

    Energy of any hour may serve any other, and nothing is lost in between: better than it is.
    """
    hours = site["weight"] * site.dt
    power = np.vstack([site.grid, site.supplied, site.generated]) * hours
    rate = np.vstack([np.broadcast_to(grid, site.dt.shape), supply, generator]).ravel()
    order = np.argsort(rate, kind="stable")
    held = float(site.held_at_start[~site.among("cyclic_battery")].sum() * site["weight"].max())
    need = max(float((site.must_serve * hours).sum()) - held, 0.0)
    taken = np.diff(np.minimum(np.cumsum(power.ravel()[order]), need), prepend=0.0)
    return float(taken @ rate[order])
