"""The load of a site: what the IT equipment draws, or the work that it does, and what the facility adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from optimizer.assets import Note
from optimizer.facility import PueModel
from optimizer.machines import Fleet
from optimizer.nomenclature import term
from optimizer.reliability import LoadTier, check_tiers
from optimizer.specification.base import Specification, hint, shown, wrong
from optimizer.specification.fields import DISTINCT, Quantity, measured
from optimizer.work import Workload
from optimizer.work.kinds import needs_gpus_per_mw

_GREATEST_PUE = 10.0  # as a yearly figure; an hourly series may go beyond while the halls are nearly empty


def _pue_kind(value: object) -> str:
    return "PueModel" if isinstance(value, Mapping | PueModel) else "Quantity"


class FacilityLoad(Specification, revalidate_instances="always"):
    """The load to be served: power of the IT equipment times PUE, plus load outside PUE.

    The power of the IT equipment is given as `it_load`, or follows from `workloads`; where both are given, `it_load` is
    firm load besides.

    Examples
    --------
    >>> FacilityLoad(it_load="it_load", pue=1.2).value_of_lost_load is None
    True
    >>> FacilityLoad(workloads=[{"name": "batch", "kind": "deferrable", "arrivals": 12, "window": 24}]).it_load is None
    True
    """

    it_load: Annotated[Quantity, measured("it_load", at_least=0.0)] | None = Field(
        default=None,
        description="Power drawn by the IT equipment [MW], a number or the name of a series; with workloads, firm "
        "power besides theirs; null: that of the workloads alone",
    )
    fleets: Annotated[
        tuple[Fleet, ...],
        DISTINCT,
        Field(description="Racks that the IT equipment is made of, which bound its power; none: no bound"),
    ] = ()
    gpus_per_mw: Annotated[float, measured("gpus_per_mw", above=0.0)] | None = Field(
        default=None, description="GPUs for each MW of IT power [1/MW], where a workload does not say; null: not known"
    )
    workloads: Annotated[
        tuple[Workload, ...], DISTINCT, Field(description="The work that the IT equipment does; none: it_load is given")
    ] = ()
    pue: Annotated[
        Annotated[Quantity, measured("pue", at_least=1.0), Tag("Quantity")] | Annotated[PueModel, Tag("PueModel")],
        Discriminator(_pue_kind),
        Field(description=f"{term('pue').description} [1]; a number, the name of a series, or a model of the weather"),
    ] = 1.0
    other_load: Annotated[Quantity, measured("other_load", at_least=0.0)] = 0.0
    value_of_lost_load: Annotated[float, measured("value_of_lost_load", at_least=0.0)] | None = Field(
        default=None, description="Cost of a MWh not served [currency/MWh]; null: all load must be served"
    )
    tiers: Annotated[
        tuple[LoadTier, ...],
        DISTINCT,
        Field(description="Parts of the load with a value of their own; what none names is at value_of_lost_load"),
    ] = ()
    note: Note = ""

    @field_validator("tiers")
    @classmethod
    def _tiers_in_order(cls, value: tuple[LoadTier, ...]) -> tuple[LoadTier, ...]:
        return check_tiers(value)

    @field_validator("workloads")
    @classmethod
    def _some_load(cls, value: tuple[Workload, ...], info: ValidationInfo) -> tuple[Workload, ...]:
        if not value and "it_load" in info.data and info.data["it_load"] is None:
            raise wrong("there is no load", "give it_load, or workloads")
        return value

    @field_validator("workloads")
    @classmethod
    def _gpus_known(cls, value: tuple[Workload, ...], info: ValidationInfo) -> tuple[Workload, ...]:
        fleets = info.data.get("fleets", ())
        names = [fleet.name for fleet in fleets]
        for work in value:
            if work.fleet is not None and "fleets" in info.data and work.fleet not in names:
                what = f"{shown(work.name)} runs on {shown(work.fleet)}, which is no fleet of the load"
                raise wrong(what, hint(work.fleet, names, quote="'", none="list it under `fleets`"))
            known = {"gpus_per_mw", "fleets"} <= info.data.keys()
            if known and needs_gpus_per_mw(work) and _gpus_for_each_mw(work, info.data["gpus_per_mw"], fleets) is None:
                what = f"{shown(work.name)} is told in GPUs, but GPUs for each MW are not known"
                raise wrong(what, "give gpus_per_mw, of the workload or of the load, or name its fleet")
        return value

    @property
    def sheds(self) -> bool:
        """Whether any of the load may stay unserved, at a price."""
        prices = [self.value_of_lost_load, *(tier.value_of_lost_load for tier in self.tiers)]
        return any(price is not None for price in prices)

    def gpus_for_each_mw(self, work: Workload) -> float | None:
        """Give the GPUs for each MW of a workload's IT power [1/MW]; None where they are not known."""
        return _gpus_for_each_mw(work, self.gpus_per_mw, self.fleets)

    @field_validator("pue")
    @classmethod
    def _plausible(cls, value: Quantity | PueModel) -> Quantity | PueModel:
        if isinstance(value, float) and value > _GREATEST_PUE:
            guess = value / 100
            remedy = f"did you mean {shown(guess)}?" if 1 <= guess <= _GREATEST_PUE else "it is usually below 2"
            raise wrong(f"{shown(value)} is not between 1 and {shown(_GREATEST_PUE)}", remedy)
        return value

    @field_validator("pue")
    @classmethod
    def _liquid_known(cls, value: Quantity | PueModel, info: ValidationInfo) -> Quantity | PueModel:
        untold = isinstance(value, PueModel) and value.liquid_share is None
        if untold and not info.data.get("fleets", True):
            raise wrong("how much of the heat is in liquid is not known", "give liquid_share, or list the fleets")
        return value


def _gpus_for_each_mw(work: Workload, of_load: float | None, fleets: Sequence[Fleet]) -> float | None:
    """Take them from the workload, its fleet, the load, or fleets that are all alike."""
    if work.gpus_per_mw is not None:
        return work.gpus_per_mw
    if work.fleet is not None:
        return next(fleet.gpus_per_mw for fleet in fleets if fleet.name == work.fleet)
    alike = {fleet.gpus_per_mw for fleet in fleets}
    return of_load if of_load is not None or len(alike) != 1 else alike.pop()
