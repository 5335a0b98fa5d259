"""Two thousand small programs with all troubles: the same status and cost as HiGHS, whichever engine goes first."""

from __future__ import annotations

import collections
from typing import NamedTuple

import highspy
import numpy as np
import pytest

from optimizer.errors import InfeasibleError, UnboundedError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.portfolio import Portfolio
from tests.properties.programs import random_program

PROGRAMS = 2_000
PARTS = 8  # so that a failure names its part, and a runner may spread them


class Answer(NamedTuple):
    status: str
    cost: float = 0.0


def highs_says(lp: LinearProgram) -> Answer:
    """Ask HiGHS itself; with other settings where it gives up, as it does on some badly scaled programs."""
    status = highspy.HighsModelStatus
    for settings in ({}, {"presolve": "off"}, {"solver": "ipm"}, {"presolve": "off", "simplex_strategy": 4}):
        highs = highspy.Highs()
        for name, value in ({"output_flag": False, "threads": 1} | settings).items():
            highs.setOptionValue(name, value)
        rows, columns = lp.shape
        highs.passModel(
            columns, rows, lp.matrix.nnz, 1, 1, lp.offset, lp.cost, lp.lower, lp.upper, lp.row_lower, lp.row_upper,
            lp.matrix.indptr.astype(np.int32), lp.matrix.indices.astype(np.int32), lp.matrix.data,
            np.zeros(columns, dtype=np.int32),
        )  # fmt: skip
        highs.run()
        claim = highs.getModelStatus()
        if claim == status.kOptimal:
            return Answer("optimal", highs.getInfo().objective_function_value)
        if claim in (status.kInfeasible, status.kUnbounded):
            return Answer("infeasible" if claim == status.kInfeasible else "unbounded")
    return Answer("unknown")


def we_say(lp: LinearProgram) -> Answer:
    try:
        solved = Portfolio(lp).solve(EngineOptions())
    except InfeasibleError:
        return Answer("infeasible")
    except UnboundedError:
        return Answer("unbounded")
    assert solved.certificate.proved
    return Answer("optimal", solved.certificate.objective)


def differs(ours: Answer, theirs: Answer) -> bool:
    return ours.status != theirs.status or abs(ours.cost - theirs.cost) > 1e-6 * max(1.0, abs(theirs.cost))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("first", ["simplex", "piqp"])
def test_status_and_cost_are_those_of_highs(first: str, part: int, monkeypatch: pytest.MonkeyPatch):
    if first == "piqp":
        monkeypatch.setattr("optimizer.lp.portfolio.SMALL", 0)
        monkeypatch.setattr("optimizer.lp.portfolio.SMALL_COUPLED", 0)
    wrong = {}
    for seed in range(part, PROGRAMS, PARTS):
        lp = random_program(seed)
        ours, theirs = we_say(lp), highs_says(lp)
        if differs(ours, theirs):
            wrong[seed] = (ours, theirs)
    assert not wrong


def test_the_programs_have_all_troubles():
    """A generator that makes easy programs only would prove nothing."""
    seen: collections.Counter[str] = collections.Counter()
    for seed in range(0, PROGRAMS, 10):
        lp = random_program(seed)
        equal = lp.row_lower == lp.row_upper
        entries = np.abs(lp.matrix.data[lp.matrix.data != 0])
        seen[highs_says(lp).status] += 1
        seen["no rows"] += not lp.shape[0]
        seen["mostly equalities"] += bool(lp.shape[0] and equal.mean() > 0.5)
        seen["ranges"] += bool((~equal & np.isfinite(lp.row_lower) & np.isfinite(lp.row_upper)).any())
        seen["free columns"] += bool((~np.isfinite(lp.lower) & ~np.isfinite(lp.upper)).any())
        seen["fixed columns"] += bool((lp.lower == lp.upper).any())
        seen["explicit zeros"] += bool((lp.matrix.data == 0).any())
        seen["badly scaled"] += bool(len(entries) and entries.max() / entries.min() > 1e4)
    for trouble in (
        "optimal", "infeasible", "unbounded", "no rows", "mostly equalities", "ranges", "free columns", "fixed columns",
        "explicit zeros", "badly scaled",
    ):  # fmt: skip
        assert seen[trouble] >= 4, (trouble, seen)
