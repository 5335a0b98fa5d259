"""Hourly certificates: which contract's energy covered which hour's load, at once or by way of a battery.

In the manner of the granular certificates of EnergyTag: every MWh that a source gives in an interval is followed to its
use. Within an interval every use takes of every source in proportion. Batteries give back what they took first, first;
the losses of charging, holding and discharging fall on the energy that passes through (charge and discharge records).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GRID, HELD, MOVED = "grid", "held at the start", "moved between batteries"
USES = ("used at once", "used from storage", "lost in storage", "sold", "left in storage or moved")
_DUST = 1e-6  # MWh that no certificate is written for
_MOST_TURNS = 10  # a cyclic battery that turns over less than once in so many horizons holds energy of unknown origin


class Links(NamedTuple):
    """What a store gave back, piece by piece.

    Attributes
    ----------
    charged : (n,) array of int
        Interval in which a piece was put in; -1 where it was there at the start.
    drawn : (n,) array of int
        Interval in which it was taken out.
    energy : (n,) array
        Its energy in the store [MWh].
    """

    charged: Integers
    drawn: Integers
    energy: Floats


def first_in_first_out(put_in: Floats, taken_out: Floats, initial: float, *, cyclic: bool = False) -> Links:
    """Link what is taken out of a store to what was put in.

    Parameters
    ----------
    put_in, taken_out : (hour,) array
        Energy put into the store and taken out of it, losses of holding included [MWh].
    initial : float
        Energy held at the start [MWh].
    cyclic : bool
        Whether the horizon repeats itself, so that what is held at the start is what was left at the end.

    Examples
    --------
    >>> links = first_in_first_out(np.array([4.0, 2.0, 0.0]), np.array([0.0, 1.0, 5.0]), 0.0)
    >>> [tuple(map(float, link)) for link in zip(*links)]
    [(0.0, 1.0, 1.0), (0.0, 2.0, 3.0), (1.0, 2.0, 2.0)]
    """
    ins, outs = np.cumsum(put_in), np.cumsum(taken_out)
    if not outs.size or outs[-1] <= 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Links(nothing, nothing, np.zeros(0))
    turns = int(np.ceil(initial / ins[-1])) if cyclic and ins[-1] > 0 else 0
    if turns > _MOST_TURNS:
        turns = 0
    # On one axis, the energy taken out so far: pieces end where an interval's withdrawal ends, or what an interval put
    # in is used up. What came in over earlier turns of a cyclic horizon lies below zero of this one's.
    layers = np.concatenate([ins - turn * ins[-1] for turn in range(turns, -1, -1)]) + initial
    bottom = initial - turns * ins[-1]  # what lies below was there before all that is known
    ends = np.append(layers, bottom)
    edges = np.union1d(np.append(ends[(ends > 0) & (ends < outs[-1])], 0.0), outs)
    middle, energy = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    layer = np.searchsorted(layers, middle)
    known = (middle > bottom) & (layer < len(layers))
    charged = np.where(known, layer % len(ins), -1)
    drawn = np.minimum(np.searchsorted(outs, middle), len(outs) - 1)
    return Links(charged.astype(np.int64), drawn.astype(np.int64), energy)


class _Flows(NamedTuple):
    """Energy of each interval, and where it goes."""

    names: list[str]
    kinds: list[str]
    given: Floats  # (source, hour) [MWh]
    free: Floats  # (source, hour), carbon-free share
    share: Floats  # (source, hour), share in what all sources give
    charging: Floats  # (hour,), share of what sources give that is charged
    charged: Floats  # (hour,), share of all charging that sources feed, the rest being moved between batteries
    kept: Floats  # (hour,), share of all discharge that is not moved to other batteries
    used: Floats  # (hour,), share of what is not charged that covers load, the rest being sold


def _flows(plan: xr.Dataset) -> _Flows:
    dt = plan["dt"].values
    sources = [
        *((str(name), "supply") for name in plan["supply"].values),
        *((str(name), "generator") for name in plan["generator"].values),
        (GRID, "grid"),
    ]
    rows = [
        plan["delivered"].transpose("supply", "hour").values,
        plan["generation"].transpose("generator", "hour").values,
    ]
    given = np.clip(np.vstack([*rows, plan["grid_import"].values]), 0.0, None) * dt
    constant = np.concatenate([plan["supply_cfe"].values, plan["generator_cfe"].values])[:, None]
    free = np.vstack([np.broadcast_to(constant, (len(constant), len(dt))), plan["grid_cfe"].values])
    total = given.sum(axis=0)
    charge, discharge = (np.clip(plan[name].sum("battery").values, 0.0, None) * dt for name in ("charge", "discharge"))
    fed = np.minimum(charge, total)
    load = np.clip((plan["facility_load"] - plan["unserved"]).values, 0.0, None) * dt
    sold = np.clip(plan["grid_export"].values, 0.0, None) * dt
    return _Flows(
        [name for name, _ in sources],
        [kind for _, kind in sources],
        given,
        free,
        _ratio(given, total),
        _ratio(fed, total),
        _ratio(fed, charge),
        1.0 - _ratio(np.minimum(charge - fed, discharge), discharge),
        _ratio(load, load + sold),
    )


class _Stored(NamedTuple):
    """Energy that passed through one battery, piece by piece."""

    links: Links
    given: Floats  # charged, before losses [MWh]
    back: Floats  # discharged [MWh]


def _stored(plan: xr.Dataset, battery: str) -> _Stored:
    part = plan.sel(battery=battery)
    dt, eta_in, eta_out = plan["dt"].values, float(part["charge_efficiency"]), float(part["discharge_efficiency"])
    put_in = np.clip(part["charge"].values, 0.0, None) * dt * eta_in
    drawn = np.clip(part["discharge"].values, 0.0, None) * dt / eta_out
    level = np.clip(part["stored_energy"].values, 0.0, None)
    faded = float(part["self_discharge"]) * dt * level[:-1]
    cyclic = "cyclic_battery" in plan.coords and battery in plan["cyclic_battery"].values
    links = first_in_first_out(put_in, drawn + faded, float(level[0]), cyclic=cyclic)
    given = np.where(links.charged >= 0, links.energy / eta_in, 0.0)
    back = links.energy * _ratio(drawn, drawn + faded)[links.drawn] * eta_out
    return _Stored(links, given, back)


def certificates(plan: xr.Dataset) -> pd.DataFrame:
    """Tell for every interval whose energy covered its load, and when that energy was produced.

    Parameters
    ----------
    plan : xarray.Dataset
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        A row for each interval and source that covers load at once, and one for each interval, battery, interval of
        charging and source: ``time_utc`` of use, ``source``, ``kind``, ``battery`` (empty where used at once),
        ``produced_utc``, ``produced_mwh`` (at the source), ``matched_mwh`` (of load covered) and ``carbon_free_mwh``
        (the part of the latter that is carbon-free). Energy as in the horizon, not scaled to a year. What a battery
        held at the start is of unknown origin and not carbon-free, unless the horizon repeats itself.
    """
    flows, hours = _flows(plan), plan["hour"].values
    at_once = flows.given * (1 - flows.charging) * flows.used
    source, hour = np.nonzero(at_once > _DUST)
    matched = at_once[source, hour]
    parts = [
        _table(flows, hours, "", _Matched(hour, source, hour, matched, matched, matched * flows.free[source, hour])),
        *(_from_store(flows, hours, str(name), _stored(plan, str(name))) for name in plan["battery"].values),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]
    return table.sort_values(["time_utc", "battery", "produced_utc"], kind="stable", ignore_index=True)


def _from_store(flows: _Flows, hours: NDArray[np.datetime64], battery: str, stored: _Stored) -> pd.DataFrame:
    """List what a battery gave to the load: by source, and by two further origins for what has none."""
    links = stored.links
    matched = stored.back * (flows.kept * flows.used)[links.drawn]
    known = links.charged >= 0
    at = np.where(known, links.charged, 0)
    sources = len(flows.names)
    origin = np.zeros((sources + 2, len(at)))
    origin[:sources] = flows.share[:, at] * flows.charged[at] * known
    origin[sources] = ~known
    origin[sources + 1] = (1 - flows.charged[at]) * known
    source, piece = np.nonzero(origin * matched > _DUST)
    part = origin[source, piece]
    free = np.vstack([flows.free, np.zeros((2, flows.free.shape[1]))])[source, at[piece]]
    got = part * matched[piece]
    # Of what was charged, the part whose return covered load; the rest of it was sold or moved.
    share = _ratio(matched, stored.back)[piece]
    produced = part * stored.given[piece] * share
    return _table(
        flows, hours, battery, _Matched(links.drawn[piece], source, links.charged[piece], produced, got, got * free)
    )


class _Matched(NamedTuple):
    """Certificates, row by row: positions of intervals and sources, and energies [MWh]."""

    used: Integers
    source: Integers
    produced: Integers
    given: Floats
    matched: Floats
    free: Floats


def _table(flows: _Flows, hours: NDArray[np.datetime64], battery: str, rows: _Matched) -> pd.DataFrame:
    """Write certificates with names and times."""
    when = np.where(rows.produced >= 0, hours[np.clip(rows.produced, 0, None)], np.datetime64("NaT"))
    names = np.array([*flows.names, HELD, MOVED], dtype=object)
    kinds = np.array([*flows.kinds, "storage", "storage"], dtype=object)
    columns: dict[str, Any] = {
        "time_utc": hours[rows.used],
        "source": names[rows.source],
        "kind": kinds[rows.source],
        "battery": np.full(len(rows.used), battery, dtype=object),
        "produced_utc": when,
        "produced_mwh": rows.given,
        "matched_mwh": rows.matched,
        "carbon_free_mwh": rows.free,
    }
    return pd.DataFrame(columns)


def certified_energy(plan: xr.Dataset) -> xr.DataArray:
    """Sum up where the energy of each source went, (certificate_source, certificate_use) [MWh/a]; uses as in `USES`.

    The uses of a source sum to the energy that it gave.
    """
    flows, weight = _flows(plan), plan["weight"].values
    direct = flows.given * (1 - flows.charging)
    total = np.zeros((len(flows.names), len(USES)))
    total[:, 0] = (direct * flows.used) @ weight
    total[:, 3] = (direct * (1 - flows.used)) @ weight
    for name in plan["battery"].values:
        links, given, back = _stored(plan, str(name))
        known = links.charged >= 0
        at, out = links.charged[known], links.drawn[known]
        origin = flows.share[:, at] * flows.charged[at]
        kept, used = flows.kept[out], flows.used[out]
        for column, energy in (
            (1, back[known] * kept * used),
            (2, given[known] - back[known]),
            (3, back[known] * kept * (1 - used)),
        ):
            total[:, column] += origin @ (energy * weight[at])
    total[:, 4] = flows.given @ weight - total[:, :4].sum(axis=1)
    labels = {
        "certificate_source": np.array(flows.names, dtype=object),
        "certificate_use": np.array(USES, dtype=object),
    }
    return xr.DataArray(total, labels, dims=("certificate_source", "certificate_use"))


def sold_energy(plan: xr.Dataset) -> xr.DataArray:
    """Tell how much of each source's energy was sold in each interval, (certificate_source, hour) [MWh].

    What came by way of a battery is sold when the battery gives it back.
    """
    flows, hours = _flows(plan), plan.sizes["hour"]
    sold = flows.given * (1 - flows.charging) * (1 - flows.used)
    for name in plan["battery"].values:
        links, _, back = _stored(plan, str(name))
        known = links.charged >= 0
        at, out = links.charged[known], links.drawn[known]
        energy = back[known] * (flows.kept * (1 - flows.used))[out]
        for source, origin in enumerate(flows.share[:, at] * flows.charged[at]):
            sold[source] += np.bincount(out, weights=origin * energy, minlength=hours)
    labels = {"certificate_source": np.array(flows.names, dtype=object)}
    return xr.DataArray(sold, labels, dims=("certificate_source", "hour"))


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Divide, taking nothing of nothing as 0; (…, hour) over (hour,)."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0))
