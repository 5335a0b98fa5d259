"""On what machine, with what versions, and under what other load a measurement was made. Standard library alone."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "optimizer", "numpy", "scipy", "pandas", "xarray", "h5netcdf", "h5py", "pyomo", "highspy", "highspy-extras", "piqp",
    "clarabel", "plotly", "pydantic", "typer", "linopy",
)  # fmt: skip
_ROOT = Path(__file__).resolve().parents[1]


def machine() -> dict[str, Any]:
    """Name processor, cores, memory and system."""
    return {
        "processor": _processor(),
        "cores": _cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def moment() -> dict[str, Any]:
    """Tell when, and how busy the machine is with other things: its load averages over 1, 5 and 15 minutes."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def commit() -> str:
    """Name the commit that was measured; marked where the files differ from it."""
    try:
        name = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "optimizer", "benchmarks")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name} with local changes" if changed else name


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Give the versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cores() -> int:
    """Count the cores that this process and what it starts may use, which pinning makes fewer."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
