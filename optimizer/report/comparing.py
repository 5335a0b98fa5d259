"""The table that sets two or more runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import words
from .numbers import NONE, number, quantity, unit_words

if TYPE_CHECKING:
    import xarray as xr

_DUST = 1e-6  # relative difference that plans may have that are proved as good as each other
_NOTHING = 1e-3  # what is less is none of something, MWh or hours, where the first run has none of it


@dataclass(frozen=True)
class Cell:
    """A run's value, and how far it is from the first run's."""

    text: str
    difference: str = ""


@dataclass(frozen=True)
class Row:
    """One key figure of all runs."""

    label: str
    unit: str
    cells: list[Cell]


def rows(runs: Mapping[str, xr.Dataset]) -> list[Row]:
    """Set the key figures of runs side by side, with the difference of each to the first.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Results; the first is what the others are held against.

    Returns
    -------
    list of Row
        Capacities are left out, they have a table of their own.
    """
    summaries = [words.key_figures(run) for run in runs.values()]
    labels = {name: figure for summary in summaries for name, figure in summary.items()}
    order = [*words.HEADLINES, *(name for name in labels if name not in words.HEADLINES)]
    return [
        _row(labels[name], [summary[name].value if name in summary else None for summary in summaries])
        for name in order
        if name in labels and not is_capacity(name)
    ]


def is_capacity(name: str) -> bool:
    """Say whether a figure of the summary is a capacity."""
    kinds = ("capacity_", "power_capacity_", "energy_capacity_", "generator_capacity_")
    return name in ("connection_capacity", "subscribed_power") or name.startswith(kinds)


def _row(figure: words.KeyFigure, values: list[float | None]) -> Row:
    first = values[0]
    cells = [Cell(_text(first, figure.unit))]
    cells += [Cell(_text(value, figure.unit), _difference(value, first, figure.unit)) for value in values[1:]]
    return Row(figure.label, unit_words(figure.unit), cells)


def _text(value: float | None, unit: str) -> str:
    return quantity(value, unit)[0] if unit == "1" else number(value)


def _difference(value: float | None, first: float | None, unit: str) -> str:
    if value is None or first is None:
        return NONE
    change = value - first
    if abs(change) <= max(_DUST * max(abs(value), abs(first)), 0.0 if abs(first) > _NOTHING else _NOTHING):
        return "±0"
    sign = "+" if change > 0 else "−"
    if unit == "1":  # a share: in percentage points
        return f"{sign}{number(abs(100 * change), 1)} points"
    share = f" ({sign}{number(abs(100 * change / first), 1)} %)" if first else ""
    return f"{sign}{number(abs(change))}{share}"
