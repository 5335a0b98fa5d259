"""The site's load as far as it is given, and the price of not serving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly
from optimizer.binding.reliability import sheds
from optimizer.facility import PueModel

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind the load; where unserved energy is not allowed it is bound to zero, and so is no variable.

    The power of the IT equipment is a variable where it follows from workloads.
    """
    load = scenario.site.load
    pue = load.pue.hourly(hourly) if isinstance(load.pue, PueModel) else hourly(load.pue)
    found: Arrays = {"pue": (("hour",), pue), "other_load": (("hour",), hourly(load.other_load))}
    if not load.workloads:
        assert load.it_load is not None, "checked where the load was specified"
        found["it_load"] = (("hour",), hourly(load.it_load))
    if not sheds(scenario):
        found["unserved"] = (("hour",), np.zeros(hourly.count))
    found["value_of_lost_load"] = ((), load.value_of_lost_load or 0.0)
    return found
