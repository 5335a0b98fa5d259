"""Keeps libraries from loading what nothing here needs.

When SciPy is first imported, by whomever, Pyomo loads ``scipy.stats``, ``integrate`` and ``spatial`` as well, which
takes half a second; Pyomo's own names for them still load them when they are used. SciPy in turn takes over every name
of NumPy, and so loads ``numpy.f2py``, which translates Fortran; that is now loaded when it is used.
"""

from __future__ import annotations

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec

import numpy as np
from pyomo.common.dependencies import DeferredImportCallbackFinder


def _load_on_use(package: object, name: str) -> None:
    """Put a module in its place that is filled when one of its names is asked for."""
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    setattr(package, name.rpartition(".")[2], module)


DeferredImportCallbackFinder._callbacks.pop("scipy", None)
_load_on_use(np, "numpy.f2py")
