"""One line of a bill, and what is needed to write any."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from optimizer.tariff.billed import Billed
from optimizer.tariff.charges import Period
from optimizer.tariff.metering import Metered

Floats = NDArray[np.float64]

KINDS = ("energy", "demand", "overrun", "subscribed", "fixed", "tax", "export")
"""The kinds of line, in the order of a bill."""

_MOST_TOLD = 3  # moments that a remark names


class BillLine(NamedTuple):
    """One line of a bill.

    Attributes
    ----------
    invoice : str
        The billing period whose invoice the line is on; a yearly charge has an invoice of its own.
    period : str
        The period that is billed.
    line : str
        Name of the band, charge or tax.
    kind : str
        One of `KINDS`.
    quantity, unit
        What is billed: MWh, MW, periods, or a taxed amount.
    price, price_unit
        For each unit of it; the mean where the price varies, None where that has no meaning.
    share : float
        The share of the period that is billed.
    amount : float
        Quantity times price times share [currency]; negative where it is paid to the site.
    annual_cost : float
        What the line counts in the yearly cost [currency/a].
    remark : str
        When a peak was, or why it is billed; which hours of another period are on the invoice.
    """

    invoice: str
    period: str
    line: str
    kind: str
    quantity: float
    unit: str
    price: float | None
    price_unit: str
    share: float
    amount: float
    annual_cost: float
    remark: str = ""


class Book:
    """What all lines of a bill are written from.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan, with the prices that were bound.
    billed : Billed
        What the grid's tariff bills over the plan's horizon.
    currency : str
        The scenario's currency.
    """

    def __init__(self, plan: xr.Dataset, billed: Billed, currency: str) -> None:
        self.plan, self.billed, self.currency = plan, billed, currency
        self.metering, self.pieces = billed.metering, billed.metering.pieces
        self.periods, self.numbers = self.metering.periods("billing"), self.metering.numbers("billing")
        self.weights, self.imported = self.hourly("weight"), self.hourly("grid_import")

    def hourly(self, name: str, row: int | None = None) -> Floats:
        """Give values over the hours, (hour,), of one row where there are several."""
        values = self.plan[name].values
        return np.asarray(values if row is None else values[row], dtype=np.float64)

    def number(self, name: str, row: int | None = None) -> float:
        """Give one value."""
        return float(self.plan[name].values if row is None else self.plan[name].values[row])

    @cached_property
    def peaks_so_far(self) -> dict[str, float]:
        """Peaks metered before the horizon, by the label of charge and period."""
        return dict(zip(self.plan["metered_period"].values.tolist(), self.hourly("peak_so_far").tolist(), strict=True))

    def from_beside(self, pieces: NDArray[np.bool_]) -> str:
        """Say which hours of another billing period, at the edge of the horizon, are among pieces of time, (n,)."""
        moved = pieces & (self.periods.numbers(self.pieces.date) != self.numbers)
        days = [str(day) for day in np.unique(self.pieces.date[moved])]
        return f"with {self.pieces.hours[moved].sum():g} h of {' and '.join(days)}" if days else ""

    def invoice(self, metered: Metered, kind: Period) -> str:
        """Find the invoice on which a period is: that of its last hours; a yearly charge has one of its own."""
        if kind == "year":
            return metered.period
        last = np.flatnonzero(self.metering.numbers(kind) == metered.number)[-1]
        return self.periods.label(int(self.numbers[last]))

    def moment(self, place: int, metered: Metered, kind: Period) -> str:
        """Write when an interval starts in a period, by the site's clock and with its distance from UTC."""
        inside = (self.pieces.interval == place) & (self.metering.numbers(kind) == metered.number)
        piece = int(np.argmax(inside))
        label = self.pieces.label[piece]
        minutes = int((label - self.pieces.start[piece]) / np.timedelta64(1, "m"))
        hours, rest = divmod(abs(minutes), 60)
        distance = f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"
        return f"{str(label)[:16].replace('T', ' ')} {distance}"

    def moments(self, places: NDArray[np.int64], metered: Metered, kind: Period) -> str:
        """Write the first few moments, and how many more there are."""
        told = ", ".join(self.moment(int(place), metered, kind) for place in places[:_MOST_TOLD])
        return told + (f" and {len(places) - _MOST_TOLD} more" if len(places) > _MOST_TOLD else "")
