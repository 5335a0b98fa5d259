"""The load of the site, and what is not served of it."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, expression, variable


@variable(over="hour")
def unserved(m: Any, t: Any) -> Any:
    """Load that is not served."""
    return 0, None


@constraint(over="hour")
def unserved_limit(m: Any, t: Any) -> Any:
    """No more than the whole load can stay unserved; a row, as the load may be a variable."""
    return m.unserved[t] <= m.pue[t] * m.it_load[t] + m.other_load[t]


@constraint(over="hour", when="it_capacity")
def it_capacity_limit(m: Any, t: Any) -> Any:
    """The IT equipment draws no more than its racks are rated at."""
    return m.it_load[t] <= m.it_capacity[t]


@expression(over="hour")
def facility_load(m: Any, t: Any) -> Any:
    """Whole load of the site."""
    return m.pue[t] * m.it_load[t] + m.other_load[t]


FAMILIES: tuple[Rule, ...] = (unserved, unserved_limit, it_capacity_limit, facility_load)
