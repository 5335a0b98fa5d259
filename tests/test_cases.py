"""Small problems with published answers, from ``../shared/cases``.

They are stated in kW and kWh or in MW and MWh; all go in as MW and MWh with the same numbers, which scales load,
capacities and cost alike and leaves every expected value as it is published. Objectives are compared, not schedules.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optimizer.result import Result
from tests.sites import AMPLE, battery, grid, state, supply

CASES = Path(__file__).parents[2] / "shared" / "cases"
STORAGE = [f"F{number}" for number in range(1, 11)]
BATTERY = ["EPL1b", "EPL1c", "EPL2", "EPL2b", "EPL3price", "EPL3carbon", "EPL4_1.0", "EPL4_0.9", "EPL4_0.8", "EPL5"]


def load(name: str) -> Any:
    path = CASES / name
    if not path.is_file():
        pytest.skip(f"the published cases are not here: no {path.name} in ../shared/cases")
    return json.loads(path.read_text(encoding="utf-8"))


def case(name: str, number: str) -> dict[str, Any]:
    return next(found for found in load(name)["cases"] if found["id"] == number)


def published(value: float) -> Any:
    return pytest.approx(value, rel=1e-6)


# --- flixOpt: ten storage cases of two or three steps ----------------------------------------------------------------


@pytest.mark.parametrize("number", STORAGE)
def test_flixopt_storage(number: str):
    found = case("flixopt_storage_cases.json", number)
    capacity = found["capacity"]
    to_choose = isinstance(capacity, str)  # "invest <=200, 1 EUR/kWh"
    size = {"max": 200, "annual_cost": 1} if to_choose else capacity
    given: dict[str, Any] = {
        "charge_efficiency": found["eta_c"],
        "discharge_efficiency": found["eta_d"],
        "self_discharge": found["loss"],
        "soc_min": found.get("soc_min", 0.0),
        "soc_max": found.get("soc_max", 1.0),
    }
    if found["e0"] == "cyclic":
        given["cyclic"] = True
    else:
        given["initial_soc"] = found["e0"] / (1 if to_choose else capacity)
    for key in ("final_min", "final_max"):
        if key in found:
            given[f"final_soc_{key[-3:]}"] = found[key] / capacity
    # What is too much goes out at a penalty, as an export at a negative price.
    penalty = found.get("excess_penalty")
    outlet = {} if penalty is None else {"export_capacity": AMPLE, "export_price": -penalty}
    site = state(
        found["demand"],
        batteries=[battery(power=found["power"], energy=size, **given)],
        grid=grid(energy_price=found["price"], **outlet),
    )
    result = site.solve()
    assert result.value("cost_per_year") == published(found.get("expected_cost", found.get("expected_objective")))
    if "expected_size" in found:
        assert result.value("energy_capacity_battery") == published(found["expected_size"])


# --- PyPSA: what holding energy costs ---------------------------------------------------------------------------------


def test_pypsa_holding_cost():
    """Three steps of load 1; 3 MW at 1 in the first alone; a store that holds 1 of 10 MWh, at 0.2 a MWh: 2.6."""
    site = state(
        1.0,
        supplies=[supply(capacity=3, availability=[1, 0, 0], energy_price=1)],
        batteries=[battery(energy=10, initial_soc=0.1, holding_cost=0.2)],
    )
    result = site.solve()
    assert result.value("cost_per_year") == published(2.6)
    assert result.costs()["Battery holding"] == published(0.6)


# --- REopt: a flat load on a blended rate -----------------------------------------------------------------------------


def test_reopt_energy_charge_without_technologies():
    """10,000 kWh a year at 0.1: 1000. Solved for a day, which stands for each of 365."""
    inputs = load("reopt_no_techs.json")
    flat = inputs["ElectricLoad"]["annual_kwh"] / 8760
    rate = inputs["ElectricTariff"]["blended_annual_energy_rate"]
    result = state(flat, hours=24, weight=None, grid=grid(energy_price=rate)).solve()
    assert result.costs()["Grid energy"] == published(1000.0)


# --- energy-py-linear: batteries on a market --------------------------------------------------------------------------


def on_a_market(found: dict[str, Any], *, shared_inverter: bool) -> Result:
    """State one of the cases: no load, import and export at one price, or at the carbon intensity as a price."""
    price = found["import_price"] if found["objective"] == "price" else found["carbon_intensity"]
    assert found["import_price"] == found["export_price"]
    capacity = found["capacity_mwh"]
    supplies = []
    if "generation_max_mwh" in found:
        most = found["generation_max_mwh"]
        shape, share = [value / max(most) for value in most], 1 - found["generation_min_fraction"]
        supplies = [supply(capacity=max(most), availability=shape, curtailment_limit=share)]
    site = state(
        0.0,
        supplies=supplies,
        batteries=[
            battery(
                power=found["power_mw"],
                energy=capacity,
                charge_efficiency=found["charge_efficiency"],
                discharge_efficiency=found["discharge_efficiency"],
                initial_soc=found["initial_mwh"] / capacity,
                final_soc_min=found["final_mwh"] / capacity,
                final_soc_max=found["final_mwh"] / capacity,
                shared_inverter=shared_inverter,
            )
        ],
        grid=grid(
            connection_capacity=AMPLE,
            energy_price=price,
            export_price=price,
            export_capacity=found.get("export_limit_mw", AMPLE),
        ),
    )
    return site.solve()


def with_binaries(found: dict[str, Any]) -> float:
    """Give the objective of energy-py-linear, which forbids charging while discharging."""
    answer = found["energypylinear_1_4_1"]
    return float(-answer["profit"] if found["objective"] == "price" else answer["emissions"])


def says_so(result: Result) -> bool:
    return any("battery charges and discharges at once" in note for note in result.notes)


@pytest.mark.parametrize("number", BATTERY)
def test_energypylinear_without_binaries(number: str):
    found = case("energypylinear_cases.json", number)
    result = on_a_market(found, shared_inverter=False)
    assert result.value("cost_per_year") == published(found["lp_relaxation_objective"])


@pytest.mark.parametrize("number", ["EPL3price", "EPL5"])
@pytest.mark.parametrize("shared_inverter", [False, True])
def test_where_burning_energy_pays_the_result_says_so(number: str, shared_inverter: bool):
    """On two of the ten a plan with binaries costs more, for a real battery cannot burn energy at a negative price.

    Either the answer is the one with binaries, or the result names the hours in which the battery does both.
    """
    found = case("energypylinear_cases.json", number)
    assert with_binaries(found) > found["lp_relaxation_objective"] + 0.1
    result = on_a_market(found, shared_inverter=shared_inverter)
    forbidden = result.value("cost_per_year") == published(with_binaries(found))
    assert forbidden or says_so(result)
    assert result.value("cost_per_year") <= with_binaries(found) + 1e-6


def test_all_published_cases_are_taken():
    assert [found["id"] for found in load("flixopt_storage_cases.json")["cases"]] == STORAGE
    cases = load("energypylinear_cases.json")["cases"]
    assert [found["id"] for found in cases] == BATTERY
    differ = [found["id"] for found in cases if with_binaries(found) != published(found["lp_relaxation_objective"])]
    assert differ == ["EPL3price", "EPL5"]
