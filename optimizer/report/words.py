"""What a result says, in words: the verdict, the period, the certificate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optimizer.plots.dispatch import NOISE

from .numbers import number, quantity

if TYPE_CHECKING:
    import xarray as xr

# The figures at the top of a page, in this order; all others follow in a table.
HEADLINES = (
    "cost_per_gpu_hour",
    "cost_per_mwh",
    "cost_per_year",
    "cfe_hourly",
    "cfe_annual",
    "curtailment_share",
    "peak_import",
    "battery_cycles",
    "emissions",
    "unserved",
)


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the summary."""

    name: str
    label: str
    value: float | None
    unit: str

    @property
    def text(self) -> str:
        """The value as the page shows it."""
        return quantity(self.value, self.unit)[0]

    @property
    def unit_text(self) -> str:
        """The unit as the page shows it."""
        return quantity(self.value, self.unit)[1]

    @property
    def phrase(self) -> str:
        """Value and unit together."""
        return f"{self.text} {self.unit_text}".strip()


def key_figures(dataset: xr.Dataset) -> dict[str, KeyFigure]:
    """Read the summary of a result, by name."""
    rows = json.loads(dataset.attrs["summary"])
    figures = (KeyFigure(row["name"], row["label"], row["value"], row["unit"]) for row in rows)
    return {figure.name: figure for figure in figures}


def notes(dataset: xr.Dataset) -> list[str]:
    """Read what a reader must know before all else: the result's notes, and the gaps in its data that were filled.

    A plan that is not proved optimal comes first.
    """
    doubt = [] if proved(certificate(dataset)) else ["This plan is NOT proved optimal; see the certificate."]
    filled = [note for note in data_notes(dataset) if re.search(r"\bgaps? filled\b", note)]
    return [*doubt, *(str(note) for note in json.loads(dataset.attrs["notes"])), *filled]


def data_notes(dataset: xr.Dataset) -> list[str]:
    """Read what the series say about themselves."""
    return [str(note) for note in json.loads(dataset.attrs["data_notes"])]


def certificate(dataset: xr.Dataset) -> dict[str, Any]:
    """Read the certificate of a result."""
    return dict(json.loads(dataset.attrs["certificate"]))


def proved(found: Mapping[str, Any]) -> bool:
    """Say whether a certificate proves the plan optimal."""
    return found.get("status") == "optimal" and bool(found.get("proved", True))


def period(dataset: xr.Dataset) -> str:
    """Say what time the horizon covers and in which steps."""
    ends = pd.DatetimeIndex(dataset["boundary"].to_numpy())
    minutes = sorted(set((dataset["dt"].to_numpy() * 60).round(3).tolist()))
    count = len(ends) - 1
    steps = f"{minutes[0]:g} min" if len(minutes) == 1 else f"{minutes[0]:g} to {minutes[-1]:g} min"
    return f"{_day(ends[0])} to {_day(ends[-1])} UTC, {count:,} {'interval' if count == 1 else 'intervals'} of {steps}"


def _day(time: pd.Timestamp) -> str:
    return f"{time.day} {time:%B %Y}" if time == time.normalize() else f"{time.day} {time:%B %Y %H:%M}"


def place(latitude: float, longitude: float) -> str:
    """Write coordinates.

    Examples
    --------
    >>> place(33.37, -7.58)
    '33.37° N, 7.58° W'
    """
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):g}° {north}, {abs(longitude):g}° {east}"


def verdict(dataset: xr.Dataset) -> str:
    """Say in one sentence what the result is.

    Returns
    -------
    str
        Share of carbon-free energy, cost, whether all load is served, and whether that is proved to be the least cost.
        What the summary does not hold is left out.
    """
    figures = key_figures(dataset)
    parts = [_share(figures), _cost(figures), _served(dataset, figures)]
    told = ", ".join(part for part in parts if part)
    end = (
        "and no plan under these assumptions costs less (proved)"
        if proved(certificate(dataset))
        else "but this plan is not proved to be the cheapest"
    )
    return f"{told[:1].upper()}{told[1:]}, {end}." if told else f"The plan is solved, {end}."


def _share(figures: Mapping[str, KeyFigure]) -> str:
    found = figures.get("cfe_hourly")
    return f"{found.phrase} of the load is carbon-free hour by hour" if found else ""


def _cost(figures: Mapping[str, KeyFigure]) -> str:
    unit, year = figures.get("cost_per_mwh"), figures.get("cost_per_year")
    if unit is None:
        return ""
    yearly = f" ({year.phrase})" if year else ""
    return f"at {unit.phrase}{yearly}"


def _served(dataset: xr.Dataset, figures: Mapping[str, KeyFigure]) -> str:
    missing = figures.get("unserved")
    if missing is None or missing.value is None:
        return ""
    if missing.value <= 1e-3:
        return "all load is served"
    intervals = int(np.count_nonzero(dataset["unserved"].to_numpy() > NOISE))
    return f"{missing.phrase} are not served (in {intervals:,} intervals)"


def certificate_words(found: Mapping[str, Any], currency: str) -> list[str]:
    """Explain a certificate, one sentence for each thing it holds.

    Parameters
    ----------
    found : mapping
        The certificate.
    currency : str
        The scenario's currency.
    """
    told = []
    if "objective" in found and "dual_objective" in found:
        cost, bound = (f"{number(found[name])} {currency} a year" for name in ("objective", "dual_objective"))
        told.append(f"The plan costs {cost}, and duality proves that no plan can cost less than {bound}.")
    if "relative_gap" in found:
        told.append(f"The relative gap between the two is {found['relative_gap']:.1e}.")
    for name, what in (("primal_violation", "constraint"), ("dual_violation", "dual")):
        told += _violation(found.get(name) or found.get(f"max_{name}"), what)
    if "cost_error_bound" in found:
        bound = f"{number(found['cost_error_bound'])} {currency} a year"
        told.append(f"With all of this, the cost shown is at most {bound} from the true least cost.")
    if "tolerance" in found:
        kept = "All is within" if proved(found) else "NOT all is within"
        told.append(f"{kept} the tolerance of {found['tolerance']:.0e}.")
    told.append("These figures are computed from the program itself; the solver's own word counts for nothing here.")
    return told


def _violation(found: Mapping[str, Any] | None, what: str) -> list[str]:
    if not found:
        return []
    where = found.get("where") or found.get("row") or found.get("column")
    if not where or not found["value"]:
        return [f"No {what} is violated."]
    return [f"The worst violation of a {what} is {found['value']:.1e}, at {where}."]


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Write nested values as rows of name and text."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        text = f"{above}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            rows += flat(value, f"{text}: ")
        elif isinstance(value, Sequence) and any(isinstance(item, Mapping) for item in value):
            for place, item in enumerate(value, start=1):
                rows += flat(item, f"{text} {place}: ")
        else:
            rows.append((text, plain(value)))
    return rows


def plain(value: Any) -> str:
    """Write one value for a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value) if not isinstance(value, int) else f"{value:,}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain(item) for item in value)
    return str(value)
