"""The names that rules may use: sets, data and variables, declared on one Pyomo block without any values.

Data live in an `xarray.Dataset`; its dimensions are the sets. A dimension with text labels becomes a Set of those
labels; any other becomes the positions 0, 1, ..., so that rules may say ``t + 1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.errors import FormulationError
from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.rules import Rule

if TYPE_CHECKING:
    import xarray as xr


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

    def columns(self) -> list[np.ndarray[Any, Any]]:
        """The labels as one array for each index position."""
        if self.counted:
            return [np.arange(len(self))]
        if self.dimen == 1:
            return [self.labels.to_numpy()]
        return [self.labels.get_level_values(level).to_numpy() for level in range(self.dimen)]

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
            found = np.asarray(labels[0])
            if found.dtype.kind == "f":
                found = _whole(found, user)
            outside = (found < 0) | (found >= len(self))
        else:
            grid = np.broadcast_arrays(*labels)
            flat = [part.ravel() for part in grid]
            key = pd.MultiIndex.from_arrays(flat) if self.dimen > 1 else pd.Index(flat[0])
            found = self.labels.get_indexer(key).reshape(grid[0].shape)
            outside = found < 0
        if outside.any():
            first = [np.broadcast_to(part, outside.shape)[outside][0] for part in labels]
            asked = ", ".join(str(part) for part in first)
            raise FormulationError(
                f"{user} asks for {asked}, which is not in {self.name!r} ({len(self)} members, "
                f"{_span(self)}); states live on one more boundary than there are intervals"
            )
        return found.astype(np.int64)


def _whole(values: np.ndarray[Any, Any], user: str) -> np.ndarray[Any, Any]:
    rounded = np.rint(values)
    if not np.array_equal(rounded, values):
        raise FormulationError(f"{user} is looked up by values that are not whole numbers")
    return rounded.astype(np.int64)


def _span(index_set: IndexSet) -> str:
    return f"{index_set.labels[0]} to {index_set.labels[-1]}" if len(index_set) else "empty"


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
    """Take the sets from a dataset's dimensions, and further ones (subsets, sets of pairs) as given."""
    sets: dict[str, IndexSet] = {}
    for dim, length in data.sizes.items():
        name = str(dim)
        labels = data.indexes.get(dim)
        if labels is not None and (labels.dtype.kind in "OUST" or isinstance(labels.dtype, pd.StringDtype)):
            sets[name] = IndexSet(name, labels.astype(object))
        else:
            sets[name] = IndexSet(name, pd.RangeIndex(length), counted=True)
    for name, members in (extra or {}).items():
        pairs = len(members) > 0 and isinstance(members[0], tuple)
        sets[name] = IndexSet(name, pd.MultiIndex.from_tuples(members) if pairs else pd.Index(list(members)))
    return sets


def read_data(data: xr.Dataset) -> dict[str, Data]:
    """Take the named arrays from a dataset, as floats."""
    return {
        str(name): Data(tuple(str(dim) for dim in array.dims), np.asarray(array.values, dtype=float))
        for name, array in data.variables.items()
        if name not in data.coords
    }


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
    from pyomo.core import ConcreteModel, Param, RangeSet, Set, Var  # noqa: PLC0415

    block = ConcreteModel()
    for index_set in sets.values():
        if index_set.counted and len(index_set):
            component = RangeSet(0, len(index_set) - 1)
        else:
            component = Set(initialize=list(index_set.labels), dimen=index_set.dimen, ordered=True)
        _attach(block, index_set.name, component)
    for name, array in data.items():
        _attach(block, name, Param(*(getattr(block, dim) for dim in array.dims), mutable=True, within=AnyValue))
    for name, columns in layout.items():
        indices = [getattr(block, dim) for dim in columns.dims]
        _attach(block, name, Var(*indices, dense=False) if indices else Var())
    return block


def _attach(block: Any, name: str, component: Any) -> None:
    if hasattr(block, name):
        raise FormulationError(
            f"{name!r} is a name that Pyomo blocks reserve or that is used twice; choose another name"
        )
    block.add_component(name, component)
