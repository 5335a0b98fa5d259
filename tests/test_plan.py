"""What is added to a plan stands where xarray would put it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from optimizer.plan import joined

PLAN = xr.Dataset(
    {"load": ("hour", [1.0, 2.0, 3.0]), "size": ("supply", [5.0, 6.0])},
    {"hour": np.arange("2025-01-01T00", "2025-01-01T03", dtype="datetime64[h]"), "supply": ["wind", "sun"]},
)

ARRAYS = {
    "no labels": xr.DataArray([1.0, 2.0, 3.0], dims="hour"),
    "a number": xr.DataArray(7.0),
    "its labels": xr.DataArray([1.0, 2.0], {"supply": ["wind", "sun"]}, dims="supply"),
    "labels in another order": xr.DataArray([2.0, 1.0], {"supply": ["sun", "wind"]}, dims="supply"),
    "labels of its own": xr.DataArray([1.0, 2.0], {"line": ["a", "b"]}, dims="line"),
    "a label besides": PLAN["size"].sel(supply="sun"),
}


@pytest.mark.parametrize("what", ARRAYS)
def test_an_array_is_added_as_xarray_would(what: str):
    array = ARRAYS[what].assign_attrs(units="MW")
    assert joined(PLAN, {"new": array}).identical(PLAN.assign(new=array))


def test_arrays_that_share_new_labels_are_added_together():
    one, other = ARRAYS["labels of its own"], xr.DataArray([9.0, 8.0], {"line": ["a", "b"]}, dims="line")
    both = joined(PLAN, {"one": one, "other": other})
    assert both.identical(PLAN.assign(one=one, other=other))
    turned = xr.DataArray([8.0, 9.0], {"line": ["b", "a"]}, dims="line")
    assert joined(PLAN, {"one": one, "other": turned})["other"].sel(line="a") == 9.0


def test_an_array_of_another_length_does_not_fit():
    with pytest.raises(ValueError, match="conflicting sizes for dimension 'hour'"):
        joined(PLAN, {"new": xr.DataArray([1.0], dims="hour")})
