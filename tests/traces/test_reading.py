"""Traces of each format are read into means over intervals, and what is wrong with them is told at once."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from optimizer.traces import read_trace
from tests.traces.files import faults, prometheus, shared, text

POWER = {"__name__": "DCGM_FI_DEV_POWER_USAGE", "Hostname": "n1"}
ENERGY = {"__name__": "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "Hostname": "n1"}
START = 1_735_689_600  # 2025-01-01 00:00 UTC
GAUGE = """
    timestamp,gpu,Hostname,DCGM_FI_DEV_POWER_USAGE
    2025-01-01T00:00:00Z,0,n1,100
    2025-01-01T00:30:00Z,0,n1,300
    2025-01-01T00:00:00Z,1,n1,500
    2025-01-01T01:00:00Z,0,n1,400
    2025-01-01T01:00:00Z,1,n1,600
"""


class TestDcgm:
    def test_power_is_the_mean_over_time_and_then_over_gpus(self, tmp_path):
        trace = read_trace(text(tmp_path, GAUGE))
        # The first hour: GPU 0 means 200 of two readings, GPU 1 has 500 of one.
        assert trace.values.tolist() == [350, 500]
        assert (trace.kind, trace.unit, trace.devices, trace.hours) == ("power", "W", 2, 2)

    def test_times_with_an_offset_are_told_by_the_clock_of_the_place(self, tmp_path):
        trace = read_trace(text(tmp_path, GAUGE), zone="Europe/Paris")
        assert trace.times.astype("datetime64[h]").astype(str).tolist() == ["2025-01-01T01", "2025-01-01T02"]

    def test_gpus_are_numbered_anew_on_each_host(self, tmp_path):
        other = GAUGE.replace("T01:00:00Z,1,n1", "T01:00:00Z,0,n2")
        assert read_trace(text(tmp_path, other)).devices == 3

    def test_energy_counted_in_millijoules_is_power_between_readings(self, tmp_path):
        # 720 kJ in the first half hour is 400 W, 360 kJ in the second 200 W, 1080 kJ in an hour 300 W.
        path = text(
            tmp_path,
            """
            time,gpu,DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION
            2025-01-01T00:00:00Z,0,5000000
            2025-01-01T00:30:00Z,0,725000000
            2025-01-01T01:00:00Z,0,1085000000
            2025-01-01T02:00:00Z,0,2165000000
            """,
        )
        assert read_trace(path).values == pytest.approx([300, 300])

    def test_unequal_readings_of_a_counter_weigh_as_long_as_they_lasted(self, tmp_path):
        # 45 minutes at 100 W and 15 minutes at 500 W: 200 W.
        path = text(
            tmp_path,
            """
            time,DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION
            2025-01-01T00:00:00Z,0
            2025-01-01T00:45:00Z,270000000
            2025-01-01T01:00:00Z,720000000
            """,
        )
        assert read_trace(path).values == pytest.approx([200])

    def test_a_counter_that_falls_has_begun_anew(self, tmp_path):
        path = text(
            tmp_path,
            """
            time,DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION
            2025-01-01T00:00:00Z,900000000
            2025-01-01T00:20:00Z,1140000000
            2025-01-01T00:40:00Z,1000
            2025-01-01T01:00:00Z,480001000
            """,
        )
        told = "a counter that only rises falls (1): 2025-01-01 00:40"
        assert faults(path) == [f"trace.csv: {told}; mend the file, or leave them out by `bad: drop`"]
        left = read_trace(path, bad="drop")
        assert left.values == pytest.approx([300])  # 200 W and 400 W, for 20 minutes each
        assert left.notes == (f"left out: {told}",)


class TestPrometheus:
    def test_texts_at_seconds_since_1970_for_each_gpu(self, tmp_path):
        first = [(START, "100"), (START + 1800, "200"), (START + 3600, "300")]
        second = [(START + 0.781, "500"), (START + 3600, "700")]
        path = prometheus(tmp_path, [(POWER | {"gpu": "0"}, first), (POWER | {"gpu": "1"}, second)])
        trace = read_trace(path)
        assert trace.values.tolist() == [325, 500]
        assert trace.times[0] == np.datetime64("2025-01-01T00:00")

    def test_counters_are_told_by_the_name_of_the_metric(self, tmp_path):
        path = prometheus(tmp_path, [(ENERGY, [(START, "0"), (START + 3600, "900000000")])])
        assert read_trace(path).values == pytest.approx([250])

    def test_not_a_number_in_words(self, tmp_path):
        path = prometheus(tmp_path, [(POWER, [(START, "100"), (START + 60, "NaN"), (START + 120, "+Inf")])])
        assert faults(path) == [
            "range.json: no number (2 of 3 rows, '+Inf', 'NaN'): 2025-01-01 00:01, 2025-01-01 00:02; "
            "mend the file, or leave them out by `bad: drop`"
        ]
        assert read_trace(path, bad="drop").values.tolist() == [100]

    def test_several_metrics_in_one_answer(self, tmp_path):
        path = prometheus(tmp_path, [(POWER, [(START, "1")]), (ENERGY, [(START, "1")])])
        assert faults(path) == [
            "range.json: holds several metrics: DCGM_FI_DEV_POWER_USAGE, DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION; "
            "ask for one of them"
        ]

    def test_a_query_without_a_metric_name_needs_a_unit(self, tmp_path):
        path = prometheus(tmp_path, [({"gpu": "0"}, [(START, "100"), (START + 60, "200")])])
        assert faults(path) == ["range.json: no unit is given; say `unit`: W, mW or kW of a GPU, mJ of a counter, or %"]
        assert read_trace(path, unit="W").values.tolist() == [150]

    @pytest.mark.parametrize("content", ["{}", "[]", "no JSON", '{"data": {"result": [{"metric": {}}]}}'])
    def test_what_is_no_answer_of_prometheus(self, tmp_path, content):
        assert faults(text(tmp_path, content, "range.json")) == [
            "range.json: is not the answer of a Prometheus range query: data.result[] with metric and values; "
            "ask by /api/v1/query_range"
        ]

    def test_an_answer_without_series(self, tmp_path):
        told = "range.json: the answer holds no series; check the query and its span of time"
        assert faults(prometheus(tmp_path, [])) == [told]


class TestTables:
    HOURLY = """
        when,w,use
        2025-01-06 00:00,50,0
        2025-01-06 01:00,300,75
    """

    def test_a_column_and_its_unit(self, tmp_path):
        path = text(tmp_path, self.HOURLY)
        assert read_trace(path, column="w", unit="W").values.tolist() == [50, 300]
        use = read_trace(path, column="use", unit="%")
        assert (use.kind, use.unit, use.values.tolist()) == ("utilisation", "1", [0, 0.75])

    def test_a_reading_of_a_whole_server(self, tmp_path):
        assert read_trace(text(tmp_path, self.HOURLY), column="w", unit="W", gpus=2).values.tolist() == [25, 150]

    def test_times_without_an_offset_are_those_of_the_clock_already(self, tmp_path):
        trace = read_trace(text(tmp_path, self.HOURLY), column="w", unit="W", zone="Asia/Tokyo")
        assert trace.times[0] == np.datetime64("2025-01-06T00:00")

    def test_work_is_counted_by_the_hour_whatever_the_step(self, tmp_path):
        path = text(
            tmp_path,
            """
            time,requests
            2025-01-06 00:00,10
            2025-01-06 00:30,30
            2025-01-06 01:00,5
            2025-01-06 01:30,0
            """,
        )
        assert read_trace(path, column="requests", unit="requests").values.tolist() == [40, 5]
        halves = read_trace(path, column="requests", unit="requests", step=timedelta(minutes=30))
        assert (halves.unit, halves.values.tolist()) == ("requests/h", [20, 60, 10, 0])

    def test_tokens_of_requests_add_up_and_hours_in_part_go(self, tmp_path):
        path = text(
            tmp_path,
            """
            TIMESTAMP,ContextTokens,GeneratedTokens
            2023-11-16 18:50:00.1234567,1000,100
            2023-11-16 19:00:01,1000,100
            2023-11-16 19:00:01,500,50
            2023-11-16 20:10:00,1000,100
            """,
        )
        trace = read_trace(path)
        assert (trace.unit, trace.times.astype("datetime64[h]").astype(str).tolist()) == ("tokens/h", ["2023-11-16T19"])
        assert trace.values == pytest.approx([0.1 * 1500 + 150])
        assert read_trace(path, context_weight=1).values == pytest.approx([1650])


class TestJudging:
    def test_all_that_is_wrong_is_told_at_once(self, tmp_path):
        path = text(
            tmp_path,
            """
            time,w
            2025-01-06 00:00,50
            2025-01-06 01:00,n/a
            2025-01-06 02:00,-3
            2025-01-06 03:00,60
            2025-01-06 03:00,61
            2025-01-06 06:00,
            2025-01-06 07:00,70
            """,
        )
        drop = "mend the file, or leave them out by `bad: drop`"
        assert faults(path, column="w", unit="W") == [
            f"trace.csv: no number (2 of 7 rows, '', 'n/a'): 2025-01-06 01:00, 2025-01-06 06:00; {drop}",
            f"trace.csv: below zero (1): 2025-01-06 02:00; {drop}",
            f"trace.csv: a time twice (1): 2025-01-06 03:00; {drop}",
            f"trace.csv: intervals without a row (2 of 8): 2025-01-06 04:00, 2025-01-06 05:00; {drop}",
        ]
        left = read_trace(path, column="w", unit="W", bad="drop")
        assert left.values[~np.isnan(left.values)].tolist() == [50, 60, 70]
        assert np.isnan(left.values).tolist() == [False, True, True, False, True, True, True, False]
        assert len(left.notes) == 4
        assert left.hours == 3

    def test_a_number_stands_where_the_same_time_had_none_before(self, tmp_path):
        path = text(tmp_path, "time,w\n2025-01-06 00:00,\n2025-01-06 00:00,60\n2025-01-06 01:00,70")
        assert read_trace(path, column="w", unit="W", bad="drop").values.tolist() == [60, 70]

    @pytest.mark.parametrize(
        ("values", "unit", "told"),
        [
            (
                ("350000", "90000"),
                "W",
                "half of the readings are above 220,000 W for a GPU, which none draws; "
                "say `unit: mW`, or how many `gpus` a reading is for",
            ),
            (("0.35", "0.09"), "W", "no reading is above 0.35 W for a GPU, and none idles at that; say `unit: kW`"),
            (("350", "90"), "mW", "no reading is above 0.35 W for a GPU, and none idles at that; say `unit: W`"),
            (
                ("350", "90"),
                "kW",
                "half of the readings are above 220,000 W for a GPU, which none draws; "
                "say `unit: W`, or how many `gpus` a reading is for",
            ),
        ],
    )
    def test_power_that_no_gpu_draws_is_in_another_unit(self, tmp_path, values, unit, told):
        rows = "\n".join(f"2025-01-06 0{hour}:00,{value}" for hour, value in enumerate(values))
        assert faults(text(tmp_path, f"time,w\n{rows}"), column="w", unit=unit) == [f"trace.csv: {told}"]

    @pytest.mark.parametrize(
        ("lines", "options", "told"),
        [
            ("time,w", {}, "trace.csv: has a header but no rows"),
            (
                "time,w\n2025-01-06 00:00,5",
                {},
                "trace.csv: no column is known among time, w; name `column` and `unit`",
            ),
            (
                "time,w\n2025-01-06 00:00,5",
                {"column": "w"},
                "trace.csv, column 'w': no unit is given; "
                "say `unit`: W, mW or kW of a GPU, mJ of a counter, %, or requests",
            ),
            (
                "time,watt\n2025-01-06 00:00,5",
                {"column": "wat", "unit": "W"},
                "trace.csv: there is no column 'wat'; did you mean 'watt'?",
            ),
            (
                "time,w\n2025-01-06 00:00,5",
                {"column": "w", "unit": "w"},
                "unit: 'w' is not a unit of traces; did you mean 'W'?",
            ),
            (
                "time,w\n2025-01-06 00:00,5",
                {"column": "w", "unit": "W", "zone": "Europe/Madird"},
                "zone: 'Europe/Madird' is not a time zone; did you mean 'Europe/Madrid'?",
            ),
            ("time,w", {"gpus": 0}, "gpus: 0 is not above 0; say how many GPUs a reading is for"),
            ("time,w", {"step": timedelta(0)}, "step: 0 min is not between 1 s and 24 h"),
            (
                "time,w\n2025-01-06 00:00,5\n06/01/2025,6",
                {"column": "w", "unit": "W"},
                "trace.csv: times that cannot be read (1): row 2; "
                "write them as 2025-01-01 00:00, or in seconds since 1970",
            ),
            (
                "time,w\n2025-01-06 00:00,off",
                {"column": "w", "unit": "W"},
                "trace.csv: holds no number; check the column",
            ),
            (
                "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:50,1,1\n2023-11-16 19:00,1,1",
                {},
                "trace.csv: the requests span no whole interval: 2023-11-16 18:00, 2023-11-16 19:00; "
                "give a longer trace, or a shorter `step`",
            ),
        ],
    )
    def test_what_cannot_be_read_at_all(self, tmp_path, lines, options, told):
        assert faults(text(tmp_path, lines), **options) == [told]

    def test_a_file_that_is_not_there(self, tmp_path):
        text(tmp_path, GAUGE, "dcgm.csv")
        told = faults(tmp_path / "dcgn.csv")
        assert told == ["dcgn.csv: there is no such file; did you mean 'dcgm.csv'?"]


class TestRealFiles:
    def test_power_of_an_h100_server_over_21_months(self):
        path = shared("h100_power_hourly.csv")
        told = faults(path, column="h100_w_per_gpu", unit="W")
        assert told == [
            "h100_power_hourly.csv: no number (64 of 15341 rows, ''): 2024-02-16 14:00, 2024-03-08 12:00, "
            "2024-03-08 13:00 and 61 more; mend the file, or leave them out by `bad: drop`"
        ]
        trace = read_trace(path, column="h100_w_per_gpu", unit="W", zone="America/New_York", bad="drop")
        assert (trace.values.size, trace.hours) == (15_341, 15_277)
        assert np.nanmean(trace.values) == pytest.approx(147.76, abs=0.01)
        assert faults(path, column="h100_w_per_gpu", unit="kW", bad="drop") == [
            "h100_power_hourly.csv: half of the readings are above 87,584 W for a GPU, which none draws; "
            "say `unit: W`, or how many `gpus` a reading is for"
        ]

    def test_one_hour_of_requests_with_their_tokens(self):
        path = shared("azure_llm_2023_conv.csv")
        trace = read_trace(path, step=timedelta(minutes=5), context_weight=0)
        assert trace.values.size == 10  # 18:15:46 to 19:14:08, without the five minutes at either end
        assert np.mean(trace.values) == pytest.approx(19_366 * 211.126 / (58.36 / 60), rel=0.03)

    def test_three_weeks_of_requests_by_the_hour(self):
        trace = read_trace(shared("genai_requests_hourly.csv"), column="requests", unit="requests")
        assert (trace.values.size, trace.unit, trace.notes) == (554, "requests/h", ())
        assert trace.values.sum() == pytest.approx(554 * 48.416968, abs=1)
