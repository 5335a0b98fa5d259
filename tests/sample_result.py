"""A result's Dataset made without solving anything, for the tests of plots and report.

The dispatch follows a plain rule (take what is available, charge with what is left, discharge into what is missing,
import the rest), so that every balance holds exactly, and it is the same on every run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from optimizer.nomenclature import TERMS

CHARGE_EFFICIENCY = 0.95
DISCHARGE_EFFICIENCY = 0.95
YAML = """\
name: Sample year
currency: USD
site:
  name: Casablanca
  latitude: 33.4
  longitude: -7.6
  time_zone: Africa/Casablanca
  load: {it_load: it_load, pue: pue}
  supplies:
    - {name: Tarfaya wind, capacity: 60, energy_price: 32}
  batteries:
    - {name: Battery, power_capacity: 20, energy_capacity: 80, charge_efficiency: 0.95}
horizon: {start: 2025-01-01, end: 2026-01-01, step: 60 min}
"""

Hourly = Mapping[str, np.ndarray]


def year(
    calendar_year: int = 2025,
    step: str = "60min",
    *,
    supplies: Sequence[str] = ("Tarfaya wind", "Noor solar"),
    batteries: Sequence[str] = ("Battery",),
    grid: bool = True,
    **attrs: Any,
) -> xr.Dataset:
    """Give a year of a 40 MW site, in steps of the wanted length."""
    boundaries = pd.date_range(f"{calendar_year}-01-01", f"{calendar_year + 1}-01-01", freq=step)
    return span(boundaries, supplies=supplies, batteries=batteries, grid=grid, **attrs)


def span(
    boundaries: pd.DatetimeIndex,
    *,
    supplies: Sequence[str] = ("Tarfaya wind", "Noor solar"),
    batteries: Sequence[str] = ("Battery",),
    grid: bool = True,
    **attrs: Any,
) -> xr.Dataset:
    """Give the site's result over the intervals between the boundaries (naive UTC)."""
    starts = boundaries[:-1]
    rng = np.random.default_rng(7)
    hours = starts.hour.to_numpy() + starts.minute.to_numpy() / 60
    season = np.cos(2 * np.pi * (starts.day_of_year.to_numpy() - 172) / 365)
    size = len(starts)
    knots = np.arange(0, size + 60, 60)
    slow = np.interp(np.arange(size), knots, rng.uniform(-1, 1, len(knots)))
    elevation = np.maximum(0, np.sin(np.pi * (hours - 6 + season * 0.6) / (12 + 1.2 * season)))
    sun = np.where((hours > 5.4) & (hours < 18.6), elevation, 0) * rng.uniform(0.75, 1, size)
    wind = np.clip(0.37 + 0.38 * slow + 0.12 * np.sin(2 * np.pi * (hours - 15) / 24) + rng.normal(0, 0.04, size), 0, 1)
    price = 62 + 22 * np.exp(-(((hours - 20) / 2.5) ** 2)) - 14 * sun - 9 * season + rng.normal(0, 2, size)
    series = {
        "it_load": 31 + 2.5 * np.sin(2 * np.pi * (hours - 9) / 24) + rng.normal(0, 0.4, size),
        "pue": 1.15 + 0.04 * np.maximum(0, season) * sun,
        "other_load": np.full(size, 0.5),
        "energy_price": price * grid,
        "export_price": np.full(size, 20.0 * grid),
        "carbon_intensity": np.full(size, 0.55 * grid),
        "grid_cfe": np.full(size, 0.26 * grid),
        "grid_available": np.full(size, 1.0 * grid),
        "weight": np.full(size, _weight(boundaries)),
    }
    shapes = [sun if "solar" in name.lower() else np.roll(wind, 97 * i) for i, name in enumerate(supplies)]
    availability = np.array(shapes).reshape(len(supplies), size)
    dispatch = _dispatch(series, availability, boundaries, batteries=len(batteries), grid=grid)
    return _dataset(series | dispatch, boundaries, supplies, batteries, attrs)


def _weight(boundaries: pd.DatetimeIndex) -> float:
    hours = (boundaries[-1] - boundaries[0]) / pd.Timedelta("1h")
    return 1.0 if 8760 <= hours <= 8784 else 8760 / hours


