"""Workloads: firm power, greatest powers and values of the others, and the segments of curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.binding import jobs, waiting
from optimizer.binding.common import Arrays, Hourly, Subsets
from optimizer.binding.demand import pue
from optimizer.errors import Fault, InputError
from optimizer.specification.base import shown
from optimizer.work import DeferrableWork, FirmWork, OpportunisticWork, TrainingJob

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-9


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind the workloads of a load that has any.

    Raises
    ------
    InputError
        If a job's time does not lie within the horizon, or work earns more than lost load costs.
    """
    load = scenario.site.load
    if not load.workloads:
        return {}
    firm = [hourly(work.power) for work in load.workloads if isinstance(work, FirmWork)]
    gpus = [load.gpus_for_each_mw(work) for work in load.workloads]
    return {
        "firm_it_load": (("hour",), hourly(load.it_load or 0.0) + sum(firm)),
        "gpus_per_mw": (("workload",), np.array([np.nan if number is None else number for number in gpus])),
        **_flexible(scenario, hourly),
        **waiting.arrays(scenario, hourly),
        **_opportunistic(scenario, hourly),
        **_cappable(scenario, hourly),
        **jobs.arrays(scenario),
        "work_asked": (("workload", "hour"), _asked(scenario, hourly)),
    }


def subsets(scenario: Scenario) -> Subsets:
    """Name the workloads of each kind, and those whose power may be cut."""
    works = scenario.site.load.workloads
    if not works:
        return {}
    return {
        "flexible_workload": [work.name for work in works if isinstance(work, DeferrableWork | OpportunisticWork)],
        "deferrable_workload": [work.name for work in works if isinstance(work, DeferrableWork)],
        "slowable_workload": [work.name for work in _capped(scenario) if isinstance(work, DeferrableWork)],
        "opportunistic_workload": [work.name for work in works if isinstance(work, OpportunisticWork)],
        "cappable_workload": [work.name for work in _capped(scenario)],
        "job": [work.name for work in works if isinstance(work, TrainingJob)],
    }


def labels(scenario: Scenario) -> dict[str, tuple[str, Any]]:
    """Give what stands beside the numbers: kinds, windows and the times of jobs."""
    works = scenario.site.load.workloads
    if not works:
        return {}
    return {
        "workload_kind": ("workload", np.array([work.kind for work in works], dtype=object)),
        "workload_window": ("workload", np.array([getattr(work, "window", np.nan) for work in works], dtype=float)),
        **jobs.labels(scenario),
    }


def _asked(scenario: Scenario, hourly: Hourly) -> Floats:
    """Give the work that comes in, as power: a job's energy comes in the interval of its release."""
    works = scenario.site.load.workloads
    found = np.zeros((len(works), hourly.count))
    for row, work in enumerate(works):
        if isinstance(work, FirmWork):
            found[row] = hourly(work.power)
        elif isinstance(work, DeferrableWork):
            found[row] = hourly(work.arrivals)
        elif isinstance(work, OpportunisticWork):
            found[row] = hourly(work.power_max)
    for span in jobs.spans_of(scenario):
        first = span.hours[0]
        energy = span.job.total_energy(scenario.site.load.gpus_for_each_mw(span.job))
        found[works.index(span.job), first] = energy / scenario.horizon.dt[first]
    return found


# -- work that may wait, and work that runs where it pays ------------------------------------------------------------


def _flexible(scenario: Scenario, hourly: Hourly) -> Arrays:
    works = [work for work in scenario.site.load.workloads if isinstance(work, DeferrableWork | OpportunisticWork)]
    most = np.full((len(works), hourly.count), np.inf)
    for row, work in enumerate(works):
        if work.power_max is not None:
            most[row] = hourly(work.power_max)
    return {"flexible_power_max": (("flexible_workload", "hour"), most)}


