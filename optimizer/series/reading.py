"""Time series in: files read by their column maps become one checked Dataset on the horizon, in canonical units."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from optimizer.errors import Fault, InputError
from optimizer.nomenclature import term
from optimizer.series.clock import Mask, stamp
from optimizer.series.column import Column, settle, source, value_faults
from optimizer.series.coverage import step_text
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.placement import Placement, choose_rows, place
from optimizer.series.readers import RawTable, read_table
from optimizer.series.timeline import Values, averaged, fill, held, runs
from optimizer.series.units import ROUNDING


class _Series(NamedTuple):
    """A series on the horizon: values (hour,) in canonical units, and attributes."""

    values: Values
    attrs: dict[str, Any]


def read_series(files: Sequence[SeriesFile], horizon: Horizon, *, folder: Path, currency: str) -> xr.Dataset:
    r"""Read files of series, check them and lay them onto the horizon.

    Parameters
    ----------
    files : sequence of SeriesFile
        Which files, and how they are to be read.
    horizon : Horizon
        Intervals that each series must fill.
    folder : Path
        Where relative paths start.
    currency : str
        Three letters; prices in other currencies need an exchange rate.

    Returns
    -------
    xarray.Dataset
        Over ``hour`` (starts of the intervals, UTC): one variable for each series, and ``dt`` [h]. Attributes of a
        series: ``units`` (MW, currency/MWh, tCO2e/MWh, 1, degC or h), ``source`` (file and column), and where they
        apply ``notes`` (what was assumed or done, a line each) and ``filled`` (JSON list of the starts of the
        intervals that rest on values filled in).

    Raises
    ------
    InputError
        With the faults of all files together.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "wind.csv").write_text("time,power\n2025-01-01 00:00,300\n2025-01-01 01:00,250\n")
    >>> wind = {"column": "power", "unit": "kW"}
    >>> file = SeriesFile(path="wind.csv", time={"column": "time", "zone": "UTC"}, columns={"wind": wind})
    >>> horizon = Horizon(start="2025-01-01T00:00Z", end="2025-01-01T02:00Z", step="60 min")
    >>> series = read_series([file], horizon, folder=folder, currency="USD")
    >>> series["wind"].values.tolist(), series["wind"].attrs["units"]
    ([0.3, 0.25], 'MW')
    """
    faults: list[Fault] = []
    found: dict[str, _Series] = {}
    sources: dict[str, str] = {}
    for file in files:
        try:
            table = read_table(folder / file.path, file)
        except InputError as error:
            faults += error.faults
            continue
        for name in table.columns:
            own = source(file, table, name)
            if name in sources:
                what = f"the series is given by {sources[name]} and by {own}"
                faults.append(Fault(name, what, "give one of them another name"))
            sources[name] = own
        series, told = _of_file(file, table, horizon, currency)
        found |= series
        faults += told
    if faults:
        raise InputError(faults)
    return _dataset(found, horizon)


def _dataset(found: dict[str, _Series], horizon: Horizon) -> xr.Dataset:
    series = {name: ("hour", one.values, one.attrs) for name, one in found.items()}
    dt = ("hour", horizon.dt, {"units": term("dt").unit, "long_name": term("dt").description})
    hour = ("hour", horizon.starts, {"long_name": "Interval start", "time_zone": "UTC"})
    return xr.Dataset({**series, "dt": dt}, coords={"hour": hour})


def _of_file(
    file: SeriesFile, table: RawTable, horizon: Horizon, currency: str
) -> tuple[dict[str, _Series], list[Fault]]:
    """Judge the times and the values of a file; lay its columns onto the horizon where both are right."""
    faults: list[Fault] = []
    placement, rows = None, np.arange(len(table.labels))
    try:
        rows = choose_rows(file, table, horizon)
        placement = place(file, table, rows, horizon)
        slots, window = placement.timeline.slots, placement.window
        rows = placement.rows[(slots >= window.start) & (slots < window.stop)]
    except InputError as error:
        faults += error.faults
    series = {}
    for name in table.columns:
        try:
            column = settle(file, table, name, currency)
            told = list(value_faults(column, rows, table.labels[rows], blanks=file.gaps.fill == "refuse"))
            faults += told
            if placement is not None and not told:
                series[name] = _laid_on(file, column, placement, horizon)
        except InputError as error:
            faults += error.faults
    return series, faults


def _laid_on(file: SeriesFile, column: Column, placement: Placement, horizon: Horizon) -> _Series:
    """Convert one column, fill its gaps, change its step and scale it, in this order, and note what was done."""
    timeline, boundaries = placement.timeline, horizon.boundaries.to_numpy()
    raw = timeline.spread(column.values[placement.rows])
    values = column.unit.canonical(raw, timeline.hours) * column.rate
    kind = column.unit.kind
    values = np.clip(values, kind.low, kind.high)  # what lies outside by more than rounding has been refused
    notes = [*column.notes, *placement.notes]
    attrs = {"units": column.canonical, "source": column.source}

    if np.isnan(values[placement.window]).any():
        values, filled = _filled(file, column, values, placement)
        rests_on_filled = averaged(filled.astype(np.float64), timeline.edges, boundaries) > 0.0
        attrs["filled"] = json.dumps(
            [f"{hour}Z" for hour in np.datetime_as_string(boundaries[:-1][rests_on_filled], "m")]
        )
        notes.append(_filled_note(file, filled, placement))

    edges = timeline.edges[placement.window.start : placement.window.stop + 1]
    if np.array_equal(edges, boundaries):
        values = values[placement.window]
    else:
        values = (averaged if file.resample == "mean" else held)(values, timeline.edges, boundaries)
        steps = " to ".join(step_text(times[1] - times[0]) for times in (edges, boundaries))
        notes.append(f"resampled from {steps} ({file.resample})")

    values, scaled = _scaled(column, values)
    notes.append(scaled)
    text = "\n".join(dict.fromkeys(note for note in notes if note))
    values = np.where(np.abs(values) < ROUNDING, 0.0, values)  # HiGHS takes such coefficients for zero, and warns
    return _Series(values, {**attrs, "notes": text} if text else attrs)


def _scaled(column: Column, values: Values) -> tuple[Values, str]:
    if column.peak is None:
        return values * column.map.scale, f"multiplied by {column.map.scale:g}" if column.map.scale != 1.0 else ""
    if values.max() <= 0.0:
        raise InputError([Fault(column.where, "no value is above 0, so that none can be scaled to the peak")])
    return values * (column.peak / values.max()), f"scaled as a shape to a peak of {column.peak:g} {column.canonical}"


# --- gaps -------------------------------------------------------------------------------------------------------------


def _filled(file: SeriesFile, column: Column, values: Values, placement: Placement) -> tuple[Values, Mask]:
    """Fill gaps as the column map allows; raise an InputError for those that are left on the horizon."""
    assert file.gaps.fill != "refuse", "blank cells and missing rows have been refused"
    assert file.gaps.at_most is not None, "the validation of Gaps asks for a limit"
    edges, window, at_most = placement.timeline.edges, placement.window, np.timedelta64(file.gaps.at_most)
    filled, mask = fill(values, edges, file.gaps.fill, at_most)
    left = [(first, end) for first, end in runs(np.isnan(filled)) if end > window.start and first < window.stop]
    gaps = [(placement.labels[first], edges[end] - edges[first]) for first, end in left]
    faults = list(_gap_faults(column, gaps, at_most))
    if faults:
        raise InputError(faults)
    return filled, mask


def _gap_faults(
    column: Column, gaps: Sequence[tuple[np.datetime64, np.timedelta64]], at_most: np.timedelta64
) -> Iterator[Fault]:
    long = [gap for gap in gaps if gap[1] > at_most]
    if long:
        remedy = f"give the values, or raise `at_most` to {step_text(max(length for _, length in long))}"
        yield Fault(column.where, f"gaps longer than {step_text(at_most)} ({len(long)}): {_gaps_text(long)}", remedy)
    loose = [gap for gap in gaps if gap[1] <= at_most]
    if loose:
        what = f"gaps with no value before or after from which to fill them ({len(loose)}): {_gaps_text(loose)}"
        yield Fault(column.where, what, "give the values, or a horizon without them")


def _gaps_text(gaps: Sequence[tuple[np.datetime64, np.timedelta64]]) -> str:
    text = ", ".join(f"{step_text(length)} from {stamp(label)}" for label, length in gaps[:3])
    return f"{text} and {len(gaps) - 3} more" if len(gaps) > 3 else text


def _filled_note(file: SeriesFile, filled: Mask, placement: Placement) -> str:
    window, edges = placement.window, placement.timeline.edges
    longest = max(
        edges[end] - edges[first] for first, end in runs(filled) if end > window.start and first < window.stop
    )
    count = int(filled[window].sum())
    return f"gaps filled ({file.gaps.fill}): {count} values, longest gap {step_text(longest)}"
