"""The command line: `optimizer run`, `compare`, `load-from-trace`, `machines`, `savings`, `schema`, `version`."""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from optimizer.errors import InputError, NoPlanError, OptimizerError
from optimizer.steps import Steps
from optimizer.terminal import ShownSteps, comparison_text, savings_text, say, summary_text

EXIT_CODES = """Exit codes: 0 done, 2 bad input (or an output that cannot be written), 3 no feasible or no bounded plan,
4 not solved (limit or numerics), 1 a defect of this program, 130 interrupted."""

_DEFECT, _USAGE, _INTERRUPTED = 1, 2, 130
_DEBUG = "OPTIMIZER_DEBUG"
_FEW_SEARCHES = 500_000  # new objects after which they are searched for garbage; Python's own is 700

app = typer.Typer(
    name="optimizer",
    help="Plan the power of an AI data centre hour by hour, at least cost, with proof.",
    epilog=EXIT_CODES,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text, and quick
)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and the --json line).")]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print one line of JSON, and nothing else, on standard output, failures included."),
]
Debug = Annotated[bool, typer.Option("--debug", help=f"Show where a defect occurred [also: {_DEBUG}=1].")]


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="The scenario file (YAML).", show_default=False)],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The run folder; runs/<scenario>-<hash of the inputs> if not given."),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds for the solver; the scenario's own limit if not given.")
    ] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Whether to write report.html.")] = True,
    explain: Annotated[
        Path | None,
        typer.Option("--explain", help="Where there is no plan: a page to write that says why, and what would do."),
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 (heard by `main`, which also meets what fails before)
) -> None:
    """Solve a scenario and write a run folder.

    It holds result.nc, summary.csv, schedule.csv, bill.csv of a site on the grid, cash_flow.csv where the scenario has
    `finance`, report.html and run.json, and appears only when it is complete.
    """
    from optimizer.jobs.explanation import explained_at  # noqa: PLC0415 (quick help)
    from optimizer.jobs.run import run_record, run_scenario  # noqa: PLC0415 (quick help)

    shown: Steps = Steps() if quiet else ShownSteps()
    with explained_at(explain):
        result, folder = run_scenario(scenario, output, steps=shown, time_limit=time_limit, page=report)
    if as_json:
        _say_json(run_record(result) | {"folder": str(folder.resolve()), "seconds": shown.seconds})
    elif not quiet:
        say(summary_text(result, folder))


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run folders.", show_default=False)],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("comparison.html"),
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 (heard by `main`)
) -> None:
    """Lay runs side by side: a table here, and one page with figures."""
    from optimizer.jobs.comparison import compare_runs, comparison_record  # noqa: PLC0415 (quick help)

    comparison = compare_runs(runs, output)
    if as_json:
        _say_json(comparison_record(comparison) | {"page": str(output.resolve())})
    elif not quiet:
        say(comparison_text(comparison.table, comparison.warnings))
        say(f"\nPage: {output}")


