"""What a tariff charges: energy by band and by block, peaks, overrun of subscribed power, fixed charges, taxes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from optimizer.series.moments import Instant
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Measured, Name, Quantity, measured, share
from optimizer.tariff.fields import one_or_many
from optimizer.tariff.window import Window

Period = Literal["day", "month", "year", "billing"]
TaxedLine = Literal["energy", "demand", "overrun", "subscribed", "fixed"]

_BILLED = "How often it is billed: day, month, year (of the calendar), or billing (the tariff's billing periods)"
_WINDOWS = "When it applies; none: at all hours"
_NAMES = {"type": "string"}


def _no_bands_besides(windows: tuple[Window, ...], info: ValidationInfo) -> tuple[Window, ...]:
    if windows and info.data.get("bands"):
        raise wrong("`windows` excludes `bands`", "give one of them")
    return windows


Windows = Annotated[tuple[Window, ...], AfterValidator(_no_bands_besides), Field(description=_WINDOWS)]
Bands = Annotated[
    tuple[Name, ...],
    *one_or_many(_NAMES),
    Field(description="Energy bands in whose hours it applies, in place of windows; none: at all hours"),
]


class EnergyBand(Specification):
    """A time-of-use band: the hours in which energy has one price.

    Examples
    --------
    >>> EnergyBand(name="peak", price=140, windows=[Window(hours="17-22")]).price
    140.0
    """

    name: Annotated[Name, Field(description="Name of the band")]
    price: Annotated[Quantity, measured("band_price")]
    windows: Windows = ()


class Ratchet(Specification):
    """The rule that a peak is billed in later months too.

    Examples
    --------
    >>> Ratchet(share=0.8).months
    11
    """

    share: Annotated[float, share("ratchet_share")]
    months: Annotated[
        int, Measured("1", "For how many months, or billing periods, after its own a peak counts", above=0, whole=True)
    ] = 11


class PeakSoFar(Specification):
    """A peak that was metered before the horizon: earlier in its first period, or in periods before.

    Examples
    --------
    >>> PeakSoFar(period="2025-01", peak=38).peak
    38.0
    """

    period: str | None = Field(
        default=None, description="The period: 2025-01, 2025-01-31 or 2025; null: the one in which the horizon begins"
    )
    peak: Annotated[float, measured("peak_so_far", at_least=0.0)]


def _as_peaks(value: object) -> object:
    """Let one number stand for the first period, and a mapping for periods and their peaks."""
    if isinstance(value, Mapping):
        return tuple({"period": str(period), "peak": peak} for period, peak in value.items())
    return value if isinstance(value, list | tuple) else ({"peak": value},)


def _peaks_schema(schema: dict[str, Any]) -> None:
    as_list = {key: schema.pop(key) for key in ("type", "items")}
    number = {"type": "number", "minimum": 0}
    schema["anyOf"] = [number, {"type": "object", "additionalProperties": number}, as_list]


PeaksSoFar = Annotated[
    tuple[PeakSoFar, ...],
    BeforeValidator(_as_peaks),
    Field(
        description="Peaks metered before the horizon [MW]: a number for the period in which it begins, or a mapping "
        "of periods to peaks; a ratchet reads those of earlier periods too",
        json_schema_extra=_peaks_schema,
    ),
]


class DemandCharge(Specification):
    """A charge on the greatest import of each period, or on the import at coincident peaks.

    Examples
    --------
    >>> DemandCharge(name="monthly peak", price=9000, ratchet={"share": 0.8}).period
    'month'
    """

    name: Annotated[Name, Field(description="Name of the charge, as on the bill")]
    price: Annotated[float, measured("demand_price", at_least=0.0)]
    period: Annotated[Period, Field(description=_BILLED)] = "month"
    bands: Bands = ()
    windows: Windows = ()
    ratchet: Ratchet | None = Field(default=None, description="The rule that a peak is billed later too; null: none")
    peak_so_far: PeaksSoFar = ()
    coincident: Annotated[Quantity, measured("coincident", at_least=0.0)] = 0.0
    coincident_times: Annotated[
        tuple[Instant, ...],
        Field(description="Moments of the coincident peaks, in UTC unless they say otherwise; billed is their mean"),
    ] = ()

    @property
    def is_coincident(self) -> bool:
        """Whether the import at coincident peaks is billed."""
        return self.coincident != 0.0 or bool(self.coincident_times)

    @field_validator("ratchet")
    @classmethod
    def _over_months(cls, value: Ratchet | None, info: ValidationInfo) -> Ratchet | None:
        period = info.data.get("period")
        if value is not None and period in ("day", "year"):
            raise wrong(f"a ratchet looks back over months, but the period is {period}", "set period to month")
        return value

    @field_validator("coincident", "coincident_times")
    @classmethod
    def _not_a_peak_of_its_own(cls, value: Any, info: ValidationInfo) -> Any:
        others = [name for name in ("bands", "windows", "ratchet", "peak_so_far") if info.data.get(name)]
        if value and others:
            what = f"a coincident peak is the grid's, so `{others[0]}` has no meaning"
            raise wrong(what, f"leave `{others[0]}` out, or make two charges")
        if info.field_name == "coincident_times" and value and info.data.get("coincident"):
            raise wrong("`coincident_times` excludes `coincident`", "give one of them")
        return value


class OverrunCharge(Specification):
    """A penalty on the greatest import above the subscribed power in each period.

    In its hours the subscribed power is no limit any more; in all others it still is.

    Examples
    --------
    >>> OverrunCharge(name="overrun", price=20000).period
    'month'
    """

    name: Annotated[Name, Field(description="Name of the charge, as on the bill")]
    price: Annotated[float, measured("overrun_price", at_least=0.0)]
    period: Annotated[Period, Field(description=_BILLED)] = "month"
    bands: Bands = ()
    windows: Windows = ()
    peak_so_far: PeaksSoFar = ()


class FixedCharge(Specification):
    """What is due for each period, whatever is drawn.

    Examples
    --------
    >>> FixedCharge(name="metering", price=120).period
    'month'
    """

    name: Annotated[Name, Field(description="Name of the charge, as on the bill")]
    price: Annotated[float, measured("fixed_price", at_least=0.0)]
    period: Annotated[Period, Field(description=_BILLED)] = "month"


class Block(Specification):
    """Energy up to a limit, at one price.

    Examples
    --------
    >>> Block(up_to=1000, price=60).up_to
    1000.0
    """

    up_to: Annotated[float, Measured("MWh", "Energy of the period at which the block ends", above=0.0)] | None = Field(
        default=None, description="Energy of the period at which the block ends [MWh]; null: no end, for the last one"
    )
    price: Annotated[float, measured("block_price")]


class BlockRate(Specification):
    """Energy prices that rise with the energy drawn in a period.

    Examples
    --------
    >>> BlockRate(name="tiers", blocks=[Block(up_to=1000, price=60), Block(price=80)]).period
    'month'
    """

    name: Annotated[Name, Field(description="Name of the rate, as on the bill")]
    period: Annotated[Period, Field(description=_BILLED)] = "month"
    bands: Bands = ()
    windows: Windows = ()
    energy_so_far: Annotated[
        float,
        Measured("MWh", "Energy drawn before the horizon in the period in which it begins", at_least=0.0),
    ] = 0.0
    blocks: Annotated[tuple[Block, ...], Field(description="The blocks, in rising order; the last has no end")]

    @field_validator("blocks")
    @classmethod
    def _rising(cls, value: tuple[Block, ...]) -> tuple[Block, ...]:
        if not value:
            raise wrong("there is no block", "give at least one, such as {price: 80}")
        if value[-1].up_to is not None:
            what = f"the last block ends at {shown(value[-1].up_to)} MWh, and what is beyond has no price"
            raise wrong(what, "leave `up_to` out of the last block")
        ends = [block.up_to for block in value[:-1]]
        if None in ends:
            raise wrong("only the last block may be without an end", "give `up_to` to all blocks but the last")
        for one, next_one in pairwise(ends):
            if not (one or 0.0) < (next_one or 0.0):
                raise wrong(f"a block ends at {shown(next_one)} MWh, not above {shown(one)}, where the one before ends")
        for lower, upper in pairwise(value):
            if upper.price < lower.price:
                raise wrong(_falling(lower, upper), "give one mean price instead of these blocks")
        return value


def _falling(lower: Block, upper: Block) -> str:
    return (
        f"the price falls from {shown(lower.price)} to {shown(upper.price)} at {shown(lower.up_to)} MWh: cost is then "
        "not convex, so a linear program would draw from the cheap block first, which no supplier allows"
    )


class Tax(Specification):
    """A percentage on lines of the bill.

    Examples
    --------
    >>> Tax(name="VAT", rate=0.2).on
    ('energy', 'demand', 'overrun', 'subscribed', 'fixed')
    """

    name: Annotated[Name, Field(description="Name of the tax")]
    rate: Annotated[
        float, Measured("1", "Share of the taxed amounts, 0.2 for 20 %", at_least=0.0, at_most=1.0, slip=100.0)
    ]
    on: Annotated[
        tuple[TaxedLine, ...],
        *one_or_many({"type": "string", "enum": ["energy", "demand", "overrun", "subscribed", "fixed"]}),
        Field(description="What is taxed: energy (all of it), demand, overrun, subscribed (power), fixed (charges)"),
    ] = ("energy", "demand", "overrun", "subscribed", "fixed")
