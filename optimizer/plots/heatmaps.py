"""Heat maps: hour of the day against the day of the year, in local time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .bill import grid_price
from .clock import Clock, Floats
from .dispatch import has_grid, names, noticeable, values
from .figure import Figure, absent

_CENT = 0.01  # per MWh; less is the dust of a solver

if TYPE_CHECKING:
    import xarray as xr

_PANEL = 240  # height of one panel [px]


@dataclass(frozen=True)
class Panel:
    """One heat map: a name (empty where there is only one) and its values, (hour,)."""

    name: str
    values: Floats


@dataclass(frozen=True)
class Measure:
    """What a heat map shows: its title with unit, its colours, and the range of the colours."""

    title: str
    unit: str
    scale: str
    bounds: tuple[float, float] | None = None
    number: str = ",.1f"


def cfe_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw the carbon-free share of each hour's load.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result; `cfe_score` is drawn in percent.

    Returns
    -------
    Figure
        Table: hour of the day by day; digest: hour of the day by month.
    """
    return heatmap(
        dataset,
        [Panel("", 100 * values(dataset, "cfe_score"))],
        Measure("Carbon-free share", "%", "viridis", (0, 100)),
        name="cfe_heatmap",
        title="Carbon-free share, hour by hour",
        explanation="How much of each hour's load is carbon-free: dark hours lean on the grid's fossil share.",
    )


def price_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw the price of grid energy."""
    name, title = "price_heatmap", "Grid energy price"
    if not has_grid(dataset):
        return absent(name, title, "The site has no grid connection, so there is no grid price.")
    return _prices(dataset, grid_price(dataset), "What a MWh from the grid costs.", name=name, title=title)


def marginal_price_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw the marginal price of the site's load."""
    sentence = "What one more MWh of load would cost in each hour, with the plan adjusted at least cost."
    name, title = "marginal_price_heatmap", "Marginal price of load"
    prices = values(dataset, "marginal_price")
    if "cfe_target" in dataset and prices.min() < -_CENT:
        sentence += (
            " It is below zero where carbon-free energy is left over: load that this covers raises the share, so that "
            "other hours may take more from the grid."
        )
    return _prices(dataset, prices, sentence, name=name, title=title)


def _prices(dataset: xr.Dataset, prices: Floats, sentence: str, *, name: str, title: str) -> Figure:
    lowest, highest, cut = style.ranged(prices)
    measure = Measure("Price", f"{dataset.attrs['currency']}/MWh", "magma", (lowest, highest), ",.2f")
    outliers = "Prices far outside the usual range take the colour at the scale's end." if cut else ""
    explanation = style.joined((sentence, outliers))
    return heatmap(dataset, [Panel("", prices)], measure, name=name, title=title, explanation=explanation)


def soc_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw the state of charge, one panel for each battery."""
    name, title = "soc_heatmap", "State of charge"
    batteries = names(dataset, "battery")
    if not batteries:
        return absent(name, title, "The site has no battery.")
    soc = 100 * values(dataset, "soc")
    return heatmap(
        dataset,
        [Panel(battery, (row[1:] + row[:-1]) / 2) for battery, row in zip(batteries, soc, strict=True)],
        Measure(title, "%", "cividis", (0, 100)),
        name=name,
        title=title,
        explanation="How full the battery is, as a mean over each hour, in percent of its usable energy capacity.",
    )


def curtailment_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw the power available from all supplies together but not taken."""
    name, title = "curtailment_heatmap", "Curtailment"
    if not dataset.sizes["supply"]:
        return absent(name, title, "The site has no supply of its own, so there is nothing to curtail.")
    power = values(dataset, "curtailment").sum(axis=0)
    if not noticeable(power):
        return absent(name, title, "Nothing is curtailed in this plan.")
    return heatmap(
        dataset,
        [Panel("", power)],
        Measure(title, "MW", "magma", (0.0, float(power.max()))),
        name=name,
        title=title,
        explanation="Power that the supplies could have delivered but that was not taken, all supplies together.",
    )


def heatmap(
    dataset: xr.Dataset, panels: Sequence[Panel], measure: Measure, *, name: str, title: str, explanation: str
) -> Figure:
    """Draw panels over the days of the horizon and the hours of the day, on the site's clock.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.
    panels : sequence of Panel
        At least one; all share the colours of `measure`.
    measure : Measure
        What is shown, in which unit and colours.
    name, title, explanation : str
        As of `Figure`.

    Returns
    -------
    Figure
        Table: hour of the day by day; digest: hour of the day by month.
    """
    clock = Clock.of(dataset)
    grids = [clock.pieces.hour_by_day(panel.values) for panel in panels]
    drawn = enumerate(zip(panels, grids, strict=True))
    return Figure(
        name=name,
        title=title,
        explanation=explanation,
        spec={
            "data": [_trace(clock, panel, grid, measure, nth) for nth, (panel, grid) in drawn],
            "layout": _layout(clock, panels, measure),
        },
        table=_table(clock, panels, grids, measure),
        digest=_digest(clock, panels, measure),
    )


