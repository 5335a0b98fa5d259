"""Figures and their tables: numbers against hand-computed ones, local time, colours, and the odd cases."""

from __future__ import annotations

import doctest
import importlib
import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sample_result
import xarray as xr

from optimizer import plots
from optimizer.errors import InputError
from optimizer.plots import durations, heatmaps, monthly, storage, style
from optimizer.plots.clock import Clock
from optimizer.plots.dispatch import dispatch

PARIS = {"time_zone": "Europe/Paris"}
HALF_HOUR = {"time_zone": "Asia/Kolkata"}


def hours(start: str, count: int, step: str = "1h") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count + 1, freq=step)


def with_values(dataset: xr.Dataset, **values: Any) -> xr.Dataset:
    """Overwrite variables of a dataset by values that spread over their dimensions."""
    changed = {name: (dataset[name].dims, np.broadcast_to(v, dataset[name].shape)) for name, v in values.items()}
    return dataset.assign(changed)


@pytest.fixture(scope="module")
def year() -> xr.Dataset:
    return sample_result.year()


CASES = {
    "three hours": lambda: sample_result.span(hours("2025-06-01", 3)),
    "one hour": lambda: sample_result.span(hours("2025-06-01", 1)),
    "quarter hours": lambda: sample_result.span(hours("2025-03-29", 192, "15min"), **PARIS),
    "varying steps": lambda: sample_result.span(
        hours("2025-06-01", 2).append([hours("2025-06-01T02:15", 3, "15min"), hours("2025-06-01T06:00", 6, "3h")])
    ),
    "zone of half hours": lambda: sample_result.span(hours("2025-06-01", 48), **HALF_HOUR),
    "clocks back": lambda: sample_result.span(hours("2025-10-25", 48), **PARIS),
    "leap year": lambda: sample_result.year(2024),
    "no supply": lambda: sample_result.span(hours("2025-06-01", 48), supplies=()),
    "no battery": lambda: sample_result.span(hours("2025-06-01", 48), batteries=()),
    "no grid": lambda: sample_result.span(hours("2025-06-01", 48), grid=False),
    "nothing at all": lambda: sample_result.span(hours("2025-06-01", 3), supplies=(), batteries=(), grid=False),
    "many of each": lambda: sample_result.span(
        hours("2025-06-01", 48), supplies=[f"Wind {i}" for i in range(14)], batteries=[f"B{i}" for i in range(6)]
    ),
    "battery of no size": lambda: with_values(
        sample_result.span(hours("2025-06-01", 48)), energy_capacity=0.0, soc=np.nan, stored_energy=0.0, discharge=0.0
    ),
    "no work": lambda: sample_result.span(hours("2025-06-01", 48)).drop_dims("workload"),
    "no load": lambda: with_values(sample_result.span(hours("2025-06-01", 3)), facility_load=0.0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", plots.FIGURES)
def test_every_figure_is_made_in_every_case_and_plotly_accepts_it(case: str, name: str) -> None:
    figure = plots.draw(CASES[case](), name)
    assert figure.name == name
    assert figure.title
    assert figure.explanation.endswith(".")
    drawn = figure.plot  # plotly validates every attribute here
    assert figure.title in {drawn.layout.title.text, drawn.layout.legend.title.text}
    assert bool(figure.absent) == (len(drawn.data) == 0)
    if not figure.absent:
        assert "[" in " ".join(map(str, [figure.table.index.name, *figure.table.columns, *figure.table.index]))


def test_the_names_are_those_that_users_know() -> None:
    asked = {"dispatch", "cfe_heatmap", "price_heatmap", "soc_heatmap", "curtailment_heatmap", "duration_curves"}
    assert asked | {"monthly_energy", "monthly_cost", "battery_cycles"} <= set(plots.FIGURES)


def test_an_unknown_figure_is_refused_with_the_nearest_name(year: xr.Dataset) -> None:
    with pytest.raises(InputError, match="did you mean 'monthly_cost'"):
        plots.draw(year, "montly_cost")


def test_drawing_does_not_import_plotly() -> None:
    code = "import sys, optimizer.plots, optimizer.report; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["style", "durations"])
def test_examples_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(f"optimizer.plots.{module}")).failed == 0


# ---- dispatch ----


def test_dispatch_table_holds_every_interval_in_utc_and_local_time() -> None:
    dataset = sample_result.span(hours("2025-06-01", 3))
    table = dispatch(dataset).table
    assert list(table["Start (UTC)"].dt.hour) == [0, 1, 2]
    assert list(table["Start (local)"].dt.hour) == [1, 2, 3]
    assert np.array_equal(table["Tarfaya wind [MW]"], dataset["delivered"].sel(supply="Tarfaya wind"))
    assert np.array_equal(table["Battery: stored at start [MWh]"], dataset["stored_energy"].values[0, :-1])


def test_dispatch_digest_counts_energy_as_power_times_length() -> None:
    dataset = sample_result.span(hours("2025-06-01", 2).append(hours("2025-06-01T02:15", 1, "15min")))
    assert np.allclose(dataset["dt"], [1, 1, 0.25, 0.25])
    dataset = with_values(dataset, facility_load=40.0, grid_import=[8.0, 4.0, 20.0, 0.0], weight=2.0)
    row = dispatch(dataset).page_table.loc["Grid import"]
    assert row["Energy [MWh/a]"] == pytest.approx(2 * (8 + 4 + 5))
    assert row["Share of load [%]"] == pytest.approx(100 * 17 / (40 * 2.5))
    assert row["Mean [MW]"] == pytest.approx(17 / 2.5)
    assert row["Greatest [MW]"] == 20
    assert row["Greatest at (local)"] == "2025-06-01 03:00"
    assert row["In use [h/a]"] == pytest.approx(2 * 2.25)


def test_areas_add_up_to_the_load_and_what_leaves(year: xr.Dataset) -> None:
    traces = dispatch(year).spec["data"]
    feeding = sum(trace["y"].astype(float) for trace in traces if trace.get("stackgroup") == "feeding")
    leaving = sum(trace["y"].astype(float) for trace in traces if trace.get("stackgroup") == "leaving")
    load = next(trace["y"] for trace in traces if trace["name"] == "Facility load")
    assert np.allclose(feeding + leaving, load, atol=1e-4)


def test_a_figure_object_of_a_year_starts_with_a_week(year: xr.Dataset) -> None:
    first, last = plots.draw(year, "dispatch").plot.layout.xaxis.range
    assert last - first == pd.Timedelta("7D") / pd.Timedelta("1ms")
    assert pd.Timestamp(first, unit="ms") == pd.Timestamp("2025-07-02")
    first, last = plots.draw(CASES["three hours"](), "dispatch").plot.layout.xaxis.range
    assert last - first == pd.Timedelta("3h") / pd.Timedelta("1ms")


def test_overview_shows_daily_means(year: xr.Dataset) -> None:
    figure = dispatch(year)
    wall = pd.DatetimeIndex(year["hour"].values).tz_localize("UTC").tz_convert("Africa/Casablanca")
    expected = year["grid_import"].to_series().groupby(wall.date).mean()
    place = next(i for i, trace in enumerate(figure.spec["data"]) if trace["name"] == "Grid import")
    coarse = figure.overview[place]
    assert np.allclose(coarse["y"][:-1], expected, atol=1e-4)
    assert coarse["x"][0] == pd.Timestamp("2025-01-01").timestamp() * 1000
    assert len(figure.overview) == len(figure.spec["data"])


def test_traces_share_their_time_axis(year: xr.Dataset) -> None:
    traces = dispatch(year).spec["data"]
    assert len({id(trace["x"]) for trace in traces}) == 2  # steps, and the boundaries of the stored energy


def test_what_does_not_happen_is_left_out() -> None:
    dataset = with_values(sample_result.span(hours("2025-06-01", 3), grid=False), unserved=0.0, grid_export=0.0)
    names = {trace["name"] for trace in dispatch(dataset).spec["data"]}
    assert not names & {"Grid import", "Grid export", "Unserved"}


def test_a_solvers_noise_is_not_drawn() -> None:
    dataset = with_values(sample_result.span(hours("2025-06-01", 3)), unserved=1e-9, grid_export=1e-7, curtailment=1e-8)
    names = {trace["name"] for trace in dispatch(dataset).spec["data"]}
    assert not names & {"Grid export", "Unserved"}
    assert plots.draw(dataset, "curtailment_heatmap").absent == "Nothing is curtailed in this plan."


def test_names_that_users_type_stay_text() -> None:
    dataset = sample_result.span(hours("2025-06-01", 3), supplies=["<b>Wind</b> & co"], batteries=["<a href='x'>"])
    for name in plots.FIGURES:
        text = repr([trace.get("name") for trace in plots.draw(dataset, name).spec["data"]])
        assert "<" not in text


# ---- local time ----


def test_the_hour_that_comes_twice_is_drawn_as_the_mean_of_both() -> None:
    dataset = sample_result.span(hours("2025-10-25T22:00", 6), **PARIS)  # local 00:00; 02:00 comes twice
    clock = Clock.of(dataset)
    heights = clock.steps(np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0]))
    assert heights.tolist() == [1, 2, 4, 6, 7, 7]
    local = clock.step_times.astype("datetime64[ms]")
    assert [str(time)[11:16] for time in local] == ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]


