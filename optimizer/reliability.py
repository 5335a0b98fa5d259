"""What a site asks of its reliability: outages of the grid, tiers of load, ride-through and the loss of one supply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from optimizer.series.time_span import TimeSpan
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Flag, Measured, Name, Quantity, measured
from optimizer.specification.fields import share as share_of

Lost = Literal["supplies", "grid", "batteries", "generators"]

_ROUNDING = 1e-9


class Outage(TimeSpan):
    """A span of time in which the grid connection is out of service, wholly or in part.

    An interval that it covers in part has the mean of what is in service.

    Examples
    --------
    >>> Outage(start="2025-01-15T18:00", end="2025-01-15T20:00", clock="site").available
    0.0
    """

    name: Annotated[Name, Field(description="What it is called in the report")] = "outage"
    available: Annotated[float, share_of("grid_available")] = 0.0


class LoadTier(Specification):
    """A part of the facility load with a price of its own for not being served.

    What no tier names is the rest, at the load's own `value_of_lost_load`. The part of least value is shed first.

    Examples
    --------
    >>> LoadTier(name="control plane", share=0.6, critical=True).value_of_lost_load is None
    True
    """

    name: Annotated[Name, Field(description="Name of the tier")]
    share: Annotated[Quantity, share_of("tier_share")] | None = Field(
        default=None,
        description="Share of the facility load that belongs to the tier [0 to 1], a number or the name of a series; "
        "null: given as power",
    )
    power: Annotated[Quantity, measured("tier_power", at_least=0.0)] | None = Field(
        default=None,
        description="Load that belongs to the tier, of the facility [MW], a number or the name of a series; null: "
        "given as a share",
    )
    value_of_lost_load: Annotated[float, measured("tier_value_of_lost_load", at_least=0.0)] | None = Field(
        default=None, description="Cost of a MWh of the tier not served [currency/MWh]; null: it must be served"
    )
    critical: Annotated[Flag, Field(description="Whether it is critical load, which ride-through and N-1 protect")] = (
        False
    )

    @field_validator("power")
    @classmethod
    def _one_size(cls, value: Quantity | None, info: ValidationInfo) -> Quantity | None:
        given = info.data.get("share")
        if value is not None and given is not None:
            raise wrong("`power` excludes `share`", "give one of them")
        if value is None and given is None and "share" in info.data:
            raise wrong("the tier has no size", "give `share` of the facility load, or `power`")
        return value


def check_tiers(tiers: tuple[LoadTier, ...]) -> tuple[LoadTier, ...]:
    """Refuse tiers that are more than all load, or that would shed critical load first.

    Raises
    ------
    pydantic_core.PydanticCustomError
        With the first fault.
    """
    shares = [tier.share for tier in tiers if isinstance(tier.share, float)]
    if sum(shares) > 1 + _ROUNDING:
        raise wrong(f"the shares of the tiers sum to {shown(round(sum(shares), 9))}", "they are at most 1 together")
    for critical in tiers:
        for other in tiers:
            if critical.critical and not other.critical and _less(critical, other):
                what = (
                    f"{shown(critical.name)} is critical but worth less than {shown(other.name)}, so it is shed first"
                )
                raise wrong(what, "raise its value_of_lost_load, or leave that out: the tier must then be served")
    return tiers


def _less(one: LoadTier, other: LoadTier) -> bool:
    """Tell whether a tier is shed before another."""
    if one.value_of_lost_load is None:
        return False
    return other.value_of_lost_load is None or one.value_of_lost_load < other.value_of_lost_load


class Reliability(Specification):
    """What must still hold when something fails.

    Critical are the tiers of load that are marked so, or the whole load where there are no tiers.

    Examples
    --------
    >>> Reliability(ride_through=1, n_minus_1=["supplies"]).n_minus_1
    ('supplies',)
    """

    ride_through: Annotated[float, measured("ride_through", above=0.0, at_most=168.0)] | None = Field(
        default=None,
        description="Time for which batteries and generators alone must be able to carry the critical load, from any "
        "boundary between intervals on, outages included [h]; null: not asked for",
    )
    n_minus_1: Annotated[
        tuple[Lost, ...],
        Field(
            description="What may fail, one at a time: supplies (any one), grid (the connection), batteries (any one "
            "block), generators (any one unit). In every interval, what is left of availability, connection, "
            "generators and of what the batteries hold must be able to carry the critical load of that interval"
        ),
    ] = ()

    @field_validator("n_minus_1")
    @classmethod
    def _each_once(cls, value: tuple[Lost, ...]) -> tuple[Lost, ...]:
        for item in value:
            if value.count(item) > 1:
                raise wrong(f"{shown(item)} is listed twice", "list it once")
        return value


def equal_parts(what: str) -> Measured:
    """Make the mark of a field that counts equal parts, one of which may fail.

    Examples
    --------
    >>> equal_parts("Equal units").text
    'Equal units, one of which N-1 takes to fail'
    """
    return Measured("1", f"{what}, one of which N-1 takes to fail", at_least=1.0, whole=True)
