"""Work that may wait: what arrives, and how much of it may be waiting at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.binding.common import Arrays, Hourly
from optimizer.work import DeferrableWork

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

Floats = npt.NDArray[np.float64]

_SAME_MOMENT = 1e-9  # of an interval


def arrays(scenario: Scenario, hourly: Hourly) -> Arrays:
    """Bind arrivals, and what may wait of them at boundaries and, where a window ends within intervals, at moments."""
    works = [work for work in scenario.site.load.workloads if isinstance(work, DeferrableWork)]
    count = hourly.count
    arrivals, ceilings = np.zeros((len(works), count)), np.zeros((len(works), count + 1))
    moments: list[dict[int, list[_Due]]] = []
    for row, work in enumerate(works):
        arrivals[row] = hourly(work.arrivals)
        inflow = _Inflow(arrivals[row], scenario.horizon.dt)
        ceilings[row, :-1] = inflow.within(inflow.times[:-1], work.window)  # at the end nothing is left
        moments.append(inflow.due_within_intervals(work.window))
    found: Arrays = {
        "arrival": (("deferrable_workload", "hour"), arrivals),
        "backlog_max": (("deferrable_workload", "boundary"), ceilings),
    }
    if any(work.delay_cost for work in works):
        found["delay_cost"] = ("deferrable_workload",), np.array([work.delay_cost for work in works])
    most = max((len(dues) for of_work in moments for dues in of_work.values()), default=0)
    if most:
        found |= _moments(moments, ceilings, most)
    return found


class _Due(NamedTuple):
    """A moment within an interval by which work has to be done: when, as a share of it, and what may wait then."""

    share: float
    backlog_max: float


def _moments(moments: Sequence[Mapping[int, Sequence[_Due]]], ceilings: Floats, most: int) -> Arrays:
    """Bind the moments; padding says again what holds where the interval begins."""
    count = ceilings.shape[1] - 1
    shares = np.zeros((len(moments), count, most))
    limits = np.repeat(ceilings[:, :-1, None], most, axis=2)
    for row, of_intervals in enumerate(moments):
        for hour, dues in of_intervals.items():
            for place, due in enumerate(dues):
                shares[row, hour, place], limits[row, hour, place] = due
    dims = ("deferrable_workload", "hour", "moment_due")
    return {"moment_share": (dims, shares), "moment_backlog_max": (dims, limits)}


class _Inflow:
    """Work that arrives evenly within each interval, added up from the start.

    Parameters
    ----------
    arrival : (N,)
        Work arriving [MW].
    dt : (N,)
        Lengths of the intervals [h].
    """

    def __init__(self, arrival: Floats, dt: Floats) -> None:
        self.times = np.concatenate([[0.0], np.cumsum(dt)])
        self._arrival, self._dt = arrival, dt
        self._total = np.concatenate([[0.0], np.cumsum(arrival * dt)])

    def within(self, moments: Floats, window: float) -> Floats:
        """Give the work that arrived within the window before each moment [MWh]: no other may wait then."""
        now = np.interp(moments, self.times, self._total)
        before = np.interp(moments - window, self.times, self._total)  # 0 before the start
        arrived: Floats = np.maximum(now - before, 0.0)
        return arrived

    def due_within_intervals(self, window: float) -> dict[int, list[_Due]]:
        """Find the moments within intervals at which less work falls due from then on, by interval.

        Between two boundaries work is done evenly, and so it is on time at every moment if it is so at the boundaries
        and at these. There are none where the window is a whole number of equal intervals.
        """
        falls = np.flatnonzero(np.diff(self._arrival) < 0) + 1
        moments = self.times[falls] + window
        moments = moments[moments < self.times[-1]]
        hours = np.searchsorted(self.times, moments, side="right") - 1
        shares = (moments - self.times[hours]) / self._dt[hours]
        inside = (shares > _SAME_MOMENT) & (shares < 1 - _SAME_MOMENT)
        limits = self.within(moments[inside], window)
        found: dict[int, list[_Due]] = {}
        for hour, share, limit in zip(hours[inside].tolist(), shares[inside], limits, strict=True):
            found.setdefault(hour, []).append(_Due(share, limit))
        return found
