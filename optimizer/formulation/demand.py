"""The site's load, and what is not served of it."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, expression, variable


@variable(over="hour")
def unserved(m: Any, t: Any) -> Any:
    """Load that is not served, at most all of it."""
    return 0, m.pue[t] * m.it_load[t] + m.other_load[t]


@expression(over="hour")
def facility_load(m: Any, t: Any) -> Any:
    """The whole load: PUE depends on the weather alone, so the product is data."""
    return m.pue[t] * m.it_load[t] + m.other_load[t]


FAMILIES: tuple[Rule, ...] = (unserved, facility_load)
