"""A horizon without a time zone is taken as UTC, and results say so where the site's clock shows another time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.provenance import scenario_notes
from optimizer.scenario import Scenario

NOTE = (
    "assumed: the horizon is in UTC, as its start or end names no time zone; on the site's clock (Africa/Casablanca) "
    "it is 2025-01-01 01:00 to 2025-01-02 01:00"
)


def hall(start: str, end: str, zone: str = "Africa/Casablanca") -> dict[str, Any]:
    site = {
        "name": "hall", "latitude": 33, "longitude": -7, "time_zone": zone,
        "load": {"it_load": 9}, "grid": {"connection_capacity": 50},
    }  # fmt: skip
    return {"name": "s", "horizon": {"start": start, "end": end}, "site": site}


@pytest.mark.parametrize(
    ("start", "end", "zone", "told"),
    [
        ("2025-01-01", "2025-01-02", "Africa/Casablanca", [NOTE]),
        ("2025-01-01T00:00Z", "2025-01-02", "Africa/Casablanca", [NOTE]),
        ("2025-01-01T00:00Z", "2025-01-02T00:00Z", "Africa/Casablanca", []),
        ("2025-01-01T00:00+01:00", "2025-01-02T00:00+01:00", "Africa/Casablanca", []),
        ("2025-01-01", "2025-01-02", "UTC", []),
        ("2025-01-01", "2025-01-02", "Europe/London", []),  # the same as UTC in winter
    ],
)
def test_a_zone_that_was_assumed_is_told(start: str, end: str, zone: str, told: list[str]):
    assert scenario_notes(Scenario.from_dict(hall(start, end, zone))) == told


def test_it_is_still_told_after_a_change_that_leaves_the_horizon_alone():
    scenario = Scenario.from_dict(hall("2025-01-01", "2025-01-02")).change({"site.grid.energy_price": 70})
    assert scenario_notes(scenario) == [NOTE]
    said = scenario.change({"horizon.start": "2025-01-01T00:00Z", "horizon.end": "2025-01-02T00:00Z"})
    assert scenario_notes(said) == []
    assert said == scenario
    assert said.horizon == scenario.horizon


def test_it_is_told_of_a_file(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(Scenario.from_dict(hall("2025-01-01", "2025-01-02")).to_yaml(), "utf-8")
    (tmp_path / "january.yaml").write_text("base: base.yaml\nhorizon: {start: 2025-01-01, end: 2025-01-02}\n", "utf-8")
    assert scenario_notes(Scenario.load(tmp_path / "base.yaml")) == []  # all is spelt out
    assert scenario_notes(Scenario.load(tmp_path / "january.yaml")) == [NOTE]
