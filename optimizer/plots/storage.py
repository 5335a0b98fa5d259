"""How the batteries are used: full cycles over the year, and how deep each day goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Clock, Floats
from .dispatch import names, values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

BINS = np.arange(0, 101, 10)  # depth of a day [%]
_LONG = 1500  # boundaries above which the drawn line keeps one point a day


def cumulative_cycles(dataset: xr.Dataset) -> Floats:
    """Count equivalent full cycles since the horizon's start.

    One cycle is as much energy discharged as the battery can store at its state of health. Each interval counts as
    often as its weight says, so that the last value is cycles a year.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    (battery, boundary) array [1/a]
        Zero throughout for a battery without capacity.
    """
    clock = Clock.of(dataset)
    health = values(dataset, "state_of_health") if "state_of_health" in dataset else 1.0
    capacity = np.asarray(values(dataset, "energy_capacity") * health)[:, None]
    discharged = np.cumsum(values(dataset, "discharge") * clock.scale, axis=1)
    cycles = np.divide(discharged, capacity, out=np.zeros_like(discharged), where=capacity > 0)
    return np.hstack([np.zeros((len(cycles), 1)), cycles])


def daily_depth(dataset: xr.Dataset) -> Floats:
    """Give for each battery and local day the highest less the lowest state of charge.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    (battery, day) array [1]
        0 to 1; a boundary at midnight belongs to both days.
    """
    clock = Clock.of(dataset)
    soc = np.nan_to_num(values(dataset, "soc"))
    day = clock.wall[:-1] // 86_400_000
    _, starts = np.unique(day, return_index=True)
    starts = np.sort(starts)
    high = np.maximum.reduceat(np.maximum(soc[:, 1:], soc[:, :-1]), starts, axis=1)
    low = np.minimum.reduceat(np.minimum(soc[:, 1:], soc[:, :-1]), starts, axis=1)
    return np.asarray(high - low)


def battery_cycles(dataset: xr.Dataset) -> Figure:
    """Draw full cycles over the year, and on how many days a battery goes how deep.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each battery; digest: the same, batteries across.
    """
    title = "Battery cycles"
    batteries = names(dataset, "battery")
    if not batteries:
        return absent("battery_cycles", title, "The site has no battery.")
    clock = Clock.of(dataset)
    cycles, depth = cumulative_cycles(dataset), 100 * daily_depth(dataset)
    looks = style.looks(["battery"] * len(batteries))
    lines = [_line(clock, name, row, look) for name, row, look in zip(batteries, cycles, looks, strict=True)]
    table = _table(dataset, batteries, cycles, depth)
    bars = [_bars(name, row, look) for name, row, look in zip(batteries, depth, looks, strict=True)]
    return Figure(
        name="battery_cycles",
        title=title,
        explanation=style.joined(
            (
                "Above, equivalent full cycles so far: energy discharged over the energy the battery can hold.",
                "Below, on how many days the state of charge spans how much, from the day's lowest to its highest.",
                clock.scaled_note,
            )
        ),
        spec={"data": lines + bars, "layout": _layout(clock)},
        table=table,
        digest=table.T.rename_axis(index="Line", columns=None),
    )


def _line(clock: Clock, name: str, cycles: Floats, look: style.Look) -> dict[str, Any]:
    times, heights = clock.point_times, clock.points(cycles)
    if len(times) > _LONG:
        keep = np.unique(np.linspace(0, len(times) - 1, _LONG).round().astype(int))
        times, heights = times[keep], heights[keep]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(name),
        "legendgroup": style.plain(name),
        "x": times,
        "y": style.small(heights),
        "line": {"width": 2, "color": look.line, "dash": look.dash},
        "hovertemplate": "%{y:,.1f} cycles",
    }


def _bars(name: str, depth: Floats, look: style.Look) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": style.plain(name),
        "legendgroup": style.plain(name),
        "showlegend": False,
        "x": [f"{low}–{low + 10}" for low in BINS[:-1]],
        "y": _days(depth),
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {
            "color": look.colour,
            "pattern": {"shape": look.pattern, "fgcolor": "#FFFFFF", "bgcolor": look.colour},
        },
        "hovertemplate": "%{y:,.0f} days",
    }


def _days(depth: Floats) -> Floats:
    # By upper end, as cycles are counted: a day of exactly half the capacity is of 40 to 50 %, whatever the last digit.
    ends = np.append(-1.0, BINS[1:] + 1e-6)
    return np.histogram(np.clip(depth, 0, 100), ends)[0].astype(float)


def _layout(clock: Clock) -> dict[str, Any]:
    ticks = {"dtick": 1} if clock.pieces.days < 8 else {}
    return style.layout(
        560,
        xaxis=style.axis(clock.axis_title, type="date", anchor="y", hoverformat="%d %b %Y %H:%M"),
        yaxis=style.axis("Full cycles so far", domain=[0.56, 1], rangemode="tozero"),
        xaxis2=style.axis("Depth of the day [% of energy capacity]", type="category", anchor="y2", showgrid=False),
        yaxis2=style.axis("Days", domain=[0, 0.36], rangemode="tozero", tickformat=",.0f", **ticks),
        hovermode="x unified",
        bargap=0.15,
    )


def _table(dataset: xr.Dataset, batteries: list[str], cycles: Floats, depth: Floats) -> pd.DataFrame:
    clock = Clock.of(dataset)
    charged, discharged = (values(dataset, name) @ clock.scale for name in ("charge", "discharge"))
    columns: dict[str, Any] = {
        "Power [MW]": values(dataset, "power_capacity"),
        "Energy [MWh]": values(dataset, "energy_capacity"),
        "Full cycles [1/a]": cycles[:, -1],
        "Charged [MWh/a]": charged,
        "Discharged [MWh/a]": discharged,
        "Mean depth of a day [%]": depth.mean(axis=1),
        "Deepest day [%]": depth.max(axis=1),
    }
    counts = np.array([_days(row) for row in depth])
    for nth, low in enumerate(BINS[:-1]):
        columns[f"Days {low} to {low + 10} % deep"] = counts[:, nth]
    return pd.DataFrame(columns, index=pd.Index(batteries, name="Battery"))
