"""Which work ran when: what a queue served, handed back to what arrived in it, first in, first out.

A class of deferrable work has one window for all, so that first in, first out is also earliest deadline first: if any
order meets every deadline, this one does. A named job is a queue of its own, whose work arrives as fast as the job can
run.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from optimizer.accounting.certificates import Links, first_in_first_out
from optimizer.accounting.energy import NOTICEABLE_MW

Floats = NDArray[np.float64]

JOB = "job"
WAITING = ("deferrable", JOB)  # kinds of workload that may be served later than they arrive
_SNAP = 1e-5  # share of the mean interval's work within which two ends of pieces are one: the dust of a solver
_COLUMNS = {
    **dict.fromkeys(("workload", "kind"), "str"),
    **dict.fromkeys(("arrived_utc", "served_utc"), "datetime64[ns]"),
    **dict.fromkeys(("delay_h", "work_mwh", "energy_mwh", "gpu_hours", "carbon_free_mwh"), "float"),
}
_JOB_COLUMNS = (
    *("workload", "kind", "arrived_utc", "deadline_utc", "start_utc", "end_utc", "runs"),
    *("work_mwh", "energy_mwh", "gpu_hours", "mean_delay_h", "greatest_delay_h", "carbon_free_share"),
)
_COHORT = ["workload", "kind", "arrived_utc"]


def allocate(arrived: Floats, served: Floats) -> Links:
    """Hand what was served in each interval back to the intervals in which it had arrived.

    Parameters
    ----------
    arrived, served : (hour,) array
        Work that arrives and that is served in each interval [MWh at nominal power].

    Returns
    -------
    Links
        Pieces in the order of time, both of arrival (``charged``) and of service (``drawn``). Nothing is served before
        it has arrived: what a solver's last digits put ahead of the arrivals is not counted.

    Examples
    --------
    >>> links = allocate(np.array([4.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0]))
    >>> [tuple(map(float, link)) for link in zip(*links)]
    [(0.0, 0.0, 1.0), (0.0, 1.0, 2.0), (0.0, 2.0, 1.0), (1.0, 2.0, 2.0)]
    """
    arrived = np.clip(arrived, 0.0, None)
    ins = np.cumsum(arrived)
    outs = _snapped(np.minimum(np.cumsum(np.clip(served, 0.0, None)), ins), ins)
    links = first_in_first_out(arrived, np.diff(outs, prepend=0.0), 0.0)
    # The last digits of sums may make pieces of what had not arrived.
    kept = (links.charged >= 0) & (links.energy > _dust(ins))
    return Links(links.charged[kept], links.drawn[kept], links.energy[kept])


def _dust(ins: Floats) -> float:
    """Tell what is too little to be work, by the work that has arrived (hour,) [MWh]."""
    return _SNAP * float(ins[-1]) / len(ins) if ins.size else 0.0


def _snapped(outs: Floats, ins: Floats) -> Floats:
    """Lay what is served up to a moment on what had arrived by another, where they differ by a solver's dust alone."""
    ends = np.append(0.0, ins)
    after = np.minimum(np.searchsorted(ends, outs), len(ins))
    before = np.maximum(after - 1, 0)
    near = np.where(np.abs(ends[after] - outs) <= np.abs(ends[before] - outs), ends[after], ends[before])
    return np.where(np.abs(near - outs) <= _dust(ins), near, outs)


def served_work(plan: xr.Dataset) -> xr.DataArray:
    """Work done in each interval, (workload, hour) [MW at nominal power]: power drawn and cut, less throughput lost."""
    return plan["it_power"] + plan["power_cut"] - plan["lost_throughput"]


def allocation(plan: xr.Dataset) -> pd.DataFrame:
    """Tell for each piece of work that may wait when it arrived and when it was served.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        A row for each workload that may wait, interval of arrival and interval of service: ``workload``, ``kind``,
        ``arrived_utc`` (of a named job: when that part of it could have run at the earliest), ``served_utc``,
        ``delay_h`` (between the middles of the two intervals), ``work_mwh`` (at nominal power), ``energy_mwh`` (drawn
        by the IT equipment), ``gpu_hours`` (NaN where the GPUs are not known) and ``carbon_free_mwh`` (of the energy
        drawn, by the hour's score). As in the horizon, not scaled to a year.
    """
    parts = [_pieces(plan, name) for name in _waiting(plan)]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_COLUMNS))
    return found.astype(_COLUMNS)


def _waiting(plan: xr.Dataset) -> list[str]:
    """Name the workloads that may wait."""
    if "it_power" not in plan:
        return []
    kinds = plan["workload_kind"].values.astype(str)
    return [str(name) for name in plan["workload"].values[np.isin(kinds, WAITING)]]


