"""How much later a job would have to be done, or how much longer work would have to wait, at the least."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optimizer.diagnosis.knobs import key_of
from optimizer.diagnosis.local_time import Moment
from optimizer.diagnosis.reading import Array, Reading
from optimizer.work import DeferrableWork, TrainingJob
from optimizer.workload import FacilityLoad

_ROUNDING = 1e-9
_HOUR = np.timedelta64(1, "h")


class MoreTime(NamedTuple):
    """More time for some work.

    Attributes
    ----------
    key : str
        Where the scenario holds it.
    to : str or float
        The new deadline or window.
    text : str
        The change in words.
    hours : float
        By how much it is longer [h].
    least : float
        With less than this there is no plan [h].
    """

    key: str
    to: Any
    text: str
    hours: float
    least: float


def more_time(load: FacilityLoad, site: Reading, name: str) -> MoreTime | None:
    """Find the least time that a workload's own power, the racks and the site allow for its work.

    Parameters
    ----------
    load : FacilityLoad
        The load of the scenario.
    site : Reading
        The data.
    name : str
        A workload.

    Returns
    -------
    MoreTime or None
        None where it is no matter of its time, or the horizon is too short.
    """
    at = [work.name for work in load.workloads].index(name)
    work, key = load.workloads[at], key_of("load.workloads", name, at)
    if isinstance(work, TrainingJob):
        return _deadline(load, site, work, key)
    return _window(site, work, key) if isinstance(work, DeferrableWork) else None


def _room(site: Reading) -> Array:
    """Give the power that is left for one workload at most, (N,) [MW]."""
    room = np.full(len(site.dt), np.inf)
    if "it_capacity" in site.data:
        room = np.minimum(room, site["it_capacity"] - site.least_firm_work)
    if "unserved" in site.data:
        left = site.inflow + site.discharge.sum(axis=0) - site["other_load"]
        room = np.minimum(room, left / site["pue"] - site.least_firm_work)
    least: Array = np.maximum(room, 0.0)
    return least


def _deadline(load: FacilityLoad, site: Reading, job: TrainingJob, key: str) -> MoreTime | None:
    release, deadline = site.time_of(job.name)
    starts, ends = site.calendar.boundaries[:-1], site.calendar.boundaries[1:]
    hours = np.maximum(np.subtract(ends, np.maximum(starts, release.utc)) / _HOUR, 0.0)
    power = job.greatest_power(load.gpus_for_each_mw(job))
    energy = site.value("job_energy", job.name)
    # Racks and site are held to the mean of an interval, also where the job has only a part of it.
    done = np.cumsum(np.minimum(power * hours, _room(site) * site.dt))
    at = int(np.searchsorted(done, energy * (1 - _ROUNDING)))
    if at == len(done) or ends[at] <= deadline.utc:
        return None
    to = Moment(ends[at], site.calendar.zone)
    later = float(np.subtract(to.utc, deadline.utc) / _HOUR)
    before = float(done[at - 1]) if at else 0.0
    spare = max(float(hours[at]) - (energy - before) / power, 0.0)
    text = f"a deadline of {job.name} {later:,.10g} {'hour' if later == 1 else 'hours'} later, {to}"
    return MoreTime(f"{key}.deadline", f"{np.datetime_as_string(to.utc, 'm')}Z", text, later, later - spare)


def _window(site: Reading, work: DeferrableWork, key: str) -> MoreTime | None:
    row = site.names("deferrable_workload").index(work.name)
    most = site["flexible_power_max"][site.names("flexible_workload").index(work.name)]
    arrival = site["arrival"][row]
    change = np.concatenate([[0.0], np.cumsum((arrival - np.minimum(most, _room(site))) * site.dt)])
    waiting = change - np.minimum.accumulate(change)  # where it is served as soon as it can be
    arrived = np.concatenate([[0.0], np.cumsum(arrival * site.dt)])
    if waiting[-1] > _ROUNDING * max(1.0, float(arrived[-1])):
        return None
    least = _longest_wait(arrived, arrived - waiting, np.concatenate([[0.0], np.cumsum(site.dt)]))
    step = float(site.dt.max())
    to = float(np.ceil(least / step - _ROUNDING) * step)
    if to <= work.window:
        return None
    text = f"a window of {to:,.10g} h in place of {work.window:,.10g} h for {work.name}"
    return MoreTime(f"{key}.window", to, text, to - work.window, least - work.window)


def _longest_wait(arrived: Array, done: Array, times: Array) -> float:
    """Give the longest time between the arrival of any work and its end, both summed up at boundaries."""
    rising = _ROUNDING * np.arange(len(times)) * max(1.0, float(arrived[-1])) / len(times)  # no stretch is quite flat
    levels = np.union1d(arrived, done)
    waits = np.interp(levels, done + rising, times) - np.interp(levels, arrived + rising, times)
    return max(float(waits.max()), 0.0)
