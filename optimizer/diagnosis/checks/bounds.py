"""Bounds that cross: a least value above the greatest one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Reading, beyond
from optimizer.diagnosis.record import Finding

_CAPACITIES = {
    "connection_capacity": ("the grid connection", "MW"),
    "supply_capacity": ("the capacity of", "MW"),
    "generator_capacity": ("the capacity of", "MW"),
    "power_capacity": ("the power of", "MW"),
    "energy_capacity": ("the energy capacity of", "MWh"),
}


def crossing_bounds(site: Reading) -> Iterator[Finding]:
    """Find capacities and states of charge whose least is above their greatest."""
    for name, (words, unit) in _CAPACITIES.items():
        if name in site.data:
            continue
        dims = site.data[f"{name}_min"].dims
        owners = site.names(str(dims[0])) if dims else [""]
        lows, highs = np.atleast_1d(site.least(name)), np.atleast_1d(site.most(name))
        for owner, low, high in zip(owners, lows, highs, strict=True):
            if beyond(low - high, high):
                what = f"{words} {owner}".strip()
                text = f"{what} is at least {amount(low)} {unit}, but at most {amount(high)} {unit}"
                yield Finding("crossing_bounds", text, float(low - high), unit)
    least_energy = site.least("energy_capacity")
    for at, owner in enumerate(site.names("battery")):
        low, high = float(site["soc_min"][at]), float(site["soc_max"][at])
        if least_energy[at] > 0 and beyond(low - high, 1.0):
            text = f"the state of charge of {owner} is at least {percent(low)}, but at most {percent(high)}"
            yield Finding("crossing_bounds", text, low - high, "1")
