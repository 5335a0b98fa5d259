"""What flexibility saves, lever by lever: by hand, in any order, and where a rung has no plan."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.model import Model
from optimizer.report.savings import finding, render_savings
from optimizer.savings import LEVERS, flexibility_savings, without
from tests.commands import call, write_site
from tests.sites import battery, grid, state

CURVE = {"points": [[0.8, 0.95], [1, 1]], "value": 44}
JOB = {
    "name": "llm", "kind": "job", "release": "2025-01-01T00:00Z", "deadline": "2025-01-01T03:00Z",
    "energy": 5, "power_max": 3,
}  # fmt: skip


def site(**more: Any) -> Model:
    """10 MW of inference, 4 MW arriving that may wait for two hours, and a battery of 5 MWh; 90, 50 and 10 a MWh."""
    works = [
        {"name": "inference", "kind": "firm", "power": 10, "curve": CURVE},
        {"name": "batch", "kind": "deferrable", "arrivals": [4.0, 4.0, 0.0], "window": 2},
        *more.pop("works", []),
    ]
    parts = {"batteries": [battery(energy=5, initial_soc=1.0)], "grid": grid(energy_price=[90, 50, 10])} | more
    return state(None, load={"workloads": works, "gpus_per_mw": 600}, **parts)


def savings(model: Model, *order: str) -> Any:
    return flexibility_savings(model.scenario, order or tuple(LEVERS), series=model.series)


def test_each_lever_saves_what_it_changes_in_its_place():
    """Rigid: 14 MW at 90 and 50 and 10 MW at 10 are 2,060. The battery's 5 MWh save 450.

    8 MWh that wait for 10 save 4 x 80 + 4 x 40. A MWh cut loses 0.25 of work, worth 11: 2 MW at 90 and 2 MW at 50 save
    158 and 78, and at 10 nothing.
    """
    found = savings(site())
    table = found.table()
    assert table.index.tolist() == ["rigid", "battery", "deferral", "capping"]
    assert table["cost_per_year"].tolist() == pytest.approx([2060, 1610, 1130, 894])
    assert table["saving"].tolist()[1:] == pytest.approx([450, 480, 236])
    assert table["share"].tolist()[1:] == pytest.approx([450 / 2060, 480 / 2060, 236 / 2060])
    assert table["mean_delay"].tolist() == pytest.approx([0, 0, 1.5, 1.5])
    assert table["gpu_hours_lost"].tolist() == pytest.approx([0, 0, 0, 600])
    assert found.currency == "USD"


def test_the_total_is_the_same_in_any_order():
    model = site(batteries=[battery(power=3, energy=5, initial_soc=0.5)])
    totals = [savings(model, *order).table()["saving"].sum() for order in itertools.permutations(LEVERS)]
    assert totals == pytest.approx([totals[0]] * 6)
    assert totals[0] == pytest.approx(
        savings(model).table()["cost_per_year"].iloc[0] - model.solve().value("cost_per_year")
    )


def test_the_last_rung_is_the_scenario_itself_and_no_lever_costs_where_it_is_free():
    model = site(works=[JOB])
    found = savings(model, "capping", "deferral", "battery")
    assert found.results["battery"].value("cost_per_year") == pytest.approx(model.solve().value("cost_per_year"))
    assert (found.table()["saving"].iloc[1:] >= -1e-6).all()


def test_levers_that_are_left_out_stay_in_every_rung():
    table = savings(site(), "deferral").table()
    assert table["cost_per_year"].tolist() == pytest.approx([1374, 894])


def test_all_rungs_are_asked_for_the_same_work():
    found = savings(site(works=[JOB]))
    assert found.table()["gpu_hours"].iloc[:3].tolist() == pytest.approx([(30 + 8 + 5) * 600] * 3)
    assert [run.value("gpu_hours_asked") for run in found.results.values()] == pytest.approx([(30 + 8 + 5) * 600] * 4)


def test_a_rigid_job_runs_at_full_power_from_its_release_on():
    """5 MWh at 3 MW take 100 minutes: 3 MWh in the first hour, and 2 in the second."""
    model = site(works=[JOB])
    rigid = without(model.scenario, ["deferral"])
    assert rigid.site.load.workloads[2].deadline == datetime(2025, 1, 1, 1, 40, tzinfo=UTC)
    assert rigid.site.load.workloads[1].window == 0
    assert rigid.name == "test, without deferral"
    power = Model(rigid, model.series).solve(vertex=True).series["it_power"].sel(workload="llm")
    assert power.values.tolist() == pytest.approx([3, 2, 0])


def test_what_a_site_does_not_have_saves_nothing_and_is_not_solved_twice():
    found = savings(site(batteries=[]))
    assert found.results["battery"] is found.results["rigid"]
    assert found.table()["saving"].loc["battery"] == 0


def test_a_lever_that_costs_more_than_it_saves_counts_against_itself():
    dear = {"size": 5, "annual_cost": 1000}
    table = savings(site(batteries=[battery(energy=dear, initial_soc=1.0)])).table()
    assert table["saving"].loc["battery"] == pytest.approx(450 - 5000)


# -- what is refused -------------------------------------------------------------------------------------------------


def test_unknown_and_repeated_levers_are_told_at_once():
    with pytest.raises(InputError) as error:
        savings(site(), "batery", "capping", "capping")
    assert [str(fault) for fault in error.value.faults] == [
        "order: 'batery' is no lever; the levers are battery, deferral, capping",
        "order: 'capping' is named more than once; name each lever once",
    ]


def test_no_lever_is_told():
    with pytest.raises(InputError, match="order: names no lever; name some of battery, deferral, capping"):
        flexibility_savings(site().scenario, ())


def test_a_rung_without_a_plan_is_named():
    """12 MW of connection cannot serve 14 MW of work at once."""
    model = site(grid=grid(connection_capacity=12, energy_price=[90, 50, 10]), batteries=[])
    told = "there is no plan for the site without work that waits and power that is capped, so nothing can be told of"
    with pytest.raises(InputError, match=told):
        savings(model, "deferral", "capping")


# -- page and command line -------------------------------------------------------------------------------------------


def test_the_page_tells_the_order_and_every_saving():
    found = savings(site())
    datasets = {rung: run.series for rung, run in found.results.items()}
    sentence = finding(found.table(), LEVERS, "USD")
    assert sentence == (
        "Flexibility saves 1,166 USD a year: in this order, batteries save 450 USD a year (21.8 %), work that waits "
        "saves 480 USD a year (23.3 %), power that is capped saves 236 USD a year (11.5 %)."
    )
    html = render_savings(datasets, found.table(), LEVERS)
    assert sentence in html
    assert html.count('data-figure="savings_waterfall"') == 1
    for name in ("rigid", "+ battery", "+ deferral", "+ capping"):
        assert f'<th scope="col">{name}</th>' in html


def test_the_figure_draws_what_the_table_tells():
    found = savings(site())
    figure = found.figure()
    assert figure.layout.title.text == "What flexibility saves in a year"  # it has no legend to stand above
    bars = figure.data[0]
    assert list(bars.y) == pytest.approx([*found.table()["saving"].iloc[1:], found.table()["saving"].sum()])


def test_the_command_writes_a_page_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    scenario = write_site(tmp_path / "site")
    done = call("savings", scenario, "--lever", "battery", "--json")
    assert (done.code, done.err.count("Traceback")) == (0, 0)
    record = json.loads(done.out)
    assert record["order"] == ["battery"]
    assert record["rungs"]["rigid"]["cost_per_year"] > record["rungs"]["battery"]["cost_per_year"] - 1e-6
    assert Path(record["page"]).read_text(encoding="utf-8").rstrip().endswith("</html>")
    shown = call("savings", scenario, "-l", "battery", "-q")
    assert (shown.code, shown.out) == (0, "")
    refused = call("savings", scenario, "-l", "sun")
    assert refused.code == 2
    assert "order: 'sun' is no lever; the levers are battery, deferral, capping" in refused.err
