"""Halls on a tariff, stated in a line or two: any zone, any start, series as lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import xarray as xr

from optimizer.model import Model
from optimizer.scenario import Scenario
from tests.sites import AMPLE

UNITS = {"it_load": "MW", "coincidence": "1"}


def bands(**prices: tuple[float, str]) -> list[dict[str, Any]]:
    """State bands by price and hours: ``bands(day=(90, "07-22"), night=(60, "22-07"))``."""
    return [{"name": name, "price": price, "windows": [{"hours": hours}]} for name, (price, hours) in prices.items()]


def peak(price: float = 1.0, name: str = "peak", **given: Any) -> dict[str, Any]:
    """State a demand charge."""
    return {"name": name, "price": price} | given


def hall(
    it_load: float | Sequence[float],
    tariff: Mapping[str, Any] | None = None,
    *,
    start: str = "2025-01-01T00:00Z",
    end: str | None = None,
    hours: int = 3,
    step: float = 1.0,
    zone: str = "UTC",
    weight: float | None = 1.0,
    batteries: Iterable[Mapping[str, Any]] = (),
    grid: Mapping[str, Any] | None = None,
    load: Mapping[str, Any] | None = None,
    series: Mapping[str, Sequence[float]] | None = None,
    whole: bool = True,
    **scenario: Any,
) -> Model:
    """State a hall as a model: its load, its tariff and perhaps batteries.

    Parameters
    ----------
    it_load : float or sequence
        IT load [MW]; a sequence gives the number of intervals.
    tariff : mapping, optional
        Keys of a tariff but for its name. Periods are billed whole unless `whole` says otherwise.
    start, end : str
        The horizon; without `end` it has as many intervals as the load, or `hours` of them.
    step : float
        Length of the intervals [h].
    grid, load : mapping, optional
        Further keys of the grid connection and of the load.
    series : mapping of str to sequence, optional
        Further series, in the units that their field needs (``currency/MWh`` unless it is known here).
    """
    values = dict(series or {})
    if not isinstance(it_load, (int, float)):
        values["it_load"] = list(it_load)
    count = len(values["it_load"]) if "it_load" in values else hours
    ends = end or (datetime.fromisoformat(start) + timedelta(hours=count * step)).isoformat()
    billed = (
        {}
        if tariff is None
        else {"tariff": {"name": "tariff"} | ({"partial_periods": "whole"} if whole else {}) | dict(tariff)}
    )
    made = Scenario.from_dict(
        {
            "name": "test",
            "horizon": {"start": start, "end": ends, "step": f"{round(step * 60)} min"},
            "series": [{"path": "in-memory.nc"}],  # never read
            "weight": weight,
            "site": {
                "name": "hall",
                "latitude": 33.4,
                "longitude": -7.6,
                "time_zone": zone,
                "load": {"it_load": "it_load" if "it_load" in values else it_load} | dict(load or {}),
                "batteries": [dict(battery) for battery in batteries],
                "grid": {"connection_capacity": AMPLE} | billed | dict(grid or {}),
            },
        }
        | scenario
    )
    return Model(made, dataset(made, values))


def dataset(scenario: Scenario, series: Mapping[str, Sequence[float]]) -> xr.Dataset:
    """Put series on the scenario's horizon."""
    price = f"{scenario.currency}/MWh"
    arrays = {
        name: ("hour", np.asarray(values, dtype=float), {"units": UNITS.get(name, price)})
        for name, values in series.items()
    }
    hours = {"hour": scenario.horizon.starts}
    return xr.Dataset(arrays | {"dt": ("hour", scenario.horizon.dt, {"units": "h"})}, coords=hours)


def battery(power: float, energy: float, **given: Any) -> dict[str, Any]:
    """State a battery without losses that starts empty and ends as it likes."""
    ends = {"charge_efficiency": 1.0, "discharge_efficiency": 1.0, "initial_soc": 0.0, "cyclic": False}
    return {"name": "battery", "power_capacity": power, "energy_capacity": energy} | ends | given
