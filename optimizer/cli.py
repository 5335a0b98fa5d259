"""The command line: `optimizer run`, `compare`, `schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.errors import OptimizerError
from optimizer.steps import Steps

EXIT_CODES = """Exit codes: 0 done, 1 a defect of this program, 2 bad input (or an output that cannot be written),
3 no feasible or no bounded plan, 4 not solved (limit or numerics), 130 interrupted."""

app = typer.Typer(
    name="optimizer",
    help="Plan the power of an AI data centre hour by hour, at least cost, with proof.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and the --json line).")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON on standard output, also when it fails.")]


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="The scenario file (YAML).")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The run folder [default: runs/<scenario>-<hash of inputs>].")
    ] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for the solver.", min=0.0)] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Solve a scenario and write result.nc, summary.csv, schedule.csv, run.json and report.html."""
    from optimizer.jobs.run import run_record, run_scenario  # noqa: PLC0415

    shown: Steps = Steps() if quiet else ShownSteps()
    result, folder = run_scenario(scenario, output, steps=shown, time_limit=time_limit, page=report)
    if not quiet:
        _show_summary(result, folder)
    if as_json:
        print(json.dumps(run_record(result) | {"folder": str(folder), "seconds": shown.seconds}))


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run folders.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("comparison.html"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Lay runs side by side: a table here, and one page with figures."""
    from optimizer.compare import comparison_table, load_runs  # noqa: PLC0415
    from optimizer.report import write_comparison  # noqa: PLC0415

    results = load_runs(runs)
    write_comparison({name: result.series for name, result in results.items()}, output)
    table = comparison_table(results)
    if not quiet:
        _show_comparison(table)
        print(f"Page: {output}")
    if as_json:
        record = {name: column.to_dict() for name, column in table[list(results)].items()}
        print(json.dumps({"status": "done", "page": str(output), "runs": record}))


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from optimizer.scenario import scenario_schema  # noqa: PLC0415

    print(json.dumps(scenario_schema(), indent=2))


@app.command()
def version() -> None:
    """Print the versions of everything that decides the numbers."""
    from optimizer.provenance import versions  # noqa: PLC0415

    for name, number in versions().items():
        print(f"{name} {number}")


class ShownSteps(Steps):
    """Writes each step to standard error: a line when it is done, its progress while it runs on a terminal."""

    def begun(self, name: str) -> None:
        """Say what is being done, to be overwritten."""
        self._live(f"{name} ...")

    def progress(self, line: str) -> None:
        """Say how far the solver is."""
        if sys.stderr.isatty():
            self._live(f"solve ... {line}")
        else:
            print(f"  solve: {line}", file=sys.stderr, flush=True)

    def done(self, name: str, seconds: float) -> None:
        """Say how long it took."""
        self._live("")
        print(f"  {name:<22} {seconds:7.2f} s", file=sys.stderr, flush=True)

    @staticmethod
    def _live(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K  {text}" if text else "\r\033[K")
            sys.stderr.flush()


_SHOWN = (
    "cost_per_mwh", "cost_per_year", "cfe_hourly", "cfe_annual", "curtailment_share", "peak_import", "battery_cycles",
    "emissions", "unserved",
)  # fmt: skip


def _show_summary(result: Any, folder: Path) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    summary = result.summary()
    table = Table(
        title=result.series.attrs["scenario"], title_justify="left", show_header=False, box=None, pad_edge=False
    )
    capacities = [
        name for name in summary.index if name.startswith(("capacity_", "power_capacity_", "energy_capacity_"))
    ]
    for name in [*_SHOWN, *capacities]:
        row = summary.loc[name]
        table.add_row(row["label"], *_readable(float(row["value"]), row["unit"]))
    certificate = result.certificate
    table.add_row(
        "Certificate",
        "proved optimal",
        f"within {certificate['cost_error_bound']:.2g} of the least cost, {certificate['engine']}",
    )
    console = Console(highlight=False)
    console.print(table)
    for note in result.notes:
        console.print(f"Note: {note}", markup=False)
    console.print(f"Run: {folder}", markup=False, soft_wrap=True)


def _readable(value: float, unit: str) -> tuple[str, str]:
    if unit == "1":
        return f"{100 * value:.2f}", "%"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.2f}", unit


def _show_comparison(table: Any) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    shown = Table(box=None, pad_edge=False)
    shown.add_column("")
    runs = [name for name in table.columns if name not in ("label", "unit")]
    for name in runs:
        shown.add_column(name, justify="right")
    shown.add_column("unit")
    for _, row in table.iterrows():
        cells = [
            _readable(float(row[name]), row["unit"]) if row[name] == row[name] else ("-", row["unit"]) for name in runs
        ]
        shown.add_row(row["label"], *(number for number, _ in cells), cells[0][1])
    Console(highlight=False).print(shown)


def main() -> None:
    """Run the command line; every failure that is not a defect ends in one clear message and its exit code."""
    try:
        app()
    except OptimizerError as error:
        _fail(str(error), type(error).__name__, error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted; nothing was written", "Interrupted", 130)
    except BrokenPipeError:
        sys.exit(0)


def _fail(message: str, kind: str, code: int) -> None:
    print(f"optimizer: {message}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps({"status": "failed", "error": kind, "message": message, "exit_code": code}))
    sys.exit(code)
