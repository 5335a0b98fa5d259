"""What ramps, demand response and reserves claim, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.reading import Reading
from optimizer.lp.affine import IntArray
from optimizer.lp.diagnosis import Part

Told = Callable[[Part, IntArray, Reading], str]


def _ramp(_part: Part, at: IntArray, site: Reading) -> str:
    return f"import less export changes by at most {amount(float(np.min(site['ramp_allowed'][at])))} MW at a time"


def _kept(part: Part, _at: IntArray, _site: Reading) -> str:
    return f"{part.labels[0]} keeps its reserve for swings free"


_RESERVES = (
    *("swing_discharge", "swing_charge", "swing_floor_at_start", "swing_floor_at_end"),
    *("swing_ceiling_at_start", "swing_ceiling_at_end"),
)
ROWS: Mapping[str, Told] = {
    "ramp_up_limit": _ramp,
    "ramp_down_limit": _ramp,
    "response_limit": lambda _part, _at, _site: "import stays below what is left while demand response is called",
    **dict.fromkeys(_RESERVES, _kept),
}
"""Rows by family."""


def _both(text: str) -> tuple[str, str]:
    return text, text


_FASTER = _both("import would have to change up to {much} MW faster than allowed")
GIVES_WAY: Mapping[str, tuple[str, str]] = {
    "ramp_up_limit": _FASTER,
    "ramp_down_limit": _FASTER,
    "response_limit": _both("up to {much} MW would be imported beyond what a demand response contract allows"),
    **dict.fromkeys(_RESERVES[:2], _both("{name} would lack up to {much} MW of reserve for swings")),
    **dict.fromkeys(_RESERVES[2:], _both("{name} would lack up to {much} MWh of reserve for swings")),
}
"""What gives way, by family: where a row falls short, and where it goes beyond."""

CONDITIONS = ("ramp_up_limit", "ramp_down_limit", "response_limit", *_RESERVES)
"""Families that somebody asked for."""
