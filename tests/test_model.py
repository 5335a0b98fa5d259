"""A model: rules of one's own, new data in place, engines, and what happens where there is no optimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

import optimizer
from optimizer import model as model_module
from optimizer.errors import (
    FormulationError,
    InfeasibleError,
    InputError,
    NotSolvedError,
    OptimizerError,
    StructureError,
    UnboundedError,
)
from optimizer.lp.rowwise import RowByRowWarning
from optimizer.lp.rules import constraint, cost, expression, variable
from optimizer.model import Model
from optimizer.result import Result
from optimizer.scenario import Scenario
from optimizer.steps import Steps
from tests.conftest import EXAMPLE
from tests.sites import battery, everything, grid, state, supply


def priced() -> Model:
    """10 MW for three hours, from a grid at 1, 2 and 3 or from a supply at 5: 60."""
    return state([10, 10, 10], supplies=[supply(energy_price=5)], grid=grid(energy_price=[1, 2, 3]))


def paid(made: Model) -> float:
    return made.solve().value("cost_per_year")


# --- rules of one's own -----------------------------------------------------------------------------------------------


def import_limit(m, t):
    return m.grid_import[t] <= m.import_limit_of[t]


def test_a_plain_function_is_a_constraint():
    """4, 12 and 6 MW of import at most; the rest at 5: 4 + 30 + 20 + 18 + 20."""
    made = priced()
    made.add(import_limit, over="hour", data={"import_limit_of": ("hour", [4, 12, 6])})
    result = made.solve()
    assert result.value("cost_per_year") == pytest.approx(4 + 30 + 20 + 18 + 20)
    assert result.series["grid_import"].values == pytest.approx([4, 10, 6])
    # Its duals are reported like those of any family: one more MW in the first hour saves 5 - 1.
    assert result.series["marginal_price_of_import_limit"].values == pytest.approx([-4, 0, -2])
    assert result.marginal_prices().loc["import_limit", "unit"] == "USD/a per unit"


def test_a_rule_may_hold_over_the_year_and_read_a_number():
    """At most 25 of 30 MWh from the grid; the dearest 5 come from the supply: 10 + 20 + 15 + 25."""

    def yearly_import(m):
        return sum(m.weight[t] * m.dt[t] * m.grid_import[t] for t in m.hour) <= m.import_budget

    made = priced()
    made.add(yearly_import, data={"import_budget": 25})
    assert paid(made) == pytest.approx(70)
    made.update({"import_budget": 20})
    assert paid(made) == pytest.approx(80)


def test_a_cost_becomes_a_line_of_its_own():
    """Half a unit for each MWh imported: 15 more."""

    def levy(m, t):
        return m.dt[t] * m.levy_rate * m.grid_import[t]

    made = priced()
    made.add(levy, over="hour", kind="cost", label="Green levy", data={"levy_rate": 0.5})
    result = made.solve()
    assert result.value("cost_per_year") == pytest.approx(75)
    assert result.costs()["Green levy"] == pytest.approx(15)
    assert result.series["cost_by_hour"].sel(cost_line="Green levy").values == pytest.approx([5, 5, 5])


def test_decorated_rules_may_state_something_new():
    """A demand charge of 6 on the peak import. Load 10, 4, 4; each MW shaved off the first 6 costs 5 - 1 only.

    4 x 1 + 6 x 5, 4 x 2, 4 x 3, and 4 x 6 for the peak: 78. Further down a MW would cost 4 + 3 + 2.
    """

    @variable()
    def peak(m):
        return 0, None

    @constraint(over="hour")
    def peak_is_reached(m, t):
        return m.grid_import[t] <= m.peak

    @cost(label="Demand charge")
    def charge_on_the_peak(m):
        return 6 * m.peak

    @expression(over="hour")
    def shaved(m, t):
        return m.it_load[t] - m.grid_import[t]

    made = state([10, 4, 4], supplies=[supply(energy_price=5)], grid=grid(energy_price=[1, 2, 3]))
    for rule in (peak, peak_is_reached, charge_on_the_peak, shaved):
        made.add(rule)
    result = made.solve()
    assert result.value("cost_per_year") == pytest.approx(78)
    assert result.costs()["Demand charge"] == pytest.approx(24)
    assert result.series["peak"].item() == pytest.approx(4)
    assert result.series["shaved"].values == pytest.approx([6, 0, 0])


def test_a_rule_with_a_branch_goes_row_by_row_and_says_so():
    """No import in the first hour: 50 + 20 + 30."""

    def closed_at_first(m, t):
        return m.grid_import[t] <= (0 if t == 0 else 1000)

    made = priced()
    with pytest.warns(RowByRowWarning, match="'closed_at_first' is compiled row by row"):
        made.add(closed_at_first, over="hour")
    assert paid(made) == pytest.approx(100)


def unknown(m, t):
    return m.grid_import[t] <= m.grid_limit[t]


def squared(m, t):
    return m.grid_import[t] * m.grid_import[t] <= 9


def too_late(m, t):
    return m.grid_import[t + 1] <= 5


def impossible(m, t):
    return m.it_load[t] <= 9


@pytest.mark.parametrize(
    ("rule", "over", "kind", "message"),
    [
        (unknown, "hour", FormulationError, "'unknown' uses m.grid_limit, which is neither a set"),
        (squared, "hour", FormulationError, "not linear"),
        (too_late, "hour", FormulationError, "asks for 3, which is not in 'hour'"),
        (unknown, "week", FormulationError, r"'unknown' runs over \['week'\], but the sets are"),
        (lambda m, t: m.grid_import[t] <= 1, "hour", FormulationError, "a rule needs a name of its own"),
        (impossible, "hour", InfeasibleError, r"impossible\[0\] cannot hold: the data violate it by 1"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_once_and_not_kept(rule, over, kind, message):
    made = priced()
    with pytest.raises(kind, match=message):
        made.add(rule, over=over, data={"brought_along": 1})
    assert "brought_along" not in made.data
    assert paid(made) == pytest.approx(60)


def test_two_rules_of_one_name_are_refused():
    made = priced()
    made.add(import_limit, over="hour", data={"import_limit_of": ("hour", [4, 10, 6])})
    with pytest.raises(FormulationError, match="two rules are called 'import_limit'"):
        made.add(import_limit, over="hour")
    assert paid(made) == pytest.approx(92)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"energy_price": ("hour", [1, 2, 3])}, "energy_price: is in use already; choose another name"),
        ({"hour": ("hour", [1, 2, 3])}, "hour: is in use already"),
        ({"import_limit_of": ("hour", [1, 2])}, "import_limit_of: does not fit: conflicting sizes"),
        ({"import_limit_of": [1, 2, 3]}, r"import_limit_of: has no sets; give it as \(sets, values\)"),
    ],
)
def test_data_that_do_not_fit_are_refused(data: dict[str, Any], message: str):
    made = priced()
    with pytest.raises(InputError, match=message):
        made.add(import_limit, over="hour", data=data)
    assert paid(made) == pytest.approx(60)


def test_data_that_are_no_numbers_are_refused():
    made = priced()
    for wrong in (["a", "b", "c"], [1, np.nan, 3]):
        with pytest.raises(FormulationError, match="import_limit"):
            made.add(import_limit, over="hour", data={"import_limit_of": ("hour", wrong)})
    assert paid(made) == pytest.approx(60)


# --- new data in place ------------------------------------------------------------------------------------------------


def test_new_data_give_what_a_new_model_would():
    made = priced()
    assert paid(made) == pytest.approx(60)
    made.update({"energy_price": [4, 4, 9]})
    result = made.solve()
    assert result.value("cost_per_year") == pytest.approx(40 + 40 + 50)
    assert result.series["energy_price"].values.tolist() == [4, 4, 9]
    made.update({"it_load": [1, 2, 3], "carbon_price": 10.0})
    assert paid(made) == pytest.approx(4 + 8 + 15)
    made.update({"supply_capacity": [2]})
    assert paid(made) == pytest.approx(4 + 8 + 10 + 9)


@pytest.mark.parametrize("engine", ["auto", "highs", "highs-simplex", "highs-ipx", "piqp", "clarabel"])
def test_every_engine_takes_new_data(engine: str):
    """Costs, bounds, right-hand sides and coefficients, one after the other."""
    made = state([10, 10], supplies=[supply(capacity=4, availability=[1, 0.5])], grid=grid(energy_price=[3, 7]))
    steps: list[tuple[dict[str, Any], float]] = [
        ({}, 6 * 3 + 8 * 7),
        ({"energy_price": [5, 1]}, 6 * 5 + 8 * 1),
        ({"it_load": [4, 12]}, 10),
        ({"availability": [[0.5, 1]]}, 2 * 5 + 8 * 1),
        ({"supply_capacity": [8], "pue": [2, 1]}, 4 * 5 + 4),
    ]
    for changes, expected in steps:
        made.update(changes)
        assert made.solve(engine=engine).value("cost_per_year") == pytest.approx(expected), changes


def test_an_array_with_names_may_come_in_any_order():
    made = state(supplies=[supply("a", 5), supply("b", 5)], grid=grid(energy_price=10))
    turned = xr.DataArray([[1, 0], [1, 0], [1, 0]], {"supply": ["a", "b"]}, dims=("hour", "supply"))
    made.update({"availability": turned})
    result = made.solve()
    assert result.value("cost_per_year") == pytest.approx(150)
    assert result.series["availability"].sel(supply="b").values.tolist() == [0, 0, 0]
    assert result.series["availability"].dims == ("supply", "hour")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grid_import": [1, 1, 1]}, "'grid_import' is a variable"),
        ({"energy_prise": [1, 1, 1]}, "'energy_prise' is no data of this model; did you mean `energy_price`"),
        ({"cfe_target": 0.5}, "'cfe_target' is not bound"),
        ({"shared_inverter": [0.0]}, "'shared_inverter' is no data of this model"),
        ({"energy_price": [1, 1]}, r"'energy_price' has shape \(2,\)"),
        ({"value_of_lost_load": 500}, "'value_of_lost_load' would change nothing: the scenario gives none"),
        ({"initial_soc": [0.5]}, r"'initial_soc' has shape \(1,\)"),
        ({"energy_price": [9, 9, 9], "supply_price": 3.0}, "'supply_price' has shape"),
    ],
)
def test_what_would_change_the_structure_is_refused_and_changes_nothing(changes, message):
    made = state(
        supplies=[supply(energy_price=5)], batteries=[battery(cyclic=True, energy=0)], grid=grid(energy_price=[1, 2, 3])
    )
    with pytest.raises(StructureError, match=message):
        made.update(changes)
    assert paid(made) == pytest.approx(60)


def test_arrivals_are_not_changed_without_the_limit_of_the_backlog_that_follows_from_them():
    batch = {"name": "batch", "kind": "deferrable", "arrivals": [4.0, 0, 0], "window": 1}
    made = state(None, load={"workloads": [batch]}, grid=grid(energy_price=[3, 2, 1]))
    before = paid(made)
    with pytest.raises(StructureError, match=r"'arrival', which the scenario says in site\.load\.workloads"):
        made.update({"arrival": [[8.0, 0, 0]]})
    assert paid(made) == pytest.approx(before)


def test_values_that_are_no_numbers_are_refused():
    made = priced()
    with pytest.raises(FormulationError, match="energy_price"):
        made.update({"energy_price": [1, np.nan, 3]})
    assert paid(made) == pytest.approx(60)
    assert made.solve().series["energy_price"].values.tolist() == [1, 2, 3]


# --- engines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["highs", "highs-simplex", "highs-ipx", "piqp", "clarabel"])
@pytest.mark.parametrize("vertex", [False, True])
def test_every_engine_proves_the_same_cost(engine: str, vertex: bool):
    result = everything().solve(engine=engine, vertex=vertex)
    assert result.certificate["proved"]
    assert result.certificate["engine"].startswith(engine)
    assert result.value("cost_per_year") == pytest.approx(everything_costs(), rel=1e-7)


def everything_costs() -> float:
    """Ask Pyomo's own door to HiGHS."""
    if not hasattr(everything_costs, "found"):
        from pyomo.contrib.appsi.solvers import Highs  # noqa: PLC0415

        exported = everything().program.to_pyomo()
        everything_costs.found = Highs().solve(exported).best_feasible_objective
    return everything_costs.found


