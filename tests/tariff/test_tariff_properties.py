"""Random tariffs: the bill recomputed from the import by pandas alone, and what more charges can never do."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.model import Model
from optimizer.result import Result
from optimizer.tariff.metering import Metering
from optimizer.tariff.tariff import Tariff
from tests.tariff.halls import battery, hall

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PRICES = st.sampled_from([0.0, 10.0, 55.0, 140.0, -5.0])
CHARGES = st.sampled_from([1.0, 20.0, 90.0])
STARTS = st.sampled_from(
    ["2025-01-31T12:00Z", "2025-02-22T20:00Z", "2025-03-30T00:00Z", "2025-10-25T15:00Z", "2024-12-31T10:00Z"]
)
ZONES = st.sampled_from(["UTC", "Africa/Casablanca", "Europe/Madrid", "America/Los_Angeles"])
CLOSE = {"rel": 1e-6, "abs": 1e-4}  # an interior solution's import is exact to its tolerance


class Drawn(NamedTuple):
    """A tariff in plain words, from which the product's is made and pandas computes on its own."""

    start: str
    zone: str
    load: list[float]
    evening: tuple[int, int]
    weekday_price: float
    weekend_price: float
    evening_price: float
    charges: list[dict[str, Any]]
    overrun: float
    blocks: tuple[float, float, float]
    tax: float
    fixed: float
    subscribed: float

    def tariff(self) -> dict[str, Any]:
        begin, end = self.evening
        evening, rest = f"{begin}-{end}", f"{end}-{begin}"
        limit, low, rise = self.blocks
        return {
            "energy_bands": [
                {"name": "evening", "price": self.evening_price, "windows": [{"hours": evening}]},
                {"name": "work", "price": self.weekday_price, "windows": [{"days": "weekdays", "hours": rest}]},
                {"name": "weekend", "price": self.weekend_price, "windows": [{"days": "weekends", "hours": rest}]},
            ],
            "block_rates": [
                {"name": "tiers", "period": "day", "blocks": [{"up_to": limit, "price": low}, {"price": low + rise}]}
            ],
            "demand_charges": self.charges,
            "overrun_charges": [{"name": "overrun", "price": self.overrun}],
            "fixed_charges": [{"name": "meter", "price": self.fixed}],
            "taxes": [{"name": "VAT", "rate": self.tax}],
        }

    def model(self) -> Model:
        grid = {"subscribed_power": self.subscribed}
        return hall(self.load, self.tariff(), start=self.start, zone=self.zone, batteries=[battery(6, 12)], grid=grid)


