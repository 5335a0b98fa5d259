"""The least by which rows have to give way, at prices that the caller sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.diagnosis.parts import BoolArray
from optimizer.lp.diagnosis.proof import Proved, proved_optimum
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import PROOF_THRESHOLD, Elastic, Stretched, crossed_bounds, elastic


class Prices(NamedTuple):
    """How rows may give way.

    Attributes
    ----------
    weights : (m,)
        Price of one unit of violation of each row.
    may_bend : (m,) bool
        Rows that may.
    """

    weights: FloatArray
    may_bend: BoolArray

    def stretch(self, lp: LinearProgram) -> Elastic:
        """State the elastic program at these prices."""
        return elastic(lp, self.weights, may_bend=self.may_bend)


@dataclass(frozen=True)
class Bent:
    """Where a program gives way when it must.

    Attributes
    ----------
    violations : (m,)
        Of each row: positive where it falls short of its lower side, negative where it exceeds its upper one.
    weights : (m,)
        Price of one unit of violation of each row.
    ray : (m,)
        Row duals of the least violation: a Farkas ray of the program where this is proved to be above zero.
    certificate : Certificate
        Of the least weighted violation.
    point : (n,)
        A point that breaks the program by just that much.
    """

    violations: FloatArray
    weights: FloatArray
    ray: FloatArray
    certificate: Certificate
    point: FloatArray

    @property
    def infeasible(self) -> bool:
        """Whether this proves that the program has no plan."""
        return self.certificate.dual_objective > PROOF_THRESHOLD


def least_bending(lp: LinearProgram, prices: Prices, options: EngineOptions) -> Bent | None:
    """Find the least weighted violation.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    prices : Prices
        How its rows may give way. Where the rows that may do not help, all may.
    options : EngineOptions
        For each engine.

    Returns
    -------
    Bent or None
        None where no engine came to a proved end, or bounds cross.
    """
    if len(crossed_bounds(lp)):
        return None
    bends: Any
    for bends in (prices.may_bend, np.ones_like(prices.may_bend)):
        stretched = elastic(lp, prices.weights, may_bend=bends)
        found = proved_optimum(stretched.lp, options)
        if found is not None:
            return _bent(stretched, prices, found)
        if bends.all():
            break
    return None


def bending_of(stretched: Stretched, prices: Prices) -> Bent | None:
    """Take over what was solved already to prove that there is no plan.

    Parameters
    ----------
    stretched : Stretched
        The elastic program and what an engine found.
    prices : Prices
        The prices at which it was stated.

    Returns
    -------
    Bent or None
        None where other prices were used, or the certificate does not hold.
    """
    program, further = stretched.elastic.lp, stretched.elastic.columns
    rows = np.concatenate([stretched.elastic.short, stretched.elastic.over])
    if not np.array_equal(program.cost[further:], prices.weights[rows]):
        return None
    certificate = certify(program, stretched.x, stretched.row_dual)
    return (
        _bent(stretched.elastic, prices, Proved(stretched.x, stretched.row_dual, certificate))
        if certificate.proved
        else None
    )


def _bent(stretched: Elastic, prices: Prices, found: Proved) -> Bent:
    violations = stretched.violations(found.x, stretched.lp.shape[0])
    return Bent(violations, prices.weights, found.row_dual, found.certificate, found.x[: stretched.columns])
