"""Generators that burn fuel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets, capacities, fields

if TYPE_CHECKING:
    from optimizer.assets import Generator
    from optimizer.scenario import Scenario

# What every generator has, with the field that gives it.
_OVER_TIME = {"generator_available": "available", "fuel_carbon_intensity": "carbon_intensity"}
_NUMBERS = {"generator_efficiency": "efficiency", "generator_cfe": "cfe"}
# What only some have, by the subset of them, so that no value can be set that nothing reads.
_LIMITS = {
    "hours_limited_generator": ("generator_hours_max", "hours_max"),
    "energy_limited_generator": ("generator_energy_max", "energy_max"),
}


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind capacities, fuel and limits; cost lines wait for the price of fuel, which only a generator has."""
    generators = scenario.site.generators
    found: Arrays = {
        **{name: (("generator", "hour"), hourly.rows(generators, field)) for name, field in _OVER_TIME.items()},
        **{name: fields(generators, "generator", {field: 1.0})[field] for name, field in _NUMBERS.items()},
    }
    for subset, (name, field) in _LIMITS.items():
        found[name] = fields(_limited(generators, field), subset, {field: np.inf})[field]
    sizes = capacities("generator_capacity", "generator", [generator.capacity for generator in generators])
    if not generators:
        return found | {"generator_capacity": sizes["generator_capacity"]}
    found |= sizes | {"fuel_price": (("generator", "hour"), hourly.rows(generators, "fuel_price"))}
    if any(generator.variable_om for generator in generators):
        found["generator_variable_om"] = fields(generators, "generator", {"variable_om": 0.0})["variable_om"]
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the generators whose hours or energy are limited."""
    return {
        subset: [generator.name for generator in _limited(scenario.site.generators, field)]
        for subset, (_, field) in _LIMITS.items()
    }


def _limited(generators: tuple[Generator, ...], field: str) -> list[Generator]:
    return [generator for generator in generators if getattr(generator, field) is not None]
