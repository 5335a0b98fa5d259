"""The least by which rows have to give way, at prices that the caller sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import Certificate
from optimizer.lp.diagnosis.parts import BoolArray
from optimizer.lp.diagnosis.proof import proved_optimum
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import PROOF_THRESHOLD, elastic


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
    """

    violations: FloatArray
    weights: FloatArray
    ray: FloatArray
    certificate: Certificate

    @property
    def infeasible(self) -> bool:
        """Whether this proves that the program has no plan."""
        return self.certificate.dual_objective > PROOF_THRESHOLD


def least_bending(lp: LinearProgram, weights: FloatArray, may_bend: BoolArray, options: EngineOptions) -> Bent | None:
    """Find the least weighted violation.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    weights : (m,)
        Price of one unit of violation of each row.
    may_bend : (m,) bool
        Rows that may be violated. Where the others allow no plan either, all may.
    options : EngineOptions
        For each engine.

    Returns
    -------
    Bent or None
        None where no engine came to a proved end, or the bounds of columns allow no plan.
    """
    bends: Any
    for bends in (may_bend, np.ones_like(may_bend)):
        stretched = elastic(lp, weights, may_bend=bends)
        found = proved_optimum(stretched.lp, options)
        if found is not None:
            violations = stretched.violations(found.x, lp.shape[0])
            return Bent(violations, weights, found.row_dual, found.certificate)
        if bends.all():
            break
    return None
