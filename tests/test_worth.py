"""What more of everything would be worth, on plans worked out by hand and against solving again with a little more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import Model, Result, plots
from optimizer.errors import InputError
from optimizer.lp.rules import constraint
from tests.sites import battery, everything, generator, grid, state, supply


def solved(model: Model) -> Result:
    return model.solve(vertex=True)


def row(model: Model, what: str) -> dict[str, Any]:
    return dict(solved(model).worth().loc[what])


# -- capacities that are given ---------------------------------------------------------------------------------------


def wind(**given: Any) -> dict[str, Any]:
    """4 MW of wind at 30, half of which blow in the second hour and none in the third."""
    return supply("wind", availability=[1, 0.5, 0], energy_price=30) | {"capacity": 4} | given


def test_a_megawatt_of_a_contract_saves_what_the_grid_costs_more():
    """1.5 MWh at 50 become 1.5 MWh at 30; the megawatt itself costs 12."""
    found = row(
        state(supplies=[wind(capacity={"size": 4, "annual_cost": 12})], grid=grid(energy_price=50)), "Capacity of wind"
    )
    assert (found["worth"], found["cost"], found["saving"]) == pytest.approx((30, 12, 18))
    assert (found["size"], found["unit"], found["choice"], found["name"]) == (4, "MW", "fixed", "supply_capacity")
    assert (found["step"], found["saving_of_step"]) == pytest.approx((1, 18))


def test_what_a_contract_pays_whether_it_is_taken_or_not_is_its_own_cost():
    """Pay-as-produced at 30: each megawatt owes 1.5 x 30 for energy available, and spares the grid's 1.5 x 50."""
    found = row(state(supplies=[wind(curtailment_price=30)], grid=grid(energy_price=50)), "Capacity of wind")
    assert (found["worth"], found["cost"], found["saving"]) == pytest.approx((75, 45, 30))


def test_every_interval_counts_for_its_length_and_weight():
    """Half hours of which each stands for 100 a year: 1.5 x 0.5 x 100 x 20."""
    found = row(state(supplies=[wind()], grid=grid(energy_price=50), minutes=30, weight=100), "Capacity of wind")
    assert found["saving"] == pytest.approx(1500)


def test_a_megawatt_of_connection_spares_what_is_lost_without_it():
    """8 of 10 MW reach the site, the rest is worth 1,000; the grid is out in the second hour."""
    model = state(
        load={"value_of_lost_load": 1000}, grid=grid(connection_capacity=8, energy_price=50, available=[1, 0, 1])
    )
    assert row(model, "Grid connection")["saving"] == pytest.approx(2 * 950)


def test_storage_is_worth_the_spread_of_prices_where_it_is_full_and_its_power_nothing():
    model = state(batteries=[battery(energy=2)], grid=grid(energy_price=[10, 100, 100]))
    assert row(model, "Energy of battery")["saving"] == pytest.approx(90)
    assert row(model, "Power of battery")["saving"] == 0


def test_power_of_a_battery_is_worth_the_spread_where_it_is_what_binds():
    """Charged for one hour and discharged for one, with 2 MW."""
    model = state([10, 10], batteries=[battery(power=2)], grid=grid(energy_price=[10, 100]))
    assert row(model, "Power of battery")["saving"] == pytest.approx(90)
    assert row(model, "Energy of battery")["saving"] == 0


def test_a_generator_is_worth_what_its_fuel_spares():
    """Fuel at 40 and an efficiency of 0.5 make 80 a MWh in place of 100, within 1.5 full-load hours a year."""
    model = state(
        generators=[generator(capacity=2, fuel_price=40, efficiency=0.5, hours_max=1.5)], grid=grid(energy_price=100)
    )
    assert row(model, "Capacity of diesel")["saving"] == pytest.approx(1.5 * 20)
    hours = row(model, "Full-load hours of diesel")
    assert (hours["saving"], hours["unit"], hours["size"]) == (pytest.approx(2 * 20), "h/a", 1.5)


def test_subscribed_power_is_worth_what_dearer_energy_costs_more():
    model = state(
        supplies=[supply(energy_price=90)],
        grid=grid(energy_price=50, subscribed_power={"size": 7, "annual_cost": 100}),
    )
    found = row(model, "Subscribed power")
    assert (found["worth"], found["cost"], found["saving"]) == pytest.approx((120, 100, 20))


