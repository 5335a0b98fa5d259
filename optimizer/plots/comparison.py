"""Figures of two or more runs on the same axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.accounting.compute import gpu_hour_totals
from optimizer.errors import Fault, InputError

from . import style
from .clock import Clock, Floats, ratio
from .dispatch import Flow, flow_looks, flows, generators, has_grid, names, values
from .durations import CUT, SHARES, corners, exceeded
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

    Runs = Mapping[str, xr.Dataset]

_ORDER = ("wind", "solar", "other", "battery", "generator", "grid", "unserved", "export")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def currency_of(runs: Runs) -> str:
    """Give the currency that all runs share.

    Raises
    ------
    InputError
        If they do not: their costs cannot stand on one axis.
    """
    found = {name: str(run.attrs["currency"]) for name, run in runs.items()}
    if len(set(found.values())) > 1:
        listed = ", ".join(f"{name}: {currency}" for name, currency in found.items())
        raise InputError(
            [
                Fault(
                    "compare",
                    f"the runs count in different currencies ({listed})",
                    "state all scenarios in one currency",
                )
            ]
        )
    return next(iter(found.values()))


def capacities(runs: Runs) -> pd.DataFrame:
    """Give the capacities of one or more runs.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Results by the name under which they are shown.

    Returns
    -------
    pandas.DataFrame
        A row for each capacity, its unit in the row's name, and a column for each run; NaN where a run has no such
        asset.
    """
    columns = {name: _capacities(run) for name, run in runs.items()}
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    table = {name: [column.get(row, np.nan) for row in rows] for name, column in columns.items()}
    return pd.DataFrame(table, index=pd.Index(rows, name="Capacity"), dtype=float)


def _capacities(run: xr.Dataset) -> dict[str, float]:
    found = {
        style.header(name, "MW"): float(size)
        for name, size in zip(names(run, "supply"), values(run, "supply_capacity"), strict=True)
    }
    powers, energies = values(run, "power_capacity"), values(run, "energy_capacity")
    for name, power, energy in zip(names(run, "battery"), powers, energies, strict=True):
        found[style.header(f"{name}: power", "MW")] = float(power)
        found[style.header(f"{name}: energy", "MWh")] = float(energy)
    if generators(run):
        sizes = values(run, "generator_capacity").tolist()
        found |= {style.header(name, "MW"): size for name, size in zip(generators(run), sizes, strict=True)}
    if has_grid(run):
        found[style.header("Grid connection", "MW")] = float(run["connection_capacity"])
    if "subscribed_power" in run:
        found[style.header("Subscribed power", "MW")] = float(run["subscribed_power"])
    return found


def cost_lines(runs: Runs) -> Figure:
    """Draw the yearly cost of each run, stacked by cost line."""
    return _lines_of_cost(
        {name: _costs(run) for name, run in runs.items()},
        f"{currency_of(runs)}/a",
        name="cost_lines",
        title="Yearly cost by cost line",
        explanation="Each bar is a run; revenue lies below zero and the point marks what is left to pay in a year.",
    )


def gpu_hour_lines(runs: Runs) -> Figure:
    """Draw what a GPU-hour costs in each run, stacked by cost line; runs whose GPUs are not known are left out."""
    name, title = "gpu_hour_lines", "Cost per GPU-hour by cost line"
    hours = {run: gpu_hour_totals(dataset).get("delivered", 0.0) for run, dataset in runs.items()}
    told = [run for run, count in hours.items() if count > 0]
    if not told:
        return absent(name, title, "No run tells all of its IT load as work of known GPUs.")
    columns = {run: {label: cost / hours[run] for label, cost in _costs(runs[run]).items()} for run in told}
    return _lines_of_cost(
        columns,
        f"{currency_of(runs)}/GPU-h",
        name=name,
        title=title,
        explanation=(
            "The yearly cost of each run by cost line over the GPU-hours that it delivers; the point marks what one "
            "costs in all. The value of lost throughput is a cost."
        ),
        number=",.3f",
    )


def _lines_of_cost(
    columns: Mapping[str, Mapping[str, float]],
    unit: str,
    *,
    name: str,
    title: str,
    explanation: str,
    number: str = ",.0f",
) -> Figure:
    """Stack cost lines, a bar for each run, and mark their totals."""
    labels = list(dict.fromkeys(label for column in columns.values() for label in column))
    table = pd.DataFrame(
        {run: [column.get(label, 0.0) for label in labels] for run, column in columns.items()},
        index=pd.Index([style.header(label, unit) for label in labels], name="Cost line"),
        dtype=float,
    )
    traces = [
        _stack(list(columns), label, row, look, unit, number=number)
        for label, row, look in zip(labels, table.to_numpy(), style.cost_looks(labels), strict=True)
        if row.any()
    ]
    total = table.sum()
    traces.append(_total(list(columns), "Total", total.to_numpy(), unit, number))
    table.loc[style.header("Total", unit)] = total
    layout = _bars_layout(f"Cost [{unit}]", number)
    return Figure(name, title, explanation, {"data": traces, "layout": layout}, table)


def _costs(run: xr.Dataset) -> dict[str, float]:
    return dict(zip(names(run, "cost_line"), values(run, "annual_cost").tolist(), strict=True))


def energy_by_source(runs: Runs) -> Figure:
    """Draw the yearly energy of each run, stacked by where it comes from and where it goes."""
    seen: dict[str, Flow] = {}
    columns: dict[str, dict[str, float]] = {}
    for name, run in runs.items():
        scale, parts = Clock.of(run).scale, flows(run)
        columns[name] = {part.label: float(part.power @ scale) for part in parts}
        seen = {part.label: part for part in parts} | seen
    listed = sorted(seen.values(), key=lambda part: (-part.sign, _ORDER.index(part.kind)))
    table = pd.DataFrame(
        {name: [column.get(part.label, 0.0) for part in listed] for name, column in columns.items()},
        index=pd.Index([style.header(part.label, "MWh/a") for part in listed], name="Flow"),
        dtype=float,
    )
    traces = [
        _stack(list(runs), part.label, part.sign * row, look, "MWh/a", hatched=part.sign < 0)
        for part, look, row in zip(listed, flow_looks(listed), table.to_numpy(), strict=True)
    ]
    return Figure(
        name="energy_by_source",
        title="Yearly energy by source",
        explanation="Above zero, where each run's energy comes from; below, what charges batteries or is exported.",
        spec={"data": traces, "layout": _bars_layout("Energy [MWh/a]")},
        table=table,
    )


def monthly_import(runs: Runs) -> Figure:
    """Draw each run's energy from the grid by month."""
    table = _monthly(runs, lambda run, clock: clock.months.total(clock.scale * values(run, "grid_import")))
    traces = [
        {
            "type": "bar",
            "name": style.plain(name),
            "x": list(table.index),
            "y": table[name].to_numpy(),
            "marker": {"color": look.colour, "pattern": {"shape": look.pattern, "fgcolor": "#FFFFFF"}},
            "hovertemplate": "%{y:,.0f} MWh",
        }
        for name, look in zip(runs, style.run_looks(len(runs)), strict=True)
    ]
    layout = _months_layout("Energy [MWh]", barmode="group", bargap=0.25)
    return Figure(
        name="monthly_import",
        title="Grid import by month",
        explanation="Energy that each run takes from the grid in each month, in the site's local time.",
        spec={"data": traces, "layout": layout},
        table=_with_unit(table, "MWh"),
    )


