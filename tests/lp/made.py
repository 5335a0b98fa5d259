"""A few sets, data and variables on which the unit tests state single rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from optimizer.lp.program import Program
from optimizer.lp.rules import Kind, Rule, RuleFunction, make_rule, variable

DATA = xr.Dataset(
    {
        "need": ("hour", [1.0, 2.0, 3.0]),
        "price": ("hour", [10.0, 0.0, 30.0]),
        "month_of": ("hour", [0.0, 0.0, 1.0]),
        "length": ("month", [2.0, 1.0]),
        "start": ("boundary", [4.0, 0.0, 0.0, 0.0]),
        "share": ("unit", [0.5, 2.0]),
        "rate": (("unit", "hour"), np.arange(6.0).reshape(2, 3)),
        "limit": 5.0,
    },
    coords={"unit": ["small", "large"]},
)


@variable(over="hour")
def bought(m: Any, t: Any) -> Any:
    """Columns 0 to 2."""
    return 0, None


@variable(over=("unit", "hour"))
def flow(m: Any, u: Any, t: Any) -> Any:
    """Columns 3 to 8."""
    return 0, m.rate[u, t]


@variable(over="boundary")
def level(m: Any, n: Any) -> Any:
    """Columns 9 to 12."""
    return None


@variable()
def size(m: Any) -> Any:
    """Column 13."""
    return None, m.limit


VARIABLES: tuple[Rule, ...] = (bought, flow, level, size)


def stated(
    function: RuleFunction,
    over: str | tuple[str, ...] = "hour",
    kind: Kind = "constraint",
    *,
    data: xr.Dataset = DATA,
    sets: Mapping[str, Sequence[Any]] | None = None,
) -> Program:
    """State the variables above and one rule."""
    return Program([*VARIABLES, make_rule(kind, function, over)], data, sets=sets)


def rows(program: Program) -> list[tuple[dict[int, float], float, float]]:
    """Write the rows out: coefficients by column (explicit zeros too), lower and upper bound."""
    matrix = program.lp.matrix.tocsr()
    return [
        (
            dict(zip(matrix[[row]].indices.tolist(), matrix[[row]].data.tolist(), strict=True)),
            float(program.lp.row_lower[row]),
            float(program.lp.row_upper[row]),
        )
        for row in range(program.lp.shape[0])
    ]
