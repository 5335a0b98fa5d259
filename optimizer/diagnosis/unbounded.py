"""A cost that falls without limit: what rises with what, and at which prices."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.case import Case
from optimizer.diagnosis.reading import Array
from optimizer.diagnosis.record import Diagnosis
from optimizer.lp.diagnosis import proved_optimum
from optimizer.lp.feasibility import PROOF_THRESHOLD, recession
from optimizer.lp.symbols import Columns

_MOVES = 1e-6
_WORDS = {
    "grid_import": "import",
    "grid_export": "export",
    "delivered": "delivery of {}",
    "charge": "charging of {}",
    "discharge": "discharging of {}",
    "stored_energy": "energy stored in {}",
    "supply_capacity": "the capacity of {}",
    "connection_capacity": "the grid connection",
    "power_capacity": "the power of {}",
    "energy_capacity": "the energy capacity of {}",
    "unserved": "unserved load",
}


class _Mover(NamedTuple):
    """One quantity that grows for ever, in the hour that is told."""

    words: str
    price: float
    unit: str

    def __str__(self) -> str:
        if not self.price:
            return f"{self.words} at no price"
        verb = "earning" if self.price < 0 else "costing"
        return f"{self.words} {verb} {amount(abs(self.price))} {self.unit}"


def diagnose_unbounded(case: Case) -> Diagnosis | None:
    """Name what grows without limit, and what it earns.

    Parameters
    ----------
    case : Case
        A model whose cost falls without limit.

    Returns
    -------
    Diagnosis or None
        None where no direction could be proved.
    """
    lp = case.program.lp
    found = proved_optimum(recession(lp), case.options)
    if found is None or found.certificate.objective > -PROOF_THRESHOLD:
        return None
    at, hours = _when(case, found.x)
    movers = _movers(case, found.x, at)
    calendar = case.site.calendar
    when = f" in {calendar.duration(hours)}, first {calendar.start(int(hours[0]))}" if len(hours) else ""
    verb = "rises" if len(movers) == 1 else "rise together"
    summary = (
        f"the cost of '{case.scenario.name}' falls without limit: {'; '.join(map(str, movers))} {verb} without limit"
        f"{when}; give one of them a bound, or mend its price"
    )
    return Diagnosis(
        "unbounded", case.scenario.name, case.scenario.site.name, case.scenario.site.time_zone, case.scenario.currency,
        calendar.start(0), calendar.end(len(calendar.dt) - 1), summary, proof=asdict(found.certificate),
    )  # fmt: skip


def _when(case: Case, direction: Array) -> tuple[int | None, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Find the hour in which the cost falls fastest, and all hours in which it falls."""
    falls = np.zeros(len(case.site.dt))
    for columns in case.program.columns.values():
        if "hour" in columns.dims:
            change = (case.program.lp.cost * direction)[columns.slice].reshape(columns.shape)
            others = tuple(axis for axis, dim in enumerate(columns.dims) if dim != "hour")
            falls += change.sum(axis=others)
    hours = np.flatnonzero(falls < -_MOVES * max(1.0, -float(falls.min())))
    return (int(np.argmin(falls)) if len(hours) else None), hours


def _movers(case: Case, direction: Array, at: int | None) -> list[_Mover]:
    """List what grows, in one hour where time is involved."""
    moves = (np.abs(direction) > _MOVES).astype(float)
    found = [mover for columns in case.program.columns.values() for mover in _of_family(case, columns, moves, at)]
    return sorted(found, key=lambda mover: mover.price)


def _of_family(case: Case, columns: Columns, moves: Array, at: int | None) -> list[_Mover]:
    timed = next((dim for dim in columns.dims if dim in ("hour", "boundary")), None)
    if timed and at is None:
        return []
    numbers = np.arange(columns.start, columns.start + columns.size).reshape(columns.shape)
    hours, unit = 1.0, f"{case.scenario.currency}/a for each unit"
    if timed and at is not None:
        numbers = np.take(numbers, at, axis=columns.dims.index(timed))
    if timed == "hour" and at is not None:
        hours, unit = float(case.site["weight"][at] * case.site.dt[at]), f"{case.scenario.currency}/MWh"
    labels = [case.program.sets[dim].texts() for dim in columns.dims if dim != timed]
    found = []
    for index in np.ndindex(numbers.shape):
        column = int(numbers[index])
        if moves[column]:
            name = " ".join(texts[place] for texts, place in zip(labels, index, strict=True))
            words = _WORDS.get(columns.name, f"'{columns.name}' {{}}").format(name).strip()
            found.append(_Mover(words, float(case.program.lp.cost[column]) / hours, unit))
    return found
