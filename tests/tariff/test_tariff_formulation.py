"""Tariffs in the plan, solved by hand: what is bought when, which peaks are billed, and what that costs."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.errors import InfeasibleError
from tests.tariff.halls import bands, battery, hall, peak

DAY_NIGHT = bands(day=(90, "08-24"), night=(50, "00-08"))
PEAK = bands(peak=(140, "17-22"), rest=(90, "22-17"))


def cost(model) -> float:
    return model.solve().value("cost_per_year")


def billed(result, name: str = "billed_peak") -> list[float]:
    return result.series[name].values.tolist()


# -- energy by band ---------------------------------------------------------------------------------------------------


def test_energy_has_the_price_of_its_band_on_the_sites_clock():
    """16, 17 and 18 o'clock in Casablanca, which is 15 to 18 UTC: 10 MW x (90 + 140 + 140)."""
    model = hall(10, {"energy_bands": PEAK}, start="2025-01-01T15:00Z", zone="Africa/Casablanca")
    result = model.solve()
    assert result.costs()["Grid time-of-use energy"] == pytest.approx(3700)
    assert result.series["marginal_price"].values == pytest.approx([90, 140, 140])


def test_bands_come_on_top_of_the_energy_price():
    """A market price of 30 and the bands of a network: 10 x (30 + 140)."""
    model = hall(10, {"energy_bands": PEAK}, start="2025-01-01T18:00Z", hours=1, grid={"energy_price": 30})
    result = model.solve()
    assert result.costs()["Grid energy"] == pytest.approx(300)
    assert result.costs()["Grid time-of-use energy"] == pytest.approx(1400)


def test_an_interval_across_the_end_of_a_band_pays_each_for_its_part():
    """16:30 to 17:30: half at 90, half at 140; and three hours from 16:00: one at 90, two at 140."""
    assert cost(hall(10, {"energy_bands": PEAK}, start="2025-01-01T16:30Z", hours=1)) == pytest.approx(1150)
    assert cost(hall(10, {"energy_bands": PEAK}, start="2025-01-01T16:00Z", hours=1, step=3)) == pytest.approx(3700)


@pytest.mark.parametrize(
    ("start", "end", "night"),
    [
        ("2025-03-30T00:00+01:00", "2025-03-31T00:00+02:00", 7),  # the clock leaves 02:00 to 03:00 out
        ("2025-10-26T00:00+02:00", "2025-10-27T00:00+01:00", 9),  # the clock shows 02:00 to 03:00 twice
        ("2025-06-01T00:00+02:00", "2025-06-02T00:00+02:00", 8),
    ],
)
def test_days_of_23_and_25_hours(start, end, night):
    """One MW in Madrid: 16 hours of day at 90, and 7, 9 or 8 of night at 50."""
    model = hall(1, {"energy_bands": DAY_NIGHT}, start=start, end=end, zone="Europe/Madrid")
    assert len(model.data["hour"]) == 16 + night
    assert cost(model) == pytest.approx(16 * 90 + night * 50)


def test_the_clock_in_ramadan():
    """Casablanca is at UTC+1, but at UTC+0 from 23 February to 6 April 2025: the peak moves by an hour in UTC."""
    model = hall(
        1, {"energy_bands": PEAK}, start="2025-02-22T00:00Z", end="2025-02-24T00:00Z", zone="Africa/Casablanca"
    )
    price = (model.data["band_share"] * model.data["band_price"]).sum("energy_band").values
    assert np.flatnonzero(price == 140).tolist() == [*range(16, 21), *range(24 + 17, 24 + 22)]
    model = hall(
        1, {"energy_bands": PEAK}, start="2025-04-05T00:00Z", end="2025-04-07T00:00Z", zone="Africa/Casablanca"
    )
    price = (model.data["band_share"] * model.data["band_price"]).sum("energy_band").values
    assert np.flatnonzero(price == 140).tolist() == [*range(17, 22), *range(24 + 16, 24 + 21)]


def test_the_price_of_a_band_may_be_a_series():
    """Off-peak by the market, at 20, 30 and 40; the hour from 17 at 140: 10 x (20 + 30 + 140)."""
    tariff = {
        "energy_bands": [
            *bands(peak=(140, "17-22")),
            {"name": "rest", "price": "spot", "windows": [{"hours": "22-17"}]},
        ]
    }
    model = hall(10, tariff, start="2025-01-01T15:00Z", series={"spot": [20, 30, 40]})
    assert cost(model) == pytest.approx(1900)


