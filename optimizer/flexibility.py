"""How a site takes part in the grid: demand response, and reserve of batteries for swings of GPU power."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from optimizer.series.time_span import TimeSpan
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Name, Quantity, measured
from optimizer.specification.fields import share as share_of


class CallEvent(TimeSpan):
    """A call of a demand response contract.

    Examples
    --------
    >>> CallEvent(start="2025-07-01T18:00", end="2025-07-01T21:00", clock="site").name
    'call'
    """

    name: Annotated[Name, Field(description="What it is called in the report")] = "call"


class DemandResponse(Specification):
    """A contract by which a site takes less from the grid when it is called.

    While it is called, import is at most the baseline less the commitment; what is above that is shortfall. An interval
    that a call covers in part counts in part.

    Examples
    --------
    >>> contract = DemandResponse(
    ...     name="peak relief", commitment=10, availability_payment=20000,
    ...     events=[{"start": "2025-07-01T18:00", "end": "2025-07-01T21:00"}],
    ... )
    >>> contract.least, contract.free
    (10.0, False)
    """

    name: Annotated[Name, Field(description="Name of the contract")]
    commitment: Annotated[float, measured("commitment_max", at_least=0.0)]
    least_commitment: Annotated[float, measured("commitment_min", at_least=0.0)] | None = Field(
        default=None, description="Least commitment, where it is to be chosen [MW]; null: the commitment is fixed"
    )
    baseline: Annotated[Quantity, measured("response_baseline", at_least=0.0)] | None = Field(
        default=None,
        description="Import from which the reduction is counted [MW], a number or the name of a series; null: the "
        "capacity of the connection, the greatest import there can be",
    )
    events: Annotated[tuple[CallEvent, ...], Field(description="When it is called")] = ()
    availability_payment: Annotated[float, measured("availability_payment", at_least=0.0)] = 0.0
    call_payment: Annotated[float, measured("call_payment", at_least=0.0)] = 0.0
    penalty: Annotated[float, measured("shortfall_penalty", at_least=0.0)] | None = Field(
        default=None, description="Penalty for each MWh of shortfall [currency/MWh]; null: there may be none"
    )
    note: Annotated[str, Field(description="Where the figures come from; shown in reports")] = ""

    @property
    def least(self) -> float:
        """Least commitment [MW]."""
        return self.commitment if self.least_commitment is None else self.least_commitment

    @property
    def free(self) -> bool:
        """Whether the optimizer may choose the commitment."""
        return self.least < self.commitment

    @field_validator("least_commitment")
    @classmethod
    def _within(cls, value: float | None, info: ValidationInfo) -> float | None:
        most = info.data.get("commitment")
        if value is not None and most is not None and value > most:
            raise wrong(f"{shown(value)} is greater than commitment, {shown(most)}", "swap the two?")
        return value

    @field_validator("penalty")
    @classmethod
    def _no_pay_for_nothing(cls, value: float | None, info: ValidationInfo) -> float | None:
        paid = info.data.get("call_payment")
        if value is not None and paid is not None and value < paid:
            what = f"a MWh called is paid {shown(paid)}, and where it is not delivered it costs {shown(value)} alone"
            raise wrong(what, "raise the penalty to call_payment at least")
        return value


class SwingReserve(Specification):
    """Power and energy that a battery keeps free, in both directions, for swings of GPU power within an interval.

    Examples
    --------
    >>> SwingReserve(share=0.2, duration=0.1).power
    0.0
    """

    share: Annotated[float, share_of("swing_share")] = 0.0
    power: Annotated[float, measured("swing_power", at_least=0.0)] = 0.0
    duration: Annotated[float, measured("swing_duration", at_least=0.0)]

    @field_validator("duration")
    @classmethod
    def _of_some_power(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("share") == 0 and info.data.get("power") == 0:
            raise wrong("the reserve has no power", "give `share` of the IT load, or `power`")
        return value
