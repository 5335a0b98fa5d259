"""Jobs: their time in intervals, and the intervals of all of them one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.binding.common import Arrays
from optimizer.errors import Fault, InputError
from optimizer.work import TrainingJob

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Span(NamedTuple):
    """The time of a job: its intervals, and the share of each that lies between release and deadline."""

    job: TrainingJob
    hours: Places
    shares: Floats


def spans_of(scenario: Scenario) -> list[Span]:
    """Lay the jobs over the intervals.

    Raises
    ------
    InputError
        If a job's time does not lie within the horizon.
    """
    jobs = [(at, work) for at, work in enumerate(scenario.site.load.workloads) if isinstance(work, TrainingJob)]
    faults = [fault for at, job in jobs for fault in _outside(at, job, scenario)]
    if faults:
        raise InputError(faults)
    boundaries = scenario.horizon.boundaries.to_numpy().astype("datetime64[ns]")
    found = []
    for _, job in jobs:
        release, deadline = _moment(job.release), _moment(job.deadline)
        first = int(np.searchsorted(boundaries, release, side="right")) - 1
        last = int(np.searchsorted(boundaries, deadline, side="left"))
        starts, ends = boundaries[first:last], boundaries[first + 1 : last + 1]
        inside = (np.minimum(ends, deadline) - np.maximum(starts, release)) / (ends - starts)
        found.append(Span(job, np.arange(first, last), inside))
    return found


def _outside(at: int, job: TrainingJob, scenario: Scenario) -> list[Fault]:
    """Refuse a job whose time is not wholly planned."""
    horizon, remedy = scenario.horizon, "plan the whole time of the job, or leave the job out"
    told = {
        "release": (job.release < horizon.start, "before the horizon starts", horizon.start, job.release),
        "deadline": (job.deadline > horizon.end, "after the horizon ends", horizon.end, job.deadline),
    }
    return [
        Fault(
            scenario.where("site", "load", "workloads", at, field),
            f"{moment:%Y-%m-%dT%H:%MZ} is {how}, {edge:%Y-%m-%dT%H:%MZ}",
            remedy,
        )
        for field, (outside, how, edge, moment) in told.items()
        if outside
    ]


def arrays(scenario: Scenario) -> Arrays:
    """Bind the jobs over their own intervals alone, and where these lie in the hours and in each job."""
    spans, dt, load = spans_of(scenario), scenario.horizon.dt, scenario.site.load
    gpus = [load.gpus_for_each_mw(span.job) for span in spans]
    most = [span.job.greatest_power(number) for span, number in zip(spans, gpus, strict=True)]
    hours = _joined([span.hours for span in spans]).astype(np.int64)
    places, shares = _slots(hours, len(dt))
    stages, lengths = _stages(spans, dt)
    return {
        "job_power_min": (("job_interval",), _joined([span.job.power_min * span.shares for span in spans])),
        "job_power_max": (
            ("job_interval",),
            _joined([power * span.shares for power, span in zip(most, spans, strict=True)]),
        ),
        "job_energy": (
            ("job",),
            np.array([span.job.total_energy(number) for span, number in zip(spans, gpus, strict=True)], dtype=float),
        ),
        "job_place": (("hour", "job_slot"), places),
        "job_share": (("hour", "job_slot"), shares),
        "job_stage_place": (("job", "job_stage"), stages),
        "job_stage_length": (("job", "job_stage"), lengths),
    }


def labels(scenario: Scenario) -> dict[str, tuple[str, Any]]:
    """Give what stands beside the numbers: times of jobs, and what each interval of a job belongs to."""
    works, spans = scenario.site.load.workloads, spans_of(scenario)
    times = {
        name: np.array([_moment(getattr(work, name, None)) for work in works], dtype="datetime64[ns]")
        for name in ("release", "deadline")
    }
    names = np.array([span.job.name for span in spans], dtype=object)
    return {
        "workload_release": ("workload", times["release"]),
        "workload_deadline": ("workload", times["deadline"]),
        "job_interval_workload": ("job_interval", np.repeat(names, [len(span.hours) for span in spans])),
        "job_interval_hour": ("job_interval", _joined([span.hours for span in spans]).astype(np.int64)),
    }


def _moment(moment: datetime | None) -> np.datetime64:
    return np.datetime64("NaT") if moment is None else np.datetime64(moment.replace(tzinfo=None), "ns")


def _slots(hours: Places, count: int) -> tuple[Places, Floats]:
    """Give each hour as many slots as jobs may run at once, and each interval of a job one of them."""
    order = np.argsort(hours, kind="stable")
    sizes = np.bincount(hours, minlength=count)
    slot = np.arange(len(hours)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places, shares = (
        np.zeros((count, int(sizes.max(initial=0))), np.int64),
        np.zeros((count, int(sizes.max(initial=0)))),
    )
    places[hours[order], slot], shares[hours[order], slot] = order, 1.0
    return places, shares


def _stages(spans: Sequence[Span], dt: Floats) -> tuple[Places, Floats]:
    """Give each job the places of its intervals; padding repeats the first, with no length."""
    most = max((len(span.hours) for span in spans), default=0)
    places, lengths = np.zeros((len(spans), most), np.int64), np.zeros((len(spans), most))
    start = 0
    for row, span in enumerate(spans):
        count = len(span.hours)
        places[row] = start
        places[row, :count] = start + np.arange(count)
        lengths[row, :count] = dt[span.hours]
        start += count
    return places, lengths


def _joined(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)