def test_heat_map_has_no_value_where_the_clock_jumps_and_the_mean_where_it_goes_back() -> None:
    spring = sample_result.span(hours("2025-03-29T23:00", 23), **PARIS)
    spring = with_values(spring, cfe_score=np.arange(23) / 100)
    column = heatmaps.cfe_heatmap(spring).table["2025-03-30"].to_numpy()
    assert np.isnan(column[2])
    assert column[[0, 1, 3, 23]] == pytest.approx([0, 1, 2, 22])
    autumn = sample_result.span(hours("2025-10-25T22:00", 25), **PARIS)
    autumn = with_values(autumn, cfe_score=np.arange(25) / 100)
    column = heatmaps.cfe_heatmap(autumn).table["2025-10-26"].to_numpy()
    assert column[[0, 1, 2, 3, 23]] == pytest.approx([0, 1, 2.5, 4, 24])


def test_heat_map_averages_quarter_hours_and_spreads_long_steps() -> None:
    boundaries = hours("2025-01-01", 4, "15min").append(hours("2025-01-01T04:00", 0, "1h"))
    dataset = sample_result.span(boundaries, time_zone="UTC")
    dataset = with_values(dataset, energy_price=[10.0, 20.0, 30.0, 40.0, 7.0])
    column = heatmaps.price_heatmap(dataset).table["2025-01-01"].to_numpy()
    assert column[:4] == pytest.approx([25, 7, 7, 7])
    assert np.isnan(column[4:]).all()


