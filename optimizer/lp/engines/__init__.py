"""Solvers behind one contract: load a program, apply a patch, run, and give primal and dual back.

Built in: ``highs`` (its own choice), ``highs-simplex``, ``highs-ipx``, ``piqp``, ``clarabel``. Another package adds an
engine by an entry point in the group ``optimizer.engines`` whose object makes an `Engine` when called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata, util

from optimizer.errors import Fault, InputError
from optimizer.lp.engines.base import Engine

ENTRY_POINTS = "optimizer.engines"

# name: (module, class, arguments, the package that it needs)
_BUILT_IN: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "highs": ("highs", "Highs", (), "highspy"),
    "highs-simplex": ("highs", "Highs", ("simplex",), "highspy"),
    "highs-ipx": ("highs", "Highs", ("ipx",), "highspy"),
    "piqp": ("piqp", "Piqp", (), "piqp"),
    "clarabel": ("clarabel", "Clarabel", (), "clarabel"),
}


def available_engines() -> list[str]:
    """Name the engines that can be used here."""
    built_in = [name for name, (*_, package) in _BUILT_IN.items() if util.find_spec(package) is not None]
    return built_in + [point.name for point in metadata.entry_points(group=ENTRY_POINTS) if point.name not in _BUILT_IN]


def make_engine(name: str) -> Engine:
    """Make an engine by its name.

    Raises
    ------
    InputError
        If there is no such engine, or its package is not installed.
    """
    if name in _BUILT_IN:
        module, maker, arguments, package = _BUILT_IN[name]
        if util.find_spec(package) is None:
            raise InputError([Fault("engine", f"{name!r} needs the package {package!r}", f"pip install {package}")])
        engine: Engine = getattr(importlib.import_module(f"{__name__}.{module}"), maker)(*arguments)
        return engine
    for point in metadata.entry_points(group=ENTRY_POINTS):
        if point.name == name:
            make: Callable[[], Engine] = point.load()
            return make()
    raise InputError(
        [Fault("engine", f"{name!r} is not known", f"choose auto or one of {', '.join(available_engines())}")]
    )
