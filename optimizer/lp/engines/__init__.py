"""Solvers behind one contract: load a program, apply a patch, run, and give primal and dual back.

Built in: ``highs`` (its own choice), ``highs-simplex``, ``highs-ipx``, ``highs-hipo`` (needs the package
highspy-extras), ``staged`` (our own), ``piqp``, ``clarabel``. Another package adds an engine by an entry point in the
group ``optimizer.engines`` whose object makes an `Engine` when called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata, util

from optimizer.errors import Fault, InputError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.engines.base import Engine

ENTRY_POINTS = "optimizer.engines"
# With fewer columns (about a month of hours) PIQP is done before a few hundred operations on arrays are.
STAGED_FROM = 10_000

# name: (module, class, arguments, the package that it needs)
_BUILT_IN: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "highs": ("highs", "Highs", (), "highspy"),
    "highs-simplex": ("highs", "Highs", ("simplex",), "highspy"),
    "highs-ipx": ("highs", "Highs", ("ipx",), "highspy"),
    "highs-hipo": ("highs", "Highs", ("hipo",), "highspy_extras"),
    "staged": ("staged", "Staged", (), "scipy"),
    "piqp": ("piqp", "Piqp", (), "piqp"),
    "clarabel": ("clarabel", "Clarabel", (), "clarabel"),
}


def available_engines() -> list[str]:
    """Name the engines that can be used here."""
    others = [point.name for point in metadata.entry_points(group=ENTRY_POINTS) if point.name not in _BUILT_IN]
    return installed(*_BUILT_IN) + others


def installed(*names: str) -> list[str]:
    """Of some built-in engines, name those whose package is installed; looking for entry points takes far longer."""
    return [name for name in names if util.find_spec(_BUILT_IN[name][-1]) is not None]


def lean_engines(lp: LinearProgram) -> list[str]:
    """Name the engines that are quick on large programs, the quickest on this one first.

    Measured on the example's scenarios, cut to weeks and months (see ``docs/decisions/0010-an-engine-of-our-own.md``).
    """
    staged = lp.layout is not None and lp.shape[1] >= STAGED_FROM
    return installed(*(("staged",) if staged else ()), "piqp")


def make_engine(name: str) -> Engine:
    """Make an engine by its name.

    Raises
    ------
    InputError
        If there is no such engine, or its package is not installed.
    """
    if name in _BUILT_IN:
        module, maker, arguments, package = _BUILT_IN[name]
        if not installed(name):
            wheel = package.replace("_", "-")
            raise InputError([Fault("engine", f"{name!r} needs the package {wheel!r}", f"pip install {wheel}")])
        engine: Engine = getattr(importlib.import_module(f"{__name__}.{module}"), maker)(*arguments)
        return engine
    for point in metadata.entry_points(group=ENTRY_POINTS):
        if point.name == name:
            make: Callable[[], Engine] = point.load()
            return make()
    raise InputError(
        [Fault("engine", f"{name!r} is not known", f"choose auto or one of {', '.join(available_engines())}")]
    )
