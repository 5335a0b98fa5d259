"""The solution as a dataset: labelled, balanced, priced, and the same after a round trip through a file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.errors import InputError, OptimizerError
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.portfolio import Portfolio, Solved
from optimizer.model import Model
from optimizer.nomenclature import TERMS
from optimizer.plots import FIGURES
from optimizer.provenance import Changes
from optimizer.result import Result, build_result
from tests.sites import battery, everything, grid, state, supply


@pytest.fixture(scope="module")
def result() -> Result:
    return everything().solve()


def test_cost_lines_sum_to_the_objective_which_is_proved(result: Result):
    certificate = result.certificate
    assert certificate["proved"]
    assert certificate["status"] == "optimal"
    assert result.costs().sum() == pytest.approx(certificate["objective"], rel=1e-12)
    assert result.value("cost_per_year") == pytest.approx(certificate["objective"], rel=1e-12)
    assert certificate["dual_objective"] == pytest.approx(certificate["objective"], rel=certificate["tolerance"])
    assert {"engine", "engine_settings", "attempts", "iterations", "seconds", "tolerance"} <= set(certificate)


PERIOD_CHARGES = ("demand charges", "coincident peaks", "overrun", "fixed charges", "energy blocks")


def test_cost_lines_have_their_hours(result: Result):
    """What is paid by the hour sums over the hours; capacity and what is billed by the period have no hour."""
    annual, hourly = result.series["annual_cost"], result.series["cost_by_hour"].sum("hour")
    capacities = ("capacity", "power", "Battery energy", "connection", "investment", "fixed O&M")
    of_capacity = [str(line) for line in annual["cost_line"].values if str(line).endswith(capacities)]
    # Yearly costs of all capacities but connection and subscribed power, which have none here; investments and O&M.
    assert len(of_capacity) == 4 + 6 + 6
    assert not hourly.sel(cost_line=of_capacity).values.any()
    by_period = [f"{kind}{charge}" for charge in PERIOD_CHARGES for kind in ("Grid ", "Tax on grid ")]
    by_period.append("Demand response availability")
    assert not hourly.sel(cost_line=by_period).values.any()
    others = annual.drop_sel(cost_line=of_capacity + by_period)
    assert hourly.drop_sel(cost_line=of_capacity + by_period).values == pytest.approx(others.values)
    assert annual.sel(cost_line=of_capacity).values.max() > 0


def test_every_variable_has_a_unit_and_says_what_it_is(result: Result):
    for name, array in result.series.data_vars.items():
        assert array.attrs["units"], name
        if str(name) in TERMS:
            assert array.attrs["units"] == TERMS[str(name)].unit_in("USD")
    assert result.series["marginal_price"].attrs == {
        "units": "USD/MWh",
        "description": "Cost of one more MWh of load in the hour; positive means that load costs",
    }


def test_the_dataset_has_what_plots_and_reports_read(result: Result):
    hourly = {
        "dt", "weight", "it_load", "pue", "other_load", "facility_load", "energy_price", "export_price",
        "carbon_intensity", "grid_cfe", "grid_available", "grid_import", "grid_export", "unserved", "cfe_score",
        "emissions", "marginal_price",
    }  # fmt: skip
    by = {
        ("hour",): hourly,
        ("supply", "hour"): {"availability", "delivered", "curtailment", "supply_price", "curtailment_price"},
        ("supply",): {"supply_capacity"},
        ("battery",): {"power_capacity", "energy_capacity", "soc_min", "soc_max"},
        ("battery", "hour"): {"charge", "discharge"},
        ("battery", "boundary"): {"stored_energy", "soc"},
        ("cost_line",): {"annual_cost"},
        ("cost_line", "hour"): {"cost_by_hour"},
        (): {"connection_capacity"},
    }
    for dims, names in by.items():
        assert {name: result.series[name].dims for name in names} == dict.fromkeys(names, dims)
    assert {
        "scenario", "site", "currency", "time_zone", "latitude", "longitude", "certificate", "versions", "inputs_hash",
        "scenario_yaml", "notes", "summary",
    } <= set(result.series.attrs)  # fmt: skip


def test_fixed_and_free_capacities_are_reported_alike():
    """Fix every size at what was chosen: the same cost, and the same names in the result."""
    free = everything().solve()
    sizes = {f"site.supplies.{name}.capacity": free.value(f"capacity_{name}") for name in ("wind", "sun")}
    for name in ("cyclic", "plain"):
        sizes[f"site.batteries.{name}.power_capacity"] = free.value(f"power_capacity_{name}")
        sizes[f"site.batteries.{name}.energy_capacity"] = free.value(f"energy_capacity_{name}")
    for name in ("diesel", "gas"):
        sizes[f"site.generators.{name}.capacity"] = free.value(f"generator_capacity_{name}")
    for name in ("connection_capacity", "subscribed_power"):
        sizes[f"site.grid.{name}"] = free.value(name)
    sizes["targets.cfe"] = free.value("cfe_hourly") - 1e-9  # a number is rounded where it is read back
    model = everything()
    fixed = Model(model.scenario.change(sizes), model.series).solve()
    assert fixed.value("cost_per_year") == pytest.approx(free.value("cost_per_year"), rel=1e-6)
    bounds = {name for name in free.series.data_vars if str(name).endswith(("_min", "_max", "_duration"))}
    assert set(free.series.data_vars) - bounds <= set(fixed.series.data_vars)


def test_marginal_prices_tell_what_one_more_unit_costs():
    """A connection of 6 MW for a load of 10 that is lost at 50 else: one more MW saves 49 at most."""
    result = state([10, 4], grid=grid(connection_capacity=6, energy_price=1), load={"value_of_lost_load": 50}).solve()
    prices = result.marginal_prices()
    assert prices.loc["connection_limit", ["least", "mean", "greatest"]].tolist() == pytest.approx([-49, -24.5, 0])
    assert prices.loc["connection_limit", "unit"] == "USD/a per MW"
    assert prices.loc["power_balance", "greatest"] == pytest.approx(50)


def test_the_summary_is_a_table(result: Result):
    summary = result.summary()
    assert list(summary.columns) == ["label", "value", "unit"]
    assert summary.loc["cost_per_mwh", "unit"] == "USD/MWh"
    assert result.value("cost_per_mwh") == pytest.approx(summary.loc["cost_per_mwh", "value"])
    with pytest.raises(InputError, match="value: the summary has no 'cost_per_mhw'; did you mean `cost_per_mwh`"):
        result.value("cost_per_mhw")


def test_a_result_tells_its_cost_where_it_is_shown(result: Result):
    cost = f"{result.certificate['objective']:,.0f} USD/a"
    assert re.fullmatch(rf"<Result: {cost}, proved optimal, by [-a-z]+ [\d.]+>", repr(result))


def test_the_names_of_figures_are_told_by_help():
    told = set(re.findall(r'``"(\w+)"``', Result.figure.__doc__ or ""))
    assert told == set(FIGURES)


def test_the_schedule_is_a_table_in_utc_and_local_time(result: Result):
    schedule = result.schedule()
    assert schedule.index.name == "time_utc"
    assert str(schedule.index.tz) == "UTC"
    assert schedule.index[0] == pd.Timestamp("2025-01-01T00:00Z")
    assert schedule["time_local"].iloc[0].isoformat() == "2024-12-31T23:00:00-01:00"
    assert schedule["duration_h"].tolist() == [1, 0.5, 2]
    comes_in = schedule["delivered_wind_mw"] + schedule["delivered_sun_mw"] + schedule["grid_import_mw"]
    comes_in += schedule["discharge_cyclic_mw"] + schedule["discharge_plain_mw"] + schedule["unserved_mw"]
    comes_in += schedule["generation_diesel_mw"] + schedule["generation_gas_mw"]
    goes_out = schedule["facility_load_mw"] + schedule["charge_cyclic_mw"] + schedule["charge_plain_mw"]
    goes_out += schedule["grid_export_mw"]
    assert comes_in.to_numpy() == pytest.approx(goes_out.to_numpy())
    ends = result.series["stored_energy"].sel(battery="plain").values[1:]
    assert schedule["stored_energy_end_plain_mwh"].to_numpy() == pytest.approx(ends)
    assert "marginal_price_usd_per_mwh" in schedule


def test_an_unknown_figure_is_refused_with_the_known_ones(result: Result):
    with pytest.raises(InputError, match=r"there is no figure 'pie'; .*dispatch, "):
        result.figure("pie")


@pytest.mark.parametrize(
    "made",
    [
        everything,
        lambda: state(grid=grid()),
        lambda: state(supplies=[supply()]),
        lambda: state(batteries=[battery()], it_load=0),
    ],
    ids=["everything", "grid alone", "supply alone", "battery alone"],
)
def test_a_result_is_the_same_after_a_round_trip(made, tmp_path: Path):
    result = made().solve()
    result.save(tmp_path / "result.nc")
    again = Result.load(tmp_path)
    xr.testing.assert_identical(again.series, result.series)
    pd.testing.assert_frame_equal(again.summary(), result.summary())
    pd.testing.assert_frame_equal(again.schedule(), result.schedule())
    pd.testing.assert_series_equal(again.costs(), result.costs(), check_index_type=False)
    assert again.certificate == result.certificate
    assert (again.notes, again.data_notes) == (result.notes, result.data_notes)


def test_a_result_is_found_by_its_file_or_its_folder(tmp_path: Path):
    state(0, hours=1).solve().save(tmp_path / "result.nc")
    found = [Result.load(path).value("cost_per_year") for path in (tmp_path / "result.nc", str(tmp_path))]
    assert found == [0, 0]


def test_what_is_not_a_result_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"holds no result\.nc; give the folder of a finished run"):
        Result.load(tmp_path)
    (tmp_path / "result.nc").write_bytes(b"not netCDF at all")
    with pytest.raises(InputError, match="cannot be read as netCDF"):
        Result.load(tmp_path)
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="is netCDF, but not a result of this program"):
        Result.load(tmp_path / "other.nc")


def test_a_result_does_not_change_with_the_model_it_came_from():
    site = state([10, 10], grid=grid(energy_price=[1, 2]))
    first = site.solve()
    before = first.series.copy(deep=True)
    site.update({"energy_price": [3, 4], "it_load": [5, 5]})
    second = site.solve()
    assert first.series.identical(before)
    assert second.series["energy_price"].values.tolist() == [3, 4]
    second.series["energy_price"].values[:] = 0
    assert site.solve().value("cost_per_year") == pytest.approx(35)


def solved(site: Model) -> Solved:
    program = site.program
    return Portfolio(program.lp).solve(EngineOptions())


def test_a_plan_that_does_not_balance_is_a_defect():
    """Should an engine and the certificate both be wrong, no result comes of it."""
    site = state([10, 10], grid=grid(energy_price=[1, 2]))
    found = solved(site)
    assert found.outcome.x is not None
    off = replace(found, outcome=replace(found.outcome, x=found.outcome.x * 1.01))
    with pytest.raises(OptimizerError, match=r"power does not balance: off by 0\.1 MW") as caught:
        build(site, off)
    assert caught.value.exit_code == 1


def test_cost_lines_that_do_not_sum_to_the_objective_are_a_defect():
    site = state([10, 10], grid=grid(energy_price=[1, 2]))
    found = solved(site)
    off = replace(found, certificate=replace(found.certificate, objective=31.0))
    with pytest.raises(OptimizerError, match=r"cost lines sum to 30\.0, the objective is 31\.0"):
        build(site, off)


def build(site: Model, found: Solved) -> Result:
    changes = Changes({}, (), site.program.lp)
    return build_result(site.scenario, site.series, site.data, site.program, found, changes=changes)


def test_the_scenario_is_kept_whole(result: Result):
    model = everything()
    assert result.series.attrs["scenario_yaml"] == model.scenario.to_yaml()
    assert json.loads(result.series.attrs["summary"])[0]["name"] == "cost_per_mwh"


def test_negative_zeros_do_not_show():
    result = state([10, 0], supplies=[supply()], batteries=[battery()], grid=grid()).solve()
    for name, array in result.series.data_vars.items():
        if str(name).startswith("marginal_price"):
            assert not np.signbit(array.values[array.values == 0]).any(), name
