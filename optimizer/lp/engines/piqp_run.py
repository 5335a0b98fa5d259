"""One run of PIQP, in this process or, as a script, in one of its own.

PIQP holds Python's lock while it runs and can be neither stopped nor limited, so Ctrl-C would wait until it is done. A
process of its own can be ended at once, but takes about 0.4 s to start, so that only long runs get one.

As a script it reads a pickled pair of problem and settings from standard input and writes the pickled answer; it must
not import this package, whose module ``piqp`` would hide the solver's.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import piqp

_PROGRESS_SECONDS = 1.0


def run_piqp(problem: tuple[Any, ...], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Run PIQP here.

    Parameters
    ----------
    problem : tuple
        The arguments of PIQP's ``setup``.
    settings : mapping
        PIQP's settings by name.

    Returns
    -------
    dict
        ``status``, ``iterations`` and the vectors ``x``, ``y``, ``z_l``, ``z_u``.
    """
    solver = piqp.SparseSolver()
    solver.settings.kkt_solver = piqp.KKTSolver.sparse_ldlt
    for name, value in settings.items():
        setattr(solver.settings, name, value)
    solver.setup(*problem)
    status, result = solver.solve(), solver.result
    vectors = {name: getattr(result, name).copy() for name in ("x", "y", "z_l", "z_u")}
    return {"status": status.name, "iterations": int(result.info.iter)} | vectors


def run_apart(
    problem: tuple[Any, ...],
    settings: Mapping[str, Any],
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any] | None:
    """Run PIQP in a process of its own; None where the time is up.

    Parameters
    ----------
    problem, settings
        As for `run_piqp`.
    time_limit : float, optional
        Seconds after which the process is ended.
    progress : callable, optional
        Hears about every second how long it has been running.
    """
    started = time.monotonic()
    # Files in place of pipes: with a pipe, `communicate` may never send the rest of its input after a time-out.
    with tempfile.TemporaryFile() as task, tempfile.TemporaryFile() as answer:
        pickle.dump((problem, dict(settings)), task, protocol=5)
        task.seek(0)
        # A session of its own: Ctrl-C in a terminal reaches this process, which ends the other one.
        process = subprocess.Popen([sys.executable, "-P", __file__], stdin=task, stdout=answer, start_new_session=True)
        try:
            while process.poll() is None:
                spent = time.monotonic() - started
                if time_limit is not None and spent >= time_limit:
                    return None
                wait = _PROGRESS_SECONDS if time_limit is None else min(_PROGRESS_SECONDS, time_limit - spent)
                try:
                    process.wait(wait)
                except subprocess.TimeoutExpired:
                    if progress is not None:
                        progress(f"{time.monotonic() - started:.0f} s")
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            raise OSError(f"the process that ran PIQP ended with {process.returncode}")
        answer.seek(0)
        found: dict[str, Any] = pickle.load(answer)
        return found


def main() -> None:
    """Solve what comes in by standard input."""
    problem, settings = pickle.load(sys.stdin.buffer)
    pickle.dump(run_piqp(problem, settings), sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    main()
