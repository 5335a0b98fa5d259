"""Random linear programs with known troubles: infeasible, unbounded, degenerate, badly scaled, linked, redundant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from scipy.sparse import csc_array, diags_array

from optimizer.lp.arrays import LinearProgram

INF = np.inf


def random_program(seed: int) -> LinearProgram:
    """One program; the seed decides which troubles it has. All numbers are small integers before scaling."""
    rng = np.random.default_rng(seed)
    lp = _plain(rng)
    for trouble in (_hub, _alike, _single_rows, _repeated_rows, _contradiction, _scaled):
        if rng.random() < 0.3:
            lp = trouble(lp, rng)
    return lp


def _plain(rng: Generator) -> LinearProgram:
    """Mostly feasible: the sides of rows are laid around the activity of a point within the bounds."""
    rows, columns = int(rng.integers(0, 13)), int(rng.integers(1, 16))
    filled = rng.random((rows, columns)) < rng.uniform(0.1, 0.8)
    matrix = np.where(filled, rng.integers(-5, 6, (rows, columns)), 0).astype(float)
    point = rng.integers(-4, 5, columns).astype(float)
    tight = rng.random() < 0.4  # many rows and bounds meet at one point: degenerate
    lower, upper = _around(point, rng, tight, infinite=rng.choice([0.1, 0.5, 0.9]))
    row_lower, row_upper = _around(matrix @ point, rng, tight, infinite=rng.choice([0.1, 0.4]))
    equal = rng.random(rows) < rng.choice([0.0, 0.3, 0.9])
    row_lower, row_upper = np.where(equal, matrix @ point, row_lower), np.where(equal, matrix @ point, row_upper)
    cost = np.where(rng.random(columns) < 0.8, rng.integers(-5, 8, columns), 0).astype(float)
    if rng.random() < 0.5:  # bounded for certain: the cost is a combination of rows that bind and bounds that exist
        dual = np.where(rng.random(rows) < 0.6, rng.integers(0, 4, rows), 0) * _leans(row_lower, row_upper)
        cost = matrix.T @ dual + rng.integers(0, 5, columns) * _leans(lower, upper)
    return LinearProgram(
        cost, lower, upper, row_lower, row_upper, _with_zeros(matrix, filled), float(rng.integers(-3, 4))
    )


def _around(middle: np.ndarray, rng: Generator, tight: bool, infinite: float) -> tuple[np.ndarray, np.ndarray]:
    low, high = ((0 if tight else 1) * rng.integers(0, 6, (2, len(middle)))).astype(float)
    if tight:
        low, high = np.where(rng.random((2, len(middle))) < 0.6, 0.0, 5.0)
    lower = np.where(rng.random(len(middle)) < infinite, -INF, middle - low)
    upper = np.where(rng.random(len(middle)) < infinite, INF, middle + high)
    return lower, upper


def _leans(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """+1 where there is a lower bound, else -1 where there is an upper one, else 0."""
    return np.where(np.isfinite(lower), 1.0, np.where(np.isfinite(upper), -1.0, 0.0))


def _with_zeros(matrix: np.ndarray, filled: np.ndarray) -> csc_array:
    """Keep explicit zeros in the pattern."""
    rows, columns = np.nonzero(filled)
    coordinates = csc_array((np.arange(1.0, len(rows) + 1), (rows, columns)), shape=matrix.shape)
    coordinates.data = matrix[rows, columns][coordinates.data.astype(int) - 1]
    return coordinates


def stacked(lp: LinearProgram, rows: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> LinearProgram:
    """Add rows."""
    matrix = csc_array(np.vstack([lp.matrix.toarray(), rows]))
    return replace(
        lp,
        matrix=matrix,
        row_lower=np.concatenate([lp.row_lower, lower]),
        row_upper=np.concatenate([lp.row_upper, upper]),
    )


def _hub(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """A further column, such as a capacity, that others are bounded by from below or above."""
    rows, columns = lp.shape
    wide = csc_array(np.hstack([lp.matrix.toarray(), np.zeros((rows, 1))]))
    linked = rng.permutation(columns)[: int(rng.integers(1, columns + 1))]
    lower, upper = lp.lower.copy(), lp.upper.copy()
    lower[linked] = np.where(rng.random(len(linked)) < 0.8, np.minimum(lower[linked], 0.0), lower[linked])
    lp = replace(
        lp,
        matrix=wide,
        cost=np.append(lp.cost, float(rng.integers(-1, 6))),
        lower=np.append(lower, 0.0),
        upper=np.append(upper, float(rng.integers(3, 20))),
    )
    for column in linked:
        row = np.zeros(columns + 1)
        sign = rng.choice([-1.0, 1.0])
        row[column], row[columns] = sign, -sign * rng.integers(0, 3)
        side = float(rng.integers(-4, 5))
        lp = stacked(lp, row[None], np.array([side if rng.random() < 0.5 else -INF]), np.array([INF]))
        if rng.random() < 0.5:
            lp.row_lower[-1], lp.row_upper[-1] = -INF, max(0.0, side)
    return lp


def _alike(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Columns that differ in their ceilings only, like sources that share a price."""
    columns = lp.shape[1]
    twin, copies = int(rng.integers(columns)), int(rng.integers(1, 6))
    matrix = lp.matrix.toarray()
    hub = int(rng.integers(columns))
    lp = replace(
        lp,
        matrix=csc_array(np.hstack([matrix, np.tile(matrix[:, [twin]], copies)])),
        cost=np.append(lp.cost, np.full(copies, lp.cost[twin])),
        lower=np.append(lp.lower, np.zeros(copies)),
        upper=np.append(lp.upper, np.where(rng.random(copies) < 0.5, INF, 3.0)),
    )
    for copy in range(copies):
        if lp.upper[columns + copy] == INF and rng.random() < 0.9:
            row = np.zeros(columns + copies)
            factor = rng.choice([1.0, 2.0, -1.0])
            row[columns + copy], row[hub] = factor, -factor * rng.integers(1, 4)
            side = (np.array([-INF]), np.array([2.0])) if factor > 0 else (np.array([-2.0]), np.array([INF]))
            lp = stacked(lp, row[None], *side)
    return lp


