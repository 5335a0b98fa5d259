"""Which work ran when: named jobs between release and deadline, and how late each week's work was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.accounting.allocation import JOB, allocation, jobs

from . import style
from .clock import Clock, Floats, added
from .compute import NO_WORK, has_work
from .dispatch import HOURS_FORMAT, NOISE, names, values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

_DAY = 86_400_000  # ms
_STAMP = "%Y-%m-%d %H:%M"
_DELAYS = (0.0, 3.0, 6.0, 12.0, 24.0, np.inf)  # ends of the bands of delay [h]
_BANDS = (
    "at once",
    "up to 3 h later",
    "up to 6 h later",
    "up to 12 h later",
    "up to 24 h later",
    "more than 24 h later",
)
_BAND_COLOURS = ("#009E73", "#A5D8F5", "#56B4E9", "#1E7FB8", "#005A8C", "#332288")


def job_gantt(dataset: xr.Dataset) -> Figure:
    """Draw when each named job ran between its release and its deadline.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each job.
    """
    name, title = "job_gantt", "Which job ran when"
    if not has_work(dataset):
        return absent(name, title, NO_WORK)
    found = jobs(dataset)
    found = found[found["kind"] == JOB].sort_values(["arrived_utc", "workload"], ignore_index=True)
    if found.empty:
        return absent(name, title, "The load has no named jobs.")
    clock = Clock.of(dataset)
    labels = [style.plain(label) for label in found["workload"]]
    allowed = _wall(clock, found["arrived_utc"]), _wall(clock, found["deadline_utc"])
    ran = [_runs(clock, dataset, name) for name in found["workload"]]
    rows = [label for label, (starts, _, _) in zip(labels, ran, strict=True) for _ in starts]
    starts, ends, power = (np.concatenate(parts) for parts in zip(*ran, strict=True))
    return Figure(
        name=name,
        title=title,
        explanation=(
            "The pale bar of each job reaches from its release to its deadline, the dark ones show when it ran; a job "
            "that may pause waits for cheaper or cleaner hours."
        ),
        spec={
            "data": [
                _bars("May run", labels, allowed, colour="#D9DEE4", width=0.7),
                _bars("Runs", rows, (starts, ends), colour=style.look("other").colour, width=0.4, power=power),
            ],
            "layout": _gantt_layout(clock, labels, float(allowed[0].min()), float(allowed[1].max())),
        },
        table=_job_table(clock, found),
    )


def _runs(clock: Clock, dataset: xr.Dataset, name: str) -> tuple[Floats, Floats, Floats]:
    """Give the stretches in which a job runs without a pause: starts and ends on the wall's clock, mean power."""
    power = values(dataset.sel(workload=name), "it_power")
    on = np.diff(np.concatenate([[0], power > NOISE, [0]]).astype(int))
    starts, ends = np.flatnonzero(on > 0), np.flatnonzero(on < 0)
    energy = np.concatenate([[0.0], np.cumsum(power * clock.dt)])
    hours = np.concatenate([[0.0], np.cumsum(clock.dt)])
    mean = (energy[ends] - energy[starts]) / (hours[ends] - hours[starts])
    return clock.wall[starts].astype(float), clock.wall[ends].astype(float), mean


def _wall(clock: Clock, times: pd.Series[pd.Timestamp]) -> Floats:
    """Give times as the site's clock shows them, in ms since 1970."""
    local = pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(clock.zone).tz_localize(None)
    return local.to_numpy().astype("datetime64[ms]").astype(float)


def _bars(
    text: str,
    labels: list[str],
    spans: tuple[Floats, Floats],
    *,
    colour: str,
    width: float,
    power: Floats | None = None,
) -> dict[str, Any]:
    starts, ends = spans
    told = [f"{_stamp(start)} to {_stamp(end)}" for start, end in zip(starts, ends, strict=True)]
    if power is not None:
        told = [f"{span}, {mean:,.2f} MW in the mean" for span, mean in zip(told, power, strict=True)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": text,
        "y": labels,
        "base": starts,
        "x": ends - starts,
        "width": width,
        "marker": {"color": colour},
        "text": told,
        "textposition": "none",
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }


def _stamp(wall: float) -> str:
    return str(pd.Timestamp(wall, unit="ms").strftime("%d %b %Y %H:%M"))


def _gantt_layout(clock: Clock, labels: list[str], first: float, last: float) -> dict[str, Any]:
    room = 0.02 * (last - first)
    return style.layout(
        150 + 32 * len(labels),
        barmode="overlay",
        xaxis=style.axis(clock.axis_title, type="date", range=[first - room, last + room], hoverformat=HOURS_FORMAT),
        yaxis=style.axis(type="category", autorange="reversed", fixedrange=True, categoryarray=labels),
        hovermode="closest",
    )


