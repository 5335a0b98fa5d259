"""Work handed back to what arrived first: nothing is lost, nothing runs before it arrives, nothing waits too long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.accounting.allocation import allocate
from optimizer.result import Result
from tests.sites import grid, state

GPUS = 600.0
ENERGY = st.floats(0, 100).map(lambda value: round(value, 3))


@st.composite
def queues(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Draw arrivals, and service that is never ahead of them nor more than a window of intervals behind."""
    arrived = np.array(draw(st.lists(ENERGY, min_size=1, max_size=30)))
    window = draw(st.integers(0, 6))
    after = np.cumsum(np.append(arrived, np.zeros(window)))
    due = np.append(np.zeros(window), np.cumsum(arrived))
    shares = np.array(draw(st.lists(st.floats(0, 1), min_size=len(after), max_size=len(after))))
    done = np.maximum.accumulate(due + shares * (after - due))
    return np.append(arrived, np.zeros(window)), np.diff(np.minimum(done, after), prepend=0.0), window


# -- first in, first out ---------------------------------------------------------------------------------------------


@given(queues())
def test_every_cohort_is_served_whole_and_every_interval_serves_what_it_did(queue):
    arrived, served, _ = queue
    links = allocate(arrived, served)
    size = len(arrived)
    dust = 1e-5 * arrived.sum() + 1e-9
    assert np.bincount(links.charged, links.energy, size) == pytest.approx(arrived, abs=dust)
    assert np.bincount(links.drawn, links.energy, size) == pytest.approx(served, abs=dust)


@given(queues())
def test_nothing_is_served_before_it_arrives_nor_after_its_window(queue):
    arrived, served, window = queue
    links = allocate(arrived, served)
    seen = links.energy > 1e-5 * arrived.sum()  # all else is rounding
    assert (links.drawn >= links.charged).all()
    assert (links.drawn - links.charged <= window)[seen].all()


@given(queues())
def test_what_arrives_first_is_served_first(queue):
    links = allocate(*queue[:2])
    assert (np.diff(links.charged) >= 0).all()
    assert (np.diff(links.drawn) >= 0).all()


@given(queues())
def test_the_mean_delay_is_the_backlog_over_the_work(queue):
    """Little's law: the sum of delays is the area between what arrived and what was served."""
    arrived, served, _ = queue
    links = allocate(arrived, served)
    area = (np.cumsum(arrived) - np.cumsum(served)).sum()
    waited = (links.energy * (links.drawn - links.charged)).sum()
    assert waited == pytest.approx(area, abs=1e-3 * (1 + arrived.sum()))


def test_what_is_left_at_the_end_is_served_by_nobody():
    links = allocate(np.array([4.0, 2.0]), np.array([1.0, 2.0]))
    assert list(zip(links.charged, links.drawn, links.energy, strict=True)) == [(0, 0, 1.0), (0, 1, 2.0)]


def test_dust_of_a_solver_makes_no_pieces():
    """A billionth served too early or too late changes neither who is served nor when."""
    arrived = np.array([4.0, 4.0, 4.0, 0.0])
    links = allocate(arrived, np.array([4.0 + 1e-7, 0.0, 4.0 - 1e-7, 4.0]))
    assert links.charged.tolist() == [0, 1, 2]
    assert links.drawn.tolist() == [0, 2, 3]
    assert links.energy == pytest.approx([4, 4, 4], abs=1e-6)


def test_the_last_digit_of_a_sum_makes_no_pieces():
    links = allocate(np.array([64.406, 23.812, 0.0]), np.array([24.15225, 64.06575, 0.0]))
    assert list(zip(links.charged, links.drawn, strict=True)) == [(0, 0), (0, 1), (1, 1)]


def test_a_year_is_handed_back_in_no_time():
    arrived = np.random.default_rng(1).uniform(1, 9, 8760)
    arrived[-24:] = 0
    served = np.convolve(arrived, np.full(24, 1 / 24))[:8760]
    assert len(allocate(arrived, served).energy) < 3 * 8760


# -- which job ran when ----------------------------------------------------------------------------------------------


