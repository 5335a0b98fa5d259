"""Batteries, solved by hand. Unless said otherwise they are ample, lossless, and empty at the start."""

from __future__ import annotations

import pytest

from optimizer.errors import InfeasibleError, InputError
from tests.sites import battery, grid, state, supply


def cost(load, price, *batteries, **given) -> float:
    """Cost of a load served by a grid at hourly prices and by batteries."""
    return float(
        state(load, batteries=batteries, grid=grid(energy_price=price), **given).solve().value("cost_per_year")
    )


def test_energy_is_shifted_to_the_dear_hour():
    """20 MWh bought at 1 instead of 10."""
    result = state([0, 0, 20], batteries=[battery()], grid=grid(energy_price=[10, 1, 10])).solve()
    assert result.value("cost_per_year") == pytest.approx(20)
    assert result.series["stored_energy"].sel(battery="battery").values == pytest.approx([0, 0, 20, 0])
    net = result.series["charge"] - result.series["discharge"]  # alone either may be more, without losses
    assert net.sel(battery="battery").values == pytest.approx([0, 20, -20])


def test_both_efficiencies_take_their_part():
    """72 MWh delivered need 72 / 0.8 = 90 stored and 90 / 0.9 = 100 bought, at 1."""
    assert cost([0, 72], [1, 1000], battery(charge_efficiency=0.9, discharge_efficiency=0.8)) == pytest.approx(100)


def test_stored_energy_is_lost_by_the_hour():
    """A tenth an hour over two hours: of 100 MWh bought, 81 are left."""
    assert cost([0, 0, 81], [1, 1000, 1000], battery(self_discharge=0.1)) == pytest.approx(100)


def test_the_loss_follows_the_length_of_the_interval():
    """A tenth an hour is a twentieth in 30 minutes: of 100 MWh bought first, 95 and, an hour later, 85.5 are left."""
    site = state(
        [0, 0, 85.5], minutes=[60, 30, 60], batteries=[battery(self_discharge=0.1)], grid=grid(energy_price=[1, 9, 9])
    )
    assert site.solve().value("cost_per_year") == pytest.approx(100)


def test_losses_above_all_energy_are_refused():
    """0.5 an hour over 3 hours would be 1.5 of what is there."""
    with pytest.raises(InputError, match=r"self_discharge \('battery'\): 0.5 an hour loses more than all energy in"):
        state(minutes=180, batteries=[battery(self_discharge=0.5)])


def test_the_battery_is_never_fuller_than_soc_max():
    """Half of 100 MWh at 1, the other 10 of 60 at 100: 50 + 1000."""
    assert cost([0, 60], [1, 100], battery(energy=100, soc_max=0.5)) == pytest.approx(1050)


def test_the_battery_is_never_emptier_than_soc_min():
    """Of 100 MWh held, 30 must stay: 70 of 80 delivered, 10 bought at 100."""
    assert cost([80], [100], battery(energy=100, soc_min=0.3, initial_soc=1)) == pytest.approx(1000)


def test_ageing_shrinks_everything_in_proportion():
    """Of 100 MWh 80 are left by ageing: at the start half of them, 40, of which a tenth of 80 must stay.

    40 - 8 = 32 are delivered of 50: 18 bought at 10.
    """
    aged = battery(energy=100, state_of_health=0.8, soc_min=0.1, initial_soc=0.5)
    result = state([50], batteries=[aged], grid=grid(energy_price=[10])).solve()
    assert result.value("cost_per_year") == pytest.approx(180)
    assert result.series["soc"].sel(battery="battery").values == pytest.approx([0.5, 0.1])
    assert result.value("battery_cycles") == pytest.approx(32 / 80)


def test_ageing_lowers_the_ceiling():
    """80 of 100 MWh can be bought at 1 and 20 must be at 10: 80 + 200."""
    assert cost([0, 100], [1, 10], battery(energy=100, state_of_health=0.8)) == pytest.approx(280)


def test_power_limits_charge():
    """30 MW for an hour at 1, the other 20 of 50 at 10."""
    assert cost([0, 50], [1, 10], battery(power=30)) == pytest.approx(230)


