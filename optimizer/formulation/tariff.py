"""What the grid's tariff charges: energy by band and block, peaks of billed periods, overrun, fixed charges, taxes."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from optimizer.formulation.cost import grid_energy_charge, subscribed_power_charge
from optimizer.lp.rules import Rule, constraint, cost, variable

# -- peaks: one variable for each charge and billed period -----------------------------------------------------------


@variable(over="metered_period", when="peak_so_far")
def metered_peak(m: Any, p: Any) -> Any:
    """Greatest import in the hours of each charge and period, no less than what was metered before the horizon."""
    return m.peak_so_far[p], None


@constraint(over="metered_hour", when="metered_peak")
def peak_metering(m: Any, p: Any, t: Any) -> Any:
    """No import in the hours of a charge and period is above its peak."""
    return m.grid_import[t] <= m.metered_peak[p]


@variable(over="demand_period", when="demand_price")
def billed_peak(m: Any, p: Any) -> Any:
    """Peak that is billed, no less than what a ratchet asks for because of peaks before the horizon."""
    return m.ratchet_floor[p], None


@constraint(over="demand_period", when="billed_peak")
def peak_billing(m: Any, p: Any) -> Any:
    """The period's own peak is billed at least."""
    return m.billed_peak[p] >= m.metered_peak[p]


@constraint(over="ratchet_pair", when="ratchet_share")
def ratchet(m: Any, p: Any, q: Any) -> Any:
    """A share of an earlier peak is billed at least."""
    return m.billed_peak[p] >= m.ratchet_share[p] * m.metered_peak[q]


@variable(over="overrun_period", when="overrun_price")
def overrun(m: Any, p: Any) -> Any:
    """Greatest import above the subscribed power in each charge's period."""
    return 0, None


@constraint(over="overrun_period", when="overrun")
def overrun_metering(m: Any, p: Any) -> Any:
    """The overrun is what the peak has above the subscribed power."""
    return m.overrun[p] >= m.metered_peak[p] - m.subscribed_power


@cost(over="demand_period", label="Grid demand charges", when="billed_peak")
def demand_charge(m: Any, p: Any) -> Any:
    """Price times the peak that is billed, period by period."""
    return m.period_weight[p] * m.demand_price[p] * m.billed_peak[p]


@cost(over="coincident_period", label="Grid coincident peaks", when="coincident_price")
def coincident_peak_charge(m: Any, p: Any) -> Any:
    """Price times the mean import at the coincident peaks, period by period."""
    return (
        m.coincident_weight[p]
        * m.coincident_price[p]
        * sum(m.coincident_share[p, j] * m.grid_import[m.coincident_hour[p, j]] for j in m.moment)
    )


@cost(over="overrun_period", label="Grid overrun", when="overrun")
def overrun_charge(m: Any, p: Any) -> Any:
    """Price times the overrun of the subscribed power, period by period."""
    return m.period_weight[p] * m.overrun_price[p] * m.overrun[p]


# -- energy ----------------------------------------------------------------------------------------------------------


@cost(over=("energy_band", "hour"), label="Grid time-of-use energy", when="band_price")
def band_energy_charge(m: Any, e: Any, t: Any) -> Any:
    """Price of the band times energy bought in its hours."""
    return m.weight[t] * m.dt[t] * m.band_share[e, t] * m.band_price[e, t] * m.grid_import[t]


@variable(over=("block_period", "tier"), when="block_width")
def block_energy(m: Any, p: Any, i: Any) -> Any:
    """Energy of each period in each block, which fills from the cheapest since prices rise."""
    return 0, m.block_width[p, i]


@constraint(over="block_period", when="block_energy")
def block_filling(m: Any, p: Any) -> Any:
    """All energy bought in the hours of a block rate and period falls into its blocks."""
    return sum(m.block_energy[p, i] for i in m.tier) == sum(
        m.block_share[p, j] * m.dt[m.block_hour[p, j]] * m.grid_import[m.block_hour[p, j]] for j in m.place
    )


@cost(over=("block_period", "tier"), label="Grid energy blocks", when="block_energy")
def block_energy_charge(m: Any, p: Any, i: Any) -> Any:
    """Price of the block times energy in it."""
    return m.block_weight[p] * m.block_price[p, i] * m.block_energy[p, i]


# -- the rest --------------------------------------------------------------------------------------------------------


@cost(over="fixed_period", label="Grid fixed charges", when="fixed_price")
def fixed_charge(m: Any, f: Any) -> Any:
    """What is due for each period whatever is drawn."""
    return m.fixed_weight[f] * m.fixed_price[f]


def taxed(line: Rule, kind: str) -> Rule:
    """Make the cost line of the taxes on another cost line: their rates times that very line."""
    rate = f"{kind}_tax"

    def tax(m: Any, x: Any, *indices: Any) -> Any:
        return getattr(m, rate)[x] * line.function(m, *indices)

    functools.update_wrapper(tax, line.function)
    del tax.__wrapped__  # type: ignore[attr-defined]  # it takes one index more
    name, label = f"tax_on_{line.name}", f"Tax on {line.label[0].lower()}{line.label[1:]}"
    tax.__name__ = name
    tax.__doc__ = f"Taxes on: {line.description}"
    return replace(line, name=name, function=tax, over=("tax", *line.over), label=label, when=(*line.when, rate))


TAXED: tuple[tuple[Rule, str], ...] = (
    (grid_energy_charge, "energy"),
    (band_energy_charge, "energy"),
    (block_energy_charge, "energy"),
    (demand_charge, "demand"),
    (coincident_peak_charge, "demand"),
    (overrun_charge, "overrun"),
    (subscribed_power_charge, "subscribed"),
    (fixed_charge, "fixed"),
)
"""The cost lines on which a tariff may set taxes, and the word by which it names them."""

FAMILIES: tuple[Rule, ...] = (
    metered_peak,
    billed_peak,
    overrun,
    block_energy,
    peak_metering,
    peak_billing,
    ratchet,
    overrun_metering,
    block_filling,
    band_energy_charge,
    block_energy_charge,
    demand_charge,
    coincident_peak_charge,
    overrun_charge,
    fixed_charge,
    *(taxed(line, kind) for line, kind in TAXED),
)
