"""Stored energy that power, time and self-discharge allow, against floors and ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding


def reachable_charge(site: Reading) -> Iterator[Finding]:
    """Find batteries that cannot stay above their floor, or cannot end as they are told."""
    held = site.least("energy_capacity") * site["state_of_health"]
    kept = 1 - site["self_discharge"][:, None] * site.dt
    started, ended = site.among("started_battery"), site.among("ended_battery")
    # Only what starts as told, or loses energy by itself, is bound by time.
    for at in np.flatnonzero((held > 0) & (started | (site["self_discharge"] > 0))):
        fullest, emptiest = _paths(site, int(at), float(held[at]), kept[at], bool(started[at]))
        floor = float(site["soc_min"][at])
        sunk = np.flatnonzero(beyond(floor - fullest, 1.0))
        if len(sunk):
            yield _sunk(site, int(at), floor, int(sunk[0]), float((floor - fullest[sunk[0]]) * held[at]))
        elif started[at] and ended[at]:
            yield from _ends(site, int(at), float(held[at]), float(fullest[-1]), float(emptiest[-1]))


def _paths(site: Reading, at: int, held: float, kept: Array, started: bool) -> tuple[Array, Array]:
    """Follow the greatest and the least state of charge that a battery can have at the end of each interval."""
    low, high = float(site["soc_min"][at]), float(site["soc_max"][at])
    step = site.most("power_capacity")[at] * site.dt / held
    up, down = step * site["charge_efficiency"][at], step / site["discharge_efficiency"][at]
    fullest, emptiest = (float(site.of_some("initial_soc", 0.0)[at]),) * 2 if started else (high, low)
    fulls, empties = np.empty(len(step)), np.empty(len(step))
    for interval, (share, gain, loss) in enumerate(zip(kept.tolist(), up.tolist(), down.tolist(), strict=True)):
        fullest = fulls[interval] = min(high, share * fullest + gain)
        emptiest = empties[interval] = max(low, share * emptiest - loss)
    return fulls, empties


def _sunk(site: Reading, at: int, floor: float, interval: int, missing: float) -> Finding:
    when = site.calendar.end(interval)
    text = (
        f"{site.names('battery')[at]} loses more by itself than its power can charge: by {when} it is below its least "
        f"state of charge, {percent(floor)}, and {amount(missing)} MWh are missing"
    )
    return Finding("reachable_charge", text, missing, "MWh", when)


def _ends(site: Reading, at: int, held: float, fullest: float, emptiest: float) -> Iterator[Finding]:
    name, when = site.names("battery")[at], site.calendar.end(len(site.dt) - 1)
    low, high = site.value("final_soc_min", name), site.value("final_soc_max", name)
    if beyond(low - fullest, 1.0):
        missing = (low - fullest) * held
        text = (
            f"{name} can be charged to at most {percent(fullest)} by the end, {when}, and at least {percent(low)} is "
            f"asked for: {amount(missing)} MWh are missing"
        )
        yield Finding("reachable_charge", text, missing, "MWh", when)
    if beyond(emptiest - high, 1.0):
        excess = (emptiest - high) * held
        text = (
            f"{name} can be emptied to at least {percent(emptiest)} by the end, {when}, and at most {percent(high)} is "
            f"asked for: {amount(excess)} MWh are too much"
        )
        yield Finding("reachable_charge", text, excess, "MWh", when)
