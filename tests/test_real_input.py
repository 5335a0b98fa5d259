"""The whole main job on published files, untouched: dispatch and sizing, held against the raw files read by pandas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.result import Result
from tests import browser
from tests.commands import ROOT, Outcome, call, names

FOLDER = ROOT.parent / "shared" / "data"
SCENARIOS = Path(__file__).parent / "real"
EUR = 1.08
ANNUAL = {"wind": 110_148.0, "solar": 73_115.0, "power": 22_879.0, "energy": 8_579.0, "grid": 53_362.0}
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the published files in ../shared/data")


class Run:
    """A run by the command line, and what it wrote."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        self.done: Outcome = call("run", SCENARIOS / f"morocco-2019-{name}.yaml", "-o", self.folder, "--json")
        assert self.done.code == 0, self.done.err
        self.result = Result.load(self.folder)
        self.series: xr.Dataset = self.result.series

    def total(self, name: str, **at: str) -> float:
        """Sum a power over the year [MWh]."""
        return float((self.series[name].sel(**at) * self.series["dt"]).sum())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def dispatch(folder: Path) -> Run:
    return Run("dispatch", folder)


@pytest.fixture(scope="module")
def sizing(folder: Path) -> Run:
    return Run("sizing", folder)


@pytest.fixture(params=["dispatch", "sizing"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(request.param)


def raw(name: str, column: str, *, skip: int = 0) -> np.ndarray[Any, Any]:
    """Read a column as it stands."""
    return pd.read_csv(FOLDER / name, skiprows=skip)[column].to_numpy(dtype=float)


def gpu_shape() -> np.ndarray[Any, Any]:
    """Cut the year from October 2024 out of the server's power, with blank cells on straight lines."""
    table = pd.read_csv(FOLDER / "h100_power_hourly.csv")
    start = int(np.flatnonzero(table["local_time_ithaca"] == "2024-10-01 00:00:00")[0])
    return table["h100_w_per_gpu"].interpolate().to_numpy()[start : start + 8760]


# --- what went in ----------------------------------------------------------------------------------------------------


def test_every_input_is_the_raw_file(run: Run) -> None:
    pv, wind = (f"raw_ninja_{kind}_morocco_34.6401_-4.8542_2019.csv" for kind in ("pv", "wind"))
    africa = "ZA_carbon_intensity_2023.csv"
    shape = gpu_shape()
    expected = {
        "energy_price": EUR * raw("ES_dayahead_2023.csv", "Price (EUR/MWh)"),
        "carbon_intensity": raw(africa, "Carbon Intensity gCO₂eq/kWh (LCA)") / 1000,
        "grid_cfe": raw(africa, "Low Carbon Percentage") / 100,
        "it_load": 32 * shape / shape.max(),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(run.series[name], values, rtol=1e-12, err_msg=name)
    for supply, file in {"solar": pv, "wind": wind}.items():
        values = raw(file, "electricity", skip=3)
        np.testing.assert_allclose(run.series["availability"].sel(supply=supply), values, rtol=1e-12)


def test_hours_are_those_of_2019(run: Run) -> None:
    times = pd.read_csv(FOLDER / "raw_ninja_pv_morocco_34.6401_-4.8542_2019.csv", skiprows=3)["time"]
    np.testing.assert_array_equal(run.series["hour"], pd.to_datetime(times).to_numpy())


def test_energy_totals_are_those_of_the_raw_files(run: Run) -> None:
    summary = run.done.record["summary"]
    shape = gpu_shape()
    assert summary["facility_energy"] == pytest.approx(40 * shape.sum() / shape.max(), rel=1e-12)
    assert summary["peak_load"] == pytest.approx(40.0, rel=1e-12)
    for supply, kind in {"solar": "pv", "wind": "wind"}.items():
        full_hours = raw(f"raw_ninja_{kind}_morocco_34.6401_-4.8542_2019.csv", "electricity", skip=3).sum()
        taken_or_not = run.total("delivered", supply=supply) + run.total("curtailment", supply=supply)
        assert taken_or_not == pytest.approx(full_hours * summary[f"capacity_{supply}"], rel=1e-6)


def test_notes_tell_what_was_done_to_the_files(run: Run) -> None:
    notes = "\n".join(run.result.data_notes)
    for name, since in {"grid_price": "2023-01-01", "carbon_intensity": "2023-01-01", "it_load": "2024-10-01"}.items():
        assert f"{name}: laid on by position: the rows from {since} 00:00" in notes
    assert "solar_availability: laid on by position" not in notes
    assert "grid_price: converted at 1.08 USD for one EUR" in notes
    assert "as these are not local times of Europe/Madrid: 2023-03-26 02:00, 2023-10-29 02:00" in notes
    blank = int(
        pd.read_csv(FOLDER / "h100_power_hourly.csv")["h100_w_per_gpu"].isna().to_numpy()[_year_of_load()].sum()
    )
    assert blank == 55
    assert f"it_load: gaps filled (interpolate): {blank} values, longest gap 13 h" in notes
    assert "it_load: scaled as a shape to a peak of 32 MW" in notes
    assert any("none of them is Moroccan" in note for note in run.result.notes)


def _year_of_load() -> slice:
    times = pd.read_csv(FOLDER / "h100_power_hourly.csv")["local_time_ithaca"]
    start = int(np.flatnonzero(times == "2024-10-01 00:00:00")[0])
    return slice(start, start + 8760)


# --- what came out ---------------------------------------------------------------------------------------------------


def test_the_run_is_whole_and_proved(run: Run) -> None:
    assert names(run.folder) == ["bill.csv", "report.html", "result.nc", "run.json", "schedule.csv", "summary.csv"]
    certificate = run.result.certificate
    assert certificate["proved"] is True
    assert certificate["cost_error_bound"] < 1e-6 * certificate["objective"]
    assert run.done.record["certificate"]["proved"] is True
    assert json.loads((run.folder / "run.json").read_text(encoding="utf-8"))["summary"] == run.done.record["summary"]


def test_energy_balances_over_the_year(run: Run) -> None:
    comes_in = sum(run.total(name) for name in ("delivered", "discharge", "grid_import", "unserved"))
    goes_out = sum(run.total(name) for name in ("facility_load", "charge", "grid_export"))
    assert comes_in == pytest.approx(goes_out, rel=1e-7)
    lost = run.total("charge") - run.total("discharge")
    assert lost == pytest.approx((1 - 0.9487**2) * run.total("charge"), rel=1e-5), "a cyclic battery loses this alone"


def test_costs_can_be_told_from_the_raw_prices(run: Run) -> None:
    summary, costs = run.done.record["summary"], run.result.costs()
    energy = EUR * raw("ES_dayahead_2023.csv", "Price (EUR/MWh)") @ run.series["grid_import"].values
    capacities = (
        ANNUAL["wind"] * summary["capacity_wind"]
        + ANNUAL["solar"] * summary["capacity_solar"]
        + ANNUAL["power"] * summary["power_capacity_battery"]
        + ANNUAL["energy"] * summary["energy_capacity_battery"]
        + ANNUAL["grid"] * summary["connection_capacity"]
    )
    assert costs["Grid energy"] == pytest.approx(energy, rel=1e-9)
    assert costs.sum() == pytest.approx(energy + capacities + 18 * run.total("discharge"), rel=1e-9)
    assert summary["cost_per_year"] == pytest.approx(costs.sum(), rel=1e-9)


def test_carbon_can_be_told_from_the_raw_files(run: Run) -> None:
    africa = "ZA_carbon_intensity_2023.csv"
    bought = run.series["grid_import"].values
    from_grid = raw(africa, "Carbon Intensity gCO₂eq/kWh (LCA)") / 1000 @ bought
    plants = 0.048 * run.total("delivered", supply="solar") + 0.011 * run.total("delivered", supply="wind")
    dirty = (1 - raw(africa, "Low Carbon Percentage") / 100) @ bought
    summary = run.done.record["summary"]
    assert summary["emissions"] == pytest.approx(from_grid + plants, rel=1e-6)
    assert summary["cfe_hourly"] == pytest.approx(1 - dirty / run.total("facility_load"), rel=1e-9)


def test_power_stays_within_the_sizes(run: Run) -> None:
    series, slack = run.series, 1e-4
    assert float(series["grid_import"].max()) <= 45 + slack
    assert float(series["grid_export"].max()) <= slack
    assert float(series["unserved"].max()) <= slack
    assert float((series["charge"] + series["discharge"] - series["power_capacity"]).max()) <= slack
    assert float(series["soc"].min()) >= 0.05 - slack
    assert float(series["soc"].max()) <= 0.95 + slack


def test_sizing_reaches_its_target_and_no_more(dispatch: Run, sizing: Run) -> None:
    before, after = dispatch.done.record["summary"], sizing.done.record["summary"]
    assert after["cfe_hourly"] == pytest.approx(0.8, abs=1e-6), "clean energy costs more here, so the target binds"
    assert before["cfe_hourly"] < 0.8
    assert after["cost_per_year"] > before["cost_per_year"]
    for name, most in {"wind": 200, "solar": 300}.items():
        assert 1 < after[f"capacity_{name}"] < most - 1
    assert 1 < after["power_capacity_battery"] < 99
    assert 1 < after["energy_capacity_battery"] < 799
    matching = sizing.result.marginal_prices().loc["hourly_matching"]
    assert matching["mean"] != 0


def test_figures_are_those_of_the_closing_note(dispatch: Run, sizing: Run) -> None:
    """Costs, and the sizes of the sizing, are unique, so they are the same whatever engine found them.

    What is imported in the dispatch is not: in some hours energy from the grid costs what that of a contract does.
    """
    told = {
        dispatch: {"cost_per_year": 15_996_851, "cost_per_mwh": 105.18},
        sizing: {
            **{"cost_per_year": 16_816_785, "cost_per_mwh": 110.575, "capacity_wind": 21.597, "capacity_solar": 75.181},
            **{"power_capacity_battery": 32.372, "energy_capacity_battery": 233.82},
        },
    }
    for run, figures in told.items():
        for name, value in figures.items():
            assert run.done.record["summary"][name] == pytest.approx(value, rel=1e-4), name


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.chromium() as running:
        yield running


@pytest.mark.browser
def test_reports_and_comparison_open_without_complaint(dispatch: Run, sizing: Run, folder: Path, chromium: Any) -> None:
    compared = call("compare", dispatch.folder, sizing.folder, "-o", folder / "comparison.html")
    assert compared.code == 0, compared.err
    for page, said in {
        dispatch.folder / "report.html": "% of the load is carbon-free hour by hour",
        sizing.folder / "report.html": "80.0 % of the load is carbon-free hour by hour",
        folder / "comparison.html": "Taza 2019, sizing",
    }.items():
        with browser.visit(chromium, page) as seen:
            assert seen.wait_for_figures() > 0
            assert min(seen.drawn().values()) > 0
            assert said in seen.page.inner_text("body")
            assert seen.complaints == []
