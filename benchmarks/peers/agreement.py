"""Whether all tools came to the same optimum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TOLERANCE = 1e-6


def disagreeing(records: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], float]]:
    """Find the records whose objective is further than 1e-6 from that of the optimizer, which is certified.

    Where the optimizer came to none, the middle one of those that there are is taken in its place.

    Returns
    -------
    list of (record, relative difference)
    """
    wrong = []
    found = [record for record in records if record["objective"] is not None]
    for problem in dict.fromkeys(record["problem"] for record in found):
        same = sorted((record for record in found if record["problem"] == problem), key=lambda each: each["objective"])
        ours = [record for record in same if record["tool"] == "optimizer"]
        agreed = (ours or [same[len(same) // 2]])[0]["objective"]
        for record in same:
            difference = abs(record["objective"] - agreed) / max(1.0, abs(agreed))
            if not difference <= TOLERANCE:
                wrong.append((record, difference))
    return wrong
