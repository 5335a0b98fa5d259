"""What the intervals of a file lack to stand for those of a horizon: rows, an end, the same step, a leap day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from optimizer.series.clock import Times, listed, stamp, to_labels
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.moments import duration_text
from optimizer.series.timeline import Timeline, runs, split

HOUR = np.timedelta64(3600 * 10**9, "ns")
_NONE = np.timedelta64(0, "ns")
_ANY_ZONE = 15 * HOUR  # no zone is farther from UTC
_MIXED = 0.1  # share of steps of one other length above which they are no mere gaps


class Told(NamedTuple):
    """What is wrong with the times of a file, and the remedy."""

    what: str
    remedy: str = ""


def ends(horizon: Horizon) -> tuple[np.datetime64, np.datetime64]:
    """Give start and end of a horizon in UTC, as datetime64[ns]."""
    start, end = (np.datetime64(moment.replace(tzinfo=None), "ns") for moment in (horizon.start, horizon.end))
    return start, end


def step_text(step: np.timedelta64) -> str:
    """Write a step as a scenario file has it."""
    return duration_text(step.astype("timedelta64[us]").item())


def elsewhere(labels: Times, horizon: Horizon) -> Told:
    """Tell that a file has nothing of the horizon."""
    remedy = "if these rows are to stand for the horizon whatever their dates, say `lay_on: position`"
    return Told(f"{_span(labels)}, nothing of the horizon {_horizon(horizon)}", remedy)


def missing_rows(file: SeriesFile, timeline: Timeline, labels: Times, window: slice) -> Iterator[Told]:
    """Tell which intervals no row fills, where they are not to be filled or are too many to be gaps.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    timeline : Timeline
        The intervals of the file.
    labels : (slot,) datetime64[ns]
        Their times as the file would write them.
    window : slice
        The intervals that the horizon needs.
    """
    missing = timeline.missing[window]
    if not missing.any():
        return
    at = listed(labels[window][missing])
    if file.time.step is None and _is_mixed(timeline):
        step = step_text(timeline.edges[1] - timeline.edges[0])
        what = f"the steps are mixed; for one of {step}, rows are missing ({missing.sum()} of {missing.size}): {at}"
        yield Told(what, f"give the file one step; or, if these are gaps, say `time: {{step: {step}}}`")
    elif file.gaps.fill == "refuse":
        edges = timeline.edges[window.start :]
        longest = max(edges[end] - edges[first] for first, end in runs(missing))
        remedy = f"add them, or have them filled by `gaps: {{fill: interpolate, at_most: {step_text(longest)}}}`"
        yield Told(f"rows missing ({missing.sum()}): {at}", remedy)


def _is_mixed(timeline: Timeline) -> bool:
    steps, counts = np.unique(np.diff(timeline.slots), return_counts=True)
    others = counts[steps != 1]
    return bool(others.size) and bool(others.max() > max(_MIXED * counts.sum(), 3))


def uncovered_ends(
    file: SeriesFile, timeline: Timeline, labels: Times, all_labels: Times, horizon: Horizon
) -> Iterator[Told]:
    """Tell what the intervals lack at the ends of the horizon.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    timeline : Timeline
        The intervals of the file.
    labels : (slot,) datetime64[ns]
        Their times as the file writes them.
    all_labels : (n,) datetime64[ns]
        Times of all rows of the file.
    horizon : Horizon
        What is to be covered.
    """
    start, end = ends(horizon)
    before, after = timeline.edges[0] - start, end - timeline.edges[-1]
    if before <= _NONE and after <= _NONE:
        return
    if file.lay_on.by == "position":
        step = timeline.edges[1] - timeline.edges[0]
        needed, count = -((start - end) // step), len(timeline.edges) - 1
        what = f"{count} rows from {stamp(labels[0])} on do not fill the horizon, which needs {needed}"
        yield Told(what, _too_few((needed - count) * step))
    elif max(before, after) >= end - start:
        yield elsewhere(all_labels, horizon)
    else:
        lacking = ((before, start), (after, timeline.edges[-1]))
        lacks = " and ".join(f"{hours / HOUR:g} h from {stamp(at)} UTC on" for hours, at in lacking if hours > _NONE)
        shifted = min(before, after) < _NONE and max(before, after) <= _ANY_ZONE
        zone = "; check `zone` and `label`, as the times seem shifted" if shifted else ""
        what = f"{_span(all_labels)}; of the horizon {_horizon(horizon)} it lacks {lacks}"
        yield Told(what, f"give a longer file or a shorter horizon{zone}")


def _too_few(short: np.timedelta64) -> str:
    if short == 24 * HOUR:
        return "a day is short, as where one of two years is a leap year: shorten the horizon, or add a day to the file"
    return "give a longer file, an earlier start or a shorter horizon"


def unlike_intervals(file: SeriesFile, timeline: Timeline, horizon: Horizon) -> Iterator[Told]:
    """Tell whether the intervals of file and horizon differ in a way that the column map does not settle.

    Parameters
    ----------
    file : SeriesFile
        The column map.
    timeline : Timeline
        The intervals of the file.
    horizon : Horizon
        The intervals wanted.
    """
    edges, boundaries = timeline.edges, horizon.boundaries.to_numpy()
    edges_inside = edges[(edges >= boundaries[0]) & (edges <= boundaries[-1])]
    boundaries_inside = boundaries[(boundaries >= edges[0]) & (boundaries <= edges[-1])]
    if file.resample == "mean" or np.array_equal(edges_inside, boundaries_inside):
        return
    cut = split(edges, boundaries)
    if file.resample == "refuse":
        yield _other_step(edges, boundaries, "mean" if cut.any() else "hold")
    elif cut.any():
        at = f"{listed(boundaries[:-1][cut])} UTC"
        what = (
            f"intervals of the horizon that lie in several of the file, of which none can be held ({cut.sum()}): {at}"
        )
        yield Told(what, "say `resample: mean`")


def _other_step(edges: Times, boundaries: Times, remedy: str) -> Told:
    steps = [[step_text(step) for step in np.unique(np.diff(times))] for times in (edges, boundaries)]
    what = f"the file's step is {' and '.join(steps[0])}, the horizon's {' and '.join(steps[1])}"
    if steps[0] == steps[1]:
        what = f"the file's intervals of {steps[0][0]} begin at other moments than the horizon's"
    first = boundaries[:-1][~np.isin(boundaries[:-1], edges)]
    if first.size:
        what += f"; the first interval without a row of its own starts at {stamp(first[0])} UTC"
    return Told(what, f"say `resample: {remedy}`, or give the horizon the file's step")


def leap_day(file: SeriesFile, labels: Times, zone: str | None, horizon: Horizon) -> Iterator[Told]:
    """Tell where a whole year, laid on by position, would slip by a day because one of the two is a leap year.

    Parameters
    ----------
    file : SeriesFile
        The column map; a start given there settles the matter.
    labels : (slot,) datetime64[ns]
        Times of the intervals used, as the file writes them.
    zone : str or None
        Their zone.
    horizon : Horizon
        What they are laid onto.
    """
    if file.lay_on.by == "calendar" or file.lay_on.start is not None:
        return
    starts = horizon.starts.to_numpy()
    days, own = (times.astype("datetime64[D]") for times in (labels, to_labels(starts, zone) if zone else starts))
    same_day = str(days[0])[5:] == str(own[0])[5:]
    if same_day and _has_leap_day(days) != _has_leap_day(own):
        who = "the file's rows have" if _has_leap_day(days) else "the horizon has"
        what = f"{who} a 29 February, so that all later days would be laid on a day off"
        accept = f"`lay_on: {{by: position, start: '{stamp(labels[0])}'}}`"
        yield Told(what, f"cut that day out, or put it in; or accept the slip by {accept}")


def _has_leap_day(days: Times) -> bool:
    months = days.astype("datetime64[M]")
    is_february = months.astype(int) % 12 == 1
    return bool((is_february & ((days - months).astype(int) == 28)).any())


def _span(labels: Times) -> str:
    return f"covers {stamp(labels.min())} to {stamp(labels.max())}"


def _horizon(horizon: Horizon) -> str:
    start, end = ends(horizon)
    return f"{stamp(start)} to {stamp(end)} UTC"
