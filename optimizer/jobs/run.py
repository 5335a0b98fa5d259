"""The main job: a scenario file in, a run folder out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.jobs.folder import whole_folder
from optimizer.steps import Steps

if TYPE_CHECKING:
    import xarray as xr

    from optimizer.result import Result
    from optimizer.scenario import Scenario

RUN_FILES = frozenset({"result.nc", "summary.csv", "schedule.csv", "report.html", "run.json"})


def run_name(scenario: Scenario, series: xr.Dataset) -> str:
    """Name a run by its scenario and its inputs: the same inputs give the same name.

    Examples
    --------
    >>> run_name(scenario, scenario.read())  # doctest: +SKIP
    'casablanca-40-mw-dispatch-2025-1f3a9c0b7d'
    """
    from optimizer.provenance import inputs_hash  # noqa: PLC0415

    slug = re.sub(r"[^a-z0-9]+", "-", scenario.name.lower()).strip("-") or "run"
    return f"{slug[:60]}-{inputs_hash(scenario, series)[:10]}"


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
    from optimizer.model import Model  # noqa: PLC0415
    from optimizer.scenario import Scenario  # noqa: PLC0415

    steps = steps or Steps()
    with steps.step("read the scenario"):
        scenario = Scenario.load(path)
    model = Model(scenario, steps=steps)
    folder = output or Path("runs") / run_name(scenario, model.series)
    result = model.solve(time_limit=time_limit)
    write_run(result, folder, steps=steps, page=page)
    return result, folder


def write_run(result: Result, folder: Path, *, steps: Steps, page: bool = True) -> None:
    """Write a run folder, whole or not at all."""
    with whole_folder(folder, expected=RUN_FILES) as partial:
        with steps.step("write the files"):
            result.save(partial / "result.nc")
            result.summary().to_csv(partial / "summary.csv")
            result.schedule().to_csv(partial / "schedule.csv", float_format="%.6g")
            (partial / "run.json").write_text(json.dumps(run_record(result), indent=1) + "\n", encoding="utf-8")
        if page:
            from optimizer.report import write_report  # noqa: PLC0415

            with steps.step("write the report"):
                write_report(result.series, partial / "report.html")


def run_record(result: Result) -> dict[str, Any]:
    """Give a run's figures and proof as plain data: the JSON summary line, and ``run.json``."""
    certificate = result.certificate
    return {
        "status": "done",
        "scenario": result.series.attrs["scenario"],
        "currency": result.series.attrs["currency"],
        "inputs_hash": result.series.attrs["inputs_hash"],
        "summary": {name: float(value) for name, value in result.summary()["value"].items()},
        "certificate": {
            name: certificate[name] for name in ("status", "engine", "objective", "relative_gap", "cost_error_bound", "proved")
        },
        "notes": result.notes,
    }
