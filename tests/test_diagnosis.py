"""Sites that have no plan: what is said of them, word by word, and that what is offered does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.cli import main
from optimizer.diagnosis import Diagnosis, failed_checks
from optimizer.errors import InfeasibleError, UnboundedError
from optimizer.jobs.explanation import explained_at
from optimizer.lp.rules import constraint, cost, variable
from optimizer.model import Model
from optimizer.report.diagnosis import render_diagnosis, write_diagnosis
from optimizer.scenario import Scenario
from optimizer.steps import Steps
from tests.browser import LAPTOP, PHONE, chromium, visit
from tests.conftest import EXAMPLE
from tests.sites import battery, grid, state, supply


def diagnosed(model: Model) -> Diagnosis:
    """Solve what has no plan, and take what the error carries."""
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    diagnosis = caught.value.diagnosis
    assert isinstance(diagnosis, Diagnosis)
    assert str(caught.value) == diagnosis.text
    return diagnosis


def claims(diagnosis: Diagnosis) -> list[str]:
    assert diagnosis.clash is not None
    return [claim.text for claim in diagnosis.clash.claims]


def offers(diagnosis: Diagnosis) -> list[tuple[str, dict[str, Any]]]:
    return [(remedy.text, dict(remedy.changes)) for remedy in diagnosis.remedies]


def check_remedies(model: Model, diagnosis: Diagnosis, less: float = 0.99) -> None:
    """Solve with each remedy; and, where it is one number, see that clearly less of it is not enough."""
    for remedy in diagnosis.remedies:
        if remedy.leave_out:
            continue
        result = Model(model.scenario.change(remedy.changes), model.series).solve()
        assert result.certificate["proved"]
        assert result.value("cost_per_year") == pytest.approx(remedy.annual_cost, rel=1e-5, abs=1e-6)
        if remedy.amount is not None:
            ((key, to),) = remedy.changes.items()
            start = started(model, key)
            assert abs(to - start) == pytest.approx(remedy.amount)
            short = model.scenario.change({key: start + less * (to - start)})
            with pytest.raises(InfeasibleError):
                Model(short, model.series).solve(explain=False)
            assert less * remedy.amount <= remedy.least <= remedy.amount * (1 + 1e-6)


def started(model: Model, key: str) -> float:
    """Look a number of the scenario up by its path."""
    found: Any = model.scenario.model_dump()
    for part in key.split("."):
        found = next(item for item in found if item["name"] == part) if isinstance(found, list | tuple) else found[part]
    return float(found["size"] if isinstance(found, dict) else found)


# --- load that cannot be served ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"hours_max": 1}, "diesel runs no longer in a year than it may"),
        ({"energy_max": 20}, "diesel gives no more energy in a year than it may"),
    ],
)
def test_a_generator_that_may_not_run_long_enough(limit, told):
    # The load takes 30 MWh, of which the generator may give 20.
    model = state([10, 10, 10], generators=[{"name": "diesel", "capacity": 20, **limit}])
    assert told in claims(diagnosed(model))


def test_a_peak():
    model = state([10, 14, 10], grid=grid(connection_capacity=12))
    diagnosis = diagnosed(model)
    assert diagnosis.text == (
        "no plan satisfies all constraints of 'test': up to 2 MW of load unserved in 1 hour, first 2025-01-01 02:00 "
        "local (01:00 UTC), 2 MWh in all; 2 MW more grid connection (14 MW) would do\n"
        "Seen before solving:\n"
        "  - the load is above all that can serve it at 2025-01-01 02:00 local (01:00 UTC): the load is 14 MW and at "
        "most 12 MW from the grid can be had: 2 MW are missing\n"
        "What cannot hold together in the hour from 2025-01-01 02:00 to 03:00 local (01:00 to 02:00 UTC); without any "
        "one of these the others can:\n"
        "  - the load is served, neither less nor more: 14 MW\n"
        "  - the grid connection of 12 MW\n"
        "What would do, each proved by solving with it:\n"
        "  - 2 MW more grid connection (14 MW); the plan then costs 0 USD a year [site.grid.connection_capacity: 14]\n"
        "  - a value of lost load, such as 1,000 USD/MWh: load may then stay unserved, 2 MWh at that price; the plan "
        "then costs 2,000 USD a year [site.load.value_of_lost_load: 1000]"
    )
    check_remedies(model, diagnosis)


def test_energy_that_a_battery_does_not_hold():
    """14 MWh above the connection's 12 MW from the second hour on; 6 MWh in the battery: 8 are missing."""
    model = state(
        [10, 20, 20, 10], grid=grid(connection_capacity=12), batteries=[battery(power=10, energy=12, initial_soc=0.5)]
    )
    diagnosis = diagnosed(model)
    (finding,) = diagnosis.findings
    assert finding.text == (
        "from 2025-01-01 01:00 to 04:00 local (00:00 to 03:00 UTC), 3 hours, the load is 14 MWh above all that can "
        "come in, and batteries as they start can give 6 MWh: 8 MWh are missing"
    )
    assert (finding.check, finding.amount, finding.unit) == ("longest_stretch", pytest.approx(8), "MWh")
    (short,) = diagnosis.shortfalls
    # As late as it can be: the battery is emptied first.
    assert short.text == "up to 8 MW of load unserved in 1 hour, first 2025-01-01 03:00 local (02:00 UTC), 8 MWh in all"
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 20 MW, 40 MWh",
        "the grid connection of 12 MW",
        "battery gives only energy that it was charged with",
        "battery is charged to at most 100 % (12 MWh)",
    ]
    assert offers(diagnosis)[:2] == [
        ("2.67 MW more grid connection (14.67 MW)", {"site.grid.connection_capacity": 14.67}),
        ("16 MWh more energy capacity of battery (28 MWh)", {"site.batteries.battery.energy_capacity": 28.0}),
    ]
    check_remedies(model, diagnosis)


