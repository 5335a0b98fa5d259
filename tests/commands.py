"""The command line as tests use it: a small site on disk, and calls within this process or as a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TextIO

import pandas as pd

from optimizer.cli import main

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "data" / "casablanca-40mw"
HOURS = 48
SITE: dict[str, Any] = {
    "name": "Two days",
    "currency": "USD",
    "horizon": {"start": "2025-03-01", "end": "2025-03-03", "step": "60 min"},
    "series": [
        {
            "path": "series.csv",
            "time": {"column": "time", "zone": "UTC"},
            "columns": {
                "price": {"unit": "USD/MWh"},
                "sun": {"unit": "1"},
                "load": {"unit": "MW"},
            },
        }
    ],
    "site": {
        "name": "hall",
        "latitude": 33.4,
        "longitude": -7.6,
        "time_zone": "Africa/Casablanca",
        "load": {"it_load": "load", "pue": 1.2},
        "supplies": [{"name": "pv", "capacity": 60, "availability": "sun", "energy_price": 20}],
        "batteries": [{"name": "battery", "power_capacity": 10, "energy_capacity": 40}],
        "grid": {"connection_capacity": 50, "energy_price": "price", "carbon_intensity": 0.5, "grid_cfe": 0.2},
    },
}
"""A scenario that solves at once."""


class Outcome(NamedTuple):
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The JSON line; there must be exactly one, and nothing else."""
        (line,) = self.out.splitlines()
        return dict(json.loads(line))


def call(*arguments: object) -> Outcome:
    """Call the command line within this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            return Outcome(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command line always ends by an exit code")


class Started:
    """The command line as a process of its own.

    It is forked from a server that has loaded the libraries but never solved anything: as good as a fresh one, and
    there at once.
    """

    def __init__(self, arguments: Sequence[object], before: str, environment: Mapping[str, str], encoding: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["optimizer.jobs.run", "optimizer.model", "optimizer.report", "h5netcdf"])
        self._folder = TemporaryDirectory()
        self._paths = [Path(self._folder.name) / name for name in ("out", "err")]
        told = (tuple(map(str, arguments)), before, dict(environment), Path.cwd(), encoding, *self._paths)
        self._process = context.Process(target=_child, args=(told,))
        self._process.start()

    def send(self, number: int) -> None:
        """Send a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def wait_for(self, text: str) -> None:
        """Wait until standard error holds a text."""
        deadline = time.monotonic() + 100
        while not (self._paths[1].exists() and text in self._paths[1].read_text(encoding="utf-8")):
            assert self._process.is_alive(), f"ended before it said {text!r}"
            assert time.monotonic() < deadline, f"never said {text!r}"
            time.sleep(0.02)

    def ended(self) -> Outcome:
        """Wait for the end."""
        self._process.join(100)
        assert self._process.exitcode is not None, "still at work"
        out, err = (path.read_text(encoding="utf-8") if path.exists() else "" for path in self._paths)
        code = self._process.exitcode
        self._process.close()
        self._folder.cleanup()
        return Outcome(code, out, err)


def _child(told: tuple[Sequence[str], str, Mapping[str, str], Path, str, Path, Path]) -> None:
    arguments, before, environment, folder, encoding, *paths = told
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(paths, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    exec(before)
    sys.stdout, sys.stderr = (_stream(number, encoding) for number in (1, 2))
    main(arguments)


def _stream(number: int, encoding: str) -> TextIO | None:
    """Open a standard stream as Python does, which has none where it is closed."""
    try:
        return open(number, "w", encoding=encoding, closefd=False)
    except OSError:
        return None


def process(
    *arguments: object, before: str = "", environment: Mapping[str, str] | None = None, encoding: str = "utf-8"
) -> Started:
    """Start the command line as a process of its own.

    Parameters
    ----------
    *arguments : object
        What follows the command's name.
    before : str
        Python that runs in the process first.
    environment : mapping, optional
        Further environment variables.
    encoding : str
        Of standard output and error.
    """
    return Started(arguments, before, environment or {}, encoding)


def hourly(hours: int = HOURS) -> pd.DataFrame:
    """Give the series of the small site: dear evenings, sunny noons, a flat load."""
    times = pd.date_range("2025-03-01", periods=hours, freq="h")
    clock = times.hour
    return pd.DataFrame(
        {
            "time": times.strftime("%Y-%m-%d %H:%M"),
            "price": [90.0 if 17 <= hour <= 21 else 50.0 for hour in clock],
            "sun": [0.8 if 9 <= hour <= 16 else 0.0 for hour in clock],
            "load": 20.0,
        }
    )


def write_site(folder: Path, *, series: pd.DataFrame | None = None, changes: Mapping[str, Any] | None = None) -> Path:
    """Write the small site.

    Parameters
    ----------
    folder : Path
        Where to.
    series : pandas.DataFrame, optional
        The hourly series, if not those of `hourly`.
    changes : mapping, optional
        New values by dotted path; lists by index; None removes the key.

    Returns
    -------
    Path
        The scenario file. It is JSON, which is YAML too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scenario = deepcopy(SITE)
    for path, value in (changes or {}).items():
        *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
        place: Any = scenario
        for part in way:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    (hourly() if series is None else series).to_csv(folder / "series.csv", index=False)
    file = folder / "scenario.yaml"
    file.write_text(json.dumps(scenario, indent=2), encoding="utf-8")
    return file


def names(folder: Path) -> Sequence[str]:
    """List a folder, hidden things included."""
    return sorted(path.name for path in folder.iterdir())
