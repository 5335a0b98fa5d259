"""Targets and the price of carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.binding.common import Arrays, Hourly

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """Bind them; a target that is not set is left unbound, so that its row is not stated."""
    found: Arrays = {"carbon_price": ((), scenario.carbon_price)}
    if scenario.targets.cfe is not None:
        found["cfe_target"] = ((), scenario.targets.cfe)
    return found
