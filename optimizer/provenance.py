"""Where a result comes from: versions, a hash of the inputs, and the notes that a reader must see."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from optimizer import accounting
from optimizer.binding.flexibility import notes as flexibility_notes
from optimizer.binding.reliability import notes as reliability_notes
from optimizer.facility import PueModel
from optimizer.series.clock import to_labels

if TYPE_CHECKING:
    from optimizer.assets import Battery, Generator, GridConnection, Supply
    from optimizer.lp.arrays import LinearProgram
    from optimizer.scenario import Scenario
    from optimizer.workload import FacilityLoad

_PACKAGES = ("optimizer", "pyomo", "highspy", "numpy", "scipy", "pandas", "xarray")


def versions() -> dict[str, str]:
    """Give the versions of everything that decides the numbers."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


class Changes(NamedTuple):
    """What a model was given beyond its scenario.

    Attributes
    ----------
    data : dict of str to ndarray
        Values that were added, or changed after the scenario was bound.
    rules : tuple of str
        Names of rules that were added.
    program : LinearProgram
        The program with all of this; it tells what the added rules state.
    """

    data: dict[str, np.ndarray[Any, Any]]
    rules: tuple[str, ...]
    program: LinearProgram

    def arrays(self) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
        """Give every number that the scenario does not decide, by name."""
        yield from sorted(self.data.items())
        if self.rules:
            lp = self.program
            for name in ("cost", "lower", "upper", "row_lower", "row_upper"):
                yield f"program {name}", getattr(lp, name)
            for name in ("data", "indices", "indptr"):
                yield f"program {name}", getattr(lp.matrix, name)

    def notes(self) -> list[str]:
        """Tell a reader that the scenario is not the whole story."""
        told = {"data set in the model, not in the scenario": sorted(self.data), "rules added to the model": self.rules}
        return [f"{what}: {', '.join(names)}" for what, names in told.items() if names]


def inputs_hash(scenario: Scenario, series: xr.Dataset, changes: Changes | None = None) -> str:
    """Hash the resolved scenario and the series it uses; the same inputs give the same hash on any machine.

    Parameters
    ----------
    scenario : Scenario
        What was asked.
    series : xarray.Dataset
        The checked series.
    changes : Changes, optional
        What the model was given besides; nothing by default.

    Returns
    -------
    str
        SHA-256, in hexadecimal. File paths do not count, the values read from them do.
    """
    asked = scenario.model_dump(mode="json", exclude={"series"})
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    arrays = [(name, series[name].values) for name in sorted(map(str, series.data_vars))]
    for name, values in [*arrays, *(changes.arrays() if changes else ())]:
        digest.update(f"{name} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()


def scenario_notes(scenario: Scenario) -> list[str]:
    """Collect what a scenario says about itself: assumptions, and figures that nobody has verified."""
    site = scenario.site
    items: list[Supply | Battery | Generator | GridConnection] = [*site.supplies, *site.batteries, *site.generators]
    items += [site.grid] if site.grid else []
    notes = [*scenario.notes, *_horizon_notes(scenario)]
    notes += [f"{getattr(item, 'name', 'grid')}: {item.note}" for item in items if item.note]
    tariff = site.grid.tariff if site.grid else None
    notes += [f"tariff {tariff.name}: {tariff.note}"] if tariff and tariff.note else []
    notes += [f"load: {site.load.note}"] if site.load.note else []
    notes += _figures_of_the_facility(site.load)
    notes += reliability_notes(scenario) + flexibility_notes(scenario)
    return notes + _escalation_notes(scenario)


def _horizon_notes(scenario: Scenario) -> list[str]:
    """Tell that a horizon without a zone was taken as UTC, where the site's clock shows another time."""
    if scenario.horizon_names_zone():
        return []
    ends, zone = scenario.horizon.boundaries.to_numpy()[[0, -1]], scenario.site.time_zone
    start, end = (str(label)[:16].replace("T", " ") for label in to_labels(ends, zone))
    if (to_labels(ends, zone) == ends).all():
        return []
    return [
        "assumed: the horizon is in UTC, as its start or end names no time zone; on the site's clock "
        f"({zone}) it is {start} to {end}"
    ]


def _figures_of_the_facility(load: FacilityLoad) -> list[str]:
    """Tell where figures of machines and of cooling come from, and which are unverified."""
    notes = [(f"fleet {fleet.name}", note) for fleet in load.fleets for note in (fleet.note, fleet.machine.note)]
    notes += [("PUE", load.pue.note)] if isinstance(load.pue, PueModel) else []
    return [f"{what}: {note}" for what, note in notes if note]


def _escalation_notes(scenario: Scenario) -> list[str]:
    """Tell which costs are levelised, since nobody is billed for them so in any year."""
    finance = scenario.finance
    lines = finance.escalation if finance else ()
    return [
        f"prices of {line} move over the years: costs and marginal prices are levelised, {finance.level(line):.4g} "
        "times those of year 0, at which bills are made out"
        for line in lines
        if finance is not None
    ]


def series_notes(series: xr.Dataset) -> list[str]:
    """Collect what the series say about themselves: sources, how they were laid on, which gaps were filled."""
    notes = []
    for name, array in series.data_vars.items():
        notes += [f"{name}: {line}" for line in str(array.attrs.get("notes", "")).splitlines() if line]
    return list(dict.fromkeys(notes))


def series_sources(series: xr.Dataset) -> list[dict[str, str]]:
    """List the series with their unit, the file and column that they come from, and how many values were filled in."""
    return [
        {
            "name": str(name),
            "unit": str(array.attrs.get("units", "")),
            "source": str(array.attrs["source"]),
            "filled": str(len(json.loads(array.attrs.get("filled", "[]")))),
        }
        for name, array in series.data_vars.items()
        if "source" in array.attrs
    ]


def plan_notes(plan: xr.Dataset) -> list[str]:
    """Tell what is odd about a plan: energy not served, and flows both ways at once, which no plant can do."""
    notes = []
    missing = plan["unserved"] > accounting.NOTICEABLE_MW
    if bool(missing.any()):
        most = float(plan["unserved"].max())
        notes.append(f"load is not fully served {_when(missing)}, at most {most:.3g} MW")
    if "critical_load" in plan:
        cut = plan["facility_load"] - plan["unserved"] < plan["critical_load"] - accounting.NOTICEABLE_MW
        if bool(cut.any()):
            notes.append(
                f"critical load is cut {_when(cut)}: what is held for ride-through and N-1 is held even then; give the "
                "critical tier a greater value of lost load, or none, so that it must be served"
            )
    both = accounting.simultaneous_hours(plan)
    for battery in plan["battery"].values:
        at = both.sel(battery=battery)
        if bool(at.any()):
            notes.append(
                f"{battery} charges and discharges at once {_when(at)}: losing energy costs nothing or pays there "
                "(free, negative or curtailed energy); a real inverter cannot do it"
            )
    through = accounting.exchange_both_ways(plan)
    if bool(through.any()):
        notes.append(
            f"the site imports and exports at once {_when(through)}: energy is sold there for no less than it costs; a "
            "single meter would count the difference alone"
        )
    weights = np.unique(plan["weight"].values)
    if len(weights) == 1 and weights[0] != 1:
        notes.append(f"the horizon is not a whole year: each interval stands for {weights[0]:.6g} intervals of a year")
    return notes + accounting.market_note(plan)


def _when(marked: xr.DataArray) -> str:
    """Say in how many intervals something happens, and when first."""
    first = np.datetime_as_string(marked["hour"].values[int(np.argmax(marked.values))], unit="m")
    return f"in {int(marked.sum())} intervals, first {first} UTC"