def monthly_cfe(runs: Runs) -> Figure:
    """Draw each run's hourly-matched carbon-free share by month, weighted by load."""
    table = _monthly(runs, _cfe)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": style.plain(name),
            "x": list(table.index),
            "y": table[name].to_numpy(),
            "line": {"width": 2, "color": look.line, "dash": look.dash},
            "marker": {"size": 7},
            "hovertemplate": "%{y:.1f} %",
        }
        for name, look in zip(runs, style.run_looks(len(runs)), strict=True)
    ]
    layout = _months_layout("Carbon-free share [%]")
    layout["yaxis"]["range"] = [min(0.0, float(np.nanmin(table.to_numpy()))), 102]
    return Figure(
        name="monthly_cfe",
        title="Carbon-free share by month",
        explanation="Share of each month's load that carbon-free energy covers hour by hour.",
        spec={"data": traces, "layout": layout},
        table=_with_unit(table, "%"),
    )


def duration_curves(runs: Runs) -> Figure:
    """Draw each run's grid import and marginal price, sorted from the greatest down."""
    currency = currency_of(runs)
    panels = [("grid_import", "Grid import", "MW"), ("marginal_price", "Marginal price", f"{currency}/MWh")]
    traces: list[dict[str, Any]] = []
    columns: dict[str, Floats] = {}
    shares = np.arange(101)
    for nth, (variable, text, unit) in enumerate(panels):
        for (name, run), look in zip(runs.items(), style.run_looks(len(runs)), strict=True):
            scale, amounts = Clock.of(run).scale, values(run, variable)
            columns[style.header(f"{text}, {name}", unit)] = exceeded(amounts, scale, shares / 100)
            traces.append(_curve(name, corners(amounts, scale), look, unit, nth))
    table = pd.DataFrame(columns, index=pd.Index(shares, name="Share of the time [%]"))
    bounds = [style.ranged(values(run, "marginal_price")) for run in runs.values()]
    lowest, highest = min(0.0, *(low for low, _, _ in bounds)), max(high for _, high, _ in bounds)
    room = 0.05 * (highest - lowest)
    hours = max(float(Clock.of(run).scale.sum()) for run in runs.values())
    layout = style.layout(
        560,
        xaxis=style.axis("Hours of the year [h/a]", anchor="y2", range=[0, hours], hoverformat=",.0f"),
        yaxis=style.axis("Grid import [MW]", domain=[0.55, 1], rangemode="tozero"),
        yaxis2=style.axis(f"Marginal price [{currency}/MWh]", domain=[0, 0.42], range=[lowest - room, highest + room]),
        hovermode="x unified",
    )
    return Figure(
        name="duration_curves",
        title="Duration curves",
        explanation=style.joined(
            (
                "For how many hours of the year grid import and marginal price reach or exceed a value.",
                CUT if any(cut for _, _, cut in bounds) else "",
            )
        ),
        spec={"data": traces, "layout": layout},
        table=table,
        digest=table.loc[list(SHARES)],
    )


