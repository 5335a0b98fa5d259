"""Self-contained pages: the report of one run, and two or more runs side by side.

A page needs no network, no server and nothing beside it; it reads well on a laptop, a phone and paper.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from optimizer import plots
from optimizer.compare import differences
from optimizer.errors import Fault, InputError

from . import assumptions, comparing, page, words

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["render_comparison", "render_report", "write_comparison", "write_report"]

# The sections of the report: title and the figures in it. Every figure stands in exactly one.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Operation": ("dispatch", "battery_cycles", "cycle_depths"),
    "Compute": (
        *("it_power", "gpu_hours", "job_gantt", "deferral_by_week"),
        *("gpu_hour_cost", "gpu_hour_heatmap"),
    ),
    "Hour by hour through the year": ("cfe_heatmap", "price_heatmap", "soc_heatmap", "curtailment_heatmap"),
    "Totals and durations": ("monthly_energy", "monthly_cost", "duration_curves"),
    "Reliability": ("survival_time", "unserved_by_tier", "demand_response"),
    "Electricity bill": ("bill",),
    "Contracts": ("contracts",),
    "Carbon-free energy": ("matching_scores", "certified_energy"),
    "Investment and cash flow": ("cash_flow", "cost_by_source"),
    "Marginal prices": ("marginal_price_heatmap",),
    "What more would be worth": ("worth", "worst_hours"),
}
_DUAL = "marginal_price_of_"
# Files beside a page: what is in each, and the name in the dataset without which there is none.
_TABLES = {
    "schedule.csv": ("the plan of each interval", "dt"),
    "bill.csv": ("the grid's bill", "bill"),
    "cash_flow.csv": ("the cash flow of each year", "cash_flow"),
}


def render_report(dataset: xr.Dataset) -> str:
    """Make the page of one run.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    figures = words.key_figures(dataset)
    drawn = {title: [plots.FIGURES[name](dataset) for name in names] for title, names in SECTIONS.items()}
    sections = {title: found for title, found in drawn.items() if not all(figure.absent for figure in found)}
    return page.render(
        "report.html.j2",
        **_head(dataset),
        headlines=[figures[name] for name in words.HEADLINES if name in figures],
        further=[
            figure
            for name, figure in figures.items()
            if name not in words.HEADLINES and not comparing.is_capacity(name)
        ],
        capacities=plots.capacities({"Size": dataset}),
        costs=_costs(dataset),
        sections=sections,
        prices=_marginal_prices(dataset),
        groups=_assumptions(dataset),
        scenario_yaml=dataset.attrs["scenario_yaml"],
        sources=_sources(dataset),
        data_notes=words.data_notes(dataset),
        files=[(what, file) for file, (what, name) in _TABLES.items() if name in dataset],
        told=words.certificate_words(words.certificate(dataset), dataset.attrs["currency"]),
        certificate=words.flat(words.certificate(dataset)),
        versions=json.loads(dataset.attrs["versions"]),
        inputs_hash=dataset.attrs["inputs_hash"],
    )


def write_report(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write the page of one run; nothing half-written is ever left under the name.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.
    path : str or Path
        The file, such as ``report.html``.

    Returns
    -------
    Path
        The file written.
    """
    return page.write(render_report(dataset), path)


def render_comparison(datasets: Mapping[str, xr.Dataset]) -> str:
    """Make a page that sets two or more runs side by side.

    Parameters
    ----------
    datasets : mapping of str to xarray.Dataset
        Results by the name under which they are shown; differences are to the first.

    Returns
    -------
    str
        HTML, complete in itself.

    Raises
    ------
    InputError
        If there are fewer than two runs, or they count in different currencies.
    """
    if len(datasets) < 2:
        raise InputError([Fault("compare", f"{len(datasets)} run given", "name at least two runs")])
    told = {name: words.notes(run) for name, run in datasets.items()}
    shared = [note for note in next(iter(told.values())) if all(note in others for others in told.values())]
    own = {name: {"notes": [note for note in found if note not in shared]} for name, found in told.items()}
    return page.render(
        "comparison.html.j2",
        runs={
            name: _head(run) | own[name] | {"inputs_hash": run.attrs["inputs_hash"]} for name, run in datasets.items()
        },
        warnings=differences(datasets) + shared,
        names=list(datasets),
        rows=comparing.rows(datasets),
        capacities=plots.capacities(datasets),
        figures=[draw(datasets) for draw in plots.COMPARISONS.values()],
    )


def write_comparison(datasets: Mapping[str, xr.Dataset], path: str | Path) -> Path:
    """Write a page that sets two or more runs side by side; see `render_comparison`."""
    return page.write(render_comparison(datasets), path)


def _head(dataset: xr.Dataset) -> dict[str, Any]:
    attrs = dataset.attrs
    return {
        "scenario": attrs["scenario"],
        "site": attrs["site"],
        "place": words.place(float(attrs["latitude"]), float(attrs["longitude"])),
        "zone": attrs["time_zone"],
        "period": words.period(dataset),
        "verdict": words.verdict(dataset),
        "notes": words.notes(dataset),
    }


def _costs(dataset: xr.Dataset) -> pd.DataFrame:
    yearly = dataset["annual_cost"].to_series().astype(float)
    yearly = yearly[yearly.abs() >= 0.5]  # what would be shown as 0 tells nothing
    table = pd.DataFrame({f"Cost [{dataset.attrs['currency']}/a]": yearly}).rename_axis("Cost line")
    table.loc["Total"] = table.sum()
    return table


def _marginal_prices(dataset: xr.Dataset) -> pd.DataFrame:
    """Sum up what one more unit on the right-hand side of each family of constraints would cost."""
    named = {"Load (marginal price)": dataset["marginal_price"]}
    named |= {
        str(name).removeprefix(_DUAL).replace("_", " ").capitalize(): dual
        for name, dual in dataset.data_vars.items()
        if str(name).startswith(_DUAL) and dual.size
    }
    rows = {name: (float(dual.min()), float(dual.mean()), float(dual.max())) for name, dual in named.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["Least", "Mean", "Greatest"], dtype=float)
    table.index = pd.Index([f"{name} [{dual.attrs['units']}]" for name, dual in named.items()], name="One more unit in")
    return table


def _assumptions(dataset: xr.Dataset) -> list[assumptions.Group]:
    import yaml  # noqa: PLC0415, only a page needs it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    scenario = yaml.load(dataset.attrs["scenario_yaml"], Loader=loader)  # a safe loader
    return assumptions.groups(scenario, dataset.attrs["currency"])


def _sources(dataset: xr.Dataset) -> pd.DataFrame:
    """List the series with the file and column that they come from."""
    found = json.loads(dataset.attrs.get("sources", "[]"))
    columns = {"name": "Series", "unit": "Unit", "source": "File and column", "filled": "Values filled in"}
    return pd.DataFrame(found, columns=list(columns)).rename(columns=columns).set_index("Series")