@st.composite
def charges(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw demand charges, some of them with a window or a ratchet."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        period = draw(st.sampled_from(["day", "month", "year"]))
        charge: dict[str, Any] = {"name": f"charge {number}", "price": draw(CHARGES), "period": period}
        if draw(st.booleans()):
            charge["bands"] = draw(st.sampled_from([["evening"], ["evening", "work"], ["weekend"]]))
        if period == "month" and draw(st.booleans()):
            charge["ratchet"] = {"share": draw(st.sampled_from([0.5, 0.9, 1.0]))}
        found.append(charge)
    return found


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    begin = draw(st.integers(0, 22))
    return Drawn(
        start=draw(STARTS),
        zone=draw(ZONES),
        load=draw(st.lists(st.sampled_from([2.0, 5.0, 9.0, 20.0]), min_size=4, max_size=40)),
        evening=(begin, draw(st.integers(begin + 1, 23))),
        weekday_price=draw(PRICES),
        weekend_price=draw(PRICES),
        evening_price=draw(PRICES),
        charges=draw(charges()),
        overrun=draw(CHARGES),
        blocks=(draw(st.sampled_from([15.0, 60.0])), draw(PRICES), draw(st.sampled_from([0.0, 12.5]))),
        tax=draw(st.sampled_from([0.0, 0.2])),
        fixed=draw(CHARGES),
        subscribed=draw(st.sampled_from([4.0, 10.0, 25.0])),
    )


def recomputed(case: Drawn, imported: pd.Series) -> dict[str, float]:
    """Compute what the grid costs from hourly import on the local clock, by pandas and plain rules alone."""
    local = imported.index
    begin, end = case.evening
    in_evening = (local.hour >= begin) & (local.hour < end)
    band = np.where(in_evening, "evening", np.where(local.day_of_week >= 5, "weekend", "work"))
    price = pd.Series(band).map(
        {"evening": case.evening_price, "work": case.weekday_price, "weekend": case.weekend_price}
    )
    energy = float((imported.to_numpy() * price.to_numpy()).sum())
    limit, low, rise = case.blocks
    daily = imported.groupby(local.date).sum()
    blocks = float((low * daily + rise * (daily - limit).clip(lower=0)).sum())
    demand = sum(_demand(charge, imported, band) for charge in case.charges)
    months = imported.groupby([local.year, local.month]).max()
    overrun = case.overrun * float((months - case.subscribed).clip(lower=0).sum())
    return {
        "Grid time-of-use energy": energy,
        "Grid energy blocks": blocks,
        "Grid demand charges": demand,
        "Grid overrun": overrun,
        "Grid fixed charges": case.fixed * len(months),
    }


def _demand(charge: dict[str, Any], imported: pd.Series, band: np.ndarray) -> float:
    local = imported.index
    keys = {"day": [local.date], "month": [local.year, local.month], "year": [local.year]}[charge["period"]]
    inside = pd.Series(np.isin(band, charge["bands"]) if "bands" in charge else True, index=local)
    peaks = imported.where(inside, 0.0).groupby(keys).max().tolist()
    if "ratchet" in charge:
        share = charge["ratchet"]["share"]
        peaks = [max([peak, *(share * earlier for earlier in peaks[:at])]) for at, peak in enumerate(peaks)]
    return charge["price"] * float(sum(peaks))


def imported(result: Result) -> pd.Series:
    index = (
        pd.DatetimeIndex(result.series["hour"].values).tz_localize("UTC").tz_convert(result.series.attrs["time_zone"])
    )
    return pd.Series(result.series["grid_import"].values, index=index)


@FEW
@given(drawn())
def test_the_cost_lines_are_what_pandas_computes_from_the_import(case: Drawn):
    result = case.model().solve()
    costs, expected = result.costs(), recomputed(case, imported(result))
    scale = {"rel": 1e-6, "abs": 1e-6 * max(1.0, sum(map(abs, expected.values())))}
    for line, amount in expected.items():
        if line in costs.index or amount:
            assert costs[line] == pytest.approx(amount, **scale), line
    taxes = float(costs[[name for name in costs.index if name.startswith("Tax on")]].sum())
    assert taxes == pytest.approx(case.tax * sum(expected.values()), **scale)
    bill = result.bill()
    of_grid = [name for name in costs.index if name.startswith(("Grid ", "Tax on")) and name != "Grid connection"]
    assert bill["annual_cost"].sum() == pytest.approx(costs[of_grid].sum(), **scale)
    assert bill["amount"].sum() == pytest.approx(bill["annual_cost"].sum(), **scale)  # weight 1, periods whole
    assert (bill.loc[bill["kind"].isin(["demand", "overrun"]), "amount"] >= 0).all()


@FEW
@given(drawn(), CHARGES, st.sampled_from([["evening"], ["work"], []]))
def test_one_charge_more_is_never_cheaper(case: Drawn, price: float, named: list[str]):
    more = {"name": "one more", "price": price, "bands": named}
    before = case.model().solve().value("cost_per_year")
    after = case._replace(charges=[*case.charges, more]).model().solve().value("cost_per_year")
    assert after >= before - 1e-6 * max(1.0, abs(before))


@FEW
@given(drawn(), CHARGES, st.sampled_from([["evening"], ["work"]]))
def test_more_hours_of_a_charge_are_never_cheaper(case: Drawn, price: float, named: list[str]):
    def cost(bands: list[str]) -> float:
        charge = {"name": "one more", "price": price, "bands": bands}
        return case._replace(charges=[*case.charges, charge]).model().solve().value("cost_per_year")

    some, most = cost(named), cost([*named, "weekend"])
    assert most >= some - 1e-6 * max(1.0, abs(some))


# -- windows against a clock of another make ---------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(["Africa/Casablanca", "Europe/Madrid", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut"]),
    start=st.datetimes(pd.Timestamp("2024-01-01"), pd.Timestamp("2026-01-01")),
    steps=st.lists(st.sampled_from([5, 15, 30, 60, 180]), min_size=1, max_size=30),
    hours=st.tuples(st.integers(0, 23), st.integers(1, 23)),
    days=st.sampled_from(["weekdays", "weekends", "holidays", "monday"]),
)
def test_bands_fill_every_interval_and_agree_with_the_clock_minute_by_minute(zone, start, steps, hours, days):
    """The share of each interval in a band is the share of its minutes that pandas' clock puts there."""
    start = pd.Timestamp(start).floor("5min")
    bounds = (start + pd.to_timedelta(np.cumsum([0, *steps]), unit="min")).to_numpy().astype("datetime64[ns]")
    begin, length = hours
    end = (begin + length) % 24
    rest = [day for day in ("weekdays", "weekends", "holidays") if day != days]
    if days == "monday":
        rest = ["tuesday", "wednesday", "thursday", "friday", "weekends", "holidays"]
    tariff = Tariff(
        name="t",
        holidays=["2025-05-01", "12-25"],
        energy_bands=[
            {"name": "a", "price": 1, "windows": [{"days": days, "hours": f"{begin}-{end}"}]},
            {"name": "b", "price": 2, "windows": [{"days": days, "hours": f"{end}-{begin}"}, {"days": rest}]},
        ],
    )
    share = Metering(tariff, bounds, zone).band_share
    assert share.sum(axis=0) == pytest.approx(np.ones(len(steps)))
    minutes = pd.date_range(bounds[0], bounds[-1], freq="1min", inclusive="left", tz="UTC").tz_convert(zone)
    holiday = (minutes.strftime("%m-%d") == "12-25") | (minutes.strftime("%Y-%m-%d") == "2025-05-01")
    weekday = minutes.day_of_week
    marked = {
        "weekdays": ~holiday & (weekday < 5), "weekends": ~holiday & (weekday >= 5), "holidays": holiday,
        "monday": ~holiday & (weekday == 0),
    }[days]  # fmt: skip
    inside = (minutes.hour - begin) % 24 < length
    interval = np.repeat(np.arange(len(steps)), steps)
    expected = np.bincount(interval, weights=(marked & inside).astype(float)) / np.array(steps)
    assert share[0] == pytest.approx(expected)