def _opportunistic(scenario: Scenario, hourly: Hourly) -> Arrays:
    load = scenario.site.load
    works = [work for work in load.workloads if isinstance(work, OpportunisticWork)]
    if not works:
        return {}
    values = [_value(hourly, work.value, work.value_per_gpu_hour, load.gpus_for_each_mw(work)) for work in works]
    _check_worth(scenario, hourly, works, values)
    return {"work_value": (("opportunistic_workload", "hour"), np.array(values))}


def _check_worth(
    scenario: Scenario, hourly: Hourly, works: Sequence[OpportunisticWork], values: Sequence[Floats]
) -> None:
    """Refuse work that earns more than its power costs when it is not served: it would run without any."""
    load = scenario.site.load
    if load.value_of_lost_load is None:
        return
    lost, faults = load.value_of_lost_load * pue(load, hourly), []
    for work, value in zip(works, values, strict=True):
        beyond = value - lost
        if (beyond > _ROUNDING * np.abs(lost)).any():
            worst = int(np.argmax(beyond))
            what = (
                f"a MWh of {shown(work.name)} earns {value[worst]:.6g}, and costs {lost[worst]:.6g} where load is not "
                "served: it would run without power"
            )
            where = scenario.where("site", "load", "workloads", load.workloads.index(work))
            faults.append(Fault(where, what, "raise value_of_lost_load above what work earns"))
    if faults:
        raise InputError(faults)


def _value(hourly: Hourly, value: float | str | None, of_gpu_hour: float | None, gpus: float | None) -> Floats:
    """Price a MWh of work; of each GPU-hour, a MW does as many an hour as it feeds GPUs."""
    if value is not None:
        return hourly(value)
    assert of_gpu_hour is not None, "checked where the workload was specified"
    assert gpus is not None, "checked where the load was specified"
    return hourly(of_gpu_hour * gpus)


# -- work whose power may be cut -------------------------------------------------------------------------------------


def _capped(scenario: Scenario) -> list[FirmWork | DeferrableWork]:
    works = scenario.site.load.workloads
    return [work for work in works if isinstance(work, FirmWork | DeferrableWork) and work.curve is not None]


def _cappable(scenario: Scenario, hourly: Hourly) -> Arrays:
    works = _capped(scenario)
    segments = [work.curve.segments() for work in works if work.curve is not None]
    most = max(map(len, segments), default=0)
    widths, losses, savings = (np.zeros((len(works), most)) for _ in range(3))
    nominal, values = (np.zeros((len(works), hourly.count)) for _ in range(2))
    for row, (work, of_curve) in enumerate(zip(works, segments, strict=True)):
        widths[row, : len(of_curve)] = [segment.width for segment in of_curve]
        losses[row, : len(of_curve)] = [segment.loss for segment in of_curve]
        # What caps lose of work that may wait takes its power at another time, or on other machines.
        savings[row] = 1.0 - losses[row] if isinstance(work, DeferrableWork) else 1.0
        nominal[row] = hourly(_of_all_machines(work))
        values[row] = _value_of_work(work, scenario, hourly)
    found: Arrays = {
        "nominal_power": (("cappable_workload", "hour"), nominal),
        "cut_share": (("cappable_workload", "curve_segment"), widths),
        "loss_share": (("cappable_workload", "curve_segment"), losses),
        "cut_saving": (("cappable_workload", "curve_segment"), savings),
    }
    if any(isinstance(work, FirmWork) for work in works):
        found["throughput_value"] = ("cappable_workload", "hour"), values
    return found


def _of_all_machines(work: FirmWork | DeferrableWork) -> float | str:
    """Give the power of the machines that could be capped, those that may not run too."""
    if isinstance(work, FirmWork):
        return work.power
    assert work.power_max is not None, "checked where the workload was specified"
    return work.power_max


def _value_of_work(work: FirmWork | DeferrableWork, scenario: Scenario, hourly: Hourly) -> Floats:
    """Price the work that a cut loses; work that may wait is done later."""
    if isinstance(work, DeferrableWork) or work.curve is None:
        return hourly(0.0)
    gpus = scenario.site.load.gpus_for_each_mw(work)
    return _value(hourly, work.curve.value, work.curve.value_per_gpu_hour, gpus)
