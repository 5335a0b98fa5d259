"""Targets that a plan has to reach."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint


@constraint(when="cfe_target")
def hourly_matching(m: Any) -> Any:
    """Load not covered by carbon-free energy stays below the untargeted share, hour by hour over the year.

    The usual 24/7 row, sum of clean delivery + discharge - charge - export + grid_cfe * import >= target * load,
    rewritten with the power balance: sparser and with the same meaning (Riepin, I., Brown, T. (2024). On the means,
    costs, and system-level impacts of 24/7 carbon-free energy procurement. doi:10.1016/j.esr.2024.101488). What is
    not served is not covered either, so that shedding load does not help to reach a target.
    """
    return sum(m.weight[t] * m.dt[t] * ((1 - m.grid_cfe[t]) * m.grid_import[t] + m.unserved[t]) for t in m.hour) + sum(
        m.weight[t] * m.dt[t] * (1 - m.supply_cfe[s]) * m.delivered[s, t] for s in m.supply for t in m.hour
    ) + sum(
        m.weight[t] * m.dt[t] * (1 - m.generator_cfe[g]) * m.generation[g, t] for g in m.generator for t in m.hour
    ) <= (1 - m.cfe_target) * sum(m.weight[t] * m.dt[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) for t in m.hour)


FAMILIES: tuple[Rule, ...] = (hourly_matching,)
