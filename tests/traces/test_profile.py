"""The week that a trace comes down to, and how far it is from what was measured."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.traces import Trace, fit, read_trace
from tests.traces.files import shared

MONDAY = np.datetime64("2025-01-06T00:00", "ns")
HOUR = np.timedelta64(3600 * 10**9, "ns")


def trace(values: object, *, kind: str = "utilisation", start: np.datetime64 = MONDAY) -> Trace:
    values = np.asarray(values, float)
    times = start + np.arange(values.size) * HOUR
    unit = {"power": "W", "work": "requests/h"}.get(kind, "1")
    return Trace("made.csv", kind, unit, times, values, timedelta(hours=1), 1, "UTC")


def week(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.1, 0.9, 168)


def told(**given: object) -> str:
    with pytest.raises(InputError) as caught:
        fit(**given)
    return str(caught.value)


class TestProfile:
    def test_a_load_that_repeats_week_by_week_is_found_exactly(self):
        made = trace(np.tile(week(), 4))
        found = fit(made)
        assert found.profile.by == "week"
        assert found.profile.utilisation == pytest.approx(week().reshape(7, 24))
        errors = found.errors()["value"]
        assert errors["mape"] == pytest.approx(0, abs=1e-12)
        assert errors["explained"] == pytest.approx(1)
        assert errors["unseen_wape"] == pytest.approx(0, abs=1e-12)

    def test_weekdays_count_from_monday_wherever_the_trace_begins(self):
        begins = np.datetime64("2025-01-09T17:00", "ns")  # a Thursday
        shift = 3 * 24 + 17
        found = fit(trace(np.roll(np.tile(week(), 2), -shift), start=begins))
        assert found.profile.utilisation == pytest.approx(week().reshape(7, 24))
        assert found.profile.at(np.array([begins])) == pytest.approx([week()[shift]])

    def test_hours_of_the_week_take_the_mean_of_what_was_measured(self):
        first, second = week(1), week(2)
        second[5] = np.nan
        found = fit(trace([*first, *second]))
        expected = (first + second) / 2
        expected[5] = first[5]
        assert found.profile.utilisation.ravel() == pytest.approx(expected)
        assert found.table()["intervals"].tolist() == [2] * 5 + [1] + [2] * 162

    def test_a_trace_too_short_for_a_week_tells_hours_of_the_day_or_nothing(self):
        day = fit(trace(np.tile(week()[:24], 2)))
        assert day.profile.by == "day"
        assert day.profile.utilisation == pytest.approx(np.tile(week()[:24], (7, 1)))
        assert "the trace of 48 h does not fill a week, so its profile is by day" in day.notes
        flat = fit(trace([0.2, 0.4]))
        assert (flat.profile.by, np.unique(flat.profile.utilisation).round(9).tolist()) == ("flat", [0.3])

    def test_it_may_be_asked_for_less_than_the_trace_holds_but_not_for_more(self):
        assert fit(trace(np.tile(week(), 2)), by="day").profile.by == "day"
        assert told(trace=trace(week()[:30]), by="week") == (
            "made.csv: the trace has no value at Tue 06:00, Tue 07:00, Tue 08:00 and 135 more; "
            "give a longer trace, or another `by`: day or flat"
        )
        assert told(trace=trace(week()[:20]), by="day").startswith("made.csv: the trace has no value at 20:00, 21:00")


class TestScale:
    def test_power_lies_between_idle_and_busy_and_what_is_beyond_is_cut(self):
        found = fit(trace([50, 200, 350, 400, 40], kind="power"), idle=50, busy=350)
        assert found.utilisation.tolist() == [0, 0.5, 1, 1, 0]
        assert found.in_unit(np.array([0, 0.5, 1])).tolist() == [50, 200, 350]

    def test_what_nobody_gives_is_taken_from_the_trace_and_said(self):
        values = np.linspace(100, 200, 101)
        power = fit(trace(values, kind="power"))
        assert (power.idle, power.busy) == (101, 199)
        assert "idle is 101 W, the trace's own 1 % quantile" in power.notes
        assert "busy is 199 W, the trace's own 99 % quantile" in power.notes
        work = fit(trace(values, kind="work"))
        assert (work.idle, work.busy) == (0, 199)
        assert not any(note.startswith("idle") for note in work.notes)
        use = fit(trace(values / 250))
        assert (use.idle, use.busy) == (0, 1)

    def test_idle_is_below_busy(self):
        assert told(trace=trace([1, 2], kind="power"), idle=300, busy=50) == (
            "made.csv: idle, 300 W, is not below busy, 50 W; give `idle` and `busy`"
        )
        assert "is not below busy" in told(trace=trace([70, 70], kind="power"))


class TestErrors:
    def test_they_are_those_worked_out_by_hand(self):
        # Two days of one hour shape: 0.2 and 0.6 at the first hour, so 0.4; all other hours 0.5.
        values = np.full(48, 0.5)
        values[[0, 24]] = [0.2, 0.6]
        errors = fit(trace(values), by="day").errors()["value"]
        assert errors["mape"] == pytest.approx((0.2 / 0.2 + 0.2 / 0.6) / 48)
        assert errors["wape"] == pytest.approx(0.4 / values.sum())
        assert errors["bias"] == pytest.approx(0)
        # A day not seen is guessed by the other one: 0.6 for 0.2, and 0.2 for 0.6.
        assert errors["unseen_wape"] == pytest.approx(0.8 / values.sum())

    def test_values_of_zero_have_no_percentage(self):
        assert fit(trace([0, 0.5, 1.0])).errors()["value"]["mape"] == pytest.approx((0 + 0.5) / 2)

    def test_the_sum_is_kept_where_nothing_is_cut(self):
        errors = fit(trace(np.random.default_rng(3).uniform(0, 1, 1000))).errors()["value"]
        assert errors["bias"] == pytest.approx(0, abs=1e-12)
        assert errors["wape"] < errors["unseen_wape"]  # what was seen is fitted better

    def test_without_another_week_nothing_is_unseen(self):
        assert np.isnan(fit(trace(week())).errors()["value"]["unseen_wape"])


class TestRealTraces:
    def test_one_server_has_hardly_a_week_and_the_error_says_so(self):
        path = shared("h100_power_hourly.csv")
        power = read_trace(path, column="h100_w_per_gpu", unit="W", zone="America/New_York", bad="drop")
        found = fit(power)
        errors = found.errors()["value"]
        assert found.profile.by == "week"
        assert (found.idle, found.busy) == pytest.approx((49.2, 348.4), abs=0.1)
        assert errors["wape"] == pytest.approx(0.627, abs=0.01)
        assert errors["explained"] < 0.05
        assert abs(errors["bias"]) < 0.001

    def test_a_service_follows_its_users(self):
        requests = read_trace(shared("genai_requests_hourly.csv"), column="exec_seconds", unit="s")
        found = fit(requests)
        assert found.errors()["value"]["explained"] > 0.6
        day = found.profile.utilisation[:5].mean(axis=0)
        assert day.max() > 5 * day.min()
