"""Work that cannot be done by the racks there are, or in the time it has: what is said of it, and what would do."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from optimizer import Scenario
from optimizer.diagnosis import Diagnosis, failed_checks
from optimizer.errors import InfeasibleError
from optimizer.model import Model
from tests.conftest import EXAMPLE
from tests.sites import grid, state

RACK = {"gpus": 100, "rack_power": 1.0}
CURVE = {"points": [[0.6, 0.8], [1, 1]]}


def firm(power: Any = 4.0, **given: Any) -> dict[str, Any]:
    return {"name": "inference", "kind": "firm", "power": power} | given


def batch(arrivals: Any, window: float, **given: Any) -> dict[str, Any]:
    return {"name": "batch", "kind": "deferrable", "arrivals": arrivals, "window": window} | given


def job(release: str, deadline: str, name: str = "llm", **given: Any) -> dict[str, Any]:
    day = "2025-01-01T"
    return {"name": name, "kind": "job", "release": day + release, "deadline": day + deadline} | given


def site(*workloads: dict[str, Any], racks: int | None = None, hours: int = 6, **given: Any) -> Model:
    """State workloads on racks of 1 MW, any number by default, at a price of 1 USD/MWh."""
    fleets = [] if racks is None else [{"name": "hall", "machine": RACK, "racks": racks}]
    load = {"workloads": list(workloads), "fleets": fleets} | given.pop("load", {})
    return state(None, hours=hours, load=load, grid=grid(energy_price=1) | given.pop("grid", {}), **given)


def diagnosed(model: Model) -> Diagnosis:
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    found = caught.value.diagnosis
    assert isinstance(found, Diagnosis)
    check_remedies(model, found)
    return found


def check_remedies(model: Model, diagnosis: Diagnosis) -> None:
    """Solve with each remedy."""
    for remedy in diagnosis.remedies:
        result = Model(model.scenario.change(remedy.changes), model.series).solve()
        assert result.certificate["proved"]
        assert result.value("cost_per_year") == pytest.approx(remedy.annual_cost, rel=1e-6)
        assert remedy.amount is not None
        assert 0 < remedy.least <= remedy.amount + 1e-9


def told(diagnosis: Diagnosis) -> list[str]:
    return [finding.text for finding in diagnosis.findings]


def offers(diagnosis: Diagnosis) -> dict[str, Any]:
    return {remedy.text: dict(remedy.changes) for remedy in diagnosis.remedies}


# --- racks ------------------------------------------------------------------------------------------------------------


def test_racks_below_work_that_cannot_wait():
    diagnosis = diagnosed(site(firm([4, 7, 7.5, 4, 4, 4]), racks=5))
    assert diagnosis.text == (
        "no plan satisfies all constraints of 'test': the racks in service are rated below work that cannot wait in 2 "
        "hours, first 2025-01-01 02:00 local (01:00 UTC); at worst, 2025-01-01 03:00 local (02:00 UTC), it draws 7.5 "
        "MW at least, and they are rated at 5 MW: 2.5 MW of racks are missing; 3 more racks in hall (8) would do\n"
        "What cannot hold together in the hour from 2025-01-01 03:00 to 04:00 local (02:00 to 03:00 UTC); without any "
        "one of these the others can:\n"
        "  - the IT equipment draws no more than its machines can, 5 MW\n"
        "  - the IT equipment draws what its workloads draw\n"
        "What would do, each proved by solving with it:\n"
        "  - 3 more racks in hall (8); the plan then costs 30 USD a year [site.load.fleets.hall.racks: 8]"
    )
    (remedy,) = diagnosis.remedies
    assert (remedy.name, remedy.amount, remedy.unit) == ("racks", 3, "racks")
    assert remedy.least == pytest.approx(2.5)


def test_caps_count_and_one_rack_is_one():
    """6 MW at 60 % are 3.6; a job that may not pause draws 1 besides."""
    steady = job("00:00", "06:00", energy=12, power_max=3, power_min=1, preemptible=False)
    diagnosis = diagnosed(site(firm(6, curve=CURVE | {"value": 400}), steady, racks=4))
    # What may not pause and more: 12 MWh in 6 h are 2 MW.
    assert told(diagnosis)[0] == (
        "from 2025-01-01 01:00 to 07:00 local (00:00 to 06:00 UTC), 6 hours, work that is due takes 12 MWh at least "
        "(llm), and the racks can give it 2.4 MWh beside work that cannot wait: 9.6 MWh are missing"
    )
    assert told(diagnosis)[1].startswith("the racks in service are rated below work that cannot wait in 6 hours")
    assert "it draws 4.6 MW at least, capped as deeply as it may be, and they are rated at 4 MW" in told(diagnosis)[1]
    assert offers(diagnosis)["2 more racks in hall (6)"] == {"site.load.fleets.hall.racks": 6}
    assert "1 more rack in hall (5)" in offers(diagnosed(site(firm(4.5), racks=4)))


def test_work_that_may_wait_but_not_so_long():
    """5 MWh arrive in each of two hours and are due two hours later; the racks do 2 a hour beside inference."""
    diagnosis = diagnosed(site(firm(), batch([5, 5, 0, 0, 0, 0], 2), racks=6))
    assert told(diagnosis) == [
        "from 2025-01-01 01:00 to 05:00 local (00:00 to 04:00 UTC), 4 hours, work that is due takes 10 MWh at least "
        "(batch), and the racks can give it 8 MWh beside work that cannot wait: 2 MWh are missing"
    ]
    assert diagnosis.findings[0].amount == pytest.approx(2)
    assert offers(diagnosis) == {
        "a window of 3 h in place of 2 h for batch": {"site.load.workloads.batch.window": 3.0},
        "1 more rack in hall (7)": {"site.load.fleets.hall.racks": 7},
        "0.5 MW less of inference (3.5 MW)": {"site.load.workloads.inference.power": 3.5},
    }
    assert list(offers(diagnosis))[-1].startswith("0.5 MW less")  # what keeps all work comes first


def test_slower_machines_count_as_they_do():
    """At 60 % of power 80 % of work: 8 MWh of work take 6, for which there is just room; with 8.1 there is none."""
    for arrivals, possible in ((8.0, True), (8.1, False)):
        slow = batch([arrivals, 0, 0], 3, power_max=10, curve=CURVE)
        model = site(firm(), slow, racks=6, hours=3)
        assert (failed_checks(model.data, model._sets, "UTC") == ()) == possible
        if possible:
            assert model.solve().certificate["proved"]
        else:
            assert "work that is due takes 6.07 MWh at least (batch)" in told(diagnosed(model))[0]


def test_jobs_together_in_their_windows():
    """Two jobs of 5 MWh within four hours, at 2 MW beside inference; each alone would be done."""
    jobs = job("01:00", "04:00", energy=5, power_max=4), job("01:00", "05:00", "vlm", energy=5, power_max=4)
    diagnosis = diagnosed(site(firm(), *jobs, job("00:00", "06:00", "idle", energy=1, power_max=1), racks=6))
    assert told(diagnosis) == [
        "from 2025-01-01 02:00 to 06:00 local (01:00 to 05:00 UTC), 4 hours, work that is due takes 10 MWh at least "
        "(llm and vlm), and the racks can give it 8 MWh beside work that cannot wait: 2 MWh are missing"
    ]
    assert "1 more rack in hall (7)" in offers(diagnosis)


def test_a_job_alone_on_racks_that_are_busy():
    """The racks leave 5, 0 and 1 MW, of which the job takes at most 3: 4 of its 5 MWh."""
    diagnosis = diagnosed(site(firm([1, 6, 5, 4, 4, 4]), job("00:00", "03:00", energy=5, power_max=3), racks=6))
    assert told(diagnosis) == [
        "from 2025-01-01 01:00 to 04:00 local (00:00 to 03:00 UTC), 3 hours, work that is due takes 5 MWh at least "
        "(llm), and the racks can give it 4 MWh beside work that cannot wait: 1 MWh are missing"
    ]
    assert offers(diagnosis) == {
        "a deadline of llm 1 hour later, 2025-01-01 05:00 local (04:00 UTC)": {
            "site.load.workloads.llm.deadline": "2025-01-01T04:00Z"
        },
        "1 more rack in hall (7)": {"site.load.fleets.hall.racks": 7},
        "1 MWh less of llm (4 MWh)": {"site.load.workloads.llm.energy": 4.0},
    }


def test_many_jobs_are_counted_and_not_named():
    jobs = [job("00:00", "06:00", f"job {number}", energy=4, power_max=4) for number in range(4)]
    assert "(4 jobs)" in told(diagnosed(site(firm(), *jobs, racks=6)))[0]


def test_racks_that_decide_the_pue_are_not_offered():
    fleets = [
        {"name": "wet", "machine": RACK | {"liquid_share": 0.8}, "racks": 2},
        {"name": "dry", "machine": RACK | {"liquid_share": 0.0}, "racks": 2},
    ]
    plain = {"pue": 1.2, "fleets": fleets}
    assert set(offers(diagnosed(site(firm(5), load=plain)))) >= {"1 more rack in wet (3)", "1 more rack in dry (3)"}
    model = {"dry_bulb": 25, "humidity": 0.5}
    told_liquid = {"pue": model | {"liquid_share": 0.4}, "fleets": fleets}
    assert "1 more rack in wet (3)" in offers(diagnosed(site(firm(5), load=told_liquid)))
    of_racks = {"pue": model, "fleets": fleets}
    assert list(offers(diagnosed(site(firm(5), load=of_racks)))) == ["1 MW less of inference (4 MW)"]


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_job_whose_window_is_too_short_for_its_power():
    diagnosis = diagnosed(site(firm(), job("01:00", "03:00", energy=9, power_max=4)))
    assert diagnosis.text == (
        "no plan satisfies all constraints of 'test': llm would be 1 MWh short of its work at its deadline; a deadline "
        "of llm 1 hour later, 2025-01-01 05:00 local (04:00 UTC) or 0.5 MW more power of llm (4.5 MW) or 1 MWh less of "
        "llm (8 MWh) would do\n"
        "Seen before solving:\n"
        "  - llm takes 9 MWh between 2025-01-01 02:00 local (01:00 UTC) and 2025-01-01 04:00 local (03:00 UTC), and "
        "its greatest power gives 8 MWh in that time: 1 MWh are missing\n"
        "What cannot hold together; without any one of these the others can:\n"
        "  - llm takes 9 MWh between 2025-01-01 02:00 local (01:00 UTC) and 2025-01-01 04:00 local (03:00 UTC)\n"
        "  - llm keeps to its least and greatest power\n"
        "What would do, each proved by solving with it:\n"
        "  - a deadline of llm 1 hour later, 2025-01-01 05:00 local (04:00 UTC); the plan then costs 33 USD a year "
        "[site.load.workloads.llm.deadline: 2025-01-01T04:00Z]\n"
        "  - 0.5 MW more power of llm (4.5 MW); the plan then costs 33 USD a year "
        "[site.load.workloads.llm.power_max: 4.5]\n"
        "  - 1 MWh less of llm (8 MWh); the plan then costs 32 USD a year [site.load.workloads.llm.energy: 8]"
    )
    later = diagnosis.remedies[0]
    assert (later.name, later.amount, later.unit, later.least) == ("deadline", 1.0, "h", pytest.approx(0.25))


def test_a_job_told_in_gpus_and_hours():
    """400 GPUs, 100 to a MW, for three hours in two, with a restart of 1 MWh: 13 MWh, of which 8 can be done."""
    told_in_gpus = job("01:00", "03:00", gpus=400, hours=3, restarts=1, restart_energy=1)
    diagnosis = diagnosed(site(firm(), told_in_gpus, racks=20))
    assert [finding.check for finding in diagnosis.findings] == ["jobs"]  # racks are not at fault
    assert offers(diagnosis) == {
        "a deadline of llm 2 hours later, 2025-01-01 06:00 local (05:00 UTC)": {
            "site.load.workloads.llm.deadline": "2025-01-01T05:00Z"
        },
        "1.25 hours less of llm (1.75 h)": {"site.load.workloads.llm.hours": 1.75},
    }
    assert diagnosis.remedies[0].least == pytest.approx(1.25)


def test_a_job_for_which_the_horizon_is_too_short():
    diagnosis = diagnosed(site(firm(), job("01:00", "03:00", energy=100, power_max=4)))
    assert [remedy.name for remedy in diagnosis.remedies] == ["power_max", "energy"]


def test_a_job_that_may_not_pause_and_takes_too_much():
    steady = job("01:00", "03:00", energy=2, power_max=4, power_min=2, preemptible=False)
    assert offers(diagnosed(site(firm(), steady))) == {
        "a least power of 1 MW in place of 2 MW for llm": {"site.load.workloads.llm.power_min": 1.0}
    }


def test_a_job_that_the_grid_cannot_feed():
    """5 MW are left beside the inference in the mean of each hour; the last 2 MWh take a quarter of one at 8 MW."""
    model = site(firm(10), job("01:00", "03:00", energy=12, power_max=8), grid={"connection_capacity": 15})
    diagnosis = diagnosed(model)
    assert diagnosis.findings == ()
    assert offers(diagnosis) == {
        "a deadline of llm 1 hour later, 2025-01-01 05:00 local (04:00 UTC)": {
            "site.load.workloads.llm.deadline": "2025-01-01T04:00Z"
        },
        "1 MW more grid connection (16 MW)": {"site.grid.connection_capacity": 16.0},
        "2 MWh less of llm (10 MWh)": {"site.load.workloads.llm.energy": 10.0},
    }
    assert diagnosis.remedies[0].least == pytest.approx(0.25)
    for minutes, enough in ((14, False), (15, True)):
        later = model.scenario.change({"site.load.workloads.llm.deadline": f"2025-01-01T03:{minutes}Z"})
        with nullcontext() if enough else pytest.raises(InfeasibleError):
            Model(later, model.series).solve(explain=False)


def test_a_class_whose_power_is_too_small():
    """9 MWh arrive in an hour and are due in another, at 4 MW: the ninth is done in the third, evenly in all of it."""
    diagnosis = diagnosed(site(batch([9, 0, 0, 0, 0, 0], 1, power_max=4)))
    assert offers(diagnosis) == {
        "a window of 2 h in place of 1 h for batch": {"site.load.workloads.batch.window": 2.0},
        "0.5 MW more power of batch (4.5 MW)": {"site.load.workloads.batch.power_max": 4.5},
    }
    assert diagnosis.remedies[0].least == pytest.approx(1.0, abs=1e-6)


def test_a_class_of_which_too_much_arrives():
    diagnosis = diagnosed(site(batch(5.0, 2, power_max=4.0)))
    assert offers(diagnosis) == {
        "1 MW more power of batch (5 MW)": {"site.load.workloads.batch.power_max": 5.0},
        "1 MW less of batch (4 MW)": {"site.load.workloads.batch.arrivals": 4.0},
    }


def test_what_a_model_was_given_beyond_its_scenario_stays():
    """An own rule holds import down in the fourth hour; with it a later deadline is no remedy."""
    model = site(firm(), job("01:00", "03:00", energy=9, power_max=4))

    def held_down(m, t):
        return m.grid_import[t] <= m.held[t]

    model.add(held_down, over="hour", data={"held": ("hour", [9.0, 9.0, 9.0, 4.0, 4.0, 4.0])})
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    assert "deadline" not in [remedy.name for remedy in caught.value.diagnosis.remedies]
    assert "power_max" in [remedy.name for remedy in caught.value.diagnosis.remedies]


# --- the example year -------------------------------------------------------------------------------------------------


class Runs:
    """Counts engines that are run on programs of a year's size."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from optimizer.lp.engines import make_engine  # noqa: PLC0415 (the real one)

        self.count = 0

        def counted(name: str) -> Any:
            engine = make_engine(name)
            run = engine.run

            def running(options: Any) -> Any:
                self.count += engine.rows > 25_000  # type: ignore[attr-defined]
                return run(options)

            load = engine.load

            def loading(lp: Any) -> None:
                engine.rows = lp.shape[0]  # type: ignore[attr-defined]
                load(lp)

            engine.run, engine.load = running, loading  # type: ignore[method-assign]
            return engine

        for module in ("optimizer.lp.portfolio", "optimizer.lp.diagnosis.proof"):
            monkeypatch.setattr(f"{module}.make_engine", counted)


