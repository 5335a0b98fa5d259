"""Why a scenario has no plan, in words, dates and amounts, and what would do.

Necessary conditions come first, on the data alone; then the least by which constraints would have to give way, the
smallest set of them that cannot hold together, and changes that are each proved by solving with them.
"""

from __future__ import annotations

from optimizer.diagnosis.case import Case
from optimizer.diagnosis.checks import failed_checks
from optimizer.diagnosis.explain import diagnose, explained, refuse_impossible
from optimizer.diagnosis.record import Claim, Clash, Diagnosis, Finding, Remedy, Shortfall, Stretch
from optimizer.diagnosis.unbounded import diagnose_unbounded

__all__ = [
    "Case",
    "Claim",
    "Clash",
    "Diagnosis",
    "Finding",
    "Remedy",
    "Shortfall",
    "Stretch",
    "diagnose",
    "diagnose_unbounded",
    "explained",
    "failed_checks",
    "refuse_impossible",
]
