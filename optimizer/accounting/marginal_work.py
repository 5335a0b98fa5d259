"""What one more GPU-hour would cost, by the hour in which it is asked for."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DUAL = "marginal_price_of_"
_IT_LOAD, _BACKLOG, _JOB = f"{_DUAL}it_load_balance", f"{_DUAL}backlog_balance", f"{_DUAL}job_done"


def marginal_work(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Price one more GPU-hour asked of each workload in each hour.

    Work that has to be done at once costs the marginal price of IT power: that of load times PUE, more where the IT
    equipment draws all it can; less where it may be capped, as what it asks for may then be cut. Work that may wait
    costs that of the cheapest hour within its window, as the plan is; a job the same within its time, by the dual of
    the row that has it done, and NaN outside of it. Work that runs only where it pays costs nothing where it does not,
    and what it earns is taken off where it does.

    Returns
    -------
    dict of str to xarray.DataArray
        ``marginal_gpu_hour`` [currency/GPU-h] over (workload, hour), NaN where a workload's GPUs are not known; empty
        where the load has no workloads. Where no work of a class arrives for a whole window, an upper bound.
    """
    if "it_power" not in plan:
        return {}
    now = (plan[_IT_LOAD] / (plan["weight"] * plan["dt"])).values
    found = np.tile(now, (plan.sizes["workload"], 1))
    rows = plan.indexes["workload"]
    for prices in (_cappable(plan, now), _opportunistic(plan, now), _deferrable(plan), _jobs(plan)):
        for name, price in prices.items():
            found[rows.get_loc(name)] = price
    return {"marginal_gpu_hour": xr.DataArray(found, dims=("workload", "hour")) / plan["gpus_per_mw"]}


def _cappable(plan: xr.Dataset, now: Floats) -> dict[str, Floats]:
    """Take off what is saved where what comes in may be cut: what a segment's power costs beyond the work it does."""
    found: dict[str, Floats] = {}
    if "throughput_value" not in plan:
        return found
    for name in plan["cappable_workload"].values.tolist():
        own = plan.sel(cappable_workload=name)
        lost = own["loss_share"].values[:, None] * own["throughput_value"].values
        found[name] = now - own["cut_share"].values @ np.maximum(now - lost, 0.0)
    return found


def _opportunistic(plan: xr.Dataset, now: Floats) -> dict[str, Floats]:
    names = plan["opportunistic_workload"].values.tolist()
    return {name: np.minimum(now - plan["work_value"].sel(opportunistic_workload=name).values, 0.0) for name in names}


def _deferrable(plan: xr.Dataset) -> dict[str, Floats]:
    """Find the cheapest interval that each arrival still reaches, by the duals of the backlog's balance."""
    if _BACKLOG not in plan:
        return {}
    starts = np.cumsum(plan["dt"].values) - plan["dt"].values
    found = {}
    for name in plan["deferrable_workload"].values.tolist():
        price = plan[_BACKLOG].sel(deferrable_workload=name).values / plan["weight"].values
        window = float(plan["workload_window"].sel(workload=name))
        last = np.searchsorted(starts, starts + window, side="right") - 1
        waiting = starts * (float(plan["delay_cost"].sel(deferrable_workload=name)) if "delay_cost" in plan else 0.0)
        found[name] = least_between(price + waiting, last) - waiting
    return found


def _jobs(plan: xr.Dataset) -> dict[str, Floats]:
    if _JOB not in plan:
        return {}
    found = {}
    for name in plan["job"].values.tolist():
        hours = plan["job_interval_hour"].values[plan["job_interval_workload"].values == name]
        price = np.full(plan.sizes["hour"], np.nan)
        price[hours] = float(plan[_JOB].sel(job=name)) / plan["weight"].values[hours]
        found[name] = price
    return found


def least_between(values: Floats, last: NDArray[np.int64]) -> Floats:
    """Find the least of ``values[t]`` to ``values[last[t]]`` for each t, both included.

    Examples
    --------
    >>> least_between(np.array([3.0, 1.0, 2.0, 5.0]), np.array([0, 2, 3, 3])).tolist()
    [3.0, 1.0, 2.0, 5.0]
    """
    found = np.empty_like(values)
    lengths = last - np.arange(len(values)) + 1
    span, table = 1, values  # the least of each run of `span` values
    while span <= lengths.max(initial=0):
        here = np.flatnonzero((lengths >= span) & (lengths < 2 * span))
        found[here] = np.minimum(table[here], table[last[here] - span + 1])
        if len(table) <= span:
            break
        table, span = np.minimum(table[:-span], table[span:]), 2 * span
    return found
