"""One subject in a process of its own: ``python -m benchmarks.child NAME --size year --rounds 5 --output FILE``."""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.process import own_peak
from benchmarks.registry import SIZES, Size, Subject, Timed, load_subjects


def measure(subject: Subject, size: Size, rounds: int) -> dict[str, Any]:
    """Run a subject once for what happens only once, and then as often as asked.

    Returns
    -------
    dict
        ``first`` and ``median``, ``least``, ``greatest`` of the rounds after it [s]; ``processor``, the median of the
        processor time; ``peak_mb`` of this process; and the subject's own facts, each the median over the rounds.
    """
    prepared = subject.prepare(size)
    taken = [_round(subject, prepared) for _ in range(1 + min(rounds, subject.rounds))]
    seconds = [each[0] for each in taken[1:]]
    names = taken[-1][2]
    return {
        "first": taken[0][0],
        "median": statistics.median(seconds),
        "least": min(seconds),
        "greatest": max(seconds),
        "processor": statistics.median(each[1] for each in taken[1:]),
        "rounds": len(seconds),
        "peak_mb": own_peak(),
        "facts": {name: statistics.median(each[2][name] for each in taken[1:]) for name in names},
    }


def _round(subject: Subject, prepared: Any) -> tuple[float, float, dict[str, float]]:
    gc.collect()
    processor, started = _processor_time(), time.perf_counter()
    given = subject.run(prepared)
    seconds, processor = time.perf_counter() - started, _processor_time() - processor
    facts = {name: float(value) for name, value in subject.facts(prepared, given).items()}
    if isinstance(given, Timed):
        return given.seconds, processor, {**facts, **given.facts}
    return seconds, processor, facts


def _processor_time() -> float:
    """Give the processor time of this process and of those that it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    record = measure(load_subjects()[given.name], SIZES[given.size], given.rounds)
    given.output.write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    main()