def test_export_is_worth_what_is_paid_for_it():
    model = state(supplies=[supply(energy_price=10)], grid=grid(energy_price=50, export_capacity=3, export_price=25))
    found = row(model, "Export limit")
    assert (found["saving"], bool(found["capacity"])) == (pytest.approx(3 * 15), False)


# -- capacities that were free ---------------------------------------------------------------------------------------


def choosing(annual_cost: float, least: float = 0.0, greatest: float = 8.0) -> Model:
    """State a choice of wind that spares 3 x 20 a MW up to the 6 MW of the second and third hour, and 20 beyond."""
    size = {"min": least, "max": greatest, "annual_cost": annual_cost}
    return state([10, 6, 6], supplies=[supply("wind", size, energy_price=30)], grid=grid(energy_price=50))


@pytest.mark.parametrize(
    ("model", "size", "choice", "worth", "saving"),
    [
        (choosing(25), 6, "chosen", 25, 0),
        (choosing(25, greatest=5), 5, "at its greatest", 60, 35),
        (choosing(70), 0, "at its least", 60, -10),
        (choosing(25, least=7), 7, "at its least", 20, -5),
    ],
)
def test_a_free_capacity_is_worth_its_cost_unless_a_bound_holds_it(
    model: Model, size: float, choice: str, worth: float, saving: float
):
    found = row(model, "Capacity of wind")
    assert (found["size"], found["choice"]) == (pytest.approx(size), choice)
    assert (found["worth"], found["saving"]) == (pytest.approx(worth), pytest.approx(saving, abs=1e-9))
    assert found["cost"] == pytest.approx(found["worth"] - found["saving"])


def test_a_capacity_that_is_given_among_free_ones_is_called_fixed():
    model = state(supplies=[wind(), supply("sun", {"max": 1}, energy_price=40)], grid=grid(energy_price=50))
    assert row(model, "Capacity of wind")["choice"] == "fixed"
    assert row(model, "Capacity of wind")["saving"] == pytest.approx(30)
    assert row(model, "Capacity of sun")["choice"] == "at its greatest"


# -- targets and caps ------------------------------------------------------------------------------------------------


def clean_at(price: float, **targets: Any) -> Model:
    """State 30 MWh of load between the grid at 50, with 0.4 tCO2e/MWh, and clean energy at a price."""
    return state(
        supplies=[supply("hydro", energy_price=price)],
        grid=grid(energy_price=50, carbon_intensity=0.4),
        targets=targets,
    )


@pytest.mark.parametrize(
    ("targets", "what", "unit", "saving", "step"),
    [
        ({"cfe": 0.5}, "CFE target, hourly", "%", -0.3 * 30, 1),
        ({"cfe_monthly": 0.5}, "CFE target, hourly, each month", "%", -0.3 * 30, 1),
        ({"cfe_rolling": {"share": 0.5, "days": 1}}, "CFE target, hourly, every window of days", "%", -0.3 * 30, 1),
        ({"cfe_annual": 0.5}, "CFE target, annual", "%", -0.3 * 30, 1),
        ({"emissions_max": 6}, "Emissions cap", "tCO2e/a", 30 / 0.4, 0.06),
        ({"emission_intensity_max": 0.2}, "Emissions cap for each MWh of load", "tCO2e/MWh", 30 * 30 / 0.4, 0.002),
        ({"grid_energy_max": 15}, "Cap on grid energy", "MWh/a", 30, 0.15),
        ({"grid_share_max": 0.5}, "Cap on the grid's share", "%", 0.3 * 30, 1),
    ],
)
def test_a_target_is_told_by_what_one_more_unit_of_it_saves_or_costs(
    targets: dict[str, Any], what: str, unit: str, saving: float, step: float
):
    """Each MWh that has to come from hydro at 80 and not from the grid at 50 costs 30 more."""
    found = row(clean_at(80, **targets), what)
    assert (found["saving"], found["worth"], found["cost"]) == pytest.approx((saving, saving, 0))
    assert (found["unit"], found["step"], found["saving_of_step"]) == (
        unit,
        pytest.approx(step),
        pytest.approx(saving * step),
    )


def test_a_target_that_does_not_bind_is_worth_nothing():
    assert row(clean_at(40, cfe=0.5), "CFE target, hourly")["saving"] == 0


