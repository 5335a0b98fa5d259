"""What more is worth, for every site: no step, however large, saves more than it foretells."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.test_model_properties import few, least_cost, no_more, outcome, sites
from tests.sites import state

# The least cost is convex in these, which stand alone; others may multiply what is to be chosen.
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
