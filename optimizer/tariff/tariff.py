"""A tariff as a whole, judged when it is made, and the file that holds one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, ValidationError

from optimizer.specification.base import Specification, hint, shown, validated, wrong
from optimizer.specification.fields import DISTINCT, Measured, Name
from optimizer.specification.schema import published
from optimizer.specification.yaml_file import read
from optimizer.tariff import timetable
from optimizer.tariff.charges import BlockRate, DemandCharge, EnergyBand, FixedCharge, OverrunCharge, Tax
from optimizer.tariff.fields import Holiday, LocalDate
from optimizer.tariff.window import Season, Weekday, Window

Windowed = DemandCharge | OverrunCharge | BlockRate
_NOTE = "Where the figures come from, such as 'example, unverified'; shown in reports"


class Tariff(Specification):
    """What the grid's energy and power cost; hours and days are those of the site's clock.

    Raises
    ------
    InputError
        If anything is wrong; an hour of the year that no band covers, or more than one, is named.

    Examples
    --------
    >>> tariff = Tariff(
    ...     name="day and night",
    ...     energy_bands=[
    ...         {"name": "day", "price": 90, "windows": [{"hours": "07-22"}]},
    ...         {"name": "night", "price": 60, "windows": [{"hours": "22-07"}]},
    ...     ],
    ...     demand_charges=[{"name": "monthly peak", "price": 9000}],
    ... )
    >>> tariff.energy_bands[1].windows[0].hours
    ('22:00-07:00',)
    """

    name: Annotated[Name, Field(description="Name of the tariff")]
    note: Annotated[str, Field(description=_NOTE)] = ""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        default=None, description="Currency of the prices; null: that of the scenario"
    )
    exchange_rate: Annotated[float, Measured("1", "Exchange rate", above=0.0)] | None = Field(
        default=None,
        description="What one unit of the tariff's currency is worth in the scenario's; needed where they differ. "
        "Prices that are series are in the scenario's currency already",
    )
    weekend: Annotated[tuple[Weekday, ...], Field(description="Days of the weekend")] = ("saturday", "sunday")
    holidays: Annotated[
        tuple[Holiday, ...], Field(description="Holidays: 05-01 for a day of every year, 2025-03-31 for one date")
    ] = ()
    seasons: Annotated[
        tuple[Season, ...], DISTINCT, Field(description="Parts of the year, to which windows refer")
    ] = ()
    billing_dates: Annotated[
        tuple[LocalDate, ...],
        Field(description="First days of the billing periods, and the day after the last; none: calendar months"),
    ] = ()
    partial_periods: Annotated[
        Literal["prorated", "whole"],
        Field(
            description="How a period is billed that the horizon covers in part: prorated, for the share of its hours "
            "that is covered, or whole, as in a run again within the period; less than a day at an edge of the horizon "
            "counts with the month beside it"
        ),
    ] = "prorated"
    energy_bands: Annotated[
        tuple[EnergyBand, ...],
        DISTINCT,
        Field(description="Time-of-use bands, on top of the grid's energy_price; together they cover each hour once"),
    ] = ()
    export_bands: Annotated[
        tuple[EnergyBand, ...],
        DISTINCT,
        Field(
            description="Time-of-use bands of what is paid for energy sold, on top of the grid's export_price; "
            "together they cover each hour once"
        ),
    ] = ()
    block_rates: Annotated[
        tuple[BlockRate, ...],
        DISTINCT,
        Field(description="Prices that rise with a period's energy, on top of the bands"),
    ] = ()
    demand_charges: Annotated[
        tuple[DemandCharge, ...], DISTINCT, Field(description="Charges on peaks, any number")
    ] = ()
    overrun_charges: Annotated[
        tuple[OverrunCharge, ...],
        DISTINCT,
        Field(description="Penalties for import above the subscribed power, which then is no limit in their hours"),
    ] = ()
    fixed_charges: Annotated[tuple[FixedCharge, ...], DISTINCT, Field(description="What is due whatever is drawn")] = ()
    taxes: Annotated[tuple[Tax, ...], DISTINCT, Field(description="Percentages on the lines of the bill")] = ()

    @property
    def rate(self) -> float:
        """What one unit of the tariff's currency is worth in the scenario's."""
        return 1.0 if self.exchange_rate is None else self.exchange_rate

    @property
    def windowed(self) -> tuple[Windowed, ...]:
        """All charges that may apply in certain hours alone."""
        return (*self.block_rates, *self.demand_charges, *self.overrun_charges)

    def windows_of(self, charge: Windowed) -> tuple[Window, ...]:
        """Give the windows in which a charge applies; none: at all hours."""
        bands = [band for band in self.energy_bands if band.name in charge.bands]
        if any(not band.windows for band in bands):
            return ()
        return tuple(window for band in bands for window in band.windows) if bands else charge.windows

    def pieces(self) -> Any:
        """Give the minutes of the day at which anything in the tariff begins or ends, 0 the first."""
        timed = (*self.windowed, *self.energy_bands, *self.export_bands)
        return timetable.cuts([window for item in timed for window in item.windows])

    @field_validator("exchange_rate")
    @classmethod
    def _of_another_currency(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("currency") is None:
            raise wrong("an exchange rate needs to know the tariff's currency", "give `currency`, such as MAD")
        return value

    @field_validator("billing_dates")
    @classmethod
    def _in_order(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) == 1:
            raise wrong("one date makes no billing period", "give the first day of each, and the day after the last")
        for one, next_one in pairwise(value):
            if next_one <= one:
                raise wrong(f"{next_one} does not come after {one}", "list the dates in order")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Tariff:
        faults = [*self._unknown_names(), *self._repeated_names(), *self._bad_periods()]
        faults = faults or list(self._bad_coverage())
        if faults:
            raise ValidationError.from_exception_data(type(self).__name__, faults)
        return self

    def _unknown_names(self) -> Iterator[InitErrorDetails]:
        """Find seasons and bands that something refers to and that are not there."""
        seasons, bands = ([item.name for item in items] for items in (self.seasons, self.energy_bands))
        for field in ("energy_bands", "export_bands", "block_rates", "demand_charges", "overrun_charges"):
            for place, item in enumerate(getattr(self, field)):
                for number, window in enumerate(item.windows):
                    at = (field, place, "windows", number, "seasons")
                    yield from _unknown(window.seasons, seasons, "season", "seasons", at)
                named = getattr(item, "bands", ())
                yield from _unknown(named, bands, "energy band", "energy_bands", (field, place, "bands"))

    def _repeated_names(self) -> Iterator[InitErrorDetails]:
        """Find charges on power of both kinds that have one name, by which their periods could not be told apart."""
        demand = {charge.name for charge in self.demand_charges}
        for place, charge in enumerate(self.overrun_charges):
            if charge.name in demand:
                what = f"{shown(charge.name)} is the name of a demand charge too"
                yield _detail(what, "give each its own name", ("overrun_charges", place, "name"))

    def _bad_periods(self) -> Iterator[InitErrorDetails]:
        """Find repeated periods of peaks so far."""
        for field in ("demand_charges", "overrun_charges"):
            for place, charge in enumerate(getattr(self, field)):
                for period, count in Counter(so_far.period for so_far in charge.peak_so_far).items():
                    if count > 1:
                        what = f"the period {shown(period)} has {count} peaks"
                        yield _detail(what, "give the greatest", (field, place, "peak_so_far"))

    def _bad_coverage(self) -> Iterator[InitErrorDetails]:
        pieces = self.pieces()
        for field in ("energy_bands", "export_bands"):
            bands: tuple[EnergyBand, ...] = getattr(self, field)
            tables = {band.name: timetable.table(band.windows, self.seasons, self.weekend, pieces) for band in bands}
            for fault in timetable.coverage_faults(tables, pieces, holidays=bool(self.holidays)) if bands else ():
                yield _detail(fault, "let the windows of the bands cover every hour of the year once", (field,))

    @classmethod
    def known_keys(cls) -> list[str]:
        """Give the keys that a file may use."""
        return [*super().known_keys(), "base"]

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a tariff from a YAML file.

        Parameters
        ----------
        path : str or Path
            The file. It may say ``base: other.yaml`` and give only what differs, as a scenario's file may.

        Raises
        ------
        InputError
            With all faults, each with file, line and field.
        """
        document = read(Path(path))
        return validated(cls, document.root.plain(), mark=document.root.mark_at, faults=document.faults)


