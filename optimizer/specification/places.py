"""Where in a document a key belongs that was written in another block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from types import GenericAlias, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

_LIKENESS = 0.85  # of a key elsewhere, which is less likely meant than one of the block itself
_MOST_TOLD = 2
_MOST_IN_USE = 3  # blocks with the same key, beyond which it is a word such as `name` or `price`


class Block(NamedTuple):
    """A mapping of a document.

    Attributes
    ----------
    path : tuple of str
        Keys that lead to it from the top.
    is_item : bool
        It is an item of a list.
    keys : tuple of str
        The keys that it may have.
    """

    path: tuple[str, ...]
    is_item: bool
    keys: tuple[str, ...]

    def __str__(self) -> str:
        if not self.path:
            return "at the top level"
        return f"under {'an item of ' if self.is_item else ''}`{'.'.join(self.path)}`"


def belongs(kind: type[BaseModel], path: Sequence[str], key: str) -> str:
    """Say where a key belongs that a block does not have.

    Parameters
    ----------
    kind : type of Specification
        What the whole document is.
    path : sequence of str
        Keys that lead to the block, without the places in lists.
    key : str
        The key.

    Returns
    -------
    str
        Such as "`reliability` belongs under `site`"; empty where no block has the key, or too many have it.

    Examples
    --------
    >>> from optimizer.site import Site
    >>> belongs(Site, ("load",), "reliability"), belongs(Site, (), "day_ahead")
    ('`reliability` belongs at the top level', '')
    """
    here = tuple(path)
    blocks = [block for block in _blocks(kind) if block.path != here]  # not what else an item of the same list may be
    within = [block for block in blocks if len(block.path) > len(here) and block.path[: len(here)] == here]
    around = [block for block in blocks if len(block.path) < len(here) and here[: len(block.path)] == block.path]
    without = {block.path for block in around if key not in block.keys}  # of what may be of several kinds, some
    around = [block for block in around if block.path not in without]
    known_by = {block.path for block in blocks if key in block.keys}
    only = blocks if len(known_by) == 1 and not known_by & without else []
    alike = get_close_matches(key, {known for block in within for known in block.keys}, 1, _LIKENESS)
    return (
        _told(key, sorted(within + around, key=lambda block: _steps(block, here)), here)
        or "".join(_told(known, within, here) for known in alike)
        or _told(key, only, here)
    )


def _told(key: str, blocks: Sequence[Block], here: tuple[str, ...]) -> str:
    """Name the block that has the key, the nearest come first; nothing where a key is in use all over the document."""
    found = [block for block in blocks if key in block.keys]
    nearest = [block for block in found if _steps(block, here) == _steps(found[0], here)]
    places = list(dict.fromkeys(map(str, nearest)))
    if not places or len(places) > _MOST_TOLD or len({block.path for block in found}) > _MOST_IN_USE:
        return ""
    return f"`{key}` belongs {' or '.join(places)}"


def _steps(block: Block, here: tuple[str, ...]) -> int:
    return abs(len(block.path) - len(here))


@lru_cache(maxsize=8)
def _blocks(kind: type[BaseModel]) -> tuple[Block, ...]:
    """List the blocks of a document, those at the top first."""
    ahead: list[tuple[tuple[str, ...], bool, type[BaseModel]]] = [((), False, kind)]
    found = []
    for path, is_item, cls in ahead:  # which grows as it is gone through
        found.append(Block(path, is_item, tuple(_known_keys(cls))))
        for name, field in cls.model_fields.items():
            ahead += [
                ((*path, name), listed, inner) for inner, listed in _specifications(field.annotation, listed=False)
            ]
    return tuple(found)


def _known_keys(cls: type[BaseModel]) -> Sequence[str]:
    known: Sequence[str] = cls.known_keys() if hasattr(cls, "known_keys") else tuple(cls.model_fields)
    return known


def _specifications(annotation: Any, *, listed: bool) -> Iterator[tuple[type[BaseModel], bool]]:
    """Find the specifications of which a field may hold one, or a list."""
    if isinstance(annotation, type) and not isinstance(annotation, GenericAlias) and issubclass(annotation, BaseModel):
        yield annotation, listed
    elif get_origin(annotation) is Annotated:
        yield from _specifications(get_args(annotation)[0], listed=listed)
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for inner in get_args(annotation):
            yield from _specifications(inner, listed=listed or get_origin(annotation) is tuple)
