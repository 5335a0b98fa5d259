"""Workloads: firm power, arrivals and what may wait of them, the time of jobs, and the segments of curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.errors import Fault, InputError
from optimizer.work import DeferrableWork, FirmWork, OpportunisticWork, TrainingJob

if TYPE_CHECKING:
    from optimizer.scenario import Scenario
    from optimizer.series.horizon import Horizon

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_SAME_MOMENT = 1e-9  # of an interval


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind the workloads of a load that has any.

    Raises
    ------
    InputError
        If a job's time does not lie within the horizon.
    """
    load = scenario.site.load
    if not load.workloads:
        return {}
    firm = [hourly(work.power) for work in load.workloads if isinstance(work, FirmWork)]
    gpus = [load.gpus_for_each_mw(work) for work in load.workloads]
    return {
        "firm_it_load": (("hour",), hourly(load.it_load or 0.0) + sum(firm)),
        "gpus_per_mw": (("workload",), np.array([np.nan if number is None else number for number in gpus])),
        **_flexible(scenario, hourly),
        **_deferrable(scenario, hourly),
        **_opportunistic(scenario, hourly),
        **_cappable(scenario, hourly),
        **_jobs(scenario),
        "work_asked": (("workload", "hour"), _asked(scenario, hourly)),
    }


def subsets(scenario: Scenario) -> Subsets:
    """Name the workloads of each kind, and those whose power may be cut."""
    works = scenario.site.load.workloads
    if not works:
        return {}
    return {
        "flexible_workload": [work.name for work in works if isinstance(work, DeferrableWork | OpportunisticWork)],
        "deferrable_workload": [work.name for work in works if isinstance(work, DeferrableWork)],
        "slowable_workload": [work.name for work in _capped(scenario) if isinstance(work, DeferrableWork)],
        "opportunistic_workload": [work.name for work in works if isinstance(work, OpportunisticWork)],
        "cappable_workload": [work.name for work in _capped(scenario)],
        "job": [work.name for work in works if isinstance(work, TrainingJob)],
    }


def labels(scenario: Scenario) -> dict[str, tuple[str, Any]]:
    """Give what stands beside the numbers: kinds, times of jobs, and what each interval of a job belongs to."""
    works = scenario.site.load.workloads
    if not works:
        return {}
    times = {
        name: np.array([_moment(getattr(work, name, None)) for work in works], dtype="datetime64[ns]")
        for name in ("release", "deadline")
    }
    spans = _spans(scenario)
    return {
        "workload_kind": ("workload", np.array([work.kind for work in works], dtype=object)),
        "workload_window": ("workload", np.array([getattr(work, "window", np.nan) for work in works], dtype=float)),
        "workload_release": ("workload", times["release"]),
        "workload_deadline": ("workload", times["deadline"]),
        "job_interval_workload": (
            "job_interval",
            np.repeat(np.array([span.job.name for span in spans], dtype=object), [len(span.hours) for span in spans]),
        ),
        "job_interval_hour": ("job_interval", _joined([span.hours for span in spans]).astype(np.int64)),
    }


def _moment(moment: datetime | None) -> np.datetime64:
    return np.datetime64("NaT") if moment is None else np.datetime64(moment.replace(tzinfo=None), "ns")


def _asked(scenario: Scenario, hourly: Hourly) -> Floats:
    """Give the work that comes in, as power: a job's energy comes in the interval of its release."""
    works = scenario.site.load.workloads
    found = np.zeros((len(works), hourly.count))
    for row, work in enumerate(works):
        if isinstance(work, FirmWork):
            found[row] = hourly(work.power)
        elif isinstance(work, DeferrableWork):
            found[row] = hourly(work.arrivals)
        elif isinstance(work, OpportunisticWork):
            found[row] = hourly(work.power_max)
    for span in _spans(scenario):
        first = span.hours[0]
        energy = span.job.total_energy(scenario.site.load.gpus_for_each_mw(span.job))
        found[works.index(span.job), first] = energy / scenario.horizon.dt[first]
    return found


# -- work that may wait, and work that runs where it pays ------------------------------------------------------------


def _flexible(scenario: Scenario, hourly: Hourly) -> Arrays:
    works = [work for work in scenario.site.load.workloads if isinstance(work, DeferrableWork | OpportunisticWork)]
    most = np.full((len(works), hourly.count), np.inf)
    for row, work in enumerate(works):
        if work.power_max is not None:
            most[row] = hourly(work.power_max)
    return {"flexible_power_max": (("flexible_workload", "hour"), most)}


