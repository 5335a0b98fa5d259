"""How long the critical load would be carried without the grid, and what each part of the load goes without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import style
from .clock import Clock, Floats
from .dispatch import names, values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

_SHADED = 40  # outages, the longest first
_LONG = 4000  # boundaries above which the drawn line keeps the least of each day
_LINE = "Survival time"
_DUST = 1e-3  # MWh or h


def survival_time(dataset: xr.Dataset) -> Figure:
    """Draw from every moment how long batteries and generators alone would carry the critical load.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each boundary between intervals; digest: a row for each month.
    """
    title = "Survival of the critical load"
    if "survival_time" not in dataset:
        return absent("survival_time", title, "The scenario asks nothing of reliability.")
    clock = Clock.of(dataset)
    lasts = values(dataset, "survival_time")
    table = _table(dataset, clock, lasts)
    return Figure(
        name="survival_time",
        title=title,
        explanation=_explanation(dataset, lasts),
        spec={"data": _traces(dataset, clock, lasts), "layout": _layout(dataset, clock)},
        table=table,
        digest=_by_month(clock, table),
    )


def _explanation(dataset: xr.Dataset, lasts: Floats) -> str:
    parts = [
        "How long batteries and generators would carry the critical load if the grid and all supplies were lost at "
        f"that moment, a week being the most that is looked at. Least: {lasts.min():.3g} h, {_when(dataset, lasts)}.",
    ]
    if "ride_through" in dataset:
        margins = values(dataset, "ride_margin")
        much = f"{margins.min():.3g} MWh" if margins.min() > _DUST else "nothing"
        parts.append(
            f"A ride-through of {float(dataset['ride_through']):g} h is asked for: batteries hold {much} beyond what "
            f"that takes at the tightest moment, {_when(dataset, margins)}."
        )
    if _outages(dataset).size:
        parts.append("Shaded: the grid connection is out of service, wholly or in part.")
    return style.joined(parts)


def _when(dataset: xr.Dataset, amounts: Floats) -> str:
    """Write when an amount is least, and first so but for the dust of a solver."""
    place = int(np.argmax(amounts <= amounts.min() + _DUST))
    return f"{Clock.of(dataset).aware[place]:%Y-%m-%d %H:%M} local time"


def _traces(dataset: xr.Dataset, clock: Clock, lasts: Floats) -> list[dict[str, Any]]:
    look = style.look("battery")
    times, heights = clock.point_times, clock.points(lasts)
    shape = "linear"
    if len(lasts) > _LONG:
        times, heights, shape = clock.pieces.midnights, _least_of_days(clock, lasts), "hv"
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": _LINE if shape == "linear" else f"{_LINE}, least of each day",
        "x": times,
        "y": style.small(heights),
        "line": {"width": 1.75, "color": look.line, "shape": shape},
        "hovertemplate": "%{y:,.2f} h",
    }
    if "ride_through" not in dataset:
        return [line]
    asked = float(dataset["ride_through"])
    limit = {
        "type": "scatter",
        "mode": "lines",
        "name": "Ride-through asked for",
        "x": np.array([times[0], times[-1]]),
        "y": style.small([asked, asked]),
        "line": {"width": 1.5, "color": style.look("unserved").line, "dash": "dash"},
        "hovertemplate": "%{y:,.2f} h",
    }
    return [line, limit]


def _least_of_days(clock: Clock, lasts: Floats) -> Floats:
    """Give the least of each local day, by the starts of intervals; the last is repeated for a step line."""
    pieces = clock.pieces
    least = np.full(pieces.days, np.inf)
    np.minimum.at(least, pieces.day, lasts[:-1][pieces.interval])
    return np.append(least, least[-1])


def _outages(dataset: xr.Dataset) -> NDArray[np.int64]:
    """Find stretches in which the connection is not whole, (n, 2): first interval and the one after the last."""
    out = np.concatenate([[False], values(dataset, "grid_available") < 1, [False]])
    edges = np.flatnonzero(out[1:] != out[:-1]).reshape(-1, 2)
    longest = np.argsort(edges[:, 0] - edges[:, 1], kind="stable")[:_SHADED]
    return edges[np.sort(longest)]


def _layout(dataset: xr.Dataset, clock: Clock) -> dict[str, Any]:
    shade = style.look("unserved").colour
    shapes = [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": float(clock.wall[first]),
            "x1": float(clock.wall[after]),
            "y0": 0,
            "y1": 1,
            "fillcolor": shade,
            "opacity": 0.25,
            "line": {"width": 1, "color": shade},  # so that an hour of a year can be seen
            "layer": "below",
        }
        for first, after in _outages(dataset)
    ]
    return style.layout(
        360,
        xaxis=style.axis(clock.axis_title, type="date", hoverformat="%a %d %b %Y %H:%M"),
        yaxis=style.axis(style.titled("survival_time"), rangemode="tozero"),
        hovermode="x unified",
        shapes=shapes,
    )


def _table(dataset: xr.Dataset, clock: Clock, lasts: Floats) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "Time (UTC)": clock.aware.tz_convert("UTC"),
        "Time (local)": clock.aware,
        "Survival time [h]": lasts,
    }
    if "ride_margin" in dataset:
        columns["Margin of ride-through [MWh]"] = values(dataset, "ride_margin")
    return pd.DataFrame(columns)


def _by_month(clock: Clock, table: pd.DataFrame) -> pd.DataFrame:
    """Sum the table up by month of the site's clock; the horizon's end counts with the last."""
    month = np.append(clock.months.index, clock.months.index[-1])
    lasts = table["Survival time [h]"]
    least = lasts.groupby(month).idxmin()
    columns: dict[str, Any] = {
        "Least survival time [h]": lasts.loc[least].to_numpy(),
        "Least from (local)": [str(clock.aware[place].strftime("%Y-%m-%d %H:%M")) for place in least],
        "Mean survival time [h]": lasts.groupby(month).mean().to_numpy(),
    }
    if "Margin of ride-through [MWh]" in table:
        columns["Least margin of ride-through [MWh]"] = (
            table["Margin of ride-through [MWh]"].groupby(month).min().to_numpy()
        )
    return pd.DataFrame(columns, index=pd.Index([clock.months.labels[place] for place in least.index], name="Month"))


def unserved_by_tier(dataset: xr.Dataset) -> Figure:
    """Draw the energy that each tier of the load goes without in a year, and for how many hours.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each tier, and one for the rest of the load where there is one.
    """
    title = "Unserved energy by tier of load"
    if "unserved_energy" not in dataset:
        return absent("unserved_by_tier", title, "The load has no tiers.")
    parts = names(dataset, "load_part")
    energy, hours = values(dataset, "unserved_energy"), values(dataset, "shortage_hours")
    look = style.look("unserved")
    bars = {
        "type": "bar",
        "name": "Unserved energy",
        "x": [style.plain(part) for part in parts],
        "y": style.small(energy),
        "marker": {"color": look.colour},
        "hovertemplate": "%{y:,.2f} MWh a year",
    }
    table = pd.DataFrame(
        {"Unserved energy [MWh/a]": energy, "Hours of shortage [h/a]": hours}, pd.Index(parts, name="Tier")
    )
    return Figure(
        name="unserved_by_tier",
        title=title,
        explanation=style.joined(
            (
                "Load that is not served, by tier: what is worth least goes first.",
                "The rest is load that no tier names." if "rest" in parts else "",
                f"In all {energy.sum():,.4g} MWh a year.",
            )
        ),
        spec={
            "data": [bars],
            "layout": style.layout(
                300,
                xaxis=style.axis("Tier", type="category", showgrid=False),
                yaxis=style.axis("Unserved energy [MWh/a]", rangemode="tozero"),
            ),
        },
        table=table,
    )
