"""What must hold for any series: nothing changes on the way in but what was asked for, and no row is missed unseen."""

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.reading import read_series
from optimizer.series.units import find_unit

ZONES = ("UTC", "Africa/Casablanca", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
# Nights on which clocks change, in one zone or another, and plain days.
NIGHTS = (
    "2025-02-23",
    "2025-03-09",
    "2025-03-30",
    "2025-04-06",
    "2025-06-01",
    "2025-10-05",
    "2025-10-26",
    "2025-11-02",
)
STEPS = (5, 15, 30, 60, 180)

steps = st.sampled_from(STEPS)
shares = st.floats(0.0, 1.0).map(lambda share: round(share, 6))
quick = settings(max_examples=60, deadline=None)


def starts_of(night: str, hour: int, count: int, step: int) -> list[datetime]:
    start = datetime.fromisoformat(night).replace(tzinfo=UTC) + timedelta(hours=hour - 12)
    return [start + timedelta(minutes=step) * index for index in range(count)]


def horizon_of(starts: list[datetime], step: int) -> Horizon:
    return Horizon(start=starts[0], end=starts[-1] + timedelta(minutes=step), step=f"{step} min")


def read(text: str, horizon: Horizon, **change: Any) -> xr.Dataset:
    plain = {"path": "a.csv", "time": {"column": "time", "zone": "UTC"}, "columns": {"wind": {"unit": "1"}}}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.csv").write_text(text)
        return read_series([SeriesFile(**{**plain, **change})], horizon, folder=Path(folder), currency="USD")


def table(labels: list[str], **columns: Any) -> str:
    rows = zip(labels, *columns.values(), strict=True)
    return "\n".join([",".join(["time", *columns]), *(",".join(map(str, row)) for row in rows), ""])


def is_twofold(local: datetime) -> bool:
    """Tell whether the clock shows this time twice, by the standard library alone."""
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


@quick
@given(
    night=st.sampled_from(NIGHTS),
    hour=st.integers(0, 23),
    step=steps,
    zone=st.sampled_from(ZONES),
    values=st.lists(shares, min_size=1, max_size=60),
    end_labels=st.booleans(),
    with_offset=st.booleans(),
)
def test_a_series_comes_back_as_it_was_written(
    *, night: str, hour: int, step: int, zone: str, values: list[float], end_labels: bool, with_offset: bool
) -> None:
    starts = starts_of(night, hour, len(values), step)
    local = [(start + timedelta(minutes=step) * end_labels).astimezone(ZoneInfo(zone)) for start in starts]
    labels = [time.isoformat() if with_offset else f"{time:%Y-%m-%d %H:%M}" for time in local]
    time = {"column": "time", "zone": zone, "label": "end" if end_labels else "start"}
    counts = Counter(time.replace(fold=0, tzinfo=None) for time in local)
    unclear = [time for time in local if is_twofold(time) and counts[time.replace(fold=0, tzinfo=None)] == 1]
    if unclear and not with_offset:
        with pytest.raises(InputError, match="occur twice"):
            read(table(labels, wind=values), horizon_of(starts, step), time=time)
        return
    series = read(table(labels, wind=values), horizon_of(starts, step), time=time)
    assert series["wind"].values == pytest.approx(values, abs=1e-9)
    assert series["hour"].values.astype("datetime64[s]").tolist() == [start.replace(tzinfo=None) for start in starts]


@quick
@given(values=st.lists(shares, min_size=1, max_size=40), step=steps)
def test_netcdf_and_csv_say_the_same(values: list[float], step: int) -> None:
    starts = starts_of("2025-06-01", 0, len(values), step)
    horizon = horizon_of(starts, step)
    from_csv = read(table([f"{start:%Y-%m-%d %H:%M}" for start in starts], wind=values), horizon)
    with tempfile.TemporaryDirectory() as folder:
        content = xr.Dataset({"wind": ("hour", values, {"units": "1"})}, coords={"hour": horizon.starts})
        content.to_netcdf(Path(folder) / "a.nc", engine="h5netcdf")
        from_netcdf = read_series([SeriesFile(path="a.nc")], horizon, folder=Path(folder), currency="USD")
    assert from_csv["wind"].values.tolist() == from_netcdf["wind"].values.tolist()


UNITS = ("W", "kW", "GW", "kWh", "MWh", "%", "kW/kW", "K", "USD/kWh", "c/kWh", "gCO2e/kWh", "kgCO2e/MWh", "min")


@quick
@given(text=st.sampled_from(UNITS), canonical=st.lists(shares, min_size=1, max_size=20), step=steps)
def test_a_unit_out_and_in_again_changes_nothing(text: str, canonical: list[float], step: int) -> None:
    unit = find_unit(text)
    assert unit is not None
    hours = step / 60 if unit.per_interval else 1.0
    written = [float((value - unit.offset) / unit.factor * hours) for value in canonical]
    starts = starts_of("2025-06-01", 0, len(canonical), step)
    labels = [f"{start:%Y-%m-%d %H:%M}" for start in starts]
    series = read(table(labels, wind=written), horizon_of(starts, step), columns={"wind": {"unit": text}})["wind"]
    assert series.values == pytest.approx(canonical, rel=1e-9, abs=1e-9)
    assert series.attrs["units"] == unit.kind.unit.replace("currency", "USD")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(2, 40), step=steps, position=st.booleans())
