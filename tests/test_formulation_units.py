"""The units of the table of names, put to every rule by Pyomo's own check of dimensions."""

from __future__ import annotations

from typing import Any

import pytest
from pyomo.core.base.units_container import InconsistentUnitsError
from pyomo.environ import Constraint, Expression, Objective, units
from pyomo.util.check_units import assert_units_consistent, assert_units_equivalent

from optimizer.nomenclature import TERMS, row_unit
from tests.sites import everything

UNITS = {name: term.unit for name, term in TERMS.items()}


@pytest.fixture(scope="module")
def stated() -> Any:
    return everything().program.to_pyomo(units=UNITS)


def test_every_rule_is_consistent_in_its_units(stated: Any):
    assert_units_consistent(stated)


def test_every_name_of_the_data_has_a_unit():
    program = everything().program
    assert set(program.data) | set(program.columns) <= set(UNITS)


def test_costs_are_currency_a_year(stated: Any):
    yearly = units.currency / units.a
    costs = [rule.name for rule in everything().program.rules if rule.kind == "cost"]
    for name in costs:
        for member in getattr(stated, name).values():
            assert_units_equivalent(member.expr, yearly)
    (objective,) = stated.component_objects(Objective)
    assert_units_equivalent(objective.expr, yearly)


def test_rows_and_expressions_are_in_the_units_that_reports_give(stated: Any):
    """The duals of results are labelled by these, and the expressions by the table of names."""
    parsed = {
        "MW": units.MW, "MWh": units.MWh, "MWh/a": units.MWh / units.a, "tCO2e/h": units.tCO2e / units.h,
        "tCO2e/a": units.tCO2e / units.a,
    }  # fmt: skip
    for rows in stated.component_objects(Constraint):
        for row in rows.values():
            assert_units_equivalent(row.body, parsed[row_unit(rows.local_name)])
    shown = [e for e in stated.component_objects(Expression) if e.local_name in UNITS]
    assert {e.local_name for e in shown} == {"curtailment", "facility_load", "emissions", "wheeling_losses"}
    for expression in shown:
        for member in expression.values():
            assert_units_equivalent(member.expr, parsed[UNITS[expression.local_name]])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("energy_price", "currency/MW"), ("stored_energy", "MW"), ("weight", "1"), ("energy_capacity_cost", "currency/a")],
)
def test_a_wrong_unit_is_found(name: str, wrong: str):
    with pytest.raises(InconsistentUnitsError):
        assert_units_consistent(everything().program.to_pyomo(units=UNITS | {name: wrong}))
