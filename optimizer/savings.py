"""What flexibility saves: the same site without it, and then with one lever after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optimizer.errors import Fault, InputError, NoPlanError
from optimizer.model import Model
from optimizer.result import Result
from optimizer.steps import Steps
from optimizer.work import DeferrableWork, TrainingJob

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import xarray as xr

    from optimizer.scenario import Scenario
    from optimizer.site import Site
    from optimizer.workload import FacilityLoad

Changes = dict[str, object]

_WORK = "site.load.workloads"
LEVERS: Mapping[str, str] = {
    "battery": "batteries",
    "deferral": "work that waits",
    "capping": "power that is capped",
}
"""Levers in the order in which they are brought in where no other is asked for, and what they are."""

_FIGURES = (
    *("cost_per_year", "cost_per_gpu_hour", "cfe_hourly", "emissions", "peak_import"),
    *("gpu_hours", "gpu_hours_lost", "mean_delay"),
)


@dataclass(frozen=True, eq=False)
class Savings:
    """A ladder of plans, each with one lever of flexibility more than the one before.

    Attributes
    ----------
    order : tuple of str
        The levers in the order in which they were brought in; what is saved is laid to each in that order.
    results : dict of str to Result
        The plan of each rung: ``"rigid"``, and then by the name of the lever that it adds.
    """

    order: tuple[str, ...]
    results: Mapping[str, Result] = field(repr=False)

    @property
    def currency(self) -> str:
        """The scenario's currency."""
        return str(self.results["rigid"].series.attrs["currency"])

    def table(self) -> pd.DataFrame:
        """Give the cost of each rung, and what its lever saves.

        Returns
        -------
        pandas.DataFrame
            Indexed by rung. ``saving`` [currency/a] is what the rung costs less than the one before it, ``share`` that
            over the cost of the rigid plan; the first rung has none. Then the figures of each plan's summary that tell
            of work and its cost, NaN where a plan has no such figure.
        """
        summaries = {rung: result.summary()["value"] for rung, result in self.results.items()}
        table = pd.DataFrame({rung: values.reindex(list(_FIGURES)) for rung, values in summaries.items()}).T
        table = table.rename_axis(index="rung", columns=None)
        saving = -table["cost_per_year"].diff()
        table.insert(1, "saving", saving)
        table.insert(2, "share", saving / table["cost_per_year"].iloc[0])
        return table

    def figure(self) -> go.Figure:
        """Draw what each lever saves, one on top of the other, as `table` tells it."""
        from optimizer.plots.savings import savings_waterfall  # noqa: PLC0415 (drawing is optional, and plotly slow)

        return savings_waterfall(self.table(), LEVERS, self.currency).plot


def flexibility_savings(
    scenario: Scenario,
    order: Sequence[str] = tuple(LEVERS),
    *,
    series: xr.Dataset | None = None,
    steps: Steps | None = None,
) -> Savings:
    """Tell what the flexibility of a site saves, split between batteries, work that waits, and capped power.

    The site is planned without any of the levers, and then again with one more after another; what a lever saves is the
    difference that it makes in its place. Another order gives another split of the same total: what two levers can both
    do is laid to the one that comes first. What a lever costs itself, such as the yearly cost of a battery, is in it.

    Parameters
    ----------
    scenario : Scenario
        The site with all its flexibility.
    order : sequence of str
        Levers of `LEVERS`, each once; those left out stay in every rung. Without ``"deferral"`` classes of work have
        no window and jobs run at full power from their release on; without ``"capping"`` curves count for nothing.
    series : xarray.Dataset, optional
        The series, in canonical units; read from the scenario's files by default.
    steps : Steps, optional
        Hears what is being done.

    Returns
    -------
    Savings
        A plan for each rung. The series are read once, and a rung that is no other site than the one before is not
        solved again.

    Raises
    ------
    InputError
        If a lever is unknown or named twice, or a rung has no plan.

    Examples
    --------
    >>> savings = flexibility_savings(scenario, order=("deferral", "capping", "battery"))  # doctest: +SKIP
    >>> savings.table()["saving"]  # doctest: +SKIP
    """
    order = tuple(order)
    _check(order)
    steps = steps or Steps()
    if series is None:
        with steps.step("read the series"):
            series = scenario.read()
    results: dict[str, Result] = {}
    solved: dict[Scenario, Result] = {}
    for count, rung in enumerate(("rigid", *order)):
        variant = without(scenario, order[count:])
        if variant not in solved:
            try:
                solved[variant] = Model(variant, series, steps=steps).solve(explain=False)
            except NoPlanError as error:
                raise _no_plan(order[count:], error) from error
        results[rung] = solved[variant]
    return Savings(order, results)


