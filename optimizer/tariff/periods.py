"""Periods that are billed: days, months and years of the local calendar, and billing periods between given dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.series.clock import Times
from optimizer.tariff.charges import Period

_UNITS = {"day": "D", "month": "M", "year": "Y"}


@dataclass(frozen=True)
class Periods:
    """The periods of one kind, numbered in their order.

    Attributes
    ----------
    kind : {"day", "month", "year", "billing"}
        Their kind; billing periods without dates are months.
    dates : tuple of str
        First days of billing periods, and the day after the last.

    Examples
    --------
    >>> months = Periods.of("month")
    >>> number = int(months.numbers(np.array(["2025-03-30"], "datetime64[D]"))[0])
    >>> months.label(number), str(months.first_day(number + 1)), months.number("2025-03") == number
    ('2025-03', '2025-04-01', True)
    """

    kind: Period
    dates: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: Period, billing_dates: Sequence[str] = ()) -> Periods:
        """Give the periods of a kind in a tariff with these billing dates."""
        if kind != "billing":
            return cls(kind)
        return cls("billing", tuple(billing_dates)) if billing_dates else cls("month")

    @property
    def _starts(self) -> Times:
        return np.array(self.dates, dtype="datetime64[D]")

    def numbers(self, dates: Times) -> NDArray[np.int64]:
        """Find the periods of local dates; -1 and less than the last for dates before and after billing periods."""
        if self.kind == "billing":
            return np.asarray(np.searchsorted(self._starts, dates, side="right") - 1)
        return dates.astype(f"datetime64[{_UNITS[self.kind]}]").astype(np.int64)

    def first_day(self, number: int) -> np.datetime64:
        """Give the local date on which a period begins; the one before ends there."""
        if self.kind == "billing":
            return np.datetime64(self.dates[number], "D")
        day: np.datetime64 = self._moment(number).astype("datetime64[D]")
        return day

    def label(self, number: int) -> str:
        """Write a period: 2025, 2025-01, 2025-01-31, or the first day of a billing period."""
        if self.kind == "billing":
            return self.dates[number]
        return str(self._moment(number))

    def _moment(self, number: int) -> Any:
        return np.array(number).astype(f"datetime64[{_UNITS[self.kind]}]")

    def number(self, label: str) -> int | None:
        """Find a period by its label; None where there is none."""
        if self.kind == "billing":
            return self.dates.index(label) if label in self.dates[:-1] else None
        try:
            number = int(np.array(label, dtype=f"datetime64[{_UNITS[self.kind]}]").astype(np.int64))
        except ValueError:
            return None
        return number if self.label(number) == label else None
