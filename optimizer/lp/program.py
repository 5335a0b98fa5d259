"""Families of rules and a dataset become one sparse linear program; new data become a patch to it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import FormulationError, StructureError
from optimizer.lp.affine import Coefficients, FloatArray, flatten, joined
from optimizer.lp.arrays import LinearProgram, Patch, Pattern
from optimizer.lp.families import Family, same_structure
from optimizer.lp.layout import layout
from optimizer.lp.relations import EvaluatedRows
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.rules import Kind, Rule
from optimizer.lp.symbolic import quiet_pyomo
from optimizer.lp.symbols import (
    Data,
    Words,
    as_floats,
    check_name,
    declare_block,
    lay_out,
    member_name,
    read_data,
    read_sets,
)

if TYPE_CHECKING:
    import xarray as xr


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
        self._block = self._declare()
        with quiet_pyomo():
            self._families = {rule.name: Family(rule, self._block, self.sets, self.columns) for rule in self.rules}
        self._state()
        self._warn()

    # -- stating -----------------------------------------------------------------------------------------------------

    def _of_kind(self, kind: Kind) -> list[Rule]:
        return [rule for rule in self.rules if rule.kind == kind]

    def _check_sets(self) -> None:
        for rule in self.rules:
            missing = [name for name in rule.over if name not in self.sets]
            if missing:
                raise FormulationError(f"rule {rule.name!r} runs over {missing}, but the sets are {sorted(self.sets)}")

    def _declare(self) -> Any:
        block = declare_block(self.sets, self.data, self.columns)
        for rule in self.rules:
            if rule.kind != "variable":  # these are not declared, but would be in an exported model
                check_name(block, rule.name)
        return block

    def _warn(self) -> None:
        for name, family in self._families.items():
            if family.template is None:
                warnings.warn(
                    f"rule {name!r} is compiled row by row, which is slow: {family.reason}. To avoid it: no `if` on an "
                    "index (use a 0/1 Param or a subset), shift with `t + 1` or `t - 1` only, sum with generators "
                    "over sets",
                    RowByRowWarning,
                    stacklevel=3,
                )

    def _state(self) -> None:
        evaluated = {rule.name: self._families[rule.name].rows(self.data) for rule in self._of_kind("constraint")}
        self.rows: dict[str, Rows] = {}
        start = 0
        for name, rows in evaluated.items():
            self.rows[name] = Rows(
                name, self._families[name].rule.over, self._families[name].shape, start, len(rows.lower)
            )
            start += len(rows.lower)
        self._coefficients = {name: rows.coefficients for name, rows in evaluated.items()}
        self._pattern = Pattern(
            joined([found.rows + self.rows[name].start for name, found in self._coefficients.items()], np.int64),
            joined([found.columns for found in self._coefficients.values()], np.int64),
            (start, self._width),
        )
        self._costs = {rule.name: self._cost(rule, self.data) for rule in self._of_kind("cost")}
        for rule in self._of_kind("expression"):
            self._families[rule.name].form(self.data)  # what cannot be evaluated is found now, not by a report
        bounds = [self._families[name].bounds(self.data) for name in self.columns]
        cost, offset = self._objective(self._costs)
        self.lp = LinearProgram(
            cost=cost,
            lower=joined([lower for lower, _ in bounds], np.float64),
            upper=joined([upper for _, upper in bounds], np.float64),
            row_lower=joined([rows.lower for rows in evaluated.values()], np.float64),
            row_upper=joined([rows.upper for rows in evaluated.values()], np.float64),
            matrix=self._pattern.matrix(_values(self._coefficients)),
            offset=offset,
            layout=layout([*self.rows.values()], [*self.columns.values()], self.sets),
        )

    def shape_of(self, rule: Rule) -> tuple[int, ...]:
        """Lengths of the sets that a rule runs over."""
        return self._families[rule.name].shape

    def _cost(self, rule: Rule, data: Mapping[str, Data]) -> tuple[FloatArray, float]:
        """Evaluate a cost line to its part of the cost vector and of the offset."""
        family = self._families[rule.name]
        form = family.form(data)
        found = flatten(form, family.shape)
        vector = np.bincount(found.columns, weights=found.values, minlength=self._width)
        return vector.astype(float, copy=False), float(np.broadcast_to(form.constant, family.shape).sum())

    def _objective(self, costs: Mapping[str, tuple[FloatArray, float]]) -> tuple[FloatArray, float]:
        total, offset = np.zeros(self._width), 0.0
        for vector, constant in costs.values():
            total += vector
            offset += constant
        return total, offset

    @property
    def _width(self) -> int:
        return sum(columns.size for columns in self.columns.values())

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
        touched = [rule for rule in self.rules if self._families[rule.name].reads(names)]
        coefficients, costs, old = dict(self._coefficients), dict(self._costs), self.lp
        lower, upper, row_lower, row_upper = (
            side.copy() for side in (old.lower, old.upper, old.row_lower, old.row_upper)
        )
        for rule in touched:
            if rule.kind == "constraint":
                rows, at = self._rows_again(rule, data), self.rows[rule.name].slice
                coefficients[rule.name], row_lower[at], row_upper[at] = rows
            elif rule.kind == "variable":
                at = self.columns[rule.name].slice
                lower[at], upper[at] = self._families[rule.name].bounds(data)
            elif rule.kind == "cost":
                costs[rule.name] = self._cost(rule, data)
            else:
                self._families[rule.name].form(data)  # so that what cannot be evaluated is refused now
        cost, offset = self._objective(costs)
        entries = self._pattern.entries(_values(coefficients))
        self.data, self._coefficients, self._costs = data, coefficients, costs
        self.lp = old.with_values(
            entries, cost=cost, offset=offset, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper
        )
        return Patch.between(old, self.lp, tuple(rule.name for rule in touched))

    def _changed_data(self, changes: Mapping[str, Any]) -> dict[str, Data]:
        data = dict(self.data)
        for name, new in changes.items():
            old = data.get(name)
            if old is None:
                what = "a variable" if name in self.columns else "not bound"
                raise StructureError(
                    f"{name!r} is {what} in this program; binding it to data changes the structure: rebuild"
                )
            values = as_floats(name, self._aligned(name, new, old))
            if values.shape != old.values.shape:
                raise StructureError(
                    f"{name!r} has shape {values.shape}; this program was built with {old.values.shape}"
                )
            data[name] = replace(old, values=values)
        return data

    def _aligned(self, name: str, new: Any, old: Data) -> Any:
        """Bring an array with named dimensions into the order in which the program holds it."""
        if not hasattr(new, "dims"):
            return new
        if set(new.dims) != set(old.dims):
            raise StructureError(f"{name!r} has dimensions {new.dims}; this program was built with {old.dims}")
        for dim in old.dims:
            labels = getattr(new, "indexes", {}).get(dim)
            if labels is not None and not self.sets[dim].counted and list(labels) != list(self.sets[dim].labels):
                raise StructureError(
                    f"{name!r} is for {list(labels)}; this program was built with {list(self.sets[dim].labels)}"
                )
        return new.transpose(*old.dims)

    def _rows_again(self, rule: Rule, data: Mapping[str, Data]) -> EvaluatedRows:
        rows = self._families[rule.name].rows(data)
        if not same_structure(self._coefficients[rule.name], rows.coefficients):
            raise StructureError(f"the new data change which entries {rule.name!r} has; rebuild the model")
        return rows

    # -- other forms -------------------------------------------------------------------------------------------------

    @property
    def names(self) -> frozenset[str]:
        """Names of the data and of the variables."""
        return frozenset(self.data) | frozenset(self.columns)

    @property
    def lookups(self) -> frozenset[str]:
        """Names of the data that some rule uses as an index, and that cannot be changed in place."""
        return frozenset[str]().union(*(family.lookups for family in self._families.values()))

    def is_symbolic(self, name: str) -> bool:
        """Tell whether a rule was walked with symbolic indices; False where it is called row by row."""
        return self._families[name].template is not None

    def to_pyomo(self, units: Mapping[str, str] | None = None) -> Any:
        """Export an ordinary Pyomo model, made by Pyomo itself from the same rules; see `optimizer.lp.export`.

        Parameters
        ----------
        units : mapping of str to str, optional
            Units of data and variables by name, such as ``currency/MWh``; needs the extra ``optimizer[units]``.

        Returns
        -------
        pyomo.environ.ConcreteModel
        """
        from optimizer.lp.export import to_pyomo  # noqa: PLC0415 (few runs export anything)

        return to_pyomo(self, units)

    def latex(self, symbols: Mapping[str, str] | None = None) -> dict[str, str]:
        """Print every rule as LaTeX; see `optimizer.lp.latex`.

        Parameters
        ----------
        symbols : mapping of str to str, optional
            LaTeX symbols of data, variables and sets by name; what is not listed is printed by its name.

        Returns
        -------
        dict of str to str
            Formulas by the rules' names. A rule that is called row by row has a note instead.
        """
        from optimizer.lp.latex import rule_latex  # noqa: PLC0415 (few runs print anything)

        return {name: rule_latex(family, symbols or {}) for name, family in self._families.items()}

    def text(self, family: str | None = None) -> str:
        """Write all rows, columns and cost terms, or those of one family, by name; see `optimizer.lp.text`.

        Parameters
        ----------
        family : str, optional
            The rule whose members are wanted.

        Returns
        -------
        str
        """
        from optimizer.lp.text import write_text  # noqa: PLC0415 (few runs print anything)

        return write_text(self, family)

    # -- reading -----------------------------------------------------------------------------------------------------

    def terms(self, name: str) -> tuple[Coefficients, FloatArray]:
        """Write a cost line or an expression out.

        Parameters
        ----------
        name : str
            Name of the family.

        Returns
        -------
        Coefficients
            Their rows count the family's members; one place may occur more than once.
        ndarray
            The part without variables, in the family's shape.
        """
        family = self._families[name]
        form = family.form(self.data)
        return flatten(form, family.shape), np.broadcast_to(form.constant, family.shape)

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
        family = self._families[rule.name]
        return family.form(self.data).value(x, family.shape)

    def dual(self, name: str, row_dual: FloatArray) -> FloatArray:
        """Cut the family's part out of a vector over rows, in the family's shape; zeros where it holds data alone."""
        rows = self.rows[name]
        return row_dual[rows.slice].reshape(rows.shape) if rows.size else np.zeros(rows.shape)

    def column_name(self, column: int, words: Words | None = None) -> str:
        """Name a column as its author would: ``stored_energy[battery, 17]``; `words` as in `row_name`."""
        return _member(self.columns.values(), column, self.sets, words)

    def row_name(self, row: int, words: Words | None = None) -> str:
        """Name a row as its author would: ``power_balance[17]``.

        Parameters
        ----------
        row : int
            Its number.
        words : mapping of str to callable, optional
            By the name of a set, how to tell a position in it in words: ``power_balance, 2025-01-01 17:00 UTC``.
        """
        return _member(self.rows.values(), row, self.sets, words)


def _stated(rules: Sequence[Rule], data: Mapping[str, Data]) -> list[Rule]:
    """Leave out variables that are bound to data, and families whose conditions are not met."""
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            raise FormulationError(f"two rules are called {rule.name!r}")
        seen.add(rule.name)
    bound = set(data)
    waiting = [rule for rule in rules if rule.kind == "variable" and rule.name not in data]
    while ready := [rule for rule in waiting if set(rule.when) <= bound]:  # one variable may wait for another
        bound |= {rule.name for rule in ready}
        waiting = [rule for rule in waiting if rule not in ready]
    return [rule for rule in rules if set(rule.when) <= bound and not (rule.kind == "variable" and rule.name in data)]


def _values(coefficients: Mapping[str, Coefficients]) -> FloatArray:
    values: FloatArray = joined([found.values for found in coefficients.values()], np.float64)
    return values


def _member(families: Any, number: int, sets: Mapping[str, Any], words: Words | None) -> str:
    for family in families:
        if family.start <= number < family.start + family.size:
            return member_name(family.name, family.dims, number - family.start, sets, words)
    raise IndexError(number)
