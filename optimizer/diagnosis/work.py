"""What workloads claim, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Reading
from optimizer.lp.affine import IntArray
from optimizer.lp.diagnosis import Part

Told = Callable[[Part, IntArray, Reading], str]


def _job_done(part: Part, _at: IntArray, site: Reading) -> str:
    name = part.labels[0]
    release, deadline = site.time_of(name)
    return f"{name} takes {amount(site.value('job_energy', name))} MWh between {release} and {deadline}"


def _it_capacity(_part: Part, at: IntArray, site: Reading) -> str:
    return f"the IT equipment draws no more than its machines can, {amount(float(site['it_capacity'][at].min()))} MW"


def _all_done(part: Part, _at: IntArray, _site: Reading) -> str:
    return f"all work of {part.labels[0]} is done, and none before it arrives"


def _in_time(part: Part, _at: IntArray, _site: Reading) -> str:
    return f"no work of {part.labels[0]} waits longer than its window"


ROWS: Mapping[str, Told] = {
    "it_load_balance": lambda _part, _at, _site: "the IT equipment draws what its workloads draw",
    "backlog_balance": _all_done,
    "backlog_within": _in_time,
    "cut_of_running": lambda part, _at, _site: f"of {part.labels[0]}, only machines that run can be capped",
    "running_limit": lambda part, _at, _site: f"{part.labels[0]} runs on no more machines than there are",
    "job_done": _job_done,
    "it_capacity_limit": _it_capacity,
}
"""Rows by family."""


def _job_power(part: Part, _at: IntArray, site: Reading) -> str:
    if not part.labels:
        return "jobs keep to their least and greatest power"
    job = site.data["job_interval_workload"].values[int(part.labels[0])]
    return f"{job} keeps to its least and greatest power"


LIMITS: Mapping[str, Told] = {
    "flexible_power": lambda part, _at, _site: f"{part.labels[0]} draws no more than its greatest power",
    "job_power": _job_power,
    "segment_cut": lambda part, _at, _site: f"{part.labels[0]} is cut no deeper than its curve allows",
    "backlog": _in_time,
}
"""Bounds of variables by family."""

DEADLINES = ("job_done", "backlog_balance", "backlog_within")
"""Families that ask for work to be done in time."""

_BEYOND = "the IT equipment would draw up to {much} MW more than its machines can"
_WAITS = "up to {much} MWh of {name} would wait longer than its window"
_NOT_DONE = (
    "up to {much} MWh of {name} would not be done in time",
    "up to {much} MWh of {name} would be done before they arrive",
)

GIVES_WAY: Mapping[str, tuple[str, str]] = {
    "job_done": (
        "{name} would be {much} MWh short of its work at its deadline",
        "{name} would take {much} MWh more than its work does",
    ),
    "backlog_balance": _NOT_DONE,
    "backlog_within": (_WAITS, _WAITS),
    "running_limit": ("{name} would need {much} MW more of machines",) * 2,
    "it_capacity_limit": (_BEYOND, _BEYOND),
}
"""What gives way, by family: where a row falls short, and where it goes beyond."""
