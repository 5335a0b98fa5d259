"""What more of everything would be worth, and the hours in which power is dearest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Floats
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

_SAVES, _COSTS = style.look("battery"), style.look("unserved")


def worth(dataset: xr.Dataset) -> Figure:
    """Draw what a step more of each capacity, target and cap would save a year, and what it would cost.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each thing: its size, what one more unit saves before its own cost, that cost, the difference,
        and the difference for a step.
    """
    title, rows = "What one more would save a year", _rows(dataset, "worth")
    if rows.empty:
        return absent("worth", title, "The result does not tell what more would be worth.")
    currency, names = str(dataset.attrs["currency"]), [_stepped(row) for row in rows.itertuples()]
    saved, costs = ((rows[part] * rows["step"]).to_numpy(dtype=float) for part in ("worth", "cost"))
    traces = [
        _bar("Saves", names, np.maximum(saved, 0.0), _SAVES, currency),
        _bar("Costs", names, np.minimum(saved, 0.0) - costs, _COSTS, currency),
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Left over",
            "y": names,
            "x": rows["saving_of_step"].to_numpy(),
            "marker": {"symbol": "diamond", "size": 9, "color": style.INK, "line": {"width": 1, "color": "#FFFFFF"}},
            "hovertemplate": f"%{{x:,.0f}} {currency}/a",
        },
    ]
    return Figure(
        name="worth",
        title=title,
        explanation=(
            "Read from the proof of the plan: what a small step more would save (to the right), what it would cost "
            "(to the left), and what is left over. Less of it has the opposite effect. What was free to choose is "
            "worth what it costs; where something is left over, more pays. Where the least cost has a kink, the "
            "figure lies between what the last unit saved and what the next one will."
        ),
        spec={"data": traces, "layout": _layout(len(rows), f"Yearly saving of the step [{currency}/a]", "relative")},
        table=_table(rows, currency),
    )


def _stepped(row: Any) -> str:
    """Name a bar by what is changed and by how much."""
    return f"{style.plain(row.what)}, {row.step:+,.4g} {'point' if row.unit == '%' else row.unit}"


def _table(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    units = ["percentage point" if unit == "%" else unit for unit in rows["unit"]]
    each = f"{currency}/a per unit"
    return pd.DataFrame(
        {
            "Now": [f"{size:,.6g} {unit}" for size, unit in zip(rows["size"], rows["unit"], strict=True)],
            "Choice": rows["choice"].to_numpy(),
            "Unit": units,
            f"One more saves [{each}]": rows["worth"].to_numpy(),
            f"Its own cost [{each}]": rows["cost"].to_numpy(),
            f"Left over [{each}]": rows["saving"].to_numpy(),
            "Step [units]": rows["step"].to_numpy(),
            f"Left over of the step [{currency}/a]": rows["saving_of_step"].to_numpy(),
        },
        index=pd.Index(rows["what"], name="One more of"),
    )


def worst_hours(dataset: xr.Dataset) -> Figure:
    """Draw the marginal price in the hours in which it is highest.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each hour: price, load, what sets the price, what binds and at which price, and the capacity
        that would help most for what it costs.
    """
    title, rows = "The hours in which power is dearest", _rows(dataset, "worst_hours")
    if rows.empty:
        return absent("worst_hours", title, "The result does not tell its dearest hours.")
    currency, zone = str(dataset.attrs["currency"]), str(dataset.attrs["time_zone"])
    local = pd.DatetimeIndex(pd.to_datetime(rows["time_utc"]), tz="UTC").tz_convert(zone)
    names = [f"{time.day} {time:%b %Y, %H:%M}" for time in local]
    bar = {
        "type": "bar",
        "orientation": "h",
        "showlegend": False,
        "y": names,
        "x": rows["marginal_price"].to_numpy(),
        "marker": {"color": style.look("price").colour},
        "hovertemplate": f"%{{x:,.2f}} {currency}/MWh<extra></extra>",
    }
    return Figure(
        name="worst_hours",
        title=title,
        explanation=(
            "The highest marginal prices of load, in the site's time. The table tells what sets each price, which "
            "limits bind and what a MWh less of them would cost, and the capacity that would save most in that very "
            "hour for what it costs a year. Storage helps in the dearest hour before it is filled again."
        ),
        spec={"data": [bar], "layout": _layout(len(rows), f"Marginal price [{currency}/MWh]", "stack")},
        table=pd.DataFrame(
            {
                f"Price [{currency}/MWh]": rows["marginal_price"].to_numpy(),
                "Load [MW]": rows["facility_load"].to_numpy(),
                "Set by": ["; ".join(flows) or "–" for flows in rows["set_by"]],
                f"What binds, at its price [{currency}/MWh]": [_limits(found) for found in rows["limits"]],
                "Cheapest relief": [f"{what} ({unit})" if what else "–" for what, unit in _relief(rows)],
                f"Saves in the hour [{currency}/a per unit]": rows["relief_saving"].to_numpy(),
                "Share of its yearly cost [%]": 100 * rows["relief_share"].to_numpy(dtype=float),
            },
            index=pd.Index(names, name=f"Hour ({zone})"),
        ),
        table_first=True,
    )


def _limits(found: list[tuple[str, float]]) -> str:
    return "; ".join(f"{what} {price:,.2f}" for what, price in found) or "–"


def _relief(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["relief"], rows["relief_unit"], strict=True))


def _rows(dataset: xr.Dataset, name: str) -> pd.DataFrame:
    return pd.DataFrame(json.loads(str(dataset[name].item())) if name in dataset else [])


def _bar(name: str, labels: list[str], lengths: Floats, look: style.Look, currency: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": labels,
        "x": lengths,
        "marker": {"color": look.colour},
        "hovertemplate": f"%{{x:,.0f}} {currency}/a",
    }


def _layout(rows: int, title: str, mode: str) -> dict[str, Any]:
    return style.layout(
        150 + 34 * rows,
        barmode=mode,
        bargap=0.3,
        xaxis=style.axis(title, zerolinewidth=1.5, tickformat=",.0f"),
        yaxis=style.axis(type="category", autorange="reversed", showgrid=False, fixedrange=True),
        hovermode="y unified",
    )
