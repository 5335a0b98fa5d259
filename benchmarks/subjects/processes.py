"""What a user waits for from a cold start: whole processes, loading of libraries included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.registry import Size, Timed, subject
from benchmarks.subjects import example

# An environment that holds what `pip install optimizer` brings and no more: what else is installed would be loaded too
# (xarray loads dask, which linopy needs, wherever it finds it).
PYTHON = os.environ.get("BENCHMARK_PLAIN_PYTHON", sys.executable)

_COMMAND = "import sys; from optimizer.cli import main; sys.argv[0] = 'optimizer'; main()"
_MAIN_JOB = """
import sys, time
from pathlib import Path
import json
from optimizer.jobs.run import run_scenario
from optimizer.steps import Steps
steps = Steps()
result, _ = run_scenario(Path(sys.argv[1]), Path(sys.argv[2]), steps=steps, page=sys.argv[3] == "report")
engine = sum(attempt["seconds"] for attempt in result.certificate["attempts"])
print(json.dumps({"engine_seconds": engine, **{f"step: {name}": value for name, value in steps.seconds.items()}}))
"""


def _process(*arguments: str) -> tuple[float, float, str]:
    """Run Python; give the seconds from start to end, the peak memory [MB], and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen([PYTHON, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{arguments} ended with {status}")
    return seconds, usage.ru_maxrss / 1024, printed


def _loading(statement: str) -> Timed:
    """Time a statement in a fresh interpreter, the interpreter's own start not counted."""
    code = f"import time; started = time.perf_counter(); {statement}; print(time.perf_counter() - started)"
    _, peak, printed = _process("-c", code)
    return Timed(float(printed), {"peak_mb": peak})


@subject("interpreter", "start Python, for comparison", rounds=9)
def interpreter(_size: Size) -> Timed:
    seconds, peak, _ = _process("-c", "pass")
    return Timed(seconds, {"peak_mb": peak})


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
    seconds, peak, _ = _process("-c", _COMMAND, "--help")
    return Timed(seconds, {"peak_mb": peak})


def _file(size: Size) -> Path:
    """Give a scenario file of the size."""
    if size.hours == 8760:
        return example.DISPATCH
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    (folder / "series.nc").symlink_to(example.FOLDER / "series.nc")
    file = folder / "scenario.yaml"
    file.write_text(example.scenario(size).to_yaml(), encoding="utf-8")
    return file


def _main_job(file: Path, page: str) -> Timed:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        seconds, peak, printed = _process("-c", _MAIN_JOB, str(file), f"{folder}/run", page)
    told = json.loads(printed)
    return Timed(seconds, {"peak_mb": peak, "outside_seconds": seconds - told["engine_seconds"], **told})


@subject("run", "whole run without report, whole process", prepare=_file)
def run(file: Path) -> Timed:
    return _main_job(file, "no report")


@subject("run-report", "whole run with report, whole process", prepare=_file, rounds=3)
def run_with_report(file: Path) -> Timed:
    return _main_job(file, "report")
