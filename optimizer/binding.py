"""A scenario and its series become the one dataset from which all rules read, by the names of `nomenclature`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from optimizer.assets import Battery, Capacity, GridConnection, Supply
from optimizer.nomenclature import TERMS

if TYPE_CHECKING:
    from optimizer.scenario import Scenario

HOURS_OF_A_YEAR = (8760, 8784)

_NO_GRID = GridConnection(connection_capacity=Capacity.fixed(0.0))


class Bound(NamedTuple):
    """What a program is built from.

    Attributes
    ----------
    data : xarray.Dataset
        Values by name, over the sets hour, boundary, supply and battery.
    sets : dict of str to list
        Subsets of batteries that only some families run over.
    """

    data: xr.Dataset
    sets: dict[str, list[str]]


def bind(scenario: Scenario, series: xr.Dataset) -> Bound:
    """Resolve every quantity of a scenario to an array.

    Parameters
    ----------
    scenario : Scenario
        The specification.
    series : xarray.Dataset
        The checked series, over ``hour``, with ``dt``.

    Returns
    -------
    Bound
        A capacity that is free between bounds is left out of the data, so that it becomes a variable.
    """
    return Bound(
        xr.Dataset(
            {
                name: (dims, values, {"units": TERMS[name].unit_in(scenario.currency)})
                for name, (dims, values) in _arrays(scenario, series).items()
            },
            coords={
                "hour": scenario.horizon.starts,
                "boundary": scenario.horizon.boundaries,
                "supply": _names(scenario.site.supplies),
                "battery": _names(scenario.site.batteries),
            },
        ),
        _subsets(scenario.site.batteries),
    )


Arrays = dict[str, tuple[tuple[str, ...], Any]]


def _arrays(scenario: Scenario, series: xr.Dataset) -> Arrays:
    hourly = _Hourly(series)
    return {
        **_time(scenario),
        **_demand(scenario, hourly),
        **_supplies(scenario.site.supplies, hourly),
        **_batteries(scenario.site.batteries),
        **_grid(scenario.site.grid or _NO_GRID, hourly),
        **_targets(scenario),
    }


class _Hourly:
    """Turns a quantity, a number or the name of a series, into one value an hour."""

    def __init__(self, series: xr.Dataset) -> None:
        self._series = series
        self._count = series.sizes["hour"]

    def __call__(self, quantity: float | str) -> np.ndarray[Any, Any]:
        if isinstance(quantity, str):
            return np.asarray(self._series[quantity].values, dtype=float)
        return np.full(self._count, float(quantity))


def year_weight(scenario: Scenario) -> float:
    """Give the number of real intervals a year that each interval stands for.

    A horizon of a whole year counts once; a shorter or longer one is taken to repeat until it fills a year.
    """
    if scenario.weight is not None:
        return scenario.weight
    hours = float(scenario.horizon.dt.sum())
    return 1.0 if HOURS_OF_A_YEAR[0] <= hours <= HOURS_OF_A_YEAR[1] else HOURS_OF_A_YEAR[0] / hours


def _time(scenario: Scenario) -> Arrays:
    dt = scenario.horizon.dt
    return {"dt": (("hour",), dt), "weight": (("hour",), np.full(len(dt), year_weight(scenario)))}


def _demand(scenario: Scenario, hourly: _Hourly) -> Arrays:
    load = scenario.site.load
    arrays: Arrays = {name: (("hour",), hourly(getattr(load, name))) for name in ("it_load", "pue", "other_load")}
    if load.value_of_lost_load is None:
        arrays["unserved"] = (("hour",), np.zeros_like(arrays["it_load"][1]))
    arrays["value_of_lost_load"] = ((), load.value_of_lost_load or 0.0)
    return arrays


def _supplies(supplies: Sequence[Supply], hourly: _Hourly) -> Arrays:
    def over_time(field: str) -> tuple[tuple[str, ...], Any]:
        rows = [hourly(getattr(supply, field)) for supply in supplies]
        return ("supply", "hour"), np.array(rows).reshape(len(supplies), -1 if supplies else len(hourly(0.0)))

    arrays: Arrays = {
        **_capacities("supply_capacity", "supply", [supply.capacity for supply in supplies]),
        "availability": over_time("availability"),
        "supply_price": over_time("energy_price"),
        "curtailment_price": over_time("curtailment_price"),
        "supply_carbon_intensity": over_time("carbon_intensity"),
        "supply_cfe": _each(supplies, "supply", lambda supply: supply.cfe),
    }
    if any(supply.curtailment_limit < 1 for supply in supplies):
        arrays["curtailment_limit"] = _each(supplies, "supply", lambda supply: supply.curtailment_limit)
    return arrays


def _batteries(batteries: Sequence[Battery]) -> Arrays:
    plain = (
        "charge_efficiency", "discharge_efficiency", "self_discharge", "soc_min", "soc_max", "state_of_health",
        "throughput_cost", "holding_cost", "shared_inverter",
    )  # fmt: skip
    optional = {"initial_soc": 0.0, "final_soc_min": 0.0, "final_soc_max": 1.0, "cycles_max": np.inf}
    return {
        **_capacities("power_capacity", "battery", [battery.power_capacity for battery in batteries]),
        **_capacities("energy_capacity", "battery", [battery.energy_capacity for battery in batteries]),
        **{name: _each(batteries, "battery", lambda battery, name=name: getattr(battery, name)) for name in plain},
        **{
            name: _each(
                batteries, "battery", lambda battery, name=name, other=other: _or(getattr(battery, name), other)
            )
            for name, other in optional.items()
        },
    }


def _grid(grid: GridConnection, hourly: _Hourly) -> Arrays:
    arrays: Arrays = {
        "energy_price": (("hour",), hourly(grid.energy_price)),
        "export_price": (("hour",), hourly(grid.export_price)),
        "carbon_intensity": (("hour",), hourly(grid.carbon_intensity)),
        "grid_cfe": (("hour",), hourly(grid.grid_cfe)),
        "grid_available": (("hour",), hourly(grid.available)),
        "export_capacity": ((), grid.export_capacity),
    }
    capacity = _capacities("connection_capacity", None, [grid.connection_capacity])
    return arrays | {name: ((), values[0]) for name, (_, values) in capacity.items()}


def _targets(scenario: Scenario) -> Arrays:
    arrays: Arrays = {"carbon_price": ((), scenario.carbon_price)}
    if scenario.targets.cfe is not None:
        arrays["cfe_target"] = ((), scenario.targets.cfe)
    return arrays


def _capacities(name: str, dim: str | None, capacities: Sequence[Capacity]) -> Arrays:
    """Bind capacities to data where all are fixed; where one is free, all are variables, the fixed ones between equals."""
    dims = () if dim is None else (dim,)
    arrays: Arrays = {f"{name}_cost": (dims, np.array([capacity.annual_cost for capacity in capacities], dtype=float))}
    if not any(capacity.free for capacity in capacities):
        return arrays | {name: (dims, np.array([capacity.max for capacity in capacities], dtype=float))}
    return arrays | {
        f"{name}_min": (dims, np.array([capacity.min for capacity in capacities], dtype=float)),
        f"{name}_max": (dims, np.array([capacity.max for capacity in capacities], dtype=float)),
    }


def _subsets(batteries: Sequence[Battery]) -> dict[str, list[str]]:
    return {
        "cyclic_battery": [battery.name for battery in batteries if battery.cyclic],
        "started_battery": [battery.name for battery in batteries if battery.initial_soc is not None],
        "ended_battery": [
            battery.name
            for battery in batteries
            if battery.final_soc_min is not None or battery.final_soc_max is not None
        ],
        "warranted_battery": [battery.name for battery in batteries if battery.cycles_max is not None],
    }


def _each(items: Sequence[Any], dim: str, value: Callable[[Any], float]) -> tuple[tuple[str, ...], Any]:
    return (dim,), np.array([float(value(item)) for item in items], dtype=float)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _names(items: Iterable[Supply | Battery]) -> np.ndarray[Any, Any]:
    return np.array([item.name for item in items], dtype=object)
