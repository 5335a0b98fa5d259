"""Work over time: what each workload draws, what waits, and what became of the GPU-hours asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.accounting.allocation import JOB
from optimizer.accounting.compute import workload_table

from . import style
from .clock import Clock, Floats
from .dispatch import HOURS_FORMAT, names, noticeable, span_buttons, values
from .figure import Figure, absent
from .shapes import daily_means, energy_line

if TYPE_CHECKING:
    import xarray as xr

NO_WORK = "The load is given as power, not as work, so there is nothing to tell of workloads."
_JOBS, _OTHER = "Named jobs", "Other IT load"


@dataclass(frozen=True)
class Drawn:
    """One area of IT power."""

    label: str
    power: Floats
    look: style.Look


def has_work(dataset: xr.Dataset) -> bool:
    """Say whether the load of a result is made of workloads."""
    return "it_power" in dataset


def drawn_power(dataset: xr.Dataset) -> list[Drawn]:
    """List the power of each workload, named jobs together, and that of other IT load where there is some."""
    power, kinds = values(dataset, "it_power"), dataset["workload_kind"].to_numpy().astype(str)
    parts = [
        (name, row) for name, kind, row in zip(names(dataset, "workload"), kinds, power, strict=True) if kind != JOB
    ]
    if (kinds == JOB).any():
        parts.append((_JOBS, power[kinds == JOB].sum(axis=0)))
    rest = values(dataset, "it_load") - power.sum(axis=0)
    if noticeable(rest):
        parts.append((_OTHER, rest))
    looks = style.run_looks(len(parts))
    return [Drawn(label, row, look) for (label, row), look in zip(parts, looks, strict=True)]


def it_power(dataset: xr.Dataset) -> Figure:
    """Draw the power of all workloads as stacked areas, what they would draw at once as a line, and the backlogs below.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each interval; digest: a row for each workload.
    """
    name, title = "it_power", "IT power by workload"
    if not has_work(dataset):
        return absent(name, title, NO_WORK)
    clock, parts = Clock.of(dataset), drawn_power(dataset)
    waiting = _backlogs(dataset)
    traces = [_area(clock, part) for part in parts] + [
        energy_line(clock, f"{name}: backlog", energy, look) for name, energy, look in waiting
    ]
    coarse = [daily_means(clock, part.power) for part in parts]
    coarse += [
        {"x": clock.pieces.noons, "y": style.small(clock.pieces.daily((energy[1:] + energy[:-1]) / 2))}
        for _, energy, _ in waiting
    ]
    moved = (
        "The lower panel shows the work of each class that has arrived and waits." if waiting else "No work may wait."
    )
    return Figure(
        name=name,
        title=title,
        explanation=f"Power that the IT equipment draws for each workload. {moved}",
        spec={"data": traces, "layout": _power_layout(clock, parts, waiting)},
        table=_power_table(clock, parts, waiting),
        digest=_power_digest(clock, parts),
        overview=coarse,
    )


def _backlogs(dataset: xr.Dataset) -> list[tuple[str, Floats, style.Look]]:
    """List the backlogs of the classes that may wait, with the look that their power has."""
    looks = {part.label: part.look for part in drawn_power(dataset)}
    backlog = dict(zip(names(dataset, "workload"), values(dataset, "backlog"), strict=True))
    return [(name, backlog[name], looks[name]) for name in names(dataset, "deferrable_workload")]


def _area(clock: Clock, part: Drawn) -> dict[str, Any]:
    pattern = {"shape": part.look.pattern, "bgcolor": part.look.colour, "fgcolor": "#FFFFFF", "size": 7}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(part.label),
        "x": clock.step_times,
        "y": style.small(clock.steps(part.power)),
        "stackgroup": "power",
        "fillcolor": part.look.colour,
        "fillpattern": pattern | {"solidity": 0.15},
        "line": {"width": 0, "shape": "hv", "color": part.look.colour},
        "hovertemplate": "%{y:,.2f} MW",
    }


def _power_layout(clock: Clock, parts: Sequence[Drawn], waiting: Sequence[Any]) -> dict[str, Any]:
    total = sum((part.power for part in parts), np.zeros(len(clock.dt)))
    highest = max(float(total.max()), 1e-3)
    time_axis = style.axis(
        clock.axis_title,
        type="date",
        range=[float(clock.wall.min()), float(clock.wall.max())],
        anchor="y2" if waiting else "y",
        hoverformat=HOURS_FORMAT,
        rangeslider={"visible": True, "thickness": 0.08},
        rangeselector={"buttons": span_buttons(), "x": 0, "y": -0.02, "yanchor": "top", "visible": True},
    )
    power = style.axis("IT power [MW]", fixedrange=True, domain=[0.34 if waiting else 0, 1], range=[0, 1.05 * highest])
    found = style.layout(620 if waiting else 460, xaxis=time_axis, yaxis=power, hovermode="x unified")
    if waiting:
        most = max(*(float(energy.max()) for _, energy, _ in waiting), 1e-3)
        found["yaxis2"] = style.axis("Backlog [MWh]", fixedrange=True, domain=[0, 0.26], range=[0, 1.05 * most])
    return found


def _power_table(clock: Clock, parts: Sequence[Drawn], waiting: Sequence[Any]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "Start (UTC)": clock.aware[:-1].tz_convert("UTC"),
        "Start (local)": clock.aware[:-1],
        style.header("Length", "h"): clock.dt,
    }
    columns |= {style.header(part.label, "MW"): part.power for part in parts}
    for name, energy, _ in waiting:
        columns[style.header(f"{name}: waiting at the end", "MWh")] = energy[1:]
    return pd.DataFrame(columns)


def _power_digest(clock: Clock, parts: Sequence[Drawn]) -> pd.DataFrame:
    power = np.array([part.power for part in parts])
    energy = power @ clock.scale
    return pd.DataFrame(
        {
            "Energy [MWh/a]": energy,
            "Share [%]": 100 * energy / energy.sum() if energy.any() else np.full(len(parts), np.nan),
            "Mean [MW]": energy / clock.scale.sum(),
            "Least [MW]": power.min(axis=1),
            "Greatest [MW]": power.max(axis=1),
        },
        index=pd.Index([part.label for part in parts], name="Workload"),
    )


_FATES = {
    "at_once": ("Done at once", "battery"),
    "deferred": ("Done later", "wind"),
    "lost_to_capping": ("Lost to capping", "unserved"),
    "not_run": ("Not run, as it did not pay", "grid"),
    "unserved": ("Load not served", "generator"),
}
_HEADERS = {
    "asked": "Asked [GPU-h/a]",
    "delivered": "Delivered [GPU-h/a]",
    "deferred": "Done later [GPU-h/a]",
    "lost_to_capping": "Lost to capping [GPU-h/a]",
    "not_run": "Not run [GPU-h/a]",
    "unserved": "Load not served [GPU-h/a]",
    "mean_delay_h": "Mean delay [h]",
    "greatest_delay_h": "Greatest delay [h]",
    "it_mwh": "IT energy [MWh/a]",
    "facility_mwh": "Energy with PUE [MWh/a]",
    "kwh_per_gpu_hour": "Energy per GPU-hour [kWh/GPU-h]",
    "gco2e_per_gpu_hour": "Emissions per GPU-hour [gCO2e/GPU-h]",
}


def gpu_hours(dataset: xr.Dataset) -> Figure:
    """Draw for each workload which part of the GPU-hours asked was done at once, later, or not at all.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each workload; digest: the same, workloads across.
    """
    name, title = "gpu_hours", "GPU-hours by workload"
    if not has_work(dataset):
        return absent(name, title, NO_WORK)
    found = workload_table(dataset)
    if found["asked"].isna().all():
        return absent(name, title, "How many GPUs a MW feeds is not known (gpus_per_mw), so there are no GPU-hours.")
    found["at_once"] = found["delivered"] - found["deferred"]
    drawn = found.groupby(np.where(found["kind"] == JOB, _JOBS, found.index), sort=False)[list(_FATES)].sum()
    labels = [style.plain(str(label)) for label in drawn.index]
    traces = [
        _fate(labels, text, drawn[key].to_numpy(), kind) for key, (text, kind) in _FATES.items() if drawn[key].any()
    ]
    table = _workloads(found, str(dataset.attrs["currency"]))
    return Figure(
        name=name,
        title=title,
        explanation=(
            "What became of the GPU-hours that each workload asked for. A job is late by what it takes longer than at "
            "full power from its release on; what is served of a class is handed back to what arrived first. Emissions "
            "are those of each hour, by share of load."
        ),
        spec={"data": traces, "layout": _fates_layout(len(labels))},
        table=table,
        digest=table.T.rename_axis(index="Line", columns=None),
    )


def _fate(labels: list[str], text: str, amounts: Floats, kind: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": text,
        "y": labels,
        "x": style.small(np.nan_to_num(amounts)),
        "marker": {"color": style.look(kind).colour},
        "hovertemplate": "%{x:,.0f} GPU-h/a",
    }


def _fates_layout(count: int) -> dict[str, Any]:
    return style.layout(
        170 + 34 * count,
        barmode="stack",
        bargap=0.3,
        xaxis=style.axis("GPU-hours [GPU-h/a]", tickformat=",.3~s"),
        yaxis=style.axis(type="category", autorange="reversed", showgrid=False, fixedrange=True),
        hovermode="y unified",
    )


def _workloads(found: pd.DataFrame, currency: str) -> pd.DataFrame:
    columns: dict[str, Any] = {header: found[key] for key, header in _HEADERS.items()}
    columns[f"Marginal cost per GPU-hour [{currency}/GPU-h]"] = found["marginal_cost_per_gpu_hour"]
    columns["Carbon-free share [%]"] = 100 * found["carbon_free_share"]
    return pd.DataFrame(columns).rename_axis("Workload")