def test_a_vertex_has_exact_zeros():
    """Two supplies at one price share a load; an interior point smears it over both, a vertex does not."""
    tied = state(10, supplies=[supply("a", 8, energy_price=1), supply("b", 8, energy_price=1)])
    inner, corner = (tied.solve(engine="piqp", vertex=vertex).series["delivered"].values for vertex in (False, True))
    assert corner.sum() == pytest.approx(inner.sum())
    at_a_bound = np.isin(corner, [0, 8]).any(axis=0)
    assert at_a_bound.all()


def test_the_scenario_chooses_the_engine():
    made = state(grid=grid(energy_price=1), solver={"engine": "highs-ipx", "threads": 1})
    assert made.solve().certificate["engine"].startswith("highs-ipx")
    assert made.solve(engine="piqp").certificate["engine"].startswith("piqp")
    with pytest.raises(InputError, match="'cplex' is not known; choose auto or one of"):
        made.solve(engine="cplex")


def test_solving_again_is_idempotent():
    made = priced()
    assert made.solve().series.drop_attrs().identical(made.solve().series.drop_attrs())


# --- no optimum -------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing that looks like a result come into being."""

    def forbidden(*_: Any, **__: Any) -> Result:
        raise AssertionError("a result was built")

    monkeypatch.setattr(model_module, "build_result", forbidden)


