"""Small trace files of each format, made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.traces import read_trace

SHARED = Path(__file__).parents[3] / "shared/data"


def shared(name: str) -> Path:
    """Give a real file, or skip the test where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path


def text(folder: Path, lines: str, name: str = "trace.csv") -> Path:
    """Write a file of lines."""
    path = folder / name
    path.write_text("\n".join(line.strip() for line in lines.strip().splitlines()) + "\n", encoding="utf-8")
    return path


def prometheus(folder: Path, series: Sequence[tuple[Mapping[str, str], Sequence[tuple[float, str]]]]) -> Path:
    """Write the answer of a range query."""
    result = [{"metric": dict(metric), "values": [list(pair) for pair in values]} for metric, values in series]
    path = folder / "range.json"
    answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


def faults(path: Path, **options: Any) -> list[str]:
    """Read a file that is wrong, and give what is told without its folder."""
    with pytest.raises(InputError) as caught:
        read_trace(path, **options)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]
