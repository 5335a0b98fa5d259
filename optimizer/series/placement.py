"""Where the rows of a file fall on the horizon: their clock, order and step, with every fault of their times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np

from optimizer.errors import Fault, InputError
from optimizer.series.clock import Mask, Times, listed, stamp, to_instants, to_labels
from optimizer.series.coverage import (
    HOUR,
    Told,
    elsewhere,
    ends,
    leap_day,
    missing_rows,
    step_text,
    uncovered_ends,
    unlike_intervals,
)
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.moments import zone_hint
from optimizer.series.readers import RawTable
from optimizer.series.timeline import Rows, Timeline, regular, usual_step

_NONE = np.timedelta64(0, "ns")
_SPARE = 8 * 24 * HOUR  # rows farther outside the horizon are not judged


@dataclass(frozen=True)
class Placement:
    """Rows on the horizon.

    Attributes
    ----------
    rows : (row,) int
        Rows of the table, in order, on the horizon or just beside it.
    timeline : Timeline
        Their intervals, in UTC on the calendar of the horizon.
    labels : (slot,) datetime64[ns]
        The times that the file has, or would have, for the intervals.
    window : slice
        The intervals that the horizon needs.
    notes : tuple of str
        What was assumed.
    """

    rows: Rows
    timeline: Timeline
    labels: Times
    window: slice
    notes: tuple[str, ...]


class _Rows(NamedTuple):
    """Rows, their times as written, and the instants these stand for (zone None: a plain clock of 24 hours a day)."""

    rows: Rows
    labels: Times
    instants: Times
    zone: str | None

    def only(self, mask: Mask) -> _Rows:
        return _Rows(self.rows[mask], self.labels[mask], self.instants[mask], self.zone)


def choose_rows(file: SeriesFile, table: RawTable, horizon: Horizon) -> Rows:
    """Find the rows that are meant for the horizon, by their times as written.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    table : RawTable
        What the file says.
    horizon : Horizon
        What is to be filled.

    Returns
    -------
    (row,) int
        Rows in the file's order, with some to spare at the ends, which the filling of gaps may need.

    Raises
    ------
    InputError
        If there are none.
    """
    labels = table.labels
    start, end = ends(horizon)
    if file.lay_on.by == "calendar":
        rows = np.flatnonzero((labels >= start - _SPARE) & (labels <= end + _SPARE))
        if not rows.size:
            _refuse(file, [elsewhere(labels, horizon)])
        return rows
    first = 0
    if file.lay_on.start is not None:
        wanted = np.datetime64(file.lay_on.start, "ns")
        if not (labels == wanted).any():
            nearest = stamp(labels[np.argmin(np.abs(labels - wanted))])
            _refuse(
                file, [Told(f"no row has the time {stamp(wanted)}, at which to start", f"the nearest has {nearest}")]
            )
        first = int(np.argmax(labels == wanted))
    return np.flatnonzero((np.arange(len(labels)) >= first) & (labels <= labels[first] + (end - start) + _SPARE))


def place(file: SeriesFile, table: RawTable, rows: Rows, horizon: Horizon) -> Placement:
    """Lay rows onto the horizon.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    table : RawTable
        What the file says.
    rows : (row,) int
        Those of its rows that are meant for the horizon.
    horizon : Horizon
        What is to be filled.

    Returns
    -------
    Placement
        The intervals of the rows, which cover the horizon.

    Raises
    ------
    InputError
        With all faults of the times.
    """
    found, told, notes = _read_clock(file, table, rows)
    told += _disorder(found)
    if not found.rows.size or (np.diff(found.instants) <= _NONE).any():
        _refuse(file, told)
    laid = _lay_out(file, found, horizon)
    if laid is None:
        _refuse(file, [*told, _uneven(found, _steps(file, found.instants, horizon)[0])])
    timeline, labels, found = laid
    window = timeline.window(*ends(horizon))
    told += missing_rows(file, timeline, labels, window)
    told += uncovered_ends(file, timeline, labels, table.labels, horizon)
    told += unlike_intervals(file, timeline, horizon)
    if not told:
        told += leap_day(file, labels[window], found.zone, horizon)
    if told:
        _refuse(file, told)
    if file.lay_on.by == "position":
        begin = f"{stamp(labels[window.start])} {found.zone or ''}".rstrip()
        onto = stamp(ends(horizon)[0])
        notes.append(f"laid on by position: the rows from {begin} on stand for the horizon from {onto} UTC on")
    return Placement(found.rows, timeline, labels, window, tuple(notes))


def _refuse(file: SeriesFile, told: Iterable[Told]) -> NoReturn:
    where = file.path if file.time.column is None else f"{file.path}, column '{file.time.column}'"
    raise InputError([Fault(where, *words) for words in told])


# --- clock ------------------------------------------------------------------------------------------------------------


def _read_clock(file: SeriesFile, table: RawTable, rows: Rows) -> tuple[_Rows, list[Told], list[str]]:
    """Find the instants of labels, what is wrong with these, and what was assumed."""
    labels = table.labels[rows]
    if table.offsets is not None:
        found = _Rows(rows, labels, labels - table.offsets[rows], file.time.zone or "UTC")
        return found, list(_false_offsets(file, found)), []
    zone = _zone(file, table)
    if zone is None:
        return _Rows(rows, labels, labels, None), [], []
    instants = to_instants(labels, zone, "second" if file.time.ambiguous == "second" else "first")
    absent = instants.nonexistent & (file.time.nonexistent == "refuse")
    twofold = instants.ambiguous & (file.time.ambiguous == "refuse")
    odd = labels[absent | twofold]
    if odd.size and file.lay_on.by == "position":  # the labels only order the rows, for which a plain clock will do
        note = f"times read as a plain clock of 24 hours a day, as these are not local times of {zone}: {listed(odd)}"
        return _Rows(rows, labels, labels, None), [], [note]
    notes = []
    if instants.nonexistent.any() and not absent.any():
        gone = labels[instants.nonexistent]
        notes.append(f"rows dropped at local times that do not exist in {zone} ({len(gone)}): {listed(gone)}")
    found = _Rows(rows, labels, instants.utc, zone).only(~instants.nonexistent)
    return found, list(_impossible(labels[absent], labels[twofold], zone)), notes


def _impossible(absent: Times, twofold: Times, zone: str) -> Iterator[Told]:
    position = "if the file keeps a plain clock of 24 hours a day, say `lay_on: position`"
    if absent.size:
        what = (
            f"local times that do not exist in {zone}, as the clock jumped over them ({absent.size}): {listed(absent)}"
        )
        yield Told(what, f"{position}; or drop such rows by `time: {{nonexistent: drop}}`")
    if twofold.size:
        what = f"local times that occur twice in {zone}, but once in the file ({twofold.size}): {listed(twofold)}"
        yield Told(what, f"{position}; or say which is meant by `time: {{ambiguous: first}}` or `second`")


def _false_offsets(file: SeriesFile, found: _Rows) -> Iterator[Told]:
    """Compare the offsets that the file writes with the zone that the column map gives."""
    if file.time.zone is None:
        return
    wrong = to_labels(found.instants, file.time.zone) != found.labels
    if wrong.any():
        at = listed(found.labels[wrong])
        what = f"offsets written beside times that are not those of {file.time.zone} ({wrong.sum()}): {at}"
        yield Told(what, "correct `zone`, or leave it out: the offsets say enough")


def _zone(file: SeriesFile, table: RawTable) -> str | None:
    stated, given = table.zone, file.time.zone
    unknown = None if stated is None else zone_hint(stated)
    if unknown is not None:
        _refuse(file, [Told(f"the file states '{stated}' as its zone, which is none", unknown)])
    if stated and given and given != stated:
        what = f"the file states {stated} as its zone, the column map {given}"
        _refuse(file, [Told(what, "take `zone` out of the column map")])
    zone = stated or given
    if zone is None and file.lay_on.by == "calendar":
        remedy = "say `time: {zone: UTC}`, or the local zone such as Africa/Casablanca"
        _refuse(file, [Told("the times have no zone", remedy)])
    return zone


# --- order and step ---------------------------------------------------------------------------------------------------


def _disorder(found: _Rows) -> Iterator[Told]:
    back = np.flatnonzero(np.diff(found.instants) < _NONE) + 1
    if back.size:
        what = f"rows that come after later times ({back.size}): {listed(found.labels[back])}"
        yield Told(what, "sort the rows")
    _, first = np.unique(found.instants, return_index=True)
    again = np.setdiff1d(np.arange(len(found.instants)), first)
    if again.size:
        yield Told(
            f"times that occur more than once ({again.size}): {listed(found.labels[again])}", "keep one row for each"
        )


_Laid = tuple[Timeline, Times, _Rows]
"""Intervals of a file, the labels of these intervals, and the rows that fill them."""


def _lay_out(file: SeriesFile, found: _Rows, horizon: Horizon) -> _Laid | None:
    """Find the intervals of the rows; None if the rows have neither one step nor the very steps of the horizon."""
    varies = isinstance(horizon.step, tuple)
    first, second = (_exactly, _regularly) if varies else (_regularly, _exactly)
    return first(file, found, horizon) or second(file, found, horizon)


def _regularly(file: SeriesFile, found: _Rows, horizon: Horizon) -> _Laid | None:
    """Lay rows out with one step, gaps included."""
    for step in _steps(file, found.instants, horizon):
        timeline = regular(found.instants, step)
        if timeline is not None:
            marks = timeline.edges[:-1]
            labels = to_labels(marks, found.zone) if found.zone else marks
            edges = timeline.edges - (step if file.time.label == "end" else _NONE)
            edges = edges + (ends(horizon)[0] - edges[0] if file.lay_on.by == "position" else _NONE)
            return Timeline(edges, timeline.slots), labels, found
    return None


def _exactly(file: SeriesFile, found: _Rows, horizon: Horizon) -> _Laid | None:
    """Lay rows out that have the very steps of the horizon."""
    boundaries = horizon.boundaries.to_numpy()
    by_end = file.time.label == "end"
    marks = boundaries[1:] if by_end else boundaries[:-1]
    moved = found.instants + (marks[0] - found.instants[0] if file.lay_on.by == "position" else _NONE)
    low, high = boundaries[0], boundaries[-1]
    inside = (low < moved) & (moved <= high) if by_end else (low <= moved) & (moved < high)
    if file.time.step is not None or not np.array_equal(moved[inside], marks):
        return None
    if np.unique(np.diff(marks)).size == 1 and np.unique(np.diff(boundaries)).size > 1:
        return None  # rows of one step do not say that the interval at the end is of another length
    return Timeline(boundaries, np.arange(len(marks))), found.labels[inside], found.only(inside)


def _steps(file: SeriesFile, instants: Times, horizon: Horizon) -> list[np.timedelta64]:
    """List the steps that a file may have: the one stated, or else its usual one and the horizon's."""
    if file.time.step is not None:
        return [np.timedelta64(file.time.step).astype("timedelta64[ns]")]
    usual = [usual_step(instants)] if len(instants) > 1 else []
    own = np.unique(np.diff(horizon.boundaries.to_numpy()))
    return [*usual, *(own if own.size == 1 or not usual else [])]


def _uneven(found: _Rows, step: np.timedelta64) -> Told:
    differences = np.diff(found.instants)
    steps, counts = np.unique(differences, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:4]
    table = ", ".join(f"{counts[i]} x {step_text(steps[i])}" for i in order)
    odd = found.labels[1:][differences % step != _NONE]
    what = f"the steps between rows are mixed: {table}; odd ones end at {listed(odd)}"
    return Told(what, "give the file one step, or the very steps of the horizon")
