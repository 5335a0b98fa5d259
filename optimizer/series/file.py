"""How a file of series is to be read: a column map, validated, as it stands in a scenario."""

from __future__ import annotations

import codecs
import re
from datetime import date, datetime
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from optimizer.series.moments import Duration, Zone
from optimizer.series.units import find_quantity, find_unit, unit_hint
from optimizer.specification.base import Specification, shown, wrong

Format = Literal["csv", "netcdf"]
_FORMATS: dict[str, Format] = {".csv": "csv", ".txt": "csv", ".nc": "netcdf", ".nc4": "netcdf"}
_RESERVED = ("dt", "hour")


def _series_name(name: str) -> str:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is None:
        raise wrong(f"{shown(name)} is not usable as the name of a series", "use letters, digits and '_'")
    if name in _RESERVED:
        raise wrong(f"'{name}' is kept for the time axis", "give the series another name")
    return name


def _known_unit(text: str) -> str:
    if find_unit(text) is None:
        raise wrong(f"{shown(text)} is not an accepted unit", unit_hint(text, "USD"))
    return text


def _peak(peak: float | str) -> float | str:
    if isinstance(peak, float):
        if peak <= 0:
            raise wrong(f"a peak of {shown(peak)} is not above 0")
        return peak
    quantity = find_quantity(peak)
    if quantity is None or quantity[0] <= 0 or quantity[1].per_interval:
        raise wrong(f"{shown(peak)} is not a peak", "write a number, or a number and its unit, such as '33.3 MW'")
    return peak


def _label_time(value: object) -> object:
    """Let only a date or time without a zone through: it is a label, compared with those in the file."""
    is_text = isinstance(value, str) and re.match(r"\s*\d{4}-\d\d-\d\d", value) is not None
    if not (is_text or isinstance(value, date)):
        raise wrong(f"{shown(value)} is not a label of the file", "write it as '2024-09-01 00:00'")
    return value


def _naive(label: datetime) -> datetime:
    if label.tzinfo is not None:
        raise wrong(f"{label} has a zone", "write the label as the file has it, without a zone")
    return label


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise wrong(f"{shown(name)} is not a text encoding", "use 'utf-8' or 'latin-1'") from None
    return name


def _time_format(text: str) -> str:
    if "%" not in text or "%z" in text.lower():
        raise wrong(
            f"{shown(text)} is not a usable format of times",
            "write it with % codes, such as '%d/%m/%Y %H:%M', and give the zone by `zone`",
        )
    return text


def _currency(code: str) -> str:
    if re.fullmatch("[A-Z]{3}", code) is None:
        raise wrong(f"{shown(code)} is not a currency", "write its three capital letters, such as EUR")
    return code


