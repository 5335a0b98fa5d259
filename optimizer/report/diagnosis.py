"""The page that explains why a scenario has no plan: what is missing and when, what is in conflict, what would do.

It holds no script: its one figure is drawn as SVG, so that the page is small enough to be sent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.record import setting
from optimizer.diagnosis.shortfalls import LOAD

from . import page, words
from .numbers import unit_words

if TYPE_CHECKING:
    from optimizer.diagnosis import Diagnosis, Shortfall

__all__ = ["render_diagnosis", "write_diagnosis"]

WIDTH, HEIGHT = 1000, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 24, 28
_THINNEST = 1.5  # a stretch of an hour in a year would be too thin to see
_LISTED = 40
_MOST_TICKS = 14
# Days of a horizon above which the axis is marked so: step, label.
_STEPS = ((45, "MS", "%b"), (3, "D", "%-d %b"), (0, "h", "%H:%M"))
_TITLES = {"it_capacity_limit": "IT power beyond that of the racks"}
_DATED = "%-d %b %Y %H:%M"


@dataclass(frozen=True)
class Bar:
    """One stretch of time in the figure."""

    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """When something is missing, and how much at most in each stretch."""

    title: str
    bars: list[Bar]
    times: list[Tick]
    amounts: list[Tick]
    unit: str
    told: str


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """Make the page of a diagnosis.

    Parameters
    ----------
    diagnosis : Diagnosis
        What `InfeasibleError` or `UnboundedError` carries.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    timed = [short for short in diagnosis.shortfalls if short.stretches]
    return page.render(
        "diagnosis.html.j2",
        diagnosis=diagnosis,
        verdict=f"{diagnosis.summary[:1].upper()}{diagnosis.summary[1:]}.",
        period=_period(diagnosis),
        keys=_keys(diagnosis),
        setting=setting,
        timelines=[(short, _timeline(diagnosis, short), _longest(short)) for short in timed],
        listed=_LISTED,
        proof=[row for row in words.flat(diagnosis.proof or {}) if not row[0].endswith("where")],
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        bottom=HEIGHT - _BOTTOM,
    )


def write_diagnosis(diagnosis: Diagnosis, path: str | Path) -> Path:
    """Write the page of a diagnosis; nothing half-written is ever left under the name.

    Parameters
    ----------
    diagnosis : Diagnosis
        As for `render_diagnosis`.
    path : str or Path
        The file, such as ``infeasible.html``.
    """
    return page.write(render_diagnosis(diagnosis), path)


def _period(diagnosis: Diagnosis) -> str:
    start, end = diagnosis.start.local, diagnosis.end.local
    return f"{start:{_DATED}} to {end:{_DATED}}"


def _keys(diagnosis: Diagnosis) -> list[tuple[str, str, str]]:
    """Give the figures at the top: label, value, unit; of what gives way first."""
    if not diagnosis.shortfalls:
        return []
    short = diagnosis.shortfalls[0]
    keys = [(_gives_way(short), amount(short.amount), unit_words(short.unit))]
    if short.total is not None and short.unit == "MW":
        keys.append(("In all", amount(short.total), "MWh"))
    if short.hours is not None:
        keys.append(("Lasts", amount(short.hours), "h"))
    if short.first is not None:
        keys.append(("First", f"{short.first.local:%Y-%m-%d %H:%M}", "local time"))
    return keys


def _gives_way(short: Shortfall) -> str:
    """Name the amount: only of load it is plain which side of a constraint is missing and which is too much."""
    if short.family == LOAD:
        return "Too much, at most" if short.over else "Missing, at most"
    return "Gives way by" if short.hours is None else "Gives way, at most by"


def _longest(short: Shortfall) -> list[dict[str, Any]]:
    """List the stretches in which most is missing, in order of time."""
    most = sorted(short.stretches, key=lambda stretch: -stretch.energy)[:_LISTED]
    return [
        {
            "start": f"{stretch.start.local:%Y-%m-%d %H:%M}",
            "end": f"{stretch.end.local:%Y-%m-%d %H:%M}",
            "utc": f"{stretch.start.universal:%Y-%m-%d %H:%M}",
            "peak": amount(stretch.peak),
            "energy": amount(stretch.energy),
        }
        for stretch in sorted(most, key=lambda stretch: stretch.start.utc)
    ]


def _timeline(diagnosis: Diagnosis, short: Shortfall) -> Timeline:
    start, end = diagnosis.start.universal, diagnosis.end.universal
    span = (end - start).total_seconds()
    top = _round_top(short.amount)

    def x(time: pd.Timestamp) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (time - start).total_seconds() / span

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top

    bars = [
        Bar(
            round(x(stretch.start.universal), 2),
            round(y(stretch.peak), 2),
            round(max(_THINNEST, x(stretch.end.universal) - x(stretch.start.universal)), 2),
            round(HEIGHT - _BOTTOM - y(stretch.peak), 2),
            f"{stretch.start.local:%Y-%m-%d %H:%M} to {stretch.end.local:%Y-%m-%d %H:%M}: up to {amount(stretch.peak)} "
            f"{short.unit}, {amount(stretch.energy)} {'MWh' if short.unit == 'MW' else ''}".strip(),
        )
        for stretch in short.stretches
    ]
    times = [Tick(round(x(time), 2), label) for time, label in _time_ticks(diagnosis)]
    amounts = [Tick(round(y(top * share), 2), amount(top * share)) for share in (0.0, 0.5, 1.0)]
    told = f"{short.text}. The stretches are listed in the table that follows."
    name = " of ".join([short.family.replace("_", " ").capitalize(), *short.labels])
    title = _TITLES.get(short.family, f"{name}: by how much it gives way")
    if short.family == LOAD:
        title = "Power that nothing can use" if short.over else "Load that is not served"
    return Timeline(title, bars, times, amounts, short.unit, told)


def _round_top(value: float) -> float:
    """Give a round number that is not below the greatest value, for the axis.

    Examples
    --------
    >>> _round_top(24.96), _round_top(8.0), _round_top(0.034)
    (25.0, 8.0, 0.04)
    """
    size = 10.0 ** math.floor(math.log10(value))
    return next(round(size * factor, 12) for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if size * factor >= value)


def _time_ticks(diagnosis: Diagnosis) -> list[tuple[pd.Timestamp, str]]:
    """Mark months, days or hours of the site's clock, whichever fit."""
    start, end = diagnosis.start.local, diagnosis.end.local
    days = (end - start).total_seconds() / 86400
    step, label = next((step, text) for least, step, text in _STEPS if days > least)
    whole = "D" if step == "MS" else step
    marks = pd.date_range(start.tz_localize(None).ceil(whole), end.tz_localize(None), freq=step)
    kept = marks[:: -(-len(marks) // _MOST_TICKS) or 1]
    shown = kept.tz_localize(diagnosis.time_zone, nonexistent="shift_forward", ambiguous=True)
    return [(time.tz_convert("UTC"), f"{time:{label}}") for time in shown if start <= time < end]
