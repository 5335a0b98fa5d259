"""The figures that every run is judged by."""

from __future__ import annotations

import json
import math
from typing import NamedTuple

import xarray as xr

from optimizer.accounting.bill import yearly_by_kind
from optimizer.accounting.compute import gpu_hour_totals
from optimizer.accounting.emissions import market_based
from optimizer.accounting.energy import NOTICEABLE_MW, load_energy, ratio, yearly_energy
from optimizer.accounting.finance import initial_investment, lcoe_mix, net_present_cost
from optimizer.accounting.flexibility import greatest_ramp
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
        Figure("emissions_market", "Emissions, market-based", market_based(plan), "tCO2e/a"),
        Figure("unserved", "Unserved energy", float(yearly_energy(plan, plan["unserved"])), "MWh/a"),
        Figure(
            "unserved_hours", "Hours with unserved load", float((plan["dt"] * plan["weight"] * missing).sum()), "h/a"
        ),
        Figure("facility_energy", "Energy of the facility", load, "MWh/a"),
        Figure("peak_load", "Peak facility load", float(plan["facility_load"].max()), "MW"),
        *_compute(plan, currency),
        *_generators(plan),
        *_lives(plan),
        *_reliability(plan),
        *_flexibility(plan, currency),
        *_contracts(plan),
        *_bill(plan, currency),
        *_money(plan, currency),
        *_capacities(plan),
    ]


def _compute(plan: xr.Dataset, currency: str) -> list[Figure]:
    """Tell what a GPU-hour takes, and how much work waits or is lost, where the GPUs of all work are known."""
    labels = {
        "cost": ("cost_per_gpu_hour", "Cost per GPU-hour", f"{currency}/GPU-h"),
        "marginal_cost": ("marginal_cost_per_gpu_hour", "Marginal cost per GPU-hour, mean", f"{currency}/GPU-h"),
        "kwh": ("energy_per_gpu_hour", "Energy of the facility per GPU-hour", "kWh/GPU-h"),
        "gco2e": ("emissions_per_gpu_hour", "Emissions per GPU-hour, location-based", "gCO2e/GPU-h"),
        "asked": ("gpu_hours_asked", "GPU-hours asked, without work that runs only where it pays", "GPU-h/a"),
        "delivered": ("gpu_hours", "GPU-hours delivered", "GPU-h/a"),
        "deferred": ("gpu_hours_deferred", "GPU-hours delivered later than they could have been", "GPU-h/a"),
        "lost_to_capping": ("gpu_hours_lost", "GPU-hours lost to capping", "GPU-h/a"),
        "mean_delay_h": ("mean_delay", "Mean delay of work that may wait", "h"),
        "greatest_delay_h": ("greatest_delay", "Greatest delay of work that may wait", "h"),
    }
    totals = gpu_hour_totals(plan)
    return [Figure(name, label, totals[key], unit) for key, (name, label, unit) in labels.items() if key in totals]


def _generators(plan: xr.Dataset) -> list[Figure]:
    if not plan.sizes["generator"]:
        return []
    energies = yearly_energy(plan, plan["generation"])
    burnt = float((energies / plan["generator_efficiency"]).sum())
    figures = [
        Figure("generation", "Energy from generators", float(energies.sum()), "MWh/a"),
        Figure("fuel", "Fuel burnt", burnt, "MWh/a"),
    ]
    for name, energy, size in zip(
        plan["generator"].values, energies.values, plan["generator_capacity"].values, strict=True
    ):
        figures.append(
            Figure(f"generator_hours_{name}", f"Full-load hours of {name}", ratio(float(energy), float(size)), "h/a")
        )
    return figures


def _lives(plan: xr.Dataset) -> list[Figure]:
    """Tell how long batteries last, where their life is given in cycles and they cycle at all."""
    if "expected_life" not in plan:
        return []
    return [
        Figure(f"expected_life_{name}", f"Expected life of {name}, by cycles alone", float(life), "a")
        for name, life in zip(plan["battery"].values, plan["expected_life"].values, strict=True)
        if math.isfinite(life)
    ]


