"""Energy and cost of each month, in local time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Clock, Floats
from .dispatch import flow_looks, flows, names, values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

_TOTAL = "Total"


def monthly_energy(dataset: xr.Dataset) -> Figure:
    """Draw each month's energy by where it comes from and where it goes.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each month and one for the total, energies in MWh; digest: the same, months across.
    """
    clock = Clock.of(dataset)
    months = clock.months
    parts = flows(dataset)
    energy = [months.total(clock.scale * flow.power) for flow in parts]
    load = months.total(clock.scale * values(dataset, "facility_load"))
    traces = [
        _bar(months.labels, flow.label, flow.sign * amount, look, hatched=flow.sign < 0, unit="MWh")
        for flow, amount, look in zip(parts, energy, flow_looks(parts), strict=True)
    ]
    traces.append(_marker(months.labels, style.label("facility_load"), load, "MWh"))
    columns = {style.header(style.label("facility_load"), "MWh"): load}
    columns |= {style.header(flow.label, "MWh"): amount for flow, amount in zip(parts, energy, strict=True)}
    for name, power in zip(names(dataset, "supply"), values(dataset, "curtailment"), strict=True):
        columns[style.header(f"{name}: curtailment", "MWh")] = months.total(clock.scale * power)
    table = _with_total(columns, months.labels)
    return Figure(
        name="monthly_energy",
        title="Energy by month",
        explanation=style.joined(
            (
                "Above zero, where each month's energy comes from; below, what charges batteries or is exported.",
                "Points mark the load.",
                months.note,
                clock.scaled_note,
            )
        ),
        spec={"data": traces, "layout": _layout("Energy [MWh]", clock)},
        table=table,
        digest=_across(table, "Energy", "MWh"),
    )


def monthly_cost(dataset: xr.Dataset) -> Figure:
    """Draw each month's cost by cost line; revenue lies below zero.

    Lines without hours of their own (yearly cost of capacity) are spread over the months by their hours.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each month and one for the total, in currency; digest: the same, months across.
    """
    labels = names(dataset, "cost_line")
    if not labels:
        return absent("monthly_cost", "Cost by month", "The scenario has no cost line.")
    clock = Clock.of(dataset)
    months, currency = clock.months, str(dataset.attrs["currency"])
    cost = _by_month(dataset, clock)
    traces = [
        _bar(months.labels, name, row, look, hatched=False, unit=currency)
        for name, row, look in zip(labels, cost, style.cost_looks(labels), strict=True)
        if row.any()
    ]
    total = cost.sum(axis=0)
    traces.append(_marker(months.labels, "Total cost", total, currency))
    columns = {style.header(name, currency): row for name, row in zip(labels, cost, strict=True)}
    table = _with_total(columns | {style.header("Total cost", currency): total}, months.labels)
    return Figure(
        name="monthly_cost",
        title="Cost by month",
        explanation=style.joined(
            (
                "Each month's cost by cost line; revenue lies below zero and the points mark what is left to pay.",
                _spread_note(dataset),
                months.note,
                clock.scaled_note,
            )
        ),
        spec={"data": traces, "layout": _layout(f"Cost [{currency}]", clock)},
        table=table,
        digest=_across(table, "Cost", currency),
    )


def _by_month(dataset: xr.Dataset, clock: Clock) -> Floats:
    by_hour = values(dataset, "cost_by_hour")
    rest = values(dataset, "annual_cost") - by_hour.sum(axis=1)
    share = clock.months.total(clock.scale) / clock.scale.sum()
    timed = np.array([clock.months.total(row) for row in by_hour])
    return np.asarray(timed + rest[:, None] * share)


def _spread_note(dataset: xr.Dataset) -> str:
    yearly = values(dataset, "annual_cost")
    rest = yearly - values(dataset, "cost_by_hour").sum(axis=1)
    timeless = [
        name
        for name, left, all_of_it in zip(names(dataset, "cost_line"), rest, yearly, strict=True)
        if abs(left) > 1e-6 * max(1.0, abs(all_of_it))
    ]
    if not timeless:
        return ""
    return f"Yearly costs without an hour of their own ({', '.join(timeless)}) are spread evenly over the hours."


def _bar(
    months: tuple[str, ...], name: str, heights: Floats, look: style.Look, *, hatched: bool, unit: str
) -> dict[str, Any]:
    pattern = "/" if hatched and not look.pattern else look.pattern
    return {
        "type": "bar",
        "name": style.plain(name),
        "x": list(months),
        "y": heights,
        "marker": {
            "color": look.colour,
            "line": {"width": 0.5, "color": "#FFFFFF"},
            "pattern": {"shape": pattern, "fgcolor": "#FFFFFF", "bgcolor": look.colour, "size": 6, "solidity": 0.25},
        },
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _marker(months: tuple[str, ...], name: str, heights: Floats, unit: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(months),
        "y": heights,
        "marker": {"symbol": "diamond", "size": 9, "color": style.INK, "line": {"width": 1.5, "color": "#FFFFFF"}},
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _layout(title: str, clock: Clock) -> dict[str, Any]:
    return style.layout(
        460,
        barmode="relative",
        bargap=0.25,
        xaxis=style.axis(
            f"Month, {clock.zone} time",
            type="category",
            showgrid=False,
            fixedrange=True,
            tickvals=list(clock.months.labels),
            ticktext=clock.months.ticks,
        ),
        yaxis=style.axis(title, zerolinewidth=1.5, tickformat=",.0f"),
        hovermode="x unified",
    )


def _with_total(columns: dict[str, Floats], months: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(columns, index=pd.Index(months, name="Month"))
    table.loc[_TOTAL] = table.sum()
    return table


def _across(table: pd.DataFrame, what: str, unit: str) -> pd.DataFrame:
    """Put the months across and the unit, which all lines share, into the corner."""
    across = table.rename(columns=lambda name: str(name).removesuffix(f" [{unit}]")).T
    return across.rename_axis(index=style.header(what, unit), columns=None)
