"""Plain values that know where they were written; how one lies over another, and how a dotted path changes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from optimizer.errors import Fault, InputError
from optimizer.specification.base import Location, Mark, Specification, hint, key_text, path_text, shown

_DEEPEST = 32  # levels; what is deeper refers to itself


@dataclass(frozen=True)
class Node:
    """A value of a document: a scalar, a mapping of nodes or a list of nodes, and where it was written."""

    value: Any
    mark: Mark | None = None

    def plain(self) -> Any:
        """Give the value without its marks."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def at(self, location: Location) -> Node | None:
        """Find what stands at a location of keys; None where there is nothing."""
        node: Node | None = self
        for key in location:
            node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
        return node

    def put(self, location: Location, node: Node) -> Node:
        """Give the same with another node at a location of keys, all of which but the last have to be there."""
        if not location:
            return node
        key, rest = location[0], location[1:]
        return Node({**self.value, key: self.value[key].put(rest, node) if rest else node}, self.mark)

    def mark_at(self, location: Location) -> Mark | None:
        """Find where a location was written, or else what holds it."""
        node = self
        for part in location:
            known = isinstance(node.value, dict | list) and (
                part in node.value if isinstance(node.value, dict) else isinstance(part, int) and part < len(node.value)
            )
            if not known:
                break
            node = node.value[part]
        return node.mark


