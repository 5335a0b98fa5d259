"""A scenario: a site, its series, a horizon and targets, read from YAML and changed by dotted paths."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from optimizer.errors import Fault, InputError
from optimizer.finance import Finance
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.site import Site
from optimizer.specification.base import Specification, located, shown, validated, wrong
from optimizer.specification.document import Node, changed, node_of
from optimizer.specification.fields import Measured, Name, measured, quantities, series_hint, share
from optimizer.specification.schema import published
from optimizer.specification.yaml_file import Document, based, dump, filled, read

if TYPE_CHECKING:
    import xarray as xr

_SHOWN_STAMPS = 3  # time stamps that a message names
_MOMENT = TypeAdapter(datetime)


def _currency(code: str) -> str:
    if re.fullmatch("[A-Z]{3}", code):
        return code
    meant = code.strip().upper()
    remedy = f"did you mean {meant}?" if re.fullmatch("[A-Z]{3}", meant) else "write its ISO 4217 code, such as USD"
    raise wrong(f"{shown(code)} is not three capital letters", remedy)


class Rolling(Specification):
    """A target on every run of so many days.

    Examples
    --------
    >>> Rolling(share=0.8, days=7).days
    7
    """

    share: Annotated[float, share("cfe_rolling_target")]
    days: Annotated[int, Measured("d", "Days of the window, on the site's clock", at_least=1.0, whole=True)]


class Targets(Specification):
    """What a plan must reach; each is stated only where it is set.

    Shares of carbon-free energy are counted hour by hour: excess of one hour covers another only by way of a battery,
    whose losses fall on the buyer, and energy from the grid counts with the grid's share of the hour. `cfe_annual`
    alone counts energy whenever it occurs.

    Examples
    --------
    >>> Targets(cfe=0.9, export_share=0.2).cfe
    0.9
    """

    cfe: Annotated[float, share("cfe_target")] | None = Field(
        default=None,
        description="Least share of the load that carbon-free energy covers, hour by hour [0 to 1]; null: no target",
    )
    cfe_monthly: Annotated[float, share("cfe_monthly_target")] | None = Field(
        default=None, description="The same in each month of the site's clock [0 to 1]; null: no target"
    )
    cfe_rolling: Rolling | None = Field(
        default=None, description="The same over every run of so many days of the site's clock; null: no target"
    )
    cfe_annual: Annotated[float, share("cfe_annual_target")] | None = Field(
        default=None,
        description="Least carbon-free energy from supplies and generators over the year's load, whenever either "
        "occurs [0 to 1]; null: no target",
    )
    emissions_max: Annotated[float, measured("emissions_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest emissions a year, location-based [tCO2e/a]; null: no cap"
    )
    emission_intensity_max: (
        Annotated[float, measured("emission_intensity_max", at_least=0.0, at_most=5.0, slip=1000.0)] | None
    ) = Field(
        default=None,
        description="Greatest emissions a year for each MWh of load, location-based [tCO2e/MWh]; null: no cap",
    )
    grid_energy_max: Annotated[float, measured("grid_energy_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest energy taken from the grid in a year [MWh/a]; null: no limit"
    )
    grid_share_max: Annotated[float, share("grid_share_max")] | None = Field(
        default=None,
        description="Greatest energy taken from the grid in a year, as a share of the load [0 to 1]; null: no limit",
    )
    curtailment_share_max: Annotated[float, share("curtailment_share_max")] | None = Field(
        default=None,
        description="Greatest curtailment of all supplies in a year, as a share of the energy available [0 to 1]; "
        "null: no limit",
    )
    export_share: Annotated[float, share("export_share")] | None = Field(
        default=None,
        description="Greatest energy sold in a year, as a share of what supplies produce and is not curtailed [0 to 1] "
        "(Morocco, law 40-19: 0.2); null: no limit",
    )


class SolverOptions(Specification):
    """How the solver may work.

    Examples
    --------
    >>> SolverOptions(time_limit=600).threads is None
    True
    """

    time_limit: Annotated[float, Measured("s", "Longest time to solve", above=0.0)] | None = Field(
        default=None, description="Longest time to solve [s]; null: no limit"
    )
    threads: Annotated[int, Measured("1", "Processor threads", at_least=1.0, whole=True)] | None = Field(
        default=None, description="Processor threads; null: the solver's own choice"
    )
    engine: str = Field(
        default="auto",
        description="auto, or the only engine to be used: staged, piqp, clarabel, highs, highs-simplex, highs-ipx",
    )


@dataclass(frozen=True)
class _Written:
    """Where a scenario was written, which does not tell it from another of the same values."""

    root: Node = field(default=Node({}), compare=False)


class Scenario(Specification):
    """Everything that a plan is made from.

    Raises
    ------
    InputError
        With all faults, if anything is wrong.

    Examples
    --------
    >>> scenario = Scenario.from_dict({
    ...     "name": "flat",
    ...     "horizon": {"start": "2025-01-01", "end": "2025-01-02"},
    ...     "site": {
    ...         "name": "hall", "latitude": 33.4, "longitude": -7.6, "time_zone": "Africa/Casablanca",
    ...         "load": {"it_load": 40},
    ...         "grid": {"connection_capacity": 60, "energy_price": 80},
    ...     },
    ... })
    >>> scenario.change({"site.grid.energy_price": 70}).site.grid.energy_price
    70.0
    """

    name: Annotated[Name, Field(description="Name of the scenario; runs are named after it")]
    description: Annotated[str, Field(description="What the scenario is about, for readers of the report")] = ""
    currency: Annotated[
        str,
        AfterValidator(_currency),
        Field(
            description="Currency of all prices and costs: three capital letters",
            json_schema_extra={"pattern": "^[A-Z]{3}$"},
        ),
    ] = "USD"
    horizon: Annotated[Horizon, Field(description="The span of time that is planned")]
    # Before `site`, so that the series are known when the fields that name them are judged.
    series: Annotated[tuple[SeriesFile, ...], Field(description="Files of hourly series")] = ()
    site: Annotated[Site, Field(description="The site")]
    finance: Annotated[Finance | None, Field(description="How money over the years is counted; null: not at all")] = (
        None
    )
    targets: Annotated[Targets, Field(description="What the plan must reach")] = Targets()
    carbon_price: Annotated[float, measured("carbon_price", at_least=0.0)] = 0.0
    weight: Annotated[float, measured("weight", above=0.0)] | None = Field(
        default=None,
        description="How many real intervals of a year an interval stands for; null: as many as make a year",
    )
    solver: Annotated[SolverOptions, Field(description="How the solver may work")] = SolverOptions()
    notes: Annotated[tuple[str, ...], Field(description="What readers of the report must know")] = ()

    _folder: Path = PrivateAttr(default=Path())
    _written: _Written = PrivateAttr(default_factory=_Written)

    def __repr__(self) -> str:
        # In short: all fields with their defaults fill pages, and `to_yaml` writes them readably.
        count, start, end = len(self.horizon.starts), self.horizon.start, self.horizon.end
        return f"<Scenario {self.name!r}: {count:,} intervals from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC>"

    __str__ = __repr__

    @property
    def folder(self) -> Path:
        """The folder from which the paths of series files start."""
        return self._folder

    @field_validator("series", mode="wrap")
    @classmethod
    def _series_known(
        cls, data: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> tuple[SeriesFile, ...]:
        """Let the fields of the site know which series there are, and refuse a series that two files give."""
        columns = [_columns(file) for file in data] if isinstance(data, list | tuple) else [()]
        names = tuple(name for names in columns for name in names)
        if info.context is not None and all(columns):  # a netCDF file without a column map gives no names yet
            info.context["series"] = names
        files: tuple[SeriesFile, ...] = handler(data)
        for name, count in Counter(names).items():
            if count > 1:
                both = " and ".join(shown(file.path) for file in files if name in file.columns)
                raise wrong(f"{shown(name)} is given by {both}", "give one of them another name")
        return files

    @field_validator("site")
    @classmethod
    def _tariff_in_the_currency(cls, value: Site, info: ValidationInfo) -> Site:
        tariff, currency = value.grid.tariff if value.grid else None, info.data.get("currency")
        if tariff is None or currency is None:
            return value
        differ = tariff.currency not in (None, currency)
        if differ and tariff.exchange_rate is None:
            what = f"the tariff is in {tariff.currency}, the scenario in {currency}"
            raise _at_tariff(wrong(what, f"give exchange_rate, {currency} for one {tariff.currency}"))
        if not differ and tariff.exchange_rate is not None:
            raise _at_tariff(wrong(f"tariff and scenario are both in {currency}", "leave exchange_rate out"))
        return value

    @field_validator("finance")
    @classmethod
    def _needed_to_invest(cls, value: Finance | None, info: ValidationInfo) -> Finance | None:
        site = info.data.get("site")
        if value is None and site is not None:
            invested = [name for name, sizes in site.capacities().items() if any(size.capital_cost for size in sizes)]
            if invested:
                what = f"it is missing, but there is a capital_cost of {', '.join(invested)}"
                raise wrong(what, "give at least finance: {discount_rate: 0.07}, or an annual_cost instead")
        return value

    @classmethod
    def known_keys(cls) -> list[str]:
        """Give the keys that a file may use."""
        return [*super().known_keys(), "base"]

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a scenario from a YAML file.

        Parameters
        ----------
        path : str or Path
            The file. It may say ``base: other.yaml`` and give only what differs: mappings merge key by key, lists of
            named things by name, and all else replaces what the base says. In place of a list of named things, a
            mapping of names to null leaves these out: ``batteries: {battery: null}``.

        Returns
        -------
        Scenario
            The valid scenario.

        Raises
        ------
        InputError
            With all faults, each with file, line and field.
        """
        path = Path(path)
        return cls._made(read(path), path.parent)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, folder: str | Path = ".") -> Self:
        """Make a scenario of plain values, as a YAML file holds them.

        Parameters
        ----------
        mapping : mapping
            The values; may hold specifications such as `Battery`, and ``base``.
        folder : str or Path
            Where relative paths start.

        Returns
        -------
        Scenario
            The valid scenario.

        Raises
        ------
        InputError
            With all faults, each with its field.
        """
        root = node_of(mapping)
        if not isinstance(root.value, dict):
            raise InputError([Fault("", f"{shown(mapping)} is not a mapping", "give `name`, `horizon` and `site`")])
        return cls._made(based(Document(root), Path(folder)), Path(folder))

    def change(self, changes: Mapping[str, object]) -> Self:
        """Make a scenario that differs in some places.

        Parameters
        ----------
        changes : mapping of str to object
            Values by dotted path, such as ``{"site.batteries.battery.energy_capacity": 200, "targets.cfe": 0.9}``.
            Items of a list go by name or by index. A value replaces what stands there, but a number in place of a
            capacity fixes its size and keeps its yearly cost, and None in place of an item of a list leaves it out:
            ``{"site.batteries.battery": None}``.

        Returns
        -------
        Scenario
            The new scenario; this one stays as it is.

        Raises
        ------
        InputError
            If a path leads nowhere, or the new scenario is not valid.
        """
        root = node_of(self)
        for end in ("start", "end"):  # as they were written, so that it is still known whether they named a zone
            written = self._written.root.at(("horizon", end))
            root = root if written is None else root.put(("horizon", end), written)
        return self._made(Document(changed(root, changes)), self.folder)

    @classmethod
    def _made(cls, document: Document, folder: Path) -> Self:
        document = filled(document, folder)
        scenario = validated(cls, document.root.plain(), mark=document.root.mark_at, faults=document.faults)
        scenario._folder, scenario._written = folder, _Written(document.root)
        return scenario

    def to_yaml(self) -> str:
        """Write the whole scenario, with every default spelt out, as YAML that `load` reads.

        The text depends on the values alone, so it may be hashed; paths of series still start from `folder`.
        """
        return dump(self.model_dump(mode="json", exclude_none=True))

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    def where(self, *location: str | int) -> str:
        """Tell a field as the user knows it: with the file and the line that gave it, where there are any.

        Parameters
        ----------
        *location : str or int
            Keys, and places in lists, from the root of the scenario.

        Returns
        -------
        str
            Such as ``scenario.yaml:14: site.batteries[0].soc_min ('north')``.
        """
        line, path = self._written.root.mark_at(location), located(location, {"site": self.site})
        return f"{line}: {path}" if line else path

    def horizon_names_zone(self) -> bool:
        """Whether start and end of the horizon were written with a time zone, or else were taken as UTC."""
        written = (self._written.root.at(("horizon", end)) for end in ("start", "end"))
        return all(node is None or _MOMENT.validate_python(node.value).tzinfo is not None for node in written)

    def read(self) -> xr.Dataset:
        """Read all series and check them against what they are used for.

        Returns
        -------
        xarray.Dataset
            One variable for each series, over ``hour``, in canonical units.

        Raises
        ------
        InputError
            If a file or a series is not usable.
        """
        from optimizer.series.reading import read_series  # noqa: PLC0415 - it brings xarray, which takes a while

        dataset = read_series(self.series, self.horizon, folder=self.folder, currency=self.currency)
        self.check_series(dataset)
        return dataset

    def check_series(self, dataset: xr.Dataset) -> None:
        """Check that every series that is used is there, in the right unit and within its bounds.

        Parameters
        ----------
        dataset : xarray.Dataset
            Series over ``hour``, each with ``attrs["units"]``.

        Raises
        ------
        InputError
            With the time stamps of values out of bounds.
        """
        faults = []
        for location, value, mark in quantities(self.site, ("site",)):
            if isinstance(value, str):
                where = self.where(*location)
                faults += [Fault(where, *told) for told in _unfit(dataset, value, mark, self.currency)]
        if faults:
            raise InputError(faults)