def _of_text(key: str, kind: Any) -> BeforeValidator:
    """Let a mapping with one telling key be written as the bare text of that key."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value, json_schema_input_type=kind | str
    )


Currency = Annotated[str, AfterValidator(_currency)]
SeriesName = Annotated[str, AfterValidator(_series_name)]
UnitText = Annotated[str, AfterValidator(_known_unit)]


class TimeColumn(Specification):
    """Where a file has its times, and what they mean."""

    column: str | None = Field(default=None, description="Column, or netCDF variable, that holds the times")
    zone: Zone | None = Field(default=None, description="IANA zone of times written without an offset")
    label: Literal["start", "end"] = Field(default="start", description="Which end of its interval a time names")
    format: Annotated[str, AfterValidator(_time_format)] | None = Field(
        default=None, description="Format of the times in a CSV file where it is not ISO 8601: '%d/%m/%Y %H:%M'"
    )
    step: Duration | None = Field(default=None, description="Step of the file; otherwise found from its times")
    ambiguous: Literal["refuse", "first", "second"] = Field(
        default="refuse", description="Which of two hours an autumn local time means that the file has only once"
    )
    nonexistent: Literal["refuse", "drop"] = Field(
        default="refuse", description="What to do with rows at local times that the clock jumped over in spring"
    )


class LayOn(Specification):
    """How rows find their place on the horizon."""

    by: Literal["calendar", "position"] = Field(
        default="calendar", description="By their times, or in order, whatever their times are"
    )
    start: Annotated[datetime, BeforeValidator(_label_time), AfterValidator(_naive)] | None = Field(
        default=None, description="With 'position': time, as the file writes it, of the row that comes first"
    )

    @model_validator(mode="after")
    def _start_needs_position(self) -> LayOn:
        if self.start is not None and self.by == "calendar":
            raise wrong("a start is given but rows are laid on by calendar", "say `by: position`, or drop the start")
        return self


class Gaps(Specification):
    """Whether, how and up to which length missing values are filled."""

    fill: Literal["refuse", "interpolate", "hold"] = Field(
        default="refuse", description="Refuse gaps, interpolate linearly, or hold the value before the gap"
    )
    at_most: Duration | None = Field(default=None, description="Longest gap that is filled, such as '6 h'")

    @model_validator(mode="after")
    def _limit_needed(self) -> Gaps:
        if self.fill != "refuse" and self.at_most is None:
            raise wrong(f"gaps are filled ({self.fill}) up to no stated length", "add `at_most`, such as '6 h'")
        return self


class ColumnMap(Specification):
    """One column of a file, made one series.

    Parameters
    ----------
    column : str, optional
        Column or variable in the file; without it, the name of the series.
    unit : str, optional
        Unit in the file, such as ``"kW"``, ``"EUR/MWh"`` or ``"%"``; a netCDF variable may bring its own.
    scale : float
        Factor on all values.
    peak : float or str, optional
        Take the column as a shape and scale it so that its greatest value on the horizon is this: a number in the
        canonical unit, or a number with its unit (``"33.3 MW"``), which is then the unit of the series.
    note : str
        What a reader must know, such as ``"example, unverified"``.
    """

    column: str | None = Field(default=None, description="Column in the file; without it, the name of the series")
    unit: UnitText | None = Field(default=None, description="Unit in the file, such as 'kW', 'EUR/MWh', '%'")
    scale: float = Field(default=1.0, gt=0, description="Factor on all values")
    peak: Annotated[float | str, AfterValidator(_peak)] | None = Field(
        default=None, description="Scale the column as a shape to this greatest value, such as '33.3 MW'"
    )
    note: str = Field(default="", description="What a reader must know, such as 'example, unverified'")

    @model_validator(mode="after")
    def _scale_or_peak(self) -> ColumnMap:
        if self.peak is not None and self.scale != 1.0:
            raise wrong("both `scale` and `peak` are given", "keep one of them")
        return self


class SeriesFile(Specification):
    """One file of series.

    Parameters
    ----------
    path : str
        The file, relative to the scenario's folder.
    columns : mapping of str to ColumnMap
        Series by name. A netCDF file without it gives all variables over its time axis, named as they are.
    time : TimeColumn
        Where the times are and what they mean.
    lay_on : LayOn
        ``"calendar"``, ``"position"``, or ``{by: position, start: "2024-09-01 00:00"}``.
    gaps : Gaps
        Missing rows and blank cells are faults, unless they are to be filled.
    resample : {"refuse", "hold", "mean"}
        What to do where the file's step is not the horizon's: refuse, hold each value over the shorter intervals, or
        take the mean over the longer ones (which keeps the energy).
    exchange_rates : mapping of str to float
        Units of the scenario's currency for one unit of another.

    Examples
    --------
    >>> wind = {"column": "electricity", "unit": "kW/kW"}
    >>> SeriesFile(path="wind.csv", time={"column": "time", "zone": "UTC"}, columns={"wind_availability": wind}).format
    'csv'
    """

    path: str = Field(min_length=1, description="The file, relative to the scenario's folder")
    format: Format | None = Field(default=None, description="'csv' or 'netcdf', where the file's ending does not tell")
    skip_rows: int = Field(default=0, ge=0, description="Lines before the header of a CSV file")
    separator: str = Field(default=",", min_length=1, max_length=1, description="What parts the cells of a CSV file")
    decimal: Literal[".", ","] = Field(default=".", description="Decimal sign in a CSV file")
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(default="utf-8", description="Encoding of a CSV file")
    time: TimeColumn = Field(default=TimeColumn(), description="Where the times are and what they mean")
    lay_on: Annotated[LayOn, _of_text("by", LayOn)] = Field(
        default=LayOn(), description="'calendar', 'position', or {by: position, start: '2024-09-01 00:00'}"
    )
    gaps: Annotated[Gaps, _of_text("fill", Gaps)] = Field(
        default=Gaps(), description="How missing values are filled: {fill: interpolate, at_most: 6 h}"
    )
    resample: Literal["refuse", "hold", "mean"] = Field(
        default="refuse", description="What to do where the file's step is not the horizon's"
    )
    columns: dict[SeriesName, ColumnMap] = Field(default={}, description="Series by name, each from one column")
    exchange_rates: dict[Currency, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="Units of the scenario's currency for one unit of another, such as {EUR: 1.08}"
    )
    note: str = Field(default="", description="What a reader must know of all series of the file")

    @model_validator(mode="before")
    @classmethod
    def _format_from_ending(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("format") is None and isinstance(data.get("path"), str):
            found = _FORMATS.get(PurePath(data["path"]).suffix.lower())
            return data if found is None else {**data, "format": found}
        return data

    @model_validator(mode="after")
    def _enough_said(self) -> SeriesFile:
        if self.format is None:
            raise wrong(f"the ending of '{self.path}' tells no format", "say `format: csv` or `format: netcdf`")
        if self.format == "csv" and self.time.column is None:
            raise wrong(f"'{self.path}' has no time column named", "say `time: {column: ..., zone: UTC}`")
        if self.format == "csv" and not self.columns:
            raise wrong(f"'{self.path}' has no columns mapped", "say `columns: {wind_availability: {column: ...}}`")
        if self.decimal == self.separator:
            raise wrong(f"'{self.decimal}' is both the decimal sign and the separator", "say `separator: ';'`")
        return self
