"""The hours in which one more MWh is dearest: what makes it so, and what would help at least cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.worth.moments import Moments, by_hour, element

if TYPE_CHECKING:
    import xarray as xr

    from optimizer.lp.affine import FloatArray
    from optimizer.lp.program import Rows
    from optimizer.lp.symbols import Columns
    from optimizer.worth.knobs import Knob
    from optimizer.worth.moments import BoolArray
    from optimizer.worth.sensitivity import Sensitivity
    from optimizer.worth.table import Gains

COUNT = 10
_MOST_LIMITS = 5
_DIGITS = 6  # by which prices are told apart, as a share of the greatest
_NOTICEABLE = 1e-3  # share of the hour's price from which a limit is told, and power [MW] from which a flow is one
# A battery's own row for its floor does the same as the bound of its energy.
_SAME = {"stored_energy": "stored_energy_floor"}


class Limit(NamedTuple):
    """Something that binds in an hour.

    Attributes
    ----------
    what : str
        The rule, or the variable whose bound it is, and of which supply, battery, period and so on.
    price : float
        What a MWh less of it would cost, or more of it would save, in that hour [currency/MWh].
    """

    what: str
    price: float


class WorstHour(NamedTuple):
    """One of the hours in which power is dearest.

    Attributes
    ----------
    time_utc : str
        Its start, ISO 8601.
    marginal_price : float
        Cost of one more MWh of load [currency/MWh].
    facility_load : float
        Load [MW].
    set_by : list of str
        The flows that could still be greater or smaller, and so set the price.
    limits : list of Limit
        What binds, the dearest first.
    relief : str
        The capacity that helps most in that hour for what it costs a year; empty where none helps.
    relief_unit : str
        Its unit.
    relief_saving : float
        What one more unit of it saves in that hour [currency/a per unit].
    relief_share : float or None
        The same as a share of what the unit costs a year; None where it has no cost of its own.
    """

    time_utc: str
    marginal_price: float
    facility_load: float
    set_by: list[str]
    limits: list[Limit]
    relief: str
    relief_unit: str
    relief_saving: float
    relief_share: float | None


def worst_hours(found: Sensitivity, changes: Gains, plan: xr.Dataset, count: int = COUNT) -> list[WorstHour]:
    """Tell the hours in which one more MWh of load is dearest.

    Parameters
    ----------
    found : Sensitivity
        The program, its optimal point and duals.
    changes : list of (Knob, Gain)
        What one more unit of everything changes.
    plan : xarray.Dataset
        The same as a dataset, for marginal prices [currency/MWh] (the weight of each hour is counted in them) and load.
    count : int
        How many are told.

    Returns
    -------
    list of WorstHour
        The dearest first; of equal ones that with the greatest load first, then the earliest.
    """
    price, load = (np.asarray(plan[name].values, dtype=float) for name in ("marginal_price", "facility_load"))
    finder = _Finder(found, changes, price)
    return [
        WorstHour(
            str(np.datetime_as_string(plan["hour"].values[hour], unit="m")),
            float(price[hour]),
            float(load[hour]),
            finder.set_by(hour),
            finder.limits(hour),
            *finder.relief(hour),
        )
        for hour in np.lexsort((-load, -_without_dust(price)))[:count].tolist()
    ]


def _without_dust(price: FloatArray) -> FloatArray:
    """Make prices equal that differ by a solver's rounding."""
    size = float(np.abs(price).max(initial=0.0)) or 1.0
    rounded: FloatArray = np.round(price / size, _DIGITS)
    return rounded