@pytest.mark.parametrize("engine", ["auto", "highs", "piqp", "clarabel"])
@pytest.mark.parametrize(
    "made",
    [
        lambda: state(10, grid=grid(connection_capacity=9)),
        lambda: state(10, grid=grid(), targets={"cfe": 0.5}),
        lambda: state(batteries=[battery(energy=20, initial_soc=1)]),
        lambda: state(10, grid=grid(connection_capacity={"max": 9})),
    ],
    ids=["peak", "target", "energy", "size"],
)
@pytest.mark.usefixtures("no_result")
def test_where_there_is_no_plan_it_is_proved(made: Callable[[], Model], engine: str):
    with pytest.raises(InfeasibleError) as caught:
        made().solve(engine=engine)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("engine", ["auto", "highs", "piqp", "clarabel"])
@pytest.mark.usefixtures("no_result")
def test_where_cost_falls_for_ever_it_is_proved(engine: str):
    @variable(over="hour")
    def scrip(m, t):
        return 0, None

    @cost(over="hour")
    def printed(m, t):
        return -m.scrip[t]

    made = priced()
    made.add(scrip)
    made.add(printed)
    with pytest.raises(UnboundedError, match="the cost can fall without limit") as caught:
        made.solve(engine=engine)
    assert caught.value.exit_code == 3


