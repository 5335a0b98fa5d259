"""Random small sites: a diagnosis names what is really in conflict, its remedies do, and the checks raise no alarm.

Whether a site has a plan is asked of SciPy, by none of the code under test.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimizer.diagnosis import Case, diagnose, failed_checks
from optimizer.errors import InfeasibleError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis import ConflictSearch, least_bending
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.portfolio import Portfolio
from optimizer.model import Model
from tests.lp.test_diagnosis import only
from tests.sites import battery, grid, state, supply

OPTIONS = EngineOptions()
SHARES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
SIZES = st.integers(0, 12).map(float)
# Below this least violation an engine may well call a site possible, and above this it must not.
SURELY_POSSIBLE, SURELY_IMPOSSIBLE = 1e-9, 1e-3


def examples(count: int) -> Any:
    """Run this many examples; half of them may be set aside."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def capacities() -> st.SearchStrategy[Any]:
    """Draw a capacity: fixed, or free between bounds."""
    return st.one_of(
        SIZES,
        st.tuples(SIZES, st.integers(1, 6)).map(
            lambda pair: {"min": pair[0], "max": pair[0] + pair[1], "annual_cost": 1}
        ),
    )


@st.composite
def batteries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a battery that a scenario accepts."""
    low, high = draw(st.sampled_from([(0.0, 1.0), (0.25, 0.75), (0.5, 1.0)]))
    given: dict[str, Any] = {"soc_min": low, "soc_max": high, "cyclic": draw(st.booleans())}
    within = st.sampled_from([low, (low + high) / 2, high])
    if not given["cyclic"] or draw(st.booleans()):
        given["initial_soc"] = draw(within)
    if not given["cyclic"]:
        given |= draw(
            st.one_of(
                st.just({}),
                within.map(lambda end: {"final_soc_min": end}),
                within.map(lambda end: {"final_soc_max": end}),
            )
        )
    given |= draw(st.sampled_from([{}, {"cycles_max": 0.5}, {"self_discharge": 0.125}, {"shared_inverter": False}]))
    efficiency = draw(st.sampled_from([1.0, 0.9]))
    given |= {"charge_efficiency": efficiency, "discharge_efficiency": efficiency}
    return battery(power=draw(capacities()), energy=draw(capacities()), **given)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a site of two to five hours, more often without a plan than not."""
    hours = draw(st.integers(2, 5))

    def hourly(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=hours, max_size=hours))

    supplies = [
        supply(
            name,
            capacity=draw(capacities()),
            availability=hourly(SHARES),
            curtailment_limit=draw(st.sampled_from([1.0, 1.0, 0.25])),
            cfe=draw(st.sampled_from([1.0, 0.5])),
        )
        for name in ("sun", "wind")[: draw(st.integers(0, 2))]
    ]
    connected = draw(st.booleans()) or not supplies
    target = draw(st.sampled_from([None, None, 0.5, 0.9]))
    return state(
        hourly(st.integers(0, 16).map(float)),
        minutes=draw(st.sampled_from([60, 30])),
        supplies=supplies,
        batteries=[draw(batteries())] if draw(st.booleans()) else [],
        grid=grid(connection_capacity=draw(capacities()), available=hourly(st.sampled_from([1.0, 1.0, 0.5])),
                  export_capacity=draw(st.sampled_from([0.0, 3.0]))) if connected else None,
        load={"value_of_lost_load": draw(st.sampled_from([None, None, None, 900.0]))},
        **({} if target is None else {"targets": {"cfe": target}}),
    )  # fmt: skip


def least_violation(lp: LinearProgram) -> float:
    """Ask SciPy by how much the rows have to give way at least, in sum; infinite where bounds cross."""
    rows, columns = lp.shape
    low, high = np.isfinite(lp.row_lower), np.isfinite(lp.row_upper)
    matrix, unit = lp.matrix.toarray(), np.eye(rows)
    result = linprog(
        np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        A_ub=np.vstack([np.hstack([matrix, unit, -unit])[high], -np.hstack([matrix, unit, -unit])[low]]),
        b_ub=np.concatenate([lp.row_upper[high], -lp.row_lower[low]]),
        bounds=np.vstack([np.column_stack([lp.lower, lp.upper]), np.tile([0, np.inf], (2 * rows, 1))]),
    )
    assert result.status in (0, 2), result.message
    return float(result.fun) if result.status == 0 else np.inf


def case_of(model: Model) -> Case:
    return Case(model.scenario, model.data, model._sets, model.program, (), model._state, model._changed, OPTIONS)


@examples(60)
@given(models())
def test_checks_raise_no_false_alarm(model: Model):
    findings = failed_checks(model.data, model._sets, model.scenario.site.time_zone)
    if findings:
        assert least_violation(model.program.lp) > 0.0, [finding.text for finding in findings]


@examples(20)
@given(models())
def test_what_has_a_plan_is_solved(model: Model):
    assume(least_violation(model.program.lp) < SURELY_POSSIBLE)
    assert failed_checks(model.data, model._sets, model.scenario.site.time_zone) == ()
    assert model.solve().certificate["proved"]


@examples(20)
@given(models())
def test_a_conflict_is_real_and_irreducible(model: Model):
    lp = model.program.lp
    assume(least_violation(lp) > SURELY_IMPOSSIBLE)
    case = case_of(model)
    bent = least_bending(lp, case.prices, OPTIONS)
    assert bent is not None
    assert bent.infeasible
    assert not bent.violations[model.program.rows["stored_energy_balance"].slice].any()  # physics never gives way
    hours = len(case.site.dt)
    for around in (None, hours // 2):
        found = ConflictSearch(lp, case.parts, hours, around=around, bent=bent, options=OPTIONS).smallest()
        assert found is not None
        chosen = np.zeros(hours, dtype=bool)
        chosen[found.intervals] = True
        assert least_violation(only(lp, list(found.parts), chosen)) > 1e-7
        for part in found.parts:
            fewer = [other for other in found.parts if other is not part]
            assert least_violation(only(lp, fewer, chosen)) < 1e-5, (part.family, part.labels)


@examples(15)
@given(models())
def test_remedies_do_and_clearly_less_does_not(model: Model):
    assume(least_violation(model.program.lp) > SURELY_IMPOSSIBLE)
    diagnosis = diagnose(case_of(model), ())
    assert diagnosis is not None
    assert diagnosis.shortfalls
    for remedy in diagnosis.remedies:
        mended = Model(model.scenario.change(remedy.changes), model.series)
        solved = Portfolio(mended.program.lp).solve(OPTIONS)
        assert solved.certificate.proved
        assert solved.certificate.objective == pytest.approx(remedy.annual_cost, rel=1e-5, abs=1e-5)
        if remedy.amount is not None and remedy.amount > 1e-2:
            ((key, to),) = remedy.changes.items()
            start = next(value for value in (to - remedy.amount, to + remedy.amount) if _is_start(model, key, value))
            short = Model(model.scenario.change({key: start + 0.95 * (to - start)}), model.series)
            with pytest.raises(InfeasibleError):
                short.solve(explain=False)


def _is_start(model: Model, key: str, value: float) -> bool:
    """Whether a number is what the scenario holds at a path."""
    found: Any = model.scenario.model_dump()
    for part in key.split("."):
        found = next(item for item in found if item["name"] == part) if isinstance(found, list | tuple) else found[part]
    return bool(abs((found["size"] if isinstance(found, dict) else found) - value) < 1e-6)
