"""Every family of the formulation, written out for a site of three intervals that uses everything.

After a change of a rule: ``pytest tests/test_golden.py --update-golden``, then read what differs before keeping it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.formulation import FAMILIES
from optimizer.lp.program import Program
from tests.sites import everything

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def program() -> Program:
    return everything().program


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
