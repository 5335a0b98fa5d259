"""Tables of the steps and of the budgets, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.budgets import judge

_FACTS = {
    "rows": ("{:,.0f} rows", 1.0),
    "columns": ("{:,.0f} columns", 1.0),
    "entries": ("{:,.0f} entries", 1.0),
    "megabytes": ("{:.1f} MB", 1.0),
    "engine_seconds": ("{:.2f} s in the engine", 1.0),
    "outside_seconds": ("{:.2f} s outside the engine", 1.0),
    "relative_gap": ("gap {:.0e}", 1.0),
}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; all columns but the first are set to the right.

    Examples
    --------
    >>> print(markdown(["a", "b"], [["x", "1"]]))
    | a | b |
    |---|---:|
    | x | 1 |
    """
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(
        "|" + "|".join(line) + "|" if line is lines[1] else "| " + " | ".join(line) + " |" for line in lines
    )


def conditions(run: Mapping[str, Any]) -> str:
    """Tell on what and when a run was made."""
    machine, begun, ended = run["machine"], run["begun"], run["ended"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    loads = " and ".join(f"{moment['load_average'][0]:.2f}" for moment in (begun, ended))
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}; {begun['time']}, commit {run['commit']}; "
        f"load average of the machine at the beginning and the end {loads}.\n\n{versions}."
    )


def steps_table(run: Mapping[str, Any]) -> str:
    """Tell for each subject the median and the spread, the first time, and what else was found."""
    head = ["step", "median [s]", "least to greatest [s]", "first [s]", "processor [s]", "peak [MB]", ""]
    return markdown(head, (_row(record) for record in run["subjects"].values()))


def _row(record: Mapping[str, Any]) -> list[str]:
    facts = record["facts"]
    told = [text.format(facts[name] * factor) for name, (text, factor) in _FACTS.items() if name in facts]
    return [
        record["title"],
        seconds(record["median"]),
        f"{seconds(record['least'])} to {seconds(record['greatest'])}",
        seconds(record["first"]),
        seconds(record["processor"]),
        f"{facts.get('peak_mb', record['peak_mb']):.0f}",
        ", ".join(told),
    ]


def seconds(value: float) -> str:
    """Round to three digits that count.

    Examples
    --------
    >>> seconds(0.01234), seconds(1.234), seconds(123.4)
    ('0.0123', '1.23', '123')
    """
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def budgets_table(run: Mapping[str, Any]) -> str:
    """Tell for each budget what was measured, and whether it is met."""
    rows = [
        [
            verdict.budget.what,
            f"{verdict.measured:.3g} {verdict.budget.unit}".strip(),
            f"{verdict.budget.limit:.3g} {verdict.budget.unit}".strip(),
            f"{verdict.measured / verdict.budget.limit:.2f}",
            "met" if verdict.met else "**missed**",
        ]
        for verdict in judge(run["subjects"])
    ]
    return markdown(["budget", "measured", "at most", "of it", ""], rows)
