"""One tool, one problem, one setting, in a process of its own, so that its imports and its memory are its own.

``python -m benchmarks.peers.worker TOOL FOLDER SETTING --limit SECONDS --output FILE``
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.peers.problem import Problem, Rolled
from benchmarks.process import own_peak

MISSING = 42
"""Exit code where the tool is not installed."""


def measure(tool: str, folder: Path, setting: str, limit: float) -> dict[str, Any]:
    """Time the tool's steps.

    Returns
    -------
    dict
        Seconds of each step, the objective, the peak memory of this process [MB], and the versions that took part.
    """
    times = [time.perf_counter()]
    module = importlib.import_module(f"benchmarks.peers.in_{tool}")
    times.append(time.perf_counter())
    problem = Problem.load_from(folder / "problem.npz")
    read = getattr(module, "read", None)
    inputs = (read(folder), problem) if read else (problem,)
    times.append(time.perf_counter())
    if problem.windows is None:
        rolled = Rolled()
        model = module.state(*inputs)
        stated = time.perf_counter()
        rolled.solutions.append(module.solve(model, problem, setting, limit))
        rolled.state, rolled.solve = stated - times[2], time.perf_counter() - stated
    else:
        rolled = (
            module.roll(*inputs, setting, limit) if hasattr(module, "roll") else roll(module, *inputs, setting, limit)
        )
    solver = sum(solution.seconds for solution in rolled.solutions)
    status = rolled.solutions[-1].status
    return {
        "status": status,
        "engine": rolled.solutions[-1].engine,
        "objective": sum(solution.objective for solution in rolled.solutions) if status == "optimal" else None,
        "seconds": {
            "import": times[1] - times[0],
            "read": times[2] - times[1],
            "state": rolled.state,
            "around": rolled.solve - solver,
            "solver": solver,
            "total": times[2] - times[1] + rolled.state + rolled.solve,
        },
        "peak_mb": own_peak(),
        "versions": {name: metadata.version(name) for name in module.VERSIONS if _installed(name)},
    }


def roll(module: Any, problem: Problem, setting: str, limit: float) -> Rolled:
    """Solve window after window, each stated anew from the energy that the one before left."""
    assert problem.windows is not None
    rolled = Rolled()
    for number in range(problem.windows.count):
        started = time.perf_counter()
        part = problem.window(number, rolled.left(problem))
        model = module.state(part)
        stated = time.perf_counter()
        rolled.solutions.append(module.solve(model, part, setting, limit))
        rolled.state += stated - started
        rolled.solve += time.perf_counter() - stated
        if rolled.solutions[-1].objective is None:
            break
    return rolled


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("folder", type=Path)
    parser.add_argument("setting")
    parser.add_argument("--limit", type=float, required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    try:
        record = measure(given.tool, given.folder, given.setting, given.limit)
    except ModuleNotFoundError as error:
        print(error, file=sys.stderr)
        return MISSING
    given.output.write_text(json.dumps(record), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