def test_a_stretch_in_which_a_full_battery_is_not_enough():
    model = state(
        [5, 5, 20, 20, 20, 5], grid=grid(connection_capacity=15),
        batteries=[battery(power=10, energy=12, cyclic=True)],
    )  # fmt: skip
    (finding,) = diagnosed(model).findings
    assert finding.text == (
        "from 2025-01-01 03:00 to 06:00 local (02:00 to 05:00 UTC), 3 hours, the load is 15 MWh above all that can "
        "come in, and batteries that are full at its beginning can give 12 MWh: 3 MWh are missing"
    )


def test_a_battery_that_ends_as_it_began_gives_nothing_of_its_own():
    model = state(
        [20, 20, 20, 10], grid=grid(connection_capacity=15), batteries=[battery(power=10, energy=20, cyclic=True)]
    )
    diagnosis = diagnosed(model)
    (finding,) = diagnosis.findings
    assert finding.text == (
        "over the whole horizon, batteries would have to give 15 MWh in the hours in which too little comes in, and "
        "all other hours and what they start with leave them 5 MWh at most: 10 MWh are missing"
    )
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 10 to 20 MW, 70 MWh",
        "the grid connection of 15 MW",
        "battery gives only energy that it was charged with",
        "battery ends the horizon as it began",
    ]
    check_remedies(model, diagnosis)


def test_power_that_a_battery_does_not_have():
    model = state(
        [10, 20, 20, 10], grid=grid(connection_capacity=14), batteries=[battery(power=4, energy=100, initial_soc=1)]
    )
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "the load is above all that can serve it in 2 hours, first 2025-01-01 02:00 local (01:00 UTC); at worst, "
        "2025-01-01 02:00 local (01:00 UTC), the load is 20 MW and at most 14 MW from the grid, 4 MW from battery can "
        "be had: 2 MW are missing"
    )
    assert "the power of battery is at most 4 MW" in claims(diagnosis)
    assert [text for text, _ in offers(diagnosis)][:2] == [
        "2 MW more grid connection (16 MW)",
        "2 MW more power of battery (6 MW)",
    ]
    check_remedies(model, diagnosis)


def test_energy_and_power_of_a_battery_together():
    """No grid: 4 MW and 8 MWh are missing beside a supply that cannot grow into these hours."""
    model = state(
        [10, 4, 4, 10], supplies=[supply("sun", capacity=30, availability=[1, 0, 0, 1])],
        batteries=[battery(power=2, energy=2, cyclic=True)],
    )  # fmt: skip
    diagnosis = diagnosed(model)
    (remedy, _) = diagnosis.remedies
    assert remedy.text == "6 MWh more energy capacity of battery (8 MWh) and 2 MW more power of battery (4 MW)"
    assert remedy.changes == {
        "site.batteries.battery.energy_capacity": 8.0,
        "site.batteries.battery.power_capacity": 4.0,
    }
    assert (remedy.name, remedy.amount) == ("several", None)
    check_remedies(model, diagnosis)


def test_everything_together_where_nothing_alone_would_do():
    """The first hour lacks wind, the last one sun, and there is no grid."""
    model = state(
        [10, 10],
        supplies=[supply("wind", capacity=5, availability=[1, 0]), supply("sun", capacity=4, availability=[0, 1])],
    )
    diagnosis = diagnosed(model)
    remedy = diagnosis.remedies[0]
    assert remedy.text == "5 MW more of wind (10 MW) and 6 MW more of sun (10 MW)"
    check_remedies(model, diagnosis)


def test_an_outage_of_the_grid():
    model = state([10, 10, 10], grid=grid(available=[1, 0.5, 1], connection_capacity=12))
    diagnosis = diagnosed(model)
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 10 MW",
        "the grid connection of 12 MW, of which 6 MW in service",
    ]
    check_remedies(model, diagnosis)


def test_nothing_at_all():
    diagnosis = diagnosed(state(10))
    assert diagnosis.summary == (
        "no plan satisfies all constraints of 'test': up to 10 MW of load unserved in 3 hours, first 2025-01-01 01:00 "
        "local (00:00 UTC), 30 MWh in all; a value of lost load, such as 1,000 USD/MWh: load may then stay unserved, "
        "30 MWh at that price would do"
    )
    assert diagnosis.findings[0].text.endswith("the load is 10 MW and nothing can serve it: 10 MW are missing")
    assert claims(diagnosis) == ["the load is served, neither less nor more: 10 MW", "there is no grid connection"]


