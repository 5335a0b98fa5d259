"""Series from file to horizon: the values that come out, and every fault with its file, name, times and remedy."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.errors import InputError
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.reading import read_series

DAY = Horizon(start="2025-03-01", end="2025-03-02")
VALUES = (np.arange(24) / 32.0).tolist()


def hours(start: str = "2025-03-01", count: int = 24, step: str = "60min") -> list[str]:
    return [f"{time:%Y-%m-%d %H:%M}" for time in pd.date_range(start, periods=count, freq=step)]


class Files:
    """Files of a test, and what is read from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def csv(self, times: Sequence[str], values: Sequence[object], *, path: str = "a.csv", **change: Any) -> SeriesFile:
        rows = "".join(f"{time},{value}\n" for time, value in zip(times, values, strict=True))
        (self.folder / path).write_text(f"time,wind\n{rows}", encoding="utf-8")
        plain = {"path": path, "time": {"zone": "UTC"}, "columns": {"wind": {"unit": "1"}}}
        plain |= change
        plain["time"] = {"column": "time", **plain["time"]}
        return SeriesFile(**plain)

    def read(self, *files: SeriesFile, horizon: Horizon = DAY, currency: str = "USD") -> xr.Dataset:
        return read_series(files, horizon, folder=self.folder, currency=currency)

    def wind(self, file: SeriesFile, horizon: Horizon = DAY) -> list[float]:
        values: list[float] = self.read(file, horizon=horizon)["wind"].values.tolist()
        return values

    def faults(self, *files: SeriesFile, horizon: Horizon = DAY, currency: str = "USD") -> list[str]:
        with pytest.raises(InputError) as error:
            self.read(*files, horizon=horizon, currency=currency)
        return [str(fault) for fault in error.value.faults]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_dataset(files: Files) -> None:
    series = files.read(files.csv(hours(), VALUES, note="example, unverified"))
    assert series["wind"].dims == ("hour",)
    assert series["wind"].values.tolist() == VALUES
    assert series["wind"].attrs == {"units": "1", "source": "a.csv, column 'wind'", "notes": "example, unverified"}
    assert (series["hour"].to_index() == DAY.starts).all()
    assert series["hour"].dtype == "datetime64[ns]"
    assert series["hour"].attrs["time_zone"] == "UTC"
    assert series["dt"].values.tolist() == [1.0] * 24
    assert series["dt"].attrs["units"] == "h"


def test_no_files_give_the_time_axis_alone(files: Files) -> None:
    series = files.read()
    assert list(series.data_vars) == ["dt"]
    assert series.sizes["hour"] == 24


def test_rows_around_the_horizon_are_left_out(files: Files) -> None:
    file = files.csv(hours("2025-02-20", 24 * 20), np.arange(24 * 20) / 1000)
    assert files.wind(file) == (np.arange(24 * 9, 24 * 10) / 1000).tolist()


def test_labels_at_the_end_of_the_interval(files: Files) -> None:
    file = files.csv(hours("2025-03-01 01:00"), VALUES, time={"zone": "UTC", "label": "end"})
    assert files.wind(file) == VALUES


def test_steps_that_vary_with_the_very_steps_of_the_horizon(files: Files) -> None:
    steps = [{"until": "2025-03-01T01:00Z", "step": "15 min"}, {"until": "2025-03-01T04:00Z", "step": "60 min"}]
    horizon = Horizon(start="2025-03-01", end="2025-03-01T04:00Z", step=steps)
    starts = [*hours(count=4, step="15min"), *hours("2025-03-01 01:00", count=3)]
    ends = [*hours("2025-03-01 00:15", count=4, step="15min"), *hours("2025-03-01 02:00", count=3)]
    values = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert files.wind(files.csv(starts, values), horizon) == values
    assert files.wind(files.csv(ends, values, time={"zone": "UTC", "label": "end"}), horizon) == values
    shifted = [time.replace("2025", "2019") for time in starts]
    assert files.wind(files.csv(shifted, values, lay_on="position"), horizon) == values


def test_rows_of_one_step_do_not_stand_for_a_longer_interval(files: Files) -> None:
    steps = [{"until": "2025-03-01T01:00Z", "step": "15 min"}, {"until": "2025-03-01T02:00Z", "step": "60 min"}]
    horizon = Horizon(start="2025-03-01", end="2025-03-01T02:00Z", step=steps)
    lacks, _ = files.faults(files.csv(hours(count=5, step="15min"), VALUES[:5]), horizon=horizon)
    assert "it lacks 0.75 h from 2025-03-01 01:15 UTC on" in lacks
    quarters = files.csv(hours(count=8, step="15min"), VALUES[:8])
    (other,) = files.faults(quarters, horizon=horizon)
    assert "the file's step is 15 min, the horizon's 15 min and 60 min" in other