def test_a_tariff_in_another_currency_is_converted_and_series_are_not():
    """Numbers at 0.1 USD for one MAD: 10 x (900 x 0.1 + 20) + 5000 x 0.1 x 10 MW."""
    tariff = {
        "currency": "MAD",
        "exchange_rate": 0.1,
        "energy_bands": [
            {"name": "day", "price": 900, "windows": [{"hours": "00-01"}]},
            {"name": "rest", "price": "spot", "windows": [{"hours": "01-24"}]},
        ],
        "demand_charges": [peak(5000)],
    }
    model = hall(10, tariff, hours=2, series={"spot": [20, 20]})
    assert cost(model) == pytest.approx(10 * (90 + 20) + 5000)


def test_seasons_and_types_of_day():
    """Noon of a working Monday, of a Monday that is a holiday, of a Saturday, and of a Monday in summer."""
    tariff = {
        "seasons": [
            {"name": "winter", "start": "10-01", "end": "03-31"},
            {"name": "summer", "start": "04-01", "end": "09-30"},
        ],
        "holidays": ["2025-01-13", "05-01"],
        "energy_bands": [
            {"name": "work", "price": 4, "windows": [{"seasons": "winter", "days": "weekdays"}]},
            {"name": "weekend", "price": 3, "windows": [{"seasons": "winter", "days": "weekends"}]},
            {"name": "holiday", "price": 2, "windows": [{"seasons": "winter", "days": "holidays"}]},
            {"name": "summer", "price": 1, "windows": [{"seasons": "summer"}]},
        ],
    }
    for day, price in (("2025-01-06", 4), ("2025-01-11", 3), ("2025-01-13", 2), ("2025-05-05", 1), ("2026-01-13", 4)):
        assert cost(hall(10, tariff, start=f"{day}T12:00Z", hours=1)) == pytest.approx(10 * price), day


# -- peaks ------------------------------------------------------------------------------------------------------------


def test_a_battery_shaves_the_peak():
    """Load 10, 30: 5 MW of battery filled in the first hour give 15, 25. Energy 40 x 1, peak 25 x 100."""
    result = hall(
        [10, 30], {"energy_bands": bands(all=(1, "00-24")), "demand_charges": [peak(100)]}, batteries=[battery(5, 5)]
    ).solve()
    assert result.value("cost_per_year") == pytest.approx(40 + 2500)
    assert result.series["grid_import"].values == pytest.approx([15, 25])
    assert billed(result) == pytest.approx([25])


def test_several_charges_at_once_each_see_their_own_hours():
    """Load 30, 10, 20 at 15, 16 and 17 o'clock: 30 x 2 all day, 20 x 3 in the band from 17, 30 x 1 of the year."""
    charges = [peak(2, "all day"), peak(3, "peak hours", bands="peak"), peak(1, "yearly", period="year")]
    result = hall([30, 10, 20], {"energy_bands": PEAK, "demand_charges": charges}, start="2025-01-01T15:00Z").solve()
    assert billed(result) == pytest.approx([30, 20, 30])
    assert result.costs()["Grid demand charges"] == pytest.approx(60 + 60 + 30)


def test_periods_begin_at_local_midnight():
    """Load 10, 20, 30 from 22:00 UTC on 31 January. In Casablanca (UTC+1) February begins with the second hour."""
    charges = {"demand_charges": [peak(1), peak(1, "daily", period="day")]}
    result = hall([10, 20, 30], charges, start="2025-01-31T22:00Z", zone="Africa/Casablanca").solve()
    assert result.series["billed_peak"]["demand_period"].values.tolist() == [
        "peak, 2025-01", "peak, 2025-02", "daily, 2025-01-31", "daily, 2025-02-01",
    ]  # fmt: skip
    assert billed(result) == pytest.approx([10, 30, 10, 30])


