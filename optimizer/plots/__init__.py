"""Figures of a result, each together with its data.

The functions know a result's Dataset and the table of names, nothing else, and import plotly only when a figure object
is asked for. `FIGURES` lists them in the order in which a report shows them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from optimizer.errors import Fault, InputError

from .bill import bill
from .comparison import COMPARISONS, capacities
from .compute import gpu_hours, it_power
from .contracts import contracts
from .dispatch import dispatch
from .durations import duration_curves
from .figure import Figure
from .finance import cash_flow, cost_by_source
from .flexibility import demand_response
from .gantt import deferral_by_week, job_gantt
from .gpu_cost import gpu_hour_cost, gpu_hour_heatmap
from .heatmaps import cfe_heatmap, curtailment_heatmap, marginal_price_heatmap, price_heatmap, soc_heatmap
from .matching import certified_energy, matching_scores
from .monthly import monthly_cost, monthly_energy
from .reliability import survival_time, unserved_by_tier
from .storage import battery_cycles
from .trace_fit import trace_fit
from .wear import cycle_depths
from .worth import worst_hours, worth

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["COMPARISONS", "FIGURES", "Figure", "capacities", "draw", "trace_fit"]

FIGURES: Mapping[str, Callable[[xr.Dataset], Figure]] = {
    "dispatch": dispatch,
    "cfe_heatmap": cfe_heatmap,
    "price_heatmap": price_heatmap,
    "soc_heatmap": soc_heatmap,
    "curtailment_heatmap": curtailment_heatmap,
    "duration_curves": duration_curves,
    "monthly_energy": monthly_energy,
    "monthly_cost": monthly_cost,
    "battery_cycles": battery_cycles,
    "cycle_depths": cycle_depths,
    "matching_scores": matching_scores,
    "certified_energy": certified_energy,
    "survival_time": survival_time,
    "unserved_by_tier": unserved_by_tier,
    "demand_response": demand_response,
    "bill": bill,
    "contracts": contracts,
    "it_power": it_power,
    "gpu_hours": gpu_hours,
    "job_gantt": job_gantt,
    "deferral_by_week": deferral_by_week,
    "gpu_hour_cost": gpu_hour_cost,
    "gpu_hour_heatmap": gpu_hour_heatmap,
    "cash_flow": cash_flow,
    "cost_by_source": cost_by_source,
    "marginal_price_heatmap": marginal_price_heatmap,
    "worth": worth,
    "worst_hours": worst_hours,
}


def draw(dataset: xr.Dataset, name: str) -> Figure:
    """Draw one figure of a result.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.
    name : str
        A name of `FIGURES`.

    Returns
    -------
    Figure
        The figure with its table, title and explanation.

    Raises
    ------
    InputError
        If there is no figure of that name; the nearest one is named.
    """
    if name not in FIGURES:
        near = difflib.get_close_matches(name, FIGURES, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            [Fault("figure", f"there is no figure {name!r}", f"{meant}The names are {', '.join(FIGURES)}")]
        )
    return FIGURES[name](dataset)
