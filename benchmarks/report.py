"""Renew the tables of ``README.md`` and the plot from ``results/*.json``: ``python -m benchmarks.report``.

The tables stand between markers in the README; everything else there is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.goals import engines_table, goals_table
from benchmarks.peers.tables import peers_table
from benchmarks.peers.titles import PROBLEMS
from benchmarks.plot import peers_plot
from benchmarks.tables import budgets_table, conditions, steps_table

FOLDER = Path(__file__).resolve().parent
README, RESULTS = FOLDER / "README.md", FOLDER / "results"


def main() -> int:
    parts: dict[str, str] = {}
    if (run := _read("steps.json")) is not None:
        parts |= {"steps": f"{conditions(run)}\n\n{steps_table(run)}", "budgets": budgets_table(run)}
    if (run := _read("peers.json")) is not None:
        parts |= {"peers": peers_table(run), "goals": goals_table(run)}
        (RESULTS / "peers.svg").write_text(peers_plot(run), encoding="utf-8")
    if (run := _read("engines.json")) is not None:
        parts["engines"] = engines_table(run, PROBLEMS)
    README.write_text(renewed(README.read_text(encoding="utf-8"), parts), encoding="utf-8")
    return 0


def renewed(text: str, parts: Mapping[str, str]) -> str:
    """Put new parts between their markers.

    Raises
    ------
    ValueError
        If a marker is missing.

    Examples
    --------
    >>> renewed("<!-- a -->old<!-- /a -->", {"a": "new"})
    '<!-- a -->\\n\\nnew\\n\\n<!-- /a -->'
    """
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the markers {begin} and {end} are missing")
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text


def _read(name: str) -> dict[str, Any] | None:
    file = RESULTS / name
    if not file.exists():
        return None
    run: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return run


if __name__ == "__main__":
    sys.exit(main())