def test_capacities_to_be_chosen_are_raised_at_their_bounds():
    """A fixed one among free ones stays fixed."""
    model = state(
        [10, 14, 10],
        grid=grid(connection_capacity={"max": 12, "annual_cost": 5}),
        supplies=[
            supply("sun", capacity={"max": 4, "annual_cost": 3}, availability=[1, 0.25, 0]),
            supply("wind", capacity=2, availability=[0.2, 0.2, 0.2]),
        ],
    )
    diagnosis = diagnosed(model)
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 14 MW",
        "sun delivers no more than is available: 1 MW",
        "wind delivers no more than is available: 0.4 MW",
        "import stays within the grid connection",
        "the capacity of sun is at most 4 MW",
        "the capacity of wind is 2 MW",
        "the grid connection is at most 12 MW",
    ]
    assert sorted(offers(diagnosis)[:3]) == [
        ("0.6 MW more grid connection (12.6 MW)", {"site.grid.connection_capacity.max": 12.6}),
        ("2.4 MW more of sun (6.4 MW)", {"site.supplies.sun.capacity.max": 6.4}),
        ("3 MW more of wind (5 MW)", {"site.supplies.wind.capacity": 5.0}),
    ]
    costs = [remedy.annual_cost for remedy in diagnosis.remedies[:3]]
    assert costs == sorted(costs)
    for remedy in diagnosis.remedies:
        assert Model(model.scenario.change(remedy.changes), model.series).solve().certificate["proved"]


def test_quarters_of_an_hour_count_as_such():
    model = state([10, 14, 14, 10], minutes=15, grid=grid(connection_capacity=12))
    (short,) = diagnosed(model).shortfalls
    assert short.text == (
        "up to 2 MW of load unserved in 0.5 hours, first 2025-01-01 01:15 local (00:15 UTC), 1 MWh in all"
    )
    (stretch,) = short.stretches
    assert (stretch.peak, stretch.energy) == (pytest.approx(2), pytest.approx(1))
    assert str(stretch.end) == "2025-01-01 01:45 local (00:45 UTC)"


def test_names_that_a_path_would_not_find_are_given_by_their_place():
    model = state([10], supplies=[supply("pv 1.5 [a]", capacity=5)])
    diagnosis = diagnosed(model)
    assert offers(diagnosis)[0] == ("5 MW more of pv 1.5 [a] (10 MW)", {"site.supplies.0.capacity": 10.0})
    assert Model(model.scenario.change(diagnosis.remedies[0].changes), model.series).solve().certificate["proved"]


# --- ends, cycles, contracts, targets ---------------------------------------------------------------------------------


def test_an_end_that_power_does_not_reach():
    """From 10 % with 3 MW in 3 hours: 55 % of 20 MWh."""
    model = state(
        10, grid=grid(), batteries=[battery(power=3, energy=20, initial_soc=0.1, final_soc_min=0.9)]
    )  # fmt: skip
    diagnosis = diagnosed(model)
    (finding,) = diagnosis.findings
    assert finding.text == (
        "battery can be charged to at most 55 % by the end, 2025-01-01 04:00 local (03:00 UTC), and at least 90 % is "
        "asked for: 7 MWh are missing"
    )
    assert diagnosis.shortfalls[0].text == "battery ends 7 MWh below its least final charge"
    assert claims(diagnosis) == [
        "battery gives only energy that it was charged with",
        "the power of battery is at most 3 MW",
        "battery starts at 10 % (2 MWh)",
        "battery ends at 90 % (18 MWh) or more",
    ]
    assert sorted(text for text, _ in offers(diagnosis)) == [
        "2.34 MW more power of battery (5.34 MW)",
        "a least final charge of 55 % in place of 90 % for battery",
    ]
    check_remedies(model, diagnosis)


def test_an_end_that_the_load_does_not_empty():
    model = state(
        1, grid=grid(), batteries=[battery(power=30, energy=20, initial_soc=0.9, final_soc_max=0.1)]
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert diagnosis.findings == ()  # only the program knows that the load is too small
    assert diagnosis.shortfalls[0].text == "battery ends 13 MWh above its greatest final charge"
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 1 MW, 3 MWh",
        "battery gives only energy that it was charged with",
        "battery starts at 90 % (18 MWh)",
        "battery ends at 10 % (2 MWh) or less",
        "export is at most 0 MW",
    ]
    check_remedies(model, diagnosis)


def test_an_end_that_power_does_not_empty():
    model = state(50, grid=grid(), batteries=[battery(power=3, energy=20, initial_soc=0.9, final_soc_max=0.1)])
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "battery can be emptied to at least 45 % by the end, 2025-01-01 04:00 local (03:00 UTC), and at most 10 % is "
        "asked for: 7 MWh are too much"
    )
    check_remedies(model, diagnosis)


