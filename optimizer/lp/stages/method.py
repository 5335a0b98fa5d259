"""A primal-dual interior-point method with weighted correctors, on programs laid out in lanes.

Mehrotra's predictor and corrector (doi:10.1137/0802028) and Gondzio's further ones, each with the weight that lets the
step go furthest (Colombo, M., Gondzio, J. (2008). Further development of multiple centrality correctors for interior
point methods. doi:10.1007/s10589-007-9106-0). The distances t to the bounds and their duals z are kept in one vector
each, and directions relative to them, p = dt / t and e = dz / z, which leaves few operations a step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import inner
from optimizer.lp.stages.chain import BreakdownError
from optimizer.lp.stages.elimination import Elimination
from optimizer.lp.stages.grid import Grid
from optimizer.lp.stages.sides import Sides
from optimizer.lp.stages.steps import Direction, combined, longest

MAX_ITERATIONS = 100
# Measured on the example's scenarios, with 0 to 3 further correctors: more save steps, but no time.
FURTHER_CORRECTORS = 1
GAP, FEASIBILITY = 1e-8, 1e-9
# Keeps pivots of free columns and of equalities away from zero; what it leaves over, the next step corrects.
REGULARISATION, STRONGEST = 1e-9, 1e-4
# Near the end every step is refined against the equations themselves.
REFINED_BELOW = 1e-5
# The start: duals relative to the mean cost, and what belongs to no stage at this share of its range.
_DUAL, _SHARE = 0.1, 0.1
# The second-order term of one pair of distance and dual must not outweigh its own size by more than this: it is only
# right for a whole step, and where that is far out of reach it would spoil the direction of all others.
_SECOND_ORDER = 4.0
_LEAST_WEIGHT = 0.8
# A corrector aims at a step longer by _HOPE, for products within _CENTRED of their target, and has to win a part of it.
# Where the step leads as far as _ENOUGH already, none is tried.
_HOPE, _WORTHWHILE, _CENTRED, _ENOUGH = 0.3, 0.03, (0.1, 10.0), 0.9
_BOUNDARY = 0.9995
# After so many steps a bound on the cost so much larger than the cost, or the other way round, tells that there is no
# plan, or no least cost.
_SETTLED, _AWAY = 8, 100.0
_SHORTEST = 1e-7


class Problem(NamedTuple):
    """Vectors of a program by place.

    Attributes
    ----------
    cost, lower, upper : (n,)
        Of the columns; 0 and infinite in empty places.
    row_lower, row_upper : (m,)
        Of the rows; both 0 in empty places.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray


class Ended(NamedTuple):
    """How the method ended.

    Attributes
    ----------
    status : str
        ``optimal``, ``infeasible``, ``unbounded``, ``limit`` (of time or iterations) or ``stalled``.
    x, y : (n,), (m,)
        The point and the row duals, by place.
    iterations : int
        Steps that were made.
    """

    status: str
    x: FloatArray
    y: FloatArray
    iterations: int


class _Costs(NamedTuple):
    """The cost at the point, and the bound on it that the duals give."""

    cost: float
    bound: float

    @property
    def gap(self) -> float:
        return abs(self.cost - self.bound) / (1.0 + abs(self.cost))