def without(scenario: Scenario, levers: Sequence[str]) -> Scenario:
    """Take levers of flexibility away from a site; the work that it is asked to do stays the same.

    Parameters
    ----------
    scenario : Scenario
        The site.
    levers : sequence of str
        Levers of `LEVERS`.

    Returns
    -------
    Scenario
        Named after the levers that it lacks.

    Examples
    --------
    >>> without(scenario, ["battery"]).site.batteries  # doctest: +SKIP
    ()
    """
    found = {lever: changes for lever in levers if (changes := _TAKEN[lever](scenario.site))}
    if not found:
        return scenario
    name = f"{scenario.name}, without {' and '.join(found)}"
    return scenario.change(
        {path: value for changes in found.values() for path, value in changes.items()} | {"name": name}
    )


def _without_batteries(site: Site) -> Changes:
    return {"site.batteries": []} if site.batteries else {}


def _without_deferral(site: Site) -> Changes:
    """Serve each arrival at once, and let jobs run at full power from their release on."""
    changes: Changes = {}
    for at, work in enumerate(site.load.workloads):
        if isinstance(work, DeferrableWork):
            changes[f"{_WORK}.{at}.window"] = 0.0
            if work.curve is None:  # else it counts how many machines there are
                changes[f"{_WORK}.{at}.power_max"] = None
        elif isinstance(work, TrainingJob):
            changes[f"{_WORK}.{at}.deadline"] = _soonest(work, site.load)
    return changes


def _without_capping(site: Site) -> Changes:
    curves = [getattr(work, "curve", None) for work in site.load.workloads]
    return {f"{_WORK}.{at}.curve": None for at, curve in enumerate(curves) if curve is not None}


_TAKEN: Mapping[str, Callable[[Site], Changes]] = {
    "battery": _without_batteries,
    "deferral": _without_deferral,
    "capping": _without_capping,
}


def _soonest(job: TrainingJob, load: FacilityLoad) -> datetime:
    """Tell when a job is done at the earliest, to the next minute."""
    gpus = load.gpus_for_each_mw(job)
    minutes = np.ceil(60 * job.total_energy(gpus) / job.greatest_power(gpus) - 1e-6)
    return min(job.deadline, job.release + timedelta(minutes=float(minutes)))


def _check(order: tuple[str, ...]) -> None:
    known = ", ".join(LEVERS)
    faults = [
        Fault("order", f"{lever!r} is no lever", f"the levers are {known}") for lever in order if lever not in LEVERS
    ]
    twice = sorted({lever for lever in order if order.count(lever) > 1})
    faults += [Fault("order", f"{lever!r} is named more than once", "name each lever once") for lever in twice]
    if not order:
        faults.append(Fault("order", "names no lever", f"name some of {known}"))
    if faults:
        raise InputError(faults)


def _no_plan(levers: Sequence[str], error: NoPlanError) -> InputError:
    lacking = " and ".join(LEVERS[lever] for lever in levers) or "any change"
    reason = str(error).splitlines()[0].rstrip(".")
    what = f"there is no plan for the site without {lacking}, so nothing can be told of what they save: {reason}"
    remedy = "leave out of the order what the site cannot do without, or give value_of_lost_load, or a lower target"
    return InputError([Fault("order", what, remedy)])
