"""Each contract from both sides: where its energy went, what the buyer pays, and what the provider earns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Floats
from .dispatch import names, values
from .figure import Figure, absent
from .shapes import bars

if TYPE_CHECKING:
    import xarray as xr

# Used at once and from storage, lost in storage, sold, left there, lost on the way, curtailed.
_USES = (
    style.look("wind"),
    style.look("battery"),
    style.look("unserved"),
    style.look("export"),
    style.look("grid"),
    style.look("generator"),
    style.look("solar"),
)
_SYMBOLS = ("diamond", "circle", "circle-open")  # what the buyer pays, and what the provider earns


def contracts(dataset: xr.Dataset) -> Figure:
    """Draw where the energy of each contract went, and what a MWh of it costs and earns.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each contract: what the plant could produce and where that went, in MWh a year; what was paid
        and to whom, every cost line, in currency a year; and the prices of both sides. Digest: contracts across.
    """
    title = "Contracts from both sides"
    supplies = names(dataset, "supply")
    if not supplies or "contract_energy" not in dataset:
        return absent("contracts", title, "The site has no supply whose energy is told by its uses.")
    currency = str(dataset.attrs["currency"])
    uses, sides = names(dataset, "contract_use"), names(dataset, "contract_side")
    table = _table(dataset, supplies, currency)
    energy, prices = values(dataset, "contract_energy"), values(dataset, "contract_price")
    traces = [
        bars(supplies, use, column, look, "%{y:,.0f} MWh/a")
        for use, column, look in zip(uses, energy.T, _USES, strict=True)
        if column.any()
    ] + [
        _points(supplies, side, column, symbol, f"%{{y:,.2f}} {currency}/MWh")
        for side, column, symbol in zip(sides, prices.T, _SYMBOLS, strict=True)
    ]
    return Figure(
        name="contracts",
        title=title,
        explanation=(
            "Above, all that each plant could have produced, by where it went: each use of an interval takes of every "
            "source in proportion, and batteries give back first what they took first. Below, what the buyer pays for "
            "each MWh that covered load (provider and network, less what came from selling the rest), and what the "
            "provider earns for each MWh that left the plant, and for each that could have."
        ),
        spec={"data": traces, "layout": _layout(currency)},
        table=table,
        digest=table.T.rename_axis(index="Line", columns=None),
    )


def _points(labels: list[str], name: str, heights: Floats, symbol: str, hover: str) -> dict[str, Any]:
    look = style.look("load" if symbol == "diamond" else "other")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": style.plain(f"{name[:1].upper()}{name[1:]}"),
        "x": [style.plain(label) for label in labels],
        "y": style.small(np.asarray(heights)),
        "yaxis": "y2",
        "marker": {"symbol": symbol, "size": 11, "color": look.colour, "line": {"width": 2, "color": look.colour}},
        "hovertemplate": hover,
    }


def _layout(currency: str) -> dict[str, Any]:
    return style.layout(
        620,
        barmode="relative",
        bargap=0.3,
        xaxis=style.axis(type="category", anchor="y2", showgrid=False, fixedrange=True),
        yaxis=style.axis("Energy [MWh/a]", domain=[0.45, 1], rangemode="tozero"),
        yaxis2=style.axis(f"Price [{currency}/MWh]", domain=[0, 0.36], rangemode="tozero"),
        hovermode="x unified",
    )


def _table(dataset: xr.Dataset, supplies: list[str], currency: str) -> pd.DataFrame:
    energy = values(dataset, "contract_energy")
    columns: dict[str, Floats] = {"Capacity [MW]": values(dataset, "supply_capacity")}
    columns["Could produce [MWh/a]"] = energy.sum(axis=1)
    columns |= _named(names(dataset, "contract_use"), energy, "MWh/a")
    columns |= _named(names(dataset, "contract_flow"), values(dataset, "contract_money"), f"{currency}/a")
    paid, labels = values(dataset, "cost_by_supply").T, names(dataset, "cost_line")
    lines = np.flatnonzero(paid.any(axis=0))
    columns |= _named([f"Cost line: {labels[line]}" for line in lines], paid[:, lines], f"{currency}/a")
    columns |= _named(names(dataset, "contract_side"), values(dataset, "contract_price"), f"{currency}/MWh")
    return pd.DataFrame(columns, index=pd.Index(supplies, name="Contract"))


def _named(labels: list[str], columns: Floats, unit: str) -> dict[str, Floats]:
    return {
        style.header(f"{label[:1].upper()}{label[1:]}", unit): column
        for label, column in zip(labels, columns.T, strict=True)
    }
