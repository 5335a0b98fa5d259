"""The tools side by side as a picture: an SVG written by hand, so that it needs no library and stays small."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from benchmarks.peers.tables import best
from benchmarks.peers.titles import PROBLEMS, TOOLS

# Two colours that are told apart by all readers (Okabe, M., Ito, K. (2008). Color Universal Design).
SOLVER, PROCESS = "#0072B2", "#D55E00"
WIDTH, LEFT, RIGHT, ROW, HEAD, TOP, FOOT = 860, 130, 90, 20, 30, 58, 40
LEAST, GREATEST = 0.01, 1000.0


def peers_plot(run: Mapping[str, Any]) -> str:
    """Draw for each problem and tool the seconds in the solver and of the whole process, on a logarithmic axis."""
    records = best(run["records"])
    parts: list[str] = []
    y = float(TOP)
    for problem, title in PROBLEMS.items():
        rows = [record for record in records if record["problem"] == problem]
        if not rows:
            continue
        parts.append(_text(8, y + 22, title, weight="bold"))
        y += HEAD
        for record in rows:
            parts.append(_row(record, y, run["limit"]))
            y += ROW
    height = y + FOOT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
            'font-family="sans-serif" font-size="12" role="img">',
            "<title>Seconds that each tool takes for the same problems</title>",
            f'<rect width="{WIDTH}" height="{height:g}" fill="white"/>',
            _legend(),
            *_axis(TOP, y),
            *parts,
            "</svg>",
            "",
        ]
    )


def _x(seconds: float) -> float:
    share = math.log(max(LEAST, min(GREATEST, seconds)) / LEAST) / math.log(GREATEST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _row(record: Mapping[str, Any], y: float, limit: float) -> str:
    middle = y + ROW / 2
    name = _text(LEFT - 8, middle + 4, TOOLS[record["tool"]], anchor="end")
    if record["status"] != "optimal":
        over = f"> {limit:.0f} s" if record["status"] == "limit" else record["status"]
        return name + _text(_x(limit) + 6, middle + 4, over, colour=PROCESS)
    solver, process = _x(record["seconds"]["solver"]), _x(record["seconds"]["process"])
    return (
        f'{name}<line x1="{solver:.1f}" x2="{process:.1f}" y1="{middle:g}" y2="{middle:g}" stroke="#bbb" '
        'stroke-width="2"/>'
        f'<circle cx="{solver:.1f}" cy="{middle:g}" r="5" fill="{SOLVER}"/>'
        f'<rect x="{process - 4.5:.1f}" y="{middle - 4.5:g}" width="9" height="9" fill="{PROCESS}"/>'
        + _text(process + 9, middle + 4, f"{record['seconds']['process']:.3g} s", colour="#333")
    )


def _axis(top: float, bottom: float) -> list[str]:
    lines = []
    for power in range(round(math.log10(LEAST)), round(math.log10(GREATEST)) + 1):
        x = _x(10.0**power)
        lines += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom:g}" stroke="#e5e5e5"/>',
            _text(x, bottom + 16, f"{10.0**power:g}", anchor="middle", colour="#555"),
        ]
    return [*lines, _text((LEFT + WIDTH - RIGHT) / 2, bottom + 33, "seconds", anchor="middle", colour="#555")]


def _legend() -> str:
    return (
        f'<circle cx="14" cy="20" r="5" fill="{SOLVER}"/>'
        + _text(24, 24, "in the solver alone")
        + f'<rect x="169" y="15.5" width="9" height="9" fill="{PROCESS}"/>'
        + _text(184, 24, "whole process, from start to result")
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = "black", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
