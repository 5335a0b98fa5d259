"""The plan as it was solved: inputs, schedules, cost lines and marginal prices in one dataset."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from optimizer import accounting
from optimizer.duals import duals, marginal_price
from optimizer.errors import OptimizerError
from optimizer.nomenclature import TERMS

if TYPE_CHECKING:
    from optimizer.lp.affine import FloatArray, IntArray
    from optimizer.lp.certificate import Certificate
    from optimizer.lp.portfolio import Solved
    from optimizer.lp.program import Program

_BALANCE_TOLERANCE = 1e-5  # relative to the load: far above an engine's, far below what a reader could see
_COST_TOLERANCE = 1e-9
_OWNERS = ("supply", "battery", "generator", "workload")  # to whom a cost line may be laid
# Sets of some of them, over which a cost line may run.
_SOME = {
    "annual_taker": "supply",
    "monthly_taker": "supply",
    "cappable_workload": "workload",
    "deferrable_workload": "workload",
    "opportunistic_workload": "workload",
    "segmented_battery": "battery",
}


def plan_of(data: xr.Dataset, program: Program, solved: Solved, currency: str) -> xr.Dataset:
    """Join inputs, variables, expressions, cost lines and duals, and check that they balance.

    Parameters
    ----------
    data : xarray.Dataset
        What was bound; copied, so that a plan stays as it is, whatever becomes of the model.
    program : Program
        What was solved.
    solved : Solved
        What was found, and its proof.
    currency : str
        The scenario's currency.

    Returns
    -------
    xarray.Dataset
        Units and descriptions are in the attributes of each variable.

    Raises
    ------
    OptimizerError
        If power does not balance, or the cost lines do not sum to the objective: a defect of ours.
    """
    x, row_dual = solved.outcome.x, solved.outcome.row_dual
    assert x is not None, "what is proved has a point"
    assert row_dual is not None, "and duals"
    found = {
        rule.name: xr.DataArray(program.evaluate(rule.name, x), dims=rule.over)
        for rule in program.rules
        if rule.kind in ("variable", "expression")
    }
    found |= _cost_lines(program, x)
    found["marginal_price"] = xr.DataArray(marginal_price(program, row_dual), dims="hour")
    named = {name: described(array, name, currency) for name, array in found.items()}
    plan = joined(data.copy(deep=True), named | duals(program, row_dual, currency))
    _check(plan, solved.certificate)
    return plan


def joined(plan: xr.Dataset, arrays: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Add arrays to a plan.

    Those on its own labels are added as they are, without the search for common labels that takes xarray longer than
    all that is computed for them.

    Parameters
    ----------
    plan : xarray.Dataset
        What there is.
    arrays : mapping of str to xarray.DataArray
        What to add, by name; labels of new dimensions come with them.
    """
    labels: dict[Hashable, xr.Variable] = {}
    found: dict[str, xr.DataArray | xr.Variable] = {}
    for name, array in arrays.items():
        own = array.coords.variables
        known = {dim: labels.get(dim, plan.variables.get(dim)) for dim in own}
        plain = own.keys() <= set(array.dims) and all(
            there is None or np.array_equal(there.values, own[dim].values) for dim, there in known.items()
        )
        labels |= {dim: own[dim] for dim, there in known.items() if plain and there is None}
        found[name] = array.variable if plain else array
    return (plan.assign_coords(labels) if labels else plan).assign(found)


def described(array: xr.DataArray, name: str, currency: str) -> xr.DataArray:
    """Say unit and meaning of a quantity, by the table of names."""
    term = TERMS.get(name)
    if term is not None:
        array.attrs = {"units": term.unit_in(currency), "description": term.description}
    return array


def _cost_lines(program: Program, x: FloatArray) -> dict[str, xr.DataArray]:
    """Evaluate the cost lines, but for those of which the scenario has nothing: all of whose terms are 0."""
    found = {rule: program.evaluate(rule.name, x) for rule in program.rules if rule.kind == "cost"}
    rules = [rule for rule, values in found.items() if values.any() or _has_terms(program, rule.name)]
    annual, hourly = np.zeros(len(rules)), np.zeros((len(rules), len(program.sets["hour"])))
    owners = {owner: np.zeros((len(rules), len(program.sets[owner]))) for owner in _OWNERS}
    for line, rule in enumerate(rules):
        values = found[rule]
        annual[line] = values.sum()
        if "hour" in rule.over:
            others = tuple(axis for axis, name in enumerate(rule.over) if name != "hour")
            hourly[line] = values.sum(axis=others)
        for dim in rule.over:
            owner = _SOME.get(dim, dim)
            if owner in owners:
                others = tuple(axis for axis, name in enumerate(rule.over) if name != dim)
                owners[owner][line, _rows_of(program, dim, owner)] = values.sum(axis=others)
    labels = {"cost_line": np.array([rule.label for rule in rules], dtype=str)}
    return {
        "annual_cost": xr.DataArray(annual, labels, dims="cost_line"),
        "cost_by_hour": xr.DataArray(hourly, labels, dims=("cost_line", "hour")),
    } | {
        f"cost_by_{owner}": xr.DataArray(values, labels, dims=("cost_line", owner)) for owner, values in owners.items()
    }


def _has_terms(program: Program, name: str) -> bool:
    coefficients, constants = program.terms(name)
    return bool(coefficients.values.any() or constants.any())


def _rows_of(program: Program, dim: str, owner: str) -> IntArray:
    """Tell which owners the members of a set are."""
    found: IntArray = program.sets[owner].labels.get_indexer(program.sets[dim].labels)
    return found


def _check(plan: xr.Dataset, certificate: Certificate) -> None:
    size = max(1.0, float(plan["facility_load"].max()))
    residual = accounting.balance_residual(plan)
    if residual > _BALANCE_TOLERANCE * size:
        raise OptimizerError(f"power does not balance: off by {residual:g} MW; this is a defect, please report it")
    lines = float(plan["annual_cost"].sum())
    if abs(lines - certificate.objective) > _COST_TOLERANCE * max(1.0, float(np.abs(plan["annual_cost"]).sum())):
        raise OptimizerError(
            f"cost lines sum to {lines}, the objective is {certificate.objective}: a defect, please report it"
        )