def _job_table(clock: Clock, found: pd.DataFrame) -> pd.DataFrame:
    def local(column: str) -> list[str]:
        times = pd.DatetimeIndex(found[column]).tz_localize("UTC").tz_convert(clock.zone)
        return [str(text) for text in times.strftime(_STAMP)]

    columns: dict[str, Any] = {
        "Released (local)": local("arrived_utc"),
        "Deadline (local)": local("deadline_utc"),
        "Start (local)": local("start_utc"),
        "End (local)": local("end_utc"),
        "Runs": found["runs"].to_numpy(),
        "IT energy [MWh]": found["energy_mwh"].to_numpy(),
        "GPU-hours [GPU-h]": found["gpu_hours"].to_numpy(),
        "Mean delay [h]": found["mean_delay_h"].to_numpy(),
        "Carbon-free share [%]": 100 * found["carbon_free_share"].to_numpy(),
    }
    return pd.DataFrame(columns, index=pd.Index(found["workload"], name="Job"))


def deferral_by_week(dataset: xr.Dataset) -> Figure:
    """Draw how late the work of deferrable classes was done, by the week in which it arrived.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        One panel for each class. Table: a row for each class and week, MWh by delay.
    """
    name, title = "deferral_by_week", "How long deferrable work waited"
    if not has_work(dataset):
        return absent(name, title, NO_WORK)
    classes = names(dataset, "deferrable_workload")
    if not classes:
        return absent(name, title, "The load has no class of deferrable work.")
    clock = Clock.of(dataset)
    pieces = allocation(dataset)
    tables = {label: _weeks(clock, pieces[pieces["workload"] == label]) for label in classes}
    shown = [at for at in range(len(_BANDS)) if any(table.iloc[:, at].any() for table in tables.values())]
    traces = [_week_bar(table, at, panel) for panel, table in enumerate(tables.values()) for at in shown]
    table = pd.concat(tables)
    index = pd.Index([f"{label}, week from {week}" for label, week in table.index], name="Class and week of arrival")
    return Figure(
        name=name,
        title=title,
        explanation=(
            "Work of each class by the week in which it arrived, on the site's clock, and by how much later it was "
            "done; what is served is handed back to what arrived first."
        ),
        spec={"data": traces, "layout": _weeks_layout(classes)},
        table=table.set_axis(index).rename(columns=lambda band: style.header(f"Done {band}", "MWh")),
    )


def _weeks(clock: Clock, pieces: pd.DataFrame) -> pd.DataFrame:
    """Sum work by week of arrival and band of delay [MWh]."""
    monday = (_wall(clock, pieces["arrived_utc"]) // _DAY + 3) // 7  # the epoch began on a Thursday
    band = np.searchsorted(_DELAYS, pieces["delay_h"].to_numpy() - 1e-9)
    weeks, row = np.unique(monday, return_inverse=True)
    sums = added(row * len(_BANDS) + band, pieces["work_mwh"].to_numpy(), len(weeks) * len(_BANDS))
    labels = [str(pd.Timestamp((7 * week - 3) * _DAY, unit="ms").date()) for week in weeks]
    return pd.DataFrame(sums.reshape(-1, len(_BANDS)), pd.Index(labels, name="Week"), list(_BANDS))


def _week_bar(table: pd.DataFrame, at: int, panel: int) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": f"Done {_BANDS[at]}",
        "legendgroup": _BANDS[at],
        "showlegend": panel == 0,
        "x": [str(week) for week in table.index],
        "y": style.small(table.iloc[:, at].to_numpy()),
        "xaxis": "x",
        "yaxis": "y" if panel == 0 else f"y{panel + 1}",
        "marker": {"color": _BAND_COLOURS[at]},
        "hovertemplate": "%{y:,.1f} MWh",
    }


def _weeks_layout(classes: list[str]) -> dict[str, Any]:
    count = len(classes)
    found = style.layout(
        140 + 220 * count,
        barmode="stack",
        bargap=0.1,
        xaxis=style.axis(
            "Week of arrival, from Monday, local time",
            type="date",
            showgrid=False,
            anchor=f"y{count if count > 1 else ''}",
        ),
        hovermode="x unified",
        annotations=[],
    )
    for panel, label in enumerate(classes):
        top = 1 - panel / count
        domain = [top - 0.84 / count, top - 0.08 / count]
        found[f"yaxis{panel + 1 if panel else ''}"] = style.axis("Work [MWh]", domain=domain, rangemode="tozero")
        if count > 1:
            place = {"x": 0, "xref": "paper", "xanchor": "left", "y": domain[1], "yref": "paper", "yanchor": "bottom"}
            found["annotations"].append({"text": style.plain(label), "showarrow": False, "font": {"size": 13}, **place})
    return found
