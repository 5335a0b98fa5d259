"""How deep batteries are cycled, and how long they last so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .dispatch import names, values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr


def cycle_depths(dataset: xr.Dataset) -> Figure:
    """Draw how many cycles a year each battery makes, by depth.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each battery with its cycles by depth, the life they take in a year and the life expected.
    """
    title = "Cycles by depth"
    batteries = names(dataset, "battery")
    if not batteries or "cycles_by_depth" not in dataset:
        return absent("cycle_depths", title, "The site has no battery whose cycles are counted.")
    ends = np.rint(100 * dataset["cycle_depth"].to_numpy()).astype(int).tolist()
    labels = [f"{low}–{high}" for low, high in zip([0, *ends], ends, strict=False)]
    counts = values(dataset, "cycles_by_depth")
    looks = style.looks(["battery"] * len(batteries))
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": style.plain(name),
            "x": labels,
            "y": style.small(row),
            "marker": {
                "color": look.colour,
                "pattern": {"shape": look.pattern, "fgcolor": "#FFFFFF", "bgcolor": look.colour},
            },
            "hovertemplate": "%{y:,.1f} cycles a year",
        }
        for name, row, look in zip(batteries, counts, looks, strict=True)
    ]
    columns = {f"Cycles {label} % deep [1/a]": column for label, column in zip(labels, counts.T, strict=True)}
    wear, life = values(dataset, "cycle_wear"), values(dataset, "expected_life")
    columns |= {"Life taken [%/a]": 100 * wear, "Expected life [a]": np.where(np.isfinite(life), life, np.nan)}
    table = pd.DataFrame(columns, index=pd.Index(batteries, name="Battery"))
    return Figure(
        name="cycle_depths",
        title=title,
        explanation=(
            "Cycles of the state of charge counted by rainflow (ASTM E1049), by how deep they go; a half cycle counts "
            "as a half. Where the battery's life is given in cycles, the table tells what a year's cycles take of it "
            "and in how many years they are spent; ageing by the calendar comes on top."
        ),
        spec={
            "data": traces,
            "layout": style.layout(
                360,
                xaxis=style.axis("Depth [% of what the battery can hold]", type="category", showgrid=False),
                yaxis=style.axis("Cycles [1/a]", rangemode="tozero"),
                barmode="group",
            ),
        },
        table=table,
        digest=table.T.rename_axis(index="Line", columns=None),
    )