def _opportunistic(scenario: Scenario, hourly: Hourly) -> Arrays:
    load = scenario.site.load
    works = [work for work in load.workloads if isinstance(work, OpportunisticWork)]
    if not works:
        return {}
    values = [_value(hourly, work.value, work.value_per_gpu_hour, load.gpus_for_each_mw(work)) for work in works]
    return {"work_value": (("opportunistic_workload", "hour"), np.array(values))}


def _value(hourly: Hourly, value: float | str | None, of_gpu_hour: float | None, gpus: float | None) -> Floats:
    """Price a MWh of work; of each GPU-hour, a MW does as many an hour as it feeds GPUs."""
    if value is not None:
        return hourly(value)
    assert of_gpu_hour is not None, "checked where the workload was specified"
    assert gpus is not None, "checked where the load was specified"
    return hourly(of_gpu_hour * gpus)


def _deferrable(scenario: Scenario, hourly: Hourly) -> Arrays:
    works = [work for work in scenario.site.load.workloads if isinstance(work, DeferrableWork)]
    count = hourly.count
    arrivals, ceilings = np.zeros((len(works), count)), np.zeros((len(works), count + 1))
    moments: list[dict[int, list[_Due]]] = []
    for row, work in enumerate(works):
        arrivals[row] = hourly(work.arrivals)
        inflow = _Inflow(arrivals[row], scenario.horizon.dt)
        ceilings[row, :-1] = inflow.within(inflow.times[:-1], work.window)  # at the end nothing is left
        moments.append(inflow.due_within_intervals(work.window))
    found: Arrays = {
        "arrival": (("deferrable_workload", "hour"), arrivals),
        "backlog_max": (("deferrable_workload", "boundary"), ceilings),
    }
    most = max((len(dues) for of_work in moments for dues in of_work.values()), default=0)
    if most:
        found |= _moments(moments, ceilings, most)
    return found


class _Due(NamedTuple):
    """A moment within an interval by which work has to be done: when, as a share of it, and what may wait then."""

    share: float
    backlog_max: float


def _moments(moments: Sequence[Mapping[int, Sequence[_Due]]], ceilings: Floats, most: int) -> Arrays:
    """Bind the moments; padding says again what holds where the interval begins."""
    count = ceilings.shape[1] - 1
    shares = np.zeros((len(moments), count, most))
    limits = np.repeat(ceilings[:, :-1, None], most, axis=2)
    for row, of_intervals in enumerate(moments):
        for hour, dues in of_intervals.items():
            for place, due in enumerate(dues):
                shares[row, hour, place], limits[row, hour, place] = due
    dims = ("deferrable_workload", "hour", "moment_due")
    return {"moment_share": (dims, shares), "moment_backlog_max": (dims, limits)}


class _Inflow:
    """Work that arrives evenly within each interval, added up from the start.

    Parameters
    ----------
    arrival : (N,)
        Work arriving [MW].
    dt : (N,)
        Lengths of the intervals [h].
    """

    def __init__(self, arrival: Floats, dt: Floats) -> None:
        self.times = np.concatenate([[0.0], np.cumsum(dt)])
        self._arrival, self._dt = arrival, dt
        self._total = np.concatenate([[0.0], np.cumsum(arrival * dt)])

    def within(self, moments: Floats, window: float) -> Floats:
        """Give the work that arrived within the window before each moment [MWh]: no other may wait then."""
        now = np.interp(moments, self.times, self._total)
        before = np.interp(moments - window, self.times, self._total)  # 0 before the start
        arrived: Floats = np.maximum(now - before, 0.0)
        return arrived

    def due_within_intervals(self, window: float) -> dict[int, list[_Due]]:
        """Find the moments within intervals at which less work falls due from then on, by interval.

        Between two boundaries work is done evenly, and so it is on time at every moment if it is so at the boundaries
        and at these. There are none where the window is a whole number of equal intervals.
        """
        falls = np.flatnonzero(np.diff(self._arrival) < 0) + 1
        moments = self.times[falls] + window
        moments = moments[moments < self.times[-1]]
        hours = np.searchsorted(self.times, moments, side="right") - 1
        shares = (moments - self.times[hours]) / self._dt[hours]
        inside = (shares > _SAME_MOMENT) & (shares < 1 - _SAME_MOMENT)
        limits = self.within(moments[inside], window)
        found: dict[int, list[_Due]] = {}
        for hour, share, limit in zip(hours[inside].tolist(), shares[inside], limits, strict=True):
            found.setdefault(hour, []).append(_Due(share, limit))
        return found


