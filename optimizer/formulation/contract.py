"""Contracts: energy that has to be taken or paid, and the way to the site through the public grid.

Blocks, tranches, losses, and prices at the delivery point need no rule of their own: they are in the availability and
the prices that the binding gives for the site.
"""

from __future__ import annotations

from typing import Any

from optimizer.formulation.target import hour_of_month
from optimizer.lp.rules import Rule, constraint, cost, expression, variable


@variable(over="annual_taker", when="annual_take")
def annual_shortfall(m: Any, s: Any) -> Any:
    """Energy of each contract that should have been taken in the year and was not."""
    return 0, None


@constraint(over="annual_taker", when="annual_take")
def annual_take_or_pay(m: Any, s: Any) -> Any:
    """A share of the energy available in the year is taken, or falls short."""
    return sum(m.weight[t] * m.dt[t] * m.delivered[s, t] for t in m.hour) + m.annual_shortfall[s] >= m.annual_take[
        s
    ] * sum(m.weight[t] * m.dt[t] * m.availability[s, t] * m.supply_capacity[s] for t in m.hour)


@variable(over=("monthly_taker", "calendar_month"), when="monthly_take")
def monthly_shortfall(m: Any, s: Any, k: Any) -> Any:
    """Energy of each contract that should have been taken in the month and was not."""
    return 0, None


def _delivered(m: Any, s: Any, t: Any, hours: Any) -> Any:
    return hours * m.delivered[s, t]


def _available(m: Any, s: Any, t: Any, hours: Any) -> Any:
    return hours * m.availability[s, t] * m.supply_capacity[s]


@constraint(over=("monthly_taker", "calendar_month"), when="monthly_take")
def monthly_take_or_pay(m: Any, s: Any, k: Any) -> Any:
    """A share of the energy available in each month of the site's clock is taken, or falls short."""
    return sum(_delivered(m, s, *hour_of_month(m, k, j)) for j in m.month_place) + m.monthly_shortfall[
        s, k
    ] >= m.monthly_take[s, k] * sum(_available(m, s, *hour_of_month(m, k, j)) for j in m.month_place)


@cost(over="annual_taker", label="Annual take-or-pay", when="annual_take")
def annual_take_or_pay_charge(m: Any, s: Any) -> Any:
    """Price of energy that should have been taken in the year and was not."""
    return m.annual_take_price[s] * m.annual_shortfall[s]


@cost(over=("monthly_taker", "calendar_month"), label="Monthly take-or-pay", when="monthly_take")
def monthly_take_or_pay_charge(m: Any, s: Any, k: Any) -> Any:
    """Price of energy that should have been taken in the month and was not."""
    return m.monthly_take_price[s, k] * m.monthly_shortfall[s, k]


@cost(over=("supply", "hour"), label="Wheeling", when="wheeling_price")
def wheeling_charge(m: Any, s: Any, t: Any) -> Any:
    """Charge for energy that comes through the public grid."""
    return m.weight[t] * m.dt[t] * m.wheeling_price[s, t] * m.delivered[s, t]


@expression(over=("supply", "hour"), when="wheeling_loss")
def wheeling_losses(m: Any, s: Any, t: Any) -> Any:
    """Power lost on the way to the site."""
    return m.wheeling_loss[s] / (1 - m.wheeling_loss[s]) * m.delivered[s, t]


FAMILIES: tuple[Rule, ...] = (
    annual_shortfall,
    monthly_shortfall,
    annual_take_or_pay,
    monthly_take_or_pay,
    annual_take_or_pay_charge,
    monthly_take_or_pay_charge,
    wheeling_charge,
    wheeling_losses,
)
