"""Money: what is paid in each year, and what the energy of each source costs."""

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

_TOTAL = "Total"
_FAR = 5.0  # times the cost of all sources together, beyond which a bar would make all others short
# Cost lines that are nobody's energy; they keep rows of their own beside the sources.
_NO_SOURCE = ("Export revenue", "Carbon", "Unserved energy")
_ENERGY_OF = {"supply": "delivered", "battery": "discharge", "generator": "generation"}


def cash_flow(dataset: xr.Dataset) -> Figure:
    """Draw what is paid in each year by cost line, and the present value of all so far.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each year and one for the total, in currency; cost lines that are zero throughout are left out.
    """
    title = "Cash flow"
    if "cash_flow" not in dataset:
        return absent("cash_flow", title, "The scenario has no finance, so there is no cash flow over the years.")
    currency = str(dataset.attrs["currency"])
    labels, flows = names(dataset, "cost_line"), values(dataset, "cash_flow")
    years = dataset["year"].to_numpy()
    paid = flows.sum(axis=0)
    worth = paid * (1 + float(dataset["discount_rate"])) ** -years.astype(float)
    traces = [
        _bar(years, label, row, look, currency)
        for label, row, look in zip(labels, flows, style.cost_looks(labels), strict=True)
        if row.any()
    ]
    traces.append(_line(years, worth.cumsum(), currency))
    return Figure(
        name="cash_flow",
        title=title,
        explanation=(
            "What is paid at the end of each year in money of year 0; investments of the start are in year 0, and "
            "revenue and residual values lie below zero. The line is the present value of all flows so far, at "
            f"{100 * float(dataset['discount_rate']):.4g} % a year (real)."
        ),
        spec={"data": traces, "layout": _layout(currency)},
        table=_table(years, dict(zip(labels, flows, strict=True)), paid, worth, currency),
    )


