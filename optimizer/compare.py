"""Runs side by side: tables of their figures and differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from optimizer.errors import Fault, InputError
from optimizer.result import Result


def load_runs(folders: Sequence[Path]) -> dict[str, Result]:
    """Load runs and name each by its scenario, or by its folder where two share a scenario's name.

    Raises
    ------
    InputError
        If there are fewer than two, or some are not runs (all named at once), or their currencies differ.
    """
    faults, results = [], []
    for folder in folders:
        try:
            results.append(Result.load(folder))
        except InputError as error:
            faults.extend(error.faults)
    if len(folders) < 2:
        faults.append(Fault("compare", "needs at least two runs", "give two or more run folders"))
    currencies = {result.series.attrs["currency"] for result in results}
    if len(currencies) > 1:
        faults.append(Fault("compare", f"the runs are in {', '.join(sorted(currencies))}", "run them in one currency"))
    if faults:
        raise InputError(faults)
    names = [str(result.series.attrs["scenario"]) for result in results]
    unique = [
        name if names.count(name) == 1 else folder.resolve().name for name, folder in zip(names, folders, strict=True)
    ]
    if len(set(unique)) < len(unique):
        unique = [f"{number}: {name}" for number, name in enumerate(unique, start=1)]
    return dict(zip(unique, results, strict=True))


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
    order: dict[str, None] = {}
    for summary in summaries.values():
        order |= dict.fromkeys(summary.index)
    words = pd.concat([summary[["label", "unit"]] for summary in summaries.values()])
    words = words[~words.index.duplicated()].reindex(list(order))
    values = pd.DataFrame({name: summary["value"] for name, summary in summaries.items()}).reindex(list(order))
    return pd.concat([words, values], axis=1)
