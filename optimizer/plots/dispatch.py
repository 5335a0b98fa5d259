"""The dispatch: who carries the load in each interval, and what the batteries hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Clock, Floats
from .figure import Figure
from .shapes import daily_means, energy_line

if TYPE_CHECKING:
    import xarray as xr

TITLE = "Dispatch"
NOISE = 1e-4  # MW; interior solutions hold such traces where there is nothing
HOURS_FORMAT = "%a %d %b %Y %H:%M"


@dataclass(frozen=True)
class Flow:
    """One area of the dispatch: a power in MW, drawn above zero or (`sign` -1) below.

    `kind` and `asset` decide the look, so that a battery's charge and discharge look alike.
    """

    label: str
    power: Floats
    kind: str
    asset: str = ""
    sign: int = 1


def flows(dataset: xr.Dataset) -> list[Flow]:
    """List all that feeds the site (above zero) and all that leaves it for battery and grid (below zero).

    Grid and unserved power are left out where there are none.
    """
    return [*_feeding(dataset), *_leaving(dataset)]


def _feeding(dataset: xr.Dataset) -> Iterator[Flow]:
    for name, power in zip(names(dataset, "supply"), values(dataset, "delivered"), strict=True):
        yield Flow(name, power, style.supply_kind(name), name)
    for name, power in zip(names(dataset, "battery"), values(dataset, "discharge"), strict=True):
        yield Flow(f"{name}: discharge", power, "battery", name)
    if generators(dataset):
        for name, power in zip(generators(dataset), values(dataset, "generation"), strict=True):
            yield Flow(name, power, "generator", name)
    if has_grid(dataset):
        yield Flow("Grid import", values(dataset, "grid_import"), "grid")
    if noticeable(values(dataset, "unserved")):
        yield Flow("Unserved", values(dataset, "unserved"), "unserved")


def _leaving(dataset: xr.Dataset) -> Iterator[Flow]:
    for name, power in zip(names(dataset, "battery"), values(dataset, "charge"), strict=True):
        yield Flow(f"{name}: charge", power, "battery", name, sign=-1)
    if noticeable(values(dataset, "grid_export")):
        yield Flow("Grid export", values(dataset, "grid_export"), "export", sign=-1)


def flow_looks(listed: Sequence[Flow]) -> list[style.Look]:
    """Give each flow its look, the same for all flows of one asset."""
    assets = dict.fromkeys((flow.kind, flow.asset) for flow in listed)
    found = dict(zip(assets, style.looks(kind for kind, _ in assets), strict=True))
    return [found[flow.kind, flow.asset] for flow in listed]


def names(dataset: xr.Dataset, dimension: str) -> list[str]:
    """Give the labels of a dimension."""
    return [str(name) for name in dataset[dimension].to_numpy()]


def generators(dataset: xr.Dataset) -> list[str]:
    """Give the names of the generators; none in results that do not know of any."""
    return names(dataset, "generator") if "generator" in dataset.coords else []


def values(dataset: xr.Dataset, name: str) -> Floats:
    """Give a variable as float64, with time as its last axis."""
    return dataset[name].to_numpy().astype(float)


def noticeable(power: Floats) -> bool:
    """Say whether there is more of a power than a solver's noise."""
    return bool((power > NOISE).any())


def has_grid(dataset: xr.Dataset) -> bool:
    """Say whether the site has a connection, or takes power from one."""
    return float(dataset["connection_capacity"]) > 0 or noticeable(values(dataset, "grid_import"))


def dispatch(dataset: xr.Dataset) -> Figure:
    """Draw all flows as stacked areas, the load as a line, and the stored energy below, in local time.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: one row for each interval; digest: one row for each flow, with yearly energy and greatest power.
    """
    clock = Clock.of(dataset)
    drawn, load = flows(dataset), values(dataset, "facility_load")
    traces = [_area(clock, flow, look) for flow, look in zip(drawn, flow_looks(drawn), strict=True)]
    coarse = [daily_means(clock, flow.sign * flow.power) for flow in drawn]
    traces.append(_line(clock, load))
    coarse.append(daily_means(clock, load))
    for nth, (name, energy) in enumerate(zip(names(dataset, "battery"), values(dataset, "stored_energy"), strict=True)):
        traces.append(energy_line(clock, f"{name}: stored energy", energy, style.look("battery", nth)))
        mean = clock.pieces.daily((energy[1:] + energy[:-1]) / 2)
        coarse.append({"x": clock.pieces.noons, "y": style.small(mean)})
    return Figure(
        name="dispatch",
        title=TITLE,
        explanation=_explanation(dataset),
        spec={"data": traces, "layout": _layout(dataset, clock, drawn)},
        table=_table(dataset, clock, drawn, load),
        digest=_digest(clock, drawn, load),
        overview=coarse,
    )


