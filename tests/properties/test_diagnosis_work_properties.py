"""Random racks and work: checks raise no alarm where there is a plan, and what is offered does.

Whether there is a plan is asked of SciPy, by none of the code under test.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.diagnosis import diagnose, failed_checks
from optimizer.errors import InfeasibleError
from optimizer.lp.portfolio import Portfolio
from optimizer.model import Model
from tests.properties.test_diagnosis_properties import (
    OPTIONS,
    SURELY_IMPOSSIBLE,
    case_of,
    examples,
    least_violation,
)
from tests.sites import grid, state

RACK = {"gpus": 100, "rack_power": 1.0}
CURVES = st.sampled_from([None, {"points": [[0.6, 0.8], [0.8, 0.94], [1, 1]]}, {"points": [[0.5, 0.75], [1, 1]]}])


@st.composite
def jobs(draw: st.DrawFn, name: str, hours: int) -> dict[str, Any]:
    """Draw a job whose times need not lie between intervals."""
    first, last = sorted(draw(st.lists(st.integers(0, 4 * hours), min_size=2, max_size=2, unique=True)))
    release, deadline = (f"2025-01-01T{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (first, last))
    found = {"name": name, "kind": "job", "release": release, "deadline": deadline}
    power = draw(st.integers(1, 6).map(float))
    steady = {"power_min": 0.5, "preemptible": False} if draw(st.booleans()) else {}
    return found | {"energy": draw(st.integers(1, 24)) / 4, "power_max": power} | steady


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw racks and work for three to six hours, more often without a plan than not."""
    hours = draw(st.integers(3, 6))

    def hourly(most: int) -> list[float]:
        return draw(st.lists(st.integers(0, most).map(float), min_size=hours, max_size=hours))

    curve = draw(CURVES)
    firm = {"name": "inference", "kind": "firm", "power": hourly(5)}
    works: list[dict[str, Any]] = [firm if curve is None else firm | {"curve": curve | {"value": 500}}]
    for number in range(draw(st.integers(0, 2))):
        limit, slower = draw(st.none() | st.integers(4, 9).map(float)), draw(CURVES)
        given: dict[str, Any] = {} if limit is None else {"power_max": limit}
        given |= {} if limit is None or slower is None else {"curve": slower}
        window = draw(st.sampled_from([0.0, 1.0, 1.5, 3.0]))
        works.append({"name": f"class {number}", "kind": "deferrable", "arrivals": hourly(5), "window": window} | given)
    works += [draw(jobs(f"job {number}", hours)) for number in range(draw(st.integers(0, 3)))]
    fleets = [{"name": "hall", "machine": RACK, "racks": draw(st.integers(1, 9))}] if draw(st.booleans()) else []
    connection = draw(st.sampled_from([1000.0, 1000.0, 8.0, 5.0]))
    return state(None, hours=hours, load={"workloads": works, "fleets": fleets},
                 grid=grid(connection_capacity=connection, energy_price=1))  # fmt: skip


@examples(120)
@given(models())
def test_checks_of_work_raise_no_false_alarm(model: Model):
    findings = failed_checks(model.data, model._sets, model.scenario.site.time_zone)
    if findings:
        assert least_violation(model.program.lp) > 0.0, [finding.text for finding in findings]


@examples(40)
@given(models())
def test_what_is_offered_does_and_clearly_less_does_not(model: Model):
    assume(least_violation(model.program.lp) > SURELY_IMPOSSIBLE)
    diagnosis = diagnose(case_of(model), ())
    assert diagnosis is not None
    assert diagnosis.shortfalls
    for remedy in diagnosis.remedies:
        if not remedy.changes:
            continue
        mended = Model(model.scenario.change(remedy.changes), model.series)
        solved = Portfolio(mended.program.lp).solve(OPTIONS)
        assert solved.certificate.objective == pytest.approx(remedy.annual_cost, rel=1e-5, abs=1e-5)
        if remedy.name in {"deadline", "window", "racks"}:
            assert remedy.amount is not None
            assert remedy.least <= remedy.amount + 1e-6
        if remedy.name == "racks":
            ((key, to),) = remedy.changes.items()
            with pytest.raises(InfeasibleError):
                Model(model.scenario.change({key: to - 1}), model.series).solve(explain=False)


@examples(25)
@given(models())
def test_with_less_time_than_the_bound_there_is_no_plan(model: Model):
    assume(least_violation(model.program.lp) > SURELY_IMPOSSIBLE)
    diagnosis = diagnose(case_of(model), ())
    assert diagnosis is not None
    for remedy in diagnosis.remedies:
        if remedy.name in {"window", "deadline"}:
            ((key, to),) = remedy.changes.items()
            less = remedy.amount - max(remedy.least - 0.02, 0)
            short = to - less if remedy.name == "window" else _earlier(to, less)
            mended = Model(model.scenario.change({key: short}), model.series)
            assert least_violation(mended.program.lp) > 0


def _earlier(moment: str, hours: float) -> str:
    earlier = np.datetime64(moment.removesuffix("Z"), "s") - np.timedelta64(round(3600 * hours), "s")
    return f"{earlier}Z"
