"""From a trace to a series and a page, by the command line; the figure; the list of machines."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from optimizer.plots.trace_fit import trace_fit
from optimizer.scenario import Scenario
from optimizer.traces import fit
from tests.commands import SITE, call
from tests.traces.files import text
from tests.traces.test_profile import trace, week

FLEET = {"name": "hall 1", "racks": 100, "machine": {"gpus": 72, "rack_power": 0.12, "idle_share": 0.25}}


@pytest.fixture
def folder(tmp_path):
    """A scenario whose load is still to be made, and a trace of two weeks."""
    load = {"it_load": "it_load", "fleets": [FLEET]}
    site = SITE["site"] | {"load": load, "supplies": [], "grid": {"connection_capacity": 50}}
    made = SITE | {"site": site, "series": [{"path": "it_load.nc"}]}
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(made))
    hours = np.datetime64("2025-01-06T00") + np.arange(336)
    watts = np.tile(100 + 500 * week(), 2)
    rows = "\n".join(f"{hour}:00,{watt:.3f}" for hour, watt in zip(hours, watts, strict=True))
    text(tmp_path, f"time,watts\n{rows}")
    return tmp_path


def made(folder, *options: object, code: int = 0):
    arguments = ("load-from-trace", folder / "trace.csv", folder / "scenario.yaml", "--output", folder / "it_load.nc")
    outcome = call(*arguments, *options)
    assert outcome.code == code, outcome.err
    return outcome


class TestLoadFromTrace:
    def test_the_scenario_runs_on_what_was_measured(self, folder):
        outcome = made(folder, "--column", "watts", "--unit", "W", "--idle", 100, "--busy", 600)
        series = Scenario.load(folder / "scenario.yaml").read()["it_load"]
        # Saturday, 2025-03-01: 00:00 UTC is 00:00 in Morocco, which is at UTC+0 in Ramadan. 12 MW of racks.
        assert series.values == pytest.approx(12 * (0.25 + 0.75 * week()[5 * 24 :]), rel=1e-4)
        assert outcome.out.startswith("The profile misses the trace by 0% of its sum")
        assert "Mean absolute percentage error" in outcome.out
        assert outcome.out.endswith("series:\n  - path: it_load.nc\n")

    def test_the_fit_is_shown_on_a_page(self, folder):
        made(folder, "--column", "watts", "--unit", "W", "--figure", folder / "fit.html", "--quiet")
        page = (folder / "fit.html").read_text()
        assert "Measured load and the profile taken from it" in page

    def test_bad_rows_are_refused_or_left_out(self, folder):
        rows = (folder / "trace.csv").read_text().splitlines()
        rows[20] = rows[20].split(",")[0] + ",NaN"
        text(folder, "\n".join(rows))
        refused = made(folder, "--column", "watts", "--unit", "W", code=2)
        assert "no number (1 of 336 rows, 'NaN'): 2025-01-06 19:00" in refused.err
        assert not (folder / "it_load.nc").exists()
        assert "left out: no number (1 of 336 rows" in made(folder, "--column", "watts", "--unit", "W", "--drop").out

    def test_a_scenario_without_a_fleet_has_nothing_to_scale_to(self, folder):
        scenario = folder / "scenario.yaml"
        plain = yaml.safe_load(scenario.read_text())
        del plain["site"]["load"]["fleets"]
        scenario.write_text(yaml.safe_dump(plain))
        told = made(folder, "--column", "watts", "--unit", "W", code=2).err
        assert f"{scenario}: site.load.fleets: the scenario has no fleet to scale to; list the racks" in told


class TestFigure:
    def test_it_tells_what_it_finds_and_holds_the_numbers(self):
        second = week(2)
        second[30] = np.nan
        figure = trace_fit(fit(trace([*week(1), *second], kind="power")))
        assert figure.explanation.startswith("The profile misses the trace by ")
        assert list(figure.table.columns[:6]) == [
            "weekday", "hour", "intervals", "Measured [W]", "Low [W]", "High [W]",
        ]  # fmt: skip
        assert len(figure.table) == 168
        assert figure.page_table.loc["Share of the variance explained", "Value"].endswith(" %")
        assert figure.plot.layout.yaxis.title.text == "Power of a GPU [W]"

    def test_a_trace_with_hours_that_nobody_measured_is_drawn_too(self):
        figure = trace_fit(fit(trace([0.2, 0.4, 0.3])))
        assert figure.page_table.loc["Absolute error, of weeks or days not seen", "Value"] == "-"
        assert all(np.isfinite(line["y"]).all() for line in figure.spec["data"])


def test_the_machines_are_listed_with_sources_and_marks():
    listed = call("machines").out
    assert "gb200-nvl72: NVIDIA GB200 NVL72, 600 GPUs/MW" in listed
    assert "rated power        14.3 kW  primary" in listed
    assert listed.count("example, unverified") == 13
    assert max(map(len, listed.splitlines())) <= 100
