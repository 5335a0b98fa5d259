"""The plan in GPU terms, worked out by hand: GPU-hours, what each takes, and what one more would cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sample_result

from optimizer import plots
from optimizer.accounting.marginal_work import least_between
from optimizer.model import Model
from optimizer.result import Result
from tests.sites import grid, state

GPUS = 500.0
PRICES = [100.0, 40.0, 70.0, 200.0]
CURVE = {"points": [[0.8, 0.95], [1, 1]], "value": 200}


def firm(power: Any = 10, **more: Any) -> dict[str, Any]:
    return {"name": "inference", "kind": "firm", "power": power} | more


def batch(arrivals: Any = 4, window: float = 1, **more: Any) -> dict[str, Any]:
    return {"name": "batch", "kind": "deferrable", "arrivals": arrivals, "window": window} | more


def spot(**more: Any) -> dict[str, Any]:
    return {"name": "spot", "kind": "opportunistic", "power_max": 2, "value": 80} | more


def job(energy: float = 5) -> dict[str, Any]:
    return {
        "name": "llm", "kind": "job", "release": "2025-01-01T00:00Z", "deadline": "2025-01-01T04:00Z",
        "energy": energy, "power_max": 4,
    }  # fmt: skip


def site(*works: dict[str, Any], prices: list[float] = PRICES, it_load: Any = None, **more: Any) -> Model:
    load = {"workloads": list(works), "gpus_per_mw": GPUS, "pue": 1.25} | more.pop("load", {})
    return state(
        it_load, load=load, grid=grid(energy_price=prices, carbon_intensity=0.4, grid_cfe=[0.1, 0.6, 0.2, 0.0]), **more
    )


def solved(*works: dict[str, Any], **more: Any) -> Result:
    return site(*works, **more).solve(vertex=True)


# -- what was asked and done -----------------------------------------------------------------------------------------


def test_what_is_capped_is_lost_and_takes_less_energy():
    """A MWh cut saves 125 to 250 and loses 0.25 of work, 50: 2 MW are cut in all hours but that at 40 x 1.25 = 50.

    Where both are 50, either will do, so the price there is 39. Asked 10 x 4 h x 500; lost 0.5 x 3 h x 500.
    """
    row = solved(firm(curve=CURVE), prices=[100, 39, 70, 200]).workloads().loc["inference"]
    assert row["asked"] == pytest.approx(20_000)
    assert row["lost_to_capping"] == pytest.approx(750)
    assert row["delivered"] == pytest.approx(19_250)
    assert row["deferred"] == row["not_run"] == row["unserved"] == row["greatest_delay_h"] == 0
    assert row["it_mwh"] == pytest.approx(34)
    assert row["kwh_per_gpu_hour"] == pytest.approx(1000 * 34 * 1.25 / 19_250)
    assert row["gco2e_per_gpu_hour"] == pytest.approx(1e6 * 0.4 * 34 * 1.25 / 19_250)
    assert row["carbon_free_share"] == pytest.approx((8 * 0.1 + 10 * 0.6 + 8 * 0.2) / 34)


def test_what_waits_is_deferred_and_takes_the_energy_of_its_hours():
    """Arrivals of hour 0 wait for hour 1 and those of hour 3 cannot wait: 8 MWh at 40, 4 at 70, 4 at 200."""
    row = solved(batch()).workloads().loc["batch"]
    assert row["asked"] == row["delivered"] == pytest.approx(8_000)
    assert row["deferred"] == pytest.approx(2_000)
    assert row["mean_delay_h"] == pytest.approx(0.25)
    assert row["greatest_delay_h"] == pytest.approx(1)
    assert row["marginal_cost_per_gpu_hour"] == pytest.approx(1.25 * (8 * 40 + 4 * 70 + 4 * 200) / 8_000)
    assert row["carbon_free_share"] == pytest.approx((8 * 0.6 + 4 * 0.2) / 16)


def test_work_that_does_not_pay_is_not_run():
    """Worth 80 a MWh: it runs in the one hour at 50."""
    row = solved(spot()).workloads().loc["spot"]
    assert (row["asked"], row["delivered"], row["not_run"]) == pytest.approx((4_000, 1_000, 3_000))


def test_load_that_is_not_served_takes_its_share_of_the_work():
    """A connection of 10 MW serves 10 of 12.5 MW: a fifth of the work is not done."""
    model = state(
        None,
        load={"workloads": [firm()], "gpus_per_mw": GPUS, "pue": 1.25, "value_of_lost_load": 1000},
        grid=grid(connection_capacity=10, energy_price=1),
    )
    row = model.solve(vertex=True).workloads().loc["inference"]
    assert row["unserved"] == pytest.approx(3_000)
    assert row["delivered"] == pytest.approx(12_000)


def test_the_weight_of_the_intervals_scales_gpu_hours_but_no_delay():
    once, often = (solved(batch(), weight=weight).workloads().loc["batch"] for weight in (1.0, 100.0))
    assert often["deferred"] == pytest.approx(100 * once["deferred"])
    assert often["mean_delay_h"] == pytest.approx(once["mean_delay_h"])
    assert often["kwh_per_gpu_hour"] == pytest.approx(once["kwh_per_gpu_hour"])


# -- the summary -----------------------------------------------------------------------------------------------------


def test_the_summary_tells_what_a_gpu_hour_takes():
    result = solved(firm(), batch())
    work = 40 + 16
    assert result.value("gpu_hours") == result.value("gpu_hours_asked") == pytest.approx(work * GPUS)
    assert result.value("cost_per_gpu_hour") == pytest.approx(result.value("cost_per_year") / (work * GPUS))
    assert result.value("energy_per_gpu_hour") == pytest.approx(1000 * 1.25 / GPUS)
    assert result.value("emissions_per_gpu_hour") == pytest.approx(1e6 * 0.4 * 1.25 / GPUS)
    assert result.value("gpu_hours_deferred") == pytest.approx(2_000)
    assert result.value("mean_delay") == pytest.approx(0.25)


@pytest.mark.parametrize(
    "model",
    [
        lambda: site(firm(), load={"gpus_per_mw": None}),
        lambda: site(firm(), batch(gpus_per_mw=None), load={"gpus_per_mw": None}),
        lambda: site(firm(), it_load=3),
        lambda: state(3, grid=grid(energy_price=1)),
    ],
    ids=["no GPUs known", "some not known", "other IT load", "no work"],
)
def test_nothing_is_told_per_gpu_hour_unless_all_gpus_are_known(model):
    names = model().solve().summary().index
    assert not [name for name in names if "gpu" in name or "delay" in name]


# -- what one more GPU-hour would cost -------------------------------------------------------------------------------


def extra_cost(works: tuple[dict[str, Any], ...], at: int, field: str, hour: int | None) -> float:
    """Find what one more GPU-hour costs by asking for a little more of it, and planning again."""
    little = 1e-3
    changed = [dict(work) for work in works]
    if hour is None:
        changed[at][field] += little
    else:
        more = np.full(4, float(changed[at][field]))
        more[hour] += little
        changed[at][field] = more.tolist()
    before, after = (solved(*some).value("cost_per_year") for some in (works, changed))
    return (after - before) / little / GPUS


@pytest.mark.parametrize(
    ("at", "field"), [(0, "power"), (1, "arrivals"), (2, "power_max")], ids=["firm", "deferrable", "opportunistic"]
)
@pytest.mark.parametrize("hour", range(4))
@pytest.mark.parametrize("delay_cost", [0, 3])
def test_the_marginal_cost_is_what_one_more_gpu_hour_costs(at, field, hour, delay_cost):
    works = firm(curve=CURVE | {"value": 230}), batch(window=2, delay_cost=delay_cost), spot()
    told = solved(*works).series["marginal_gpu_hour"].values[at, hour]
    assert told == pytest.approx(extra_cost(works, at, field, hour), abs=1e-7)


def test_the_marginal_cost_of_a_job_is_that_of_its_last_hour():
    """5 MWh at 4 MW: 4 at 50, and 1 at 87.5, which is what one more would cost."""
    works = (job(),)
    told = solved(*works).series["marginal_gpu_hour"].values[0]
    assert told == pytest.approx([87.5 / GPUS] * 4)
    assert told[0] == pytest.approx(extra_cost(works, 0, "energy", None), abs=1e-7)


def test_machines_at_their_limit_make_a_gpu_hour_dearer():
    """4 racks of 2 MW serve 5 MW of inference and the batch: at the limit of 8 MW, more would push work to later."""
    fleet = {"name": "hall", "machine": {"gpus": 1000, "rack_power": 2}, "racks": 4}
    model = site(firm(5), batch(arrivals=[4, 0, 0, 0], window=3), load={"fleets": [fleet], "gpus_per_mw": None})
    prices = model.solve(vertex=True).series["marginal_gpu_hour"].sel(workload="inference").values * GPUS
    assert prices == pytest.approx([125, 125 if prices[1] > 100 else 87.5, 87.5, 250])


def test_the_least_of_a_stretch_is_found_whatever_its_length():
    random = np.random.default_rng(7)
    for _ in range(200):
        size = int(random.integers(1, 30))
        values = random.normal(size=size)
        last = np.minimum(np.arange(size) + random.integers(0, size + 2, size), size - 1)
        expected = [values[at : end + 1].min() for at, end in enumerate(last)]
        assert least_between(values, last).tolist() == expected


# -- tables and figures ----------------------------------------------------------------------------------------------


def test_the_schedule_has_columns_for_work():
    table = solved(firm(curve=CURVE), batch(), job(), prices=[100, 39, 70, 200]).schedule()
    assert table["it_power_inference_mw"].tolist() == pytest.approx([8, 10, 8, 8])
    assert table["power_cut_inference_mw"].tolist() == pytest.approx([2, 0, 2, 2])
    assert table["work_asked_batch_mw"].tolist() == pytest.approx([4, 4, 4, 4])
    assert table["backlog_end_batch_mwh"].tolist() == pytest.approx([4, 0, 0, 0])
    assert table["it_power_llm_mw"].sum() == pytest.approx(5)


def test_figures_hold_the_numbers_of_the_tables():
    result = solved(firm(curve=CURVE), batch(), job())
    digest = plots.draw(result.series, "it_power").page_table
    assert digest.loc["batch", "Energy [MWh/a]"] == pytest.approx(16)
    assert digest.loc["Named jobs", "Energy [MWh/a]"] == pytest.approx(5)
    hours = plots.draw(result.series, "gpu_hours").table
    assert hours["Delivered [GPU-h/a]"].tolist() == pytest.approx(result.workloads()["delivered"].tolist())
    gantt = plots.draw(result.series, "job_gantt").table
    assert gantt.loc["llm", ["Start (local)", "End (local)", "Runs"]].tolist() == [
        "2025-01-01 02:00",
        "2025-01-01 04:00",
        1,
    ]
    cost = plots.draw(result.series, "gpu_hour_cost").table["Cost [USD/GPU-h]"]
    assert cost["Total"] == pytest.approx(result.value("cost_per_gpu_hour"))
    assert cost["Grid energy"] + cost["Lost throughput"] == pytest.approx(cost["Total"])


def test_weeks_count_from_monday_and_by_delay():
    """Wednesday, 1 January 2025: its week began on 30 December."""
    table = plots.draw(solved(batch()).series, "deferral_by_week").table
    assert table.index.tolist() == ["batch, week from 2024-12-30"]
    assert table["Done at once [MWh]"].tolist() == pytest.approx([12])
    assert table["Done up to 3 h later [MWh]"].tolist() == pytest.approx([4])


def test_workloads_that_cost_alike_share_a_panel():
    panels = plots.draw(solved(firm(), firm(3) | {"name": "search"}, batch()).series, "gpu_hour_heatmap")
    assert {trace["name"] for trace in panels.spec["data"]} == {"inference, search", "batch"}


@pytest.mark.parametrize("name", ["it_power", "gpu_hours", "job_gantt", "deferral_by_week", "gpu_hour_cost"])
def test_a_load_without_work_is_told_so(name):
    dataset = sample_result.year().drop_dims("workload")
    assert plots.draw(dataset, name).absent.startswith("The load is given as power")