def node_of(value: object, depth: int = 0) -> Node:
    """Make a node of plain values, which may hold specifications.

    Raises
    ------
    InputError
        If the value is nested too deeply, as one that holds itself is.
    """
    if depth > _DEEPEST:
        raise InputError([Fault("", f"the mapping is more than {_DEEPEST} levels deep", "does it hold itself?")])
    if isinstance(value, Specification):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return Node({key: node_of(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return Node([node_of(item, depth + 1) for item in value])
    return Node(value)


def merge(base: Node, over: Node, at: Location = ()) -> Node:
    """Lay one document over another.

    Mappings merge key by key, lists of named things by name; an empty list empties, a mapping of names to null leaves
    these items out, and all else replaces what stands there. A number laid over a capacity fixes its size and keeps
    its costs.

    Parameters
    ----------
    base, over : Node
        The document below and the one above.
    at : tuple
        Where both stand, for messages.

    Raises
    ------
    InputError
        If an item is to be left out that the list does not have.

    Examples
    --------
    >>> base = node_of({"cfe": 0.8, "supplies": [{"name": "pv", "capacity": {"max": 90, "annual_cost": 5}}]})
    >>> merge(base, node_of({"supplies": [{"name": "pv", "capacity": 40}]})).plain()
    {'cfe': 0.8, 'supplies': [{'name': 'pv', 'capacity': {'annual_cost': 5, 'size': 40}}]}
    >>> merge(base, node_of({"supplies": {"pv": None}})).plain()
    {'cfe': 0.8, 'supplies': []}
    """
    if _is_capacity(base) or _is_capacity(over):
        return _merge_capacity(base, over)
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        both = {
            key: merge(base.value[key], node, (*at, key)) if key in base.value else node
            for key, node in over.value.items()
        }
        return Node({**base.value, **both}, over.mark)
    if _is_named_list(base) and _is_named_list(over):
        return Node(_merge_by_name(base.value, over.value, at), over.mark)
    if _is_named_list(base) and _leaves_out(over):
        return Node(_without(base.value, over.value, at), over.mark)
    return over


def _leaves_out(node: Node) -> bool:
    return isinstance(node.value, dict) and bool(node.value) and all(item.value is None for item in node.value.values())


def _without(items: Iterable[Node], left_out: Mapping[str, Node], at: Location) -> list[Node]:
    known = [name for item in items if (name := _name(item)) is not None]
    faults = []
    for name, node in left_out.items():
        if name not in known:
            where = f"{node.mark}: {path_text(at)}" if node.mark else path_text(at)
            faults.append(Fault(where, f"there is no {shown(name)} to leave out", hint(name, known, quote="'")))
    if faults:
        raise InputError(faults)
    return [item for item in items if _name(item) not in left_out]


def _is_named_list(node: Node) -> bool:
    return isinstance(node.value, list) and bool(node.value) and all(_name(item) is not None for item in node.value)


def _name(node: Node) -> str | None:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else None


def _merge_by_name(base: Iterable[Node], over: Iterable[Node], at: Location) -> list[Node]:
    items = list(base)
    met: set[int] = set()  # so that a name given twice in `over` stays twice, and is found later
    for item in over:
        place = next((i for i, old in enumerate(items) if i not in met and _name(old) == _name(item)), len(items))
        items[place : place + 1] = [merge(items[place], item, (*at, place)) if place < len(items) else item]
        met.add(place)
    return items


_INVESTMENT_KEYS = ("capital_cost", "life", "discount_rate", "fixed_om_share")
_CAPACITY_KEYS = ("size", "min", "max", "annual_cost", *_INVESTMENT_KEYS, "fixed_om", "existing")
_TELLING_KEYS = ("size", "min", "max", "annual_cost", "capital_cost")  # what nothing else has


def _is_capacity(node: Node) -> bool:
    return _has_capacity_keys(node) and any(key in node.value for key in _TELLING_KEYS)


def _has_capacity_keys(node: Node) -> bool:
    return isinstance(node.value, dict) and bool(node.value) and set(node.value) <= set(_CAPACITY_KEYS)


def _merge_capacity(base: Node, over: Node) -> Node:
    """Lay a capacity over another: a size displaces bounds, an investment a yearly cost, and the other way round."""
    if not _can_be_capacity(base) or not _can_be_capacity(over):
        return over
    old, new = (node.value if isinstance(node.value, dict) else {"size": node} for node in (base, over))
    displaced: tuple[str, ...] = ("min", "max") if "size" in new else ()
    if "min" in new or "max" in new:
        displaced = ("size",)
    if "capital_cost" in new:
        displaced += ("annual_cost",)
    elif "annual_cost" in new:
        displaced += _INVESTMENT_KEYS
    return Node({**{key: node for key, node in old.items() if key not in displaced}, **new}, over.mark)


def _can_be_capacity(node: Node) -> bool:
    return _has_capacity_keys(node) or (isinstance(node.value, Real) and not isinstance(node.value, bool))


def changed(root: Node, changes: Mapping[str, object]) -> Node:
    """Put values at dotted paths.

    Parameters
    ----------
    root : Node
        The whole document, with every key that may be changed.
    changes : mapping of str to object
        Path and value: ``{"site.batteries.battery.soc_min": 0.1}``. Items of a list go by name or by index. A value
        replaces what stands there; a number put in place of a capacity keeps its costs; None in place of an item of a
        list leaves it out.

    Returns
    -------
    Node
        The document after all changes, in their order; `root` stays as it is.

    Raises
    ------
    InputError
        For every path that is not in the document.
    """
    faults = []
    for path, value in changes.items():
        try:
            root = _put(root, _parts(path), node_of(value), ())
        except _NoSuchPathError as error:
            faults.append(Fault(f"change {path!r}", *error.args))
    if faults:
        raise InputError(faults)
    return root


class _NoSuchPathError(Exception):
    """A path leads nowhere; holds what is wrong and a remedy."""


def _parts(path: object) -> list[str]:
    parts = re.findall(r"[^.\[\]]+", path) if isinstance(path, str) else []
    if not parts:
        raise _NoSuchPathError(f"{shown(path)} is not a path", "write one such as 'site.grid.energy_price'")
    return parts


def _put(node: Node, parts: list[str], value: Node, done: Location) -> Node:
    """Put a value where the remaining parts of a path lead."""
    if not parts:
        return _merge_capacity(node, value) if _is_capacity(node) and not isinstance(value.value, dict) else value
    if isinstance(node.value, list):
        index, used = _index(node.value, parts, done)
        items, rest = list(node.value), parts[used:]
        left_out = not rest and value.value is None
        items[index : index + 1] = [] if left_out else [_put(items[index], rest, value, (*done, index))]
        return Node(items, node.mark)
    if not isinstance(node.value, dict):
        what = f"{path_text(done)} is {shown(node.value)} and has no `{key_text(parts[0])}`"
        raise _NoSuchPathError(what, "change it as a whole" if node.value is None else "")
    return _put_key(node, parts, value, done)


def _put_key(node: Node, parts: list[str], value: Node, done: Location) -> Node:
    key, rest = parts[0], parts[1:]
    if _is_capacity(node) and key in _CAPACITY_KEYS and not rest:
        return _merge_capacity(node, Node({key: value}))
    if key not in node.value:
        place = f" in {path_text(done)}" if done else ""
        raise _NoSuchPathError(f"there is no `{key_text(key)}`{place}", hint(key, list(node.value)))
    return Node({**node.value, key: _put(node.value[key], rest, value, (*done, key))}, node.mark)


def _index(items: list[Node], parts: list[str], done: Location) -> tuple[int, int]:
    """Find an item by its name, which may hold dots, or by its index; and how many parts of the path that took."""
    names = [_name(item) for item in items]
    for used in range(len(parts), 0, -1):
        if ".".join(parts[:used]) in names:
            return names.index(".".join(parts[:used])), used
    if parts[0].isdecimal() and int(parts[0]) < len(items):
        return int(parts[0]), 1
    known = [name for name in names if name is not None]
    remedy = hint(parts[0], known, quote="'", none=f"it has {len(items)} items" if items else "it is empty")
    raise _NoSuchPathError(f"there is no {shown(parts[0])} in {path_text(done)}", remedy)
