"""A run folder appears whole or not at all, whatever happens; the same inputs give the same run."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.errors import InputError
from optimizer.jobs import folder as folders
from optimizer.jobs.folder import usable_target, whole_folder
from optimizer.jobs.run import run_name, run_scenario
from optimizer.jobs.table import write_table
from optimizer.result import Result
from optimizer.scenario import Scenario
from optimizer.steps import Steps
from tests.commands import call, hourly, names, process, write_site

FILES = frozenset({"run.json", "result.nc"})
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small scenario, in an otherwise empty working folder."""
    monkeypatch.chdir(tmp_path)
    return write_site(tmp_path / "site")


def write(target: Path, text: str = "new") -> None:
    """Write a run of two files."""
    with whole_folder(target, expected=FILES, mark="run.json") as partial:
        for name in FILES:
            (partial / name).write_text(text, encoding="utf-8")


def told(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


# --- the folder ------------------------------------------------------------------------------------------------------


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "run"
    with whole_folder(target, expected=FILES, mark="run.json") as partial:
        (partial / "run.json").write_text("{}", encoding="utf-8")
        assert partial.parent == target.parent, "on the same disk, so that a rename does"
        assert partial.name.startswith(".run.partial-")
        assert not target.exists()
    assert names(target) == ["run.json"]
    assert names(target.parent) == ["run"]
    assert (target.stat().st_mode & 0o777) == (target.parent.stat().st_mode & 0o777)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing_and_keeps_the_former_run(failure: type[BaseException], tmp_path: Path) -> None:
    write(tmp_path / "run", "old")
    with (  # noqa: PT012
        pytest.raises(failure),
        whole_folder(tmp_path / "run", expected=FILES, mark="run.json") as partial,
    ):
        (partial / "result.nc").write_text("half", encoding="utf-8")
        raise failure
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run" / "result.nc").read_text(encoding="utf-8") == "old"


def test_a_former_run_is_replaced_only_after_the_new_one_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "run"
    write(target, "old")
    with whole_folder(target, expected=FILES, mark="run.json") as partial:
        (partial / "run.json").write_text("new", encoding="utf-8")
        assert names(target) == sorted(FILES)
        assert (target / "run.json").read_text(encoding="utf-8") == "old"
    assert names(target) == ["run.json"], "the former run is replaced as a whole"
    assert names(tmp_path) == ["run"]


def test_a_former_run_comes_back_if_the_new_one_cannot_move_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "run"
    write(target, "old")
    rename = Path.rename

    def no_room(self: Path, where: Path) -> Path:
        if ".partial-" in self.name and where == target:
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, where)

    monkeypatch.setattr(Path, "rename", no_room)
    with pytest.raises(InputError, match="No space left on device"):
        write(target)
    assert (target / "run.json").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["run"]


def test_links_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "run", "old")
    (tmp_path / "latest").symlink_to("run")
    write(tmp_path / "latest", "new")
    assert names(tmp_path) == ["latest", "run"]
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "new"


def test_a_link_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match=r"loop: (is a link that leads back to itself|cannot be written: .*); choose"):
        write(tmp_path / "loop")


def test_a_link_to_no_run_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("new/run")
    write(tmp_path / "latest")
    assert names(tmp_path / "new" / "run") == sorted(FILES)