def _reliability(plan: xr.Dataset) -> list[Figure]:
    """Tell what each part of the load goes without, and how long stores and generators carry the critical one."""
    figures = []
    if "unserved_energy" in plan:
        for name in plan["load_part"].values:
            part = plan.sel(load_part=name)
            figures += [
                Figure(f"unserved_{name}", f"Unserved energy of {name}", float(part["unserved_energy"]), "MWh/a"),
                Figure(f"shortage_{name}", f"Hours of shortage of {name}", float(part["shortage_hours"]), "h/a"),
            ]
    if "survival_time" in plan:
        hours = float(plan["survival_time"].min())
        figures.append(Figure("survival_time", "Least survival time of the critical load", hours, "h"))
    if "ride_margin" in plan:
        margin = float(plan["ride_margin"].min())
        figures.append(Figure("ride_margin", "Least margin of ride-through", margin, "MWh"))
    return figures


def _contracts(plan: xr.Dataset) -> list[Figure]:
    """Tell what contracts lost on the way, and what of their energy should have been taken and was not."""
    figures = []
    if "wheeling_losses" in plan:
        lost = float(yearly_energy(plan, plan["wheeling_losses"].sum("supply")))
        figures.append(Figure("wheeling_losses", "Energy lost on the way through the public grid", lost, "MWh/a"))
    missing = [float(plan[name].sum()) for name in ("annual_shortfall", "monthly_shortfall") if name in plan]
    if missing:
        figures.append(
            Figure("take_or_pay_shortfall", "Energy paid and not taken under take-or-pay", sum(missing), "MWh/a")
        )
    return figures


def _bill(plan: xr.Dataset, currency: str) -> list[Figure]:
    """Sum the grid's bill up: what is paid for energy, power, whatever is drawn, and in taxes; sales stand apart."""
    if "bill" not in plan:
        return []
    labels = {
        "energy": "Grid bill: energy",
        "demand": "Grid bill: peaks",
        "overrun": "Grid bill: overrun of subscribed power",
        "subscribed": "Grid bill: subscribed power",
        "fixed": "Grid bill: fixed charges",
        "tax": "Grid bill: taxes",
    }
    found = yearly_by_kind(json.loads(str(plan["bill"].item())))
    paid = {kind: found[kind] for kind in labels if kind in found}
    total, bought = sum(paid.values()), float(yearly_energy(plan, plan["grid_import"]))
    figures = [Figure("bill", "Grid bill, without sales", total, f"{currency}/a")]
    if len(paid) > 1:
        figures += [Figure(f"bill_{kind}", labels[kind], amount, f"{currency}/a") for kind, amount in paid.items()]
    if bought > 0:
        figures.append(
            Figure("price_bought", "Mean price of energy bought, all of the bill", total / bought, f"{currency}/MWh")
        )
    return figures


def _flexibility(plan: xr.Dataset, currency: str) -> list[Figure]:
    """Tell what demand response contracts ask and earn, and how fast import changes where that is limited."""
    figures = []
    if "ramp_allowed" in plan:
        figures.append(Figure("greatest_ramp", "Greatest ramp towards the grid", greatest_ramp(plan), "MW/h"))
    if "response_income" in plan:
        for name in plan["response"].values:
            part = plan.sel(response=name)
            figures += [
                Figure(f"commitment_{name}", f"Commitment of {name}", float(part["commitment"]), "MW"),
                Figure(f"called_energy_{name}", f"Energy called by {name}", float(part["called_energy"]), "MWh/a"),
                Figure(f"shortfall_{name}", f"Shortfall of {name}", float(part["shortfall_energy"]), "MWh/a"),
                Figure(f"response_income_{name}", f"Income of {name}", float(part["response_income"]), f"{currency}/a"),
            ]
    return figures


def _money(plan: xr.Dataset, currency: str) -> list[Figure]:
    """Sum the cash flow up, where the scenario says how money over the years is counted."""
    if "cash_flow" not in plan:
        return []
    years = plan.sizes["year"] - 1
    return [
        Figure("net_present_cost", f"Present value of all costs of {years} years", net_present_cost(plan), currency),
        Figure("investment", "Investment at the start", initial_investment(plan), currency),
        Figure("lcoe_mix", "Levelised cost of the energy served, all sources", lcoe_mix(plan), f"{currency}/MWh"),
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
    figures += [
        Figure(f"generator_capacity_{name}", f"Capacity of {name}", float(value), "MW")
        for name, value in zip(plan["generator"].values, plan["generator_capacity"].values, strict=True)
    ]
    figures.append(Figure("connection_capacity", "Grid connection", float(plan["connection_capacity"]), "MW"))
    if "subscribed_power" in plan:
        figures.append(Figure("subscribed_power", "Subscribed power", float(plan["subscribed_power"]), "MW"))
    return figures
