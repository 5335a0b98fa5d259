"""What targets, caps on a year's totals and the rule on surplus claim, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Reading
from optimizer.lp.affine import IntArray
from optimizer.lp.diagnosis import Part

Told = Callable[[Part, IntArray, Reading], str]


def _share(name: str, text: str) -> Told:
    return lambda part, _at, site: text.format(percent(float(site[name])), when=" ".join(part.labels))


def _total(name: str, text: str) -> Told:
    return lambda _part, _at, site: text.format(amount(float(site[name])))


def _rolling(part: Part, _at: IntArray, site: Reading) -> str:
    days, share = site.data.sizes["window_place"], percent(float(site["cfe_rolling_target"]))
    return f"carbon-free energy covers {share} of the load of the {days} days from {part.labels[0]}"


ROWS: Mapping[str, Told] = {
    "hourly_matching": _share("cfe_target", "carbon-free energy covers {} of the load, hour by hour"),
    "monthly_matching": _share(
        "cfe_monthly_target", "carbon-free energy covers {} of the load of {when}, hour by hour"
    ),
    "daily_matching": lambda _part, _at, _site: "what is not carbon-free counts for its day",
    "rolling_matching": _rolling,
    "annual_matching": _share("cfe_annual_target", "carbon-free energy taken in a year is {} of the load"),
    "emissions_cap": _total("emissions_max", "at most {} tCO2e a year are emitted"),
    "emission_intensity_cap": _total("emission_intensity_max", "at most {} tCO2e are emitted for each MWh of load"),
    "grid_energy_cap": _total("grid_energy_max", "at most {} MWh a year come from the grid"),
    "grid_share_cap": _share("grid_share_max", "at most {} of the load's energy comes from the grid"),
    "curtailment_cap": _share("curtailment_share_max", "at most {} of what supplies could deliver is curtailed"),
    "surplus_rule": _share("export_share", "at most {} of what supplies deliver in a year is sold"),
}
"""Rows by family."""


def _both(text: str) -> tuple[str, str]:
    return text, text


GIVES_WAY: Mapping[str, tuple[str, str]] = {
    "monthly_matching": _both("carbon-free energy of {name} is {much} MWh a year short of its monthly target"),
    "rolling_matching": _both("carbon-free energy from {name} on is {much} MWh a year short of its rolling target"),
    "annual_matching": _both("carbon-free energy taken is {much} MWh a year short of its annual target"),
    "emissions_cap": _both("{much} tCO2e a year more would be emitted than the cap allows"),
    "emission_intensity_cap": _both("{much} tCO2e a year more would be emitted than the cap on intensity allows"),
    "grid_energy_cap": _both("{much} MWh a year more would come from the grid than the cap allows"),
    "grid_share_cap": _both("{much} MWh a year more would come from the grid than its share of the load"),
    "curtailment_cap": _both("{much} MWh a year more would be curtailed than the cap allows"),
    "surplus_rule": _both("{much} MWh a year more would be sold than the share of what supplies deliver"),
}
"""What gives way, by family: where a row falls short, and where it goes beyond."""

CONDITIONS = ("hourly_matching", *GIVES_WAY)
"""Families that somebody asked for."""
