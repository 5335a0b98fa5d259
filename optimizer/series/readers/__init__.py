"""Readers: one small module for each format, each returning the same `RawTable`."""

from __future__ import annotations

from pathlib import Path

from optimizer.series.file import SeriesFile
from optimizer.series.readers.csv import read_csv
from optimizer.series.readers.netcdf import read_netcdf
from optimizer.series.readers.table import RawTable

__all__ = ["RawTable", "read_table"]

_READERS = {"csv": read_csv, "netcdf": read_netcdf}


def read_table(path: Path, file: SeriesFile) -> RawTable:
    """Read a file of series in whatever format its column map states.

    Parameters
    ----------
    path : Path
        The file.
    file : SeriesFile
        Its column map.

    Returns
    -------
    RawTable
        Times and columns as they stand in the file.

    Raises
    ------
    InputError
        If the file, a column or its times cannot be read; with all faults found.
    """
    assert file.format is not None, "the column map's validation finds the format"
    return _READERS[file.format](path, file)
