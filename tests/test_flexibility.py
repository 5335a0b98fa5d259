"""What a site does for the grid and for its own swings, solved by hand: ramps, demand response, reserve."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer import Result
from optimizer.errors import InfeasibleError, InputError
from optimizer.plots import draw
from tests.sites import battery, generator, grid, state, supply


def solved(it_load: Any, **given: Any) -> Result:
    return state(it_load, **given).solve(vertex=True)


# -- ramps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [[10, 20, 20], [20, 20, 10]])
def test_import_changes_no_faster_than_allowed(load: list[float]):
    """4 MW an hour: a generator, at 1 above the grid, gives what the ramp lacks, so that 10 MW become 12, 16 and 20."""
    result = solved(
        load, grid=grid(ramp_per_hour=4), generators=[generator(fuel_price=1)], supplies=[supply(availability=0)]
    )
    imported = result.series["grid_import"].values
    assert abs(imported[1:] - imported[:-1]).max() == pytest.approx(4)
    assert result.value("cost_per_year") == pytest.approx(8)


def test_without_anything_else_a_ramp_that_is_too_steep_has_no_plan():
    solved([10, 14, 18], grid=grid(ramp_per_hour=4))
    with pytest.raises(InfeasibleError) as caught:
        solved([10, 14.1, 18], grid=grid(ramp_per_hour=4))
    assert "import would have to change up to 0.1 MW faster than allowed" in str(caught.value)


def test_a_limit_an_hour_is_counted_between_the_middles_of_intervals():
    """Intervals of 30 and 120 minutes have their middles 75 minutes apart: 8 MW an hour are 10 MW."""
    model = state([10, 20], minutes=[30, 120], grid=grid(ramp_per_hour=8))
    assert model.data["ramp_allowed"].values[1] == pytest.approx(10)
    model.solve()
    with pytest.raises(InfeasibleError):
        state([10, 20.1], minutes=[30, 120], grid=grid(ramp_per_hour=8)).solve(explain=False)


def test_a_limit_a_step_holds_whatever_its_length():
    given = {"minutes": [30, 120], "grid": grid(ramp_per_hour=8, ramp_per_step=9)}
    assert state([10, 19], **given).data["ramp_allowed"].values[1] == pytest.approx(9)


def test_export_counts_as_import_below_zero():
    """From 5 MW of import to 3 MW of export is a change of 8: one MW is curtailed where 7 are allowed."""
    result = solved(
        [5, 5],
        grid=grid(ramp_per_step=7, energy_price=50, export_capacity=100, export_price=10),
        supplies=[supply(capacity=8, availability=[0, 1])],
    )
    assert result.series["grid_export"].values.tolist() == pytest.approx([0, 2])


def test_an_outage_may_cut_import_but_what_comes_back_has_to_rise():
    """10 MW go at once; after that no more than 4 an hour come back, with a generator for the rest."""
    result = solved(
        [10, 10, 10, 10],
        grid=grid(connection_capacity=10, ramp_per_hour=4, available=[1, 0, 1, 1]),
        generators=[generator(fuel_price=1)],
    )
    assert result.series["grid_import"].values.tolist() == pytest.approx([10, 0, 4, 8])


# -- demand response -------------------------------------------------------------------------------------------------


def contract(**given: Any) -> dict[str, Any]:
    """A contract that is called in the second of three hours."""
    call = {"start": "2025-01-01T01:00", "end": "2025-01-01T02:00"}
    return {"name": "relief", "commitment": 6, "events": [call]} | given


def responding(*contracts: Any, load: Any = 10.0, **given: Any) -> Result:
    """10 MW of load on a connection of 20 MW, and a generator at 50 a MWh more than the grid."""
    given = {"generators": [generator(fuel_price=50)], "grid": grid(connection_capacity=20)} | given
    return solved(load, of_site={"demand_response": list(contracts)}, **given)


def test_import_stays_below_the_baseline_less_the_commitment_while_called():
    result = responding(contract(baseline=12, commitment=5))
    assert result.series["grid_import"].values.tolist() == pytest.approx([10, 7, 10])
    assert result.value("cost_per_year") == pytest.approx(150)


def test_without_a_baseline_the_reduction_is_counted_from_the_connection():
    result = responding(contract(commitment=16))
    assert result.series["grid_import"].values.tolist() == pytest.approx([10, 4, 10])


def test_payments_are_for_readiness_and_for_energy_called():
    """2000 x 5 MW a year and 30 x 5 MWh; an interval stands for 10."""
    result = responding(contract(baseline=12, commitment=5, availability_payment=2000, call_payment=30), weight=10)
    assert result.costs()["Demand response availability"] == pytest.approx(-10000)
    assert result.costs()["Demand response calls"] == pytest.approx(-1500)
    assert result.costs()["Fuel"] == pytest.approx(1500)
    series = result.series
    assert (series["called_energy"].item(), series["called_hours"].item()) == pytest.approx((50, 10))
    assert series["response_income"].item() == pytest.approx(11500)
    assert result.value("response_income_relief") == pytest.approx(11500)


def test_the_figure_tells_what_contracts_asked_and_got():
    result = responding(contract(baseline=12, commitment=5, penalty=49, call_payment=20, name="<b>relief"))
    figure = draw(result.series, "demand_response")
    assert figure.table.loc["<b>relief"].tolist() == pytest.approx([5, 1, 5, 3, 100 - 147])
    assert [trace["y"].tolist() for trace in figure.spec["data"]] == [pytest.approx([2]), pytest.approx([3])]
    assert figure.spec["data"][0]["x"] == ["&lt;b&gt;relief"]
    without = solved(10, grid=grid())
    assert draw(without.series, "demand_response").absent == "The site has no demand response contract."
    assert "Demand response calls" not in without.costs()


@pytest.mark.parametrize(("penalty", "shortfall"), [(49, 3), (51, 0)])
def test_shortfall_is_paid_where_that_is_cheaper(penalty: float, shortfall: float):
    """The generator gives a MWh for 50."""
    result = responding(contract(baseline=12, commitment=5, penalty=penalty))
    assert result.series["shortfall_energy"].item() == pytest.approx(shortfall)
    assert result.value("cost_per_year") == pytest.approx(3 * min(penalty, 50))
    assert result.costs()["Demand response shortfall"] == pytest.approx(penalty * shortfall)


@pytest.mark.parametrize(("payment", "committed"), [(30, 2), (49, 2), (51, 8)])
def test_a_commitment_may_be_chosen(payment: float, committed: float):
    """Committing the first 2 MW below the baseline of 12 costs nothing; each more costs 50, from the generator."""
    result = responding(contract(baseline=12, commitment=8, least_commitment=1, availability_payment=payment))
    assert result.series["commitment"].item() == pytest.approx(committed)
    assert result.value("commitment_relief") == pytest.approx(committed)


def test_a_call_that_covers_half_an_interval_counts_half():
    """In the half that is called 12 - 5 MW may be taken, in the other 20: 13.5 on average, of a load of 16."""
    half = {"start": "2025-01-01T01:30", "end": "2025-01-01T02:00"}
    result = responding(contract(baseline=12, commitment=5, events=[half]), load=16.0)
    assert result.series["grid_import"].values.tolist() == pytest.approx([16, 13.5, 16])


def test_load_that_may_wait_answers_a_call():
    work = {"name": "batch", "kind": "deferrable", "arrivals": 10, "window": 24}
    result = solved(
        None,
        hours=3,
        grid=grid(connection_capacity=20),
        load={"workloads": [work]},
        of_site={"demand_response": [contract(baseline=10, commitment=10)]},
    )
    assert result.series["grid_import"].values[1] == pytest.approx(0)
    assert result.series["grid_import"].values.sum() == pytest.approx(30)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"least_commitment": 7},
            "demand_response[0].least_commitment ('relief'): 7 is greater than commitment, 6; swap the two?",
        ),
        (
            {"call_payment": 9, "penalty": 8},
            "demand_response[0].penalty ('relief'): a MWh called is paid 9, and where it is not delivered it costs 8 "
            "alone; raise the penalty to call_payment at least",
        ),
        ({"commitment": -1}, "demand_response[0].commitment ('relief'): -1 is negative; give 0 or more"),
    ],
)
def test_what_bad_contracts_are_told(given: Any, told: str):
    with pytest.raises(InputError) as caught:
        responding(contract(**given))
    (fault,) = caught.value.faults
    assert str(fault) == f"site.{told}"


def test_one_reduction_is_not_sold_twice():
    with pytest.raises(InputError) as caught:
        responding(contract(), contract(name="other"))
    (fault,) = caught.value.faults
    assert str(fault) == (
        "site.demand_response[1].events[0] ('call'): it overlaps demand_response[0].events[0], so that one reduction "
        "would be sold twice; cut one of them short, or leave it out"
    )


def test_without_a_grid_there_is_nothing_to_reduce():
    with pytest.raises(InputError) as caught:
        responding(contract(), grid=None)
    (fault,) = caught.value.faults
    assert str(fault) == (
        "site.demand_response: without a grid there is no import to reduce; give the site a grid, or leave this key out"
    )


def test_calls_outside_of_the_horizon_are_told():
    late = {"start": "2026-01-01T01:00", "end": "2026-01-01T02:00"}
    result = responding(contract(events=[late], note="example, unverified", commitment=15))
    assert "relief: 1 of 1 calls lie outside of the horizon" in result.notes
    assert "relief: example, unverified" in result.notes
    assert result.series["grid_import"].values.tolist() == pytest.approx([10, 10, 10])


# -- reserve for swings ----------------------------------------------------------------------------------------------


def swinging(load: Any = 10.0, reserve: Any = None, **given: Any) -> Result:
    """A battery whose sizes cost 1 each, and a grid without a reason to use it."""
    sized = {"power": {"max": 100, "annual_cost": 1}, "energy": {"max": 100, "annual_cost": 1}, "cyclic": True}
    reserve = {"share": 0.2, "duration": 0.5} if reserve is None else reserve
    return solved(load, grid=grid(), batteries=[battery(swing_reserve=reserve, **(sized | given))])


def test_power_and_energy_are_kept_free_both_ways():
    """2 MW of 10, for half an hour: 1 MWh to give and 1 MWh of room."""
    result = swinging()
    assert result.value("power_capacity_battery") == pytest.approx(2)
    assert result.value("energy_capacity_battery") == pytest.approx(2)
    assert result.series["stored_energy"].values == pytest.approx(1)


def test_efficiency_and_limits_of_charge_count():
    """1 MWh to give takes 1.25 from the store, 1 MWh to take fills 0.5; they fit between 10 % and 80 % of 2.5 MWh."""
    result = swinging(charge_efficiency=0.5, discharge_efficiency=0.8, soc_min=0.1, soc_max=0.8)
    assert result.value("energy_capacity_battery") == pytest.approx((1.25 + 0.5) / 0.7)


def test_the_reserve_follows_the_load_and_may_have_a_fixed_part():
    result = swinging([10, 20, 10], {"share": 0.1, "power": 3, "duration": 0.1})
    assert result.value("power_capacity_battery") == pytest.approx(5)
    assert result.value("energy_capacity_battery") == pytest.approx(1)


def test_what_is_kept_free_cannot_be_used():
    """Of 10 MW 4 are kept free, and of 30 MWh 4 at either end: 6 MW and 22 MWh are left to buy cheaply with."""
    result = solved(
        [20, 20, 20, 20],
        grid=grid(energy_price=[1, 1, 1, 9]),
        batteries=[
            battery(power=10, energy=30, initial_soc=0.2, swing_reserve={"share": 0.2, "duration": 1}, cyclic=True)
        ],
    )
    assert result.series["discharge"].values[0].tolist() == pytest.approx([0, 0, 0, 6])
    assert result.series["stored_energy"].values.min() == pytest.approx(6)


def test_while_charging_a_battery_has_more_to_give():
    """Charging at 6 MW can turn to giving 4: the reserve upwards is 10, downwards 4."""
    model = state(
        [20, 20],
        grid=grid(energy_price=[1, 9]),
        batteries=[battery(power=10, energy=100, initial_soc=0.5, swing_reserve={"power": 4, "duration": 0.5})],
    )
    result = model.solve(vertex=True)
    assert result.series["discharge"].values[0].tolist() == pytest.approx([6, 6])


@pytest.mark.parametrize(
    ("reserve", "told"),
    [
        ({"duration": 1}, "duration: the reserve has no power; give `share` of the IT load, or `power`"),
        ({"share": 20, "duration": 1}, "share: 20 is not between 0 and 1; did you mean 0.2?"),
        ({"share": 0.2, "duration": -1}, "duration: -1 is negative; give 0 or more"),
    ],
)
def test_what_a_bad_reserve_is_told(reserve: Any, told: str):
    with pytest.raises(InputError) as caught:
        state(10, batteries=[battery(swing_reserve=reserve)])
    field, what = told.split(": ", 1)
    assert str(caught.value.faults[0]) == f"site.batteries[0].swing_reserve.{field} ('battery'): {what}"


def test_nothing_is_stated_of_flexibility_where_none_is_asked_for():
    families = {rule.name for rule in state(10, grid=grid(), batteries=[battery()]).program.rules}
    assert not {"ramp_up_limit", "response_limit", "commitment", "swing_charge"} & families