@pytest.mark.usefixtures("no_result")
@pytest.mark.parametrize("engine", ["highs-simplex", "highs-ipx", "auto"])
def test_a_limit_of_time_ends_in_an_error(engine: str):
    year = Model(Scenario.load(EXAMPLE / "sizing.yaml"))
    with pytest.raises(NotSolvedError, match=r"no engine came to a proved optimum:\n  - ") as caught:
        year.solve(engine=engine, time_limit=1e-3)
    assert caught.value.exit_code == 4


# --- what goes in -----------------------------------------------------------------------------------------------------


def test_series_have_to_fit_the_scenario():
    made = state([1, 2, 3], grid=grid())
    scenario, series = made.scenario, made.series
    with pytest.raises(InputError, match="there is no series 'load_it_load'"):
        Model(scenario, series.drop_vars("load_it_load"))
    with pytest.raises(InputError, match="they are not on the scenario's horizon"):
        Model(scenario, series.isel(hour=slice(2)))
    with pytest.raises(InputError, match="they are not on the scenario's horizon"):
        Model(scenario, series.assign_coords(hour=series["hour"] + np.timedelta64(1, "h")))
    with pytest.raises(InputError, match="the series 'load_it_load' is negative: -1 at 2025-01-01 01:00"):
        Model(scenario, series.assign(load_it_load=series["load_it_load"].copy(data=[1, -1, 3])))


def test_the_steps_are_told():
    heard = Steps()
    made = state(grid=grid())
    Model(made.scenario, made.series, steps=heard).solve()
    assert list(heard.seconds) == ["state the program", "solve and prove", "compute the results"]


def test_public_names_lead_to_the_same_things():
    assert optimizer.Model is Model
    assert issubclass(optimizer.InfeasibleError, OptimizerError)


# --- the example year -------------------------------------------------------------------------------------------------


