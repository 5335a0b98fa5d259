"""Why a program has no plan: what bends least, which few rows are in conflict, and how far a change has to go.

Knows rows, families, duals and certificates; the words and the remedies belong to those who know what the rows mean.
"""

from __future__ import annotations

from optimizer.lp.diagnosis.bending import Bent, Prices, bending_of, least_bending
from optimizer.lp.diagnosis.conflict import Conflict, ConflictSearch
from optimizer.lp.diagnosis.parts import Part, parts_of
from optimizer.lp.diagnosis.proof import Proved, proved_optimum
from optimizer.lp.diagnosis.steps import Step, first_gain, least_steps, moves_any_of, step_of_one_row

__all__ = [
    "Bent",
    "Conflict",
    "ConflictSearch",
    "Part",
    "Prices",
    "Proved",
    "Step",
    "bending_of",
    "first_gain",
    "least_bending",
    "least_steps",
    "moves_any_of",
    "parts_of",
    "proved_optimum",
    "step_of_one_row",
]
