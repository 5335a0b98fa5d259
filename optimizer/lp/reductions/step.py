"""What every single reduction offers."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from optimizer.lp.affine import FloatArray, IntArray
from optimizer.lp.arrays import LinearProgram


class Point(NamedTuple):
    """A primal point and row duals of one program.

    Attributes
    ----------
    x : (n,)
        Columns.
    row_dual : (m,)
        Change of the minimal cost for one more unit on the row's side.
    """

    x: FloatArray
    row_dual: FloatArray


class Step(Protocol):
    """A reduction that was made.

    Attributes
    ----------
    lp : LinearProgram
        The program afterwards.
    rows, columns : (k,)
        Where its rows and columns stand in the program before.
    """

    lp: LinearProgram
    rows: IntArray
    columns: IntArray

    def shrink(self, point: Point) -> Point:
        """Bring a point of the program before to the one afterwards."""

    def restore(self, point: Point) -> Point:
        """Bring a point of the program afterwards back to the one before, with the same objective."""


class InfeasibleOnSightError(Exception):
    """A row or a column cannot be satisfied whatever the others do; an engine has to prove it on the full program."""
