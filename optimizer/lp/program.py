"""Families of rules and a dataset become one sparse linear program; new data become a patch to it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import FormulationError, InfeasibleError, StructureError
from optimizer.lp.affine import Affine, FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram, Patch, Pattern
from optimizer.lp.rowwise import Coefficients, RowByRowWarning, RowwiseEvaluator
from optimizer.lp.rules import Kind, Rule
from optimizer.lp.symbols import Data, declare_block, lay_out, read_data, read_sets
from optimizer.lp.templates import Evaluator, NotSymbolicError, Template, walk_rule

if TYPE_CHECKING:
    import xarray as xr

_TRIVIAL_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Rows:
    """One contiguous family of rows.

    Attributes
    ----------
    name : str
        Name of the rule.
    dims : tuple of str
        Its sets.
    shape : tuple of int
        Their lengths.
    start : int
        First row.
    size : int
        How many rows; 0 where the rule holds data alone and so was only checked.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def slice(self) -> slice:
        """Where the rows stand in the program."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class _Evaluated:
    """A constraint with the current data: coefficients counted from the family's first row, and its bounds."""

    coefficients: Coefficients
    lower: FloatArray
    upper: FloatArray


class Program:
    """A formulation bound to data.

    Parameters
    ----------
    rules : sequence of Rule
        The families, in the order in which columns and rows are laid out.
    data : xarray.Dataset
        All values. Its dimensions are the sets of the rules. A variable's name that occurs here is bound to data.
    sets : mapping of str to sequence, optional
        Further sets: subsets of positions, or pairs.

    Attributes
    ----------
    lp : LinearProgram
        The arrays.
    columns : dict of str to Columns
        Column families by name.
    rows : dict of str to Rows
        Row families by name.

    Raises
    ------
    FormulationError
        If a rule is not linear, uses an unknown name, or reaches outside a set.
    InfeasibleError
        If a rule without variables is violated by the data.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from optimizer.lp.rules import constraint, cost, variable
    >>> @variable(over="hour")
    ... def bought(m, t):
    ...     return 0, None
    >>> @constraint(over="hour")
    ... def balance(m, t):
    ...     return m.bought[t] >= m.needed[t]
    >>> @cost(over="hour")
    ... def energy(m, t):
    ...     return m.price[t] * m.bought[t]
    >>> data = xr.Dataset({"needed": ("hour", [1.0, 2.0]), "price": ("hour", [10.0, 20.0])})
    >>> program = Program([bought, balance, energy], data)
    >>> program.lp.shape
    (2, 2)
    """

    def __init__(
        self, rules: Sequence[Rule], data: xr.Dataset, *, sets: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        self.sets = read_sets(data, sets)
        self.data = read_data(data)
        self.rules = _stated(rules, self.data)
        self._check_sets()
        self.columns = lay_out(self._of_kind("variable"), self.sets)
        self._block = declare_block(self.sets, self.data, self.columns)
        self._templates = {rule.name: self._compile(rule) for rule in self.rules}
        self._state()

    # -- stating -----------------------------------------------------------------------------------------------------

    def _of_kind(self, kind: Kind) -> list[Rule]:
        return [rule for rule in self.rules if rule.kind == kind]

    def _check_sets(self) -> None:
        for rule in self.rules:
            missing = [name for name in rule.over if name not in self.sets]
            if missing:
                raise FormulationError(f"rule {rule.name!r} runs over {missing}, but the sets are {sorted(self.sets)}")

    def _compile(self, rule: Rule) -> Template | None:
        """Walk a rule once; None where it has to be called row by row."""
        try:
            template = walk_rule(rule, self._block, self.sets)
            self._try(template)
        except NotSymbolicError as reason:
            warnings.warn(
                f"rule {rule.name!r} is compiled row by row, which is slow: {reason}. To avoid it: no `if` on an index "
                "(use a 0/1 Param or a subset), shift with `t + 1` or `t - 1` only, sum with generators over sets",
                RowByRowWarning,
                stacklevel=5,
            )
            return None
        return template

    def _try(self, template: Template) -> None:
        """Evaluate once, so that what cannot be evaluated is found before anything is assembled."""
        evaluator = Evaluator(self.sets, self.data, self.columns)
        if template.rule.kind == "constraint":
            evaluator.relation(template)
        elif template.rule.kind == "variable":
            evaluator.bounds(template)
        else:
            evaluator.form(template)

    def _state(self) -> None:
        self.rows: dict[str, Rows] = {}
        evaluated = [self._evaluate_rows(rule, self.data) for rule in self._of_kind("constraint")]
        start = 0
        for rule, family in zip(self._of_kind("constraint"), evaluated, strict=True):
            size = len(family.lower)
            self.rows[rule.name] = Rows(rule.name, rule.over, self.shape_of(rule), start, size)
            start += size
        self._values = {
            rule.name: family.coefficients.values
            for rule, family in zip(self._of_kind("constraint"), evaluated, strict=True)
        }
        self._pattern = Pattern(
            _join(
                [
                    family.coefficients.rows + self.rows[name].start
                    for name, family in zip(self.rows, evaluated, strict=True)
                ]
            ),
            _join([family.coefficients.columns for family in evaluated]),
            (start, sum(columns.size for columns in self.columns.values())),
        )
        self._costs = {rule.name: self._form(rule, self.data) for rule in self._of_kind("cost")}
        lower, upper = self._bounds(self.data)
        cost, offset = self._objective(self._costs)
        self.lp = LinearProgram(
            cost,
            lower,
            upper,
            _join([family.lower for family in evaluated], float),
            _join([family.upper for family in evaluated], float),
            self._pattern.matrix(_join(list(self._values.values()), float)),
            offset,
        )

    def shape_of(self, rule: Rule) -> tuple[int, ...]:
        """Lengths of the sets that a rule runs over."""
        return tuple(len(self.sets[name]) for name in rule.over)

    def _evaluate_rows(self, rule: Rule, data: Mapping[str, Data]) -> _Evaluated:
        template = self._templates[rule.name]
        shape = self.shape_of(rule)
        if template is None:
            return _Evaluated(*RowwiseEvaluator(self._block, self.sets, data, self.columns).relation(rule))
        relation = Evaluator(self.sets, data, self.columns).relation(template)
        lower, upper = np.broadcast_to(relation.lower, shape), np.broadcast_to(relation.upper, shape)
        if not relation.body.terms:
            _check_data_alone(rule, lower, upper, self.sets)
            return _Evaluated(Coefficients(*_empty()), np.empty(0), np.empty(0))
        return _Evaluated(_flatten(relation.body, shape), lower.ravel(), upper.ravel())

    def _form(self, rule: Rule, data: Mapping[str, Data]) -> Affine:
        template = self._templates[rule.name]
        if template is None:
            return RowwiseEvaluator(self._block, self.sets, data, self.columns).form(rule)
        return Evaluator(self.sets, data, self.columns).form(template)

    def _bounds(self, data: Mapping[str, Data]) -> tuple[FloatArray, FloatArray]:
        count = sum(columns.size for columns in self.columns.values())
        lower, upper = np.empty(count), np.empty(count)
        for rule in self._of_kind("variable"):
            template, columns = self._templates[rule.name], self.columns[rule.name]
            if template is None:
                sides = RowwiseEvaluator(self._block, self.sets, data, self.columns).bounds(rule)
            else:
                sides = Evaluator(self.sets, data, self.columns).bounds(template)
            lower[columns.slice] = np.broadcast_to(sides[0], columns.shape).ravel()
            upper[columns.slice] = np.broadcast_to(sides[1], columns.shape).ravel()
        return lower, upper

    def _objective(self, costs: Mapping[str, Affine]) -> tuple[FloatArray, float]:
        cost = np.zeros(sum(columns.size for columns in self.columns.values()))
        offset = 0.0
        for rule in self._of_kind("cost"):
            form, shape = costs[rule.name], self.shape_of(rule)
            coefficients = _flatten(form, shape)
            cost += np.bincount(coefficients.columns, weights=coefficients.values, minlength=len(cost))
            offset += float(np.broadcast_to(form.constant, shape).sum())
        return cost, offset

    # -- new data ----------------------------------------------------------------------------------------------------

    def rebind(self, changes: Mapping[str, Any]) -> Patch:
        """Put new data in place, evaluating only the families that read them.

        Parameters
        ----------
        changes : mapping of str to array_like
            New values by name, of the shapes bound before; an `xarray.Dataset` will do.

        Returns
        -------
        Patch
            Which numbers of ``lp`` changed, for an engine that holds the program.

        Raises
        ------
        StructureError
            If a name is not bound to data, a shape differs, or the values decide which entries exist.
            The program is then as it was before.
        """
        data = self._changed_data(changes)
        names = frozenset(changes)
        touched = [rule for rule in self.rules if self._reads(rule, names)]
        values, row_lower, row_upper = dict(self._values), self.lp.row_lower.copy(), self.lp.row_upper.copy()
        for rule in touched:
            if rule.kind == "constraint":
                family = self._same_structure(rule, data)
                values[rule.name] = family.coefficients.values
                row_lower[self.rows[rule.name].slice], row_upper[self.rows[rule.name].slice] = (
                    family.lower,
                    family.upper,
                )
        kinds = {rule.kind for rule in touched}
        costs = self._costs | {rule.name: self._form(rule, data) for rule in touched if rule.kind == "cost"}
        lower, upper = self._bounds(data) if "variable" in kinds else (self.lp.lower, self.lp.upper)
        cost, offset = self._objective(costs) if "cost" in kinds else (self.lp.cost, self.lp.offset)
        entries = self.lp.matrix.data
        if "constraint" in kinds:
            entries = self._pattern.entries(_join(list(values.values()), float))
        before, self.data, self._values, self._costs = self.lp, data, values, costs
        self.lp = before.with_values(
            entries, cost=cost, offset=offset, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper
        )
        return Patch.between(before, self.lp, tuple(rule.name for rule in touched))

    def _changed_data(self, changes: Mapping[str, Any]) -> dict[str, Data]:
        data = dict(self.data)
        for name, new in changes.items():
            old = data.get(name)
            if old is None:
                what = "a variable" if name in self.columns else "not bound"
                raise StructureError(
                    f"{name!r} is {what} in this program; binding it to data changes the structure: rebuild"
                )
            values = np.asarray(new, dtype=float)
            if values.shape != old.values.shape:
                raise StructureError(
                    f"{name!r} has shape {values.shape}; this program was built with {old.values.shape}"
                )
            data[name] = replace(old, values=values)
        return data

    def _reads(self, rule: Rule, names: frozenset[str]) -> bool:
        template = self._templates[rule.name]
        if template is None:
            return True  # a rule called row by row may read anything
        decisive = template.shapes & names
        if decisive:
            raise StructureError(f"{sorted(decisive)} decide which entries {rule.name!r} has; rebuild the model")
        return bool(template.reads & names)

    def _same_structure(self, rule: Rule, data: Mapping[str, Data]) -> _Evaluated:
        family = self._evaluate_rows(rule, data)
        if self._templates[rule.name] is None:
            before = self._evaluate_rows(rule, self.data).coefficients
            now = family.coefficients
            if not (np.array_equal(before.rows, now.rows) and np.array_equal(before.columns, now.columns)):
                raise StructureError(f"the new data change which entries {rule.name!r} has; rebuild the model")
        return family

    # -- reading -----------------------------------------------------------------------------------------------------

    def evaluate(self, name: str, x: FloatArray) -> FloatArray:
        """Evaluate a cost line, an expression or a variable at a point.

        Parameters
        ----------
        name : str
            Name of the family.
        x : (columns,)
            The point.

        Returns
        -------
        ndarray
            One value for each index of the family.
        """
        if name in self.columns:
            columns = self.columns[name]
            return x[columns.slice].reshape(columns.shape)
        rule = next((rule for rule in self.rules if rule.name == name and rule.kind in ("cost", "expression")), None)
        if rule is None:
            raise KeyError(name)
        return self._form(rule, self.data).value(x, self.shape_of(rule))

    def dual(self, name: str, row_dual: FloatArray) -> FloatArray:
        """Cut the family's part out of a vector over rows, in the family's shape."""
        rows = self.rows[name]
        return row_dual[rows.slice].reshape(rows.shape)

    def column_name(self, column: int) -> str:
        """Name a column as its author would: ``stored_energy[battery, 17]``."""
        return _member(self.columns.values(), column, self.sets)

    def row_name(self, row: int) -> str:
        """Name a row as its author would: ``power_balance[17]``."""
        return _member(self.rows.values(), row, self.sets)


def _stated(rules: Sequence[Rule], data: Mapping[str, Data]) -> list[Rule]:
    """Leave out variables that are bound to data, and families whose conditions are not met."""
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            raise FormulationError(f"two rules are called {rule.name!r}")
        seen.add(rule.name)
    free = {
        rule.name for rule in rules if rule.kind == "variable" and rule.name not in data and set(rule.when) <= set(data)
    }
    bound = free | set(data)
    return [rule for rule in rules if (rule.name in free if rule.kind == "variable" else set(rule.when) <= bound)]


def _flatten(form: Affine, shape: tuple[int, ...]) -> Coefficients:
    """Write a form out in coordinate form; explicit zeros stay, so that the pattern does not depend on the data."""
    number = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    rows, columns, values = [], [], []
    for term in form.terms:
        deeper = max(np.ndim(term.columns), np.ndim(term.coefficients), len(shape))
        at = number.reshape(shape + (1,) * (deeper - len(shape)))
        full = np.broadcast_shapes(at.shape, np.shape(term.columns), np.shape(term.coefficients))
        rows.append(np.broadcast_to(at, full).ravel())
        columns.append(np.broadcast_to(term.columns, full).ravel())
        values.append(np.broadcast_to(term.coefficients, full).ravel())
    return Coefficients(_join(rows), _join(columns), _join(values, float))


def _join(parts: Sequence[Any], dtype: type = np.int64) -> Any:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.empty(0, dtype=dtype)


def _empty() -> tuple[IntArray, IntArray, FloatArray]:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)


