"""Hourly certificates, scores side by side and market-based emissions, on plans worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer import Result
from optimizer.accounting.certificates import first_in_first_out
from tests.sites import battery, grid, state, supply


def linked(put_in: list[float], taken_out: list[float], initial: float = 0.0, *, cyclic: bool = False):
    links = first_in_first_out(np.array(put_in), np.array(taken_out), initial, cyclic=cyclic)
    return list(zip(links.charged.tolist(), links.drawn.tolist(), links.energy.round(9).tolist(), strict=True))


def test_what_came_first_leaves_first():
    """4 and 2 MWh are put in; 1, then 5 are taken out: 1 and 3 of the first, 2 of the second."""
    assert linked([4, 2, 0], [0, 1, 5]) == [(0, 1, 1), (0, 2, 3), (1, 2, 2)]


def test_what_was_there_at_the_start_leaves_before_all_else():
    assert linked([0, 2, 0], [2, 0, 2], 3.0) == [(-1, 0, 2), (-1, 2, 1), (1, 2, 1)]


def test_a_draw_may_end_what_was_there_at_the_start_and_begin_what_came_later():
    assert linked([2, 0], [0, 4], 3.0) == [(-1, 1, 3), (0, 1, 1)]


def test_in_a_cyclic_store_the_start_is_what_was_left_at_the_end():
    """3 MWh of the last interval are left at the end, and so were there at the start."""
    assert linked([0, 1, 3], [3, 0, 1], 3.0, cyclic=True) == [(2, 0, 3), (1, 2, 1)]


def test_a_cyclic_store_that_turns_over_slowly_goes_back_more_than_once():
    """2 MWh are put in and taken out in each turn, 5 are held: what leaves came in some turns before."""
    assert linked([2, 0], [0, 2], 5.0, cyclic=True) == [(0, 1, 1), (0, 1, 1)]
    assert linked([1, 1, 0], [0, 0, 2], 3.0, cyclic=True) == [(1, 2, 1), (0, 2, 1)]


def test_a_cyclic_store_that_hardly_moves_holds_energy_of_unknown_origin():
    assert linked([1, 0], [0, 1], 100.0, cyclic=True) == [(-1, 1, 1)]


def test_nothing_taken_out_is_no_link():
    assert linked([1, 0], [0, 0]) == []


@pytest.fixture(scope="module")
def shifted() -> Result:
    """Sun covers the first hour and fills a battery that loses a fifth each way; the grid covers what is left.

    Sun gives 22.5 MWh in the first hour, of which 10 are used and 12.5 charged; 10 are stored, 8 come back, 2 are the
    grid's, a half of it carbon-free.
    """
    return state(
        [10, 10],
        supplies=[supply("sun", capacity=22.5, availability=[1, 0])],
        batteries=[battery(charge_efficiency=0.8, discharge_efficiency=0.8)],
        grid=grid(energy_price=20, grid_cfe=0.5),
    ).solve(vertex=True)


def test_each_hour_is_covered_by_whom_and_when_that_was_produced(shifted: Result):
    table = shifted.certificates()
    first, second = pd.Timestamp("2025-01-01 00:00"), pd.Timestamp("2025-01-01 01:00")
    assert list(table["time_utc"]) == [first, second, second]
    assert list(table["source"]) == ["sun", "grid", "sun"]
    assert list(table["kind"]) == ["supply", "grid", "supply"]
    assert list(table["battery"]) == ["", "", "battery"]
    assert list(table["produced_utc"]) == [first, second, first]
    assert list(table["produced_mwh"]) == pytest.approx([10, 2, 12.5])
    assert list(table["matched_mwh"]) == pytest.approx([10, 2, 8])
    assert list(table["carbon_free_mwh"]) == pytest.approx([10, 1, 8])


def test_the_energy_of_each_source_is_told_by_use(shifted: Result):
    energy = shifted.series["certified_energy"].to_pandas()
    assert energy.loc["sun"].tolist() == pytest.approx([10, 8, 4.5, 0, 0], abs=1e-9)
    assert energy.loc["grid"].tolist() == pytest.approx([2, 0, 0, 0, 0], abs=1e-9)


def test_uses_of_an_hour_take_of_its_sources_in_proportion():
    """Two thirds of the hour's energy are wind's; 10 of 15 MWh cover the load, 5 are sold."""
    result = state(
        10,
        hours=1,
        supplies=[supply("wind", 10), supply("sun", 5)],
        grid=grid(energy_price=20, export_capacity=5, export_price=1),
    ).solve()
    energy = result.series["certified_energy"].to_pandas()
    assert energy.loc["wind", ["used at once", "sold"]].tolist() == pytest.approx([20 / 3, 10 / 3])
    assert energy.loc["sun", ["used at once", "sold"]].tolist() == pytest.approx([10 / 3, 5 / 3])


def test_what_a_battery_held_at_the_start_is_of_unknown_origin():
    result = state(10, hours=1, batteries=[battery(initial_soc=0.5)], grid=grid(energy_price=20)).solve()
    (row,) = result.certificates().to_dict("records")
    assert (row["source"], row["kind"], row["battery"]) == ("held at the start", "storage", "battery")
    assert pd.isna(row["produced_utc"])
    assert (row["matched_mwh"], row["carbon_free_mwh"]) == pytest.approx((10, 0))


def test_certificates_of_a_year_add_up_to_its_plan(example_sizing: Result):
    """Load is covered to the last MWh, nobody's energy is used twice, and storage loses what the plan loses."""
    plan, table = example_sizing.series, example_sizing.certificates()
    served = ((plan["facility_load"] - plan["unserved"]) * plan["dt"]).to_series()
    covered = table.groupby("time_utc")["matched_mwh"].sum().reindex(served.index, fill_value=0.0)
    assert covered.to_numpy() == pytest.approx(served.to_numpy(), abs=1e-3)
    at_source = table.pivot_table("produced_mwh", "produced_utc", "source", "sum", fill_value=0.0)
    for name in ("wind", "solar"):
        given = (plan["delivered"].sel(supply=name) * plan["dt"]).to_series()
        assert (at_source[name].reindex(given.index, fill_value=0.0) <= given + 1e-3).all()
    energy = plan["certified_energy"].to_pandas()
    total = (plan["delivered"] * plan["dt"]).sum("hour").to_series()
    assert energy.sum(axis=1)[["wind", "solar"]].to_numpy() == pytest.approx(total[["wind", "solar"]].to_numpy())
    assert energy["left in storage or moved"].abs().max() < 1
    lost = float(((plan["charge"] - plan["discharge"]).sum("battery") * plan["dt"]).sum())
    assert energy["lost in storage"].sum() == pytest.approx(lost, rel=1e-4)
    sold = float((plan["grid_export"] * plan["dt"]).sum())
    assert energy["sold"].sum() == pytest.approx(sold, rel=1e-6)
    matched = table.groupby("source")["matched_mwh"].sum()
    used = energy["used at once"] + energy["used from storage"]
    assert matched[used.index].to_numpy() == pytest.approx(used.to_numpy(), rel=1e-4)


