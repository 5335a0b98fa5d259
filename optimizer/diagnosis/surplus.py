"""What the rule on surplus claims, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer.diagnosis.amounts import percent
from optimizer.diagnosis.reading import Reading
from optimizer.lp.affine import IntArray
from optimizer.lp.diagnosis import Part

ROWS: Mapping[str, Callable[[Part, IntArray, Reading], str]] = {
    "surplus_rule": lambda _part, _at, site: (
        f"at most {percent(float(site['export_share']))} of what supplies deliver in a year is sold"
    ),
}
"""Rows by family."""

_SOLD = "{much} MWh a year more would be sold than the share of what supplies deliver"

GIVES_WAY: Mapping[str, tuple[str, str]] = {"surplus_rule": (_SOLD, _SOLD)}
"""What gives way, by family: where a row falls short, and where it goes beyond."""

CONDITIONS = ("surplus_rule",)
"""Families that somebody asked for."""