def test_heat_map_of_a_zone_of_half_hours_splits_the_interval() -> None:
    dataset = with_values(sample_result.span(hours("2025-01-01", 2), **HALF_HOUR), energy_price=[10.0, 30.0])
    column = heatmaps.price_heatmap(dataset).table["2025-01-01"].to_numpy()  # 05:30 to 07:30 local
    assert column[5:8] == pytest.approx([10, 20, 30])


def test_short_heat_map_table_is_the_mean_by_month(year: xr.Dataset) -> None:
    digest = heatmaps.price_heatmap(year).page_table
    wall = pd.DatetimeIndex(year["hour"].values).tz_localize("UTC").tz_convert("Africa/Casablanca")
    june = year["energy_price"].values[(wall.month == 6) & (wall.hour == 20)].mean()
    assert digest.loc["20:00", "Jun 2025"] == pytest.approx(june)
    assert digest.index.name == "Hour of day, mean [USD/MWh]"


def test_soc_is_the_mean_of_both_ends() -> None:
    dataset = sample_result.span(hours("2025-01-01", 2), time_zone="UTC")
    dataset = with_values(dataset, soc=[[0.2, 0.6, 0.4]])
    assert heatmaps.soc_heatmap(dataset).table.iloc[:2, 0].tolist() == pytest.approx([40, 50])


def test_leap_year_has_a_column_for_each_day() -> None:
    table = heatmaps.cfe_heatmap(sample_result.year(2024, time_zone="UTC")).table
    assert table.shape == (24, 366)
    assert not table.isna().any(axis=None)


@pytest.mark.parametrize(
    ("zone", "title"),
    [
        ("Africa/Casablanca", "Local time, Africa/Casablanca (UTC+0 and UTC+1)"),
        ("Asia/Kolkata", "Local time, Asia/Kolkata (UTC+5:30)"),
        ("America/New_York", "Local time, America/New_York (UTC−5 and UTC−4)"),
    ],
)
def test_time_axes_state_their_zone(year: xr.Dataset, zone: str, title: str) -> None:
    assert Clock.of(year.assign_attrs(time_zone=zone)).axis_title == title


