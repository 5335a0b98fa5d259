"""The horizon: intervals of one or several lengths, in UTC, and refusal of what is not one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.series.horizon import Horizon
from optimizer.series.moments import duration_text

YEAR = {"start": "2025-01-01", "end": "2026-01-01"}


def test_a_year_of_hours() -> None:
    horizon = Horizon(**YEAR)
    assert len(horizon.starts) == 8760
    assert str(horizon.starts[0]) == "2025-01-01 00:00:00"
    assert str(horizon.boundaries[-1]) == "2026-01-01 00:00:00"
    assert horizon.starts.tz is None
    assert horizon.starts.dtype == horizon.boundaries.dtype == "datetime64[ns]"
    assert (horizon.dt == 1.0).all()
    assert horizon.hours == 8760.0


@pytest.mark.parametrize(("step", "count", "dt"), [("5 min", 288, 1 / 12), ("15min", 96, 0.25), ("3 h", 8, 3.0)])
def test_other_steps(step: str, count: int, dt: float) -> None:
    horizon = Horizon(start="2025-01-01", end="2025-01-02", step=step)
    assert len(horizon.dt) == count
    assert horizon.dt == pytest.approx(dt)


def test_steps_that_vary() -> None:
    steps = [{"until": "2025-01-01T06:00Z", "step": "15 min"}, {"until": "2025-01-02", "step": "3 h"}]
    horizon = Horizon(start="2025-01-01", end="2025-01-02", step=steps)
    assert horizon.dt.tolist() == [0.25] * 24 + [3.0] * 6
    assert (np.diff(horizon.boundaries) == horizon.dt * np.timedelta64(3600, "s")).all()
    assert horizon.hours == 24.0


def test_a_zone_is_taken_to_utc() -> None:
    horizon = Horizon(start="2025-01-01T00:00+01:00", end="2025-01-02T00:00+01:00")
    assert str(horizon.starts[0]) == "2024-12-31 23:00:00"
    assert horizon.start == datetime(2024, 12, 31, 23, tzinfo=UTC)


def test_it_survives_being_written() -> None:
    steps = [{"until": "2025-01-01T12:00Z", "step": "30 min"}, {"until": "2025-01-02", "step": "90 min"}]
    horizon = Horizon(start="2025-01-01", end="2025-01-02", step=steps)
    document = horizon.model_dump(mode="json")
    assert [stretch["step"] for stretch in document["step"]] == ["30 min", "90 min"]
    assert Horizon(**document) == horizon


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start": 2025}, "Horizon.start: 2025 is not a date or time"),
        ({"start": "20250101"}, "'20250101' is not a date or time"),
        ({"start": "0001-01-01"}, "the year 1 is not between 1900 and 2200"),
        ({"end": "2024-01-01"}, "the end 2024-01-01 00:00 UTC is not after the start 2025-01-01 00:00 UTC; swap start"),
        ({"step": 60}, "60 is not a duration; write a number and its unit, such as '60 min' or '1 h'"),
        ({"step": "1 hr"}, "'1 hr' is not a duration"),
        ({"step": "0 min"}, "'0 min' is not above 0"),
        ({"step": "4 h"}, "a step of 4 h is not between 5 min and 3 h"),
        ({"step": "1 min"}, "a step of 1 min is not between 5 min and 3 h"),
        ({"step": "7 min"}, "is not a whole number of steps of 7 min"),
        ({"step": []}, "the steps do not reach the end 2026-01-01 00:00 UTC"),
        ({"step": [{"until": "2025-06-01", "step": "1 h"}]}, "the steps do not reach the end"),
        (
            {"step": [{"until": "2024-06-01", "step": "1 h"}, {"until": "2026-01-01", "step": "1 h"}]},
            "the steps are not in order: 2024-06-01 00:00 UTC is not after 2025-01-01 00:00 UTC",
        ),
    ],
)
def test_refusals(change: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as error:
        Horizon(**{**YEAR, **change})
    assert told in str(error.value)


def test_durations_are_written_as_they_are_read() -> None:
    for text in ("5 min", "60 min", "90 min", "2 h", "24 h"):
        number, unit = text.split()
        assert duration_text(timedelta(minutes=float(number) * (60 if unit == "h" else 1))) == text
    assert duration_text(timedelta(seconds=90)) == "90 s"
