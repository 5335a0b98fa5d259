"""What a person could change about a site, each as a direction in the data and as keys of the scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optimizer.diagnosis.amounts import rounded_up
from optimizer.diagnosis.reading import Array, Reading
from optimizer.errors import InputError

if TYPE_CHECKING:
    from optimizer.assets import Capacity, Supply
    from optimizer.scenario import Scenario

# Targets and caps by the names of their data: key, words, unit, and the direction in which they ask for less. The share
# of surplus is not among them: it is a coefficient, and no least change of these is found.
_TARGETS: dict[str, tuple[str, str, str, int]] = {
    "cfe_target": ("cfe", "a CFE target of {to} in place of {start}", "1", -1),
    "cfe_monthly_target": ("cfe_monthly", "a monthly CFE target of {to} in place of {start}", "1", -1),
    "cfe_rolling_target": ("cfe_rolling.share", "a rolling CFE target of {to} in place of {start}", "1", -1),
    "cfe_annual_target": ("cfe_annual", "an annual CFE target of {to} in place of {start}", "1", -1),
    "emissions_max": ("emissions_max", "{by} tCO2e a year more emissions ({to} tCO2e)", "tCO2e/a", 1),
    "emission_intensity_max": (
        "emission_intensity_max", "an emission intensity of {to} tCO2e/MWh in place of {start}", "tCO2e/MWh", 1,
    ),
    "grid_energy_max": ("grid_energy_max", "{by} MWh a year more from the grid ({to} MWh)", "MWh/a", 1),
    "grid_share_max": ("grid_share_max", "{to} of the load's energy from the grid in place of {start}", "1", 1),
    "curtailment_share_max": (
        "curtailment_share_max", "{to} of what supplies could deliver curtailed in place of {start}", "1", 1,
    ),
}  # fmt: skip
_DUST = 1e-6
_SHARE = 100.0  # a share weighs as much as that many MW where several things are changed at once


class Move(NamedTuple):
    """Bound data that change with a number.

    Attributes
    ----------
    name : str
        Their name.
    at : index
        Their position; ``...`` where all of them change.
    per_unit : float or array
        By how much they change for one unit of the number.
    """

    name: str
    at: Any = ...
    per_unit: Any = 1.0


@dataclass(frozen=True)
class Knob:
    """One number that may be changed in one direction.

    Attributes
    ----------
    moves : tuple of Move
        The bound data that change with it.
    sign : {1, -1}
        Whether the number rises or falls.
    key : str
        Where the scenario holds it.
    words : str
        The change in words, with ``{by}``, ``{to}`` and ``{start}`` for the amounts.
    unit : str
        Its unit; shares have 1.
    start : float
        What it is now.
    most : float
        How far it may go.
    price : float
        What a unit counts where several are changed at once: a MW or MWh counts 1.
    whole : bool
        Whether it is a whole number.
    """

    moves: tuple[Move, ...] = field(compare=False)
    sign: int
    key: str
    words: str
    unit: str
    start: float
    most: float = math.inf
    price: float = 1.0
    whole: bool = False

    @property
    def name(self) -> str:
        """What is changed."""
        return self.key.removesuffix(".min").removesuffix(".max").rpartition(".")[2]

    def to(self, by: float) -> float:
        """Give the new number, without the dust of arithmetic."""
        return round(self.start + self.sign * by, 9)

    def told(self, by: float) -> str:
        """Write the change in words."""
        to, start = self.to(by), self.start
        told = self.words
        for place, value in (("{by}", by), ("{to}", to), ("{start}", start)):
            told = told.replace(place, f"{100 * value:.6g} %" if self.unit == "1" else f"{value:,.10g}")
        return told.replace("1 more racks", "1 more rack") if by == 1 else told

    def rounded(self, by: float) -> float:
        """Round a change up, so that what is enough stays enough, and no further than it may go."""
        return min(float(math.ceil(by - _DUST)) if self.whole else rounded_up(by), self.most)


Choice = tuple[Knob, float]
"""A knob, and how far it is turned."""


def turned(site: Reading, choices: Sequence[Choice]) -> dict[str, Array]:
    """Give the data with some knobs turned: what changes, by name."""
    changed: dict[str, Array] = {}
    for knob, by in choices:
        for name, at, per_unit in knob.moves:
            values = changed.get(name, site[name].copy())
            values[at] += knob.sign * by * per_unit
            changed[name] = values
    return changed


def in_scenario(scenario: Scenario, choices: Sequence[Choice]) -> dict[str, float] | None:
    """Give the same as changes of the scenario; None where it refuses them."""
    changes = {knob.key: knob.to(by) for knob, by in choices}
    try:
        scenario.change(changes)
    except InputError:
        return None
    return changes


def knobs(scenario: Scenario, site: Reading) -> tuple[list[list[Knob]], list[list[Knob]]]:
    """List what can be changed about conditions and the grid connection, and about other capacities.

    Parameters
    ----------
    scenario : Scenario
        For the keys, and for what is set at all.
    site : Reading
        The data as they are now.

    Returns
    -------
    two lists of list of Knob
        What stands in one inner list is about one thing (a battery's energy and power): each is tried alone, then all
        together.
    """
    made = _Maker(scenario, site)
    conditions = [*made.targets(), *made.contracts(), *made.ends(), *made.connection()]
    others = [*made.generators(), *made.supplies(), *made.charge_limits()]
    return [[knob] for knob in conditions], made.batteries() + [[knob] for knob in others]


class _Maker:
    """Makes the knobs of a site."""

    def __init__(self, scenario: Scenario, site: Reading) -> None:
        self._site, self._data, self._scenario = scenario.site, site, scenario

    def targets(self) -> Iterator[Knob]:
        """Turn targets and caps."""
        for name, (of_targets, words, unit, sign) in _TARGETS.items():
            if name in self._data.data:
                start = float(self._data[name])
                most, price = (start if sign < 0 else 1 - start, _SHARE) if unit == "1" else (math.inf, 1.0)
                yield Knob((Move(name),), sign, f"targets.{of_targets}", words, unit, start, most, price)

    def contracts(self) -> Iterator[Knob]:
        """Turn limits to curtailment, supplies that have to be taken, and export."""
        for at, supply in enumerate(self._site.supplies):
            if supply.curtailment_limit < 1:
                words = f"a curtailment limit of {{to}} in place of {{start}} for {supply.name}"
                yield self._share("curtailment_limit", supply.name, key_of("supplies", supply.name, at), words, 1)
                yield self._supply(supply, at, f"{{by}} MW less of {supply.name} ({{to}} MW)", -1)
        if self._site.grid is not None:
            start, words = float(self._data["export_capacity"]), "{by} MW more export ({to} MW)"
            yield Knob((Move("export_capacity"),), 1, "site.grid.export_capacity", words, "MW", start)

    def ends(self) -> Iterator[Knob]:
        """Turn the ends of batteries, and their warranted cycles."""
        for at, battery in enumerate(self._site.batteries):
            key, low, high = key_of("batteries", battery.name, at), *self._charge_range(at)
            if battery.cycles_max is not None:
                start, place = (look("cycles_max", battery.name) for look in (self._data.value, self._data.place))
                words = f"{{by}} more full cycles a year of {battery.name} ({{to}})"
                yield Knob((Move("cycles_max", int(place)),), 1, f"{key}.cycles_max", words, "1/a", start)
            if battery.final_soc_min is not None:
                words = f"a least final charge of {{to}} in place of {{start}} for {battery.name}"
                yield self._share("final_soc_min", battery.name, key, words, -1, low)
            if battery.final_soc_max is not None:
                words = f"a greatest final charge of {{to}} in place of {{start}} for {battery.name}"
                yield self._share("final_soc_max", battery.name, key, words, 1, high)

    def connection(self) -> Iterator[Knob]:
        if self._site.grid is not None:
            words, key = "{by} MW more grid connection ({to} MW)", "site.grid.connection_capacity"
            yield self._capacity("connection_capacity", None, self._site.grid.connection_capacity, key, words)

    def batteries(self) -> list[list[Knob]]:
        return [
            [
                self._capacity(
                    name,
                    at,
                    specified,
                    f"{key_of('batteries', battery.name, at)}.{name}",
                    words.replace("$", battery.name),
                )
                for name, specified, words in (
                    ("energy_capacity", battery.energy_capacity, "{by} MWh more energy capacity of $ ({to} MWh)"),
                    ("power_capacity", battery.power_capacity, "{by} MW more power of $ ({to} MW)"),
                )
            ]
            for at, battery in enumerate(self._site.batteries)
        ]

    def supplies(self) -> Iterator[Knob]:
        for at, supply in enumerate(self._site.supplies):
            yield self._supply(supply, at, f"{{by}} MW more of {supply.name} ({{to}} MW)", 1)

    def generators(self) -> Iterator[Knob]:
        for at, generator in enumerate(self._site.generators):
            key, words = key_of("generators", generator.name, at), f"{{by}} MW more of {generator.name} ({{to}} MW)"
            yield self._capacity("generator_capacity", at, generator.capacity, f"{key}.capacity", words)

    def charge_limits(self) -> Iterator[Knob]:
        for at, battery in enumerate(self._site.batteries):
            key = key_of("batteries", battery.name, at)
            words = f"a least state of charge of {{to}} in place of {{start}} for {battery.name}"
            yield self._share("soc_min", battery.name, key, words, -1)
            words = f"a greatest state of charge of {{to}} in place of {{start}} for {battery.name}"
            yield self._share("soc_max", battery.name, key, words, 1)

    def _supply(self, supply: Supply, at: int, words: str, sign: int) -> Knob:
        key = f"{key_of('supplies', supply.name, at)}.capacity"
        return self._capacity("supply_capacity", at, supply.capacity, key, words, sign)

    def _capacity(self, name: str, at: int | None, specified: Capacity, key: str, words: str, sign: int = 1) -> Knob:  # noqa: PLR0917
        """Turn a capacity: its size where it is fixed, its greatest (or least) size where it is free."""
        data: tuple[str, ...] = (f"{name}_min", f"{name}_max")
        if name in self._data.data:
            data = (name,)
        elif specified.free:
            end = "max" if sign > 0 else "min"
            data, key = (f"{name}_{end}",), f"{key}.{end}"
        start = float(np.atleast_1d(self._data[data[0]])[at or 0])
        unit = "MWh" if name == "energy_capacity" else "MW"
        moves = tuple(Move(name, ... if at is None else at) for name in data)
        return Knob(moves, sign, key, words, unit, start, math.inf if sign > 0 else start)

    def _share(self, name: str, owner: str, key: str, words: str, sign: int, end: float | None = None) -> Knob:  # noqa: PLR0917
        """Turn a share between 0 and 1, no further than `end`."""
        start = self._data.value(name, owner)
        most = abs((float(sign > 0) if end is None else end) - start)
        return Knob(
            (Move(name, self._data.place(name, owner)),), sign, f"{key}.{name}", words, "1", start, most, _SHARE
        )

    def _charge_range(self, at: int) -> tuple[float, float]:
        return float(self._data["soc_min"][at]), float(self._data["soc_max"][at])


def key_of(group: str, name: str, at: int) -> str:
    """Give the path of a supply or battery, by its name or, where that would not be read as one, by its place."""
    plain = not set(name) & set(".[]") and not name.isdigit()
    return f"site.{group}.{name if plain else at}"
