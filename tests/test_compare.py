"""Runs side by side: the table, the page, and runs that cannot or should not be compared."""

from __future__ import annotations

import errno
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.compare import comparison_table, differences, load_runs
from optimizer.errors import InputError
from optimizer.result import Result
from optimizer.terminal import comparison_text
from tests.commands import call, names, write_site

CHANGES: dict[str, Mapping[str, Any]] = {
    "base": {},
    "twin": {"site.batteries.0.energy_capacity": 60},
    "wind": {"name": "With wind", "site.supplies.0.name": "wind"},
    "shifted": {
        "name": "Another year",
        "horizon": {"start": "2031-03-01", "end": "2031-03-03"},
        "series.0.lay_on": "position",
    },
    "short": {
        "name": "One day",
        "horizon": {"start": "2025-03-01", "end": "2025-03-02", "step": "30 min"},
        "series.0.resample": "hold",
    },
}
RENAMED: dict[str, tuple[str, dict[str, str]]] = {
    "large": ("twin", {"scenario": "Large battery"}),
    "euro": ("base", {"scenario": "In euro", "currency": "EUR"}),
    "elsewhere": ("base", {"scenario": "Another site", "site": "shed"}),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run variants of the small site, and give some of them other names."""
    folder = tmp_path_factory.mktemp("variants")
    for name, changes in CHANGES.items():
        done = call(
            "run", write_site(folder / "sites" / name, changes=changes), "-o", folder / name, "--no-report", "-q"
        )
        assert done.code == 0, done.err
    for name, (origin, attrs) in RENAMED.items():
        (folder / name).mkdir()
        Result(Result.load(folder / origin).series.assign_attrs(attrs)).save(folder / name / "result.nc")
    return {name: folder / name for name in (*CHANGES, *RENAMED)}


@pytest.fixture
def _plain_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the time of drawing, where the page's content does not matter."""
    monkeypatch.setattr("optimizer.report.render_comparison", lambda _runs: "<html></html>")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(*arguments: object, told: str) -> list[dict[str, str]]:
    """Compare what cannot be compared; give the faults as data."""
    failed = call("compare", *arguments, "--json")
    assert failed.code == 2
    assert told in failed.err
    assert "Traceback" not in failed.err
    assert names(Path()) == [], "no page may be written"
    return list(failed.record["faults"])


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_two_runs_in_a_table_and_on_a_page(runs: dict[str, Path]) -> None:
    done = call("compare", runs["base"], runs["large"])
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:3] == ["[1] Two days", "[2] Large battery", "change: [2] less [1]; of shares, in percentage points"]
    (row,) = (line.split() for line in lines if line.startswith("Energy of battery"))
    assert row == ["Energy", "of", "battery", "40.00", "60.00", "+20.00", "MWh"]
    assert lines[-1] == "Page: comparison.html"
    assert names(Path()) == ["comparison.html"]
    page = Path("comparison.html").read_text(encoding="utf-8")
    assert "Two days" in page
    assert "Large battery" in page
    assert page.rstrip().endswith("</html>")


def test_the_table_fits_80_columns_however_many_runs_there_are(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    few = load_runs([runs["base"], runs["wind"]])
    many = {f"{name} again, {count}": few[name] for name in few for count in range(5)}
    lines = comparison_text(comparison_table(many), []).splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line for line in lines if line.startswith("Cost per year")]
    assert len(rows) > 1, "ten runs need several blocks"
    assert sum(len(row.split()) - len(["Cost", "per", "year", "USD/a"]) for row in rows) == len(many)


@pytest.mark.usefixtures("_plain_page")
def test_json_holds_every_figure_of_every_run(runs: dict[str, Path]) -> None:
    done = call("compare", runs["base"], runs["wind"], "--json", "-o", "deep/er/page.html")
    record = done.record
    assert (record["status"], record["exit_code"], record["warnings"]) == ("done", 0, [])
    assert record["page"] == str(Path("deep/er/page.html").resolve())
    assert Path(record["page"]).is_file()
    base = Result.load(runs["base"])
    assert record["runs"]["Two days"]["cost_per_year"] == base.value("cost_per_year")
    assert record["runs"]["Two days"]["capacity_wind"] is None, "what a run lacks is null, which JSON knows"
    assert record["runs"]["With wind"]["capacity_wind"] == 60


@pytest.mark.usefixtures("_plain_page")
def test_quiet_writes_the_page_alone(runs: dict[str, Path]) -> None:
    assert call("compare", runs["base"], runs["large"], "--quiet") == (0, "", "")
    assert names(Path()) == ["comparison.html"]


def test_a_result_file_will_do_as_well_as_its_folder(runs: dict[str, Path]) -> None:
    results = load_runs([runs["base"] / "result.nc", runs["twin"] / "result.nc"])
    assert list(results) == ["Two days (base)", "Two days (twin)"]


def test_runs_of_one_name_are_told_apart(runs: dict[str, Path], tmp_path: Path) -> None:
    assert list(load_runs([runs["base"], runs["twin"]])) == ["Two days (base)", "Two days (twin)"]
    shutil.copytree(runs["twin"], tmp_path / "base")
    numbered = load_runs([runs["base"], tmp_path / "base", runs["large"]])
    assert list(numbered) == ["1: Two days (base)", "2: Two days (base)", "3: Large battery"]
    assert [result.value("energy_capacity_battery") for result in numbered.values()] == [40, 60, 60]


