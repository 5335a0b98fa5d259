"""Run a process to its end: how long it took, and the greatest memory of it and of those that it started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_INTERVAL = 0.02  # seconds between two looks at the memory
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Ended:
    """A process that came to its end.

    Attributes
    ----------
    code : int or None
        Its exit code; None where it was ended because the time was up.
    seconds : float
        From start to end.
    peak_mb : float
        Greatest sum of the memory of the process and its descendants, looked at every 20 ms. What a process tells of
        itself (`own_peak`) leaves its descendants out, but misses nothing.
    printed, complaints : str
        Its standard output and standard error.
    """

    code: int | None
    seconds: float
    peak_mb: float
    printed: str
    complaints: str


def own_peak() -> float:
    """Give the greatest memory of this process so far by the system's account [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(command: Sequence[str], timeout: float | None = None) -> Ended:
    """Run a command, and end it with all that it started if it takes longer than `timeout` seconds."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with _watched(process.pid) as peak:
        try:
            printed, complaints = process.communicate(timeout=timeout)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            for pid in _tree(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            printed, complaints = process.communicate()
            code = None
    seconds = time.perf_counter() - started
    return Ended(code, seconds, peak[0], printed, complaints)


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    peak, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_INTERVAL):
            peak[0] = max(peak[0], sum(map(_resident, _tree(pid))) / 2**20)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _tree(pid: int) -> list[int]:
    """Name a process and its descendants; on systems without /proc, the process alone."""
    found = [pid]
    for each in found:  # grows while it is walked
        with suppress(OSError):
            for thread in Path(f"/proc/{each}/task").iterdir():  # any thread may have started a process
                found += [int(child) for child in (thread / "children").read_text(encoding="ascii").split()]
    return found


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    return 0
