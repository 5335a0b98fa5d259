"""A dataset as a netCDF-4 file, written by h5py itself: xarray's way by h5netcdf takes milliseconds for each variable.

A netCDF-4 file is HDF5 in which every dimension is a "scale" that the arrays along it are attached to. NetCDF-4 format
specification: https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import h5py
import numpy as np
import xarray as xr
from xarray.conventions import encode_cf_variable, encode_dataset_coordinates

_PACKED_FROM = 100  # values; to pack fewer does not pay
_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable. {:9d}"


def as_netcdf(dataset: xr.Dataset) -> bytes:
    """Write a dataset to a netCDF-4 file in memory, which any reader of netCDF opens.

    Parameters
    ----------
    dataset : xarray.Dataset
        Numbers, times and texts.

    Returns
    -------
    bytes
    """
    variables, attributes = encode_dataset_coordinates(dataset)
    # In memory: HDF5 may end the whole process where a disk is full.
    with h5py.File("result.nc", "w", driver="core", backing_store=False, track_order=True) as file:
        written = {name: _written(file, str(name), variable) for name, variable in variables.items()}
        scales = _scales(file, dataset.sizes, written)
        for name, variable in variables.items():
            for axis, dim in enumerate(variable.dims):
                if dim != name:
                    written[name].dims[axis].attach_scale(scales[dim])
        _describe(file, attributes)
        file.flush()
        return bytes(file.id.get_file_image())


def _written(file: h5py.File, name: str, variable: xr.Variable) -> h5py.Dataset:
    """Write one array with its attributes."""
    variable.encoding = {"_FillValue": None}  # NaN needs no number to stand for it
    encoded = encode_cf_variable(variable, name=name)
    values = np.asarray(encoded.values)
    texts = values.dtype.kind in "OU"
    packing = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if values.size > _PACKED_FROM else {}
    made = file.create_dataset(
        name,
        data=values.astype(object) if texts else values,
        dtype=h5py.string_dtype() if texts else values.dtype,
        track_order=True,
        **({} if texts else packing),
    )
    _describe(made, encoded.attrs)
    return made


def _scales(
    file: h5py.File, sizes: Mapping[Hashable, int], written: Mapping[Hashable, h5py.Dataset]
) -> dict[Hashable, h5py.Dataset]:
    """Make every dimension a scale: the array of its labels, or an empty one where it has none."""
    scales = {}
    for number, (dim, size) in enumerate(sizes.items()):
        scale = written.get(dim)
        if scale is None:
            scale = file.create_dataset(str(dim), (size,), ">f4", track_order=True)
            scale.make_scale(_NO_VARIABLE.format(size))
        else:
            scale.make_scale(str(dim))
        scale.attrs["_Netcdf4Dimid"] = np.int32(number)
        scales[dim] = scale
    return scales


def _describe(target: h5py.File | h5py.Dataset, attributes: Mapping[Any, Any]) -> None:
    for name, value in attributes.items():
        target.attrs[str(name)] = value if isinstance(value, str) else np.atleast_1d(value)