def test_power_limits_discharge():
    """Two hours of 30 MW fill the battery; one hour empties it with 30 of 50 MW: 20 at 10."""
    assert cost([0, 0, 50], [1, 1, 10], battery(power=30)) == pytest.approx(230)


def test_power_is_counted_on_the_sites_side():
    """30 MW drawn at 0.5 store 15 MWh, which at 0.5 give 7.5: 30 x 1 + 42.5 x 10."""
    lossy = battery(power=30, charge_efficiency=0.5, discharge_efficiency=0.5)
    assert cost([0, 50], [1, 10], lossy) == pytest.approx(455)


@pytest.mark.parametrize(("shared", "paid"), [(True, 10 / 3), (False, 5)])
def test_one_inverter_cannot_do_both_at_once_at_full_power(shared: bool, paid: float):
    """At -1 burning energy pays. A battery that ends as it began gives back half of what it draws, c / 2.

    With two inverters c = 10 and 5 MWh are burnt; one of 10 MW has c + c / 2 = 10, so that 10 / 3 are burnt.
    Neither is a real plan, and the result says so.
    """
    burner = battery(power=10, charge_efficiency=0.5, shared_inverter=shared, cyclic=True)
    result = state([0], batteries=[burner], grid=grid(energy_price=[-1])).solve()
    assert result.value("cost_per_year") == pytest.approx(-paid)
    assert any("charges and discharges at once in 1 intervals, first 2025-01-01T00:00 UTC" in n for n in result.notes)


def test_each_of_two_inverters_limits_its_direction():
    """Full at the start, 10 MW of discharge for a load of 30: 20 at 100. Then 10 MW of charge where 30 would pay."""
    two = battery(power=10, energy=1000, initial_soc=0.5, shared_inverter=False)
    assert cost([30], [100], two) == pytest.approx(2000)
    assert cost([0, 30], [-1, 100], two | {"initial_soc": 0, "final_soc_min": 0.01}) == pytest.approx(-10 + 3000)


def test_a_cyclic_battery_ends_as_it_began():
    """50 MWh in the dear hour may come first only if the cheap hour brings them back: 50 x 1, whatever the order."""
    free_start = battery(energy=100, cyclic=True)
    assert cost([0, 50], [1, 100], free_start) == pytest.approx(50)
    assert cost([50, 0], [100, 1], free_start) == pytest.approx(50)


def test_a_cyclic_battery_may_have_a_given_start():
    """It starts, and so ends, with 20 of 100 MWh: they serve the first hour and are bought back at 1: 3000 + 20."""
    result = state(
        [50, 0], batteries=[battery(energy=100, cyclic=True, initial_soc=0.2)], grid=grid(energy_price=[100, 1])
    ).solve()
    assert result.value("cost_per_year") == pytest.approx(3020)
    assert result.series["stored_energy"].sel(battery="battery").values == pytest.approx([20, 0, 20])


def test_what_is_held_at_the_start_is_there_for_nothing():
    """40 of 100 MWh serve 40 of 50: 10 at 9."""
    assert cost([50], [9], battery(energy=100, initial_soc=0.4)) == pytest.approx(90)


def test_the_end_has_a_floor():
    """20 at 1 for the load, 60 at 1 to be there at the end."""
    assert cost([0, 20], [1, 100], battery(energy=100, final_soc_min=0.6)) == pytest.approx(80)


def test_the_end_has_a_ceiling():
    """Of 80 MWh at most 20 may be left: beyond a load of 50 another 10 go out, at 5 each."""
    outlet = grid(energy_price=100, export_capacity=50, export_price=-5)
    full = battery(energy=100, initial_soc=0.8, final_soc_max=0.2)
    assert state([50, 0], batteries=[full], grid=outlet).solve().value("cost_per_year") == pytest.approx(50)