def test_a_row_inside_the_last_interval_is_not_dropped_unseen(files: Files) -> None:
    steps = [{"until": "2025-03-01T00:30Z", "step": "15 min"}, {"until": "2025-03-01T02:30Z", "step": "60 min"}]
    horizon = Horizon(start="2025-03-01", end="2025-03-01T02:30Z", step=steps)
    starts = [*hours(count=2, step="15min"), *hours("2025-03-01 00:30", 2)]
    assert files.wind(files.csv(starts, VALUES[:4]), horizon) == VALUES[:4]
    more = [*starts, *hours("2025-03-01 01:45", 3, "15min")]
    assert files.faults(files.csv(more, VALUES[:7]), horizon=horizon)


def test_one_row(files: Files) -> None:
    horizon = Horizon(start="2025-03-01", end="2025-03-01T00:30Z", step="30 min")
    assert files.wind(files.csv(hours(count=1), [0.5]), horizon) == [0.5]


def test_units_and_currency(files: Files) -> None:
    rates = {"EUR": 1.5}
    energy = files.csv(hours(), VALUES, path="e.csv", columns={"load": {"column": "wind", "unit": "kWh"}})
    price = files.csv(
        hours(), VALUES, path="p.csv", columns={"price": {"column": "wind", "unit": "EUR/kWh"}}, exchange_rates=rates
    )
    own = files.csv(hours(), VALUES, path="o.csv", columns={"cents": {"column": "wind", "unit": "c/kWh"}})
    series = files.read(energy, price, own)
    assert series["load"].attrs["units"] == "MW"
    assert series["load"].values == pytest.approx(np.array(VALUES) / 1000)
    assert series["price"].attrs["units"] == series["cents"].attrs["units"] == "USD/MWh"
    assert series["price"].values == pytest.approx(np.array(VALUES) * 1500)
    assert series["price"].attrs["notes"] == "converted at 1.5 USD for one EUR"
    assert series["cents"].values == pytest.approx(np.array(VALUES) * 10)


def test_energy_over_quarters_of_an_hour(files: Files) -> None:
    horizon = Horizon(start="2025-03-01", end="2025-03-01T01:00Z", step="15 min")
    file = files.csv(hours(count=4, step="15min"), [1, 2, 3, 4], columns={"wind": {"unit": "MWh"}})
    assert files.wind(file, horizon) == [4.0, 8.0, 12.0, 16.0]


def test_what_is_nearly_zero_is_zero(files: Files) -> None:
    values = [1e-10, -1e-10, 1.0 + 1e-12, 1e-8] + [0.5] * 20
    assert files.wind(files.csv(hours(), values))[:4] == [0.0, 0.0, 1.0, 1e-8]


def test_pue_may_exceed_one(files: Files) -> None:
    file = files.csv(hours(), [1.2] * 24, columns={"hall_pue": {"column": "wind", "unit": "1"}})
    assert (files.read(file)["hall_pue"] == 1.2).all()


def test_scale_and_peak(files: Files) -> None:
    columns = {
        "a": {"column": "wind", "unit": "kW", "scale": 2.0},
        "b": {"column": "wind", "unit": "W", "peak": 33.3},
        "c": {"column": "wind", "peak": "33300 kW"},
    }
    series = files.read(files.csv(hours(), VALUES, columns=columns))
    assert series["a"].values == pytest.approx(np.array(VALUES) * 2e-3)
    assert series["a"].attrs["notes"] == "multiplied by 2"
    for name in ("b", "c"):
        assert series[name].attrs["units"] == "MW"
        assert series[name].values == pytest.approx(np.array(VALUES) / max(VALUES) * 33.3)
        assert series[name].attrs["notes"] == "scaled as a shape to a peak of 33.3 MW"


