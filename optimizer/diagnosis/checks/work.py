"""Jobs and deferrable work against their own time and greatest power, whatever the site can give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Reading, beyond
from optimizer.diagnosis.record import Finding


def jobs(site: Reading) -> Iterator[Finding]:
    """Compare the energy of each job with what its power gives between its release and its deadline."""
    if site.load_is_given:
        return
    of_job, hours = site.data["job_interval_workload"].values, site.data["job_interval_hour"].values
    for name, energy in zip(site.names("job"), site["job_energy"], strict=True):
        mine = of_job == name
        least, most = (float(site[power][mine] @ site.dt[hours[mine]]) for power in ("job_power_min", "job_power_max"))
        first = site.calendar.start(int(hours[mine][0]))
        release, deadline = site.time_of(name)
        between = f"{name} takes {amount(energy)} MWh between {release} and {deadline}"
        if beyond(energy - most, energy):
            text = (
                f"{between}, and its greatest power gives {amount(most)} MWh in that time: {amount(energy - most)} MWh "
                "are missing"
            )
            yield Finding("jobs", text, energy - most, "MWh", first)
        elif beyond(least - energy, energy):
            text = (
                f"{between}, and its least power takes {amount(least)} MWh in that time, as it may not pause: "
                f"{amount(least - energy)} MWh are too much"
            )
            yield Finding("jobs", text, least - energy, "MWh", first)


def deferrable_work(site: Reading) -> Iterator[Finding]:
    """Serve each class of work as soon as its greatest power allows: if that is too late, everything is."""
    if site.load_is_given:
        return
    for row, name in enumerate(site.names("deferrable_workload")):
        arrival, ceiling = site["arrival"][row], site["backlog_max"][row]
        power = site["flexible_power_max"][site.names("flexible_workload").index(name)]
        # What is served at once needs no more power than this, so that no limit at all may count as one.
        power = np.minimum(power, arrival + ceiling.max() / site.dt)
        change = np.concatenate([[0.0], np.cumsum((arrival - power) * site.dt)])
        late = change - np.minimum.accumulate(change) - ceiling
        worst = int(np.argmax(late))
        if beyond(late[worst], ceiling.max(initial=0.0)):
            end = site.calendar.end(worst - 1)
            text = (
                f"{name} cannot be done in time at its greatest power: at {end}, {amount(late[worst])} MWh that are "
                "due are still waiting"
            )
            yield Finding("deferrable_work", text, float(late[worst]), "MWh", end)
