"""The example in data/casablanca-40mw: a whole year, physical, near its sources, called synthetic, made again alike."""

import re
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from optimizer.assets import Capacity
from optimizer.model import Model, solve
from optimizer.scenario import Scenario

FOLDER = Path(__file__).parents[1] / "data" / "casablanca-40mw"
UNITS = {
    "solar_availability": "1",
    "wind_availability": "1",
    "temperature": "degC",
    "pue": "1",
    "it_load": "MW",
    "grid_price": "USD/MWh",
    "carbon_intensity": "tCO2e/MWh",
    "grid_cfe": "1",
    "inference_load": "MW",
}
RANGES = {
    "solar_availability": (0.0, 1.0),
    "wind_availability": (0.0, 1.0),
    "temperature": (0.0, 45.0),
    "pue": (1.0, 1.3),
    "it_load": (15.0, 278 * 0.12),
    "grid_price": (77.0, 145.0),
    "carbon_intensity": (0.2, 0.8),
    "grid_cfe": (0.0, 0.7),
    "inference_load": (0.25 * 0.4 * 278 * 0.12, 0.4 * 278 * 0.12),
}
# From the public figures named in the example's README.
MEANS = {
    "solar_availability": (0.25, 0.28),
    "wind_availability": (0.43, 0.45),
    "temperature": (17.5, 19.5),
    "pue": (1.12, 1.20),
    "carbon_intensity": (0.550, 0.552),
    "grid_cfe": (0.259, 0.261),
}


@pytest.fixture(scope="module")
def series() -> xr.Dataset:
    return xr.load_dataset(FOLDER / "series.nc", engine="h5netcdf")


@pytest.fixture(scope="module")
def readme() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def price_at(series: xr.Dataset, stamp: str) -> float:
    """Give the grid price at a local time of Casablanca."""
    utc = pd.Timestamp(stamp, tz="Africa/Casablanca").tz_convert(None)
    return float(series["grid_price"].sel(hour=utc))


def sun_height(series: xr.Dataset, latitude: float, longitude: float) -> np.ndarray:
    """Give the sun's elevation [deg] at mid-interval by Cooper's formula, good to a few degrees."""
    hour = pd.DatetimeIndex(series["hour"].to_numpy()) + pd.Timedelta(minutes=30)
    declination = np.radians(23.45 * np.sin(2 * np.pi * (284 + hour.day_of_year) / 365))
    angle = np.radians(15 * (hour.hour + hour.minute / 60 + longitude / 15 - 12))
    north = np.radians(latitude)
    sine = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(angle)
    return np.degrees(np.arcsin(np.asarray(sine)))


def capacities(scenario: Scenario) -> list[Capacity]:
    """Give the capacities of supplies and batteries, and then that of the grid connection."""
    site = scenario.site
    assert site.grid is not None
    batteries = [c for battery in site.batteries for c in (battery.power_capacity, battery.energy_capacity)]
    return [*(supply.capacity for supply in site.supplies), *batteries, site.grid.connection_capacity]


def autocorrelation(values: xr.DataArray) -> float:
    return float(np.corrcoef(values[1:], values[:-1])[0, 1])


def test_the_year_has_all_its_hours_once(series: xr.Dataset) -> None:
    expected = pd.date_range("2025-01-01", "2025-12-31 23:00", freq="h")
    assert pd.DatetimeIndex(series["hour"].to_numpy()).equals(expected.as_unit("ns"))
    assert series["hour"].attrs["time_zone"] == "UTC"
    assert series.sizes == {"hour": 8760}


def test_it_holds_the_promised_series_with_their_units(series: xr.Dataset) -> None:
    assert {str(name): values.attrs["units"] for name, values in series.data_vars.items()} == UNITS


@pytest.mark.parametrize("name", UNITS)
def test_values_are_finite_and_possible(series: xr.Dataset, name: str) -> None:
    least, greatest = RANGES[name]
    values = series[name].to_numpy()
    assert np.isfinite(values).all()
    assert least <= values.min()
    assert values.max() <= greatest


@pytest.mark.parametrize("name", MEANS)
def test_means_lie_in_the_sourced_bands(series: xr.Dataset, name: str) -> None:
    least, greatest = MEANS[name]
    assert least <= series[name].astype(float).mean() <= greatest


