"""The tools side by side, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers.agreement import disagreeing
from benchmarks.peers.titles import PROBLEMS, TOOLS
from benchmarks.tables import markdown, seconds

Record = Mapping[str, Any]


def best(records: Sequence[Record]) -> list[Record]:
    """Keep of each tool and problem the setting that was quickest, in the order of the tables."""
    found = []
    for problem in PROBLEMS:
        for tool in TOOLS:
            tried = [record for record in records if (record["problem"], record["tool"]) == (problem, tool)]
            if tried:
                found.append(min(tried, key=lambda each: (each["status"] != "optimal", each["seconds"]["total"])))
    return found


def peers_table(run: Mapping[str, Any]) -> str:
    """Write one table for each problem, and the conditions under which it was made."""
    machine, records = run["machine"], run["records"]
    versions: dict[str, str] = {}
    for record in records:
        versions |= record["versions"]
    parts = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; "
        f"commit {run['commit']}; {', '.join(f'{name} {version}' for name, version in sorted(versions.items()))}."
    ]
    for problem, title in PROBLEMS.items():
        chosen = [record for record in best(records) if record["problem"] == problem]
        if chosen:
            parts += [f"### {title}", _table(chosen, run), _tried(records, problem, run["limit"])]
    return "\n\n".join(part for part in parts if part)


def _table(chosen: Sequence[Record], run: Mapping[str, Any]) -> str:
    wrong = {id(record) for record, _ in disagreeing(run["records"])}
    ours = next((record for record in chosen if record["tool"] == "optimizer" and record["status"] == "optimal"), None)
    head = ["", "solver", "state [s]", "around [s]", "solve [s]", "total [s]", "process [s]", "to ours", "peak [MB]",
            "objective", "load"]  # fmt: skip
    return markdown(head, [_row(record, ours, run["limit"], wrong) for record in chosen])


def _row(record: Record, ours: Record | None, limit: float, wrong: set[int]) -> list[str]:
    times, reached = record["seconds"], record["status"] == "optimal"
    over = f"> {limit:.0f}" if record["status"] == "limit" else record["status"]
    process = seconds(times["process"]) if reached else over
    ratio = times["process"] / ours["seconds"]["process"] if ours else None
    told = "" if ratio is None else f"{'> ' if not reached else ''}{ratio:.1f}"
    objective = "" if record["objective"] is None else f"{record['objective']:,.2f}"
    if id(record) in wrong:
        objective = f"🔴 **{objective} DISAGREES**"
    return [
        TOOLS[record["tool"]],
        _solver(record),
        seconds(times["state"]),
        seconds(times["around"]) if reached else "",
        seconds(times["solver"]) if reached else over,
        seconds(times["total"]) if reached else over,
        process,
        told if reached or record["status"] == "limit" else "",
        f"{record['peak_mb']:.0f}" if record["peak_mb"] else "",
        objective,
        f"{record['begun']['load_average'][0]:.1f}",
    ]


def _solver(record: Record) -> str:
    if record["tool"] == "optimizer":
        return str(record.get("engine") or record["setting"])
    return f"HiGHS {record['setting']}"


def _tried(records: Sequence[Record], problem: str, limit: float) -> str:
    """Tell how HiGHS's settings compare, where more than one was tried with a tool."""
    told = []
    for tool, title in TOOLS.items():
        tried = [record for record in records if (record["problem"], record["tool"]) == (problem, tool)]
        if len(tried) > 1:
            each = (f"{record['setting']} {_solve(record, limit)}" for record in tried)
            told.append(f"with {title}: {', '.join(each)}")
    return f"Solver settings tried, time in the solver alone, {'; '.join(told)}." if told else ""


def _solve(record: Record, limit: float) -> str:
    if record["status"] == "optimal":
        return f"{seconds(record['seconds']['solver'])} s"
    return f"> {limit:.0f} s" if record["status"] == "limit" else str(record["status"])
