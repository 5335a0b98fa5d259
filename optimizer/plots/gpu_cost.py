"""What a GPU-hour costs: by cost line, and at the margin in each hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.accounting.compute import gpu_hour_totals, workload_table

from . import style
from .clock import Floats
from .compute import NO_WORK, has_work
from .dispatch import names, values
from .figure import Figure, absent
from .heatmaps import Measure, Panel, heatmap

if TYPE_CHECKING:
    import xarray as xr


def gpu_hour_heatmap(dataset: xr.Dataset) -> Figure:
    """Draw what one more GPU-hour would cost, by the hour in which it is asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        One panel for each kind of price: work to be done at once, and each class or workload that has another one.
        Table: hour of the day by day; digest: hour of the day by month.
    """
    name, title = "gpu_hour_heatmap", "Marginal cost of a GPU-hour"
    panels = _prices(dataset) if has_work(dataset) else []
    if not panels:
        return absent(name, title, NO_WORK if not has_work(dataset) else "How many GPUs a MW feeds is not known.")
    lowest, highest, cut = style.ranged(np.concatenate([panel.values for panel in panels]))
    unit = f"{dataset.attrs['currency']}/GPU-h"
    sentences = (
        "What one more GPU-hour would cost, by the hour in which it is asked for, the plan being adjusted to it.",
        "Work that may wait costs as much as the cheapest hour that its window reaches." if len(panels) > 1 else "",
        "Prices far outside the usual range take the colour at the scale's end." if cut else "",
    )
    return heatmap(
        dataset,
        panels,
        Measure("Marginal cost", unit, "magma", (lowest, highest), ",.4f"),
        name=name,
        title=title,
        explanation=style.joined(sentences),
    )


def _prices(dataset: xr.Dataset) -> list[Panel]:
    """Give the marginal cost of each workload that is asked hour by hour, those that are alike once."""
    kinds = dataset["workload_kind"].to_numpy().astype(str)
    shown: list[Panel] = []
    for name, kind, price in zip(names(dataset, "workload"), kinds, values(dataset, "marginal_gpu_hour"), strict=True):
        if kind not in ("firm", "deferrable") or np.isnan(price).any():
            continue
        alike = next((at for at, panel in enumerate(shown) if np.allclose(panel.values, price)), None)
        if alike is None:
            shown.append(Panel(name, price))
        else:
            shown[alike] = Panel(f"{shown[alike].name}, {name}", price)
    return shown


def gpu_hour_cost(dataset: xr.Dataset) -> Figure:
    """Draw what a GPU-hour costs, by cost line, and what each workload's costs at the margin.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each cost line, their total, and each workload at the margin.
    """
    name, title = "gpu_hour_cost", "Cost per GPU-hour"
    totals = gpu_hour_totals(dataset) if has_work(dataset) else {}
    if not totals:
        reason = "Some IT load is no work, or its GPUs are not known, so that costs cannot be told by GPU-hour."
        return absent(name, title, reason if has_work(dataset) else NO_WORK)
    unit = f"{dataset.attrs['currency']}/GPU-h"
    labels = names(dataset, "cost_line")
    amounts = values(dataset, "annual_cost") / totals["delivered"] if totals["delivered"] else np.zeros(len(labels))
    kept = [at for at in range(len(labels)) if amounts[at]]
    rows = [labels[at] for at in kept]
    looks = [style.cost_looks(labels)[at] for at in kept]
    margins = workload_table(dataset)["marginal_cost_per_gpu_hour"].dropna()
    if not rows and not margins.any():
        return absent(name, title, "No GPU-hours are delivered, or they cost nothing.")
    table = pd.DataFrame({style.header("Cost", unit): amounts[kept]}, pd.Index(rows, name="Cost line"))
    table.loc["Total"] = totals["cost"]
    for workload, price in margins.items():
        table.loc[f"At the margin: {workload}"] = price
    return Figure(
        name=name,
        title=title,
        explanation=(
            "Above, the yearly cost of the site by cost line over the GPU-hours delivered; the value of lost "
            "throughput is a cost, what optional work earns is revenue. Below, what a GPU-hour of each workload costs "
            "at the marginal prices of the hours in which it ran."
        ),
        spec={
            "data": [
                _costs(rows, amounts[kept], [look.colour for look in looks], unit),
                _margins([str(label) for label in margins.index], margins.to_numpy(), unit),
            ],
            "layout": _costs_layout(len(rows), len(margins), unit),
        },
        table=table,
    )


def _costs(labels: list[str], amounts: Floats, colours: list[str], unit: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": "Average, by cost line",
        "showlegend": False,
        "y": [style.plain(label) for label in labels],
        "x": style.small(amounts),
        "marker": {"color": colours},
        "hovertemplate": f"%{{x:,.4f}} {unit}<extra></extra>",
    }


def _margins(labels: list[str], prices: Floats, unit: str) -> dict[str, Any]:
    colour = style.look("price").colour
    return _costs(labels, prices, [colour] * len(labels), unit) | {
        "name": "At the margin",
        "xaxis": "x2",
        "yaxis": "y2",
    }


def _costs_layout(lines: int, workloads: int, unit: str) -> dict[str, Any]:
    height, share = 190 + 26 * (lines + workloads), lines / max(1, lines + workloads)
    below = max(0.05, 0.84 * (1 - share))
    rows: dict[str, Any] = {"type": "category", "autorange": "reversed", "showgrid": False, "fixedrange": True}
    return style.layout(
        height,
        bargap=0.3,
        xaxis=style.axis(f"Average [{unit}]", anchor="y"),
        yaxis=style.axis(domain=[below + 0.16, 1], **rows),
        xaxis2=style.axis(f"At the margin [{unit}]", anchor="y2"),
        yaxis2=style.axis(domain=[0, below], **rows),
        hovermode="closest",
    )
