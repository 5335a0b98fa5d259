"""Work that waits, is cut, has a deadline or runs where it pays, solved by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.errors import InfeasibleError
from optimizer.model import Model
from optimizer.result import Result
from tests.sites import battery, grid, state, supply

CURVE = {"points": [[0.6, 0.8], [0.8, 0.94], [1, 1]], "value": 400}


def firm(power: Any = 10.0, **given: Any) -> dict[str, Any]:
    return {"name": "inference", "kind": "firm", "power": power} | given


def deferrable(arrivals: Any, window: float, **given: Any) -> dict[str, Any]:
    return {"name": "batch", "kind": "deferrable", "arrivals": arrivals, "window": window} | given


def job(release: str, deadline: str, **given: Any) -> dict[str, Any]:
    day = "2025-01-01T"
    return {"name": "llm", "kind": "job", "release": day + release, "deadline": day + deadline} | given


def opportunistic(**given: Any) -> dict[str, Any]:
    return {"name": "spot", "kind": "opportunistic"} | given


def site(*workloads: dict[str, Any], prices: Any = 1, it_load: Any = None, **given: Any) -> Model:
    load = {"workloads": list(workloads)} | given.pop("load", {})
    return state(it_load, load=load, grid=grid(energy_price=prices) | given.pop("grid", {}), **given)


def power(result: Result, name: str) -> list[float]:
    return result.series["it_power"].sel(workload=name).values.tolist()


# -- firm work -------------------------------------------------------------------------------------------------------


def test_firm_work_is_load_as_any_other():
    """10 MW of inference and 2 MW besides, at PUE 1.5: 18 MW for 3 hours at 1."""
    result = site(firm(), it_load=2, load={"pue": 1.5}).solve()
    assert result.value("cost_per_year") == pytest.approx(54)
    assert result.series["it_load"].values == pytest.approx([12, 12, 12])
    assert power(result, "inference") == pytest.approx([10, 10, 10])


def test_power_is_cut_where_the_work_lost_is_worth_less_than_the_energy():
    """A MWh cut loses 0.3 of work and then 0.7, worth 120 and 280: none at 100, 2 MW at 200, 4 MW at 300.

    Energy: 10 x 100 + 8 x 200 + 6 x 300. Work lost: 2 x 120, and 2 x 120 + 2 x 280.
    """
    result = site(firm(curve=CURVE), prices=[100, 200, 300]).solve()
    assert result.value("cost_per_year") == pytest.approx(4400 + 240 + 800)
    assert result.costs()["Lost throughput"] == pytest.approx(1040)
    assert result.series["power_cut"].values[0] == pytest.approx([0, 2, 4])
    assert result.series["lost_throughput"].values[0] == pytest.approx([0, 0.6, 2.0])
    assert power(result, "inference") == pytest.approx([10, 8, 6])
    assert result.series["cost_by_workload"].sel(cost_line="Lost throughput").values == pytest.approx([1040])


def test_work_lost_may_be_valued_by_the_gpu_hour():
    """1,000 GPUs for each MW at 0.4 are 400 for the work of a MWh: the same plan as before."""
    curve = {"points": CURVE["points"], "value_per_gpu_hour": 0.4}
    result = site(firm(curve=curve, gpus_per_mw=1000), prices=[100, 200, 300]).solve()
    assert result.costs()["Lost throughput"] == pytest.approx(1040)


def test_the_load_that_is_cut_counts_in_no_target():
    """Half of what is drawn, and not of what was asked, has to be carbon-free: 4 MW of sun carry a load cut to 8."""
    sun = supply(capacity=4)
    result = site(firm(curve=CURVE), prices=10, supplies=[sun], targets={"cfe": 0.5}, hours=1).solve()
    assert result.series["it_load"].values == pytest.approx([8])
    assert result.series["power_cut"].values[0] == pytest.approx([2])


# -- deferrable work -------------------------------------------------------------------------------------------------


def test_work_waits_for_the_cheap_hour_within_its_window():
    """4 MW arrive in each hour; the work of hour 1 waits for hour 2: 4 x 10 + 8 x 20, and 4 x 30 is saved."""
    result = site(deferrable([4, 4, 4], 1), prices=[10, 50, 20]).solve()
    assert result.value("cost_per_year") == pytest.approx(200)
    assert power(result, "batch") == pytest.approx([4, 0, 8])
    assert result.series["backlog"].values[0] == pytest.approx([0, 0, 4, 0])


def test_no_work_waits_longer_than_its_window():
    """All would wait for hour 3, but what arrives in hours 0 and 1 is due by 1 and 2: 4 x 30, 4 x 20 and 8 x 1."""
    result = site(deferrable([4, 4, 4, 4], 1), prices=[40, 30, 20, 1]).solve()
    assert power(result, "batch") == pytest.approx([0, 4, 4, 8])
    assert result.value("cost_per_year") == pytest.approx(120 + 80 + 8)


def test_no_work_is_done_before_it_arrives_and_none_is_left_at_the_end():
    """Cheap at the start, dear at the end: all is done as it arrives."""
    result = site(deferrable([1, 2, 3], 24), prices=[1, 2, 3]).solve()
    assert power(result, "batch") == pytest.approx([1, 2, 3])
    assert result.series["backlog"].values[0] == pytest.approx([0, 0, 0, 0])


def test_a_fleet_catches_up_no_faster_than_its_power_allows():
    """8 MWh would wait for hour 2, where 6 MW are the most: 2 MWh are done in hour 1, the cheaper of the others."""
    result = site(deferrable([4, 4, 0], 2, power_max=6), prices=[50, 40, 1]).solve()
    assert power(result, "batch") == pytest.approx([0, 2, 6])


def test_two_classes_do_not_lend_each_other_their_windows():
    """The patient class waits for the cheap hour; the other cannot, though pooled they had 4 MWh that may wait."""
    patient = deferrable([4, 0], 1)
    hasty = deferrable([4, 0], 0) | {"name": "hasty"}
    result = site(patient, hasty, prices=[10, 1]).solve()
    assert power(result, "batch") == pytest.approx([0, 4])
    assert power(result, "hasty") == pytest.approx([4, 0])


def test_a_window_that_ends_within_an_interval_counts_to_the_minute():
    """2 MWh arrive in hour 0 and wait for 1.5 hours at most: half of it until 2:00, all of it until 2:30.

    What is left for hour 2 is done evenly all through it, so that half of it would be late at 2:30: nothing is left.
    """
    result = site(deferrable([2, 0, 0], 1.5), prices=[30, 20, 1]).solve()
    assert power(result, "batch") == pytest.approx([0, 2, 0])


def test_steady_work_uses_half_an_interval_of_its_window():
    """Work that arrives evenly may be 1.5 hours behind: 3 MWh wait where 2 MW arrive."""
    result = site(deferrable([2, 2, 2, 2, 2], 1.5), prices=[9, 9, 9, 1, 9]).solve()
    assert result.series["backlog"].values[0].max() == pytest.approx(3)


def test_work_waits_over_intervals_of_any_length():
    """Half an hour, an hour and two: 2 MWh arrive in the first and may wait for an hour, so to the end of the second.

    The second has 60 minutes for 2 MWh, so 2 MW.
    """
    result = site(deferrable([4, 0, 0], 1), prices=[9, 2, 1], minutes=[30, 60, 120]).solve()
    assert power(result, "batch") == pytest.approx([0, 2, 0])


@pytest.mark.parametrize(("machines", "power_drawn"), [(10, 2.5), (4.5, 3.25), (4, 4)])
def test_machines_that_are_not_needed_let_others_run_slower_and_save_energy(machines: float, power_drawn: float):
    """At half their power machines do 0.8 of their work: each MW cut of those that run loses 0.4.

    For 4 MW of work, machines of 5 MW draw 2.5; with 4.5 MW of machines 1.25 can be cut, as 4.5 - 0.4 x 1.25 = 4; with
    4 MW nothing can.
    """
    slow = deferrable([4, 4, 4], 0, power_max=machines, curve={"points": [[0.5, 0.8], [1, 1]]})
    result = site(slow).solve()
    assert power(result, "batch") == pytest.approx([power_drawn] * 3)
    series = result.series
    assert series["it_load"].values == pytest.approx([power_drawn] * 3)
    assert series["power_cut"].values[0] == pytest.approx([4 - power_drawn] * 3)
    assert series["lost_throughput"].values[0] == pytest.approx([0, 0, 0])  # it takes longer, or more machines
    assert "Lost throughput" not in result.costs()


def test_work_that_waits_and_work_that_is_capped_share_the_machines():
    """8 MWh within two hours at 10 and 20 on 8 MW of machines: all of it in the first hour costs 80.

    Moving x to the second lets 2.5 x be cut in the first, while each MWh moved is done there at 0.625 for 20, as many
    machines stand idle: a loss of 0.6 x 2.5 x at 10 is saved beside 10 x, and 12.5 x is paid, up to where as much is
    cut as machines run: 2.5 x = 4, x = 1.6. First 8 - 4 = 4 MW, then 1.6 x 0.625 = 1 MW: 60.
    """
    slow = deferrable([8, 0], 1, power_max=8, curve={"points": [[0.5, 0.8], [1, 1]]})
    result = site(slow, prices=[10, 20]).solve()
    assert power(result, "batch") == pytest.approx([4, 1])
    assert result.value("cost_per_year") == pytest.approx(60)


# -- jobs ------------------------------------------------------------------------------------------------------------


def test_a_job_runs_where_it_is_cheap_between_release_and_deadline():
    """6 MWh at 4 MW at most, from hour 1 to 3: 4 in hour 3 and 2 in hour 1; hours 0 and 4 are cheaper, but not its."""
    result = site(job("01:00", "04:00", energy=6, power_max=4), prices=[1, 20, 30, 10, 1]).solve()
    assert power(result, "llm") == pytest.approx([0, 2, 0, 4, 0])
    assert result.value("cost_per_year") == pytest.approx(80)
    assert result.series["work_asked"].values[0] == pytest.approx([0, 6, 0, 0, 0])


def test_a_job_released_within_an_hour_has_the_rest_of_it():
    """Released at 0:45 and due at 2:15, at 4 MW: a quarter of hour 0, all of hour 1 and a quarter of hour 2."""
    result = site(job("00:45", "02:15", energy=6, power_max=4)).solve()
    assert power(result, "llm") == pytest.approx([1, 4, 1])


def test_restarts_take_energy_besides():
    """4 MWh of work and two restarts of 0.5."""
    result = site(job("00:00", "03:00", energy=4, power_max=4, restarts=2, restart_energy=0.5)).solve()
    assert sum(power(result, "llm")) == pytest.approx(5)


def test_a_job_may_be_told_in_gpus():
    """2,000 GPUs for 3 hours, 1,000 for each MW: 6 MWh at 2 MW, so all three hours in full."""
    result = site(job("00:00", "03:00", gpus=2000, hours=3), load={"gpus_per_mw": 1000}, prices=[1, 2, 3]).solve()
    assert power(result, "llm") == pytest.approx([2, 2, 2])


def test_a_job_that_may_not_pause_draws_its_least_power_all_the_time():
    """5 MWh, 1 MW at least and 3 at most: 1 in both dear hours, and 3 in the cheap one."""
    steady = job("00:00", "03:00", energy=5, power_max=3, power_min=1, preemptible=False)
    result = site(steady, prices=[9, 1, 9]).solve()
    assert power(result, "llm") == pytest.approx([1, 3, 1])


def test_jobs_run_side_by_side():
    """Two jobs whose times overlap, each at most 2 MW: both in the cheap hour 1."""
    other = job("01:00", "03:00", energy=3, power_max=2) | {"name": "vision"}
    result = site(job("00:00", "02:00", energy=3, power_max=2), other, prices=[5, 1, 7]).solve()
    assert power(result, "llm") == pytest.approx([1, 2, 0])
    assert power(result, "vision") == pytest.approx([0, 2, 1])
    assert result.series["it_load"].values == pytest.approx([1, 4, 1])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"energy": 9, "power_max": 4}, "llm would be 1 MWh short of its work at its deadline"),
        (
            {"energy": 2, "power_max": 4, "power_min": 2, "preemptible": False},
            "llm would take 2 MWh more than its work does",
        ),
    ],
)
def test_a_job_that_cannot_meet_its_deadline_is_named(given: dict[str, Any], told: str):
    with pytest.raises(InfeasibleError) as error:
        site(firm(), job("01:00", "03:00", **given)).solve()
    diagnosis = error.value.diagnosis
    assert told in str(error.value)
    assert [finding.check for finding in diagnosis.findings] == ["jobs"]
    assert "llm takes" in diagnosis.findings[0].text
    claims = [claim.text for claim in diagnosis.clash.claims]
    assert claims[0].startswith("llm takes")
    assert claims[0].endswith("between 2025-01-01 02:00 local (01:00 UTC) and 2025-01-01 04:00 local (03:00 UTC)")
    assert claims[1:] == ["llm keeps to its least and greatest power"]


def test_a_job_that_the_site_cannot_feed_is_named():
    """5 MW are left for two hours beside the inference, which is 2 MWh too little; no check sees it beforehand."""
    with pytest.raises(InfeasibleError, match="llm would be 2 MWh short of its work at its deadline") as error:
        site(firm(), job("01:00", "03:00", energy=12, power_max=8), grid={"connection_capacity": 15}).solve()
    claims = [claim.text for claim in error.value.diagnosis.clash.claims]
    assert any(claim.startswith("llm takes 12 MWh between") for claim in claims)
    assert "the grid connection of 15 MW" in claims
    assert error.value.diagnosis.remedies[0].text == "1 MW more grid connection (16 MW)"


def test_work_that_cannot_be_done_in_time_is_named():
    """9 MWh arrive in hour 0 and are due by the end of hour 1, at 4 MW at most."""
    with pytest.raises(InfeasibleError, match="up to 1 MWh of batch would not be done in time") as error:
        site(deferrable([9, 0, 0], 1, power_max=4)).solve()
    assert [finding.check for finding in error.value.diagnosis.findings] == ["deferrable_work"]
    assert "at 2025-01-01 03:00 local (02:00 UTC), 1 MWh that are due" in error.value.diagnosis.findings[0].text


# -- opportunistic work ----------------------------------------------------------------------------------------------


def test_opportunistic_work_runs_where_it_pays():
    """Worth 100 for each MWh at PUE 1.25: it pays below 80. Two hours of 5 MW at 50 and 70 earn 2 x 500."""
    result = site(opportunistic(power_max=5, value=100), load={"pue": 1.25}, prices=[50, 90, 70]).solve()
    assert power(result, "spot") == pytest.approx([5, 0, 5])
    assert result.costs()["Opportunistic work"] == pytest.approx(-1000)
    assert result.value("cost_per_year") == pytest.approx(6.25 * 120 - 1000)
    assert result.series["cost_by_workload"].sel(cost_line="Opportunistic work").values == pytest.approx([-1000])


def test_opportunistic_work_may_be_valued_by_the_hour_and_by_the_gpu_hour():
    values = {"value": [100.0, 10.0, 100.0]}
    assert power(site(opportunistic(power_max=5, **values), prices=50).solve(), "spot") == pytest.approx([5, 0, 5])
    by_gpu = opportunistic(power_max=5, value_per_gpu_hour=0.06, gpus_per_mw=1000)
    assert site(by_gpu, prices=50).solve().costs()["Opportunistic work"] == pytest.approx(-900)


# -- together --------------------------------------------------------------------------------------------------------


def test_all_kinds_add_up_to_the_it_load_and_are_laid_out_by_workload():
    works = (
        firm(curve=CURVE),
        deferrable([4, 4, 4], 1),
        job("00:30", "03:00", energy=9, power_max=5),
        opportunistic(power_max=5, value=120),
    )
    result = site(*works, it_load=1, prices=[70, 300, 90], load={"pue": 1.2}).solve()
    series = result.series
    assert list(series["workload"].values) == ["inference", "batch", "llm", "spot"]
    assert list(series["workload_kind"].values) == ["firm", "deferrable", "job", "opportunistic"]
    assert series["workload_release"].values[2] == np.datetime64("2025-01-01T00:30")
    assert series["workload_deadline"].values[2] == np.datetime64("2025-01-01T03:00")
    assert np.isnat(series["workload_release"].values[[0, 1, 3]]).all()
    assert series["it_power"].dims == ("workload", "hour")
    assert series["backlog"].dims == ("workload", "boundary")
    assert series["it_power"].sum("workload").values + 1 == pytest.approx(series["it_load"].values)
    assert series["work_asked"].values == pytest.approx(np.array([[10] * 3, [4] * 3, [9, 0, 0], [5] * 3]))
    assert series["it_power"].attrs["units"] == "MW"
    assert result.value("facility_energy") == pytest.approx(1.2 * float(series["it_load"].sum()))


def test_a_plan_with_workloads_is_read_back_as_it_was_saved(tmp_path):
    result = site(firm(), job("00:30", "03:00", energy=9, power_max=5)).solve()
    result.save(tmp_path / "result.nc")
    found = Result.load(tmp_path / "result.nc")
    assert list(found.series["workload_kind"].values) == ["firm", "job"]
    assert np.isnat(found.series["workload_release"].values[0])
    assert found.series["it_power"].values == pytest.approx(result.series["it_power"].values)


def test_a_battery_and_waiting_work_serve_the_same_end():
    """Either moves 4 MWh from the hour at 50 to that at 10; a battery needs energy before, work after."""
    waits = site(deferrable([0, 4, 0], 1), prices=[50, 50, 10]).solve()
    stored = site(firm([0, 4, 0]), prices=[10, 50, 50], batteries=[battery()]).solve()
    assert waits.value("cost_per_year") == pytest.approx(40)
    assert stored.value("cost_per_year") == pytest.approx(40)


def test_a_delay_cost_has_work_done_as_soon_as_that_costs_no_more():
    """4 MWh of hour 0 would wait for either of two hours at 10: the first is taken, at 4 x 10 + 4 x 1 of waiting.

    At 100 a MWh and hour no work waits: 4 x 50.
    """
    for delay_cost, cost, power_of in ((1.0, 44.0, [0, 4, 0]), (100.0, 200.0, [4, 0, 0])):
        result = site(deferrable([4, 0, 0], 2, delay_cost=delay_cost), prices=[50, 10, 10]).solve()
        assert result.value("cost_per_year") == pytest.approx(cost)
        assert power(result, "batch") == pytest.approx(power_of, abs=1e-4)
    waiting = site(deferrable([4, 0, 0], 2, delay_cost=1.0), prices=[50, 10, 10]).solve()
    assert waiting.costs()["Delay"] == pytest.approx(4)
    assert waiting.series["cost_by_workload"].sel(cost_line="Delay").values == pytest.approx([4])
