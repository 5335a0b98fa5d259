"""A site of a few hours, stated in a line, for tests of sizing, finance and generators; lists become series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from optimizer.model import Model
from optimizer.result import Result
from optimizer.scenario import Scenario

_UNITS = {
    "it_load": "MW",
    "availability": "1",
    "available": "1",
    "grid_cfe": "1",
    "energy_price": "USD/MWh",
    "fuel_price": "USD/MWh",
    "carbon_intensity": "tCO2e/MWh",
}


def model(it_load: Any = 10.0, *, hours: int = 2, weight: float = 1.0, **given: Any) -> Model:
    """State a site: `supplies`, `batteries`, `generators`, `grid` and `load` as in a file, all else of the scenario."""
    series: dict[str, tuple[str, Any]] = {}
    parts = {name: given.pop(name) for name in ("supplies", "batteries", "generators") if name in given}
    site: dict[str, Any] = {
        "name": "site",
        "latitude": 33.4,
        "longitude": -7.6,
        "time_zone": "Africa/Casablanca",
        "load": _named("load", {"it_load": it_load} | given.pop("load", {}), series),
        "grid": _named("grid", given.pop("grid"), series) if "grid" in given else None,
    }
    for part, items in parts.items():
        site[part] = [_named(f"{part}{place}", item, series) for place, item in enumerate(items)]
    scenario = Scenario.from_dict(
        {
            "name": "small",
            "horizon": {"start": "2025-01-01", "end": str(pd.Timestamp("2025-01-01") + pd.Timedelta(hours=hours))},
            "series": [{"path": "in-memory.nc"}],  # without a column map, so that it may hold any name; never read
            "site": site,
            "weight": weight,
        }
        | given
    )
    arrays = {
        name: ("hour", np.asarray(values, dtype=float), {"units": unit}) for name, (unit, values) in series.items()
    }
    dt = {"dt": ("hour", scenario.horizon.dt, {"units": "h"})}
    return Model(scenario, xr.Dataset(arrays | dt, coords={"hour": scenario.horizon.starts}))


def solved(it_load: Any = 10.0, **given: Any) -> Result:
    """Solve a site, to a vertex."""
    return model(it_load, **given).solve(vertex=True)


def _named(owner: str, given: Mapping[str, Any], series: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    named = dict(given)
    for field, value in given.items():
        if isinstance(value, list) and field in _UNITS:
            named[field] = f"{owner}_{field}"
            series[named[field]] = _UNITS[field], value
    return named
