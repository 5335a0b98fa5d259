"""Cost lines of what a scenario has are told, be they zero; those of what it has not are left out."""

from __future__ import annotations

from optimizer.report import render_report
from tests.sites import battery, grid, solved, supply


def test_a_line_of_which_the_scenario_has_nothing_is_left_out():
    result = solved(10, grid=grid(energy_price=5))
    assert dict(result.costs()) == {"Grid energy": 100}
    assert result.series["cost_by_hour"].sizes["cost_line"] == 1


def test_a_line_that_comes_to_nothing_is_kept():
    """The battery is not used, no load is lost and the carbon of the grid has a price, but comes to nothing."""
    result = solved(
        [10, 10],
        load={"value_of_lost_load": 900},
        supplies=[supply(energy_price=4)],
        batteries=[battery(throughput_cost=3)],
        grid=grid(energy_price=50, export_price=1, carbon_intensity=0.4),
        carbon_price=20,
    )
    costs = dict(result.costs().round(9))
    assert costs == {
        "Supply energy": 80, "Grid energy": 0, "Export revenue": 0, "Carbon": 0,
        "Battery wear": 0, "Unserved energy": 0,
    }  # fmt: skip


def test_a_site_without_costs_has_no_lines():
    result = solved(10, grid=grid())
    assert result.costs().empty
    assert result.value("cost_per_year") == 0
    assert render_report(result.series)
