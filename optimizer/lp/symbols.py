"""The names that rules may use: sets, data and variables, declared on one Pyomo block without any values.

Data live in an `xarray.Dataset`; its dimensions are the sets. A dimension with text labels becomes a Set of those
labels; any other becomes the positions 0, 1, ..., so that rules may say ``t + 1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.errors import FormulationError
from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.rules import Rule

if TYPE_CHECKING:
    import xarray as xr

# Up to so many labels are found one by one before pandas has made an index of them.
_FEW = 1_000

Words = Mapping[str, Callable[[int], str]]
"""By the name of a set: what to call a position in it."""


@dataclass(frozen=True)
class IndexSet:
    """An ordered set of labels: the positions 0..n-1, texts, whole numbers, or tuples of these.

    Attributes
    ----------
    name : str
        Name in rules.
    labels : pandas.Index
        The members in order; a MultiIndex for tuples.
    counted : bool
        True where the labels are just the positions.
    """

    name: str
    labels: pd.Index[Any]
    counted: bool = False

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def dimen(self) -> int:
        """How many indices a rule gets for this set."""
        return self.labels.nlevels

    def texts(self) -> list[str]:
        """Give the labels as texts, those of pairs joined: for tables and files."""
        return [" ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in self.labels]

    def columns(self) -> list[np.ndarray[Any, Any]]:
        """Give the labels as one array for each index position."""
        if self.counted:
            return [np.arange(len(self))]
        if self.dimen == 1:
            return [self.labels.to_numpy()]
        return [self.labels.get_level_values(level).to_numpy() for level in range(self.dimen)]

    @cached_property
    def _places(self) -> dict[Any, int]:
        return {label: place for place, label in enumerate(self.labels)}

    def position(self, label: tuple[Any, ...], user: str) -> int:
        """Find one member, given by all its index positions; errors as in `positions`."""
        place = self._places.get(label if self.dimen > 1 else label[0])
        if place is None:
            parts = [np.asarray(part, dtype=object if isinstance(part, str) else None) for part in label]
            place = int(self.positions(parts, user))
        return place

    def positions(self, labels: Sequence[np.ndarray[Any, Any]], user: str) -> IntArray:
        """Find labels in the set.

        Parameters
        ----------
        labels : sequence of ndarray
            One array for each index position, broadcastable against each other.
        user : str
            Who asks, for the message.

        Raises
        ------
        FormulationError
            If a label is not in the set; a shift such as ``t - 1`` never wraps around.
        """
        if self.counted:
            found = _whole(np.asarray(labels[0]), user)
            outside = (found < 0) | (found >= len(self))
        else:
            grid = np.broadcast_arrays(*labels)
            found = self._looked_up([part.ravel() for part in grid]).reshape(grid[0].shape)
            outside = found < 0
        if outside.any():
            first = [np.broadcast_to(part, outside.shape)[outside][0] for part in labels]
            asked = ", ".join(f"{part:g}" if isinstance(part, np.floating) else str(part) for part in first)
            hint = "; states live on one more boundary than there are intervals" if self.counted else ""
            raise FormulationError(f"{user} asks for {asked}, which is not in {self.name!r} ({_extent(self)}){hint}")
        return found.astype(np.int64, copy=False)

    def _looked_up(self, labels: Sequence[np.ndarray[Any, Any]]) -> IntArray:
        """Find flat labels; -1 where there is none."""
        count = len(labels[0])
        if count > _FEW:
            keys = pd.MultiIndex.from_arrays(labels) if self.dimen > 1 else pd.Index(labels[0])
            return self.labels.get_indexer(keys)
        parts, places = [part.tolist() for part in labels], self._places
        asked = zip(*parts, strict=True) if self.dimen > 1 else parts[0]
        return np.fromiter((places.get(label, -1) for label in asked), np.int64, count)


def unknown_name(rule: Rule, error: Exception) -> FormulationError | None:
    """Tell a name that the model does not have from any other failure of a rule; None for the latter."""
    if not isinstance(error, AttributeError) or type(getattr(error, "obj", None)).__name__ != "ConcreteModel":
        return None
    return FormulationError(
        f"rule {rule.name!r} uses m.{error.name}, which is neither a set, nor bound data, nor a variable of this model"
    )


def _whole(values: np.ndarray[Any, Any], user: str) -> IntArray:
    if values.dtype.kind in "iu" or not values.size:
        return values.astype(np.int64, copy=False)
    if values.dtype.kind != "f" or not np.isfinite(values).all() or (np.rint(values) != values).any():
        raise FormulationError(f"{user} is looked up by something else than whole numbers")
    return values.astype(np.int64)


def _extent(index_set: IndexSet) -> str:
    if not len(index_set):
        return "an empty set"
    return f"{len(index_set)} members, {index_set.labels[0]} to {index_set.labels[-1]}"


def member_name(
    name: str, dims: Sequence[str], number: int, sets: Mapping[str, IndexSet], words: Words | None = None
) -> str:
    """Name a member of a family as its author would: ``stored_energy[battery, 17]``.

    Parameters
    ----------
    name, dims
        The family and its sets.
    number : int
        The member's number in the family; the last set runs fastest.
    sets : mapping
        All sets.
    words : mapping of str to callable, optional
        How to tell a position in some sets in words; they then follow the name: ``stored_energy[battery], 3 o'clock``.
    """
    parts: list[str] = []
    told: list[str] = []
    for dim in reversed(dims):
        number, place = divmod(number, len(sets[dim]))
        label = sets[dim].labels[place]
        if words and dim in words:
            told.insert(0, words[dim](place))
        else:
            parts[:0] = [str(part) for part in label] if isinstance(label, tuple) else [str(label)]
    return ", ".join([f"{name}[{', '.join(parts)}]" if parts else name, *told])


@dataclass(frozen=True)
class Data:
    """One named array of data."""

    dims: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True)
class Columns:
    """One contiguous family of columns."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """How many columns there are."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def slice(self) -> slice:
        """Where they stand in the program."""
        return slice(self.start, self.start + self.size)


