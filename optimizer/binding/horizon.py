"""Lengths and weights of the intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

HOURS_OF_A_YEAR = (8760, 8784)


def year_weight(scenario: Scenario) -> float:
    """Give the number of real intervals of a year that each interval stands for.

    A horizon of a whole year counts once; a shorter or longer one is taken to repeat until it fills a year.
    """
    if scenario.weight is not None:
        return scenario.weight
    hours = float(scenario.horizon.dt.sum())
    return 1.0 if HOURS_OF_A_YEAR[0] <= hours <= HOURS_OF_A_YEAR[1] else HOURS_OF_A_YEAR[0] / hours


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind time."""
    dt = scenario.horizon.dt
    return {"dt": (("hour",), dt), "weight": (("hour",), np.full(len(dt), year_weight(scenario)))}
