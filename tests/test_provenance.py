"""Where a result comes from: its hash, its versions, and the notes that a reader must see."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.model import Model
from optimizer.provenance import inputs_hash, scenario_notes, series_notes, versions
from tests.sites import battery, grid, state, supply


def site() -> Model:
    return state(
        [10, 11],
        supplies=[supply(availability=[0.5, 0.25])],
        batteries=[battery()],
        grid=grid(energy_price=[70, 80]),
        load={"value_of_lost_load": 100},
    )


def own_hash(made: Model) -> str:
    return inputs_hash(made.scenario, made.series)


def test_the_same_inputs_have_the_same_hash():
    assert own_hash(site()) == own_hash(site())
    assert len(own_hash(site())) == 64


def test_the_hash_is_the_same_in_another_process(tmp_path: Path):
    """Hashes of texts differ from process to process in Python; nothing of that may get in."""
    code = "from tests.test_provenance import own_hash, site; print(own_hash(site()))"
    root = Path(__file__).parents[1]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == own_hash(site())


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"carbon_price": 1},
        {"targets.cfe": 0.1},
        {"weight": 2.0},
        {"site.batteries.battery.soc_min": 0.0, "site.batteries.battery.cycles_max": 300},
        {"site.supplies.pv.capacity": 999.9999999},
        {"site.load.value_of_lost_load": 100.00000001},
        {"site.grid.energy_price": 70},
        {"currency": "EUR"},
        {"notes": ["unverified"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_scenario_has_another_hash(changes: dict[str, object]):
    made = site()
    assert inputs_hash(made.scenario.change(changes), made.series) != own_hash(made)


def test_another_value_of_a_series_gives_another_hash():
    made, other = site(), site()
    other.series["grid_energy_price"].values[1] += 1e-9
    assert own_hash(other) != own_hash(made)
    swapped = site().series.rename(load_it_load="grid_energy_price", grid_energy_price="load_it_load")
    assert inputs_hash(made.scenario, swapped) != own_hash(made)


def test_the_path_of_a_file_does_not_count():
    made = site()
    elsewhere = made.scenario.change({"series.0.path": "elsewhere/renamed.nc"})
    assert inputs_hash(elsewhere, made.series) == own_hash(made)


def limit(m, t):
    return m.grid_import[t] <= 8


def lower_limit(m, t):
    return m.grid_import[t] <= 7


lower_limit.__name__ = "limit"


def test_what_a_model_is_given_beyond_its_scenario_counts_and_is_told():
    plain, changed, back, ruled, otherwise = (site() for _ in range(5))
    changed.update({"energy_price": [70, 81]})
    back.update({"energy_price": [70, 81]})
    back.update({"energy_price": [70, 80]})
    ruled.add(limit, over="hour")
    otherwise.add(lower_limit, over="hour")
    results = [made.solve() for made in (plain, changed, back, ruled, otherwise)]
    hashes = [result.series.attrs["inputs_hash"] for result in results]
    assert hashes[0] == own_hash(plain) == hashes[2]
    assert len(set(hashes)) == 4
    assert "data set in the model, not in the scenario: energy_price" in results[1].notes
    assert "rules added to the model: limit" in results[3].notes
    assert not any("model" in note for note in results[0].notes + results[2].notes)


def test_the_data_of_a_rule_are_told():
    made = site()
    made.add(lambda_free, over="hour", data={"own_limit": ("hour", [8.0, 9.0])})
    result = made.solve()
    assert "data set in the model, not in the scenario: own_limit" in result.notes
    assert result.series["own_limit"].values.tolist() == [8, 9]


def lambda_free(m, t):
    return m.grid_import[t] <= m.own_limit[t]


def test_a_scenario_tells_its_own_notes_and_those_of_its_parts():
    noted = state(
        supplies=[supply("wind", note="example, unverified"), supply("pv")],
        batteries=[battery(note="from a brochure")],
        grid=grid(note="tariff of 2017"),
        load={"note": "synthetic"},
        notes=["weather of 2019"],
    )
    assert scenario_notes(noted.scenario) == [
        "weather of 2019",
        "wind: example, unverified",
        "battery: from a brochure",
        "grid: tariff of 2017",
        "load: synthetic",
    ]
    assert scenario_notes(state().scenario) == []


def test_series_tell_how_they_came_to_be():
    series = site().series
    series["load_it_load"].attrs |= {"notes": "scaled as a shape\nresampled", "filled": '["2025-01-01T01:00"]'}
    assert series_notes(series) == [
        "load_it_load: scaled as a shape",
        "load_it_load: resampled",
        "load_it_load: 1 gaps filled, the first at 2025-01-01T01:00 UTC",
    ]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            lambda: state([0, 10], grid=grid(connection_capacity=7), load={"value_of_lost_load": 100}),
            "load is not fully served in 1 intervals, first 2025-01-01T01:00 UTC, at most 3 MW",
        ),
        (
            lambda: state(
                0,
                batteries=[battery("burner", power=10, charge_efficiency=0.5, cyclic=True)],
                grid=grid(energy_price=[-1]),
            ),
            "burner charges and discharges at once in 1 intervals, first 2025-01-01T00:00 UTC: losing energy costs "
            "nothing or pays there (free, negative or curtailed energy); a real inverter cannot do it",
        ),
        (
            lambda: state(0, grid=grid(energy_price=[5, 7, 5], export_capacity=7, export_price=6)),
            "the site imports and exports at once in 2 intervals, first 2025-01-01T00:00 UTC: energy is sold there for "
            "no less than it costs; a single meter would count the difference alone",
        ),
        (
            lambda: state(0, weight=None),
            "the horizon is not a whole year: each interval stands for 2920 intervals of a year",
        ),
    ],
)
def test_a_plan_tells_what_is_odd_about_it(made: Callable[[], Model], told: str):
    assert made().solve().notes == [told]


def test_an_ordinary_plan_tells_none():
    assert state(10, grid=grid(energy_price=5)).solve().notes == []


def test_versions_of_everything_that_decides_the_numbers_are_kept():
    told = versions()
    assert {"python", "optimizer", "pyomo", "highspy", "numpy"} <= set(told)
    assert json.loads(state(0).solve().series.attrs["versions"]) == told
    assert told["numpy"] == np.__version__
