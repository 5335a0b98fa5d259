"""What engines on the reduced program share: what goes in, and what of their answer comes out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import EngineOptions, Outcome
from optimizer.lp.engines.standard import Found, ReducedEngine
from tests.lp.solving import program

# Two of three columns are left: the last one is fixed.
LP = program([1, 2, 3], [(0, 4), (0, 4), (5, 5)], [([1, 1, 1], 7, 99)])


def answered(solve: Callable[[LinearProgram, EngineOptions], Found], limit: float | None = None) -> Outcome:
    class Engine(ReducedEngine):
        name, title = "fake", "fake 1"

        def solve(self, lp: LinearProgram, options: EngineOptions) -> Found:
            return solve(lp, options)

    engine = Engine()
    engine.load(LP)
    return engine.run(EngineOptions(time_limit=limit))


def test_an_answer_comes_back_on_the_full_program():
    outcome = answered(lambda lp, _: Found("optimal", "done", 7, np.array([2.0, 0.0]), np.ones(lp.shape[0])))
    assert outcome.x is not None
    np.testing.assert_array_equal(outcome.x, [2, 0, 5])
    assert (outcome.engine, outcome.status, outcome.iterations, outcome.message) == ("fake 1", "optimal", 7, "done")


def test_a_point_a_rounding_error_outside_its_bounds_is_moved_onto_them():
    outcome = answered(lambda lp, _: Found("optimal", "", 1, np.array([-1e-12, 4 + 1e-12]), np.ones(lp.shape[0])))
    assert outcome.x is not None
    np.testing.assert_array_equal(outcome.x, [0, 4, 5])


@pytest.mark.parametrize(("x", "dual"), [(np.nan, 1.0), (1.0, np.inf)], ids=["point", "dual"])
def test_what_is_no_number_is_no_point(x: float, dual: float):
    outcome = answered(lambda lp, _: Found("optimal", "", 1, np.array([1.0, x]), np.full(lp.shape[0], dual)))
    assert (outcome.x, outcome.row_dual) == (None, None)


def test_the_reduction_takes_of_the_time():
    seen: list[float | None] = []

    def solve(_: LinearProgram, options: EngineOptions) -> Found:
        seen.append(options.time_limit)
        return Found("limit", "the time is up")

    assert answered(solve, 10.0).status == "limit"
    assert seen[0] is not None
    assert 0.0 < seen[0] < 10.0
