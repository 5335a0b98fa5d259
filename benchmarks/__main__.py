"""Measure the steps of the main job: ``python -m benchmarks [SUBJECT ...] [--quick] [--rounds N] [--output FILE]``.

Every subject runs in a process of its own. Exit code 1 where a budget is missed at full size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib import util
from pathlib import Path
from typing import Any

from benchmarks.budgets import Verdict, judge
from benchmarks.machine import commit, machine, moment, versions
from benchmarks.registry import WEEK, YEAR, Subject, load_subjects


def main(arguments: list[str] | None = None) -> int:
    subjects = load_subjects()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(subjects)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a week in place of the year: to try things out")
    parser.add_argument("--rounds", type=int, default=15, help="no subject runs more often than this")
    parser.add_argument("--output", type=Path, help="keep the figures as JSON")
    given = parser.parse_args(arguments)
    unknown = set(given.subjects) - set(subjects)
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(subjects)}")
    size = WEEK if given.quick else YEAR
    run: dict[str, Any] = {
        "size": size.name, "machine": machine(), "versions": versions(), "commit": commit(), "begun": moment(),
        "subjects": {},
    }  # fmt: skip
    for name in given.subjects or subjects:
        record = measure(subjects[name], size.name, given.rounds)
        if record is not None:
            run["subjects"][name] = record
            print(line(record), flush=True)
    run["ended"] = moment()
    verdicts = judge(run["subjects"]) if size is YEAR else []
    for verdict in verdicts:
        print(judged(verdict))
    if given.output:
        given.output.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    return 0 if all(verdict.met for verdict in verdicts) else 1


def measure(subject: Subject, size: str, rounds: int) -> dict[str, Any] | None:
    """Measure a subject in a fresh process; None where it needs what is not installed."""
    missing = [package for package in subject.needs if util.find_spec(package) is None]
    if missing:
        print(f"{subject.name}: left out, {', '.join(missing)} is not installed")
        return None
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "record.json"
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.child", subject.name, "--size", size]
        done = subprocess.run([*command, "--rounds", str(rounds), "--output", str(output)], check=False)
        if done.returncode:
            raise SystemExit(f"{subject.name} failed")
        record: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return {"title": subject.title, **record}


def line(record: dict[str, Any]) -> str:
    """Tell a record in one line."""
    facts = ", ".join(f"{name} {value:.6g}" for name, value in record["facts"].items())
    return f"{record['median']:9.4f} s  (first {record['first']:.3f} s)  {record['title']}" + (
        f": {facts}" if facts else ""
    )


def judged(verdict: Verdict) -> str:
    """Tell a verdict in one line."""
    budget = verdict.budget
    mark = "met   " if verdict.met else "MISSED"
    return f"{mark} {budget.what}: {verdict.measured:.4g} of at most {budget.limit:.4g} {budget.unit}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
