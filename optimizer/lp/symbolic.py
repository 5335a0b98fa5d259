"""Call a rule with symbolic indices, so that neither other threads nor the author notice anything odd.

Pyomo does this by replacing ``builtins.sum`` and the iteration over its Sets for as long as the rule runs. Some of
its habits are not safe here, and are mended in this module:

- Other threads would see the replacements too; here they keep the ordinary ``sum`` and ordinary Sets.
- ``b == "name"`` and ``t in m.hour`` answer False for a symbolic index, so that a rule that branches on them would be
  compiled wrongly without a word; here they raise.
- A set that is looked at inside of a sum (``min(m.hour)``) is taken for one of the sum's own; here it raises.
- A sum with a start value or over nothing, and the first and last member of a set, fail; here they work.

With `templates`, which evaluates what comes out, and `latex`, which prints it, this is the only contact with Pyomo's
insides (`pyomo.core.expr.template_expr`). Templating is outside Pyomo's documented user interface: the dependency is
pinned to a minor version and the parity tests are the canary.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import GeneratorType
from typing import Any, NamedTuple

from pyomo.core.base.set import SetData, _FiniteSetMixin, _OrderedSetMixin
from pyomo.core.expr.template_expr import (
    GetAttrExpression,
    GetItemExpression,
    IndexTemplate,
    TemplateSumExpression,
    _template_iter_context,
    _TemplateIterManager,
)

_LOCK = threading.Lock()  # Pyomo has one global manager of these replacements
_IN_OUR_WORDS = (
    (r"Cannot convert non-constant Pyomo (?:expression|numeric value) \((.*)\) to bool", r"it asks whether \1 holds"),
    (r"Implicit conversion of Pyomo numeric value \((.*)\) to (\w+) is disabled", r"it turns \1 into a plain \2"),
    (r"unhashable type: 'IndexTemplate'", "it looks something up by an index in plain Python"),
    (r"'IndexTemplate'(?: object)?", "an index"),
)
_ITERATED = (_FiniteSetMixin, GetItemExpression, GetAttrExpression)


class NotSymbolicError(Exception):
    """The rule looks at its index or its data while it is being written down; it must be compiled row by row."""


class Called(NamedTuple):
    """What a rule returned.

    Attributes
    ----------
    result : object
        A Pyomo tree, or a tuple of them.
    indices : tuple of IndexTemplate
        The symbolic indices with which the rule was called.
    names : dict of int to str
        What the author calls the indices of sums, by the indices' numbers.
    """

    result: Any
    indices: tuple[IndexTemplate, ...]
    names: dict[int, str]


class _Context(_template_iter_context):  # type: ignore[misc]  # Pyomo is not typed
    """Hands out symbolic indices to the thread that made it, and plain Python to all others."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()
        self.names: dict[int, str] = {}
        self.plain_sum: Callable[..., Any] = _TemplateIterManager.builtin_sum
        self.plain_iterators = tuple((kind, kind.__iter__) for kind in _ITERATED)

    def get_iter(self, collection: Any) -> Iterator[Any]:
        if threading.get_ident() == self.thread:
            return super().get_iter(collection)  # type: ignore[no-any-return]
        return next(iterate(collection) for kind, iterate in self.plain_iterators if isinstance(collection, kind))

    def sum_template(self, iterable: Any, /, start: Any = 0) -> Any:
        if threading.get_ident() != self.thread:
            return self.plain_sum(iterable, start)
        try:
            total = super().sum_template(iterable)
        except StopIteration:
            return start
        if isinstance(total, TemplateSumExpression):
            self._note_loops(iterable, total)
        return total if start.__class__ is int and start == 0 else start + total

    def _note_loops(self, iterable: Any, total: TemplateSumExpression) -> None:
        """Take the names of a sum's indices, and refuse a sum that has looked at further sets."""
        groups = total.template_iters()
        if isinstance(iterable, GeneratorType) and iterable.gi_frame is not None:
            found = dict(_named_indices(iterable.gi_frame.f_locals))
            self.names |= found
            known = all(index._id in found for group in groups for index in group)
        else:
            known = len(groups) == 1
        if not known:
            raise NotSymbolicError("it looks at all members of a set inside of a sum")


