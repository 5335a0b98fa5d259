"""Walk a Pyomo rule once with symbolic indices and evaluate the tree for all indices at once with numpy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyomo.core.base.param import Param
from pyomo.core.base.units_container import _PyomoUnit
from pyomo.core.base.var import Var, VarData
from pyomo.core.expr import numeric_expr as ne
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression

from optimizer.errors import FormulationError, OptimizerError
from optimizer.lp.affine import Affine, AffineTerm, FloatArray, Value, add, as_affine, multiply, total, with_axes
from optimizer.lp.relations import Relation, Role, relate, split_result
from optimizer.lp.rules import Rule
from optimizer.lp.symbolic import NotSymbolicError, call_symbolically, named, reason_of
from optimizer.lp.symbols import Columns, Data, IndexSet, unknown_name


@dataclass(frozen=True)
class Template:
    """A rule walked once.

    Attributes
    ----------
    rule : Rule
        The rule.
    indices : tuple of tuple of int
        For each set in ``rule.over``, the numbers of its symbolic indices.
    role : {"equality", "range", "value"}
        An equality, a relation with lower and upper side, or a plain expression (two of them for a variable's bounds).
    parts : tuple
        The Pyomo trees: ``(left, right)``, ``(lower, body, upper)``, ``(expression,)`` or ``(lower, upper)``.
    reads : frozenset of str
        Names of the data that the rule reads.
    shapes : frozenset of str
        Those among them that are used as an index, and so decide the program's structure.
    names : mapping of int to str
        What the author calls the indices, by their numbers; an index of a sum may be without a name.
    """

    rule: Rule
    indices: tuple[tuple[int, ...], ...]
    role: Role
    parts: tuple[Any, ...]
    reads: frozenset[str]
    shapes: frozenset[str]
    names: Mapping[int, str]


def walk_rule(rule: Rule, block: Any, sets: Mapping[str, IndexSet]) -> Template:
    """Call the rule once with symbolic indices.

    Raises
    ------
    NotSymbolicError
        If the rule branches on an index or on data, or otherwise needs numbers.
    FormulationError
        If the rule uses a name that is not declared, or returns something that states nothing.
    """
    names = dict(enumerate(_argument_names(rule, sum(sets[name].dimen for name in rule.over)), start=1))
    try:
        called = call_symbolically(rule.function, block, _index_product(block, rule.over))
    except OptimizerError:
        raise
    except Exception as error:
        raise unknown_name(rule, error) or NotSymbolicError(reason_of(error, names)) from error
    try:
        role, parts = split_result(rule, called.result)
    except FormulationError as error:
        raise FormulationError(named(str(error), names)) from None
    found = _Names()
    for part in parts:
        found.visit(part, as_index=False)
    return Template(
        rule,
        _group(called.indices, rule.over, sets),
        role,
        parts,
        frozenset(found.reads),
        frozenset(found.shapes),
        called.names | names,
    )


def _argument_names(rule: Rule, count: int) -> list[str]:
    """Take the names of a rule's indices from its arguments; ``i_1, i_2, ...`` where it takes them as ``*args``."""
    arguments = list(inspect.signature(rule.function).parameters.values())[1 : count + 1]
    if len(arguments) < count or any(argument.kind is argument.VAR_POSITIONAL for argument in arguments):
        return [f"i_{place}" for place in range(1, count + 1)]
    return [argument.name for argument in arguments]


def _index_product(block: Any, over: tuple[str, ...]) -> Any:
    if not over:
        return None
    product = getattr(block, over[0])
    for name in over[1:]:
        product = product * getattr(block, name)
    return product


def _group(
    templates: tuple[Any, ...], over: tuple[str, ...], sets: Mapping[str, IndexSet]
) -> tuple[tuple[int, ...], ...]:
    numbers = iter(template._id for template in templates)
    return tuple(tuple(next(numbers) for _ in range(sets[name].dimen)) for name in over)


class _Names:
    """Collects which data a tree reads, and which of them it uses as an index."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.shapes: set[str] = set()

    def visit(self, node: Any, *, as_index: bool) -> None:
        if isinstance(node, TemplateSumExpression):
            self.visit(node.template_args()[0], as_index=as_index)
        elif isinstance(node, GetItemExpression):
            self._name(node.arg(0), as_index=as_index)
            for number in range(1, node.nargs()):
                self.visit(node.arg(number), as_index=True)
        elif isinstance(node, Param) or hasattr(node, "parent_component"):
            self._name(node.parent_component(), as_index=as_index)
        elif hasattr(node, "is_expression_type") and node.is_expression_type():
            for argument in node.args:
                self.visit(argument, as_index=as_index)

    def _name(self, component: Any, *, as_index: bool) -> None:
        if isinstance(component, Param):
            self.reads.add(component.local_name)
            if as_index:
                self.shapes.add(component.local_name)


class Evaluator:
    """Evaluates templates with the current data.

    Parameters
    ----------
    sets, data, layout
        The declared names; `data` may be replaced between evaluations, sets and layout may not.
    """

    def __init__(self, sets: Mapping[str, IndexSet], data: Mapping[str, Data], layout: Mapping[str, Columns]) -> None:
        self.sets, self.data, self.layout = sets, data, layout

    @np.errstate(all="ignore")  # what is not a number is found, and named, by the program
    def relation(self, template: Template) -> Relation:
        """Evaluate a constraint."""
        walk = _Walk(self, template)
        sides = [None if part is None else walk.value(part) for part in template.parts]
        return relate(template.rule, template.role, sides)

    @np.errstate(all="ignore")
    def form(self, template: Template) -> Affine:
        """Evaluate a cost or an expression."""
        return as_affine(_Walk(self, template).value(template.parts[0]))

    @np.errstate(all="ignore")
    def bounds(self, template: Template) -> tuple[FloatArray, FloatArray]:
        """Evaluate the bounds of a variable."""
        walk = _Walk(self, template)
        sides = []
        for part, missing in zip(template.parts, (-np.inf, np.inf), strict=True):
            side = np.asarray(missing) if part is None else walk.value(part)
            if isinstance(side, Affine):
                raise FormulationError(f"the bounds of {template.rule.name!r} may use data only, not variables")
            sides.append(side)
        return sides[0], sides[1]


class _Walk:
    """One evaluation of one template: knows the value of every symbolic index on the current level of sums."""

    def __init__(self, evaluator: Evaluator, template: Template) -> None:
        self.evaluator = evaluator
        self.user, self.names = f"rule {template.rule.name!r}", template.names
        self.ndim = len(template.rule.over)
        self.indices: dict[int, np.ndarray[Any, Any]] = {}
        for axis, (name, numbers) in enumerate(zip(template.rule.over, template.indices, strict=True)):
            self._bind(evaluator.sets[name], numbers, axis)

    def _bind(self, index_set: IndexSet, numbers: tuple[int, ...], axis: int) -> None:
        shape = tuple(len(index_set) if position == axis else 1 for position in range(self.ndim))
        for number, labels in zip(numbers, index_set.columns(), strict=True):
            self.indices[number] = labels.reshape(shape)

    def value(self, node: Any) -> Value:
        """Evaluate a node to data or to an affine form."""
        if node.__class__ in (int, float) or isinstance(node, (int, float, np.number)):
            return np.asarray(float(node))
        handler = _HANDLERS.get(node.__class__)
        if handler is None:
            handler = _handler_of_base(node)
        return handler(self, node)

    def labels(self, node: Any) -> np.ndarray[Any, Any]:
        """Evaluate a node that is used as an index."""
        if isinstance(node, IndexTemplate):
            return self._bound(node)
        if isinstance(node, str):
            return np.asarray(node, dtype=object)
        if isinstance(node, (int, np.integer)):
            return np.asarray(node)
        value = self.value(node)
        if isinstance(value, Affine):
            raise FormulationError(f"{self.user} uses a variable as an index")
        return value

    def index(self, node: Any) -> Value:
        labels = self._bound(node)
        if labels.dtype.kind not in "iuf" and labels.size:
            name = self.names.get(node._id, "of a sum")
            raise FormulationError(f"{self.user} uses the index {name} as a number, but its set has labels")
        return np.asarray(labels, dtype=float)

    def _bound(self, node: Any) -> np.ndarray[Any, Any]:
        labels = self.indices.get(node._id)
        if labels is None:  # Pyomo wrote a sum out that mixes sets with other collections
            raise NotSymbolicError("it sums over a set and over something else at once")
        return labels

    def item(self, node: Any) -> Value:
        base = node.arg(0)
        return self.component(base, [self.labels(node.arg(number)) for number in range(1, node.nargs())])

    def component(self, base: Any, labels: list[np.ndarray[Any, Any]]) -> Value:
        """Look an indexed name up."""
        name = base.local_name
        variable = self.evaluator.layout.get(name) if isinstance(base, Var) else None
        if variable is None and name not in self.evaluator.data:
            raise NotSymbolicError(f"it indexes {name!r}, which is neither data nor a variable")
        dims = self.evaluator.data[name].dims if variable is None else variable.dims
        positions = self._positions(name, dims, labels)
        if variable is None:
            return np.asarray(self.evaluator.data[name].values[tuple(positions)])
        at = np.asarray(0)
        for length, position in zip(variable.shape, positions, strict=True):
            at = at * length + position
        return Affine((AffineTerm(at + variable.start, np.asarray(1.0)),), np.asarray(0.0))

    def _positions(self, name: str, dims: tuple[str, ...], labels: list[np.ndarray[Any, Any]]) -> list[Any]:
        sets = [self.evaluator.sets[dim] for dim in dims]
        wanted = sum(index_set.dimen for index_set in sets)
        if wanted != len(labels):
            raise FormulationError(f"{self.user} uses {name!r} with {len(labels)} indices; it has {wanted}: {dims}")
        remaining = iter(labels)
        return [
            index_set.positions([next(remaining) for _ in range(index_set.dimen)], f"{self.user}, {name!r},")
            for index_set in sets
        ]

    def whole(self, node: Any) -> Value:
        """Look up a name without an index, or with an index fixed in the rule."""
        index = node.index()
        fixed = () if index is None else index if isinstance(index, tuple) else (index,)
        return self.component(node.parent_component(), [self.labels(label) for label in fixed])

    def sum_over(self, node: Any) -> Value:
        groups = node.template_iters()
        members = [self._set_of(group[0]._set) for group in groups]
        outer_indices, outer_ndim = self.indices, self.ndim
        self.ndim = outer_ndim + len(groups)
        self.indices = {number: with_axes(labels, self.ndim) for number, labels in outer_indices.items()}
        try:
            for axis, (group, index_set) in enumerate(zip(groups, members, strict=True), start=outer_ndim):
                self._bind(index_set, tuple(template._id for template in group), axis)
            summand = self.value(node.template_args()[0])
        finally:
            self.indices, self.ndim = outer_indices, outer_ndim
        return total(summand, outer_ndim, tuple(len(index_set) for index_set in members))

    def _set_of(self, component: Any) -> IndexSet:
        index_set = self.evaluator.sets.get(component.local_name)
        if index_set is None:
            raise NotSymbolicError(f"it sums over {component}, which is not one of the model's sets")
        return index_set

    def addition(self, node: Any) -> Value:
        values = [self.value(argument) for argument in node.args]
        result = values[0]
        for value in values[1:]:
            result = add(result, value)
        return result

    def product(self, node: Any) -> Value:
        left, right = (self.value(argument) for argument in node.args)
        if isinstance(left, Affine) and isinstance(right, Affine):
            raise FormulationError(f"{self.user} multiplies two variables, which is not linear")
        return multiply(left, right)

    def quotient(self, node: Any) -> Value:
        numerator, denominator = (self.value(argument) for argument in node.args)
        if isinstance(denominator, Affine):
            raise FormulationError(f"{self.user} divides by a variable, which is not linear")
        if (np.asarray(denominator) == 0).any():
            raise FormulationError(f"{self.user} divides by zero: {named(str(node.args[1]), self.names)}")
        return multiply(numerator, np.asarray(1.0 / denominator))

    def negation(self, node: Any) -> Value:
        return multiply(self.value(node.args[0]), np.asarray(-1.0))

    def power(self, node: Any) -> Value:
        base, exponent = (self._data_only(argument) for argument in node.args)
        return np.asarray(base**exponent)

    def absolute(self, node: Any) -> Value:
        return np.abs(self._data_only(node.args[0]))

    def unary(self, node: Any) -> Value:
        function = _NUMPY_NAMES.get(node.getname())
        if function is None:
            raise NotSymbolicError(f"it uses {node.getname()}, which has no vectorised form")
        return function(self._data_only(node.args[0]))

    def unit(self, _node: Any) -> Value:
        return np.asarray(1.0)

    def _data_only(self, node: Any) -> FloatArray:
        value = self.value(node)
        if isinstance(value, Affine):
            raise FormulationError(f"{self.user} puts a variable into a power or a function, which is not linear")
        return value


_NUMPY_NAMES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "exp": np.exp, "log": np.log, "log10": np.log10, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "ceil": np.ceil, "floor": np.floor,
}  # fmt: skip

_HANDLERS: dict[type, Callable[[_Walk, Any], Value]] = {IndexTemplate: _Walk.index}

_BASES: tuple[tuple[type, Callable[[_Walk, Any], Value]], ...] = (
    (TemplateSumExpression, _Walk.sum_over),
    (GetItemExpression, _Walk.item),
    (VarData, _Walk.whole),
    (Param, _Walk.whole),
    (ne.SumExpression, _Walk.addition),
    (ne.LinearExpression, _Walk.addition),
    (ne.ProductExpression, _Walk.product),
    (ne.MonomialTermExpression, _Walk.product),
    (ne.DivisionExpression, _Walk.quotient),
    (ne.NegationExpression, _Walk.negation),
    (ne.PowExpression, _Walk.power),
    (ne.AbsExpression, _Walk.absolute),
    (ne.UnaryFunctionExpression, _Walk.unary),
    (_PyomoUnit, _Walk.unit),
)


def _handler_of_base(node: Any) -> Callable[[_Walk, Any], Value]:
    """Find the handler for a class and remember it (Pyomo derives data-only variants of each node class)."""
    for base, handler in _BASES:
        if isinstance(node, base):
            _HANDLERS[node.__class__] = handler
            return handler
    if hasattr(node, "parent_component"):  # one member of an indexed Param
        return _Walk.whole
    raise NotSymbolicError(f"it holds a {node.__class__.__name__}, which has no vectorised form")