def _dispatch(
    series: Hourly, availability: np.ndarray, boundaries: pd.DatetimeIndex, *, batteries: int, grid: bool
) -> dict[str, np.ndarray]:
    dt = (np.diff(boundaries.to_numpy()) / np.timedelta64(1, "s")) / 3600
    supplies, size = availability.shape
    load = series["pue"] * series["it_load"] + series["other_load"]
    supply_capacity = np.full(supplies, 120.0 / max(1, supplies))
    available = availability * supply_capacity[:, None]
    power, energy = np.full(batteries, 10.0), np.full(batteries, 40.0)
    connection = 30.0 if grid else 0.0
    out = {name: np.zeros((supplies, size)) for name in ("delivered", "curtailment")}
    out |= {name: np.zeros((batteries, size)) for name in ("charge", "discharge")}
    out |= {name: np.zeros(size) for name in ("grid_import", "grid_export", "unserved")}
    stored = np.zeros((batteries, size + 1))
    stored[:, 0] = 0.5 * energy
    total = available.sum(0)
    for t in range(size):
        spare = total[t] - load[t]
        stored[:, t + 1] = stored[:, t]
        for b in range(batteries):
            if spare > 0:
                room = (0.9 * energy[b] - stored[b, t]) / CHARGE_EFFICIENCY / dt[t]
                out["charge"][b, t] = min(spare, power[b], max(0.0, room))
                stored[b, t + 1] += dt[t] * CHARGE_EFFICIENCY * out["charge"][b, t]
                spare -= out["charge"][b, t]
            else:
                left = (stored[b, t] - 0.1 * energy[b]) * DISCHARGE_EFFICIENCY / dt[t]
                out["discharge"][b, t] = min(-spare, power[b], max(0.0, left))
                stored[b, t + 1] -= dt[t] * out["discharge"][b, t] / DISCHARGE_EFFICIENCY
                spare += out["discharge"][b, t]
        if spare < 0:
            out["grid_import"][t] = min(-spare, connection)
            out["unserved"][t] = -spare - out["grid_import"][t]
            spare = 0.0
        out["grid_export"][t] = min(spare, 5.0 * grid)
        share = (spare - out["grid_export"][t]) / total[t] if total[t] > 0 else 0.0
        out["curtailment"][:, t] = share * available[:, t]
        out["delivered"][:, t] = available[:, t] - out["curtailment"][:, t]
    clean = out["delivered"].sum(0) - out["charge"].sum(0) + out["discharge"].sum(0) - out["grid_export"]
    score = (clean + series["grid_cfe"] * out["grid_import"]) / load
    marginal = np.where(out["unserved"] > 0, 3000.0, np.where(out["grid_import"] > 0, series["energy_price"], 20.0))
    return out | {
        "dt": dt,
        "availability": availability,
        "facility_load": load,
        "stored_energy": stored,
        "soc": stored / energy[:, None],
        "cfe_score": np.clip(score, 0, 1),
        "emissions": series["carbon_intensity"] * out["grid_import"],
        "marginal_price": marginal,
        "supply_price": np.full((supplies, size), 32.0),
        "curtailment_price": np.zeros((supplies, size)),
        "supply_capacity": supply_capacity,
        "supply_cfe": np.ones(supplies),
        "state_of_health": np.ones(batteries),
        "power_capacity": power,
        "energy_capacity": energy,
        "soc_min": np.full(batteries, 0.1),
        "soc_max": np.full(batteries, 0.9),
        "connection_capacity": np.array(connection),
    }


HOURLY = (
    *("dt", "weight", "it_load", "pue", "other_load", "facility_load", "energy_price", "export_price"),
    *("carbon_intensity", "grid_cfe", "grid_available", "grid_import", "grid_export", "unserved"),
    *("cfe_score", "emissions", "marginal_price"),
)
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(HOURLY, ("hour",)),
    **dict.fromkeys(
        ("availability", "delivered", "curtailment", "supply_price", "curtailment_price"), ("supply", "hour")
    ),
    **dict.fromkeys(("supply_capacity", "supply_cfe"), ("supply",)),
    **dict.fromkeys(("power_capacity", "energy_capacity", "soc_min", "soc_max", "state_of_health"), ("battery",)),
    "connection_capacity": (),
    **dict.fromkeys(("charge", "discharge"), ("battery", "hour")),
    **dict.fromkeys(("stored_energy", "soc"), ("battery", "boundary")),
    "annual_cost": ("cost_line",),
    "cost_by_hour": ("cost_line", "hour"),
    "cost_by_supply": ("cost_line", "supply"),
    "cost_by_battery": ("cost_line", "battery"),
    "cash_flow": ("cost_line", "year"),
    "discount_rate": (),
}


