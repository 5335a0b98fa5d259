"""Reliability solved by hand: outages, tiers of load, ride-through, the loss of any one thing, and survival."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import Result
from optimizer.errors import InfeasibleError, InputError
from tests.sites import battery, generator, grid, state, supply


def outage(start: str, end: str, **given: Any) -> dict[str, Any]:
    return {"start": f"2025-01-01T{start}", "end": f"2025-01-01T{end}"} | given


# -- outages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ([outage("01:00", "02:00")], [1, 0, 1]),
        ([outage("01:00", "02:00", available=0.25)], [1, 0.25, 1]),
        ([outage("00:30", "01:15")], [0.5, 0.75, 1]),
        ([outage("02:00", "03:00", clock="site")], [1, 0, 1]),  # Casablanca is UTC+1
        ([outage("02:00+01:00", "03:00+01:00")], [1, 0, 1]),
        ([outage("00:00", "01:00"), outage("01:00", "01:30", available=0.5)], [0, 0.75, 1]),
        ([outage("05:00", "06:00")], [1, 1, 1]),
    ],
)
def test_an_outage_takes_its_share_of_the_intervals_that_it_covers(given: list[Any], left: list[float]):
    model = state(10, grid=grid(outages=given))
    assert model.data["grid_available"].values.tolist() == pytest.approx(left)


def test_outages_come_on_top_of_what_is_available():
    model = state(10, grid=grid(available=[0.5, 0.5, 1.0], outages=[outage("00:00", "01:00", available=0.5)]))
    assert model.data["grid_available"].values.tolist() == pytest.approx([0.25, 0.5, 1])


def test_load_in_an_outage_comes_from_the_battery():
    """10 MWh before, at 5 each, in place of the dear generator in the outage."""
    result = state(
        10,
        grid=grid(energy_price=5, outages=[outage("01:00", "02:00")]),
        batteries=[battery()],
        generators=[generator(fuel_price=100)],
    ).solve(vertex=True)
    assert result.series["grid_import"].values.tolist() == pytest.approx([20, 0, 10])
    assert result.value("cost_per_year") == pytest.approx(150)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([outage("02:00", "01:00")], "outages[0].end: the end 2025-01-01 01:00 is not after the start 2025-01-01 02:00"),
        (
            [outage("01:00", "01:30+01:00")],
            "outages[0].end: on the site's clock, the end '2025-01-01 01:30:00+01:00' is not after the start "
            "2025-01-01 01:00:00; give both with a zone, or both without",
        ),
        (
            [outage("01:00", "03:00"), outage("00:00", "01:30")],
            "outages[1]: it overlaps item 0; join them into one, or cut one short",
        ),
        ([outage("01:00", "02:00", available=2)], "outages[0].available: 2 is not between 0 and 1; did you mean 0.02?"),
        ([outage("01:00", "02:00", clock="local")], "outages[0].clock: 'local' is not one of 'UTC' or 'site'"),
        ([{"start": 3, "end": 4}], "outages[0].start: 3 is not a date or time"),
    ],
)
def test_what_bad_outages_are_told(given: list[Any], told: str):
    with pytest.raises(InputError) as caught:
        state(10, grid=grid(outages=given))
    assert str(caught.value.faults[0]).startswith(f"site.grid.{told}")


# -- tiers -----------------------------------------------------------------------------------------------------------

TIERS = [
    {"name": "control", "share": 0.5, "value_of_lost_load": 900, "critical": True},
    {"name": "training", "power": 3, "value_of_lost_load": 200},
]


def short_of(power: float, **given: Any) -> Result:
    """A load of 10 MW with 10 - power MW to serve it, in one hour."""
    load = {"value_of_lost_load": 500, "tiers": TIERS} | given
    return state(10, hours=1, supplies=[supply(capacity=10 - power)], load=load).solve(vertex=True)


@pytest.mark.parametrize(
    ("missing", "by_tier", "cost"),
    [
        (2, [0, 2, 0], 400),
        (4, [0, 3, 1], 3 * 200 + 500),
        (6, [1, 3, 2], 3 * 200 + 2 * 500 + 900),
        (10, [5, 3, 2], 3 * 200 + 2 * 500 + 5 * 900),
    ],
)
def test_the_tier_of_least_value_is_shed_first(missing: float, by_tier: list[float], cost: float):
    """5 MW at 900, 3 MW at 200 and a rest of 2 MW at 500."""
    result = short_of(missing)
    assert result.series["unserved_in_tier"].values[:, 0].tolist() == pytest.approx(by_tier[:2])
    assert result.series["unserved_energy"].values.tolist() == pytest.approx(by_tier)
    assert result.series["shortage_hours"].values.tolist() == [float(amount > 0) for amount in by_tier]
    assert result.series["unserved"].item() == pytest.approx(missing)
    assert result.value("cost_per_year") == pytest.approx(cost)
    assert result.costs()["Unserved energy"] == pytest.approx(500 * by_tier[2])
    assert result.value("unserved_rest") == pytest.approx(by_tier[2])


def test_one_more_mw_of_load_costs_its_parts_where_none_of_it_is_served():
    """Half of it is critical at 900; half is rest at 500, since training is 3 MW whatever the load."""
    assert short_of(10).series["marginal_price"].item() == pytest.approx(0.5 * 900 + 0.5 * 500)


def test_a_tier_without_a_value_must_be_served():
    tiers = [{"name": "control", "share": 0.6, "critical": True}, {"name": "batch", "share": 0.4, "value_of_lost_load": 7}]
    result = short_of(4, tiers=tiers, value_of_lost_load=None)
    assert result.value("unserved_batch") == pytest.approx(4)
    assert "unserved_rest" not in result.summary().index
    with pytest.raises(InfeasibleError):
        short_of(4.1, tiers=tiers, value_of_lost_load=None)


def test_the_rest_must_be_served_where_it_has_no_value():
    tiers = [{"name": "batch", "share": 0.4, "value_of_lost_load": 7}]
    with pytest.raises(InfeasibleError):
        short_of(5, tiers=tiers, value_of_lost_load=None)


def test_tiers_of_one_value_cost_what_the_load_alone_does():
    tiers = [{"name": "a", "share": 0.3, "value_of_lost_load": 500}, {"name": "b", "power": 1, "value_of_lost_load": 500}]
    assert short_of(7, tiers=tiers).value("cost_per_year") == pytest.approx(short_of(7, tiers=[]).value("cost_per_year"))


def test_tiers_are_of_the_load_that_workloads_make():
    """Deferrable work of 10 MWh has to be done by the end; 4 MW an hour leaves 2 MWh undone of the half that may be."""
    result = state(
        None,
        hours=2,
        supplies=[supply(capacity=4)],
        load={
            "workloads": [{"name": "batch", "kind": "deferrable", "arrivals": [10, 0], "window": 24}],
            "value_of_lost_load": 900,
            "tiers": [{"name": "batch", "share": 0.5, "value_of_lost_load": 100}],
        },
    ).solve(vertex=True)
    assert result.series["it_load"].values.sum() == pytest.approx(10)
    assert result.value("cost_per_year") == pytest.approx(200)
    limit = 0.5 * result.series["it_load"].values
    assert (result.series["unserved_in_tier"].values[0] <= limit + 1e-6).all()


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        (
            [{"name": "a", "share": 0.7}, {"name": "b", "share": 0.5}],
            "tiers: the shares of the tiers sum to 1.2; they are at most 1 together",
        ),
        ([{"name": "a"}], "tiers[0].power ('a'): the tier has no size; give `share` of the facility load, or `power`"),
        (
            [{"name": "a", "share": 0.1, "power": 2}],
            "tiers[0].power ('a'): `power` excludes `share`; give one of them",
        ),
        (
            [
                {"name": "a", "share": 0.5, "value_of_lost_load": 5, "critical": True},
                {"name": "b", "share": 0.5, "value_of_lost_load": 6},
            ],
            "tiers: 'a' is critical but worth less than 'b', so it is shed first; raise its value_of_lost_load, or "
            "leave that out: the tier must then be served",
        ),
        (
            [{"name": "a", "power": 11}],
            "tiers: the tiers are more than the facility load in 3 intervals, first 2025-01-01 00:00 UTC; make them "
            "smaller",
        ),
        ([{"name": "a", "share": 60}], "tiers[0].share ('a'): 60 is not between 0 and 1; did you mean 0.6?"),
    ],
)
def test_what_bad_tiers_are_told(tiers: list[Any], told: str):
    with pytest.raises(InputError) as caught:
        state(10, load={"tiers": tiers})
    (fault,) = caught.value.faults
    assert str(fault) == f"site.load.{told}"


# -- ride-through ----------------------------------------------------------------------------------------------------


def riding(hours: float = 1.0, *, load: Any = 10.0, batteries: Any = None, **given: Any) -> Result:
    """Energy for the taking, and a battery whose energy costs 1 a MWh."""
    batteries = [battery(energy={"max": 1000, "annual_cost": 1}, cyclic=True)] if batteries is None else batteries
    return state(
        load, grid=grid(), batteries=batteries, of_site={"reliability": {"ride_through": hours}}, **given
    ).solve(vertex=True)


@pytest.mark.parametrize(("hours", "energy"), [(0.5, 5), (1, 10), (1.5, 15), (2.25, 22.5), (7, 70)])
def test_the_store_holds_the_load_of_the_time_to_come(hours: float, energy: float):
    """A horizon of 3 hours that repeats: 7 hours after any moment are 70 MWh."""
    result = riding(hours)
    assert result.value("energy_capacity_battery") == pytest.approx(energy)
    assert result.series["stored_energy"].values.min() == pytest.approx(energy)


def test_losses_least_charge_and_self_discharge_come_on_top():
    """10 MWh on the site's side are 12.5 from the store; an hour loses 0.1 of what it holds; 0.2 of it stay.

    0.9 e = 0.2 E + 12.5 with e = E.
    """
    one = battery(
        energy={"max": 1000, "annual_cost": 1}, cyclic=True, discharge_efficiency=0.8, soc_min=0.2, self_discharge=0.1
    )
    assert riding(batteries=[one]).value("energy_capacity_battery") == pytest.approx(12.5 / 0.7)


def test_power_has_to_carry_it_too():
    one = battery(power={"max": 100, "annual_cost": 1}, cyclic=True)
    assert riding(load=[10, 12, 11], batteries=[one]).value("power_capacity_battery") == pytest.approx(12)


def test_generators_in_service_help():
    """6 MW of 8 are in service, so that 4 MW are left for the battery."""
    result = riding(2.0, generators=[generator(capacity=8, available=0.75, fuel_price=9)])
    assert result.value("energy_capacity_battery") == pytest.approx(8)


def test_only_critical_load_is_carried():
    """0.3 of 10 MW and 1 MW more, for 1 h."""
    tiers = [{"name": "a", "share": 0.3, "critical": True}, {"name": "b", "power": 1, "critical": True}]
    made = state(
        10.0,
        grid=grid(),
        batteries=[battery(energy={"max": 1000, "annual_cost": 1}, cyclic=True)],
        load={"tiers": tiers},
        of_site={"reliability": {"ride_through": 1}},
    ).solve(vertex=True)
    assert made.value("energy_capacity_battery") == pytest.approx(4)


def test_the_time_after_the_end_is_that_of_the_start_where_all_batteries_are_cyclic():
    """Loads of 30, 10 and 20 MW: 2 hours from the end, which is the start, take 40 MWh; from 2 h on 20 + 30."""
    assert riding(2.0, load=[30, 10, 20]).value("energy_capacity_battery") == pytest.approx(50)


def test_it_looks_no_further_than_the_end_otherwise():
    """The same from the start takes 40, from 1 h on 30, and from 2 h on no more than 20."""
    one = battery(energy={"max": 1000, "annual_cost": 1}, initial_soc=1.0)
    result = riding(2.0, load=[30, 10, 20], batteries=[one])
    assert result.value("energy_capacity_battery") == pytest.approx(40)
    (note,) = [note for note in result.notes if "ride-through" in note]
    assert note.startswith("ride-through in the last 2 h looks no further than the end of the horizon")


def test_one_full_battery_without_power_does_not_help_another():
    """1 MW of the first gives 1 MWh in an hour, however much it holds, so that the second must hold 9."""
    large = battery("large", power=1, energy=100, cyclic=True)
    small = battery("small", power=50, energy={"max": 100, "annual_cost": 1}, cyclic=True)
    assert riding(batteries=[large, small]).value("energy_capacity_small") == pytest.approx(9)


@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_the_length_of_the_intervals_changes_nothing(minutes: int):
    load = np.repeat([10.0, 16, 12], 60 // minutes).tolist()
    made = state(
        load,
        minutes=minutes,
        grid=grid(),
        batteries=[battery(energy={"max": 1000, "annual_cost": 1}, cyclic=True)],
        of_site={"reliability": {"ride_through": 1.5}},
    )
    # From 1 h on 16 + 6 MWh; from half past on, which the hourly program does not look at, 5 + 16 are less.
    assert made.solve(vertex=True).value("energy_capacity_battery") == pytest.approx(22)


def test_nothing_is_stated_of_reliability_where_nothing_is_asked_for():
    families = {rule.name for rule in state(10, grid=grid(), batteries=[battery()]).program.rules}
    assert not {"ride_power", "ride_through_energy", "held_power", "loss_of_one", "tier_limit"} & families
