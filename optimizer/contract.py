"""What a power contract says beyond capacity and prices: what is paid, when it delivers, how it gets to the site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from optimizer.finance import yearly_rate
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Measured, Quantity, measured, share
from optimizer.tariff.fields import LocalDate, one_or_many
from optimizer.tariff.window import WEEKDAYS

BlockDay = Literal["weekdays", "weekends", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAYS: dict[str, tuple[str, ...]] = {"weekdays": WEEKDAYS[:5], "weekends": WEEKDAYS[5:]}
_HOURS, _MONTHS = 24, 12
_ROUNDING = 1e-9


def _some(description: str) -> Measured:
    """Make the mark of a share that cannot be nothing."""
    return Measured("1", description, above=0.0, at_most=1.0, slip=100.0)


_Share = Annotated[float, Measured("1", "Share of the capacity", at_least=0.0, at_most=1.0, slip=100.0)]


class Block(Specification):
    """A block of power: delivered by the site's clock whatever the weather, and paid whether it is taken or not.

    What is delivered is the capacity times the share of the hour of the day times the share of the month; a block
    that says neither is a baseload.

    Examples
    --------
    >>> Block().of_hour(3), Block(by_hour=[0] * 8 + [1] * 12 + [0] * 4, days="weekdays").of_hour(3)
    (1.0, 0.0)
    """

    by_hour: Annotated[
        tuple[_Share, ...],
        Field(description="Share of the capacity in each hour of the site's clock, 24 of them; none: 1 in every hour"),
    ] = ()
    by_month: Annotated[
        tuple[_Share, ...],
        Field(description="Share of it in each month, 12 of them; none: 1 in every month"),
    ] = ()
    days: Annotated[
        tuple[BlockDay, ...],
        *one_or_many({"type": "string", "enum": [*_DAYS, *WEEKDAYS]}),
        Field(description="Days on which it is delivered: weekdays, weekends, monday to sunday; none: every day"),
    ] = ()

    @field_validator("by_hour", "by_month")
    @classmethod
    def _one_for_each(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        needed, each = (_HOURS, "hour of the day") if info.field_name == "by_hour" else (_MONTHS, "month")
        if value and len(value) != needed:
            raise wrong(f"it has {len(value)} shares, but needs {needed}", f"give one for each {each}")
        return value

    def of_hour(self, hour: int) -> float:
        """Give the share of an hour of the day, 0 to 23."""
        return self.by_hour[hour] if self.by_hour else 1.0

    def of_month(self, month: int) -> float:
        """Give the share of a month, 1 to 12."""
        return self.by_month[month - 1] if self.by_month else 1.0

    def on_day(self, weekday: int) -> bool:
        """Tell whether it is delivered on a day of the week, 0 (Monday) to 6."""
        named = [day for name in self.days for day in _DAYS.get(name, (name,))]
        return not named or WEEKDAYS[weekday] in named


class Tranche(Specification):
    """A part of the capacity that delivers between two dates.

    Examples
    --------
    >>> Tranche(start="2025-07-01", share=0.5).end is None
    True
    """

    share: Annotated[float, _some("Share of the capacity")] = 1.0
    start: LocalDate | None = Field(
        default=None, description="First day of delivery, on the site's calendar; null: before the horizon"
    )
    end: LocalDate | None = Field(default=None, description="Last day of delivery, included; null: after the horizon")

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if value is not None and start is not None and value < start:
            raise wrong(f"{value} is before start, {start}", "swap start and end?")
        return value


class TakeOrPay(Specification):
    """A least share of the energy that has to be taken; what is missing of it is paid.

    A free allowance of curtailment is the same thing the other way round: 5 % a year free, and the rest paid at
    30 currency/MWh, is a share of 0.95 at a price of 30.

    Examples
    --------
    >>> TakeOrPay(share=0.85).period
    'year'
    """

    share: Annotated[float, _some("Least share of the energy that is taken, or paid")]
    period: Annotated[
        Literal["year", "month"],
        Field(description="Over what it is counted: year (the whole horizon), or each month of the site's clock"),
    ] = "year"
    expected: Annotated[float, _some("Mean output for each MW of capacity")] | None = Field(
        default=None,
        description="Mean output for each MW of capacity that was agreed, of which the share is counted, though never "
        "more than what is available [0 to 1]; null: the share is of what is available",
    )
    price: Annotated[float, Measured("currency/MWh", "Price of what is missing", at_least=0.0)] | None = Field(
        default=None, description="Price of what is missing [currency/MWh]; null: the supply's energy_price"
    )


class IndexValue(Specification):
    """A value of a published index, from a day on.

    Examples
    --------
    >>> IndexValue(start="2024-01-01", value=106.6).value
    106.6
    """

    start: Annotated[LocalDate, Field(description="First day on which the value holds, on the site's calendar")]
    value: Annotated[float, Measured("1", "Value of the index", above=0.0)]


class Indexation(Specification):
    """How a contract's prices have moved since a base date, by a rate a year or by a published index.

    It brings prices to the days of the horizon. How they move in the years after is `finance.escalation`, as for all
    other prices.

    Examples
    --------
    >>> Indexation(base="2023-07-01", rate=0.02).factor("2025-06-30")
    1.02
    """

    base: Annotated[LocalDate, Field(description="Day to whose prices the contract's prices refer")]
    rate: Annotated[float, yearly_rate("Rise of prices on each anniversary of the base date")] | None = Field(
        default=None, description="Rise of prices on each anniversary of the base date [1/a]; null: by the index"
    )
    index: Annotated[
        tuple[IndexValue, ...], Field(description="Values of a published index, in place of a rate, in order of dates")
    ] = ()
    share: Annotated[float, _some("Share of the prices that follows the index")] = 1.0

    @field_validator("index")
    @classmethod
    def _rate_or_index(cls, value: tuple[IndexValue, ...], info: ValidationInfo) -> tuple[IndexValue, ...]:
        rate, base, days = info.data.get("rate"), info.data.get("base"), [item.start for item in value]
        if "rate" in info.data and (rate is None) != bool(value):
            if value:
                raise wrong("`index` excludes `rate`", "give one of them")
            raise wrong("it has neither a rate nor an index", "give rate, such as 0.02, or the index's values")
        if days != sorted(set(days)):
            raise wrong("its values are not in the order of their days", "list the days in order, each once")
        if days and base is not None and days[0] > base:
            raise wrong(f"it begins on {days[0]}, after the base date, {base}", "give the value of the base date too")
        return value

    def factor(self, day: str) -> float:
        """Give the factor on prices of the base date on a day, written as 2025-06-30; before the base date it is 1."""
        day = max(day, self.base)
        if self.rate is not None:
            years = int(day[:4]) - int(self.base[:4]) - (day[4:] < self.base[4:])
            level = (1 + self.rate) ** years
        else:
            at_base, today = (
                [item.value for item in self.index if item.start <= when][-1] for when in (self.base, day)
            )
            level = today / at_base
        return 1 + self.share * (level - 1)


class Contract(Specification):
    """What the contract of a supply says: what is paid, when it delivers, and how its energy gets to the site.

    Prices stand with the supply: `energy_price` is due for what is paid, be it produced or delivered. All prices, the
    wheeling charge and the amounts of a block are counted at the delivery point.

    Examples
    --------
    >>> Contract(payment="produced").pays_for_produced, Contract(block=Block()).pays_for_produced
    (True, True)
    >>> Contract(losses=0.2).priced_at_site
    1.25
    """

    payment: Literal["delivered", "produced"] | None = Field(
        default=None,
        description="What energy_price is due for: delivered (what is taken) or produced (all that is available, taken "
        "or not); null: produced for a block, delivered otherwise",
    )
    block: Block | None = Field(
        default=None, description="A fixed delivery by the site's clock, in place of availability; null: none"
    )
    take_or_pay: TakeOrPay | None = Field(
        default=None, description="The least share of the energy that is taken or paid; null: none"
    )
    tranches: Annotated[
        tuple[Tranche, ...], Field(description="Parts of the capacity with their dates; none: all of it, at all times")
    ] = ()
    indexation: Indexation | None = Field(
        default=None,
        description="How energy_price, curtailment_price and the price of take_or_pay follow an index; null: not",
    )
    delivery_point: Annotated[
        Literal["plant", "site"],
        Field(description="Where energy is counted: at the plant, so that the site bears the losses, or at the site"),
    ] = "plant"
    losses: Annotated[float, share("wheeling_loss")] = 0.0
    wheeling_price: Annotated[Quantity, measured("wheeling_price")] = 0.0

    @field_validator("block")
    @classmethod
    def _paid_anyway(cls, value: Block | None, info: ValidationInfo) -> Block | None:
        if value is not None and info.data.get("payment") == "delivered":
            raise wrong("a block is paid whether it is taken or not", "leave `payment` out, or say produced")
        return value

    @field_validator("tranches")
    @classmethod
    def _within_the_capacity(cls, value: tuple[Tranche, ...]) -> tuple[Tranche, ...]:
        for day in sorted({item.start or "" for item in value}):
            total = sum(item.share for item in value if (item.start or "") <= day <= (item.end or "9999"))
            if total > 1 + _ROUNDING:
                when = f"on {day}" if day else "before any other begins"
                raise wrong(f"{when} they come to {shown(round(total, 9))} of the capacity", "at most 1 can deliver")
        return value

    @field_validator("losses")
    @classmethod
    def _of_the_buyer(cls, value: float, info: ValidationInfo) -> float:
        if value >= 1:
            raise wrong(f"{shown(value)} leaves nothing to arrive")
        if value and info.data.get("block") is not None and info.data.get("delivery_point") == "site":
            raise wrong("losses of a block that is delivered at the site are its provider's", "leave `losses` out")
        return value

    @property
    def pays_for_produced(self) -> bool:
        """Whether what is available is paid even where it is not taken."""
        return self.payment == "produced" or self.block is not None

    @property
    def priced_at_site(self) -> float:
        """What a MWh at the site costs for each unit of price at the delivery point."""
        return 1 / (1 - self.losses) if self.delivery_point == "plant" else 1.0