# ---- months ----


@pytest.mark.parametrize(
    ("zone", "note"),
    [
        ("UTC", ""),
        ("Africa/Casablanca", "1 h of Jan 2026 is counted in Dec 2025."),
        ("America/New_York", "5 h of Dec 2024 are counted in Jan 2025."),
    ],
)
def test_a_year_has_twelve_months_in_any_zone(year: xr.Dataset, zone: str, note: str) -> None:
    figure = monthly.monthly_energy(year.assign_attrs(time_zone=zone))
    assert list(figure.table.index) == [*pd.date_range("2025-01", periods=12, freq="MS").strftime("%b %Y"), "Total"]
    assert figure.explanation.endswith(note or "load.")


def test_short_horizons_keep_the_months_they_touch() -> None:
    dataset = sample_result.span(hours("2025-01-31T22:00", 4), time_zone="UTC")
    assert list(monthly.monthly_energy(dataset).table.index) == ["Jan 2025", "Feb 2025", "Total"]


def test_monthly_energy_is_power_times_length() -> None:
    dataset = sample_result.span(hours("2025-01-31T23:00", 8, "15min"), time_zone="UTC")
    dataset = with_values(dataset, grid_import=[4.0, 8.0, 4.0, 8.0, 1.0, 1.0, 1.0, 1.0], weight=1.0)
    table = monthly.monthly_energy(dataset).table
    assert table["Grid import [MWh]"].tolist() == pytest.approx([6, 1, 7])


@pytest.mark.parametrize("case", ["quarter hours", "varying steps", "clocks back", "leap year"])
def test_monthly_energy_adds_up_to_the_dataset(case: str) -> None:
    dataset = CASES[case]()
    total = monthly.monthly_energy(dataset).table.loc["Total"]
    scale = dataset["weight"] * dataset["dt"]
    for column, power in {
        "Facility load [MWh]": dataset["facility_load"],
        "Noor solar [MWh]": dataset["delivered"].sel(supply="Noor solar"),
        "Noor solar: curtailment [MWh]": dataset["curtailment"].sel(supply="Noor solar"),
        "Battery: charge [MWh]": dataset["charge"].sel(battery="Battery"),
    }.items():
        assert total[column] == pytest.approx(float((power * scale).sum()))


def test_monthly_cost_adds_up_and_spreads_what_has_no_hour(year: xr.Dataset) -> None:
    figure = monthly.monthly_cost(year)
    assert figure.table.loc["Total", "Total cost [USD]"] == pytest.approx(float(year["annual_cost"].sum()))
    capacity = figure.table["Grid connection capacity [USD]"]
    # February had 673 hours in Casablanca: the clock went back for Ramadan on the 23rd.
    assert capacity["Feb 2025"] == pytest.approx(360_000 * 673 / 8760)
    assert "Grid connection capacity" in figure.explanation
    assert figure.page_table.loc["Export revenue", "Total"] < 0


def test_figures_that_are_scaled_to_a_year_say_so() -> None:
    dataset = sample_result.span(hours("2025-06-01", 3))
    for name in ("monthly_energy", "monthly_cost", "duration_curves", "battery_cycles"):
        assert "each interval stands for 2,920 of its kind" in plots.draw(dataset, name).explanation


# ---- duration curves ----


def test_duration_counts_hours_by_length_and_weight() -> None:
    dataset = sample_result.span(hours("2025-06-01", 2).append(hours("2025-06-01T02:30", 0, "30min")))
    dataset = with_values(dataset, grid_import=[5.0, 9.0, 7.0], weight=4.0)
    curve = next(t for t in durations.duration_curves(dataset).spec["data"] if t["name"] == "Grid import")
    assert curve["x"].tolist() == [0, 4, 6, 10]
    assert curve["y"].tolist() == [9, 7, 5, 5]
    table = durations.duration_curves(dataset).table["Grid import [MW]"]
    assert [table[share] for share in (0, 40, 41, 60, 61, 100)] == [9, 9, 7, 7, 5, 5]


