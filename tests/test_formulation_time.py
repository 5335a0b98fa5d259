"""Lengths of intervals and their weight in a year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.model import Model
from tests.sites import AMPLE, battery, generator, grid, state, supply


def test_energy_is_power_times_the_length_of_the_interval():
    """10 MW for 60, 30 and 120 minutes at 1, 2 and 3: 10 + 10 + 60."""
    result = state([10, 10, 10], minutes=[60, 30, 120], grid=grid(energy_price=[1, 2, 3])).solve()
    assert result.value("cost_per_year") == pytest.approx(80)
    assert result.value("facility_energy") == pytest.approx(35)
    assert result.series["marginal_price"].values == pytest.approx([1, 2, 3])


def test_a_battery_fills_by_power_times_time():
    """20 MW in half an hour are 10 MWh, which give 5 MW for 2 hours."""
    site = state([0, 5], minutes=[30, 120], batteries=[battery(power=20)], grid=grid(energy_price=[1, 100]))
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(10)
    assert result.series["stored_energy"].values.ravel() == pytest.approx([0, 10, 0])
    assert (result.series["charge"] - result.series["discharge"]).values.ravel() == pytest.approx([20, -5])


def test_a_horizon_shorter_than_a_year_is_taken_to_repeat():
    """A day of 10 MW at 2 repeats 365 times: 480 x 365, and a MW of connection costs its year once: 20 x 7."""
    connection = {"size": 20, "annual_cost": 7}
    site = state(10, hours=24, weight=None, grid=grid(connection_capacity=connection, energy_price=2))
    result = site.solve()
    assert result.value("cost_per_year") == pytest.approx(480 * 365 + 140)
    assert result.value("facility_energy") == pytest.approx(87600)
    assert result.series["marginal_price"].values == pytest.approx([2] * 24)
    assert result.notes == ["the horizon is not a whole year: each interval stands for 365 intervals of a year"]


def test_every_yearly_line_takes_the_weight():
    """All cost lines that stand for energy, and emissions, twice where each interval counts twice; capacities once."""

    def site(weight: float) -> Model:
        return state(
            [10, 14, 30],
            weight=weight,
            load={"value_of_lost_load": 500},
            supplies=[supply(capacity={"size": 25, "annual_cost": 1}, availability=[1, 0.5, 0], energy_price=3,
                             curtailment_price=1, carbon_intensity=0.1, curtailment_limit=0.5)],
            batteries=[battery(power={"size": 3, "annual_cost": 5}, energy={"size": 5, "annual_cost": 2},
                               throughput_cost=1, holding_cost=0.1)],
            grid=grid(connection_capacity={"size": 8, "annual_cost": 4}, energy_price=[20, 20, 90],
                      carbon_intensity=0.5, export_capacity=1, export_price=21),
            carbon_price=10,
        )  # fmt: skip

    once, twice = site(1).solve(), site(2).solve()
    fixed = ["Supply capacity", "Grid connection", "Battery power", "Battery energy"]
    assert set(fixed) < set(once.costs().index)
    for line, value in once.costs().items():
        assert twice.costs()[line] == pytest.approx(value if line in fixed else 2 * value), line
        assert value != 0, f"{line} is not put to the test"
    assert twice.value("emissions") == pytest.approx(2 * once.value("emissions"))
    assert twice.series["marginal_price"].values == pytest.approx(once.series["marginal_price"].values)


@pytest.mark.parametrize("minutes", [30, 15])
def test_shorter_intervals_with_the_same_data_cost_the_same(minutes: int):
    """Six hours, each cut into 2 or 4 with the same values: same cost, same sizes."""
    hourly, cut = _six_hours(60).solve(), _six_hours(minutes).solve()
    assert hourly.costs().abs().min() > 1, "a line is not put to the test"
    assert cut.series.sizes["hour"] == 6 * 60 / minutes
    assert cut.value("cost_per_year") == pytest.approx(hourly.value("cost_per_year"), rel=1e-9)
    for figure in ("cfe_hourly", "energy_capacity_battery", "power_capacity_battery", "connection_capacity"):
        assert cut.value(figure) == pytest.approx(hourly.value(figure)), figure


def _six_hours(minutes: int) -> Model:
    def cut(*values: float) -> Any:
        return np.repeat(np.array(values, dtype=float), 60 // minutes)

    return state(
        cut(10, 12, 9, 14, 11, 10),
        minutes=minutes,
        load={"pue": cut(1.1, 1.1, 1.2, 1.3, 1.2, 1.1), "other_load": 1, "value_of_lost_load": 66},
        supplies=[
            supply("pv", {"max": 8, "annual_cost": 50}, availability=cut(0, 0.5, 0.9, 1, 0.3, 0), energy_price=4),
            supply("wind", 22, availability=cut(0.9, 0.3, 0.1, 0.1, 0.2, 0.4), energy_price=11, curtailment_price=5,
                   curtailment_limit=0.5),
        ],
        batteries=[
            battery(power={"max": 3, "annual_cost": 10}, energy={"max": 99, "annual_cost": 20}, cyclic=True,
                    charge_efficiency=0.9, discharge_efficiency=0.95, soc_min=0.1, cycles_max=0.9, throughput_cost=1)
        ],
        grid=grid(connection_capacity={"max": 9, "annual_cost": 1}, energy_price=cut(41, 43, 47, 53, 59, 61),
                  grid_cfe=cut(0.3, 0.2, 0.4, 0.2, 0.1, 0.2), carbon_intensity=0.4,
                  export_capacity=3, export_price=17, available=cut(1, 1, 1, 1, 0.2, 1)),
        carbon_price=15,
        targets={"cfe": 0.775},
    )  # fmt: skip


@pytest.mark.parametrize("minutes", [30, 15])
def test_shorter_intervals_cost_the_same_with_tariff_targets_and_wear(minutes: int):
    """Six hours over midnight on a bill of every kind, with depth wear, caps and money over years: same cost."""
    hourly, cut = _six_hours_in_full(60).solve(), _six_hours_in_full(minutes).solve()
    assert cut.series.sizes["hour"] == 6 * 60 / minutes
    assert cut.value("cost_per_year") == pytest.approx(hourly.value("cost_per_year"), rel=1e-8)
    # Where two lines stand for the same flow, such as energy by band and by block, a plan may not be split otherwise.
    assert cut.value("bill") == pytest.approx(hourly.value("bill"), rel=1e-5)
    for line in ("Battery wear by depth", "Grid demand charges", "Grid overrun", "Fuel", "Tax on grid overrun"):
        assert hourly.costs().get(line, 0) > 0, f"{line} is not put to the test"
    for figure in ("cfe_hourly", "emissions", "grid_import"):
        assert cut.value(figure) == pytest.approx(hourly.value(figure), rel=1e-4), figure


def _six_hours_in_full(minutes: int) -> Model:
    def cut(*values: float) -> Any:
        return np.repeat(np.array(values, dtype=float), 60 // minutes)

    tariff = {
        "name": "full",
        "partial_periods": "whole",
        "energy_bands": [
            {"name": "night", "price": 12, "windows": [{"hours": "00-04"}]},
            {"name": "day", "price": 17, "windows": [{"hours": "04-24"}]},
        ],
        "block_rates": [{"name": "tiers", "blocks": [{"up_to": 12, "price": 1}, {"price": 2.5}]}],
        "demand_charges": [
            {"name": "peak", "price": 6, "peak_so_far": 4},
            {"name": "night", "price": 2, "bands": "night"},
        ],
        "overrun_charges": [{"name": "overrun", "price": 5}],
        "fixed_charges": [{"name": "meter", "price": 100}],
        "taxes": [{"name": "VAT", "rate": 0.2}],
    }
    worn = {"cycle_life": 500, "replacement_cost": 1000, "depth_exponent": 2, "depth_segments": 3, "cycles_max": 0.9}
    return state(
        cut(10, 12, 9, 14, 11, 10),
        minutes=minutes,
        load={"pue": 1.1, "value_of_lost_load": 400},
        supplies=[
            supply("pv", {"max": 6, "capital_cost": 60, "life": 1}, availability=cut(0, 0.5, 0.9, 1, 0.3, 0)),
            supply("wind", 12, availability=cut(0.9, 0.3, 0.1, 0.1, 0.2, 0.4), energy_price=11, carbon_intensity=0.01),
        ],
        batteries=[
            battery(power={"max": 3, "annual_cost": 1}, energy={"max": 20, "annual_cost": 1}, cyclic=True,
                    charge_efficiency=0.9, discharge_efficiency=0.95, **worn)
        ],
        generators=[generator(capacity=6, fuel_price=20, efficiency=0.4, carbon_intensity=0.25, hours_max=0.5)],
        grid=grid(connection_capacity=20, subscribed_power={"max": 4, "annual_cost": 3}, energy_price=20,
                  grid_cfe=cut(0.3, 0.2, 0.4, 0.2, 0.1, 0.2), carbon_intensity=0.4, export_capacity=3, export_price=5,
                  tariff=tariff),
        finance={"discount_rate": 0.25, "years": 2, "escalation": {"grid_energy": 0.1}},
        carbon_price=15,
        targets={"cfe": 0.645, "cfe_annual": 0.5, "emissions_max": 30, "grid_share_max": 0.6,
                 "curtailment_share_max": 0.7, "export_share": 0.2},
    )  # fmt: skip


def test_the_steps_may_vary_along_the_horizon():
    """The same six hours with the middle ones in quarters and halves, and the last two in one: same cost.

    The last two hours of this site are alike, so that nothing is lost by joining them.
    """
    minutes = [60, 60, 15, 15, 15, 15, 30, 30, 120]
    at = [0, 1, 2, 2, 2, 2, 3, 3, 4]

    def site(lengths: list[int], hours: list[int]) -> Model:
        price, load, sun = (
            np.array(v)[hours] for v in ([5, 9, 2, 8, 7, 7.0], [4, 6, 5, 9, 8, 8.0], [0, 0.6, 1, 0.4, 0, 0])
        )
        return state(
            load,
            minutes=lengths,
            supplies=[supply(capacity=6, availability=sun, energy_price=1)],
            batteries=[battery(power=3, energy={"max": AMPLE, "annual_cost": 0.5}, charge_efficiency=0.9, cyclic=True)],
            grid=grid(energy_price=price),
        )

    varying, hourly = site(minutes, at).solve(), site([60] * 6, [0, 1, 2, 3, 4, 5]).solve()
    assert varying.value("cost_per_year") == pytest.approx(hourly.value("cost_per_year"), rel=1e-9)
    assert varying.series["dt"].values == pytest.approx(np.array(minutes) / 60)
