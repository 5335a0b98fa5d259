"""What a site may have besides its load: supplies, batteries, generators and a grid connection, fixed or free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails

from optimizer.contract import Contract
from optimizer.finance import yearly_rate
from optimizer.flexibility import SwingReserve
from optimizer.nomenclature import term
from optimizer.reliability import Outage, equal_parts
from optimizer.specification.base import Specification, relayed, shown, wrong
from optimizer.specification.fields import Flag, Measured, Name, Quantity, measured, share, size_of_a_site
from optimizer.tariff.tariff import InFile, Tariff

# No energy is dirtier than this; a figure in g/kWh overshoots it by far.
_CARBON = {"at_least": 0.0, "at_most": 5.0, "slip": 1000.0}
_SIZE = "MW or MWh"
_ROUNDING = 1e-9
_SPELLINGS = "give `size` if it is fixed, `min` and `max` if it is to be chosen"

Note = Annotated[str, Field(description="Where the figures come from, such as 'example, unverified'; shown in reports")]


def _judged(unit: str) -> AfterValidator:
    """Refuse a capacity that no site has; told of the capacity, however it is spelt."""
    mark = size_of_a_site(unit)

    def judge(value: Capacity) -> Capacity:
        mark.number(value.max)  # `min` and `existing` are no more than this
        return value

    return AfterValidator(judge)


_POWER, _ENERGY = _judged("MW"), _judged("MWh")


def _sized(name: str) -> Any:
    """Describe a capacity by the table of names."""
    return Field(description=f"{term(name).description} [{term(name).unit}]; a number, or bounds to choose between")


class Capacity(Specification):
    """A capacity: fixed, or to be chosen between bounds at a yearly cost or at the cost of an investment.

    In a file it is a number (``90``), a size with a cost (``{size: 90, annual_cost: 12000}``) or bounds
    (``{min: 0, max: 200, capital_cost: 700000, life: 25, fixed_om_share: 0.02}``). What is there already costs nothing
    more: all costs are of what exceeds `existing`.

    Raises
    ------
    InputError
        If a number is negative, the least capacity is above the greatest, or two keys tell the same cost.

    Examples
    --------
    >>> Capacity.fixed(90).free, Capacity(max=200, annual_cost=12000).free
    (False, True)
    >>> Capacity.fixed(90, capital_cost=700000, fixed_om_share=0.02).yearly_om
    14000.0
    """

    min: Annotated[float, Measured(_SIZE, "Least capacity", at_least=0.0)] = 0.0
    max: Annotated[float, Measured(_SIZE, "Greatest capacity", at_least=0.0)]
    annual_cost: Annotated[
        float, Measured("currency/a per MW or MWh", "Yearly cost of each MW or MWh", at_least=0.0)
    ] = 0.0
    capital_cost: Annotated[float, Measured("currency per MW or MWh", "Investment", at_least=0.0)] | None = Field(
        default=None, description="Investment for each MW or MWh [currency per MW or MWh]; null: none"
    )
    life: Annotated[float, Measured("a", "Life", above=0.0, at_most=1000.0)] | None = Field(
        default=None,
        description="Years until the investment has to be made again [a]; null: all years of the scenario's finance",
    )
    discount_rate: Annotated[float, yearly_rate("Discount rate")] | None = Field(
        default=None, description="Discount rate of the investment [1/a]; null: that of the scenario's finance"
    )
    fixed_om: Annotated[
        float, Measured("currency/a per MW or MWh", "Yearly operation and maintenance of each MW or MWh", at_least=0.0)
    ] = 0.0
    fixed_om_share: Annotated[
        float,
        Measured(
            "1/a",
            "Yearly operation and maintenance as a share of the investment",
            at_least=0.0,
            at_most=1.0,
            slip=100.0,
        ),
    ] = 0.0
    existing: Annotated[
        float, Measured(_SIZE, "Capacity that is there already and costs nothing more", at_least=0.0)
    ] = 0.0

    @classmethod
    def fixed(cls, size: float, annual_cost: float = 0.0, **costs: Any) -> Capacity:
        """Make a capacity that is not to be chosen."""
        return cls(min=size, max=size, annual_cost=annual_cost, **costs)

    @property
    def free(self) -> bool:
        """Whether the optimizer may choose the capacity."""
        return self.min < self.max

    @property
    def yearly_om(self) -> float:
        """Fixed operation and maintenance of each MW or MWh [currency/a]."""
        return self.fixed_om + self.fixed_om_share * (self.capital_cost or 0.0)

    @model_serializer
    def _as_in_a_file(self) -> dict[str, float]:
        size = {"min": self.min, "max": self.max} if self.free else {"size": self.max}
        further = {name: getattr(self, name) for name in _FURTHER_COSTS}
        told = {name: cost for name, cost in further.items() if cost != type(self).model_fields[name].default}
        return {**size, "annual_cost": self.annual_cost, **told}

    @field_validator("max")
    @classmethod
    def _max_above_min(cls, value: float, info: ValidationInfo) -> float:
        least = info.data.get("min")
        if least is not None and value < least:
            raise wrong(f"{shown(value)} is less than min, {shown(least)}", "swap min and max?")
        return value

    @field_validator("capital_cost")
    @classmethod
    def _one_cost(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("annual_cost"):
            raise wrong("`capital_cost` excludes `annual_cost`", "give the one from which the other would follow")
        return value

    @field_validator("life", "discount_rate", "fixed_om_share")
    @classmethod
    def _of_an_investment(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value and "capital_cost" in info.data and info.data["capital_cost"] is None:
            raise wrong(f"`{info.field_name}` is about an investment", "give capital_cost too, or leave this key out")
        if info.field_name == "fixed_om_share" and value and info.data.get("fixed_om"):
            raise wrong("`fixed_om_share` excludes `fixed_om`", "give one of them")
        return value

    @field_validator("existing")
    @classmethod
    def _existing_stays(cls, value: float, info: ValidationInfo) -> float:
        least = info.data.get("min")
        if least is not None and value > least:
            what = f"{shown(value)} is more than the least capacity, {shown(least)}"
            raise wrong(what, "what is there already stays, so the capacity is at least that")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _any_spelling(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(data, cls):
            return data
        if isinstance(data, Mapping) and "size" in data and ("min" in data or "max" in data):
            raise wrong("`size` excludes `min` and `max`", _SPELLINGS)
        try:
            return handler(_spelt_out(data))
        except ValidationError as error:
            raise ValidationError.from_exception_data(cls.__name__, _as_spelt(relayed(error), data)) from None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        spelt_out = handler.resolve_ref_schema(handler(schema))
        keys = spelt_out.pop("properties")
        sized = {"size": keys["max"] | {"title": "Size", "description": f"Fixed capacity [{_SIZE}]"}}
        cost = {name: keys.pop(name) for name in ("annual_cost", *_FURTHER_COSTS)}
        mapping = {"type": "object", "additionalProperties": False}
        return {
            "title": spelt_out["title"],
            "description": spelt_out["description"],
            "anyOf": [
                {"type": "number", "minimum": 0.0},
                mapping | {"title": "Fixed", "properties": sized | cost, "required": ["size"]},
                mapping | {"title": "Free", "properties": keys | cost, "required": ["max"]},
            ],
        }

    @classmethod
    def known_keys(cls) -> list[str]:
        """Give the keys that a file may use."""
        return ["size", *super().known_keys()]


_FURTHER_COSTS = ("capital_cost", "life", "discount_rate", "fixed_om", "fixed_om_share", "existing")


def _spelt_out(data: object) -> object:
    """Write a number or a size as equal bounds."""
    if not isinstance(data, Mapping):
        return {"min": data, "max": data}
    if "size" not in data:
        return data
    return {"min": data["size"], "max": data["size"], **{key: data[key] for key in data if key != "size"}}


def _as_spelt(details: list[InitErrorDetails], data: object) -> list[InitErrorDetails]:
    """Tell the faults of a number or a size once, and where the user wrote it."""
    if isinstance(data, Mapping) and "size" not in data:
        if "max" in data:
            return details
        missing = InitErrorDetails(type=wrong("it has no size", _SPELLINGS), loc=(), input=data)
        return [missing, *(detail for detail in details if detail["loc"] != ("max",))]
    written = ("size",) if isinstance(data, Mapping) else ()
    return [
        InitErrorDetails(**{**detail, "loc": written if detail["loc"] == ("min",) else detail["loc"]})
        for detail in details
        if detail["loc"] != ("max",)
    ]


class Supply(Specification, revalidate_instances="always"):
    """Energy from a plant or a contract: power available hour by hour, its price, carbon and carbon-free share.

    Examples
    --------
    >>> Supply(name="pv", capacity=Capacity.fixed(90), availability="pv_availability", energy_price=30).cfe
    1.0
    """

    name: Annotated[Name, Field(description="Name of the supply")]
    capacity: Annotated[Capacity, _POWER, _sized("supply_capacity")]
    availability: Annotated[Quantity, share("availability")] = 1.0
    energy_price: Annotated[Quantity, measured("supply_price")] = 0.0
    curtailment_price: Annotated[Quantity, measured("curtailment_price")] = 0.0
    curtailment_limit: Annotated[float, share("curtailment_limit")] = 1.0
    carbon_intensity: Annotated[Quantity, measured("supply_carbon_intensity", **_CARBON)] = 0.0
    cfe: Annotated[float, share("supply_cfe")] = 1.0
    variable_om: Annotated[float, measured("supply_variable_om", at_least=0.0)] = 0.0
    through_grid: Annotated[
        Flag,
        Field(
            description="Whether its energy comes through the site's grid connection, so that it is not available "
            "while that is out of service, and is lost with it"
        ),
    ] = False
    contract: Contract | None = Field(
        default=None, description="Further terms of its contract; null: what is delivered is paid, at all times"
    )
    note: Note = ""

    @field_validator("contract")
    @classmethod
    def _said_once(cls, value: Contract | None, info: ValidationInfo) -> Contract | None:
        """Refuse what the contract already says, or what it lacks."""
        given = info.data.get
        if value is None:
            return value
        if value.block is not None and given("availability") != 1.0:
            raise wrong("a block is delivered by its own shape", "leave `availability` out, or leave `block` out")
        if value.pays_for_produced and given("curtailment_price"):
            what = "energy_price is due for what is not taken too, so `curtailment_price` would come on top"
            raise wrong(what, "leave `curtailment_price` out")
        if value.take_or_pay is not None and value.take_or_pay.price is None:
            if value.pays_for_produced:
                what = "energy_price is due for what is not taken too, and take_or_pay would charge it again"
                raise wrong(what, "leave `take_or_pay` out, or give its `price`, which then comes on top")
            if isinstance(given("energy_price"), str):
                raise wrong("energy_price is a series, which gives take_or_pay no price", "give take_or_pay a `price`")
            if given("energy_price") == 0:
                raise wrong("energy_price is 0, so what is not taken would cost nothing", "give take_or_pay a `price`")
        return value


class Battery(Specification):
    """A battery behind the site's meter, or a group of equal ones.

    Examples
    --------
    >>> battery = Battery(name="battery", power_capacity=Capacity.fixed(20), energy_capacity=Capacity.fixed(80))
    >>> battery.charge_efficiency, battery.cyclic
    (0.95, True)
    """

    name: Annotated[Name, Field(description="Name of the battery")]
    power_capacity: Annotated[Capacity, _POWER, _sized("power_capacity")]
    energy_capacity: Annotated[Capacity, _ENERGY, _sized("energy_capacity")]
    charge_efficiency: Annotated[float, share("charge_efficiency", above=0.0)] = 0.95
    discharge_efficiency: Annotated[float, share("discharge_efficiency", above=0.0)] = 0.95
    self_discharge: Annotated[float, share("self_discharge")] = 0.0
    soc_min: Annotated[float, share("soc_min")] = 0.0
    soc_max: Annotated[float, share("soc_max")] = 1.0
    cyclic: Annotated[Flag, Field(description="Whether the battery ends as it began")] = True
    initial_soc: Annotated[float, share("initial_soc")] | None = Field(
        default=None, description="State of charge at the start; null: to be chosen, where the battery is cyclic"
    )
    final_soc_min: Annotated[float, share("final_soc_min")] | None = Field(
        default=None, description="Least state of charge at the end; null: soc_min"
    )
    final_soc_max: Annotated[float, share("final_soc_max")] | None = Field(
        default=None, description="Greatest state of charge at the end; null: soc_max"
    )
    shared_inverter: Annotated[Flag, Field(description="Whether charge and discharge share one inverter")] = True
    cycles_max: Annotated[float, measured("cycles_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest number of full cycles a year; null: no limit"
    )
    throughput_cost: Annotated[float, measured("throughput_cost", at_least=0.0)] = 0.0
    holding_cost: Annotated[float, measured("holding_cost", at_least=0.0)] = 0.0
    cycle_life: Annotated[float, measured("cycle_life", above=0.0)] | None = Field(
        default=None, description="Full cycles of depth_of_discharge until the battery is replaced [1]; null: not known"
    )
    depth_of_discharge: Annotated[float, share("depth_of_discharge", above=0.0)] = 1.0
    replacement_cost: Annotated[float, measured("replacement_cost", at_least=0.0)] | None = Field(
        default=None,
        description="Cost of replacing a MWh of energy capacity [currency/MWh], which with cycle_life gives the wear "
        "of each MWh discharged in place of throughput_cost; null: none",
    )
    depth_exponent: Annotated[float, measured("depth_exponent", at_least=1.0)] = 1.0
    depth_segments: Annotated[int, Measured("1", "Segments of depth", at_least=1.0, whole=True)] | None = Field(
        default=None,
        description="Segments by which wear rises with the depth of a cycle (Xu et al. 2018); null: wear is the same "
        "at any depth",
    )
    state_of_health: Annotated[float, share("state_of_health", above=0.0)] = 1.0
    calendar_fade: Annotated[float, share("calendar_fade")] = 0.0
    age: Annotated[float, measured("age", at_least=0.0)] = 0.0
    variable_om: Annotated[float, measured("battery_variable_om", at_least=0.0)] = 0.0
    duration_min: Annotated[float, measured("duration_min", at_least=0.0)] | None = Field(
        default=None, description="Least energy capacity for each MW of power [h]; null: no limit"
    )
    duration_max: Annotated[float, measured("duration_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest energy capacity for each MW of power [h]; null: no limit"
    )
    blocks: Annotated[int, equal_parts("Equal blocks of which the battery consists")] = 1
    swing_reserve: SwingReserve | None = Field(
        default=None, description="What it keeps free for swings of GPU power within an interval; null: nothing"
    )
    note: Note = ""

    @field_validator("soc_max")
    @classmethod
    def _soc_bounds_in_order(cls, value: float, info: ValidationInfo) -> float:
        _not_below(value, "soc_min", info)
        return value

    @field_validator("initial_soc")
    @classmethod
    def _start_is_possible(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None and info.data.get("cyclic") is False:
            raise wrong("a battery that is not cyclic needs a start", "give initial_soc, or set cyclic to true")
        _not_below(value, "soc_min", info)
        _not_above(value, "soc_max", info)
        return value

    @field_validator("final_soc_min", "final_soc_max")
    @classmethod
    def _end_is_possible(cls, value: float | None, info: ValidationInfo) -> float | None:
        _not_below(value, "soc_min", info)
        _not_above(value, "soc_max", info)
        if info.field_name == "final_soc_max":
            _not_below(value, "final_soc_min", info)
        start = info.data.get("initial_soc")
        if value is None or start is None or info.data.get("cyclic") is not True:
            return value
        if value > start if info.field_name == "final_soc_min" else value < start:
            remedy = "set cyclic to false, or leave this key out"
            raise wrong(f"{shown(value)} cannot hold: a cyclic battery ends at its initial_soc, {shown(start)}", remedy)
        return value

    @field_validator("replacement_cost")
    @classmethod
    def _one_wear(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None:
            return value
        if info.data.get("throughput_cost"):
            raise wrong(
                "`replacement_cost` excludes `throughput_cost`", "give the one from which the other would follow"
            )
        if info.data.get("cycle_life", 0) is None:
            raise wrong("`replacement_cost` is spread over the cycles of a life", "give cycle_life too")
        return value

    @field_validator("depth_segments")
    @classmethod
    def _wear_of_depth(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("replacement_cost", 0) is None:
            raise wrong("segments of depth need a cost to rise", "give cycle_life and replacement_cost")
        return value

    @field_validator("calendar_fade")
    @classmethod
    def _one_health(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("state_of_health", 1.0) != 1.0:
            raise wrong("`calendar_fade` excludes `state_of_health`", "give one of them")
        return value

    @field_validator("age")
    @classmethod
    def _still_alive(cls, value: float, info: ValidationInfo) -> float:
        fade = info.data.get("calendar_fade", 0.0)
        if value * fade >= 1:
            raise wrong(f"after {shown(value)} years at {shown(fade)} a year nothing is left of the battery")
        return value

    def health(self, years: float = 0.0) -> float:
        """Share of the energy capacity left, on average over the coming years.

        Examples
        --------
        >>> battery = Battery(name="b", power_capacity=1, energy_capacity=4, calendar_fade=0.02, age=5)
        >>> round(battery.health(), 6), round(battery.health(10), 6)
        (0.9, 0.8)
        """
        return self.state_of_health - self.calendar_fade * (self.age + years / 2)

    @field_validator("duration_min")
    @classmethod
    def _long_enough(cls, value: float | None, info: ValidationInfo) -> float | None:
        power, energy = info.data.get("power_capacity"), info.data.get("energy_capacity")
        if value is not None and power and energy and energy.max < value * power.min * (1 - _ROUNDING):
            raise wrong(_no_duration(energy.max, power.min, "at most", f"less than {shown(value)} h"))
        return value

    @field_validator("duration_max")
    @classmethod
    def _short_enough(cls, value: float | None, info: ValidationInfo) -> float | None:
        _not_below(value, "duration_min", info)
        power, energy = info.data.get("power_capacity"), info.data.get("energy_capacity")
        if value is not None and power and energy and energy.min > value * power.max * (1 + _ROUNDING):
            raise wrong(_no_duration(energy.min, power.max, "at least", f"more than {shown(value)} h"))
        return value


def _no_duration(energy: float, power: float, bound: str, what: str) -> str:
    return f"{bound} {shown(energy)} MWh at {shown(power)} MW is {what}"


def _not_below(value: float | None, other: str, info: ValidationInfo) -> None:
    bound = info.data.get(other)
    if value is not None and bound is not None and value < bound:
        raise wrong(f"{shown(value)} is less than {other}, {shown(bound)}")


def _not_above(value: float | None, other: str, info: ValidationInfo) -> None:
    bound = info.data.get(other)
    if value is not None and bound is not None and value > bound:
        raise wrong(f"{shown(value)} is greater than {other}, {shown(bound)}")


class GridConnection(Specification, revalidate_instances="always"):
    """The connection to the grid: how much may be taken and given, at which price, with which carbon.

    Examples
    --------
    >>> GridConnection(connection_capacity=Capacity.fixed(60), energy_price="day_ahead").export_capacity
    0.0
    """

    connection_capacity: Annotated[Capacity, _POWER, _sized("connection_capacity")]
    subscribed_power: Annotated[Capacity, _POWER, _sized("subscribed_power")] | None = Field(
        default=None,
        description=f"{term('subscribed_power').description} [MW]; a number, or bounds to choose between; null: import "
        "is limited by the connection alone",
    )
    energy_price: Annotated[Quantity, measured("energy_price")] = 0.0
    tariff: Annotated[Tariff | None, InFile()] = Field(
        default=None,
        description="What the grid charges on top of energy_price: the path of a tariff file, or the tariff itself, "
        "which may name a file as its `base` and give only what differs; null: nothing",
    )
    export_capacity: Annotated[float, measured("export_capacity", at_least=0.0)] = 0.0
    export_price: Annotated[Quantity, measured("export_price")] = 0.0
    carbon_intensity: Annotated[Quantity, measured("carbon_intensity", **_CARBON)] = 0.0
    residual_intensity: Annotated[Quantity, measured("residual_intensity", **_CARBON)] | None = Field(
        default=None,
        description="Carbon intensity of grid energy that no contract claims, for market-based emissions [tCO2e/MWh]; "
        "a number or the name of a series; null: carbon_intensity",
    )
    grid_cfe: Annotated[Quantity, share("grid_cfe")] = 0.0
    available: Annotated[Quantity, share("grid_available")] = 1.0
    ramp_per_hour: Annotated[float, measured("ramp_per_hour", at_least=0.0)] | None = Field(
        default=None,
        description="Greatest change of import less export in an hour, counted from the middle of an interval to that "
        "of the next, but for what an outage cuts [MW/h]; null: no limit",
    )
    ramp_per_step: Annotated[float, measured("ramp_per_step", at_least=0.0)] | None = Field(
        default=None, description="The same from any interval to the next [MW]; null: no limit"
    )
    outages: Annotated[
        tuple[Outage, ...],
        Field(description="Times in which the connection is out of service, on top of what `available` says"),
    ] = ()
    note: Note = ""

    @property
    def limits_ramps(self) -> bool:
        """Whether net import may change no faster than so."""
        return self.ramp_per_hour is not None or self.ramp_per_step is not None

    @field_validator("tariff")
    @classmethod
    def _overrun_of_something(cls, value: Tariff | None, info: ValidationInfo) -> Tariff | None:
        if value is not None and value.overrun_charges and info.data.get("subscribed_power", 0) is None:
            name = shown(value.overrun_charges[0].name)
            raise wrong(
                f"{name} is about import above the subscribed power, which is not given", "give subscribed_power"
            )
        return value


class Generator(Specification, revalidate_instances="always"):
    """A generator that burns fuel, or a group of equal ones, without start-up cost or least output.

    Examples
    --------
    >>> Generator(name="diesel", capacity=Capacity.fixed(20), fuel_price=110, efficiency=0.35).cfe
    0.0
    """

    name: Annotated[Name, Field(description="Name of the generator")]
    capacity: Annotated[Capacity, _POWER, _sized("generator_capacity")]
    fuel_price: Annotated[Quantity, measured("fuel_price", at_least=0.0)] = 0.0
    efficiency: Annotated[float, share("generator_efficiency", above=0.0)] = 1.0
    carbon_intensity: Annotated[Quantity, measured("fuel_carbon_intensity", **_CARBON)] = 0.0
    cfe: Annotated[float, share("generator_cfe")] = 0.0
    variable_om: Annotated[float, measured("generator_variable_om", at_least=0.0)] = 0.0
    available: Annotated[Quantity, share("generator_available")] = 1.0
    hours_max: Annotated[float, measured("generator_hours_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest number of full-load hours a year [h/a]; null: no limit"
    )
    energy_max: Annotated[float, measured("generator_energy_max", at_least=0.0)] | None = Field(
        default=None, description="Greatest energy generated a year [MWh/a]; null: no limit"
    )
    units: Annotated[int, equal_parts("Equal units of which the generator consists")] = 1
    note: Note = ""
