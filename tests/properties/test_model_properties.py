"""What holds for every site: balances, monotony, scaling, and that each way to the same program leads to one cost."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.errors import InfeasibleError
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.portfolio import Portfolio
from optimizer.model import Model
from optimizer.nomenclature import TERMS
from optimizer.provenance import inputs_hash
from optimizer.result import Result
from tests.sites import battery, grid, state, supply

SHARES = st.integers(0, 8).map(lambda eighths: eighths / 8)
PRICES = st.integers(-3, 20).map(lambda fives: 5.0 * fives)
COSTS = st.integers(0, 20).map(float)
SIZES = st.integers(0, 12).map(float)
EFFICIENCIES = st.sampled_from([0.75, 0.875, 1.0])

few = settings(max_examples=10)


@dataclass(frozen=True)
class Shape:
    """What decides which rows and columns a site has; the numbers are drawn apart from it."""

    hours: int
    minutes: tuple[int, ...]
    supplies: int
    batteries: tuple[tuple[bool, bool, bool], ...]  # cyclic, one inverter, warranted
    grid: bool
    target: bool
    free: bool


@st.composite
def shapes(draw: st.DrawFn, *, free: bool | None = None, hourly: bool = False) -> Shape:
    hours = draw(st.integers(6, 24))
    same = hourly or draw(st.booleans())
    lengths = (
        [60] * hours if same else draw(st.lists(st.sampled_from([15, 30, 60, 120]), min_size=hours, max_size=hours))
    )
    flags = st.tuples(st.booleans(), st.booleans(), st.booleans())
    return Shape(
        hours,
        tuple(lengths),
        draw(st.integers(0, 2)),
        tuple(draw(st.lists(flags, max_size=2))),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()) if free is None else free,
    )


@st.composite
def numbers(draw: st.DrawFn, shape: Shape) -> dict[str, Any]:
    """Draw a site of a given shape; load can always be lost, at a price."""

    def hourly(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=shape.hours, max_size=shape.hours))

    def capacity() -> dict[str, float]:
        size = draw(SIZES)
        cost = draw(COSTS)
        return {"min": size, "max": size + draw(SIZES) + 1, "annual_cost": cost} if shape.free else {"size": size}

    def one_battery(number: int, *, cyclic: bool, shared: bool, warranted: bool) -> dict[str, Any]:
        low, start, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
        ends = {"cyclic": True} if cyclic else {"initial_soc": start}
        return battery(
            f"battery {number}",
            capacity(),
            capacity(),
            charge_efficiency=draw(EFFICIENCIES),
            discharge_efficiency=draw(EFFICIENCIES),
            soc_min=low,
            soc_max=high,
            shared_inverter=shared,
            throughput_cost=draw(COSTS),
            state_of_health=draw(st.sampled_from([0.5, 1.0])),
            **ends,
            **({"cycles_max": draw(SIZES)} if warranted else {}),
        )

    def one_supply(number: int) -> dict[str, Any]:
        return supply(
            f"supply {number}",
            capacity(),
            availability=hourly(SHARES),
            energy_price=hourly(PRICES),
            curtailment_price=draw(COSTS),
            carbon_intensity=draw(SHARES),
            cfe=draw(SHARES),
        )

    def connection() -> dict[str, Any]:
        return grid(
            connection_capacity=capacity(),
            energy_price=hourly(PRICES),
            export_capacity=draw(SIZES),
            export_price=hourly(PRICES),
            carbon_intensity=hourly(SHARES),
            grid_cfe=hourly(SHARES),
            available=hourly(SHARES),
        )

    return {
        "it_load": hourly(SIZES),
        "minutes": list(shape.minutes),
        "load": {
            "pue": hourly(SHARES.map(lambda share: 1 + share)),
            "other_load": draw(SIZES),
            "value_of_lost_load": 500,
        },
        "supplies": [one_supply(number) for number in range(shape.supplies)],
        "batteries": [
            one_battery(number, cyclic=cyclic, shared=shared, warranted=warranted)
            for number, (cyclic, shared, warranted) in enumerate(shape.batteries)
        ],
        "grid": connection() if shape.grid else None,
        "carbon_price": draw(COSTS),
        "weight": draw(st.sampled_from([1.0, 0.5, 30.0])),
        "targets": {"cfe": draw(st.integers(0, 4).map(lambda eighths: eighths / 8))} if shape.target else {},
    }


def sites(**given: Any) -> st.SearchStrategy[dict[str, Any]]:
    return shapes(**given).flatmap(numbers)


def least_cost(made: Model) -> float:
    """Cost of the best plan; infinite where there is proved to be none (why, is not asked here)."""
    try:
        return Portfolio(made.program.lp).solve(EngineOptions()).certificate.objective
    except InfeasibleError:
        return np.inf


def outcome(made: Model) -> Result | None:
    """Solve; None where there is proved to be no plan."""
    try:
        return made.solve(explain=False)
    except InfeasibleError:
        return None


def no_more(cost: float, than: float) -> bool:
    return cost <= than + 1e-6 * max(1.0, abs(than) if np.isfinite(than) else 0.0)


def same(cost: float) -> Any:
    return pytest.approx(cost, rel=1e-6, abs=1e-5)


def changed(site: Mapping[str, Any], **changes: Any) -> Model:
    return state(**{**site, **changes})


# --- the result -------------------------------------------------------------------------------------------------------


@few
@given(sites())
def test_a_plan_keeps_every_promise(site: dict[str, Any]):
    """Balance, limits, cost lines, certificate."""
    result = outcome(state(**site))
    assume(result is not None)
    assert result is not None
    plan, near = result.series, 1e-5
    comes_in = (
        plan["delivered"].sum("supply") + plan["discharge"].sum("battery") + plan["grid_import"] + plan["unserved"]
    )
    goes_out = plan["facility_load"] + plan["charge"].sum("battery") + plan["grid_export"]
    assert np.abs(comes_in - goes_out).max() <= near
    assert (plan["facility_load"] == plan["pue"] * plan["it_load"] + plan["other_load"]).all()
    for flow in (
        "delivered",
        "discharge",
        "charge",
        "grid_import",
        "grid_export",
        "unserved",
        "stored_energy",
        "curtailment",
    ):
        assert (plan[flow] >= -near).all(), flow
    assert (plan["grid_import"] <= plan["grid_available"] * plan["connection_capacity"] + near).all()
    assert (plan["grid_export"] <= plan["grid_available"] * plan["export_capacity"] + near).all()
    assert (plan["unserved"] <= plan["facility_load"] + near).all()
    held = plan["state_of_health"] * plan["energy_capacity"]
    assert (plan["stored_energy"] <= plan["soc_max"] * held + near).all()
    assert (plan["stored_energy"] >= plan["soc_min"] * held - near).all()
    assert (np.maximum(plan["charge"], plan["discharge"]) <= plan["power_capacity"] + near).all()
    one = plan["one_inverter_battery"].values
    assert ((plan["charge"] + plan["discharge"] - plan["power_capacity"]).sel(battery=one) <= near).all()
    cyclic = plan["stored_energy"].sel(battery=plan["cyclic_battery"].values)
    assert np.allclose(cyclic[:, 0], cyclic[:, -1], atol=near)
    assert result.costs().sum() == pytest.approx(result.certificate["objective"], rel=1e-9, abs=1e-9)
    assert result.certificate["proved"]
    if "cfe_target" in plan:
        assert plan["facility_load"].sum() == 0 or result.value("cfe_hourly") >= float(plan["cfe_target"]) - 1e-6


@settings(max_examples=3)
@given(sites())
def test_a_result_comes_back_from_its_file(site: dict[str, Any]):
    result = outcome(state(**site))
    assume(result is not None)
    assert result is not None
    with tempfile.TemporaryDirectory() as folder:
        result.save(Path(folder) / "result.nc")
        xr.testing.assert_identical(Result.load(folder).series, result.series)


@few
@given(sites(), st.data())
def test_marginal_prices_bound_what_other_loads_cost(site: dict[str, Any], data: st.DataObject):
    """Least cost is convex in the load: at no load is it below what the marginal prices foretell."""
    result = outcome(state(**site))
    assume(result is not None)
    assert result is not None
    other = np.array(data.draw(st.lists(SIZES, min_size=len(site["it_load"]), max_size=len(site["it_load"]))))
    more = result.series["pue"].values * (other - np.array(site["it_load"]))
    hours = (result.series["weight"] * result.series["dt"]).values
    foretold = result.value("cost_per_year") + float(hours * result.series["marginal_price"].values @ more)
    assert no_more(foretold, least_cost(changed(site, it_load=other)))


# --- what helps, and what does not ------------------------------------------------------------------------------------


@few
@given(sites())
def test_more_to_choose_from_never_costs_more(site: dict[str, Any]):
    """A further supply, a further battery, a larger connection, all at no cost of their own."""
    before = least_cost(state(**site))
    shape = [0.25, 0.75] * 12
    further = supply("further", 5, availability=shape[: len(site["it_load"])], energy_price=40)
    assert no_more(least_cost(changed(site, supplies=[*site["supplies"], further])), before)
    assert no_more(least_cost(changed(site, batteries=[*site["batteries"], battery("x", 5, 9, cyclic=True)])), before)
    if site["grid"]:
        now = site["grid"]["connection_capacity"]
        larger = {**now, "max": now["max"] + 5} if "max" in now else {"size": now["size"] + 5}
        assert no_more(least_cost(changed(site, grid={**site["grid"], "connection_capacity": larger})), before)


@few
@given(sites())
def test_a_higher_target_never_costs_less(site: dict[str, Any]):
    made = changed(site, targets={"cfe": 0.0})
    costs = []
    for target in (0.0, 0.25, 0.5, 1.0):
        made.update({"cfe_target": target})
        costs.append(least_cost(made))
    assert all(no_more(lower, higher) for lower, higher in pairwise(costs))
    assert no_more(least_cost(changed(site, targets={})), costs[0])


@few
@given(sites(), st.sampled_from([0.125, 3.0, 1000.0]))
def test_cost_scales_with_all_prices(site: dict[str, Any], factor: float):
    made = state(**site)
    before = least_cost(made)
    assume(np.isfinite(before))
    made.update(
        {
            name: factor * array.values
            for name, array in made.data.items()
            if TERMS[str(name)].unit.startswith("currency")
        }
    )
    assert least_cost(made) == pytest.approx(factor * before, rel=1e-6, abs=1e-5 * factor)


@few
@given(sites(free=True), SHARES)
def test_a_free_size_costs_no_more_than_any_fixed_one(site: dict[str, Any], share: float):
    """Each capacity somewhere between its bounds, at its yearly cost."""

    def fixed(capacity: Mapping[str, float]) -> dict[str, float]:
        size = capacity["min"] + share * (capacity["max"] - capacity["min"])
        return {"size": size, "annual_cost": capacity["annual_cost"]}

    chosen = {
        "supplies": [item | {"capacity": fixed(item["capacity"])} for item in site["supplies"]],
        "batteries": [
            item | {name: fixed(item[name]) for name in ("power_capacity", "energy_capacity")}
            for item in site["batteries"]
        ],
    }
    if site["grid"]:
        chosen["grid"] = site["grid"] | {"connection_capacity": fixed(site["grid"]["connection_capacity"])}
    assert no_more(least_cost(state(**site)), least_cost(changed(site, **chosen)))


# --- one cost by every way --------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(shapes().flatmap(lambda shape: st.tuples(numbers(shape), numbers(shape))))
def test_new_data_in_place_are_a_new_model(pair: tuple[dict[str, Any], dict[str, Any]]):
    """Solve one site, put the numbers of another of its shape in place, and solve again with the same engines."""
    old, new = (state(**site) for site in pair)
    outcome(old)
    old.update({str(name): array.values for name, array in new.data.items()})
    assert old.data.identical(new.data)
    before, fresh = outcome(old), outcome(new)
    assert (before is None) == (fresh is None)
    if before is not None and fresh is not None:
        assert before.value("cost_per_year") == same(fresh.value("cost_per_year"))
        assert before.certificate["proved"]


@settings(max_examples=8)
@given(sites())
def test_the_cost_is_that_of_an_ordinary_pyomo_model(site: dict[str, Any]):
    """Pyomo calls the same rules by itself, and hands them to HiGHS through its own interface."""
    from pyomo.contrib.appsi.base import TerminationCondition  # noqa: PLC0415
    from pyomo.contrib.appsi.solvers import Highs  # noqa: PLC0415

    made = state(**site)
    highs = Highs()
    highs.config.load_solution = False
    found = highs.solve(made.program.to_pyomo())
    cost = least_cost(made)
    if np.isfinite(cost):
        assert found.best_feasible_objective == same(cost)
    else:
        assert found.termination_condition in (
            TerminationCondition.infeasible,
            TerminationCondition.infeasibleOrUnbounded,
        )


@few
@given(sites(hourly=True), st.sampled_from([2, 4]))
def test_shorter_intervals_of_the_same_data_cost_the_same(site: dict[str, Any], parts: int):
    def cut(value: Any) -> Any:
        if isinstance(value, list) and value and isinstance(value[0], float):
            return np.repeat(value, parts)
        if isinstance(value, dict):
            return {name: cut(inner) for name, inner in value.items()}
        return [cut(inner) for inner in value] if isinstance(value, list) else value

    shorter = cut({name: value for name, value in site.items() if name != "minutes"})
    hourly = least_cost(state(**site))
    assert least_cost(state(**shorter, minutes=60 // parts)) == (same(hourly) if np.isfinite(hourly) else np.inf)


# --- hashes -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(sites(), st.data())
def test_the_hash_tells_inputs_apart(site: dict[str, Any], data: st.DataObject):
    first, second = state(**site), state(**site)
    own = inputs_hash(first.scenario, first.series)
    assert inputs_hash(second.scenario, second.series) == own
    name = data.draw(st.sampled_from(sorted(map(str, second.series.data_vars))))
    at = data.draw(st.integers(0, second.series.sizes["hour"] - 1))
    second.series[name].values[at] = np.nextafter(second.series[name].values[at], np.inf)
    assert inputs_hash(second.scenario, second.series) != own
    assert inputs_hash(first.scenario.change({"carbon_price": site["carbon_price"] + 1}), first.series) != own