def test_billing_periods_between_dates():
    """Periods from 2 to 4 January and from 4 to 6 January: days of 10, 30, 20 and 5 MW give 30 and 20."""
    tariff = {
        "billing_dates": ["2025-01-02", "2025-01-04", "2025-01-06"],
        "demand_charges": [peak(1, period="billing")],
    }
    result = hall([10, 30, 20, 5], tariff, start="2025-01-02T00:00Z", step=3, whole=True).solve()
    assert billed(result) == pytest.approx([30])  # half a day
    load = np.repeat([10.0, 30, 20, 5], 24)
    result = hall(load, tariff, start="2025-01-02T00:00Z").solve()
    assert billed(result) == pytest.approx([30, 20])
    assert result.costs()["Grid demand charges"] == pytest.approx(50)


def test_an_interval_across_the_end_of_a_period_counts_in_both():
    """Three hours from 22:00 on 31 January with 20 MW lie in both months."""
    result = hall([10, 20], {"demand_charges": [peak(1)]}, start="2025-01-31T19:00Z", step=3).solve()
    assert billed(result) == pytest.approx([20, 20])


def test_peak_so_far_is_a_floor_and_no_more():
    """A peak of 25 was metered before: a load of 20 changes nothing, and one of 30 pays 30."""
    for load, expected in ((20, 25), (30, 30)):
        result = hall(load, {"demand_charges": [peak(2, peak_so_far=25)]}, hours=1).solve()
        assert result.costs()["Grid demand charges"] == pytest.approx(2 * expected)
    per_period = peak(1, peak_so_far={"2025-01": 25, "2025-02": 15})
    result = hall([20, 20], {"demand_charges": [per_period]}, start="2025-01-31T23:00Z").solve()
    assert billed(result) == pytest.approx([25, 20])


def test_a_charge_at_no_price_holds_no_peak_down():
    model = hall(10, {"demand_charges": [peak(0), peak(1, "other")]})
    assert model.data["demand_period"].values.tolist() == ["other, 2025-01"]


# -- part of a period, part of a year ---------------------------------------------------------------------------------


def test_a_period_covered_in_part_is_billed_in_proportion():
    """Ten days of January: 10/31 of the price for each MW; as a part of a year, 36.5 such intervals: 365/31 months."""
    charges = {"demand_charges": [peak(310)], "fixed_charges": [{"name": "meter", "price": 31}]}
    result = hall(10, charges, hours=240, whole=False).solve()
    assert result.costs()["Grid demand charges"] == pytest.approx(10 * 310 * 10 / 31)
    assert result.costs()["Grid fixed charges"] == pytest.approx(10)
    result = hall(10, charges, hours=240, whole=False, weight=None).solve()
    assert result.costs()["Grid demand charges"] == pytest.approx(10 * 310 * 365 / 31)
    assert result.costs()["Grid fixed charges"] == pytest.approx(365)


def test_a_window_is_prorated_by_its_own_hours():
    """Of the peak hours of January, five each day, one day has 1/31 whatever else it covers."""
    result = hall(10, {"energy_bands": PEAK, "demand_charges": [peak(31, bands="peak")]}, hours=24, whole=False).solve()
    assert result.costs()["Grid demand charges"] == pytest.approx(10)
    # From 17 to 18 o'clock: one of 155 hours.
    model = hall(
        10,
        {"energy_bands": PEAK, "demand_charges": [peak(155, bands="peak")]},
        start="2025-01-01T17:00Z",
        hours=1,
        whole=False,
    )
    assert model.solve().costs()["Grid demand charges"] == pytest.approx(10)


@pytest.mark.parametrize("zone", ["UTC", "Africa/Casablanca", "Europe/Madrid", "Asia/Kolkata", "America/Los_Angeles"])
def test_a_year_has_twelve_months_in_every_zone(zone):
    """A year in UTC cuts local months at its ends; the parts still make twelve, of 100 + 10 MW x 5, and a year's 7."""
    tariff = {
        "demand_charges": [
            peak(5),
            peak(0.7, "yearly", period="year"),
            peak(5, "in the evening", windows=[{"hours": "17-22"}]),
        ],
        "fixed_charges": [{"name": "meter", "price": 100}],
    }
    model = hall(10, tariff, end="2026-01-01T00:00Z", step=3, zone=zone, whole=False, weight=None)
    costs = model.solve().costs()
    assert costs["Grid fixed charges"] == pytest.approx(1200)
    assert costs["Grid demand charges"] == pytest.approx(12 * 50 + 7 + 12 * 50)


