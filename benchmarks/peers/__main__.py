"""Solve the same problems with several tools: ``python -m benchmarks.peers [--quick] [--output FILE]``.

Tools are asked in an interpreter of their own (``--python``, or BENCHMARK_PEERS_PYTHON), so that this program's
environment needs none of them; what is not installed there is left out and named. This program runs where
BENCHMARK_PLAIN_PYTHON says, if it does. With linopy every setting of HiGHS is tried; the other tools get the one that
was quickest, or what ``--settings`` says. Exit code 1 where objectives disagree.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import process
from benchmarks.machine import commit, machine, moment
from benchmarks.peers.agreement import disagreeing
from benchmarks.peers.settings import SETTINGS
from benchmarks.peers.titles import PROBLEMS, TOOLS
from benchmarks.peers.worker import MISSING

OURS, SCOUT = "optimizer", "linopy"
_GRACE = 300.0  # seconds beyond the limit, for stating and handing over
_ROUNDS = 3
_RED, _PLAIN = "\033[31m", "\033[0m"


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    run = _former(given.output) or {"quick": given.quick, "machine": machine(), "records": []}
    run |= {"limit": given.limit, "commit": commit()}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        for problem in given.problems:
            _write_problem(problem, Path(folder) / problem, quick=given.quick)
            for record in _records(problem, Path(folder) / problem, given):
                run["records"] = [old for old in run["records"] if _key(old) != _key(record)] + [record]
                print(line(record), flush=True)
                if given.output:
                    given.output.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    wrong = disagreeing(run["records"])
    for record, by in wrong:
        print(f"{_RED}{record['problem']}: {record['tool']} ({record['setting']}) disagrees by {by:.1e}{_PLAIN}")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, help="of HiGHS, for all tools but this program")
    parser.add_argument("--engines", nargs="+", default=["auto"], help="for this program")
    parser.add_argument("--quick", action="store_true", help="weeks in place of years: to try things out")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="for what takes less than half a minute")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for the solver")
    parser.add_argument("--python", default=os.environ.get("BENCHMARK_PEERS_PYTHON", sys.executable))
    parser.add_argument(
        "--output", type=Path, help="keep the figures as JSON; those of a former run that are there stay"
    )
    return parser


def _records(problem: str, folder: Path, given: argparse.Namespace) -> Any:
    """Run the tools one after the other; the scout among the peers goes first, to find a setting for the others."""
    settings = given.settings or list(SETTINGS)
    tools = sorted(given.tools, key=lambda tool: (tool != OURS, tool != SCOUT))
    for tool in tools:
        tried = []
        for setting in given.engines if tool == OURS else settings:
            record = _measured(problem, tool, setting, folder, given)
            if record is None:
                break
            tried.append(record)
            yield record
        if tool == SCOUT and tried and not given.settings:
            settings = [quickest(tried)["setting"]]


def quickest(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Choose the record with the least time in the solver, of those that came to an optimum where there are any."""
    return min(records, key=lambda record: (record["status"] != "optimal", record["seconds"]["solver"]))


def _measured(problem: str, tool: str, setting: str, folder: Path, given: argparse.Namespace) -> dict[str, Any] | None:
    begun, rounds = moment(), []
    python = os.environ.get("BENCHMARK_PLAIN_PYTHON", sys.executable) if tool == OURS else given.python
    while len(rounds) < given.rounds:
        record = _run(python, tool, setting, folder, given.limit)
        if record is None:
            return None
        rounds.append(record)
        if record["status"] != "optimal" or record["seconds"]["process"] > given.limit / 10:
            break
    middle = sorted(rounds, key=lambda each: each["seconds"]["total"])[len(rounds) // 2]
    return {
        "problem": problem, "tool": tool, "setting": setting, "rounds": len(rounds), "begun": begun, **middle,
        "seconds": {
            name: statistics.median(each["seconds"][name] for each in rounds) for name in middle["seconds"]
        },
    }  # fmt: skip


def _run(python: str, tool: str, setting: str, folder: Path, limit: float) -> dict[str, Any] | None:
    """Run one tool in one process; None where it is not installed."""
    output = folder / "record.json"
    output.unlink(missing_ok=True)
    command = [python, "-W", "ignore", "-m", "benchmarks.peers.worker", tool, str(folder), setting]
    ended = process.run([*command, "--limit", str(limit), "--output", str(output)], timeout=limit + _GRACE)
    if ended.code is None:
        return _without_result("limit", ended, "")
    if ended.code == MISSING:
        print(f"{tool} is left out for {python}: {ended.complaints.splitlines()[-1]}")
        return None
    if ended.code:
        return _without_result("failed", ended, "\n".join(ended.complaints.splitlines()[-3:]))
    record: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    record["seconds"]["process"] = ended.seconds
    record["peak_mb"] = max(record["peak_mb"], ended.peak_mb)
    return record


def _without_result(status: str, ended: process.Ended, message: str) -> dict[str, Any]:
    seconds = ended.seconds
    steps = dict.fromkeys(("import", "read", "state", "around"), 0.0)
    times = {**steps, "solver": seconds, "total": seconds, "process": seconds}
    return {
        "status": status,
        "objective": None,
        "seconds": times,
        "peak_mb": ended.peak_mb,
        "versions": {},
        "message": message,
    }


def _write_problem(name: str, folder: Path, *, quick: bool) -> None:
    """Make the problem's files in another process, so that this one stays small."""
    command = [sys.executable, "-m", "benchmarks.peers.problems", name, str(folder)]
    subprocess.run([*command, "--quick"] if quick else command, check=True)


def _former(output: Path | None) -> dict[str, Any] | None:
    if output is None or not output.exists():
        return None
    former: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return former


def _key(record: dict[str, Any]) -> tuple[str, str, str]:
    return record["problem"], record["tool"], record["setting"]


def line(record: dict[str, Any]) -> str:
    """Tell a record in one line."""
    seconds = record["seconds"]
    steps = ", ".join(f"{name} {seconds[name]:.2f}" for name in ("state", "around", "solver", "total", "process"))
    objective = "" if record["objective"] is None else f", objective {record['objective']:.9g}"
    told = f"{record['problem']:20s} {record['tool']:10s} {record['setting']:8s} {record['status']}: {steps} s"
    return f"{told}, {record['peak_mb']:.0f} MB{objective} {record.get('message', '')}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
