"""What there could be more of: capacities, targets and caps, by the names under which rules know them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.nomenclature import term

if TYPE_CHECKING:
    from optimizer.lp.affine import FloatArray
    from optimizer.lp.program import Program

_ONE_PER_CENT = 0.01


@dataclass(frozen=True)
class _Kind:
    """One name of the data or the variables, and how its members are told.

    Attributes
    ----------
    name : str
        As rules know it.
    words : str
        With ``{}`` for the owner.
    capacity : bool
        Whether it is a capacity, which can be bought, rather than a condition, which can be agreed.
    limit : float
        The size from which there is no limit any more.
    """

    name: str
    words: str
    capacity: bool = False
    limit: float = math.inf


_KINDS = (
    _Kind("supply_capacity", "Capacity of {}", capacity=True),
    _Kind("power_capacity", "Power of {}", capacity=True),
    _Kind("energy_capacity", "Energy of {}", capacity=True),
    _Kind("generator_capacity", "Capacity of {}", capacity=True),
    _Kind("connection_capacity", "Grid connection", capacity=True),
    _Kind("subscribed_power", "Subscribed power", capacity=True),
    _Kind("export_capacity", "Export limit"),
    _Kind("cfe_target", "CFE target, hourly"),
    _Kind("cfe_monthly_target", "CFE target, hourly, each month"),
    _Kind("cfe_rolling_target", "CFE target, hourly, every window of days"),
    _Kind("cfe_annual_target", "CFE target, annual"),
    _Kind("emissions_max", "Emissions cap"),
    _Kind("emission_intensity_max", "Emissions cap for each MWh of load"),
    _Kind("grid_energy_max", "Cap on grid energy"),
    _Kind("grid_share_max", "Cap on the grid's share"),
    _Kind("curtailment_share_max", "Cap on the curtailed share"),
    _Kind("export_share", "Share of production that may be sold"),
    _Kind("curtailment_limit", "Share of {} that may be curtailed in an interval", limit=1.0),
    _Kind("cycles_max", "Warranted cycles of {}"),
    _Kind("generator_hours_max", "Full-load hours of {}"),
    _Kind("generator_energy_max", "Energy cap of {}"),
)
_OF_THE_GRID = ("connection_capacity", "subscribed_power", "export_capacity")


@dataclass(frozen=True)
class Knob:
    """One number that could be greater.

    Attributes
    ----------
    name : str
        Name of the data or variable.
    at : int
        Position among its members.
    words : str
        What it is.
    owner : str
        Supply, battery or generator; empty where there is none.
    unit : str
        Unit in which it is told: shares in %.
    one : float
        One such unit, as rules have it.
    size : float
        What it is now, in that unit.
    capacity : bool
        Whether it can be bought.
    """

    name: str
    at: int
    words: str
    owner: str
    unit: str
    one: float
    size: float
    capacity: bool

    @property
    def step(self) -> float:
        """A step that is worth talking about: a MW, a MWh, a percentage point, a cycle; of other caps a hundredth."""
        return 1.0 if self.unit in ("MW", "MWh", "%", "1/a", "h/a") else _ONE_PER_CENT * self.size


def knobs(program: Program, x: FloatArray, *, grid: bool) -> Iterator[Knob]:
    """List everything that there could be more of.

    Parameters
    ----------
    program : Program
        What was solved.
    x : (column,)
        Its optimal point, for the sizes that were chosen.
    grid : bool
        Whether there is a grid; where there is none, rules know a connection of 0 MW.
    """
    for kind in _KINDS:
        if not grid and kind.name in _OF_THE_GRID:
            continue
        if kind.name in program.columns:
            columns = program.columns[kind.name]
            dims, sizes = columns.dims, x[columns.slice]
        elif kind.name in program.data:
            found = program.data[kind.name]
            dims, sizes = found.dims, np.ravel(found.values)
        else:
            continue
        owners = program.sets[dims[0]].texts() if dims else [""]
        unit, one = _told(term(kind.name).unit)
        for at, (owner, size) in enumerate(zip(owners, sizes.tolist(), strict=True)):
            if size < kind.limit:
                words = kind.words.format(owner)
                yield Knob(kind.name, at, words, owner, unit, one, size / one, kind.capacity)


def _told(unit: str) -> tuple[str, float]:
    """Tell shares in per cent."""
    return ("%", _ONE_PER_CENT) if unit == "1" else (unit, 1.0)
