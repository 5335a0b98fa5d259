"""Profiles and made-up loads, laid onto a horizon, scaled to a fleet and written for a scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from optimizer.errors import InputError
from optimizer.machines import Fleet
from optimizer.scenario import Scenario
from optimizer.series.horizon import Horizon
from optimizer.traces import (
    Inference,
    Profile,
    SyntheticLoad,
    Training,
    fit,
    load_series,
    synthetic_load,
    usage,
    write_load,
)
from optimizer.traces.load import at_clock, it_power
from tests.traces.test_profile import trace, week

FLEET = Fleet(name="hall", racks=10, machine={"gpus": 8, "rack_power": 0.1, "idle_share": 0.2, "typical_share": 0.8})
WEEK = Horizon(start="2025-07-07", end="2025-07-14")  # Morocco is at UTC+1, and its Mondays begin on Sunday, 23:00


def ends(horizon: Horizon) -> np.ndarray:
    return horizon.boundaries.to_numpy()


class TestLaying:
    def test_hours_are_those_of_the_clock_of_the_site(self):
        laid = at_clock(Profile(week().reshape(7, 24), "week"), ends(WEEK), "Africa/Casablanca")
        assert laid == pytest.approx(np.roll(week(), -1))

    def test_the_hour_that_the_clock_has_twice_comes_twice(self):
        night = Horizon(start="2025-10-25T22:00Z", end="2025-10-26T04:00Z")
        numbers = Profile(np.arange(168.0).reshape(7, 24), "week")
        hours = at_clock(numbers, ends(night), "Europe/Madrid") - 6 * 24
        assert hours.tolist() == [0, 1, 2, 2, 3, 4]

    @pytest.mark.parametrize("step", ["15 min", "30 min", "60 min", "3 h"])
    def test_any_step_gives_the_same_energy(self, step):
        horizon = Horizon(start="2025-07-07", end="2025-07-14", step=step)
        laid = at_clock(Profile(week().reshape(7, 24), "week"), ends(horizon), "Africa/Casablanca")
        assert (laid * horizon.dt).sum() == pytest.approx(week().sum())


class TestScaling:
    def test_racks_run_between_idle_and_typical_power(self):
        # 10 racks of 0.1 MW: 0.2 MW idle, 0.8 MW busy.
        day = np.arange("2025-01-01T00", "2025-01-01T04", dtype="datetime64[h]")
        assert it_power(np.array([0, 0.5, 1]), day, FLEET) == pytest.approx([0.2, 0.5, 0.8])

    def test_racks_that_arrive_count_from_then_on_and_fleets_add_up(self):
        day = np.arange("2025-01-01T00", "2025-01-01T03", dtype="datetime64[h]")
        more = FLEET.model_copy(update={"racks": 0})
        arriving = Fleet(**(more.model_dump() | {"arrivals": [{"date": "2025-01-01T01:00Z", "racks": 5}]}))
        assert it_power(np.ones(2), day, [FLEET, arriving]) == pytest.approx([0.8, 1.2])

    def test_a_series_says_where_it_comes_from(self):
        load = load_series(
            fit(trace(np.tile(100 + 200 * week(), 2), kind="power")), WEEK, FLEET, zone="Africa/Casablanca"
        )
        series = load["it_load"]
        assert series.attrs["units"] == "MW"
        assert "made.csv" in series.attrs["source"]
        assert "mean by weekday and hour, laid on by the clock of Africa/Casablanca" in series.attrs["source"]
        assert "10 racks of a machine of its own, 100 kW, from 0.2 to 0.8 of that" in series.attrs["source"]
        assert "bias 0.0%" in series.attrs["note"]
        assert "the trace's own 99 % quantile" in series.attrs["note"]


class TestWriting:
    @pytest.mark.parametrize("name", ["it_load.nc", "it_load.csv"])
    def test_a_scenario_reads_what_was_written(self, tmp_path, name):
        load = synthetic_load(SyntheticLoad(seed=1), WEEK, FLEET, zone="Africa/Casablanca")
        path = write_load(load, tmp_path / name)
        scenario = {
            "name": "week",
            "horizon": {"start": "2025-07-07", "end": "2025-07-14"},
            "site": {
                "name": "hall", "latitude": 33.4, "longitude": -7.6, "time_zone": "Africa/Casablanca",
                "load": {"it_load": "it_load"},
            },
        } | yaml.safe_load(usage(path))  # fmt: skip
        read = Scenario.from_dict(scenario, folder=tmp_path).read()["it_load"]
        assert read.values == pytest.approx(load["it_load"].values, rel=1e-5)
        assert read.attrs["units"] == "MW"

    def test_provenance_stands_in_the_file(self, tmp_path):
        load = synthetic_load(SyntheticLoad(seed=1), WEEK, FLEET, zone="Africa/Casablanca")
        with xr.open_dataset(write_load(load, tmp_path / "a.nc")) as read:
            assert read["it_load"].attrs["note"].startswith("synthetic, not measured: example, unverified")
            assert '"seed":1' in read["it_load"].attrs["source"]
        lines = write_load(load, tmp_path / "a.csv").read_text().splitlines()
        assert lines[0] == "# Synthetic IT load"
        assert lines[1].startswith("# source: synthetic: training and inference by the clock of Africa/Casablanca")
        assert lines[3] == "time,it_load_mw"
        assert lines[4].startswith("2025-07-07T00:00:00,")
        assert len(lines) == 4 + 168

    def test_faults(self, tmp_path):
        load = synthetic_load(SyntheticLoad(), WEEK, FLEET, zone="UTC")
        for path, told in (
            (tmp_path / "a.xlsx", "a.xlsx: is neither .nc nor .csv; end the name in one of them"),
            (tmp_path / "no/a.csv", "no/a.csv: cannot be written: No such file or directory"),
        ):
            with pytest.raises(InputError) as caught:
                write_load(load, path)
            assert str(caught.value) == f"{tmp_path}/{told}"


class TestSynthetic:
    YEAR = Horizon(start="2025-01-01", end="2026-01-01")

    def test_the_same_seed_gives_the_same_load_and_another_seed_another(self):
        first, again, other = (
            SyntheticLoad(seed=seed).utilisation(ends(WEEK), "Africa/Casablanca") for seed in (1, 1, 2)
        )
        assert (first == again).all()
        assert (first != other).any()

    @pytest.mark.parametrize("step", ["15 min", "30 min", "3 h"])
    def test_any_step_gives_the_same_energy(self, step):
        load = SyntheticLoad(seed=5, inference={"noise": 0.02})
        coarse = load.utilisation(ends(WEEK), "Africa/Casablanca").sum()
        horizon = Horizon(start="2025-07-07", end="2025-07-14", step=step)
        fine = (load.utilisation(ends(horizon), "Africa/Casablanca") * horizon.dt).sum()
        # Weekends begin at 23:00 UTC, which 3 hours do not meet; all else is the same to rounding.
        assert fine == pytest.approx(coarse, rel=1e-3 if step == "3 h" else 1e-9)

    def test_training_runs_on_plateaus_that_restarts_interrupt(self):
        # A job of its own, 20 h between restarts of half an hour: 20 / 20.5 of the time at 0.9.
        alone = Training(jobs=1, plateau=0.9, spread=0, hours_between_restarts=20, job_hours=1e6, restart_hours=0.5)
        quarter = Horizon(start="2025-01-01", end="2026-01-01", step="15 min")
        power = SyntheticLoad(training=alone, seed=2).training_utilisation(ends(quarter))
        assert np.isclose(power, 0.9).mean() > 0.9
        assert (power < 0.01).any()
        assert power.mean() == pytest.approx(0.9 * 20 / 20.5, rel=0.01)
        assert power.max() <= 0.9 + 1e-9

    def test_many_jobs_are_smoother_than_one(self):
        spread = [
            SyntheticLoad(training={"jobs": jobs}).training_utilisation(ends(self.YEAR)).std() for jobs in (1, 16)
        ]
        assert spread[1] < 0.4 * spread[0]

    def test_another_job_leaves_the_others_as_they_are(self):
        two, three = (SyntheticLoad(training={"jobs": jobs}).training_utilisation(ends(WEEK)) for jobs in (2, 3))
        third = 3 * three - 2 * two
        assert (third > -1e-12).all()
        assert (third < 1 + 1e-12).all()

    def test_inference_follows_the_local_clock_and_rests_at_weekends(self):
        calm = Inference(mean=0.5, peak_to_mean=1.4, peak_hour=15, weekend=0.7, noise=0)
        use = SyntheticLoad(inference=calm).inference_utilisation(ends(self.YEAR), "America/New_York")
        local = self.YEAR.starts.tz_localize("UTC").tz_convert("America/New_York")
        weekday = use[local.day_of_week < 5]
        assert use[(local.day_of_week < 5) & (local.hour == 14)].mean() == pytest.approx(weekday.max(), rel=0.01)
        assert use[local.day_of_week >= 5].mean() / weekday.mean() == pytest.approx(0.7, rel=0.01)
        assert use.mean() == pytest.approx(0.5, rel=0.01)
        assert weekday.max() / weekday.mean() == pytest.approx(1.4, rel=0.01)

    def test_noise_is_as_large_as_asked_and_lasts(self):
        noisy = SyntheticLoad(inference={"noise": 0.05, "noise_hours": 10, "peak_to_mean": 1, "weekend": 1}, seed=4)
        use = noisy.inference_utilisation(ends(self.YEAR), "UTC") - 0.5
        assert use.std() == pytest.approx(0.05, rel=0.1)
        assert np.corrcoef(use[1:], use[:-1])[0, 1] == pytest.approx(np.exp(-0.1), abs=0.03)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"training_share": 60}, "training_share: 60 is not between 0 and 1; did you mean 0.6?"),
            ({"training": {"jobs": 0}}, "training.jobs: 0 is below 1"),
            ({"inference": {"peak_to_mean": 3}}, "inference.peak_to_mean: 3 is not between 1 and 2"),
            ({"seed": 1.5}, "seed: 1.5 is not a whole number"),
        ],
    )
    def test_faults(self, given, told):
        with pytest.raises(InputError) as caught:
            SyntheticLoad(**given)
        assert str(caught.value) == f"SyntheticLoad.{told}"


def test_the_file_of_a_plan_that_follows_a_trace_is_small(tmp_path: Path):
    year = Horizon(start="2025-01-01", end="2026-01-01")
    load = load_series(fit(trace(np.tile(week(), 2))), year, FLEET, zone="Africa/Casablanca")
    assert write_load(load, tmp_path / "year.nc").stat().st_size < 500_000
