"""The subjects: what is measured. Each is a small function with something prepared for it, registered by a name.

A subject's modules are loaded by its own process alone, so that their memory and their loading time are its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MODULES = ("steps", "processes", "pyomo", "linopy")


@dataclass(frozen=True)
class Size:
    """How long a horizon is.

    Attributes
    ----------
    name : str
        For tables.
    hours : int
        From the beginning of 2025.
    """

    name: str
    hours: int


YEAR, WEEK, DAYS = Size("year", 8760), Size("week", 168), Size("two days", 48)
SIZES = {size.name: size for size in (YEAR, WEEK, DAYS)}


@dataclass(frozen=True)
class Timed:
    """What a subject gives that takes its time itself, because what it measures is another process.

    Attributes
    ----------
    seconds : float
        What counts.
    facts : mapping of str to float
        What else was found.
    """

    seconds: float
    facts: Mapping[str, float]


@dataclass(frozen=True)
class Subject:
    """Something to be measured.

    Attributes
    ----------
    name, title : str
        For the command line, and for tables.
    prepare : callable
        Makes what `run` works on from a size; not timed.
    run : callable
        What is timed.
    facts : callable
        Numbers to be kept beside the time, from what was prepared and what `run` gave.
    needs : tuple of str
        Packages without which it is left out.
    rounds : int
        How often it runs at most, the first time not counted.
    """

    name: str
    title: str
    prepare: Callable[[Size], Any]
    run: Callable[[Any], Any]
    facts: Callable[[Any, Any], Mapping[str, float]]
    needs: tuple[str, ...]
    rounds: int


SUBJECTS: dict[str, Subject] = {}


def subject(
    name: str,
    title: str,
    *,
    prepare: Callable[[Size], Any] = lambda size: size,
    facts: Callable[[Any, Any], Mapping[str, float]] = lambda _prepared, _given: {},
    needs: tuple[str, ...] = (),
    rounds: int = 5,
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register the function below as a subject."""

    def register(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
        if name in SUBJECTS:
            raise ValueError(f"two subjects are called {name!r}")
        SUBJECTS[name] = Subject(name, title, prepare, run, facts, needs, rounds)
        return run

    return register


def load_subjects() -> dict[str, Subject]:
    """Find all subjects; the libraries that they use are not loaded yet."""
    for module in MODULES:
        importlib.import_module(f"benchmarks.subjects.{module}")
    return SUBJECTS
