"""Every notebook runs from a fresh kernel, and is kept without outputs."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.notebooks import FOLDER, has_outputs, notebooks

nbformat = pytest.importorskip("nbformat")


def test_there_are_notebooks() -> None:
    assert notebooks()


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebook_is_kept_without_outputs(path: Path) -> None:
    assert not has_outputs(path)


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebook_runs_from_a_fresh_kernel(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook machinery itself; warnings in the kernel are outputs
        from nbclient import NotebookClient  # noqa: PLC0415

        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = [output.text for cell in code for output in cell.outputs if output.get("name") == "stderr"]
    assert not said, said
    assert any(cell.outputs for cell in code)
