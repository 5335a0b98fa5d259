"""What all tests share: options of the command line, settings of Hypothesis, and the example year, solved once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from optimizer import Result, Scenario, solve

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "data" / "casablanca-40mw"

# No test is timed: a slow machine is not a fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden/ anew from the rules, to be read before it is kept",
    )
    parser.addoption(
        "--programs",
        type=int,
        default=300,
        help="how many random programs tests/properties/test_random_programs.py solves",
    )


def pytest_configure() -> None:
    """Let Ctrl-C stop what tests start: a shell ignores it in what runs in the background, which children inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def example_dispatch() -> Result:
    """Solve the example year with all capacities given."""
    return solve(Scenario.load(EXAMPLE / "scenario.yaml"))


@pytest.fixture(scope="session")
def example_sizing() -> Result:
    """Solve the example year with capacities to be chosen and a target on hourly matching."""
    return solve(Scenario.load(EXAMPLE / "sizing.yaml"))
