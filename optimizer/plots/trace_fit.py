"""A fitted week beside the trace that it was taken from, and both sorted from the greatest down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Floats
from .durations import corners
from .figure import Figure

if TYPE_CHECKING:
    from optimizer.traces import Fit

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABELS = {"power": "Power of a GPU", "utilisation": "Utilisation", "work": "Work"}
_MEASURED, _FITTED, _BAND = style.look("load"), style.look("unserved"), "rgba(31, 41, 51, 0.14)"


def trace_fit(fit: Fit) -> Figure:
    """Draw the fitted profile over what was measured, by hour of the week, and the duration curves of both.

    Parameters
    ----------
    fit : Fit
        The profile, beside its trace.

    Returns
    -------
    Figure
        Table: measured and fitted means for each hour of the week; digest: the errors.
    """
    unit, errors = fit.trace.unit, fit.errors()
    table = fit.table()
    measured, fitted = fit.trace.values, fit.in_unit(fit.fitted)
    there = np.isfinite(measured)
    title = style.header(_LABELS[fit.trace.kind], unit)
    traces = [*_week(table), *_durations(measured[there], fitted[there])]
    return Figure(
        name="trace_fit",
        title="Measured load and the profile taken from it",
        explanation=_finding(errors["value"], fit),
        spec={"data": traces, "layout": _layout(title)},
        table=table.rename(
            columns={name: style.header(name.capitalize(), unit) for name in ("measured", "low", "high", "fitted")}
        ),
        digest=_digest(errors),
    )


def _finding(errors: pd.Series[float], fit: Fit) -> str:
    """Say in one sentence how good the profile is, and in another how to read the figure."""
    unseen = errors["unseen_wape"]
    beyond = f" ({unseen:.0%} for times that it had not seen)" if np.isfinite(unseen) else ""
    bias = round(errors["bias"], 3) + 0.0
    found = (
        f"The profile misses the trace by {errors['wape']:.0%} of its sum, hour by hour{beyond}, and its mean by "
        f"{bias:.1%}."
    )
    return style.joined(
        (
            found,
            f"Above: each hour of the week on the clock of {fit.trace.zone}; four fifths of what was measured lie in "
            "the band. Below: all hours, each curve sorted from the greatest down; a mean is never as high or as low.",
        )
    )


def _week(table: pd.DataFrame) -> list[dict[str, Any]]:
    hours = np.arange(0.5, len(table))
    low, high, measured, fitted = (
        np.asarray(table[name], dtype=np.float64) for name in ("low", "high", "measured", "fitted")
    )
    there = np.isfinite(low)
    band = {
        "type": "scatter",
        "mode": "lines",
        "name": "Measured, four fifths",
        "x": style.small(np.concatenate([hours[there], hours[there][::-1]])),
        "y": style.small(np.concatenate([high[there], low[there][::-1]])),
        "fill": "toself",
        "fillcolor": _BAND,
        "line": {"width": 0, "color": _BAND},
        "hoverinfo": "skip",
    }
    lines = [
        _line("Measured, mean", hours, measured, look=_MEASURED, axis="y", mode="markers"),
        _line("Profile", hours, fitted, look=_FITTED, axis="y"),
    ]
    return [band, *lines]


def _durations(measured: Floats, fitted: Floats) -> list[dict[str, Any]]:
    found = []
    for name, values, look in (("Measured", measured, _MEASURED), ("Profile", fitted, _FITTED)):
        x, y = corners(values, np.full(values.size, 100 / values.size))
        found.append(_line(name, x, y, look=look, axis="y2") | {"xaxis": "x2", "showlegend": False})
    return found


def _line(name: str, x: Floats, y: Floats, *, look: style.Look, axis: str, mode: str = "lines") -> dict[str, Any]:
    there = np.isfinite(y)
    return {
        "type": "scatter",
        "mode": mode,
        "name": name,
        "x": style.small(x[there]),
        "y": style.small(y[there]),
        "yaxis": axis,
        "line": {"width": 2, "color": look.line},
        "marker": {"size": 5, "color": look.line},
        "hovertemplate": "%{y:,.4g}",
    }


def _layout(title: str) -> dict[str, Any]:
    days = style.axis("", anchor="y", range=[0, 168], tickvals=[24 * day + 12 for day in range(7)])
    days |= {"ticktext": list(_WEEKDAYS), "showgrid": False}
    line = {"type": "line", "yref": "y domain", "y0": 0, "y1": 1, "line": {"color": style.GRID}, "layer": "below"}
    midnights = [line | {"x0": 24 * day, "x1": 24 * day} for day in range(8)]
    return style.layout(
        560,
        xaxis=days,
        xaxis2=style.axis("Share of the time [%]", anchor="y2", range=[0, 100]),
        yaxis=style.axis(title, domain=[0.48, 1], rangemode="tozero"),
        yaxis2=style.axis(title, domain=[0, 0.32], rangemode="tozero", anchor="x2"),
        shapes=midnights,
    )


def _digest(errors: pd.DataFrame) -> pd.DataFrame:
    percent = [f"{100 * (round(value, 4) + 0.0):.1f} %" if np.isfinite(value) else "-" for value in errors["value"]]
    return pd.DataFrame({"Measure": errors["label"], "Value": percent}).set_index("Measure")
