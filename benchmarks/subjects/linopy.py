"""The same program in linopy, written by hand: stated, and as a HiGHS model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.registry import subject
from benchmarks.subjects import example

if TYPE_CHECKING:
    from benchmarks.peers.problem import Problem


@subject("linopy-state", "linopy, by hand: state", prepare=example.problem, needs=("linopy",))
def linopy_state(problem: Problem) -> Any:
    from benchmarks.peers.in_linopy import state

    return state(problem)


@subject(
    "linopy",
    "linopy, by hand: state and hand over to HiGHS",
    prepare=example.problem,
    facts=lambda _problem, highs: {
        "rows": highs.getNumRow(),
        "columns": highs.getNumCol(),
        "entries": highs.getNumNz(),
    },
    needs=("linopy",),
)
def linopy(problem: Problem) -> Any:
    from linopy.io import to_highspy

    return to_highspy(linopy_state(problem))