def test_whole_periods_are_billed_whole_and_as_often_as_their_intervals():
    """An hour of January at weight 3: three whole months."""
    result = hall(10, {"demand_charges": [peak(2)]}, hours=1, weight=3.0).solve()
    assert result.costs()["Grid demand charges"] == pytest.approx(60)


# -- ratchet ----------------------------------------------------------------------------------------------------------


def quarter(january: float, february: float, march: float) -> list[float]:
    """Three months in steps of 3 h: 10 MW, but for one interval on the 15th of each."""
    load = np.full(90 * 8, 10.0)
    load[[15 * 8, 46 * 8, 74 * 8]] = january, february, march
    return load.tolist()


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (11, [50, 40, 40]),  # 0.8 x 50 in February and in March
        (1, [50, 40, 20]),  # in March 0.8 x the 20 metered in February, not of the 40 billed: its own 20 is more
    ],
)
def test_a_ratchet_bills_a_share_of_earlier_peaks(months, expected):
    charge = peak(1, ratchet={"share": 0.8, "months": months})
    result = hall(quarter(50, 20, 20), {"demand_charges": [charge]}, step=3).solve()
    assert billed(result) == pytest.approx(expected)
    assert result.costs()["Grid demand charges"] == pytest.approx(sum(expected))


def test_a_ratchet_reads_peaks_from_before_the_horizon():
    """60 MW in December: 48 are billed in January and, two months later, in February; then 0.8 x 45 of January."""
    charge = peak(1, ratchet={"share": 0.8, "months": 2}, peak_so_far={"2024-12": 60})
    result = hall(quarter(45, 20, 20), {"demand_charges": [charge]}, step=3).solve()
    assert billed(result) == pytest.approx([48, 48, 36])


def test_a_battery_earns_what_the_ratchet_would_cost_later():
    """Each MW off January's peak saves 1 in January and 0.8 in February and March: 2.6."""
    charge = peak(1, ratchet={"share": 0.8})
    result = hall(quarter(50, 10, 10), {"demand_charges": [charge]}, step=3).solve()
    at = np.flatnonzero(result.series["facility_load"].values == 50)
    prices = result.series["marginal_price"].values[at]
    assert prices * 3 == pytest.approx([2.6])  # of one more MW for three hours


# -- coincident peaks --------------------------------------------------------------------------------------------------


def test_a_coincident_peak_bills_the_import_at_that_moment():
    """Load 10, 20, 30; the system's peak is at 01:30: 20 x 5, whatever the site's own peak is."""
    charge = peak(5, coincident_times=["2025-01-01T01:30Z"])
    result = hall([10, 20, 30], {"demand_charges": [charge]}).solve()
    assert result.costs()["Grid coincident peaks"] == pytest.approx(100)


def test_several_coincident_peaks_of_a_period_are_averaged():
    """At 00:10 and at 02:59: (10 + 30) / 2 x 5; one in another year is passed over."""
    times = ["2025-01-01T00:10Z", "2025-01-01T02:59Z", "2024-07-01T12:00Z"]
    result = hall([10, 20, 30], {"demand_charges": [peak(5, coincident_times=times)]}).solve()
    assert result.costs()["Grid coincident peaks"] == pytest.approx(100)


def test_a_series_may_say_how_likely_each_hour_is_the_coincident_peak():
    """0, 1 and 3 parts: (20 + 3 x 30) / 4 x 4."""
    model = hall(
        [10, 20, 30], {"demand_charges": [peak(4, coincident="coincidence")]}, series={"coincidence": [0, 1, 3]}
    )
    assert model.solve().costs()["Grid coincident peaks"] == pytest.approx(110)


def test_a_battery_discharges_at_the_coincident_peak():
    """8 MWh stored before: 12 MW are left at the second hour, at 5 each; energy at 1: 30 x 1 + 60."""
    tariff = {
        "energy_bands": bands(all=(1, "00-24")),
        "demand_charges": [peak(5, coincident_times=["2025-01-01T01:00Z"])],
    }
    result = hall([10, 20], tariff, batteries=[battery(8, 8)]).solve()
    assert result.series["grid_import"].values == pytest.approx([18, 12])
    assert result.value("cost_per_year") == pytest.approx(30 + 60)