def _dataset(
    values: Mapping[str, np.ndarray],
    boundaries: pd.DatetimeIndex,
    supplies: Sequence[str],
    batteries: Sequence[str],
    attrs: Mapping[str, Any],
) -> xr.Dataset:
    cost_by_hour, annual_cost, lines = _costs(values)
    values = {**values, "cost_by_hour": cost_by_hour, "annual_cost": annual_cost, "discount_rate": np.array(0.07)}
    values |= _costs_of_owners(values, lines)
    values["cash_flow"] = np.outer(annual_cost, [0.0, 1.0, 1.0, 1.0])
    currency = attrs.get("currency", "USD")
    dataset = xr.Dataset(
        {
            name: (
                dims,
                values[name],
                {"units": TERMS[name].unit_in(currency), "description": TERMS[name].description},
            )
            for name, dims in DIMENSIONS.items()
        },
        coords={
            "hour": ("hour", boundaries[:-1].to_numpy().astype("datetime64[ns]"), {"time_zone": "UTC"}),
            "boundary": ("boundary", boundaries.to_numpy().astype("datetime64[ns]"), {"time_zone": "UTC"}),
            "supply": ("supply", np.array(supplies, dtype=object)),
            "battery": ("battery", np.array(batteries, dtype=object)),
            "cost_line": ("cost_line", np.array(lines, dtype=object)),
            "year": ("year", np.arange(4)),
        },
    )
    dataset["marginal_price_of_power_balance"] = dataset["marginal_price"] * dataset["weight"] * dataset["dt"]
    dataset["marginal_price_of_power_balance"].attrs = {
        "units": f"{currency}/a per MW",
        "description": "Change of the yearly cost for one more MW on the right-hand side of power_balance",
    }
    dataset["matched_share"] = _shares()
    for name, value, unit in (("cycle_wear", 0.05, "1/a"), ("expected_life", 20.0, "a")):
        dataset[name] = ("battery", np.full(len(batteries), value), {"units": unit, "description": "Life of batteries"})
    dataset["cycles_by_depth"] = xr.DataArray(
        np.tile(np.arange(10.0), (len(batteries), 1)),
        {"battery": dataset["battery"], "cycle_depth": np.arange(1, 11) / 10},
        dims=("battery", "cycle_depth"),
        attrs={"units": "1/a", "description": "Cycles by depth"},
    )
    dataset = _with_work(dataset, currency)
    dataset["survival_time"] = ("boundary", 2 + values["soc"].sum(axis=0), {"units": "h", "description": "Survival"})
    dataset["ride_through"], dataset["ride_margin"] = 2.0, 5 * dataset["survival_time"]
    for name, unit in (("unserved_energy", "MWh/a"), ("shortage_hours", "h/a")):
        attrs_of_part = {"units": unit, "description": "What a part of the load goes without"}
        parts = {"load_part": np.array(["control", "rest"], dtype=object)}
        dataset[name] = xr.DataArray(np.array([0.0, 12.0]), parts, dims="load_part", attrs=attrs_of_part)
    for name, value in _RESPONSE.items():
        labels = {"response": np.array(["relief"], dtype=object)}
        unit = {"units": TERMS[name].unit_in(currency), "description": TERMS[name].description}
        dataset[name] = xr.DataArray(np.array([value]), labels, dims="response", attrs=unit)
    sources = np.array([*supplies, "grid"], dtype=object)
    dataset["certified_energy"] = xr.DataArray(
        np.arange(5.0 * len(sources)).reshape(len(sources), 5),
        {"certificate_source": sources, "certificate_use": np.array(CERTIFICATE_USES, dtype=object)},
        dims=("certificate_source", "certificate_use"),
        attrs={"units": "MWh/a", "description": "Energy of the source that went into the use"},
    )
    dataset = _with_contracts(dataset, currency)
    dataset["worth"], dataset["worst_hours"] = json.dumps(WORTH), json.dumps(_worst_hours(dataset))
    if len(values["energy_price"]) and values["grid_available"].any():
        dataset["bill"] = json.dumps(bill_lines(dataset, currency))
    dataset.attrs |= {
        "scenario": "Sample year",
        "site": "Casablanca",
        "currency": currency,
        "time_zone": "Africa/Casablanca",
        "latitude": 33.4,
        "longitude": -7.6,
        "certificate": json.dumps(CERTIFICATE),
        "versions": json.dumps({"optimizer": "0.1.0", "pyomo": "6.10.1", "highspy": "1.15.1"}),
        "inputs_hash": "9f2c" * 16,
        "scenario_yaml": YAML,
        "notes": json.dumps(["Weather and prices are synthetic", "Wind price: example, unverified"]),
        "data_notes": json.dumps(DATA_NOTES),
        "summary": json.dumps(summary(dataset, currency)),
        **attrs,
    }
    return dataset