def test_netcdf_brings_its_names_units_and_notes(files: Files) -> None:
    content = xr.Dataset(
        {"wind": ("hour", VALUES, {"units": "1"}), "price": ("hour", np.array(VALUES), {"units": "USD/kWh"})},
        coords={"hour": ("hour", DAY.starts, {"time_zone": "UTC"})},
        attrs={"note": "synthetic, not measured"},
    )
    content.to_netcdf(files.folder / "a.nc", engine="h5netcdf")
    series = files.read(SeriesFile(path="a.nc"))
    assert series["wind"].values.tolist() == VALUES
    assert series["price"].values == pytest.approx(np.array(VALUES) * 1000)
    assert series["price"].attrs["notes"] == "synthetic, not measured"
    overruled = SeriesFile(path="a.nc", columns={"wind": {"unit": "%"}})
    assert "column map '%'" in files.read(overruled)["wind"].attrs["notes"]


# --- zones and daylight saving ----------------------------------------------------------------------------------------

SPRING = Horizon(start="2025-03-29T23:00Z", end="2025-03-30T22:00Z")  # 23 hours in Madrid
AUTUMN = Horizon(start="2025-10-25T22:00Z", end="2025-10-26T23:00Z")  # 25 hours
MADRID = {"zone": "Europe/Madrid"}


def test_local_days_of_23_and_25_hours(files: Files) -> None:
    spring = [time for time in hours("2025-03-30") if " 02:" not in time]
    assert files.wind(files.csv(spring, VALUES[:23], time=MADRID), SPRING) == VALUES[:23]
    autumn = sorted([*hours("2025-10-26"), "2025-10-26 02:00"])
    values = [*VALUES, 0.9]
    assert files.wind(files.csv(autumn, values, time=MADRID), AUTUMN) == values
    ends = [*autumn[1:], "2025-10-27 00:00"]
    assert files.wind(files.csv(ends, values, time={**MADRID, "label": "end"}), AUTUMN) == values


def test_quarters_of_the_repeated_hour_are_told_apart_by_their_order(files: Files) -> None:
    horizon = Horizon(start="2025-10-26T00:00Z", end="2025-10-26T02:00Z", step="15 min")
    twice = hours("2025-10-26 02:00", 4, "15min") * 2
    assert files.wind(files.csv(twice, VALUES[:8], time=MADRID), horizon) == VALUES[:8]


def test_morocco_in_ramadan(files: Files) -> None:
    horizon = Horizon(start="2025-04-06T00:00Z", end="2025-04-06T06:00Z")  # the clock goes from 02:00 to 03:00
    local = ["2025-04-06 00:00", "2025-04-06 01:00", *hours("2025-04-06 03:00", 4)]
    assert files.wind(files.csv(local, VALUES[:6], time={"zone": "Africa/Casablanca"}), horizon) == VALUES[:6]


def test_offsets_in_the_times(files: Files) -> None:
    times = [f"{time}+01:00" for time in hours("2025-03-01 01:00")]
    assert files.wind(files.csv(times, VALUES, time={})) == VALUES
    assert files.wind(files.csv(times, VALUES, time={"zone": "Africa/Lagos"})) == VALUES
    (fault,) = files.faults(files.csv(times, VALUES, time={"zone": "UTC"}))
    assert "offsets written beside times that are not those of UTC (24): 2025-03-01 01:00," in fault


def test_local_times_that_do_not_exist(files: Files) -> None:
    file = files.csv(hours("2025-03-30"), VALUES, time=MADRID)
    (fault,) = files.faults(file, horizon=SPRING)
    assert fault.startswith("a.csv, column 'time': local times that do not exist in Europe/Madrid")
    assert "(1): 2025-03-30 02:00; if the file keeps a plain clock of 24 hours a day, say `lay_on: position`" in fault
    dropped = files.read(
        files.csv(hours("2025-03-30"), VALUES, time={**MADRID, "nonexistent": "drop"}), horizon=SPRING
    )["wind"]
    assert dropped.values.tolist() == VALUES[:2] + VALUES[3:]
    assert (
        dropped.attrs["notes"] == "rows dropped at local times that do not exist in Europe/Madrid (1): 2025-03-30 02:00"
    )


def test_local_times_that_occur_twice(files: Files) -> None:
    twofold, missing = files.faults(files.csv(hours("2025-10-26"), VALUES, time=MADRID), horizon=AUTUMN)
    assert "local times that occur twice in Europe/Madrid, but once in the file (1): 2025-10-26 02:00" in twofold
    assert "rows missing (1): 2025-10-26 02:00" in missing
    for which, gap in (("first", 3), ("second", 2)):
        file = files.csv(
            hours("2025-10-26"), VALUES, time={**MADRID, "ambiguous": which}, gaps={"fill": "hold", "at_most": "1 h"}
        )
        series = files.read(file, horizon=AUTUMN)["wind"]
        assert series.values.tolist() == [*VALUES[:gap], VALUES[gap - 1], *VALUES[gap:]]
        assert json.loads(series.attrs["filled"]) == [f"{AUTUMN.starts[gap]:%Y-%m-%dT%H:%MZ}"]


