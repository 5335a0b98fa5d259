"""The page that tells what flexibility saves, lever by lever."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from optimizer.plots.savings import savings_waterfall

from . import comparing, page, words
from .numbers import number, quantity

if TYPE_CHECKING:
    import xarray as xr


def render_savings(datasets: Mapping[str, xr.Dataset], table: pd.DataFrame, levers: Mapping[str, str]) -> str:
    """Make the page of a ladder of plans.

    Parameters
    ----------
    datasets : mapping of str to xarray.Dataset
        The plan of each rung, the rigid one first.
    table : pandas.DataFrame
        Rungs by name with ``cost_per_year``, ``saving`` and ``share``.
    levers : mapping of str to str
        What each lever is, by the name of its rung.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    whole = list(datasets.values())[-1]
    currency = str(whole.attrs["currency"])
    names = {rung: "rigid" if rung not in levers else f"+ {rung}" for rung in datasets}
    return page.render(
        "savings.html.j2",
        scenario=whole.attrs["scenario"],
        site=whole.attrs["site"],
        place=words.place(float(whole.attrs["latitude"]), float(whole.attrs["longitude"])),
        period=words.period(whole),
        finding=finding(table, levers, currency),
        notes=words.notes(whole),
        waterfall=savings_waterfall(table, levers, currency),
        rows=comparing.rows({names[rung]: run for rung, run in datasets.items()}),
        names=list(names.values()),
    )


def write_savings(
    datasets: Mapping[str, xr.Dataset], table: pd.DataFrame, levers: Mapping[str, str], path: str | Path
) -> Path:
    """Write the page of a ladder of plans; see `render_savings`."""
    return page.write(render_savings(datasets, table, levers), path)


def finding(table: pd.DataFrame, levers: Mapping[str, str], currency: str) -> str:
    """Say in one sentence what each lever saves, in the order in which they came."""
    told = [_saved(levers[str(rung)], row["saving"], row["share"], currency) for rung, row in table.iloc[1:].iterrows()]
    whole = table["saving"].sum()
    text, unit = quantity(abs(float(whole)), f"{currency}/a")
    verb = "saves" if whole >= 0 else "costs"
    return f"Flexibility {verb} {text} {unit}: in this order, {', '.join(told)}."


def _saved(lever: str, saving: float, share: float, currency: str) -> str:
    text, unit = quantity(abs(saving), f"{currency}/a")
    verb = "save" if saving >= 0 else "cost"
    verb = verb if lever.endswith("s") and not lever.startswith(("work", "power")) else f"{verb}s"
    return f"{lever} {verb} {text} {unit} ({number(100 * abs(share), 1)} %)"
