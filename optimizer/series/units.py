"""The units that input files may use, and their conversion, done once on entry.

Inside the package there is one unit for each kind of quantity: MW, currency/MWh, tCO2e/MWh, 1, degC and h.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.specification.base import nearest

Values = NDArray[np.float64]

OWN_CURRENCY = "currency"
"""Stands for the scenario's currency where a unit does not name one."""


ROUNDING = 1e-9
"""What is nearer to 0, or to the end of a range, than this counts as equal to it."""


@dataclass(frozen=True)
class Kind:
    """A kind of quantity: the unit it has inside the package, and the range its values must lie in."""

    unit: str
    low: float = -np.inf
    high: float = np.inf

    def outside(self, values: Values) -> NDArray[np.bool_]:
        """Tell which values (n,), in the canonical unit, such a quantity cannot have; rounding errors are let pass."""
        return (values < self.low - ROUNDING) | (values > self.high + ROUNDING)


@dataclass(frozen=True)
class Unit:
    """A unit that a file may use.

    Attributes
    ----------
    kind : Kind
        What it measures.
    factor, offset : float
        A value in the canonical unit is ``factor * value + offset``.
    per_interval : bool
        The value is an energy over the file's interval, so that dividing it by the interval's hours gives power.
    currency : str
        Three letters, ``"currency"`` for the scenario's own, or empty for what is not a price.
    """

    kind: Kind
    factor: float = 1.0
    offset: float = 0.0
    per_interval: bool = False
    currency: str = ""

    def canonical(self, values: Values, hours: Values | float) -> Values:
        """Convert values to the canonical unit, prices in their own currency.

        Parameters
        ----------
        values : (n,) array
            Values in this unit.
        hours : (n,) array or float
            Lengths of the file's intervals [h].

        Returns
        -------
        (n,) array
            Values in ``kind.unit``.
        """
        return values * self.factor / (hours if self.per_interval else 1.0) + self.offset


POWER = Kind("MW", low=0.0)
PRICE = Kind("currency/MWh")
CARBON = Kind("tCO2e/MWh", low=0.0, high=5.0)  # no plant emits more than about 3; above 5 the unit must be wrong
FRACTION = Kind("1", low=0.0, high=1.0)
RATIO = Kind("1", low=0.0)
TEMPERATURE = Kind("degC", low=-90.0, high=60.0)  # beyond what has been measured on Earth, and below K
TIME = Kind("h", low=0.0)

_UNITS: dict[str, Unit] = {
    "W": Unit(POWER, 1e-6),
    "kW": Unit(POWER, 1e-3),
    "MW": Unit(POWER),
    "GW": Unit(POWER, 1e3),
    "kWh/h": Unit(POWER, 1e-3),
    "MWh/h": Unit(POWER),
    "Wh": Unit(POWER, 1e-6, per_interval=True),
    "kWh": Unit(POWER, 1e-3, per_interval=True),
    "MWh": Unit(POWER, per_interval=True),
    "GWh": Unit(POWER, 1e3, per_interval=True),
    "1": Unit(FRACTION),
    "%": Unit(FRACTION, 1e-2),
    "kW/kW": Unit(FRACTION),
    "MW/MW": Unit(FRACTION),
    "ratio": Unit(RATIO),
    "degC": Unit(TEMPERATURE),
    "°C": Unit(TEMPERATURE),
    "ºC": Unit(TEMPERATURE),
    "K": Unit(TEMPERATURE, offset=-273.15),
    "h": Unit(TIME),
    "min": Unit(TIME, 1 / 60),
}

_PRICE = re.compile(r"(?:(c|ct)?([A-Z]{3}|currency)|(c|ct))/([kMG]Wh)")
_CARBON = re.compile(r"(g|kg|t)CO2-?(?:e|eq)?/([kM]Wh)")
_CARBON_FACTOR = {"g": 1e-6, "kg": 1e-3, "t": 1.0}
_ENERGY_FACTOR = {"kWh": 1e3, "MWh": 1.0, "GWh": 1e-3}  # of a value per that energy
_CARBON_EXAMPLES = ("gCO2e/kWh", "kgCO2e/MWh", "tCO2e/MWh")
_SPELLINGS = str.maketrans({" ": "", "₂": "2", "€": "EUR", "£": "GBP", "−": "-"})


def find_unit(text: str) -> Unit | None:
    """Look a unit up by the text that a file or a scenario gives for it.

    Parameters
    ----------
    text : str
        Such as ``"kW"``, ``"MWh"`` (over each interval), ``"EUR/MWh"``, ``"c/kWh"``, ``"gCO2eq/kWh"``, ``"%"``.

    Returns
    -------
    Unit or None
        None if the text is no accepted unit; `unit_hint` then says what may have been meant.

    Examples
    --------
    >>> find_unit("gCO₂eq/kWh").factor, find_unit("c MAD/kWh").currency, find_unit("mw")
    (0.001, 'MAD', None)
    """
    text = text.translate(_SPELLINGS)
    return _UNITS.get(text) or _price_unit(text) or _carbon_unit(text)


def unit_hint(text: str, currency: str) -> str:
    """Say which unit was most likely meant, or list those that are accepted.

    Examples
    --------
    >>> unit_hint("mwh", "USD")
    "did you mean 'MWh'?"
    """
    known = [*_UNITS, f"{currency}/kWh", f"{currency}/MWh", "c/kWh", *_CARBON_EXAMPLES]
    near = nearest(text.translate(_SPELLINGS), known)
    return f"did you mean '{near}'?" if near else f"accepted: {', '.join(known)}"


def find_quantity(text: str) -> tuple[float, Unit] | None:
    """Read a number with its unit; None if it is not one.

    Examples
    --------
    >>> find_quantity("33.3 MW")[0], find_quantity("33.3")
    (33.3, None)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*(\D.*?)\s*", text)
    unit = find_unit(match[2]) if match else None
    return (float(match[1]), unit) if match and unit else None


def as_ratio(unit: Unit) -> Unit:
    """Lift the upper bound of a share, for what is dimensionless but may exceed 1, such as PUE."""
    return replace(unit, kind=RATIO) if unit.kind is FRACTION else unit


def _price_unit(text: str) -> Unit | None:
    match = _PRICE.fullmatch(text)
    if match is None:
        return None
    cents = 0.01 if match[1] or match[3] else 1.0
    return Unit(PRICE, cents * _ENERGY_FACTOR[match[4]], currency=match[2] or OWN_CURRENCY)


def _carbon_unit(text: str) -> Unit | None:
    match = _CARBON.fullmatch(text)
    return Unit(CARBON, _CARBON_FACTOR[match[1]] * _ENERGY_FACTOR[match[2]]) if match else None
