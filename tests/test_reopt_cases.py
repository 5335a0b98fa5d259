"""Two published cases of REopt.jl with demand charges, from ``../shared/cases``.

They are stated in kW and kWh. The numbers go in as MW and MWh, which scales loads, sizes and cost alike and leaves
every expected value as it is published.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from optimizer.errors import InfeasibleError
from optimizer.model import Model
from optimizer.scenario import Scenario

CASES = Path(__file__).parents[2] / "shared" / "cases"
EFFICIENCY = 0.9126  # of charge and of discharge
HOURS = 24


def load(name: str) -> Any:
    path = CASES / name
    if not path.is_file():
        pytest.skip(f"the published cases are not here: no {path.name} in ../shared/cases")
    return json.loads(path.read_text(encoding="utf-8"))


def span(hours: list[int]) -> str:
    """Write hours of the day, numbered from 1, as a window does."""
    assert hours == list(range(hours[0], hours[-1] + 1))
    return f"{hours[0] - 1:02d}:00-{hours[-1]:02d}:00"


def mpc(*, limited: bool = True) -> Model:
    """State the 24 h case, with the limits on the draw by hour or without."""
    case = load("reopt_mpc.json")
    tariff, limits = case["ElectricTariff"], np.array(case["Limits"]["grid_draw_limit_kw_by_time_step"], dtype=float)
    draw = limits if limited else np.full(HOURS, limits.max())
    windows = zip(
        tariff["tou_demand_rates"], tariff["tou_demand_time_steps"], tariff["tou_previous_peak_demands"], strict=True
    )
    series = {
        "price": ("USD/MWh", tariff["energy_rates"]),
        "sun": ("1", case["PV"]["production_factor_series"]),
        "draw": ("1", draw / draw.max()),
        "export_rate": ("USD/MWh", tariff["export_rates"]),
        "it_load": ("MW", case["ElectricLoad"]["loads_kw"]),
    }
    scenario = Scenario.from_dict({
        "name": "REopt MPC",
        "horizon": {"start": "2025-01-06", "end": "2025-01-07"},
        "series": [{"path": "in-memory.nc"}],
        "weight": 1,
        "site": {
            "name": "site",
            "latitude": 34.58,
            "longitude": -118.12,
            "time_zone": "UTC",
            "load": {"it_load": "it_load"},
            "supplies": [{"name": "pv", "capacity": case["PV"]["size_kw"], "availability": "sun"}],
            "batteries": [
                {
                    "name": "battery",
                    "power_capacity": case["ElectricStorage"]["size_kw"],
                    "energy_capacity": case["ElectricStorage"]["size_kwh"],
                    "charge_efficiency": EFFICIENCY,
                    "discharge_efficiency": EFFICIENCY,
                    "soc_min": 0.2,
                    "initial_soc": 0.5,
                    "cyclic": False,
                }
            ],
            "grid": {
                "connection_capacity": draw.max(),
                "available": "draw",
                "export_capacity": draw.max(),
                "export_price": "export_rate",
                "tariff": {
                    "name": "REopt",
                    "partial_periods": "whole",
                    "energy_bands": [{"name": "energy", "price": "price"}],
                    "demand_charges": [
                        {
                            "name": "monthly",
                            "price": tariff["monthly_demand_rates"][0],
                            "peak_so_far": tariff["monthly_previous_peak_demands"][0],
                        },
                        *(
                            {
                                "name": f"window {number}",
                                "price": price,
                                "windows": [{"hours": span(steps)}],
                                "peak_so_far": before,
                            }
                            for number, (price, steps, before) in enumerate(windows, start=1)
                        ),
                    ],
                },
            },
        },
    })  # fmt: skip
    arrays = {
        name: ("hour", np.asarray(values, dtype=float), {"units": unit}) for name, (unit, values) in series.items()
    }
    dt = {"dt": ("hour", scenario.horizon.dt, {"units": "h"})}
    return Model(scenario, xr.Dataset(arrays | dt, coords={"hour": scenario.horizon.starts}))


@pytest.mark.parametrize("limited", [True, False])
def test_mpc_with_peaks_so_far_and_limits_by_hour(limited: bool):
    """Energy 302.886, and no peak above those before: 10 x 98 + 15 x 97; 98 or less till 15:00, 97 or less after."""
    result = mpc(limited=limited).solve()
    costs, plan = result.costs(), result.series
    assert result.value("cost_per_year") == pytest.approx(2737.886, abs=5e-4)
    assert costs["Grid time-of-use energy"] == pytest.approx(302.886, abs=5e-4)
    assert costs["Grid demand charges"] == pytest.approx(10 * 98 + 15 * 97, rel=1e-6)
    draw = plan["grid_import"].values
    assert draw[:15].max() <= 98 + 1e-4
    assert draw[15:].max() <= 97 + 1e-4
    assert plan["grid_export"].values.max() == pytest.approx(0, abs=1e-4)
    assert draw[9] <= (90 if limited else 98) + 1e-4


@pytest.mark.parametrize(("limited", "most"), [(True, 90), (False, 98)])
def test_the_draw_in_hour_10_may_reach_its_limit_and_no_more(limited: bool, most: float):
    """The published draws in hour 10, 90 and 98, are in plans of least cost (energy costs the same in hours 7 to 13).

    A MW more is not possible with the limit; without it, it costs the 10 of a higher monthly peak, less the little that
    the higher peak saves in other hours.
    """

    def draw_at_least(m: Any, t: Any) -> Any:
        return m.grid_import[t] >= m.least_draw[t]

    least = np.zeros(HOURS)
    least[9] = most
    model = mpc(limited=limited)
    model.add(draw_at_least, over="hour", data={"least_draw": ("hour", least)})
    assert model.solve().value("cost_per_year") == pytest.approx(2737.886, abs=5e-4)
    model.update({"least_draw": least + np.where(least, 1.0, 0.0)})
    if limited:
        with pytest.raises(InfeasibleError):
            model.solve()
    else:
        assert 2737.886 + 9 < model.solve().value("cost_per_year") < 2737.886 + 10


@pytest.mark.parametrize("start", ["2025-01-01T00:00-08:00", "2025-01-01T00:00Z"])
def test_no_techs(start: str):
    """A flat 10,000 kWh a year at 0.1, and 10 per kW and month: 1000.00 and 12 x 10 x 10,000 / 8760 = 136.99.

    By the site's calendar or by that of UTC, which cuts the first and the last month.
    """
    case = load("reopt_no_techs.json")
    tariff, energy = case["ElectricTariff"], case["ElectricLoad"]["annual_kwh"]
    scenario = Scenario.from_dict({
        "name": "REopt no techs",
        "horizon": {"start": start, "end": start.replace("2025", "2026")},
        "site": {
            "name": "site",
            "latitude": case["Site"]["latitude"],
            "longitude": case["Site"]["longitude"],
            "time_zone": "America/Los_Angeles",
            "load": {"it_load": energy / 8760},
            "grid": {
                "connection_capacity": 10,
                "tariff": {
                    "name": "blended",
                    "energy_bands": [{"name": "energy", "price": tariff["blended_annual_energy_rate"]}],
                    "demand_charges": [{"name": "monthly", "price": tariff["blended_annual_demand_rate"]}],
                },
            },
        },
    })  # fmt: skip
    result = Model(scenario).solve()
    assert result.costs()["Grid time-of-use energy"] == pytest.approx(1000, rel=1e-6)
    assert result.costs()["Grid demand charges"] == pytest.approx(120 * 10_000 / 8760, rel=1e-6)
    assert round(result.costs()["Grid demand charges"], 2) == 136.99
    bill = result.bill()
    assert bill["amount"].sum() == pytest.approx(1136.99, abs=0.01)
