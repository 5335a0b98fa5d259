"""What a terminal shows: steps as they happen, and tables of figures. Plain text, as fit for a log as for a screen."""

from __future__ import annotations

import math
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from optimizer.errors import Fault, InputError
from optimizer.steps import Steps

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from optimizer.result import Result

_HEADLINES = (
    "cost_per_gpu_hour", "cost_per_mwh", "cost_per_year", "cfe_hourly", "cfe_annual", "curtailment_share",
    "peak_import", "battery_cycles", "emissions", "unserved",
)  # fmt: skip
_CAPACITIES = ("capacity_", "power_capacity_", "energy_capacity_", "connection_capacity")
_NOISE = 1e-6  # below this a figure is a solver's rounding error
_WIDEST = 100
_CHANGE = "change"
_FIRST_PROGRESS = 10.0  # seconds; without a terminal, progress is told then, and after twice the time again and again


class ShownSteps(Steps):
    """Writes each step to standard error: a line when it is done, its progress while it runs on a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._running, self._begun, self._tell_after = "", 0.0, _FIRST_PROGRESS

    def begun(self, name: str) -> None:
        """Say what is being done, to be overwritten."""
        self._running, self._begun, self._tell_after = name, time.perf_counter(), _FIRST_PROGRESS
        self._overwrite(f"{name} ...")

    def progress(self, line: str) -> None:
        """Say how far the solver is: all the time on a terminal, ever more rarely in a log."""
        if self._live:
            self._overwrite(f"{self._running} ... {line}")
        elif time.perf_counter() - self._begun >= self._tell_after:
            self._tell_after *= 2
            say(f"  {self._running}: {line}", sys.stderr)

    def done(self, name: str, seconds: float) -> None:
        """Say how long it took."""
        self._overwrite("")
        say(f"  {name:<20} {seconds:8.2f} s", sys.stderr)

    def broken(self, name: str) -> None:  # noqa: ARG002 (the error is told elsewhere)
        """Clear the line for the message that follows."""
        self._overwrite("")

    def _overwrite(self, text: str) -> None:
        if self._live:
            say(f"\r\033[K  {text}" if text else "\r\033[K", sys.stderr, end="")


def say(text: str, stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Write at once to standard output, or to another stream.

    A reader who has gone away (as ``head`` does) is no reason to stop, and nor is a log that cannot be written.

    Raises
    ------
    InputError
        If standard output cannot be written, as on a full disk.
    """
    stream = sys.stdout if stream is None else stream
    try:
        print(text, file=stream, end=end, flush=True)
    except OSError as error:
        # What follows goes nowhere, so that Python's own flush at the end does not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise InputError([Fault("standard output", f"cannot be written: {error.strerror}")]) from error


def summary_text(result: Result, folder: Path) -> str:
    """Tell what a run found.

    Parameters
    ----------
    result : Result
        The run.
    folder : Path
        Where it was written.

    Returns
    -------
    str
        Title, figures, proof, notes and place; several lines.
    """
    summary, certificate = result.summary(), result.certificate
    names = [name for name in _HEADLINES if name in summary.index]
    names += [name for name in summary.index if name.startswith(_CAPACITIES)]
    rows = [
        (str(row["label"]), *number(float(row["value"]), str(row["unit"])))
        for name, row in summary.loc[names].iterrows()
    ]
    currency = result.series.attrs["currency"]
    proof = (
        f"Proved optimal by {certificate['engine']}: at most {certificate['cost_error_bound']:.2g} {currency}/a "
        "above the least cost."
    )
    parts = [result.series.attrs["scenario"], "", *_aligned(rows), "", *_wrapped(proof)]
    if result.notes:
        parts += ["", "Notes", *_listed(result.notes)]
    if result.data_notes:
        parts += _listed([f"{len(result.data_notes)} more on where the series come from: see {folder / 'run.json'}"])
    return "\n".join([*parts, "", f"Run: {folder}"])


def savings_text(table: pd.DataFrame, currency: str) -> str:
    """Tell what each lever of flexibility saves, in the order in which they came.

    Parameters
    ----------
    table : pandas.DataFrame
        Rungs by name with ``cost_per_year``, ``saving`` and ``share``; the first is the rigid plan.
    currency : str
        The currency of the costs.

    Returns
    -------
    str
        One line for each rung, and one for all together.
    """
    unit = f"{currency}/a"
    rows = [("Cost without any of it", *number(float(table["cost_per_year"].iloc[0]), unit))]
    rows += [(f"Saved by {rung}", *number(float(row["saving"]), unit)) for rung, row in table.iloc[1:].iterrows()]
    rows.append(("Saved by all together", *number(float(table["saving"].sum()), unit)))
    rows.append(("Share of the cost", *number(float(table["share"].sum()), "1")))
    return "\n".join(_aligned(rows))


