"""The scenario as a table that can be read without knowing YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.nomenclature import TERMS
from optimizer.plots.style import label

from .words import plain

_TOP, _WORK = "Scenario", "Load › Workloads ›"
# Names of a scenario that the table of names does not hold.
_UNITS = {
    "capacity": "MW", "years": "a", "latitude": "°", "longitude": "°", "time_limit": "s",
    "rack_power": "MW", "dry_bulb": "°C", "wet_bulb": "°C", "supply_temperature": "°C", "temperature_rise": "K",
    "approach": "K", "chiller_approach": "K", "power": "MW", "duration": "h", "least_commitment": "MW",
    "baseline": "MW",
}  # fmt: skip
# The same, of workloads and their curves.
_UNITS_OF_WORK = {
    "arrivals": "MW", "power_max": "MW", "power_min": "MW", "energy": "MWh", "hours": "h", "value": "currency/MWh",
    "value_per_gpu_hour": "currency/GPU-h",
}  # fmt: skip
# Names that the table has with their owner's before them.
_AS = {
    "variable_om": "supply_variable_om",
    "hours_max": "generator_hours_max",
    "energy_max": "generator_energy_max",
}


@dataclass(frozen=True)
class Setting:
    """One line: a name, its value and its unit."""

    name: str
    value: str
    unit: str = ""


@dataclass
class Group:
    """The settings of one part of the scenario, such as one battery."""

    title: str
    settings: list[Setting] = field(default_factory=list)


def groups(scenario: Mapping[str, Any], currency: str) -> list[Group]:
    """Lay a scenario out as groups of settings.

    Parameters
    ----------
    scenario : mapping
        The resolved scenario, as read from its YAML.
    currency : str
        The scenario's currency.

    Returns
    -------
    list of Group
        One for each part that has settings of its own, in the order of the scenario. What is not set is left out, and
        so are the scenario's notes, which stand at the top of the page.
    """
    found: list[Group] = []
    _collect({key: value for key, value in scenario.items() if key != "notes"}, _TOP, currency, found)
    return [group for group in found if group.settings]


def _collect(part: Mapping[str, Any], title: str, currency: str, found: list[Group]) -> None:
    group = Group(title)
    found.append(group)
    for name, value in part.items():
        below = label(name) if title == _TOP else f"{title} › {label(name)}"
        if _is_line(value):
            group.settings += _line(name, value, currency)
        elif isinstance(value, Mapping):
            _collect(value, below, currency, found)
        elif _is_parts(value):
            for place, item in enumerate(value, start=1):
                shown = item.get("name") or item.get("path") or place
                rest = {key: given for key, given in item.items() if given != shown}
                _collect(rest, f"{below} › {shown}", currency, found)
        elif value not in (None, "", [], {}):
            of_work = _UNITS_OF_WORK if _WORK in title else {}
            unit = "" if isinstance(value, str) else of_work.get(name, _unit(name, currency))
            unit = unit.replace("currency", currency)
            group.settings.append(Setting(label(name), _value(value), unit))


def _is_line(value: Any) -> bool:
    """Say whether a mapping is a capacity's bounds, short enough for a line."""
    return isinstance(value, Mapping) and "annual_cost" in value and ("size" in value or "max" in value)


def _is_parts(value: Any) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(item, Mapping) for item in value)
    )


def _line(name: str, capacity: Mapping[str, Any], currency: str) -> list[Setting]:
    """Write a capacity: its size or its bounds, and what it costs."""
    low, high = (capacity.get(end, capacity.get("size", 0)) for end in ("min", "max"))
    size = _value(low) if low == high else f"free, {_value(low)} to {_value(high)}"
    unit = _unit(name, currency)
    lines = [Setting(label(name), size, unit)]
    further = {
        "annual_cost": ("yearly cost", f"{currency}/{unit}/a"),
        "capital_cost": ("investment", f"{currency}/{unit}"),
        "life": ("life", "a"),
        "discount_rate": ("discount rate", "1/a"),
        "fixed_om": ("fixed O&M", f"{currency}/{unit}/a"),
        "fixed_om_share": ("fixed O&M, share of the investment", "1/a"),
        "existing": ("there already", unit),
    }
    return lines + [
        Setting(f"{label(name)}: {words}", _value(capacity[key]), unit_of_it)
        for key, (words, unit_of_it) in further.items()
        if key in capacity and (capacity[key] or key != "annual_cost")
    ]


def _unit(name: str, currency: str) -> str:
    term = TERMS.get(_AS.get(name, name))
    unit = _UNITS.get(name, "") if term is None else term.unit_in(currency)
    return "" if unit == "1" else unit


def _value(value: Any) -> str:
    # Numbers without rounding, since a reader may want to set the same.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.12g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(f"({_pair(item)})" if isinstance(item, list) else _value(item) for item in value)
    return plain(value)


def _pair(point: Sequence[Any]) -> str:
    return ", ".join(_value(part) for part in point)
