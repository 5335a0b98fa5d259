"""Programs whose rows and columns stand at known places in time, stated entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.layout import Layout, Places

INF = np.inf
NOWHERE = (-1, -1)


class Sheet:
    """Collects columns and rows with their lanes and stages; `NOWHERE` leaves the place open."""

    def __init__(self) -> None:
        self._columns: list[tuple[float, float, float]] = []
        self._rows: list[tuple[float, float]] = []
        self._entries: list[tuple[int, int, float]] = []
        self._column_places: list[tuple[int, int]] = []
        self._row_places: list[tuple[int, int]] = []

    def column(
        self, place: tuple[int, int] = NOWHERE, cost: float = 0.0, lower: float = 0.0, upper: float = INF
    ) -> int:
        """Add a column and tell its number."""
        self._columns.append((cost, lower, upper))
        self._column_places.append(place)
        return len(self._columns) - 1

    def row(self, place: tuple[int, int], terms: Mapping[int, float], lower: float = -INF, upper: float = INF) -> int:
        """Add a row over columns by number and tell its number."""
        self._rows.append((lower, upper))
        self._row_places.append(place)
        self._entries += [(len(self._rows) - 1, column, value) for column, value in terms.items()]
        return len(self._rows) - 1

    @property
    def lp(self) -> LinearProgram:
        cost, lower, upper = np.array(self._columns, dtype=float).reshape(-1, 3).T
        row_lower, row_upper = np.array(self._rows, dtype=float).reshape(-1, 2).T
        rows, columns, values = np.array(self._entries, dtype=float).reshape(-1, 3).T
        matrix = csc_array((values, (rows.astype(int), columns.astype(int))), shape=(len(row_lower), len(cost)))
        return LinearProgram(
            cost.copy(), lower.copy(), upper.copy(), row_lower.copy(), row_upper.copy(), matrix,
            layout=Layout(_places(self._row_places), _places(self._column_places)),
        )  # fmt: skip


def _places(pairs: list[tuple[int, int]]) -> Places:
    lane, stage = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Places(lane.copy(), stage.copy())


def at_one_stage(lp: LinearProgram) -> LinearProgram:
    """Give every row and column a lane of its own, in which it stands alone."""
    rows, columns = (np.arange(count) for count in lp.shape)
    return replace(lp, layout=Layout(Places(rows, 0 * rows), Places(columns, 0 * columns)))


def by_hour(lp: LinearProgram) -> LinearProgram:
    """Tell the hours of `tests.lp.solving.storage`; the row that joins the last hour to the first has none."""
    rows, columns = (np.arange(count) for count in lp.shape)
    hours = lp.shape[0] // 4
    row, column = Places(rows // hours, rows % hours), Places(columns % 4, columns // 4)
    for places, at in ((row, hours), (column, 4 * hours)):
        places.lane[at] = places.stage[at] = -1
    return replace(lp, layout=Layout(row, column))
