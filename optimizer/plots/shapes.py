"""Traces that several figures draw alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import style
from .clock import Clock, Floats


def bars(labels: list[str], name: str, heights: Floats, look: style.Look, hover: str) -> dict[str, Any]:
    """Draw one height for each label, to be stacked or set side by side with others."""
    return {
        "type": "bar",
        "name": style.plain(f"{name[:1].upper()}{name[1:]}"),
        "x": [style.plain(label) for label in labels],
        "y": style.small(np.asarray(heights)),
        "marker": {
            "color": look.colour,
            "pattern": {"shape": look.pattern, "fgcolor": "#FFFFFF", "bgcolor": look.colour},
        },
        "hovertemplate": hover,
    }


def energy_line(clock: Clock, name: str, energy: Floats, look: style.Look) -> dict[str, Any]:
    """Draw energy that is held, or work that waits, at each boundary [MWh], in the lower panel."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": style.plain(name),
        "x": clock.point_times,
        "y": style.small(clock.points(energy)),
        "yaxis": "y2",
        "line": {"width": 1.75, "color": look.line, "dash": look.dash},
        "hovertemplate": "%{y:,.1f} MWh",
    }


def daily_means(clock: Clock, power: Floats) -> dict[str, Any]:
    """Give the mean of each day, which a page draws while a long span is in view."""
    mean = clock.pieces.daily(power)
    return {"x": clock.pieces.midnights, "y": style.small(np.append(mean, mean[-1]))}
