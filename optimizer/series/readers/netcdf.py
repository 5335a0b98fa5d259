"""netCDF files, version 4 (HDF5) and 3, with times by the CF conventions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.series.file import SeriesFile
from optimizer.series.readers.table import RawTable, missing_column, require_file

_NOTES = ("note", "notes", "comment", "source")  # attributes that say where values come from


def read_netcdf(path: Path, file: SeriesFile) -> RawTable:
    """Read a netCDF file.

    Times are UTC, as the CF conventions have it, unless the time variable has an attribute ``time_zone`` or the
    column map gives a zone.

    Parameters
    ----------
    path : Path
        The file.
    file : SeriesFile
        Its column map; without columns, all variables over the time axis are read. Faults call the file by
        ``file.path``.

    Returns
    -------
    RawTable
        Times and variables as they stand, with the units and notes that the file gives.

    Raises
    ------
    InputError
        If the file is missing, is no netCDF file, has no time axis, or lacks a mapped variable.
    """
    require_file(path, file.path)
    try:
        with xr.open_dataset(
            path, engine=_engine(path), decode_timedelta=False, create_default_indexes=False, cache=False
        ) as dataset:
            return _table(dataset, file)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError([Fault(file.path, f"cannot be read as netCDF: {reason}", "check the file")]) from None


def _engine(path: Path) -> str:
    with path.open("rb") as stream:
        return "scipy" if stream.read(3) == b"CDF" else "h5netcdf"


def _table(dataset: xr.Dataset, file: SeriesFile) -> RawTable:
    time = _time_variable(dataset, file)
    axis = time.dims[0]
    columns = {name: column.column or name for name, column in file.columns.items()}
    if not columns:
        columns = {str(name): str(name) for name in _over(dataset, axis) if name not in (time.name, "dt")}
    _require_variables(dataset, file, axis, columns)
    values, texts = {}, {}
    for name, column in columns.items():
        values[name], texts[name] = _numbers(dataset[column].to_numpy())
    return RawTable(
        labels=time.to_numpy().astype("datetime64[ns]"),
        offsets=None,
        zone=str(time.attrs["time_zone"]) if "time_zone" in time.attrs else (None if file.time.zone else "UTC"),
        values=values,
        texts=texts,
        columns=columns,
        units={
            name: str(dataset[column].attrs["units"]) for name, column in columns.items() if _has_unit(dataset, column)
        },
        notes={name: (*_notes(dataset.attrs), *_notes(dataset[column].attrs)) for name, column in columns.items()},
    )


def _over(dataset: xr.Dataset, axis: Hashable) -> list[Hashable]:
    return [name for name, variable in dataset.variables.items() if variable.dims == (axis,)]


def _has_unit(dataset: xr.Dataset, column: str) -> bool:
    return "units" in dataset[column].attrs


def _notes(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(attrs[key]) for key in _NOTES if str(attrs.get(key, "")).strip())


def _time_variable(dataset: xr.Dataset, file: SeriesFile) -> xr.DataArray:
    times = [str(name) for name, variable in dataset.variables.items() if _is_time(variable)]
    wanted = file.time.column
    if wanted is None and len(times) == 1:
        return dataset[times[0]]
    if wanted in times:
        return dataset[wanted]
    if wanted is not None:
        raise InputError(
            [missing_column(file.path, wanted, times, "it must be a variable of times over one dimension")]
        )
    if times:
        names = ", ".join(times)
        raise InputError([Fault(file.path, f"has several time axes: {names}", "say which by `time: {column: ...}`")])
    remedy = "give a variable with units such as 'hours since 2025-01-01' and a standard calendar"
    raise InputError([Fault(file.path, "has no time axis", remedy)])


def _is_time(variable: xr.Variable) -> bool:
    return variable.ndim == 1 and variable.dtype.kind == "M"


def _require_variables(dataset: xr.Dataset, file: SeriesFile, axis: Hashable, columns: dict[str, str]) -> None:
    known = [str(name) for name in _over(dataset, axis)]
    faults = []
    for column in columns.values():
        if column not in dataset.variables:
            faults.append(missing_column(file.path, column, known))
        elif column not in known:
            dims = ", ".join(str(dim) for dim in dataset[column].dims) or "nothing"
            what = f"the variable '{column}' runs over {dims}, not over {axis} alone"
            faults.append(Fault(file.path, what, "write it as one series to a file of its own"))
    if not columns:
        faults.append(Fault(file.path, f"has no variable over {axis}"))
    if not dataset.sizes[axis]:
        faults.append(Fault(file.path, f"the time axis {axis} is empty"))
    if faults:
        raise InputError(faults)


def _numbers(values: NDArray[Any]) -> tuple[NDArray[np.float64], dict[int, str]]:
    if values.dtype.kind in "iuf":
        return values.astype(np.float64), {}
    return np.full(values.shape, np.nan), {row: str(value) for row, value in enumerate(values)}
