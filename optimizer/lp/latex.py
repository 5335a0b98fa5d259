r"""Rules as LaTeX, printed from their templates: what is solved is what is shown.

Sums bind tighter than addition and reach to the end of a product, as in print; parentheses stand only where these
conventions need them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import Any

from pyomo.core.base.param import Param
from pyomo.core.base.units_container import _PyomoUnit
from pyomo.core.expr import numeric_expr as ne
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression

from optimizer.lp.families import Family
from optimizer.lp.rules import Rule
from optimizer.lp.templates import Template

_ADDITIONS = (ne.SumExpression, ne.LinearExpression)
_PRODUCTS = (ne.ProductExpression, ne.MonomialTermExpression)
_FUNCTIONS = {
    "ceil": (r"\left\lceil ", r" \right\rceil"),
    "floor": (r"\left\lfloor ", r" \right\rfloor"),
    "sqrt": (r"\sqrt{", "}"),
    "log10": (r"\log_{10}\left(", r"\right)"),
}
_NO_CLOSED_FORM = r"\text{no closed form: the rule is called row by row}"
_ESCAPES = str.maketrans(
    {character: rf"\{character}" for character in "_%&#${} "}
    | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", "-": r"\text{-}"}
)
_SPARE_NAMES = ("i", "j", "k", "l", "n")

Factors = tuple[int, list[Any], list[Any]]
"""A product taken apart: its sign, what stands above the line, what below."""


def rule_latex(family: Family, symbols: Mapping[str, str]) -> str:
    r"""Print one rule.

    Parameters
    ----------
    family : Family
        The rule and its template.
    symbols : mapping of str to str
        LaTeX symbols by name, of data, variables and sets; other names are printed upright.

    Returns
    -------
    str
        A relation or definition for all its indices; a cost line as the sum that it adds to the objective; a note
        where the rule is called row by row and so has no closed form.

    Examples
    --------
    >>> import xarray as xr
    >>> from optimizer.lp.program import Program
    >>> from optimizer.lp.rules import constraint, variable
    >>> @variable(over="hour")
    ... def bought(m, t):
    ...     return 0, None
    >>> @constraint(over="hour")
    ... def balance(m, t):
    ...     return m.bought[t] == m.pue * (m.load_it[t] + 1)
    >>> data = xr.Dataset({"load_it": ("hour", [1.0, 2.0]), "pue": 1.2})
    >>> print(Program([bought, balance], data).latex({"bought": "g", "hour": "T"})["balance"])
    g_{t} = \mathrm{pue} \, \left(\mathrm{load\_it}_{t} + 1\right) \qquad \forall\, t \in T
    """
    if family.template is None:
        return _NO_CLOSED_FORM
    return _Printer(family.template, symbols).rule()


class _Printer:
    """Prints one template."""

    def __init__(self, template: Template, symbols: Mapping[str, str]) -> None:
        self._template, self._symbols = template, symbols
        self._names: dict[int, str] = {}  # of the indices that can be used where the printer stands

    def rule(self) -> str:
        rule, parts = self._template.rule, self._template.parts
        with self._indices(self._template.indices) as groups:
            domains = self._domains(rule.over, groups)
            if rule.kind == "cost":
                return self._big_sum(domains, parts[0]) if domains else self.whole(parts[0])
            text = self._statement(rule, parts, [name for group in groups for name in group])
        return rf"{text} \qquad \forall\, {domains}" if domains else text

    def _statement(self, rule: Rule, parts: Sequence[Any], names: list[str]) -> str:
        if rule.kind == "constraint":
            return self._relation(parts)
        subject = _with_indices(self._symbol(rule.name), names)
        if rule.kind == "expression":
            return f"{subject} = {self.whole(parts[0])}"
        lower, upper = parts
        if lower is None or upper is None:
            return self._one_sided(subject, lower, upper)
        return rf"{self.whole(lower)} \le {subject} \le {self.whole(upper)}"

    def _one_sided(self, subject: str, lower: Any, upper: Any) -> str:
        if lower is not None:
            return rf"{subject} \ge {self.whole(lower)}"
        return rf"{subject} \in \mathbb{{R}}" if upper is None else rf"{subject} \le {self.whole(upper)}"

    def _relation(self, parts: Sequence[Any]) -> str:
        if self._template.role == "equality":
            # Python may ask the right side first and so swap the sides; what is known reads best on the right.
            return " = ".join(self.whole(part) for part in sorted(parts, key=_is_data))
        return r" \le ".join(self.whole(part) for part in parts if part is not None)

    # -- indices and names -------------------------------------------------------------------------------------------

    @contextmanager
    def _indices(self, groups: Sequence[Sequence[int]]) -> Iterator[list[list[str]]]:
        """Name indices as the author does, with a prime where an outer index has that name already."""
        outer = dict(self._names)
        for number in (number for group in groups for number in group):
            taken = set(self._names.values())
            given = self._template.names.get(number)
            name = _index_name(given or next(name for name in _SPARE_NAMES if name not in taken))
            while name in taken:
                name += "'"
            self._names[number] = name
        try:
            yield [[self._names[number] for number in group] for group in groups]
        finally:
            self._names = outer

    def _domains(self, sets: Sequence[str], groups: Sequence[Sequence[str]]) -> str:
        return r",\ ".join(
            rf"{group[0] if len(group) == 1 else '(' + ', '.join(group) + ')'} \in {self._symbol(name)}"
            for name, group in zip(sets, groups, strict=True)
        )

    def _symbol(self, name: str) -> str:
        return self._symbols.get(name, _upright(name))

    # -- expressions -------------------------------------------------------------------------------------------------

    def whole(self, node: Any) -> str:
        """Print an expression that stands alone: between parentheses, in a fraction, on a side of a relation."""
        text = ""
        for sign, term in self._terms(node, 1):
            printed = self._factor(term) if isinstance(term, _ADDITIONS) else self._product(_factors(term))
            text += (" - " if sign < 0 else " + ") + printed if text else ("-" if sign < 0 else "") + printed
        return text

    def _terms(self, node: Any, sign: int) -> Iterator[tuple[int, Any]]:
        """Take additions apart, but not those that are subtracted as a whole."""
        if isinstance(node, ne.NegationExpression):
            yield from self._terms(node.args[0], -sign)
        elif isinstance(node, _ADDITIONS) and sign > 0:
            for argument in node.args:
                yield from self._terms(argument, sign)
        elif isinstance(node, _ADDITIONS):
            yield sign, node
        else:
            yield sign * _factors(node)[0], node

    def _product(self, factors: Factors) -> str:
        _, above, below = factors
        if not below:
            return self._joined(above)
        return "".join([r"\frac", *(f"{{{self._joined(part, alone=True)}}}" for part in (above, below))])

    def _joined(self, factors: Sequence[Any], *, alone: bool = False) -> str:
        if alone and len(factors) == 1:
            return self.whole(factors[0])
        text = ""
        for place, factor in enumerate(factors):
            printed = self._factor(factor, last=place == len(factors) - 1)
            text += (r" \cdot " if printed[0].isdigit() else r" \, ") + printed if text else printed
        return text or "1"

    def _factor(self, node: Any, *, last: bool = True) -> str:
        """Print an expression that stands beside others; a sum reaches to the end, so only the last may be bare."""
        bare = not isinstance(node, _ADDITIONS) and (last or not isinstance(node, TemplateSumExpression))
        return self._atom(node) if bare else _parenthesised(self.whole(node))

    def _atom(self, node: Any) -> str:
        return next(printer for kinds, printer in _ATOMS if isinstance(node, kinds))(self, node)

    def _index(self, node: Any) -> str:
        return self._names[node._id]

    def _lookup(self, node: Any) -> str:
        return self._item(node.arg(0), [node.arg(number) for number in range(1, node.nargs())])

    def _power(self, node: Any) -> str:
        return f"{self._base(node.args[0])}^{{{self.whole(node.args[1])}}}"

    def _absolute(self, node: Any) -> str:
        return rf"\left|{self.whole(node.args[0])}\right|"

    def _function(self, node: Any) -> str:
        name = node.getname()
        opening, closing = _FUNCTIONS.get(name, (rf"\{name}\left(", r"\right)"))
        return f"{opening}{self.whole(node.args[0])}{closing}"

    def _member(self, node: Any) -> str:
        index = None if isinstance(node, Param) else node.index()
        return self._item(node.parent_component(), [] if index is None else list(_as_tuple(index)))

    def _item(self, component: Any, index: Sequence[Any]) -> str:
        return _with_indices(self._symbol(component.local_name), [self.whole(part) for part in index])

    def _base(self, node: Any) -> str:
        text = self.whole(node)
        single = isinstance(node, (GetItemExpression, IndexTemplate)) or hasattr(node, "parent_component")
        return text if single and "^" not in text else _parenthesised(text)

    def _sum(self, node: Any) -> str:
        groups = node.template_iters()
        with self._indices([[index._id for index in group] for group in groups]) as names:
            return self._big_sum(
                self._domains([group[0]._set.local_name for group in groups], names), node.template_args()[0]
            )

    def _big_sum(self, domains: str, summand: Any) -> str:
        text = self.whole(summand)
        alone = len(list(self._terms(summand, 1))) == 1 and not text.startswith("-")
        return rf"\sum_{{{domains}}} {text if alone else _parenthesised(text)}"


_ATOMS: tuple[tuple[Any, Callable[[_Printer, Any], str]], ...] = (
    (Real, lambda _, node: _number(float(node))),
    (str, lambda _, node: _upright(node)),
    (IndexTemplate, _Printer._index),
    (TemplateSumExpression, _Printer._sum),
    (GetItemExpression, _Printer._lookup),
    (ne.PowExpression, _Printer._power),
    (ne.AbsExpression, _Printer._absolute),
    (ne.UnaryFunctionExpression, _Printer._function),
    (_PyomoUnit, lambda _, node: _upright(str(node))),
    (object, _Printer._member),
)


def _is_data(node: Any) -> bool:
    return not (hasattr(node, "is_potentially_variable") and node.is_potentially_variable())


def _factors(node: Any) -> Factors:
    """Take a product apart into its sign, what stands above the line and what below; ones are left out."""
    if isinstance(node, ne.NegationExpression):
        sign, above, below = _factors(node.args[0])
        return -sign, above, below
    if isinstance(node, (*_PRODUCTS, ne.DivisionExpression)):
        (sign, above, below), (other, over, under) = (_factors(argument) for argument in node.args)
        if isinstance(node, ne.DivisionExpression):
            over, under = under, over
        return sign * other, _numbers_first(above + over), _numbers_first(below + under)
    if isinstance(node, Real):
        sign = -1 if node < 0 else 1
        return sign, [] if abs(node) == 1 else [abs(node)], []
    return 1, [node], []


def _numbers_first(factors: list[Any]) -> list[Any]:
    return sorted(factors, key=lambda factor: not isinstance(factor, Real))


def _as_tuple(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _with_indices(symbol: str, indices: Sequence[str]) -> str:
    if not indices:
        return symbol
    has_subscript = re.search(r"(?<!\\)_", symbol) is not None
    return f"{f'{{{symbol}}}' if has_subscript else symbol}_{{{', '.join(indices)}}}"


def _index_name(name: str) -> str:
    numbered = re.fullmatch(r"([A-Za-z])_?(\d+)", name)
    if numbered:
        return f"{numbered[1]}_{{{numbered[2]}}}"
    return name if len(name) == 1 else _upright(name)


def _number(value: float) -> str:
    if abs(value) == float("inf"):
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value:.12g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _parenthesised(text: str) -> str:
    return rf"\left({text}\right)"


def _upright(text: str) -> str:
    """Print a name or a label as text that every LaTeX reader takes in mathematics."""
    return rf"\mathrm{{{text.translate(_ESCAPES)}}}"
