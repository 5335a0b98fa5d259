"""Runs side by side: tables of their figures, and what to know before comparing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from optimizer.errors import Fault, InputError
from optimizer.result import Result


def load_runs(folders: Sequence[Path]) -> dict[str, Result]:
    """Load runs and name each by its scenario, or by its folder where two share a scenario's name.

    Parameters
    ----------
    folders : sequence of Path
        Run folders, or their ``result.nc``.

    Raises
    ------
    InputError
        If there are fewer than two, or some are not runs (all named at once), or their currencies differ.
    """
    faults: list[Fault] = []
    results: list[Result] = []
    for folder in folders:
        try:
            results.append(Result.load(folder))
        except InputError as error:
            faults.extend(error.faults)
    if len(folders) < 2:
        faults.append(Fault("compare", "needs at least two runs", "name two or more run folders"))
    currencies = sorted({result.series.attrs["currency"] for result in results})
    if len(currencies) > 1:
        what = f"the runs count in {', '.join(currencies)}"
        faults.append(Fault("compare", what, "run the scenarios in one currency"))
    if faults:
        raise InputError(faults)
    return dict(zip(_names(folders, results), results, strict=True))


def _names(folders: Sequence[Path], results: Sequence[Result]) -> list[str]:
    """Name each run once."""
    scenarios = [str(result.series.attrs["scenario"]) for result in results]
    names = [
        scenario if scenarios.count(scenario) == 1 else f"{scenario} ({_folder_name(folder)})"
        for scenario, folder in zip(scenarios, folders, strict=True)
    ]
    if len(set(names)) == len(names):
        return names
    return [f"{count}: {name}" for count, name in enumerate(names, start=1)]


def _folder_name(path: Path) -> str:
    resolved = path.resolve()
    return resolved.name if resolved.is_dir() else resolved.parent.name


def comparison_table(results: Mapping[str, Result]) -> pd.DataFrame:
    """Lay the summaries side by side.

    Parameters
    ----------
    results : mapping of str to Result
        The runs by name.

    Returns
    -------
    pandas.DataFrame
        Indexed by figure; columns label, unit, and one for each run. A figure that a run lacks is NaN there.
    """
    summaries = {name: result.summary() for name, result in results.items()}
    order = list(dict.fromkeys(figure for summary in summaries.values() for figure in summary.index))
    words = pd.concat([summary[["label", "unit"]] for summary in summaries.values()])
    words = words[~words.index.duplicated()].reindex(order)
    values = pd.DataFrame({name: summary["value"] for name, summary in summaries.items()}).reindex(order)
    return pd.concat([words, values], axis=1)


def differences(runs: Mapping[str, xr.Dataset]) -> list[str]:
    """Tell in what runs differ besides their figures, so that nobody compares unlike with unlike unawares.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        The series of results by the name under which they are shown.

    Returns
    -------
    list of str
        One sentence for each kind of difference: period, step, time zone, site.
    """
    kinds: dict[str, Callable[[xr.Dataset], str]] = {
        "cover different periods": _period,
        "have different steps": _steps,
        "stand in different time zones": lambda run: str(run.attrs["time_zone"]),
        "are of different sites": lambda run: str(run.attrs["site"]),
    }
    found = []
    for words, tell in kinds.items():
        told = {name: tell(run) for name, run in runs.items()}
        if len(set(told.values())) > 1:
            found.append(f"The runs {words}: {'; '.join(f'{name}: {what}' for name, what in told.items())}.")
    return found


def _period(run: xr.Dataset) -> str:
    ends = np.datetime_as_string(run["boundary"].values[[0, -1]], unit="m")
    return " to ".join(str(end).replace("T", " ") for end in ends) + " UTC"


def _steps(run: xr.Dataset) -> str:
    minutes = np.unique(np.round(60 * run["dt"].values, 6))
    return " and ".join(f"{length:g} min" for length in minutes)