def test_a_share_that_multiplies_variables_is_priced_at_the_plan():
    """Of 50 MWh produced 20 are sold. A hundredth more frees 0.5 MWh, and with each 1 / (1 - 0.4) are sold for 15."""
    model = state(
        supplies=[supply(capacity=20, energy_price=10)],
        grid=grid(energy_price=50, export_capacity=20, export_price=25),
        targets={"export_share": 0.4},
    )
    plan = solved(model)
    found = plan.worth().loc["Share of production that may be sold"]
    assert found["saving"] == pytest.approx(0.01 * 50 * 15 / 0.6)
    assert found["saving"] == pytest.approx(finite_difference(model, plan, "export_share", one=0.01), rel=1e-3)


def test_a_free_share_of_curtailment_is_worth_nothing_more():
    """A limit of 1 is none, and is not told."""
    sun = supply("sun", 4, availability=[1, 1, 1], energy_price=60, curtailment_limit=0.5)
    model = state(supplies=[wind(), sun], grid=grid(energy_price=50))
    table = solved(model).worth()
    assert [what for what in table.index if "curtailed" in what] == [
        "Share of sun that may be curtailed in an interval"
    ]
    assert table["saving"]["Share of sun that may be curtailed in an interval"] == pytest.approx(0.01 * 12 * 10)


# -- what is told, and what is not -----------------------------------------------------------------------------------


def test_where_there_is_no_grid_none_is_priced():
    table = solved(state(supplies=[supply(energy_price=10)])).worth()
    assert list(table.index) == ["Capacity of pv"]


def test_the_greatest_step_comes_first():
    table = solved(
        state(supplies=[wind()], batteries=[battery(energy=2)], grid=grid(energy_price=[10, 100, 100]))
    ).worth()
    assert list(table.index[:2]) == ["Energy of battery", "Capacity of wind"]


def test_an_own_rule_counts_like_any_other():
    """The site may import no more than half of what it has contracted."""
    model = state(supplies=[supply("wind", 8, energy_price=60)], grid=grid(energy_price=50))

    @constraint(over="hour")
    def tied(m: Any, t: Any) -> Any:
        return m.grid_import[t] <= 0.5 * m.supply_capacity["wind"]

    model.add(tied)
    assert row(model, "Capacity of wind")["saving"] == pytest.approx(3 * 0.5 * 10)


def test_what_the_data_alone_rule_out_is_left_out():
    """More than the site may ever contract, by a rule without variables, has no price."""
    model = state(supplies=[wind()], grid=grid(energy_price=50))
    model.add(_no_more_than_four)
    assert "Capacity of wind" not in solved(model).worth().index


@constraint(over="supply")
def _no_more_than_four(m: Any, s: Any) -> Any:
    return m.supply_capacity[s] <= 4


def test_prices_are_those_of_the_plan_though_the_model_went_on():
    model = state(supplies=[wind()], grid=grid(energy_price=50))
    first = solved(model)
    model.update({"energy_price": np.full(3, 200.0)})
    second = solved(model)
    assert first.worth()["saving"]["Capacity of wind"] == pytest.approx(30)
    assert second.worth()["saving"]["Capacity of wind"] == pytest.approx(1.5 * 170)


def test_it_is_there_after_a_round_trip(tmp_path: Any):
    result = solved(state(supplies=[wind()], grid=grid(energy_price=50)))
    result.save(tmp_path / "result.nc")
    again = Result.load(tmp_path)
    assert again.worth().equals(result.worth())
    assert again.worst_hours().equals(result.worst_hours())


def test_an_older_result_is_told_to_be_one():
    older = Result(solved(state(supplies=[wind()], grid=grid(energy_price=50))).plan)
    for table in (older.worth, older.worst_hours, older.contracts):
        with pytest.raises(InputError, match=r"the result does not tell it.*solve the scenario again"):
            table()


# -- against solving again -------------------------------------------------------------------------------------------


def finite_difference(
    model: Model, plan: Result, name: str, *, at: int = 0, one: float = 1.0, change: float = 1e-3
) -> float:
    """Tell what the yearly cost falls by for one more unit, by solving again with a little more of it."""
    given = (name,) if name in model.data else (f"{name}_min", f"{name}_max")
    kept = {data: model.data[data].values.copy() for data in given}
    changed = {data: values.copy() for data, values in kept.items()}
    for values in changed.values():
        values.flat[at] = np.ravel(plan.plan[name].values)[at] + change * one
    model.update(changed)
    try:
        after = solved(model).certificate["objective"]
    finally:
        model.update(kept)
    return (plan.certificate["objective"] - after) / change


