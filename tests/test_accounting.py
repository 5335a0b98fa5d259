"""Figures that follow from a plan by arithmetic, on plans written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from optimizer import accounting


def plan(**given: Any) -> xr.Dataset:
    """Write a plan of two intervals: one supply, one battery, a load of 10 that the grid serves, unless given."""
    hourly = {
        "dt": [1.0, 1.0], "weight": [1.0, 1.0], "it_load": [8.0, 8.0], "facility_load": [10.0, 10.0],
        "grid_import": [10.0, 10.0], "grid_export": [0.0, 0.0], "unserved": [0.0, 0.0], "grid_cfe": [0.0, 0.0],
        "emissions": [0.0, 0.0],
    }  # fmt: skip
    by_supply = {"delivered": [[0.0, 0.0]], "curtailment": [[0.0, 0.0]], "availability": [[0.0, 0.0]]}
    by_battery = {"charge": [[0.0, 0.0]], "discharge": [[0.0, 0.0]]}
    by_generator = {"generation": np.zeros((0, 2))}
    once = {
        "supply_cfe": ("supply", [1.0]), "supply_capacity": ("supply", [20.0]), "power_capacity": ("battery", [5.0]),
        "energy_capacity": ("battery", [10.0]), "state_of_health": ("battery", [1.0]),
        "connection_capacity": ((), 30.0), "stored_energy": (("battery", "boundary"), [[0.0, 0.0, 0.0]]),
        "generator_cfe": ("generator", []), "generator_efficiency": ("generator", []),
        "generator_capacity": ("generator", []), "annual_cost": ("cost_line", [0.0]),
    }  # fmt: skip
    dims = {
        **dict.fromkeys(hourly, "hour"),
        **dict.fromkeys(by_supply, ("supply", "hour")),
        **dict.fromkeys(by_battery, ("battery", "hour")),
        **dict.fromkeys(by_generator, ("generator", "hour")),
        **{name: of for name, (of, _) in once.items()},
    }
    values = hourly | by_supply | by_battery | by_generator | {name: value for name, (_, value) in once.items()}
    names = {"supply": ["pv"], "battery": ["b"], "generator": []}
    coords = {**names, "hour": np.array(["2025-01-01T00", "2025-01-01T01"], "M8[ns]")}
    return xr.Dataset({name: (dims[name], value) for name, value in (values | given).items()}, coords)


def figures(found: xr.Dataset) -> dict[str, float]:
    return {figure.name: figure.value for figure in accounting.summarise(found, "USD")}


def test_energies_count_by_length_and_weight():
    """10 MW for half an hour, counted 4 times, and 20 MW for 2 hours, counted 3 times: 20 + 120."""
    found = plan(dt=[0.5, 2], weight=[4, 3])
    assert accounting.yearly_energy(found, xr.DataArray([10.0, 20.0], dims="hour")).item() == 140


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ({}, [0, 0]),
        ({"grid_cfe": [0.2, 1.0]}, [0.2, 1.0]),  # all from a grid with its share
        ({"delivered": [[10, 4]], "grid_import": [0, 6]}, [1, 0.4]),
        ({"delivered": [[10, 4]], "grid_import": [0, 6], "grid_cfe": [0.5, 0.5]}, [1, 0.4 + 0.6 * 0.5]),
        ({"delivered": [[14, 4]], "grid_import": [0, 6], "grid_export": [4, 0]}, [1, 0.4]),  # excess never counts
        ({"delivered": [[10, 4]], "supply_cfe": [0.5], "grid_import": [0, 6]}, [0.5, 0.2]),
        ({"unserved": [4, 0], "grid_import": [6, 10], "grid_cfe": [1, 1]}, [0.6, 1]),  # what is lost is not covered
        ({"facility_load": [0, 10], "grid_import": [0, 10]}, [1, 0]),  # no load, nothing to cover
        # charged from sun, 8 of 10 come back clean
        ({"delivered": [[20, 0]], "charge": [[10, 0]], "discharge": [[0, 8]], "grid_import": [0, 2]}, [1, 0.8]),
        # charged from a grid of which a quarter is carbon-free: so is what comes back
        (
            {"grid_import": [20, 2], "grid_cfe": [0.25, 0], "charge": [[10, 0]], "discharge": [[0, 8]]},
            [0.25, 0.8 * 0.25],
        ),
        # charged with 6 from the sun and 4 from a dirty grid: 0.6 of it comes back clean
        (
            {"delivered": [[6, 0]], "grid_import": [14, 2], "charge": [[10, 0]], "discharge": [[0, 8]]},
            [0, 0.8 * 0.6],
        ),
        # what a battery held from the start counts as clean
        ({"discharge": [[0, 8]], "grid_import": [10, 2]}, [0, 0.8]),
    ],
)
def test_an_hour_scores_by_what_covers_its_load(given: dict[str, Any], score: list[float]):
    assert accounting.cfe_score(plan(**given)).values == pytest.approx(score)


def test_matching_by_the_hour_and_by_the_year():
    """20 MWh of sun for a load of 20, all in the first hour: matched over the year, but by half over the hours."""
    sunny = plan(delivered=[[20, 0]], grid_import=[0, 10], grid_export=[10, 0])
    assert accounting.annual_matched_share(sunny) == 1
    assert accounting.hourly_matched_share(sunny) == 0.5
    lost = plan(delivered=[[10, 0]], grid_import=[0, 0], unserved=[0, 10])
    assert accounting.hourly_matched_share(lost) == 0.5
    shared = plan(delivered=[[10, 0]], supply_cfe=[0.5], grid_import=[0, 10], grid_cfe=[0, 0.2])
    assert accounting.hourly_matched_share(shared) == pytest.approx(1 - (5 + 8) / 20)
    assert accounting.annual_matched_share(shared) == pytest.approx(0.25)


def test_cycles_are_counted_over_what_the_battery_can_hold_now():
    """40 MWh a year out of 8 that are left of 10: 5 cycles."""
    aged = plan(discharge=[[4, 6]], weight=[4, 4], state_of_health=[0.8])
    assert accounting.equivalent_cycles(aged).item() == pytest.approx(5)
    assert figures(aged)["battery_cycles"] == pytest.approx(5)


def test_state_of_charge_is_stored_energy_over_what_can_be_held():
    assert accounting.soc(plan(stored_energy=[[0, 4, 8]], state_of_health=[0.8])).values[0] == pytest.approx(
        [0, 0.5, 1]
    )


def test_a_battery_of_no_size_has_no_cycles_and_no_charge():
    nothing = plan(energy_capacity=[0.0])
    assert accounting.soc(nothing).values.tolist() == [[0, 0, 0]]
    assert accounting.equivalent_cycles(nothing).values.tolist() == [0]


def test_flows_both_ways_are_marked_where_they_are_noticeable():
    both = plan(charge=[[1, 1]], discharge=[[1e-6, 0.5]], grid_export=[2, 0], grid_import=[1, 5])
    assert accounting.simultaneous_hours(both).values.tolist() == [[False, True]]
    assert accounting.exchange_both_ways(both).values.tolist() == [True, False]


def test_the_balance_residual_is_the_worst_of_all_intervals():
    assert accounting.balance_residual(plan()) == 0
    assert accounting.balance_residual(plan(unserved=[0, 0.25], charge=[[0, 0.5]], grid_import=[10, 9])) == 1.25


def test_the_summary_adds_up():
    found = figures(
        plan(
            weight=[100, 100],
            delivered=[[6, 0]],
            curtailment=[[2, 0]],
            availability=[[0.4, 0]],
            grid_import=[4, 9],
            unserved=[0, 1],
            grid_export=[0, 0],
            emissions=[2, 4],
            annual_cost=[60_000],
        )
    )
    assert found == {
        "cost_per_mwh": 30,  # 60,000 over 2,000 MWh
        "cost_per_it_mwh": 37.5,
        "cost_per_year": 60_000,
        "cfe_hourly": pytest.approx(0.3),
        "cfe_annual": pytest.approx(0.3),
        "curtailment_share": pytest.approx(0.25),  # 2 of 8
        "curtailment": 200,
        "peak_import": 9,
        "grid_import": 1300,
        "grid_export": 0,
        "battery_cycles": 0,
        "emissions": 600,
        "emission_intensity": 0.3,
        "emissions_market": 600,
        "unserved": 100,
        "unserved_hours": 100,
        "facility_energy": 2000,
        "peak_load": 10,
        "capacity_pv": 20,
        "power_capacity_b": 5,
        "energy_capacity_b": 10,
        "connection_capacity": 30,
    }


def test_the_summary_of_an_idle_site_divides_by_nothing():
    idle = figures(plan(facility_load=[0, 0], it_load=[0, 0], grid_import=[0, 0], energy_capacity=[0]))
    assert (
        idle["cost_per_mwh"] == idle["emission_intensity"] == idle["curtailment_share"] == idle["battery_cycles"] == 0
    )
    assert idle["cfe_hourly"] == 1


def test_every_figure_has_a_label_and_a_unit_of_its_currency():
    told = accounting.summarise(plan(), "MAD")
    assert all(figure.label and figure.unit for figure in told)
    assert len({figure.label for figure in told}) == len(told)
    assert {figure.unit for figure in told if "cost" in figure.name} == {"MAD/MWh", "MAD/a"}