@pytest.mark.parametrize("name", ["solar_availability", "wind_availability"])
def test_small_availabilities_are_exactly_zero(series: xr.Dataset, name: str) -> None:
    values = series[name].to_numpy()
    assert not ((values != 0) & (np.abs(values) < 1e-6)).any()


def test_no_solar_power_at_night_and_some_on_every_day(series: xr.Dataset) -> None:
    solar = series["solar_availability"].to_numpy()
    height = sun_height(series, latitude=30.99, longitude=-6.86)
    assert (solar[height < -5] == 0).all()
    assert (solar[height > 10] > 0).all()


def test_cloudy_days_come_in_spells_and_less_in_summer(series: xr.Dataset) -> None:
    daily = series["solar_availability"].astype(float).resample(hour="1D").sum()
    clear = daily.rolling(hour=31, center=True, min_periods=15).max()
    dimmed = daily / clear
    assert 0.05 < float((dimmed < 0.7).mean()) < 0.3
    assert autocorrelation(dimmed) > 0.2


def test_wind_comes_in_spells_and_is_strongest_in_summer_afternoons(series: xr.Dataset) -> None:
    wind = series["wind_availability"].astype(float)
    assert autocorrelation(wind) > 0.9
    summer = wind.sel(hour=wind["hour"].dt.month.isin([5, 6, 7, 8]))
    assert summer.mean() > wind.mean()
    by_hour = summer.groupby("hour.hour").mean()
    assert 15 <= int(by_hour.idxmax()) <= 21
    assert by_hour.max() > 1.3 * by_hour.min()
    daily = wind.resample(hour="1D").mean()
    assert (daily < 0.1).sum() > 10
    assert (daily > 0.8).sum() > 10


def test_the_facility_load_stays_within_its_forty_megawatts(series: xr.Dataset) -> None:
    facility_load = series["it_load"].astype(float) * series["pue"].astype(float)
    assert 36 < facility_load.max() <= 40.5
    assert 0.75 < facility_load.mean() / facility_load.max() < 0.9


def test_hot_hours_cost_cooling(series: xr.Dataset) -> None:
    assert np.corrcoef(series["temperature"], series["pue"])[0, 1] > 0.8


def test_the_grid_is_cleaner_under_the_sun(series: xr.Dataset) -> None:
    assert np.corrcoef(series["solar_availability"], series["carbon_intensity"])[0, 1] < -0.3
    assert np.corrcoef(series["grid_cfe"], series["carbon_intensity"])[0, 1] < -0.99


@pytest.mark.parametrize(
    ("stamp", "mad_per_kwh"),
    [
        ("2025-01-15 06:00", 0.725),
        ("2025-01-15 07:00", 0.975),
        ("2025-01-15 17:00", 1.35),
        ("2025-01-15 21:00", 1.35),
        ("2025-01-15 22:00", 0.725),
        ("2025-03-15 06:00", 0.725),  # Ramadan: the clock is at UTC
        ("2025-03-15 07:00", 0.975),
        ("2025-07-15 17:00", 0.975),
        ("2025-07-15 22:00", 1.35),
        ("2025-07-15 23:00", 0.725),
    ],
)
def test_the_tariff_follows_the_local_clock(series: xr.Dataset, stamp: str, mad_per_kwh: float) -> None:
    assert price_at(series, stamp) == pytest.approx(1000 * mad_per_kwh / 9.37, abs=1e-3)


def test_everything_says_that_it_is_synthetic(series: xr.Dataset, readme: str) -> None:
    assert series.attrs["note"] == "synthetic, not measured"
    assert {"title", "seed", "pvlib_version", "windpowerlib_version"} <= set(series.attrs)
    for name, values in series.data_vars.items():
        assert values.attrs["source"].startswith("synthetic"), name
        assert values.attrs["long_name"], name
    assert "synthetic, not measured" in readme
    scenario = yaml.safe_load((FOLDER / "scenario.yaml").read_text(encoding="utf-8"))
    assert any("synthetic, not measured" in note for note in scenario["notes"])


def test_what_nobody_verified_is_labelled(series: xr.Dataset, readme: str) -> None:
    label = "example, unverified"
    assert label in series["grid_price"].attrs["long_name"]
    assert label in readme
    scenario = yaml.safe_load((FOLDER / "scenario.yaml").read_text(encoding="utf-8"))
    site = scenario["site"]
    for part in [site["load"], site["grid"], *site["supplies"], *site["batteries"]]:
        assert label in part["note"]