@pytest.mark.parametrize(("health", "weight"), [(1.0, 1.0), (0.8, 1.0), (1.0, 4.0)])
def test_cycles_are_warranted_by_the_year(health: float, weight: float):
    """Half a cycle of 100 MWh is 50 delivered (40 of an aged battery) of a load of 80, the rest bought at 100.

    Where each interval stands for 4 of a year, two cycles a year are half a cycle each time, and all costs fourfold.
    """
    warranted = battery(energy=100, cycles_max=0.5 * weight, state_of_health=health)
    delivered = 50 * health
    expected = weight * (delivered * 1 + (80 - delivered) * 100)
    assert cost([0, 80], [1, 100], warranted, weight=weight) == pytest.approx(expected)


def test_wear_is_paid_for_what_is_discharged():
    """70 MWh from 100 stored: 100 at 1 and 70 at 7 of wear."""
    worn = battery(throughput_cost=7, discharge_efficiency=0.7)
    result = state([0, 70], batteries=[worn], grid=grid(energy_price=[1, 100])).solve()
    assert result.costs()["Battery wear"] == pytest.approx(490)
    assert result.value("cost_per_year") == pytest.approx(590)


def test_a_spread_below_the_wear_is_left_alone():
    """Buying at 7 beats buying at 1 and wearing 6.5."""
    assert cost([0, 10], [1, 7], battery(throughput_cost=6.5)) == pytest.approx(70)


def test_holding_costs_by_the_end_of_each_interval():
    """10 MWh bought first, held at the ends of two hours at 0.2, and gone at the end of the third: 10 + 4.

    The middle hour at 1.1 would be cheaper than holding from the first: 1.1 + 0.2 < 1 + 0.4.
    """
    result = state([0, 0, 10], batteries=[battery(holding_cost=0.2)], grid=grid(energy_price=[1, 5, 5])).solve()
    assert result.costs()["Battery holding"] == pytest.approx(4)
    assert result.value("cost_per_year") == pytest.approx(14)
    assert cost([0, 0, 10], [1, 1.1, 5], battery(holding_cost=0.2)) == pytest.approx(11 + 2)


def test_holding_costs_by_the_length_of_the_interval():
    """10 MWh held at the end of 15 minutes cost a quarter of an hour's 0.2 each: 0.5; then they are used."""
    site = state([0, 40], minutes=15, batteries=[battery(holding_cost=0.2)], grid=grid(energy_price=[1, 100]))
    result = site.solve()
    assert result.costs()["Battery holding"] == pytest.approx(0.5)
    assert result.value("cost_per_year") == pytest.approx(10.5)


def test_several_batteries_each_keep_their_own_books():
    """20 MWh for a dear hour: 10 from a lossless battery, 10 from one that stores half of what it draws.

    10 x 1 + 20 x 1 = 30; alone, the second would leave 10 at 10.
    """
    good, bad = battery("good", energy=10), battery("bad", energy=10, charge_efficiency=0.5)
    result = state([0, 20], batteries=[bad, good], grid=grid(energy_price=[1, 10])).solve()
    assert result.value("cost_per_year") == pytest.approx(30)
    assert result.series["charge"].sel(battery="bad").values == pytest.approx([20, 0])
    assert result.series["stored_energy"].sel(battery="good").values == pytest.approx([0, 10, 0])
    assert cost([0, 20], [1, 10], bad) == pytest.approx(120)


def test_batteries_of_different_kinds_stand_side_by_side():
    """One starts full, one is cyclic, one must end full, each of 10 MWh: 10 for nothing, 10 bought, 10 for the end.

    Load 30 in the last hour: 10 + 10 from the first two, 10 at 100; 10 + 10 bought at 1.
    """
    kinds = [
        battery("started", energy=10, initial_soc=1),
        battery("cyclic", energy=10, cyclic=True),
        battery("ended", energy=10, initial_soc=0, final_soc_min=1),
    ]
    result = state([0, 30], batteries=kinds, grid=grid(energy_price=[1, 100])).solve()
    assert result.value("cost_per_year") == pytest.approx(1000 + 10 + 10)


