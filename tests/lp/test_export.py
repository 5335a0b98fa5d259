"""The ordinary Pyomo model: whole, solvable by any solver, and consistent in its units."""

from __future__ import annotations

import logging
import re
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, reject, settings
from pyomo.core import Constraint, Expression, Objective, Param, Var, value
from pyomo.core.base.units_container import UnitsError
from pyomo.core.base.units_container import units as registry
from pyomo.environ import SolverFactory
from pyomo.util.check_units import assert_units_consistent

from optimizer.errors import InfeasibleError, InputError
from optimizer.formulation import FAMILIES
from optimizer.lp import export
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.engines.highs import Highs
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.rules import constraint, cost, expression, variable
from optimizer.nomenclature import TERMS
from tests.lp.made import DATA, VARIABLES, stated
from tests.properties.strategies import World, sites

UNITS = {name: term.unit for name, term in TERMS.items()}


@constraint(over="hour")
def enough(m: Any, t: Any) -> Any:
    """The need is met."""
    return m.bought[t] + sum(m.flow[u, t] for u in m.unit) >= m.need[t]


@cost(over="hour")
def paid(m: Any, t: Any) -> Any:
    return m.price[t] * m.bought[t]


@cost()
def rent(m: Any) -> Any:
    return 2 - m.size


@expression(over="hour")
def doubled(m: Any, t: Any) -> Any:
    return 2 * m.bought[t]


RULES = (*VARIABLES, enough, paid, rent, doubled)


def names(model: Any, kind: Any) -> list[str]:
    return [component.local_name for component in model.component_objects(kind)]


def test_everything_has_its_place_in_the_model() -> None:
    model = Program(RULES, DATA).to_pyomo()
    assert names(model, Param) == list(DATA.data_vars)
    assert names(model, Var) == ["bought", "flow", "level", "size"]
    assert names(model, Constraint) == ["enough"]
    assert names(model, Expression) == ["paid", "rent", "doubled"]
    assert names(model, Objective) == ["objective"]
    assert list(model.unit) == ["small", "large"]
    assert list(model.boundary) == [0, 1, 2, 3]
    assert model.enough.doc == "The need is met."
    assert value(model.rate["large", 1]) == 4.0
    assert (model.flow["large", 1].bounds, model.size.bounds, model.level[0].bounds) == ((0, 4), (None, 5), (0, None))
    assert str(model.enough[1].expr) == "need[1]  <=  flow[small,1] + flow[large,1] + bought[1]"


def test_params_can_be_changed_in_the_model() -> None:
    model = Program(RULES, DATA).to_pyomo()
    model.limit = 8.0
    model.need[1] = 9.0
    assert model.size.ub == 8.0
    assert value(model.enough[1].lower) == 9.0


def test_another_solver_finds_the_same_optimum() -> None:
    program = Program(RULES, DATA)
    engine = Highs()
    engine.load(program.lp)
    ours = engine.run(EngineOptions())
    assert ours.x is not None
    model = program.to_pyomo()
    SolverFactory("appsi_highs").solve(model)
    assert value(model.objective) == pytest.approx(program.lp.objective(ours.x))


def test_data_alone_and_sums_over_nothing_do_not_break_pyomo() -> None:
    @constraint(over="hour")
    def plausible(m: Any, t: Any) -> Any:
        return m.need[t] <= m.limit

    @constraint(over="hour")
    def constant(m: Any, t: Any) -> Any:
        return sum(m.share[u] for u in m.none) <= 1

    @constraint(over="hour")
    def partly(m: Any, t: Any) -> Any:
        return m.bought[t] >= sum(m.flow[u, t] for u in m.none)

    @cost(over="none")
    def nothing(m: Any, u: Any) -> Any:
        return m.share[u] * m.size

    model = Program([*VARIABLES, plausible, constant, partly, nothing], DATA, sets={"none": []}).to_pyomo()
    assert (len(model.plausible), len(model.constant), len(model.partly), len(model.nothing)) == (0, 0, 3, 0)
    assert value(model.objective) == 0


def test_no_costs_and_no_data() -> None:
    @variable()
    def alone(m: Any) -> Any:
        return 0, 1

    model = Program([alone], xr.Dataset()).to_pyomo()
    assert value(model.objective) == 0
    assert model.alone.bounds == (0, 1)


def test_the_objective_makes_way_for_a_rule_of_its_name() -> None:
    def objective(m: Any, t: Any) -> Any:
        return m.price[t] * m.bought[t]

    model = stated(objective, kind="cost").to_pyomo()
    assert names(model, Objective) == ["objective_"]


