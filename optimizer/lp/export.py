"""The same rules as an ordinary Pyomo model, for another solver or a check of units."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pyomo.core import Any as AnyValue
from pyomo.core import ConcreteModel, Constraint, Expression, Objective, Param, Var, quicksum
from pyomo.core.base.units_container import UnitsError, pint_available
from pyomo.core.base.units_container import units as registry

from optimizer.errors import Fault, InputError
from optimizer.lp.relations import split_result
from optimizer.lp.rowwise import NumberBlock, product_labels
from optimizer.lp.rules import Rule
from optimizer.lp.symbols import Data, IndexSet, attach, declare_sets

if TYPE_CHECKING:
    from optimizer.lp.program import Program

_OWN_UNITS = ("currency", "tCO2e", "GPU")


def to_pyomo(program: Program, units: Mapping[str, str] | None = None) -> Any:
    """Let Pyomo call a program's rules.

    Parameters
    ----------
    program : Program
        What to export, with the data bound to it now.
    units : mapping of str to str, optional
        Units of data and variables by name: ``MW``, ``currency/MWh``, ``tCO2e/MWh``, ``1/a``, ``currency/GPU-h``,
        ``1``.
        Names that the program does not have are ignored; what is not listed has no unit.

    Returns
    -------
    pyomo.environ.ConcreteModel
        Sets, Params (mutable, but for those used as an index, which have no unit), Vars with bounds, Constraints, each
        cost line and expression as an Expression, and one Objective, the sum of the cost lines. Rows that hold data
        alone were checked by the program and are left out. A rule that the program compiles row by row is called with
        numbers instead of Params, and so without units.

    Raises
    ------
    InputError
        If a unit is not known, or units are given and pint is not installed.
    FormulationError
        If a Pyomo model cannot carry one of the names.

    Examples
    --------
    >>> import xarray as xr
    >>> from optimizer.lp.program import Program
    >>> from optimizer.lp.rules import constraint, cost, variable
    >>> @variable(over="hour")
    ... def bought(m, t):
    ...     return 0, None
    >>> @constraint(over="hour")
    ... def balance(m, t):
    ...     return m.bought[t] >= m.needed[t]
    >>> program = Program([bought, balance], xr.Dataset({"needed": ("hour", [1.0, 2.0])}))
    >>> model = to_pyomo(program)
    >>> str(model.balance[1].expr)
    'needed[1]  <=  bought[1]'
    """
    unit_of = _parsed({name: unit for name, unit in (units or {}).items() if name in program.names})
    model = ConcreteModel()
    declare_sets(model, program.sets)
    for name, data in program.data.items():
        fixed = name in program.lookups  # Pyomo takes no index that could change
        attach(model, name, _param(model, data, program.sets, {} if fixed else {"units": unit_of.get(name)}))
    for rule in program.rules:
        if rule.kind == "variable":
            attach(model, rule.name, _variable(model, rule, _caller(program, rule, model), unit_of.get(rule.name)))
    for rule in program.rules:
        if rule.kind != "variable":
            kind = Constraint if rule.kind == "constraint" else Expression
            call = _caller(program, rule, model)
            made = _component(kind, model, rule, _row(rule, call) if kind is Constraint else call)
            attach(model, rule.name, made)
            if not rule.over and not len(made):  # a single row that was left out would be there, but hold nothing
                model.del_component(made)
    costs = [getattr(model, rule.name) for rule in program.rules if rule.kind == "cost"]
    attach(model, _objective_name(model), Objective(expr=quicksum(line for cost in costs for line in cost.values())))
    return model


def _component(kind: Any, model: Any, rule: Rule, function: Callable[..., Any]) -> Any:
    indices = (getattr(model, name) for name in rule.over)
    return kind(*indices, rule=_as_pyomo_calls(rule, function), doc=rule.description or None)


def _as_pyomo_calls(rule: Rule, function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Pyomo from guessing by the number of arguments whether a function wants an index."""

    def with_index(block: Any, *index: Any) -> Any:
        return function(block, *index)

    def without_index(block: Any) -> Any:
        return function(block)

    return with_index if rule.over else without_index


def _param(model: Any, data: Data, sets: Mapping[str, IndexSet], changeable: Mapping[str, Any]) -> Any:
    labels = product_labels([sets[dim] for dim in data.dims])
    keys = (key[0] if len(key) == 1 else key or None for key in labels)
    values = dict(zip(keys, data.values.ravel().tolist(), strict=True))
    indices = [getattr(model, dim) for dim in data.dims]
    return Param(*indices, initialize=values, mutable=bool(changeable), within=AnyValue, **changeable)


def _variable(model: Any, rule: Rule, call: Callable[..., Any], unit: Any) -> Any:
    def bounds(block: Any, *index: Any) -> Any:
        return split_result(rule, call(block, *index))[1]

    indices = (getattr(model, name) for name in rule.over)
    return Var(*indices, bounds=_as_pyomo_calls(rule, bounds), units=unit, doc=rule.description or None)


def _caller(program: Program, rule: Rule, model: Any) -> Callable[..., Any]:
    if program.is_symbolic(rule.name):
        return rule.function
    numbers = NumberBlock(model, program.sets, program.data, set())
    return lambda _block, *index: rule.function(numbers, *index)


def _row(rule: Rule, call: Callable[..., Any]) -> Callable[..., Any]:
    """Leave out what holds data alone: Pyomo would stumble over it, and the program has checked it."""

    def row(block: Any, *index: Any) -> Any:
        result = call(block, *index)
        parts = split_result(rule, result)[1]
        return result if any(_has_variables(part) for part in parts) else Constraint.Skip

    return row


def _has_variables(expression: Any) -> bool:
    return hasattr(expression, "is_potentially_variable") and bool(expression.is_potentially_variable())


def _objective_name(model: Any) -> str:
    name = "objective"
    while hasattr(model, name):
        name += "_"
    return name


def _parsed(units: Mapping[str, str]) -> dict[str, Any]:
    """Turn texts such as ``currency/MW/a`` into Pyomo's units."""
    if not units:
        return {}
    if not pint_available:
        raise InputError([Fault("units", "need pint, which is not installed", "pip install 'optimizer[units]'")])
    _define_own_units()
    parsed: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in units.items():
        try:
            parsed[name] = _unit(text)
        except (AttributeError, TypeError, UnitsError):
            faults.append(Fault(name, f"has the unit {text!r}, which is not known", "such as MW, currency/MWh or 1/a"))
    if faults:
        raise InputError(faults)
    return parsed


def _define_own_units() -> None:
    for name in _OWN_UNITS:
        try:
            getattr(registry, name)
        except AttributeError:
            registry.load_definitions_from_strings([f"{name} = [{name}]"])


def _unit(text: str) -> Any:
    first, *below = [math.prod(_single(name.strip()) for name in part.split("-")) for part in text.split("/")]
    for divisor in below:
        first /= divisor
    return first


def _single(name: str) -> Any:
    return registry.dimensionless if name == "1" else getattr(registry, name)
