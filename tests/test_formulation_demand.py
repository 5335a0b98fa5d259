"""The load and what is not served of it, solved by hand."""

from __future__ import annotations

import pytest

from optimizer.errors import InfeasibleError
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