# -- subscribed power and overrun --------------------------------------------------------------------------------------


def test_without_an_overrun_charge_the_subscribed_power_is_a_limit():
    with pytest.raises(InfeasibleError):
        hall([20, 25], {"demand_charges": [peak(1)]}, grid={"subscribed_power": 20}).solve()


def test_overrun_is_paid_by_the_greatest_of_each_period():
    """20 MW subscribed at 3, load 20, 25, 22: the overrun is 5, at 7."""
    tariff = {"overrun_charges": [{"name": "overrun", "price": 7}]}
    result = hall([20, 25, 22], tariff, grid={"subscribed_power": {"size": 20, "annual_cost": 3}}).solve()
    assert result.series["overrun"].values == pytest.approx([5])
    assert result.costs()["Grid overrun"] == pytest.approx(35)
    assert result.costs()["Subscribed power"] == pytest.approx(60)


def test_overrun_is_allowed_in_the_hours_of_its_charge_alone():
    """Overrun in the peak hours alone: 25 MW at 17 o'clock pass, 25 at 15 o'clock do not."""
    tariff = {"energy_bands": PEAK, "overrun_charges": [{"name": "overrun", "price": 7, "bands": ["peak"]}]}
    start, grid = "2025-01-01T15:00Z", {"subscribed_power": 20}
    result = hall([20, 20, 25], tariff, start=start, grid=grid).solve()
    assert result.costs()["Grid overrun"] == pytest.approx(35)
    with pytest.raises(InfeasibleError):
        hall([25, 20, 20], tariff, start=start, grid=grid).solve()


def test_an_overrun_so_far_is_a_floor():
    """27 MW were metered before: 7 above the subscribed 20, though 25 are the most now."""
    tariff = {"overrun_charges": [{"name": "overrun", "price": 7, "peak_so_far": 27}]}
    result = hall([20, 25], tariff, grid={"subscribed_power": 20}).solve()
    assert result.costs()["Grid overrun"] == pytest.approx(49)


@pytest.mark.parametrize(("price", "size"), [(30, 25), (10, 20)])
def test_the_subscribed_power_is_sized_against_the_overrun(price, size):
    """25 MW once: a MW more costs 12 a year; overrun at 30 makes it worth it, at 10 does not: the least of 20 stays."""
    tariff = {"overrun_charges": [{"name": "overrun", "price": price}]}
    free = {"min": 20, "max": 40, "annual_cost": 12}
    result = hall([20, 25], tariff, grid={"subscribed_power": free}).solve()
    assert float(result.series["subscribed_power"]) == pytest.approx(size)
    assert result.value("cost_per_year") == pytest.approx(12 * size + price * (25 - size))


# -- blocks ------------------------------------------------------------------------------------------------------------

TIERS = {"name": "tiers", "blocks": [{"up_to": 20, "price": 60}, {"price": 80}]}


def test_blocks_fill_in_order():
    """30 MWh of January: 20 at 60 and 10 at 80; one more MWh costs 80."""
    result = hall(10, {"block_rates": [TIERS]}).solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(2000)
    assert result.series["block_energy"].values[0] == pytest.approx([20, 10])
    assert result.series["marginal_price"].values == pytest.approx([80, 80, 80])


def test_each_period_has_blocks_of_its_own():
    """30 MWh on 31 January and 10 on 1 February: 20 x 60 + 10 x 80, and 10 x 60."""
    result = hall(10, {"block_rates": [TIERS]}, start="2025-01-31T21:00Z", hours=4).solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(2000 + 600)
    assert result.series["marginal_price"].values == pytest.approx([80, 80, 80, 60])


def test_energy_so_far_has_used_up_the_first_blocks():
    """15 MWh before: 5 at 60, 25 at 80."""
    result = hall(10, {"block_rates": [TIERS | {"energy_so_far": 15}]}).solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(5 * 60 + 25 * 80)


