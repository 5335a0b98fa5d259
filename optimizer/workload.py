"""The load of a site: what the IT equipment draws, and what the facility adds to it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from optimizer.assets import Note
from optimizer.machines import Fleet
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import DISTINCT, Quantity, measured

_GREATEST_PUE = 10.0  # as a yearly figure; an hourly series may go beyond while the halls are nearly empty


class FacilityLoad(Specification, revalidate_instances="always"):
    """The load to be served: power of the IT equipment times PUE, plus load outside PUE.

    Examples
    --------
    >>> FacilityLoad(it_load="it_load", pue=1.2).value_of_lost_load is None
    True
    """

    it_load: Annotated[Quantity, measured("it_load", at_least=0.0)]
    fleets: Annotated[
        tuple[Fleet, ...],
        DISTINCT,
        Field(description="Racks that the IT equipment is made of, which bound its power; none: no bound"),
    ] = ()
    pue: Annotated[Quantity, measured("pue", at_least=1.0)] = 1.0
    other_load: Annotated[Quantity, measured("other_load", at_least=0.0)] = 0.0
    value_of_lost_load: Annotated[float, measured("value_of_lost_load", at_least=0.0)] | None = Field(
        default=None, description="Cost of a MWh not served [currency/MWh]; null: all load must be served"
    )
    note: Note = ""

    @field_validator("pue")
    @classmethod
    def _plausible(cls, value: Quantity) -> Quantity:
        if isinstance(value, float) and value > _GREATEST_PUE:
            guess = value / 100
            remedy = f"did you mean {shown(guess)}?" if 1 <= guess <= _GREATEST_PUE else "it is usually below 2"
            raise wrong(f"{shown(value)} is not between 1 and {shown(_GREATEST_PUE)}", remedy)
        return value
