"""What a person could change about the racks and their work."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.diagnosis.knobs import Knob, Move, key_of
from optimizer.diagnosis.reading import Reading
from optimizer.facility import PueModel
from optimizer.work import DeferrableWork, FirmWork, TrainingJob
from optimizer.workload import FacilityLoad

OF_WORK = "site.load.workloads."
"""Where a scenario holds its workloads."""

AMOUNTS = ("energy", "hours", "arrivals", "power")
"""Fields that say how much work there is."""


def racks_and_jobs(load: FacilityLoad, site: Reading) -> list[list[Knob]]:
    """List what can be changed about fleets and jobs; each stands for itself.

    Parameters
    ----------
    load : FacilityLoad
        The load of the scenario.
    site : Reading
        The data as they are now.
    """
    return [[knob] for knob in (*_racks(load), *_jobs(load, site))]


def less_work(load: FacilityLoad, site: Reading) -> list[list[Knob]]:
    """List how far work could be less, and drawn at more power, where a number says how much there is.

    Parameters
    ----------
    load, site
        As for `racks_and_jobs`.
    """
    return [[knob] for knob in (*_classes(load, site), *_firm(load, site))]


def _racks(load: FacilityLoad) -> Iterator[Knob]:
    liquid = {fleet.machine.liquid_share for fleet in load.fleets}
    if isinstance(load.pue, PueModel) and load.pue.liquid_share is None and len(liquid) > 1:
        return  # the racks then decide how much of the heat is in liquid, and with it the PUE
    for at, fleet in enumerate(load.fleets):
        key, words = key_of("load.fleets", fleet.name, at), f"{{by}} more racks in {fleet.name} ({{to}})"
        moves = (Move("it_capacity", per_unit=fleet.machine.rack_power),)
        yield Knob(moves, 1, f"{key}.racks", words, "racks", float(fleet.racks), whole=True)


def _jobs(load: FacilityLoad, site: Reading) -> Iterator[Knob]:
    for at, job in enumerate(load.workloads):
        if not isinstance(job, TrainingJob):
            continue
        key, place = key_of("load.workloads", job.name, at), site.place("job_energy", job.name)
        work = site.value("job_energy", job.name) - job.restarts * job.restart_energy
        if job.energy is not None:
            words = f"{{by}} MWh less of {job.name} ({{to}} MWh)"
            yield Knob((Move("job_energy", place),), -1, f"{key}.energy", words, "MWh", work, work)
        elif job.hours is not None and job.gpus is not None and (gpus := load.gpus_for_each_mw(job)) is not None:
            words = f"{{by}} hours less of {job.name} ({{to}} h)"
            power = job.gpus / gpus
            yield Knob((Move("job_energy", place, power),), -1, f"{key}.hours", words, "h", work / power, work / power)
        yield from _power_of_job(job, site, key)


def _power_of_job(job: TrainingJob, site: Reading, key: str) -> Iterator[Knob]:
    mine = site.data["job_interval_workload"].values == job.name
    if job.power_max is not None:
        share = site["job_power_max"][mine] / job.power_max
        words = f"{{by}} MW more power of {job.name} ({{to}} MW)"
        yield Knob((Move("job_power_max", mine, share),), 1, f"{key}.power_max", words, "MW", job.power_max)
    if job.power_min:
        share = site["job_power_min"][mine] / job.power_min
        words = f"a least power of {{to}} MW in place of {{start}} MW for {job.name}"
        moves = (Move("job_power_min", mine, share),)
        yield Knob(moves, -1, f"{key}.power_min", words, "MW", job.power_min, job.power_min)


def _classes(load: FacilityLoad, site: Reading) -> Iterator[Knob]:
    for at, work in enumerate(load.workloads):
        if not isinstance(work, DeferrableWork):
            continue
        key, row = key_of("load.workloads", work.name, at), site.names("deferrable_workload").index(work.name)
        if isinstance(work.power_max, float):
            moves = [Move("flexible_power_max", site.names("flexible_workload").index(work.name))]
            if work.curve is not None:
                moves.append(Move("nominal_power", site.names("cappable_workload").index(work.name)))
            words = f"{{by}} MW more power of {work.name} ({{to}} MW)"
            yield Knob(tuple(moves), 1, f"{key}.power_max", words, "MW", work.power_max)
        if isinstance(work.arrivals, float) and work.arrivals:
            waiting = ["backlog_max", *(["moment_backlog_max"] if "moment_backlog_max" in site.data else [])]
            moves = [Move("arrival", row), *(Move(name, row, site[name][row] / work.arrivals) for name in waiting)]
            words = f"{{by}} MW less of {work.name} ({{to}} MW)"
            yield Knob(tuple(moves), -1, f"{key}.arrivals", words, "MW", work.arrivals, work.arrivals)


def _firm(load: FacilityLoad, site: Reading) -> Iterator[Knob]:
    for at, work in enumerate(load.workloads):
        if isinstance(work, FirmWork) and isinstance(work.power, float):
            moves = [Move("firm_it_load")]
            if work.curve is not None:
                moves.append(Move("nominal_power", site.names("cappable_workload").index(work.name)))
            words = f"{{by}} MW less of {work.name} ({{to}} MW)"
            key = f"{key_of('load.workloads', work.name, at)}.power"
            yield Knob(tuple(moves), -1, key, words, "MW", work.power, work.power)
