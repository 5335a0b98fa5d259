"""What a user waits for from a cold start: whole processes, loading of libraries included."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.process import Ended
from benchmarks.process import run as run_process
from benchmarks.registry import Size, Timed, subject
from benchmarks.subjects import example
from optimizer import Result

# An environment that holds what `pip install optimizer` brings and no more: what else is installed would be loaded too
# (xarray loads dask, which linopy needs, wherever it finds it).
PYTHON = os.environ.get("BENCHMARK_PLAIN_PYTHON", sys.executable)

_COMMAND = "import sys; from optimizer.cli import main; sys.argv[0] = 'optimizer'; main()"
_TELLING_MEMORY = f"""
import atexit, resource
atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
{_COMMAND}
"""


def _process(*arguments: str) -> Ended:
    """Run Python; it must come to a good end."""
    ended = run_process([PYTHON, *arguments])
    if ended.code:
        raise RuntimeError(f"{arguments} ended with {ended.code}: {ended.complaints}")
    return ended


def _loading(statement: str) -> Timed:
    """Time a statement in a fresh interpreter, the interpreter's own start not counted."""
    code = f"import time; started = time.perf_counter(); {statement}; print(time.perf_counter() - started)"
    ended = _process("-c", code)
    return Timed(float(ended.printed), {"peak_mb": ended.peak_mb})


@subject("interpreter", "start Python, for comparison", rounds=9)
def interpreter(_size: Size) -> Timed:
    ended = _process("-c", "pass")
    return Timed(ended.seconds, {"peak_mb": ended.peak_mb})


@subject("import", "import optimizer", rounds=9)
def import_optimizer(_size: Size) -> Timed:
    return _loading("import optimizer")


@subject("import-all", "import all that a run without report uses", rounds=9)
def import_all(_size: Size) -> Timed:
    return _loading(
        "import optimizer.jobs.run, optimizer.model, optimizer.formulation, optimizer.lp.engines.piqp, h5netcdf"
    )


@subject("help", "optimizer --help, whole process", rounds=9)
def show_help(_size: Size) -> Timed:
    ended = _process("-c", _COMMAND, "--help")
    return Timed(ended.seconds, {"peak_mb": ended.peak_mb})


def _file(size: Size) -> Path:
    """Give a scenario file of the size."""
    if size.hours == 8760:
        return example.DISPATCH
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    (folder / "series.nc").symlink_to(example.FOLDER / "series.nc")
    file = folder / "scenario.yaml"
    file.write_text(example.scenario(size).to_yaml(), encoding="utf-8")
    return file


def _main_job(file: Path, report: str) -> Timed:
    """Run the command itself; the result knows what the engine took of it."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        ended = _process("-c", _TELLING_MEMORY, "run", str(file), "--output", f"{folder}/run", report, "--json")
        attempts = Result.load(f"{folder}/run").certificate["attempts"]
    line, own_peak = ended.printed.splitlines()
    engine = sum(attempt["seconds"] for attempt in attempts)
    told = {f"step: {name}": seconds for name, seconds in json.loads(line)["seconds"].items()}
    told |= {"peak_mb": max(ended.peak_mb, float(own_peak)), "engine_seconds": engine}
    return Timed(ended.seconds, told | {"outside_seconds": ended.seconds - engine})


@subject("run", "whole run without report, whole process", prepare=_file)
def run(file: Path) -> Timed:
    return _main_job(file, "--no-report")


@subject("run-report", "whole run with report, whole process", prepare=_file, rounds=3)
def run_with_report(file: Path) -> Timed:
    return _main_job(file, "--report")