def test_blocks_of_a_period_covered_in_part_are_in_proportion():
    """A tenth of the day: blocks of 20 MWh for it, as 200 MWh for the whole day would be."""
    day = TIERS | {"period": "day", "blocks": [{"up_to": 160, "price": 60}, {"price": 80}]}
    result = hall(10, {"block_rates": [day]}, whole=False).solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(2000)
    assert hall(10, {"block_rates": [day]}, whole=False, weight=None).solve().costs()[
        "Grid energy blocks"
    ] == pytest.approx(2000 * 8760 / 3)


def test_blocks_may_be_about_some_hours_alone_and_be_several():
    """10 MW at 16, 17, 18 o'clock. In the peak band 20 MWh: 5 at 1, 15 at 2. In all 30 MWh: 20 at 60, 10 at 80."""
    evening = {"name": "evening", "bands": "peak", "blocks": [{"up_to": 5, "price": 1}, {"price": 2}]}
    zero = [band | {"price": 0} for band in PEAK]
    result = hall(10, {"energy_bands": zero, "block_rates": [evening, TIERS]}, start="2025-01-01T16:00Z").solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(5 + 30 + 2000)


def test_a_rate_may_have_any_number_of_blocks():
    """25 MWh through 10 at 1, 10 at 2 and the rest at 3, beside a rate of one block at 4."""
    three = {"name": "three", "blocks": [{"up_to": 10, "price": 1}, {"up_to": 20, "price": 2}, {"price": 3}]}
    one = {"name": "one", "blocks": [{"price": 4}]}
    result = hall([10, 10, 5], {"block_rates": [three, one]}).solve()
    assert result.costs()["Grid energy blocks"] == pytest.approx(10 + 20 + 15 + 100)


# -- taxes, fixed charges ----------------------------------------------------------------------------------------------


def test_taxes_are_a_percentage_of_the_lines_they_are_on():
    """20 % on all: 10 MWh at 90, at 30 and at 7, peaks 10 x (5 + 3), subscribed 12 x 4, fixed 100; 2 % on energy."""
    tariff = {
        "energy_bands": DAY_NIGHT,
        "block_rates": [{"name": "levy", "blocks": [{"price": 7}]}],
        "demand_charges": [peak(5), peak(3, "system", coincident_times=["2025-01-01T12:00Z"])],
        "overrun_charges": [{"name": "overrun", "price": 7}],
        "fixed_charges": [{"name": "meter", "price": 100}],
        "taxes": [{"name": "VAT", "rate": 0.2}, {"name": "levy on energy", "rate": 0.02, "on": "energy"}],
    }
    grid = {"energy_price": 30, "subscribed_power": {"size": 12, "annual_cost": 4}}
    costs = hall(10, tariff, start="2025-01-01T12:00Z", hours=1, grid=grid).solve().costs()
    taxes = {name: value for name, value in costs.items() if name.startswith("Tax on")}
    assert taxes == pytest.approx({
        "Tax on grid energy": 0.22 * 300,
        "Tax on grid time-of-use energy": 0.22 * 900,
        "Tax on grid energy blocks": 0.22 * 70,
        "Tax on grid demand charges": 0.2 * 50,
        "Tax on grid coincident peaks": 0.2 * 30,
        "Tax on grid overrun": 0.0,
        "Tax on subscribed power": 0.2 * 48,
        "Tax on grid fixed charges": 0.2 * 100,
    })  # fmt: skip


def test_a_tax_on_one_line_leaves_the_others_alone():
    tariff = {"demand_charges": [peak(5)], "taxes": [{"name": "VAT", "rate": 0.2, "on": "demand"}]}
    costs = hall(10, tariff, grid={"energy_price": 30}).solve().costs()
    assert costs["Tax on grid demand charges"] == pytest.approx(10)
    assert [name for name in costs.index if name.startswith("Tax")] == ["Tax on grid demand charges"]


def test_taxes_move_the_plan():
    """Energy at 10, then at 11: a MWh moved saves 1 and raises the peak by 1 MW at 1.5, so the battery stays idle.

    With 60 % on energy alone the MWh saves 1.6, and all 4 are moved.
    """
    shift = {
        "energy_bands": bands(cheap=(10, "00-01"), dear=(11, "01-24")),
        "demand_charges": [peak(1.5)],
    }
    plain = hall([10, 10], shift, batteries=[battery(4, 4)]).solve()
    assert plain.series["grid_import"].values == pytest.approx([10, 10])
    taxed = hall(
        [10, 10], shift | {"taxes": [{"name": "t", "rate": 0.6, "on": "energy"}]}, batteries=[battery(4, 4)]
    ).solve()
    assert taxed.series["grid_import"].values == pytest.approx([14, 6])


