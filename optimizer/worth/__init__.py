"""What more of everything would be worth a year, and the hours in which power is dearest: read from the duals.

By the envelope theorem the least cost changes with a number p as the Lagrangian does at the optimal point,
``dL/dp = dc/dp x + y (db/dp - dA/dp x) + z d(bound)/dp``, be p a capacity, a target or a cap (Milgrom, P., Segal, I.
(2002). Envelope theorems for arbitrary choice sets. doi:10.1111/1468-0262.00296). No engine runs for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import xarray as xr

from optimizer.worth.sensitivity import Sensitivity
from optimizer.worth.table import Worth, gains, worth
from optimizer.worth.worst_hours import WorstHour, worst_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sensitivity", "WorstHour", "Worth", "worth_of"]


def worth_of(plan: xr.Dataset, found: Sensitivity, *, grid: bool) -> dict[str, xr.DataArray]:
    """Write what more of everything would be worth, and the worst hours, as text for the plan.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan.
    found : Sensitivity
        Its program, optimal point and duals.
    grid : bool
        Whether the site has a grid.

    Returns
    -------
    dict of str to xarray.DataArray
        ``worth``, rows as in `Worth`, and ``worst_hours``, rows as in `WorstHour`, as JSON.
    """
    changes = gains(found, grid=grid)
    return {
        "worth": _text(worth(found, changes), "What more of each thing would be worth a year, as JSON"),
        "worst_hours": _text(worst_hours(found, changes, plan), "The hours in which power is dearest, as JSON"),
    }


def _text(rows: Sequence[Worth] | Sequence[WorstHour], description: str) -> xr.DataArray:
    """Write a table of words and numbers, too long for an attribute."""
    text = json.dumps([row._asdict() for row in rows])
    return xr.DataArray(text, attrs={"units": "1", "description": description})