@pytest.mark.parametrize(
    ("times", "time", "told"),
    [
        (hours(), {}, "the times have no zone; say `time: {zone: UTC}`, or the local zone such as Africa/Casablanca"),
        (
            hours(),
            {"zone": "Africa/Lagos"},
            "of the horizon 2025-03-01 00:00 to 2025-03-02 00:00 UTC it lacks 1 h from 2025-03-01 23:00 UTC on;"
            " give a longer file or a shorter horizon; check `zone` and `label`, as the times seem shifted",
        ),
    ],
)
def test_wrong_zone(files: Files, times: list[str], time: dict[str, str], told: str) -> None:
    (fault,) = files.faults(files.csv(times, VALUES, time=time))
    assert told in fault


def test_zones_stated_by_a_file(files: Files) -> None:
    for zone, given, told in (
        ("Europe/Madird", None, "states 'Europe/Madird' as its zone, which is none; did you mean 'Europe/Madrid'?"),
        ("UTC", "Europe/Madrid", "the file states UTC as its zone, the column map Europe/Madrid"),
    ):
        content = xr.Dataset({"wind": ("hour", VALUES, {"units": "1"})})
        content = content.assign_coords(hour=("hour", DAY.starts, {"time_zone": zone}))
        content.to_netcdf(files.folder / "a.nc", engine="h5netcdf")
        (fault,) = files.faults(SeriesFile(path="a.nc", time={"zone": given}))
        assert told in fault


# --- by position ------------------------------------------------------------------------------------------------------


def test_another_year_by_position(files: Files) -> None:
    file = files.csv(hours("2019-07-14", 30), np.arange(30) / 100, lay_on="position")
    series = files.read(file)["wind"]
    assert series.values.tolist() == (np.arange(24) / 100).tolist()
    note = (
        "laid on by position: the rows from 2019-07-14 00:00 UTC on stand for the horizon from 2025-03-01 00:00 UTC on"
    )
    assert series.attrs["notes"] == note


def test_position_from_a_row(files: Files) -> None:
    lay_on = {"by": "position", "start": "2019-07-14 05:00"}
    file = files.csv(hours("2019-07-14", 30), np.arange(30) / 100, lay_on=lay_on, time={})
    assert files.wind(file) == (np.arange(5, 29) / 100).tolist()
    (fault,) = files.faults(
        files.csv(hours("2019-07-14", 30), np.arange(30) / 100, lay_on={**lay_on, "start": "2019-07-13"})
    )
    assert "no row has the time 2019-07-13 00:00, at which to start; the nearest has 2019-07-14 00:00" in fault


@pytest.mark.parametrize("day", ["2019-03-31", "2019-10-27"])
def test_a_plain_clock_with_false_local_times_is_usable_by_position_alone(files: Files, day: str) -> None:
    series = files.read(files.csv(hours(day), VALUES, time=MADRID, lay_on="position"))["wind"]
    assert series.values.tolist() == VALUES
    assert f"not local times of Europe/Madrid: {day} 02:00" in series.attrs["notes"]


def test_true_local_times_by_position(files: Files) -> None:
    autumn = sorted([*hours("2025-10-26"), "2025-10-26 02:00"])
    file = files.csv(autumn, [*VALUES, 0.9], time=MADRID, lay_on="position")
    assert files.wind(file) == VALUES


def test_gaps_are_filled_on_the_calendar_of_the_file_before_rows_are_counted(files: Files) -> None:
    times = hours("2019-07-14")
    times, values = times[:5] + times[6:], VALUES[:5] + VALUES[6:]
    (short,) = files.faults(files.csv(times, values, lay_on="position"))
    assert "rows missing (1): 2019-07-14 05:00; add them, or have them filled by `gaps: {fill: interpolate" in short
    file = files.csv(times, values, lay_on="position", gaps={"fill": "interpolate", "at_most": "60 min"})
    series = files.read(file)["wind"]
    assert series.values == pytest.approx(VALUES)
    assert json.loads(series.attrs["filled"]) == ["2025-03-01T05:00Z"]


