"""What each workload drew, waited and lost, laid out over all workloads."""

from __future__ import annotations

import numpy as np
import xarray as xr


def workloads(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Lay the schedules of all kinds of work out by workload.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan.

    Returns
    -------
    dict of str to xarray.DataArray
        ``it_power``, ``power_cut`` and ``lost_throughput`` [MW] over (workload, hour) and ``backlog`` [MWh] over
        (workload, boundary), 0 where a workload has none; empty where the load has no workloads. The work that is done
        is ``it_power + power_cut - lost_throughput``: caps lose work that cannot wait, while other work takes longer
        and draws less than it would at nominal power.
    """
    if "firm_it_load" not in plan:
        return {}
    cut = _spread(plan, (plan["cut_saving"] * plan["segment_cut"]).sum("curve_segment"), "cappable_workload")
    lost = _spread(plan, (plan["loss_share"] * plan["segment_cut"]).sum("curve_segment"), "cappable_workload")
    is_firm = plan["workload_kind"] == "firm"
    flexible = _spread(plan, plan["flexible_power"], "flexible_workload")
    return {
        "it_power": plan["work_asked"].where(is_firm, 0.0) - cut + flexible + _jobs(plan),
        "power_cut": cut,
        "lost_throughput": lost.where(is_firm, 0.0),
        "backlog": _spread(plan, plan["backlog"], "deferrable_workload"),
    }


def _spread(plan: xr.Dataset, values: xr.DataArray, subset: str) -> xr.DataArray:
    """Lay values of some workloads out over all of them, with 0 for the others."""
    other = next(str(dim) for dim in values.dims if dim != subset)
    found = xr.DataArray(np.zeros((plan.sizes["workload"], plan.sizes[other])), dims=("workload", other))
    rows = plan.indexes["workload"].get_indexer(plan.indexes[subset])
    found.values[rows] = values.transpose(subset, other).values
    return found


def _jobs(plan: xr.Dataset) -> xr.DataArray:
    """Lay the power of jobs out over all workloads and hours."""
    found = xr.DataArray(np.zeros((plan.sizes["workload"], plan.sizes["hour"])), dims=("workload", "hour"))
    rows = plan.indexes["workload"].get_indexer(plan["job_interval_workload"].to_index())
    found.values[rows, plan["job_interval_hour"].values] = plan["job_power"].values
    return found
