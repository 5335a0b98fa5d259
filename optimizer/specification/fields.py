"""The kinds of field that specifications are made of: numbers with units, quantities, names, lists of named things."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from optimizer.nomenclature import term
from optimizer.specification.base import Location, Specification, hint, relayed, shown, wrong

Quantity = float | str
"""A number, or the name of a series."""

Flag = Annotated[bool, Field(strict=True)]
"""True or false, and nothing that merely looks like it."""

SITE_MOST = {"MW": 10_000.0, "MWh": 100_000.0}
"""More power, and more stored energy, than any site has: what is above it is in kW or kWh.

The largest data centres that are planned draw a few thousand MW. A site as large as this bound is refused too; there is
none, while a factor of 1,000 is an easy slip whose answer would look like one.
"""

_ROUNDING = 1e-9  # a series may overstep its bounds by so much, which is what a change of units can do
_THOUSAND = 1000.0  # kW in a MW


@dataclass(frozen=True)
class Measured:
    """Marks a field as a number with a unit, or, on a `Quantity`, as such a number or the name of a series.

    Attributes
    ----------
    unit : str
        The unit; ``currency`` stands for the scenario's currency.
    description : str
        What is measured.
    at_least, at_most, above : float
        The bounds of a number, and of every value of a series.
    site_most : float
        More than any site has, so that what is above it is a slip of the unit.
    slip : float
        Factor by which users often miss the unit: 100 for a percentage.
    whole : bool
        Only whole numbers will do.
    """

    unit: str
    description: str
    at_least: float = -math.inf
    at_most: float = math.inf
    above: float = -math.inf
    site_most: float = math.inf
    slip: float = 1.0
    whole: bool = False

    @property
    def text(self) -> str:
        """Description and unit in one line."""
        return self.description if self.unit == "1" else f"{self.description} [{self.unit}]"

    def breach(self, value: float) -> str:
        """Say which bound a number oversteps; an empty text if none."""
        if value > self.site_most:
            return f"is more than any site has, {shown(self.site_most)} {self.unit}"
        if self.at_least <= value <= self.at_most and value > self.above:
            return ""
        if math.isfinite(self.at_most) and value != self.above:
            return f"is not between {shown(max(self.at_least, self.above))} and {shown(self.at_most)}"
        if value <= self.above:
            return f"is not above {shown(self.above)}"
        return "is negative" if self.at_least == 0 else f"is below {shown(self.at_least)}"

    def within(self, value: Any) -> Any:
        """Tell, value by value, whether a series keeps the bounds but for rounding."""
        most = min(self.at_most, self.site_most)
        return (value >= max(self.at_least, self.above) - _ROUNDING) & (value <= most + _ROUNDING)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        number = self._bounded()
        if source != Quantity:
            return core_schema.with_info_plain_validator_function(self._number, json_schema_input_schema=number)
        either = core_schema.union_schema([number, core_schema.str_schema(min_length=1)])
        return core_schema.with_info_plain_validator_function(self._quantity, json_schema_input_schema=either)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        return found | {"description": self.text + ("; a number or the name of a series" if "anyOf" in found else "")}

    def _bounded(self) -> CoreSchema:
        """Describe the number to JSON Schema."""
        bounds = self.at_least, min(self.at_most, self.site_most), self.above
        at_least, at_most, above = (bound if math.isfinite(bound) else None for bound in bounds)
        if self.whole:
            return core_schema.int_schema(ge=None if at_least is None else int(at_least))
        return core_schema.float_schema(ge=at_least, le=at_most, gt=above)

    def _number(self, value: object, _: ValidationInfo) -> float:
        return self.number(value)

    def number(self, value: object) -> float:
        """Check a plain number.

        Raises
        ------
        pydantic_core.PydanticCustomError
            If `value` is no number, not finite, or out of bounds.
        """
        if isinstance(value, str):
            raise wrong(*self._text_for_number(value))
        if isinstance(value, bool) or not isinstance(value, Real):
            raise wrong(f"{shown(value)} is not a number", "" if value is not None else "give one")
        number = _as_float(value)
        if not math.isfinite(number):
            raise wrong(f"{shown(value)} is not a finite number")
        if self.whole and number != int(number):
            raise wrong(f"{shown(value)} is not a whole number")
        if breach := self.breach(number):
            raise wrong(f"{shown(value)} {breach}", self._likely(number))
        return int(number) if self.whole else number

    def _quantity(self, value: object, info: ValidationInfo) -> Quantity:
        if not isinstance(value, str):
            return self.number(value)
        if self._looks_like_number(value):
            raise wrong(*self._text_for_number(value))
        known = (info.context or {}).get("series")
        if known is not None and value not in known:
            raise wrong(f"there is no series {shown(value)}", series_hint(value, known))
        return value

    def _likely(self, number: float) -> str:
        """Guess the number that was meant instead of one that is out of bounds."""
        guess = number / self.slip
        if self.slip != 1 and number >= self.slip / 50 and not self.breach(guess):
            return f"did you mean {shown(float(f'{guess:.12g}'))}?"
        return "give 0 or more" if number < 0 == self.at_least and math.isinf(self.at_most) else ""

    def _looks_like_number(self, text: str) -> bool:
        """Tell a number in quotes, with a percent sign or with a unit from the name of a series."""
        match = _NUMBER_WITH_UNIT.fullmatch(text.strip())
        return match is not None and (match["unit"].strip() in ("", "%", self.unit) or match["unit"][0] in " ,")

    def _text_for_number(self, text: str) -> tuple[str, str]:
        """Say why a text is not the number it may have been meant as."""
        not_a_number = f"{shown(text)} is not a number"
        match = _NUMBER_WITH_UNIT.fullmatch(text.strip())
        if match is None:
            return not_a_number, ""
        number, unit = float(match["number"]), match["unit"].strip()
        if not unit:
            return f"{shown(text)} is text, not a number", f"write {shown(number)} without quotes"
        if unit == "%":
            return not_a_number, f"did you mean {shown(float(f'{number / 100:.12g}'))}?"
        if unit == self.unit:
            return not_a_number, f"write {shown(number)}: the unit is always {self.unit}"
        if _LEFT_OF_COMMA.match(unit):
            return not_a_number, "write it with a decimal point, and without separators of thousands"
        return not_a_number, "" if self.unit == "1" else f"give a number of {self.unit}"


_NUMBER_WITH_UNIT = re.compile(r"(?P<number>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)(?P<unit>(?![\d.]).*)", re.DOTALL)
_LEFT_OF_COMMA = re.compile(r"[,_' ]\d")


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def measured(name: str, **bounds: Any) -> Measured:
    """Make the mark of a field from the table of names. Powers are those of a site, and bounded by `SITE_MOST`.

    Parameters
    ----------
    name : str
        A name of the table, which gives unit and description.
    **bounds
        Further attributes of `Measured`.

    Examples
    --------
    >>> measured("energy_price").text
    'Price of energy imported from the grid [currency/MWh]'
    """
    entry = term(name)
    if entry.unit == "MW":
        bounds = {"site_most": SITE_MOST["MW"], "slip": _THOUSAND} | bounds
    return Measured(entry.unit, entry.description, **bounds)


def size_of_a_site(unit: str) -> Measured:
    """Make the mark by which the size of a capacity is judged, in MW or MWh.

    Examples
    --------
    >>> size_of_a_site("MW").breach(45_000)
    'is more than any site has, 10000 MW'
    """
    return Measured(unit, "Size", site_most=SITE_MOST[unit], slip=_THOUSAND)


def share(name: str, **bounds: Any) -> Measured:
    """Make the mark of a field that lies between 0 and 1, which users are apt to give as a percentage."""
    bounds = {"at_most": 1.0, "slip": 100.0} | bounds
    return measured(name, **bounds if "above" in bounds else {"at_least": 0.0, **bounds})


def quantities(specification: Specification, at: Location = ()) -> Iterator[tuple[Location, Quantity, Measured]]:
    """Find all quantities of a specification and of those within it.

    Yields
    ------
    location : tuple
        Where the quantity stands.
    value : float or str
        The number, or the name of a series.
    measured : Measured
        Its unit and bounds.
    """
    for name, field in type(specification).model_fields.items():
        value = getattr(specification, name)
        if isinstance(value, Specification):
            yield from quantities(value, (*at, name))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Specification):
                    yield from quantities(item, (*at, name, index))
        elif value is not None:
            yield from (((*at, name), value, mark) for mark in _marks_of_quantity(field))


def _marks_of_quantity(field: FieldInfo) -> Iterator[Measured]:
    """Give the mark of a field that holds a quantity, or none or a quantity."""
    if field.annotation == Quantity:
        marks = field.metadata
    else:
        marks = [
            mark for kind in get_args(field.annotation) if get_args(kind)[:1] == (Quantity,) for mark in get_args(kind)
        ]
    yield from (mark for mark in marks if isinstance(mark, Measured))


def series_hint(name: str, known: Sequence[str]) -> str:
    """Say which series was most likely meant."""
    return hint(name, known, quote="'", none="no series are given; list their files under `series`")


def _usable_name(name: str) -> str:
    if not name.strip():
        raise wrong("the name is empty", "give a short name")
    if name != name.strip():
        raise wrong(f"{shown(name)} begins or ends with a blank", f"write {shown(name.strip())}")
    bad = next((character for character in name if character in "/\\" or not character.isprintable()), None)
    if bad is not None or name in (".", ".."):
        raise wrong(f"{shown(name)} is not usable as a name", "names become parts of file names")
    return name


Name = Annotated[
    str,
    AfterValidator(_usable_name),
    WithJsonSchema({"type": "string", "pattern": r"^[^\s/\\]([^/\\\n\r\t]*[^\s/\\])?$"}),
]
"""A name that may label a curve and become part of a file name."""


def _distinct(data: object, handler: ValidatorFunctionWrapHandler) -> Any:
    """Validate a list of named things and refuse names that come twice, even where other faults are found too."""
    faults: list[InitErrorDetails] = list(_repeated_names(data))
    try:
        items = handler(data)
    except ValidationError as error:
        faults = [*relayed(error), *faults]
    if faults:
        raise ValidationError.from_exception_data("list", faults)
    return items


def _repeated_names(data: object) -> Iterator[InitErrorDetails]:
    if not isinstance(data, list | tuple):
        return
    names = [item.get("name") if isinstance(item, dict) else getattr(item, "name", None) for item in data]
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if not isinstance(name, str):
            continue
        if name in first:
            error = wrong(f"{shown(name)} is the name of item {first[name]} too", "give each its own name")
            yield InitErrorDetails(type=error, loc=(index, "name"), input=name)
        first.setdefault(name, index)


DISTINCT = WrapValidator(_distinct)
"""Marks a tuple of named specifications whose names must differ."""
