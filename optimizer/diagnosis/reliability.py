"""What ride-through, N-1 and tiers of load claim, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Array, Reading
from optimizer.lp.affine import IntArray
from optimizer.lp.diagnosis import Part

Told = Callable[[Part, IntArray, Reading], str]


def _range(values: Array) -> str:
    low, high = amount(float(np.min(values))), amount(float(np.max(values)))
    return f"{low} MW" if low == high else f"{low} to {high} MW"


def _power(_part: Part, at: IntArray, site: Reading) -> str:
    return f"batteries and generators alone could carry the critical load of {_range(site.critical_load[at])}"


def _energy(part: Part, _at: IntArray, site: Reading) -> str:
    return f"{part.labels[0]} holds what it would have to give in the next {amount(float(site['ride_through']))} h"


def _loss(part: Part, at: IntArray, site: Reading) -> str:
    return f"after the {part.labels[0]}, what is left could carry the critical load of {_range(site.critical_load[at])}"


ROWS: Mapping[str, Told] = {
    "ride_through_power": _power,
    "ride_through_energy": _energy,
    "ride_power_limit": lambda part, _at, _site: f"{part.labels[0]} would carry no more than its power",
    "loss_of_one": _loss,
    "held_power_limit": lambda part, _at, _site: f"{part.labels[0]} could give no more than its power",
    "held_energy_limit": lambda part, _at, _site: f"{part.labels[0]} could give no more than it holds",
    "tier_limit": lambda part, _at, _site: f"no more than all of {part.labels[0]} can stay unserved",
    "unserved_by_tier": lambda _part, _at, _site: "what is unserved belongs to a tier or to the rest",
    "rest_limit": lambda _part, _at, _site: "load of no tier stays unserved only where it has a value of lost load",
}
"""Rows by family."""


def _both(text: str) -> tuple[str, str]:
    return text, text


GIVES_WAY: Mapping[str, tuple[str, str]] = {
    "ride_through_power": _both("without grid and supplies up to {much} MW of critical load could not be carried"),
    "ride_through_energy": _both("{name} would hold up to {much} MWh too little to ride through"),
    "ride_power_limit": _both("{name} would need up to {much} MW more power to ride through"),
    "loss_of_one": _both("after the {name} up to {much} MW of critical load could not be carried"),
    "held_power_limit": _both("{name} would need up to {much} MW more power after a loss"),
    "held_energy_limit": _both("{name} would hold up to {much} MWh too little after a loss"),
    "tier_limit": _both("up to {much} MW more of {name} would stay unserved than there is"),
    "rest_limit": _both("up to {much} MW of load unserved that has no value of lost load"),
}
"""What gives way, by family: where a row falls short, and where it goes beyond."""

CONDITIONS = ("ride_through_power", "ride_through_energy", "loss_of_one")
"""Families that somebody asked for."""
