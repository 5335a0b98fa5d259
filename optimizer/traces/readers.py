"""Formats of traces: exports of DCGM, answers of Prometheus, requests with their tokens, and plain tables."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.series.moments import duration_text, zone_hint
from optimizer.series.readers.table import missing_column, require_file
from optimizer.specification.base import hint
from optimizer.traces.judging import Bad, Trace, judged
from optimizer.traces.samples import UNITS, Samples

DCGM_POWER, DCGM_ENERGY = "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
_DCGM_UNITS = {DCGM_POWER: "W", DCGM_ENERGY: "mJ"}  # as NVIDIA's dcgm-exporter lists its counters
_DEVICE_LABELS = ("UUID", "Hostname", "gpu", "instance", "device")
_TIMES = ("timestamp", "time", "date", "datetime")
_TOKENS = ("ContextTokens", "GeneratedTokens")
_EPOCH_MS = 1e11  # a number above this counts milliseconds since 1970, one below it seconds
_HOUR = timedelta(hours=1)


def read_trace(
    path: str | Path,
    *,
    column: str | None = None,
    unit: str | None = None,
    time: str | None = None,
    zone: str | None = None,
    gpus: float = 1.0,
    context_weight: float = 0.1,
    step: timedelta = _HOUR,
    bad: Bad = "refuse",
) -> Trace:
    """Read a trace and judge it.

    The format is told by what the file holds: the answer of a Prometheus range query (JSON); a CSV file with a column
    of DCGM's power or energy and one row for each GPU and time; a CSV file of requests with ``ContextTokens`` and
    ``GeneratedTokens``; or any table, whose `column` and `unit` are then named.

    Parameters
    ----------
    path : str or Path
        The file.
    column : str, optional
        Column that holds the values; needed for a plain table.
    unit : str, optional
        Its unit: mW, W, kW of a GPU; mJ, J, Wh, kWh of a counter that only rises; % or 1 of utilisation; requests,
        tokens, jobs or s of work done in each row. By default that of the format.
    time : str, optional
        Column that holds the times; by default one that is called so, or the first.
    zone : str, optional
        IANA zone where the machines were used, by whose clock days and weeks are told; by default UTC. Times without
        an offset are taken for that clock already.
    gpus : float
        GPUs that a reading of power or energy is for.
    context_weight : float
        Work of a token of context beside one that is generated; 0.1 is an example, unverified.
    step : timedelta
        Length of the intervals over which means are taken.
    bad : {"refuse", "drop"}
        Whether gaps, words for numbers, repeated times and counters that fall are faults or left out.

    Returns
    -------
    Trace
        Means over intervals, on the local clock.

    Raises
    ------
    InputError
        With all faults.
    """
    told, path = str(path), Path(path)
    require_file(path, told)
    _require_usable(unit, zone, gpus, step)
    if path.suffix.lower() == ".json":
        samples = _prometheus(path, told, unit)
    else:
        samples = _table(_cells(path, told), told, column=column, unit=unit, time=time, weight=context_weight)
    trace = judged(samples, zone=zone or "UTC", gpus=gpus, step=step, bad=bad)
    return replace(trace, digest=hashlib.sha256(path.read_bytes()).hexdigest())


def _require_usable(unit: str | None, zone: str | None, gpus: float, step: timedelta) -> None:
    faults = []
    if not 0 < gpus < math.inf:
        faults.append(Fault("gpus", f"{gpus:g} is not above 0", "say how many GPUs a reading is for"))
    if not timedelta(seconds=1) <= step <= timedelta(days=1):
        faults.append(Fault("step", f"{duration_text(step)} is not between 1 s and 24 h"))
    if unit is not None and unit not in UNITS:
        faults.append(Fault("unit", f"'{unit}' is not a unit of traces", hint(unit, list(UNITS), quote="'")))
    if zone is not None and (remedy := zone_hint(zone)) is not None:
        faults.append(Fault("zone", f"'{zone}' is not a time zone", remedy))
    if faults:
        raise InputError(faults)


def _cells(path: Path, told: str) -> pd.DataFrame:
    try:
        # Cells stay text, so that a message can repeat them.
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors too
        reason = " ".join(str(error).split())
        raise InputError([Fault(told, f"cannot be read as CSV: {reason}", "check the file")]) from None
    if frame.empty:
        raise InputError([Fault(told, "has a header but no rows")])
    return frame


def _table(
    frame: pd.DataFrame, told: str, *, column: str | None, unit: str | None, time: str | None, weight: float
) -> Samples:
    header = [str(name) for name in frame.columns]
    found = next((name for name in _DCGM_UNITS if name in header), None)
    wanted = [name for name in (column, time) if name is not None and name not in header]
    if wanted:
        raise InputError([missing_column(told, name, header) for name in wanted])
    stamps = frame[time or next((name for name in header if name.lower() in _TIMES), header[0])]
    times, are_utc = _times(stamps)
    if column is None and found is None and set(_TOKENS) <= set(header):
        (context, words), (generated, more) = (_numbers(frame[name]) for name in _TOKENS)
        work = weight * context + generated
        return Samples(told, unit or "tokens", times, _one(frame), work, words | more, are_utc, events=True)
    column = column or found
    if column is None:
        raise InputError([Fault(told, f"no column is known among {', '.join(header)}", "name `column` and `unit`")])
    unit = unit or _DCGM_UNITS.get(column)
    if unit is None:
        remedy = "say `unit`: W, mW or kW of a GPU, mJ of a counter, %, or requests"
        raise InputError([Fault(f"{told}, column '{column}'", "no unit is given", remedy)])
    values, texts = _numbers(frame[column])
    return Samples(told, unit, times, _devices(frame), values, texts, are_utc)


def _one(frame: pd.DataFrame) -> NDArray[np.intp]:
    return np.zeros(len(frame), dtype=np.intp)


def _devices(frame: pd.DataFrame) -> NDArray[np.intp]:
    """Tell devices apart by all their labels, since GPUs are numbered anew on each host."""
    labels = [name for name in _DEVICE_LABELS if name in frame.columns]
    if not labels:
        return _one(frame)
    return np.asarray(frame.groupby(labels, sort=False).ngroup(), dtype=np.intp)


def _numbers(cells: pd.Series[str]) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Turn cells into numbers; give, by row, what is none: words, blanks and infinities."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers))
    return np.where(np.isfinite(numbers), numbers, np.nan), {int(row): str(cells.iloc[row]) for row in bad}


def _times(cells: pd.Series[str]) -> tuple[NDArray[np.datetime64], bool]:
    """Read times: seconds or milliseconds since 1970, ISO 8601 with an offset (both UTC) or without."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    if np.isfinite(numbers).all():
        return _since_1970(numbers), True
    texts = cells.str.strip()
    if texts.str.contains(r":.*(?:Z|[+-]\d\d:?\d\d)$").any():
        aware = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
        return aware.dt.tz_localize(None).to_numpy().astype("datetime64[ns]"), True
    return pd.to_datetime(texts, format="ISO8601", errors="coerce").to_numpy().astype("datetime64[ns]"), False


