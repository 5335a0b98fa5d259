"""The command line: exit codes, what goes to which stream, and that a log is as readable as a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer import cli, terminal
from optimizer.cli import app
from optimizer.errors import InfeasibleError
from optimizer.terminal import number
from tests.commands import EXAMPLE, call, names, process, write_site

RUN_FILES = ["bill.csv", "report.html", "result.nc", "run.json", "schedule.csv", "summary.csv"]
HEAVY = {"numpy", "pandas", "xarray", "pyomo", "highspy", "plotly", "pydantic", "scipy", "rich", "yaml", "h5py"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small scenario, in an otherwise empty working folder."""
    monkeypatch.chdir(tmp_path)
    return write_site(tmp_path / "site")


# --- a run -----------------------------------------------------------------------------------------------------------


def test_run_writes_a_folder_and_tells_of_it(site: Path) -> None:
    done = call("run", site)
    assert done.code == 0
    (folder,) = Path("runs").iterdir()
    assert folder.name.startswith("two-days-")
    assert names(folder) == RUN_FILES
    assert f"Run: runs/{folder.name}" in done.out
    for told in ("Cost per MWh of load", "Carbon-free share, hour by hour", "Battery full cycles", "Proved optimal by"):
        assert told in done.out
    for step in ("read the scenario", "read the series", "state the program", "solve and prove", "write the report"):
        assert step in done.err


def test_text_is_plain_and_fits_80_columns(site: Path) -> None:
    environment = {"COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = process("run", site, "--no-report", "-o", "run", environment=environment).ended()
    assert done.code == 0
    assert "\033" not in done.out + done.err
    assert max(map(len, done.out.splitlines())) <= 80


def test_numbers_stand_under_each_other(site: Path) -> None:
    done = call("run", site, "--no-report", "-o", "run")
    rows = done.out.split("\n\n")[1].splitlines()
    assert len({len(row.rsplit(" ", 1)[0]) for row in rows}) == 1


def test_notes_are_told_and_those_on_the_series_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changes = {"notes": ["All of this is made up."], "series.0.columns.price.note": "unverified, from memory"}
    done = call("run", write_site(tmp_path / "site", changes=changes), "--no-report", "-o", "run")
    assert "- All of this is made up." in done.out
    assert "the horizon is not a whole year" in " ".join(done.out.split())
    assert "unverified, from memory" not in done.out
    assert "1 more on where the series come from" in done.out
    record = json.loads(Path("run/run.json").read_text(encoding="utf-8"))
    assert record["data_notes"] == ["price: unverified, from memory"]


def test_quiet_prints_nothing(site: Path) -> None:
    assert call("run", site, "--quiet", "--no-report", "-o", "run") == (0, "", "")


def test_json_is_one_line_and_all_of_standard_output(site: Path) -> None:
    done = call("run", site, "--json", "--no-report", "-o", "run")
    record = done.record
    assert (record["status"], record["exit_code"], record["scenario"]) == ("done", 0, "Two days")
    assert record["folder"] == str(Path("run").resolve())
    assert record["certificate"]["proved"] is True
    assert record["summary"]["facility_energy"] == pytest.approx(24 * 8760)
    assert set(record["seconds"]) >= {"read the series", "solve and prove", "write the files"}
    assert "solve and prove" in done.err


def test_json_is_one_line_also_on_failure_with_every_fault_as_data(tmp_path: Path) -> None:
    changes = {"site.batteries.0.charge_efficiency": 92, "site.supplies.0.capacity": -5}
    failed = call("run", write_site(tmp_path, changes=changes), "--json", "--quiet", "-o", tmp_path / "run")
    assert failed.code == 2
    record = failed.record
    assert (record["status"], record["error"], record["exit_code"]) == ("failed", "InputError", 2)
    supply, battery = record["faults"]
    assert "site.supplies[0].capacity" in supply["where"]
    assert battery["what"].startswith("92 ")
    assert battery["remedy"] == "did you mean 0.92?"
    assert record["message"] in failed.err
    assert not (tmp_path / "run").exists()


def test_schema_and_version_print(site: Path) -> None:
    assert json.loads(call("schema").out)["title"] == "Scenario"
    assert json.loads(call("schema", "--tariff").out)["title"] == "Tariff"
    told = dict(line.split(" ", 1) for line in call("version").out.splitlines())
    assert {"python", "optimizer", "pyomo", "highspy", "numpy", "xarray"} <= set(told)


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run"], "Missing argument 'scenario'; see `optimizer run --help`"),
        (["run", "a.yaml", "--outptu", "x"], "No such option: --outptu"),
        (["run", "a.yaml", "--time-limit", "soon"], "'--time-limit'"),
        (["run", "a.yaml", "--time-limit", "nan"], "time limit: nan seconds is no time to solve in"),
        (["run", "a.yaml", "--time-limit", "0"], "time limit: 0 seconds is no time to solve in"),
        (["run", "a.yaml", "b.yaml"], "unexpected extra argument"),
        (["compare"], "Missing argument 'runs"),
        (["--json"], "No such option: --json"),
    ],
)
def test_usage_errors_are_one_message_and_exit_2(arguments: list[str], told: str) -> None:
    failed = call(*arguments)
    assert failed.code == 2
    assert told in failed.err
    assert failed.err.startswith("optimizer: ")
    assert len(failed.err.splitlines()) == 1
    assert call(*arguments, *([] if "--json" in arguments else ["--json"])).record["exit_code"] == 2


