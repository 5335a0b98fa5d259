"""The things that cannot hold together, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from optimizer.diagnosis import flexibility, reliability, targets, work
from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Array, Reading
from optimizer.diagnosis.record import Claim, Clash
from optimizer.lp.affine import IntArray
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis import Conflict, Part


def told(conflict: Conflict, lp: LinearProgram, site: Reading, own: Sequence[str]) -> Clash:
    """Put a conflict in words.

    Parameters
    ----------
    conflict : Conflict
        What the search found.
    lp : LinearProgram
        The program, for the numbers in its rows.
    site : Reading
        The data.
    own : sequence of str
        Names of the model's own rules.
    """
    at, calendar = conflict.intervals, site.calendar
    timed = any(part.axis for part in conflict.parts)
    claims = _distinct(_claim(part, at, lp, site, own) for part in conflict.parts)
    least = conflict.certificate.dual_objective
    if not timed:
        return Clash("", None, None, 0.0, claims, least)
    first, last = int(at[0]), int(at[-1])
    lasting = calendar.duration(at).removeprefix("1 ")
    when = f"the {lasting} from {calendar.span(first, last)}"
    return Clash(when, calendar.start(first), calendar.end(last), float(site.dt[at].sum()), claims, least)


def _distinct(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Say each thing once, such as what limits a job in one interval and in another."""
    return tuple({claim.text: claim for claim in claims}.values())


def _claim(part: Part, at: IntArray, lp: LinearProgram, site: Reading, own: Sequence[str]) -> Claim:
    chosen = np.zeros(len(site.dt), dtype=bool)
    chosen[at] = True
    members = part.within(chosen)
    if part.family in own:
        members_named = f"[{', '.join(part.labels)}]" if part.labels else ""
        what = "bounds of the variable" if part.limits else "rule"
        text = f"the {what} '{part.family}{members_named}'"
    elif part.family in work.LIMITS and part.limits:
        text = work.LIMITS[part.family](part, at, site)
    elif part.limits:
        text = _limit(part, lp, members)
    else:
        text = _ROWS.get(part.family, _unknown)(part, at, site)
    return Claim(part.family, part.labels, text)


def _limit(part: Part, lp: LinearProgram, members: IntArray) -> str:
    name, high, low = " ".join(part.labels), lp.upper[members].max(initial=0.0), lp.lower[members].max(initial=0.0)
    most = f"at most {amount(high)}" if not low else f"between {amount(low)} and {amount(high)}"
    most = amount(high) if low == high else most
    return {
        "supply_capacity": f"the capacity of {name} is {most} MW",
        "connection_capacity": f"the grid connection is {most} MW",
        "power_capacity": f"the power of {name} is {most} MW",
        "energy_capacity": f"the energy capacity of {name} is {most} MWh",
        "grid_export": f"export is at most {amount(high)} MW",
    }.get(part.family, f"'{part.family}' stays within its bounds")


def _unknown(part: Part, _at: IntArray, _site: Reading) -> str:
    return f"'{part.family}' holds"


def _load(_part: Part, at: IntArray, site: Reading) -> str:
    load = site.least_load[at]
    served = (
        "the load is served, neither less nor more" if "unserved" in site.data else "power in and out balance; load"
    )
    if not site.load_is_given and not load.any():
        return served  # all of it may wait
    least = "" if site.load_is_given else "at least "
    energy = f", {amount(float(load @ site.dt[at]))} MWh" if len(at) > 1 else ""
    return f"{served}: {least}{_range(load, 'MW')}{energy}"


def _range(values: Array, unit: str) -> str:
    low, high = amount(float(values.min())), amount(float(values.max()))
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _index(site: Reading, dim: str, part: Part) -> int:
    return site.names(dim).index(part.labels[0])


def _supply(part: Part, at: IntArray, site: Reading) -> str:
    given = site.supplied[_index(site, "supply", part)][at]
    energy = f", {amount(float(given @ site.dt[at]))} MWh" if len(at) > 1 else ""
    return f"{part.labels[0]} delivers no more than is available: {_range(given, 'MW')}{energy}"


