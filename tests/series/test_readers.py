"""Readers: each dialect that is accepted, and each way in which a file can be unreadable."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.errors import InputError
from optimizer.series.file import SeriesFile
from optimizer.series.readers import RawTable, read_table

PLAIN = "time,wind\n2025-01-01 00:00,0.5\n2025-01-01 01:00,0.25\n"


def csv_file(**change: Any) -> SeriesFile:
    plain = {"path": "a.csv", "time": {"column": "time", "zone": "UTC"}, "columns": {"wind": {"unit": "1"}}}
    return SeriesFile(**{**plain, **change})


def read_text(folder: Path, text: str | bytes, **change: Any) -> RawTable:
    (folder / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(folder / "a.csv", csv_file(**change))


def refusal(folder: Path, text: str | bytes, **change: Any) -> str:
    with pytest.raises(InputError) as error:
        read_text(folder, text, **change)
    return str(error.value)


def times(table: RawTable) -> list[str]:
    return [str(label) for label in table.labels.astype("datetime64[m]")]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (PLAIN, {}),
        ("\ufeff" + PLAIN, {}),
        (PLAIN.replace("\n", "\r\n"), {}),
        ("# made by hand\n# units: 1\n" + PLAIN, {"skip_rows": 2}),
        (PLAIN.replace(",", ";").replace("0.", "0,"), {"separator": ";", "decimal": ","}),
        (PLAIN.replace(",", "\t"), {"separator": "\t"}),
        (PLAIN.replace(",", ", ").replace("time, wind", '"time", "wind"'), {}),
        (PLAIN.replace("2025-01-01 ", "01/01/2025 "), {"time": {"column": "time", "format": "%d/%m/%Y %H:%M"}}),
        (PLAIN.replace("-01 0", "-01T0").replace(":00,", ":00:00,"), {}),
        ("note,wind,time\nx,0.5,2025-01-01 00:00\ny,0.25,2025-01-01 01:00\n", {}),
        (
            PLAIN.replace("wind", "Größe").encode("latin-1"),
            {"encoding": "latin-1", "columns": {"wind": {"column": "Größe"}}},
        ),
    ],
    ids=["plain", "bom", "crlf", "skip", "semicolon", "tab", "spaces", "format", "iso T", "other columns", "latin-1"],
)
def test_dialects(tmp_path: Path, text: str | bytes, change: dict[str, Any]) -> None:
    table = read_text(tmp_path, text, **change)
    assert times(table) == ["2025-01-01T00:00", "2025-01-01T01:00"]
    assert table.labels.dtype == "datetime64[ns]"
    assert table.values["wind"].tolist() == [0.5, 0.25]
    assert table.offsets is None
    assert table.zone is None
    assert table.texts == {"wind": {}}


@pytest.mark.parametrize("suffix", ["Z", "+00:00", "+0000", "+00"])
def test_offsets_beside_times(tmp_path: Path, suffix: str) -> None:
    table = read_text(tmp_path, PLAIN.replace(":00,", f":00{suffix},"))
    assert times(table) == ["2025-01-01T00:00", "2025-01-01T01:00"]
    assert table.offsets is not None
    assert (table.offsets == np.timedelta64(0)).all()


def test_offsets_that_change(tmp_path: Path) -> None:
    text = "time,wind\n2025-10-26T02:30+02:00,1\n2025-10-26T02:30+01:00,1\n2025-10-26T03:30-05:30,1\n"
    table = read_text(tmp_path, text)
    assert times(table) == ["2025-10-26T02:30", "2025-10-26T02:30", "2025-10-26T03:30"]
    assert table.offsets is not None
    assert (table.offsets / np.timedelta64(1, "h")).tolist() == [2.0, 1.0, -5.5]


def test_blank_cells_and_texts(tmp_path: Path) -> None:
    text = "time,wind,sun\n" + "".join(
        f"2025-01-01 0{hour}:00,{wind},{hour}\n"
        for hour, wind in enumerate(["1", "", "NaN", "n/a?", "True", "inf", "1e-3", "7,5"])
    ).replace("7,5", '"7,5"')
    table = read_text(tmp_path, text, columns={"wind": {"unit": "1"}, "sun": {"unit": "MW"}})
    assert np.isnan(table.values["wind"]).tolist() == [False, True, True, True, True, False, False, True]
    assert table.values["wind"][5:7].tolist() == [np.inf, 0.001]
    assert table.texts["wind"] == {3: "n/a?", 4: "True", 7: "7,5"}
    assert table.values["sun"].tolist() == list(range(8))


def test_a_text_does_not_spoil_the_decimal_comma(tmp_path: Path) -> None:
    table = read_text(tmp_path, "time;wind\n2025-01-01 00:00;0,5\n2025-01-01 01:00;x\n", separator=";", decimal=",")
    assert table.values["wind"][0] == 0.5
    assert table.texts["wind"] == {1: "x"}


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "wind_2019.csv").write_text(PLAIN)
    with pytest.raises(InputError, match=r"^wind_2018.csv: there is no such file; did you mean 'wind_2019.csv'\?$"):
        read_table(tmp_path / "wind_2018.csv", csv_file(path="wind_2018.csv"))
    with pytest.raises(InputError, match=r"x/a.csv: there is no such file, nor its folder"):
        read_table(tmp_path / "x" / "a.csv", csv_file(path="x/a.csv"))
    (tmp_path / "link.csv").symlink_to("gone.csv")
    with pytest.raises(InputError, match=r"link.csv: .* it is a link to gone.csv, which does not exist; mend the link"):
        read_table(tmp_path / "link.csv", csv_file(path="link.csv"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder.csv: is a folder, not a file"):
        read_table(tmp_path / "folder.csv", csv_file(path="folder.csv"))


@pytest.mark.parametrize(
    ("text", "change", "told"),
    [
        (PLAIN, {"columns": {"a": {"column": "Wind speed"}}}, "there is no column 'Wind speed'"),
        (PLAIN, {"columns": {"a": {"column": "wint"}}}, "a.csv: there is no column 'wint'; did you mean 'wind'?"),
        (PLAIN, {"time": {"column": "Time"}}, "there is no column 'Time'; did you mean 'time'?"),
        (PLAIN, {"separator": ";"}, "the header has one cell: 'time,wind'; check `skip_rows` and `separator`"),
        (PLAIN, {"skip_rows": 5}, "there is no header after 5 lines; check `skip_rows`"),
        ("", {}, "there is no header after 0 lines"),
        ("time,wind\n", {}, "a.csv: has a header but no rows"),
        ("time,wind,wind\n2025-01-01 00:00,1,2\n", {}, "the header has the column 'wind' twice"),
        (PLAIN.replace("0.", "0,"), {}, "the first row has 3 cells, the header 2; check `separator` and `decimal`"),
        (PLAIN + "2025-01-01 02:00,0,5\n", {}, "Expected 2 fields in line 3, saw 3"),
        (PLAIN.replace(" 00:00", " 25:00"), {}, "times that cannot be read (1): row 1: '2025-01-01 25:00'"),
        (PLAIN.replace("2025-01-01 ", "1.1.2025 "), {}, "say `time: {format: '%d/%m/%Y %H:%M'}`"),
        (PLAIN, {"time": {"column": "time", "format": "%d/%m/%Y"}}, "the format given is '%d/%m/%Y'"),
        (PLAIN.replace("2025-01-01 01:00", ""), {}, "times that cannot be read (1): row 2: blank"),
        (PLAIN.replace("00:00,", "00:00Z,"), {}, "times that cannot be read (1): row 2: '2025-01-01 01:00'"),
        (PLAIN.replace("2025", "1025"), {}, "times that cannot be read (2): row 1"),
        (b"\xff\xfe\x00time", {}, "a.csv: is not text in utf-8"),
    ],
)
def test_unreadable_text(tmp_path: Path, text: str | bytes, change: dict[str, Any], told: str) -> None:
    assert told in refusal(tmp_path, text, **change)


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, PLAIN, time={"column": "tim"}, columns={"a": {"column": "win"}, "b": {"column": "sun"}})
    assert told.startswith("3 faults")


# --- netCDF -----------------------------------------------------------------------------------------------------------


def dataset() -> xr.Dataset:
    hours = pd.date_range("2025-01-01", periods=3, freq="h").as_unit("ns")
    wind = ("hour", [0.5, 0.25, np.nan], {"units": "1", "source": "a model"})
    return xr.Dataset(
        {
            "wind": wind,
            "count": ("hour", [1, 2, 3]),
            "dt": ("hour", [1.0, 1.0, 1.0], {"units": "h"}),
            "mean": ((), 0.4),
        },
        coords={"hour": ("hour", hours, {"time_zone": "UTC"})},
        attrs={"note": "synthetic"},
    )


def read_dataset(folder: Path, content: xr.Dataset, engine: str = "h5netcdf", **change: Any) -> RawTable:
    content.to_netcdf(folder / "a.nc", engine=engine)
    return read_table(folder / "a.nc", SeriesFile(**{"path": "a.nc", **change}))


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_netcdf_of_both_kinds(tmp_path: Path, engine: str) -> None:
    table = read_dataset(tmp_path, dataset(), engine)
    assert times(table) == ["2025-01-01T00:00", "2025-01-01T01:00", "2025-01-01T02:00"]
    assert table.zone == "UTC"
    assert set(table.values) == {"wind", "count"}, "what is no series over time, and the lengths dt, stay out"
    assert table.values["wind"][:2].tolist() == [0.5, 0.25]
    assert np.isnan(table.values["wind"][2])
    assert table.values["count"].dtype == np.float64
    assert table.units == {"wind": "1"}
    assert table.notes["wind"] == ("synthetic", "a model")


def test_netcdf_with_a_column_map(tmp_path: Path) -> None:
    table = read_dataset(tmp_path, dataset(), columns={"breeze": {"column": "wind"}})
    assert table.columns == {"breeze": "wind"}
    assert table.units == {"breeze": "1"}


def test_netcdf_times_are_utc_by_convention_unless_a_zone_is_given(tmp_path: Path) -> None:
    content = dataset()
    del content["hour"].attrs["time_zone"]
    assert read_dataset(tmp_path, content).zone == "UTC"
    assert read_dataset(tmp_path, content, time={"zone": "Africa/Casablanca"}).zone is None


def test_netcdf_names_the_time_axis_where_there_are_two(tmp_path: Path) -> None:
    content = dataset().assign_coords(boundary=pd.date_range("2025-01-01", periods=4, freq="h").as_unit("ns"))
    with pytest.raises(InputError, match=r"a.nc: has several time axes: hour, boundary; say which by `time:"):
        read_dataset(tmp_path, content)
    assert len(read_dataset(tmp_path, content, time={"column": "hour"}).labels) == 3


@pytest.mark.parametrize(
    ("content", "change", "told"),
    [
        (dataset(), {"columns": {"a": {"column": "wint"}}}, "there is no column 'wint'; did you mean 'wind'?"),
        (
            dataset(),
            {"columns": {"a": {"column": "mean"}}},
            "the variable 'mean' runs over nothing, not over hour alone",
        ),
        (
            dataset().expand_dims(place=2),
            {"columns": {"wind": {}}},
            "'wind' runs over place, hour, not over hour alone",
        ),
        (dataset(), {"time": {"column": "time"}}, "there is no column 'time'; known: 'hour'"),
        (dataset().drop_vars("hour"), {}, "a.nc: has no time axis"),
        (dataset()[["hour"]], {}, "a.nc: has no variable over hour"),
        (dataset().isel(hour=slice(0)), {}, "the time axis hour is empty"),
    ],
)
def test_unusable_netcdf(tmp_path: Path, content: xr.Dataset, change: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as error:
        read_dataset(tmp_path, content, **change)
    assert told in str(error.value)


def test_netcdf_texts(tmp_path: Path) -> None:
    table = read_dataset(tmp_path, dataset().assign(wind=("hour", ["a", "b", "c"])))
    assert table.texts["wind"] == {0: "a", 1: "b", 2: "c"}


@pytest.mark.parametrize("start", [b"", b"not a netCDF file", b"\x89HDF\r\n\x1a\n" + b"cut", b"CDF\x01cut"])
def test_a_file_that_is_no_netcdf(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.nc").write_bytes(start)
    with pytest.raises(InputError, match=r"a.nc: cannot be read as netCDF"):
        read_table(tmp_path / "a.nc", SeriesFile(path="a.nc"))


def test_a_calendar_without_leap_days_is_refused(tmp_path: Path) -> None:
    content = dataset().assign_coords(
        hour=("hour", [0, 1, 2], {"units": "hours since 2025-01-01", "calendar": "noleap"})
    )
    with pytest.raises(InputError, match=r"a.nc: (has no time axis|cannot be read as netCDF)"):
        read_dataset(tmp_path, content)