def test_unusable_targets_are_refused_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    strange = tmp_path / "strange"
    write(strange)
    (strange / "thesis.docx").write_text("mine", encoding="utf-8")
    (tmp_path / "alike").mkdir()
    (tmp_path / "alike" / "result.nc").write_text("mine", encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for target, reason in {
        tmp_path / "file": "is a file, not a folder; choose another --output",
        tmp_path / "file" / "run": "which is a file; choose another --output",
        strange: "holds thesis.docx, which is not part of a run; choose another --output",
        tmp_path / "alike": "holds result.nc but no run.json, so it is not a run; choose another --output",
        work: "is the working folder, or holds it; name a folder below it",
        Path(): "is the working folder, or holds it; name a folder below it",
        tmp_path: "is the working folder, or holds it; name a folder below it",
        tmp_path / ("x" * 300): "cannot be written: File name too long; choose another --output",
    }.items():
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(InputError) as error:
            write(target)
        assert reason in told(error)
        assert str(target) in told(error)
        assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write(tmp_path / "run")
    assert names(tmp_path / "run") == sorted(FILES)


def test_a_failure_elsewhere_is_not_blamed_on_the_target(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        whole_folder(tmp_path / "run", expected=FILES, mark="run.json"),
    ):
        Path("/no/such/asset.css").read_text(encoding="utf-8")
    assert names(tmp_path) == []


@POSIX
def test_what_dead_runs_left_is_swept_but_not_what_a_living_one_writes(tmp_path: Path) -> None:
    dead, other = tmp_path / ".run.partial-0123456789ab", tmp_path / ".other.partial-0123456789ab"
    for path in (dead, other):
        path.mkdir()
        (path / "result.nc").write_text("half", encoding="utf-8")
    with whole_folder(tmp_path / "run", expected=FILES, mark="run.json") as living:
        (living / "run.json").write_text("first", encoding="utf-8")
        assert not dead.exists()
        write(tmp_path / "run", "second")  # another run with the same output, in the meantime
        assert living.exists()
        assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "second"
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "first", "the last one stays"
    assert names(tmp_path) == [".other.partial-0123456789ab", "run"]


@POSIX
def test_a_former_run_caught_between_two_renames_comes_back(tmp_path: Path) -> None:
    write(tmp_path / "run", "old")
    (tmp_path / "run").rename(tmp_path / ".run.former-0123456789ab")  # where a power cut left it
    with (
        pytest.raises(ValueError, match="fails"),
        whole_folder(tmp_path / "run", expected=FILES, mark="run.json"),
    ):
        raise ValueError("fails")
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["run"]


def test_many_at_once_leave_one_whole_run(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def often(text: str) -> None:
        try:
            for _ in range(20):
                write(tmp_path / "run", text)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=often, args=(text,)) for text in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(tmp_path) == ["run"]
    assert len({path.read_text(encoding="utf-8") for path in (tmp_path / "run").iterdir()}) == 1


@POSIX
def test_a_signal_between_two_renames_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "run", "old")
    rename = Path.rename

    def interrupted(self: Path, where: Path) -> Path:
        if where == tmp_path / "run":
            os.kill(os.getpid(), signal.SIGINT)
        return rename(self, where)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "run", "new")
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["run"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """Mount a small disk, which only root may."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("must not mount a disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in which nothing can be written: by its rights, or for root by mounting it so."""
    place = tmp_path / "read-only"
    place.mkdir(mode=0o500)
    if not os.access(place, os.W_OK):
        yield place
        return
    with mounted(place, "ro"):
        yield place


def test_a_read_only_place_is_refused_before_the_work(read_only: Path) -> None:
    with pytest.raises(InputError, match="cannot be written") as error:
        usable_target(read_only / "run", expected=FILES, mark="run.json")
    assert "choose another --output" in told(error)


def test_a_mount_point_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "volume").mkdir()
    monkeypatch.setattr(folders.os.path, "ismount", lambda path: Path(path).name == "volume")
    with pytest.raises(InputError, match="is a mount point") as error:
        usable_target(tmp_path / "volume", expected=FILES, mark="run.json")
    assert str(tmp_path / "volume" / "run") in told(error)


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda target: target.write_text("mine", encoding="utf-8"), "is a file, not a folder"),
        (lambda target: (target.mkdir(), (target / "mine.txt").touch()), "holds mine.txt, which is not part of a run"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_solving(
    prepare: object, reason: str, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.model.Model.solve", lambda *_a, **_o: pytest.fail("must not solve"))
    assert callable(prepare)
    prepare(Path("run"))
    failed = call("run", site, "-o", "run", "--json")
    assert failed.code == 2
    assert reason in failed.record["faults"][0]["what"]
    assert Path("run").exists()


@pytest.mark.parametrize("where", ["write_bytes", "write_text"])
def test_a_full_disk_is_told_and_leaves_nothing(where: str, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert call("run", site, "-o", "run", "-q", "--no-report").code == 0
    before = (Path("run") / "run.json").read_text(encoding="utf-8")
    monkeypatch.setattr(Path, where, full)
    failed = call("run", site, "-o", "run", "-q", "--no-report")
    assert failed.code == 2
    assert failed.err == (
        "optimizer: run: cannot be written: No space left on device; free space there, or choose another --output\n"
    )
    assert names(Path()) == ["run", "site"]
    assert (Path("run") / "run.json").read_text(encoding="utf-8") == before


@POSIX
@pytest.mark.parametrize("page", [True, False])
def test_a_limit_on_file_sizes_is_told_and_leaves_nothing(page: bool, site: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))"  # HDF5 would crash
    arguments = [] if page else ["--no-report"]
    failed = process("run", site, "-o", "run", "-q", *arguments, before=limit).ended()
    assert failed.code == 2
    assert "run: cannot be written: File too large; raise the limit on the size of files" in failed.err
    assert len(failed.err.splitlines()) == 1
    assert names(Path()) == ["site"]


def test_a_really_full_disk(site: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with mounted(small, "size=100k"):
        failed = process("run", site, "-o", small / "run", "-q").ended()
        assert failed.code == 2
        assert "cannot be written: No space left on device" in failed.err
        assert len(failed.err.splitlines()) == 1
        assert names(small) == []


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_stopped_while_writing(number: signal.Signals, site: Path) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{number.name} is ignored here, as under nohup, and so by every process that is started")
    stop = (
        "import os, time; from optimizer.result import Result\n"
        f"Result.schedule = lambda self: (os.kill(os.getpid(), {int(number)}), time.sleep(60))"
    )
    stopped = process("run", site, "-o", "run", "-q", "--no-report", before=stop).ended()
    assert not Path("run").exists()
    if number is not signal.SIGKILL:
        assert stopped.code == 130
        assert stopped.err.startswith("optimizer: interrupted")
        assert names(Path()) == ["site"]
        return
    assert stopped.code == -signal.SIGKILL
    (left,) = (name for name in names(Path()) if name != "site")
    assert left.startswith(".run.partial-"), "hidden, and not under the final name"
    assert names(Path(left)) == ["result.nc", "summary.csv"]
    assert call("run", site, "-o", "run", "-q", "--no-report").code == 0
    assert names(Path()) == ["run", "site"]


def test_two_runs_at_once_with_the_same_output(site: Path) -> None:
    both = [process("run", site, "-o", "run", "-q", "--no-report") for _ in range(2)]
    assert [started.ended() for started in both] == [(0, "", "")] * 2
    assert names(Path()) == ["run", "site"]
    assert Result.load("run").certificate["proved"] is True


# --- the same again --------------------------------------------------------------------------------------------------


def run(file: Path, output: Path | None = None) -> tuple[Result, Path]:
    return run_scenario(file, output, page=False)


def named(file: Path) -> str:
    scenario = Scenario.load(file)
    return run_name(scenario, scenario.read())


def test_the_same_inputs_give_the_same_run(site: Path, tmp_path: Path) -> None:
    _, first = run(site)
    (tmp_path / "elsewhere").mkdir()
    shutil.move(site.parent, tmp_path / "elsewhere" / "moved")
    shutil.copytree(first, tmp_path / "kept")
    _, second = run(tmp_path / "elsewhere" / "moved" / "scenario.yaml")
    assert first == second
    for name in ("summary.csv", "schedule.csv", "bill.csv"):
        assert (tmp_path / "kept" / name).read_bytes() == (second / name).read_bytes()
    one, two = (xr.load_dataset(path / "result.nc", engine="h5netcdf") for path in (tmp_path / "kept", second))
    xr.testing.assert_identical(one.drop_attrs(deep=False), two.drop_attrs(deep=False))
    assert {key: value for key, value in one.attrs.items() if key != "certificate"} == {
        key: value for key, value in two.attrs.items() if key != "certificate"
    }, "only the certificate tells how long it took"


def test_tables_are_written_of_what_there_is(tmp_path: Path) -> None:
    financed = {"finance": {"discount_rate": 0.07, "years": 3}}
    result, folder = run_scenario(write_site(tmp_path / "site", changes=financed), tmp_path / "run", page=False)
    bill, flows = (pd.read_csv(folder / name) for name in ("bill.csv", "cash_flow.csv"))
    assert bill["annual_cost"].sum() == pytest.approx(result.costs()["Grid energy"])
    assert list(flows["year"]) == [0, 1, 2, 3]
    assert flows["Total"].to_numpy() == pytest.approx(result.cash_flow()["Total"].to_numpy())
    alone = {"site.grid": None, "site.load.value_of_lost_load": 1000}
    _, folder = run_scenario(write_site(tmp_path / "alone", changes=alone), tmp_path / "run", page=False)
    assert names(folder) == ["result.nc", "run.json", "schedule.csv", "summary.csv"], "a former run's tables are gone"


def test_other_inputs_give_another_name(site: Path, tmp_path: Path) -> None:
    other = hourly()
    other.loc[7, "price"] += 0.01
    given = [
        named(site),
        named(write_site(tmp_path / "price", series=other)),
        named(write_site(tmp_path / "battery", changes={"site.batteries.0.energy_capacity": 41})),
        named(write_site(tmp_path / "target", changes={"targets": {"cfe": 0.1}})),
    ]
    assert len(set(given)) == len(given)
    assert {name.rpartition("-")[0] for name in given} == {"two-days"}


@pytest.mark.parametrize(
    ("name", "start"), [("Città 上海: a b", "citt-a-b-"), ("上海", "run-"), ("x" * 300, "x" * 60 + "-")]
)
def test_run_names_are_plain_file_names(name: str, start: str, tmp_path: Path) -> None:
    assert named(write_site(tmp_path, changes={"name": name})).startswith(start)


def test_nothing_but_the_netcdf_library_is_needed_to_read_a_result(site: Path) -> None:
    found, folder = run(site, Path("run"))
    read = xr.load_dataset(folder / "result.nc", engine="h5netcdf")
    np.testing.assert_array_equal(read["grid_import"], found.series["grid_import"])
    assert read["grid_import"].attrs["units"] == "MW"


def test_steps_add_up() -> None:
    steps = Steps()
    for _ in range(2):
        with steps.step("again"):
            pass
    with pytest.raises(KeyError), steps.step("never done"):
        raise KeyError
    assert list(steps.seconds) == ["again"]


def test_tables_are_those_that_pandas_would_write(tmp_path):
    moments = pd.date_range("2025-03-30T00:00Z", periods=4, freq="30min", name="time_utc")
    columns = {
        "time_local": moments.tz_convert("Europe/Paris"),
        'comma, and "quote"': [1.0, float("nan"), 1e-9, 123456.789],
        "plain": [-0.0, 1 / 3, float("inf"), 7.0],
    }
    table = pd.DataFrame(columns, index=moments)
    write_table(table, tmp_path / "ours.csv")
    table.to_csv(tmp_path / "theirs.csv", float_format="%.6g")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()