def test_net_load_counts_curtailed_power_as_available(year: xr.Dataset) -> None:
    table = durations.duration_curves(year).table
    net = year["facility_load"] - (year["delivered"] + year["curtailment"]).sum("supply")
    assert table.loc[0, "Net load [MW]"] == pytest.approx(float(net.max()))
    assert table.loc[100, "Net load [MW]"] == pytest.approx(float(net.min()))
    assert len(durations.duration_curves(year).page_table) == len(durations.SHARES)


def test_thinned_curves_keep_both_ends(year: xr.Dataset) -> None:
    load = year["facility_load"].to_numpy()
    x, y = durations.corners(load, np.ones_like(load))
    assert len(x) <= 1500
    assert (x[0], x[-1], y[0], y[-1]) == (0, 8760, load.max(), load.min())


# ---- batteries ----


def test_cycles_are_energy_discharged_over_energy_held() -> None:
    dataset = with_values(
        sample_result.span(hours("2025-06-01", 4, "30min")),
        discharge=[[10.0, 0.0, 4.0, 0.0]],
        energy_capacity=50.0,
        state_of_health=0.8,
        weight=1.0,
    )
    assert storage.cumulative_cycles(dataset).tolist() == [pytest.approx([0, 5 / 40, 5 / 40, 7 / 40, 7 / 40])]
    assert storage.battery_cycles(dataset).table.loc["Battery", "Full cycles [1/a]"] == pytest.approx(7 / 40)


def test_depth_of_a_day_spans_midnight_to_midnight() -> None:
    dataset = sample_result.span(hours("2025-06-01", 48), time_zone="UTC")
    soc = np.full(49, 0.5)
    soc[[3, 24, 30]] = 0.2, 0.9, 0.4
    depth = storage.daily_depth(with_values(dataset, soc=soc[None, :]))
    assert depth.tolist() == [pytest.approx([0.7, 0.5])]
    table = storage.battery_cycles(with_values(dataset, soc=soc[None, :])).table.loc["Battery"]
    assert table["Days 60 to 70 % deep"] == 1
    assert table["Days 40 to 50 % deep"] == 1
    assert table["Deepest day [%]"] == pytest.approx(70)


def test_every_day_of_a_year_falls_into_one_bin(year: xr.Dataset) -> None:
    table = storage.battery_cycles(year).table.loc["Battery"]
    assert table.filter(like="% deep").sum() == storage.daily_depth(year).shape[1]


# ---- colours ----


def test_colours_follow_the_meaning_and_never_change_when_things_are_added() -> None:
    few = style.looks(style.supply_kind(name) for name in ("Tarfaya wind", "Noor PV"))
    more = style.looks(
        style.supply_kind(name) for name in ("Tarfaya wind", "Noor PV", "Hydro", "Éolien du Nord", "Solar 2")
    )
    assert more[:2] == few
    assert few == [style.look("wind"), style.look("solar")]
    assert len(set(more)) == len(more)
    assert len(set(style.looks(["wind"] * 12))) == 12


def test_a_battery_charges_and_discharges_in_one_colour(year: xr.Dataset) -> None:
    traces = {trace["name"]: trace for trace in dispatch(year).spec["data"]}
    assert traces["Battery: charge"]["fillcolor"] == traces["Battery: discharge"]["fillcolor"]
    assert traces["Battery: charge"]["fillpattern"]["shape"]


def test_cost_lines_keep_their_look_whatever_they_amount_to() -> None:
    found = dict(zip(LINES, style.cost_looks(LINES), strict=True))
    assert found["Supply energy"] == style.look("other")
    assert found["Grid energy"] == style.look("grid")
    assert found["Battery wear"] == style.look("battery")
    assert len(set(found.values())) == len(found)


LINES = ("Supply capacity", "Grid connection", "Battery power", "Battery energy", "Supply energy", "Grid energy")
LINES += ("Export revenue", "Carbon", "Battery wear", "Battery holding", "Unserved energy")


