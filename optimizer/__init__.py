"""Hourly energy optimizer for AI data centres.

>>> import optimizer
>>> scenario = optimizer.Scenario.load("data/casablanca-40mw/scenario.yaml")  # doctest: +SKIP
>>> result = optimizer.solve(scenario)  # doctest: +SKIP
>>> result.summary()  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.compare import comparison_table
    from optimizer.errors import (
        InfeasibleError,
        InputError,
        NotSolvedError,
        OptimizerError,
        UnboundedError,
    )
    from optimizer.lp.rules import constraint, cost, expression, variable
    from optimizer.model import Model, solve
    from optimizer.result import Result
    from optimizer.savings import flexibility_savings
    from optimizer.scenario import Scenario

__version__ = "0.1.0"

# Loaded on first use, so that `import optimizer` and `optimizer --help` are quick.
_HOMES = {
    "InfeasibleError": "errors",
    "InputError": "errors",
    "Model": "model",
    "NotSolvedError": "errors",
    "OptimizerError": "errors",
    "Result": "result",
    "Scenario": "scenario",
    "UnboundedError": "errors",
    "comparison_table": "compare",
    "constraint": "lp.rules",
    "cost": "lp.rules",
    "expression": "lp.rules",
    "flexibility_savings": "savings",
    "solve": "model",
    "variable": "lp.rules",
}

__all__ = [
    "InfeasibleError",
    "InputError",
    "Model",
    "NotSolvedError",
    "OptimizerError",
    "Result",
    "Scenario",
    "UnboundedError",
    "comparison_table",
    "constraint",
    "cost",
    "expression",
    "flexibility_savings",
    "solve",
    "variable",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(importlib.import_module(f"optimizer.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