def balanced(result: Result) -> None:
    """Hold the year's figures against each other."""
    series = result.series
    hours = series["dt"] * series["weight"]
    assert series.sizes["hour"] == 8760
    assert float(hours.sum()) == 8760
    assert result.certificate["proved"]
    assert result.certificate["cost_error_bound"] < 1e-6 * result.value("cost_per_year")
    assert result.costs().sum() == pytest.approx(result.certificate["objective"], rel=1e-9)
    delivered, available = (
        float((hours * power).sum())
        for power in (series["delivered"], series["availability"] * series["supply_capacity"])
    )
    assert delivered + result.value("curtailment") == pytest.approx(available)
    assert result.value("curtailment_share") == pytest.approx(result.value("curtailment") / available)
    charged, discharged = (float((hours * series[name]).sum()) for name in ("charge", "discharge"))
    assert discharged == pytest.approx(0.9487**2 * charged)  # cyclic, without self-discharge
    served = result.value("facility_energy") - result.value("unserved")
    assert delivered + result.value("grid_import") + discharged == pytest.approx(
        served + charged + result.value("grid_export")
    )
    assert result.value("battery_cycles") == pytest.approx(discharged / result.value("energy_capacity_battery"))
    assert result.value("cost_per_mwh") == pytest.approx(
        result.value("cost_per_year") / result.value("facility_energy")
    )
    assert result.value("peak_import") <= result.value("connection_capacity") + 1e-6
    soc = series["soc"].values
    assert soc.min() >= 0.05 - 1e-6
    assert soc.max() <= 0.95 + 1e-6
    assert series["marginal_price"].values.min() > -50
    assert not any("at once" in note or "not fully served" in note for note in result.notes)
    assert any("synthetic" in note for note in result.notes)


def test_the_example_year_is_dispatched(example_dispatch: Result):
    balanced(example_dispatch)
    sizes = {"capacity_wind": 50, "capacity_solar": 40, "power_capacity_battery": 25, "energy_capacity_battery": 100}
    assert {name: example_dispatch.value(name) for name in sizes} == sizes
    assert 0 < example_dispatch.value("cfe_hourly") < example_dispatch.value("cfe_annual")


def test_the_example_year_is_sized(example_sizing: Result):
    balanced(example_sizing)
    assert example_sizing.value("cfe_hourly") == pytest.approx(0.9, abs=1e-6)
    assert 0 < example_sizing.value("capacity_wind") < 200
    assert 0 < example_sizing.value("capacity_solar") < 200
    assert 0 < example_sizing.value("power_capacity_battery") < 100
    assert 0 < example_sizing.value("energy_capacity_battery") < 800
    assert example_sizing.marginal_prices().loc["hourly_matching", "greatest"] < 0


def test_another_engine_agrees_on_the_example_year(example_dispatch: Result):
    """HiGHS's simplex method against the interior-point method that the portfolio chose."""
    assert example_dispatch.certificate["engine"].startswith("staged")
    again = Model(Scenario.load(EXAMPLE / "scenario.yaml")).solve(engine="highs-simplex")
    assert again.value("cost_per_year") == pytest.approx(example_dispatch.value("cost_per_year"), rel=1e-7)
    assert again.value("cfe_hourly") == pytest.approx(example_dispatch.value("cfe_hourly"), abs=1e-4)


# --- what is told of single rows and columns --------------------------------------------------------------------------


def reserve(m, t):
    return m.reserve_min[t], m.reserve_max


def test_rows_and_columns_are_told_with_their_time():
    made = priced()
    made.add(reserve, "hour", kind="variable", data={"reserve_min": ("hour", [0, 0, 3]), "reserve_max": 2})
    with pytest.raises(
        InfeasibleError, match=r"^reserve, 2025-01-01 02:00 UTC would have to be at least 3 and at most 2"
    ):
        made.solve(explain=False)


# --- windows: new data in place, from the last basis ------------------------------------------------------------------


def test_a_window_starts_from_the_basis_of_the_one_before():
    """Weeks a day apart: the same plan as from scratch, in less than half of the steps."""
    week, day = 168, 24
    year = Scenario.load(EXAMPLE / "scenario.yaml")
    first = year.change({"horizon.end": year.horizon.starts[week].isoformat()})
    series = year.read()
    whole = Model(year, series).data
    held = Model(first, series.isel(hour=slice(0, week)))
    hourly = [name for name, array in held.data.items() if "hour" in array.dims and name not in ("dt", "weight")]
    held.solve(explain=False)
    for number in (1, 2, 3):
        part = slice(number * day, number * day + week)
        held.update({name: whole[name].isel(hour=part).values for name in hourly})
        warm = held.solve(explain=False).certificate
        fresh = Model(first, series.isel(hour=slice(0, week)))
        fresh.update({name: whole[name].isel(hour=part).values for name in hourly})
        cold = fresh.solve(explain=False).certificate
        assert warm["engine"].startswith("highs-simplex")
        assert warm["objective"] == pytest.approx(cold["objective"], rel=1e-9)
        assert warm["iterations"] < cold["iterations"] / 2
