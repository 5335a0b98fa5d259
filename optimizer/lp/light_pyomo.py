"""Keeps Pyomo from loading all of SciPy as soon as anybody imports a part of it.

When SciPy is first imported, by whomever, Pyomo loads ``scipy.stats``, ``integrate`` and ``spatial`` as well, which
takes half a second and which nothing here needs. Pyomo's own names for them still load them when they are used.
"""

from __future__ import annotations

from pyomo.common.dependencies import DeferredImportCallbackFinder

DeferredImportCallbackFinder._callbacks.pop("scipy", None)