def test_self_discharge_that_the_power_does_not_make_up_for():
    model = state(
        [10] * 5, grid=grid(),
        batteries=[battery(power=1, energy=20, soc_min=0.5, initial_soc=0.6, self_discharge=0.2)],
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "battery loses more by itself than its power can charge: by 2025-01-01 03:00 local (02:00 UTC) it is below its "
        "least state of charge, 50 %, and 0.52 MWh are missing"
    )
    assert claims(diagnosis) == [
        "battery gives only energy that it was charged with",
        "battery stays charged to at least 50 % (10 MWh)",
        "the power of battery is at most 1 MW",
        "battery starts at 60 % (12 MWh)",
    ]
    check_remedies(model, diagnosis)


def test_warranted_cycles():
    """6 MWh are needed, a quarter of a cycle of 12 MWh is 3."""
    model = state(
        [10, 20, 10], grid=grid(connection_capacity=14),
        batteries=[battery(power=10, energy=12, initial_soc=1, cycles_max=0.25)],
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "batteries would have to discharge 6 MWh a year, and their warranted cycles allow 3 MWh: 3 MWh a year are "
        "missing"
    )
    assert diagnosis.shortfalls[0].text == "battery would discharge 3 MWh a year more than its cycles allow"
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 20 MW",
        "the grid connection of 14 MW",
        "battery makes at most 0.25 full cycles a year",
    ]
    assert "0.25 more full cycles a year of battery (0.5)" in [text for text, _ in offers(diagnosis)]
    check_remedies(model, diagnosis)


def test_power_that_must_be_taken():
    """18 MW of sun at least, 10 MW of load and 2 MW of export."""
    model = state(
        10, grid=grid(export_capacity=2),
        supplies=[supply("sun", capacity=20, availability=[1, 0.5, 0], curtailment_limit=0.1)],
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "more power of sun has to be taken than there is use for at 2025-01-01 01:00 local (00:00 UTC): 18 MW may not "
        "be curtailed, and load, charging and export take 12 MW at most: 6 MW are too much"
    )
    assert diagnosis.shortfalls[0].text == (
        "up to 6 MW of sun curtailed beyond its limit in 1 hour, first 2025-01-01 01:00 local (00:00 UTC), 6 MWh in all"
    )
    assert claims(diagnosis) == [
        "the load is served, neither less nor more: 10 MW",
        "at most 10 % of what sun could deliver may be curtailed",
        "export is at most 2 MW",
    ]
    assert sorted(offers(diagnosis)) == [
        ("6 MW more export (8 MW)", {"site.grid.export_capacity": 8.0}),
        ("6.67 MW less of sun (13.33 MW)", {"site.supplies.sun.capacity": 13.33}),
        ("a curtailment limit of 40 % in place of 10 % for sun", {"site.supplies.sun.curtailment_limit": 0.4}),
    ]
    check_remedies(model, diagnosis)


