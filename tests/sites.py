"""Small sites for tests, stated in a line or two: a list in place of a number becomes a series.

Costs are plain sums over the intervals (``weight`` is 1) unless a test says otherwise; capacities are ample where a
test gives none, so that only what is being proved can bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import xarray as xr

from optimizer.model import Model
from optimizer.result import Result
from optimizer.scenario import Scenario

AMPLE = 1000.0
START = datetime(2025, 1, 1, tzinfo=UTC)

_UNITS = {
    "it_load": "MW", "pue": "1", "other_load": "MW", "availability": "1", "available": "1", "grid_cfe": "1",
    "energy_price": "USD/MWh", "curtailment_price": "USD/MWh", "export_price": "USD/MWh",
    "carbon_intensity": "tCO2e/MWh", "fuel_price": "USD/MWh",
    "power": "MW", "arrivals": "MW", "power_max": "MW", "value": "USD/MWh",
}  # fmt: skip


def grid(**given: Any) -> dict[str, Any]:
    """State a grid connection, of ample capacity."""
    return {"connection_capacity": AMPLE} | given


def supply(name: str = "pv", capacity: Any = AMPLE, **given: Any) -> dict[str, Any]:
    """State a supply, of ample capacity."""
    return {"name": name, "capacity": capacity} | given


def battery(name: str = "battery", power: Any = AMPLE, energy: Any = AMPLE, **given: Any) -> dict[str, Any]:
    """State a battery, ample and without losses, which starts empty and ends as full as it likes."""
    lossless = {"charge_efficiency": 1.0, "discharge_efficiency": 1.0}
    start = {} if {"cyclic", "initial_soc"} & set(given) else {"initial_soc": 0.0}
    ends = {} if "cyclic" in given else {"cyclic": False}
    return {"name": name, "power_capacity": power, "energy_capacity": energy} | lossless | start | ends | given


def generator(name: str = "diesel", capacity: Any = AMPLE, **given: Any) -> dict[str, Any]:
    """State a generator, of ample capacity."""
    return {"name": name, "capacity": capacity} | given


def state(
    it_load: Any = 10.0,
    *,
    hours: int = 3,
    minutes: int | Sequence[int] = 60,
    supplies: Iterable[Mapping[str, Any]] = (),
    batteries: Iterable[Mapping[str, Any]] = (),
    generators: Iterable[Mapping[str, Any]] = (),
    grid: Mapping[str, Any] | None = None,
    load: Mapping[str, Any] | None = None,
    of_site: Mapping[str, Any] | None = None,
    weight: float | None = 1.0,
    time_zone: str = "Africa/Casablanca",
    **scenario: Any,
) -> Model:
    """State a site as a model.

    Parameters
    ----------
    it_load : float or sequence
        IT load [MW]; None where `load` has workloads alone.
    hours : int
        Number of intervals where no sequence tells.
    minutes : int or sequence of int
        Length of the intervals, one for all or one for each.
    supplies, batteries, generators, grid, load
        As in a scenario file, save that a sequence may stand wherever the name of a series may.
    of_site : mapping, optional
        Further keys of the site, such as ``reliability``.
    weight : float, optional
        Real intervals a year that each one stands for; None for the product's own choice.
    time_zone : str
        IANA name of the site's zone.
    **scenario
        Further keys of the scenario, such as ``targets`` or ``carbon_price``.
    """
    series: dict[str, tuple[str, Any]] = {}
    site = {
        "name": "site",
        "latitude": 33.4,
        "longitude": -7.6,
        "time_zone": time_zone,
        "load": _load({"it_load": it_load} | dict(load or {}), series),
        "supplies": [_named(f"supply{number}", item, series) for number, item in enumerate(supplies)],
        "batteries": [dict(item) for item in batteries],
        "generators": [_named(f"generator{number}", item, series) for number, item in enumerate(generators)],
        "grid": None if grid is None else _named("grid", grid, series),
    } | dict(of_site or {})
    lengths = {len(values) for _, values in series.values()} or {hours}
    assert len(lengths) == 1, f"series of different lengths: {lengths}"
    made = Scenario.from_dict(
        {
            "name": "test",
            "horizon": horizon([minutes] * lengths.pop() if isinstance(minutes, int) else list(minutes)),
            # A netCDF file without a column map may hold series of any name. It is never read.
            "series": [{"path": "in-memory.nc"}],
            "site": site,
            "weight": weight,
        }
        | scenario
    )
    return Model(made, _dataset(made, series))


def solved(it_load: Any = 10.0, *, hours: int = 2, **given: Any) -> Result:
    """Solve a site, of two hours unless told otherwise, to a vertex; what may be given is that of `state`."""
    return state(it_load, hours=hours, **given).solve(vertex=True)


def everything() -> Model:
    """State a site that leaves no family out: two of each, all sizes free, intervals of three lengths."""
    wind = supply(
        "wind", {"min": 5, "max": 50, "annual_cost": 1, "fixed_om": 11, "existing": 4},
        availability=[0.9, 0.5, 0.25], energy_price=[30, 31, 32],
        curtailment_price=29, curtailment_limit=0.2, carbon_intensity=0.011, cfe=0.75, variable_om=2.5,
        contract={
            "losses": 0.5, "delivery_point": "site", "wheeling_price": 7, "take_or_pay": {"share": 0.625, "price": 12},
        },
    )  # fmt: skip
    sun = supply(
        "sun", {"max": 40, "capital_cost": 200, "life": 1}, availability=[0, 0.5, 1], energy_price=48,
        carbon_intensity=0.048, contract={"take_or_pay": {"share": 0.5, "period": "month", "price": 14}},
    )  # fmt: skip
    cyclic = battery(
        "cyclic", {"max": 25, "annual_cost": 3}, {"max": 100, "annual_cost": 4}, cyclic=True, charge_efficiency=0.9,
        discharge_efficiency=0.8, self_discharge=0.01, soc_min=0.05, soc_max=0.95, cycle_life=500,
        replacement_cost=1000, depth_exponent=2, depth_segments=2, cycles_max=300,
        state_of_health=0.96, variable_om=1.5, duration_min=1.5, duration_max=6,
        swing_reserve={"share": 0.1, "power": 0.25, "duration": 0.2},
    )  # fmt: skip
    plain = battery(
        "plain", {"min": 1, "max": 9, "capital_cost": 50, "fixed_om": 5, "existing": 1},
        {"min": 2, "max": 8, "capital_cost": 60, "fixed_om_share": 0.1, "existing": 2}, initial_soc=0.5,
        final_soc_min=0.25, final_soc_max=0.75, shared_inverter=False, holding_cost=0.125, throughput_cost=18,
    )  # fmt: skip
    diesel = generator(
        "diesel", {"max": 30, "annual_cost": 8}, fuel_price=[40, 41, 42], efficiency=0.4, carbon_intensity=0.25,
        variable_om=3.5, available=0.9, hours_max=50,
    )  # fmt: skip
    gas = generator(
        "gas", {"min": 2, "max": 20, "capital_cost": 80, "discount_rate": 0.5, "fixed_om": 9, "existing": 2},
        fuel_price=30, efficiency=0.5, carbon_intensity=0.2, cfe=0.25, energy_max=900,
    )  # fmt: skip
    connection = grid(
        connection_capacity={"min": 10, "max": 45, "capital_cost": 70, "fixed_om": 1, "existing": 10},
        subscribed_power={"min": 5, "max": 40, "capital_cost": 90, "fixed_om": 2, "existing": 3},
        energy_price=[70, 100, 140], export_capacity=15,
        export_price=[19, 20, 21], carbon_intensity=[0.5, 0.6, 0.7], grid_cfe=[0.2, 0.3, 0.4], available=[1, 0, 0.5],
        ramp_per_hour=40, tariff=tariff(),
    )  # fmt: skip
    racks = {"machine": {"gpus": 72, "rack_power": 0.12}, "racks": 250}
    load = {
        "pue": [1.1, 1.2, 1.3], "other_load": 0.5, "value_of_lost_load": 10000, "workloads": workloads(),
        "fleets": [{"name": "hall", "arrivals": [{"date": "2025-01-01T01:15Z", "racks": 50}]} | racks],
    }  # fmt: skip
    return state(
        [20, 21, 22],
        minutes=[60, 30, 120],
        weight=100,
        load=load | {"tiers": tiers()},
        of_site={
            "reliability": {"ride_through": 0.75, "n_minus_1": ["supplies", "grid", "batteries", "generators"]},
            "demand_response": responses(),
        },
        supplies=[wind, sun],
        batteries=[cyclic, plain],
        generators=[diesel, gas],
        grid=connection,
        finance={"discount_rate": 0.25, "years": 2, "escalation": {"carbon": [1, 3]}},
        targets={
            "cfe": 0.9,
            "cfe_monthly": 0.8,
            "cfe_rolling": {"share": 0.7, "days": 1},
            "cfe_annual": 0.95,
            "emissions_max": 500000,
            "emission_intensity_max": 2,
            "grid_energy_max": 10000000,
            "grid_share_max": 0.9,
            "curtailment_share_max": 0.6,
            "export_share": 0.9,
        },
        carbon_price=25,
        time_zone="Atlantic/Azores",  # UTC-1: the first interval is in 2024, so that there are two months
    )


def tiers() -> list[dict[str, Any]]:
    """State tiers of load of each kind: critical and not, as a share and as power."""
    return [
        {"name": "control", "share": 0.25, "value_of_lost_load": 20000, "critical": True},
        {"name": "training", "power": 2, "value_of_lost_load": 300},
    ]


def responses() -> list[dict[str, Any]]:
    """State demand response counted from the connection and from a baseline, to be chosen and fixed."""
    return [
        {
            "name": "relief", "commitment": 9, "least_commitment": 1, "availability_payment": 7,
            "events": [{"start": "2025-01-01T00:45Z", "end": "2025-01-01T01:15Z"}],
        },
        {
            "name": "reserve", "commitment": 3, "baseline": 20, "call_payment": 30, "penalty": 50,
            "events": [{"start": "2025-01-01T03:00Z", "end": "2025-01-01T03:30Z"}],
        },
    ]  # fmt: skip


def workloads() -> list[dict[str, Any]]:
    """State a workload of each kind, for intervals of 60, 30 and 120 minutes."""
    curve = {"points": [[0.6, 0.8], [0.8, 0.94], [1, 1]], "value": 400}
    return [
        {"name": "inference", "kind": "firm", "power": 5, "curve": curve},
        {
            "name": "batch", "kind": "deferrable", "arrivals": [4, 3, 2], "window": 0.25, "power_max": 6,
            "delay_cost": 0.125,
            "curve": {"points": [[0.5, 0.7], [1, 1]]},
        },
        {
            "name": "llm", "kind": "job", "release": "2025-01-01T00:15Z", "deadline": "2025-01-01T02:30Z", "energy": 2,
            "power_max": 4, "power_min": 0.5, "preemptible": False, "restarts": 2, "restart_energy": 0.25,
        },
        {"name": "spot", "kind": "opportunistic", "power_max": 3, "value_per_gpu_hour": 0.5},
    ]  # fmt: skip


def tariff() -> dict[str, Any]:
    """State a tariff that leaves no charge out, for hours around midnight."""
    return {
        "name": "tariff",
        "partial_periods": "whole",
        "energy_bands": [
            {"name": "night", "price": 12, "windows": [{"hours": "00-02"}]},
            {"name": "day", "price": 17, "windows": [{"hours": "02-24"}]},
        ],
        "export_bands": [
            {"name": "sold by night", "price": 2, "windows": [{"hours": "00-02"}]},
            {"name": "sold by day", "price": 3, "windows": [{"hours": "02-24"}]},
        ],
        "block_rates": [{"name": "tiers", "blocks": [{"up_to": 40, "price": 1}, {"price": 2.5}]}],
        "demand_charges": [
            {"name": "peak", "price": 6, "ratchet": {"share": 0.75}, "peak_so_far": {"2024-11": 20, "2024-12": 8}},
            {"name": "system peak", "price": 4, "coincident_times": ["2025-01-01T01:10Z", "2025-01-01T02:00Z"]},
        ],
        "overrun_charges": [{"name": "overrun", "price": 13, "bands": "night"}],
        "fixed_charges": [{"name": "meter", "price": 100}],
        "taxes": [{"name": "VAT", "rate": 0.2}, {"name": "levy", "rate": 0.05, "on": "energy"}],
    }


def horizon(minutes: Sequence[int]) -> dict[str, Any]:
    """State a horizon by the length of each interval."""
    ends = [START + timedelta(minutes=int(end)) for end in np.cumsum(minutes)]
    steps = [{"until": end, "step": f"{length} min"} for end, length in zip(ends, minutes, strict=True)]
    return {"start": START, "end": ends[-1], "step": steps if len(set(minutes)) > 1 else steps[0]["step"]}


def _load(given: Mapping[str, Any], series: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    named = _named("load", given, series)
    if "workloads" in given:
        named["workloads"] = [_work(f"work{number}", item, series) for number, item in enumerate(given["workloads"])]
    return named


def _work(owner: str, given: Mapping[str, Any], series: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    named = _named(owner, given, series)
    return named | ({"curve": _named(f"{owner}_curve", given["curve"], series)} if "curve" in given else {})


def _named(owner: str, given: Mapping[str, Any], series: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    """Replace sequences by the names of series, and keep them."""
    named = dict(given)
    for field, value in given.items():
        if field in _UNITS and isinstance(value, list | tuple | np.ndarray):
            named[field] = f"{owner}_{field}"
            series[named[field]] = _UNITS[field], value
    return named


def _dataset(scenario: Scenario, series: Mapping[str, tuple[str, Any]]) -> xr.Dataset:
    arrays = {
        name: ("hour", np.asarray(values, dtype=float), {"units": unit}) for name, (unit, values) in series.items()
    }
    return xr.Dataset(
        arrays | {"dt": ("hour", scenario.horizon.dt, {"units": "h"})}, coords={"hour": scenario.horizon.starts}
    )