class InteriorPoint:
    """The method on one program.

    Parameters
    ----------
    grid : Grid
        The program's coefficients in lanes.
    problem : Problem
        Its vectors.
    """

    def __init__(self, grid: Grid, problem: Problem) -> None:
        self._grid, self._elimination = grid, Elimination(grid)
        self._width = grid.columns.size
        equal = problem.row_lower == problem.row_upper
        self._equal = np.flatnonzero(equal)
        self._right = np.where(equal, problem.row_lower, 0.0)
        self._cost = problem.cost
        self._sides = Sides(
            grid,
            np.concatenate([problem.lower, np.where(equal, -np.inf, problem.row_lower)]),
            np.concatenate([problem.upper, np.where(equal, np.inf, problem.row_upper)]),
        )
        self._signed = self._sides.sign * self._sides.value
        self._regularisation = REGULARISATION
        self._refine = False

    def solve(self, *, deadline: float = np.inf, progress: Callable[[str], None] | None = None) -> Ended:
        """Run to the optimum.

        Parameters
        ----------
        deadline : float
            Value of `time.perf_counter` at which to give up.
        progress : callable, optional
            Receives a line after each step.
        """
        with np.errstate(all="ignore"):  # what overflows leads nowhere, and every step looks for that
            return self._run(deadline, progress)

    def _run(self, deadline: float, progress: Callable[[str], None] | None) -> Ended:
        self._start()
        for iteration in range(MAX_ITERATIONS):
            costs = self._measure()
            if progress is not None:
                primal, dual = self._infeasibility()
                progress(f"step {iteration}: gap {costs.gap:.1e}, infeasibility {primal:.1e} primal, {dual:.1e} dual")
            if costs.gap < GAP and max(self._infeasibility()) < FEASIBILITY:
                return self._ended("optimal", iteration)
            if iteration > _SETTLED and (verdict := self._verdict(costs)):
                return self._ended(verdict, iteration)
            if time.perf_counter() > deadline:
                return self._ended("limit", iteration)
            self._refine = costs.gap < REFINED_BELOW
            if not self._step():
                return self._ended(self._verdict(costs) or "stalled", iteration)
        return self._ended("limit", MAX_ITERATIONS)

    def _ended(self, status: str, iterations: int) -> Ended:
        return Ended(status, self._w[: self._width], self._y, iterations)

    # -- the start ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Begin near the least point that satisfies the equations, well away from all bounds, with duals of zero."""
        sides, width, grid = self._sides, self._width, self._grid
        reference = np.clip(0.0, sides.lower, sides.upper)
        border = slice(grid.columns.inner, width)
        with np.errstate(invalid="ignore"):
            inside = sides.lower[border] + _SHARE * (sides.upper[border] - sides.lower[border])
        boxed = np.isfinite(inside)
        reference[border][boxed] = inside[boxed]
        x = self._least_point(reference)
        x[border][boxed] = inside[boxed]
        self._w = np.concatenate([x, grid.matrix @ x])
        self._y = np.zeros(grid.rows.size)
        at = sides.gathered(self._w) - self._signed
        self._t = np.maximum(at, max(1.0, float(np.abs(self._w).mean())))
        cost = np.concatenate([self._cost, self._y])
        self._z = np.maximum(sides.gathered(cost), _DUAL * max(1.0, float(np.abs(cost).mean())))
        self._t[sides.missing], self._z[sides.missing] = 1.0, 0.0
        # A distance need not be that of the point while the steps are shorter than 1: what it is short of shrinks too.
        self._short = at - self._t
        self._short[sides.missing] = 0.0

    def _least_point(self, reference: FloatArray) -> FloatArray:
        """Find columns near a reference that satisfy the equations, and the other rows as far as that is near."""
        width = self._width
        weight = np.ones(self._grid.rows.size)
        weight[self._equal] = self._regularisation
        right = reference[width:].copy()
        right[self._equal] = self._right[self._equal]
        if not self._factorise(np.ones(width), weight):
            return reference[:width].copy()
        x = -reference[:width]
        self._elimination.solve(x, right)
        return x

    # -- a step ------------------------------------------------------------------------------------------------------

    def _measure(self) -> _Costs:
        """Compute what the next step is to mend, and how far apart the cost and the bound on it are."""
        width, grid, sides = self._width, self._grid, self._sides
        self._leaning = np.concatenate([self._cost - grid.transposed @ self._y, self._y])
        self._leaning[width + self._equal] = 0.0
        activity = grid.matrix @ self._w[:width]
        self._residual = self._w[width:] - activity
        self._residual[self._equal] = self._right[self._equal] - activity[self._equal]
        self._products = self._t * self._z
        self._mu = float(self._products.sum()) / max(1, len(self._products) - len(sides.missing))
        self._products[sides.missing] = self._mu
        return _Costs(
            cost=inner(self._cost, self._w[:width]),
            bound=inner(self._right, self._y) + inner(self._signed, self._z),
        )

    def _dual_residual(self) -> FloatArray:
        return self._leaning - self._sides.scattered(self._z)

    def _infeasibility(self) -> tuple[float, float]:
        """Give the largest one left of the point and of the duals, relative to the sizes that it belongs to."""
        width = self._width
        rows = self._residual / (1.0 + np.abs(self._grid.matrix @ self._w[:width]))
        dual = self._dual_residual()
        dual[:width] /= 1.0 + np.abs(self._cost)
        return max(_largest(rows), _largest(self._short / (1.0 + np.abs(self._sides.value)))), _largest(dual)

    def _verdict(self, costs: _Costs) -> str:
        """Tell what it means where cost and bound run away from each other; empty where they do not.

        Infeasibility that is left may feign it, above all where the cost is near 0: what a plan, or duals, as large as
        the present ones could make of it is taken off.
        """
        cost, bound = costs
        if bound > _AWAY * (1.0 + abs(cost)):
            least = bound - inner(np.abs(self._dual_residual()), np.abs(self._w))
            return "infeasible" if least > _AWAY * (1.0 + abs(cost)) else ""
        if cost < -_AWAY * (1.0 + abs(bound)):
            most = cost + inner(np.abs(self._residual), np.abs(self._y)) + inner(np.abs(self._short), self._z)
            return "unbounded" if most < -_AWAY * (1.0 + abs(bound)) else ""
        return ""

    def _step(self) -> bool:
        """Make one step; False where it gets nowhere."""
        sides, t, z = self._sides, self._t, self._z
        self._inverse = 1.0 / t
        self._inverse[sides.missing] = 0.0
        theta = sides.added(z * self._inverse)
        theta[self._width + self._equal] = np.inf
        self._compliance = 1.0 / theta[self._width :]
        if not self._factorise(theta[: self._width], self._compliance):
            return False
        step = self._affine()
        target = self._target(step.p, longest(step.p), longest(step.e))
        share = 1.0 / self._products
        second_order = step.p * step.e
        np.clip(second_order, -_SECOND_ORDER, _SECOND_ORDER, out=second_order)
        change = target * share
        change -= second_order
        step, primal, dual = combined(step, self._direction(change), _LEAST_WEIGHT)
        for _ in range(FURTHER_CORRECTORS):
            if min(primal, dual) > _ENOUGH:
                break
            change = self._off_centre(step, primal, dual, target)
            change *= share
            further = self._direction(change)
            longer, further_primal, further_dual = combined(step, further, primal * dual)
            if further_primal >= primal + _WORTHWHILE:
                step, primal = step._replace(w=longer.w, p=longer.p), further_primal
            if further_dual >= dual + _WORTHWHILE:
                step, dual = step._replace(y=longer.y, e=longer.e), further_dual
        return self._go(step, primal, dual)

    def _target(self, p: FloatArray, primal: float, dual: float) -> float:
        """Choose the product to aim at, the smaller the more of all products the way straight to the optimum takes.

        On that way e = -1 - p, so that what is left of the products needs their sums with p and its square alone.
        """
        if not self._mu:  # without bounds there is nothing to centre
            return 0.0
        weighted = self._products * p
        first, second = float(weighted.sum()), inner(weighted, p)
        total = self._mu * len(p)
        after = (1.0 - dual) * total + (primal - dual - primal * dual) * first - primal * dual * second
        return self._mu * min(max(min(after / total, 1.0) ** 6, 1e-4), 0.8)

    def _go(self, step: Direction, primal: float, dual: float) -> bool:
        if max(primal, dual) < _SHORTEST or not (np.isfinite(step.w).all() and np.isfinite(step.y).all()):
            return False
        primal, dual = (length if length == 1.0 else _BOUNDARY * length for length in (primal, dual))
        for change, length in zip(step, (primal, dual, primal, dual), strict=True):
            np.multiply(change, length, out=change)
        self._w += step.w
        self._y += step.y
        self._t *= np.add(step.p, 1.0, out=step.p)
        self._z *= np.add(step.e, 1.0, out=step.e)
        self._short *= 1.0 - primal  # all of it is gone after the first whole step
        return True

    def _off_centre(self, step: Direction, primal: float, dual: float, target: float) -> FloatArray:
        """Give by how much products would miss their range after a step longer than the one that is possible."""
        products = step.p * min(1.0, primal + _HOPE)
        products += 1.0
        products *= self._products
        factor = step.e * min(1.0, dual + _HOPE)
        factor += 1.0
        products *= factor
        change = np.clip(products, _CENTRED[0] * target, _CENTRED[1] * target)
        change -= products
        return np.maximum(change, -_CENTRED[1] * target, out=change)

    # -- directions --------------------------------------------------------------------------------------------------

    def _affine(self) -> Direction:
        """Give the direction straight to the optimum."""
        short = self._short * self._inverse
        force = self._sides.scattered(self._z * short)
        force += self._leaning
        w, y = self._newton(np.negative(force, out=force), self._residual)
        p = self._sides.relative(w, self._inverse)
        p += short
        return Direction(w, y, p, -1.0 - p)

    def _direction(self, change: FloatArray) -> Direction:
        """Give the direction that changes the products t z by these shares of them, and infeasibility not at all."""
        w, y = self._newton(self._sides.scattered(change * self._z), None)
        p = self._sides.relative(w, self._inverse)
        change -= p
        return Direction(w, y, p, change)

    def _newton(self, force: FloatArray, residual: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """Solve for places and row duals; the activities of rows follow from them."""
        width = self._width
        w = np.empty(len(force))
        np.negative(force[:width], out=w[:width])
        own = force[width:] * self._compliance
        y = own.copy() if residual is None else own + residual
        self._solve(w[:width], y)
        np.subtract(own, y * self._compliance, out=w[width:])
        return w, y

    def _solve(self, columns: FloatArray, rows: FloatArray) -> None:
        if not self._refine:
            self._elimination.solve(columns, rows)
            return
        right, row_right = columns.copy(), rows.copy()
        self._elimination.solve(columns, rows)
        right += self._diagonals[0] * columns - self._grid.transposed @ rows
        row_right -= self._diagonals[1] * rows + self._grid.matrix @ columns
        self._elimination.solve(right, row_right)
        columns += right
        rows += row_right

    def _factorise(self, columns: FloatArray, rows: FloatArray) -> bool:
        """Factorise, more strongly regularised where that is needed; False where nothing helps."""
        while self._regularisation <= STRONGEST:
            self._diagonals = (columns + self._regularisation, rows + self._regularisation)
            try:
                self._elimination.factorise(*self._diagonals)
            except BreakdownError:
                self._regularisation *= 10.0
            else:
                return True
        return False


def _largest(values: FloatArray) -> float:
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
