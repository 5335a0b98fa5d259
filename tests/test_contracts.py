"""Contracts, solved by hand: what is paid, what is taken, when it is delivered, and what is lost on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.assets import Supply
from optimizer.errors import InfeasibleError, InputError
from optimizer.result import Result
from tests.sites import battery, grid, state, supply
from tests.tariff.halls import bands

DAY = 8  # intervals of three hours, the longest there are
JANUARY, FEBRUARY = 31 * DAY, 28 * DAY


def cost(result: Result, line: str) -> float:
    return float(result.costs()[line])


def owed(result: Result, line: str, name: str) -> float:
    """Give what a cost line owes to one supply."""
    return float(result.series["cost_by_supply"].sel(cost_line=line, supply=name))


def wind(size: Any = 10, **given: Any) -> dict[str, Any]:
    """State 10 MW of wind at 30."""
    return supply("wind", size, **{"energy_price": 30} | given)


def block(size: Any = 10, *, contract: dict[str, Any] | None = None, **shape: Any) -> dict[str, Any]:
    """State a block of 10 MW at 30."""
    return {"name": "block", "capacity": size, "energy_price": 30, "contract": {"block": shape} | (contract or {})}


def delivery(
    minutes: Any = 60, hours: int = 24, zone: str = "UTC", start: str | None = None, **shape: Any
) -> list[float]:
    """Give what a MW of a block delivers, interval by interval."""
    times = (
        {} if start is None else {"horizon": {"start": start, "end": _after(start, hours), "step": f"{minutes} min"}}
    )
    count = hours * 60 // minutes if start is None or minutes != 60 else hours
    model = state(1, hours=count, minutes=minutes, time_zone=zone, supplies=[block(1, **shape)], **times)
    return model.data["availability"].values[0].tolist()


def _after(start: str, hours: int) -> str:
    return str(np.datetime64(start) + np.timedelta64(hours, "h"))


# -- what is paid ------------------------------------------------------------------------------------------------------


def test_what_is_produced_is_paid_whether_it_is_taken_or_not():
    """10 MW of wind at 30 and a load of 6: 300 an hour when all that is produced is paid, 180 when what is taken is."""
    for payment, paid in (("produced", 300), ("delivered", 180)):
        result = state(6, hours=1, supplies=[wind(contract={"payment": payment})]).solve()
        assert result.value("cost_per_year") == pytest.approx(paid)
        assert result.series["curtailment"].item() == pytest.approx(4)


def test_a_contract_without_terms_is_no_contract():
    """An empty contract binds the very data that none does."""
    plain = wind(curtailment_price=12)
    without, empty = (state(6, supplies=[plain | given]).data for given in ({}, {"contract": {}}))
    assert without.identical(empty)


def test_paid_as_produced_is_the_price_of_curtailment_too():
    """A contract paid as produced binds the very data of one whose curtailment costs as much as delivery."""
    produced = state(6, supplies=[wind(contract={"payment": "produced"})]).data
    spelt_out = state(6, supplies=[wind(curtailment_price=30)]).data
    assert produced.identical(spelt_out)


def test_energy_that_is_paid_anyway_is_taken_before_cheaper_energy():
    """Wind at 30 that is paid as produced costs nothing more once it is there: the grid at 5 stays off."""
    site = {"it_load": 10, "hours": 1, "grid": grid(energy_price=5)}
    result = state(supplies=[wind(contract={"payment": "produced"})], **site).solve()
    assert result.value("grid_import") == pytest.approx(0)
    assert state(supplies=[wind()], **site).solve().value("grid_import") == pytest.approx(10)


# -- take-or-pay -------------------------------------------------------------------------------------------------------


def test_the_agreed_share_is_taken_where_that_is_cheaper_than_to_pay_for_it():
    """Wind at 30, the grid at 20, and half of 30 MWh agreed: 15 MWh are taken, 15 x 30 + 15 x 20 = 750.

    What is missing would cost the energy price, 30, as no other is given: 50 in all for a MWh of the grid in its place.
    """
    result = state(supplies=[wind(contract={"take_or_pay": {"share": 0.5}})], grid=grid(energy_price=20)).solve()
    assert result.value("cost_per_year") == pytest.approx(750)
    assert result.series["annual_shortfall"].values == pytest.approx([0])


def test_what_is_missing_is_paid_where_that_is_cheaper_than_to_take_it():
    """At 5 for what is missing, a MWh of the grid costs 25, less than 30: none is taken, 30 x 20 + 15 x 5 = 675."""
    terms = {"take_or_pay": {"share": 0.5, "price": 5}}
    result = state(supplies=[wind(contract=terms)], grid=grid(energy_price=20)).solve()
    assert result.value("cost_per_year") == pytest.approx(675)
    assert result.series["annual_shortfall"].values == pytest.approx([15])
    assert owed(result, "Annual take-or-pay", "wind") == pytest.approx(75)
    assert result.value("take_or_pay_shortfall") == pytest.approx(15)


def test_the_shortfall_is_counted_a_year():
    """The three hours stand for 100 of a year: 30 MWh are available in them, 3,000 in the year."""
    terms = {"take_or_pay": {"share": 0.5, "price": 5}}
    result = state(supplies=[wind(contract=terms)], grid=grid(energy_price=20), weight=100).solve()
    assert result.series["annual_shortfall"].values == pytest.approx([1500])
    assert cost(result, "Annual take-or-pay") == pytest.approx(7500)


@pytest.mark.parametrize(("period", "shortfall"), [("year", 0), ("month", 0.8 * JANUARY * 30)])
def test_months_are_counted_apart(period: str, shortfall: float):
    """A dear grid in February takes all of February's wind; that helps the year, but not January, where none is taken.

    The grid costs 20 in January and 40 in February, wind 30, what is missing 5. Of the 59 days' wind 0.4 is less than
    February's, so that a year misses nothing; of January's, 0.8 is missing.
    """
    share = 0.4 if period == "year" else 0.8
    result = state(
        [10] * (JANUARY + FEBRUARY),
        minutes=180,
        supplies=[wind(contract={"take_or_pay": {"share": share, "period": period, "price": 5}})],
        grid=grid(energy_price=[20] * JANUARY + [40] * FEBRUARY),
        time_zone="UTC",
    ).solve()
    name = {"year": "annual_shortfall", "month": "monthly_shortfall"}[period]
    assert result.series[name].values.ravel().tolist() == pytest.approx([shortfall, 0][: 1 + (period == "month")])
    line = {"year": "Annual take-or-pay", "month": "Monthly take-or-pay"}[period]
    assert owed(result, line, "wind") == pytest.approx(5 * shortfall)
    if period == "month":
        assert result.series["calendar_month"].values.tolist() == ["Jan 2025", "Feb 2025"]


def test_an_agreed_output_counts_in_place_of_what_is_available():
    """Half of an agreed mean of 0.4 is 6 of the 30 MWh that 10 MW could give; of 15 available, that is 0.4."""
    terms = {"take_or_pay": {"share": 0.5, "expected": 0.4, "price": 5}}
    site = state(supplies=[wind(availability=0.5, contract=terms)], grid=grid(energy_price=20))
    assert site.data["annual_take"].values == pytest.approx([0.4])
    assert site.solve().series["annual_shortfall"].values == pytest.approx([6])


def test_what_is_not_available_need_not_be_paid():
    """An agreed mean of 0.8 in a calm of 0.1: no more than the 3 MWh that there are can be missing."""
    terms = {"take_or_pay": {"share": 1, "expected": 0.8, "price": 5}}
    result = state(supplies=[wind(availability=0.1, contract=terms)], grid=grid(energy_price=20)).solve()
    assert result.series["annual_shortfall"].values == pytest.approx([3])
    becalmed = state(supplies=[wind(availability=0, contract=terms)], grid=grid(energy_price=20)).solve()
    assert cost(becalmed, "Annual take-or-pay") == pytest.approx(0)


@pytest.mark.parametrize(("price", "size"), [(4, 20), (6, 10)])
def test_the_agreed_share_grows_with_a_capacity_that_is_chosen(price: float, size: float):
    """All that is available is agreed, at 40 for what is missing: 1 MWh a MW in one hour and half a MWh in the other.

    Of the MW from 10 to 20, a load of 10 has use for the half alone, in place of a grid at 90: each costs its price,
    and 40 for what is missing, and saves 45.
    """
    terms = {"take_or_pay": {"share": 1, "price": 40}}
    made = wind({"max": 100, "annual_cost": price}, energy_price=0, availability=[1, 0.5], contract=terms)
    result = state([10, 10], supplies=[made], grid=grid(energy_price=90)).solve(vertex=True)
    assert result.value("capacity_wind") == pytest.approx(size)


def test_a_free_allowance_of_curtailment_is_a_share_that_has_to_be_taken():
    """Of 20 MWh of wind 8 are used and 12 are not: a fifth of the 20 is free, and the other 8 cost 30 each."""
    terms = {"take_or_pay": {"share": 0.8, "price": 30}}
    result = state([4, 4], supplies=[wind(energy_price=0, contract=terms)]).solve()
    assert result.value("cost_per_year") == pytest.approx(8 * 30)


def test_two_tiers_of_curtailment_add_up():
    """Each MWh not taken costs 3; beyond a free half, which is 15 MWh of 30, it costs 5 more: 30 x 3 + 15 x 5."""
    terms = {"take_or_pay": {"share": 0.5, "price": 5}}
    result = state(0, supplies=[wind(curtailment_price=3, contract=terms)]).solve()
    assert result.value("cost_per_year") == pytest.approx(165)


# -- blocks ------------------------------------------------------------------------------------------------------------


def test_a_baseload_is_paid_in_every_hour():
    """10 MW at 30 for 3 hours, of which 4 MW are used: 900, and 6 MW are curtailed in every hour."""
    result = state(4, supplies=[block()]).solve()
    assert result.value("cost_per_year") == pytest.approx(900)
    assert result.series["curtailment"].values.ravel() == pytest.approx([6, 6, 6])


def test_what_is_left_of_a_block_is_sold():
    """6 of 10 MW are left, of which 5 can be sold at 20: 300 - 100."""
    outlet = grid(connection_capacity=0, export_capacity=5, export_price=20)
    result = state(4, hours=1, supplies=[block()], grid=outlet).solve()
    assert result.value("cost_per_year") == pytest.approx(200)


def test_hours_of_a_block_are_those_of_the_sites_clock():
    """Casablanca is at UTC+1 in January: hours 2 and 3 of the clock are those of the second and third interval."""
    shape = [0, 0, 0.5, 1] + [0] * 20
    assert delivery(hours=4, zone="Africa/Casablanca", by_hour=shape) == [0, 0.5, 1, 0]
    assert delivery(hours=4, by_hour=shape) == [0, 0, 0.5, 1]


def test_the_clock_in_ramadan_moves_a_block():
    """Morocco goes from UTC+1 to UTC+0 at 03:00 on 23 February 2025: the evening comes an hour later in UTC."""
    evening = [0] * 18 + [1] * 2 + [0] * 4
    found = delivery(hours=72, zone="Africa/Casablanca", start="2025-02-22T00:00", by_hour=evening)
    assert np.flatnonzero(found).tolist() == [17, 18, 24 + 18, 24 + 19, 48 + 18, 48 + 19]


def test_an_interval_that_is_longer_than_an_hour_takes_the_mean():
    """Of 00:00 to 03:00, the shares 0, 0.3 and 0.6 make 0.3; half-hours have the share of their hour."""
    shape = [0, 0.3, 0.6] + [1] * 21
    assert delivery(minutes=180, hours=6, by_hour=shape) == pytest.approx([0.3, 1])
    assert delivery(minutes=30, hours=2, by_hour=shape) == pytest.approx([0, 0, 0.3, 0.3])


def test_hours_of_a_zone_that_is_half_an_hour_off():
    """Kolkata is at UTC+5:30: the hour from 00:00 in UTC is half of hour 5 and half of hour 6."""
    assert delivery(hours=2, zone="Asia/Kolkata", by_hour=[0] * 6 + [1] + [0] * 17) == pytest.approx([0.5, 0.5])


def test_days_and_months_of_a_block():
    """1 January 2025 was a Wednesday, so 4 and 5 are the weekend; in February half is delivered."""
    found = delivery(minutes=60, hours=24 * 33, days="weekdays", by_month=[1, 0.5] + [0] * 10)
    by_day = np.reshape(found, (33, 24))
    assert (by_day == by_day[:, :1]).all()
    assert by_day[:7, 0].tolist() == [1, 1, 1, 0, 0, 1, 1]
    assert by_day[30:, 0].tolist() == [1, 0, 0]  # 1 and 2 February were a weekend
    february = delivery(hours=24 * 35, by_month=[1, 0.5] + [0] * 10)
    assert set(february[24 * 31 :]) == {0.5}


def test_a_block_that_has_to_be_taken_and_has_no_use_is_told():
    """10 MW that may not be curtailed, 4 of load and 5 of export: 1 MW too much."""
    outlet = grid(connection_capacity=0, export_capacity=5)
    site = state(4, hours=1, supplies=[block() | {"curtailment_limit": 0}], grid=outlet)
    with pytest.raises(InfeasibleError) as caught:
        site.solve()
    assert "more power of block has to be taken than there is use for at 2025-01-01 01:00" in str(caught.value)
    assert "10 MW may not be curtailed, and load, charging and export take 9 MW at most" in str(caught.value)


def test_a_block_that_has_to_be_taken_runs_at_a_loss():
    """The grid pays nothing for exports, and still 6 MW go out."""
    outlet = grid(export_capacity=6)
    result = state(4, hours=1, supplies=[block() | {"curtailment_limit": 0}], grid=outlet).solve()
    assert result.value("grid_export") == pytest.approx(6)


def test_a_block_of_which_too_little_may_be_sold_is_told():
    """20 MWh in two hours that may not be curtailed: 8 MWh of load, and a fifth of 20 sold, so that 8 are too much."""
    outlet = grid(connection_capacity=0, export_capacity=10)
    made = block() | {"curtailment_limit": 0}
    site = state(4, hours=2, supplies=[made], grid=outlet, targets={"export_share": 0.2})
    with pytest.raises(InfeasibleError) as caught:
        site.solve()
    text = str(caught.value)
    assert (
        "over a year, 20 MWh of block may not be curtailed, and 20 % of it may be sold; "
        "load and losses of batteries take 8 MWh at most: 8 MWh are too much"
    ) in text
    assert "8 MWh a year more would be sold than the share of what supplies deliver" in text
    assert "at most 20 % of what supplies deliver in a year is sold" in text


def test_a_battery_that_loses_enough_makes_a_block_possible():
    """The same is possible where a battery may waste the rest: charged and discharged at once, it loses all of it."""
    outlet = grid(connection_capacity=0, export_capacity=10)
    made = block() | {"curtailment_limit": 0}
    wasteful = battery(power=8, energy=8, cyclic=True, discharge_efficiency=0.5, shared_inverter=False)
    site = state(4, hours=2, supplies=[made], batteries=[wasteful], grid=outlet, targets={"export_share": 0.2})
    assert site.solve().value("grid_export") == pytest.approx(4)


# -- tranches ----------------------------------------------------------------------------------------------------------


def test_tranches_deliver_between_their_dates():
    """A quarter from the start, the rest from the 3rd; the first ends on the 4th, which is included."""
    parts = [{"share": 0.25, "end": "2025-01-04"}, {"share": 0.75, "start": "2025-01-03"}]
    site = state(1, hours=6 * DAY, minutes=180, supplies=[wind(contract={"tranches": parts})], time_zone="UTC")
    by_day = site.data["availability"].values.reshape(6, DAY)
    assert by_day.tolist() == [[share] * DAY for share in (0.25, 0.25, 1, 1, 0.75, 0.75)]


def test_tranches_begin_at_midnight_of_the_sites_clock():
    """In Casablanca 2 January begins at 23:00 in UTC, which is in the middle of an interval of two hours."""
    terms = {"tranches": [{"start": "2025-01-02"}]}
    site = state(1, hours=13, minutes=120, supplies=[wind(availability=0.5, contract=terms)])
    assert site.data["availability"].values[0].tolist() == [0.0] * 11 + [0.25, 0.5]


def test_a_tranche_is_paid_when_it_delivers():
    """A block of 10 MW at 30 that begins on the second of three days: 2 x 24 x 300, and a day of the grid at 1."""
    site = state(10, hours=3 * DAY, minutes=180, grid=grid(energy_price=1), time_zone="UTC",
                 supplies=[block(contract={"tranches": [{"start": "2025-01-02"}]})])  # fmt: skip
    result = site.solve()
    assert cost(result, "Supply energy") + cost(result, "Curtailed energy") == pytest.approx(2 * 24 * 300)
    assert cost(result, "Grid energy") == pytest.approx(240)


# -- indexation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indexation", "factor"),
    [
        ({"base": "2023-01-01", "rate": 0.1}, 1.21),
        ({"base": "2023-01-02", "rate": 0.1}, 1.1),  # the second anniversary is tomorrow
        ({"base": "2023-01-01", "rate": 0.1, "share": 0.5}, 1.105),
        ({"base": "2026-01-01", "rate": 0.1}, 1),
        ({"base": "2022-06-30", "index": [{"start": "2022-01-01", "value": 80}]}, 1),
        ({"base": "2022-06-30", "index": [
            {"start": "2022-01-01", "value": 80}, {"start": "2022-07-01", "value": 90},
            {"start": "2025-01-01", "value": 100}, {"start": "2025-02-01", "value": 120},
        ]}, 1.25),
    ],
)  # fmt: skip
def test_prices_follow_an_index(indexation: dict[str, Any], factor: float):
    """Energy, curtailment and what is missing, but not wheeling."""
    terms = {"indexation": indexation, "take_or_pay": {"share": 0.5, "price": 8}, "wheeling_price": 10}
    data = state(supplies=[wind(curtailment_price=20, contract=terms)], time_zone="UTC").data
    assert data["supply_price"].values == pytest.approx(np.full((1, 3), 30 * factor))
    assert data["curtailment_price"].values == pytest.approx(np.full((1, 3), 20 * factor))
    assert data["annual_take_price"].values == pytest.approx([8 * factor])
    assert data["wheeling_price"].values == pytest.approx(np.full((1, 3), 10))


def test_prices_rise_on_the_anniversary_by_the_sites_clock():
    """The second anniversary begins at 23:00 in UTC on 1 January, halfway through the twelfth interval."""
    indexation = {"base": "2023-01-02", "rate": 0.1}
    data = state(hours=13, minutes=120, supplies=[wind(contract={"indexation": indexation})]).data
    assert data["supply_price"].values[0] == pytest.approx([33] * 11 + [34.65, 36.3])


def test_an_index_brings_prices_to_year_0_and_escalation_carries_them_on():
    """30 indexed by 1.1 is 33 in year 0; a rise to 2 and 4 times that, at no interest, is 3 times that on average."""
    site = state(
        hours=1,
        supplies=[wind(contract={"indexation": {"base": "2024-01-01", "rate": 0.1}})],
        finance={"discount_rate": 0, "years": 2, "escalation": {"supply_energy": [2, 4]}},
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(10 * 33 * 3)
    assert result.cash_flow()["Supply energy"].tolist() == pytest.approx([0, 660, 1320])


# -- losses and wheeling -----------------------------------------------------------------------------------------------


def test_the_site_bears_losses_of_what_it_buys_at_the_plant():
    """Of 10 MW a fifth is lost: 8 MW arrive for a load of 8, and 10 are paid at 30, with 4 for each on the way."""
    result = state(8, hours=1, supplies=[wind(contract={"losses": 0.2, "wheeling_price": 4})]).solve()
    assert result.series["delivered"].values.ravel() == pytest.approx([8])
    assert result.series["wheeling_losses"].values.ravel() == pytest.approx([2])
    assert owed(result, "Supply energy", "wind") == pytest.approx(300)
    assert owed(result, "Wheeling", "wind") == pytest.approx(40)
    assert result.value("wheeling_losses") == pytest.approx(2)


def test_the_provider_bears_losses_of_what_it_sells_at_the_site():
    """The same, but only the 8 MW that arrive are paid."""
    terms = {"losses": 0.2, "wheeling_price": 4, "delivery_point": "site"}
    result = state(8, hours=1, supplies=[wind(contract=terms)]).solve()
    assert result.series["wheeling_losses"].values.ravel() == pytest.approx([2])
    assert owed(result, "Supply energy", "wind") == pytest.approx(240)
    assert owed(result, "Wheeling", "wind") == pytest.approx(32)


def test_what_is_curtailed_is_not_wheeled():
    """6 of 10 MW are taken: 300 for all that is produced, and 6 x 4 for the way."""
    terms = {"payment": "produced", "wheeling_price": 4}
    result = state(6, hours=1, supplies=[wind(contract=terms)]).solve()
    assert result.value("cost_per_year") == pytest.approx(324)


def test_what_is_produced_is_paid_with_losses_too():
    """5 MW are taken of 8 that could arrive of 10 at the plant: all 10 are paid, be it as delivered or as curtailed."""
    terms = {"payment": "produced", "losses": 0.2}
    result = state(5, hours=1, supplies=[wind(contract=terms)]).solve()
    assert result.value("cost_per_year") == pytest.approx(300)
    assert result.series["curtailment"].item() == pytest.approx(3)


def test_what_is_missing_is_counted_at_the_site_and_paid_at_the_plant():
    """Half of 30 MWh at the plant is agreed: 12 at the site, at 5 / 0.8 each, which is 15 x 5."""
    terms = {"losses": 0.2, "take_or_pay": {"share": 0.5, "price": 5}}
    result = state(supplies=[wind(contract=terms)], grid=grid(energy_price=20)).solve()
    assert result.series["annual_shortfall"].values == pytest.approx([12])
    assert cost(result, "Annual take-or-pay") == pytest.approx(75)


def test_an_agreed_output_is_that_of_the_plant():
    """An agreed mean of 0.4 at the plant, of 0.5 available there: 0.8 of it, whatever is lost on the way."""
    terms = {"losses": 0.2, "take_or_pay": {"share": 1, "expected": 0.4, "price": 5}}
    data = state(supplies=[wind(availability=0.5, contract=terms)]).data
    assert data["annual_take"].values == pytest.approx([0.8])


def test_an_agreed_output_counts_in_the_dates_of_tranches_alone():
    """Agreed is a mean of 0.4 while the plant delivers, two days of four, and 0.5 is available then: 0.8 of it."""
    terms = {"tranches": [{"start": "2025-01-03"}], "take_or_pay": {"share": 1, "expected": 0.4, "price": 5}}
    site = state(1, hours=4 * DAY, minutes=180, supplies=[wind(availability=0.5, contract=terms)], time_zone="UTC")
    assert site.data["annual_take"].values == pytest.approx([0.8])


def test_each_supply_has_its_own_terms():
    """One of two supplies has losses and a charge for the way, the other has neither."""
    terms = {"losses": 0.5, "wheeling_price": 4}
    two = [wind(4, contract=terms), supply("roof", 2, energy_price=1)]
    result = state(4, hours=1, supplies=two).solve()
    assert result.series["wheeling_losses"].values.ravel() == pytest.approx([2, 0])
    assert owed(result, "Wheeling", "wind") == pytest.approx(16)
    assert owed(result, "Wheeling", "roof") == pytest.approx(0)


@pytest.mark.parametrize("minutes", [30, 15])
def test_shorter_intervals_of_the_same_day_cost_the_same(minutes: int):
    """All terms at once, over a day whose series change by the hour."""

    def site(length: int) -> Result:
        parts = 60 // length
        far = wind(
            15,
            availability=np.repeat(np.linspace(1, 0, 24), parts),
            contract={
                "take_or_pay": {"share": 0.9, "period": "month", "price": 12}, "losses": 0.1, "wheeling_price": 6,
                "tranches": [{"share": 0.4}, {"share": 0.6, "start": "2025-01-02"}],
                "indexation": {"base": "2023-01-02", "rate": 0.1},
            },
        )  # fmt: skip
        evening = block(4, by_hour=[0] * 17 + [0.5, 1, 1, 1, 0.5, 0, 0])
        prices = np.repeat([20, 40, 60] * 8, parts)
        outlet = grid(energy_price=prices, export_capacity=5, tariff=SURPLUS | {"exchange_rate": 0.05})
        return state([10] * (24 * parts), minutes=length, supplies=[far, evening], grid=outlet).solve()

    assert site(minutes).costs().to_dict() == pytest.approx(site(60).costs().to_dict(), rel=1e-6, abs=1e-3)


# -- surplus -----------------------------------------------------------------------------------------------------------

SURPLUS = {"name": "surplus", "export_bands": bands(peak=(210, "02-03"), rest=(180, "03-02")), "currency": "MAD"}


def test_surplus_is_sold_at_the_price_of_its_hour():
    """Two hours of 10 MW left over, 01:00 to 03:00 in Casablanca, at 180 and 210 MAD/MWh, and 10 MAD for a USD."""
    outlet = grid(export_capacity=10, tariff=SURPLUS | {"exchange_rate": 0.1})
    result = state(0, hours=2, supplies=[wind(energy_price=0)], grid=outlet).solve()
    assert cost(result, "Export revenue") == pytest.approx(-10 * (18 + 21))
    lines = result.bill().set_index("line").query("kind == 'export'")
    assert lines["amount"].to_dict() == pytest.approx({"Export, peak": -210, "Export, rest": -180})
    assert lines["quantity"].tolist() == pytest.approx([10, 10])


def test_bands_come_on_top_of_the_price_of_exports_and_split_an_interval():
    """Half of an interval from 01:30 to 02:30 local time is in the band of 02:00: 5 + (18 + 21) / 2."""
    outlet = grid(export_capacity=10, export_price=5, tariff=SURPLUS | {"exchange_rate": 0.1})
    times = {"horizon": {"start": "2025-01-01T00:30Z", "end": "2025-01-01T01:30Z", "step": "60 min"}}
    site = state(0, hours=1, supplies=[wind(energy_price=0)], grid=outlet, **times)
    assert site.data["export_price"].values == pytest.approx([24.5])
    result = site.solve()
    assert cost(result, "Export revenue") == pytest.approx(-245)
    bill = result.bill().query("kind == 'export'")
    assert bill["amount"].sum() == pytest.approx(-245)
    assert sorted(bill["price"]) == pytest.approx([-26, -23])


def test_surplus_is_sold_at_the_best_hours_up_to_its_share():
    """A fifth of what is produced may be sold: 4 of 20 MWh, all of it in the dearer hour."""
    outlet = grid(export_capacity=10, tariff=SURPLUS | {"exchange_rate": 0.1})
    result = state(
        [8, 8], supplies=[wind(energy_price=0)], grid=outlet, targets={"export_share": 0.2}, batteries=[battery()]
    ).solve()
    assert result.value("grid_export") == pytest.approx(4)
    assert cost(result, "Export revenue") == pytest.approx(-4 * 21)


def test_every_hour_has_one_price_of_exports():
    gap = SURPLUS | {"exchange_rate": 0.1, "export_bands": bands(peak=(210, "17-22"), rest=(180, "22-16"))}
    with pytest.raises(InputError) as caught:
        state(grid=grid(export_capacity=1, tariff=gap))
    assert str(caught.value) == (
        "site.grid.tariff.export_bands: no band covers 16:00-17:00; "
        "let the windows of the bands cover every hour of the year once"
    )


# -- bad input ---------------------------------------------------------------------------------------------------------


def faults(**given: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        Supply(**{"name": "wind", "capacity": 10, "energy_price": 30} | given)
    return [str(fault).removeprefix("Supply.contract") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (
            {"payment": "produce"},
            ".payment: 'produce' is not one of 'delivered' or 'produced'; did you mean 'produced'?",
        ),
        (
            {"payment": "delivered", "block": {}},
            ".block: a block is paid whether it is taken or not; leave `payment` out, or say produced",
        ),
        (
            {"block": {"by_hour": [1] * 23}},
            ".block.by_hour: it has 23 shares, but needs 24; give one for each hour of the day",
        ),
        ({"block": {"by_month": [1] * 11}}, ".block.by_month: it has 11 shares, but needs 12; give one for each month"),
        (
            {"block": {"by_month": [1] * 11 + [50]}},
            ".block.by_month[11]: 50 is not between 0 and 1; did you mean 0.5?",
        ),
        ({"block": {"days": "weekday"}}, ".block.days[0]: 'weekday' is not one of"),
        ({"take_or_pay": {"share": 85}}, ".take_or_pay.share: 85 is not between 0 and 1; did you mean 0.85?"),
        ({"take_or_pay": {"share": 0}}, ".take_or_pay.share: 0 is not above 0"),
        (
            {"take_or_pay": {}},
            ".take_or_pay: `share` is missing; give it: Least share of the energy that is taken, or paid",
        ),
        (
            {"take_or_pay": {"share": 1, "period": "week"}},
            ".take_or_pay.period: 'week' is not one of 'year' or 'month'",
        ),
        ({"take_or_pay": {"share": 1, "price": -1}}, ".take_or_pay.price: -1 is negative; give 0 or more"),
        (
            {"payment": "produced", "take_or_pay": {"share": 0.8}},
            ": energy_price is due for what is not taken too, and take_or_pay would charge it again; "
            "leave `take_or_pay` out, or give its `price`, which then comes on top",
        ),
        ({"losses": 4}, ".losses: 4 is not between 0 and 1; did you mean 0.04?"),
        ({"losses": 1}, ".losses: 1 leaves nothing to arrive"),
        (
            {"block": {}, "delivery_point": "site", "losses": 0.1},
            ".losses: losses of a block that is delivered at the site are its provider's; leave `losses` out",
        ),
        (
            {"tranches": [{"start": "2025-07-01", "end": "2025-06-30"}]},
            ".tranches[0].end: 2025-06-30 is before start, 2025-07-01; swap start and end?",
        ),
        ({"tranches": [{"start": "1 July"}]}, ".tranches[0].start: '1 July' is not a date; write it as 2025-01-12"),
        (
            {"tranches": [{"share": 0.75}, {"share": 0.5, "start": "2025-07-01"}]},
            ".tranches: on 2025-07-01 they come to 1.25 of the capacity; at most 1 can deliver",
        ),
        (
            {"tranches": [{}, {"share": 0.5}]},
            ".tranches: before any other begins they come to 1.5 of the capacity; at most 1 can deliver",
        ),
        (
            {"indexation": {"base": "2023-01-01"}},
            ".indexation.index: it has neither a rate nor an index; give rate, such as 0.02, or the index's values",
        ),
        (
            {"indexation": {"base": "2023-01-01", "rate": 0.1, "index": [{"start": "2022-01-01", "value": 1}]}},
            ".indexation.index: `index` excludes `rate`; give one of them",
        ),
        (
            {"indexation": {"base": "2023-01-01", "index": [{"start": "2023-02-01", "value": 1}]}},
            ".indexation.index: it begins on 2023-02-01, after the base date, 2023-01-01; "
            "give the value of the base date too",
        ),
        (
            {"indexation": {"base": "2023-01-01", "index": [
                {"start": "2022-01-01", "value": 1}, {"start": "2021-01-01", "value": 1},
            ]}},
            ".indexation.index: its values are not in the order of their days; list the days in order, each once",
        ),
        ({"wheeling": 14}, ": `wheeling` is not known here; did you mean `wheeling_price`?"),
    ],
)  # fmt: skip
def test_bad_terms_are_told(contract: dict[str, Any], told: str):
    (fault,) = faults(contract=contract)
    assert fault.startswith(told)


def test_terms_that_prices_contradict_are_told():
    assert faults(curtailment_price=5, contract={"payment": "produced"}) == [
        ": energy_price is due for what is not taken too, so `curtailment_price` would come on top; "
        "leave `curtailment_price` out"
    ]
    assert faults(availability=0.5, contract={"block": {}}) == [
        ": a block is delivered by its own shape; leave `availability` out, or leave `block` out"
    ]
    assert faults(energy_price="spot", contract={"take_or_pay": {"share": 0.8}}) == [
        ": energy_price is a series, which gives take_or_pay no price; give take_or_pay a `price`"
    ]
    assert faults(energy_price=0, contract={"take_or_pay": {"share": 0.8}}) == [
        ": energy_price is 0, so what is not taken would cost nothing; give take_or_pay a `price`"
    ]


def test_a_wheeling_price_may_be_a_series_and_has_to_be_there():
    with pytest.raises(InputError, match=r"site\.supplies\[0\]\.contract\.wheeling_price .*there is no series 'toll'"):
        state(supplies=[wind(contract={"wheeling_price": "toll"})])


def test_what_is_written_is_read_back():
    """Every key of a contract survives the way through a file."""
    terms = {
        "payment": "produced",
        "block": {"by_hour": [0.5] * 24, "by_month": [1.0] * 12, "days": ["weekdays"]},
        "take_or_pay": {"share": 0.8, "period": "month", "expected": 0.4, "price": 3.0},
        "tranches": [{"share": 0.5, "start": "2025-02-01", "end": "2025-06-30"}],
        "indexation": {"base": "2023-01-01", "rate": 0.02, "index": [], "share": 0.7},
        "delivery_point": "plant",
        "losses": 0.04,
        "wheeling_price": 14.2,
    }
    supply_made = Supply(name="wind", capacity=10, contract=terms)
    assert Supply.model_validate(supply_made.model_dump(mode="json")) == supply_made
    assert supply_made.model_dump(mode="json")["contract"] == terms
    assert hash(supply_made) == hash(Supply.model_validate(supply_made.model_dump()))