def test_fixed_charges_are_due_for_each_period():
    """Two months touched, billed whole: 2 x 120; one year: 500."""
    fixed = [{"name": "meter", "price": 120}, {"name": "yearly", "price": 500, "period": "year"}]
    costs = hall(0, {"fixed_charges": fixed}, start="2025-01-31T23:00Z", hours=2).solve().costs()
    assert costs["Grid fixed charges"] == pytest.approx(740)


# -- the rest ----------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "energy_bands": PEAK,
    "block_rates": [{"name": "tiers", "period": "day", "blocks": [{"up_to": 100, "price": 1}, {"price": 9}]}],
    "demand_charges": [
        peak(50, ratchet={"share": 0.9, "months": 1}, windows=[{"hours": "06-23"}]),
        peak(20, "daily", period="day"),
        peak(30, "system", coincident_times=["2025-01-31T19:00Z", "2025-02-01T18:00Z"]),
    ],
    "overrun_charges": [{"name": "overrun", "price": 40}],
    "fixed_charges": [{"name": "meter", "price": 11}],
    "taxes": [{"name": "VAT", "rate": 0.2}],
}  # fmt: skip


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Asia/Kolkata"])
def test_hours_halves_and_quarters_cost_the_same(whole, zone):
    """At the same load, hour by hour, a finer step adds no cost and saves none (where the battery cannot use it)."""
    load = [5, 20, 12, 8, 25, 10, 3, 14, 6, 22, 9, 17]
    tariff = EVERYTHING | {
        "demand_charges": [
            *EVERYTHING["demand_charges"][:2],
            # Parts of an hour share its coincident peak, so all of them are named.
            peak(30, "system", coincident="coincidence"),
        ]
    }
    marks = [0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    costs = [
        cost(hall(
            np.repeat(load, parts), tariff, start="2025-01-31T16:00Z", step=1 / parts, zone=zone, whole=whole,
            series={"coincidence": np.repeat(marks, parts)}, grid={"subscribed_power": 18, "energy_price": 20},
        ))
        for parts in (1, 2, 4)
    ]  # fmt: skip
    assert costs[1:] == pytest.approx([costs[0]] * 2, rel=1e-9)


def test_what_a_tariff_does_not_have_is_not_stated():
    names = {rule.name for rule in hall(10).program.rules}
    with_bands = {rule.name for rule in hall(10, {"energy_bands": PEAK}).program.rules}
    assert with_bands - names == {"band_energy_charge"}
    with_peak = {rule.name for rule in hall(10, {"demand_charges": [peak(1)]}).program.rules}
    assert with_peak - names == {"metered_peak", "billed_peak", "peak_metering", "peak_billing", "demand_charge"}


def test_everything_at_once_is_stated_symbolically():
    """No rule of a tariff falls back to being compiled row by row (which would warn, and warnings are errors)."""
    model = hall(10, EVERYTHING, start="2025-01-31T16:00Z", hours=12, grid={"subscribed_power": 18})
    assert all(model.program.is_symbolic(rule.name) for rule in model.program.rules)


def test_prices_and_peaks_so_far_can_be_changed_in_place():
    """As in a plan that is made again each hour: new data give what stating anew gives."""
    load, batteries = [10, 30, 10], [battery(5, 5)]
    model = hall(load, {"demand_charges": [peak(100, peak_so_far=12)]}, batteries=batteries, grid={"energy_price": 1})
    model.solve()
    model.update({"peak_so_far": [28.0], "demand_price": [7.0]})
    again = hall(load, {"demand_charges": [peak(7, peak_so_far=28)]}, batteries=batteries, grid={"energy_price": 1})
    result = model.solve()
    assert result.value("cost_per_year") == pytest.approx(cost(again))
    assert billed(result) == pytest.approx([28])
    assert result.bill()["annual_cost"].sum() == pytest.approx(result.value("cost_per_year"))
