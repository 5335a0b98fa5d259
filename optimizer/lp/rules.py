"""Rules: the one place where a formulation is written down.

A rule is an ordinary Pyomo rule, a function of a block and one index for each set in `over`, with a decorator that
says what it states. The decorated name is the name of the family of columns, rows or terms.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from optimizer.errors import FormulationError

Kind = Literal["variable", "constraint", "cost", "expression"]
RuleFunction = Callable[..., Any]


@dataclass(frozen=True)
class Rule:
    """One family of a formulation.

    Attributes
    ----------
    kind : {"variable", "constraint", "cost", "expression"}
        What the rule states.
    name : str
        Name of the family: the function's name.
    function : callable
        ``function(m, *indices)``. A variable's rule returns ``(lower, upper)`` or None for ``(0, None)``;
        a constraint's rule a relation; the others an expression that is affine in the variables.
    over : tuple of str
        The sets that index the family; empty for a single member.
    label : str
        How a reader of a report sees it; the name in words by default.
    when : tuple of str
        Names that must be bound (to data or a variable) for the family to be stated at all.
    """

    kind: Kind
    name: str
    function: RuleFunction = field(repr=False)
    over: tuple[str, ...] = ()
    label: str = ""
    when: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The first line of the rule's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def __call__(self, *args: Any) -> Any:
        """Call the rule's function."""
        return self.function(*args)


def _as_tuple(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def make_rule(
    kind: Kind,
    function: RuleFunction,
    over: str | tuple[str, ...] = (),
    *,
    label: str = "",
    when: str | tuple[str, ...] = (),
) -> Rule:
    """Wrap a function as a rule, checking that it has a name that a Pyomo block can carry."""
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        raise FormulationError(f"a rule needs a name of its own: write a function with def, not {name or function!r}")
    return Rule(kind, name, function, _as_tuple(over), label or name.replace("_", " "), _as_tuple(when))


def variable(over: str | tuple[str, ...] = (), *, when: str | tuple[str, ...] = ()) -> Callable[[RuleFunction], Rule]:
    """Declare a family of columns; the rule returns its bounds.

    Where the name is bound to data instead, no columns are made and every rule that uses the name reads the data:
    the same formulation serves sizing and dispatch.

    Parameters
    ----------
    over : str or tuple of str
        Sets that index the family.
    when : str or tuple of str
        Names that must be bound for the family to exist.

    Examples
    --------
    >>> @variable(over="hour")
    ... def grid_import(m, t):
    ...     return 0, m.limit[t]
    >>> grid_import.name, grid_import.over
    ('grid_import', ('hour',))
    """
    return lambda function: make_rule("variable", function, over, when=when)


def constraint(over: str | tuple[str, ...] = (), *, when: str | tuple[str, ...] = ()) -> Callable[[RuleFunction], Rule]:
    """Declare a family of rows; the rule returns a relation between affine expressions. Parameters as in `variable`."""
    return lambda function: make_rule("constraint", function, over, when=when)


def cost(
    over: str | tuple[str, ...] = (), *, label: str = "", when: str | tuple[str, ...] = ()
) -> Callable[[RuleFunction], Rule]:
    """Declare a cost line; the objective is the sum of all of them over all their indices.

    Parameters
    ----------
    over, when
        As in `variable`.
    label : str
        The line's name in reports.
    """
    return lambda function: make_rule("cost", function, over, label=label, when=when)


def expression(over: str | tuple[str, ...] = (), *, when: str | tuple[str, ...] = ()) -> Callable[[RuleFunction], Rule]:
    """Declare a quantity that is reported but bounds nothing. Parameters as in `variable`."""
    return lambda function: make_rule("expression", function, over, when=when)