def test_too_few_rows(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours("2019-07-14", 20), VALUES[:20], lay_on="position"))
    assert "20 rows from 2019-07-14 00:00 on do not fill the horizon, which needs 24; give a longer file" in fault


@pytest.mark.parametrize("years", [(2024, 2025), (2023, 2024)])
def test_leap_year_against_common_year(files: Files, years: tuple[int, int]) -> None:
    own, planned = years
    horizon = Horizon(start=f"{planned}-01-01", end=f"{planned}-12-31")
    times = hours(f"{own}-01-01", 366 * 24)
    (fault,) = files.faults(files.csv(times, np.zeros(366 * 24), lay_on="position"), horizon=horizon)
    assert "a 29 February, so that all later days would be laid on a day off" in fault
    accepted = {"by": "position", "start": f"{own}-01-01 00:00"}
    assert f"`lay_on: {{by: position, start: '{own}-01-01 00:00'}}`" in fault
    files.read(files.csv(times, np.zeros(366 * 24), lay_on=accepted), horizon=horizon)


def test_a_leap_day_does_not_matter_where_the_dates_differ_anyway(files: Files) -> None:
    file = files.csv(hours("2024-02-20", 24 * 20), [0.5] * 480, lay_on="position")
    assert files.read(file, horizon=Horizon(start="2025-03-01", end="2025-03-16")).sizes["hour"] == 360


def test_a_common_year_is_a_day_short_for_a_leap_year(files: Files) -> None:
    horizon = Horizon(start="2024-01-01", end="2025-01-01")
    (fault,) = files.faults(files.csv(hours("2023-01-01", 8760), np.zeros(8760), lay_on="position"), horizon=horizon)
    assert "8760 rows from 2023-01-01 00:00 on do not fill the horizon, which needs 8784; a day is short" in fault


# --- other steps ------------------------------------------------------------------------------------------------------


def test_another_step_is_refused(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours(count=48, step="30min"), [0.5] * 48))
    assert "the file's step is 30 min, the horizon's 60 min; say `resample: mean`" in fault
    (fault,) = files.faults(files.csv(hours(count=12, step="120min"), [0.5] * 12))
    told = "the file's step is 2 h, the horizon's 60 min; the first interval without a row of its own starts at"
    assert f"{told} 2025-03-01 01:00 UTC; say `resample: hold`" in fault


def test_rows_between_the_hours_are_refused(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours("2025-02-28 23:30", 26), [0.5] * 26))
    assert "the file's intervals of 60 min begin at other moments than the horizon's" in fault


def test_hold(files: Files) -> None:
    series = files.read(files.csv(hours(count=8, step="180min"), VALUES[:8], resample="hold"))["wind"]
    assert series.values.tolist() == np.repeat(VALUES[:8], 3).tolist()
    assert series.attrs["notes"] == "resampled from 3 h to 60 min (hold)"
    (fault,) = files.faults(files.csv(hours(count=48, step="30min"), [0.5] * 48, resample="hold"))
    assert (
        "of which none can be held (24): 2025-03-01 00:00, 2025-03-01 01:00, 2025-03-01 02:00 and 21 more UTC" in fault
    )


def test_mean(files: Files) -> None:
    quarters = np.arange(96) / 96
    series = files.read(files.csv(hours(count=96, step="15min"), quarters, resample="mean"))["wind"]
    assert series.values == pytest.approx(quarters.reshape(24, 4).mean(axis=1))
    odd = files.csv(hours("2025-02-28 23:30", 26), np.arange(26) / 32, resample="mean")
    assert files.wind(odd) == pytest.approx((np.arange(24) + 0.5) / 32)


# --- gaps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fill", "expected"), [("interpolate", [0.25, 0.5, 0.75]), ("hold", [0.0, 0.0, 0.0])])
def test_gaps_are_filled_where_asked(files: Files, fill: str, expected: list[float]) -> None:
    values: list[object] = [0.0, "", "", "", 1.0, *[0.5] * 19]
    times = hours()
    gaps = {"fill": fill, "at_most": "3 h"}
    for file in (
        files.csv(times, values, gaps=gaps),
        files.csv([times[0], *times[4:]], [0.0, 1.0, *[0.5] * 19], gaps=gaps),
    ):
        series = files.read(file)["wind"]
        assert series.values[1:4].tolist() == expected
        assert json.loads(series.attrs["filled"]) == [f"2025-03-01T0{hour}:00Z" for hour in (1, 2, 3)]
        assert series.attrs["notes"] == f"gaps filled ({fill}): 3 values, longest gap 3 h"


