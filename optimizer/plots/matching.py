"""How far the load is matched with carbon-free energy, and where the energy of each source went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from . import style
from .dispatch import names, values
from .figure import Figure, absent
from .shapes import bars

if TYPE_CHECKING:
    import xarray as xr

_LOOKS = {
    "hourly": ("battery", 0),
    "hourly, per-hour score": ("battery", 2),
    "monthly": ("wind", 0),
    "annual": ("grid", 0),
}
_USES = ("battery", "wind", "unserved", "export", "grid")


def matching_scores(dataset: xr.Dataset) -> Figure:
    """Draw the hourly, monthly and annual shares of carbon-free energy side by side, month by month and for the year.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each month and one for the year, shares in per cent.
    """
    title = "Carbon-free energy by the hour, the month and the year"
    if "matched_share" not in dataset:
        return absent("matching_scores", title, "The result holds no scores by month.")
    periods, scores = names(dataset, "matching_period"), names(dataset, "matching_score")
    shares = 100 * values(dataset, "matched_share")
    traces = [
        bars(periods, score, column, style.look(*_LOOKS.get(score, ("other", 0))), "%{y:.1f} %")
        for score, column in zip(scores, shares.T, strict=True)
    ]
    table = pd.DataFrame(
        shares, pd.Index(periods, name="Period"), [f"{score[:1].upper()}{score[1:]} [%]" for score in scores]
    )
    return Figure(
        name="matching_scores",
        title=title,
        explanation=(
            "Share of the load that carbon-free energy covers. Hourly: as the target counts it, losses of storage "
            "borne by the buyer; the per-hour score is Google's way to count the same. Monthly: energy of any hour of "
            "the month covers any other. Annual: energy of any hour of the year does, so that more than 100 % in one "
            "month makes good for another. These count contracts and generators alone, hourly ones also the "
            "carbon-free part of grid energy, so that annual can be below hourly. The last bars are the year's."
        ),
        spec={"data": traces, "layout": _layout("Share of the load [%]", barmode="group")},
        table=table,
    )


def certified_energy(dataset: xr.Dataset) -> Figure:
    """Draw where the energy of each contract, of generators and of the grid went.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each source, a column for each use and their sum, in MWh a year.
    """
    title = "Where the energy of each source went"
    if "certified_energy" not in dataset:
        return absent("certified_energy", title, "The result holds no certificates.")
    sources, uses = names(dataset, "certificate_source"), names(dataset, "certificate_use")
    energy = values(dataset, "certified_energy")
    traces = [
        bars(sources, use, column, style.look(kind), "%{y:,.0f} MWh/a")
        for use, kind, column in zip(uses, _USES, energy.T, strict=True)
    ]
    columns: dict[str, Any] = {
        f"{use[:1].upper()}{use[1:]} [MWh/a]": column for use, column in zip(uses, energy.T, strict=True)
    }
    columns["Given [MWh/a]"] = energy.sum(axis=1)
    return Figure(
        name="certified_energy",
        title=title,
        explanation=(
            "Every MWh followed to its use, interval by interval: each use takes of each source in proportion, and "
            "batteries give back first what they took first. What storage loses is counted with the source whose "
            "energy passed through it."
        ),
        spec={"data": traces, "layout": _layout("Energy [MWh/a]", barmode="relative")},
        table=pd.DataFrame(columns, index=pd.Index(sources, name="Source")),
    )


def _layout(title: str, **more: Any) -> dict[str, Any]:
    return style.layout(
        420,
        xaxis=style.axis(type="category", showgrid=False),
        yaxis=style.axis(title, rangemode="tozero"),
        hovermode="x unified",
        bargap=0.2,
        **more,
    )