def _curve(name: str, line: tuple[Floats, Floats], look: style.Look, unit: str, panel: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(name),
        "legendgroup": style.plain(name),
        "showlegend": panel == 0,
        "x": style.small(line[0]),
        "y": style.small(line[1]),
        "yaxis": "y2" if panel else "y",
        "line": {"width": 2, "shape": "hv", "color": look.line, "dash": look.dash},
        "hovertemplate": f"%{{y:,.2f}} {unit}",
    }


def _cfe(run: xr.Dataset, clock: Clock) -> Floats:
    load = clock.scale * values(run, "facility_load")
    whole = clock.months.total(load)
    covered = clock.months.total(load * values(run, "cfe_score"))
    return 100 * ratio(covered, whole)


def _monthly(runs: Runs, amount: Callable[[xr.Dataset, Clock], Floats]) -> pd.DataFrame:
    """Make a table of months against runs; years that differ share their months where no run is longer than a year."""
    clocks = {name: Clock.of(run) for name, run in runs.items()}
    labels = {name: clock.months.labels for name, clock in clocks.items()}
    if len(set(labels.values())) > 1 and all(len(found) <= 12 for found in labels.values()):
        labels = {name: tuple(label[:3] for label in found) for name, found in labels.items()}
        order = list(_MONTHS)
    else:
        order = sorted({label for found in labels.values() for label in found}, key=pd.Timestamp)
    columns = {name: pd.Series(amount(run, clocks[name]), index=list(labels[name])) for name, run in runs.items()}
    table = pd.DataFrame(columns)
    return table.reindex([label for label in order if label in table.index]).rename_axis("Month")


def _with_unit(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    return table.rename(columns=lambda name: style.header(name, unit))


def _stack(
    runs: list[str],
    name: str,
    heights: Floats,
    look: style.Look,
    unit: str,
    *,
    hatched: bool = False,
    number: str = ",.0f",
) -> dict[str, Any]:
    shape = look.pattern or ("/" if hatched else "")
    return {
        "type": "bar",
        "name": style.plain(name),
        "x": [style.plain(run) for run in runs],
        "y": heights,
        "marker": {
            "color": look.colour,
            "line": {"width": 0.5, "color": "#FFFFFF"},
            "pattern": {"shape": shape, "fgcolor": "#FFFFFF", "bgcolor": look.colour, "size": 6, "solidity": 0.25},
        },
        "hovertemplate": f"%{{y:{number}}} {unit}",
    }


def _total(runs: list[str], name: str, heights: Floats, unit: str, number: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [style.plain(run) for run in runs],
        "y": heights,
        "marker": {"symbol": "diamond", "size": 10, "color": style.INK, "line": {"width": 1.5, "color": "#FFFFFF"}},
        "hovertemplate": f"%{{y:{number}}} {unit}",
    }


def _bars_layout(title: str, number: str = ",.0f") -> dict[str, Any]:
    return style.layout(
        460,
        barmode="relative",
        bargap=0.5,
        xaxis=style.axis("", type="category", showgrid=False, fixedrange=True),
        yaxis=style.axis(title, zerolinewidth=1.5, tickformat=number),
        hovermode="x unified",
    )


def _months_layout(title: str, **more: Any) -> dict[str, Any]:
    return style.layout(
        400,
        xaxis=style.axis("Month, local time", type="category", showgrid=False, fixedrange=True),
        yaxis=style.axis(title, rangemode="tozero"),
        hovermode="x unified",
        **more,
    )


COMPARISONS: Mapping[str, Callable[[Runs], Figure]] = {
    "cost_lines": cost_lines,
    "gpu_hour_lines": gpu_hour_lines,
    "energy_by_source": energy_by_source,
    "monthly_cfe": monthly_cfe,
    "monthly_import": monthly_import,
    "duration_curves": duration_curves,
}
