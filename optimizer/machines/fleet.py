"""Fleets: racks of one kind that stand in a site, and those that arrive later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationInfo, field_validator

from optimizer.machines.catalogue import CataloguedMachine
from optimizer.series.moments import Instant
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import SITE_MOST, Measured, Name

Hourly = NDArray[np.float64]

_RACKS = {"at_least": 0.0, "whole": True}


class Arrival(Specification):
    """Racks that come into service."""

    date: Annotated[Instant, Field(description="From when on the racks count; without a zone it is UTC")]
    racks: Annotated[int, Measured("1", "Racks that come into service", **_RACKS)]


class Fleet(Specification):
    """Racks of one kind: those that are there all the time, and those that arrive.

    Examples
    --------
    >>> fleet = Fleet(name="hall 1", machine="gb200-nvl72", racks=100, arrivals=[{"date": "2025-01-02", "racks": 178}])
    >>> days = np.arange("2025-01-01", "2025-01-04", dtype="datetime64[D]")
    >>> fleet.it_capacity(days).round(2).tolist(), fleet.gpus(days).tolist()
    ([12.0, 33.36], [7200.0, 20016.0])
    """

    name: Annotated[Name, Field(description="Name of the fleet")]
    machine: Annotated[
        CataloguedMachine,
        Field(description="What the racks are: a name of the catalogue (`optimizer machines`), or figures of your own"),
    ]
    racks: Annotated[int, Measured("1", "Racks that are there from the start", **_RACKS)] = 0
    arrivals: Annotated[tuple[Arrival, ...], Field(description="Racks that come into service later")] = ()
    note: Annotated[str, Field(description="Where the figures come from; shown in reports")] = ""

    @field_validator("arrivals")
    @classmethod
    def _some_racks(cls, value: tuple[Arrival, ...], info: ValidationInfo) -> tuple[Arrival, ...]:
        if info.data.get("racks") == 0 and not any(arrival.racks for arrival in value):
            raise wrong("the fleet has no racks", "give racks, or arrivals of some")
        return value

    @field_validator("arrivals")
    @classmethod
    def _of_a_site(cls, value: tuple[Arrival, ...], info: ValidationInfo) -> tuple[Arrival, ...]:
        if not {"machine", "racks"} <= info.data.keys():
            return value
        racks, power = info.data["racks"] + sum(arrival.racks for arrival in value), info.data["machine"].rack_power
        if racks * power > SITE_MOST["MW"]:
            what = f"{racks} racks of {shown(power)} MW are more than any site has, {shown(SITE_MOST['MW'])} MW"
            raise wrong(what, "count racks, not GPUs")
        return value

    @property
    def gpus_per_mw(self) -> float:
        """GPUs for each MW of rated IT power [1/MW]."""
        return self.machine.gpus_per_mw

    def racks_in_service(self, boundaries: ArrayLike) -> Hourly:
        """Count the racks that are there.

        Parameters
        ----------
        boundaries : (hour + 1,) datetime64, UTC
            Ends of the intervals, as `Horizon.boundaries` gives them.

        Returns
        -------
        (hour,) array
            Mean over each interval: racks that arrive half-way through count half, so that energy is right.
        """
        times = np.asarray(boundaries, "datetime64[ns]")
        length = np.diff(times) / np.timedelta64(1, "ns")
        count = np.full(len(length), float(self.racks))
        for arrival in self.arrivals:
            date = np.datetime64(arrival.date.replace(tzinfo=None), "ns")
            after: NDArray[Any] = (times[1:] - date) / np.timedelta64(1, "ns")
            count += arrival.racks * np.clip(after / length, 0.0, 1.0)
        return count

    def gpus(self, boundaries: ArrayLike) -> Hourly:
        """Count the GPUs, (hour,); parameters as in `racks_in_service`."""
        return self.racks_in_service(boundaries) * self.machine.gpus

    def it_capacity(self, boundaries: ArrayLike) -> Hourly:
        """Give the rated IT power of the racks, (hour,) [MW]; parameters as in `racks_in_service`."""
        return self.racks_in_service(boundaries) * self.machine.rack_power

    def idle_power(self, boundaries: ArrayLike) -> Hourly:
        """Give the power of the racks when idle, (hour,) [MW]; parameters as in `racks_in_service`."""
        return self.it_capacity(boundaries) * self.machine.idle_share


def liquid_share(fleets: Sequence[Fleet], boundaries: ArrayLike) -> Hourly:
    """Give the share of the heat of all racks in service that liquid carries, each at its rated power.

    Parameters
    ----------
    fleets : sequence of Fleet
        One at least.
    boundaries : (hour + 1,) datetime64, UTC
        Ends of the intervals.

    Returns
    -------
    (hour,) array [0 to 1]
        The plain mean of all fleets where no rack is in service yet.
    """
    shares = np.array([fleet.machine.liquid_share for fleet in fleets])
    capacity = np.array([fleet.it_capacity(boundaries) for fleet in fleets])
    whole = capacity.sum(axis=0)
    return np.asarray(np.divide(shares @ capacity, whole, out=np.full(whole.shape, shares.mean()), where=whole > 0))
