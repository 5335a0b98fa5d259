"""The catalogue as text: every figure with how far it is verified and where it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from optimizer.machines.catalogue import WORDS, Entry, Evidence, catalogue

_INDENT = " " * 4


def listing(width: int = 100) -> str:
    """Write the catalogue, one figure a line, with its source below.

    Examples
    --------
    >>> print(listing().splitlines()[0])
    gb200-nvl72: NVIDIA GB200 NVL72, 600 GPUs/MW
    """
    return "\n\n".join("\n".join(_machine(name, entry, width)) for name, entry in catalogue().items())


def _machine(name: str, entry: Entry, width: int) -> Iterator[str]:
    yield f"{name}: {entry.title}, {entry.machine().gpus_per_mw:.0f} GPUs/MW"
    for field, figure in entry.figures.items():
        yield f"  {WORDS[field]:<16} {_amount(field, figure):>9}  {figure.mark}"
        yield from textwrap.wrap(figure.source, width, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _amount(field: str, figure: Evidence) -> str:
    if field == "gpus":
        return f"{figure.value:g}"
    return f"{1e3 * figure.value:g} kW" if field == "rack_power" else f"{100 * figure.value:g} %"
