"""Small programs with all troubles: the same status and cost as HiGHS, whichever engine goes first.

A quick share by default. All two thousand, in three minutes:
``pytest tests/properties/test_random_programs.py --programs 2000``
"""

from __future__ import annotations

import collections
from typing import NamedTuple

import highspy
import numpy as np
import pytest

from optimizer.errors import InfeasibleError, NotSolvedError, UnboundedError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines import installed
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.portfolio import Portfolio
from tests.properties.programs import random_program

NOT_SOLVED = "not solved"
# How many of a hundred an engine may give up on: HiGHS ends some in an error, interior points some at their limit.
GIVES_UP = 1


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


def we_say(lp: LinearProgram, engine: str = "auto") -> Answer:
    try:
        solved = Portfolio(lp, engine).solve(EngineOptions())
    except InfeasibleError:
        return Answer("infeasible")
    except UnboundedError:
        return Answer("unbounded")
    except NotSolvedError:
        return Answer(NOT_SOLVED)
    assert solved.certificate.proved
    return Answer("optimal", solved.certificate.objective)


def differs(ours: Answer, theirs: Answer) -> bool:
    return ours.status != theirs.status or abs(ours.cost - theirs.cost) > 1e-6 * max(1.0, abs(theirs.cost))


@pytest.fixture(scope="module")
def asked(request: pytest.FixtureRequest) -> dict[int, Answer]:
    """What HiGHS says, by the programs' seeds."""
    return {seed: highs_says(random_program(seed)) for seed in range(request.config.getoption("--programs"))}


@pytest.mark.parametrize("first", ["simplex", "interior point"])
def test_status_and_cost_are_those_of_highs(first: str, asked: dict[int, Answer], monkeypatch: pytest.MonkeyPatch):
    if first == "interior point":
        monkeypatch.setattr("optimizer.lp.portfolio.SMALL", 0)
        monkeypatch.setattr("optimizer.lp.portfolio.SMALL_COUPLED", 0)
    ours = {seed: we_say(random_program(seed)) for seed in asked}
    assert not {seed: (ours[seed], theirs) for seed, theirs in asked.items() if differs(ours[seed], theirs)}


@pytest.mark.parametrize("engine", ["highs", "highs-simplex", "highs-ipx", "piqp", "clarabel"])
def test_an_engine_alone_is_never_wrong_and_seldom_gives_up(engine: str, asked: dict[int, Answer]):
    if not installed(engine):
        pytest.skip(f"the package of {engine} is not installed")
    ours = {seed: we_say(random_program(seed), engine) for seed in asked}
    given_up = [seed for seed, answer in ours.items() if answer.status == NOT_SOLVED]
    answered = asked.keys() - given_up
    assert not {seed: (ours[seed], asked[seed]) for seed in answered if differs(ours[seed], asked[seed])}
    assert len(given_up) <= max(1, len(asked) * GIVES_UP // 100), given_up


def test_the_programs_have_all_troubles():
    """A generator that makes easy programs only would prove nothing."""
    seen: collections.Counter[str] = collections.Counter()
    for seed in range(200):
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
