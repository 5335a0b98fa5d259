"""One column of a file: its unit and currency, and the faults of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import Fault, InputError
from optimizer.series.clock import Mask, Times, listed, stamp
from optimizer.series.coverage import step_text
from optimizer.series.file import ColumnMap, SeriesFile
from optimizer.series.readers import RawTable
from optimizer.series.timeline import Rows, Values, runs, usual_step
from optimizer.series.units import (
    CARBON,
    FRACTION,
    OWN_CURRENCY,
    RATIO,
    TEMPERATURE,
    Unit,
    as_ratio,
    find_quantity,
    find_unit,
    unit_hint,
)


@dataclass(frozen=True)
class Column:
    """A column whose unit is settled.

    Attributes
    ----------
    source : str
        File and column.
    where : str
        The same with the name of the series, as faults have it.
    map : ColumnMap
        Its map, all defaults if the file's own names are taken.
    values : (n,) array
        Values of all rows as the file has them; NaN where there is no number.
    texts : dict of int to str
        What stands, by row, where there should be a number.
    unit : Unit
        The unit of the values.
    rate : float
        Scenario's currency for one of the unit's; 1 for what is not a price.
    peak : float or None
        In canonical unit and the scenario's currency: what the greatest value is to be scaled to.
    canonical : str
        The unit of the series that is made of it.
    notes : tuple of str
        What the file and its column map say of it, and what was assumed.
    """

    source: str
    where: str
    map: ColumnMap
    values: Values
    texts: dict[int, str]
    unit: Unit
    rate: float
    peak: float | None
    canonical: str
    notes: tuple[str, ...]


def source(file: SeriesFile, table: RawTable, name: str) -> str:
    """Say where a series comes from."""
    return f"{file.path}, column '{table.columns[name]}'"


def settle(file: SeriesFile, table: RawTable, name: str, currency: str) -> Column:
    """Settle in which unit and currency a column is.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    table : RawTable
        What the file says.
    name : str
        The series.
    currency : str
        The scenario's.

    Returns
    -------
    Column
        The column with its unit.

    Raises
    ------
    InputError
        If the unit is missing or unknown, or an exchange rate is missing.
    """
    origin = source(file, table, name)
    where = f"{origin} ({name})"
    column = file.columns.get(name, ColumnMap())
    peak = find_quantity(column.peak) if isinstance(column.peak, str) else None
    unit = _unit(where, name, column.unit or table.units.get(name), currency, is_shape=peak is not None)
    rate = _rate(where, unit, file, currency)
    notes = [*table.notes.get(name, ()), file.note, column.note]
    if column.unit and table.units.get(name, column.unit) != column.unit:
        notes.append(f"the file gives the unit '{table.units[name]}', the column map '{column.unit}', which was taken")
    if rate != 1.0:
        notes.append(f"converted at {rate:g} {currency} for one {unit.currency}")
    if peak is None:
        height = column.peak if isinstance(column.peak, float) else None
        made_of = unit
    else:
        height = float(peak[1].canonical(np.array(peak[0]), 1.0)) * _rate(where, peak[1], file, currency)
        made_of = peak[1]
    canonical = made_of.kind.unit.replace("currency", currency)
    values, texts = table.values[name], table.texts[name]
    return Column(origin, where, column, values, texts, unit, rate, height, canonical, tuple(notes))


def _unit(where: str, name: str, text: str | None, currency: str, *, is_shape: bool) -> Unit:
    if text is None:
        if is_shape:  # the unit of the shape itself falls out
            return Unit(RATIO)
        raise InputError([Fault(where, "no unit is given", "say `unit: MW`, or whatever it is")])
    unit = find_unit(text)
    if unit is None:
        remedy = f"{unit_hint(text, currency)}; or map by `columns` only what is needed"
        raise InputError([Fault(where, f"'{text}' is not an accepted unit", remedy)])
    # PUE alone is written in "1" without being a share.
    return as_ratio(unit) if "pue" in name.lower().split("_") else unit


def _rate(where: str, unit: Unit, file: SeriesFile, currency: str) -> float:
    if unit.currency in ("", OWN_CURRENCY, currency):
        return 1.0
    if unit.currency not in file.exchange_rates:
        remedy = f"say how many {currency} one {unit.currency} costs: `exchange_rates: {{{unit.currency}: ...}}`"
        raise InputError([Fault(where, f"is in {unit.currency}, the scenario in {currency}", remedy)])
    return file.exchange_rates[unit.currency]


# --- values -----------------------------------------------------------------------------------------------------------


def value_faults(column: Column, rows: Rows, labels: Times, *, blanks: bool) -> Iterator[Fault]:
    """Find what is no usable number, each kind told once with the first of its times.

    Parameters
    ----------
    column : Column
        The column.
    rows : (row,) int
        Rows to judge.
    labels : (row,) datetime64[ns]
        Their times as the file writes them.
    blanks : bool
        Blank cells are faults.
    """
    values = column.values[rows]
    texts = [column.texts.get(int(row)) for row in rows] if column.texts else []
    is_text = np.array([text is not None for text in texts]) if texts else np.zeros(len(rows), dtype=bool)
    if is_text.any():
        told = _told([repr(text) for text in texts if text is not None], labels[is_text])
        remedy = "write numbers, with the decimal sign that `decimal` states"
        yield Fault(column.where, f"not numbers ({is_text.sum()}): {told}", remedy)
    blank = np.isnan(values) & ~is_text
    if blanks and blank.any():
        yield Fault(column.where, f"blank or NaN ({blank.sum()}): {listed(labels[blank])}", _fill_remedy(blank, labels))
    infinite = np.isinf(values)
    if infinite.any():
        told = _told([f"{value:g}" for value in values[infinite][:3]], labels[infinite])
        yield Fault(
            column.where, f"infinite ({infinite.sum()}): {told}", "write finite numbers, or leave the cells blank"
        )
    outside = np.isfinite(values) & column.unit.kind.outside(column.unit.canonical(values, 1.0))
    if outside.any():
        told = _told([f"{value:.6g}" for value in values[outside][:3]], labels[outside])
        what = f"{_range_text(column.unit)} ({outside.sum()}): {told}"
        yield Fault(column.where, what, _range_remedy(column.unit, values[outside]))


def _told(words: Sequence[str], labels: Times) -> str:
    text = ", ".join(f"{word} at {stamp(label)}" for word, label in zip(words[:3], labels[:3], strict=True))
    return f"{text} and {len(labels) - 3} more" if len(labels) > 3 else text


def _fill_remedy(blank: Mask, labels: Times) -> str:
    step = usual_step(np.sort(labels)) if len(labels) > 1 else np.timedelta64(0, "ns")
    longest = max(end - first for first, end in runs(blank)) * step
    length = step_text(longest) if longest else "..."
    return f"give the values, or have them filled by `gaps: {{fill: interpolate, at_most: {length}}}`"


def _range_text(unit: Unit) -> str:
    kind = unit.kind
    if np.isinf(kind.high):
        return "negative"
    return f"not between {kind.low:g} and {kind.high:g} {'' if kind.unit == '1' else kind.unit}".rstrip()


def _range_remedy(unit: Unit, values: Values) -> str:
    if unit.kind is FRACTION and unit.factor == 1.0 and 1.0 < values.max() <= 100.0 and values.min() >= 0.0:
        return "if these are percent, say `unit: '%'`"
    if unit.kind is TEMPERATURE and not unit.offset and values.min() > 100.0:
        return "if these are kelvin, say `unit: K`"
    if unit.kind is CARBON and values.max() > 0.0:
        return "check the unit; grids have up to about 1000 gCO2e/kWh, which is 1 tCO2e/MWh"
    if np.abs(unit.factor * values).max() < 0.05:
        return "if these are rounding errors of a model, set them to 0 in the file"
    return "correct the values, or the unit"
