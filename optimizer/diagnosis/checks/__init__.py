"""Necessary conditions, checked on the data alone: milliseconds for a year, and never a false alarm.

Each check bounds what is possible from above (greatest capacities, storage better than it is), so that what fails here
fails in the program. What passes may still fail there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.diagnosis.checks.bounds import crossing_bounds
from optimizer.diagnosis.checks.contracts import cfe_target, cycles, must_take
from optimizer.diagnosis.checks.energy import longest_stretch, peak_load, whole_horizon
from optimizer.diagnosis.checks.fleet import racks
from optimizer.diagnosis.checks.reliability import loss_of_one, ride_through
from optimizer.diagnosis.checks.storage import reachable_charge
from optimizer.diagnosis.checks.surplus import yearly_surplus
from optimizer.diagnosis.checks.targets import annual_target, yearly_emissions, yearly_grid
from optimizer.diagnosis.checks.work import deferrable_work, jobs
from optimizer.diagnosis.reading import Reading
from optimizer.diagnosis.record import Finding

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CHECKS", "failed_checks"]

CHECKS: tuple[Callable[[Reading], Iterator[Finding]], ...] = (
    crossing_bounds,
    jobs,
    deferrable_work,
    racks,
    peak_load,
    longest_stretch,
    whole_horizon,
    reachable_charge,
    cycles,
    must_take,
    yearly_surplus,
    cfe_target,
    annual_target,
    yearly_emissions,
    yearly_grid,
    ride_through,
    loss_of_one,
)


def failed_checks(data: xr.Dataset, sets: Mapping[str, Sequence[Any]], zone: str) -> tuple[Finding, ...]:
    """Find the necessary conditions that the data break.

    Parameters
    ----------
    data : xarray.Dataset
        What a model binds.
    sets : mapping
        Its further sets.
    zone : str
        The site's IANA zone.

    Returns
    -------
    tuple of Finding
        Empty where nothing fails; that does not prove that there is a plan.
    """
    site = Reading.of(data, sets, zone)
    return tuple(finding for check in CHECKS for finding in check(site))
