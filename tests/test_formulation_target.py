"""The target on hourly matching, solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.errors import InfeasibleError
from optimizer.model import Model
from tests.sites import battery, grid, state, supply


def test_carbon_free_energy_is_bought_up_to_the_target():
    """Sun at 50 in the first of two hours, a grid at 20 that is a tenth carbon-free, load 10, target 0.5.

    Of 20 MWh at most 10 may be uncovered: 0.9 x import <= 10, so import is 100 / 9 and sun 80 / 9:
    (80 x 50 + 100 x 20) / 9 = 6000 / 9. Allowing one more MWh would replace 1 / 0.9 MWh of sun, saving 30 / 0.9.
    """
    site = state(
        [10, 10],
        supplies=[supply(capacity=20, availability=[1, 0], energy_price=50)],
        grid=grid(energy_price=20, grid_cfe=0.1),
        targets={"cfe": 0.5},
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(6000 / 9)
    assert result.value("cfe_hourly") == pytest.approx(0.5)
    assert result.marginal_prices().loc["hourly_matching", "mean"] == pytest.approx(-30 / 0.9)


def test_a_target_that_is_met_anyway_costs_nothing():
    """Sun at no price covers half of the load; a target of 0.5 has no marginal price."""
    site = state([10, 10], supplies=[supply(availability=[1, 0])], grid=grid(energy_price=20), targets={"cfe": 0.4})
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(200)
    assert result.value("cfe_hourly") == pytest.approx(0.5)
    assert result.series["marginal_price_of_hourly_matching"].item() == pytest.approx(0)


def test_a_supply_counts_with_its_own_share():
    """Half of the cheap supply's energy is carbon-free, all of the dear one's: 0.5 x cheap <= 0.3 x 10.

    6 MWh at 10 and 4 at 40: 220.
    """
    two = [supply("cheap", energy_price=10, cfe=0.5), supply("clean", energy_price=40)]
    result = state(10, hours=1, supplies=two, targets={"cfe": 0.7}).solve()
    assert result.value("cost_per_year") == pytest.approx(220)
    assert result.value("cfe_hourly") == pytest.approx(0.7)
    assert result.value("cfe_annual") == pytest.approx(0.5 * 0.6 + 0.4)


def test_each_hour_counts_with_the_grids_share_of_that_hour():
    """The grid is carbon-free by 0.9 at night, by 0.1 by day; a lossless battery carries the night's energy over.

    Without a battery the mean is 0.5. To reach 0.8, u MWh of the day's 10 are bought at night:
    0.1 x (10 + u) + 0.9 x (10 - u) = 4, u = 7.5, each 5 dearer: 20 x 10 + 7.5 x 5.
    """
    site = state(
        [10, 10],
        batteries=[battery()],
        grid=grid(energy_price=[15, 10], grid_cfe=[0.9, 0.1]),
        targets={"cfe": 0.8},
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(17.5 * 15 + 2.5 * 10)
    assert result.series["charge"].sum().item() == pytest.approx(7.5)


def test_losses_fall_on_the_buyer():
    """All 10 MWh of the second hour must be carbon-free, from sun of the first by way of a battery that keeps half.

    20 MWh charged and 10 used at once, at 3: 90.
    """
    site = state(
        [10, 10],
        supplies=[supply(availability=[1, 0], energy_price=3)],
        batteries=[battery(charge_efficiency=0.5)],
        grid=grid(energy_price=1),
        targets={"cfe": 1},
    )
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(90)
    assert result.value("cfe_hourly") == pytest.approx(1)
    assert result.value("cfe_annual") == pytest.approx(1.5)


def test_what_is_exported_does_not_count():
    """Sun at 5 is sold at 6, so 20 MW of it run; but of the second hour's load nothing is covered: 0.5 at best."""
    outlet = grid(energy_price=1, export_capacity=10, export_price=6)
    site = {"supplies": [supply(capacity=20, availability=[1, 0], energy_price=5)], "grid": outlet}
    result = state([10, 10], **site, targets={"cfe": 0.5}).solve()
    assert result.value("cfe_hourly") == pytest.approx(0.5)
    assert result.value("grid_export") == pytest.approx(10)
    with pytest.raises(InfeasibleError):
        state([10, 10], **site, targets={"cfe": 0.51}).solve()


def test_load_that_is_lost_is_not_covered():
    """Half of the load has no supply but a grid without carbon-free energy: lost or not, it is not covered.

    A target of 0.5 costs 10 x 3 for the sun, and the rest is bought at 20 rather than lost at 30; 0.6 cannot be met.
    """
    site = {
        "supplies": [supply(availability=[1, 0], energy_price=3)],
        "grid": grid(energy_price=20),
        "load": {"value_of_lost_load": 30},
    }
    assert state([10, 10], **site, targets={"cfe": 0.5}).solve().value("cost_per_year") == pytest.approx(230)
    with pytest.raises(InfeasibleError):
        state([10, 10], **site, targets={"cfe": 0.6}).solve()
    lost = state([10, 10], **site | {"grid": None}).solve()
    assert lost.value("cfe_hourly") == pytest.approx(0.5)


def test_intervals_count_by_their_length():
    """3 hours of sun and 1 without: 0.75 is the most there is, at a load of 10 throughout."""
    site = {"minutes": [180, 60], "supplies": [supply(availability=[1, 0])], "grid": grid(energy_price=7)}
    result = state([10, 10], **site, targets={"cfe": 0.75}).solve()
    assert result.value("cost_per_year") == pytest.approx(70)
    assert result.value("cfe_hourly") == pytest.approx(0.75)
    with pytest.raises(InfeasibleError):
        state([10, 10], **site, targets={"cfe": 0.76}).solve()


def sized(load: np.ndarray, target: float | None) -> Model:
    return state(
        load,
        supplies=[supply(capacity={"max": 100, "annual_cost": 60}, availability=[1, 0.2, 0])],
        batteries=[
            battery(
                power={"max": 100, "annual_cost": 6},
                energy={"max": 100, "annual_cost": 4},
                cyclic=True,
                charge_efficiency=0.9,
            )
        ],
        grid=grid(energy_price=[20, 30, 40], grid_cfe=[0.1, 0.3, 0.2]),
        weight=2.0,
        targets={} if target is None else {"cfe": target},
    )


@pytest.mark.parametrize("target", [None, 0.7])
def test_the_marginal_price_is_what_one_more_mwh_of_load_costs(target: float | None):
    """Add 1 kW to the load of each hour in turn.

    With a target the dual of the balance alone would overstate it: more load also allows more of it to be uncovered.
    """
    load, extra = np.array([10.0, 11.0, 12.0]), 1e-3
    before = sized(load, target).solve()
    paid = [
        sized(load + extra * (np.arange(3) == hour), target).solve().value("cost_per_year")
        - before.value("cost_per_year")
        for hour in range(3)
    ]
    assert before.series["marginal_price"].values == pytest.approx(np.array(paid) / extra / 2.0, rel=1e-5)
    balance = before.series["marginal_price_of_power_balance"].values / 2.0
    assert (balance > before.series["marginal_price"].values + 1).all() == (target is not None)
