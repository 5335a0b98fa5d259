"""Generators: what they give, what limits them and what they cost, worked out by hand; and where they are shown."""

from __future__ import annotations

import pytest

from optimizer import plots, report
from optimizer.assets import Generator
from optimizer.errors import InputError
from tests.sites import solved, state

GRID = {"connection_capacity": 50, "energy_price": 100}
SHED = {"load": {"value_of_lost_load": 1000}}


def diesel(**given: object) -> dict[str, object]:
    """State a generator at 100 a MWh: fuel at 40 a MWh, of which 40 % become electricity."""
    return {"name": "diesel", "capacity": 20, "fuel_price": 40, "efficiency": 0.4} | given


class TestFuel:
    def test_fuel_is_paid_and_burnt_by_efficiency(self):
        result = solved(generators=[diesel()])  # 20 MWh from 50 MWh of fuel at 40
        assert result.costs()["Fuel"] == pytest.approx(2000)
        assert (result.value("generation"), result.value("fuel")) == pytest.approx((20, 50))
        assert result.series["marginal_price"].values == pytest.approx([100, 100])

    def test_without_an_efficiency_the_price_is_of_electricity(self):
        assert solved(generators=[diesel(efficiency=1.0)]).costs()["Fuel"] == pytest.approx(800)

    def test_operation_is_paid_by_energy(self):
        assert solved(generators=[diesel(variable_om=8)]).costs()["Generator variable O&M"] == pytest.approx(160)

    def test_it_runs_where_the_grid_costs_more(self):
        result = solved(grid=GRID | {"energy_price": [99, 101]}, generators=[diesel()])
        assert result.series["generation"].values[0] == pytest.approx([0, 10])

    def test_the_price_of_fuel_may_change_by_the_hour(self):
        result = solved(grid=GRID, generators=[diesel(fuel_price=[39, 41])])
        assert result.series["generation"].values[0] == pytest.approx([10, 0])

    def test_it_bridges_an_outage(self):
        result = solved(grid=GRID | {"energy_price": 20, "available": [1.0, 0.0]}, generators=[diesel()])
        assert result.series["generation"].values[0] == pytest.approx([0, 10])
        assert result.value("cost_per_year") == pytest.approx(10 * 20 + 10 * 100)

    def test_intervals_count_by_length_and_weight(self):
        result = solved(hours=3, weight=100.0, generators=[diesel()])
        assert result.value("generation") == pytest.approx(3000)
        assert result.costs()["Fuel"] == pytest.approx(300_000)


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "generated"),
        [
            ({}, [10, 10]),
            ({"capacity": 6}, [6, 6]),
            ({"capacity": 20, "available": [0.25, 1.0]}, [5, 10]),
            ({"capacity": 20, "available": 0.0}, [0, 0]),
        ],
    )
    def test_of_power(self, limits, generated):
        result = solved(generators=[diesel(**limits)], **SHED)
        assert result.series["generation"].values[0] == pytest.approx(generated)

    @pytest.mark.parametrize(
        ("limits", "energy"),
        [
            ({"hours_max": 2}, 20),
            ({"hours_max": 0.75}, 15),  # hours at the full 20 MW
            ({"hours_max": 0}, 0),
            ({"energy_max": 13}, 13),
            ({"energy_max": 13, "hours_max": 0.5}, 10),
        ],
    )
    def test_of_a_year(self, limits, energy):
        result = solved(generators=[diesel(**limits)], **SHED)
        assert result.value("generation") == pytest.approx(energy)
        assert result.value("generator_hours_diesel") == pytest.approx(energy / 20)

    def test_of_a_year_counted_by_weight(self):
        assert solved(weight=10.0, generators=[diesel(energy_max=13)], **SHED).value("generation") == pytest.approx(13)

    def test_each_generator_has_its_own(self):
        second = diesel(name="gas", fuel_price=20, energy_max=4)
        result = solved(generators=[diesel(), second])
        assert result.series["generation"].sum("hour").values == pytest.approx([16, 4])

    def test_their_prices_are_told(self):
        prices = solved(generators=[diesel(energy_max=13)], **SHED).marginal_prices()
        assert prices.loc["generator_energy_limit", ["mean", "unit"]].tolist() == [
            pytest.approx(-900),  # one more MWh spares 1000 of lost load and costs 100 of fuel
            "USD/a per MWh/a",
        ]

    @pytest.mark.parametrize(("cost", "built"), [(1799, 10), (1801, 0)])
    def test_a_free_capacity_is_built_as_long_as_it_pays(self, cost, built):
        # A MW spares 2 MWh of 1000 and burns fuel for 2 times 100.
        result = solved(generators=[diesel(capacity={"max": 20, "annual_cost": cost})], **SHED)
        assert result.value("generator_capacity_diesel") == pytest.approx(built)
        assert result.costs()["Generator capacity"] == pytest.approx(cost * built)

    def test_an_hours_limit_asks_for_more_capacity(self):
        size = {"max": 50, "annual_cost": 1}
        result = solved(generators=[diesel(capacity=size, hours_max=0.5)])  # 20 MWh in half an hour
        assert result.value("generator_capacity_diesel") == pytest.approx(40)


