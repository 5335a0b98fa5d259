"""The problem on paper: plain arrays and numbers that every tool states in its own words.

Minimise, over the hours t with lengths dt and weights w,

    sum w dt (marginal_cost delivered + grid_price import - export_price export + voll unserved + wear discharge)
    + capacity costs

with   sum delivered + discharge - charge + import - export + unserved = load
       delivered <= availability * capacity
       stored after = stored before + dt (charge_efficiency charge - discharge / discharge_efficiency)
       soc_min * energy <= stored <= soc_max * energy
       charge + discharge <= power
       0 <= import <= connection, 0 <= export <= export_capacity, 0 <= unserved <= load

and, where they are given, that load not covered by carbon-free energy stays below a share of the load, and that export
stays below a share of the year's production.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Windows:
    """Horizons solved one after the other, each from the energy that the one before left.

    Attributes
    ----------
    count, length, step : int
        How many, how many hours each, and by how many hours each starts after the one before.
    """

    count: int
    length: int
    step: int

    @property
    def hours(self) -> int:
        """Hours that all of them together cover."""
        return self.length + (self.count - 1) * self.step


@dataclass(frozen=True)
class Problem:
    """One site.

    Attributes
    ----------
    dt, weight : (hour,)
        Length of each interval [h], and how many real ones a year it stands for.
    load, grid_price, export_price, grid_cfe : (hour,)
        MW; currency/MWh, carbon included; 0 to 1.
    supplies : (supply,)
        Names.
    supply_min, supply_max, capacity_cost : (supply,)
        Capacity [MW], and its cost [currency/MW/a].
    availability, contract_price, marginal_cost : (supply, hour)
        0 to 1; currency for each MWh available, taken or not; currency for each MWh taken, beyond that.
    power_min, power_max, power_cost, energy_min, energy_max, energy_cost : float
        Of the battery [MW, MWh, currency a year for each].
    charge_efficiency, discharge_efficiency, soc_min, soc_max, wear : float
        Of the battery; wear in currency/MWh discharged.
    connection, connection_cost, export_capacity, voll : float
        MW, currency/MW/a, MW, currency/MWh.
    cfe_target, surplus_share : float or None
        Least share of load that is carbon-free hour by hour; greatest share of production that is exported.
    stored : float or None
        Energy at the beginning [MWh]; None: the battery ends as it began.
    windows : Windows or None
        Where the problem is a sequence of horizons.
    """

    dt: Array
    weight: Array
    load: Array
    grid_price: Array
    export_price: Array
    grid_cfe: Array
    supplies: Array
    supply_min: Array
    supply_max: Array
    capacity_cost: Array
    availability: Array
    contract_price: Array
    marginal_cost: Array
    power_min: float
    power_max: float
    power_cost: float
    energy_min: float
    energy_max: float
    energy_cost: float
    charge_efficiency: float
    discharge_efficiency: float
    soc_min: float
    soc_max: float
    wear: float
    connection: float
    connection_cost: float
    export_capacity: float
    voll: float
    cfe_target: float | None = None
    surplus_share: float | None = None
    stored: float | None = None
    windows: Windows | None = None

    @property
    def hours(self) -> int:
        """Number of intervals."""
        return len(self.dt)

    @property
    def sizing(self) -> bool:
        """Whether the capacities of supplies and battery are to be chosen."""
        return bool(self.power_min < self.power_max)

    @property
    def supply_cost(self) -> Array:
        """What a MW of each supply costs, whatever is taken of it [currency/MW/a], (supply,)."""
        return self.capacity_cost + (self.contract_price * self.availability) @ (self.weight * self.dt)

    @property
    def constant(self) -> float:
        """Cost of what is not chosen [currency/a]; tools leave it out of their objectives."""
        cost = self.connection * self.connection_cost
        if not self.sizing:
            cost += float(self.supply_max @ self.supply_cost)
            cost += self.power_max * self.power_cost + self.energy_max * self.energy_cost
        return cost

    def window(self, number: int, stored: float) -> Problem:
        """Cut one of the windows out, beginning with some stored energy."""
        assert self.windows is not None
        first = number * self.windows.step
        at = slice(first, first + self.windows.length)
        hourly = (
            "dt", "weight", "load", "grid_price", "export_price", "grid_cfe", "availability", "contract_price",
            "marginal_cost",
        )  # fmt: skip
        return replace(self, **{name: getattr(self, name)[..., at] for name in hourly}, stored=stored, windows=None)

    def save(self, path: Path) -> None:
        """Write one file that needs nothing but numpy."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.windows is not None:
            values["windows"] = np.array([self.windows.count, self.windows.length, self.windows.step])
        np.savez(path, **{name: value for name, value in values.items() if value is not None})

    @classmethod
    def load_from(cls, path: Path) -> Problem:
        """Read it back."""
        with np.load(path) as file:
            values: dict[str, Any] = {name: file[name] if file[name].ndim else file[name].item() for name in file}
        if "windows" in values:
            values["windows"] = Windows(*values["windows"].tolist())
        return cls(**values)


@dataclass(frozen=True)
class Solution:
    """What a tool found.

    Attributes
    ----------
    status : str
        ``optimal``, ``limit``, or the tool's own word.
    objective : float or None
        Yearly cost, constant included.
    seconds : float
        In the solver itself.
    stored : (hour,) or None
        Energy after each interval [MWh].
    engine : str
        Which solver it was, where the tool chose.
    """

    status: str
    objective: float | None
    seconds: float
    stored: Array | None
    engine: str = ""


@dataclass
class Rolled:
    """What solving all windows took and found.

    Attributes
    ----------
    state, solve : float
        Seconds of stating the windows, and of solving them with all that is around the solver.
    solutions : list of Solution
        One for each window; fewer where one of them failed.
    """

    state: float = 0.0
    solve: float = 0.0
    solutions: list[Solution] = field(default_factory=list)

    def left(self, problem: Problem) -> float:
        """Give the energy from which the next window begins."""
        if not self.solutions:
            assert problem.stored is not None
            return problem.stored
        assert problem.windows is not None
        stored = self.solutions[-1].stored
        assert stored is not None
        return float(stored[problem.windows.step - 1])
