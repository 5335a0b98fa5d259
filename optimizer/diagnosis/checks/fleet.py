"""The racks in service against the work that they have to do: at any moment, and between releases and deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding

_NAMED = 3  # jobs

Places = npt.NDArray[np.int64]


class _Due(NamedTuple):
    """Work that has to be done between two boundaries, and what is there for it."""

    first: int
    after: int
    asked: float
    given: float

    @property
    def missing(self) -> float:
        return self.asked - self.given


def racks(site: Reading) -> Iterator[Finding]:
    """Compare the rated power of the racks with work that cannot wait, and what they leave with what is due."""
    if site.load_is_given or "it_capacity" not in site.data:
        return
    found = []
    missing = _least_power(site) - site["it_capacity"]
    at = np.flatnonzero(beyond(missing, site["it_capacity"]))
    if len(at):
        found.append((float(missing.max()), _too_weak(site, missing, at)))
    worst = max([_stretch(site), *_around_jobs(site), *_of_single_jobs(site)], key=lambda due: due.missing)
    if beyond(worst.missing, worst.asked):
        hours = float(site.dt[worst.first : worst.after].sum())
        found.append((worst.missing / hours, _too_little(site, worst)))
    # What takes more racks is told first.
    yield from (finding for _, finding in sorted(found, key=lambda pair: -pair[0]))


def _least_power(site: Reading) -> Array:
    least: Array = site.least_firm_work + site.of_jobs("job_power_min")
    return least


def _room(site: Reading) -> Array:
    """Give the energy that work which cannot wait leaves in each interval [MWh], (N,)."""
    room: Array = np.maximum(site["it_capacity"] - site.least_firm_work, 0.0) * site.dt
    return room


def _summed(values: Array) -> Array:
    return np.concatenate([[0.0], np.cumsum(values)])


class _Class(NamedTuple):
    """One class of work that may wait: what has arrived, and what has to be done, by each boundary [MWh], (N+1,)."""

    arrived: Array
    due: Array


def _classes(site: Reading) -> list[_Class]:
    """Count each class of work that may wait by the least energy that it takes."""
    found = []
    for row, name in enumerate(site.names("deferrable_workload")):
        arrived = _summed(site["arrival"][row] * site.dt)
        share = _least_share(site, name)
        found.append(_Class(share * arrived, share * (arrived - site["backlog_max"][row])))
    return found


def _least_share(site: Reading, name: str) -> float:
    """Give the energy that work takes where all machines are capped as deeply as they may be, over that without."""
    capped = site.names("cappable_workload")
    if name not in capped:
        return 1.0
    at = capped.index(name)
    shares, lost = site["cut_share"][at], site["loss_share"][at]
    return float(1 - shares @ site["cut_saving"][at] / (1 - shares @ lost))


def _stretch(site: Reading) -> _Due:
    """Find the stretch of time in which most of all work that may wait has to be done beyond what there is room for."""
    classes, room = _classes(site), _summed(_room(site))
    arrived, due = (sum((work[part] for work in classes), np.zeros_like(room)) for part in (0, 1))
    before = room - arrived  # of the beginning; what counts is the greatest one so far
    over = due - room + np.maximum.accumulate(before)
    after = int(np.argmax(over))
    first = int(np.argmax(before[: after + 1]))
    return _Due(first, after, float(due[after] - arrived[first]), float(room[after] - room[first]))


def _around_jobs(site: Reading) -> Iterator[_Due]:
    """Look between the release of any job and the deadline of any: all jobs that lie within, and all work due there."""
    begins, ends = _spans(site)
    if not len(begins):
        return
    firsts, afters = np.unique(begins), np.unique(ends)
    energy = np.zeros((len(firsts), len(afters)))
    np.add.at(energy, (np.searchsorted(firsts, begins), np.searchsorted(afters, ends)), site["job_energy"])
    asked = np.cumsum(np.cumsum(energy[::-1], axis=0)[::-1], axis=1)
    for work in _classes(site):
        asked += np.maximum(work.due[afters][None, :] - work.arrived[firsts][:, None], 0.0)
    room = _summed(_room(site))
    given = room[afters][None, :] - room[firsts][:, None]
    missing = np.where(afters[None, :] > firsts[:, None], asked - given, -np.inf)
    row, column = np.unravel_index(int(np.argmax(missing)), missing.shape)
    yield _Due(int(firsts[row]), int(afters[column]), float(asked[row, column]), float(given[row, column]))


def _of_single_jobs(site: Reading) -> Iterator[_Due]:
    """Give each job alone what its own power and the racks allow."""
    of_job, hours = site.data["job_interval_workload"].values, site.data["job_interval_hour"].values
    given = np.minimum(site["job_power_max"] * site.dt[hours], _room(site)[hours])
    begins, ends = _spans(site)
    for name, energy, first, after in zip(site.names("job"), site["job_energy"], begins, ends, strict=True):
        most = float(site["job_power_max"][of_job == name] @ site.dt[hours[of_job == name]])
        if energy <= most:  # otherwise its own power is at fault
            yield _Due(int(first), int(after), float(energy), float(given[of_job == name].sum()))


def _spans(site: Reading) -> tuple[Places, Places]:
    """Give the boundaries before and after each job's intervals, (J,)."""
    of_job, hours = site.data["job_interval_workload"].values, site.data["job_interval_hour"].values
    found = [hours[of_job == name] for name in site.names("job")]
    begins, ends = ([int(mine[at]) + more for mine in found] for at, more in ((0, 0), (-1, 1)))
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


def _too_weak(site: Reading, missing: Array, at: Places) -> Finding:
    worst = int(at[np.argmax(missing[at])])
    first, most = site.calendar.start(int(at[0])), site.calendar.start(worst)
    when = f"in {site.calendar.duration(at)}, first {first}; at worst, {most}," if len(at) > 1 else f"at {first}:"
    capped = ", capped as deeply as it may be" if (site.least_firm_work < site["firm_it_load"])[worst] else ""
    least, rated = (amount(float(values[worst])) for values in (_least_power(site), site["it_capacity"]))
    text = (
        f"the racks in service are rated below work that cannot wait {when} it draws {least} MW at least{capped}, and "
        f"they are rated at {rated} MW: {amount(float(missing[worst]))} MW of racks are missing"
    )
    return Finding("racks", text, float(missing[worst]), "MW", first, most, complete=True)


def _too_little(site: Reading, due: _Due) -> Finding:
    begin = site.calendar.start(due.first)
    beside = " beside work that cannot wait" if site.least_firm_work[due.first : due.after].any() else ""
    when = f"from {site.calendar.span(due.first, due.after - 1)}, {site.calendar.duration(slice(due.first, due.after))}"
    text = (
        f"{when}, work that is due takes {amount(due.asked)} MWh at least ({_who(site, due)}), and the racks can "
        f"give it {amount(due.given)} MWh{beside}: {amount(due.missing)} MWh are missing"
    )
    return Finding("racks", text, due.missing, "MWh", begin, begin, complete=True)


def _who(site: Reading, due: _Due) -> str:
    """Name the work that is due."""
    begins, ends = _spans(site)
    jobs = [
        name
        for name, first, after in zip(site.names("job"), begins, ends, strict=True)
        if first >= due.first and after <= due.after
    ]
    waiting = [
        name
        for name, work in zip(site.names("deferrable_workload"), _classes(site), strict=True)
        if work.due[due.after] > work.arrived[due.first]
    ]
    named = [*waiting, *(jobs if len(jobs) <= _NAMED else [f"{len(jobs)} jobs"])]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