@app.command()
def savings(
    scenario: Annotated[Path, typer.Argument(help="The scenario file (YAML).", show_default=False)],
    *,
    lever: Annotated[
        list[str] | None,
        typer.Option("--lever", "-l", help="battery, deferral or capping; once for each, in the order wanted."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("savings.html"),
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 (heard by `main`)
) -> None:
    """Tell what flexibility saves: solve a site without it, and then with one lever more after another."""
    from optimizer.jobs.savings import savings_of, savings_record  # noqa: PLC0415 (quick help)

    found = savings_of(scenario, lever or (), output, steps=Steps() if quiet else ShownSteps())
    if as_json:
        _say_json(savings_record(found) | {"page": str(output.resolve())})
    elif not quiet:
        say(savings_text(found.table(), found.currency))
        say(f"\nPage: {output}")


@app.command()
def schema(*, tariff: Annotated[bool, typer.Option("--tariff", help="That of tariff files instead.")] = False) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from optimizer.scenario import scenario_schema  # noqa: PLC0415 (quick help)
    from optimizer.tariff.tariff import tariff_schema  # noqa: PLC0415 (quick help)

    say(json.dumps(tariff_schema() if tariff else scenario_schema(), indent=2))


@app.command()
def load_from_trace(
    trace: Annotated[Path, typer.Argument(help="What was measured: CSV, or Prometheus' JSON.", show_default=False)],
    scenario: Annotated[
        Path, typer.Argument(help="The scenario: its horizon, time zone and fleets.", show_default=False)
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The series, .nc or .csv.")] = Path("it_load.nc"),
    column: Annotated[str | None, typer.Option(help="Column of the values, in a plain table.")] = None,
    unit: Annotated[str | None, typer.Option(help="Its unit: W, mW, mJ, %, requests, tokens, ...")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone where the trace was measured; UTC if not given.")] = None,
    gpus: Annotated[float, typer.Option(help="GPUs that a reading of power is for.")] = 1.0,
    idle: Annotated[float | None, typer.Option(help="Value when idle; the trace's 1 % quantile if not given.")] = None,
    busy: Annotated[float | None, typer.Option(help="Value when busy; the trace's 99 % quantile if not given.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Leave bad rows out, and say so, in place of refusing.")] = False,
    figure: Annotated[Path | None, typer.Option(help="A page to write with measured and fitted load.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 (heard by `main`)
) -> None:
    """Make an IT load of a measured trace, laid on a scenario's horizon and scaled to its fleets."""
    from optimizer.jobs import load_from_trace as job  # noqa: PLC0415 (quick help)

    reading = {"column": column, "unit": unit, "zone": zone, "gpus": gpus, "bad": "drop" if drop else "refuse"}
    fit = job.load_from_trace(trace, scenario, output, reading=reading, idle=idle, busy=busy, figure=figure)
    if not quiet:
        say(job.fit_text(fit, output))


@app.command()
def machines() -> None:
    """Print the machines that a fleet can name, each figure with its source and how far it is verified."""
    from optimizer.machines.listing import listing  # noqa: PLC0415 (quick help)

    say(listing())


@app.command()
def version() -> None:
    """Print the versions of everything that decides the numbers."""
    from optimizer.provenance import versions  # noqa: PLC0415 (quick help)

    say("\n".join(f"{name} {number}" for name, number in versions().items()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; whatever fails ends in one clear message and its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the command's name; by default that of this process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    _hurry()
    _prepare()
    try:
        code = app(given or ["--help"], prog_name="optimizer", standalone_mode=False)
    except OptimizerError as error:
        if error.exit_code == _DEFECT:
            _fail_by_defect(given, error)
        _fail(given, str(error), type(error).__name__, error.exit_code, _as_data(error))
    except TyperException as error:
        _fail(given, *_usage(error), _USAGE)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:
        _fail_by_defect(given, error)
    if code == _INTERRUPTED:  # typer's word for KeyboardInterrupt
        _fail(given, "interrupted; a run folder appears only when it is complete", "Interrupted", code)
    sys.exit(code)


def _hurry() -> None:
    """Save this process what takes a third of a short run; a program that imports the optimizer decides for itself.

    A run makes a quarter of a million objects, most of them in libraries, and hardly any garbage: to search them again
    and again while they are made, and once more before the system takes all memory back, is in vain. Every file is
    closed by then. Linear programs are sparse, so that threads for dense algebra would only wait, and keep the
    processors busy with that.
    """
    gc.set_threshold(_FEW_SEARCHES)
    atexit.register(gc.freeze)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _prepare() -> None:
    """Let no odd letter of a name stop a run, and let every polite request to end be as clean as Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # neither a closed stream nor a test's
            stream.reconfigure(errors="replace")
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup has SIGHUP ignored
            signal.signal(number, signal.default_int_handler)


def _usage(error: TyperException) -> tuple[str, str]:
    context = getattr(error, "ctx", None)
    command = "optimizer" if context is None else context.command_path
    return f"{error.format_message().rstrip('.')}; see `{command} --help`", "UsageError"


def _fail_by_defect(given: Sequence[str], error: Exception) -> NoReturn:
    if "--debug" in given or os.environ.get(_DEBUG):
        say("".join(traceback.format_exception(error)).rstrip(), sys.stderr)
    message = (
        f"this is a defect of the optimizer, not of your input: {type(error).__name__}: {error}\n"
        f"Please report it{_where_to_report()}, with the scenario and what --debug adds to this message."
    )
    _fail(given, message, type(error).__name__, _DEFECT)


def _where_to_report() -> str:
    from importlib import metadata  # noqa: PLC0415 (quick help)

    urls = dict(line.split(", ", 1) for line in metadata.metadata("optimizer").get_all("Project-URL") or [])
    return f" at {urls['Issues']}" if "Issues" in urls else " to its maintainers"


def _as_data(error: OptimizerError) -> dict[str, Any]:
    """Give what an error knows besides its words, for programs that read the JSON line."""
    if isinstance(error, InputError):
        return {"faults": [asdict(fault) for fault in error.faults]}
    if isinstance(error, NoPlanError) and error.diagnosis is not None:
        return {"diagnosis": error.diagnosis.as_dict()}
    return {}


def _fail(
    given: Sequence[str], message: str, kind: str, code: int, details: Mapping[str, Any] | None = None
) -> NoReturn:
    say(f"optimizer: {message}", sys.stderr)
    if "--json" in given:
        with suppress(InputError):  # standard output is full; the first failure is the one to tell
            _say_json({"status": "failed", "exit_code": code, "error": kind, "message": message, **(details or {})})
    sys.exit(code)


def _say_json(record: dict[str, Any]) -> None:
    say(json.dumps(record, allow_nan=False))
