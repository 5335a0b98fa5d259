"""Reliability solved by hand: outages, tiers of load, ride-through, the loss of any one thing, and survival."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from optimizer import Model, Result, Scenario
from optimizer.accounting import reliability
from optimizer.diagnosis import failed_checks
from optimizer.errors import InfeasibleError, InputError
from optimizer.plots import draw
from tests.conftest import EXAMPLE
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


def test_an_outage_cuts_off_supplies_that_come_through_the_grid():
    """Half of the far plant reaches the site while half of the connection is in service; the near one all does."""
    model = state(
        10,
        grid=grid(available=[1, 0.5, 1], outages=[outage("02:00", "03:00")]),
        supplies=[supply("far", availability=[0.8, 0.8, 0.8], through_grid=True), supply("near", availability=0.8)],
    )
    assert model.data["availability"].values.tolist() == [pytest.approx([0.8, 0.4, 0]), pytest.approx([0.8, 0.8, 0.8])]


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
        (
            [outage("02:00", "01:00")],
            "outages[0].end: the end 2025-01-01 01:00 is not after the start 2025-01-01 02:00",
        ),
        (
            [outage("01:00", "01:30+01:00")],
            "outages[0].end ('outage'): on the site's clock, the end '2025-01-01 01:30:00+01:00' is not after the "
            "start 2025-01-01 01:00:00; give both with a zone, or both without",
        ),
        (
            [outage("01:00", "03:00"), outage("00:00", "01:30")],
            "outages[1] ('outage'): it overlaps item 0; join them into one, or cut one short",
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
    tiers = [
        {"name": "control", "share": 0.6, "critical": True},
        {"name": "batch", "share": 0.4, "value_of_lost_load": 7},
    ]
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
    tiers = [
        {"name": "a", "share": 0.3, "value_of_lost_load": 500},
        {"name": "b", "power": 1, "value_of_lost_load": 500},
    ]
    assert short_of(7, tiers=tiers).value("cost_per_year") == pytest.approx(
        short_of(7, tiers=[]).value("cost_per_year")
    )


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


def riding(hours: float = 1.0, *, it_load: Any = 10.0, batteries: Any = None, **given: Any) -> Result:
    """Energy for the taking, and a battery whose energy costs 1 a MWh."""
    batteries = [battery(energy={"max": 1000, "annual_cost": 1}, cyclic=True)] if batteries is None else batteries
    return state(
        it_load, grid=grid(), batteries=batteries, of_site={"reliability": {"ride_through": hours}}, **given
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
    assert riding(it_load=[10, 12, 11], batteries=[one]).value("power_capacity_battery") == pytest.approx(12)


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


def test_a_plan_that_cuts_critical_load_while_it_holds_energy_for_it_says_so():
    """Of 10 MW, all critical, 6 come from the grid and 4 are cut at 50; the battery holds 10 MWh until the last."""
    result = state(
        10,
        load={"tiers": [{"name": "all", "share": 1.0, "critical": True, "value_of_lost_load": 50}]},
        grid=grid(connection_capacity=6),
        batteries=[battery(power=10, energy=10, initial_soc=1.0)],
        of_site={"reliability": {"ride_through": 1}},
    ).solve()
    assert result.series["unserved"].values.tolist() == pytest.approx([4, 4, 0])
    (note,) = [note for note in result.notes if "critical load is cut" in note]
    assert note.startswith("critical load is cut in 2 intervals, first 2025-01-01T00:00 UTC: what is held")


def test_critical_load_may_be_what_workloads_make_of_it():
    """20 MWh that may wait are spread over two hours, so that 10 MWh are enough for any hour."""
    work = {"name": "batch", "kind": "deferrable", "arrivals": [20, 0], "window": 24}
    result = riding(it_load=None, load={"workloads": [work]})
    assert result.value("energy_capacity_battery") == pytest.approx(10)
    assert result.series["critical_load"].values.tolist() == pytest.approx([10, 10])


def test_the_time_after_the_end_is_that_of_the_start_where_all_batteries_are_cyclic():
    """Loads of 30, 10 and 20 MW: 2 hours from the end, which is the start, take 40 MWh; from 2 h on 20 + 30."""
    assert riding(2.0, it_load=[30, 10, 20]).value("energy_capacity_battery") == pytest.approx(50)


def test_it_looks_no_further_than_the_end_otherwise():
    """The same from the start takes 40, from 1 h on 30, and from 2 h on no more than 20."""
    one = battery(energy={"max": 1000, "annual_cost": 1}, initial_soc=1.0)
    result = riding(2.0, it_load=[30, 10, 20], batteries=[one])
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


# -- N-1 -------------------------------------------------------------------------------------------------------------


def without_one(*kinds: str, hours: int = 1, **given: Any) -> Result:
    return state(10, hours=hours, of_site={"reliability": {"n_minus_1": list(kinds)}}, **given).solve(vertex=True)


def test_after_the_loss_of_the_largest_supply_the_others_and_the_grid_do():
    """10 MW at half are free, and 4 MW of grid: without them 6 MW have to come from the other, which gives half."""
    result = without_one(
        "supplies",
        supplies=[
            supply("large", 40, availability=[0.5, 0.5]),
            supply("small", {"max": 100, "annual_cost": 1}, availability=[0.5, 0.5]),
        ],
        grid=grid(connection_capacity=8, available=[0.5, 0.5], energy_price=1000),
    )
    assert result.value("capacity_small") == pytest.approx(12)
    assert result.series["contingency"].values.tolist() == ["loss of large", "loss of small"]


def test_after_the_loss_of_the_grid_stores_and_generators_do():
    """4 MW are left to the battery, throughout an hour of which it must hold the energy at its start."""
    result = without_one(
        "grid",
        hours=3,
        grid=grid(),
        generators=[generator(capacity=6, fuel_price=9)],
        batteries=[
            battery(
                power={"max": 100, "annual_cost": 2}, energy={"max": 100, "annual_cost": 1}, cyclic=True,
                discharge_efficiency=0.8,
            )
        ],
    )  # fmt: skip
    assert result.value("power_capacity_battery") == pytest.approx(4)
    assert result.value("energy_capacity_battery") == pytest.approx(5)


def test_what_comes_through_the_grid_is_lost_with_it():
    result = without_one(
        "grid",
        grid=grid(),
        supplies=[supply("far", 40, through_grid=True), supply("near", {"max": 100, "annual_cost": 1})],
    )
    assert result.value("capacity_near") == pytest.approx(10)


def test_a_block_of_a_battery_is_one_of_equal_parts():
    """In the outage three of four blocks have to give 10 MW, for an hour."""
    result = without_one(
        "batteries",
        hours=2,
        grid=grid(available=[1, 0]),
        batteries=[battery(power={"max": 100, "annual_cost": 1}, energy={"max": 100, "annual_cost": 1}, blocks=4)],
    )
    assert result.value("power_capacity_battery") == pytest.approx(40 / 3)
    assert result.value("energy_capacity_battery") == pytest.approx(40 / 3)
    assert result.series["contingency"].values.tolist() == ["loss of one block of battery"]


def test_a_unit_of_a_generator_is_one_of_equal_parts():
    result = without_one(
        "generators", generators=[generator(capacity={"max": 100, "annual_cost": 1}, available=0.9, units=3)]
    )
    assert result.value("generator_capacity_diesel") == pytest.approx(10 / 0.9 * 3 / 2)


def test_only_critical_load_has_to_be_carried_after_a_loss():
    result = without_one(
        "supplies",
        supplies=[supply("large", 40), supply("small", {"max": 100, "annual_cost": 1})],
        load={"tiers": [{"name": "control", "share": 0.25, "critical": True}]},
    )
    assert result.value("capacity_small") == pytest.approx(2.5)


# -- what follows from a plan ----------------------------------------------------------------------------------------


def plan_of(stored: list[list[float]], power: list[float], load: Any = 10.0, generated: float = 0.0) -> xr.Dataset:
    """What accounting reads, for batteries without losses and a site of that load."""
    count, hours = len(stored), len(stored[0]) - 1
    ends = np.datetime64("2025-01-01", "ns") + np.arange(hours + 1) * np.timedelta64(1, "h")
    return xr.Dataset(
        {
            "stored_energy": (("battery", "boundary"), np.array(stored).reshape(count, hours + 1)),
            "power_capacity": ("battery", np.array(power)),
            "energy_capacity": ("battery", np.full(count, 100.0)),
            "state_of_health": ("battery", np.ones(count)),
            "soc_min": ("battery", np.zeros(count)),
            "discharge_efficiency": ("battery", np.ones(count)),
            "generator_available": (("generator", "hour"), np.ones((1, hours))),
            "generator_capacity": ("generator", np.array([generated])),
            "critical_share": ("hour", np.ones(hours)),
            "critical_power": ("hour", np.zeros(hours)),
            "facility_load": ("hour", np.broadcast_to(np.array(load, dtype=float), hours).copy()),
            "dt": ("hour", np.ones(hours)),
        },
        coords={"boundary": ends},
    )


def survival(*args: Any, **given: Any) -> list[float]:
    return list(reliability(plan_of(*args, **given))["survival_time"].values)


def test_survival_is_what_is_held_over_what_is_needed():
    assert survival([[25, 5, 0, 40]], [50]) == pytest.approx([2.5, 0.5, 0, 4])


def test_survival_follows_the_load_and_begins_anew_after_the_end():
    """From 1 h on 20 + 10 MWh: 35 leave 5 of the next 10, half an hour."""
    assert survival([[0, 35, 10, 30]], [50], load=[10, 20, 10]) == pytest.approx([0, 2.5, 1, 2])


def test_survival_ends_where_power_is_too_little():
    assert survival([[100, 100, 100, 100]], [15], load=[10, 10, 20]) == pytest.approx([2, 1, 0, 2])


def test_generators_that_carry_it_all_let_it_survive_as_long_as_is_looked_at():
    assert survival([[0, 0, 0, 0]], [1], generated=10) == pytest.approx([168] * 4)
    assert survival([[12, 0, 0, 0]], [50], generated=6) == pytest.approx([3, 0, 0, 0])


def test_batteries_share_so_that_they_last_longest():
    """10 MW from two of 8 MW, with 10 and 6 MWh: they could go on for 1.6 h together, as 16 MWh let them.

    In the first hour the first gives 7 and the second 3, so that both are left with 3 MWh at equal power.
    """
    assert survival([[10, 0], [6, 0]], [8, 8])[0] == pytest.approx(1.6)
    # A battery of 1 MW helps no more than 1 MW, and for 0.5 h of 9.5 MW, the rest of an hour is lost.
    assert survival([[50, 0], [4.5, 0]], [1, 20])[0] == pytest.approx(0.5)


@pytest.mark.parametrize("short", [0.0, 12.5, 30.0])
def test_a_marginal_price_is_what_a_little_more_load_costs(short: float):
    """Ride-through, N-1 and tiers hold the load too, so that what it costs is more than the energy."""

    def made(more: float) -> Result:
        rng = np.random.default_rng(5)
        return state(
            rng.uniform(20, 40, 6).tolist(),
            grid=grid(connection_capacity=45 - short, energy_price=rng.uniform(10, 90, 6).tolist(), available=0.9),
            supplies=[supply(capacity={"max": 30, "annual_cost": 40}, availability=0.4)],
            batteries=[
                battery(
                    power={"max": 40, "annual_cost": 3}, energy={"max": 99, "annual_cost": 7}, cyclic=True, blocks=2
                )
            ],
            generators=[generator(capacity=4, fuel_price=120)],
            load={"tiers": TIERS, "value_of_lost_load": 500, "other_load": [more, 0, 0, 0, 0, 0]},
            of_site={"reliability": {"ride_through": 1.5, "n_minus_1": ["grid", "batteries"]}},
        ).solve(vertex=True)

    step = 1e-3
    costs = [made(more).value("cost_per_year") for more in (0.0, step)]
    assert made(step / 2).series["marginal_price"].values[0] == pytest.approx((costs[1] - costs[0]) / step, rel=1e-4)


def test_more_of_reliability_never_costs_less():
    costs = [riding(hours, it_load=[30, 10, 20]).value("cost_per_year") for hours in (0.5, 1.0, 2.0, 3.0, 8.0)]
    assert costs == sorted(costs)


@pytest.mark.parametrize("hours", [0.5, 1.0, 2.25])
def test_a_plan_that_rides_through_survives_that_long(hours: float):
    rng = np.random.default_rng(3)
    load = rng.uniform(5, 20, 24).tolist()
    made = state(
        load,
        grid=grid(energy_price=rng.uniform(10, 90, 24).tolist()),
        batteries=[
            battery(name, power={"max": 40, "annual_cost": cost}, energy={"max": 400, "annual_cost": 7}, cyclic=True)
            for name, cost in (("one", 2), ("two", 3))
        ],
        generators=[generator(capacity=4, fuel_price=300)],
        of_site={"reliability": {"ride_through": hours}},
    )
    result = made.solve()
    assert result.value("survival_time") >= hours - 1e-4
    assert result.value("ride_margin") >= -1e-4
    assert result.value("ride_margin") == pytest.approx(result.series["ride_margin"].values.min())


def test_the_example_keeps_its_critical_load_through_an_outage_of_eight_hours():
    """60 % of the load is critical: of the rest, no more is shed than there is, and only while the grid is out."""
    result = Model(Scenario.load(EXAMPLE / "reliable.yaml")).solve()
    series = result.series
    assert result.value("unserved_critical") == 0
    assert result.value("shortage_training") == 8
    assert result.value("survival_time") > 0.999
    assert result.value("generator_capacity_diesel") == pytest.approx(8.28, abs=0.01)
    assert float(series["unserved"].where(series["grid_available"] == 1).max()) < 1e-3
    assert any("winter evening outage" in note for note in result.notes)


def test_figures_tell_what_the_summary_tells():
    result = short_of(6)
    table = draw(result.series, "unserved_by_tier").table
    assert table["Unserved energy [MWh/a]"].to_dict() == pytest.approx({"control": 1, "training": 3, "rest": 2})
    assert draw(result.series, "survival_time").absent == "The scenario asks nothing of reliability."
    riding_result = riding(2.0, it_load=[30, 10, 20])
    digest = draw(riding_result.series, "survival_time").digest
    assert digest["Least survival time [h]"].tolist() == pytest.approx([2])
    assert draw(riding_result.series, "unserved_by_tier").absent == "The load has no tiers."


# -- where there is no plan ------------------------------------------------------------------------------------------


def diagnosed(**given: Any) -> Any:
    with pytest.raises(InfeasibleError) as caught:
        state(10, grid=grid(), **given).solve()
    return caught.value.diagnosis


def test_power_that_ride_through_lacks_is_told_with_what_would_do():
    diagnosis = diagnosed(
        batteries=[battery(power=4, cyclic=True)],
        generators=[generator(capacity=5)],
        of_site={"reliability": {"ride_through": 1}},
    )
    (finding,) = diagnosis.findings
    assert finding.text == (
        "without grid and supplies the critical load cannot be carried in 3 hours: at 2025-01-01 01:00 local (00:00 "
        "UTC) it is 10 MW, and batteries can give 4 MW and generators 5 MW at most; 1 MW more of battery power or "
        "generators would do for ride-through"
    )
    offers = {text: dict(changes) for text, changes in ((r.text, r.changes) for r in diagnosis.remedies)}
    assert offers["1 MW more power of battery (5 MW)"] == {"site.batteries.battery.power_capacity": 5}
    assert offers["1 MW more of diesel (6 MW)"] == {"site.generators.diesel.capacity": 6}


def test_energy_that_ride_through_lacks_is_told():
    diagnosis = diagnosed(
        batteries=[battery(power=20, energy=15, cyclic=True)], of_site={"reliability": {"ride_through": 2}}
    )
    (finding,) = diagnosis.findings
    assert finding.text == (
        "the critical load of the 2 h from 2025-01-01 01:00 local (00:00 UTC) on takes 20 MWh beyond what generators "
        "give, and batteries that are full give 15 MWh: 5 MWh more of battery energy, or more generators, would do "
        "for ride-through"
    )
    assert diagnosis.shortfalls[0].text.startswith(
        "without grid and supplies up to 2.5 MW of critical load could not be carried in 3 hours"
    )
    assert any(remedy.changes == {"site.batteries.battery.energy_capacity": 20} for remedy in diagnosis.remedies)
    assert "battery holds what it would have to give in the next 2 h" in [c.text for c in diagnosis.clash.claims]


def test_a_loss_that_cannot_be_borne_is_told():
    diagnosis = diagnosed(
        batteries=[battery(power=6, energy=100, cyclic=True)], of_site={"reliability": {"n_minus_1": ["grid"]}}
    )
    (finding,) = diagnosis.findings
    assert finding.text == (
        "after the loss of the grid the critical load cannot be carried in 3 hours: at 2025-01-01 01:00 local (00:00 "
        "UTC) it is 10 MW and all that is left gives 6 MW at most: 4 MW are missing"
    )


def test_a_tier_that_must_be_served_is_told_where_it_cannot_be():
    """6 of 10 MW must be served, and 5 can be."""
    tiers = [{"name": "control", "share": 0.6}, {"name": "batch", "power": 3, "value_of_lost_load": 7}]
    model = state(10, grid=grid(connection_capacity=5), load={"tiers": tiers, "value_of_lost_load": 20})
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    (finding,) = caught.value.diagnosis.findings
    assert finding.text.startswith("the load is above all that can serve it in 3 hours")
    assert finding.amount == pytest.approx(1)
    (remedy,) = caught.value.diagnosis.remedies
    assert remedy.changes == {"site.grid.connection_capacity": 6}


def test_generators_count_in_what_can_serve_the_load():
    assert not failed_checks(*checked(state(10, grid=grid(connection_capacity=4), generators=[generator(capacity=6)])))


def checked(model: Any) -> tuple[Any, Any, str]:
    return model.data, model._sets, model.scenario.site.time_zone


@pytest.mark.parametrize(
    ("asked", "given", "told"),
    [
        (
            {"ride_through": 1},
            {},
            "ride-through is by batteries and generators, and the site has none; add one of them",
        ),
        (
            {"n_minus_1": ["batteries"]},
            {},
            "the site has no batteries that could fail; leave batteries out of n_minus_1",
        ),
        (
            {"n_minus_1": ["grid"]},
            {"load": {"tiers": [{"name": "a", "share": 1}]}},
            "no tier of the load is critical, so there is nothing to protect; set critical of a tier",
        ),
    ],
)
def test_what_reliability_that_cannot_be_is_told(asked: Any, given: Any, told: str):
    with pytest.raises(InputError) as caught:
        state(10, grid=grid(), of_site={"reliability": asked}, **given)
    (fault,) = caught.value.faults
    assert str(fault) == f"site.reliability: {told}"


def test_a_scenario_with_all_of_it_is_written_and_read_back():
    """Times keep the clock that they are on."""
    model = state(
        10,
        grid=grid(outages=[outage("01:00", "02:00", clock="site"), outage("02:00+01:00", "03:00+01:00")]),
        batteries=[battery(blocks=2)],
        load={"tiers": TIERS},
        of_site={"reliability": {"ride_through": 1, "n_minus_1": ["grid"]}},
    )
    read = Scenario.from_dict(yaml.safe_load(model.scenario.to_yaml()))
    assert read == model.scenario
    assert read.site.grid.outages[0].instants("Africa/Casablanca")[0] == np.datetime64("2025-01-01T00:00", "ns")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"ride_through": 0}, "ride_through: 0 is not above 0"),
        ({"ride_through": 200}, "ride_through: 200 is not between 0 and 168"),
        ({"n_minus_1": ["supplies", "supplies"]}, "n_minus_1: 'supplies' is listed twice; list it once"),
        (
            {"n_minus_1": ["battery"]},
            "n_minus_1[0]: 'battery' is not one of 'supplies', 'grid', 'batteries' or 'generators'; did you mean "
            "'batteries'?",
        ),
    ],
)
def test_what_bad_reliability_is_told(asked: Any, told: str):
    with pytest.raises(InputError) as caught:
        state(10, grid=grid(), batteries=[battery()], supplies=[supply()], of_site={"reliability": asked})
    assert str(caught.value.faults[0]) == f"site.reliability.{told}"


def test_nothing_is_stated_of_reliability_where_nothing_is_asked_for():
    families = {rule.name for rule in state(10, grid=grid(), batteries=[battery()]).program.rules}
    assert not {"ride_power", "ride_through_energy", "held_power", "loss_of_one", "tier_limit"} & families
