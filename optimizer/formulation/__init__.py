"""The formulation: every family of columns, rows and cost terms, written once as Pyomo rules.

No numbers in here: data come in by name, and a name that is not bound to data is a variable. `FAMILIES` is the order
in which they are laid out.
"""

from __future__ import annotations

from optimizer.formulation import (
    backup,
    contract,
    cost,
    demand,
    flexibility,
    investment,
    power,
    reliability,
    storage,
    target,
    tariff,
    wear,
    work,
)
from optimizer.lp.rules import Rule

FAMILIES: tuple[Rule, ...] = (
    *power.FAMILIES,
    *storage.FAMILIES,
    *demand.FAMILIES,
    *target.FAMILIES,
    *cost.FAMILIES,
    *backup.FAMILIES,
    *investment.FAMILIES,
    *tariff.FAMILIES,
    *wear.FAMILIES,
    *work.FAMILIES,
    *contract.FAMILIES,
    *reliability.FAMILIES,
    *flexibility.FAMILIES,
)

__all__ = ["FAMILIES"]
