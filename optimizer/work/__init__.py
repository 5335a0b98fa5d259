"""The work that the IT equipment does: what waits, what is cut, what runs once, and what runs where it pays."""

from __future__ import annotations

from optimizer.work.curve import PowerCurve, ValuedCurve
from optimizer.work.kinds import DeferrableWork, FirmWork, OpportunisticWork, TrainingJob, Workload

__all__ = ["DeferrableWork", "FirmWork", "OpportunisticWork", "PowerCurve", "TrainingJob", "ValuedCurve", "Workload"]
