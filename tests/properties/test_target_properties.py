"""What holds of targets and certificates on any small site."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.accounting.certificates import first_in_first_out
from optimizer.accounting.wear import rainflow, turning_points
from tests.sites import battery, grid, state, supply

SHARES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=6, max_size=6)
AMOUNTS = st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=2, max_size=8)


@given(
    SHARES, st.sampled_from(["cfe", "cfe_monthly", "cfe_annual"]), st.lists(st.floats(0, 0.9), min_size=2, max_size=2)
)
@settings(max_examples=15)
def test_a_higher_target_never_costs_less_and_is_reached(sun: list[float], target: str, shares: list[float]):
    costs = []
    for share in sorted(shares):
        result = state(
            np.full(6, 10.0),
            supplies=[supply("sun", availability=sun, energy_price=30), supply("firm", energy_price=90)],
            batteries=[battery(energy=15, cyclic=True, charge_efficiency=0.9)],
            grid=grid(energy_price=50, grid_cfe=0.2),
            targets={target: share},
        ).solve()
        costs.append(result.value("cost_per_year"))
        reached = result.value("cfe_annual" if target == "cfe_annual" else "cfe_hourly")
        assert reached >= share - 1e-6
    assert costs[1] >= costs[0] - 1e-5 * abs(costs[0])


@given(AMOUNTS, AMOUNTS, st.sampled_from([0.0, 0.75, 4.0]))
def test_all_that_leaves_a_store_is_linked_once_and_in_order(put_in: list[float], wanted: list[float], initial: float):
    size = min(len(put_in), len(wanted))
    held, taken = initial, []
    for more, want in zip(put_in[:size], wanted[:size], strict=True):
        taken.append(min(want, held + more))
        held += more - taken[-1]
    links = first_in_first_out(np.array(put_in[:size]), np.array(taken), initial)
    assert np.bincount(links.drawn, links.energy, size) == pytest.approx(np.array(taken), abs=1e-9)
    known = links.charged >= 0
    assert (np.bincount(links.charged[known], links.energy[known], size) <= np.array(put_in[:size]) + 1e-9).all()
    assert (np.diff(links.charged) >= 0).all()
    assert (links.charged <= links.drawn).all()


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_rainflow_counts_half_of_every_step_between_turning_points(values: list[int]):
    """Every turning point but the ends is the end of two half cycles, so that halves are as many as steps."""
    points = turning_points(np.array(values, dtype=float))
    _, counts = rainflow(points)
    assert 2 * counts.sum() == len(points) - 1
