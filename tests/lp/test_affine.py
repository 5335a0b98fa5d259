from __future__ import annotations

import numpy as np
import pytest

from optimizer.errors import FormulationError
from optimizer.lp.affine import Affine, AffineTerm, add, as_affine, flatten, multiply, total, with_axes

ONE = np.asarray(1.0)
ZERO = np.asarray(0.0)


def term(columns: object, coefficients: object = 1.0) -> AffineTerm:
    return AffineTerm(np.asarray(columns, dtype=np.int64), np.asarray(coefficients, dtype=float))


def test_axes_are_appended_behind_and_scalars_stay_scalars() -> None:
    assert with_axes(np.ones((2, 3)), 4).shape == (2, 3, 1, 1)
    assert with_axes(np.asarray(2.0), 4).shape == ()
    assert with_axes(np.ones((2, 3)), 2).shape == (2, 3)


def test_adding_keeps_terms_and_adds_constants() -> None:
    form = add(Affine((term([0, 1]),), np.asarray([1.0, 2.0])), np.asarray(10.0))
    assert isinstance(form, Affine)
    assert len(form.terms) == 1
    assert form.constant.tolist() == [11.0, 12.0]
    assert np.asarray(add(ONE, ONE)) == 2.0


def test_multiplying_by_data_reaches_deeper_terms() -> None:
    deep = Affine((term([[0, 1], [2, 3]]),), np.asarray([1.0, 1.0]))
    scaled = multiply(np.asarray([2.0, 3.0]), deep)
    assert isinstance(scaled, Affine)
    assert scaled.terms[0].coefficients.tolist() == [[2.0], [3.0]]
    assert scaled.value(np.arange(4.0), (2,)).tolist() == [2 * (0 + 1) + 2, 3 * (2 + 3) + 3]


def test_two_variables_cannot_be_multiplied() -> None:
    form = Affine((term([0]),), ZERO)
    with pytest.raises(FormulationError, match="a product of two variables is not linear"):
        multiply(form, form)


def test_a_sum_counts_what_does_not_vary_along_its_axis() -> None:
    assert total(np.asarray(2.0), 1, (3,)) == 6.0
    assert total(np.asarray([[1.0], [2.0]]), 1, (3,)).tolist() == [3.0, 6.0]  # type: ignore[union-attr]
    summed = total(Affine((term([[5]]),), np.asarray(1.0)), 1, (3,))
    assert isinstance(summed, Affine)
    assert summed.constant == 3.0
    assert summed.value(np.full(6, 7.0), (1,)).tolist() == [3 * 7.0 + 3.0]


def test_a_sum_over_nothing_is_the_number_zero() -> None:
    assert total(Affine((term(np.empty((1, 0))),), ONE), 1, (0,)) == 0.0


def test_nested_sums_keep_every_axis() -> None:
    inner = total(Affine((term(np.arange(6).reshape(1, 2, 3)),), ZERO), 2, (3,))
    outer = total(inner, 1, (2,))
    assert isinstance(outer, Affine)
    assert outer.value(np.arange(6.0), (1,)).tolist() == [15.0]


def test_values_at_a_point_have_the_familys_shape() -> None:
    form = Affine((term([0, 1], [2.0, 3.0]), term(2)), np.asarray(1.0))
    assert form.value(np.asarray([1.0, 10.0, 100.0]), (2,)).tolist() == [103.0, 131.0]
    assert as_affine(np.asarray([1.0, 2.0])).value(np.empty(0), (2,)).tolist() == [1.0, 2.0]


def test_flattening_keeps_zeros_and_repeated_places() -> None:
    form = Affine((term([4, 5], [0.0, 1.0]), term(4, 2.0)), ZERO)
    found = flatten(form, (2,))
    assert found.rows.tolist() == [0, 1, 0, 1]
    assert found.columns.tolist() == [4, 5, 4, 4]
    assert found.values.tolist() == [0.0, 1.0, 2.0, 2.0]


def test_flattening_nothing_gives_empty_arrays() -> None:
    found = flatten(as_affine(ONE), (2,))
    assert [len(part) for part in found] == [0, 0, 0]
    assert found.rows.dtype == np.int64
