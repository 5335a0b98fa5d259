"""The plan's money over the years: what is paid when, what that is worth today, and when it is paid back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from optimizer.accounting.energy import load_energy, yearly_energy
from optimizer.errors import Fault, InputError
from optimizer.finance import (
    INVESTMENT_LINES,
    annuity_factor,
    investment_flows,
    levelised_cost,
    levelised_factor,
    line_key,
    payback,
    present_value,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.assets import Capacity
    from optimizer.finance import Finance

    Floats = NDArray[np.float64]

_CAPACITIES = {label: name for name, label in INVESTMENT_LINES.items()}


def cash_flow(plan: xr.Dataset, finance: Finance, capacities: Mapping[str, Sequence[Capacity]]) -> xr.DataArray:
    """Tell what each cost line comes to in each year; the annuity of it all is the plan's yearly cost.

    An investment is paid when it is made, at the start and at the end of each life, less its residual value at the end
    of the years. Where it has a discount rate of its own, what its annuity exceeds that at the scenario's rate by is
    paid every year, as the cost of financing it. Every other line is paid at the end of each year, at that year's
    prices.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan with its cost lines.
    finance : Finance
        How money over the years is counted.
    capacities : mapping of str to sequence of Capacity
        All capacities as specified, by name.

    Returns
    -------
    xarray.DataArray, (cost_line, year) [currency]
        In money of year 0; negative means revenue.
    """
    lines = [str(label) for label in plan["cost_line"].values]
    flows = [
        _invested(plan, _CAPACITIES[label], finance, capacities[_CAPACITIES[label]])
        if label in _CAPACITIES
        else _yearly(annual, finance.index(line_key(label)), finance.real_discount_rate)
        for label, annual in zip(lines, plan["annual_cost"].values.tolist(), strict=True)
    ]
    years = np.arange(finance.years + 1)
    return xr.DataArray(
        np.array(flows).reshape(len(lines), len(years)),
        {"cost_line": plan["cost_line"].values, "year": years},
        dims=("cost_line", "year"),
    )


def _yearly(annual: float, index: Sequence[float], rate: float) -> Floats:
    """Take a levelised cost apart into those of the years."""
    level = levelised_factor(index, rate)
    return np.array([0.0, *index]) * (annual / level if level else 0.0)


def _invested(plan: xr.Dataset, name: str, finance: Finance, specified: Sequence[Capacity]) -> Floats:
    """Sum the outlays for all assets of a kind, and what it costs beyond the scenario's rate to finance them."""
    rate, years = finance.real_discount_rate, finance.years
    total = np.zeros(years + 1)
    spent = plan[f"{name}_capital_cost"] * (plan[name] - plan[f"{name}_existing"])
    annuities = np.atleast_1d(plan[f"{name}_annuity"].values)
    for capital, annuity, capacity in zip(np.atleast_1d(spent.values), annuities, specified, strict=True):
        life = capacity.life or years
        total += investment_flows(float(capital), life, rate, years)
        total[1:] += float(capital) * (float(annuity) - annuity_factor(rate, life))
    return total


def net_present_cost(plan: xr.Dataset) -> float:
    """Present value of all that is paid over the years, less all revenue."""
    return present_value(_total(plan).tolist(), float(plan["discount_rate"]))


def initial_investment(plan: xr.Dataset) -> float:
    """Sum what is invested at the start."""
    return float(plan["cash_flow"].sel(year=0).sum())


def lcoe_mix(plan: xr.Dataset) -> float:
    """Levelised cost of the energy served from all sources together: all that is paid, over all that is served.

    The value of lost load is left out, since nobody is paid for it.
    """
    paid = [not str(label).startswith("Unserved") for label in plan["cost_line"].values]
    costs = plan["cash_flow"].values[paid].sum(axis=0)
    served = load_energy(plan) - float(yearly_energy(plan, plan["unserved"]))
    energies = [0.0, *[served] * (plan.sizes["year"] - 1)]
    return levelised_cost(costs.tolist(), energies, float(plan["discount_rate"]))


class Payback(NamedTuple):
    """What a plan saves against another.

    Attributes
    ----------
    savings : tuple of float [currency]
        What less is paid in the years 0, 1, ..., in money of year 0.
    net_present_value : float [currency]
        Their present value.
    simple : float [a]
        Years until they have paid back what more is paid at first; infinite if they never do.
    discounted : float [a]
        The same, of discounted savings.
    """

    savings: tuple[float, ...]
    net_present_value: float
    simple: float
    discounted: float


def payback_against(plan: xr.Dataset, reference: xr.Dataset) -> Payback:
    """Hold a plan's cash flow against that of a reference.

    Parameters
    ----------
    plan, reference : xarray.Dataset
        Solved plans in one currency, with the same discount rate and years.

    Raises
    ------
    InputError
        If one has no cash flow, or they cannot be compared.
    """
    pair = {"the plan": plan, "the reference": reference}
    faults = [
        Fault("payback", f"{name} has no cash flow", "give its scenario `finance`")
        for name, run in pair.items()
        if "cash_flow" not in run
    ]
    if not faults:
        faults = [
            Fault("payback", f"{words} differ: {told[0]} and {told[1]}", "count both in the same way")
            for words, told in _terms(plan, reference).items()
            if told[0] != told[1]
        ]
    if faults:
        raise InputError(faults)
    rate = float(plan["discount_rate"])
    savings = tuple((_total(reference) - _total(plan)).tolist())
    return Payback(savings, present_value(savings, rate), payback(savings), payback(savings, rate))


def _terms(plan: xr.Dataset, reference: xr.Dataset) -> dict[str, tuple[Any, Any]]:
    tell: dict[str, Callable[[xr.Dataset], Any]] = {
        "currencies": lambda run: run.attrs["currency"],
        "years": lambda run: run.sizes["year"] - 1,
        "real discount rates": lambda run: round(float(run["discount_rate"]), 12),
    }
    return {words: (of(plan), of(reference)) for words, of in tell.items()}


def _total(plan: xr.Dataset) -> Floats:
    return np.asarray(plan["cash_flow"].sum("cost_line").values, dtype=float)
