"""The same program in plain Pyomo: stated by rules called for every hour, then brought to standard form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.registry import subject
from benchmarks.subjects import example

if TYPE_CHECKING:
    from benchmarks.peers.problem import Problem
    from optimizer import Model


def _facts(_prepared: Any, form: Any) -> dict[str, float]:
    rows, columns = form.A.shape
    return {"rows": rows, "columns": columns, "entries": form.A.nnz}


def _standard_form(model: Any) -> Any:
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    return LinearStandardFormCompiler().write(model, mixed_form=True)


@subject("pyomo-state", "plain Pyomo, by hand: state", prepare=example.problem, needs=("pyomo",), rounds=3)
def pyomo_state(problem: Problem) -> Any:
    from benchmarks.peers.in_pyomo import state

    return state(problem)


@subject(
    "pyomo",
    "plain Pyomo, by hand: state and bring to standard form",
    prepare=example.problem,
    facts=_facts,
    needs=("pyomo",),
    rounds=3,
)
def pyomo(problem: Problem) -> Any:
    return _standard_form(pyomo_state(problem))


@subject(
    "pyomo-rules",
    "the optimizer's own rules called by Pyomo: state and bring to standard form",
    prepare=example.model,
    facts=_facts,
    needs=("pyomo",),
    rounds=3,
)
def pyomo_rules(model: Model) -> Any:
    return _standard_form(model.program.to_pyomo())