def _trace(clock: Clock, panel: Panel, grid: Floats, measure: Measure, nth: int) -> dict[str, Any]:
    row = "" if nth == 0 else str(nth + 1)
    return {
        "type": "heatmap",
        "name": style.plain(panel.name),
        "x0": float(clock.pieces.noons[0]),
        "dx": 86_400_000,
        "y0": 0,
        "dy": 1,
        "z": style.small(grid),
        "coloraxis": "coloraxis",
        "xaxis": "x",
        "yaxis": f"y{row}",
        "hoverongaps": False,
        "hovertemplate": f"%{{x|%a %d %b %Y}}, %{{y:02d}}:00<br>%{{z:{measure.number}}} {measure.unit}<extra></extra>",
    }


def _layout(clock: Clock, panels: Sequence[Panel], measure: Measure) -> dict[str, Any]:
    count, midnights = len(panels), clock.pieces.midnights
    days = style.axis(
        clock.axis_title,
        standoff=20,
        type="date",
        range=[float(midnights[0]), float(midnights[-1])],
        anchor=f"y{count if count > 1 else ''}",
        showgrid=False,
        hoverformat="%a %d %b %Y",
    )
    found = style.layout(
        150 + _PANEL * count,
        margin={"l": 64, "r": 16, "t": 84, "b": 72},
        xaxis=days,
        coloraxis=_colours(measure, 1 + 12 / (_PANEL * count)),
        # The colour bar's own title lies on the bar where the figure is narrow.
        annotations=[_label(style.header(measure.title, measure.unit), 1, yshift=52)],
    )
    for nth, panel in enumerate(panels):
        domain = _domain(nth, count)
        found[f"yaxis{'' if nth == 0 else nth + 1}"] = style.axis(
            "Hour of day",
            domain=domain,
            range=[23.5, -0.5],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
            tickvals=[0, 6, 12, 18],
            ticktext=["00:00", "06:00", "12:00", "18:00"],
        )
        if count > 1:
            found["annotations"].append(_label(panel.name, domain[1]))
    return found


def _domain(nth: int, count: int) -> list[float]:
    """Give a panel's share of the height, leaving room above each for its name where there are several."""
    if count == 1:
        return [0, 1]
    top = 1 - nth / count
    return [top - 0.88 / count, top - 0.08 / count]


def _label(text: str, height: float, **more: Any) -> dict[str, Any]:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": height, "yref": "paper", "yanchor": "bottom"}
    return {"text": style.plain(text), "showarrow": False, "font": {"size": 13}, **place, **more}


def _colours(measure: Measure, height: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "colorscale": style.colour_scale(measure.scale),
        "colorbar": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "xpad": 0,
            "y": height,
            "yanchor": "bottom",
            "ypad": 0,
            "thickness": 12,
            "len": 0.5,
            "outlinewidth": 0,
            "separatethousands": True,
            "exponentformat": "none",
        },
    }
    if measure.bounds is not None:
        found |= {"cmin": measure.bounds[0], "cmax": measure.bounds[1]}
    return found


def _table(clock: Clock, panels: Sequence[Panel], grids: Sequence[Floats], measure: Measure) -> pd.DataFrame:
    days = [(clock.pieces.first_day + pd.Timedelta(days=i)).strftime("%Y-%m-%d") for i in range(clock.pieces.days)]
    return _by_hour(panels, grids, days, measure)


def _digest(clock: Clock, panels: Sequence[Panel], measure: Measure) -> pd.DataFrame:
    months, pieces = clock.months, clock.pieces
    count = len(months.labels)
    cell = pieces.hour * count + months.index[pieces.interval]
    grids = [pieces.mean(panel.values, cell, 24 * count).reshape(24, count) for panel in panels]
    return _by_hour(panels, grids, months.labels, measure)


def _by_hour(
    panels: Sequence[Panel], grids: Sequence[Floats], columns: Sequence[str], measure: Measure
) -> pd.DataFrame:
    names_shown = [panel.name if len(panels) > 1 else "" for panel in panels]
    rows = [f"{name} {hour:02d}:00".strip() for name in names_shown for hour in range(24)]
    index = pd.Index(rows, name=style.header("Hour of day, mean", measure.unit))
    return pd.DataFrame(np.vstack(grids), index=index, columns=list(columns))
