"""Months of the site's clock, for whatever is counted month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.series import calendar

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


def arrays(scenario: Scenario, _hourly: Hourly) -> Arrays:
    """List the intervals of each month, where anything is counted by months."""
    if not _counted(scenario):
        return {}
    hour, share = spans(scenario).places()
    dims = ("calendar_month", "month_place")
    return {"month_hour": (dims, hour), "month_share": (dims, share)}


def subsets(scenario: Scenario) -> Subsets:
    """Name the months."""
    return {"calendar_month": list(spans(scenario).labels)} if _counted(scenario) else {}


def spans(scenario: Scenario) -> calendar.Spans:
    """Tell the month of each interval."""
    return calendar.months(scenario.horizon.boundaries.to_numpy(), scenario.site.time_zone)


def _counted(scenario: Scenario) -> bool:
    terms = [supply.contract and supply.contract.take_or_pay for supply in scenario.site.supplies]
    return scenario.targets.cfe_monthly is not None or any(term and term.period == "month" for term in terms)
