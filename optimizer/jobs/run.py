"""The main job: a scenario file in, a run folder out."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import Fault, InputError
from optimizer.jobs.folder import usable_target, whole_folder
from optimizer.jobs.table import write_table
from optimizer.steps import Steps

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from optimizer.result import Result
    from optimizer.scenario import Scenario

_MARK = "run.json"
_TABLES = ("summary.csv", "schedule.csv", "bill.csv", "cash_flow.csv")
_FILES = frozenset({"result.nc", *_TABLES, "report.html", _MARK})
_CERTIFICATE = ("status", "engine", "objective", "relative_gap", "cost_error_bound", "proved")


def run_name(scenario: Scenario, series: xr.Dataset) -> str:
    """Name a run by its scenario and its inputs: the same inputs give the same name.

    Examples
    --------
    >>> run_name(scenario, scenario.read())  # doctest: +SKIP
    'casablanca-40-mw-dispatch-1f3a9c0b7d'
    """
    from optimizer.provenance import inputs_hash  # noqa: PLC0415

    slug = re.sub(r"[^a-z0-9]+", "-", scenario.name.lower())[:60].strip("-") or "run"
    return f"{slug}-{inputs_hash(scenario, series)[:10]}"


def run_scenario(
    path: Path, output: Path | None, *, steps: Steps | None = None, time_limit: float | None = None, page: bool = True
) -> tuple[Result, Path]:
    """Read, solve, prove and write.

    Parameters
    ----------
    path : Path
        The scenario file.
    output : Path or None
        The run folder; by default ``runs/<run name>`` below the working directory.
    steps : Steps, optional
        Hears what is being done.
    time_limit : float, optional
        Seconds for the solver.
    page : bool
        Whether to write ``report.html``.

    Returns
    -------
    Result, Path
        The result and the folder it was written to.

    Raises
    ------
    OptimizerError
        Of the kind that fits; nothing is written then.
    """
    if time_limit is not None and not time_limit > 0:
        raise InputError([Fault("time limit", f"{time_limit:g} seconds is no time to solve in", "give more than 0")])
    steps = steps or Steps()
    with steps.step("read the scenario"):
        from optimizer.model import Model  # noqa: PLC0415 (loading the libraries takes a while, and counts)
        from optimizer.scenario import Scenario  # noqa: PLC0415

        scenario = Scenario.load(path)
    model = Model(scenario, steps=steps)
    folder = output or Path("runs") / run_name(scenario, model.series)
    usable_target(folder, expected=_FILES, mark=_MARK)  # before the solver's work, which may be long
    result = model.solve(time_limit=time_limit)
    write_run(result, folder, steps=steps, page=page)
    return result, folder


def write_run(result: Result, folder: Path, *, steps: Steps, page: bool = True) -> None:
    """Write a run folder, whole or not at all.

    Parameters
    ----------
    result : Result
        What to write.
    folder : Path
        Where to; a former run there is replaced.
    steps : Steps
        Hears what is being done.
    page : bool
        Whether to write ``report.html``.

    Raises
    ------
    InputError
        If the folder holds anything but a run, or cannot be written.
    """
    with whole_folder(folder, expected=_FILES, mark=_MARK) as partial:
        with steps.step("write the files"):
            result.save(partial / "result.nc")
            _write_tables(result, partial)
            record = json.dumps(run_record(result) | {"data_notes": result.data_notes}, indent=1, allow_nan=False)
            (partial / _MARK).write_text(record + "\n", encoding="utf-8")
        if page:
            with steps.step("write the report"):
                from optimizer.report import write_report  # noqa: PLC0415 (plotly is slow to load)

                write_report(result.series, partial / "report.html")


def _write_tables(result: Result, folder: Path) -> None:
    """Write the tables of a result, those that it has."""
    result.summary().to_csv(folder / "summary.csv")
    write_table(result.schedule(), folder / "schedule.csv")
    if "bill" in result.series:
        result.bill().to_csv(folder / "bill.csv", index=False, float_format="%.10g")
    if "cash_flow" in result.series:
        result.cash_flow().to_csv(folder / "cash_flow.csv", float_format="%.10g")


def run_record(result: Result) -> dict[str, Any]:
    """Give a run's figures and proof as plain data: the JSON summary line, and ``run.json``."""
    certificate = result.certificate
    return {
        "status": "done",
        "exit_code": 0,
        "scenario": result.series.attrs["scenario"],
        "currency": result.series.attrs["currency"],
        "inputs_hash": result.series.attrs["inputs_hash"],
        "summary": plain_numbers(result.summary()["value"]),
        "certificate": {name: certificate[name] for name in _CERTIFICATE},
        "notes": result.notes,
    }


def plain_numbers(values: pd.Series[float]) -> dict[str, float | None]:
    """Make numbers fit for JSON, which knows neither NaN nor infinity."""
    return {str(name): float(value) if math.isfinite(value) else None for name, value in values.items()}