def test_a_target_above_what_is_carbon_free():
    """Of 30 MWh, the sun covers 10 and 5, and nothing the rest; the value of lost load does not help."""
    model = state(
        10, grid=grid(), load={"value_of_lost_load": 500},
        supplies=[supply("sun", capacity=10, availability=[1, 0.5, 0])], targets={"cfe": 0.9},
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert diagnosis.findings[0].text == (
        "carbon-free energy can cover at most 50 % of the load at the greatest capacities, with storage taken as "
        "perfect; the target is 90 %"
    )
    assert diagnosis.shortfalls[0].text == (
        "carbon-free energy covers at most 50 % of the load, 12 MWh a year less than the target of 90 %"
    )
    assert claims(diagnosis) == [
        "power in and out balance; load: 10 MW",
        "sun delivers no more than is available: 0 MW",
        "carbon-free energy covers 90 % of the load, hour by hour",
    ]
    assert offers(diagnosis) == [("a CFE target of 50 % in place of 90 %", {"targets.cfe": 0.5})]
    check_remedies(model, diagnosis)


def test_the_highest_target_is_found():
    """Losses decide: 10 MWh of sun above the load in the first hour become 8.1 in the second."""
    model = state(
        10, hours=2, grid=grid(), supplies=[supply("sun", capacity=20, availability=[1, 0])],
        batteries=[battery(power=50, energy=50, charge_efficiency=0.9, discharge_efficiency=0.9)],
        targets={"cfe": 0.95},
    )  # fmt: skip
    diagnosis = diagnosed(model)
    lower = next(remedy for remedy in diagnosis.remedies if remedy.name == "cfe")
    assert lower.changes == {"targets.cfe": pytest.approx(0.905)}
    check_remedies(model, diagnosis)


HALF_SUN: dict[str, Any] = {"supplies": [supply("sun", capacity=10, availability=[1, 0])]}


@pytest.mark.parametrize(
    ("targets", "given", "seen", "short", "offered"),
    [
        (
            {"emissions_max": 8},
            {"grid": grid(carbon_intensity=0.5)},
            "over a year, even the cleanest energy that can serve the load emits 10 tCO2e; the cap is 8 tCO2e: 2 tCO2e "
            "are too much",
            "2 tCO2e a year more would be emitted than the cap allows",
            ("2 tCO2e a year more emissions (10 tCO2e)", {"targets.emissions_max": 10}),
        ),
        (
            {"emission_intensity_max": 0.05},  # 1 t for 20 MWh; the dirtier hour is the sun's
            {"grid": grid(carbon_intensity=[0.7, 0.3]), **HALF_SUN},
            "over a year, even the cleanest energy that can serve the load emits 3 tCO2e; the cap is 1 tCO2e: 2 tCO2e "
            "are too much",
            "2 tCO2e a year more would be emitted than the cap on intensity allows",
            ("an emission intensity of 0.15 tCO2e/MWh in place of 0.05", {"targets.emission_intensity_max": 0.15}),
        ),
        (
            {"grid_energy_max": 4},
            HALF_SUN,
            "over a year, 10 MWh of the load can come from nothing but the grid; the cap is 4 MWh: 6 MWh are too much",
            "6 MWh a year more would come from the grid than the cap allows",
            ("6 MWh a year more from the grid (10 MWh)", {"targets.grid_energy_max": 10}),
        ),
        (
            {"grid_share_max": 0.2},
            HALF_SUN,
            "over a year, 10 MWh of the load can come from nothing but the grid; the cap is 4 MWh, 20 % of the load: 6 "
            "MWh are too much",
            "6 MWh a year more would come from the grid than its share of the load",
            ("50 % of the load's energy from the grid in place of 20 %", {"targets.grid_share_max": 0.5}),
        ),
        (
            {"cfe_annual": 0.7},
            HALF_SUN,
            "over a year, there can be 10 MWh of carbon-free energy, 50 % of the load; the annual target is 70 %: 4 "
            "MWh are missing",
            "carbon-free energy taken is 4 MWh a year short of its annual target",
            ("an annual CFE target of 50 % in place of 70 %", {"targets.cfe_annual": 0.5}),
        ),
        (
            {"cfe_monthly": 0.7},
            HALF_SUN,
            None,
            "carbon-free energy of Jan 2025 is 4 MWh a year short of its monthly target",
            ("a monthly CFE target of 50 % in place of 70 %", {"targets.cfe_monthly": 0.5}),
        ),
        (
            {"cfe_rolling": {"share": 0.7, "days": 1}},
            HALF_SUN,
            None,
            "carbon-free energy from 2025-01-01 on is 4 MWh a year short of its rolling target",
            ("a rolling CFE target of 50 % in place of 70 %", {"targets.cfe_rolling.share": 0.5}),
        ),
        (
            {"curtailment_share_max": 0.2},
            {"supplies": [supply("sun", capacity=20, availability=[1, 0])]},
            None,
            "6 MWh a year more would be curtailed than the cap allows",
            (
                "50 % of what supplies could deliver curtailed in place of 20 %",
                {"targets.curtailment_share_max": 0.5},
            ),
        ),
    ],
)
def test_each_target_and_cap_is_said_in_words(
    targets: dict[str, Any], given: dict[str, Any], seen: str | None, short: str, offered: tuple[str, dict[str, float]]
) -> None:
    """20 MWh of load over two hours, of which the sun, where there is any, can serve the first 10."""
    model = state(10, **({"hours": 2, "grid": grid()} | given), targets=targets)
    diagnosis = diagnosed(model)
    assert [finding.text for finding in diagnosis.findings] == ([] if seen is None else [seen])
    assert [item.text for item in diagnosis.shortfalls] == [short]
    assert offered in offers(diagnosis)
    check_remedies(model, diagnosis)


def test_more_of_a_source_helps_a_cap_too() -> None:
    """Of 20 MWh, 15 come from the sun; the rest is 0.3 x 5 = 1.5 t. 3.33 MW more sun bring it down to 1."""
    model = state(
        10, grid=grid(carbon_intensity=[0.5, 0.3]), supplies=[supply("sun", capacity=10, availability=[1, 0.5])],
        targets={"emissions_max": 1},
    )  # fmt: skip
    diagnosis = diagnosed(model)
    assert ("3.34 MW more of sun (13.34 MW)", {"site.supplies.sun.capacity": 13.34}) in offers(diagnosis)
    check_remedies(model, diagnosis)


def test_what_batteries_start_with_may_keep_a_cap() -> None:
    """10 MWh in the battery and 10 from the grid serve 20 MWh: no check may call that impossible."""
    model = state(
        10, hours=2, grid=grid(carbon_intensity=0.5), batteries=[battery(power=10, energy=10, initial_soc=1.0)],
        targets={"emissions_max": 5, "grid_energy_max": 10},
    )  # fmt: skip
    assert failed_checks(model.data, model._sets, "UTC") == ()
    assert model.solve().value("emissions") == pytest.approx(5)


# --- rules and data of one's own --------------------------------------------------------------------------------------


def night_import(m, t):
    return m.grid_import[t] <= m.night_limit[t]


def test_a_rule_of_ones_own_is_named():
    model = state(10, grid=grid(connection_capacity=12))
    model.add(night_import, over="hour", data={"night_limit": ("hour", [20.0, 6.0, 20.0])})
    diagnosis = diagnosed(model)
    assert diagnosis.text == (
        "no plan satisfies all constraints of 'test': the rule 'night_import' would have to give way by up to 4 in 1 "
        "hour, first 2025-01-01 02:00 local (01:00 UTC); the rule 'night_import' left out would do\n"
        "What cannot hold together in the hour from 2025-01-01 02:00 to 03:00 local (01:00 to 02:00 UTC); without any "
        "one of these the others can:\n"
        "  - the load is served, neither less nor more: 10 MW\n"
        "  - the rule 'night_import'\n"
        "What would do, each proved by solving with it:\n"
        "  - the rule 'night_import' left out; the plan then costs 0 USD a year"
    )
    assert diagnosis.remedies[0].leave_out == "night_import"


def test_a_rule_about_each_battery_and_bounds_of_a_variable():
    @variable(over="battery")
    def reserve(m, b):
        return 0, 2

    @constraint(over="battery")
    def kept_back(m, b):
        return m.reserve[b] >= 5

    model = state(10, grid=grid(), batteries=[battery("one"), battery("two")])
    model.add(reserve)
    model.add(kept_back)
    diagnosis = diagnosed(model)
    assert [short.text for short in diagnosis.shortfalls] == [
        "the rule 'kept_back[one]' would have to give way by up to 3",
        "the rule 'kept_back[two]' would have to give way by up to 3",
    ]
    assert len(claims(diagnosis)) == 2
    assert claims(diagnosis)[0].startswith("the rule 'kept_back[")
    assert claims(diagnosis)[1].startswith("the bounds of the variable 'reserve[")
    assert diagnosis.clash is not None
    assert (diagnosis.clash.when, diagnosis.clash.first) == ("", None)


def test_data_put_in_place_count():
    """The scenario has a plan; the model, after an update, has none."""
    model = state([10, 10, 10], grid=grid(connection_capacity=12))
    assert model.solve().certificate["proved"]
    model.update({"it_load": [10.0, 15.0, 10.0]})
    assert offers(diagnosed(model))[0] == (
        "3 MW more grid connection (15 MW)",
        {"site.grid.connection_capacity": 15.0},
    )
    model.update({"it_load": [10.0, 12.0, 10.0]})
    assert model.solve().certificate["proved"]


def test_bounds_that_cross():
    model = state(10, grid=grid(connection_capacity={"min": 5, "max": 12}), supplies=[supply(capacity={"max": 5})])
    model.update({"connection_capacity_min": 15.0, "supply_capacity_min": [7.0]})
    diagnosis = diagnosed(model)
    assert diagnosis.text == (
        "no plan satisfies all constraints of 'test': the grid connection is at least 15 MW, but at most 12 MW\n"
        "Seen before solving:\n"
        "  - the grid connection is at least 15 MW, but at most 12 MW\n"
        "  - the capacity of pv is at least 7 MW, but at most 5 MW"
    )


def test_charge_limits_that_cross():
    model = state(10, grid=grid(), batteries=[battery(energy=20, initial_soc=0.5)])
    model.update({"soc_min": [0.6], "soc_max": [0.4]})
    assert diagnosed(model).findings[0].text == "the state of charge of battery is at least 60 %, but at most 40 %"


def test_bounds_of_ones_own_that_cross():
    @variable()
    def odd(m):
        return 3, 2

    model = state(10, grid=grid())
    model.add(odd)
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    assert str(caught.value) == "odd would have to be at least 3 and at most 2"
    assert caught.value.diagnosis.summary == str(caught.value)


# --- cost without limit -----------------------------------------------------------------------------------------------


def test_trade_without_limit():
    model = state(
        10, grid=grid(connection_capacity={"max": 12}, energy_price=60, export_price=[50, 90, 50], export_capacity=5)
    )
    model.update({"export_capacity": np.inf, "connection_capacity_max": np.inf})
    with pytest.raises(UnboundedError) as caught:
        model.solve()
    diagnosis = caught.value.diagnosis
    assert str(caught.value) == diagnosis.text
    assert diagnosis.kind == "unbounded"
    assert diagnosis.text == (
        "the cost can fall without limit: export earning 90 USD/MWh; the grid connection at no price; import costing "
        "60 USD/MWh rise together for ever in 1 hour, first 2025-01-01 02:00 local (01:00 UTC); give one of them a "
        "bound, or mend its price"
    )


def test_a_variable_of_ones_own_that_earns():
    @variable()
    def scrip(m):
        return 0, None

    @cost()
    def printed(m):
        return -3 * m.scrip

    model = state(10, grid=grid())
    model.add(scrip)
    model.add(printed)
    with pytest.raises(UnboundedError) as caught:
        model.solve()
    assert str(caught.value) == (
        "the cost can fall without limit: 'scrip' earning 3 USD/a for each unit rises for ever; give it a bound, or "
        "mend its price"
    )


# --- no false alarm ---------------------------------------------------------------------------------------------------

SUN = {"capacity": 20, "availability": [1, 0]}


@pytest.mark.parametrize(
    "model",
    [
        lambda: state([10, 12, 10], grid=grid(connection_capacity=12)),
        lambda: state([10, 20], grid=grid(connection_capacity=12), batteries=[battery(power=8, initial_soc=1)]),
        lambda: state(
            [12, 18, 18, 12], grid=grid(connection_capacity=12), batteries=[battery(energy=12, initial_soc=1)]
        ),
        lambda: state([20, 10], grid=grid(connection_capacity=15), batteries=[battery(energy=5, cyclic=True)]),
        lambda: state(10, grid=grid(), batteries=[battery(power=3, energy=20, initial_soc=0.1, final_soc_min=0.55)]),
        lambda: state(50, grid=grid(), batteries=[battery(power=3, energy=20, initial_soc=0.9, final_soc_max=0.45)]),
        lambda: state(
            10, grid=grid(),
            batteries=[battery(power=2, energy=20, soc_min=0.5, initial_soc=0.5, self_discharge=0.2)],
        ),
        lambda: state(
            [10, 20], grid=grid(connection_capacity=14), batteries=[battery(energy=12, initial_soc=1, cycles_max=0.5)]
        ),
        lambda: state(
            [10, 0], grid=grid(export_capacity=2), supplies=[supply(**SUN, curtailment_limit=0.1)],
            batteries=[battery(power=6, energy=6)],
        ),
        lambda: state([10, 10], grid=grid(), supplies=[supply(**SUN)], batteries=[battery()], targets={"cfe": 1}),
        lambda: state(
            [10, 10], grid=grid(), supplies=[supply(capacity=10, availability=[1, 0])],
            batteries=[battery(energy=10, initial_soc=1)], targets={"cfe": 1},
        ),
        lambda: state(
            [10, 10], grid=grid(grid_cfe=[0.9, 0.7]), supplies=[supply(capacity=5, cfe=0.6)], targets={"cfe": 0.8}
        ),
        lambda: state(10, load={"value_of_lost_load": 1}),
    ],
    ids=[
        "peak", "power", "stretch", "cyclic", "full end", "empty end", "self-discharge", "cycles", "must-take",
        "target with storage", "target with a full start", "target by the grid", "unserved",
    ],
)  # fmt: skip
def test_what_is_just_possible_raises_no_alarm(model: Any):
    """Each of these has nothing to spare."""
    made = model()
    assert failed_checks(made.data, made._sets, made.scenario.site.time_zone) == ()
    assert made.solve().certificate["proved"]


# --- the whole --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year() -> tuple[Model, Diagnosis]:
    """The example year on a connection of 10 MW, where all load must be served."""
    changes = {"site.grid.connection_capacity": 10, "site.load.value_of_lost_load": None}
    model = Model(Scenario.load(EXAMPLE / "scenario.yaml").change(changes))
    return model, diagnosed(model)


def test_the_example_year(year: tuple[Model, Diagnosis]):
    diagnosis = year[1]
    assert [finding.check for finding in diagnosis.findings] == ["peak_load", "longest_stretch"]
    (short,) = diagnosis.shortfalls
    assert short.total == pytest.approx(18838.2, abs=1)
    assert short.amount == pytest.approx(24.96, abs=0.02)
    assert short.hours == pytest.approx(1431, abs=5)
    assert sum(stretch.energy for stretch in short.stretches) == pytest.approx(short.total)
    assert diagnosis.clash is not None
    assert diagnosis.clash.hours < 24
    assert [remedy.name for remedy in diagnosis.remedies] == ["connection_capacity", "several", "value_of_lost_load"]
    assert diagnosis.remedies[0].changes == {"site.grid.connection_capacity": 26.0}
    assert diagnosis.remedies[0].least == pytest.approx(15.907, abs=0.01)


def test_its_remedies_do(year: tuple[Model, Diagnosis]):
    model, diagnosis = year
    enough = Model(model.scenario.change(diagnosis.remedies[0].changes), model.series).solve()
    assert enough.value("cost_per_year") == pytest.approx(diagnosis.remedies[0].annual_cost, rel=1e-6)
    almost = Model(model.scenario.change({"site.grid.connection_capacity": 10 + 0.99 * 15.907}), model.series)
    with pytest.raises(InfeasibleError):
        almost.solve(explain=False)


def test_it_is_data_that_files_can_hold(year: tuple[Model, Diagnosis]):
    found = json.loads(json.dumps(year[1].as_dict(), allow_nan=False))
    assert found["kind"] == "infeasible"
    assert found["shortfalls"][0]["first"] == {
        "utc": "2025-01-02T19:00:00+00:00", "local": "2025-01-02T20:00:00+01:00",
    }  # fmt: skip
    assert found["remedies"][0]["changes"] == {"site.grid.connection_capacity": 26.0}
    assert found["proof"]["dual_objective"] > 0


def test_necessary_checks_say_nothing_of_the_example():
    for file in EXAMPLE.glob("*.yaml"):
        scenario = Scenario.load(file)
        model = Model(scenario)
        assert failed_checks(model.data, model._sets, scenario.site.time_zone) == ()


def test_a_model_may_be_asked_not_to_explain():
    model = state([10, 14, 10], grid=grid(connection_capacity=12))
    with pytest.raises(InfeasibleError, match="proved by a Farkas ray") as caught:
        model.solve(explain=False)
    assert caught.value.diagnosis is None


def test_the_search_is_a_step():
    heard = Steps()
    made = state([10, 14, 10], grid=grid(connection_capacity=12))
    with pytest.raises(InfeasibleError):
        Model(made.scenario, made.series, steps=heard).solve()
    assert list(heard.seconds) == ["state the program", "find out why"]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_page_of_the_example_opens(year: tuple[Model, Diagnosis], tmp_path: Path):
    page = write_diagnosis(year[1], tmp_path / "infeasible.html")
    assert page.stat().st_size < 200_000
    with chromium() as browser:
        for viewport in (LAPTOP, PHONE):
            with visit(browser, page, viewport) as seen:
                assert seen.complaints == []
                assert seen.page.locator("script").count() == 0
                assert seen.page.locator("rect.bar").count() == len(year[1].shortfalls[0].stretches)
                assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
                text = seen.page.inner_text("body")
    for sentence in (year[1].shortfalls[0].text, *claims(year[1]), *(finding.text for finding in year[1].findings)):
        assert sentence in text
    for remedy in year[1].remedies:
        assert remedy.text in text
        assert f"{remedy.annual_cost:,.0f}" in text


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda: state([10, 14, 10], grid=grid(connection_capacity=12)), "Load that is not served [MW]"),
        (
            lambda: state(10, grid=grid(), supplies=[supply("sun", 20, curtailment_limit=0.1)]),
            "Least delivery of sun: by how much it gives way [MW]",
        ),
        (lambda: state(10, grid=grid(), targets={"cfe": 0.5}), "a CFE target of 0 % in place of 50 %"),
    ],
    ids=["load", "must-take", "target"],
)
def test_the_page_of_a_small_site(model: Any, said: str):
    page = render_diagnosis(diagnosed(model()))
    assert said in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("model", "label"),
    [
        (lambda: state([10, 14, 10], grid=grid(connection_capacity=12)), "Missing, at most"),
        (lambda: state(10, grid=grid(), supplies=[supply("sun", 20, curtailment_limit=0.1)]), "Gives way, at most by"),
        (lambda: state(10, grid=grid(), targets={"cfe": 0.5}), "Gives way by"),
    ],
    ids=["load", "must-take", "target"],
)
def test_the_amount_is_named_for_what_it_is(model: Any, label: str):
    """Of a target, what is missing of it stands as too much of something else in its row."""
    page = render_diagnosis(diagnosed(model()))
    assert f"{label}</" in page
    assert "Too much, at most" not in page


