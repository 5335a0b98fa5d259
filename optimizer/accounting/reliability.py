"""How reliable a plan is: what each part of the load goes without, and how long it is carried without the grid."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from optimizer.accounting.energy import NOTICEABLE_MW, yearly_energy

Floats = NDArray[np.float64]

LONGEST = 168.0  # hours after which survival is not followed any further
REST = "rest"
_ROUNDING = 1e-9
_HALVINGS = 40


def reliability(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Compute what follows from a plan for reliability: nothing where neither tiers nor reliability are asked for.

    Returns
    -------
    dict of str to xarray.DataArray
        ``unserved_energy`` and ``shortage_hours`` (load_part,) where the load has tiers; ``critical_load`` (hour,) and
        ``survival_time`` (boundary,) where the scenario has `reliability`; ``ride_margin`` (boundary,) where
        ride-through is asked for.
    """
    found = _by_part(plan) if "tier_share" in plan else {}
    if "critical_share" in plan:
        critical = plan["critical_share"] * plan["facility_load"] + plan["critical_power"]
        found |= {"critical_load": critical, "survival_time": _survival_time(plan, critical.values)}
        if "ride_hour" in plan:
            found["ride_margin"] = _ride_margin(plan, critical.values)
    return found


def _by_part(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Sum what is not served up by tier; what belongs to none is the rest."""
    shed = [str(name) for name in plan["shed_tier"].values]
    names = [str(name) for name in plan["load_tier"].values]
    by_tier = plan["unserved_in_tier"].values
    powers = {name: by_tier[shed.index(name)] if name in shed else 0.0 * plan["unserved"].values for name in names}
    if float(plan["rest_share"].max()) > _ROUNDING:
        powers[REST] = plan["unserved_of_rest"].values
    labels = {"load_part": np.array(list(powers), dtype=object)}
    power = xr.DataArray(np.array(list(powers.values())), labels, dims=("load_part", "hour"))
    power = power.where(power > NOTICEABLE_MW, 0.0)
    return {
        "unserved_energy": yearly_energy(plan, power),
        "shortage_hours": ((power > 0) * plan["dt"] * plan["weight"]).sum("hour"),
    }


def usable_energy(plan: xr.Dataset) -> Floats:
    """Energy that each battery could give the site, down to its least state of charge, (battery, boundary) [MWh]."""
    floor = plan["soc_min"] * plan["state_of_health"] * plan["energy_capacity"]
    usable = plan["discharge_efficiency"] * (plan["stored_energy"] - floor)
    return np.asarray(np.maximum(usable.transpose("battery", "boundary").values, 0.0))


def _from_generators(plan: xr.Dataset) -> Floats:
    power = plan["generator_available"] * plan["generator_capacity"]
    return np.asarray(power.sum("generator").values, dtype=float)


def _ride_margin(plan: xr.Dataset, critical: Floats) -> xr.DataArray:
    """Compare what batteries hold with what the critical load takes of them in the time that is asked for."""
    gap = np.maximum(critical - _from_generators(plan), 0.0) * plan["dt"].values
    hour = plan["ride_hour"].values.astype(int)
    needed = (plan["ride_share"].values * gap[hour]).sum(axis=1)
    return xr.DataArray(usable_energy(plan).sum(axis=0) - needed, dims="boundary")


def _survival_time(plan: xr.Dataset, critical: Floats) -> xr.DataArray:
    """Follow from every boundary how long batteries and generators alone carry the critical load [h].

    After the end of the horizon the load is taken to be that of its start. Batteries share so that all that have to
    give can do so for equally long, which lets them last longest.
    """
    dt, gap = plan["dt"].values, np.maximum(critical - _from_generators(plan), 0.0)
    energy, power = usable_energy(plan), plan["power_capacity"].values[:, None]
    count = len(dt)
    lasted = np.zeros(count + 1)
    alive = np.arange(count + 1)
    step = 0
    while len(alive):
        hour = (alive + step) % count
        lasts = _lasting(gap[hour], energy, power, dt[hour])
        lasted[alive] += lasts
        going = (lasts > dt[hour] - _ROUNDING) & (lasted[alive] < LONGEST)
        energy = _drained(gap[hour], energy, power, dt[hour])[:, going]
        alive, step = alive[going], step + 1
    return xr.DataArray(np.minimum(lasted, LONGEST), dims="boundary")


def _lasting(gap: Floats, energy: Floats, power: Floats, dt: Floats) -> Floats:
    """Tell for how much of an interval a gap can be covered, (n,) [h], from energies (battery, n).

    In the time t the batteries can give ``sum(min(power * t, energy))``, which bends where one of them runs empty.
    """
    enough = np.minimum(power * dt, energy).sum(axis=0) >= gap * dt - _ROUNDING
    low, high = np.zeros_like(dt), np.where(enough, dt, 0.0)
    short = ~enough & (power.sum() >= gap - _ROUNDING)
    if short.any():
        low, high = np.where(short, 0.0, high), np.where(short, dt, high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            holds = np.minimum(power * middle, energy).sum(axis=0) >= gap * middle
            low, high = np.where(short & holds, middle, low), np.where(short & ~holds, middle, high)
    return high


def _drained(gap: Floats, energy: Floats, power: Floats, dt: Floats) -> Floats:
    """Take a gap's energy from batteries so that what is left lasts equally long at their powers, (battery, n)."""
    if not len(energy):
        return energy
    low = np.zeros_like(dt)
    high = np.max(energy / np.where(power > 0, power, np.inf), axis=0, initial=0.0)
    if len(energy) == 1:
        return np.maximum(energy - gap * dt, 0.0)
    for _ in range(_HALVINGS):
        level = (low + high) / 2
        given = np.clip(energy - level * power, 0.0, power * dt).sum(axis=0)
        enough = given >= gap * dt
        low, high = np.where(enough, level, low), np.where(enough, high, level)
    return energy - np.clip(energy - low * power, 0.0, power * dt)


def least(plan: xr.Dataset, name: str) -> tuple[float, str]:
    """Give the least value of a quantity over the boundaries, and the first at which it occurs (UTC)."""
    values = plan[name].values
    place = int(np.argmin(values))
    stamp = np.datetime_as_string(plan["boundary"].values[place], unit="m").replace("T", " ")
    return float(values[place]), f"{stamp} UTC"