def test_a_figure_that_a_run_lacks_is_a_dash(runs: dict[str, Path]) -> None:
    table = comparison_table(load_runs([runs["base"], runs["wind"]]))
    assert math.isnan(table.loc["capacity_wind", "Two days"])
    assert table.loc["capacity_wind", ["label", "unit"]].tolist() == ["Capacity of wind", "MW"]
    (row,) = (line.split() for line in comparison_text(table, []).splitlines() if line.startswith("Capacity of wind"))
    assert row == ["Capacity", "of", "wind", "-", "60.00", "-", "MW"]


def test_shares_change_in_points() -> None:
    table = pd.DataFrame({"label": ["Share", "Nothing"], "unit": ["1", "MW"], "a": [0.5, 1.0], "b": [0.25, 1.0]})
    share, nothing = comparison_text(table, []).splitlines()[-2:]
    assert share.split() == ["Share", "50.00", "25.00", "-25.00", "%"]
    assert nothing.split() == ["Nothing", "1.00", "1.00", "0", "MW"]


@pytest.mark.usefixtures("_plain_page")
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            "shifted",
            "The runs cover different periods: Two days: 2025-03-01 00:00 to 2025-03-03 00:00 UTC; Another year: 2031",
        ),
        ("short", "The runs have different steps: Two days: 60 min; One day: 30 min."),
        ("elsewhere", "The runs are of different sites: Two days: hall; Another site: shed."),
    ],
)
def test_what_differs_besides_the_figures_is_told(other: str, told: str, runs: dict[str, Path]) -> None:
    done = call("compare", runs["base"], runs[other])
    assert done.code == 0
    assert "Before you compare" in done.out
    assert told in " ".join(done.out.split())


@pytest.mark.usefixtures("_plain_page")
def test_warnings_are_in_the_json_line_too(runs: dict[str, Path]) -> None:
    (warning,) = call("compare", runs["base"], runs["elsewhere"], "--json").record["warnings"]
    assert warning == "The runs are of different sites: Two days: hall; Another site: shed."


def test_like_runs_are_compared_without_warning(runs: dict[str, Path]) -> None:
    loaded = load_runs([runs["base"], runs["large"]])
    assert differences({name: run.series for name, run in loaded.items()}) == []


# --- what cannot be compared -----------------------------------------------------------------------------------------


def test_one_run_is_not_enough(runs: dict[str, Path]) -> None:
    refused(runs["base"], told="needs at least two runs; name two or more run folders")


def test_other_currencies_are_refused(runs: dict[str, Path]) -> None:
    refused(runs["base"], runs["euro"], told="the runs count in EUR, USD; run the scenarios in one currency")


def test_all_that_are_no_runs_are_named_at_once(runs: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path.parent / f"{tmp_path.name}-other"
    (other / "broken").mkdir(parents=True)
    (other / "broken" / "result.nc").write_bytes(b"CDF or so")
    (other / "foreign").mkdir()
    pd.DataFrame({"x": [1.0]}).to_xarray().to_netcdf(other / "foreign" / "result.nc", engine="h5netcdf")
    gone = other / "gone"
    faults = refused(runs["base"], gone, other / "broken", other / "foreign", runs["euro"], told="faults in the input")
    assert [fault["where"] for fault in faults[:3]] == [
        str(gone),
        str(other / "broken" / "result.nc"),
        str(other / "foreign" / "result.nc"),
    ]
    assert "holds no result.nc" in faults[0]["what"]
    assert "cannot be read as netCDF" in faults[1]["what"]
    assert "not a result of this program" in faults[2]["what"]
    assert "EUR, USD" in faults[3]["what"]


def test_without_arguments_nothing_is_compared() -> None:
    with pytest.raises(InputError, match="needs at least two runs"):
        load_runs([])


# --- the page is whole or not there ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_plain_page")
def test_a_page_that_cannot_be_written_is_told_and_the_former_one_kept(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("comparison.html").write_text("former", encoding="utf-8")

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    failed = call("compare", runs["base"], runs["large"])
    assert failed.code == 2
    assert "comparison.html: cannot be written: No space left on device; free space there" in failed.err
    assert Path("comparison.html").read_text(encoding="utf-8") == "former"
    assert names(Path()) == ["comparison.html"]


@pytest.mark.usefixtures("_plain_page")
def test_a_folder_in_place_of_the_page_is_told(runs: dict[str, Path]) -> None:
    Path("comparison.html").mkdir()
    failed = call("compare", runs["base"], runs["large"], "-o", "comparison.html")
    assert failed.code == 2
    assert "comparison.html: cannot be written: Is a directory" in failed.err
    assert names(Path()) == ["comparison.html"]


@pytest.mark.usefixtures("_plain_page")
def test_interrupted_while_writing_the_page(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    stopped = call("compare", runs["base"], runs["large"])
    assert stopped.code == 130
    assert names(Path()) == []
