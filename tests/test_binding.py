"""Every quantity of a scenario arrives under its name, with its sets and its unit; free capacities do not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimizer.binding import bind, year_weight
from optimizer.model import Model
from optimizer.nomenclature import TERMS
from tests.sites import battery, everything, grid, state, supply


def values(site: Model, name: str) -> list[float] | list[list[float]]:
    return site.data[name].values.tolist()


def test_numbers_are_laid_out_over_the_hours_and_series_taken_as_they_are():
    site = state(
        [30, 31],
        load={"pue": 1.2, "other_load": [0.5, 0.25]},
        supplies=[supply("a", 5, availability=[0.1, 0.2], energy_price=40), supply("b", 6, energy_price=[1, -2])],
        grid=grid(energy_price=[70, 80], available=0.5, carbon_intensity=0.4, grid_cfe=[0.2, 0.3], export_price=9),
    )
    assert values(site, "it_load") == [30, 31]
    assert values(site, "pue") == [1.2, 1.2]
    assert values(site, "other_load") == [0.5, 0.25]
    assert values(site, "availability") == [[0.1, 0.2], [1, 1]]
    assert values(site, "supply_price") == [[40, 40], [1, -2]]
    assert values(site, "supply_capacity") == [5, 6]
    assert values(site, "energy_price") == [70, 80]
    assert values(site, "grid_available") == [0.5, 0.5]
    assert values(site, "carbon_intensity") == [0.4, 0.4]
    assert values(site, "grid_cfe") == [0.2, 0.3]
    assert values(site, "export_price") == [9, 9]
    assert site.data["supply"].values.tolist() == ["a", "b"]
    assert site.data.sizes["boundary"] == site.data.sizes["hour"] + 1


def test_the_properties_of_supplies_and_batteries_keep_their_order():
    first = battery(
        "first",
        1,
        2,
        charge_efficiency=0.9,
        discharge_efficiency=0.8,
        self_discharge=0.01,
        soc_min=0.1,
        initial_soc=0.5,
    )
    second = battery("second", 3, 4, soc_max=0.9, state_of_health=0.7, throughput_cost=5, holding_cost=0.5)
    site = state(supplies=[supply("a", cfe=0.5, carbon_intensity=0.1, curtailment_price=3)], batteries=[first, second])
    expected = {
        "power_capacity": [1, 3],
        "energy_capacity": [2, 4],
        "charge_efficiency": [0.9, 1],
        "discharge_efficiency": [0.8, 1],
        "self_discharge": [0.01, 0],
        "soc_min": [0.1, 0],
        "soc_max": [1, 0.9],
        "state_of_health": [1, 0.7],
        "throughput_cost": [0, 5],
        "holding_cost": [0, 0.5],
        "supply_cfe": [0.5],
        "supply_carbon_intensity": [[0.1] * 3],
        "curtailment_price": [[3.0] * 3],
    }
    assert {name: values(site, name) for name in expected} == expected


def test_every_name_stands_in_the_table_and_carries_its_unit():
    data = everything().data
    assert {str(name): array.attrs["units"] for name, array in data.data_vars.items()} == {
        str(name): TERMS[str(name)].unit.replace("currency", "USD") for name in data.data_vars
    }
    euros = state(hours=1, grid=grid(), currency="EUR").data
    assert euros["energy_price"].attrs["units"] == "EUR/MWh"


def test_a_fixed_capacity_is_data_and_a_free_one_a_variable():
    fixed = state(supplies=[supply(capacity={"size": 9, "annual_cost": 2})], grid=grid(connection_capacity=7))
    assert values(fixed, "supply_capacity") == [9]
    assert values(fixed, "supply_capacity_cost") == [2]
    assert values(fixed, "connection_capacity") == 7
    assert not {"supply_capacity_max", "connection_capacity_min"} & set(fixed.data)
    assert not {"supply_capacity", "connection_capacity"} & set(fixed.program.columns)

    free = state(
        supplies=[supply("a", {"min": 1, "max": 9}), supply("b", 4)], grid=grid(connection_capacity={"max": 7})
    )
    assert "supply_capacity" not in free.data
    assert (values(free, "supply_capacity_min"), values(free, "supply_capacity_max")) == ([1, 4], [9, 4])
    assert (values(free, "connection_capacity_min"), values(free, "connection_capacity_max")) == (0, 7)
    assert {"supply_capacity", "connection_capacity"} <= set(free.program.columns)


def test_only_what_is_asked_for_is_stated():
    plain = state(supplies=[supply()], grid=grid())
    assert not {"cfe_target", "curtailment_limit"} & set(plain.data)
    assert values(plain, "unserved") == [0, 0, 0]  # no price for it: none is allowed
    asked = state(
        supplies=[supply("a", curtailment_limit=0.3), supply("b")],
        load={"value_of_lost_load": 500},
        targets={"cfe": 0.9},
        carbon_price=12,
    )
    assert values(asked, "cfe_target") == 0.9
    assert values(asked, "curtailment_limit") == [0.3, 1]
    assert values(asked, "value_of_lost_load") == 500
    assert values(asked, "carbon_price") == 12
    assert "unserved" not in asked.data


def test_a_target_of_zero_is_a_target():
    assert values(state(targets={"cfe": 0}), "cfe_target") == 0


def test_batteries_are_told_apart_by_what_they_have():
    kinds = [
        battery("cyclic", cyclic=True),
        battery("started", initial_soc=0.5, shared_inverter=False),
        battery("both", cyclic=True, initial_soc=0.4, cycles_max=300),
        battery("ended", initial_soc=0.3, final_soc_min=0.2),
    ]
    site = state(batteries=kinds)
    assert {name: site.data[name].values.tolist() for name in site.data.coords if str(name).endswith("_battery")} == {
        "one_inverter_battery": ["cyclic", "both", "ended"],
        "two_inverter_battery": ["started"],
        "cyclic_battery": ["cyclic", "both"],
        "started_battery": ["started", "both", "ended"],
        "ended_battery": ["ended"],
        "warranted_battery": ["both"],
        "least_duration_battery": [],
        "greatest_duration_battery": [],
    }
    assert values(site, "initial_soc") == [0.5, 0.4, 0.3]
    assert values(site, "cycles_max") == [300]
    assert (values(site, "final_soc_min"), values(site, "final_soc_max")) == ([0.2], [1])


def test_a_site_without_a_grid_has_a_connection_of_nothing():
    site = state(supplies=[supply()])
    assert values(site, "connection_capacity") == 0
    assert values(site, "export_capacity") == 0
    assert values(site, "energy_price") == [0, 0, 0]


def test_a_bare_site_has_sets_without_members():
    data = state(grid=grid()).data
    assert (data.sizes["supply"], data.sizes["battery"]) == (0, 0)
    assert data["availability"].shape == (0, 3)


def test_intervals_have_their_lengths_and_their_starts():
    site = state(10, minutes=[60, 15, 180])
    assert values(site, "dt") == [1, 0.25, 3]
    assert site.data["hour"].values.tolist() == site.scenario.horizon.starts.to_numpy().tolist()
    assert np.diff(site.data["boundary"].values).tolist() == [3600e9, 900e9, 10800e9]


@pytest.mark.parametrize(
    ("start", "end", "asked", "weight"),
    [
        ("2025-01-01", "2026-01-01", None, 1.0),
        ("2024-01-01", "2025-01-01", None, 1.0),  # a leap year is a year
        ("2025-01-01", "2025-01-02", None, 365.0),
        ("2025-01-01", "2027-01-01", None, 0.5),
        ("2025-01-01", "2025-01-02", 7.0, 7.0),
        ("2025-01-01", "2026-01-01", 0.25, 0.25),
    ],
)
def test_a_horizon_stands_for_a_year(start: str, end: str, asked: float | None, weight: float):
    scenario = state(weight=asked).scenario.change({"horizon.start": start, "horizon.end": end})
    assert math.isclose(year_weight(scenario), weight)


def test_binding_does_not_touch_the_series():
    site = state([1, 2, 3], grid=grid())
    before = site.series.copy(deep=True)
    bound = bind(site.scenario, site.series).data
    bound["it_load"].values[:] = 99
    assert site.series.identical(before)
