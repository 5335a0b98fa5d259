"""The problems, made from the shipped example: a scenario with its series for us, and plain arrays for the others.

``python -m benchmarks.peers.problems NAME FOLDER [--quick]`` writes one of them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.peers.problem import Problem, Windows
from optimizer import Model, Scenario

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "casablanca-40mw"
START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR, WEEK = 8760, 168
SEED = 20250101

# With the example's 15 MW the surplus stays below 20 % by itself.
_WIDE_EXPORT = {"site.grid.export_capacity": 45.0}
_NO_TARGET = {"targets.cfe": None}
# Every hour has prices of its own, as in a day-ahead market: then the best plan, and what is left of it, is unique.
_FROM_A_STATE = {
    "site.supplies.wind.energy_price": "wind_price",
    "site.supplies.solar.energy_price": "solar_price",
    "site.grid.export_price": "export_price",
    "site.batteries.battery.cyclic": False,
    "site.batteries.battery.initial_soc": 0.5,
    "site.batteries.battery.power_capacity.annual_cost": 0.0,
    "site.batteries.battery.energy_capacity.annual_cost": 0.0,
    "site.grid.connection_capacity.annual_cost": 0.0,
}


@dataclass(frozen=True)
class Recipe:
    """How a problem is made.

    Attributes
    ----------
    scenario : str
        The example's file.
    changes : dict
        To that scenario.
    years : int
        Weather years one after the other, each weighted 1/years, with the capacities in common.
    minutes : int
        Length of an interval.
    surplus_share : float or None
        The further row.
    windows, quick_windows : Windows or None
        Where it is a sequence of horizons.
    """

    scenario: str
    changes: dict[str, Any] = field(default_factory=dict)
    years: int = 1
    minutes: int = 60
    surplus_share: float | None = None
    windows: Windows | None = None
    quick_windows: Windows | None = None


RECIPES: dict[str, Recipe] = {
    "dispatch": Recipe("scenario.yaml"),
    "sizing": Recipe("sizing.yaml", _NO_TARGET),
    "sizing-cfe-surplus": Recipe("sizing.yaml", _WIDE_EXPORT, surplus_share=0.2),
    "quarter-hours": Recipe("sizing.yaml", _NO_TARGET, minutes=15),
    "two-years": Recipe("sizing.yaml", _NO_TARGET, years=2),
    "five-years": Recipe("sizing.yaml", _NO_TARGET, years=5),
    "windows": Recipe(
        "scenario.yaml",
        _FROM_A_STATE,
        windows=Windows(14, 168, 24),
        quick_windows=Windows(3, 48, 24),
    ),
}


def write_problem(name: str, folder: Path, *, quick: bool) -> Problem:
    """Write ``scenario.yaml``, ``series.nc`` and ``problem.npz``.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    folder : Path
        Where to; made if missing.
    quick : bool
        A week in place of each year.

    Returns
    -------
    Problem
    """
    recipe = RECIPES[name]
    windows = recipe.quick_windows if quick else recipe.windows
    folder.mkdir(parents=True, exist_ok=True)
    hours = windows.hours if windows else WEEK if quick else YEAR
    example = Scenario.load(EXAMPLE / recipe.scenario)
    series = _series(xr.load_dataset(EXAMPLE / "series.nc", engine="h5netcdf"), recipe, hours)
    series.to_netcdf(folder / "series.nc", engine="h5netcdf")
    weight = 1.0 if windows else YEAR / hours / recipe.years
    end = START + timedelta(hours=hours * recipe.years)
    changes = {
        "targets.export_share": None,  # stated as `surplus_share` where it is asked of all
        **recipe.changes,
        "horizon": {"start": START.isoformat(), "end": end.isoformat(), "step": f"{recipe.minutes} min"},
        "series": [{"path": "series.nc"}],
        "weight": weight,
    }
    (folder / "scenario.yaml").write_text(example.change(changes).to_yaml(), encoding="utf-8")
    scenario = Scenario.load(folder / "scenario.yaml")
    problem = as_problem(Model(scenario, scenario.read()).data, recipe.surplus_share, windows)
    problem.save(folder / "problem.npz")
    return problem


def as_problem(data: xr.Dataset, surplus_share: float | None = None, windows: Windows | None = None) -> Problem:
    """Take the arrays out of what this program would solve; only what the example has is carried over."""
    assert data.sizes["battery"] == 1
    assert "curtailment_limit" not in data
    assert not data["self_discharge"].values.any()
    assert not data["holding_cost"].values.any()
    assert (data["supply_cfe"].values == 1).all()
    assert (data["grid_available"].values == 1).all()
    carbon = data["carbon_price"].values
    supply_low, supply_high = _range(data, "supply_capacity")
    power_low, power_high = _range(data, "power_capacity")
    energy_low, energy_high = _range(data, "energy_capacity")
    paid_anyway = data["curtailment_price"].values
    emitted = carbon * data["supply_carbon_intensity"].values
    return Problem(
        dt=data["dt"].values,
        weight=data["weight"].values,
        load=(data["pue"] * data["it_load"] + data["other_load"]).values,
        grid_price=data["energy_price"].values + carbon * data["carbon_intensity"].values,
        export_price=data["export_price"].values,
        grid_cfe=data["grid_cfe"].values,
        supplies=data["supply"].values.astype(str),
        supply_min=supply_low,
        supply_max=supply_high,
        capacity_cost=data["supply_capacity_cost"].values,
        availability=data["availability"].values,
        contract_price=paid_anyway,
        marginal_cost=data["supply_price"].values - paid_anyway + emitted,
        power_min=power_low.item(),
        power_max=power_high.item(),
        power_cost=data["power_capacity_cost"].item(),
        energy_min=energy_low.item(),
        energy_max=energy_high.item(),
        energy_cost=data["energy_capacity_cost"].item(),
        charge_efficiency=data["charge_efficiency"].item(),
        discharge_efficiency=data["discharge_efficiency"].item(),
        soc_min=data["soc_min"].item() * data["state_of_health"].item(),
        soc_max=data["soc_max"].item() * data["state_of_health"].item(),
        wear=data["throughput_cost"].item(),
        connection=data["connection_capacity"].item(),
        connection_cost=data["connection_capacity_cost"].item(),
        export_capacity=data["export_capacity"].item(),
        voll=data["value_of_lost_load"].item(),
        cfe_target=data["cfe_target"].item() if "cfe_target" in data else None,
        surplus_share=surplus_share,
        stored=float(data["initial_soc"].item() * energy_high.item()) if data["initial_soc"].size else None,
        windows=windows,
    )


def _range(data: xr.Dataset, name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    if name in data:
        return data[name].values, data[name].values
    return data[f"{name}_min"].values, data[f"{name}_max"].values


def _series(example: xr.Dataset, recipe: Recipe, hours: int) -> xr.Dataset:
    """Cut or repeat the example's series, with other weather in every year but the first."""
    (dim,) = example.sizes
    years = []
    for year in range(recipe.years):
        values = {str(name): _weather(str(name), array.values[:hours], year) for name, array in example.items()}
        years.append(values)
    joined = {name: np.concatenate([values[name] for values in years]) for name in years[0]}
    if recipe.windows:
        joined |= _unequal(joined["grid_price"])
    if recipe.minutes != 60:
        joined = {name: _finer(name, values, 60 // recipe.minutes) for name, values in joined.items()}
    count = len(next(iter(joined.values())))
    times = pd.date_range(START.replace(tzinfo=None), periods=count, freq=f"{recipe.minutes}min")
    made = xr.Dataset(
        {
            name: (dim, values, example[name if name in example else "grid_price"].attrs)
            for name, values in joined.items()
        },
        coords={dim: times},
    )
    made[dim].attrs = example[dim].attrs
    made.attrs = example.attrs
    return made


def _weather(name: str, values: np.ndarray[Any, Any], year: int) -> np.ndarray[Any, Any]:
    """Move a year's weather by up to ten days, and make each day better or worse by about a tenth."""
    if year == 0 or not name.endswith("_availability"):
        return values
    random = np.random.default_rng([SEED, year, len(name)])
    moved = np.roll(values, 24 * int(random.integers(-10, 11)))
    days = np.repeat(random.normal(1.0, 0.1, -(-len(values) // 24)), 24)[: len(values)]
    return np.clip(moved * days, 0.0, 1.0)


def _unequal(grid_price: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Vary prices by about 5 % from hour to hour."""
    random = np.random.default_rng(SEED)
    means = {"grid_price": grid_price, "wind_price": 44.2, "solar_price": 62.2, "export_price": 19.2}
    return {name: mean * random.normal(1.0, 0.05, len(grid_price)) for name, mean in means.items()}


def _finer(name: str, values: np.ndarray[Any, Any], parts: int) -> np.ndarray[Any, Any]:
    """Divide hours: prices are those of their hour, all else runs straight from hour to hour."""
    if name.endswith("_price"):
        return np.repeat(values, parts)
    hours = np.arange(len(values))
    return np.interp(np.arange(len(values) * parts) / parts, hours, values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    write_problem(given.name, given.folder, quick=given.quick)


if __name__ == "__main__":
    main()
