"""Prices that move over the years: the one place where they enter the objective and, with it, every reported cost."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from optimizer.errors import Fault, InputError
from optimizer.finance import INVESTMENT_LINES, line_key, moving_line
from optimizer.lp.rules import Rule
from optimizer.specification.base import hint


def escalated(rules: Sequence[Rule], lines: Collection[str], where: Callable[..., str]) -> list[Rule]:
    """Raise the cost lines whose prices move to their levelised prices.

    Parameters
    ----------
    rules : sequence of Rule
        A formulation.
    lines : collection of str
        Names of cost lines as in a scenario's ``escalation``; the members of the set over which ``price_level`` is
        bound.
    where : callable
        Tells a field as the user knows it, from its keys: `Scenario.where`.

    Returns
    -------
    list of Rule
        The same rules, where each cost line that is named is multiplied by its ``price_level``.

    Raises
    ------
    InputError
        For every name that is not that of a cost line.
    """
    known = {line_key(rule.label): rule for rule in rules if rule.kind == "cost"}
    possible = [key for key, rule in known.items() if rule.label not in INVESTMENT_LINES.values()]
    faults = [
        Fault(where("finance", "escalation", line), "there is no cost line of that name", hint(line, possible))
        for line in lines
        if line not in known
    ]
    if faults:
        raise InputError(faults)
    return [
        _at_level(rule, moving_line(line_key(rule.label), lines)) if rule.kind == "cost" else rule for rule in rules
    ]


def _at_level(rule: Rule, line: str | None) -> Rule:
    if line is None:
        return rule

    @functools.wraps(rule.function)
    def levelised(m: Any, *indices: Any) -> Any:
        return m.price_level[line] * rule.function(m, *indices)

    return replace(rule, function=levelised)
