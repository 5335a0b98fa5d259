"""Each contract from both sides: where its energy went, what the buyer pays for it, and what the provider earns.

All energy is counted at the plant: what is lost on the way to the site is a use of it. Where it went inside the site is
told by the certificates of `optimizer.accounting.certificates`: proportional within an interval, first in first out
through batteries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from optimizer.accounting.certificates import USES, sold_energy
from optimizer.accounting.energy import yearly_energy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AT_ONCE, FROM_STORAGE, LOST, SOLD, LEFT = USES
ON_THE_WAY, CURTAILED = "lost on the way", "curtailed"
CONTRACT_USES = (AT_ONCE, FROM_STORAGE, LOST, SOLD, LEFT, ON_THE_WAY, CURTAILED)
PAID_TO_PROVIDER, PAID_TO_NETWORK, FROM_SALES = (
    "paid to the provider",
    "paid to the network",
    "from what was sold of it",
)
CONTRACT_FLOWS = (PAID_TO_PROVIDER, PAID_TO_NETWORK, FROM_SALES)
BUYER, PRODUCED, AVAILABLE = (
    "buyer pays per MWh used",
    "provider earns per MWh produced",
    "provider earns per MWh it could produce",
)
CONTRACT_PRICES = (BUYER, PRODUCED, AVAILABLE)
_LEAST = 1e-3  # MWh a year that are a solver's dust
_NETWORK, _SALES = "wheeling", "export"  # words by which cost lines are known


def contract_accounts(plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Draw up every contract's accounts, of energy and of money.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan, with ``certified_energy`` and ``cost_by_supply``.

    Returns
    -------
    dict of str to xarray.DataArray
        ``contract_energy`` (supply, contract_use) [MWh/a]: sums to what the plant could produce. ``contract_money``
        (supply, contract_flow) [currency/a]. ``contract_price`` (supply, contract_side) [currency/MWh]: what the buyer
        pays to provider and network, less what he gets for what was sold of it, for each MWh that covered load; what
        the provider earns for each MWh that left the plant, and for each that could have. NaN where there is none.
    """
    energy, money = _energy(plan), _money(plan)
    used, curtailed = energy[:, :2].sum(axis=1), energy[:, CONTRACT_USES.index(CURTAILED)]
    could = energy.sum(axis=1)
    earned, network, sales = money.T
    price = np.column_stack(
        [_price(earned + network - sales, used), _price(earned, could - curtailed), _price(earned, could)]
    )
    return {
        "contract_energy": _labelled(plan, energy, "contract_use", CONTRACT_USES),
        "contract_money": _labelled(plan, money, "contract_flow", CONTRACT_FLOWS),
        "contract_price": _labelled(plan, price, "contract_side", CONTRACT_PRICES),
    }


def _energy(plan: xr.Dataset) -> Floats:
    """Lay out where the energy that each plant could produce went, (supply, use) [MWh/a]."""
    inside = plan["certified_energy"].values[: plan.sizes["supply"]]  # supplies come first
    arrives = 1.0 - plan["wheeling_loss"].values if "wheeling_loss" in plan else np.ones(plan.sizes["supply"])
    delivered, curtailed = (
        yearly_energy(plan, plan[name]).transpose("supply").values for name in ("delivered", "curtailment")
    )
    energy = np.column_stack([inside, delivered / arrives - delivered, curtailed / arrives])
    return np.where(np.abs(energy) < _LEAST, 0.0, energy)


def _money(plan: xr.Dataset) -> Floats:
    """Lay out what was paid for each contract and to whom, and what came from selling its energy, (supply, flow)."""
    paid = plan["cost_by_supply"].transpose("supply", "cost_line")
    lines = [str(line).lower() for line in plan["cost_line"].values]
    network = np.array([_NETWORK in line for line in lines], dtype=bool)
    return np.column_stack(
        [paid.values[:, ~network].sum(axis=1), paid.values[:, network].sum(axis=1), _sales(plan, lines)]
    )


def _sales(plan: xr.Dataset, lines: list[str]) -> Floats:
    """Share what is earned by selling, interval by interval, among those whose energy was sold, (supply,)."""
    selling = np.array([_SALES in line for line in lines], dtype=bool)
    earned = -plan["cost_by_hour"].transpose("cost_line", "hour").values[selling].sum(axis=0)
    exported = np.clip(plan["grid_export"].values, 0.0, None) * plan["dt"].values
    price = np.divide(earned, exported, out=np.zeros_like(earned), where=exported > 0)
    revenue: Floats = sold_energy(plan).values[: plan.sizes["supply"]] @ price
    return revenue


def _price(money: Floats, energy: Floats) -> Floats:
    """Divide, where there is noticeable energy."""
    price: Floats = np.divide(money, energy, out=np.full(len(money), np.nan), where=energy > _LEAST)
    return price


def _labelled(plan: xr.Dataset, values: Floats, dim: str, members: tuple[str, ...]) -> xr.DataArray:
    labels = {"supply": plan["supply"].values, dim: np.array(members, dtype=object)}
    return xr.DataArray(values, labels, dims=("supply", dim))


def contract_table(plan: xr.Dataset) -> pd.DataFrame:
    """Write the accounts of all contracts as a table.

    Parameters
    ----------
    plan : xarray.Dataset
        A plan with its contracts' accounts.

    Returns
    -------
    pandas.DataFrame
        A row for each supply: capacity [MW]; what the plant could produce, and each use of it [MWh/a]; what was paid to
        provider and network, what came from sales, and every cost line [currency/a]; the prices of both sides
        [currency/MWh]. Units stand in the column names: ``"sold [MWh/a]"``.
    """
    currency = str(plan.attrs["currency"])
    supplies = [str(name) for name in plan["supply"].values]
    table = pd.DataFrame({"capacity [MW]": plan["supply_capacity"].values}, index=pd.Index(supplies, name="supply"))
    table["could produce [MWh/a]"] = plan["contract_energy"].sum("contract_use").values
    for member in plan["contract_use"].values:
        table[f"{member} [MWh/a]"] = plan["contract_energy"].sel(contract_use=member).values
    for member in plan["contract_flow"].values:
        table[f"{member} [{currency}/a]"] = plan["contract_money"].sel(contract_flow=member).values
    for line in plan["cost_line"].values:
        paid = plan["cost_by_supply"].sel(cost_line=line).values
        if paid.any():
            table[f"{line} [{currency}/a]"] = paid
    for side in plan["contract_side"].values:
        table[f"{side} [{currency}/MWh]"] = plan["contract_price"].sel(contract_side=side).values
    return table
