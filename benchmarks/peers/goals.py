"""What this program has to reach beside the others, as ratios of one run, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import markdown

Record = Mapping[str, Any]
Records = Sequence[Record]


@dataclass(frozen=True)
class Goal:
    """A ratio, or an amount, and the greatest that it may be.

    Attributes
    ----------
    what : str
        In words.
    measured : callable
        Takes it out of the records of a run; raises LookupError where they do not have it.
    limit : float
        The greatest allowed.
    unit : str
        Of both; empty for a ratio.
    """

    what: str
    measured: Callable[[Records], float]
    limit: float
    unit: str = ""


def _ours(records: Records, problem: str) -> Record:
    return next(
        record
        for record in _of(records, problem)
        if (record["tool"], record["setting"], record["status"]) == ("optimizer", "auto", "optimal")
    )


def _of(records: Records, problem: str) -> list[Record]:
    found = [record for record in records if record["problem"] == problem]
    if not found:
        raise LookupError(problem)
    return found


def _solving(problem: str) -> Callable[[Records], float]:
    """Divide our time in the solver by the least of HiGHS, with any tool and setting."""

    def ratio(records: Records) -> float:
        others = [r["seconds"]["solver"] for r in _of(records, problem) if r["tool"] != "optimizer" and _done(r)]
        if not others:
            raise LookupError(problem)
        return float(_ours(records, problem)["seconds"]["solver"] / min(others))

    return ratio


def _done(record: Record) -> bool:
    return record["status"] in ("optimal", "limit")


def _whole_run(problem: str, tool: str, clock: str) -> Callable[[Records], float]:
    def ratio(records: Records) -> float:
        others = [r["seconds"][clock] for r in _of(records, problem) if r["tool"] == tool and _done(r)]
        if not others:
            raise LookupError(tool)
        return float(_ours(records, problem)["seconds"][clock] / min(others))

    return ratio


def _memory(problem: str) -> Callable[[Records], float]:
    return lambda records: float(_ours(records, problem)["peak_mb"])


_SOLVED = "in the solver, as a share of HiGHS's best setting with any tool"
GOALS = (
    Goal(f"year of dispatch: {_SOLVED}", _solving("dispatch"), 1 / 2),
    Goal(f"year of sizing: {_SOLVED}", _solving("sizing"), 1 / 20),
    Goal(f"sizing with CFE and surplus rows: {_SOLVED}", _solving("sizing-cfe-surplus"), 1 / 15),
    Goal("year of sizing, from files to result, as a share of PyPSA's", _whole_run("sizing", "pypsa", "total"), 1 / 15),
    Goal("the same with the start of Python and libraries", _whole_run("sizing", "pypsa", "process"), 1 / 15),
    Goal(f"five weather years: {_SOLVED}", _solving("five-years"), 1 / 10),
    Goal("five weather years: peak memory", _memory("five-years"), 2000.0, "MB"),
)


def goals_table(run: Mapping[str, Any]) -> str:
    """Tell for each goal what was measured, and whether it is reached; left out where it was not measured."""
    rows = []
    for goal in GOALS:
        try:
            found = goal.measured(run["records"])
        except (LookupError, StopIteration):
            continue
        told = [f"{found:.0f} {goal.unit}", f"{goal.limit:.0f} {goal.unit}"]
        if not goal.unit:
            told = [f"1/{1 / found:.1f}", f"1/{1 / goal.limit:.0f}"]
        rows.append([goal.what, *told, "reached" if found <= goal.limit else "**missed**"])
    return markdown(["", "measured", "at most", ""], rows)


def engines_table(run: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Set the engines of this program side by side: seconds in the engine, with reduction and the way back."""
    records = run["records"]
    problems = [problem for problem in titles if any(record["problem"] == problem for record in records)]
    rows = []
    for engine in dict.fromkeys(record["setting"] for record in records):
        cells = []
        for problem in problems:
            found = [r for r in records if (r["problem"], r["setting"]) == (problem, engine)]
            cells.append(_cell(found[0], run["limit"]) if found else "")
        rows.append([f"`{engine}`", *cells])
    return markdown(["engine", *(titles[problem] for problem in problems)], rows)


def _cell(record: Record, limit: float) -> str:
    if record["status"] == "optimal":
        return f"{record['seconds']['solver']:.3g} s"
    return f"> {limit:.0f} s" if record["status"] == "limit" else str(record["status"])