def _with_work(dataset: xr.Dataset, currency: str) -> xr.Dataset:
    """Divide the IT load into inference, a class that waits for the next odd interval, and a job, by 600 GPUs a MW."""
    dt, hours = dataset["dt"].to_numpy(), np.arange(dataset.sizes["hour"])
    job, arrival = np.where((hours > 0) & (hours < 6) | (hours == len(hours) - 1), 1.0, 0.0), np.full(len(dt), 2.0)
    waits = np.where((hours % 2 == 0) & (hours < len(hours) - 1), 2.0 * dt, 0.0)
    batch = (np.concatenate([[0.0], waits[:-1]]) + 2.0 * dt - waits) / dt
    released = np.zeros(len(dt))
    released[0] = (job * dt).sum() / dt[0]
    zero, inference = np.zeros(len(dt)), dataset["it_load"].to_numpy() - batch - job
    backlog = np.concatenate([[0.0], waits])
    price = (dataset["marginal_price"] * dataset["pue"] / 600).to_numpy()
    values = {
        "it_power": [inference, batch, job],
        "work_asked": [inference, arrival, released],
        "power_cut": [zero] * 3,
        "lost_throughput": [zero] * 3,
        "marginal_gpu_hour": [price, np.minimum(price, np.append(price[1:], np.inf)), np.full(len(dt), price.min())],
    }
    names, ends = ["Inference", "Batch", "Language model"], dataset["boundary"].to_numpy()[[0, -1]]
    moments = {"release": ends[0], "deadline": ends[-1]}
    found = dataset.assign(
        {name: (("workload", "hour"), np.array(rows)) for name, rows in values.items()}
        | {
            "backlog": (("workload", "boundary"), np.array([0 * backlog, backlog, 0 * backlog])),
            "gpus_per_mw": ("workload", np.full(3, 600.0)),
            "job_power_max": ("job_interval", np.full(len(dt), 1.0)),
            "job_energy": ("job", np.array([(job * dt).sum()])),
        }
    ).assign_coords(
        {
            "workload": np.array(names, dtype=object),
            "deferrable_workload": np.array(names[1:2], dtype=object),
            "cappable_workload": np.array([], dtype=object),
            "job": np.array(names[2:], dtype=object),
            "workload_kind": ("workload", np.array(["firm", "deferrable", "job"], dtype=object)),
            "workload_window": ("workload", np.array([np.nan, 24.0, np.nan])),
            "job_interval_workload": ("job_interval", np.array([names[2]] * len(dt), dtype=object)),
            "job_interval_hour": ("job_interval", hours),
            **{
                f"workload_{name}": ("workload", np.array(["NaT", "NaT", moment], dtype="datetime64[ns]"))
                for name, moment in moments.items()
            },
        }
    )
    for name in [*values, "backlog", "gpus_per_mw", "job_power_max", "job_energy"]:
        found[name].attrs = {"units": TERMS[name].unit_in(currency), "description": TERMS[name].description}
    return found


_RESPONSE = {
    "commitment": 6.0, "called_hours": 20.0, "called_energy": 120.0, "shortfall_energy": 15.0,
    "response_income": 9000.0,
}  # fmt: skip
CERTIFICATE_USES = ("used at once", "used from storage", "lost in storage", "sold", "left in storage or moved")