def _connection(_part: Part, at: IntArray, site: Reading) -> str:
    if "connection_capacity" not in site.data:
        return "import stays within the grid connection"
    most = float(site.most("connection_capacity"))
    out = (site["grid_available"][at] < 1).any()
    limited = f", of which {_range(site.grid[at], 'MW')} in service" if out else ""
    return f"the grid connection of {amount(most)} MW{limited}" if most else "there is no grid connection"


def _of_battery(write: Callable[[Reading, int, str], str]) -> Callable[[Part, IntArray, Reading], str]:
    return lambda part, _at, site: write(site, _index(site, "battery", part), part.labels[0])


def _charge_at(site: Reading, at: int, soc: str) -> str:
    share = site.value(soc, site.names("battery")[at])
    energy = share * site["state_of_health"][at] * site.most("energy_capacity")[at]
    return f"{percent(share)} ({amount(float(energy))} MWh)"


_ROWS: dict[str, Callable[[Part, IntArray, Reading], str]] = {
    "power_balance": _load,
    "unserved_limit": lambda _part, _at, _site: "no more than the whole load can stay unserved",
    **work.ROWS,
    **reliability.ROWS,
    **flexibility.ROWS,
    **targets.ROWS,
    "available_power": _supply,
    "generation_limit": lambda part, at, site: (
        f"{part.labels[0]} gives at most {_range(site.generated[_index(site, 'generator', part)][at], 'MW')}"
    ),
    "generator_hours_limit": lambda part, _at, _site: f"{part.labels[0]} runs no longer in a year than it may",
    "generator_energy_limit": lambda part, _at, _site: f"{part.labels[0]} gives no more energy in a year than it may",
    "connection_limit": _connection,
    "least_delivery": lambda part, _at, site: (
        f"at most {percent(float(site['curtailment_limit'][_index(site, 'supply', part)]))} of what {part.labels[0]} "
        "could deliver may be curtailed"
    ),
    "stored_energy_balance": _of_battery(lambda _site, _at, name: f"{name} gives only energy that it was charged with"),
    **dict.fromkeys(
        ("charge_by_segment", "discharge_by_segment", "segment_balance", "segment_start"),
        _of_battery(lambda _site, _at, name: f"the energy in {name} lies in its segments of depth"),
    ),
    "segment_ceiling": _of_battery(lambda _site, _at, name: f"each segment of depth of {name} holds its share at most"),
    "cyclic_segment": _of_battery(lambda _site, _at, name: f"each segment of {name} ends the horizon as it began"),
    "stored_energy_ceiling": _of_battery(
        lambda site, at, name: f"{name} is charged to at most {_charge_at(site, at, 'soc_max')}"
    ),
    "stored_energy_floor": _of_battery(
        lambda site, at, name: f"{name} stays charged to at least {_charge_at(site, at, 'soc_min')}"
    ),
    "inverter_limit": _of_battery(
        lambda site, at, name: f"the power of {name} is at most {amount(float(site.most('power_capacity')[at]))} MW"
    ),
    "discharge_limit": _of_battery(
        lambda site, at, name: f"{name} discharges at most {amount(float(site.most('power_capacity')[at]))} MW"
    ),
    "charge_limit": _of_battery(
        lambda site, at, name: f"{name} charges at most {amount(float(site.most('power_capacity')[at]))} MW"
    ),
    "cyclic_energy": _of_battery(lambda _site, _at, name: f"{name} ends the horizon as it began"),
    "initial_energy": _of_battery(lambda site, at, name: f"{name} starts at {_charge_at(site, at, 'initial_soc')}"),
    "final_energy_floor": _of_battery(
        lambda site, at, name: f"{name} ends at {_charge_at(site, at, 'final_soc_min')} or more"
    ),
    "final_energy_ceiling": _of_battery(
        lambda site, at, name: f"{name} ends at {_charge_at(site, at, 'final_soc_max')} or less"
    ),
    "cycle_limit": _of_battery(
        lambda site, _at, name: f"{name} makes at most {amount(site.value('cycles_max', name))} full cycles a year"
    ),
}
