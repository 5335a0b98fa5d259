"""Numbers as a reader wants them: thousands separated, as many decimals as carry meaning, units beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

NONE = "–"


def decimals(largest: float) -> int:
    """Say how many decimals suit numbers up to this size.

    Examples
    --------
    >>> decimals(12345), decimals(250), decimals(31), decimals(0.8)
    (0, 1, 2, 3)
    """
    return next((places for places, limit in enumerate((1000, 100, 1)) if largest >= limit), 3)


def number(value: float | None, places: int | None = None) -> str:
    """Write a number with thousands separated; a dash where there is none.

    Examples
    --------
    >>> number(317716.2), number(-41.0512), number(30.0), number(float("nan")), number(2.1e-9)
    ('317,716', '-41.05', '30', '–', '2.1e-09')
    """
    if value is None or not math.isfinite(value):
        return NONE
    if places is None:
        if value and abs(value) < 1e-3:
            return f"{value:.2g}"
        places = 0 if value == round(value) else decimals(abs(value))
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def quantity(value: float | None, unit: str) -> tuple[str, str]:
    """Write a key figure and its unit in words: shares in percent, millions as such.

    Examples
    --------
    >>> quantity(0.8812, "1"), quantity(13042417.0, "USD/a"), quantity(41.052, "USD/MWh")
    (('88.1', '%'), ('13.04 million', 'USD a year'), ('41.05', 'USD/MWh'))
    """
    told = unit_words(unit)
    if value is None or not math.isfinite(value):
        return NONE, told
    if unit == "1":
        return number(100 * value, 1), told
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} million", told
    return number(value), told


def unit_words(unit: str) -> str:
    """Write a unit for a reader who knows no abbreviations.

    Examples
    --------
    >>> unit_words("tCO2e/a"), unit_words("1/a"), unit_words("1")
    ('tCO₂e a year', 'a year', '%')
    """
    if unit == "1":
        return "%"
    return unit.replace("1/a", "a year").replace("/a", " a year").replace("CO2", "CO₂")


@dataclass(frozen=True)
class View:
    """A table ready for the page: texts only.

    Attributes
    ----------
    corner : str
        Header of the column of row names.
    headers : sequence of str
        Headers of the other columns.
    rows : sequence of (str, sequence of str)
        Each row's name and cells.
    textual : sequence of bool
        For each column, whether it holds words rather than numbers.
    """

    corner: str
    headers: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    textual: Sequence[bool]


def view(table: pd.DataFrame) -> View:
    """Turn a table with units in its names into texts.

    Numbers that share a unit share their decimals: by column where the column names hold the units, by row where the
    row names do, and throughout where the corner does.

    Parameters
    ----------
    table : pandas.DataFrame
        Its index is the column of row names.

    Returns
    -------
    View
        The texts of the table.
    """
    corner = str(table.index.name or "")
    textual = [table[name].dtype.kind not in "fiu" for name in table.columns]
    headers, names = [str(name) for name in table.columns], [str(name) for name in table.index]
    if any(textual):
        columns = [_column(table[name]) for name in table.columns]
        cells = [list(row) for row in zip(*columns, strict=True)]
    else:
        cells = _numbers(table.to_numpy(dtype=float), corner, headers)
    return View(corner, headers, list(zip(names, cells, strict=True)), textual)


def _numbers(values: np.ndarray[Any, Any], corner: str, headers: Sequence[str]) -> list[list[str]]:
    if any("[" in header for header in headers):
        columns = [_written(column) for column in values.T]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in values]
    if corner.endswith("]"):
        places = _places(values)
        return [[number(value, places) for value in row] for row in values]
    return [_written(row) for row in values]


def _column(column: pd.Series[Any]) -> list[str]:
    if column.dtype.kind not in "fiu":
        return [str(value) for value in column]
    return _written(column.to_numpy(dtype=float))


def _written(values: np.ndarray[Any, Any]) -> list[str]:
    places = _places(values)
    return [number(value, places) for value in values]


def _places(values: np.ndarray[Any, Any]) -> int:
    finite = values[np.isfinite(values)].round(9)
    if np.array_equal(finite, finite.round()):
        return 0
    return decimals(float(np.abs(finite).max()))
