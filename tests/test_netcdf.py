"""Results are netCDF-4 files that say what xarray itself would have written, to whomever reads them."""

from __future__ import annotations

from pathlib import Path

import h5netcdf
import h5py
import numpy as np
import pytest
import xarray as xr

from optimizer.netcdf import as_netcdf

DATASET = xr.Dataset(
    {
        "load": (("supply", "hour"), [[1.0, np.nan, np.inf], [-0.0, 1e-300, 4.0]], {"units": "MW", "number": 3}),
        "count": ("hour", np.array([1, 2, 3], dtype=np.int32)),
        "runs": ("hour", [True, False, True]),
        "kind": ("supply", np.array(["pay as produced", "Größe, “quoted”"], dtype=object)),
        "single": ((), 2.5),
        "text": ((), "a table as JSON, " * 5_000),
        "nothing": (("generator", "hour"), np.empty((0, 3))),
        "edge": ("boundary", np.arange(4.0)),
        "long": ("step", np.linspace(0.0, 1.0, 5_000)),
        "when": ("supply", np.array(["2025-03-30T01:30", "NaT"], dtype="datetime64[ns]")),
    },
    {
        "hour": np.array(["2025-01-01T00:00", "2025-01-01T00:15", "2025-01-01T01:00"], dtype="datetime64[ns]"),
        "supply": np.array(["wind", "sun"], dtype=object),
        "generator": np.array([], dtype=object),
        "zone": ((), "Africa/Casablanca"),
    },
    {"title": "A plan", "scenario_yaml": "name: Größe\n" * 10_000, "latitude": 33.37, "tags": "", "numbers": [1, 2]},
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    ours, theirs = tmp_path / "ours.nc", tmp_path / "theirs.nc"
    ours.write_bytes(as_netcdf(DATASET))
    DATASET.to_netcdf(theirs, engine="h5netcdf")
    return ours, theirs


def test_it_reads_as_what_xarray_writes(files: tuple[Path, Path]):
    ours, theirs = (xr.load_dataset(file, engine="h5netcdf") for file in files)
    assert ours.identical(theirs)
    assert list(ours.variables) == list(theirs.variables)
    assert dict(ours.sizes) == dict(theirs.sizes)
    assert ours["generator"].dtype.kind == "U"  # where xarray takes labels of which there are none for numbers
    for name in theirs.drop_vars("generator").variables:
        assert ours[name].dtype == theirs[name].dtype, name
    assert np.signbit(ours["load"].values[1, 0])


def test_every_dimension_is_a_scale_that_arrays_are_attached_to(files: tuple[Path, Path]):
    with h5py.File(files[0]) as file:
        assert file["load"].dims[0].keys() == ["supply"]
        assert file["load"].dims[1][0] == file["hour"]
        assert file["boundary"].attrs["CLASS"] == b"DIMENSION_SCALE"
        assert file["boundary"].attrs["NAME"].startswith(b"This is a netCDF dimension but not a netCDF variable.")
        assert file["long"].compression == "gzip"
        assert file["load"].compression is None
    with h5netcdf.File(files[0]) as file:
        assert "boundary" in file.dimensions
        assert "boundary" not in file.variables


def test_the_dataset_stays_as_it_was():
    before = DATASET.copy(deep=True)
    before["load"].encoding = DATASET["load"].encoding = {"zlib": True}
    as_netcdf(DATASET)
    assert DATASET.identical(before)
    assert DATASET["load"].encoding == {"zlib": True}