def test_scores_stand_side_by_side():
    """Two months of one clean and one dirty interval each, and a clean January makes good for February by the year.

    January: 20 of 20 MWh of load in its second half, from 30 in its first. By the hour half of January is covered, by
    the month all of it, by the year one and a half of it; February has nothing.
    """
    sun = np.zeros(1416)
    sun[:371] = 2
    result = state(
        np.full(1416, 10.0),
        supplies=[supply("sun", 10, availability=sun / 2), supply("more", 10, availability=sun / 2)],
        grid=grid(energy_price=20, export_capacity=20, export_price=1),
    ).solve()
    table = result.matching()
    january, year = 743, 1416
    assert list(table.index) == ["Jan 2025", "Feb 2025", "Year"]
    assert table["hourly"].tolist() == pytest.approx([371 / january, 0, 371 / year], abs=1e-6)
    assert table["hourly, per-hour score"].tolist() == pytest.approx([371 / january, 0, 371 / year], abs=1e-6)
    assert table["monthly"].tolist() == pytest.approx([742 / january, 0, 742 / year], abs=1e-6)
    assert table["annual"].tolist() == pytest.approx([742 / january, 0, 742 / year], abs=1e-6)
    assert table.loc["Year", "hourly"] == pytest.approx(result.value("cfe_hourly"))
    assert table.loc["Year", "annual"] == pytest.approx(result.value("cfe_annual"))


def test_what_a_month_has_too_much_helps_in_the_year_but_not_in_other_months():
    sun = np.zeros(1416)
    sun[:743] = 1
    result = state(
        np.full(1416, 10.0),
        supplies=[supply("sun", 15, availability=sun)],
        grid=grid(energy_price=20, export_capacity=20, export_price=1),
    ).solve()
    table = result.matching()
    assert table["monthly"].tolist() == pytest.approx([1, 0, 743 / 1416], abs=1e-6)
    assert table["annual"].tolist() == pytest.approx([1.5, 0, 1.5 * 743 / 1416], abs=1e-6)


def test_market_based_emissions_take_the_residual_intensity_of_the_grid():
    """10 MWh of sun at 0.05 and 10 of the grid at 0.5, of which contracts of others claim so much that 0.8 remain."""
    given = {"supplies": [supply(capacity=10, availability=[1, 0], carbon_intensity=0.05)]}
    connection = {"energy_price": 20, "carbon_intensity": 0.5}
    plain = state([10, 10], **given, grid=grid(**connection)).solve()
    assert plain.value("emissions") == plain.value("emissions_market") == pytest.approx(5.5)
    assert any("no residual intensity is given" in note for note in plain.notes)
    told = state([10, 10], **given, grid=grid(**connection, residual_intensity=0.8)).solve()
    assert told.value("emissions") == pytest.approx(5.5)
    assert told.value("emissions_market") == pytest.approx(8.5)
    assert not any("residual" in note for note in told.notes)


def test_figures_show_the_same_numbers(shifted: Result):
    scores = shifted.figure("matching_scores")
    assert scores.data[0].name == "Hourly"
    assert scores.data[0].y.tolist() == pytest.approx([100 * shifted.value("cfe_hourly")] * 2, rel=1e-5)
    energy = shifted.figure("certified_energy")
    assert energy.data[1].y.tolist() == pytest.approx([8, 0])
