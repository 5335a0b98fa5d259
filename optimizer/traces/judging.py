"""What is wrong with the rows of a trace, told all together, and the means over intervals that are left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.series.clock import listed, to_labels
from optimizer.traces.samples import Kind, Samples

Bad = Literal["refuse", "drop"]
Mask = NDArray[np.bool_]

_GREATEST_POWER = 3000.0  # [W] of one GPU, far above any that is built; above it the unit is another
_LEAST_POWER = 1.0  # [W] no GPU idles below this
_DROP = "mend the file, or leave them out by `bad: drop`"
_NS = np.timedelta64(1, "ns")


@dataclass(frozen=True)
class Trace:
    """What was measured, as means over equal intervals.

    Attributes
    ----------
    source : str
        The file.
    kind : {"power", "utilisation", "work"}
        Mean power of a GPU [W], mean utilisation [0 to 1], or work done in an hour.
    unit : str
        Unit of the values.
    times : (n,) datetime64[ns]
        Starts of the intervals on the clock of `zone`, from the first to the last, those without a value too.
    values : (n,) array
        Means; NaN where there is none.
    step : timedelta
        Length of the intervals.
    devices : int
        How many GPUs, or other things, were measured.
    zone : str
        Whose clock it is.
    notes : tuple of str
        What was left out.
    digest : str
        SHA-256 of the file, in hexadecimal.
    """

    source: str
    kind: Kind
    unit: str
    times: NDArray[np.datetime64] = field(repr=False)
    values: NDArray[np.float64] = field(repr=False)
    step: timedelta
    devices: int
    zone: str
    notes: tuple[str, ...] = ()
    digest: str = ""

    @property
    def hours(self) -> float:
        """Length of all intervals that have a value [h]."""
        return float(np.isfinite(self.values).sum() * (self.step / timedelta(hours=1)))


def judged(samples: Samples, *, zone: str, gpus: float, step: timedelta, bad: Bad) -> Trace:
    """Judge the rows of a file and take means over intervals.

    Parameters
    ----------
    samples : Samples
        The rows.
    zone : str
        IANA zone by whose clock times are told.
    gpus : float
        GPUs that one reading of power or energy is for.
    step : timedelta
        Length of the intervals.
    bad : {"refuse", "drop"}
        Whether what is wrong with single rows is a fault or is left out and noted.

    Returns
    -------
    Trace
        From the first interval to the last.

    Raises
    ------
    InputError
        With all faults.
    """
    _require_times(samples)
    found: list[str] = []
    kept = _sorted(_without(samples, found))
    if not kept.values.size:
        raise InputError([Fault(samples.source, "holds no number", "check the column")])
    rows = _Rows(kept.times, kept.devices, kept.values * kept.factor, np.ones(kept.values.size))
    if kept.kind == "energy":
        rows = _differences(rows, found)
    if kept.kind in ("power", "energy"):
        rows = replace(rows, values=rows.values / gpus)
        _require_power_of_a_gpu(samples, rows.values)
    times = to_labels(rows.times, zone) if kept.times_are_utc else rows.times
    starts, values = _means(replace(rows, times=times), kept, step)
    told = to_labels(samples.times, zone) if samples.times_are_utc else samples.times
    _tell_gaps(starts, values, told, found)
    if found and bad == "refuse":
        raise InputError([Fault(samples.source, what, _DROP) for what in found])
    kind: Kind = "power" if kept.kind == "energy" else kept.kind
    unit = {"power": "W", "utilisation": "1"}.get(kind, f"{samples.unit}/h")
    count = np.unique(kept.devices).size
    notes = tuple(f"left out: {what}" for what in found)
    return Trace(samples.source, kind, unit, starts, values, step, count, zone, notes)


@dataclass(frozen=True)
class _Rows:
    """Rows that hold numbers: readings, or means since the reading before, which weigh as long as they lasted."""

    times: NDArray[np.datetime64]
    devices: NDArray[np.intp]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]


def _require_times(samples: Samples) -> None:
    wrong = np.flatnonzero(np.isnat(samples.times))
    if wrong.size:
        rows = ", ".join(str(row + 1) for row in wrong[:3])
        what = f"times that cannot be read ({wrong.size}): row {rows}"
        raise InputError([Fault(samples.source, what, "write them as 2025-01-01 00:00, or in seconds since 1970")])


def _without(samples: Samples, found: list[str]) -> Samples:
    """Leave out what is no number, below zero, or there twice; say what was found."""
    blank = np.isnan(samples.values)
    if blank.any():
        words = sorted({repr(samples.texts.get(int(row), "")) for row in np.flatnonzero(blank)})
        shown = ", ".join(words[:3])
        found.append(f"no number ({blank.sum()} of {blank.size} rows, {shown}): {listed(samples.times[blank])}")
    below = ~blank & (samples.values < 0)
    if below.any():
        found.append(f"below zero ({below.sum()}): {listed(samples.times[below])}")
    bad = blank | below
    if not samples.events:
        again = np.zeros_like(bad)
        again[~bad] = _repeated(samples.times[~bad], samples.devices[~bad])
        if again.any():
            found.append(f"a time twice ({again.sum()}): {listed(samples.times[again])}")
        bad |= again
    good = ~bad
    return replace(
        samples, times=samples.times[good], devices=samples.devices[good], values=samples.values[good], texts={}
    )


def _repeated(times: NDArray[np.datetime64], devices: NDArray[np.intp]) -> Mask:
    """Tell the rows of a device whose time it had before."""
    order = np.lexsort((times, devices))  # stable: of equal rows the first stays first
    times, devices = times[order], devices[order]
    again = np.zeros(order.size, dtype=bool)
    again[order[1:]] = (times[1:] == times[:-1]) & (devices[1:] == devices[:-1])
    return again


def _sorted(samples: Samples) -> Samples:
    order = np.lexsort((samples.times, samples.devices))
    return replace(samples, times=samples.times[order], devices=samples.devices[order], values=samples.values[order])


def _differences(rows: _Rows, found: list[str]) -> _Rows:
    """Turn readings [J] of counters into mean power [W] between them; one that falls has begun anew."""
    same = rows.devices[1:] == rows.devices[:-1]
    seconds = np.diff(rows.times) / np.timedelta64(1, "s")
    joules = np.diff(rows.values)
    fell = same & (joules < 0)
    if fell.any():
        found.append(f"a counter that only rises falls ({fell.sum()}): {listed(rows.times[1:][fell])}")
    good = same & ~fell & (seconds > 0)
    return _Rows(rows.times[:-1][good], rows.devices[:-1][good], joules[good] / seconds[good], seconds[good])


def _require_power_of_a_gpu(samples: Samples, watts: NDArray[np.float64]) -> None:
    """Refuse power that no GPU draws: most likely it is in another unit, or of more than one."""
    if not watts.size:
        raise InputError([Fault(samples.source, "has fewer than two readings of each counter", "give a longer trace")])
    middle, most = float(np.median(watts)), float(watts.max())
    other = {"W": ("mW", "kW"), "mW": ("W", "W"), "kW": ("W", "W"), "mJ": ("J", "J"), "J": ("mJ", "kWh")}
    high, low = other.get(samples.unit, ("another unit", "another unit"))
    if middle > _GREATEST_POWER:
        what = f"half of the readings are above {middle:,.0f} W for a GPU, which none draws"
        raise InputError([Fault(samples.source, what, f"say `unit: {high}`, or how many `gpus` a reading is for")])
    if most < _LEAST_POWER:
        what = f"no reading is above {most:.3g} W for a GPU, and none idles at that"
        raise InputError([Fault(samples.source, what, f"say `unit: {low}`")])


def _means(rows: _Rows, samples: Samples, step: timedelta) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Take means over intervals: over time, and over the devices that have a reading."""
    length = np.timedelta64(step).astype("timedelta64[ns]")
    place = (rows.times.astype("int64") // (length // _NS)).astype(np.int64)
    first, count = int(place.min()), int(place.max() - place.min()) + 1
    starts = ((np.arange(count) + first) * (length // _NS)).astype("datetime64[ns]")
    place -= first
    if samples.kind == "work":
        return _work_rate(starts, place, rows, samples, step)
    _, device = np.unique(rows.devices, return_inverse=True)
    cell = device * count + place
    cells = (int(device.max()) + 1) * count
    total = np.bincount(cell, rows.weights * rows.values, cells).reshape(-1, count)
    weight = np.bincount(cell, rows.weights, cells).reshape(-1, count)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    there = (weight > 0).sum(axis=0)
    return starts, np.divide(mean.sum(axis=0), there, out=np.full(count, np.nan), where=there > 0)


def _work_rate(
    starts: NDArray[np.datetime64], place: NDArray[np.int64], rows: _Rows, samples: Samples, step: timedelta
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Add work up over intervals [1/h]; events fill the first and the last of them only in part, so these go."""
    rate = np.bincount(place, rows.values, starts.size) / (step / timedelta(hours=1))
    if samples.events:
        if starts.size < 3:
            what = f"the requests span no whole interval: {listed(starts)}"
            raise InputError([Fault(samples.source, what, "give a longer trace, or a shorter `step`")])
        return starts[1:-1], rate[1:-1]
    rate[np.bincount(place, minlength=starts.size) == 0] = np.nan
    return starts, rate


def _tell_gaps(
    starts: NDArray[np.datetime64], values: NDArray[np.float64], rows: NDArray[np.datetime64], found: list[str]
) -> None:
    """Tell intervals for which the file has no row; rows that were left out are told already."""
    empty = np.isnan(values)
    empty[np.searchsorted(starts, rows[(rows >= starts[0]) & (rows <= starts[-1])], side="right") - 1] = False
    if empty.any():
        found.append(f"intervals without a row ({empty.sum()} of {empty.size}): {listed(starts[empty])}")