def test_a_gap_at_the_edge_is_filled_from_rows_beside_the_horizon(files: Files) -> None:
    times, values = hours("2025-02-28", 72), np.arange(72) / 100
    kept = np.r_[0:23, 25:72]
    file = files.csv(np.array(times)[kept], values[kept], gaps={"fill": "interpolate", "at_most": "2 h"})
    assert files.wind(file) == pytest.approx(values[24:48])


def test_gaps_that_stay_faults(files: Files) -> None:
    values: list[object] = [0.5] * 24
    values[4:8] = [""] * 4
    values[23] = ""
    long, loose = files.faults(files.csv(hours(), values, gaps={"fill": "interpolate", "at_most": "3 h"}))
    assert "a.csv, column 'wind' (wind): gaps longer than 3 h (1): 4 h from 2025-03-01 04:00" in long
    assert "raise `at_most` to 4 h" in long
    assert "gaps with no value before or after from which to fill them (1): 60 min from 2025-03-01 23:00" in loose
    (first,) = files.faults(files.csv(hours(), ["", *VALUES[1:]], gaps={"fill": "hold", "at_most": "3 h"}))
    assert "with no value before or after from which to fill them (1): 60 min from 2025-03-01 00:00" in first


def test_blank_cells_are_faults(files: Files) -> None:
    values: list[object] = [0.5] * 24
    values[4:6], values[9], values[12] = ["", "NaN"], "", ""
    (fault,) = files.faults(files.csv(hours(), values))
    assert "(wind): blank or NaN (4): 2025-03-01 04:00, 2025-03-01 05:00, 2025-03-01 09:00 and 1 more" in fault
    assert "filled by `gaps: {fill: interpolate, at_most: 2 h}`" in fault


def test_resampling_marks_what_rests_on_filled_values(files: Files) -> None:
    values: list[object] = [0.5] * 96
    values[5] = ""
    gaps = {"fill": "hold", "at_most": "15 min"}
    series = files.read(files.csv(hours(count=96, step="15min"), values, gaps=gaps, resample="mean"))["wind"]
    assert json.loads(series.attrs["filled"]) == ["2025-03-01T01:00Z"]


# --- faults of times --------------------------------------------------------------------------------------------------


def test_wrong_year(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours("2019-03-01"), VALUES))
    assert fault == (
        "a.csv, column 'time': covers 2019-03-01 00:00 to 2019-03-01 23:00, nothing of the horizon 2025-03-01 00:00 to"
        " 2025-03-02 00:00 UTC; if these rows are to stand for the horizon whatever their dates, say `lay_on: position`"
    )


def test_days_before_the_horizon(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours("2025-02-26"), VALUES))
    assert "covers 2025-02-26 00:00 to 2025-02-26 23:00, nothing of the horizon" in fault


def test_too_short(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours("2025-03-01 02:00", 20), VALUES[:20]))
    assert "it lacks 2 h from 2025-03-01 00:00 UTC on and 2 h from 2025-03-01 22:00 UTC on; give a longer file" in fault


def test_duplicates_and_disorder_are_told_together(files: Files) -> None:
    times = hours()
    times[3], times[10] = times[2], times[5]
    disorder, duplicates = files.faults(files.csv(times, VALUES))
    assert disorder.endswith("rows that come after later times (1): 2025-03-01 05:00; sort the rows")
    assert (
        "times that occur more than once (2): 2025-03-01 02:00, 2025-03-01 05:00; keep one row for each" in duplicates
    )


def test_a_row_out_of_step(files: Files) -> None:
    times = hours()
    times[3] = "2025-03-01 03:10"
    (fault,) = files.faults(files.csv(times, VALUES))
    assert "the steps between rows are mixed: 21 x 60 min, 1 x 50 min, 1 x 70 min" in fault
    assert "odd ones end at 2025-03-01 03:10, 2025-03-01 04:00" in fault


def test_mixed_steps_are_no_gaps(files: Files) -> None:
    times = [*hours(count=12), *hours("2025-03-01 12:00", 48, "15min")]
    gaps = {"fill": "hold", "at_most": "3 h"}
    mixed, *_ = files.faults(files.csv(times, [0.5] * 60, gaps=gaps))
    assert "the steps are mixed; for one of 15 min, rows are missing (36 of 96): 2025-03-01 00:15," in mixed
    assert "if these are gaps, say `time: {step: 15 min}`" in mixed
    stated = files.csv(times, [0.5] * 60, gaps=gaps, time={"zone": "UTC", "step": "15 min"}, resample="mean")
    assert files.wind(stated) == [0.5] * 24


