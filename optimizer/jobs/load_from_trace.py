"""From a measured trace and a scenario to the IT load that the scenario may name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from optimizer import traces
from optimizer.errors import Fault, InputError
from optimizer.plots.trace_fit import trace_fit
from optimizer.report.page import write
from optimizer.scenario import Scenario


def load_from_trace(
    trace: Path,
    scenario: Path,
    output: Path,
    *,
    reading: Mapping[str, Any],
    by: Literal["auto", "week", "day", "flat"] = "auto",
    idle: float | None = None,
    busy: float | None = None,
    figure: Path | None = None,
) -> traces.Fit:
    """Lay what was measured onto the horizon of a scenario, scale it to its fleets, and write it.

    Parameters
    ----------
    trace : Path
        What was measured.
    scenario : Path
        The scenario, which gives horizon, time zone and fleets; its series need not be there yet.
    output : Path
        The series, ``.nc`` or ``.csv``.
    reading : mapping
        How the trace is read, as `traces.read_trace` takes it.
    by, idle, busy
        As `traces.fit` takes them.
    figure : Path, optional
        A page to write with measured and fitted load.

    Returns
    -------
    Fit
        The profile beside the trace.

    Raises
    ------
    InputError
        If trace or scenario are not usable, or the scenario has no fleet.
    """
    planned = Scenario.load(scenario)
    if not planned.site.load.fleets:
        remedy = "list the racks, such as fleets: [{name: hall, machine: gb200-nvl72, racks: 278}]"
        raise InputError([Fault(f"{scenario}: site.load.fleets", "the scenario has no fleet to scale to", remedy)])
    found = traces.fit(traces.read_trace(trace, **reading), by=by, idle=idle, busy=busy)
    load = traces.load_series(found, planned.horizon, planned.site.load.fleets, zone=planned.site.time_zone)
    traces.write_load(load, output)
    if figure is not None:
        _write_page(found, figure)
    return found


def fit_text(fit: traces.Fit, output: Path) -> str:
    """Tell how good the profile is, what a reader must know, and how a scenario names the series."""
    drawn = trace_fit(fit)
    lines = [drawn.explanation.partition(" Above:")[0], ""]
    assert drawn.digest is not None, "the figure has one"
    lines += [f"  {label:<44} {value:>9}" for label, value in drawn.digest["Value"].items()]
    lines += ["", *(f"  - {note}" for note in fit.notes)] if fit.notes else []
    return "\n".join([*lines, "", f"Load: {output}. A scenario names it so:", "", traces.usage(output)])


def _write_page(fit: traces.Fit, path: Path) -> None:
    drawn = trace_fit(fit)
    try:
        write(drawn.plot.to_html(include_plotlyjs=True), path)
    except OSError as error:
        raise InputError([Fault(str(path), f"cannot be written: {error.strerror}")]) from None