def _single_rows(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Rows with one column, equal or one-sided, with either sign, several on one column; and rows without columns."""
    for _ in range(int(rng.integers(1, 5))):
        row = np.zeros(lp.shape[1])
        row[int(rng.integers(lp.shape[1]))] = rng.choice([-2.0, 0.0, 1.0, 3.0])
        side = float(rng.integers(-6, 7))
        sides = [(side, side), (side, INF), (-INF, side), (side, side + 3), (-INF, INF)][int(rng.integers(5))]
        lp = stacked(lp, row[None], np.array([sides[0]]), np.array([sides[1]]))
    return lp


def _repeated_rows(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Rows that say the same again, alone or as a sum."""
    if not lp.shape[0]:
        return lp
    weights = rng.integers(0, 2, lp.shape[0]).astype(float)
    dense = lp.matrix.toarray()
    with np.errstate(invalid="ignore"):
        lower, upper = np.where(weights > 0, lp.row_lower, 0.0).sum(), np.where(weights > 0, lp.row_upper, 0.0).sum()
    return stacked(lp, (weights @ dense)[None], np.array([lower]), np.array([upper]))


def _contradiction(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Two rows that cannot both hold, unless a scale or a free side saves them."""
    row = rng.integers(-3, 4, lp.shape[1]).astype(float)
    side = float(rng.integers(-5, 6))
    margin = float(rng.choice([0.0, 1.0, 2.0]))
    return stacked(lp, np.vstack([row, row]), np.array([side + margin, -INF]), np.array([INF, side]))


def _scaled(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Rows, columns and cost in ill-chosen units, each up to 1e4 too large or too small."""
    reach = float(rng.choice([1.0, 2.0, 4.0]))
    rows = 10.0 ** rng.uniform(-reach, reach, lp.shape[0])
    columns = 10.0 ** rng.uniform(-reach, reach, lp.shape[1])
    cost = 10.0 ** rng.uniform(-reach, reach)
    return LinearProgram(
        lp.cost * columns * cost,
        lp.lower / columns,
        lp.upper / columns,
        lp.row_lower * rows,
        lp.row_upper * rows,
        csc_array(diags_array(rows) @ lp.matrix @ diags_array(columns)),
        lp.offset * cost,
    )