def _explanation(dataset: xr.Dataset) -> str:
    feeding = "Above zero, who feeds the site; the line is its load."
    if not dataset.sizes["battery"]:
        return f"{feeding} Power exported lies below zero."
    return f"{feeding} Below zero, what charges a battery or is exported. The lower panel shows the energy stored."


def _area(clock: Clock, flow: Flow, look: style.Look) -> dict[str, Any]:
    filled: dict[str, Any] = {"fillcolor": look.colour}
    if look.pattern or flow.sign < 0:
        shape = look.pattern or "/"
        filled["fillpattern"] = {
            "shape": shape,
            "bgcolor": look.colour,
            "fgcolor": "#FFFFFF",
            "size": 7,
            "solidity": 0.15,
        }
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(flow.label),
        "x": clock.step_times,
        "y": style.small(clock.steps(flow.sign * flow.power)),
        "stackgroup": "feeding" if flow.sign > 0 else "leaving",
        "line": {"width": 0, "shape": "hv", "color": look.colour},
        "hovertemplate": "%{y:,.2f} MW",
        **filled,
    }


def _line(clock: Clock, load: Floats) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.label("facility_load"),
        "x": clock.step_times,
        "y": style.small(clock.steps(load)),
        "line": {"width": 2, "shape": "hv", "color": style.look("load").line},
        "hovertemplate": "%{y:,.2f} MW",
    }


def _layout(dataset: xr.Dataset, clock: Clock, drawn: Sequence[Flow]) -> dict[str, Any]:
    both = dataset.sizes["battery"] > 0
    span = [float(clock.wall.min()), float(clock.wall.max())]
    time_axis = style.axis(
        clock.axis_title,
        type="date",
        range=span,
        anchor="y2" if both else "y",
        hoverformat=HOURS_FORMAT,
        rangeslider={"visible": True, "thickness": 0.08},
        rangeselector={"buttons": span_buttons(), "x": 0, "y": -0.02, "yanchor": "top", "visible": True},
    )
    domain = [0.34 if both else 0, 1]
    power = style.axis("Power [MW]", fixedrange=True, domain=domain, range=_power_range(dataset, drawn))
    found = style.layout(640 if both else 480, xaxis=time_axis, yaxis=power, hovermode="x unified")
    if both:
        highest = max(float(values(dataset, "stored_energy").max()), 1e-3)
        stored = [0.0, 1.05 * highest]
        found["yaxis2"] = style.axis(style.titled("stored_energy"), fixedrange=True, domain=[0, 0.26], range=stored)
    return found


def _power_range(dataset: xr.Dataset, drawn: Sequence[Flow]) -> list[float]:
    """Give a range that holds every interval, so that heights can be compared wherever a reader zooms to."""
    none = np.zeros(dataset.sizes["hour"])
    above = sum((flow.power for flow in drawn if flow.sign > 0), none)
    below = sum((flow.power for flow in drawn if flow.sign < 0), none)
    highest = max(float(above.max()), float(values(dataset, "facility_load").max()), 1e-3)
    return [-1.05 * float(below.max()), 1.05 * highest]


def span_buttons() -> list[dict[str, Any]]:
    """Give the buttons by which a reader chooses how much of a long time axis to see."""
    steps = [(1, "day", "1 day"), (7, "day", "1 week"), (1, "month", "1 month")]
    buttons: list[dict[str, Any]] = [{"count": n, "step": step, "label": text} for n, step, text in steps]
    return [*buttons, {"step": "all", "label": "All"}]


def _table(dataset: xr.Dataset, clock: Clock, drawn: list[Flow], load: Floats) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "Start (UTC)": clock.aware[:-1].tz_convert("UTC"),
        "Start (local)": clock.aware[:-1],
        style.header("Length", "h"): clock.dt,
        style.header(style.label("facility_load"), "MW"): load,
    }
    columns |= {style.header(flow.label, "MW"): flow.power for flow in drawn}
    for name, energy in zip(names(dataset, "battery"), values(dataset, "stored_energy"), strict=True):
        columns[style.header(f"{name}: stored at start", "MWh")] = energy[:-1]
    return pd.DataFrame(columns)


def _digest(clock: Clock, drawn: list[Flow], load: Floats) -> pd.DataFrame:
    rows = [("Facility load", load), *((flow.label, flow.power) for flow in drawn)]
    power = np.array([row[1] for row in rows])
    energy = power @ clock.scale
    peaks = power.argmax(axis=1)
    return pd.DataFrame(
        {
            "Energy [MWh/a]": energy,
            "Share of load [%]": 100 * energy / energy[0] if energy[0] else np.full(len(rows), np.nan),
            "Mean [MW]": energy / clock.scale.sum(),
            "Greatest [MW]": power.max(axis=1),
            "Greatest at (local)": [str(clock.aware[i].strftime("%Y-%m-%d %H:%M")) for i in peaks],
            "In use [h/a]": (power > NOISE) @ clock.scale,
        },
        index=pd.Index([row[0] for row in rows], name="Flow"),
    )