class InFile:
    """Lets the JSON Schema of a field that holds a tariff allow the path of a file, or one named as `base`, instead."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        held = handler(schema)
        path = {"type": "string", "minLength": 1}
        differing = {"type": "object", "properties": {"base": path}, "required": ["base"]}
        return {"anyOf": [path, differing, *held.pop("anyOf", [held])]}


def _unknown(
    names: tuple[str, ...], known: list[str], kind: str, field: str, at: tuple[str | int, ...]
) -> Iterator[InitErrorDetails]:
    for name in names:
        if name not in known:
            remedy = hint(name, known, quote="'", none=f"none are given; list them under `{field}`")
            yield _detail(f"there is no {kind} {shown(name)}", remedy, at)


def _detail(what: str, remedy: str, at: tuple[str | int, ...]) -> InitErrorDetails:
    return InitErrorDetails(type=wrong(what, remedy), loc=at, input=None)


def tariff_schema() -> dict[str, Any]:
    """Make the JSON Schema of tariff files, by which editors complete and check them.

    Examples
    --------
    >>> tariff_schema()["$defs"]["DemandCharge"]["properties"]["price"]["description"]
    'Price of a MW of billed peak, for each period [currency/MW]'
    """
    return published(Tariff, base="Another tariff file, of which this one gives only what differs")
