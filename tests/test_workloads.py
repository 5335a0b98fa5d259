"""Workloads as they are specified and bound: what is asked for, refused, and handed to the rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.scenario import Scenario, scenario_schema
from optimizer.site import Site
from optimizer.specification.yaml_file import read_one
from optimizer.work import PowerCurve, TrainingJob
from optimizer.workload import FacilityLoad
from tests.sites import everything, grid, state

JOB = {
    "name": "llm", "kind": "job", "release": "2025-01-01T00:00", "deadline": "2025-01-01T02:00", "energy": 2,
    "power_max": 4,
}  # fmt: skip
BATCH = {"name": "batch", "kind": "deferrable", "arrivals": 4, "window": 1}
CURVE = {"points": [[0.6, 0.8], [0.8, 0.94], [1, 1]], "value": 400}


def faults(*workloads: Any, **load: Any) -> list[str]:
    """Give what is wrong with workloads, told from the load."""
    hall = {"name": "hall", "latitude": 33.4, "longitude": -7.6, "time_zone": "Africa/Casablanca"}
    with pytest.raises(InputError) as error:
        Site(**hall, load={"workloads": list(workloads)} | load)
    # A fault names the workload besides, as in "workloads[0].window ('batch')".
    return [
        re.sub(r" \('[^']*'\):", ":", str(fault).removeprefix("Site.load."), count=1) for fault in error.value.faults
    ]


def firm(**given: Any) -> dict[str, Any]:
    return {"name": "inference", "kind": "firm", "power": 10} | given


def curve(points: Any = CURVE["points"], **given: Any) -> dict[str, Any]:
    return {"points": points, "value": 400} | given


# -- what is refused -------------------------------------------------------------------------------------------------


def test_a_load_is_given_as_power_or_as_work():
    assert faults() == ["workloads: there is no load; give it_load, or workloads"]
    assert FacilityLoad(it_load=3, workloads=[BATCH]).it_load == 3


def test_a_workload_says_of_which_kind_it_is():
    told = "`kind` is missing, or none of those there are; give kind: firm, deferrable, job or opportunistic"
    assert faults({"name": "batch"}, {"name": "other", "kind": "soft"}, {"name": "third", "kind": ["job"]}, 4) == [
        f"workloads[0]: {told}",
        f"workloads[1]: {told}",
        f"workloads[2]: {told}",
        f"workloads[3]: {told}",
    ]


def test_keys_of_one_kind_are_not_those_of_another():
    assert faults(
        BATCH | {"energy": 3}, {"name": "inference", "kind": "firm"}, BATCH | {"window": -1, "name": "c"}
    ) == [
        "workloads[0]: `energy` is not known here; known: `name`, `gpus_per_mw`, `fleet`, `note`, `kind`, `arrivals`, "
        "`window`, `power_max`, `delay_cost`, `curve`",
        "workloads[1]: `power` is missing; give it: Power of the work while nothing of it is cut [MW]",
        "workloads[2].window: -1 is negative; give 0 or more",
    ]


def test_names_of_workloads_differ():
    assert faults(BATCH, BATCH) == ["workloads[1].name: 'batch' is the name of item 0 too; give each its own name"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"deadline": "2024-12-31"},
            ".deadline: it is not after the release, 2025-01-01T00:00Z; swap release and deadline?",
        ),
        ({"release": 3}, ".release: 3 is not a date or time; write it as 2025-01-01 or 2025-01-01T00:00Z"),
        ({"energy": 0}, ".energy: 0 is not above 0"),
        ({"energy": None}, ".hours: the job has no size; give energy, or gpus and hours"),
        ({"energy": None, "hours": 3}, ".hours: the job has no size; give energy, or gpus and hours"),
        ({"gpus": 8, "hours": 3}, ".hours: `hours` excludes `energy`; give energy, or gpus and hours"),
        ({"power_max": None}, ".power_max: the job has no greatest power; give power_max, or gpus"),
        ({"power_min": 5, "preemptible": False}, ".power_min: 5 is more than power_max, 4; swap them?"),
        (
            {"power_min": 1},
            ".preemptible: a job that may pause has no least power, but power_min is 1; set preemptible to false, or "
            "leave power_min out",
        ),
        (
            {"preemptible": False},
            ".preemptible: a job that may not pause needs a least power; give power_min, or set preemptible to true",
        ),
        (
            {"power_max": None, "gpus": 8},
            "workloads: 'llm' is told in GPUs, but GPUs for each MW are not known; give gpus_per_mw, of the workload "
            "or of the load, or name its fleet",
        ),
    ],
)  # fmt: skip
def test_a_job_is_told_completely_and_once(given: dict[str, Any], told: str):
    assert faults(JOB | given) == [f"workloads[0]{told}" if told.startswith(".") else told]


def test_opportunistic_work_has_one_value():
    spot = {"name": "spot", "kind": "opportunistic", "power_max": 5}
    remedy = "give value [currency/MWh] or value_per_gpu_hour [currency/GPU-h]"
    assert faults(spot) == [f"workloads[0].value_per_gpu_hour: the work has no value; {remedy}"]
    both = spot | {"value": 3, "value_per_gpu_hour": 1}
    assert faults(both) == [f"workloads[0].value_per_gpu_hour: `value_per_gpu_hour` excludes `value`; {remedy}"]
    assert "is told in GPUs" in faults(spot | {"value_per_gpu_hour": 1})[0]


def test_a_workload_runs_on_a_fleet_of_the_load():
    fleets = [{"name": "hall 1", "machine": "gb200-nvl72", "racks": 10}]
    assert faults(BATCH | {"fleet": "hall 2"}, fleets=fleets) == [
        "workloads: 'batch' runs on 'hall 2', which is no fleet of the load; did you mean 'hall 1'?"
    ]
    assert faults(BATCH | {"fleet": "hall 2"}) == [
        "workloads: 'batch' runs on 'hall 2', which is no fleet of the load; list it under `fleets`"
    ]


# -- curves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([[1, 1]], "a curve needs two points at least; give the deepest cap and [1, 1]"),
        ([[0.5, 0.7], [0.9, 1]], "it ends at [0.9, 1]; let the last point be nominal power, [1, 1]"),
        ([[0.8, 0.9], [0.5, 0.7], [1, 1]], "[0.5, 0.7] does not lie above [0.8, 0.9]; list points by rising power"),
        ([[0.5, 0.9], [0.8, 0.7], [1, 1]], "[0.8, 0.7] does not lie above [0.5, 0.9]; list points by rising power"),
        (
            [[0.4, 0.5], [0.7, 0.6], [1, 1]],
            "the curve is not concave: [0.7, 0.6] lies below the line between its neighbours, so that a deeper cut "
            "would lose less work for each MWh; the concave hull is [[0.4, 0.5], [1, 1]]: it is reached by running "
            "some of the machines at either end",
        ),
        (
            [[0.2, 0.1], [0.4, 0.6], [0.6, 0.62], [0.8, 0.65], [1, 1]],
            "the curve is not concave: [0.6, 0.62] and [0.8, 0.65] lie below their neighbours' line, so that a deeper "
            "cut would lose less work for each MWh; the concave hull is [[0.2, 0.1], [0.4, 0.6], [1, 1]]: it is "
            "reached by running some of the machines at either end",
        ),
    ],
)
def test_a_curve_rises_to_nominal_power_and_is_concave(points: Any, told: str):
    assert faults(firm(curve=curve(points))) == [f"workloads[0].curve.points: {told}"]


def test_points_are_shares():
    assert faults(firm(curve=curve([[80, 0.9], [1, 1]]))) == [
        "workloads[0].curve.points[0][0]: 80 is not between 0 and 1; did you mean 0.8?"
    ]


def test_the_work_lost_has_one_value():
    remedy = "give value [currency/MWh] or value_per_gpu_hour [currency/GPU-h]"
    where = "workloads[0].curve.value_per_gpu_hour"
    assert faults(firm(curve=curve(value=None))) == [f"{where}: the work that is lost has no value; {remedy}"]
    both = curve(value_per_gpu_hour=1)
    assert faults(firm(curve=both)) == [f"{where}: `value_per_gpu_hour` excludes `value`; {remedy}"]


def test_machines_of_work_that_may_wait_are_counted_and_lose_no_work():
    told = "workloads[0].curve: slower machines take longer, so that it counts how many there are; give power_max"
    assert faults(BATCH | {"curve": {"points": CURVE["points"]}}) == [told]
    known = "`value` is not known here; known: `points`"
    assert faults(BATCH | {"curve": CURVE, "power_max": 9}) == [f"workloads[0].curve: {known}"]


def test_a_straight_stretch_is_no_fault_and_segments_lose_ever_more():
    found = PowerCurve(points=[[0.4, 0.64], [0.6, 0.8], [0.8, 0.96], [1, 1]]).segments()
    assert [segment.width for segment in found] == pytest.approx([0.2, 0.2, 0.2])
    assert [segment.loss for segment in found] == pytest.approx([0.2, 0.8, 0.8])


# -- what is bound ---------------------------------------------------------------------------------------------------


def bound(*workloads: Any, hours: int = 4, **given: Any) -> Any:
    return state(None, load={"workloads": list(workloads)}, grid=grid(energy_price=1), hours=hours, **given).data


def test_it_load_is_data_without_workloads_and_a_variable_with_them():
    rigid, flexible = state(5, grid=grid()), state(5, load={"workloads": [BATCH]}, grid=grid())
    assert "it_load" in rigid.data
    assert "firm_it_load" not in rigid.data
    assert "it_load" not in rigid.program.columns
    assert "it_load" not in flexible.data
    assert "it_load" in flexible.program.columns
    assert rigid.program.lp.shape == (6, 6)  # a balance and a limit of the connection; import and export


def test_work_may_wait_that_has_arrived_within_the_window():
    """4, 2, 1 and 3 MW: within two hours of each boundary 4, 6, 3; nothing at the start and nothing at the end."""
    data = bound(BATCH | {"arrivals": [4, 2, 1, 3], "window": 2})
    assert data["backlog_max"].values[0] == pytest.approx([0, 4, 6, 3, 0])
    assert "moment_share" not in data


def test_no_work_may_wait_where_there_is_no_window():
    data = bound(BATCH | {"arrivals": [4, 2, 1, 3], "window": 0})
    assert (data["backlog_max"].values == 0).all()
    assert "moment_share" not in data


def test_half_an_interval_of_the_window_counts_half():
    """Within 1.5 hours of each boundary: 4, 2 + 4/2, 1 + 2/2. Arrivals fall at 1:00 and 2:00, due at 2:30 and 3:30."""
    data = bound(BATCH | {"arrivals": [4, 2, 1, 3], "window": 1.5})
    assert data["backlog_max"].values[0] == pytest.approx([0, 4, 4, 2, 0])
    assert data["moment_share"].values[0, :, 0] == pytest.approx([0, 0, 0.5, 0.5])
    # At 2:30, 2 of hour 1 and 0.5 of hour 2 have arrived since 1:00; at 3:30, 1 of hour 2 and 1.5 of hour 3 since 2:00.
    assert data["moment_backlog_max"].values[0, :, 0] == pytest.approx([0, 4, 2.5, 2.5])


def test_a_long_interval_may_hold_several_moments_at_which_work_falls_due():
    """Three quarters of an hour, then three hours: what falls at 0:15 and 0:30 is due at 1:15 and 1:30."""
    data = bound(BATCH | {"arrivals": [4, 3, 2, 2]}, minutes=[15, 15, 15, 180])
    assert data["moment_share"].values[0, 3] == pytest.approx([0.5 / 3, 0.75 / 3])
    assert data["moment_backlog_max"].values[0, 3] == pytest.approx([0.75 + 0.5 + 1, 0.5 + 1.5])


def test_a_job_is_bound_over_its_own_hours_alone():
    other = JOB | {"name": "vision", "release": "2025-01-01T01:30", "deadline": "2025-01-01T03:00"}
    data = bound(JOB, other)
    assert list(data["job_interval_workload"].values) == ["llm", "llm", "vision", "vision"]
    assert data["job_interval_hour"].values.tolist() == [0, 1, 1, 2]
    assert data["job_power_max"].values == pytest.approx([4, 4, 2, 4])
    assert data["job_share"].values.tolist() == [[1, 0], [1, 1], [1, 0], [0, 0]]
    assert data["job_place"].values[data["job_share"].values == 1].tolist() == [0, 1, 2, 3]


def test_a_job_lies_within_the_horizon():
    with pytest.raises(InputError) as error:
        bound(BATCH, JOB | {"release": "2024-12-31T23:00", "deadline": "2025-01-02"})
    remedy = "plan the whole time of the job, or leave the job out"
    assert [str(fault) for fault in error.value.faults] == [
        "site.load.workloads[1].release ('llm'): 2024-12-31T23:00Z is before the horizon starts, 2025-01-01T00:00Z; "
        + remedy,
        "site.load.workloads[1].deadline ('llm'): 2025-01-02T00:00Z is after the horizon ends, 2025-01-01T04:00Z; "
        + remedy,
    ]


def test_work_earns_no_more_than_lost_load_costs():
    """Or it would run on load that is not served: at PUE 1.25 lost load of 100 costs 125 for a MWh of work."""
    spot = {"name": "spot", "kind": "opportunistic", "power_max": 5, "value": [120, 125, 130, 90]}

    def stated(lost: float) -> Any:
        load = {"workloads": [BATCH, spot], "pue": 1.25, "value_of_lost_load": lost}
        return state(None, load=load, grid=grid(energy_price=1))

    with pytest.raises(InputError) as error:
        stated(100)
    assert [str(fault) for fault in error.value.faults] == [
        "site.load.workloads[1] ('spot'): a MWh of 'spot' earns 130, and costs 125 where load is not served: it would "
        "run without power; raise value_of_lost_load above what work earns"
    ]
    assert stated(104).data["work_value"].values.max() == 130


def test_gpus_for_each_mw_come_from_the_workload_its_fleet_the_load_or_fleets_alike():
    small, large = ({"name": name, "machine": {"gpus": gpus, "rack_power": 0.1}, "racks": 99} for name, gpus in
                    (("small", 10), ("large", 40)))  # fmt: skip
    works = [
        BATCH | {"gpus_per_mw": 7}, BATCH | {"name": "on small", "fleet": "small"}, BATCH | {"name": "anywhere"},
    ]  # fmt: skip

    def found(**load: Any) -> list[float]:
        site = state(None, load={"workloads": works, "fleets": [small, large]} | load, grid=grid())
        return site.data["gpus_per_mw"].values.tolist()

    assert found(gpus_per_mw=5) == [7, 100, 5]
    assert found(fleets=[small]) == [7, 100, 100]
    assert found()[:2] == [7, 100]
    assert np.isnan(found()[2])


def test_a_job_in_gpus_takes_the_energy_of_its_gpu_hours():
    job = TrainingJob(
        name="llm", kind="job", release="2025-01-01", deadline="2025-01-02", gpus=600, hours=10, restarts=3,
        restart_energy=0.5,
    )  # fmt: skip
    assert job.greatest_power(600) == pytest.approx(1)
    assert job.total_energy(600) == pytest.approx(10 + 1.5)


# -- files -----------------------------------------------------------------------------------------------------------


def errors(text: str, path: Path) -> list[str]:
    """Give what the published schema has against a file."""
    path.write_text(text, encoding="utf-8")
    validator = jsonschema.Draft202012Validator(scenario_schema())
    return [error.json_path for error in validator.iter_errors(read_one(path).root.plain())]


def test_workloads_of_all_kinds_are_written_and_read_back(tmp_path: Path):
    made = everything().scenario
    assert errors(made.to_yaml(), tmp_path / "all.yaml") == []
    assert Scenario.load(tmp_path / "all.yaml").site.load.workloads == made.site.load.workloads


def test_a_file_may_change_a_workload_of_its_base(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(everything().scenario.to_yaml(), encoding="utf-8")
    text = "base: base.yaml\nsite: {load: {workloads: [{name: batch, window: 12}]}}\n"
    assert errors(text, tmp_path / "patient.yaml") == []
    works = Scenario.load(tmp_path / "patient.yaml").site.load.workloads
    assert [work.name for work in works] == ["inference", "batch", "llm", "spot"]
    assert works[1].window == 12
    assert everything().scenario.change({"site.load.workloads.batch.window": 12}).site.load.workloads == works
    misspelt = text.replace("window", "windwo")
    assert errors(misspelt, tmp_path / "misspelt.yaml") == ["$.site.load.workloads[0]"]


def test_a_program_grows_by_what_its_workloads_need_alone():
    """Two classes, ten jobs of six hours and a curve of four segments over two days.

    Columns: the IT load, two powers, two backlogs and four cuts for each hour, an end of each backlog, and the jobs'
    own hours. Rows: what the IT load is, what may stay unserved of it, and the two balances, for each hour; one a job.
    """
    hours, names = 48, [f"job {number}" for number in range(10)]
    jobs = [
        JOB | {"name": name, "release": f"2025-01-01T{number:02}:00", "deadline": f"2025-01-01T{number + 6:02}:00"}
        for number, name in enumerate(names)
    ]
    points = [[0.6, 0.75], [0.7, 0.85], [0.8, 0.92], [0.9, 0.97], [1, 1]]
    works = [firm(curve=curve(points)), BATCH, BATCH | {"name": "training", "window": 24}, *jobs]
    rows, columns = state(5, hours=hours, grid=grid()).program.lp.shape
    found = state(5, hours=hours, grid=grid(), load={"workloads": works}).program.lp.shape
    assert found[0] - rows == 4 * hours + len(jobs)
    assert found[1] - columns == 9 * hours + 2 + 6 * len(jobs)