def test_names_stay_text_on_the_page():
    model = state([14], grid=grid(connection_capacity=12), name="<b>bold & co")
    page = render_diagnosis(diagnosed(model))
    assert "&lt;b&gt;bold &amp; co" in page
    assert "<b>bold" not in page


def test_the_page_of_a_cost_without_limit():
    model = state(10, grid=grid(connection_capacity={"max": 12}, export_price=90, energy_price=60))
    model.update({"export_capacity": np.inf, "connection_capacity_max": np.inf})
    with pytest.raises(UnboundedError) as caught:
        model.solve()
    page = render_diagnosis(caught.value.diagnosis)
    assert "No plan of least cost" in page
    assert "The cost can fall without limit: export earning 90 USD/MWh" in page


def test_a_run_writes_the_page_where_it_is_asked_for(tmp_path: Path):
    model = state([14], grid=grid(connection_capacity=12))
    page = tmp_path / "pages" / "infeasible.html"
    with pytest.raises(InfeasibleError, match=r"infeasible\.html$") as caught, explained_at(page):
        model.solve()
    assert page.read_text(encoding="utf-8") == render_diagnosis(caught.value.diagnosis)
    with pytest.raises(InfeasibleError, match="What would do"), explained_at(None):
        model.solve()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InfeasibleError, match="could not be written"), explained_at(tmp_path / "file" / "page.html"):
        model.solve()


def test_the_command_line_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    scenario = tmp_path / "scenario.json"
    made = state(14, hours=24, grid=grid(connection_capacity=12)).scenario.model_dump(mode="json", exclude_none=True)
    scenario.write_text(json.dumps(made | {"series": []}), encoding="utf-8")
    page, folder = tmp_path / "infeasible.html", tmp_path / "run"
    with pytest.raises(SystemExit) as ended:
        main(["run", str(scenario), "--quiet", "--json", "--output", str(folder), "--explain", str(page)])
    said = capsys.readouterr()
    assert ended.value.code == 3
    assert "2 MW more grid connection (14 MW) would do" in said.err
    assert json.loads(said.out)["diagnosis"]["remedies"][0]["changes"] == {"site.grid.connection_capacity": 14.0}
    assert page.exists()
    assert not folder.exists()