def test_without_a_command_help_is_shown() -> None:
    done = call()
    assert done.code == 0
    assert "Exit codes: 0 done, 2 bad input" in done.out


def test_a_defect_is_told_as_one_with_its_place_only_on_demand(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.jobs.run.write_run", lambda *_args, **_options: {}["no such key"])
    plain = call("run", site, "--json")
    assert plain.code == 1
    assert "this is a defect of the optimizer, not of your input: KeyError: 'no such key'" in plain.err
    assert "Please report it" in plain.err
    assert "Traceback" not in plain.err
    assert plain.record["error"] == "KeyError"
    assert "Traceback" in call("run", site, "--debug").err
    monkeypatch.setenv("OPTIMIZER_DEBUG", "1")
    assert "Traceback" in call("run", site).err
    assert not Path("runs").exists()


def test_an_own_check_that_fails_is_a_defect_too(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.accounting.balance_residual", lambda _plan: 3.0)
    failed = call("run", site)
    assert failed.code == 1
    assert "power does not balance: off by 3 MW" in failed.err


def test_why_there_is_no_plan_is_told_as_data_too(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Diagnosis:
        def as_dict(self) -> dict[str, str]:
            return {"summary": "too little"}

    def solve(*_arguments: object, **_options: object) -> None:
        raise InfeasibleError("there is too little", Diagnosis())

    monkeypatch.setattr("optimizer.model.Model.solve", solve)
    failed = call("run", site, "--json")
    assert failed.code == 3
    assert failed.record["diagnosis"] == {"summary": "too little"}


def test_a_reader_that_goes_away_does_not_stop_the_run(site: Path) -> None:
    nobody = "import os; read, write = os.pipe(); os.dup2(write, 1); os.dup2(write, 2); os.close(read)"
    assert process("run", site, "--no-report", "-o", "run", before=nobody).ended().code == 0
    assert Path("run/result.nc").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_that_cannot_be_written_is_an_error(site: Path) -> None:
    full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    failed = process("run", site, "--no-report", "-o", "run", "--json", before=full).ended()
    assert failed.code == 2
    assert "standard output: cannot be written: No space left on device" in failed.err
    assert "Traceback" not in failed.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_failure_is_told_even_if_standard_output_cannot_be_written() -> None:
    full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    failed = process("run", "no-such-file.yaml", "--json", before=full).ended()
    assert (failed.code, failed.err) == (2, "optimizer: no-such-file.yaml: no such file\n")


def test_streams_that_are_closed_do_not_stop_a_run(site: Path) -> None:
    closed = "import os; os.close(1); os.close(2)"
    assert process("run", site, "--no-report", "-o", "run", before=closed).ended().code == 0


def test_names_that_the_terminal_cannot_show_do_not_stop_a_run(tmp_path: Path) -> None:
    file = write_site(tmp_path, changes={"name": "Città 上海"})
    done = process("run", file, "--no-report", "-o", tmp_path / "run", encoding="ascii").ended()
    assert done.code == 0
    assert "Citt? ??" in done.out


# --- interruption ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_solving(number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    slow = tmp_path / "slow.yaml"
    slow.write_text(f"base: {EXAMPLE / 'sizing.yaml'}\nsolver: {{engine: highs-simplex}}\n", encoding="utf-8")
    started = process("run", slow, "--json")
    started.wait_for("state the program")
    time.sleep(1)  # the solver then is at work, for more than a minute
    started.send(number)
    stopped = started.ended()
    assert stopped.code == 130
    assert "optimizer: interrupted" in stopped.err
    assert "Traceback" not in stopped.err
    assert stopped.record["error"] == "Interrupted"
    assert names(tmp_path) == ["slow.yaml"]


# --- quickness -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["import optimizer", "import optimizer.cli; optimizer.cli.main(['--help'])"])
def test_nothing_heavy_is_loaded_for_help(code: str) -> None:
    told = f"import atexit, sys\natexit.register(lambda: print(*({HEAVY!r} & sys.modules.keys()), file=sys.stderr))"
    done = subprocess.run([sys.executable, "-c", f"{told}\n{code}"], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_a_run_loads_nothing_that_it_has_no_use_for(tmp_path: Path) -> None:
    site = write_site(tmp_path, changes={"solver": {"engine": "piqp"}})
    needless = {"clarabel", "highspy", "matplotlib", "numpy.f2py.crackfortran", "plotly", "rich", "scipy.stats"}
    told = f"import atexit, sys\natexit.register(lambda: print(*({needless!r} & sys.modules.keys()), file=sys.stderr))"
    run = ["run", str(site), "--no-report", "--quiet", "--output", str(tmp_path / "run")]
    code = f"{told}\nfrom optimizer.cli import main\nmain({run!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


@pytest.mark.parametrize(("given", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")])
def test_only_the_command_line_decides_for_the_process(given: dict[str, str], threads: str) -> None:
    code = """
import atexit, gc, os, sys
def tell():
    print(gc.get_freeze_count() > 0, gc.get_threshold()[0], os.environ.get("OPENBLAS_NUM_THREADS"), file=sys.stderr)
import optimizer, optimizer.model
tell()
atexit.register(tell)
from optimizer.cli import main
main(["machines"])
"""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | given
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    before, after = done.stderr.splitlines()
    assert before.split() == ["False", str(gc_of_python()), str(given.get("OPENBLAS_NUM_THREADS"))]
    assert after.split() == ["True", "500000", threads]


def gc_of_python() -> int:
    """Give Python's own threshold, which this process may have changed."""
    code = "import gc; print(gc.get_threshold()[0])"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def test_help_lists_the_exit_codes() -> None:
    assert app.info.epilog == cli.EXIT_CODES
    for code in ("0 done", "2 bad input", "3 no feasible", "4 not solved", "1 a defect", "130 interrupted"):
        assert code in cli.EXIT_CODES


# --- the terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (22_262_177.3, "USD/a", ("22,262,177", "USD/a")),
        (-1_234.56, "USD/a", ("-1,234.6", "USD/a")),
        (83.456, "MW", ("83.46", "MW")),
        (0.14412, "tCO2e/MWh", ("0.144", "tCO2e/MWh")),
        (-3e-9, "MW", ("0", "MW")),
        (0.9, "1", ("90.00", "%")),
        (-1e-12, "1", ("0.00", "%")),
    ],
)
def test_numbers_have_sensible_digits(value: float, unit: str, shown: tuple[str, str]) -> None:
    assert number(value, unit) == shown


class Screen:
    """A terminal that remembers what was written."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_steps_on_a_terminal_are_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    steps = terminal.ShownSteps()
    with steps.step("solve"):
        steps.progress("3 s, 7 iterations")
    with pytest.raises(KeyError), steps.step("break"):
        raise KeyError
    begun, progress, done, *broken = screen.text.split("\r\033[K")[1:]
    assert (begun, progress) == ("  solve ...", "  solve ... 3 s, 7 iterations")
    assert done.startswith("  solve  ")
    assert done.endswith(" s\n")
    assert broken == ["  break ...", ""], "a step that broke leaves a clear line for the message"


def test_progress_in_a_log_grows_rare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    monkeypatch.setattr(terminal.time, "perf_counter", lambda: now)
    steps = terminal.ShownSteps()
    with steps.step("solve"):
        for second in range(1, 101):
            now = float(second)
            steps.progress(f"{second} s")
    told = [line.strip() for line in capsys.readouterr().err.splitlines()]
    assert told[:4] == ["solve: 10 s", "solve: 20 s", "solve: 40 s", "solve: 80 s"]
    assert len(told) == 5