def test_the_readme_tells_the_figures_of_the_file(series: xr.Dataset, readme: str) -> None:
    for name in UNITS:
        values = series[name].astype(float)
        told = re.search(rf"\| `{name}` \[[^]]+\] \| (\S+) \| (\S+) \| (\S+) \|", readme)
        assert told is not None, name
        measured = [float(values.mean()), float(values.min()), float(values.max())]
        assert [float(text) for text in told.groups()] == pytest.approx(measured, abs=5.1e-4)
    facility_load = series["it_load"].astype(float) * series["pue"].astype(float)
    load_told = f"{facility_load.mean():.1f} MW in the mean, {facility_load.max():.1f} MW at its peak"
    assert f"{load_told} and {facility_load.sum() / 1000:.1f} GWh" in readme


def test_the_script_makes_the_shipped_values(series: xr.Dataset, tmp_path: Path) -> None:
    pytest.importorskip("pvlib", reason="needs optimizer[data]")
    pytest.importorskip("windpowerlib", reason="needs optimizer[data]")
    made = tmp_path / "series.nc"
    assert runpy.run_path(str(FOLDER / "make_series.py"))["main"](["--output", str(made)]) == 0
    again = xr.load_dataset(made, engine="h5netcdf")
    assert list(again.data_vars) == list(series.data_vars)
    for name, units in UNITS.items():
        np.testing.assert_allclose(again[name], series[name], rtol=1e-5, atol=1e-4, err_msg=name)
        assert again[name].attrs["units"] == units


def test_the_dispatch_has_no_free_capacity_and_reads_its_series() -> None:
    scenario = Scenario.load(FOLDER / "scenario.yaml")
    assert scenario.targets.cfe is None
    assert not any(capacity.free for capacity in capacities(scenario))
    series = scenario.read()
    assert set(UNITS) <= set(series.data_vars)
    assert "synthetic, not measured" in series["it_load"].attrs["notes"]
    assert "example, unverified" in series["grid_price"].attrs["notes"]


def test_the_sizing_frees_four_capacities_of_the_dispatch_and_asks_for_ninety_percent() -> None:
    dispatch, sizing = (Scenario.load(FOLDER / name) for name in ("scenario.yaml", "sizing.yaml"))
    assert sizing.targets.cfe == 0.9
    *chosen, connection = capacities(sizing)
    assert len(chosen) == 4
    assert all(capacity.free for capacity in chosen)
    assert not connection.free
    # What each unit costs is said once, in the dispatch.
    assert [c.annual_cost for c in capacities(sizing)] == [c.annual_cost for c in capacities(dispatch)]
    assert sizing.notes == dispatch.notes
    assert sizing.site.load == dispatch.site.load


def test_the_investment_buys_what_the_sizing_rents_and_says_what_nobody_verified() -> None:
    scenario = Scenario.load(FOLDER / "invest.yaml")
    assert scenario.finance is not None
    assert (scenario.targets.cfe, scenario.targets.export_share) == (0.9, 0.2)
    site, grid = scenario.site, scenario.site.grid
    assert grid is not None
    assert grid.tariff is not None
    assert grid.subscribed_power is not None
    free = [*capacities(scenario), grid.subscribed_power]
    assert all(capacity.free for capacity in free)
    bought = [*free[:-1], *(generator.capacity for generator in site.generators)]
    assert all(capacity.capital_cost and not capacity.annual_cost for capacity in bought)
    for note in [*(item.note for item in (*site.supplies, *site.generators)), grid.note, grid.tariff.note]:
        assert "example, unverified" in note