def comparison_text(table: pd.DataFrame, warnings: Iterable[str]) -> str:
    """Lay runs side by side.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by figure; columns label, unit, and one for each run.
    warnings : iterable of str
        What a reader must know before comparing them.

    Returns
    -------
    str
        The runs by number, and a table of as many blocks as the width asks for; with two runs, it has their difference.
    """
    runs = [str(name) for name in table.columns if name not in ("label", "unit")]
    columns = {f"[{count}]": [float(value) for value in table[name]] for count, name in enumerate(runs, start=1)}
    legend = [f"[{count}] {name}" for count, name in enumerate(runs, start=1)]
    if len(runs) == 2:
        first, second = columns.values()
        columns[_CHANGE] = [after - before for before, after in zip(first, second, strict=True)]
        legend.append(f"{_CHANGE}: [2] less [1]; of shares, in percentage points")
    lines = [line for text in legend for line in _wrapped(text, "    ")]
    for block in _blocks(columns, table):
        lines += ["", *block]
    warned = _listed(warnings)
    return "\n".join([*lines, *(["", "Before you compare", *warned] if warned else [])])


def _blocks(columns: Mapping[str, Sequence[float]], table: pd.DataFrame) -> Iterable[list[str]]:
    """Cut a table that is too wide into several."""
    labels, units = [str(label) for label in table["label"]], [str(unit) for unit in table["unit"]]
    cells = {
        title: [
            title,
            *(_cell(value, unit, signed=title == "change") for value, unit in zip(values, units, strict=True)),
        ]
        for title, values in columns.items()
    }
    units = ["", *("%" if unit == "1" else unit for unit in units)]
    width = max(len(cell) for column in cells.values() for cell in column)
    room = _width() - max(map(len, units)) - 1
    label_width = min(max(map(len, labels)), max(24, room - len(cells) * (width + 2)))
    count = max(1, (room - label_width) // (width + 2))
    shown = ["", *(_cut(label, label_width) for label in labels)]
    titles = list(cells)
    for start in range(0, len(titles), count):
        chosen = [cells[title] for title in titles[start : start + count]]
        yield [
            f"{label:<{label_width}}{''.join(f'  {cell:>{width}}' for cell in row)} {unit}".rstrip()
            for label, unit, *row in zip(shown, units, *chosen, strict=True)
        ]


def _cell(value: float, unit: str, *, signed: bool) -> str:
    if math.isnan(value):
        return "-"
    text, _ = number(value, unit)
    return f"+{text}" if signed and value > 0 and text != "0" else text


def number(value: float, unit: str) -> tuple[str, str]:
    """Write a figure with as many digits as a reader wants, and its unit; a share as per cent.

    Examples
    --------
    >>> number(22262177.3, "USD/a"), number(0.83649, "1"), number(0.14412, "tCO2e/MWh"), number(1e-9, "MW")
    (('22,262,177', 'USD/a'), ('83.65', '%'), ('0.144', 'tCO2e/MWh'), ('0', 'MW'))
    """
    if unit == "1":
        return f"{100 * value:.2f}".replace("-0.00", "0.00"), "%"
    size = abs(value)
    if size < _NOISE:
        return "0", unit
    if size < 1:
        return f"{value:.{2 - math.floor(math.log10(size))}f}", unit
    return f"{value:,.{0 if size >= 10_000 else 1 if size >= 1_000 else 2}f}", unit


def _aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Put labels to the left, numbers under each other, units behind them."""
    numbers, units = (max(len(row[column]) for row in rows) for column in (1, 2))
    labels = min(max(len(row[0]) for row in rows), _width() - numbers - units - 3)
    return [f"{_cut(label, labels):<{labels}}  {cell:>{numbers}} {unit}" for label, cell, unit in rows]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def _listed(items: Iterable[str]) -> list[str]:
    return [line for item in items for line in _wrapped(f"- {item}", "  ")]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _width(), subsequent_indent=indent, break_long_words=False)


def _width() -> int:
    return max(40, min(_WIDEST, shutil.get_terminal_size().columns))