def _since_1970(numbers: NDArray[np.float64]) -> NDArray[np.datetime64]:
    scale = 1e6 if np.median(np.abs(numbers)) > _EPOCH_MS else 1e9
    return np.round(numbers * scale).astype("int64").astype("datetime64[ns]")


def _prometheus(path: Path, told: str, unit: str | None) -> Samples:
    """Read the answer of a range query: a list of series, each with labels and pairs of time and text."""
    series = _matrix(path, told)
    names = {str(item["metric"].get("__name__", "")) for item in series}
    if len(names) > 1:
        remedy = "ask for one of them"
        raise InputError([Fault(told, f"holds several metrics: {', '.join(sorted(names))}", remedy)])
    unit = unit or _DCGM_UNITS.get(names.pop())
    if unit is None:
        raise InputError([Fault(told, "no unit is given", "say `unit`: W, mW or kW of a GPU, mJ of a counter, or %")])
    pairs = [pair for item in series for pair in item["values"]]
    devices = np.repeat(np.arange(len(series)), [len(item["values"]) for item in series])
    values, texts = _numbers(pd.Series([str(value) for _, value in pairs], dtype=str))
    times = _since_1970(np.array([moment for moment, _ in pairs], dtype=np.float64))
    return Samples(told, unit, times, devices, values, texts, times_are_utc=True)


def _matrix(path: Path, told: str) -> Sequence[dict[str, Any]]:
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        series = answer["data"]["result"]
        if not all(isinstance(item["metric"], dict) and item["values"] for item in series):
            raise KeyError("values")
        if not all(len(pair) == 2 and isinstance(pair[0], int | float) for item in series for pair in item["values"]):
            raise KeyError("values")
    except (ValueError, KeyError, TypeError):
        what = "is not the answer of a Prometheus range query: data.result[] with metric and values"
        raise InputError([Fault(told, what, "ask by /api/v1/query_range")]) from None
    if not series:
        raise InputError([Fault(told, "the answer holds no series", "check the query and its span of time")])
    return list(series)