WORTH = [
    {
        "name": "supply_capacity", "what": "Capacity of Tarfaya wind", "capacity": True, "size": 60.0, "unit": "MW",
        "choice": "chosen", "worth": 120000.0, "cost": 120000.0, "saving": 0.0, "step": 1.0, "saving_of_step": 0.0,
    },
    {
        "name": "cfe_target", "what": "CFE target, hourly", "capacity": False, "size": 90.0, "unit": "%",
        "choice": "fixed", "worth": -90000.0, "cost": 0.0, "saving": -90000.0, "step": 1.0, "saving_of_step": -90000.0,
    },
]  # fmt: skip


def _worst_hours(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """Tell the ten dearest hours, which the connection makes so."""
    price = dataset["marginal_price"].to_numpy()
    return [
        {
            "time_utc": str(dataset["hour"].values[hour])[:16],
            "marginal_price": float(price[hour]),
            "facility_load": float(dataset["facility_load"][hour]),
            "set_by": ["Grid import"],
            "limits": [["Connection limit", 12.5], ["Available power (Tarfaya wind)", 3.0]],
            "relief": "Grid connection",
            "relief_unit": "MW",
            "relief_saving": 12.5,
            "relief_share": 0.001,
        }
        for hour in np.argsort(-price, kind="stable")[:10]
    ]


def _with_contracts(dataset: xr.Dataset, currency: str) -> xr.Dataset:
    """Draw the accounts of every contract up, in round numbers."""
    members = {
        "contract_energy": ("contract_use", (*CERTIFICATE_USES, "lost on the way", "curtailed")),
        "contract_money": (
            "contract_flow",
            ("paid to the provider", "paid to the network", "from what was sold of it"),
        ),
        "contract_price": (
            "contract_side",
            (
                "buyer pays per MWh used",
                "provider earns per MWh produced",
                "provider earns per MWh it could produce",
            ),
        ),
    }
    for name, (dim, labels) in members.items():
        dataset[name] = xr.DataArray(
            np.add.outer(np.arange(dataset.sizes["supply"]), 10.0 * np.arange(1, len(labels) + 1)),
            {"supply": dataset["supply"], dim: np.array(labels, dtype=object)},
            dims=("supply", dim),
            attrs={"units": TERMS[name].unit_in(currency), "description": TERMS[name].description},
        )
    return dataset


def _shares() -> xr.DataArray:
    """Give scores of two months and the year."""
    labels = {
        "matching_period": np.array(["Jan 2025", "Feb 2025", "Year"], dtype=object),
        "matching_score": np.array(["hourly", "hourly, per-hour score", "monthly", "annual"], dtype=object),
    }
    shares = np.array([[0.8, 0.81, 0.9, 0.9], [0.9, 0.91, 1.0, 1.2], [0.85, 0.86, 0.95, 1.05]])
    attrs = {"units": "1", "description": "Share of the period's load that is matched, by the score's way to count"}
    return xr.DataArray(shares, labels, dims=tuple(labels), attrs=attrs)


def bill_lines(dataset: xr.Dataset, currency: str) -> list[dict[str, Any]]:
    """Give a bill by month: energy, and a charge on the peak."""
    months = dataset["hour"].to_numpy().astype("datetime64[M]")
    lines = []
    for month in np.unique(months):
        here = months == month
        energy = (dataset["dt"] * dataset["grid_import"]).values[here]
        spent = float((energy * dataset["energy_price"].values[here]).sum())
        peak, stamp = float(dataset["grid_import"].values[here].max()), str(month)
        total = float(energy.sum())
        rows = [
            ("Energy", "energy", total, "MWh", spent / total if total else None, f"{currency}/MWh", spent, ""),
            ("Monthly peak", "demand", peak, "MW", 4000.0, f"{currency}/MW", 4000.0 * peak, "in the evening"),
        ]
        names = ("line", "kind", "quantity", "unit", "price", "price_unit", "amount", "remark")
        for row in rows:
            line = dict(zip(names, row, strict=True))
            lines.append(line | {"invoice": stamp, "period": stamp, "share": 1.0, "annual_cost": line["amount"]})
    return lines


DATA_NOTES = [
    "grid_price: from prices.csv, column 'price'",
    "grid_price: 1 gaps filled, the first at 2025-03-02T04:00 UTC",
]
CERTIFICATE = {
    "objective": 15_234_567.0,
    "dual_objective": 15_234_566.9,
    "relative_gap": 6.6e-9,
    "primal_violation": {"value": 2.1e-9, "scaled": 5e-11, "where": "power_balance[2025-04-01 03:00]"},
    "dual_violation": {"value": 3.4e-10, "scaled": 3.4e-10, "where": "charge[Battery, 2025-01-01 17:00]"},
    "complementarity": 1.2e-7,
    "cost_error_bound": 0.12,
    "tolerance": 1e-6,
    "proved": True,
    "status": "optimal",
    "engine": "highs",
    "engine_status": "Optimal",
    "engine_settings": {"solver": "simplex", "threads": "1"},
    "iterations": 12_345,
    "seconds": 2.345,
    "attempts": [{"engine": "highs", "proved": True}],
}


def _costs(values: Hourly) -> tuple[np.ndarray, np.ndarray, list[str]]:
    scale = values["weight"] * values["dt"]
    rows = {
        "Grid energy": scale * values["energy_price"] * values["grid_import"],
        "Supply energy": scale * (values["supply_price"] * values["delivered"]).sum(0),
        "Battery wear": scale * 2.0 * values["discharge"].sum(0),
        "Unserved energy": scale * 3000.0 * values["unserved"],
        "Export revenue": -scale * values["export_price"] * values["grid_export"],
        "Grid connection capacity": np.zeros_like(scale),
    }
    by_hour = np.array(list(rows.values()))
    annual = by_hour.sum(1)
    annual[-1] = 12_000.0 * float(values["connection_capacity"])
    return by_hour, annual, list(rows)


def _costs_of_owners(values: Hourly, lines: list[str]) -> dict[str, np.ndarray]:
    """Give the energy of each supply and the wear of each battery, as the cost lines have them."""
    scale = values["weight"] * values["dt"]
    of_supply, of_battery = (np.zeros((len(lines), len(values[name]))) for name in ("delivered", "discharge"))
    of_supply[lines.index("Supply energy")] = (values["supply_price"] * values["delivered"]) @ scale
    of_battery[lines.index("Battery wear")] = 2.0 * values["discharge"] @ scale
    return {"cost_by_supply": of_supply, "cost_by_battery": of_battery}


def summary(dataset: xr.Dataset, currency: str) -> list[dict[str, Any]]:
    """Give the key figures in the form in which a result keeps them."""
    scale = dataset["weight"] * dataset["dt"]
    load = float((scale * dataset["facility_load"]).sum())
    cost = float(dataset["annual_cost"].sum())
    available = float((scale * (dataset["delivered"] + dataset["curtailment"])).sum())
    used = load - float((scale * (1 - dataset["grid_cfe"]) * dataset["grid_import"]).sum())
    matched = float((scale * dataset["facility_load"] * dataset["cfe_score"]).sum())
    cycles = scale * dataset["discharge"] / dataset["energy_capacity"]
    curtailed = float((scale * dataset["curtailment"]).sum())
    emitted = float((scale * dataset["emissions"]).sum())
    rows = [
        ("cost_per_mwh", "Cost per MWh of load", cost / load, f"{currency}/MWh"),
        ("cost_per_year", "Cost per year", cost, f"{currency}/a"),
        ("cfe_hourly", "Carbon-free share, hour by hour", matched / load, "1"),
        ("cfe_annual", "Carbon-free share, annual matching", used / load, "1"),
        (
            "curtailment_share",
            "Share of available renewable energy curtailed",
            curtailed / available if available else 0.0,
            "1",
        ),
        ("curtailment", "Renewable energy curtailed", curtailed, "MWh/a"),
        ("peak_import", "Peak grid import", float(dataset["grid_import"].max()), "MW"),
        ("battery_cycles", "Battery full cycles", float(cycles.sum()) / max(1, dataset.sizes["battery"]), "1/a"),
        ("emissions", "Emissions, location-based", emitted, "tCO2e/a"),
        ("emission_intensity", "Emissions per MWh of load", emitted / load, "tCO2e/MWh"),
        ("unserved", "Unserved energy", float((scale * dataset["unserved"]).sum()), "MWh/a"),
        ("facility_energy", "Energy of the facility", load, "MWh/a"),
        ("connection_capacity", "Grid connection", float(dataset["connection_capacity"]), "MW"),
    ]
    return [dict(zip(("name", "label", "value", "unit"), row, strict=True)) for row in rows]
