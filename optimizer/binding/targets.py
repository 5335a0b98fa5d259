"""Targets and the price of carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.errors import Fault, InputError
from optimizer.series import calendar

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

_NAMES = {
    "cfe": "cfe_target",
    "cfe_monthly": "cfe_monthly_target",
    "cfe_annual": "cfe_annual_target",
    "emissions_max": "emissions_max",
    "emission_intensity_max": "emission_intensity_max",
    "grid_energy_max": "grid_energy_max",
    "grid_share_max": "grid_share_max",
    "curtailment_share_max": "curtailment_share_max",
    "export_share": "export_share",
}


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind them; a target that is not set is left unbound, so that its row is not stated.

    Raises
    ------
    InputError
        If a rolling window is longer than the horizon.
    """
    targets = scenario.targets
    found: Arrays = {"carbon_price": ((), scenario.carbon_price)}
    for field, name in _NAMES.items():
        value = getattr(targets, field)
        if value is not None:
            found[name] = ((), value)
    if targets.cfe_rolling is not None:
        hour, share = _days(scenario).places()
        starts = np.arange(len(_windows(scenario)))
        found |= {
            "cfe_rolling_target": ((), targets.cfe_rolling.share),
            "day_hour": (("target_day", "day_place"), hour),
            "day_share": (("target_day", "day_place"), share),
            "window_day": (("target_window", "window_place"), starts[:, None] + np.arange(targets.cfe_rolling.days)),
        }
    return found


def subsets(scenario: Scenario) -> Subsets:
    """Name the windows in which a target holds by their first day; days are looked up by number."""
    return {} if scenario.targets.cfe_rolling is None else {"target_window": _windows(scenario)}


def _days(scenario: Scenario) -> calendar.Spans:
    return calendar.days(scenario.horizon.boundaries.to_numpy(), scenario.site.time_zone)


def _windows(scenario: Scenario) -> list[str]:
    """Name every window that fits the horizon by its first day."""
    rolling, days = scenario.targets.cfe_rolling, _days(scenario).labels
    assert rolling is not None, "asked for where there is one"
    if rolling.days > len(days):
        what = f"a window of {rolling.days} days is longer than the horizon, {len(days)} days of the site's clock"
        where = scenario.where("targets", "cfe_rolling", "days")
        raise InputError([Fault(where, what, "shorten the window, or set targets.cfe instead")])
    return list(days[: len(days) - rolling.days + 1])
