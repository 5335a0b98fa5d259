"""What must be reached, and whether it is: on the machine of `README.md`, and as ratios of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Records = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Budget:
    """A limit.

    Attributes
    ----------
    what : str
        In words.
    measured : callable
        Takes it out of the records of a run; raises KeyError where a subject was not measured.
    limit : float
        The greatest allowed.
    unit : str
        Of both.
    """

    what: str
    measured: Callable[[Records], float]
    limit: float
    unit: str


@dataclass(frozen=True)
class Verdict:
    """A limit, and what was measured."""

    budget: Budget
    measured: float

    @property
    def met(self) -> bool:
        """Whether the limit holds."""
        return self.measured <= self.budget.limit


def _median(records: Records, name: str) -> float:
    return float(records[name]["median"])


def _fact(records: Records, name: str, fact: str) -> float:
    return float(records[name]["facts"][fact])


BUDGETS = (
    Budget("state the year's program", lambda r: _median(r, "state"), 0.3, "s"),
    Budget(
        "the same, as a share of plain Pyomo's time to standard form (the quicker of two ways)",
        lambda r: _median(r, "state") / min(_median(r, "pyomo"), _median(r, "pyomo-rules")),
        1 / 10,
        "",
    ),
    Budget(
        "state and hand over, as a share of linopy's time to a HiGHS model",
        lambda r: (_median(r, "state") + _median(r, "hand-over")) / _median(r, "linopy"),
        1 / 3,
        "",
    ),
    Budget("state the year's program with workloads", lambda r: _median(r, "state-work"), 0.5, "s"),
    Budget("state it again with every price changed", lambda r: _median(r, "rebind"), 0.030, "s"),
    Budget(
        "whole process of a run without report, less the engine's own time",
        lambda r: _fact(r, "run", "outside_seconds"),
        1.5,
        "s",
    ),
    Budget("the report", lambda r: _median(r, "report"), 3.0, "s"),
    Budget("its size", lambda r: _fact(r, "report", "megabytes"), 8.0, "MB"),
    Budget("import optimizer", lambda r: _median(r, "import"), 0.3, "s"),
    Budget("optimizer --help", lambda r: _median(r, "help"), 0.6, "s"),
    Budget("peak memory of a run without report", lambda r: _fact(r, "run", "peak_mb"), 600.0, "MB"),
    Budget("peak memory of a run with report", lambda r: _fact(r, "run-report", "peak_mb"), 600.0, "MB"),
    Budget(
        "certificate, as a share of the engine's time on the dispatch year",
        lambda r: _median(r, "certificate") / _fact(r, "solve", "engine_seconds"),
        0.05,
        "",
    ),
)


def judge(records: Records) -> list[Verdict]:
    """Compare a run with the budgets; those whose subjects were not measured are left out."""
    verdicts = []
    for budget in BUDGETS:
        try:
            verdicts.append(Verdict(budget, budget.measured(records)))
        except KeyError:
            continue
    return verdicts