def rich(*, free: bool) -> Model:
    """State a day of four-hour intervals in which most limits bind, with sizes given or free."""

    def size(value: float, cost: float) -> Any:
        return (
            {"min": 0.3 * value, "max": 1.2 * value, "annual_cost": cost}
            if free
            else {"size": value, "annual_cost": cost}
        )

    return state(
        [20, 22, 27, 31, 29, 24],
        minutes=180,
        weight=50,
        load={"value_of_lost_load": 4000},
        supplies=[
            supply("wind", size(13, 60000), availability=[0.8, 0.6, 0.1, 0.15, 0.5, 0.9], energy_price=31, cfe=0.98),
            supply(
                "sun", size(17, 30000), availability=[0, 0.3, 0.9, 0.7, 0.1, 0], energy_price=22, curtailment_price=5
            ),
        ],
        batteries=[
            battery(
                power=size(5, 4000), energy=size(21, 3000), charge_efficiency=0.93, discharge_efficiency=0.91,
                cyclic=True, soc_min=0.1, self_discharge=0.002, throughput_cost=3, cycles_max=300,
            )
        ],
        generators=[
            generator("diesel", size(3, 9000), fuel_price=71, efficiency=0.41, carbon_intensity=0.25, hours_max=900)
        ],
        grid=grid(
            connection_capacity=size(14, 40000), energy_price=[60, 75, 83, 140, 155, 90], grid_cfe=0.2,
            carbon_intensity=[0.5, 0.55, 0.4, 0.6, 0.7, 0.5], export_capacity=2, export_price=17,
        ),
        targets={"cfe": 0.5, "emissions_max": 20000, "export_share": 0.05},
    )  # fmt: skip


@pytest.mark.parametrize("free", [False, True])
def test_savings_are_those_found_by_solving_again(free: bool):
    """Between the one-sided derivatives everywhere, to the rounding of a difference."""
    model = rich(free=free)
    plan = solved(model)
    table = plan.worth()
    assert len(table) >= 10
    assert (table["saving"].abs() > 1).sum() >= (3 if free else 5), table
    for what, found in table.iterrows():
        at = 1 if what == "Capacity of sun" else 0
        one = 0.01 if found["unit"] == "%" else 1.0
        more, less = (
            finite_difference(model, plan, found["name"], at=at, one=one, change=change) for change in (1e-3, -1e-3)
        )
        slack = 1e-3 * max(1.0, abs(more), abs(less), found["cost"])
        assert min(more, less) - slack <= found["saving"] <= max(more, less) + slack, (
            what,
            more,
            found["saving"],
            less,
        )


def cycled(cycles: float) -> Model:
    """State a battery of free size, at 60 a MWh, of which each cycle brings a MWh from an hour at 0 to one at 100."""
    store = battery(energy={"max": 1000, "annual_cost": 60}, cycles_max=cycles)
    return state([0, 10], batteries=[store], grid=grid(energy_price=[0, 100]))


@pytest.mark.parametrize(
    ("cycles", "saving"),
    [
        (0.5, 0),  # a MWh saves 50 and costs 60, so there is no battery, and a little more does not change that
        (0.8, 600 / 0.8**2),  # the load takes 10 / n MWh, at 60 each
        (1.5, 0),  # it cannot be emptied more than once
    ],
)
def test_cycles_of_a_battery_of_free_size_save_what_solving_again_finds(cycles: float, saving: float):
    model = cycled(cycles)
    plan = solved(model)
    told = plan.worth()["saving"]["Warranted cycles of battery"]
    assert told == pytest.approx(saving)
    for change in (1e-4, -1e-4):
        assert told == pytest.approx(finite_difference(model, plan, "cycles_max", change=change), rel=1e-3, abs=1e-3)


def test_a_large_step_in_what_multiplies_a_free_size_may_save_more_than_foretold():
    """From half a cycle to a whole one: 10 MWh of battery are built, which save 1,000 and cost 600."""
    one, other = solved(cycled(0.5)), solved(cycled(1.0))
    assert one.worth()["saving_of_step"]["Warranted cycles of battery"] == 0
    assert one.value("cost_per_year") - other.value("cost_per_year") == pytest.approx(400)


def test_where_it_does_not_matter_whether_to_build_the_saving_lies_between_more_and_less():
    """At 0.6 cycles a MWh saves what it costs: less changes nothing, and more saves as much as can be built."""
    model = cycled(0.6)
    plan = solved(model)
    more, less = (finite_difference(model, plan, "cycles_max", change=change) for change in (1e-5, -1e-5))
    assert (less, more) == pytest.approx((0, 600 / 0.6**2), rel=1e-3, abs=1e-3)
    assert -1e-3 <= plan.worth()["saving"]["Warranted cycles of battery"] <= more + 1