@pytest.mark.parametrize(("energy_cost", "power_cost", "energy", "power"), [(2, 3, 50, 30), (6, 5, 0, 0)])
def test_a_free_battery_is_sized_to_its_worth(energy_cost, power_cost, energy, power):
    """Two hours at 1, then loads 30 and 20 at 11: each MWh shifted saves 10.

    50 MWh and 30 MW at 2 and 3: 50 x 1 + 100 + 90 = 240. At 6 and 5 even the MWh of the flattest use, 25 MW for two
    hours, costs 6 + 5 / 2 < 10: so 40 MWh with 20 MW, and 10 MWh are bought.
    """
    free = battery(power={"max": 99, "annual_cost": power_cost}, energy={"max": 99, "annual_cost": energy_cost})
    result = state([0, 0, 30, 20], batteries=[free], grid=grid(energy_price=[1, 1, 11, 11])).solve()
    if energy == 0:
        energy, power = 40, 20
    bought = 50 - energy
    assert result.value("energy_capacity_battery") == pytest.approx(energy)
    assert result.value("power_capacity_battery") == pytest.approx(power)
    assert result.costs()["Battery energy"] == pytest.approx(energy * energy_cost)
    assert result.costs()["Battery power"] == pytest.approx(power * power_cost)
    assert result.value("cost_per_year") == pytest.approx(energy * (1 + energy_cost) + power * power_cost + bought * 11)


def test_a_free_battery_keeps_its_proportions():
    """With a size to be chosen, soc bounds, health, start and warranty scale with it.

    10 MWh delivered in the dear hour. Usable is 0.8 (ageing) x (0.9 - 0.1) = 0.64 of the size; but the warranty of
    half a cycle allows 0.5 x 0.8 = 0.4 of it: 25 MWh at 1, and 10 bought at 1 to be as full at the end.
    """
    free = battery(
        energy={"max": 99, "annual_cost": 1}, soc_min=0.1, soc_max=0.9, state_of_health=0.8, cycles_max=0.5, cyclic=True
    )
    result = state([0, 10], batteries=[free], grid=grid(energy_price=[1, 100])).solve()
    assert result.value("energy_capacity_battery") == pytest.approx(25)
    assert result.value("cost_per_year") == pytest.approx(35)


def test_the_start_scales_with_a_free_size():
    """Half full at the start: 10 MWh for the load come with 20 MWh of battery, at 3 a MWh against 100 for energy."""
    free = battery(energy={"max": 99, "annual_cost": 3}, initial_soc=0.5)
    result = state([10], batteries=[free], grid=grid(energy_price=[100])).solve()
    assert result.value("energy_capacity_battery") == pytest.approx(20)
    assert result.value("cost_per_year") == pytest.approx(60)


def test_the_ends_floor_and_ceiling_scale_with_a_free_size():
    """2 MWh are built at 5 each, for they must be. 60 % of them at the end are 1.2 MWh, bought at 1.

    Where they are full at the start and may keep 40 %, 1.2 MWh go out, at 5 each; without an outlet there is no plan.
    """
    smallest = {"min": 2, "max": 99, "annual_cost": 5}
    assert cost([0], [1], battery(energy=smallest, final_soc_min=0.6)) == pytest.approx(10 + 1.2)
    full = battery(energy=smallest, initial_soc=1, final_soc_max=0.4)
    outlet = grid(energy_price=10, export_capacity=50, export_price=-5)
    assert state(0, hours=1, batteries=[full], grid=outlet).solve().value("cost_per_year") == pytest.approx(10 + 6)
    with pytest.raises(InfeasibleError):
        state(0, hours=1, batteries=[full], grid=grid()).solve()


def test_stored_energy_is_priced_by_its_use():
    """A MWh more in the battery after the first hour would be bought at 1: that is what its row is worth."""
    result = state([0, 10], batteries=[battery()], grid=grid(energy_price=[1, 10])).solve()
    dual = result.series["marginal_price_of_stored_energy_balance"].sel(battery="battery").values
    assert dual == pytest.approx([-1, -1])
    assert result.series["marginal_price"].values == pytest.approx([1, 1])


def test_a_battery_charges_from_what_would_be_curtailed():
    """10 MW of sun in the first hour and a load of 5 in both: 5 MWh are kept for the second, nothing is bought."""
    site = state(
        [5, 5], supplies=[supply(capacity=10, availability=[1, 0])], batteries=[battery()], grid=grid(energy_price=50)
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(0)
    assert result.value("curtailment") == pytest.approx(0)
