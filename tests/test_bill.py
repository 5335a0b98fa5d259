"""The bill: every line by hand, sums equal to the cost lines, and the figure and files that show it."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer import plots, report
from optimizer.accounting.bill import KINDS
from optimizer.result import Result
from tests.sites import battery as lossy
from tests.sites import grid, state, supply
from tests.tariff.halls import bands, battery, hall, peak

OF_GRID = ("Grid ", "Tax on", "Subscribed power", "Export revenue")
EVENING = bands(evening=(140, "17-22"), rest=(90, "22-17"))
FULL = {
    "energy_bands": EVENING,
    "block_rates": [
        {"name": "tiers", "blocks": [{"up_to": 100, "price": 1}, {"up_to": 150, "price": 2}, {"price": 4}]},
    ],
    "demand_charges": [
        peak(50, "monthly peak", ratchet={"share": 0.9}, peak_so_far={"2024-12": 40}),
        peak(20, "evening peak", bands="evening"),
        peak(7, "yearly peak", period="year"),
        peak(30, "system peak", coincident_times=["2025-01-31T18:30Z", "2025-01-31T20:10Z"]),
    ],
    "overrun_charges": [{"name": "overrun", "price": 60}],
    "fixed_charges": [{"name": "meter", "price": 11}],
    "taxes": [{"name": "VAT", "rate": 0.2}, {"name": "levy", "rate": 0.05, "on": "energy"}],
}  # fmt: skip


def lines(result: Result) -> dict[tuple[str, str], pd.Series]:
    """Give the lines by invoice and name."""
    return {(line["invoice"], line["line"]): line for _, line in result.bill().iterrows()}


def of_grid(result: Result) -> float:
    """Sum the cost lines that are on the bill."""
    costs = result.costs().drop("Grid connection", errors="ignore")
    return float(costs[[name for name in costs.index if name.startswith(OF_GRID)]].sum())


@pytest.fixture(scope="module")
def full() -> Result:
    """10 MW from 16:00 to 22:00 on 31 January, but 30 from 18:00 to 19:00; then 5 MW for two hours; 20 subscribed.

    The horizon ends at 01:00 on 1 February, all in UTC.
    """
    load = [10, 10, 30, 10, 10, 10, 5, 5, 5]
    model = hall(
        load,
        FULL,
        start="2025-01-31T16:00Z",
        grid={"subscribed_power": {"size": 20, "annual_cost": 120}, "energy_price": 3},
    )
    return model.solve()


def test_energy_of_each_band(full):
    """January: 10 + 5 + 5 MWh at 90, 30 + 4 x 10 at 140; February: 5 at 90. All of it at 3 besides."""
    found = lines(full)
    rest, evening = found["2025-01", "rest"], found["2025-01", "evening"]
    assert (rest["quantity"], rest["price"], rest["amount"]) == pytest.approx((20, 90, 1800))
    assert (evening["quantity"], evening["unit"], evening["amount"]) == (pytest.approx(70), "MWh", pytest.approx(9800))
    assert found["2025-02", "rest"]["amount"] == pytest.approx(450)
    assert ("2025-02", "evening") not in found
    assert found["2025-01", "Energy"]["amount"] == pytest.approx(90 * 3)


def test_energy_of_each_block(full):
    """90 MWh in January fit into the first block of 100; 5 in February do too."""
    found = lines(full)
    assert found["2025-01", "tiers, 0 to 100 MWh"]["amount"] == pytest.approx(90)
    assert found["2025-01", "tiers, 100 to 150 MWh"]["quantity"] == 0
    assert found["2025-01", "tiers, above 150 MWh"]["price"] == 4
    assert found["2025-02", "tiers, 0 to 100 MWh"]["amount"] == pytest.approx(5)


def test_peaks_say_when_they_were_or_why_they_are_billed(full):
    """January: 0.9 x 40 of December are more than its own 30; February: 36 of December too. The evening has its own."""
    found = lines(full)
    january, february = found["2025-01", "monthly peak"], found["2025-02", "monthly peak"]
    assert (january["quantity"], january["amount"]) == pytest.approx((36, 1800))
    assert january["remark"] == "0.9 of a peak metered before the horizon"
    assert february["quantity"] == pytest.approx(36)
    evening = found["2025-01", "evening peak"]
    assert (evening["quantity"], evening["amount"], evening["remark"]) == (
        pytest.approx(30), pytest.approx(600), "2025-01-31 18:00 UTC+0",
    )  # fmt: skip
    assert found["2025", "yearly peak"]["amount"] == pytest.approx(210)


def test_the_summary_sums_the_bill_up(full):
    """By hand for energy; the rest from the lines: together they are the cost lines of the grid, here without sales."""
    bill, bought = full.bill(), 95
    assert full.value("bill_energy") == pytest.approx((25 * 90 + 70 * 140) + bought * 3 + 90 * 1 + 5 * 1)
    for kind in ("demand", "overrun", "subscribed", "fixed", "tax"):
        assert full.value(f"bill_{kind}") == pytest.approx(bill.loc[bill["kind"] == kind, "annual_cost"].sum())
    assert full.value("bill") == pytest.approx(of_grid(full))
    assert full.value("price_bought") == pytest.approx(of_grid(full) / bought)


def test_without_a_tariff_the_bill_is_energy_alone():
    result = state(10, hours=2, grid=grid(energy_price=[50, 70], export_price=1)).solve()
    assert result.value("bill") == pytest.approx(1200)
    assert result.value("price_bought") == pytest.approx(60)
    assert "bill_energy" not in result.summary().index
    alone = state(10, hours=2, supplies=[supply(energy_price=30)]).solve()
    assert "bill" not in alone.summary().index


def test_a_ratchet_names_the_period_of_the_peak():
    load = [20.0] * 8 + [5.0] * 8
    charge = peak(1, "monthly peak", ratchet={"share": 0.5})
    model = hall(load, {"demand_charges": [charge]}, start="2025-01-31T16:00Z", zone="Asia/Kolkata")
    found = lines(model.solve())
    assert found["2025-02", "monthly peak"]["remark"] == "2025-02-01 00:00 UTC+5:30"  # 18:30 UTC is in an hour of 20 MW
    model = hall(load, {"demand_charges": [charge]}, start="2025-01-31T16:00Z")
    line = lines(model.solve())["2025-02", "monthly peak"]
    assert (line["quantity"], line["remark"]) == (pytest.approx(10), "0.5 of the peak of 2025-01")


def test_coincident_peaks_are_listed(full):
    """30 MW at 18:30 and 10 at 20:10: 20 in the mean."""
    line = lines(full)["2025-01", "system peak"]
    assert (line["quantity"], line["amount"]) == pytest.approx((20, 600))
    assert line["remark"] == "2025-01-31 18:00 UTC+0, 2025-01-31 20:00 UTC+0"
    assert ("2025-02", "system peak") not in lines(full)


def test_overrun_subscribed_power_and_fixed_charges(full):
    """30 MW are 10 above the subscribed 20 in January; a month of 20 MW at 120 a year is 200; 11 for the meter."""
    found = lines(full)
    assert found["2025-01", "overrun"][["quantity", "amount"]].tolist() == pytest.approx([10, 600])
    assert found["2025-01", "overrun"]["remark"] == "2025-01-31 18:00 UTC+0"
    assert found["2025-02", "overrun"][["quantity", "amount"]].tolist() == pytest.approx([0, 0])
    subscribed = found["2025-01", "Subscribed power"]
    assert subscribed[["quantity", "price", "amount"]].tolist() == pytest.approx([20, 10, 200])
    assert found["2025-02", "meter"]["amount"] == 11


def test_taxes_are_on_the_lines_of_their_invoice(full):
    """VAT on everything of January, the levy on its energy alone: 270 + 11600 + 90."""
    found, bill = lines(full), full.bill()
    january = bill[(bill["invoice"] == "2025-01") & ~bill["kind"].isin(["tax", "export"])]["amount"].sum()
    assert found["2025-01", "VAT"]["amount"] == pytest.approx(0.2 * january)
    levy = found["2025-01", "levy"]
    assert levy[["quantity", "price", "amount"]].tolist() == pytest.approx([11960, 0.05, 598])
    assert found["2025", "VAT"]["amount"] == pytest.approx(42)


def test_amounts_are_quantity_times_price_times_share(full):
    bill = full.bill()
    assert (bill["quantity"] * bill["price"] * bill["share"]).tolist() == pytest.approx(bill["amount"].tolist())
    assert bill["invoice"].is_monotonic_increasing
    assert set(bill["kind"]) == set(KINDS) - {"export"}


def test_the_yearly_costs_of_all_lines_sum_to_the_cost_lines(full):
    assert full.bill()["annual_cost"].sum() == pytest.approx(of_grid(full), rel=1e-9)


@pytest.mark.parametrize("kind", ["energy", "demand", "overrun", "subscribed", "fixed", "tax"])
def test_each_kind_of_line_sums_to_its_cost_lines(full, kind):
    labels = {
        "energy": ["Grid energy", "Grid time-of-use energy", "Grid energy blocks"],
        "demand": ["Grid demand charges", "Grid coincident peaks"],
        "overrun": ["Grid overrun"],
        "subscribed": ["Subscribed power"],
        "fixed": ["Grid fixed charges"],
        "tax": [name for name in full.costs().index if name.startswith("Tax on")],
    }[kind]
    bill = full.bill()
    assert bill.loc[bill["kind"] == kind, "annual_cost"].sum() == pytest.approx(full.costs()[labels].sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("weight", "whole"), [(1.0, True), (1.0, False), (12.5, True), (12.5, False), (None, False), (None, True)]
)
def test_sums_hold_for_parts_of_a_year(weight, whole):
    """With a battery that trades one line for another, in a zone whose hours are not those of UTC."""
    load = [10, 10, 30, 10, 10, 10, 5, 5, 20]
    tariff = FULL | ({} if whole else {"demand_charges": FULL["demand_charges"][1:]})
    result = hall(
        load, tariff, start="2025-01-31T13:00Z", zone="Asia/Kolkata", weight=weight, whole=whole,
        batteries=[battery(4, 8)], grid={"subscribed_power": {"size": 20, "annual_cost": 120}},
    ).solve()  # fmt: skip
    bill = result.bill()
    assert bill["annual_cost"].sum() == pytest.approx(of_grid(result), rel=1e-7)
    scaled = bill[bill["kind"] != "subscribed"]  # a yearly cost needs no scaling
    taxes_apart = scaled[scaled["kind"] != "tax"]
    assert taxes_apart["annual_cost"].tolist() == pytest.approx(
        (taxes_apart["amount"] * result.series["weight"].values[0]).tolist()
    )
    assert (bill["share"] < 1).any() != whole


def test_a_period_in_part_says_its_share():
    """Ten days of January: 10/31 of each charge by the month, and blocks for as much."""
    tariff = {
        "demand_charges": [peak(310)], "fixed_charges": [{"name": "meter", "price": 31}],
        "block_rates": [{"name": "tiers", "blocks": [{"up_to": 3100, "price": 1}, {"price": 2}]}],
    }  # fmt: skip
    found = lines(hall(10, tariff, hours=240, whole=False).solve())
    assert found["2025-01", "peak"][["share", "amount"]].tolist() == pytest.approx([10 / 31, 1000])
    assert found["2025-01", "meter"][["share", "amount"]].tolist() == pytest.approx([10 / 31, 10])
    blocks = found["2025-01", "tiers, 0 to 3,100 MWh"]
    assert (blocks["quantity"], blocks["remark"]) == (pytest.approx(1000), "blocks for 0.322581 of the period")


def test_billing_dates_make_invoices():
    """Two periods: days of the first fall on its invoice; a month is on that of the period in which it ends."""
    tariff = {
        "billing_dates": ["2025-01-12", "2025-01-14", "2025-01-16"],
        "energy_bands": bands(all=(1, "00-24")),
        "demand_charges": [peak(1, "daily", period="day"), peak(1, "billed", period="billing"), peak(1)],
    }
    bill = hall(10, tariff, start="2025-01-13T00:00Z", hours=48).solve().bill()
    assert bill[["invoice", "period", "line"]].to_numpy().tolist() == [
        ["2025-01-12", "2025-01-12", "all"],
        ["2025-01-12", "2025-01-13", "daily"],
        ["2025-01-12", "2025-01-12", "billed"],
        ["2025-01-14", "2025-01-14", "all"],
        ["2025-01-14", "2025-01-14", "daily"],
        ["2025-01-14", "2025-01-14", "billed"],
        ["2025-01-14", "2025-01", "peak"],
    ]


def test_a_grid_without_a_tariff_has_a_bill_of_energy_and_export():
    """Load 5, sun 15 in the second hour alone: 5 bought at 60 and at 40, 10 sold at 20."""
    site = state(
        [5, 5, 5],
        supplies=[supply(capacity=15, availability=[0, 1, 0])],
        grid=grid(energy_price=[60, 50, 40], export_capacity=50, export_price=20),
    )
    result = site.solve()
    found = lines(result)
    energy, export = found["2025-01", "Energy"], found["2025-01", "Export"]
    assert energy[["quantity", "price", "amount"]].tolist() == pytest.approx([10, 50, 500])
    assert export[["quantity", "price", "amount", "annual_cost"]].tolist() == pytest.approx([10, -20, -200, -200])
    assert result.bill()["annual_cost"].sum() == pytest.approx(of_grid(result))


def test_a_site_without_grid_has_no_bill():
    result = state(5, supplies=[supply(capacity=15)], batteries=[lossy()]).solve()
    assert result.bill().empty
    assert list(result.bill().columns)[:3] == ["invoice", "period", "line"]
    assert plots.draw(result.series, "bill").absent == "The site has no grid connection, so there is no bill."


def test_a_bill_is_kept_in_the_file(full, tmp_path):
    full.save(tmp_path / "result.nc")
    pd.testing.assert_frame_equal(Result.load(tmp_path / "result.nc").bill(), full.bill())


def test_the_figure_shows_every_line_and_a_total_for_each_invoice(full):
    figure = plots.draw(full.series, "bill")
    bill = full.bill()
    assert len(figure.table) == len(bill)
    assert figure.table["Amount [USD]"].sum() == pytest.approx(bill["amount"].sum())
    totals = figure.page_table[figure.page_table.index.str.startswith("Total")]
    assert totals.index.tolist() == ["Total 2025", "Total 2025-01", "Total 2025-02"]
    january = bill.loc[bill["invoice"] == "2025-01", "amount"].sum()
    assert totals.loc["Total 2025-01", "Amount [USD]"] == f"{january:,.2f}"
    line = figure.page_table.loc["VAT"].iloc[1]
    assert (line["Price"], line["Period"]) == ("20 %", "2025-01")
    bars = {trace["name"]: trace["y"] for trace in figure.spec["data"]}
    assert bars["Amount due"].tolist() == pytest.approx(bill.groupby("invoice")["amount"].sum().tolist())


def test_a_band_and_a_charge_of_one_name_stay_apart_in_the_figure():
    tariff = {"energy_bands": bands(peak=(2, "00-24")), "demand_charges": [peak(3)]}
    figure = plots.draw(hall(10, tariff).solve().series, "bill")
    assert [trace["name"] for trace in figure.spec["data"]] == ["peak (energy)", "peak (demand)", "Amount due"]


def test_the_report_has_a_section_with_the_bill(full):
    page = report.render_report(full.series)
    assert '<h2 id="section-' in page
    assert "Electricity bill" in page
    assert "0.9 of a peak metered before the horizon" in page


def test_prices_of_the_figures_include_the_bands(full):
    """3 besides the bands' 90 and 140."""
    assert plots.draw(full.series, "price_heatmap").table.max().max() == pytest.approx(143)
