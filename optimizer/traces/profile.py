"""The week that a trace comes down to: mean utilisation by weekday and hour, and how far off it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.traces.judging import Trace

By = Literal["week", "day", "flat"]
Values = NDArray[np.float64]

_LOW, _HIGH = 0.01, 0.99  # quantiles that stand for idle and busy where nobody says
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONDAY = np.datetime64("1970-01-05")


@dataclass(frozen=True)
class Profile:
    """Mean utilisation of each hour of a week on the local clock.

    Attributes
    ----------
    utilisation : (7, 24) array
        From Monday, from midnight; 0 is idle, 1 busy.
    by : {"week", "day", "flat"}
        What it tells apart: hours of the week, hours of the day, or nothing.
    """

    utilisation: Values = field(repr=False)
    by: By

    def at(self, labels: NDArray[np.datetime64]) -> Values:
        """Give the utilisation, (n,), at times on the local clock, (n,)."""
        weekday, hour = _slots(labels)
        return np.asarray(self.utilisation[weekday, hour])


@dataclass(frozen=True)
class Fit:
    """A profile beside the trace that it was taken from.

    Attributes
    ----------
    trace : Trace
        What was measured.
    profile : Profile
        What it comes down to.
    idle, busy : float
        Values of the trace, in its unit, at utilisation 0 and 1.
    utilisation : (n,) array
        Measured; NaN where there is no value.
    unseen : (n,) array
        Fitted to all other weeks (days, for a profile by day); NaN where there are none.
    notes : tuple of str
        What a reader must know.
    """

    trace: Trace
    profile: Profile
    idle: float
    busy: float
    utilisation: Values = field(repr=False)
    unseen: Values = field(repr=False)
    notes: tuple[str, ...]

    @property
    def fitted(self) -> Values:
        """(n,) Utilisation by the profile."""
        return self.profile.at(self.trace.times)

    def in_unit(self, utilisation: Values) -> Values:
        """Turn utilisation into the unit of the trace."""
        return self.idle + utilisation * (self.busy - self.idle)

    def errors(self) -> pd.DataFrame:
        """Measure the profile against the trace.

        Returns
        -------
        pandas.DataFrame
            Columns label, value, unit; indexed by name: ``mape`` the mean absolute error of each value, over values
            above zero; ``wape`` the sum of absolute errors over the sum of values; ``bias`` the mean of fitted less
            measured, over the mean; ``explained`` the share of the variance; ``unseen_wape`` and ``unseen_bias`` the
            same for weeks (or days) by a profile that had not seen them.
        """
        measured = self.trace.values
        rows = _measures(measured, self.in_unit(self.fitted))
        unseen = _measures(measured, self.in_unit(self.unseen))
        rows["unseen_wape"] = ("Absolute error, of weeks or days not seen", unseen["wape"][1], "1")
        rows["unseen_bias"] = ("Bias, of weeks or days not seen", unseen["bias"][1], "1")
        return pd.DataFrame.from_dict(rows, orient="index", columns=["label", "value", "unit"])

    def table(self) -> pd.DataFrame:
        """Lay measured means beside fitted ones, hour by hour of the week.

        Returns
        -------
        pandas.DataFrame
            Columns weekday, hour, intervals (how many were measured), measured (their mean), low and high (between
            which four fifths of them lie) and fitted, all in the trace's unit, and utilisation; 168 rows.
        """
        weekday, hour = _slots(self.trace.times)
        there = np.isfinite(self.trace.values)
        slot = (weekday * 24 + hour)[there]
        count = np.bincount(slot, minlength=168)
        total = np.bincount(slot, self.trace.values[there], 168)
        measured = np.divide(total, count, out=np.full(168, np.nan), where=count > 0)
        low, high = _spread(slot, self.trace.values[there])
        flat = self.profile.utilisation.ravel()
        return pd.DataFrame(
            {
                "weekday": np.repeat(_WEEKDAYS, 24),
                "hour": np.tile(np.arange(24), 7),
                "intervals": count,
                "measured": measured,
                "low": low,
                "high": high,
                "fitted": self.in_unit(flat),
                "utilisation": flat,
            }
        )


def fit(
    trace: Trace, *, by: By | Literal["auto"] = "auto", idle: float | None = None, busy: float | None = None
) -> Fit:
    """Take the mean utilisation of each hour of the week.

    Parameters
    ----------
    trace : Trace
        What was measured.
    by : {"auto", "week", "day", "flat"}
        Tell hours of the week apart, hours of the day, or nothing; ``"auto"`` takes the first of these that the trace
        fills.
    idle, busy : float, optional
        Values of the trace, in its unit, at utilisation 0 and 1; what lies beyond is cut. By default the trace's 1 %
        and 99 % quantile of power; zero and the 99 % quantile of work; 0 and 1 of utilisation.

    Returns
    -------
    Fit
        The profile, beside the trace.

    Raises
    ------
    InputError
        If idle is not below busy, or the trace does not fill what is asked.
    """
    low, high, notes = _ends(trace, idle, busy)
    utilisation = np.clip((trace.values - low) / (high - low), 0.0, 1.0)
    chosen = _chosen(trace, by)
    unseen = _unseen(trace.times, utilisation, chosen)
    profile = Profile(_by_slot(trace.times, utilisation, chosen), chosen)
    if by == "auto" and chosen != "week":
        notes.append(f"the trace of {trace.hours:,.0f} h does not fill a week, so its profile is by {chosen}")
    return Fit(trace, profile, low, high, utilisation, unseen, (*trace.notes, *notes))


def _ends(trace: Trace, idle: float | None, busy: float | None) -> tuple[float, float, list[str]]:
    """Choose what counts as idle and as busy, and say so where nobody else did."""
    low, high = (float(quantile) for quantile in np.nanquantile(trace.values, [_LOW, _HIGH]))
    guess = {"power": (low, high), "utilisation": (0.0, 1.0)}.get(trace.kind, (0.0, high))
    chosen = (guess[0] if idle is None else idle, guess[1] if busy is None else busy)
    if not chosen[0] < chosen[1]:
        what = f"idle, {chosen[0]:g} {trace.unit}, is not below busy, {chosen[1]:g} {trace.unit}"
        raise InputError([Fault(trace.source, what, "give `idle` and `busy`")])
    notes = [
        f"{name} is {value:,.4g} {trace.unit}, the trace's own {where}"
        for name, value, given, where in (
            ("idle", chosen[0], idle, "1 % quantile"),
            ("busy", chosen[1], busy, "99 % quantile"),
        )
        if given is None and trace.kind != "utilisation" and not (name == "idle" and trace.kind == "work")
    ]
    return *chosen, notes


def _spread(slot: NDArray[np.int64], values: Values) -> tuple[Values, Values]:
    """Give the values of each hour of the week that a tenth lies below, and a tenth above."""
    found = np.full((2, 168), np.nan)
    for number in np.unique(slot):
        found[:, number] = np.quantile(values[slot == number], [0.1, 0.9])
    return found[0], found[1]


def _slots(labels: NDArray[np.datetime64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tell weekday, from Monday, and hour of times on the local clock."""
    hours = (labels - _MONDAY).astype("timedelta64[h]").astype(np.int64)
    return hours // 24 % 7, hours % 24