def _check_data_alone(rule: Rule, lower: FloatArray, upper: FloatArray, sets: Mapping[str, Any]) -> None:
    """A rule whose names are all bound to data is a check: ``lower <= 0 <= upper`` must hold everywhere."""
    broken = np.maximum(lower, -upper) > _TRIVIAL_TOLERANCE * np.maximum(
        1.0, np.abs(np.where(np.isfinite(lower), lower, 0.0))
    )
    if broken.any():
        first = np.unravel_index(int(np.argmax(broken)), broken.shape)
        where = ", ".join(f"{name}={sets[name].labels[at]}" for name, at in zip(rule.over, first, strict=True))
        raise InfeasibleError(
            f"{rule.name} ({rule.description}) cannot hold: the data violate it by "
            f"{float(np.maximum(lower, -upper)[first]):g} at {where or 'all times'} ({int(broken.sum())} times in all)"
        )


def _member(families: Any, number: int, sets: Mapping[str, Any]) -> str:
    for family in families:
        if family.start <= number < family.start + family.size:
            if not family.shape:
                return str(family.name)
            at = np.unravel_index(number - family.start, family.shape)
            labels = ", ".join(str(sets[dim].labels[position]) for dim, position in zip(family.dims, at, strict=True))
            return f"{family.name}[{labels}]"
    raise IndexError(number)