def test_a_stated_step_that_does_not_fit(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours(), VALUES, time={"zone": "UTC", "step": "40 min"}))
    assert "the steps between rows are mixed: 23 x 60 min" in fault


# --- faults of values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        ("n/a?", "1", "not numbers (1): 'n/a?' at 2025-03-01 04:00; write numbers"),
        ("inf", "MW", "infinite (1): inf at 2025-03-01 04:00; write finite numbers"),
        ("-inf", "MW", "infinite (1): -inf at 2025-03-01 04:00"),
        (
            "-0.001",
            "kW/kW",
            "not between 0 and 1 (1): -0.001 at 2025-03-01 04:00; if these are rounding errors of a model",
        ),
        ("31.2", "1", "not between 0 and 1 (1): 31.2 at 2025-03-01 04:00; if these are percent, say `unit: '%'`"),
        ("120", "%", "not between 0 and 1 (1): 120 at 2025-03-01 04:00; correct the values, or the unit"),
        ("-5", "MW", "negative (1): -5 at 2025-03-01 04:00; correct the values"),
        ("-5", "gCO2e/kWh", "not between 0 and 5 tCO2e/MWh (1): -5 at 2025-03-01 04:00"),
        (
            "551",
            "tCO2e/MWh",
            "not between 0 and 5 tCO2e/MWh (1): 551 at 2025-03-01 04:00; check the unit; grids have up",
        ),
        (
            "291.15",
            "degC",
            "not between -90 and 60 degC (1): 291.15 at 2025-03-01 04:00; if these are kelvin, say `unit: K`",
        ),
    ],
)
def test_faults_of_values(files: Files, value: str, unit: str, told: str) -> None:
    values: list[object] = [0.5] * 24
    values[4] = value
    (fault,) = files.faults(files.csv(hours(), values, columns={"wind": {"unit": unit}}))
    assert fault.startswith("a.csv, column 'wind' (wind): " + told)


def test_negative_prices_are_prices(files: Files) -> None:
    assert files.wind(files.csv(hours(), [-5.0] * 24, columns={"wind": {"unit": "USD/MWh"}})) == [-5.0] * 24


def test_values_outside_the_horizon_do_not_matter(files: Files) -> None:
    values: list[object] = [0.5] * 72
    values[0], values[10], values[71] = "x", "inf", ""
    assert files.wind(files.csv(hours("2025-02-28", 72), values)) == [0.5] * 24


def test_a_shape_needs_a_value_above_zero(files: Files) -> None:
    (fault,) = files.faults(files.csv(hours(), [0] * 24, columns={"wind": {"peak": "33.3 MW"}}))
    assert "no value is above 0, so that none can be scaled to the peak" in fault


def test_faults_of_units(files: Files) -> None:
    content = xr.Dataset({"wind": ("hour", VALUES, {"units": "parsec"}), "sun": ("hour", VALUES)})
    content.assign_coords(hour=DAY.starts).to_netcdf(files.folder / "a.nc", engine="h5netcdf")
    unknown, none = files.faults(SeriesFile(path="a.nc"))
    assert unknown.startswith("a.nc, column 'wind' (wind): 'parsec' is not an accepted unit; accepted: W, kW, MW")
    assert none == "a.nc, column 'sun' (sun): no unit is given; say `unit: MW`, or whatever it is"
    (rate,) = files.faults(files.csv(hours(), VALUES, columns={"price": {"column": "wind", "unit": "EUR/MWh"}}))
    assert (
        "(price): is in EUR, the scenario in USD; say how many USD one EUR costs: `exchange_rates: {EUR: ...}`" in rate
    )


# --- all together -----------------------------------------------------------------------------------------------------