class _Finder:
    def __init__(self, found: Sensitivity, changes: Gains, price: FloatArray) -> None:
        self._found, self._price = found, price
        lp, program = found.program.lp, found.program
        self._rows = Moments.of(program, list(program.rows.values()))
        self._columns = Moments.of(program, list(program.columns.values()))
        self._weight = program.data["weight"].values
        self._hours = self._weight * program.data["dt"].values
        self._binding = (lp.row_lower != lp.row_upper) & (found.row_dual != 0)
        self._savings = [
            (knob, gain.cost, by_hour(gain, self._rows, self._columns, price, self._empty(knob)))
            for knob, gain in changes
            if knob.capacity and gain.worth > 0
        ]

    def _empty(self, knob: Knob) -> BoolArray:
        """Mark the boundaries at which a battery holds least."""
        program = self._found.program
        if knob.name not in ("energy_capacity", "power_capacity"):
            return np.zeros(len(self._price) + 1, dtype=bool)
        held = program.evaluate("stored_energy", self._found.x)[knob.at]
        empty: BoolArray = held <= held.min() + _NOTICEABLE * np.ptp(held)
        return empty

    def relief(self, hour: int) -> tuple[str, str, float, float | None]:
        """Find the capacity that saves most in the hour for what it costs; what has a cost of its own comes first."""
        best: tuple[tuple[bool, float], str, str, float, float | None] | None = None
        for knob, cost, saved in self._savings:
            saving = float(saved[hour])
            if saving > self._least(hour) * self._hours[hour]:
                share = saving / cost if cost > 0 else None
                rank = (share is not None, saving if share is None else share)
                if best is None or rank > best[0]:
                    best = rank, knob.words, knob.unit, saving, share
        return ("", "", 0.0, None) if best is None else best[1:]

    def set_by(self, hour: int) -> list[str]:
        """Name the flows of the balance that no limit of the hour holds."""
        found = self._found
        matrix, balance = found.program.lp.matrix, found.program.rows["power_balance"].start + hour
        told = []
        for column in np.flatnonzero((self._columns.hour == hour) & (found.x > _NOTICEABLE)).tolist():
            rows = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
            price = np.abs(found.row_dual[rows[self._binding[rows] & (self._rows.hour[rows] == hour)]]).sum()
            price += abs(float(found.reduced_cost[column]))
            if balance in rows and price <= self._least(hour) * self._hours[hour]:
                told.append(_words(*self._name(column, found.program.columns.values())))
        return told

    def _least(self, hour: int) -> float:
        """Give the price from which something counts in the hour [currency/MWh]."""
        return max(_NOTICEABLE, _NOTICEABLE * abs(float(self._price[hour])))

    def limits(self, hour: int) -> list[Limit]:
        """List what binds on the flows of the hour, and on what is held at its end."""
        found: dict[tuple[str, str], float] = {}
        for name, price in self._binding_on(hour):
            found[name] = max(found.get(name, 0.0), price)
        told = [Limit(_words(*name), price) for name, price in found.items() if price >= self._least(hour)]
        return sorted(told, key=lambda limit: -limit.price)[:_MOST_LIMITS]

    def _binding_on(self, hour: int) -> Iterator[tuple[tuple[str, str], float]]:
        found = self._found
        matrix = found.program.lp.matrix
        held = self._columns.boundary == hour + 1
        for column in np.flatnonzero((self._columns.hour == hour) | held).tolist():
            mwh = self._weight[hour] if held[column] else self._hours[hour]
            yield from self._bound(column, mwh, at_least=bool(held[column]))
            if found.x[column] > _NOTICEABLE or held[column]:
                for entry in range(matrix.indptr[column], matrix.indptr[column + 1]):
                    row = int(matrix.indices[entry])
                    if self._binding[row]:
                        price = abs(float(matrix.data[entry] * found.row_dual[row])) / mwh
                        yield self._name(row, found.program.rows.values()), price

    def _bound(self, column: int, mwh: float, *, at_least: bool) -> Iterator[tuple[tuple[str, str], float]]:
        """Tell a column that is at its greatest; what is held also at its least."""
        reduced = float(self._found.reduced_cost[column])
        if (reduced < 0 and math.isfinite(self._found.program.lp.upper[column])) or (reduced > 0 and at_least):
            yield self._name(column, self._found.program.columns.values()), abs(reduced) / mwh

    def _name(self, number: int, families: Iterable[Rows | Columns]) -> tuple[str, str]:
        family = next(family for family in families if family.start <= number < family.start + family.size)
        return _SAME.get(family.name, family.name), element(family, number, self._found.program.sets)


def _words(family: str, owner: str) -> str:
    words = family.replace("_", " ").capitalize()
    return f"{words} ({owner})" if owner else words
