"""What more is worth, for every site: no step, however large, saves more than it foretells."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.test_model_properties import few, least_cost, no_more, outcome, sites
from tests.sites import state

# The least cost is convex in these, which stand alone; others may multiply what is to be chosen, as `cycles_max` does
# where the battery's size is free: their savings are those of a small step alone.
CONVEX = {
    "supply_capacity", "power_capacity", "energy_capacity", "connection_capacity", "export_capacity", "cfe_target",
}  # fmt: skip


@few
@given(sites(), st.data())
def test_savings_bound_what_any_other_size_saves(site: dict[str, Any], data: st.DataObject):
    """One number is set to something else, be it given or chosen, and the site is solved again."""
    model = state(**site)
    result = outcome(model)
    assume(result is not None)
    assert result is not None
    table = result.worth().query("name in @CONVEX")
    assume(len(table))
    what = data.draw(st.sampled_from(sorted(table.index)))
    found = table.loc[what]
    share = found["unit"] == "%"
    other = data.draw(st.integers(0, 100 if share else 30).map(float))
    _set(model, found["name"], _place(model, found["name"], what), 0.01 * other if share else other)
    foretold = result.value("cost_per_year") - found["saving"] * (other - found["size"])
    # What was chosen is within the tolerance of the proof of its best size.
    slack = 1e-5 * max(found["cost"], abs(found["worth"])) * abs(other - found["size"])
    assert no_more(foretold - slack, least_cost(model))


@few
@given(sites())
def test_a_few_cycles_more_or_less_save_what_is_told(site: dict[str, Any]):
    """Between the one-sided derivatives, be the battery's size given or free; uneven numbers keep both from being open.

    Where it does not matter how large the battery is, nor which of two limits holds it, neither derivative is told by
    the plan.
    """
    for number, store in enumerate(site["batteries"]):
        if "cycles_max" in store:
            store["cycles_max"] = 0.137 + 0.731 * number + store["cycles_max"]
    model = state(**site)
    result = outcome(model)
    assume(result is not None)
    assert result is not None
    table = result.worth().query("name == 'cycles_max'")
    for what in table.index:
        at = _place(model, "cycles_max", what)
        given = float(model.data["cycles_max"].values[at])
        saved = []
        for change in (1e-3, -1e-3):
            _set(model, "cycles_max", at, given + change)
            saved.append((result.value("cost_per_year") - least_cost(model)) / change)
        _set(model, "cycles_max", at, given)
        slack = 1e-2 * max(1.0, *map(abs, saved))
        assert min(saved) - slack <= table["saving"][what] <= max(saved) + slack


def _place(model: Any, name: str, what: str) -> int:
    """Find which of the supplies or batteries is meant: they are numbered by their names."""
    given = name if name in model.data else f"{name}_min"
    owners = (
        [str(owner) for owner in model.data[given].coords[model.data[given].dims[0]].values]
        if model.data[given].dims
        else []
    )
    return next((at for at, owner in enumerate(owners) if what.endswith(owner)), 0)


def _set(model: Any, name: str, at: int, size: float) -> None:
    changed = {}
    for data in (name,) if name in model.data else (f"{name}_min", f"{name}_max"):
        changed[data] = model.data[data].values.copy()
        changed[data][() if changed[data].ndim == 0 else at] = size
    model.update({data: np.asarray(values) for data, values in changed.items()})