def test_a_row_taken_out_is_always_missed(data: st.DataObject, count: int, step: int, position: bool) -> None:
    starts = starts_of("2025-06-01", 0, count, step)
    removed = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
    labels = [f"{start:%Y-%m-%d %H:%M}" for index, start in enumerate(starts) if index not in removed]
    with pytest.raises(InputError) as error:
        read(
            table(labels, wind=[0.5] * len(labels)),
            horizon_of(starts, step),
            lay_on="position" if position else "calendar",
        )
    if not position:  # by position, the first row that is there is the first
        assert f"{starts[min(removed)]:%Y-%m-%d %H:%M}" in str(error.value)


@quick
@given(data=st.data(), count=st.integers(2, 30))
def test_the_order_of_columns_is_of_no_account(data: st.DataObject, count: int) -> None:
    starts = starts_of("2025-06-01", 0, count, 60)
    names = ["wind", "sun", "load", "price"]
    columns = {name: data.draw(st.lists(shares, min_size=count, max_size=count)) for name in names}
    maps = {name: {"unit": "1"} for name in names}
    labels = [f"{start:%Y-%m-%d %H:%M}" for start in starts]
    first = read(table(labels, **columns), horizon_of(starts, 60), columns=maps)
    in_file, in_map = data.draw(st.permutations(names)), data.draw(st.permutations(names))
    shuffled = table(labels, **{name: columns[name] for name in in_file})
    second = read(shuffled, horizon_of(starts, 60), columns={name: maps[name] for name in in_map})
    for name in names:
        assert first[name].identical(second[name])


@quick
@given(
    values=st.lists(st.floats(0.0, 1000.0), min_size=36, max_size=36),
    file_step=st.sampled_from([5, 10, 15, 20, 30, 60, 90]),
    shift=st.integers(0, 8),
    horizon_steps=st.lists(st.sampled_from([5, 10, 15, 30, 60, 120]), min_size=1, max_size=4),
)
def test_the_mean_keeps_the_energy(values: list[float], file_step: int, shift: int, horizon_steps: list[int]) -> None:
    """Over the horizon, the energy is that of the file, whatever the steps of the two."""
    starts = starts_of("2025-06-01", 0, len(values), file_step)
    start = starts[0] + timedelta(minutes=5 * shift)
    stretches, until = [], start
    for step in horizon_steps:
        room = int((starts[-1] + timedelta(minutes=file_step) - until) / timedelta(minutes=step))
        if room:
            until += timedelta(minutes=step) * max(1, room // 2)
            stretches.append({"until": until, "step": f"{step} min"})
    horizon = Horizon(start=start, end=until, step=stretches)
    labels = [f"{time:%Y-%m-%d %H:%M}" for time in starts]
    series = read(table(labels, wind=values), horizon, columns={"wind": {"unit": "MW"}}, resample="mean")
    edges = np.array(
        [(time - start) / timedelta(hours=1) for time in [*starts, starts[-1] + timedelta(minutes=file_step)]]
    )
    inside = np.diff(np.clip(edges, 0.0, horizon.hours))
    energy = float((series["wind"] * series["dt"]).sum())
    assert energy == pytest.approx(float(np.dot(values, inside)), rel=1e-9, abs=1e-6)
    assert series["wind"].values.max() <= max(values) + 1e-9
