"""Bad input, end to end: the exit code, a message that tells where, what and how to mend it, and nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.lp.rules import cost, variable
from optimizer.model import Model
from tests.commands import EXAMPLE, HOURS, Outcome, call, hourly, names, process, write_site

UNREADABLE = Path("/proc/self/mem")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that anything written is found."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


def refused(file: Path, *told: str, code: int = 2, options: tuple[str, ...] = ()) -> Outcome:
    """Run a scenario that must fail, and check all that holds for every failure."""
    failed = call("run", file, "--json", "--quiet", *options)
    assert failed.code == code, failed.err
    for text in told:
        assert text in failed.err
    assert failed.err.startswith("optimizer: ")
    assert "Traceback" not in failed.err
    record = failed.record
    assert (record["status"], record["exit_code"]) == ("failed", code)
    assert record["message"] == failed.err.removeprefix("optimizer: ").rstrip("\n")
    assert names(Path()) == [], "nothing may be written"
    return failed


def remedies(failed: Outcome) -> list[str]:
    """Give the remedy of each fault."""
    return [fault["remedy"] for fault in failed.record["faults"]]


def site(tmp_path: Path, *, series: pd.DataFrame | None = None, **changes: Any) -> Path:
    """Write the small site with changes by dotted path, in which ``__`` stands for the dot."""
    given: Mapping[str, Any] = {path.replace("__", "."): value for path, value in changes.items()}
    return write_site(tmp_path / "site", series=series, changes=given)


# --- the scenario file -----------------------------------------------------------------------------------------------


def test_missing_scenario(tmp_path: Path) -> None:
    site(tmp_path)
    failed = refused(tmp_path / "site" / "scenaro.yaml", "scenaro.yaml: no such file")
    assert remedies(failed) == [f"did you mean {tmp_path / 'site' / 'scenario.yaml'}?"]


def test_folder_in_place_of_a_scenario(tmp_path: Path) -> None:
    site(tmp_path)
    refused(tmp_path / "site", "is a folder", f"did you mean {tmp_path / 'site' / 'scenario.yaml'}?")


def test_binary_scenario(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_bytes(bytes(range(256)) * 20)
    refused(file, f"{file} is not UTF-8 text", "save it as UTF-8")


def test_empty_scenario(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.touch()
    refused(file, f"{file}: is empty", "give at least `name`, `horizon` and `site`")


def test_series_file_in_place_of_a_scenario(tmp_path: Path) -> None:
    refused(site(tmp_path).parent / "series.csv", "series.csv: holds", "not a mapping of keys to values")


@pytest.mark.parametrize(
    ("text", "place", "told", "remedy"),
    [
        ("name: a\n\thorizon: b\n", ":2:1", "is not YAML", "indent with blanks, not tabs"),
        ("name: [a\nsite: {}\n", ":2", "is not YAML", "look for a bracket"),
        ("name: a\n---\nname: b\n", ":2", "more than one document", "remove the line '---'"),
    ],
)
def test_syntax_error(text: str, place: str, told: str, remedy: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    refused(file, f"{file}{place}", told, remedy)


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs a file that not even root can read, as Linux has")
def test_unreadable_file(tmp_path: Path) -> None:
    refused(UNREADABLE, f"{UNREADABLE} cannot be read: ", "Input/output error")
    file = site(tmp_path, series__0__path=str(UNREADABLE), series__0__format="csv")
    refused(file, f"{UNREADABLE}: cannot be read: Input/output error")


def test_negative_capacity(tmp_path: Path) -> None:
    file = site(tmp_path, site__supplies__0__capacity=-90)
    failed = refused(file, "site.supplies[0].capacity", "-90 is negative; give 0 or more")
    where = failed.record["faults"][0]["where"]
    line = int(where.split(":")[1])
    assert where.startswith(f"{file}:")
    assert "-90" in file.read_text(encoding="utf-8").splitlines()[line - 1]


def test_efficiency_over_one(tmp_path: Path) -> None:
    file = site(tmp_path, site__batteries__0__charge_efficiency=92)
    failed = refused(file, "site.batteries[0].charge_efficiency", "92")
    assert remedies(failed) == ["did you mean 0.92?"]


def test_unknown_key(tmp_path: Path) -> None:
    refused(site(tmp_path, site__grid__energy_prise=3), "energy_prise", "did you mean `energy_price`?")


def test_unknown_series(tmp_path: Path) -> None:
    refused(
        site(tmp_path, site__grid__energy_price="prices"), "site.grid.energy_price", "'prices'", "did you mean 'price'?"
    )


def test_several_faults_at_once_are_all_told(tmp_path: Path) -> None:
    file = site(
        tmp_path,
        currency="usd",
        site__latitude=334,
        site__supplies__0__capacity=-90,
        site__batteries__0__charge_efficiency=92,
        site__time_zone="Africa/Casablanka",
        targets={"cfe": 90},
    )
    failed = refused(
        file, "6 faults", "currency", "latitude", "capacity", "charge_efficiency", "Africa/Casablanca", "targets.cfe"
    )
    assert len(failed.record["faults"]) == 6
    assert failed.err.count("\n  - ") == 6


# --- series ----------------------------------------------------------------------------------------------------------


def test_missing_series_file(tmp_path: Path) -> None:
    file = site(tmp_path, series__0__path="sereis.csv")
    refused(file, "sereis.csv", "did you mean")


def test_folder_in_place_of_a_series_file(tmp_path: Path) -> None:
    file = site(tmp_path, series__0__path="data.csv")
    (file.parent / "data.csv").mkdir()
    refused(file, "data.csv", "folder")


@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_binary_series_file(kind: str, tmp_path: Path) -> None:
    file = site(tmp_path, series__0__path="data.bin", series__0__format=kind)
    (file.parent / "data.bin").write_bytes(bytes(range(256)) * 20)
    refused(file, "data.bin")


def test_wrong_column(tmp_path: Path) -> None:
    file = site(tmp_path, series__0__columns__price__column="prise")
    refused(file, "series.csv", "'prise'", "did you mean 'price'?")


@pytest.mark.parametrize(("value", "told"), [(np.nan, "blank"), ("n/e", "'n/e'"), (np.inf, "inf")])
def test_value_that_is_none(value: object, told: str, tmp_path: Path) -> None:
    series = hourly().astype({"price": object})
    series.loc[30, "price"] = value
    refused(site(tmp_path, series=series), "series.csv, column 'price' (price)", "2025-03-02 06:00", told)


def test_value_out_of_bounds(tmp_path: Path) -> None:
    series = hourly()
    series.loc[12, "sun"] = 1.7
    failed = refused(site(tmp_path, series=series), "'sun'", "2025-03-01 12:00", "1.7")
    assert len(failed.record["faults"]) == 1


def test_duplicate_hours(tmp_path: Path) -> None:
    series = hourly()
    series.loc[20, "time"] = series.loc[19, "time"]
    refused(
        site(tmp_path, series=series),
        "series.csv, column 'time'",
        "more than once (1): 2025-03-01 19:00",
        "keep one row",
    )


def test_missing_hours(tmp_path: Path) -> None:
    series = hourly().drop(index=[20, 21])
    failed = refused(site(tmp_path, series=series), "series.csv", "2025-03-01 20:00", "2025-03-01 21:00")
    assert "gaps" in remedies(failed)[0]


def test_daylight_saving_local_times(tmp_path: Path) -> None:
    series = hourly()
    times = pd.date_range("2025-03-29 12:00", periods=HOURS, freq="h")
    series["time"] = times.strftime("%Y-%m-%d %H:%M")  # a plain clock, through the night in which clocks go forward
    file = site(
        tmp_path,
        series=series,
        horizon={"start": "2025-03-29T11:00Z", "end": "2025-03-31T10:00Z"},
        series__0__time={"column": "time", "zone": "Europe/Madrid"},
    )
    failed = refused(file, "local times that do not exist in Europe/Madrid", "2025-03-30 02:00")
    assert "lay_on: position" in remedies(failed)[0]


def test_times_without_a_zone(tmp_path: Path) -> None:
    file = site(tmp_path, series__0__time={"column": "time"})
    refused(file, "the times have no zone", "say `time: {zone: UTC}`")


def test_series_shorter_than_the_horizon(tmp_path: Path) -> None:
    file = site(tmp_path, series=hourly(40))
    refused(file, "series.csv", "2025-03-02 16:00", "give a longer file")


def test_series_of_another_year(tmp_path: Path) -> None:
    file = site(tmp_path, horizon={"start": "2026-03-01", "end": "2026-03-03"})
    refused(file, "2025-03-01 00:00", "2026-03-01 00:00", "lay_on: position")


def test_unknown_unit(tmp_path: Path) -> None:
    refused(site(tmp_path, series__0__columns__load__unit="MWW"), "series[0].columns.load.unit", "'MWW'", "MW")


def test_wrong_unit(tmp_path: Path) -> None:
    file = site(tmp_path, series__0__columns__load__unit="USD/MWh")
    refused(file, "site.load.it_load", "the series 'load' is in USD/MWh, but MW is needed")


def test_other_currency_without_a_rate(tmp_path: Path) -> None:
    failed = refused(site(tmp_path, series__0__columns__price__unit="EUR/MWh"), "series.csv, column 'price'", "EUR")
    assert "exchange_rates" in remedies(failed)[0]


def test_faults_of_several_files_are_told_together(tmp_path: Path) -> None:
    series = hourly()
    series.loc[7, "price"] = np.nan
    series.loc[3, "load"] = np.nan
    second = {"path": "gone.csv", "time": {"column": "t", "zone": "UTC"}, "columns": {"x": {"unit": "MW"}}}
    file = site(tmp_path, series=series)
    text = file.read_text(encoding="utf-8").replace('"series": [', '"series": [' + str(second).replace("'", '"') + ",")
    file.write_text(text, encoding="utf-8")
    failed = refused(file, "gone.csv", "(price)", "2025-03-01 07:00", "(load)", "2025-03-01 03:00")
    assert len(failed.record["faults"]) == 3


# --- sites without a plan --------------------------------------------------------------------------------------------


def test_infeasible_site(tmp_path: Path) -> None:
    series = hourly()
    series.loc[30, "load"] = 200.0  # no supply, battery or connection reaches that
    failed = refused(site(tmp_path, series=series), "no plan", code=3)
    assert failed.record["error"] == "InfeasibleError"


def test_infeasible_target(tmp_path: Path) -> None:
    failed = refused(site(tmp_path, targets={"cfe": 1.0}), "no plan", code=3)
    assert failed.record["error"] == "InfeasibleError"


def test_unbounded_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No scenario file can state one, as all its bounds are finite; a rule of one's own can."""

    @variable(over="hour")
    def scrip(m: Any, t: Any) -> Any:
        return 0, None

    @cost(over="hour")
    def printed(m: Any, t: Any) -> Any:
        return -m.scrip[t]

    def endless(*arguments: Any, **options: Any) -> Model:
        model = Model(*arguments, **options)
        model.add(scrip)
        model.add(printed)
        return model

    monkeypatch.setattr("optimizer.model.Model", endless)
    failed = refused(site(tmp_path), "the cost can fall without limit", code=3)
    assert failed.record["error"] == "UnboundedError"


def test_time_limit(tmp_path: Path) -> None:
    failed = refused(EXAMPLE / "sizing.yaml", "time_limit", code=4, options=("--time-limit", "0.001"))
    assert failed.record["error"] == "NotSolvedError"


def test_a_fresh_process_ends_with_the_same_code_and_message(tmp_path: Path) -> None:
    file = site(tmp_path, site__batteries__0__charge_efficiency=92)
    failed = process("run", file, "--quiet").ended()
    assert (failed.code, failed.out) == (2, "")
    assert failed.err == call("run", file, "--quiet").err
