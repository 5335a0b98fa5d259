"""Notebooks are committed without outputs: `python -m tests.notebooks` tells which are not."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[1] / "notebooks"


def notebooks() -> list[Path]:
    return sorted(FOLDER.glob("*.ipynb"))


def has_outputs(path: Path) -> bool:
    cells = nbformat.read(path, as_version=4).cells
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells if cell.cell_type == "code")


if __name__ == "__main__":
    full = [path for path in notebooks() if has_outputs(path)]
    for path in full:
        print(f"{path} holds outputs: clear them before committing")
    sys.exit(bool(full))
