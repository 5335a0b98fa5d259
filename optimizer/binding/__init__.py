"""A scenario and its series become the one dataset from which all rules read, by the names of `nomenclature`.

One module for each part of a site; `PARTS` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from optimizer.binding import (
    batteries,
    contracts,
    demand,
    finance,
    flexibility,
    generators,
    grid,
    horizon,
    months,
    reliability,
    supplies,
    targets,
    tariff,
    wear,
    work,
)
from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.binding.horizon import year_weight
from optimizer.nomenclature import TERMS

if TYPE_CHECKING:
    from optimizer.assets import Battery, Generator, Supply
    from optimizer.scenario import Scenario
    from optimizer.work import Workload

__all__ = ["TOGETHER", "Bound", "bind", "year_weight"]

PARTS = (
    horizon.arrays,
    demand.arrays,
    supplies.arrays,
    contracts.arrays,
    months.arrays,
    batteries.arrays,
    wear.arrays,
    generators.arrays,
    grid.arrays,
    targets.arrays,
    finance.arrays,
    tariff.arrays,
    work.arrays,
    reliability.arrays,
    flexibility.arrays,
)
SUBSETS = (
    batteries.subsets,
    generators.subsets,
    contracts.subsets,
    months.subsets,
    targets.subsets,
    wear.subsets,
    finance.subsets,
    tariff.subsets,
    work.subsets,
    reliability.subsets,
    flexibility.subsets,
)


TOGETHER = {
    **dict.fromkeys(
        ("arrival", "backlog_max", "firm_it_load", "job_energy", "nominal_power", "work_asked"), "site.load.workloads"
    ),
    "ride_through": "site.reliability.ride_through",
}
"""Data that are bound together with others, and where a scenario says them: changed alone, they would contradict."""


class Bound(NamedTuple):
    """What a program is built from.

    Attributes
    ----------
    data : xarray.Dataset
        Values by name, over the sets hour, boundary, supply, battery, generator and workload.
    sets : dict of str to list
        Further sets that only some families run over.
    """

    data: xr.Dataset
    sets: Subsets


def bind(scenario: Scenario, series: xr.Dataset) -> Bound:
    """Resolve every quantity of a scenario to an array.

    Parameters
    ----------
    scenario : Scenario
        The specification.
    series : xarray.Dataset
        The checked series, over ``hour``, with ``dt``.

    Returns
    -------
    Bound
        A capacity that is free between bounds is left out of the data, so that it becomes a variable.
    """
    hourly = Hourly(series)
    found: Arrays = {}
    for arrays in PARTS:
        found |= arrays(scenario, hourly)
    sets: Subsets = {}
    for subsets in SUBSETS:
        sets |= subsets(scenario)
    return Bound(
        xr.Dataset(
            {
                name: (dims, values, {"units": TERMS[name].unit_in(scenario.currency)})
                for name, (dims, values) in found.items()
            },
            coords={
                "hour": scenario.horizon.starts,
                "boundary": scenario.horizon.boundaries,
                "supply": _names(scenario.site.supplies),
                "battery": _names(scenario.site.batteries),
                "generator": _names(scenario.site.generators),
                "workload": _names(scenario.site.load.workloads),
                **work.labels(scenario),
                **{name: np.array(members, dtype=object) for name, members in sets.items() if _are_labels(members)},
            },
        ),
        sets,
    )


def _names(items: Iterable[Supply | Battery | Generator | Workload]) -> np.ndarray[Any, Any]:
    return np.array([item.name for item in items], dtype=object)


def _are_labels(members: Sequence[Any]) -> bool:
    """Tell names, over which data may run, from positions of hours and from pairs."""
    return isinstance(members, list) and all(isinstance(member, str) for member in members)