# -- work whose power may be cut -------------------------------------------------------------------------------------


def _capped(scenario: Scenario) -> list[FirmWork | DeferrableWork]:
    works = scenario.site.load.workloads
    return [work for work in works if isinstance(work, FirmWork | DeferrableWork) and work.curve is not None]


def _cappable(scenario: Scenario, hourly: Hourly) -> Arrays:
    works = _capped(scenario)
    segments = [work.curve.segments() for work in works if work.curve is not None]
    most = max(map(len, segments), default=0)
    widths, losses, savings = (np.zeros((len(works), most)) for _ in range(3))
    nominal, values = (np.zeros((len(works), hourly.count)) for _ in range(2))
    for row, (work, of_curve) in enumerate(zip(works, segments, strict=True)):
        widths[row, : len(of_curve)] = [segment.width for segment in of_curve]
        losses[row, : len(of_curve)] = [segment.loss for segment in of_curve]
        # What caps lose of work that may wait takes its power at another time, or on other machines.
        savings[row] = 1.0 - losses[row] if isinstance(work, DeferrableWork) else 1.0
        nominal[row] = hourly(_of_all_machines(work))
        values[row] = _value_of_work(work, scenario, hourly)
    found: Arrays = {
        "nominal_power": (("cappable_workload", "hour"), nominal),
        "cut_share": (("cappable_workload", "curve_segment"), widths),
        "loss_share": (("cappable_workload", "curve_segment"), losses),
        "cut_saving": (("cappable_workload", "curve_segment"), savings),
    }
    if any(isinstance(work, FirmWork) for work in works):
        found["throughput_value"] = ("cappable_workload", "hour"), values
    return found


def _of_all_machines(work: FirmWork | DeferrableWork) -> float | str:
    """Give the power of the machines that could be capped, those that may not run too."""
    if isinstance(work, FirmWork):
        return work.power
    assert work.power_max is not None, "checked where the workload was specified"
    return work.power_max


def _value_of_work(work: FirmWork | DeferrableWork, scenario: Scenario, hourly: Hourly) -> Floats:
    """Price the work that a cut loses; work that may wait is done later."""
    if isinstance(work, DeferrableWork) or work.curve is None:
        return hourly(0.0)
    gpus = scenario.site.load.gpus_for_each_mw(work)
    return _value(hourly, work.curve.value, work.curve.value_per_gpu_hour, gpus)


# -- jobs ------------------------------------------------------------------------------------------------------------


class _Span(NamedTuple):
    """The time of a job: its intervals, and the share of each that lies between release and deadline."""

    job: TrainingJob
    hours: Places
    shares: Floats


def _spans(scenario: Scenario) -> list[_Span]:
    jobs = [(at, work) for at, work in enumerate(scenario.site.load.workloads) if isinstance(work, TrainingJob)]
    faults = [fault for at, job in jobs for fault in _outside(at, job, scenario.horizon)]
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
        found.append(_Span(job, np.arange(first, last), inside))
    return found


def _outside(at: int, job: TrainingJob, horizon: Horizon) -> list[Fault]:
    """Refuse a job whose time is not wholly planned."""
    where, remedy = f"site.load.workloads[{at}]", "plan the whole time of the job, or leave the job out"
    told = {
        "release": (job.release < horizon.start, "before the horizon starts", horizon.start, job.release),
        "deadline": (job.deadline > horizon.end, "after the horizon ends", horizon.end, job.deadline),
    }
    return [
        Fault(f"{where}.{field} ({job.name})", f"{moment:%Y-%m-%dT%H:%MZ} is {how}, {edge:%Y-%m-%dT%H:%MZ}", remedy)
        for field, (outside, how, edge, moment) in told.items()
        if outside
    ]


def _jobs(scenario: Scenario) -> Arrays:
    spans, dt, load = _spans(scenario), scenario.horizon.dt, scenario.site.load
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


def _stages(spans: Sequence[_Span], dt: Floats) -> tuple[Places, Floats]:
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
