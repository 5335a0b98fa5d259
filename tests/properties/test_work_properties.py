"""What holds for all work: a backlog is as exact as cohorts, and freedom never costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimizer.errors import InfeasibleError
from optimizer.work.curve import CurvePoint, concave_hull
from tests.sites import grid, state

ARRIVALS = st.integers(0, 6).map(float)
PRICES = st.integers(0, 20).map(lambda fives: 5.0 * fives)

few = settings(max_examples=6)
some = settings(max_examples=20)


@dataclass(frozen=True)
class Class:
    """One class of deferrable work."""

    arrivals: tuple[float, ...]
    window: float
    power_max: float | None

    def spelt(self, name: str) -> dict[str, Any]:
        limit = {} if self.power_max is None else {"power_max": self.power_max}
        return {
            "name": name, "kind": "deferrable", "arrivals": list(self.arrivals), "window": self.window, **limit,
        }  # fmt: skip


@st.composite
def classes(draw: st.DrawFn, hours: int, windows: st.SearchStrategy[float]) -> Class:
    arrivals = draw(st.lists(ARRIVALS, min_size=hours, max_size=hours))
    return Class(tuple(arrivals), draw(windows), draw(st.none() | st.integers(4, 9).map(float)))


@st.composite
def cases(draw: st.DrawFn, windows: st.SearchStrategy[float]) -> tuple[list[Class], list[float], float, float]:
    """Draw classes, prices by the hour, the size of the connection, and firm power."""
    hours = draw(st.integers(2, 8))
    works = draw(st.lists(classes(hours, windows), min_size=1, max_size=2))
    prices = draw(st.lists(PRICES, min_size=hours, max_size=hours))
    return works, prices, draw(st.integers(3, 20).map(float)), draw(st.integers(0, 3).map(float))


def planned(
    works: list[dict[str, Any]], prices: list[float], connection: float, base: float, **given: Any
) -> float | None:
    """Give the least cost by the model; None where there is no plan."""
    site = state(
        base, load={"workloads": works}, grid=grid(connection_capacity=connection, energy_price=prices), **given
    )
    try:
        return site.solve(explain=False).value("cost_per_year")
    except InfeasibleError:
        return None


def by_cohorts(
    works: list[Class], prices: list[float], connection: float, base: float, *, parts: int = 1
) -> float | None:
    """Give the least cost by cohorts: a variable for each pair of an hour of arrival and an hour of service.

    With `parts`, each hour arrives in so many cohorts of its own, and power is the same in all parts of an hour.
    """
    dt, count = 1.0 / parts, len(prices) * parts
    pairs = [
        (row, arrived, served)
        for row, work in enumerate(works)
        for arrived in range(count)
        for served in range(arrived, min(arrived + round(work.window * parts) + 1, count))
    ]
    price = np.repeat(prices, parts)
    equal, equal_to, most, most_is = [], [], [], []
    for row, work in enumerate(works):
        for arrived in range(count):  # each cohort is done
            equal.append([dt * (pair[:2] == (row, arrived)) for pair in pairs])
            equal_to.append(dt * work.arrivals[arrived // parts])
        power = [np.array([float((pair[0], pair[2]) == (row, t)) for pair in pairs]) for t in range(count)]
        if work.power_max is not None:
            most += power
            most_is += [work.power_max] * count
        for t in range(count):  # power is steady within the hour
            if t % parts:
                equal.append(power[t] - power[t - 1])
                equal_to.append(0.0)
    for t in range(count):
        most.append(np.array([float(pair[2] == t) for pair in pairs]))
        most_is.append(connection - base)
    costs = [dt * price[served] for _, _, served in pairs]
    found = linprog(costs, A_ub=np.array(most), b_ub=most_is, A_eq=np.array(equal), b_eq=equal_to)
    assert found.status in (0, 2)
    return float(found.fun) + base * dt * price.sum() if found.status == 0 else None


def agree(found: float | None, expected: float | None) -> None:
    assert (found is None) == (expected is None)
    if expected is not None:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@some
@given(cases(st.integers(0, 9).map(float)))
def test_a_backlog_is_as_exact_as_cohorts(case: Any):
    """One backlog for each class, bounded by what arrived in its window, costs what cohorts cost, plan or none."""
    works, prices, connection, base = case
    spelt = [work.spelt(f"class {number}") for number, work in enumerate(works)]
    agree(planned(spelt, prices, connection, base), by_cohorts(works, prices, connection, base))


@some
@given(cases(st.integers(0, 10).map(lambda halves: halves / 2)))
def test_a_window_within_an_hour_is_as_exact_as_finer_cohorts(case: Any):
    """Windows of whole and half hours against cohorts of half hours, with power that is steady over the hour."""
    works, prices, connection, base = case
    spelt = [work.spelt(f"class {number}") for number, work in enumerate(works)]
    agree(planned(spelt, prices, connection, base), by_cohorts(works, prices, connection, base, parts=2))


def flexible(work: Class, window: float) -> list[dict[str, Any]]:
    return [Class(work.arrivals, window, None).spelt("batch")]


@few
@given(cases(st.integers(0, 6).map(lambda halves: halves / 2)))
def test_a_longer_window_never_costs(case: Any):
    works, prices, connection, base = case
    costs = [planned(flexible(works[0], works[0].window + more), prices, connection, base) for more in (0, 0.5, 1, 3)]
    known = [cost for cost in costs if cost is not None]
    assert costs[len(costs) - len(known) :] == known  # once there is a plan there always is
    assert all(later <= sooner + 1e-6 for sooner, later in pairwise(known))


@few
@given(cases(st.just(0.0)))
def test_no_window_is_firm_work(case: Any):
    works, prices, connection, base = case
    firm = {"name": "batch", "kind": "firm", "power": list(works[0].arrivals)}
    agree(planned(flexible(works[0], 0), prices, connection, base), planned([firm], prices, connection, base))


@few
@given(cases(st.integers(0, 6).map(lambda halves: halves / 2)))
def test_two_equal_halves_are_one_workload(case: Any):
    works, prices, connection, base = case
    work = works[0]
    half = Class(
        tuple(power / 2 for power in work.arrivals), work.window, None if work.power_max is None else work.power_max / 2
    )
    whole = planned([work.spelt("batch")], prices, connection, base)
    agree(planned([half.spelt("first"), half.spelt("second")], prices, connection, base), whole)


def _in_parts(work: dict[str, Any], parts: int) -> dict[str, Any]:
    """Say the same of shorter intervals."""
    return {
        name: [part for part in value for _ in range(parts)] if isinstance(value, list) else value
        for name, value in work.items()
    }


def _curve() -> dict[str, Any]:
    return {"points": [[0.5, 0.6], [0.75, 0.85], [1, 1]], "value": 60}


@few
@given(cases(st.integers(0, 4).map(float)), st.integers(1, 5), st.integers(0, 1))
def test_hours_halves_and_quarters_agree(case: Any, energy: int, released: int):
    """Work of every kind that is steady over the hour costs the same, however the hour is cut."""
    works, prices, connection, base = case
    spelt = [work.spelt(f"class {number}") for number, work in enumerate(works)]
    end = len(prices)
    spelt += [
        {"name": "inference", "kind": "firm", "power": list(works[0].arrivals), "curve": _curve()},
        {"name": "spot", "kind": "opportunistic", "power_max": 2, "value": 30},
        {"name": "llm", "kind": "job", "release": f"2025-01-01T0{released}:00", "deadline": f"2025-01-01T0{end}:00",
         "energy": energy, "power_max": 4},
    ]  # fmt: skip
    hourly = planned(spelt, prices, connection, base)
    for parts in (2, 4):
        finer = [_in_parts(work, parts) for work in spelt]
        agree(planned(finer, list(np.repeat(prices, parts)), connection, base, minutes=60 // parts), hourly)


@few
@given(cases(st.integers(0, 4).map(float)))
def test_freedom_to_cut_and_to_wait_never_costs(case: Any):
    """Rigid, deferrable, cappable, both: each freedom alone saves no less than none, and both no less than either."""
    works, prices, _, base = case
    profile, batch = list(works[0].arrivals), list(works[-1].arrivals)

    def cost(*, waits: bool, cut: bool) -> float:
        inference = {"name": "inference", "kind": "firm", "power": profile} | ({"curve": _curve()} if cut else {})
        work = Class(tuple(batch), 3.0 if waits else 0.0, None).spelt("batch")
        found = planned([inference, work], prices, 1000, base)
        assert found is not None
        return found

    rigid, both = cost(waits=False, cut=False), cost(waits=True, cut=True)
    for one in (cost(waits=True, cut=False), cost(waits=False, cut=True)):
        assert both <= one + 1e-6
        assert one <= rigid + 1e-6


@some
@given(cases(st.integers(0, 4).map(float)), st.sampled_from([0.6, 0.75, 0.9]), st.sampled_from([4.0, 6.0, 9.0]))
def test_slower_machines_are_as_exact_as_the_hull_of_their_curve(case: Any, middle: float, machines: float):
    """Machines off, capped and uncapped side by side reach the concave hull of the curve and of doing nothing."""
    works, prices, connection, base = case
    points = [[0.5, 0.5], [0.75, middle], [1, 1]] if middle > 0.75 else [[0.5, 0.4], [1, 1]]
    spelt = Class(works[0].arrivals, works[0].window, machines).spelt("batch") | {"curve": {"points": points}}
    expected = by_hull(works[0], points, machines, prices, connection - base)
    found = planned([spelt], prices, connection, base)
    agree(found, None if expected is None else expected + base * sum(prices))


def by_hull(work: Class, points: list[list[float]], machines: float, prices: list[float], power: float) -> float | None:
    """Give the least cost of a class whose power and work lie on the hull, by what is due and what has arrived."""
    corners = [
        tuple(point) for point in concave_hull([CurvePoint(0.0, 0.0), *(CurvePoint(*point) for point in points)])
    ]
    steps = [(right[0] - left[0], (right[1] - left[1]) / (right[0] - left[0])) for left, right in pairwise(corners)]
    count, kinds = len(prices), len(steps)
    slopes = np.array([slope for _, slope in steps])
    done = np.kron(np.tril(np.ones((count, count))), slopes)  # work done by the end of each hour
    arrived = np.cumsum(work.arrivals)
    due = np.array([arrived[t - int(work.window)] if t >= work.window else 0.0 for t in range(count)])
    due[-1] = arrived[-1]
    found = linprog(
        np.repeat(prices, kinds),
        A_ub=np.vstack([done, -done, np.kron(np.eye(count), np.ones(kinds))]),
        b_ub=np.concatenate([arrived, -due, np.full(count, power)]),
        bounds=[(0, width * machines) for width, _ in steps] * count,
    )
    assert found.status in (0, 2)
    return float(found.fun) if found.status == 0 else None


@st.composite
def jobs(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Draw a job within four hours, whose times need not lie between intervals."""
    first, last = sorted(draw(st.lists(st.integers(0, 16), min_size=2, max_size=2, unique=True)))
    release, deadline = (f"2025-01-01T{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (first, last))
    return {
        "name": f"job {number}", "kind": "job", "release": release, "deadline": deadline,
        "energy": draw(st.integers(1, 16)) / 4, "power_max": draw(st.integers(1, 4).map(float)),
    }  # fmt: skip


@some
@given(st.integers(1, 3).flatmap(lambda count: st.tuples(*(jobs(number) for number in range(count)))), PRICES)
def test_jobs_meet_every_deadline_or_are_named(drawn: tuple[dict[str, Any], ...], price: float):
    """Each job is done between its release and its deadline; where one cannot be, all that cannot are named."""

    def hours(job: dict[str, Any]) -> float:
        span = np.datetime64(job["deadline"]) - np.datetime64(job["release"])
        return float(span / np.timedelta64(1, "h"))

    late = [job["name"] for job in drawn if job["energy"] > job["power_max"] * hours(job) + 1e-9]
    site = state(1, load={"workloads": list(drawn)}, grid=grid(energy_price=price), hours=4)
    if late:
        with pytest.raises(InfeasibleError) as error:
            site.solve()
        told = [finding.text.partition(" takes")[0] for finding in error.value.diagnosis.findings]
        assert told == late
        return
    series = site.solve().series
    for job in drawn:
        power = series["it_power"].sel(workload=job["name"])
        starts, hour = power["hour"].values, np.timedelta64(1, "h")
        release, deadline = (np.datetime64(job[end]) for end in ("release", "deadline"))
        inside = np.clip((np.minimum(starts + hour, deadline) - np.maximum(starts, release)) / hour, 0, 1)
        assert float(power.sum()) == pytest.approx(job["energy"], rel=1e-6)
        assert (power.values <= job["power_max"] * inside + 1e-6).all()
