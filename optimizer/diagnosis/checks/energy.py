"""The load against everything that can serve it: in an interval, over a stretch of time, and over the horizon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding


def peak_load(site: Reading) -> Iterator[Finding]:
    """Compare the load with all that can serve it within the interval."""
    missing = site.must_serve - site.inflow - site.discharge.sum(axis=0)
    at = np.flatnonzero(beyond(missing, site.must_serve))
    if not len(at):
        return
    worst = int(at[np.argmax(missing[at])])
    first, most = site.calendar.start(int(at[0])), site.calendar.start(worst)
    when = f"in {site.calendar.duration(at)}, first {first}; at worst, {most}," if len(at) > 1 else f"at {first}:"
    text = (
        f"the load is above all that can serve it {when} the load is {amount(site.must_serve[worst])} MW and "
        f"{_givers(site, worst)}: {amount(missing[worst])} MW are missing"
    )
    yield Finding("peak_load", text, float(missing[worst]), "MW", first, most)


def _givers(site: Reading, at: int) -> str:
    """Write who can give how much in an interval."""
    given = {"the grid": site.grid[at]}
    given |= dict(zip(site.names("supply"), site.supplied[:, at], strict=True))
    given |= dict(zip(site.names("generator"), site.generated[:, at], strict=True))
    given |= dict(zip(site.names("battery"), site.discharge[:, at], strict=True))
    parts = [f"{amount(power)} MW from {name}" for name, power in given.items()]
    return f"at most {', '.join(parts)} can be had" if any(given.values()) else "nothing can serve it"


def longest_stretch(site: Reading) -> Iterator[Finding]:
    """Compare the energy needed over any stretch of time with what can come in and what batteries can hold.

    All batteries are taken as one that loses no more than the best round trip, is full where that helps, and takes any
    surplus up to its power: better than they are.
    """
    held, start = float(site.usable.sum()), float(site.held_at_start.sum())
    if not held:
        return  # every interval stands for itself
    total = np.cumsum(_exchange(site))
    most_so_far = np.maximum.accumulate(total)  # a full store is full last where the sum is greatest
    level = np.minimum(start + total, held + total - most_so_far)
    worst = int(np.argmin(level))
    if not beyond(-level[worst], (site.must_serve * site.dt)[: worst + 1].sum()):
        return
    from_start = start < held - most_so_far[worst]
    begin = 0 if from_start else worst + 1 - int(np.argmax(total[worst::-1]))
    if begin == worst and not from_start:
        return  # a single interval: the peak tells it
    stock = start if from_start else held
    text = (
        f"from {site.calendar.span(begin, worst)}, {site.calendar.duration(slice(begin, worst + 1))}, the load is "
        f"{amount(stock - level[worst])} MWh above all that can come in, and batteries "
        f"{'as they start' if from_start else 'that are full at its beginning'} can give {amount(stock)} MWh: "
        f"{amount(-level[worst])} MWh are missing"
    )
    yield Finding("longest_stretch", text, float(-level[worst]), "MWh", site.calendar.start(begin))


def whole_horizon(site: Reading) -> Iterator[Finding]:
    """Compare the energy of the whole horizon: a battery that ends as it began gives nothing of its own."""
    change, cyclic = _exchange(site), site.among("cyclic_battery")
    stock = float(site.held_at_start[~cyclic].sum())
    deficit, surplus = float(-change[change < 0].sum()), float(change[change > 0].sum())
    missing = deficit - surplus - stock
    if not site.usable[cyclic].any() or not beyond(missing, (site.must_serve * site.dt).sum()):
        return
    text = (
        f"over the whole horizon, batteries would have to give {amount(deficit)} MWh in the hours in which too little "
        f"comes in, and all other hours and what they start with leave them {amount(surplus + stock)} MWh at most: "
        f"{amount(missing)} MWh are missing"
    )
    yield Finding("whole_horizon", text, missing, "MWh")


def _exchange(site: Reading) -> Array:
    """Give what a store could take, or would have to give, in each interval on the site's side [MWh], (N,)."""
    net = site.inflow - site.must_serve
    best = (site["charge_efficiency"] * site["discharge_efficiency"]).max(initial=0.0)
    return np.where(net < 0, net, np.minimum(net, site.most("power_capacity").sum()) * best) * site.dt