def scenario_schema() -> dict[str, Any]:
    """Make the JSON Schema of scenario files, by which editors complete and check them.

    Returns
    -------
    dict
        A schema of draft 2020-12, with the meaning and the unit of every field.

    Examples
    --------
    >>> scenario_schema()["$defs"]["FacilityLoad"]["properties"]["other_load"]["description"]
    'Load of the site outside PUE [MW]; a number or the name of a series'
    """
    return published(Scenario, base="Another scenario file, of which this one gives only what differs")


def _at_tariff(error: PydanticCustomError) -> ValidationError:
    """Tell a fault of a site at its tariff."""
    detail = InitErrorDetails(type=error, loc=("grid", "tariff", "currency"), input=None)
    return ValidationError.from_exception_data("Scenario", [detail])


def _columns(file: object) -> tuple[str, ...]:
    """Give the names of the series of a file, be it valid or not."""
    columns = file.get("columns") if isinstance(file, Mapping) else getattr(file, "columns", None)
    return tuple(map(str, columns)) if isinstance(columns, Mapping) else ()


def _unfit(dataset: xr.Dataset, name: str, mark: Measured, currency: str) -> Iterator[tuple[str, str]]:
    """Say why a series cannot be used for a field."""
    if name not in dataset.data_vars:
        yield (
            f"there is no series {shown(name)}",
            series_hint(name, [str(known) for known in dataset.data_vars if known != "dt"]),
        )
        return
    series = dataset[name]
    needed, given = mark.unit.replace("currency", currency), series.attrs.get("units", "")
    if given != needed:
        what = f"the series {shown(name)} is in {given or 'no unit'}, but {needed} is needed"
        yield what, "name another series, or mend the unit in its column map"
        return
    values = series.values
    outside = ~mark.within(values)
    if outside.any():
        remedy = "say in its column map which unit it has, such as `unit: kW`" if values.max() > mark.site_most else ""
        yield _out_of_bounds(name, values[outside], series["hour"].values[outside], mark), remedy


def _out_of_bounds(name: str, values: Any, stamps: Any, mark: Measured) -> str:
    listed = ", ".join(
        f"{shown(float(f'{value:.6g}'))} at {str(stamp)[:16].replace('T', ' ')}"
        for value, stamp in list(zip(values, stamps, strict=True))[:_SHOWN_STAMPS]
    )
    more = f" and {len(values) - _SHOWN_STAMPS} more" if len(values) > _SHOWN_STAMPS else ""
    breach = "has no value" if math.isnan(values[0]) else mark.breach(float(values[0]))
    return f"the series {shown(name)} {breach}: {listed}{more} (UTC)"
