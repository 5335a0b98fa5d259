"""What would have to give way, and by how much at least: an elastic program with weights in a user's units.

One MW of load left unserved for an hour counts 1. Conditions that somebody set (targets, warranties, deadlines, least
ends, limits to curtailment, rules of one's own) give way at half of that, so that they are named before any load is;
limits of equipment at ten times, so that they are named only where nothing else can give; how a battery keeps its
energy, and how work adds up, is physics and never gives. Later hours count up to 1 % less than earlier ones: what is
missing is then missing as late as it can be, as it would be in operation, instead of being smeared over many hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.diagnosis import flexibility, reliability, targets, work
from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.local_time import Calendar
from optimizer.diagnosis.reading import Array, Reading
from optimizer.diagnosis.record import Shortfall, Stretch
from optimizer.lp.diagnosis import Bent, Part, Prices
from optimizer.lp.program import Program
from optimizer.nomenclature import row_unit

LOAD, TARGET = "power_balance", "hourly_matching"
_PHYSICS = {
    *("stored_energy_balance", "charge_by_segment", "discharge_by_segment", "segment_balance", "segment_start"),
    *("it_load_balance", "unserved_limit", "unserved_by_tier", "daily_matching"),
}
_CONDITIONS = {
    "least_delivery",
    "cycle_limit",
    "final_energy_floor",
    "final_energy_ceiling",
    "job_done",
    "backlog_balance",
    *reliability.CONDITIONS,
    *flexibility.CONDITIONS,
    *targets.CONDITIONS,
}
_GIVES_WAY = {**work.GIVES_WAY, **reliability.GIVES_WAY, **flexibility.GIVES_WAY, **targets.GIVES_WAY}
_OF_LOAD, _OF_CONDITIONS, _OF_LIMITS = 1.0, 0.5, 10.0
_TILT = 0.01
_SEEN = 1e-3  # of the greatest violation; below this is dust


def prices(program: Program, parts: Sequence[Part], site: Reading, own: Sequence[str]) -> Prices:
    """Set the price at which each row gives way.

    Parameters
    ----------
    program : Program
        The program.
    parts : sequence of Part
        Its parts.
    site : Reading
        The data.
    own : sequence of str
        Names of rules that the model was given beyond the formulation.
    """
    rows = program.lp.shape[0]
    weights, may_bend = np.ones(rows), np.ones(rows, dtype=bool)
    sizes = abs(program.lp.matrix).max(axis=1).toarray().ravel()
    for part in parts:
        if not part.limits:
            weights[part.members] = _price(part, own) * _hours(part, site, sizes, own) * _lateness(part, len(site.dt))
            may_bend[part.members] = part.family not in _PHYSICS
    return Prices(weights, may_bend)


def _price(part: Part, own: Sequence[str]) -> float:
    if part.family == LOAD:
        return _OF_LOAD
    return _OF_CONDITIONS if part.family in _CONDITIONS or part.family in own else _OF_LIMITS


def _hours(part: Part, site: Reading, sizes: Array, own: Sequence[str]) -> Array | float:
    """Bring a row's unit to MWh of the horizon."""
    dt = site.dt[part.places] if part.axis == "interval" else 1.0
    if part.family in own:
        return dt / np.where(sizes[part.members] > 0, sizes[part.members], 1.0)
    yearly = 1 / float(site["weight"].mean())
    return {"MW": dt, "MWh/a": yearly, "tCO2e/a": yearly}.get(row_unit(part.family), 1.0)


def _lateness(part: Part, intervals: int) -> Array | float:
    return 1.0 + _TILT * (1.0 - part.places / intervals) if part.axis else 1.0


def shortfalls(bent: Bent, parts: Sequence[Part], site: Reading, own: Sequence[str]) -> list[Shortfall]:
    """Tell what gave way, the load first.

    Parameters
    ----------
    bent : Bent
        The least violation.
    parts, site, own
        As for `prices`.
    """
    seen = _SEEN * float(np.abs(bent.violations).max(initial=0.0))
    found = []
    for part in parts:
        if part.limits:
            continue
        violations = bent.violations[part.members]
        for short in (True, False):
            missing = np.maximum(violations if short else -violations, 0.0)
            if (missing > seen).any():
                missing[missing <= seen] = 0.0
                found.append(_shortfall(part, missing, short, site, own))
    return sorted(found, key=lambda shortfall: shortfall.family != LOAD)


