"""The bound data as plain arrays: what is asked for in each hour, and the most that each thing can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.diagnosis.local_time import Calendar, Moment

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]


# What an engine may take for rounding is no finding.
_TOLERANCE = 1e-6


def beyond(value: Any, size: Any) -> Any:
    """Tell where a breach is more than rounding, seen against the size of what is compared."""
    return value > _TOLERANCE * np.maximum(1.0, np.abs(size))


@dataclass(frozen=True)
class Reading:
    """A site's data, read for what is possible at most.

    Attributes
    ----------
    data : xarray.Dataset
        What a model binds, after all its updates.
    sets : mapping
        The further sets of the model: batteries that start or end as told, and so on.
    calendar : Calendar
        The horizon and the site's clock.
    """

    data: xr.Dataset
    sets: Mapping[str, Sequence[Any]]
    calendar: Calendar

    @classmethod
    def of(cls, data: xr.Dataset, sets: Mapping[str, Sequence[Any]], zone: str) -> Reading:
        """Read a model's data.

        Parameters
        ----------
        data, sets
            As for the class.
        zone : str
            The site's IANA zone.
        """
        return cls(data, sets, Calendar(data["boundary"].values, np.asarray(data["dt"].values, dtype=float), zone))

    def __getitem__(self, name: str) -> Array:
        return np.asarray(self.data[name].values, dtype=float)

    def most(self, capacity: str) -> Array:
        """Give a capacity at its greatest, be it fixed or free."""
        return self[capacity] if capacity in self.data else self[f"{capacity}_max"]

    def least(self, capacity: str) -> Array:
        """Give a capacity at its least, be it fixed or free."""
        return self[capacity] if capacity in self.data else self[f"{capacity}_min"]

    def names(self, dim: str) -> list[str]:
        """Name the supplies or batteries, or the batteries of a further set."""
        return [str(name) for name in self.sets[dim]] if dim in self.sets else [str(n) for n in self.data[dim].values]

    def among(self, subset: str) -> npt.NDArray[np.bool_]:
        """Mark the batteries that belong to a further set, (B,)."""
        members = set(self.names(subset))
        return np.array([name in members for name in self.names("battery")], dtype=bool)

    def of_some(self, name: str, other: float) -> Array:
        """Give what is bound over some batteries alone for all of them, with something else for the others, (B,)."""
        values = np.full(len(self.names("battery")), other)
        values[self.among(str(self.data[name].dims[0]))] = self[name]
        return values

    def value(self, name: str, label: str) -> float:
        """Look one number up by the label of its supply or battery."""
        return float(self[name][self.place(name, label)])

    def place(self, name: str, label: str) -> int:
        """Tell where the number of a supply or battery stands in its array."""
        return self.names(str(self.data[name].dims[0])).index(label)

    def time_of(self, job: str) -> tuple[Moment, Moment]:
        """Give a job's release and deadline."""
        of_job = self.data.sel(workload=job)
        release, deadline = (
            Moment(np.datetime64(of_job[f"workload_{what}"].item(), "ns"), self.calendar.zone)
            for what in ("release", "deadline")
        )
        return release, deadline

    @cached_property
    def dt(self) -> Array:
        """Lengths of the intervals [h], (N,)."""
        return self.calendar.dt

    @property
    def load_is_given(self) -> bool:
        """Whether the load is data; it is to be chosen where some work may wait or be cut."""
        return "it_load" in self.data

    @cached_property
    def least_load(self) -> Array:
        """The least that the whole load can be [MW], (N,)."""
        if self.load_is_given:
            return self._facility_load(self["it_load"])
        return self._facility_load(self.least_firm_work + self.of_jobs("job_power_min"))

    @cached_property
    def least_firm_work(self) -> Array:
        """The least power that work that cannot wait draws, capped as deeply as it may be [MW], (N,)."""
        waits = set(self.names("deferrable_workload"))
        firm = np.array([name not in waits for name in self.names("cappable_workload")], dtype=bool)
        cut = (self["nominal_power"] * self["cut_share"].sum(axis=1, keepdims=True))[firm]
        least: Array = self["firm_it_load"] - cut.sum(axis=0)
        return least

    @cached_property
    def greatest_load(self) -> Array:
        """The most that the whole load can be [MW], (N,)."""
        if self.load_is_given:
            return self.least_load
        flexible = self["flexible_power_max"].sum(axis=0)
        return self._facility_load(self["firm_it_load"] + flexible + self.of_jobs("job_power_max"))

    def _facility_load(self, it_load: Array) -> Array:
        load: Array = self["pue"] * it_load + self["other_load"]
        return load

    def of_jobs(self, power: str) -> Array:
        """Sum a power over the jobs that may run in each interval, (N,)."""
        hours = self.data["job_interval_hour"].values
        return np.bincount(hours, weights=self[power], minlength=len(self.dt)).astype(float)

    @cached_property
    def must_serve(self) -> Array:
        """Load that has to be served [MW], (N,); none of it but some tiers where unserved energy has a price."""
        if "unserved" in self.data:
            served: Array = self.least_load - self["unserved"]
            return served
        if "tier_share" not in self.data:
            return self.least_load * 0.0
        shed = [self.names("load_tier").index(name) for name in self.names("shed_tier")]
        share = self["rest_share"] + self["tier_share"][shed].sum(axis=0)
        power = self["tier_power"][shed].sum(axis=0) - self["rest_power"]
        must: Array = np.maximum((1 - share) * self.least_load - power, 0.0)
        return must

    @cached_property
    def grid(self) -> Array:
        """The most that the grid can give [MW], (N,)."""
        return self["grid_available"] * self.most("connection_capacity")

    @cached_property
    def supplied(self) -> Array:
        """The most that each supply can give [MW], (S, N)."""
        return self["availability"] * self.most("supply_capacity")[:, None]

    @cached_property
    def generated(self) -> Array:
        """The most that each generator can give [MW], (G, N)."""
        return self["generator_available"] * self.most("generator_capacity")[:, None]

    @cached_property
    def inflow(self) -> Array:
        """The most that grid, supplies and generators can give together [MW], (N,)."""
        power: Array = self.grid + self.supplied.sum(axis=0) + self.generated.sum(axis=0)
        return power

    @cached_property
    def critical_load(self) -> Array:
        """The least that the critical load can be [MW], (N,)."""
        load: Array = self["critical_share"] * self.least_load + self["critical_power"]
        return load

    @cached_property
    def usable(self) -> Array:
        """The most energy that each battery can give when full, on the site's side [MWh], (B,)."""
        span: Array = np.maximum(self["soc_max"] - self["soc_min"], 0.0)
        given: Array = span * self["state_of_health"] * self.most("energy_capacity") * self["discharge_efficiency"]
        return given

    @cached_property
    def held_at_start(self) -> Array:
        """The most energy that each battery can give from what it starts with [MWh], (B,)."""
        above = np.maximum(self.of_some("initial_soc", 0.0) - self["soc_min"], 0.0)
        given = above * self["state_of_health"] * self.most("energy_capacity") * self["discharge_efficiency"]
        return np.where(self.among("started_battery"), given, self.usable)

    @cached_property
    def discharge(self) -> Array:
        """The most power that each battery can give in an interval [MW], (B, N)."""
        return np.minimum(self.most("power_capacity")[:, None], self.usable[:, None] / self.dt)