def _named_indices(variables: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Find the symbolic indices among a generator's variables."""
    for name, value in variables.items():
        if isinstance(value, IndexTemplate):
            yield value._id, name
        elif isinstance(value, tuple):
            yield from (
                (index._id, f"{name}_{place}")
                for place, index in enumerate(value, start=1)
                if isinstance(index, IndexTemplate)
            )


def call_symbolically(function: Callable[..., Any], block: Any, index_set: Any | None) -> Called:
    """Call ``function(block, *indices)`` once.

    Parameters
    ----------
    function : callable
        The rule.
    block : pyomo ConcreteModel
        The declared names.
    index_set : pyomo Set or None
        What the indices stand for; None for a rule without an index.

    Raises
    ------
    NotSymbolicError
        If the rule compares an index, or loops over a set with ``for``.
    Exception
        Whatever else the rule raises.
    """
    with _LOCK:
        context = _Context()
        with _TemplateIterManager.init(context, *_ITERATED), _sets_made_safe(), quiet_pyomo():
            indices = () if index_set is None else next(context.get_iter(index_set))
            indices = indices if isinstance(indices, tuple) else (indices,)
            context.cache.clear()
            result = function(block, *indices)
    if context.cache:
        raise NotSymbolicError(f"it loops over {context.cache[-1][0]._set} outside of a sum")
    return Called(result, indices, context.names)


def reason_of(error: Exception, names: Mapping[int, str]) -> str:
    """Say in one line why a rule could not be called, with the author's names for its indices."""
    words = error.args[0] if isinstance(error, KeyError) and error.args else error
    text = named(re.sub(r"\s+", " ", str(words).strip().partition("\n")[0]).rstrip(". "), names)
    for pattern, ours in _IN_OUR_WORDS:
        text = re.sub(pattern, ours, text)
    return text or type(error).__name__


def named(text: str, names: Mapping[int, str]) -> str:
    """Put the author's names where Pyomo prints its own numbers of indices.

    Examples
    --------
    >>> named("price[_1] < 2", {1: "t"})
    'price[t] < 2'
    """
    return re.sub(r"(?<!\w)_(\d+)(?!\w)", lambda found: names.get(int(found[1]), found[0]), text)


@contextmanager
def _sets_made_safe() -> Iterator[None]:
    """Raise where a rule asks what an index is equal to or which set it is in, and know the ends of a set."""
    contains = SetData.__contains__
    thread = threading.get_ident()

    def equal(index: Any, other: Any) -> Any:
        if hasattr(other, "is_expression_type"):  # a relation, which may be what the rule states
            return super(IndexTemplate, index).__eq__(other)
        raise NotSymbolicError(f"it compares an index with {other!r}")

    def unequal(_index: Any, other: Any) -> bool:
        raise NotSymbolicError(f"it compares an index with {other!r}")

    def refuse_membership(members: Any, value: Any) -> bool:
        parts = value if isinstance(value, tuple) else (value,)
        if threading.get_ident() == thread and any(hasattr(part, "is_expression_type") for part in parts):
            raise NotSymbolicError(f"it asks whether an index is in {members}")
        return bool(contains(members, value))

    replacements: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
        (IndexTemplate, "__eq__", equal),
        (IndexTemplate, "__ne__", unequal),
        (SetData, "__contains__", refuse_membership),
        (_OrderedSetMixin, "first", lambda members: members.at(1)),
        (_OrderedSetMixin, "last", lambda members: members.at(-1)),
    )
    before = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in replacements]
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)
    try:
        yield
    finally:
        for owner, name, original in before:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


@contextmanager
def quiet_pyomo() -> Iterator[None]:
    """Keep Pyomo from logging what we report in our own words; around many rules, for the level is slow to change."""
    logger, silence = logging.getLogger("pyomo"), logging.CRITICAL + 1
    before = logger.level
    if before == silence:
        yield
        return
    logger.setLevel(silence)
    try:
        yield
    finally:
        logger.setLevel(before)