def batch(arrivals: Any, window: float, **more: Any) -> dict[str, Any]:
    return {"name": "batch", "kind": "deferrable", "arrivals": arrivals, "window": window} | more


def solved(*works: dict[str, Any], prices: list[float], **more: Any) -> Result:
    load = {"workloads": list(works), "gpus_per_mw": GPUS}
    return state(None, load=load, grid=grid(energy_price=prices, grid_cfe=more.pop("grid_cfe", 0.0)), **more).solve(
        vertex=True
    )


def test_arrivals_of_a_class_run_in_the_cheap_hour_of_their_window():
    """4 MWh at 0 h and at 1 h wait for hour 2, the cheapest; those of hour 3 are served at once."""
    table = solved(batch([4, 4, 0, 2], 2), prices=[50, 60, 10, 20], grid_cfe=[0, 0, 0.5, 0.25]).jobs()
    hour = pd.Timedelta("1h")
    start = pd.Timestamp("2025-01-01")
    assert [(stamp - start) / hour for stamp in table["arrived_utc"]] == [0, 1, 3]
    assert [(stamp - start) / hour for stamp in table["start_utc"]] == [2, 2, 3]
    assert [(stamp - start) / hour for stamp in table["end_utc"]] == [3, 3, 4]
    assert [(stamp - start) / hour for stamp in table["deadline_utc"]] == [3, 4, 6]
    assert table["work_mwh"].tolist() == pytest.approx([4, 4, 2])
    assert table["gpu_hours"].tolist() == pytest.approx([2400, 2400, 1200])
    assert table["mean_delay_h"].tolist() == pytest.approx([2, 1, 0])
    assert table["carbon_free_share"].tolist() == pytest.approx([0.5, 0.5, 0.25])


def test_a_job_is_one_row_late_against_full_power_from_its_release_on():
    """8 MWh at 4 MW at most: hours 1 and 4 are the cheapest two, where hours 1 and 2 would be the first."""
    job = {
        "name": "llm", "kind": "job", "release": "2025-01-01T01:00Z", "deadline": "2025-01-01T05:00Z",
        "energy": 8, "power_max": 4,
    }  # fmt: skip
    (row,) = solved(job, prices=[1, 10, 50, 40, 5]).jobs().to_dict("records")
    assert row["arrived_utc"] == pd.Timestamp("2025-01-01T01:00")
    assert row["start_utc"] == pd.Timestamp("2025-01-01T01:00")
    assert row["end_utc"] == row["deadline_utc"] == pd.Timestamp("2025-01-01T05:00")
    assert row["runs"] == 2
    assert row["work_mwh"] == pytest.approx(8)
    assert row["mean_delay_h"] == pytest.approx(1)  # half of it at once, half of it two hours later
    assert row["greatest_delay_h"] == pytest.approx(2)


def test_intervals_of_unlike_length_count_by_their_middles():
    """Half an hour and then two hours: what waits from the first to the second waits 1.25 h."""
    found = solved(batch([4, 0], 6), prices=[50, 10], minutes=[30, 120]).allocation()
    assert found["delay_h"].tolist() == pytest.approx([1.25])
    assert found["work_mwh"].tolist() == pytest.approx([2])


def test_a_site_without_work_has_no_jobs():
    result = state(5, grid=grid(energy_price=1)).solve()
    assert result.jobs().empty
    assert result.allocation().empty
    assert result.workloads().empty


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.integers(0, 6).map(float), min_size=4, max_size=8).filter(any),
    st.integers(0, 3).map(float),
    st.randoms(use_true_random=False),
)
def test_plans_keep_every_window(arrivals, window, random):
    prices = [float(random.randint(0, 9)) for _ in arrivals]
    table = solved(batch(arrivals, window), prices=prices).jobs()
    assert table["work_mwh"].sum() == pytest.approx(sum(arrivals))
    assert (table["start_utc"] >= table["arrived_utc"]).all()
    assert (table["end_utc"] <= table["deadline_utc"]).all()
    assert (table["greatest_delay_h"] <= window + 1e-9).all()
