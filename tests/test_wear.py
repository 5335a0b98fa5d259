"""Wear of batteries, by throughput, depth and age: solved by hand, and counted as the standard counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import Result
from optimizer.accounting.wear import rainflow, turning_points
from optimizer.errors import InputError
from tests.sites import battery, grid, state, supply

LIFE: dict[str, Any] = {"cycle_life": 1000, "replacement_cost": 100000}


def shifted(load: float = 10.0, *, weight: float = 1.0, finance: Any = None, **given: Any) -> Result:
    """Sun of the first hour covers the load of the second by way of a battery, or else that load is lost at 10000."""
    return state(
        [0, load],
        weight=weight,
        finance=finance,
        supplies=[supply(capacity=100, availability=[1, 0])],
        batteries=[battery(cyclic=True, **({"energy": 20} | given))],
        load={"value_of_lost_load": 10000},
    ).solve(vertex=True)


def test_life_in_cycles_makes_every_mwh_discharged_cost_its_share_of_a_new_battery():
    """1000 cycles of 0.8 x 20 MWh give 16000 MWh from the store, and 0.9 of them to the site, for 20 x 100000.

    10 MWh of them cost 2,000,000 / 14,400 x 10.
    """
    result = shifted(**LIFE, depth_of_discharge=0.8, discharge_efficiency=0.9)
    assert result.series["throughput_cost"].item() == pytest.approx(100000 / 720)
    assert result.costs()["Battery wear"] == pytest.approx(2_000_000 / 14_400 * 10)


@pytest.mark.parametrize(("load", "depth"), [(5.0, 0.25), (10.0, 0.5), (15.0, 0.75), (20.0, 1.0)])
def test_a_cycle_to_the_end_of_a_segment_costs_what_the_curve_says(load: float, depth: float):
    """Four segments of a life that shrinks with the square of the depth: a cycle costs 20 x 100000 x d^2 / 1000."""
    result = shifted(load, **LIFE, depth_exponent=2, depth_segments=4)
    assert result.costs()["Battery wear by depth"] == pytest.approx(2000 * depth**2)
    assert "Battery wear" not in result.costs()  # all of it is by depth
    assert result.series["segment_discharge"].sum("segment").values.tolist() == [pytest.approx([0, load])]


def test_wear_by_depth_is_laid_to_its_battery():
    """10 MWh go through the battery that wears by depth, for want of power of the other, which has no segments."""
    result = state(
        [0, 11],
        supplies=[supply(capacity=100, availability=[1, 0])],
        batteries=[
            battery("plain", power=1),
            battery("worn", energy=20, cyclic=True, **LIFE, depth_exponent=2, depth_segments=4),
        ],
    ).solve(vertex=True)
    shares = result.series["cost_by_battery"].sel(cost_line="Battery wear by depth")
    assert shares.to_series().to_dict() == pytest.approx({"plain": 0, "worn": 500})


def test_the_cheap_segment_is_filled_first():
    """7 MWh of two segments of 10: only the first is used, at 2 x 0.25 x 100 = 50 a MWh."""
    result = shifted(7.0, **LIFE, depth_exponent=2, depth_segments=2)
    assert result.series["depth_cost"].values.tolist() == [pytest.approx([50, 150])]
    assert result.series["segment_discharge"].values[0, :, 1].tolist() == pytest.approx([7, 0])


def test_a_straight_curve_costs_the_same_as_throughput():
    by_depth, plain = shifted(13.0, **LIFE, depth_segments=3), shifted(13.0, **LIFE)
    assert by_depth.value("cost_per_year") == pytest.approx(plain.value("cost_per_year"))


def test_depth_counts_in_sizing_too():
    """A MWh of capacity costs 10. Twice the energy halves the depth: E = 10 / d, and d^2 / 1000 x 100000 x E = 1000 d.

    With segments at 0.5 and 1: E = 10 costs 100 + 1000, E = 20 costs 200 + 500, E = 40 costs 400 + 500, since half of
    the depth is the first corner.
    """
    result = shifted(energy={"max": 100, "annual_cost": 10}, **LIFE, depth_exponent=2, depth_segments=2)
    assert result.value("energy_capacity_battery") == pytest.approx(20)
    assert result.value("cost_per_year") == pytest.approx(700)


def test_rainflow_counts_the_example_of_the_standard():
    """ASTM E1049-85, figure 6: ranges 3 (half), 4 (one and a half), 6 (half), 8 (two halves), 9 (half)."""
    ranges, counts = rainflow([-2, 1, -3, 5, -1, 3, -4, 4, -2])
    total = {size: float(counts[ranges == size].sum()) for size in sorted(set(ranges.tolist()))}
    assert total == {3: 0.5, 4: 1.5, 6: 0.5, 8: 1.0, 9: 0.5}


def test_turning_points_are_the_extremes_and_the_ends():
    assert turning_points(np.array([0.0, 0, 1, 2, 2, 1, 1, 3])) == [0, 2, 1, 3]
    assert turning_points(np.array([1.0, 1, 1])) == [1]
    assert turning_points(np.array([1.0, 2])) == [1, 2]


def test_life_is_what_the_cycles_of_a_year_take():
    """One cycle of half the depth, 100 times a year, takes 100 x 0.5^2 / 1000 of the life: 40 years."""
    result = shifted(weight=100.0, **LIFE, depth_exponent=2, depth_segments=2)
    counted = result.series["cycles_by_depth"]
    assert counted.sel(battery="battery").values.tolist() == pytest.approx([0, 0, 0, 0, 100, 0, 0, 0, 0, 0])
    assert result.series["cycle_wear"].item() == pytest.approx(0.025)
    assert result.value("expected_life_battery") == pytest.approx(40)
    assert result.figure("cycle_depths").data[0].y.tolist() == pytest.approx(counted.values[0].tolist())


def test_without_a_life_in_cycles_none_is_told():
    result = shifted(throughput_cost=3)
    assert np.isnan(result.series["expected_life"].item())
    assert "expected_life_battery" not in result.summary().index
    assert result.costs()["Battery wear"] == pytest.approx(30)


def test_an_old_battery_holds_less():
    """5 years at 0.02 a year leave 0.9; on average over 10 years of finance it is 0.8, over a life of 4 it is 0.86."""
    assert shifted(calendar_fade=0.02, age=5).series["state_of_health"].item() == pytest.approx(0.9)
    finance = {"discount_rate": 0.05, "years": 10}
    fading = shifted(20.0, calendar_fade=0.02, age=5, finance=finance)
    assert fading.series["state_of_health"].item() == pytest.approx(0.8)
    assert fading.value("unserved") == pytest.approx(4)
    renewed = shifted(calendar_fade=0.02, age=5, finance=finance, energy={"size": 20, "capital_cost": 1, "life": 4})
    assert renewed.series["state_of_health"].item() == pytest.approx(0.86)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            LIFE | {"throughput_cost": 3},
            "replacement_cost: `replacement_cost` excludes `throughput_cost`; give the one from which the other would "
            "follow",
        ),
        (
            {"replacement_cost": 3},
            "replacement_cost: `replacement_cost` is spread over the cycles of a life; give cycle_life too",
        ),
        (
            {"cycle_life": 3, "depth_segments": 2},
            "depth_segments: segments of depth need a cost to rise; give cycle_life and replacement_cost",
        ),
        (LIFE | {"depth_exponent": 0.5}, "depth_exponent: 0.5 is below 1"),
        (LIFE | {"depth_segments": 0}, "depth_segments: 0 is below 1"),
        (
            {"calendar_fade": 0.02, "state_of_health": 0.9},
            "calendar_fade: `calendar_fade` excludes `state_of_health`; give one of them",
        ),
        ({"calendar_fade": 0.1, "age": 10}, "age: after 10 years at 0.1 a year nothing is left of the battery"),
        ({"calendar_fade": 2}, "calendar_fade: 2 is not between 0 and 1; did you mean 0.02?"),
    ],
)
def test_what_bad_wear_is_told(given: dict[str, Any], told: str):
    with pytest.raises(InputError) as caught:
        state(10, batteries=[battery(**given)])
    (fault,) = caught.value.faults
    field, what = told.split(": ", 1)
    assert str(fault) == f"site.batteries[0].{field} ('battery'): {what}"


def test_a_battery_that_fades_away_within_the_years_of_finance_is_refused():
    with pytest.raises(InputError) as caught:
        shifted(calendar_fade=0.1, age=5, finance={"discount_rate": 0.05, "years": 20})
    (fault,) = caught.value.faults
    assert fault.where == "site.batteries[0].calendar_fade ('battery')"
    assert "give energy_capacity a life after which it is replaced" in str(fault)


def test_nothing_is_stated_of_depth_where_none_is_asked_for():
    families = {rule.name for rule in state(10, grid=grid(), batteries=[battery()]).program.rules}
    assert not {"segment_energy", "segment_balance", "depth_wear_charge"} & families