def read_sets(data: xr.Dataset, extra: Mapping[str, Sequence[Any]] | None = None) -> dict[str, IndexSet]:
    """Take the sets from a dataset's dimensions, and further ones as given.

    Parameters
    ----------
    data : xarray.Dataset
        Dimensions with text labels become sets of these; all others sets of positions.
    extra : mapping of str to sequence, optional
        Subsets, or sets of tuples. An empty set of tuples has to be a `pandas.MultiIndex`, to say how long they are.

    Raises
    ------
    FormulationError
        If a set lists a member twice.
    """
    sets: dict[str, IndexSet] = {}
    for dim, length in data.sizes.items():
        name = str(dim)
        labels = data.indexes.get(dim)
        if labels is not None and (labels.dtype.kind in "OUST" or isinstance(labels.dtype, pd.StringDtype)):
            sets[name] = IndexSet(name, labels.astype(object))
        else:
            sets[name] = IndexSet(name, pd.RangeIndex(length), counted=True)
    for name, members in (extra or {}).items():
        sets[name] = IndexSet(name, _as_index(members))
    for index_set in sets.values():
        if not index_set.labels.is_unique:
            twice = index_set.labels[index_set.labels.duplicated()][0]
            raise FormulationError(f"the set {index_set.name!r} lists {twice} twice")
    return sets


def _as_index(members: Sequence[Any]) -> pd.Index[Any]:
    if isinstance(members, pd.Index):
        return members
    pairs = len(members) > 0 and isinstance(members[0], tuple)
    return pd.MultiIndex.from_tuples(members) if pairs else pd.Index(list(members))


def read_data(data: xr.Dataset) -> dict[str, Data]:
    """Take the named arrays from a dataset, as floats of their own: what the caller does to his later changes nothing.

    Raises
    ------
    FormulationError
        If an array does not hold numbers.
    """
    return {
        str(name): Data(tuple(str(dim) for dim in array.dims), as_floats(str(name), array.values))
        for name, array in data.variables.items()
        if name not in data.coords
    }


def as_floats(name: str, values: Any) -> FloatArray:
    """Copy values into an array of floats."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise FormulationError(f"{name!r} holds {array.dtype}, not numbers")
    return np.array(array, dtype=float)


def lay_out(rules: Iterable[Rule], sets: Mapping[str, IndexSet]) -> dict[str, Columns]:
    """Give each family of variables its block of column numbers, in the order of the rules."""
    layout: dict[str, Columns] = {}
    start = 0
    for rule in rules:
        shape = tuple(len(sets[name]) for name in rule.over)
        layout[rule.name] = Columns(rule.name, rule.over, shape, start)
        start += layout[rule.name].size
    return layout


def declare_block(sets: Mapping[str, IndexSet], data: Mapping[str, Data], layout: Mapping[str, Columns]) -> Any:
    """Declare all names on a Pyomo model, without values: nothing here grows with the number of hours."""
    from pyomo.core import Any as AnyValue  # noqa: PLC0415 (Pyomo is slow to import, and only needed here)
    from pyomo.core import ConcreteModel, Param, Var  # noqa: PLC0415

    block = ConcreteModel()
    declare_sets(block, sets)
    for name, array in data.items():
        attach(block, name, Param(*(getattr(block, dim) for dim in array.dims), mutable=True, within=AnyValue))
    for name, columns in layout.items():
        indices = [getattr(block, dim) for dim in columns.dims]
        attach(block, name, Var(*indices, dense=False) if indices else Var())
    return block


def declare_sets(block: Any, sets: Mapping[str, IndexSet]) -> None:
    """Declare the sets on a Pyomo model."""
    from pyomo.core import RangeSet, Set  # noqa: PLC0415

    for index_set in sets.values():
        if index_set.counted and len(index_set):
            component = RangeSet(0, len(index_set) - 1)
        else:
            component = Set(initialize=list(index_set.labels), dimen=index_set.dimen, ordered=True)
        attach(block, index_set.name, component)


def attach(block: Any, name: str, component: Any) -> None:
    """Put a component on a Pyomo model under its name."""
    check_name(block, name)
    block.add_component(name, component)


def check_name(block: Any, name: str) -> None:
    """Refuse a name that a Pyomo block has already."""
    if block.component(name) is not None:
        raise FormulationError(f"{name!r} is used twice; sets, data and rules need names that differ")
    if hasattr(block, name):
        raise FormulationError(f"{name!r} is a name that Pyomo blocks reserve; choose another name")
