"""Sizing: what is built, at which cost, and where it tips, each worked out by hand; and capacities in files."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer import plots
from optimizer.assets import Battery, Capacity
from optimizer.errors import InputError
from optimizer.report import assumptions
from optimizer.specification.base import Specification
from optimizer.specification.document import merge, node_of
from tests.sites import solved, state

QUARTER = {"discount_rate": 0.25, "years": 2}  # annuity of two years: 0.25 / (1 - 0.64) = 25/36
GRID = {"connection_capacity": 50, "energy_price": 100}


def faults(kind: type[Specification], **data: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        kind(**data)
    return [str(fault) for fault in caught.value.faults]


def pv(**capacity: object) -> dict[str, object]:
    """1 MW gives 1 MWh a year in the first of two hours, which saves 100."""
    return {"name": "pv", "capacity": {"max": 10} | capacity, "availability": [1.0, 0.0]}


class TestInvestment:
    @pytest.mark.parametrize(
        ("costs", "built"),
        [
            # 25/36 * 144 = 100: what a MW saves a year
            ({"capital_cost": 143.9}, 10),
            ({"capital_cost": 144.1}, 0),
            ({"capital_cost": 79.9, "life": 1}, 10),  # 80 * 1.25 = 100
            ({"capital_cost": 80.1, "life": 1}, 0),
            ({"capital_cost": 199.9, "discount_rate": 0.0}, 10),  # 200 / 2 = 100
            ({"capital_cost": 200.1, "discount_rate": 0.0}, 0),
            ({"capital_cost": 72, "fixed_om": 49.9}, 10),
            ({"capital_cost": 72, "fixed_om": 50.1}, 0),
            ({"capital_cost": 72, "fixed_om_share": 0.69}, 10),  # 72 * 50/72 = 50
            ({"capital_cost": 72, "fixed_om_share": 0.70}, 0),
            ({"annual_cost": 49.9, "fixed_om": 50}, 10),
            ({"annual_cost": 50.1, "fixed_om": 50}, 0),
            ({"capital_cost": 0}, 10),
        ],
    )
    def test_it_is_built_as_long_as_a_year_of_it_costs_less_than_it_saves(self, costs, built):
        assert solved(grid=GRID, supplies=[pv(**costs)], finance=QUARTER).value("capacity_pv") == pytest.approx(built)

    def test_an_investment_costs_what_its_annuity_does(self):
        annuity = 25 / 36
        invested = solved(grid=GRID, supplies=[pv(capital_cost=72)], finance=QUARTER)
        yearly = solved(grid=GRID, supplies=[pv(annual_cost=72 * annuity)])
        assert invested.certificate["objective"] == pytest.approx(yearly.certificate["objective"], rel=1e-12)
        assert invested.costs()["Supply investment"] == pytest.approx(500)
        assert yearly.costs()["Supply capacity"] == pytest.approx(500)

    @pytest.mark.parametrize("kind", ["annual_cost", "capital_cost", "fixed_om"])
    def test_what_is_there_already_costs_nothing_more(self, kind):
        price = {kind: 50.0} | ({"existing": 4, "min": 4})
        result = solved(grid=GRID, supplies=[pv(**price)], finance={"discount_rate": 0.0, "years": 1})
        assert result.value("capacity_pv") == pytest.approx(10)
        assert result.costs().sum() == pytest.approx(50 * 6 + 100 * 10)
        dear = solved(grid=GRID, supplies=[pv(**price | {kind: 150.0})], finance={"discount_rate": 0.0, "years": 1})
        assert dear.value("capacity_pv") == pytest.approx(4)
        assert dear.costs().sum() == pytest.approx(100 * 16)

    def test_a_fixed_size_pays_for_what_exceeds_the_old_one(self):
        size = {"size": 30, "existing": 20, "annual_cost": 7}
        result = solved(grid=GRID | {"connection_capacity": size})
        assert result.costs()["Grid connection"] == pytest.approx(70)

    def test_every_capacity_may_be_invested_in(self):
        own = {"capital_cost": 36.0, "fixed_om": 1.0}  # 26 a MW and year
        result = solved(
            grid={"connection_capacity": {"size": 20} | own, "subscribed_power": {"size": 15} | own},
            supplies=[{"name": "pv", "capacity": {"size": 1} | own}],
            batteries=[{"name": "b", "power_capacity": {"size": 2} | own, "energy_capacity": {"size": 3} | own}],
            generators=[{"name": "g", "capacity": {"size": 4} | own, "fuel_price": 1}],
            finance=QUARTER,
        )
        costs = result.costs()
        sizes = {
            "Grid connection": 20,
            "Subscribed power": 15,
            "Supply": 1,
            "Battery power": 2,
            "Battery energy": 3,
            "Generator": 4,
        }
        for name, size in sizes.items():
            assert costs[f"{name} investment"] == pytest.approx(25 * size), name
            assert costs[f"{name} fixed O&M"] == pytest.approx(size), name
        assert result.value("investment") == pytest.approx(36 * 45)
        assert result.series["cost_by_supply"].sel(supply="pv").sum() == pytest.approx(26)
        assert result.series["cost_by_battery"].sel(battery="b").sum() == pytest.approx(26 * 5)
        assert result.series["cost_by_generator"].sel(generator="g").sum() == pytest.approx(26 * 4)

    def test_costs_that_nobody_has_are_no_lines(self):
        assert not [line for line in solved(grid=GRID).costs().index if "investment" in line or "O&M" in line]

    def test_an_investment_may_change_in_place(self):
        stated = state(hours=2, grid=GRID, supplies=[pv(capital_cost=143)], finance=QUARTER)
        assert stated.solve().value("capacity_pv") == pytest.approx(10)
        stated.update({"supply_capacity_capital_cost": np.array([145.0])})
        again = stated.solve()
        assert again.value("capacity_pv") == pytest.approx(0, abs=1e-6)


class TestVariableCost:
    def test_energy_delivered_costs_operation(self):
        supply = pv() | {"variable_om": 30, "capacity": 10}
        result = solved(grid=GRID, supplies=[supply])
        assert result.costs()["Supply variable O&M"] == pytest.approx(300)
        assert solved(grid=GRID, supplies=[supply | {"variable_om": 101}]).costs()["Grid energy"] == pytest.approx(2000)

    def test_energy_discharged_costs_operation(self):
        battery = {"name": "b", "power_capacity": 10, "energy_capacity": 10, "variable_om": 30} | LOSSLESS
        grid = GRID | {"energy_price": [0, 100]}
        assert solved(grid=grid, batteries=[battery]).costs()["Battery variable O&M"] == pytest.approx(300)
        idle = solved(grid=grid, batteries=[battery | {"variable_om": 101}])
        assert idle.costs()["Grid energy"] == pytest.approx(1000)


LOSSLESS = {"charge_efficiency": 1.0, "discharge_efficiency": 1.0}


class TestDuration:
    """10 MWh move from an hour for nothing to one at 100; power and energy each cost 1 a year."""

    GRID = GRID | {"energy_price": [0, 100]}

    def sizes(self, **limits: float) -> tuple[float, float, float]:
        cost = {"max": 100, "annual_cost": 1}
        battery = {"name": "b", "power_capacity": cost, "energy_capacity": cost} | LOSSLESS | limits
        result = solved(grid=self.GRID, batteries=[battery])
        return tuple(result.value(f) for f in ("power_capacity_b", "energy_capacity_b", "cost_per_year"))

    def test_free_sizes_follow_the_need(self):
        assert self.sizes() == pytest.approx((10, 10, 20))

    def test_a_long_battery_needs_more_energy(self):
        assert self.sizes(duration_min=4) == pytest.approx((10, 40, 50))

    def test_a_short_battery_needs_more_power(self):
        assert self.sizes(duration_max=0.5) == pytest.approx((20, 10, 30))

    def test_limits_that_hold_anyway_change_nothing(self):
        assert self.sizes(duration_min=1, duration_max=1) == pytest.approx((10, 10, 20))

    def test_one_free_size_follows_the_other(self):
        cost = {"max": 100, "annual_cost": 1}
        battery = {"name": "b", "power_capacity": 5, "energy_capacity": cost, "duration_min": 4} | LOSSLESS
        assert solved(grid=self.GRID, batteries=[battery]).value("energy_capacity_b") == pytest.approx(20)

    def test_its_price_is_told(self):
        cost = {"max": 100, "annual_cost": 1}
        battery = {"name": "b", "power_capacity": cost, "energy_capacity": cost, "duration_min": 4} | LOSSLESS
        prices = solved(grid=self.GRID, batteries=[battery]).marginal_prices()
        assert prices.loc["least_duration", ["least", "unit"]].tolist() == [pytest.approx(-1), "USD/a per MWh"]

    def test_only_batteries_of_free_size_have_rows(self):
        fixed = {"name": "fixed", "power_capacity": 1, "energy_capacity": 4, "duration_min": 4, "duration_max": 4}
        stated = state(hours=2, grid=self.GRID, batteries=[fixed])
        assert stated.program.rows["least_duration"].size == stated.program.rows["greatest_duration"].size == 0

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"duration_min": 5}, "duration_min: at most 80 MWh at 20 MW is less than 5 h"),
            ({"duration_max": 3}, "duration_max: at least 80 MWh at 20 MW is more than 3 h"),
            ({"duration_min": 4, "duration_max": 3}, "duration_max: 3 is less than duration_min, 4"),
            ({"duration_min": -1}, "duration_min: -1 is negative; give 0 or more"),
            (
                {"duration_min": 9, "power_capacity": {"min": 10, "max": 20}},
                "duration_min: at most 80 MWh at 10 MW is less than 9 h",
            ),
            (
                {"duration_max": 1, "energy_capacity": {"min": 30, "max": 80}},
                "duration_max: at least 30 MWh at 20 MW is more than 1 h",
            ),
        ],
    )
    def test_a_duration_that_cannot_be_is_refused(self, given, told):
        battery = {"name": "b", "power_capacity": 20, "energy_capacity": 80} | given
        assert faults(Battery, **battery) == [f"Battery.{told}"]

    @pytest.mark.parametrize("limit", ["duration_min", "duration_max"])
    def test_the_duration_of_a_fixed_size_may_be_its_limit_but_for_rounding(self, limit):
        Battery(name="b", power_capacity=0.3, energy_capacity=0.3 * 3 * (1 + 1e-15), **{limit: 3})


class TestSubscribedPower:
    def test_it_limits_import_apart_from_the_connection(self):
        grid = GRID | {"subscribed_power": 6}
        result = solved(grid=grid, load={"value_of_lost_load": 1000})
        assert result.value("peak_import") == pytest.approx(6)
        assert (result.value("connection_capacity"), result.value("subscribed_power")) == (50, 6)

    @pytest.mark.parametrize(("price", "chosen"), [(14.9, 10), (15.1, 4), (29.9, 4), (30.1, 0)])
    def test_as_much_is_subscribed_as_pays(self, price, chosen):
        # A MW saves 15 in each hour in which it is used: in both up to 4 MW, in the first alone above.
        grid = {"connection_capacity": 50, "energy_price": 50, "subscribed_power": {"max": 20, "annual_cost": price}}
        other = {"name": "other", "capacity": 50, "energy_price": 65}
        result = solved([10.0, 4.0], grid=grid, supplies=[other])
        assert result.value("subscribed_power") == pytest.approx(chosen)
        assert result.costs()["Subscribed power"] == pytest.approx(price * chosen)

    def test_its_price_is_told(self):
        grid = {"connection_capacity": 50, "energy_price": 50, "subscribed_power": 9}
        other = {"name": "other", "capacity": 50, "energy_price": 65}
        prices = solved([10.0, 4.0], grid=grid, supplies=[other]).marginal_prices()
        assert prices.loc["subscribed_limit", ["least", "greatest", "unit"]].tolist() == [
            pytest.approx(-15),
            pytest.approx(0),
            "USD/a per MW",
        ]

    def test_a_site_without_it_has_none(self):
        result = solved(grid=GRID)
        assert "subscribed_power" not in result.summary().index
        assert "Subscribed power" not in result.costs()
        assert "subscribed_limit" not in state(hours=2, grid=GRID).program.rows

    def test_the_table_of_capacities_has_it(self):
        table = plots.capacities({"run": solved(grid=GRID | {"subscribed_power": 30}).series})
        assert table["run"].to_dict() == {"Grid connection [MW]": 50, "Subscribed power [MW]": 30}


class TestCapacity:
    @pytest.mark.parametrize(
        ("written", "told"),
        [
            (
                {"size": 9, "annual_cost": 1, "capital_cost": 1},
                "capital_cost: `capital_cost` excludes `annual_cost`; give the one from which the other would follow",
            ),
            (
                {"size": 9, "life": 20},
                "life: `life` is about an investment; give capital_cost too, or leave this key out",
            ),
            (
                {"size": 9, "annual_cost": 5, "discount_rate": 0.07},
                "discount_rate: `discount_rate` is about an investment; give capital_cost too, or leave this key out",
            ),
            (
                {"size": 9, "fixed_om_share": 0.02},
                "fixed_om_share: `fixed_om_share` is about an investment; give capital_cost too, or leave this key out",
            ),
            (
                {"size": 9, "capital_cost": 1, "fixed_om": 1, "fixed_om_share": 0.02},
                "fixed_om_share: `fixed_om_share` excludes `fixed_om`; give one of them",
            ),
            (
                {"size": 9, "capital_cost": 1, "fixed_om_share": 2},
                "fixed_om_share: 2 is not between 0 and 1; did you mean 0.02?",
            ),
            (
                {"size": 9, "capital_cost": 1, "discount_rate": 7},
                "discount_rate: 7 is not between -0.5 and 1; did you mean 0.07?",
            ),
            ({"size": 9, "capital_cost": 1, "life": 0}, "life: 0 is not above 0"),
            ({"size": 9, "capital_cost": -1}, "capital_cost: -1 is negative; give 0 or more"),
            ({"size": 9, "fixed_om": -1}, "fixed_om: -1 is negative; give 0 or more"),
            (
                {"max": 9, "existing": 4},
                "existing: 4 is more than the least capacity, 0; "
                "what is there already stays, so the capacity is at least that",
            ),
            (
                {"size": 9, "existing": 10},
                "existing: 10 is more than the least capacity, 9; "
                "what is there already stays, so the capacity is at least that",
            ),
        ],
    )
    def test_faults(self, written, told):
        given = {"min": written["size"], "max": written["size"]} if "size" in written else {}
        data = given | {key: value for key, value in written.items() if key != "size"}
        assert faults(Capacity, **data) == [f"Capacity.{told}"]

    @pytest.mark.parametrize(
        "capacity",
        [
            Capacity.fixed(90, capital_cost=700.0, life=25, fixed_om_share=0.02, existing=20),
            Capacity(min=1, max=9, capital_cost=0.0, discount_rate=0.05),
            Capacity(min=1, max=9, capital_cost=3.0, discount_rate=0.0),
            Capacity.fixed(9, 3.0, fixed_om=2.0),
        ],
    )
    def test_what_is_written_is_read_back(self, capacity):
        assert Capacity.model_validate(capacity.model_dump(mode="json")) == capacity

    def test_a_scenario_with_all_of_it_is_read_back(self):
        scenario = state(
            hours=2,
            grid=GRID | {"subscribed_power": {"max": 9, "capital_cost": 5, "life": 2}},
            supplies=[pv(capital_cost=72, life=2, existing=1, min=1)],
            finance=QUARTER | {"escalation": {"grid_energy": [1, 1.1], "carbon": 0.02}},
        ).scenario
        again = type(scenario).from_dict(scenario.model_dump(mode="json"))
        assert again.model_dump() == scenario.model_dump()
        assert again.finance.escalation == {"grid_energy": (1.0, 1.1), "carbon": 0.02}

    @pytest.mark.parametrize(
        ("base", "over", "merged"),
        [
            (
                {"size": 4, "annual_cost": 5},
                {"capital_cost": 9, "life": 20},
                {"size": 4, "capital_cost": 9, "life": 20},
            ),
            ({"max": 4, "capital_cost": 9, "life": 20}, {"annual_cost": 5}, {"max": 4, "annual_cost": 5}),
            ({"max": 4, "capital_cost": 9, "life": 20}, 7, {"size": 7, "capital_cost": 9, "life": 20}),
            ({"max": 4, "capital_cost": 9}, {"life": 25}, {"max": 4, "capital_cost": 9, "life": 25}),
            (
                {"max": 4, "capital_cost": 9, "fixed_om": 1},
                {"annual_cost": 5},
                {"max": 4, "annual_cost": 5, "fixed_om": 1},
            ),
            # No capacities: mappings merge key by key
            ({"discount_rate": 0.07, "years": 20}, {"discount_rate": 0.05}, {"discount_rate": 0.05, "years": 20}),
            ({"discount_rate": 0.07}, {"years": 25}, {"discount_rate": 0.07, "years": 25}),
        ],
    )
    def test_one_laid_over_another(self, base, over, merged):
        assert merge(node_of(base), node_of(over)).plain() == merged

    def test_a_changed_scenario(self):
        scenario = state(hours=2, grid=GRID, supplies=[pv(annual_cost=5)], finance=QUARTER).scenario
        changed = scenario.change(
            {"site.supplies.pv.capacity.capital_cost": 72, "site.supplies.pv.capacity.life": 3, "finance.years": 3}
        )
        capacity = changed.site.supplies[0].capacity
        assert (capacity.annual_cost, capacity.capital_cost, capacity.life, changed.finance.years) == (0, 72, 3, 3)

    def test_the_report_lists_the_assumptions(self):
        capacity = {"size": 9.0, "annual_cost": 0.0, "capital_cost": 72.0, "life": 20.0, "fixed_om_share": 0.02}
        (group,) = assumptions.groups({"site": {"grid": {"connection_capacity": capacity}}}, "USD")
        assert [(setting.name, setting.value, setting.unit) for setting in group.settings] == [
            ("Connection capacity", "9", "MW"),
            ("Connection capacity: investment", "72", "USD/MW"),
            ("Connection capacity: life", "20", "a"),
            ("Connection capacity: fixed O&M, share of the investment", "0.02", "1/a"),
        ]
