"""Local time: where intervals are cut, which periods there are, and which hours count in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.tariff.clock import cut, midnight
from optimizer.tariff.metering import Metering
from optimizer.tariff.periods import Periods
from optimizer.tariff.tariff import Tariff
from tests.tariff.halls import bands

MIDNIGHT = np.array([0])


def ends(start: str, end: str, step: str = "60min") -> np.ndarray:
    return pd.date_range(start, end, freq=step).to_numpy().astype("datetime64[ns]")


def labels(pieces) -> list[str]:
    return [str(label)[11:16] for label in pieces.label]


# -- cuts --------------------------------------------------------------------------------------------------------------


def test_hours_are_cut_where_the_local_clock_says_so():
    """In Kolkata, UTC+5:30, the local hours begin in the middle of hours in UTC."""
    pieces = cut(ends("2025-01-01T17:00", "2025-01-01T20:00"), "Asia/Kolkata", np.array([0, 23 * 60]))
    assert labels(pieces) == ["22:30", "23:00", "23:30", "00:00", "00:30"]
    assert pieces.interval.tolist() == [0, 0, 1, 1, 2]
    assert pieces.hours.tolist() == [0.5, 0.5, 0.5, 0.5, 1]


def test_pieces_fill_the_horizon_whatever_its_steps():
    boundaries = np.array(["2025-03-29T20", "2025-03-29T23", "2025-03-30T02", "2025-03-30T02:05"], "datetime64[ns]")
    pieces = cut(boundaries, "Europe/Madrid", np.array([0, 150, 615]))
    assert np.bincount(pieces.interval, weights=pieces.hours).tolist() == pytest.approx([3, 3, 1 / 12])


@pytest.mark.parametrize(
    ("zone", "moment", "shown"),
    [
        ("Europe/Madrid", "2025-03-30T01:00", ["00:00", "03:00"]),
        ("Europe/Madrid", "2025-10-26T01:00", ["01:00", "02:00"]),  # 02:00 comes twice: this is the second
        ("Africa/Casablanca", "2025-02-23T02:00", ["01:00", "02:00"]),  # at 03:00 back to 02:00: Ramadan begins
        ("Africa/Casablanca", "2025-04-06T02:00", ["00:00", "03:00"]),  # at 02:00 on to 03:00: it has ended
        ("Australia/Lord_Howe", "2025-04-05T15:00", ["00:00", "01:30"]),  # at 02:00 back by half an hour
    ],
)
def test_the_clock_is_cut_where_it_is_set(zone, moment, shown):
    """Three hours around the moment: one cut at it, though no time of the day is asked for at all."""
    at = np.datetime64(moment, "ns")
    boundaries = np.array([at - np.timedelta64(2, "h"), at + np.timedelta64(1, "h")])
    pieces = cut(boundaries, zone, np.array([], dtype=int))
    assert pieces.hours.tolist() == [2, 1]
    assert labels(pieces) == shown


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Europe/Madrid", "America/Sao_Paulo", "Asia/Beirut"])
@pytest.mark.parametrize("year", [2018, 2025])
def test_local_days_have_the_hours_that_pandas_finds(zone, year):
    """Beirut and, in 2018, Sao Paulo set the clock at midnight, so that a day begins at 01:00."""
    boundaries = ends(f"{year}-01-01", f"{year + 1}-01-01")
    pieces = cut(boundaries, zone, MIDNIGHT)
    days, place = np.unique(pieces.date, return_inverse=True)
    mine = np.bincount(place, weights=pieces.hours)
    quarters = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="15min", inclusive="left", tz="UTC")
    theirs = pd.Series(0.25, index=quarters.tz_convert(zone).date).groupby(level=0).sum()
    assert [str(day) for day in days] == [str(day) for day in theirs.index]
    assert mine.tolist() == theirs.tolist()
    assert {23.0, 25.0} <= set(mine[1:-1]) or year == 2025


@pytest.mark.parametrize(
    ("date", "zone", "instant"),
    [
        ("2025-03-30", "Europe/Madrid", "2025-03-29T23:00"),
        ("2025-03-31", "Europe/Madrid", "2025-03-30T22:00"),
        ("2025-03-30", "Asia/Beirut", "2025-03-29T22:00"),  # no midnight: the day begins at 01:00, UTC+3
        ("2025-01-01", "Asia/Kolkata", "2024-12-31T18:30"),
        ("1969-12-31", "UTC", "1969-12-31T00:00"),
    ],
)
def test_a_local_date_begins_at_its_first_instant(date, zone, instant):
    assert midnight(np.datetime64(date), zone) == np.datetime64(instant, "ns")


# -- periods -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "date", "label", "first", "end"),
    [
        ("day", "2024-02-29", "2024-02-29", "2024-02-29", "2024-03-01"),
        ("month", "2024-02-29", "2024-02", "2024-02-01", "2024-03-01"),
        ("year", "2024-02-29", "2024", "2024-01-01", "2025-01-01"),
        ("billing", "2024-02-29", "2024-02", "2024-02-01", "2024-03-01"),  # without dates: months
        ("month", "1969-12-31", "1969-12", "1969-12-01", "1970-01-01"),
    ],
)
def test_periods_of_the_calendar(kind, date, label, first, end):
    periods = Periods.of(kind)
    number = int(periods.numbers(np.array([date], "datetime64[D]"))[0])
    assert periods.label(number) == label
    assert periods.number(label) == number
    assert [str(periods.first_day(number)), str(periods.first_day(number + 1))] == [first, end]


def test_periods_between_dates():
    periods = Periods.of("billing", ["2025-01-12", "2025-02-10", "2025-03-13"])
    dates = np.array(
        ["2025-01-11", "2025-01-12", "2025-02-09", "2025-02-10", "2025-03-12", "2025-03-13"], "datetime64[D]"
    )
    assert periods.numbers(dates).tolist() == [-1, 0, 0, 1, 1, 2]
    assert [periods.label(0), periods.label(1), str(periods.first_day(2))] == ["2025-01-12", "2025-02-10", "2025-03-13"]
    assert [periods.number("2025-02-10"), periods.number("2025-03-13"), periods.number("2025-01")] == [1, None, None]


@pytest.mark.parametrize(("kind", "label"), [("month", "2025"), ("month", "2025-1"), ("year", "2025-01"), ("day", "x")])
def test_a_label_of_another_kind_is_no_period(kind, label):
    assert Periods.of(kind).number(label) is None


# -- metering ----------------------------------------------------------------------------------------------------------


def test_types_of_day_follow_the_local_date():
    """In Casablanca the holiday of 1 May begins at 23:00 UTC the day before; 2 May 2025 is a Friday."""
    tariff = Tariff(
        name="t",
        holidays=["05-01"],
        energy_bands=[
            {"name": "holiday", "price": 1, "windows": [{"days": "holidays"}]},
            {"name": "other", "price": 2, "windows": [{"days": ["weekdays", "weekends"]}]},
        ],
    )
    metering = Metering(tariff, ends("2025-04-30T22:00", "2025-05-02T00:00"), "Africa/Casablanca")
    assert metering.band_share[0].tolist() == [0] + [1] * 24 + [0]


def test_seasons_pass_the_new_year_and_know_the_29th_of_february():
    seasons = [{"name": "winter", "start": "11-16", "end": "02-29"}, {"name": "rest", "start": "03-01", "end": "11-15"}]
    energy_bands = [{"name": name, "price": 1, "windows": [{"seasons": name}]} for name in ("winter", "rest")]
    tariff = Tariff(name="t", seasons=seasons, energy_bands=energy_bands)
    for year, days in ((2024, 60 + 46), (2025, 59 + 46)):  # to the end of February, and from 16 November
        metering = Metering(tariff, ends(f"{year}-01-01", f"{year + 1}-01-01"), "UTC")
        assert metering.band_share[0].sum() / 24 == days


def test_shares_of_a_month_in_part():
    """The last 10 hours of January in Casablanca: 10 of 744; of its evening hours, 5 of 155; 2 of February's 673.

    February has an hour more because the clock goes back for Ramadan on the 23rd.
    """
    tariff = Tariff(name="t", energy_bands=bands(evening=(1, "17-22"), rest=(2, "22-17")))
    metering = Metering(tariff, ends("2025-01-31T13:00", "2025-02-01T01:00"), "Africa/Casablanca")
    january, february = metering.metered("all", "month")
    assert (january.label, january.share) == ("all, 2025-01", pytest.approx(10 / 744))
    assert (february.label, february.share) == ("all, 2025-02", pytest.approx(2 / 673))
    [evening] = metering.metered("evening", "month", tariff.energy_bands[0].windows)
    assert evening.share == pytest.approx(5 / 155)
    assert evening.hours.tolist() == [3, 4, 5, 6, 7]
    assert evening.weight(np.full(12, 31.0)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Madrid", 743), ("Africa/Casablanca", 744), ("UTC", 744), ("Asia/Kolkata", 744)]
)
def test_a_month_has_as_many_hours_as_its_clock(zone, hours):
    """March 2025 is an hour shorter in Madrid: one hour of it is a 743rd."""
    metering = Metering(Tariff(name="t"), ends("2025-03-15T12:00", "2025-03-15T13:00"), zone)
    assert metering.metered("all", "month")[0].share == pytest.approx(1 / hours)


def test_whole_periods_without_an_hour_of_the_window_are_billed_all_the_same():
    """What was metered before the horizon is still due, as in the night after the last evening of a month."""
    tariff = Tariff(name="t", partial_periods="whole", energy_bands=bands(evening=(1, "17-22"), rest=(2, "22-17")))
    metering = Metering(tariff, ends("2025-01-31T22:00", "2025-02-01T00:00"), "UTC")
    [january] = metering.metered("evening", "month", tariff.energy_bands[0].windows)
    assert (january.hours.tolist(), january.share) == ([], 1)
    assert january.weight(np.array([2.0, 4.0])) == pytest.approx(3)
