"""Small programs to solve, stated in one line each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array, csc_array

from optimizer.lp.arrays import LinearProgram

INF = np.inf

Rows = Sequence[tuple[Sequence[float], float, float]]


def program(
    cost: Sequence[float], bounds: Sequence[tuple[float, float]], rows: Rows = (), offset: float = 0.0
) -> LinearProgram:
    """Minimise ``cost @ x + offset`` over `bounds` and rows ``(coefficients, lower, upper)``; zeros stay explicit."""
    dense = np.array([row[0] for row in rows], dtype=float).reshape(len(rows), len(cost))
    at = np.indices(dense.shape).reshape(2, -1)
    places = csc_array(coo_array((np.arange(1.0, dense.size + 1), (at[0], at[1])), shape=dense.shape))
    matrix = csc_array((dense.ravel()[places.data.astype(int) - 1], places.indices, places.indptr), shape=dense.shape)
    sides = np.array([row[1:] for row in rows], dtype=float).reshape(len(rows), 2)
    lower, upper = np.array(bounds, dtype=float).reshape(len(cost), 2).T
    return LinearProgram(
        np.array(cost, dtype=float), lower.copy(), upper.copy(), sides[:, 0].copy(), sides[:, 1].copy(), matrix, offset
    )


def storage(hours: int, *, sized: bool = False, seed: int = 0) -> LinearProgram:
    """Buy, store and use energy over some hours at random prices; `sized`: the store's size is to be chosen as well.

    Columns: bought, charge, discharge and stored of each hour, then the size.
    """
    rng = np.random.default_rng(seed)
    price, need = rng.uniform(10, 90, hours), rng.uniform(1, 5, hours)
    entries: list[tuple[int, int, float]] = []
    for t in range(hours):
        bought, charge, discharge, stored = 4 * t, 4 * t + 1, 4 * t + 2, 4 * t + 3
        entries += [(t, bought, 1.0), (t, charge, -1.0), (t, discharge, 1.0)]
        carried = hours + t
        entries += [(carried, stored, 1.0), (carried, charge, -0.9), (carried, discharge, 1.1)]
        entries += [(carried, 4 * ((t - 1) % hours) + 3, -0.99)]
        entries += [(2 * hours + t, stored, 1.0), (2 * hours + t, 4 * hours, -1.0)]
        entries += [(3 * hours + t, stored, 1.0), (3 * hours + t, 4 * hours, -0.1)]
    rows, columns, values = (np.array(part) for part in zip(*entries, strict=True))
    cost = np.append(np.tile([0.0, 0.1, 0.1, 0.0], hours), 3.0)
    cost[0 : 4 * hours : 4] = price
    upper = np.append(np.tile([INF, 2.0, 2.0, INF], hours), 20.0)
    lower = np.append(np.zeros(4 * hours), 0.0 if sized else 10.0)
    upper[-1] = 20.0 if sized else 10.0
    balance = np.concatenate([need, np.zeros(hours)])
    return LinearProgram(
        cost,
        lower,
        upper,
        np.concatenate([balance, np.full(hours, -INF), np.zeros(hours)]),
        np.concatenate([balance, np.zeros(hours), np.full(hours, INF)]),
        csc_array((values.astype(float), (rows, columns)), shape=(4 * hours, 4 * hours + 1)),
    )


def tangled(size: int = 260, seed: int = 0) -> LinearProgram:
    """A dense program that keeps every engine busy for seconds."""
    rng = np.random.default_rng(seed)
    matrix = csc_array(rng.uniform(0.0, 1.0, (2 * size, 4 * size)))
    need = rng.uniform(1.0, 2.0, 2 * size)
    cost = rng.uniform(1.0, 2.0, 4 * size)
    return LinearProgram(cost, np.zeros(4 * size), np.full(4 * size, INF), need, np.full(2 * size, INF), matrix)