def test_a_fleet_far_too_small_is_explained_in_few_solves(monkeypatch: pytest.MonkeyPatch):
    model = Model(Scenario.load(EXAMPLE / "compute.yaml").change({"site.load.fleets.halls.racks": 20}))
    runs = Runs(monkeypatch)
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    diagnosis = caught.value.diagnosis
    assert runs.count <= 3
    assert diagnosis.findings[0].text == (
        "the racks in service are rated below work that cannot wait in 8,760 hours, first 2025-01-01 01:00 local "
        "(00:00 UTC); at worst, 2025-06-26 20:00 local (19:00 UTC), it draws 18.2 MW at least, capped as deeply as it "
        "may be, and they are rated at 2.4 MW: 15.8 MW of racks are missing"
    )
    assert offers(diagnosis) == {"167 more racks in halls (187)": {"site.load.fleets.halls.racks": 187}}


def test_a_target_out_of_reach_is_explained_in_few_solves(monkeypatch: pytest.MonkeyPatch):
    """Of the year's size: claim and proof (two at times), the conflict and what is needed in it, five for remedies."""
    model = Model(Scenario.load(EXAMPLE / "scenario.yaml").change({"targets": {"cfe": 0.95}}))
    runs = Runs(monkeypatch)
    with pytest.raises(InfeasibleError) as caught:
        model.solve()
    assert runs.count <= 12
    assert [remedy.name for remedy in caught.value.diagnosis.remedies] == ["cfe", "capacity", "energy_capacity"]
    assert len(caught.value.diagnosis.clash.claims) == 6