def test_the_faults_of_all_files_are_told_at_once(files: Files) -> None:
    times = hours()
    bad = files.csv([*times[:3], *times[4:]], ["x", "inf", "", *VALUES[:20]], path="bad.csv")
    again = files.csv(times, VALUES, path="again.csv")
    gone = SeriesFile(path="agian.csv", time={"column": "time"}, columns={"sun": {"unit": "1"}})
    old = files.csv(hours("2019-01-01"), [2.0] * 24, path="old.csv", columns={"sun": {"column": "wind", "unit": "1"}})
    told = files.faults(bad, again, gone, old)
    expected = [
        "rows missing (1)",
        "not numbers",
        "blank or NaN",
        "infinite",
        "the series is given by",
        "there is no such file",
    ]
    expected += ["nothing of the horizon", "not between 0 and 1"]
    assert len(told) == len(expected)
    assert all(any(part in fault for fault in told) for part in expected)


def test_a_series_given_twice(files: Files) -> None:
    a, b = files.csv(hours(), VALUES), files.csv(hours(), VALUES, path="b.csv")
    (fault,) = files.faults(a, b)
    told = (
        "wind: the series is given by a.csv, column 'wind' and by b.csv, column 'wind'; give one of them another name"
    )
    assert fault == told


# --- the column map ---------------------------------------------------------------------------------------------------

MAP = {"path": "a.csv", "time": {"column": "t", "zone": "UTC"}, "columns": {"wind": {"unit": "1"}}}


def test_a_column_map_survives_being_written() -> None:
    file = SeriesFile(**{**MAP, "lay_on": {"by": "position", "start": "2024-09-01"}, "exchange_rates": {"EUR": 1.08}})
    file = SeriesFile(**{**file.model_dump(), "gaps": {"fill": "hold", "at_most": "6 h"}, "note": "a"})
    document = file.model_dump(mode="json", exclude_none=True)
    assert document["gaps"] == {"fill": "hold", "at_most": "6 h"}
    assert SeriesFile(**json.loads(json.dumps(document))) == file


def test_the_short_forms_are_in_the_schema() -> None:
    schema = SeriesFile.model_json_schema()
    for key in ("lay_on", "gaps"):
        assert {"type": "string"} in schema["properties"][key]["anyOf"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"path": "a.xlsx"}, "the ending of 'a.xlsx' tells no format; say `format: csv` or `format: netcdf`"),
        ({"time": {}}, "'a.csv' has no time column named"),
        ({"columns": {}}, "'a.csv' has no columns mapped"),
        ({"columns": {"dt": {}}}, "'dt' is kept for the time axis"),
        ({"columns": {"2 winds": {}}}, "'2 winds' is not usable as the name of a series"),
        ({"columns": {"wind": {"unit": "mw"}}}, "columns.wind.unit: 'mw' is not an accepted unit; did you mean 'MW'?"),
        ({"columns": {"wind": {"peak": "33 mw"}}}, "'33 mw' is not a peak"),
        ({"columns": {"wind": {"peak": "33 MWh"}}}, "'33 MWh' is not a peak"),
        ({"columns": {"wind": {"peak": -1}}}, "a peak of -1 is not above 0"),
        ({"columns": {"wind": {"peak": 3, "scale": 2}}}, "both `scale` and `peak` are given"),
        (
            {"time": {"column": "t", "zone": "Europe/Madird"}},
            "'Europe/Madird' is not a time zone; did you mean 'Europe/Madrid'?",
        ),
        ({"time": {"column": "t", "format": "%d %z"}}, "'%d %z' is not a usable format of times"),
        ({"lay_on": "positon"}, "'positon' is not one of 'calendar' or 'position'; did you mean 'position'?"),
        ({"lay_on": {"start": "2024-01-01"}}, "a start is given but rows are laid on by calendar"),
        ({"lay_on": {"by": "position", "start": 2024}}, "2024 is not a label of the file"),
        (
            {"lay_on": {"by": "position", "start": "2024-01-01T00:00Z"}},
            "write the label as the file has it, without a zone",
        ),
        ({"gaps": "hold"}, "gaps are filled (hold) up to no stated length; add `at_most`, such as '6 h'"),
        ({"gaps": {"fill": "hold", "at_most": 6}}, "6 is not a duration"),
        ({"decimal": ","}, "',' is both the decimal sign and the separator"),
        ({"encoding": "utf-9"}, "'utf-9' is not a text encoding"),
        ({"exchange_rates": {"eur": 1.08}}, "'eur' is not a currency; write its three capital letters, such as EUR"),
        ({"exchange_rates": {"EUR": 0}}, "0 is not above 0"),
        ({"resample": "sum"}, "'sum' is not one of 'refuse', 'hold' or 'mean'"),
    ],
)
def test_faults_of_the_column_map(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as error:
        SeriesFile(**{**MAP, **change})
    assert told in str(error.value)
