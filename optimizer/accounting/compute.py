"""The plan in GPU terms: GPU-hours asked and delivered, when, at what cost, and from which energy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from optimizer.accounting.allocation import WAITING, allocation, served_work
from optimizer.accounting.energy import NOTICEABLE_MW, load_energy, ratio, yearly_energy

_COLUMNS = (
    *("kind", "asked", "delivered", "deferred", "lost_to_capping", "not_run", "unserved"),
    *("mean_delay_h", "greatest_delay_h", "it_mwh", "facility_mwh", "kwh_per_gpu_hour", "gco2e_per_gpu_hour"),
    *("marginal_cost_per_gpu_hour", "carbon_free_share"),
)


def workload_table(plan: xr.Dataset) -> pd.DataFrame:
    """Tell for each workload what was asked, what was done of it and when, and what that took.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan with its ``cfe_score``.

    Returns
    -------
    pandas.DataFrame
        A row for each workload. GPU-hours a year: ``asked``, ``delivered``, ``deferred`` (of those delivered, done in a
        later interval than they could have been), ``lost_to_capping``, ``not_run`` (opportunistic work that did not
        pay) and ``unserved`` (as if load that is not served fell on all work alike). ``mean_delay_h`` (weighted by
        work) and ``greatest_delay_h``. ``it_mwh`` and ``facility_mwh`` (with PUE) a year. For each GPU-hour delivered
        ``kwh_per_gpu_hour`` of the facility, ``gco2e_per_gpu_hour`` (the hour's emissions, by share of load) and
        ``marginal_cost_per_gpu_hour`` (at each hour's marginal price of load). ``carbon_free_share`` of the energy, by
        the hour's score. What is told in GPU-hours is NaN where a workload's GPUs are not known.
    """
    if "it_power" not in plan:
        return pd.DataFrame(columns=list(_COLUMNS), index=pd.Index([], name="workload"))
    names = pd.Index(plan["workload"].values.astype(str), name="workload")
    gpus, done, facility = plan["gpus_per_mw"], served_work(plan), plan["pue"] * plan["it_power"]
    missing = _ratio(plan["unserved"], plan["facility_load"]).fillna(0.0)
    asked, optional = yearly_energy(plan, plan["work_asked"]), plan["workload_kind"] == "opportunistic"
    delivered, energy = gpus * yearly_energy(plan, done * (1 - missing)), yearly_energy(plan, facility)
    emitted = yearly_energy(plan, plan["emissions"] * _ratio(facility, plan["facility_load"]))
    columns = {
        "kind": plan["workload_kind"],
        "asked": gpus * asked,
        "delivered": delivered,
        "lost_to_capping": gpus * yearly_energy(plan, plan["lost_throughput"]),
        "not_run": gpus * (asked - yearly_energy(plan, done)).where(optional, 0.0),
        "unserved": gpus * yearly_energy(plan, done * missing),
        "it_mwh": yearly_energy(plan, plan["it_power"]),
        "facility_mwh": energy,
        "kwh_per_gpu_hour": _ratio(1e3 * energy, delivered),
        "gco2e_per_gpu_hour": _ratio(1e6 * emitted, delivered),
        "marginal_cost_per_gpu_hour": _ratio(yearly_energy(plan, plan["marginal_price"] * facility), delivered),
        "carbon_free_share": _ratio(yearly_energy(plan, plan["cfe_score"] * facility), energy),
    }
    delays = _delays(plan)
    table = pd.DataFrame({name: column.values for name, column in columns.items()} | dict(delays.items()), names)
    return table.reindex(columns=list(_COLUMNS))


def _delays(plan: xr.Dataset) -> pd.DataFrame:
    """Sum up how much of each workload waited, and for how long; 0 for what cannot wait."""
    pieces = allocation(plan)
    at = pd.Index(plan["hour"].values).get_indexer(pieces["served_utc"])
    noticed = (pieces["work_mwh"] > NOTICEABLE_MW * plan["dt"].values[at]).to_numpy()
    pieces = pieces[noticed]
    late, weight = pieces["delay_h"] > 0, plan["weight"].values[at][noticed]
    pieces = pieces.assign(
        deferred=weight * pieces["gpu_hours"] * late,
        work=weight * pieces["work_mwh"],
        waited=weight * pieces["work_mwh"] * pieces["delay_h"],
    )
    grouped = pieces.groupby("workload")
    sums = grouped[["deferred", "waited", "work"]].sum()
    sums = sums.assign(mean_delay_h=sums["waited"] / sums["work"], greatest_delay_h=grouped["delay_h"].max())
    names = plan["workload"].values.astype(str)
    found: pd.DataFrame = sums.reindex(names, columns=["deferred", "mean_delay_h", "greatest_delay_h"], fill_value=0.0)
    found["deferred"] = found["deferred"].where(~np.isnan(plan["gpus_per_mw"].values))
    return found


def _ratio(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """Divide, leaving NaN where there is nothing to divide by."""
    return part / whole.where(whole > 0)


def gpu_hour_totals(plan: xr.Dataset) -> dict[str, float]:
    """Sum the work of the site up, and tell what a GPU-hour takes.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan with its ``cfe_score``.

    Returns
    -------
    dict of str to float
        GPU-hours a year ``asked`` (without work that runs only where it pays), ``delivered``, ``deferred`` and
        ``lost_to_capping``; ``mean_delay_h`` of the work that may wait (weighted by work) and ``greatest_delay_h``;
        ``cost``, ``kwh``, ``gco2e`` and ``marginal_cost`` for each GPU-hour delivered: all costs, energy and emissions
        of the site over them. Empty unless all of the IT load is work whose GPUs are known.
    """
    table = workload_table(plan)
    if table.empty or table["delivered"].isna().any() or _other_it_load(plan):
        return {}
    sums, delivered = table.sum(numeric_only=True), float(table["delivered"].sum())
    work = yearly_energy(plan, served_work(plan)).to_series() * np.isin(table["kind"], WAITING)
    emitted, cost = float(yearly_energy(plan, plan["emissions"])), float(plan["annual_cost"].sum())
    return {
        "asked": float(table["asked"][table["kind"] != "opportunistic"].sum()),
        **{name: float(sums[name]) for name in ("delivered", "deferred", "lost_to_capping")},
        "mean_delay_h": ratio(float((work * table["mean_delay_h"]).sum()), float(work.sum())),
        "greatest_delay_h": float(table["greatest_delay_h"].max()),
        "cost": ratio(cost, delivered),
        "kwh": ratio(1e3 * load_energy(plan), delivered),
        "gco2e": ratio(1e6 * emitted, delivered),
        "marginal_cost": ratio(float((table["marginal_cost_per_gpu_hour"] * table["delivered"]).sum()), delivered),
    }


def _other_it_load(plan: xr.Dataset) -> bool:
    """Tell whether the IT equipment draws power besides that of the workloads."""
    return bool((plan["it_load"] - plan["it_power"].sum("workload") > NOTICEABLE_MW).any())
