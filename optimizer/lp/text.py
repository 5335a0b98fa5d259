"""A program written out as text: every row, column and cost term by its name, for tests and for reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import FormulationError
from optimizer.lp.symbols import member_name

if TYPE_CHECKING:
    from optimizer.lp.program import Program
    from optimizer.lp.rules import Rule

_WIDTH = 110
_DIGITS = ".12g"  # what is less differs from machine to machine


def write_text(program: Program, family: str | None = None) -> str:
    """Write a program, or one family of it, as text; the same program gives the same text.

    Parameters
    ----------
    program : Program
        What to write.
    family : str, optional
        The rule whose members are wanted; all rules by default.

    Returns
    -------
    str
        For each rule its kind, name, sets and description, and below them a line for each member: bounds of a
        variable, coefficients and bounds of a constraint, coefficients and constant of a cost line or an expression.

    Raises
    ------
    FormulationError
        If the program does not state the family.

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
    ...     '''What is needed is bought.'''
    ...     return 2 * m.bought[t] >= m.needed[t]
    >>> program = Program([bought, balance], xr.Dataset({"needed": ("hour", [1.0, 2.0])}))
    >>> print(write_text(program, "balance"))
    constraint balance over hour
    What is needed is bought.
      balance[0]: 2 bought[0] >= 1
      balance[1]: 2 bought[1] >= 2
    <BLANKLINE>
    """
    rules = [rule for rule in program.rules if family in (None, rule.name)]
    if not rules:
        raise FormulationError(
            f"this program does not state {family!r}: it is bound to data, its condition is not met, or it is not known"
        )
    return "\n".join(_section(program, rule) for rule in rules)


def _section(program: Program, rule: Rule) -> str:
    sets = f" over {', '.join(rule.over)}" if rule.over else ""
    label = f' "{rule.label}"' if rule.kind == "cost" else ""
    head = [f"{rule.kind} {rule.name}{sets}{label}", *([rule.description] if rule.description else [])]
    members = {"variable": _columns, "constraint": _rows}.get(rule.kind, _terms)(program, rule)
    return "".join(f"{line}\n" for line in [*head, *members])


def _columns(program: Program, rule: Rule) -> Iterator[str]:
    place = program.columns[rule.name].slice
    for number, (lower, upper) in enumerate(zip(program.lp.lower[place], program.lp.upper[place], strict=True)):
        yield f"  {_bounded(_member(program, rule, number), lower, upper)}"


def _rows(program: Program, rule: Rule) -> Iterator[str]:
    rows = program.rows[rule.name]
    if not rows.size:
        yield "  without a row: it holds data alone, and they satisfy it, or its set is empty"
        return
    lp, matrix = program.lp, program.lp.matrix.tocsr()[rows.slice]
    for number, row in enumerate(range(rows.start, rows.start + rows.size)):
        entries = slice(matrix.indptr[number], matrix.indptr[number + 1])
        form = _form(program, matrix.indices[entries], matrix.data[entries])
        left, right = _sides(lp.row_lower[row], lp.row_upper[row])
        yield from _lines(_member(program, rule, number), [left, *form, right])


def _terms(program: Program, rule: Rule) -> Iterator[str]:
    coefficients, constants = program.terms(rule.name)
    for number, constant in enumerate(constants.ravel()):
        at = coefficients.rows == number
        columns, slots = np.unique(coefficients.columns[at], return_inverse=True)
        values = np.bincount(slots, weights=coefficients.values[at], minlength=len(columns))
        yield from _lines(_member(program, rule, number), _form(program, columns, values, constant))


def _form(program: Program, columns: npt.NDArray[Any], values: npt.NDArray[Any], constant: float = 0.0) -> list[str]:
    """Write a sum, term by term, in the order of the columns."""
    order = np.argsort(columns)
    names = [program.column_name(int(column)) for column in columns[order]]
    terms = [_signed(value, name) for value, name in zip(values[order], names, strict=True)]
    terms += [_signed(constant)] if constant else []
    return [terms[0].removeprefix("+ "), *terms[1:]] if terms else ["0"]


def _lines(member: str, parts: list[str]) -> Iterator[str]:
    """Write one member, in as many lines as it takes."""
    line = f"  {member}:"
    for part in filter(None, parts):
        if len(line) + len(part) >= _WIDTH:
            yield line
            line = "     "
        line = f"{line} {part}"
    yield line


def _member(program: Program, rule: Rule, number: int) -> str:
    return member_name(rule.name, rule.over, number, program.sets)


def _signed(value: float, name: str = "") -> str:
    sign, size = ("-" if value < 0 else "+"), _number(abs(value))
    return " ".join([sign, *([size] if size != "1" or not name else []), *([name] if name else [])])


def _number(value: float) -> str:
    return f"{value + 0.0:{_DIGITS}}"


def _bounded(name: str, lower: float, upper: float) -> str:
    left, right = _sides(lower, upper)
    return " ".join(part for part in (left, name, right) if part)


def _sides(lower: float, upper: float) -> tuple[str, str]:
    """Write what stands left and right of a bounded form."""
    if lower == upper:
        return "", f"= {_number(lower)}"
    if np.isfinite(lower) and np.isfinite(upper):
        return f"{_number(lower)} <=", f"<= {_number(upper)}"
    if np.isfinite(lower):
        return "", f">= {_number(lower)}"
    return "", f"<= {_number(upper)}" if np.isfinite(upper) else "free"