def test_the_price_of_load_is_that_found_by_solving_again_with_every_family_stated():
    """One more MWh in each hour of the site that leaves nothing out, where also the IT load is to be chosen."""
    model = everything()
    plan = solved(model)
    hours, load = (plan.series["dt"] * plan.series["weight"]).values, model.data["other_load"].values.copy()
    for hour, price in enumerate(plan.series["marginal_price"].values):
        costs = []
        for change in (1e-3, -1e-3):
            model.update({"other_load": load + change * (np.arange(3) == hour)})
            more = solved(model).certificate["objective"] - plan.certificate["objective"]
            costs.append(more / change / hours[hour])
        assert min(costs) - 1e-3 <= price <= max(costs) + 1e-3, hour


# -- the worst hours -------------------------------------------------------------------------------------------------


def first_hour(model: Model) -> dict[str, Any]:
    return dict(solved(model).worst_hours().iloc[0])


def short_of_grid() -> Model:
    """State a connection of 8 MW at 20 and a load that needs 10 in the second hour, of which diesel gives 2 at 90."""
    return state(
        [7, 10, 6],
        generators=[generator("diesel", fuel_price=90)],
        grid=grid(connection_capacity={"size": 8, "annual_cost": 200}, energy_price=20),
    )


def test_the_dearest_hour_is_told_with_what_binds_and_what_would_help():
    """One more MW of connection saves 90 - 20 in that hour, which is 35 % of the 200 that it costs."""
    table = solved(short_of_grid()).worst_hours()
    assert [str(time) for time in table.index[:1]] == ["2025-01-01 01:00:00+00:00"]
    assert table["marginal_price"].tolist() == pytest.approx([90, 20, 20])
    found = dict(table.iloc[0])
    assert (found["facility_load"], found["set_by"], found["limits"]) == (
        10,
        "Generation (diesel)",
        "Connection limit at 70.00",
    )
    assert (found["relief"], found["relief_unit"]) == ("Grid connection", "MW")
    assert (found["relief_saving"], found["relief_share"]) == pytest.approx((70, 0.35))
    assert table["relief"].tolist()[1:] == ["", ""]


def test_of_equal_prices_the_greatest_load_comes_first():
    table = solved(state([7, 10, 6], grid=grid(energy_price=20))).worst_hours()
    assert table["facility_load"].tolist() == [10, 7, 6]


def test_the_cheapest_relief_is_the_one_that_saves_most_for_what_it_costs():
    """Where load is lost at 1,000, a MW of diesel saves less than one of connection, but costs ten times less."""
    found = first_hour(
        state(
            [7, 10, 6],
            load={"value_of_lost_load": 1000},
            generators=[generator("diesel", {"size": 1, "annual_cost": 20}, fuel_price=90)],
            grid=grid(connection_capacity={"size": 8, "annual_cost": 200}, energy_price=20),
        )
    )
    assert found["limits"] == "Connection limit at 980.00; Generation limit (diesel) at 910.00"
    assert found["set_by"] == "Unserved"
    assert (found["relief"], found["relief_saving"], found["relief_share"]) == (
        "Capacity of diesel",
        pytest.approx(910),
        pytest.approx(45.5),
    )


def test_what_has_no_cost_of_its_own_helps_only_where_nothing_else_does():
    found = first_hour(
        state([7, 10, 6], load={"value_of_lost_load": 1000}, grid=grid(connection_capacity=8, energy_price=20))
    )
    assert (found["relief"], found["relief_saving"]) == ("Grid connection", pytest.approx(980))
    assert np.isnan(found["relief_share"])


def test_storage_helps_in_the_dearest_hour_until_it_is_filled_again():
    """2 MWh bought at 10 are given back at 100; another MWh held would save 90 there, of 300 that it costs."""
    sizes = {"power": {"size": 50, "annual_cost": 1}, "energy": {"size": 2, "annual_cost": 300}}
    table = solved(state(batteries=[battery(**sizes)], grid=grid(energy_price=[10, 100, 90, 10, 95, 80]))).worst_hours()
    prices = table["marginal_price"].tolist()
    assert prices == pytest.approx([100, 95, 90, 80, 10, 10])
    assert table["relief"].tolist() == ["Energy of battery", "Energy of battery", "", "", "", ""]
    assert table["relief_saving"].tolist() == pytest.approx([90, 85, 0, 0, 0, 0])
    assert table["relief_share"].tolist()[0] == pytest.approx(0.3)


