"""The load and what is not served of it, solved by hand."""

from __future__ import annotations

import pytest

from optimizer.errors import InfeasibleError, InputError
from optimizer.result import Result
from tests.sites import battery, grid, state, supply


def test_the_facility_draws_pue_times_it_load_and_other_load():
    """10 MW of IT at PUE 1, 1.2 and 1.5, and 2 MW besides: 12 + 14 + 17 = 43 at 1."""
    result = state(10, load={"pue": [1, 1.2, 1.5], "other_load": 2}, grid=grid(energy_price=1)).solve()
    assert result.series["facility_load"].values == pytest.approx([12, 14, 17])
    assert result.value("cost_per_year") == pytest.approx(43)
    assert result.value("cost_per_it_mwh") == pytest.approx(43 / 30)


def test_all_load_must_be_served_where_none_has_a_price():
    """5 MW of connection for 10 of load: no plan."""
    with pytest.raises(InfeasibleError):
        state(10, grid=grid(connection_capacity=5)).solve()


def test_load_is_lost_where_serving_it_costs_more():
    """Lost at 100: served at 90, lost where a MWh costs 110: 10 x 90 + 10 x 100. One more would cost 100 there."""
    result = state([10, 10], grid=grid(energy_price=[90, 110]), load={"value_of_lost_load": 100}).solve()
    assert result.value("cost_per_year") == pytest.approx(1900)
    assert result.costs()["Unserved energy"] == pytest.approx(1000)
    assert result.series["unserved"].values == pytest.approx([0, 10])
    assert result.series["marginal_price"].values == pytest.approx([90, 100])
    assert result.value("unserved") == pytest.approx(10)
    assert result.value("unserved_hours") == pytest.approx(1)
    assert result.notes == ["load is not fully served in 1 intervals, first 2025-01-01T01:00 UTC, at most 10 MW"]


def test_no_more_than_the_load_can_be_lost():
    """Lost at 10 and sold at 20: the 5 MW of the supply are sold instead, but load that is not there cannot be.

    5 x 10 - 5 x 20 = -50, with 12 MW of IT at PUE 1.25 cut down to 4 and 1 besides.
    """
    site = state(
        3.2,
        hours=1,
        load={"pue": 1.25, "other_load": 1, "value_of_lost_load": 10},
        supplies=[supply(capacity=5)],
        grid=grid(connection_capacity=0, export_capacity=100, export_price=20),
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(-50)
    assert result.value("unserved") == pytest.approx(5)


@pytest.mark.parametrize("engine", ["auto", "piqp", "highs-ipx"])
def test_where_nothing_is_served_one_more_mwh_is_lost_too(engine: str):
    """All load is lost at 100, as there is no supply; more would be lost at 100 too, whatever the balance's dual."""
    site = state([10, 10], batteries=[battery(power=5, energy=5)], load={"value_of_lost_load": 100})
    result = site.solve(engine=engine)
    assert result.value("cost_per_year") == pytest.approx(2000)
    assert result.series["marginal_price"].values == pytest.approx([100, 100])


def test_no_more_than_what_workloads_draw_can_be_lost():
    """As above, with a load that is a variable: the 3 MW that may be cut are worth more than losing them."""
    curve = {"points": [[0.5, 0.6], [1, 1]], "value": 100}
    site = state(
        None,
        hours=1,
        load={
            "workloads": [{"name": "inference", "kind": "firm", "power": 3.2, "curve": curve}],
            **{"pue": 1.25, "other_load": 1, "value_of_lost_load": 10},
        },
        supplies=[supply(capacity=5)],
        grid=grid(connection_capacity=0, export_capacity=100, export_price=20),
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(-50)
    assert result.value("unserved") == pytest.approx(5)


@pytest.mark.parametrize("vertex", [False, True])
def test_the_marginal_price_of_load_that_is_chosen_is_what_one_more_mwh_costs(vertex: bool):
    """Against the difference that a little more of other load makes, where load is lost, cut, put off and bought."""
    works = [
        {"name": "firm", "kind": "firm", "power": 4, "curve": {"points": [[0.8, 0.9], [1, 1]], "value": 300}},
        {"name": "batch", "kind": "deferrable", "arrivals": 3, "window": 1, "power_max": 5},
    ]
    limits = {"connection_capacity": 9, "available": [1, 0.6, 1, 0, 1], "energy_price": [20, 50, 90, 70, 40]}

    def cost(other: list[float]) -> Result:
        load = {"workloads": works, "other_load": other, "value_of_lost_load": 500}
        site = state(None, load=load, grid=grid(**limits), supplies=[supply(capacity=0.77)], targets={"cfe": 0.02})
        return site.solve(vertex=vertex)

    other = [0.3, 0.7, 0.4, 0.6, 0.5]
    base, step = cost(other), 1e-3
    for hour, price in enumerate(base.series["marginal_price"].values):
        more, less = (list(other) for _ in range(2))
        more[hour], less[hour] = more[hour] + step, less[hour] - step
        difference = (cost(more).value("cost_per_year") - cost(less).value("cost_per_year")) / (2 * step)
        assert price == pytest.approx(difference, rel=1e-4)


RACKS = {"name": "hall", "machine": {"gpus": 72, "rack_power": 0.1}, "racks": 100}


def test_work_takes_no_more_power_than_the_racks_in_service():
    """10 MW of racks, and 5 more from the middle of hour 1 on: 12.5 MW there on average, and all of it is used."""
    fleet = RACKS | {"arrivals": [{"date": "2025-01-01T01:30", "racks": 50}]}
    work = {"name": "spot", "kind": "opportunistic", "power_max": 99, "value": 10}
    result = state(None, load={"workloads": [work], "fleets": [fleet]}, grid=grid(energy_price=1)).solve()
    assert result.series["it_load"].values == pytest.approx([10, 12.5, 15])


def test_a_given_load_is_refused_where_the_racks_cannot_draw_it():
    told = "site.load.it_load: it is 12 MW at 2025-01-01 01:00 UTC, and the racks in service are rated at 10 MW"
    with pytest.raises(InputError, match=told):
        state([10, 12, 11], load={"fleets": [RACKS]}, grid=grid())


def test_firm_work_beyond_the_racks_is_named():
    work = {"name": "inference", "kind": "firm", "power": 12}
    told = "it draws 12 MW at least, and they are rated at 10 MW: 2 MW of racks are missing"
    with pytest.raises(InfeasibleError, match=told):
        state(None, load={"workloads": [work], "fleets": [RACKS]}, grid=grid()).solve()