def _groups(times: NDArray[np.datetime64], by: By) -> tuple[NDArray[np.int64], int]:
    """Give the place of each time among what a profile tells apart, and how many places there are."""
    weekday, hour = _slots(times)
    number = {"week": weekday * 24 + hour, "day": hour, "flat": np.zeros_like(hour)}[by]
    return number, {"week": 168, "day": 24, "flat": 1}[by]


def _missing(trace: Trace, by: By) -> NDArray[np.int64]:
    number, count = _groups(trace.times, by)
    there = np.isfinite(trace.values)
    return np.flatnonzero(np.bincount(number[there], minlength=count) == 0)


def _chosen(trace: Trace, by: By | Literal["auto"]) -> By:
    if by == "auto":
        kinds: tuple[By, ...] = ("week", "day", "flat")
        return next(kind for kind in kinds if not _missing(trace, kind).size)
    lacking = _missing(trace, by)
    if lacking.size:
        names = [f"{_WEEKDAYS[slot // 24]} {slot % 24:02}:00" if by == "week" else f"{slot:02}:00" for slot in lacking]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        what = f"the trace has no value at {', '.join(names[:3])}{more}"
        raise InputError([Fault(trace.source, what, "give a longer trace, or another `by`: day or flat")])
    return by


def _by_slot(times: NDArray[np.datetime64], utilisation: Values, by: By) -> Values:
    number, count = _groups(times, by)
    there = np.isfinite(utilisation)
    mean = np.bincount(number[there], utilisation[there], count) / np.bincount(number[there], minlength=count)
    return np.array(np.broadcast_to(mean.reshape({"week": (7, 24), "day": (1, 24), "flat": (1, 1)}[by]), (7, 24)))


def _unseen(times: NDArray[np.datetime64], utilisation: Values, by: By) -> Values:
    """Fit each week, or day, by all others: what its slots come to, less what it adds to them."""
    number, count = _groups(times, by)
    days = (times - _MONDAY).astype("timedelta64[D]").astype(np.int64)
    block = days // 7 if by == "week" else days
    block = block - block.min()
    there = np.isfinite(utilisation)
    cell = block * count + number
    size = (int(block.max()) + 1) * count
    total = np.bincount(cell[there], utilisation[there], size).reshape(-1, count)
    seen = np.bincount(cell[there], minlength=size).reshape(-1, count)
    others, among = total.sum(axis=0) - total, seen.sum(axis=0) - seen
    mean = np.divide(others, among, out=np.full(total.shape, np.nan), where=among > 0)
    return np.asarray(mean[block, number])


def _measures(measured: Values, fitted: Values) -> dict[str, tuple[str, float, str]]:
    both = np.isfinite(measured) & np.isfinite(fitted)
    truth, guess = measured[both], fitted[both]
    error = np.abs(guess - truth)
    above = truth > 0
    variance = float(((truth - truth.mean()) ** 2).sum()) if truth.size else 0.0
    total = float(truth.sum())
    explained = 1 - float((error**2).sum()) / variance if variance else np.nan
    return {
        "mape": (
            "Mean absolute percentage error",
            float((error[above] / truth[above]).mean()) if above.any() else np.nan,
            "1",
        ),
        "wape": ("Absolute error, over the sum", float(error.sum()) / total if total else np.nan, "1"),
        "bias": ("Bias: fitted less measured", float((guess - truth).sum()) / total if total else np.nan, "1"),
        "explained": ("Share of the variance explained", explained, "1"),
    }
