"""What demand response asked for and got, contract by contract."""

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


def demand_response(dataset: xr.Dataset) -> Figure:
    """Draw for each demand response contract the energy called, and how much of it was delivered.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each contract, with its commitment, calls and income.
    """
    title = "Demand response"
    if "called_energy" not in dataset:
        return absent("demand_response", title, "The site has no demand response contract.")
    contracts, currency = names(dataset, "response"), dataset.attrs["currency"]
    called, short = values(dataset, "called_energy"), values(dataset, "shortfall_energy")
    delivered = np.maximum(called - short, 0.0)
    table = pd.DataFrame(
        {
            "Commitment [MW]": values(dataset, "commitment"),
            "Time called [h/a]": values(dataset, "called_hours"),
            "Called [MWh/a]": called,
            "Shortfall [MWh/a]": short,
            f"Income [{currency}/a]": values(dataset, "response_income"),
        },
        pd.Index(contracts, name="Contract"),
    )
    bars = [
        _bar(contracts, "Delivered", delivered, style.look("battery")),
        _bar(contracts, "Shortfall", short, style.look("unserved")),
    ]
    return Figure(
        name="demand_response",
        title=title,
        explanation=style.joined(
            (
                "Energy called is the commitment times the time of the calls; shortfall is import above the baseline "
                "less the commitment while called. Income is what is paid for readiness and calls, less penalties.",
                Clock.of(dataset).scaled_note,
            )
        ),
        spec={
            "data": bars,
            "layout": style.layout(
                300,
                xaxis=style.axis("Contract", type="category", showgrid=False),
                yaxis=style.axis("Energy [MWh/a]", rangemode="tozero"),
                barmode="stack",
            ),
        },
        table=table,
    )


def _bar(contracts: list[str], name: str, energy: Floats, look: style.Look) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [style.plain(contract) for contract in contracts],
        "y": style.small(energy),
        "marker": {"color": look.colour},
        "hovertemplate": "%{y:,.2f} MWh a year",
    }