def _shortfall(part: Part, missing: Array, short: bool, site: Reading, own: Sequence[str]) -> Shortfall:
    worst, unit = int(np.argmax(missing)), row_unit(part.family)
    what = _told(part, float(missing[worst]), short, site, own)
    found = Shortfall(part.family, part.labels, what, float(missing[worst]), unit, over=not short)
    if not part.axis:
        return found
    at = np.flatnonzero(missing)
    if part.axis == "boundary":
        first, most = (site.calendar.end(int(part.places[place]) - 1) for place in (at[0], worst))
        return replace(found, text=f"{what}, first {first}", first=first, worst=most)
    places = part.places[at]
    first, total = site.calendar.start(int(places[0])), float(missing @ site.dt[part.places])
    ending = f", {amount(total)} MWh in all" if unit == "MW" else ""
    return replace(
        found,
        text=f"{what} in {site.calendar.duration(places)}, first {first}{ending}",
        total=total,
        hours=float(site.dt[places].sum()),
        first=first,
        worst=site.calendar.start(int(part.places[worst])),
        stretches=_stretches(part, missing, site.calendar),
    )


def _told(part: Part, most: float, short: bool, site: Reading, own: Sequence[str]) -> str:
    """Begin the sentence: what gives way, and by how much at most."""
    much, name = amount(most), " ".join(part.labels)
    if part.family in own:
        return f"the rule {_called(part)} would have to give way by up to {much}"
    if part.family == LOAD:
        return f"up to {much} MW of load unserved" if short else f"up to {much} MW more than there is any use for"
    if part.family == TARGET:
        target = float(site["cfe_target"])
        if not site.load_is_given:
            return f"carbon-free energy is {much} MWh a year short of the target of {percent(target)}"
        load = float((site["weight"] * site.dt * site.least_load).sum())
        return (
            f"carbon-free energy covers at most {percent(target - most / load)} of the load, {much} MWh a year less "
            f"than the target of {percent(target)}"
        )
    if part.family in _GIVES_WAY:
        return _GIVES_WAY[part.family][not short].format(name=name, much=much)
    told = {
        "least_delivery": f"up to {much} MW of {name} curtailed beyond its limit",
        "cycle_limit": f"{name} would discharge {much} MWh a year more than its cycles allow",
        "final_energy_floor": f"{name} ends {much} MWh below its least final charge",
        "final_energy_ceiling": f"{name} ends {much} MWh above its greatest final charge",
        "cyclic_energy": f"{name} ends {much} MWh {'below' if short else 'above'} where it began",
        "initial_energy": f"{name} would have to start with {much} MWh {'less' if short else 'more'}",
        "stored_energy_floor": f"{name} falls up to {much} MWh below its least state of charge",
        "stored_energy_ceiling": f"{name} rises up to {much} MWh above its greatest state of charge",
        "charge_limit": f"{name} would need up to {much} MW more power",
        "inverter_limit": f"{name} would need up to {much} MW more power",
        "discharge_limit": f"{name} would need up to {much} MW more power",
        "connection_limit": f"the grid connection is exceeded by up to {much} MW",
        "available_power": f"{name} would have to deliver up to {much} MW more than is available",
    }
    return told.get(part.family, f"{_called(part)} would have to give way by up to {much} {row_unit(part.family)}")


def _called(part: Part) -> str:
    return f"'{part.family}[{', '.join(part.labels)}]'" if part.labels else f"'{part.family}'"


def _stretches(part: Part, missing: Array, calendar: Calendar) -> tuple[Stretch, ...]:
    amounts = np.zeros(len(calendar.dt))
    amounts[part.places] = missing
    edges = np.flatnonzero(np.diff(np.concatenate([[0], amounts > 0, [0]]).astype(int)))
    return tuple(
        Stretch(
            calendar.start(int(first)),
            calendar.end(int(after) - 1),
            float(amounts[first:after].max()),
            float(amounts[first:after] @ calendar.dt[first:after]),
        )
        for first, after in edges.reshape(-1, 2)
    )
