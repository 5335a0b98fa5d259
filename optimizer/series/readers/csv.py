"""Text files with a header and cells parted by a sign: CSV in its many dialects."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.series.file import SeriesFile, TimeColumn
from optimizer.series.readers.table import RawTable, missing_column, require_file

_WITH_OFFSET = r"^(.{11,}?)\s*(Z|[+-]\d\d(?::?\d\d)?)$"  # at least a date and an hour before it
_YEARS = (np.datetime64("1900-01-01"), np.datetime64("2201-01-01"))


def read_csv(path: Path, file: SeriesFile) -> RawTable:
    """Read a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    file : SeriesFile
        Its column map and dialect; faults call the file by ``file.path``.

    Returns
    -------
    RawTable
        Times and mapped columns as they stand.

    Raises
    ------
    InputError
        If the file is missing, is not such a text, lacks a mapped column, or has times that cannot be read.
    """
    require_file(path, file.path)
    stream, header = _open(path, file)
    columns = {name: column.column or name for name, column in file.columns.items()}
    time_column = file.time.column or ""
    _require_columns(file, header, [time_column, *columns.values()])
    frame = _cells(stream, file, header, time_column)
    texts = frame[header.index(time_column)]
    labels, offsets = _times(texts, file.time)
    _require_times(file, texts, labels)
    values, not_numbers = {}, {}
    for name, column in columns.items():
        values[name], not_numbers[name] = _numbers(frame[header.index(column)], file.decimal)
    return RawTable(labels, offsets, None, values, not_numbers, columns)


def _open(path: Path, file: SeriesFile) -> tuple[io.StringIO, list[str]]:
    """Read the whole text and its header; the stream then stands at the first row."""
    encoding = "utf-8-sig" if file.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else file.encoding
    try:
        stream = io.StringIO(path.read_text(encoding=encoding))
    except OSError as error:
        raise InputError([Fault(file.path, f"cannot be read: {error.strerror}")]) from None
    except UnicodeError:
        remedy = "say `encoding:`, such as latin-1, or `format: netcdf` if it is no text"
        raise InputError([Fault(file.path, f"is not text in {file.encoding}", remedy)]) from None
    for _ in range(file.skip_rows):
        stream.readline()
    cells = next(csv.reader([stream.readline()], delimiter=file.separator, skipinitialspace=True), [])
    header = [cell.strip() for cell in cells]
    if not any(header):
        raise InputError([Fault(file.path, f"there is no header after {file.skip_rows} lines", "check `skip_rows`")])
    return stream, header


def _require_columns(file: SeriesFile, header: list[str], wanted: list[str]) -> None:
    remedy = "" if len(header) > 1 else f"the header has one cell: {header[0]!r}; check `skip_rows` and `separator`"
    faults = [missing_column(file.path, column, header, remedy) for column in wanted if column not in header]
    faults += [
        Fault(file.path, f"the header has the column '{column}' twice", "rename one of them")
        for column in dict.fromkeys(wanted)
        if header.count(column) > 1
    ]
    if faults:
        raise InputError(faults)


def _cells(stream: io.StringIO, file: SeriesFile, header: list[str], time_column: str) -> pd.DataFrame:
    """Read all rows; the columns are numbered. Rows with more cells than the header are refused, never cut."""
    start = stream.tell()
    first = next(csv.reader(stream, delimiter=file.separator), [])
    stream.seek(start)
    problem = f"the first row has {len(first)} cells, the header {len(header)}" if len(first) > len(header) else ""
    if not problem:
        try:
            return pd.read_csv(
                stream,
                sep=file.separator,
                decimal=file.decimal,
                header=None,
                names=list(range(len(header))),
                index_col=False,
                dtype={header.index(time_column): str},
                skipinitialspace=True,
            )
        except (pd.errors.ParserError, ValueError) as error:
            problem = " ".join(str(error).replace("Error tokenizing data. C error:", "").split())
            problem = f"{problem} (lines counted from the header)"
    raise InputError([Fault(file.path, problem, "check `separator` and `decimal`, and quotes in the file")])


def _times(texts: pd.Series, time: TimeColumn) -> tuple[NDArray[np.datetime64], NDArray[np.timedelta64] | None]:
    """Read times as written, and their offsets from UTC where there are any."""
    if time.format is not None:
        return _parsed(texts, time.format), None
    parts = texts.str.extract(_WITH_OFFSET) if texts.str.contains(r":.*[Z+-]|T.*[Z+-]", na=False).any() else None
    if parts is None or parts[1].isna().all():
        return _parsed(texts, "ISO8601"), None
    labels = _parsed(parts[0], "ISO8601")
    utc = pd.to_datetime(texts.where(parts[1].notna()), format="ISO8601", utc=True, errors="coerce").dt.tz_localize(
        None
    )
    return labels, labels - utc.dt.as_unit("ns").to_numpy()


def _parsed(texts: pd.Series, form: str) -> NDArray[np.datetime64]:
    times = pd.to_datetime(texts, format=form, errors="coerce").to_numpy()
    times = np.where((times >= _YEARS[0]) & (times < _YEARS[1]), times, np.datetime64("NaT"))
    return times.astype("datetime64[ns]")


def _require_times(file: SeriesFile, texts: pd.Series, labels: NDArray[np.datetime64]) -> None:
    where = f"{file.path}, column '{file.time.column}'"
    if not labels.size:
        raise InputError([Fault(file.path, "has a header but no rows")])
    wrong = np.flatnonzero(np.isnat(labels))
    if not wrong.size:
        return
    first = ", ".join(f"row {row + 1}: {_quoted(texts.iloc[row])}" for row in wrong[:3])
    remedy = "write times as 2025-01-01 00:00, all with an offset or none, or say `time: {format: '%d/%m/%Y %H:%M'}`"
    if file.time.format is not None:
        remedy = f"the format given is '{file.time.format}'"
    raise InputError([Fault(where, f"times that cannot be read ({wrong.size}): {first}", remedy)])


def _quoted(cell: object) -> str:
    return repr(cell) if isinstance(cell, str) else "blank"


def _numbers(cells: pd.Series, decimal: str) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Turn cells into numbers; give the texts, by row, that are none."""
    if cells.dtype.kind in "iuf":
        return cells.to_numpy(dtype=np.float64), {}
    words = cells.astype(str).where(cells.notna())
    numbers = pd.to_numeric(words.str.replace(decimal, ".", regex=False), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(np.isnan(numbers) & cells.notna().to_numpy())
    return numbers, {int(row): str(cells.iloc[row]) for row in wrong}