def _pieces(plan: xr.Dataset, name: str) -> pd.DataFrame:
    own, dt, hours = plan.sel(workload=name), plan["dt"].values, plan["hour"].values
    kind, done = str(own["workload_kind"].item()), served_work(own).values
    if kind == JOB:
        links = allocate(_soonest(plan, name), done * dt)
    else:  # by what waits, in which a solver's dust does not add up over the year
        arrived = own["work_asked"].values * dt
        links = allocate(arrived, np.diff(np.cumsum(arrived) - own["backlog"].values[1:], prepend=0.0))
    drawn = np.divide(own["it_power"].values, done, out=np.ones_like(done), where=done > 0)[links.drawn]
    energy, middle = links.energy * drawn, np.cumsum(dt) - dt / 2
    columns = (
        *(name, kind, hours[links.charged], hours[links.drawn], middle[links.drawn] - middle[links.charged]),
        *(
            links.energy,
            energy,
            links.energy * float(own["gpus_per_mw"]),
            energy * own["cfe_score"].values[links.drawn],
        ),
    )
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)), index=range(len(energy)))


def _soonest(plan: xr.Dataset, name: str) -> Floats:
    """Lay a job's energy out as it would run at its greatest power from its release on, (hour,) [MWh]."""
    own = plan["job_interval_workload"].values == name
    hours, dt = plan["job_interval_hour"].values[own], plan["dt"].values
    most = np.cumsum(plan["job_power_max"].values[own] * dt[hours])
    found = np.zeros(plan.sizes["hour"])
    found[hours] = np.diff(np.minimum(most, float(plan["job_energy"].sel(job=name))), prepend=0.0)
    return found


def jobs(plan: xr.Dataset) -> pd.DataFrame:
    """Tell which job ran when: a row for each named job, and for each interval's arrivals of a deferrable class.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        ``workload``, ``kind``, ``arrived_utc`` (a job's release), ``deadline_utc`` (of arrivals the end of their
        interval and their window), ``start_utc`` and ``end_utc`` of the intervals that served it, ``runs`` (stretches
        without a pause), ``work_mwh`` (at nominal power), ``energy_mwh`` (drawn), ``gpu_hours``, ``mean_delay_h``
        (weighted by work) and ``greatest_delay_h`` (both against serving each arrival at once, and a job at full power
        from its release on) and ``carbon_free_share`` (of the energy drawn). As in the horizon, not scaled to a year.
    """
    pieces = allocation(plan)
    if pieces.empty:
        return pd.DataFrame(columns=list(_JOB_COLUMNS))
    number = pd.Index(plan["hour"].values).get_indexer(pieces["served_utc"])
    pieces = pieces.assign(place=number, waited=pieces["work_mwh"] * pieces["delay_h"])
    pieces = pieces[pieces["work_mwh"] > NOTICEABLE_MW * plan["dt"].values[number]]
    released = pieces["workload"].map(plan["workload_release"].to_series())
    pieces["arrived_utc"] = pieces["arrived_utc"].where(pieces["kind"] != JOB, released)
    grouped = pieces.groupby(_COHORT, sort=False)
    pieces["runs"] = grouped["place"].diff().ne(1) & grouped["place"].diff().ne(0)
    sums = grouped[["runs", "work_mwh", "energy_mwh", "gpu_hours", "waited", "carbon_free_mwh"]].sum(min_count=1)
    found = sums.index.to_frame(index=False).join(sums.reset_index(drop=True))
    columns = {
        "deadline_utc": _due(plan, found),
        "start_utc": grouped["served_utc"].first().to_numpy(),
        "end_utc": plan["boundary"].values[grouped["place"].last().to_numpy(dtype=int) + 1],
        "mean_delay_h": found["waited"] / found["work_mwh"],
        "greatest_delay_h": grouped["delay_h"].max().to_numpy(),
        "carbon_free_share": found["carbon_free_mwh"] / found["energy_mwh"],
    }
    return pd.DataFrame(dict(found.items()) | columns, columns=list(_JOB_COLUMNS))


def _due(plan: xr.Dataset, table: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Tell by when each row has to be done: a job's deadline, or its window after all of an interval has arrived."""
    at = pd.Index(plan["hour"].values).get_indexer(table["arrived_utc"])
    ends = pd.Series(plan["boundary"].values[at + 1], table.index)
    windows = pd.to_timedelta(table["workload"].map(plan["workload_window"].to_series()), unit="h")
    return table["workload"].map(plan["workload_deadline"].to_series()).fillna(ends + windows)