class TestCarbon:
    def test_emissions_follow_the_fuel(self):
        result = solved(generators=[diesel(carbon_intensity=0.25)], carbon_price=10)  # 50 MWh of fuel
        assert result.value("emissions") == pytest.approx(12.5)
        assert result.costs()["Carbon"] == pytest.approx(125)

    def test_a_carbon_price_may_turn_the_order_round(self):
        grid = GRID | {"energy_price": 110}
        clean, dear = (solved(grid=grid, generators=[diesel(carbon_intensity=0.25)], carbon_price=p) for p in (15, 17))
        assert (clean.value("generation"), dear.value("generation")) == pytest.approx((20, 0))  # 10 / 0.625 = 16

    @pytest.mark.parametrize(
        ("cfe", "target", "generated"),
        [
            (0.0, 0.5, 10),
            (0.0, 1.0, 0),
            (0.5, 0.75, 10),
            (0.5, 0.5, 20),
            (1.0, 1.0, 20),
        ],
    )
    def test_energy_from_fuel_counts_by_its_carbon_free_share(self, cfe, target, generated):
        grid = GRID | {"energy_price": 200, "grid_cfe": 1.0}
        result = solved(grid=grid, generators=[diesel(cfe=cfe)], targets={"cfe": target})
        assert result.value("generation") == pytest.approx(generated)
        assert result.value("cfe_hourly") == pytest.approx(1 - (1 - cfe) * generated / 20)
        assert result.value("cfe_annual") == pytest.approx(cfe * generated / 20)

    def test_an_hour_scores_by_the_carbon_free_share(self):
        result = solved(
            grid=GRID | {"grid_cfe": 1.0, "available": [1.0, 0.0]}, generators=[diesel(cfe=0.3, fuel_price=60)]
        )
        assert result.series["cfe_score"].values == pytest.approx([1.0, 0.3])

    @pytest.mark.parametrize(("cfe", "scores"), [(0.0, [0, 0]), (1.0, [1, 1]), (0.5, [0, 1])])
    def test_what_a_battery_was_charged_with_from_fuel_is_as_free_as_the_fuel(self, cfe, scores):
        # Carbon-free power goes into the battery first, as it does from supplies.
        result = solved(generators=[diesel(cfe=cfe, available=[1.0, 0.0])], batteries=[BATTERY])
        assert result.series["discharge"].values[0] == pytest.approx([0, 10])
        assert result.series["cfe_score"].values == pytest.approx(scores)

    def test_a_battery_charged_from_grid_and_fuel_holds_a_mixture(self):
        grid = {"connection_capacity": 10, "grid_cfe": 1.0, "available": [1.0, 0.0]}
        result = solved(grid=grid, generators=[diesel(available=[1.0, 0.0])], batteries=[BATTERY])
        assert result.series["charge"].values[0] == pytest.approx([10, 0])
        assert result.series["cfe_score"].values == pytest.approx([1.0, 0.5])


BATTERY = {
    "name": "b",
    "power_capacity": 10,
    "energy_capacity": 10,
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
}


