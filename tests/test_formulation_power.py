"""Supplies, the grid and the balance of power, solved by hand."""

from __future__ import annotations

import pytest

from optimizer.errors import InfeasibleError
from tests.sites import battery, grid, state, supply


def test_load_is_bought_at_the_price_of_its_hour():
    """10 x 1 + 20 x 2 + 30 x 3 = 140."""
    result = state([10, 20, 30], grid=grid(energy_price=[1, 2, 3])).solve()
    assert result.value("cost_per_year") == pytest.approx(140)
    assert result.costs()["Grid energy"] == pytest.approx(140)
    assert result.series["marginal_price"].values == pytest.approx([1, 2, 3])


def test_a_supply_delivers_what_is_available_and_the_grid_the_rest():
    """20 MW at [1, 0.5, 0] for 5 against a grid at 10; load 15.

    Delivered 15 + 10 + 0, 5 MW of the first hour curtailed at no cost; imported 0 + 5 + 15:
    25 x 5 + 20 x 10 = 325.
    """
    site = state(
        15, supplies=[supply(capacity=20, availability=[1, 0.5, 0], energy_price=5)], grid=grid(energy_price=10)
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(325)
    assert result.costs()["Supply energy"] == pytest.approx(125)
    assert result.series["delivered"].sel(supply="pv").values == pytest.approx([15, 10, 0])
    assert result.series["curtailment"].sel(supply="pv").values == pytest.approx([5, 0, 0])
    assert result.series["grid_import"].values == pytest.approx([0, 5, 15])


@pytest.mark.parametrize(("curtailment_price", "cost"), [(30, 10 * 50), (20, 10 * 25 + 10 * 20)])
def test_curtailed_energy_is_paid_for(curtailment_price: float, cost: float):
    """Energy at 50 against a grid at 25, 10 MWh of load.

    Where curtailment costs 30, taking a MWh costs only 20 more, less than the grid: take all, 500.
    Where it costs 20, taking costs 30 more: leave all and pay 10 x 25 + 10 x 20 = 450.
    """
    contract = supply(capacity=10, energy_price=50, curtailment_price=curtailment_price)
    result = state(10, hours=1, supplies=[contract], grid=grid(energy_price=25)).solve()
    assert result.value("cost_per_year") == pytest.approx(cost)
    taken = 10 if curtailment_price == 30 else 0
    assert result.costs()["Curtailed energy"] == pytest.approx(curtailment_price * (10 - taken))


def test_pay_as_produced_costs_the_same_whatever_is_taken():
    """10 MW at 30 for energy delivered and curtailed alike: 300, of which 6 x 30 for what a load of 4 leaves."""
    result = state(4, hours=1, supplies=[supply(capacity=10, energy_price=30, curtailment_price=30)]).solve()
    assert result.value("cost_per_year") == pytest.approx(300)
    assert result.costs()["Curtailed energy"] == pytest.approx(180)
    assert result.value("curtailment_share") == pytest.approx(0.6)


def test_no_more_than_a_share_may_be_curtailed():
    """Of 10 MW at most a quarter may be curtailed: 7.5 are delivered to a load of 4; 3.5 go out, at 2 each: 7 an hour.

    The second supply has no such limit and stays idle; without the limit the cost would be 0.
    """
    must_run, free = supply("wind", 10, curtailment_limit=0.25), supply("pv", 10)
    outlet = grid(energy_price=9, export_capacity=50, export_price=-2)
    result = state(4, supplies=[must_run, free], grid=outlet).solve()
    assert result.value("cost_per_year") == pytest.approx(3 * 7)
    assert result.series["delivered"].sel(supply="wind").values == pytest.approx([7.5] * 3)
    assert result.series["delivered"].sel(supply="pv").values == pytest.approx([0] * 3)
    assert state(4, supplies=[supply("wind", 10), free], grid=outlet).solve().value("cost_per_year") == pytest.approx(0)


def test_import_stays_within_the_connection():
    """10 MW of load, 6 of connection at 1, the rest from a supply at 100: 6 + 400."""
    site = state(10, hours=1, supplies=[supply(energy_price=100)], grid=grid(connection_capacity=6, energy_price=1))
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(406)
    assert result.value("peak_import") == pytest.approx(6)
    # One more MW of connection saves 99.
    assert result.series["marginal_price_of_connection_limit"].item() == pytest.approx(-99)


def test_an_outage_stops_import():
    """10 MW of connection, all, none and half of it in service; load 8, lost at 100.

    Import 8 + 0 + 5 at 1; unserved 0 + 8 + 3: 13 + 1100.
    """
    outage = grid(connection_capacity=10, energy_price=1, available=[1, 0, 0.5])
    result = state(8, grid=outage, load={"value_of_lost_load": 100}).solve()
    assert result.value("cost_per_year") == pytest.approx(1113)
    assert result.series["grid_import"].values == pytest.approx([8, 0, 5])


def test_an_outage_stops_export():
    """20 MW of supply, 4 of load, up to 10 of export at 5, all, none and half in service: (10 + 0 + 5) x 5 earned."""
    outage = grid(energy_price=9, export_capacity=10, export_price=5, available=[1, 0, 0.5])
    result = state(4, supplies=[supply(capacity=20)], grid=outage).solve()
    assert result.series["grid_export"].values == pytest.approx([10, 0, 5])
    assert result.value("cost_per_year") == pytest.approx(-75)


def test_export_earns_its_price_up_to_its_limit():
    """16 MW to spare, at most 10 exported, at 3; not at all where it would cost 1: 30 earned."""
    outlet = grid(energy_price=9, export_capacity=10, export_price=[3, -1])
    result = state([4, 4], supplies=[supply(capacity=20)], grid=outlet).solve()
    assert result.series["grid_export"].values == pytest.approx([10, 0])
    assert result.costs()["Export revenue"] == pytest.approx(-30)
    assert result.value("cost_per_year") == pytest.approx(-30)


def test_supplies_serve_in_the_order_of_their_prices():
    """5 MW at 10, 5 MW at 20, 5 MW at 30; loads 4, 8, 12: the last one in use sets the price.

    4 x 10, 5 x 10 + 3 x 20, 5 x 10 + 5 x 20 + 2 x 30: 40 + 110 + 210.
    """
    three = [supply(name, 5, energy_price=price) for name, price in (("b", 20), ("c", 30), ("a", 10))]
    result = state([4, 8, 12], supplies=three).solve()
    assert result.value("cost_per_year") == pytest.approx(360)
    assert result.series["marginal_price"].values == pytest.approx([10, 20, 30])


def test_carbon_has_a_price():
    """At 100 a tonne, grid energy at 10 with 0.5 and 0.1 t costs 60 and 20; a supply at 30 with 0.05 t costs 35.

    The supply serves the first hour, the grid the second: 350 + 200, of which 100 x (0.5 + 1) is carbon.
    """
    site = state(
        [10, 10],
        supplies=[supply(capacity=10, energy_price=30, carbon_intensity=0.05)],
        grid=grid(energy_price=10, carbon_intensity=[0.5, 0.1]),
        carbon_price=100,
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(550)
    assert result.costs()["Carbon"] == pytest.approx(150)
    assert result.series["emissions"].values == pytest.approx([0.5, 1.0])
    assert result.value("emissions") == pytest.approx(1.5)


def test_a_carbon_price_of_zero_leaves_emissions_reported():
    """10 MWh at 0.5 t: 5 t, which cost nothing and change nothing."""
    result = state(10, hours=1, grid=grid(energy_price=10, carbon_intensity=0.5)).solve()
    assert result.value("cost_per_year") == pytest.approx(100)
    assert result.value("emissions") == pytest.approx(5)


def test_where_energy_is_a_burden_more_load_saves_money():
    """10 MW that must be taken, 4 of load, 6 exported at a cost of 2: one more MWh of load saves 2."""
    result = state(
        4, hours=1, supplies=[supply(capacity=10, curtailment_limit=0)], grid=grid(export_capacity=50, export_price=-2)
    ).solve()
    assert result.value("cost_per_year") == pytest.approx(12)
    assert result.series["marginal_price"].item() == pytest.approx(-2)


@pytest.mark.parametrize(
    ("annual_cost", "bounds", "size", "cost"),
    [
        (12, (0, 50), 10, 10 * 12 + 5 * 10),
        (4, (0, 50), 20, 20 * 4),
        (16, (0, 50), 0, 20 * 10),
        (16, (2, 50), 2, 2 * 16 + (8 + 9) * 10),
        (12, (0, 6), 6, 6 * 12 + (4 + 7) * 10),
    ],
)
def test_a_free_supply_is_sized_to_its_worth(annual_cost, bounds, size, cost):
    """Available [1, 0.5] at no price, against a grid at 10, load 10.

    Each of the first 10 MW saves 10 + 5 a year, each of the next 10 saves 5 (the second hour alone), more saves
    nothing. So 12 buys 10 MW, 4 buys 20, 16 none; bounds hold both ways.
    """
    capacity = {"min": bounds[0], "max": bounds[1], "annual_cost": annual_cost}
    site = state([10, 10], supplies=[supply(capacity=capacity, availability=[1, 0.5])], grid=grid(energy_price=10))
    result = site.solve()
    assert result.value("capacity_pv") == pytest.approx(size)
    assert result.value("cost_per_year") == pytest.approx(cost)
    assert result.costs()["Supply capacity"] == pytest.approx(size * annual_cost)


def test_a_free_connection_is_sized_to_its_worth():
    """Load 10 and 4, lost at 30, grid at 1, a MW of connection at 50 a year.

    Each of the first 4 MW saves 2 x 29, each of the next 6 saves 29: 4 MW it is, and 6 MWh are lost:
    4 x 50 + 8 x 1 + 6 x 30 = 388.
    """
    free = grid(connection_capacity={"min": 0, "max": 100, "annual_cost": 50}, energy_price=1)
    result = state([10, 4], grid=free, load={"value_of_lost_load": 30}).solve()
    assert result.value("connection_capacity") == pytest.approx(4)
    assert result.value("cost_per_year") == pytest.approx(388)
    assert result.costs()["Grid connection"] == pytest.approx(200)


def test_a_fixed_capacity_costs_its_yearly_sum():
    """5 MW of supply at 7 and 20 MW of connection at 3 a year: 35 + 60, whatever is used of them."""
    site = state(
        0,
        supplies=[supply(capacity={"size": 5, "annual_cost": 7})],
        grid=grid(connection_capacity={"size": 20, "annual_cost": 3}),
    )
    result = site.solve()
    assert result.costs()["Supply capacity"] == pytest.approx(35)
    assert result.costs()["Grid connection"] == pytest.approx(60)
    assert result.value("cost_per_year") == pytest.approx(95)


def test_one_free_capacity_leaves_its_neighbour_fixed():
    """Two supplies at no price, 6 MW fixed and one free at 1 a year; load 10: the free one fills up 4."""
    two = [supply("fixed", 6), supply("free", {"max": 50, "annual_cost": 1})]
    result = state(10, hours=1, supplies=two, grid=grid(energy_price=10)).solve()
    assert result.value("capacity_fixed") == pytest.approx(6)
    assert result.value("capacity_free") == pytest.approx(4)


def test_a_site_may_lack_anything():
    """Grid alone, supply alone, battery alone: 30 MWh at 2, at 3, and from what the battery holds, for nothing."""
    assert state(grid=grid(energy_price=2)).solve().value("cost_per_year") == pytest.approx(60)
    alone = state(supplies=[supply(energy_price=3)]).solve()
    assert alone.value("cost_per_year") == pytest.approx(90)
    assert alone.value("peak_import") == 0
    assert state(batteries=[battery(energy=30, initial_soc=1)]).solve().value("cost_per_year") == pytest.approx(0)


def test_nothing_at_all_serves_no_load():
    with pytest.raises(InfeasibleError):
        state().solve()
    assert state(0).solve().value("cost_per_year") == 0
