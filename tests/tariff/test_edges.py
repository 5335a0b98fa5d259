"""A year in UTC is twelve months of any clock: less than a day at an edge is billed with the month beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import plots
from optimizer.result import Result
from tests.tariff.halls import bands, hall, peak

YEAR = {"start": "2025-01-01T00:00Z", "end": "2026-01-01T00:00Z", "step": 3.0}
CHARGES: dict[str, Any] = {
    "energy_bands": bands(night=(1, "00-17"), evening=(1, "17-24")),
    "demand_charges": [peak(100)],
    "fixed_charges": [{"name": "meter", "price": 31}, {"name": "connection", "price": 500, "period": "year"}],
}
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def billed(charges: dict[str, Any] = CHARGES, **given: Any) -> Result:
    return hall(10, charges, **({"zone": "Africa/Casablanca"} | YEAR | given)).solve()


def invoices(result: Result, line: str) -> list[str]:
    bill = result.bill()
    return bill.loc[bill["line"] == line, "invoice"].tolist()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("zone", ["Africa/Casablanca", "UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_year_in_utc_has_twelve_invoices_and_one_of_the_year(zone: str, whole: bool):
    """At 10 MW: twelve peaks of 10 at 100, twelve fees of 31, one of 500, and 87,600 MWh at 1."""
    result = billed(zone=zone, whole=whole)
    for line in ("night", "evening", "peak", "meter"):
        assert invoices(result, line) == MONTHS
    assert invoices(result, "connection") == ["2025"]
    assert result.costs()["Grid demand charges"] == pytest.approx(12 * 1000)
    assert result.costs()["Grid fixed charges"] == pytest.approx(12 * 31 + 500)
    assert result.costs()["Grid time-of-use energy"] == pytest.approx(87_600)
    assert (result.bill()["share"] == 1).all()


def test_the_invoice_says_which_hours_of_another_month_are_on_it():
    result = billed()
    bill = result.bill().set_index(["invoice", "line"])
    assert bill.loc[("2025-12", "night"), "remark"] == "with 1 h of 2026-01-01"
    assert bill.loc[("2025-12", "night"), "quantity"] == pytest.approx((31 * 17 + 1) * 10)
    assert bill.loc[("2025-12", "evening"), "remark"] == ""  # the hour is one of the night
    assert bill.loc[("2025-01", "night"), "remark"] == ""
    assert bill["amount"].sum() == pytest.approx(result.costs().sum())
    said = plots.draw(result.series, "bill").explanation
    assert "at the horizon's edge, is on the invoice beside it" in said
    assert "beside it" not in plots.draw(billed(zone="UTC").series, "bill").explanation


def test_a_month_in_utc_is_one_month():
    result = billed(end="2025-02-01T00:00Z", whole=False)
    assert invoices(result, "meter") == ["2025-01"]
    assert result.costs()["Grid demand charges"] == pytest.approx(1000)


def test_a_peak_in_the_hours_at_the_edge_counts_in_the_month_beside_them():
    load = np.full(2920, 10.0)
    load[-1] = 14  # 22:00 on 31 December to 01:00 on 1 January, in Casablanca
    bill = hall(load, CHARGES, **(YEAR | {"end": None}), zone="Africa/Casablanca").solve().bill()
    peaks = bill[bill["line"] == "peak"].set_index("invoice")["quantity"]
    assert peaks.to_dict() == pytest.approx(dict.fromkeys(MONTHS, 10) | {"2025-12": 14})


def test_a_coincident_peak_at_the_edge_is_not_lost():
    charge = peak(7, coincident_times=["2025-12-31T23:30Z"])  # 00:30 on 1 January
    result = billed({"demand_charges": [charge]})
    assert invoices(result, "peak") == ["2025-12"]
    assert result.costs()["Grid coincident peaks"] == pytest.approx(70)


def test_billing_dates_may_lack_the_hours_at_the_edge():
    dates = ["2025-01-01", "2025-07-01", "2026-01-01"]
    result = billed({"billing_dates": dates, "fixed_charges": [{"name": "meter", "price": 3, "period": "billing"}]})
    assert invoices(result, "meter") == dates[:2]
    assert result.costs()["Grid fixed charges"] == pytest.approx(6)


def test_beside_a_few_days_no_hour_is_moved():
    """Two days of January and 23 hours of February, each with its own peak: a run over days, not over months."""
    given = {"start": "2025-01-30T00:00Z", "end": "2025-01-31T23:00Z", "step": 1.0, "zone": "Asia/Tokyo"}
    assert invoices(billed(**given), "peak") == ["2025-01", "2025-02"]


def test_a_run_again_within_a_month_keeps_its_last_hours_apart():
    """What was metered before says that January had begun: its last 12 hours are billed with it."""
    charges = {"demand_charges": [peak(100, peak_so_far=12)]}
    bill = billed(charges, start="2025-01-31T12:00Z", end="2025-03-01T00:00Z", zone="UTC").bill()
    assert bill.loc[bill["line"] == "peak", ["invoice", "quantity"]].to_numpy().tolist() == [
        ["2025-01", pytest.approx(12)],
        ["2025-02", pytest.approx(10)],
    ]
