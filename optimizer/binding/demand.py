"""The site's load as far as it is given, and the price of not serving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.binding.common import Arrays, Hourly
from optimizer.errors import Fault, InputError
from optimizer.facility import PueModel
from optimizer.machines import liquid_share

if TYPE_CHECKING:
    from optimizer.scenario import Scenario
    from optimizer.workload import FacilityLoad

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-9


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind the load; where unserved energy is not allowed it is bound to zero, and so is no variable.

    The power of the IT equipment is a variable where it follows from workloads.

    Raises
    ------
    InputError
        If a given load is more than the racks are rated at.
    """
    load = scenario.site.load
    found: Arrays = {"pue": (("hour",), pue(load, hourly)), "other_load": (("hour",), hourly(load.other_load))}
    if not load.workloads:
        assert load.it_load is not None, "checked where the load was specified"
        found["it_load"] = (("hour",), hourly(load.it_load))
    if load.fleets:
        capacity = np.sum([fleet.it_capacity(scenario.horizon.boundaries) for fleet in load.fleets], axis=0)
        if not load.workloads:
            _check_racks(found["it_load"][1], capacity, scenario)
        found["it_capacity"] = (("hour",), capacity)
    if not load.sheds:
        found["unserved"] = (("hour",), np.zeros(hourly.count))
    found["value_of_lost_load"] = ((), load.value_of_lost_load or 0.0)
    return found


def pue(load: FacilityLoad, hourly: Hourly) -> Floats:
    """Give the power usage effectiveness of each interval, (hour,)."""
    if not isinstance(load.pue, PueModel):
        return hourly(load.pue)
    of_racks = liquid_share(load.fleets, hourly.boundaries) if load.fleets else None
    return load.pue.hourly(hourly, of_racks)


def _check_racks(it_load: Floats, capacity: Floats, scenario: Scenario) -> None:
    beyond = it_load - capacity
    if (beyond > _ROUNDING * np.maximum(1.0, capacity)).any():
        worst = int(np.argmax(beyond))
        when = f"{scenario.horizon.starts[worst]:%Y-%m-%d %H:%M} UTC"
        what = (
            f"it is {it_load[worst]:.6g} MW at {when}, and the racks in service are rated at {capacity[worst]:.6g} MW"
        )
        where = scenario.where("site", "load", "it_load")
        raise InputError([Fault(where, what, "give more racks under `fleets`, or scale the load")])
