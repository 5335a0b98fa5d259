"""The IT load of a fleet over a horizon, by a fitted profile or made up, and the file that a scenario may name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from optimizer.errors import Fault, InputError
from optimizer.machines import Fleet
from optimizer.series.clock import to_labels
from optimizer.series.horizon import Horizon
from optimizer.traces.profile import Fit, Profile
from optimizer.traces.synthetic import SyntheticLoad

Values = NDArray[np.float64]

_HOUR = np.timedelta64(3600 * 10**9, "ns")
_NAME = "it_load"


def load_series(fit: Fit, horizon: Horizon, fleets: Fleet | Sequence[Fleet], *, zone: str) -> xr.Dataset:
    """Lay a fitted profile onto a horizon and scale it to a fleet.

    Each rack draws its idle power at utilisation 0 and its typical power at 1, by `Machine.idle_share` and
    `Machine.typical_share`.

    Parameters
    ----------
    fit : Fit
        The profile, beside the trace that it was taken from.
    horizon : Horizon
        The span of time.
    fleets : Fleet or sequence of Fleet
        Racks, which may arrive on the way.
    zone : str
        IANA zone of the site: weekdays and hours of the profile are laid on by its clock.

    Returns
    -------
    xarray.Dataset
        ``it_load`` (hour) [MW] and attributes that say where it comes from.
    """
    boundaries = _boundaries(horizon)
    power = it_power(at_clock(fit.profile, boundaries, zone), boundaries, fleets)
    trace, errors = fit.trace, fit.errors()["value"]
    source = (
        f"measured: {Path(trace.source).name} (SHA-256 {trace.digest[:12]}), {trace.hours:,.0f} h of {trace.kind} of "
        f"{trace.devices} device(s); mean by {_WORDS[fit.profile.by]}, laid on by the clock of {zone}; "
        f"{_scaled(fleets)}"
    )
    note = "; ".join(
        [
            f"a mean profile: absolute error {errors['wape']:.1%} of the sum, of weeks or days not seen "
            f"{errors['unseen_wape']:.1%}; bias {round(errors['bias'], 3) + 0.0:.1%}",
            *fit.notes,
            *_machine_notes(fleets),
        ]
    )
    return _dataset(power, horizon, "IT load by a measured profile", source, note)


def synthetic_load(load: SyntheticLoad, horizon: Horizon, fleets: Fleet | Sequence[Fleet], *, zone: str) -> xr.Dataset:
    """Make a load up; parameters and result as in `load_series`.

    Examples
    --------
    >>> hall = Fleet(name="hall", machine="gb200-nvl72", racks=278)
    >>> day = Horizon(start="2025-01-06", end="2025-01-07")
    >>> made = synthetic_load(SyntheticLoad(seed=7), day, hall, zone="Africa/Casablanca")
    >>> made["it_load"].attrs["units"], made.sizes["hour"]
    ('MW', 24)
    """
    boundaries = _boundaries(horizon)
    power = it_power(load.utilisation(boundaries, zone), boundaries, fleets)
    source = f"synthetic: training and inference by the clock of {zone}, {load.model_dump_json()}; {_scaled(fleets)}"
    note = "; ".join(["synthetic, not measured: example, unverified", *_machine_notes(fleets)])
    return _dataset(power, horizon, "Synthetic IT load", source, note)


def at_clock(profile: Profile, boundaries: NDArray[np.datetime64], zone: str) -> Values:
    """Give the utilisation of each interval, (hour,): the mean over its clock hours, for ends (hour + 1,) in UTC."""
    length = np.diff(boundaries)
    parts = int(np.ceil(length.max() / _HOUR))
    within = (np.arange(parts) + 0.5) / parts
    moments = boundaries[:-1, None] + (length[:, None] * within).astype("timedelta64[ns]")
    labels = to_labels(moments.ravel(), zone)
    return np.asarray(profile.at(labels).reshape(-1, parts).mean(axis=1))


def it_power(utilisation: Values, boundaries: NDArray[np.datetime64], fleets: Fleet | Sequence[Fleet]) -> Values:
    """Give the IT power of fleets, (hour,) [MW], at a utilisation, (hour,), between idle and typical power."""
    power = np.zeros(len(utilisation))
    for fleet in _listed(fleets):
        range_of_power = fleet.machine.typical_share - fleet.machine.idle_share
        power += fleet.idle_power(boundaries) + fleet.it_capacity(boundaries) * range_of_power * utilisation
    return power


def write_load(load: xr.Dataset, path: str | Path) -> Path:
    """Write a load as a file that a scenario can name.

    Parameters
    ----------
    load : xarray.Dataset
        What `load_series` or `synthetic_load` made.
    path : str or Path
        Ends in ``.nc`` (netCDF) or ``.csv``; the folder has to be there.

    Returns
    -------
    Path
        The file; `usage` says how a scenario names it.

    Raises
    ------
    InputError
        If the ending is another, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".nc", ".csv"):
        raise InputError([Fault(str(path), "is neither .nc nor .csv", "end the name in one of them")])
    try:
        if path.suffix == ".nc":
            path.write_bytes(bytes(load.to_netcdf(engine="h5netcdf")))
        else:
            path.write_text(_csv(load), encoding="utf-8")
    except OSError as error:
        raise InputError([Fault(str(path), f"cannot be written: {error.strerror}")]) from None
    return path


