"""Ride-through and N-1 at the greatest capacities, with batteries full and without losses over time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding

Places = npt.NDArray[np.int64]


def ride_through(site: Reading) -> Iterator[Finding]:
    """Compare power and energy of batteries and generators with the critical load, as if all else were lost."""
    if "ride_hour" not in site.data:
        return
    power = float(site.most("power_capacity").sum())
    missing = site.critical_load - site.generated.sum(axis=0) - power
    at = np.flatnonzero(beyond(missing, site.critical_load))
    if len(at):
        yield _no_power(site, missing, at, power)
        return
    gap = np.maximum(site.critical_load - site.generated.sum(axis=0), 0.0) * site.dt
    needed = (site["ride_share"] * gap[site["ride_hour"].astype(int)]).sum(axis=1)
    held = float(site.usable.sum())
    worst = int(np.argmax(needed))
    if beyond(needed[worst] - held, needed[worst]):
        yield _no_energy(site, worst, float(needed[worst]), held)


def _no_power(site: Reading, missing: Array, at: Places, power: float) -> Finding:
    worst = int(at[np.argmax(missing[at])])
    first, most = site.calendar.start(int(at[0])), site.calendar.start(worst)
    much = amount(float(missing[worst]))
    generated = float(site.generated[:, worst].sum())
    text = (
        f"without grid and supplies the critical load cannot be carried {_when(site, at)}: at {most} it is "
        f"{amount(float(site.critical_load[worst]))} MW, and batteries can give {amount(power)} MW and generators "
        f"{amount(generated)} MW at most; {much} MW more of battery power or generators would do for ride-through"
    )
    return Finding("ride_through", text, float(missing[worst]), "MW", first, most)


def _no_energy(site: Reading, worst: int, needed: float, held: float) -> Finding:
    hours = float(site["ride_through"])
    begin = site.calendar.start(worst) if worst < len(site.dt) else site.calendar.end(worst - 1)
    text = (
        f"the critical load of the {amount(hours)} h from {begin} on takes {amount(needed)} MWh beyond what generators "
        f"give, and batteries that are full give {amount(held)} MWh: {amount(needed - held)} MWh more of battery "
        "energy, or more generators, would do for ride-through"
    )
    return Finding("ride_through", text, needed - held, "MWh", begin, begin)


def loss_of_one(site: Reading) -> Iterator[Finding]:
    """Compare what is left after each loss with the critical load of every interval."""
    if "supply_left" not in site.data:
        return
    for row, name in enumerate(site.names("contingency")):
        left = (
            site["supply_left"][row] @ site.supplied
            + site["grid_left"][row] * site.grid
            + site["generator_left"][row] @ site.generated
            + site["battery_left"][row] @ site.discharge
        )
        missing = site.critical_load - left
        at = np.flatnonzero(beyond(missing, site.critical_load))
        if len(at):
            worst = int(at[np.argmax(missing[at])])
            most, much = site.calendar.start(worst), amount(float(missing[worst]))
            load, given = amount(float(site.critical_load[worst])), amount(float(left[worst]))
            text = (
                f"after the {name} the critical load cannot be carried {_when(site, at)}: at {most} it is {load} MW "
                f"and all that is left gives {given} MW at most: {much} MW are missing"
            )
            yield Finding("loss_of_one", text, float(missing[worst]), "MW", site.calendar.start(int(at[0])), most)


def _when(site: Reading, at: Places) -> str:
    return f"in {site.calendar.duration(at)}"
