"""What contracts, warranties and targets ask for against what is possible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Array, Reading, beyond
from optimizer.diagnosis.record import Finding


def cycles(site: Reading) -> Iterator[Finding]:
    """Compare the energy that only batteries can give with the cycles that they may make."""
    warranted = site.among("warranted_battery")
    if not warranted.any() or not warranted.all():
        return
    needed = float((np.maximum(site.must_serve - site.inflow, 0.0) * site.dt * site["weight"]).sum())
    allowed = float((site.of_some("cycles_max", 0.0) * site["state_of_health"] * site.most("energy_capacity")).sum())
    if beyond(needed - allowed, needed):
        text = (
            f"batteries would have to discharge {amount(needed)} MWh a year, and their warranted cycles allow "
            f"{amount(allowed)} MWh: {amount(needed - allowed)} MWh a year are missing"
        )
        yield Finding("cycles", text, needed - allowed, "MWh/a")


def must_take(site: Reading) -> Iterator[Finding]:
    """Compare the power that may not be curtailed with everything that can take it."""
    if "curtailment_limit" not in site.data:
        return
    taken = (1 - site["curtailment_limit"])[:, None] * site["availability"] * site.least("supply_capacity")[:, None]
    use = site.greatest_load + _charge(site).sum(axis=0) + site["export_capacity"] * site["grid_available"]
    surplus = taken.sum(axis=0) - use
    at = np.flatnonzero(beyond(surplus, taken.sum(axis=0)))
    if not len(at):
        return
    worst = int(at[np.argmax(surplus[at])])
    first, most = site.calendar.start(int(at[0])), site.calendar.start(worst)
    who = [name for name, power in zip(site.names("supply"), taken[:, worst], strict=True) if power > 0]
    when = f"in {site.calendar.duration(at)}, first {first}; at worst, {most}," if len(at) > 1 else f"at {first}:"
    text = (
        f"more power of {' and '.join(who)} has to be taken than there is use for {when} "
        f"{amount(taken[:, worst].sum())} MW may not be curtailed, and load, charging and export take "
        f"{amount(use[worst])} MW at most: {amount(surplus[worst])} MW are too much"
    )
    yield Finding("must_take", text, float(surplus[worst]), "MW", first, most)


def _charge(site: Reading) -> Array:
    """Give the most power that each battery can take in an interval [MW], (B, N).

    It is limited by the power, and by the room between the floor and the ceiling; what self-discharge loses makes
    room, and so does charging and discharging at once.
    """
    power, full = site.most("power_capacity"), site["state_of_health"] * site.most("energy_capacity")
    room = np.maximum(site["soc_max"] - site["soc_min"], 0.0) * full
    lost = site["self_discharge"] * site["soc_max"] * full
    wasted = power * (1 - site["charge_efficiency"] * site["discharge_efficiency"])
    into = site["charge_efficiency"][:, None]
    return np.minimum(power[:, None], room[:, None] / into / site.dt + lost[:, None] / into + wasted[:, None])


def cfe_target(site: Reading) -> Iterator[Finding]:
    """Compare the target with the carbon-free share possible at greatest capacities, storage better than it is."""
    if "cfe_target" not in site.data or not site.load_is_given:
        return
    hours, target = site["weight"] * site.dt, float(site["cfe_target"])
    load = float((hours * site.least_load).sum())
    share = 1 - max(_dirt_if_shifted(site, hours, load), _dirt_at_once(site, hours)) / load if load > 0 else 1.0
    if beyond((target - share) * load, load):
        text = (
            f"carbon-free energy can cover at most {percent(share)} of the load at the greatest capacities, with "
            f"storage taken as perfect; the target is {percent(target)}"
        )
        yield Finding("cfe_target", text, target - share, "1")


def _sources(site: Reading, hours: Array) -> tuple[Array, Array]:
    """Give what each source can deliver in each interval, and how much of it is not carbon-free, (S + G + 1, N)."""
    energy = np.vstack([site.supplied, site.generated, site.grid[None, :]]) * hours
    own = 1 - np.concatenate([site["supply_cfe"], site["generator_cfe"]])
    return energy, np.vstack([np.repeat(own[:, None], len(hours), axis=1), 1 - site["grid_cfe"][None, :]])


def _dirt_if_shifted(site: Reading, hours: Array, load: float) -> float:
    """Bound the energy that is not carbon-free from below, as if energy could be moved freely in time."""
    weight = site["weight"]
    if weight.min() != weight.max():
        return 0.0  # between intervals of different weight, energy does not only move
    energy, dirt = _sources(site, hours)
    stock = float(site.held_at_start[~site.among("cyclic_battery")].sum() * weight[0])
    return float(_least_dirt(energy.reshape(1, -1), dirt.reshape(1, -1), np.array([load - stock]))[0])


def _dirt_at_once(site: Reading, hours: Array) -> float:
    """Bound the same, as if batteries could always give all their power, and only that."""
    energy, dirt = _sources(site, hours)
    needed = np.maximum(site.least_load - site.discharge.sum(axis=0), 0.0) * hours
    return float(_least_dirt(energy.T, dirt.T, needed).sum())


def _least_dirt(energy: Array, dirt: Array, needed: Array) -> Array:
    """Cover each row's need from its cleanest sources first; what they cannot cover counts as wholly dirty."""
    order = np.argsort(dirt, axis=1, kind="stable")
    energy, dirt = np.take_along_axis(energy, order, axis=1), np.take_along_axis(dirt, order, axis=1)
    before = np.cumsum(energy, axis=1) - energy
    taken: Array = np.clip(needed[:, None] - before, 0.0, energy)
    found: Array = (taken * dirt).sum(axis=1) + np.maximum(needed - energy.sum(axis=1), 0.0)
    return found
