"""Affine forms over arrays: many rows of ``sum_k a_k x_k + constant`` held as a few numpy arrays.

Axes: the family's own index axes come first; a sum over a set appends axes behind them. Every array either is a
scalar or has as many axes as the level it was made on, so broadcasting aligns by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from optimizer.errors import FormulationError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)


class AffineTerm(NamedTuple):
    """Coefficients times columns, with the same number of axes or scalars."""

    columns: IntArray
    coefficients: FloatArray


class Coefficients(NamedTuple):
    """Coefficients in coordinate form; rows count from the family's first. One place may occur more than once."""

    rows: IntArray
    columns: IntArray
    values: FloatArray


def with_axes(array: npt.NDArray[Number], ndim: int) -> npt.NDArray[Number]:
    """Append axes of length 1 until the array has `ndim` axes; scalars stay scalars.

    Examples
    --------
    >>> with_axes(np.ones((2, 3)), 4).shape
    (2, 3, 1, 1)
    """
    if array.ndim in (0, ndim):
        return array
    return array.reshape(array.shape + (1,) * (ndim - array.ndim))


@dataclass(frozen=True)
class Affine:
    """A sum of terms and a constant.

    Attributes
    ----------
    terms : tuple of AffineTerm
        What multiplies variables. A term may have more axes than the form: they are summed.
    constant : ndarray
        The part without variables.
    """

    terms: tuple[AffineTerm, ...]
    constant: FloatArray

    def __add__(self, other: Affine) -> Affine:
        return Affine(self.terms + other.terms, self.constant + other.constant)

    def scaled(self, factor: FloatArray) -> Affine:
        """Multiply by data."""
        terms = tuple(
            AffineTerm(columns, _times(coefficients, columns, factor)) for columns, coefficients in self.terms
        )
        return Affine(terms, self.constant * factor)

    def value(self, x: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        """Evaluate at a point.

        Parameters
        ----------
        x : (columns,)
            The point.
        shape : tuple of int
            The family's shape; further axes of a term are summed.

        Returns
        -------
        ndarray of the given shape
        """
        total = np.broadcast_to(self.constant, shape).astype(float)
        for columns, coefficients in self.terms:
            product = coefficients * x[columns]
            extra = tuple(range(len(shape), product.ndim))
            total = total + (product.sum(axis=extra) if extra else product)
        return total


def _times(coefficients: FloatArray, columns: IntArray, factor: FloatArray) -> FloatArray:
    ndim = max(np.ndim(columns), np.ndim(coefficients))
    product: FloatArray = coefficients * with_axes(np.asarray(factor), ndim)
    return product


Value = Affine | FloatArray
"""What an expression evaluates to: with variables, or data alone."""


def as_affine(value: Value) -> Affine:
    """Take data as a form without terms."""
    return value if isinstance(value, Affine) else Affine((), np.asarray(value, dtype=float))


def add(a: Value, b: Value) -> Value:
    """Add two values."""
    if isinstance(a, Affine) or isinstance(b, Affine):
        return as_affine(a) + as_affine(b)
    return np.asarray(a + b)


def multiply(a: Value, b: Value) -> Value:
    """Multiply two values, at most one of which holds variables."""
    if isinstance(a, Affine):
        if isinstance(b, Affine):
            raise FormulationError("a product of two variables is not linear")
        return a.scaled(b)
    return b.scaled(a) if isinstance(b, Affine) else np.asarray(a * b)


def total(value: Value, ndim: int, lengths: tuple[int, ...]) -> Value:
    """Sum over the trailing axes.

    Parameters
    ----------
    value : Affine or ndarray
        Evaluated with ``ndim + len(lengths)`` axes.
    ndim : int
        Axes that stay.
    lengths : tuple of int
        Lengths of the axes that are summed; an array that does not vary along one counts that many times.
    """
    if 0 in lengths:
        return np.asarray(0.0)  # nothing to sum is the number 0, so that a row with nothing else is data alone
    if not isinstance(value, Affine):
        return _total_data(np.asarray(value), ndim, lengths)
    terms = tuple(_spread(term, ndim, lengths) for term in value.terms)
    return Affine(terms, _total_data(value.constant, ndim, lengths))


def _total_data(array: FloatArray, ndim: int, lengths: tuple[int, ...]) -> FloatArray:
    if array.ndim == 0:
        return np.asarray(array * float(np.prod(lengths)))
    full = array.shape[:ndim] + lengths
    return np.asarray(np.broadcast_to(array, full).sum(axis=tuple(range(ndim, ndim + len(lengths)))))


def _spread(term: AffineTerm, ndim: int, lengths: tuple[int, ...]) -> AffineTerm:
    """Give the coefficients every summed axis at full length, so that none is lost when columns do not vary on it."""
    columns, coefficients = term
    deeper = max(columns.ndim, coefficients.ndim, ndim + len(lengths))
    shape = (1,) * ndim + lengths + (1,) * (deeper - ndim - len(lengths))
    spread = np.broadcast_to(
        with_axes(coefficients, deeper), np.broadcast_shapes(with_axes(coefficients, deeper).shape, shape)
    )
    return AffineTerm(with_axes(columns, deeper), spread)


def flatten(form: Affine, shape: tuple[int, ...]) -> Coefficients:
    """Write a form out in coordinate form; explicit zeros stay, so that the pattern does not depend on the data."""
    number = np.arange(int(np.prod(shape, dtype=np.int64)))
    parts = []
    for columns, coefficients in form.terms:
        deeper = max(columns.ndim, coefficients.ndim, len(shape))
        at = number.reshape(shape + (1,) * (deeper - len(shape)))
        parts.append([part.ravel() for part in np.broadcast_arrays(at, columns, coefficients)])
    rows, places, values = zip(*parts, strict=True) if parts else ((), (), ())
    return Coefficients(joined(rows, np.int64), joined(places, np.int64), joined(values, np.float64))


def joined(arrays: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> Any:
    """Put arrays one after the other; an empty array where there are none."""
    return np.concatenate(arrays).astype(kind, copy=False) if arrays else np.empty(0, dtype=kind)