# Machado, Oliveira and Fernandes (2009), severity 1, doi:10.1109/TVCG.2009.113.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_meanings_keep_apart_for_every_kind_of_sight(sight: str) -> None:
    kinds = ("wind", "solar", "other", "battery", "generator", "grid", "export", "unserved", "load")
    seen = {kind: lab(np.array(SIGHT[sight]) @ linear(style.look(kind).colour)) for kind in kinds}
    for one, other in itertools.combinations(kinds, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


@pytest.mark.parametrize("name", ["viridis", "cividis", "magma"])
def test_colour_scales_rise_or_fall_evenly_in_lightness(name: str) -> None:
    lightness = np.array([lab(linear(str(colour)))[0] for _, colour in style.colour_scale(name)])
    steps = np.diff(lightness)
    assert (steps > 0).all() or (steps < 0).all()
    assert np.abs(steps).max() < 2 * np.abs(steps).min()


def test_outliers_do_not_set_the_colours(year: xr.Dataset) -> None:
    prices = np.where(np.arange(8760) % 100 == 0, 10_000.0, 50 + np.arange(8760) % 24)
    figure = heatmaps.price_heatmap(with_values(year, energy_price=prices))
    assert figure.spec["layout"]["coloraxis"]["cmax"] == 73
    assert "far outside" in figure.explanation
    assert "far outside" not in heatmaps.price_heatmap(year).explanation


# ---- comparison ----


def test_comparison_figures_are_made_and_accepted(year: xr.Dataset) -> None:
    runs = {
        "a": year,
        "<b>": sample_result.span(hours("2025-06-01", 48), supplies=("Noor solar", "Hydro"), batteries=()),
    }
    for name, draw in plots.COMPARISONS.items():
        figure = draw(runs)
        assert figure.name == name
        assert figure.plot.data
        assert "<" not in repr([trace["name"] for trace in figure.spec["data"]])


def test_capacities_stand_side_by_side(year: xr.Dataset) -> None:
    table = plots.capacities({"a": year, "b": sample_result.span(hours("2025-06-01", 3), supplies=(), batteries=())})
    assert table.loc["Battery: energy [MWh]", "a"] == 40
    assert np.isnan(table.loc["Battery: energy [MWh]", "b"])
    assert table.loc["Grid connection [MW]"].tolist() == [30, 30]


def test_compared_costs_and_energies_are_those_of_the_runs(year: xr.Dataset) -> None:
    other = sample_result.span(hours("2025-06-01", 24, "1h"), supplies=("Noor solar",))
    runs = {"a": year, "b": other}
    costs = plots.COMPARISONS["cost_lines"](runs).table
    assert costs.loc["Total [USD/a]"].tolist() == pytest.approx(
        [float(run["annual_cost"].sum()) for run in runs.values()]
    )
    energy = plots.COMPARISONS["energy_by_source"](runs).table
    assert energy.loc["Tarfaya wind [MWh/a]", "b"] == 0
    solar = (other["delivered"].sel(supply="Noor solar") * other["dt"] * other["weight"]).sum()
    assert energy.loc["Noor solar [MWh/a]", "b"] == pytest.approx(float(solar))


def test_the_cost_of_a_gpu_hour_leaves_runs_without_gpus_out(year: xr.Dataset) -> None:
    bare = year.drop_dims("workload")
    figure = plots.COMPARISONS["gpu_hour_lines"]({"a": with_values(year, unserved=0.0), "b": bare})
    delivered = 600 * float((year["it_power"].sum("workload") * year["dt"] * year["weight"]).sum())
    assert list(figure.table.columns) == ["a"]
    total = float(year["annual_cost"].sum()) / delivered
    assert figure.table.loc["Total [USD/GPU-h]", "a"] == pytest.approx(total)
    assert plots.COMPARISONS["gpu_hour_lines"]({"a": bare, "b": bare}).absent.startswith("No run tells")


def test_runs_of_different_years_share_their_months() -> None:
    runs = {"a": sample_result.year(2024, time_zone="UTC"), "b": sample_result.year(2025, time_zone="UTC")}
    table = plots.COMPARISONS["monthly_cfe"](runs).table
    assert list(table.index)[:2] == ["Jan", "Feb"]
    assert not table.isna().any(axis=None)
    load = runs["b"]["facility_load"].values[:744]
    share = 100 * (load * runs["b"]["cfe_score"].values[:744]).sum() / load.sum()
    assert table.loc["Jan", "b [%]"] == pytest.approx(share)


def test_different_currencies_are_not_compared(year: xr.Dataset) -> None:
    with pytest.raises(InputError, match="different currencies"):
        plots.COMPARISONS["cost_lines"]({"a": year, "b": year.assign_attrs(currency="MAD")})
