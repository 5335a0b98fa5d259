"""Auxiliary programs solved to a certificate: what is said about an infeasible program rests on nothing less."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.engines import installed, lean_engines, make_engine
from optimizer.lp.engines.base import EngineOptions

# Up to this many columns the simplex method answers at once, and with a vertex: exact zeros.
SMALL = 4_000


class Proved(NamedTuple):
    """An optimum with its proof.

    Attributes
    ----------
    x : (n,)
        The point.
    row_dual : (m,)
        Its row duals.
    certificate : Certificate
        The proof.
    """

    x: FloatArray
    row_dual: FloatArray
    certificate: Certificate


def proved_optimum(lp: LinearProgram, options: EngineOptions, *, certain: bool = True) -> Proved | None:
    """Solve a program with the first engine whose result is certified; None where none is.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    options : EngineOptions
        For each engine.
    certain : bool
        Whether there certainly is an optimum, so that every engine is tried. Otherwise the search ends when an engine
        claims that there is no plan, and a large program is not given to the slowest engine.
    """
    large = lp.shape[1] > SMALL
    names = [*lean_engines(lp), *installed("clarabel", "highs")] if large else installed("highs", "piqp")
    if large and not certain and "piqp" in names:
        names.remove("highs")
    for name in names:
        engine = make_engine(name)
        engine.load(lp)
        outcome = engine.run(options)
        if outcome.x is not None and outcome.row_dual is not None:
            certificate = certify(lp, outcome.x, outcome.row_dual)
            if certificate.proved:
                return Proved(outcome.x, outcome.row_dual, certificate)
        if not certain and outcome.status == "infeasible":
            break
    return None
