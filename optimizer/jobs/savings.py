"""What flexibility saves: from a scenario file to a table and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.jobs.folder import not_writable
from optimizer.jobs.run import plain_numbers

if TYPE_CHECKING:
    from optimizer.savings import Savings
    from optimizer.steps import Steps


def savings_of(scenario: Path, order: Sequence[str], page: Path, *, steps: Steps) -> Savings:
    """Solve a scenario with one lever of flexibility more after another, and write the page.

    Parameters
    ----------
    scenario : Path
        The scenario file.
    order : sequence of str
        The levers in the order in which they are brought in; none for all in the usual one.
    page : Path
        The file to write; nothing half-written is ever left under its name.
    steps : Steps
        Hears what is being done.

    Returns
    -------
    Savings

    Raises
    ------
    InputError
        If the scenario or the order is not usable, a rung has no plan, or the page cannot be written.
    """
    from optimizer.report.savings import write_savings  # noqa: PLC0415 (plotly is slow to load)
    from optimizer.savings import LEVERS, flexibility_savings  # noqa: PLC0415 (quick help)
    from optimizer.scenario import Scenario  # noqa: PLC0415 (quick help)

    found = flexibility_savings(Scenario.load(scenario), order or tuple(LEVERS), steps=steps)
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_savings({rung: run.series for rung, run in found.results.items()}, found.table(), LEVERS, page)
    except OSError as error:
        raise not_writable(page, error) from error
    return found


def savings_record(savings: Savings) -> dict[str, Any]:
    """Give what flexibility saves as plain data, for the JSON line."""
    return {
        "status": "done",
        "exit_code": 0,
        "order": list(savings.order),
        "currency": savings.currency,
        "rungs": {str(rung): plain_numbers(row) for rung, row in savings.table().iterrows()},
    }