def usage(path: str | Path) -> str:
    """Say how a scenario names a file that `write_load` wrote.

    Examples
    --------
    >>> print(usage("it_load.nc"))
    series:
      - path: it_load.nc
    """
    path = Path(path)
    lines = ["series:", f"  - path: {path.name}"]
    if path.suffix == ".csv":
        lines += [
            f"    skip_rows: {_COMMENTS}",
            "    time: {column: time, zone: UTC}",
            f"    columns: {{{_NAME}: {{column: {_NAME}_mw, unit: MW}}}}",
        ]
    return "\n".join(lines)


_WORDS = {"week": "weekday and hour", "day": "hour of the day", "flat": "nothing but its mean"}
_COMMENTS = 3  # lines above the header of a CSV file


def _csv(load: xr.Dataset) -> str:
    series = load[_NAME]
    comments = [load.attrs["title"], f"source: {series.attrs['source']}", f"note: {series.attrs['note']}"]
    times = series["hour"].values.astype("datetime64[s]").astype(str)
    rows = [f"{time},{value:.6g}" for time, value in zip(times, series.values, strict=True)]
    return "\n".join([*(f"# {' '.join(line.split())}" for line in comments), f"time,{_NAME}_mw", *rows, ""])


def _boundaries(horizon: Horizon) -> NDArray[np.datetime64]:
    return horizon.boundaries.to_numpy().astype("datetime64[ns]")


def _listed(fleets: Fleet | Sequence[Fleet]) -> Sequence[Fleet]:
    return [fleets] if isinstance(fleets, Fleet) else fleets


def _scaled(fleets: Fleet | Sequence[Fleet]) -> str:
    """Tell the racks and between which powers they run."""
    told = [
        f"{fleet.name}: {fleet.racks + sum(arrival.racks for arrival in fleet.arrivals):,} racks of "
        f"{fleet.machine.title or 'a machine of its own'}, {1e3 * fleet.machine.rack_power:g} kW, from "
        f"{fleet.machine.idle_share:g} to {fleet.machine.typical_share:g} of that"
        for fleet in _listed(fleets)
    ]
    return f"scaled to {'; '.join(told)}"


def _machine_notes(fleets: Fleet | Sequence[Fleet]) -> list[str]:
    return [f"{fleet.name}: {fleet.machine.note}" for fleet in _listed(fleets) if fleet.machine.note]


def _dataset(power: Values, horizon: Horizon, title: str, source: str, note: str) -> xr.Dataset:
    attrs = {"units": "MW", "long_name": "Power drawn by the IT equipment", "source": source, "note": note}
    return xr.Dataset(
        {_NAME: ("hour", power, attrs)},
        coords={"hour": horizon.starts},
        attrs={"title": title, "Conventions": "CF-1.11"},
    )
