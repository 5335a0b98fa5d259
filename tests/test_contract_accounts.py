"""Contracts from both sides, on plans worked out by hand: where the energy went, who pays what, and who earns what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import Result, plots
from tests.sites import battery, grid, state, supply

USES = [
    "used at once [MWh/a]", "used from storage [MWh/a]", "lost in storage [MWh/a]", "sold [MWh/a]",
    "left in storage or moved [MWh/a]", "lost on the way [MWh/a]", "curtailed [MWh/a]",
]  # fmt: skip
BUYER, PRODUCED, COULD = (
    "buyer pays per MWh used [USD/MWh]",
    "provider earns per MWh produced [USD/MWh]",
    "provider earns per MWh it could produce [USD/MWh]",
)


def row(result: Result, name: str) -> pd.Series[Any]:
    return result.contracts().loc[name]


@pytest.fixture(scope="module")
def sun() -> Result:
    """Sun gives 40 MWh at noon and nothing at night, for 30 a MWh available, taken or not.

    Of the 40, 10 cover the noon's load, 12.5 are charged and bring 8 to the night, 5 are sold at 20; 12.5 are left.
    """
    return state(
        [10, 10],
        supplies=[supply("sun", 40, availability=[1, 0], energy_price=30, curtailment_price=30)],
        batteries=[battery(energy=10, charge_efficiency=0.8, discharge_efficiency=0.8)],
        grid=grid(energy_price=100, export_capacity=5, export_price=20),
    ).solve(vertex=True)


def test_where_the_energy_went(sun: Result):
    found = row(sun, "sun")
    assert found[USES].tolist() == pytest.approx([10, 8, 4.5, 5, 0, 0, 12.5], abs=1e-9)
    assert (found["capacity [MW]"], found["could produce [MWh/a]"]) == pytest.approx((40, 40))


def test_what_the_buyer_pays_and_what_the_provider_earns(sun: Result):
    """The provider gets 40 x 30, the buyer 5 x 20 from sales, and 18 MWh covered load; 27.5 MWh left the plant."""
    found = row(sun, "sun")
    assert found["paid to the provider [USD/a]"] == pytest.approx(1200)
    assert found["paid to the network [USD/a]"] == 0
    assert found["from what was sold of it [USD/a]"] == pytest.approx(100)
    assert (found["Supply energy [USD/a]"], found["Curtailed energy [USD/a]"]) == pytest.approx((27.5 * 30, 12.5 * 30))
    assert found[[BUYER, PRODUCED, COULD]].tolist() == pytest.approx([1100 / 18, 1200 / 27.5, 30])


def test_sales_are_shared_by_whose_energy_was_sold():
    """Two thirds of the hour's energy are wind's, so two thirds of what is sold are."""
    result = state(
        10,
        hours=1,
        supplies=[supply("wind", 10, energy_price=2), supply("sun", 5, energy_price=3)],
        grid=grid(energy_price=20, export_capacity=5, export_price=6),
    ).solve()
    table = result.contracts()
    assert table["from what was sold of it [USD/a]"].tolist() == pytest.approx([20, 10])
    assert table[BUYER].tolist() == pytest.approx([(20 - 20) / (20 / 3), (15 - 10) / (10 / 3)], abs=1e-6)


def test_energy_from_storage_is_sold_at_the_price_of_the_hour_in_which_it_is_given_back():
    """10 MWh charged at noon are sold in the evening at 50; at noon nothing may be sold for more than 1."""
    result = state(
        [10, 10],
        supplies=[supply("sun", 20, availability=[1, 0], energy_price=5), supply("base", 10, energy_price=9)],
        batteries=[battery()],
        grid=grid(connection_capacity=0, export_capacity=10, export_price=[1, 50]),
    ).solve(vertex=True)
    table = result.contracts()
    assert table["from what was sold of it [USD/a]"].sum() == pytest.approx(500)
    assert table["sold [MWh/a]"].sum() == pytest.approx(10)
    # In the evening 10 MWh come from the battery and 10 from the base load; half of each is sold.
    assert table["from what was sold of it [USD/a]"].tolist() == pytest.approx([250, 250])


def test_contracts_are_added_up_over_the_year():
    """Every interval of half an hour stands for 100 of them."""
    result = state(
        10, hours=2, minutes=30, weight=100, supplies=[supply("wind", 4, energy_price=7)], grid=grid(energy_price=20)
    ).solve()
    found = row(result, "wind")
    assert (found["used at once [MWh/a]"], found["paid to the provider [USD/a]"]) == pytest.approx((400, 2800))
    assert found[BUYER] == pytest.approx(7)


def test_capacity_counts_in_both_prices():
    """An annual cost of 60 for 4 MW is 20 for each of the 3 MWh that each of them gives."""
    result = state(
        supplies=[supply("wind", {"size": 4, "annual_cost": 60}, energy_price=7)], grid=grid(energy_price=90)
    ).solve()
    found = row(result, "wind")
    assert found["Supply capacity [USD/a]"] == pytest.approx(240)
    assert found[[BUYER, PRODUCED, COULD]].tolist() == pytest.approx([27, 27, 27])


def test_the_network_is_paid_for_the_way_and_what_is_lost_on_it_is_a_use():
    """Of 10 MWh produced and paid at 10, 8 could arrive and 6 do: 7.5 leave the plant, at 4 for the way, 2.5 do not."""
    terms = {"losses": 0.2, "wheeling_price": 4, "payment": "produced"}
    result = state(6, hours=1, supplies=[supply("wind", 10, energy_price=10, contract=terms)]).solve()
    found = row(result, "wind")
    assert found[USES].tolist() == pytest.approx([6, 0, 0, 0, 0, 1.5, 2.5], abs=1e-9)
    assert (found["could produce [MWh/a]"], found["paid to the provider [USD/a]"]) == pytest.approx((10, 100))
    assert (found["paid to the network [USD/a]"], found["Wheeling [USD/a]"]) == pytest.approx((30, 30))
    assert found[[BUYER, PRODUCED, COULD]].tolist() == pytest.approx([130 / 6, 100 / 7.5, 10])


def test_what_is_paid_though_it_was_not_taken_is_the_providers():
    """12 of 30 MWh are taken at 7; 24 should have been, and the 12 that are missing cost 5 each."""
    terms = {"take_or_pay": {"share": 0.8, "price": 5}}
    result = state(4, supplies=[supply("wind", 10, energy_price=7, contract=terms)]).solve()
    found = row(result, "wind")
    assert found["paid to the provider [USD/a]"] == pytest.approx(84 + 60)
    assert found[[BUYER, PRODUCED, COULD]].tolist() == pytest.approx([12, 12, 4.8])


def test_surplus_sold_at_bands_of_the_tariff_is_shared_too():
    bands = {"name": "surplus", "export_bands": [{"name": "all", "price": 3}]}
    result = state(
        4,
        supplies=[supply("wind", 10)],
        grid=grid(energy_price=50, export_capacity=2, export_price=1, tariff=bands),
    ).solve()
    assert row(result, "wind")["from what was sold of it [USD/a]"] == pytest.approx(3 * 2 * (1 + 3))


def test_a_contract_that_gives_nothing_has_no_price():
    result = state(supplies=[supply("wind", 4, availability=[0, 0, 0])], grid=grid(energy_price=90)).solve()
    found = row(result, "wind")
    assert found[[BUYER, PRODUCED, COULD]].isna().all()
    assert found[USES].sum() == 0


def test_a_site_without_supplies_has_no_contracts():
    result = state(grid=grid(energy_price=20)).solve()
    assert result.contracts().empty
    assert plots.draw(result.series, "contracts").absent == "The site has no supply whose energy is told by its uses."


def test_every_column_says_its_unit():
    table = state(currency="MAD", supplies=[supply("wind", 4, energy_price=7)], grid=grid(energy_price=90)).solve()
    units = [str(column).rpartition(" ")[2] for column in table.contracts().columns]
    assert units == ["[MW]", *["[MWh/a]"] * 8, *["[MAD/a]"] * 4, *["[MAD/MWh]"] * 3]


def test_a_supply_may_be_called_grid():
    result = state(supplies=[supply("grid", 4, energy_price=7)], grid=grid(energy_price=90)).solve()
    assert row(result, "grid")["used at once [MWh/a]"] == pytest.approx(12)


def test_all_energy_and_all_money_of_a_year_is_told(example_sizing: Result):
    """Uses sum to what the plants could produce, and payments to the cost lines; sales to the revenue of exports."""
    table, plan = example_sizing.contracts(), example_sizing.series
    could = (plan["availability"] * plan["supply_capacity"] * plan["dt"] * plan["weight"]).sum("hour").to_numpy()
    assert table[USES].sum(axis=1).to_numpy() == pytest.approx(could, rel=1e-6)
    assert table["curtailed [MWh/a]"].to_numpy() == pytest.approx(
        (plan["curtailment"] * plan["dt"]).sum("hour").to_numpy(), rel=1e-6
    )
    paid = plan["cost_by_supply"].sum("cost_line").to_numpy()
    assert (table["paid to the provider [USD/a]"] + table["paid to the network [USD/a]"]).to_numpy() == pytest.approx(
        paid
    )
    revenue = -float(plan["annual_cost"].sel(cost_line="Export revenue"))
    imported_too = revenue - table["from what was sold of it [USD/a]"].sum()
    assert abs(imported_too) < 1e-3 * revenue
    assert (table[BUYER] > table[PRODUCED]).all()  # what is lost and curtailed is paid too
    assert table[COULD].to_numpy() == pytest.approx([30, 48], rel=0.5)


def test_the_figure_shows_the_same(sun: Result):
    figure = plots.draw(sun.series, "contracts")
    shown = {trace["name"]: np.asarray(trace["y"]).tolist() for trace in figure.spec["data"]}
    assert shown["Used at once"] == pytest.approx([10])
    assert shown["Curtailed"] == pytest.approx([12.5])
    assert "Lost on the way" not in shown
    assert shown["Buyer pays per MWh used"] == pytest.approx([1100 / 18])
    assert figure.table["Cost line: Curtailed energy [USD/a]"].tolist() == pytest.approx([12.5 * 30])
    assert list(figure.page_table.columns) == ["sun"]
