"""Runs side by side: from run folders to a table and a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.jobs.folder import not_writable
from optimizer.jobs.run import plain_numbers

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """What there is to say about runs side by side.

    Attributes
    ----------
    table : pandas.DataFrame
        Indexed by figure; columns label, unit, and one for each run.
    warnings : list of str
        What a reader must know before comparing them.
    """

    table: pd.DataFrame
    warnings: list[str]


def compare_runs(folders: Sequence[Path], page: Path) -> Comparison:
    """Compare runs and write the page.

    Parameters
    ----------
    folders : sequence of Path
        Two or more run folders; the first is what the others are held against.
    page : Path
        The file to write; nothing half-written is ever left under its name.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        With all faults of the runs, or if the page cannot be written.
    """
    from optimizer.compare import comparison_table, differences, load_runs  # noqa: PLC0415 (quick help)
    from optimizer.report import write_comparison  # noqa: PLC0415 (plotly is slow to load)

    results = load_runs(folders)
    runs = {name: result.series for name, result in results.items()}
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_comparison(runs, page)
    except OSError as error:
        raise not_writable(page, error) from error
    return Comparison(comparison_table(results), differences(runs))


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Give a comparison as plain data, for the JSON line."""
    table = comparison.table.drop(columns=["label", "unit"])
    return {
        "status": "done",
        "exit_code": 0,
        "runs": {str(name): plain_numbers(column) for name, column in table.items()},
        "warnings": comparison.warnings,
    }
