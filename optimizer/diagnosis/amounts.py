"""Amounts for sentences, and rounding that keeps them true."""

from __future__ import annotations

import math

DIGITS = 3


def amount(value: float) -> str:
    """Write an amount with three digits that matter.

    Examples
    --------
    >>> amount(18838.2), amount(41.23), amount(3.2), amount(0.00012)
    ('18,838', '41.2', '3.2', '0.00012')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{DIGITS}g}"


def percent(share: float) -> str:
    """Write a share in percent.

    Examples
    --------
    >>> percent(0.9), percent(0.85349)
    ('90 %', '85.35 %')
    """
    return f"{100 * share:.4g} %"


def rounded_up(value: float) -> float:
    """Round an amount up in its third digit, so that what is enough stays enough.

    Examples
    --------
    >>> rounded_up(15.9067), rounded_up(15.9), rounded_up(18838.2)
    (16.0, 15.9, 18900.0)
    """
    if value <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
    # An amount that is a round number but for a solver's dust stays that number.
    return round(math.ceil(value / step - 1e-3) * step, 12)