def _bar(years: np.ndarray[Any, Any], name: str, heights: Floats, look: style.Look, unit: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": style.plain(name),
        "x": years.tolist(),
        "y": heights,
        "marker": {
            "color": look.colour,
            "line": {"width": 0.5, "color": "#FFFFFF"},
            "pattern": {
                "shape": look.pattern,
                "fgcolor": "#FFFFFF",
                "bgcolor": look.colour,
                "size": 6,
                "solidity": 0.25,
            },
        },
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _line(years: np.ndarray[Any, Any], heights: Floats, unit: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Present value of all so far",
        "x": years.tolist(),
        "y": heights,
        "yaxis": "y2",
        "line": {"width": 2, "color": style.INK},
        "marker": {"size": 6},
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _layout(currency: str) -> dict[str, Any]:
    return style.layout(
        560,
        barmode="relative",
        bargap=0.25,
        xaxis=style.axis("Year", anchor="y2", showgrid=False, fixedrange=True),
        yaxis=style.axis(f"Paid [{currency}/a]", domain=[0.42, 1], zerolinewidth=1.5, tickformat=",.0f"),
        yaxis2=style.axis(f"Present value [{currency}]", domain=[0, 0.32], zerolinewidth=1.5, tickformat=",.0f"),
        hovermode="x unified",
    )


def _table(
    years: np.ndarray[Any, Any], flows: dict[str, Floats], paid: Floats, worth: Floats, currency: str
) -> pd.DataFrame:
    columns = {style.header(name, currency): row for name, row in flows.items() if row.any()}
    columns |= {style.header(_TOTAL, currency): paid, style.header("Present value", currency): worth}
    table = pd.DataFrame(columns, index=pd.Index([str(year) for year in years], name="Year"))
    table.loc[_TOTAL] = table.sum()
    return table


def cost_by_source(dataset: xr.Dataset) -> Figure:
    """Draw what a MWh of each source costs, and lay the yearly cost out by source.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each source, for cost that is no source's, and for the total: energy, cost and cost per MWh.
    """
    title = "Cost of each source"
    if "cost_by_supply" not in dataset:
        return absent("cost_by_source", title, "The result does not tell the cost of each source.")
    table = _sources(dataset)
    unit = f"{dataset.attrs['currency']}/MWh"
    per_mwh = table[style.header("Cost of energy", unit)].dropna()
    if not per_mwh.any():
        return absent("cost_by_source", title, "No source gives energy that costs anything.")
    far = _FAR * per_mwh.get(_TOTAL, 0.0)
    near = per_mwh[per_mwh <= far] if far > 0 else per_mwh
    cut = len(near) < len(per_mwh)
    span: dict[str, Any] = {"range": [min(0.0, 1.1 * near.min()), 1.1 * near.max()]} if cut else {}
    bar = {
        "type": "bar",
        "orientation": "h",
        "showlegend": False,
        "text": [f"{price:,.2f}" for price in per_mwh],
        "textposition": "auto",
        "insidetextanchor": "start",
        "textangle": 0,
        "y": [style.plain(str(name)) for name in per_mwh.index],
        "x": per_mwh.to_numpy(),
        "marker": {"color": style.look("other").colour},
        "hovertemplate": f"%{{x:,.2f}} {unit}<extra></extra>",
    }
    return Figure(
        name="cost_by_source",
        title=title,
        explanation=(
            "All that is paid for a source (capacity, investment, operation, energy, fuel), over the energy that it "
            "gives to the site; of a battery, what it costs to store, without the energy stored. Total: over all that "
            "is served."
            + (
                " Bars that reach the edge go on beyond it: these sources give little for what they cost."
                if cut
                else ""
            )
        ),
        spec={
            "data": [bar],
            "layout": style.layout(
                140 + 32 * len(per_mwh),
                xaxis=style.axis(f"Cost of energy [{unit}]", zerolinewidth=1.5, **span),
                yaxis=style.axis("", type="category", autorange="reversed", showgrid=False, fixedrange=True),
            ),
        },
        table=table,
    )


def _sources(dataset: xr.Dataset) -> pd.DataFrame:
    scale = Clock.of(dataset).scale
    rest = dict(zip(names(dataset, "cost_line"), values(dataset, "annual_cost").tolist(), strict=True))
    rows: dict[str, tuple[float, float]] = {}
    for owner, power in _ENERGY_OF.items():
        if not dataset.sizes.get(owner):
            continue
        costs = values(dataset, f"cost_by_{owner}")
        for line, cost in zip(rest, costs.sum(axis=1).tolist(), strict=True):
            rest[line] -= cost
        energies = values(dataset, power) @ scale
        for name, energy, cost in zip(
            names(dataset, owner), energies.tolist(), costs.sum(axis=0).tolist(), strict=True
        ):
            rows[name if name not in rows else f"{name} ({owner})"] = energy, cost
    served = float((values(dataset, "facility_load") - values(dataset, "unserved")) @ scale)
    rows["Grid"] = (
        float(values(dataset, "grid_import") @ scale),
        sum(cost for line, cost in rest.items() if line not in _NO_SOURCE),
    )
    rows |= {line: (np.nan, cost) for line, cost in rest.items() if line in _NO_SOURCE}
    rows[_TOTAL] = served, float(values(dataset, "annual_cost").sum())
    kept = {name: row for name, row in rows.items() if name == _TOTAL or row[1] or (row[0] and np.isfinite(row[0]))}
    currency = str(dataset.attrs["currency"])
    energy, cost = (np.array([row[part] for row in kept.values()], dtype=float) for part in (0, 1))
    return pd.DataFrame(
        {
            "Energy [MWh/a]": energy,
            style.header("Cost", f"{currency}/a"): cost,
            style.header("Cost of energy", f"{currency}/MWh"): cost / np.where(energy > 0, energy, np.nan),
        },
        index=pd.Index(list(kept), name="Source"),
    )
