"""What every reader returns, whatever the format of its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.specification.base import hint, nearest


@dataclass(frozen=True)
class RawTable:
    """Times and columns of a file, complete and typed, but not yet judged.

    Attributes
    ----------
    labels : (n,) datetime64[ns]
        Times as written, without a zone; NaT where a time cannot be read.
    offsets : (n,) timedelta64[ns] or None
        Local time less UTC, where the file writes it beside each time.
    zone : str or None
        Zone that the file itself states for its times.
    values : dict of str to (n,) float array
        Numbers by series name; NaN where a cell is blank or holds no number.
    texts : dict of str to dict of int to str
        By series name and row: what stands there instead of a number.
    units : dict of str to str
        Units that the file itself states, by series name.
    notes : dict of str to tuple of str
        What the file itself says of a series, such as that it is synthetic.
    columns : dict of str to str
        Column in the file by series name.
    """

    labels: NDArray[np.datetime64]
    offsets: NDArray[np.timedelta64] | None
    zone: str | None
    values: dict[str, NDArray[np.float64]]
    texts: dict[str, dict[int, str]]
    columns: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def require_file(path: Path, told: str) -> None:
    """Raise an InputError if there is no file at `path`, which the user calls `told`; name the nearest that exists."""
    if path.is_file():
        return
    if path.is_dir():
        raise InputError([Fault(told, "is a folder, not a file")])
    if not path.parent.is_dir():
        raise InputError([Fault(told, "there is no such file, nor its folder", f"the path starts at {path.parent}")])
    if path.is_symlink():
        what = f"there is no such file: it is a link to {path.readlink()}, which does not exist"
        raise InputError([Fault(told, what, "mend the link")])
    near = nearest(path.name, sorted(entry.name for entry in path.parent.iterdir()))
    remedy = f"did you mean '{near}'?" if near else "check the name; a path starts from the scenario's folder"
    raise InputError([Fault(told, "there is no such file", remedy)])


def missing_column(told: str, column: str, known: Iterable[str], remedy: str = "") -> Fault:
    """Make the fault of a column that a file lacks, with the nearest that it has."""
    near = hint(column, [name for name in known if name], quote="'", none="the file has no columns")
    return Fault(told, f"there is no column '{column}'", f"{near}; {remedy}" if remedy else near)
