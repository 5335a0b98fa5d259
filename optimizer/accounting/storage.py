"""What batteries did: cycles, state of charge, and hours in which they did two things at once."""

from __future__ import annotations

import numpy as np
import xarray as xr

from optimizer.accounting.energy import NOTICEABLE_MW, yearly_energy


def equivalent_cycles(plan: xr.Dataset) -> xr.DataArray:
    """Full cycles a year of each battery: energy discharged over the energy it can hold now."""
    held = plan["energy_capacity"] * plan["state_of_health"]
    return (yearly_energy(plan, plan["discharge"]) / held.where(held > 0)).fillna(0.0)


def soc(plan: xr.Dataset) -> xr.DataArray:
    """State of charge of each battery at each boundary."""
    held = plan["energy_capacity"] * plan["state_of_health"]
    return (plan["stored_energy"] / held.where(held > 0)).fillna(0.0)


def simultaneous_hours(plan: xr.Dataset) -> xr.DataArray:
    """Mark intervals in which a battery charges and discharges at once, (battery, hour)."""
    return xr.DataArray(np.minimum(plan["charge"], plan["discharge"]) > NOTICEABLE_MW)
