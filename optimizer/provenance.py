"""Where a result comes from: versions, a hash of the inputs, and the notes that a reader must see."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from optimizer import accounting

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

_PACKAGES = ("optimizer", "pyomo", "highspy", "numpy", "scipy", "pandas", "xarray")


def versions() -> dict[str, str]:
    """Give the versions of everything that decides the numbers."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


def inputs_hash(scenario: Scenario, series: xr.Dataset) -> str:
    """Hash the resolved scenario and the series it uses; the same inputs give the same hash on any machine.

    Returns
    -------
    str
        SHA-256, in hexadecimal. File paths do not count, the values read from them do.
    """
    asked = scenario.model_dump(mode="json", exclude={"series"})
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for name in sorted(str(name) for name in series.data_vars):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(series[name].values, dtype="<f8").tobytes())
    return digest.hexdigest()


def scenario_notes(scenario: Scenario) -> list[str]:
    """Collect what a scenario says about itself: assumptions, and figures that nobody has verified."""
    site = scenario.site
    items = [*site.supplies, *site.batteries, *([site.grid] if site.grid else [])]
    notes = [*scenario.notes]
    notes += [f"{getattr(item, 'name', 'grid')}: {item.note}" for item in items if item.note]
    return notes + ([f"load: {site.load.note}"] if site.load.note else [])


def series_notes(series: xr.Dataset) -> list[str]:
    """Collect what the series say about themselves: sources, how they were laid on, which gaps were filled."""
    notes = []
    for name, array in series.data_vars.items():
        notes += [f"{name}: {line}" for line in str(array.attrs.get("notes", "")).splitlines() if line]
        filled = json.loads(array.attrs.get("filled", "[]"))
        if filled:
            notes.append(f"{name}: {len(filled)} gaps filled, the first at {filled[0]} UTC")
    return list(dict.fromkeys(notes))


def plan_notes(plan: xr.Dataset) -> list[str]:
    """Tell what is odd about a plan: energy not served, batteries that charge and discharge at once."""
    notes = []
    missing = plan["unserved"] > accounting.NOTICEABLE_MW
    if bool(missing.any()):
        first = np.datetime_as_string(plan["hour"].values[int(np.argmax(missing.values))], unit="m")
        notes.append(
            f"load is not fully served in {int(missing.sum())} intervals, first {first} UTC, "
            f"at most {float(plan['unserved'].max()):.3g} MW"
        )
    both = accounting.simultaneous_hours(plan)
    for battery in plan["battery"].values:
        at = both.sel(battery=battery).values
        if at.any():
            first = np.datetime_as_string(plan["hour"].values[int(np.argmax(at))], unit="m")
            notes.append(
                f"{battery} charges and discharges at once in {int(at.sum())} intervals, first {first} UTC: losing "
                "energy costs nothing or pays there (free, negative or curtailed energy); a real inverter cannot do it"
            )
    weights = np.unique(plan["weight"].values)
    if len(weights) == 1 and weights[0] != 1:
        notes.append(f"the horizon is not a whole year: each interval stands for {weights[0]:.6g} intervals of a year")
    return notes