class TestInput:
    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"efficiency": 35}, "efficiency: 35 is not between 0 and 1; did you mean 0.35?"),
            ({"efficiency": 0}, "efficiency: 0 is not above 0"),
            ({"cfe": 30}, "cfe: 30 is not between 0 and 1; did you mean 0.3?"),
            ({"carbon_intensity": 257}, "carbon_intensity: 257 is not between 0 and 5; did you mean 0.257?"),
            ({"available": 90}, "available: 90 is not between 0 and 1; did you mean 0.9?"),
            ({"hours_max": -1}, "hours_max: -1 is negative; give 0 or more"),
            ({"energy_max": -1}, "energy_max: -1 is negative; give 0 or more"),
            ({"variable_om": -1}, "variable_om: -1 is negative; give 0 or more"),
            ({"capacity": -1}, "capacity: -1 is negative; give 0 or more"),
        ],
    )
    def test_faults(self, given, told):
        with pytest.raises(InputError) as caught:
            Generator(**diesel(**given))
        assert [str(fault) for fault in caught.value.faults] == [f"Generator.{told}"]

    def test_names_are_needed_and_differ(self):
        with pytest.raises(InputError) as caught:
            state(hours=2, generators=[diesel(), diesel(), {"capacity": 5}])
        assert [str(fault) for fault in caught.value.faults] == [
            "site.generators[2]: `name` is missing; give it: Name of the generator",
            "site.generators[1].name ('diesel'): 'diesel' is the name of item 0 too; give each its own name",
        ]
        with pytest.raises(InputError) as caught:
            state(hours=2, generators=[diesel(name="pv")], supplies=[{"name": "pv", "capacity": 1}])
        assert [str(fault) for fault in caught.value.faults] == [
            "site.generators: 'pv' is the name of a supply too; give each its own name"
        ]

    def test_an_unknown_series_is_refused(self):
        with pytest.raises(InputError, match="there is no series 'outages'"):
            state(hours=2, generators=[diesel(available="outages")])

    def test_it_is_found_by_its_name(self):
        scenario = state(hours=2, generators=[diesel()]).scenario.change({"site.generators.diesel.capacity": 7})
        assert scenario.site.generators[0].capacity.max == 7


class TestPages:
    @pytest.fixture
    def result(self):
        return solved(
            grid=GRID | {"energy_price": [99, 101]}, generators=[diesel(note="example, unverified")], name="with diesel"
        )

    def test_the_schedule_has_a_column(self, result):
        assert result.schedule()["generation_diesel_mw"].tolist() == pytest.approx([0, 10])

    def test_dispatch_and_monthly_energy_show_it(self, result):
        assert plots.draw(result.series, "dispatch").table["diesel [MW]"].tolist() == pytest.approx([0, 10])
        assert plots.draw(result.series, "monthly_energy").table["diesel [MWh]"].tolist() == pytest.approx([10, 10])

    def test_the_cost_of_its_energy_is_told(self, result):
        table = plots.draw(result.series, "cost_by_source").table
        assert table.loc["diesel"].tolist() == pytest.approx([10, 1000, 100])

    def test_capacities_and_comparisons_list_it(self, result):
        other = solved(grid=GRID)
        table = plots.capacities({"with": result.series, "without": other.series})
        assert table.loc["diesel [MW]", "with"] == 20
        assert table.loc["diesel [MW]"].isna()["without"]
        page = report.render_comparison({"with": result.series, "without": other.series})
        assert "Energy from generators" in page

    def test_the_report_and_the_notes_name_it(self, result):
        assert "diesel: example, unverified" in result.notes
        assert "Full-load hours of diesel" in report.render_report(result.series)

    def test_a_site_without_generators_has_no_lines_for_them(self):
        result = solved(grid=GRID)
        assert "Fuel" not in result.costs()
        assert "Generator capacity" not in result.costs()
        assert "generation" not in result.summary().index

    def test_results_of_before_there_were_generators_are_still_drawn(self):
        old = solved(grid=GRID).series.drop_dims("generator").drop_vars("cost_by_supply")
        assert "Grid import [MW]" in plots.draw(old, "dispatch").table
        assert plots.draw(old, "cost_by_source").absent == "The result does not tell the cost of each source."
        assert plots.capacities({"old": old})["old"].to_dict() == {"Grid connection [MW]": 50}
