"""Kinds of workload: firm, deferrable, a job of its own, or opportunistic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from optimizer.assets import Note
from optimizer.series.moments import Instant
from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Flag, Measured, Name, Quantity, measured
from optimizer.work.curve import GpuHourValue, PowerCurve, ValuedCurve

_NAME = Field(description="Name of the workload")


class _Work(Specification):
    """What all workloads have."""

    name: Annotated[Name, _NAME]
    gpus_per_mw: Annotated[float, measured("gpus_per_mw", above=0.0)] | None = Field(
        default=None, description="GPUs for each MW of IT power [1/MW]; null: those of its fleet, or as the load says"
    )
    fleet: Name | None = Field(
        default=None, description="Fleet on which it runs, which tells GPUs for each MW; null: any"
    )
    note: Note = ""


class FirmWork(_Work):
    """Work that cannot wait, such as inference; its power may be cut where it has a curve.

    Examples
    --------
    >>> FirmWork(name="inference", kind="firm", power=12).curve is None
    True
    """

    kind: Annotated[Literal["firm"], Field(description="Work that cannot wait")]
    power: Annotated[Quantity, measured("nominal_power", at_least=0.0)]
    curve: ValuedCurve | None = Field(
        default=None, description="How far power may be cut, and what work that loses; null: not at all"
    )


class DeferrableWork(_Work):
    """Work that may wait for some hours, such as training and batch jobs of a class; all of it is done.

    What arrives within an interval arrives evenly, and each part of it is done within `window` hours. Nothing waits at
    the start of the horizon, and nothing is left at its end. Where machines may be capped, the same work takes longer
    and less energy: as many of them run as are needed, each at a point of the curve, and the others draw nothing.

    Examples
    --------
    >>> DeferrableWork(name="batch", kind="deferrable", arrivals=12, window=24).power_max is None
    True
    """

    kind: Annotated[Literal["deferrable"], Field(description="Work that may wait")]
    arrivals: Annotated[Quantity, measured("arrival", at_least=0.0)]
    window: Annotated[float, measured("window", at_least=0.0)]
    power_max: Annotated[Quantity, measured("flexible_power_max", at_least=0.0)] | None = Field(
        default=None,
        description="Greatest power that the work can draw [MW], a number or the name of a series; null: no limit",
    )
    delay_cost: Annotated[float, measured("delay_cost", at_least=0.0)] = 0.0
    curve: PowerCurve | None = Field(
        default=None, description="How far machines may be capped, and how much slower they are; null: not at all"
    )

    @field_validator("curve")
    @classmethod
    def _of_known_machines(cls, value: PowerCurve | None, info: ValidationInfo) -> PowerCurve | None:
        if value is not None and "power_max" in info.data and info.data["power_max"] is None:
            raise wrong("slower machines take longer, so that it counts how many there are", "give power_max")
        return value


class TrainingJob(_Work):
    """One job that runs between its release and its deadline.

    Its size is an `energy`, or `gpus` for so many `hours` at full power.

    Examples
    --------
    >>> job = TrainingJob(
    ...     name="llm", kind="job", release="2025-01-01", deadline="2025-01-03", energy=200, power_max=10,
    ...     restarts=2, restart_energy=1.5,
    ... )
    >>> job.total_energy(None), job.greatest_power(None)
    (203.0, 10.0)
    """

    kind: Annotated[Literal["job"], Field(description="One job with a deadline")]
    release: Annotated[Instant, Field(description="When the job may start, in UTC unless it says otherwise")]
    deadline: Annotated[Instant, Field(description="When it has to be done")]
    energy: Annotated[float, measured("job_energy", above=0.0)] | None = Field(
        default=None, description="Energy that the job takes without restarts [MWh]; null: gpus and hours tell"
    )
    gpus: Annotated[float, Measured("1", "GPUs that the job runs on", above=0.0)] | None = Field(
        default=None, description="GPUs that the job runs on; null: energy and power_max tell"
    )
    hours: Annotated[float, Measured("h", "Hours that the job takes on all its GPUs", above=0.0)] | None = Field(
        default=None, description="Hours that the job takes on all its GPUs at full power [h]; null: energy tells"
    )
    power_max: Annotated[float, measured("job_power_max", above=0.0)] | None = Field(
        default=None, description="Greatest power of the job [MW]; null: that of its GPUs"
    )
    power_min: Annotated[float, measured("job_power_min", at_least=0.0)] = 0.0
    preemptible: Annotated[
        Flag, Field(description="Whether the job may pause; if not, it draws power_min at least until its deadline")
    ] = True
    restarts: Annotated[float, Measured("1", "Restarts from a checkpoint to reckon with", at_least=0.0)] = 0.0
    restart_energy: Annotated[float, measured("restart_energy", at_least=0.0)] = 0.0

    @field_validator("deadline")
    @classmethod
    def _after_release(cls, value: datetime, info: ValidationInfo) -> datetime:
        release = info.data.get("release")
        if release is not None and value <= release:
            raise wrong(f"it is not after the release, {release:%Y-%m-%dT%H:%MZ}", "swap release and deadline?")
        return value

    @field_validator("hours")
    @classmethod
    def _one_size(cls, value: float | None, info: ValidationInfo) -> float | None:
        if not {"energy", "gpus"} <= info.data.keys():
            return value
        if info.data["energy"] is not None and value is not None:
            raise wrong("`hours` excludes `energy`", "give energy, or gpus and hours")
        if info.data["energy"] is None and (value is None or info.data["gpus"] is None):
            raise wrong("the job has no size", "give energy, or gpus and hours")
        return value

    @field_validator("power_max")
    @classmethod
    def _some_limit(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None and "gpus" in info.data and info.data["gpus"] is None:
            raise wrong("the job has no greatest power", "give power_max, or gpus")
        return value

    @field_validator("power_min")
    @classmethod
    def _below_max(cls, value: float, info: ValidationInfo) -> float:
        most = info.data.get("power_max")
        if most is not None and value > most:
            raise wrong(f"{shown(value)} is more than power_max, {shown(most)}", "swap them?")
        return value

    @field_validator("preemptible")
    @classmethod
    def _pauses_or_not(cls, value: bool, info: ValidationInfo) -> bool:
        least = info.data.get("power_min")
        if value and least:
            raise wrong(
                f"a job that may pause has no least power, but power_min is {shown(least)}",
                "set preemptible to false, or leave power_min out",
            )
        if not value and least == 0:
            raise wrong("a job that may not pause needs a least power", "give power_min, or set preemptible to true")
        return value

    @property
    def needs_gpus_per_mw(self) -> bool:
        """Whether its size or its power is told in GPUs."""
        return self.energy is None or self.power_max is None

    def total_energy(self, gpus_per_mw: float | None) -> float:
        """Give the energy that the job takes, its restarts too [MWh]."""
        work = self.energy
        if work is None:
            assert self.gpus is not None, "checked where it was specified"
            assert self.hours is not None, "checked where it was specified"
            assert gpus_per_mw is not None, "checked where the load was specified"
            work = self.gpus * self.hours / gpus_per_mw
        return work + self.restarts * self.restart_energy

    def greatest_power(self, gpus_per_mw: float | None) -> float:
        """Give the greatest power of the job [MW]."""
        if self.power_max is not None:
            return self.power_max
        assert self.gpus is not None, "checked where it was specified"
        assert gpus_per_mw is not None, "checked where the load was specified"
        return self.gpus / gpus_per_mw


class OpportunisticWork(_Work):
    """Work that runs only where its value is above what its power costs.

    Examples
    --------
    >>> OpportunisticWork(name="spot", kind="opportunistic", power_max=5, value=120).value
    120.0
    """

    kind: Annotated[Literal["opportunistic"], Field(description="Work that runs where it pays")]
    power_max: Annotated[Quantity, measured("flexible_power_max", at_least=0.0)]
    value: Annotated[Quantity, measured("work_value")] | None = Field(
        default=None,
        description="What a MWh of IT energy earns [currency/MWh], a number or the name of a series; null: "
        "value_per_gpu_hour",
    )
    value_per_gpu_hour: GpuHourValue | None = Field(
        default=None, description="What a GPU-hour earns [currency/GPU-h], in place of value"
    )

    @field_validator("value_per_gpu_hour")
    @classmethod
    def _one_value(cls, value: float | None, info: ValidationInfo) -> float | None:
        if "value" in info.data and (value is None) == (info.data["value"] is None):
            what = "the work has no value" if value is None else "`value_per_gpu_hour` excludes `value`"
            raise wrong(what, "give value [currency/MWh] or value_per_gpu_hour [currency/GPU-h]")
        return value


_TAGS = {"firm": "Firm", "deferrable": "Deferrable", "job": "Job", "opportunistic": "Opportunistic"}


def _tag(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
    return _TAGS.get(kind) if isinstance(kind, str) else None


Workload = Annotated[
    Annotated[FirmWork, Tag("Firm")]
    | Annotated[DeferrableWork, Tag("Deferrable")]
    | Annotated[TrainingJob, Tag("Job")]
    | Annotated[OpportunisticWork, Tag("Opportunistic")],
    Discriminator(
        _tag,
        custom_error_type="fault",
        custom_error_message="{what}",
        custom_error_context={
            "what": "`kind` is missing, or none of those there are",
            "remedy": "give kind: firm, deferrable, job or opportunistic",
        },
    ),
]
"""A workload of any kind, told apart by its key ``kind``."""


def needs_gpus_per_mw(work: Workload) -> bool:
    """Tell whether a workload is told in GPUs, so that GPUs for each MW have to be known."""
    if isinstance(work, TrainingJob):
        return work.needs_gpus_per_mw
    valued = work.curve if isinstance(work, FirmWork) else work
    return getattr(valued, "value_per_gpu_hour", None) is not None