def test_targets_of_the_year_are_told_where_they_raise_the_price():
    """A MWh less from the grid would save the 30 by which hydro is dearer."""
    found = first_hour(clean_at(80, cfe=0.5))
    assert found["limits"] == "Hourly matching at 30.00"


def test_a_demand_charge_is_told_by_its_period():
    model = state(
        [7, 10, 6],
        generators=[generator("diesel", capacity=1, fuel_price=90)],
        grid=grid(
            energy_price=20,
            tariff={"name": "t", "partial_periods": "whole", "demand_charges": [{"name": "peak", "price": 500}]},
        ),
    )
    found = first_hour(model)
    assert found["limits"].startswith("Peak metering (peak, 2025-01) at 500.00")


def test_prices_are_by_the_mwh_whatever_the_length_and_weight():
    model = state(
        [7, 10, 6],
        minutes=30,
        weight=100,
        load={"value_of_lost_load": 1000},
        grid=grid(connection_capacity={"size": 8, "annual_cost": 100000}, energy_price=20),
    )
    found = first_hour(model)
    assert (found["marginal_price"], found["limits"]) == (pytest.approx(1000), "Connection limit at 980.00")
    assert (found["relief_saving"], found["relief_share"]) == (pytest.approx(980 * 50), pytest.approx(0.49))


def test_a_year_has_ten_worst_hours(example_sizing: Result):
    """They are the ten dearest; most have a limit or a target that makes them so, and a relief."""
    table, price = example_sizing.worst_hours(), example_sizing.series["marginal_price"].values
    assert len(table) == 10
    assert table["marginal_price"].tolist() == pytest.approx(np.sort(price)[::-1][:10].tolist())
    assert table["limits"].str.contains("Hourly matching").all()
    assert (table["relief"] != "").sum() >= 8


def test_what_a_year_chose_is_worth_what_it_costs(example_sizing: Result):
    table = example_sizing.worth()
    chosen = table[table["choice"] == "chosen"]
    assert set(chosen.index) == {"Capacity of wind", "Capacity of solar", "Power of battery", "Energy of battery"}
    assert chosen["worth"].to_numpy() == pytest.approx(chosen["cost"].to_numpy(), rel=1e-4)
    assert table["saving"]["CFE target, hourly"] < -100_000


# -- figures ---------------------------------------------------------------------------------------------------------


def test_the_figure_shows_the_step_in_both_directions_and_what_is_left_over():
    """A MW of wind saves 30 and costs 12; a point of the target costs."""
    model = state(
        supplies=[wind(capacity={"size": 4, "annual_cost": 12}), supply("hydro", energy_price=80)],
        grid=grid(energy_price=50),
        targets={"grid_energy_max": 12},
    )
    result = solved(model)
    figure = result.figure("worth")
    saves, costs, left = figure.data
    names = list(saves.y)
    wind_at, cap_at = names.index("Capacity of wind, +1 MW"), names.index("Cap on grid energy, +0.12 MWh/a")
    assert (saves.x[wind_at], costs.x[wind_at], left.x[wind_at]) == pytest.approx((1.5 * 50, -12, 63))
    assert (saves.x[cap_at], costs.x[cap_at], left.x[cap_at]) == pytest.approx((0.12 * 30, 0, 0.12 * 30))
    table = plots.draw(result.series, "worth").table
    assert table["Left over [USD/a per unit]"]["Capacity of wind"] == pytest.approx(63)
    assert table["Now"]["Capacity of wind"] == "4 MW"


def test_the_figure_of_the_worst_hours_has_their_reasons_in_its_table():
    figure = plots.draw(solved(short_of_grid()).series, "worst_hours")
    assert list(figure.table.index)[:1] == ["1 Jan 2025, 02:00"]  # an hour ahead of UTC
    first = figure.table.iloc[0]
    assert first["Price [USD/MWh]"] == pytest.approx(90)
    assert first["What binds, at its price [USD/MWh]"] == "Connection limit 70.00"
    assert first["Cheapest relief"] == "Grid connection (MW)"
    assert first["Share of its yearly cost [%]"] == pytest.approx(35)
    assert figure.table.iloc[1]["Cheapest relief"] == "–"