def test_the_investment_is_solved_and_certified() -> None:
    """A year with every size free but the generators', 90 % hour by hour, the 20 % rule and the tariff."""
    result = solve(Scenario.load(FOLDER / "invest.yaml"))
    assert result.certificate["proved"]
    assert result.certificate["cost_error_bound"] < 1e-6 * result.value("cost_per_year")
    assert result.value("cfe_hourly") == pytest.approx(0.9, abs=1e-6)
    sold, delivered = result.value("grid_export"), float(result.series["delivered"].sum())
    assert 0.1 * delivered < sold <= 0.2 * delivered * (1 + 1e-6)
    # What is paid over the years is worth what the objective says, and the bill is what its lines say.
    annuity = 0.07 / (1 - 1.07**-20)
    assert annuity * result.value("net_present_cost") == pytest.approx(result.value("cost_per_year"), rel=1e-6)
    costs = result.costs()
    assert result.value("bill_subscribed") == pytest.approx(costs["Subscribed power"])
    assert 1.0 < costs["Grid time-of-use energy"] / result.value("bill_energy") < 1.1, "1 % a year, levelised"


def test_the_contracts_show_every_kind_of_term_and_call_them_unverified() -> None:
    scenario = Scenario.load(FOLDER / "contracts.yaml")
    terms = [supply.contract for supply in scenario.site.supplies if supply.contract]
    assert len(terms) == len(scenario.site.supplies)
    for name in ("payment", "block", "take_or_pay", "tranches", "indexation", "losses", "wheeling_price"):
        assert any(getattr(contract, name) for contract in terms), name
    assert scenario.targets.export_share == 0.2
    assert all("example, unverified" in supply.note for supply in scenario.site.supplies)
    assert any("not public" in note for note in scenario.notes)
    grid = scenario.site.grid
    assert grid is not None
    assert grid.tariff is not None
    assert [band.price for band in grid.tariff.export_bands] == [210, 180]
    assert "example, unverified" in grid.tariff.note


VARIANTS = ("compute.yaml", "compute-rigid.yaml", "compute-deferrable.yaml", "compute-cappable.yaml")


def test_all_variants_of_the_work_are_asked_for_the_same_and_differ_in_what_they_allow() -> None:
    read = Scenario.load(FOLDER / VARIANTS[0]).read()
    models = {name: Model(Scenario.load(FOLDER / name), read) for name in VARIANTS}
    asked = {name: model.data["work_asked"].values * model.data["dt"].values for name, model in models.items()}
    for name in VARIANTS[1:]:
        np.testing.assert_allclose(asked[name], asked[VARIANTS[0]], err_msg=name)
    data = {name: model.data for name, model in models.items()}
    assert [data[name].sizes["cappable_workload"] for name in VARIANTS] == [2, 0, 0, 2]
    waits = [float(data[name]["workload_window"].max()) for name in VARIANTS]
    assert waits == [24, 0, 24, 0]
    slack = [float(data[name]["job_power_max"].sum() / data[name]["job_energy"].sum()) - 1 for name in VARIANTS]
    assert slack[0] == slack[2] > 0.5
    assert slack[1] == slack[3] == pytest.approx(0, abs=1e-9)


def test_the_work_is_that_of_278_racks_and_fits_them() -> None:
    scenario = Scenario.load(FOLDER / "compute.yaml")
    (fleet,) = scenario.site.load.fleets
    assert (fleet.racks, fleet.gpus_per_mw) == (278, pytest.approx(600))
    works = {work.name: work for work in scenario.site.load.workloads}
    jobs = [work for work in works.values() if work.kind == "job"]
    assert len(jobs) == 10
    training = 0.6 * 278 * 0.12
    assert 9 + 7 + 2.2 + max(job.greatest_power(600) for job in jobs) <= training
    assert works["batch"].window == 24
    assert [len(works[name].curve.segments()) for name in ("inference", "pre-training")] == [4, 4]
    assert works["inference"].curve.points[0].power == works["pre-training"].curve.points[0].power == 0.8
    for work in works.values():
        assert work.kind == "job" or "unverified" in work.note
    assert any("Example, unverified: all workloads" in note for note in scenario.notes)


def test_battery_costs_are_the_annuities_of_the_sourced_price() -> None:
    annuity = 0.07 / (1 - 1.07**-20) + 0.02
    (battery,) = Scenario.load(FOLDER / "scenario.yaml").site.batteries
    power, energy = battery.power_capacity.annual_cost, battery.energy_capacity.annual_cost
    assert power == pytest.approx(200_000 * annuity, abs=1)
    assert energy == pytest.approx(75_000 * annuity, abs=1)
    assert power / 4 + energy == pytest.approx(125_000 * annuity, abs=1)
    assert battery.charge_efficiency * battery.discharge_efficiency == pytest.approx(0.90, abs=1e-3)
