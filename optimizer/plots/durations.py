"""Duration curves: how many hours of the year a value is reached or exceeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .bill import grid_price
from .clock import Clock, Floats
from .dispatch import has_grid, names, values
from .figure import Figure

if TYPE_CHECKING:
    import xarray as xr

SHARES = (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)  # of the time, in percent, for the short table
CUT = "Prices far outside the usual range leave the price panel; the table has them."
_POINTS = 1500  # more corners than this cannot be told apart on a page


@dataclass(frozen=True)
class Curve:
    """One duration curve: values (hour,) and how they are drawn."""

    label: str
    unit: str
    values: Floats
    look: style.Look


def sorted_down(amounts: Floats, hours: Floats) -> tuple[Floats, Floats]:
    """Sort values from the greatest down.

    Parameters
    ----------
    amounts : (hour,) array
        The values.
    hours : (hour,) array
        How many hours of the year each stands for.

    Returns
    -------
    reached : (hour,) array [h/a]
        Hours of the year in which each of the sorted values is reached or exceeded.
    descending : (hour,) array
        The values, greatest first.

    Examples
    --------
    >>> import numpy as np
    >>> reached, descending = sorted_down(np.array([1.0, 5.0, 3.0]), np.array([2.0, 1.0, 0.25]))
    >>> reached.tolist(), descending.tolist()
    ([1.0, 1.25, 3.25], [5.0, 3.0, 1.0])
    """
    order = np.argsort(-amounts, kind="stable")
    return np.cumsum(hours[order]), amounts[order]


def exceeded(amounts: Floats, hours: Floats, shares: Floats) -> Floats:
    """Give the value that is reached or exceeded for each share (0..1) of the time; share 0 gives the greatest."""
    reached, descending = sorted_down(amounts, hours)
    place = np.searchsorted(reached, shares * reached[-1] * (1 - 1e-12), side="left")
    return np.asarray(descending[np.minimum(place, len(descending) - 1)])


def corners(amounts: Floats, hours: Floats) -> tuple[Floats, Floats]:
    """Give the corners of the drawn curve, thinned evenly where there are more than a page can show."""
    reached, descending = sorted_down(amounts, hours)
    x, y = np.append(0.0, reached), np.append(descending, descending[-1])
    if len(x) > _POINTS:
        keep = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
        x, y = x[keep], y[keep]
    return x, y


def duration_curves(dataset: xr.Dataset) -> Figure:
    """Draw load, grid import, net load and supplies, and below them the prices, each sorted from the greatest down.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: the value exceeded for 0, 1, ..., 100 % of the time; digest: the same at some shares.
    """
    clock = Clock.of(dataset)
    power, prices = _powers(dataset), _prices(dataset)
    traces = [_trace(clock, curve, "y") for curve in power] + [_trace(clock, curve, "y2") for curve in prices]
    table = _table(clock, [*power, *prices])
    return Figure(
        name="duration_curves",
        title="Duration curves",
        explanation=style.joined(
            (
                "Each curve is sorted on its own and tells for how many hours a year a value is reached or exceeded.",
                "Net load is the load less all power available from the supplies; below zero there is a surplus."
                if dataset.sizes["supply"]
                else "",
                CUT if any(style.ranged(curve.values)[2] for curve in prices) else "",
                clock.scaled_note,
            )
        ),
        spec={"data": traces, "layout": _layout(dataset, clock, prices)},
        table=table,
        digest=table.loc[list(SHARES)],
    )


def _powers(dataset: xr.Dataset) -> list[Curve]:
    load = values(dataset, "facility_load")
    supplies = names(dataset, "supply")
    delivered = values(dataset, "delivered")
    curves = [Curve(style.label("facility_load"), "MW", load, style.look("load"))]
    if has_grid(dataset):
        curves.append(Curve("Grid import", "MW", values(dataset, "grid_import"), style.look("grid")))
    if supplies:
        net = load - delivered.sum(axis=0) - values(dataset, "curtailment").sum(axis=0)
        curves.append(Curve("Net load", "MW", net, style.look("net_load")))
    looks = style.looks(style.supply_kind(name) for name in supplies)
    curves += [Curve(name, "MW", row, look) for name, row, look in zip(supplies, delivered, looks, strict=True)]
    return curves


def _prices(dataset: xr.Dataset) -> list[Curve]:
    unit = f"{dataset.attrs['currency']}/MWh"
    curves = [Curve("Marginal price of load", unit, values(dataset, "marginal_price"), style.look("price"))]
    if has_grid(dataset):
        curves.append(Curve("Grid energy price", unit, grid_price(dataset), style.look("price", 1)))
    return curves


def _trace(clock: Clock, curve: Curve, y_axis: str) -> dict[str, Any]:
    x, y = corners(curve.values, clock.scale)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(curve.label),
        "x": style.small(x),
        "y": style.small(y),
        "yaxis": y_axis,
        "line": {"width": 2, "shape": "hv", "color": curve.look.line, "dash": curve.look.dash},
        "hovertemplate": f"%{{y:,.2f}} {curve.unit}",
    }


def _layout(dataset: xr.Dataset, clock: Clock, prices: list[Curve]) -> dict[str, Any]:
    lowest, highest, _ = zip(*(style.ranged(curve.values) for curve in prices), strict=True)
    room = 0.05 * (max(highest) - min(lowest))
    bounds = [min(0.0, *lowest) - room, max(highest) + room]
    return style.layout(
        600,
        xaxis=style.axis(
            "Hours of the year [h/a]",
            anchor="y2",
            range=[0, float(clock.scale.sum())],
            hoverformat=",.0f",
            fixedrange=False,
        ),
        yaxis=style.axis("Power [MW]", domain=[0.4, 1], rangemode="tozero"),
        yaxis2=style.axis(f"Price [{dataset.attrs['currency']}/MWh]", domain=[0, 0.3], range=bounds),
        hovermode="x unified",
    )


def _table(clock: Clock, curves: list[Curve]) -> pd.DataFrame:
    shares = np.arange(101)
    columns = {
        style.header(curve.label, curve.unit): exceeded(curve.values, clock.scale, shares / 100) for curve in curves
    }
    return pd.DataFrame(columns, index=pd.Index(shares, name="Share of the time [%]"))