def test_a_lookup_used_as_an_index_is_fixed() -> None:
    def of_the_month(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.length[m.month_of[t]] * m.size

    model = stated(of_the_month).to_pyomo({"length": "h", "month_of": "1"} if registered() else None)
    assert model.month_of.mutable is False
    assert str(model.of_the_month[2].expr) == "bought[2]  <=  length[1]*size"


def test_rules_called_row_by_row_see_numbers() -> None:
    def dear(m: Any, t: Any) -> Any:
        if t == 2:
            return Constraint.Skip
        return m.bought[t] <= (1 if m.price[t] > 5 else m.need[t]) * m.size

    def starred(m: Any, *index: Any) -> Any:
        return m.size >= 0

    with pytest.warns(RowByRowWarning):
        model = stated(dear).to_pyomo()
    assert [str(row.expr) for row in model.dear.values()] == ["bought[0]  <=  size", "bought[1]  <=  2.0*size"]
    assert len(stated(starred, ()).to_pyomo().starred) == 1


def test_a_single_row_of_data_alone_is_not_there() -> None:
    def known(m: Any) -> Any:
        return m.limit >= 1

    def sized(m: Any) -> Any:
        return m.size >= 1

    assert not hasattr(stated(known, ()).to_pyomo(), "known")
    assert len(stated(sized, ()).to_pyomo().sized) == 1


# -- units -------------------------------------------------------------------------------------------------------------


def registered() -> bool:
    return bool(export.pint_available)


SMALL_UNITS = {
    "bought": "MW",
    "flow": "MW",
    "need": "MW",
    "rate": "MW",
    "share": "1",
    "price": "currency/MW",
    "size": "currency",
    "limit": "currency",
    "nothing": "furlong",  # what the program does not have is not looked at
}


@pytest.mark.skipif(not registered(), reason="pint (the extra optimizer[units]) is not installed")
class TestUnits:
    @pytest.fixture
    def program(self) -> Program:
        @cost(over="hour")
        def spent(m: Any, t: Any) -> Any:
            return m.price[t] * m.bought[t] - m.size

        return Program([*VARIABLES, enough, spent], DATA)

    def test_consistent(self, program: Program) -> None:
        model = program.to_pyomo(SMALL_UNITS)
        assert_units_consistent(model)
        assert str(registry.get_units(model.objective.expr)) == "currency"
        assert str(registry.get_units(model.need[0])) == "MW"

    def test_inconsistent(self, program: Program, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.CRITICAL, "pyomo")
        with pytest.raises(UnitsError):
            assert_units_consistent(program.to_pyomo(SMALL_UNITS | {"need": "MWh"}))

    def test_all_unknown_units_are_told_at_once(self, program: Program) -> None:
        with pytest.raises(InputError) as error:
            program.to_pyomo({"need": "MegaWatts", "price": "currency/MWq", "limit": "degC", "rate": "MW-"})
        hint = "which is not known; such as MW, currency/MWh or 1/a"
        assert str(error.value) == (
            "4 faults in the input:\n"
            f"  - need: has the unit 'MegaWatts', {hint}\n"
            f"  - price: has the unit 'currency/MWq', {hint}\n"
            f"  - limit: has the unit 'degC', {hint}\n"
            f"  - rate: has the unit 'MW-', {hint}"
        )

    def test_own_units_are_defined_once(self, program: Program) -> None:
        for _ in range(2):
            model = program.to_pyomo({"price": "tCO2e/MWh", "limit": "currency/MW/a", "need": " 1 / a "})
        assert str(registry.get_units(model.price[0])) == "tCO2e/MWh"
        assert str(registry.get_units(model.limit)) == "currency/MW/a"
        assert str(registry.get_units(model.need[0])) == "1/a"

    @given(sites())
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_family_of_the_formulation_is_consistent(self, world: World) -> None:
        try:
            program = Program(list(FAMILIES), world.data, sets=world.sets)
        except InfeasibleError:  # the data alone break a rule
            reject()
        assert_units_consistent(program.to_pyomo(UNITS))

    def test_every_quantity_of_the_nomenclature_has_a_known_unit(self) -> None:
        quantities = xr.Dataset({name: np.float64(1.0) for name in TERMS})
        model = Program([], quantities).to_pyomo(UNITS)
        for name, unit in UNITS.items():
            found = str(registry.get_units(getattr(model, name)))
            parts = re.split("[/-]", "dimensionless" if unit == "1" else unit)
            assert sorted(found.split("/")) == sorted(parts)


def test_units_without_pint_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "pint_available", False)
    program = Program(RULES, DATA)
    with pytest.raises(InputError) as error:
        program.to_pyomo({"need": "MW"})
    assert str(error.value) == "units: need pint, which is not installed; pip install 'optimizer[units]'"
    assert len(program.to_pyomo({"unused": "MW"}).enough) == 3
