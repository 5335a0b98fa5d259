"""How the least cost changes with the numbers of a program, row by row, at its optimal point."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import InfeasibleError, StructureError

if TYPE_CHECKING:
    from optimizer.lp.affine import FloatArray
    from optimizer.lp.engines.base import Outcome
    from optimizer.lp.program import Program
    from optimizer.worth.knobs import Knob


@dataclass(frozen=True)
class Gain:
    """What one more unit changes, to first order.

    Attributes
    ----------
    cost : float
        What the unit itself costs a year, by the cost lines [currency/a].
    rows, columns : (row,), (column,)
        What it saves by each row, and by each bound of a column [currency/a].
    """

    cost: float
    rows: FloatArray
    columns: FloatArray

    @property
    def worth(self) -> float:
        """What it saves, before its own cost [currency/a]."""
        return float(self.rows.sum() + self.columns.sum())


@dataclass(frozen=True)
class Sensitivity:
    """A program with its optimal point and duals.

    Attributes
    ----------
    program : Program
        What was solved; a copy of its own, if the model may be given new data later (see `of`).
    x : (column,)
        Optimal point.
    row_dual : (row,)
        Its duals: change of the least cost for one more unit on the row's side.
    """

    program: Program
    x: FloatArray
    row_dual: FloatArray

    @classmethod
    def of(cls, program: Program, outcome: Outcome) -> Sensitivity:
        """Keep a program as it is now: new data make new arrays, and leave those of the copy alone."""
        assert outcome.x is not None, "what is proved has a point"
        assert outcome.row_dual is not None, "and duals"
        return cls(copy.copy(program), outcome.x, outcome.row_dual)

    @cached_property
    def reduced_cost(self) -> FloatArray:
        """Change of the least cost for one more unit of each column, (column,)."""
        reduced: FloatArray = self.program.lp.cost - self.program.lp.matrix.T @ self.row_dual
        return reduced

    def gain(self, knob: Knob) -> Gain | None:
        """Tell what one more unit of something changes; None where data alone, or an own rule, rule that out."""
        if knob.name in self.program.columns:
            return self._of_column(self.program.columns[knob.name].start + knob.at, knob.one)
        return self._of_data(knob)

    def _of_column(self, column: int, one: float) -> Gain:
        """Force one more unit of a variable: it costs its own cost, and saves what its rows are worth."""
        lp = self.program.lp
        entries = slice(lp.matrix.indptr[column], lp.matrix.indptr[column + 1])
        rows = np.zeros(lp.shape[0])
        np.add.at(rows, lp.matrix.indices[entries], one * lp.matrix.data[entries])
        return Gain(one * float(lp.cost[column]), rows * self.row_dual, np.zeros(lp.shape[1]))

    def _of_data(self, knob: Knob) -> Gain | None:
        """Raise a number of the data by one unit; rules are linear in it, so that differences are derivatives."""
        values = self.program.data[knob.name].values.copy()
        values.flat[knob.at] += knob.one
        other = copy.copy(self.program)
        try:
            patch = other.rebind({knob.name: values})
        except (InfeasibleError, StructureError):
            return None
        old, new = self.program.lp, other.lp
        saved = -_moved(self.row_dual, old.row_lower, new.row_lower, old.row_upper, new.row_upper)
        if len(patch.entries):
            entries, columns = patch.entries, np.searchsorted(old.matrix.indptr, patch.entries, side="right") - 1
            rows, change = old.matrix.indices[entries], new.matrix.data[entries] - old.matrix.data[entries]
            np.add.at(saved, rows, self.row_dual[rows] * change * self.x[columns])
        return Gain(
            new.objective(self.x) - old.objective(self.x),
            saved,
            -_moved(self.reduced_cost, old.lower, new.lower, old.upper, new.upper),
        )


def _moved(
    dual: FloatArray, old_lower: FloatArray, lower: FloatArray, old_upper: FloatArray, upper: FloatArray
) -> FloatArray:
    """Price what moves of the side on which each dual leans; a side that does not exist does not move."""
    old, new = np.where(dual > 0, old_lower, old_upper), np.where(dual > 0, lower, upper)
    moved = np.isfinite(old) & np.isfinite(new) & (old != new)
    return np.where(moved, dual * (np.where(moved, new, 0.0) - np.where(moved, old, 0.0)), 0.0)
