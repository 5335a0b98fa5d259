"""Every family of the formulation, written out for a site of three intervals that uses everything.

After a change of a rule: ``pytest tests/test_golden.py --update-golden``, then read what differs before keeping it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.formulation import FAMILIES
from optimizer.lp.program import Program
from tests.sites import battery, grid, state, supply

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def program() -> Program:
    """State a site with two supplies and two batteries, all sizes free, and intervals of different lengths."""
    wind = supply(
        "wind", {"min": 5, "max": 50, "annual_cost": 1}, availability=[0.9, 0.5, 0.25], energy_price=[30, 31, 32],
        curtailment_price=29, curtailment_limit=0.2, carbon_intensity=0.011, cfe=0.75,
    )  # fmt: skip
    sun = supply(
        "sun", {"max": 40, "annual_cost": 2}, availability=[0, 0.5, 1], energy_price=48, carbon_intensity=0.048
    )
    cyclic = battery(
        "cyclic", {"max": 25, "annual_cost": 3}, {"max": 100, "annual_cost": 4}, cyclic=True, charge_efficiency=0.9,
        discharge_efficiency=0.8, self_discharge=0.01, soc_min=0.05, soc_max=0.95, throughput_cost=18, cycles_max=300,
        state_of_health=0.96,
    )  # fmt: skip
    plain = battery(
        "plain", {"min": 1, "max": 9, "annual_cost": 5}, {"min": 2, "max": 8, "annual_cost": 6}, initial_soc=0.5,
        final_soc_min=0.25, final_soc_max=0.75, shared_inverter=False, holding_cost=0.125,
    )  # fmt: skip
    connection = grid(
        connection_capacity={"min": 10, "max": 45, "annual_cost": 7}, energy_price=[70, 100, 140], export_capacity=15,
        export_price=[19, 20, 21], carbon_intensity=[0.5, 0.6, 0.7], grid_cfe=[0.2, 0.3, 0.4], available=[1, 0, 0.5],
    )  # fmt: skip
    return state(
        [30, 31, 32],
        minutes=[60, 30, 120],
        weight=100,
        load={"pue": [1.1, 1.2, 1.3], "other_load": 0.5, "value_of_lost_load": 10000},
        supplies=[wind, sun],
        batteries=[cyclic, plain],
        grid=connection,
        targets={"cfe": 0.9},
        carbon_price=25,
    ).program


@pytest.mark.parametrize("family", [rule.name for rule in FAMILIES])
def test_a_family_states_what_it_did(family: str, program: Program, request: pytest.FixtureRequest):
    path, text = GOLDEN / f"{family}.txt", program.text(family)
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{family} has no golden text; run with --update-golden, and read it"
    assert text == path.read_text(encoding="utf-8")


def test_every_family_has_its_text_and_every_text_its_family():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{rule.name}.txt" for rule in FAMILIES}


def test_every_family_has_members_here(program: Program):
    """A site that leaves a family out would let it go untested."""
    assert [rule.name for rule in program.rules] == [rule.name for rule in FAMILIES]
    assert all(rows.size for rows in program.rows.values())
    assert all(columns.size for columns in program.columns.values())


def test_the_whole_program_is_the_text_of_all_families(program: Program):
    assert program.text() == "\n".join(program.text(rule.name) for rule in FAMILIES)
