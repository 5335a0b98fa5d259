"""What flexibility saves, lever by lever, as a waterfall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .figure import Figure

if TYPE_CHECKING:
    from .clock import Floats

_TOTAL = "Together"


def savings_waterfall(table: pd.DataFrame, levers: Mapping[str, str], currency: str) -> Figure:
    """Draw what each lever of flexibility saves a year, one on top of the other in the order in which they came.

    Parameters
    ----------
    table : pandas.DataFrame
        Rungs by name with ``cost_per_year`` and ``saving``; the first is the rigid plan.
    levers : mapping of str to str
        What each lever is, by the name of its rung.
    currency : str
        The currency of the costs.

    Returns
    -------
    Figure
        Table: a row for each rung with its cost, saving and share.
    """
    rigid = float(table["cost_per_year"].iloc[0])
    saved = table["saving"].iloc[1:].to_numpy(dtype=float)
    labels = [levers[str(rung)].capitalize() for rung in table.index[1:]]
    tops = np.cumsum(saved)
    starts = np.append(tops - saved, 0.0)
    heights = np.append(saved, saved.sum())
    kinds = ["battery" if height >= 0 else "unserved" for height in saved] + ["load"]
    shown = pd.DataFrame(
        {
            f"Cost [{currency}/a]": table["cost_per_year"].to_numpy(dtype=float),
            f"Saving [{currency}/a]": table["saving"].to_numpy(dtype=float),
            "Share of the rigid cost [%]": 100 * table["share"].to_numpy(dtype=float),
        },
        pd.Index(["Rigid", *(f"+ {label[:1].lower()}{label[1:]}" for label in labels)], name="Plan"),
    )
    return Figure(
        name="savings_waterfall",
        title="What flexibility saves in a year",
        explanation=(
            f"Each bar is what one lever more saves, in this order, of the {rigid:,.0f} {currency} a year that the "
            "rigid site costs. What two levers can both do is laid to the one that comes first, so that another order "
            "gives another split of the same total. What a lever costs itself is taken off."
        ),
        spec={"data": [_bars([*labels, _TOTAL], starts, heights, kinds, currency)], "layout": _layout(currency)},
        table=shown,
    )


def _bars(labels: list[str], starts: Floats, heights: Floats, kinds: list[str], currency: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": "Saving",
        "showlegend": False,
        "x": labels,
        "base": starts,
        "y": heights,
        "marker": {"color": [style.look(kind).colour for kind in kinds]},
        "text": [f"{height:,.0f}" for height in heights],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": f"%{{x}}: %{{y:,.0f}} {currency}/a<extra></extra>",
    }


def _layout(currency: str) -> dict[str, Any]:
    return style.layout(
        420,
        bargap=0.4,
        margin={"l": 64, "r": 16, "t": 40, "b": 48},
        xaxis=style.axis(type="category", showgrid=False, fixedrange=True),
        yaxis=style.axis(f"Saving [{currency}/a]", zerolinewidth=1.5, tickformat=",.0f"),
        hovermode="closest",
    )
