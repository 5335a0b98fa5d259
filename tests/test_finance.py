"""Money over the years: the arithmetic against numbers worked out by hand, and the cash flow of solved plans."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimizer import finance as f
from optimizer import plots, report
from optimizer.errors import InputError
from optimizer.finance import Finance
from optimizer.result import Result
from tests.sites import solved, state

QUARTER = {"discount_rate": 0.25, "years": 2}  # annuity of two years: 0.25 / (1 - 0.64) = 25/36
PLAIN = {"discount_rate": 0.0, "years": 2}
GRID = {"connection_capacity": 50, "energy_price": 100}


def faults(**given: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        Finance(**given)
    return [str(fault) for fault in caught.value.faults]


class TestArithmetic:
    @pytest.mark.parametrize(
        ("rate", "years", "expected"),
        [
            (0.25, 2, 25 / 36),
            (0.07, 20, 0.0943929257),  # any table of capital recovery factors
            (0.0, 20, 0.05),
            (0.07, 1, 1.07),
            (0.07, math.inf, 0.07),
            (0.0, math.inf, 0.0),
            (1e-12, 20, 0.05),  # where the plain formula loses all its digits
            (-0.5, 1, 0.5),
            (0.25, 0.5, 0.25 / (1 - 1.25**-0.5)),
        ],
    )
    def test_annuity_and_present_value_are_inverse(self, rate, years, expected):
        assert f.annuity_factor(rate, years) == pytest.approx(expected, rel=1e-9)
        if expected:
            assert f.present_value_factor(rate, years) == pytest.approx(1 / expected, rel=1e-9)

    def test_nothing_is_paid_in_no_years(self):
        assert f.present_value_factor(0.07, 0) == f.present_value_factor(0.0, 0) == 0

    def test_year_0_is_not_discounted(self):
        assert f.present_value([-100, 125], 0.25) == 0
        assert f.present_value([], 0.25) == 0

    def test_real_and_nominal_rates_are_inverse(self):
        assert f.real_rate(0.21, 0.1) == pytest.approx(0.1)
        assert f.nominal_rate(0.1, 0.1) == pytest.approx(0.21)
        assert f.real_rate(0.07, 0.0) == f.nominal_rate(0.07, 0.0) == 0.07

    def test_prices_have_risen_by_year_1(self):
        assert f.escalation_index(0.1, 2) == pytest.approx((1.1, 1.21))
        assert f.escalation_index(-0.5, 2) == (0.5, 0.25)

    def test_the_modified_uniform_present_value_factor_of_nist_handbook_135(self):
        # UPV* = (1 + e) / (d - e) * (1 - ((1 + e) / (1 + d))^n) with d = 3 %, e = 2 %, n = 15
        upv = (1.02 / 0.01) * (1 - (1.02 / 1.03) ** 15)
        found = f.levelised_factor(f.escalation_index(0.02, 15), 0.03) * f.present_value_factor(0.03, 15)
        assert found == pytest.approx(upv, rel=1e-12)

    def test_a_price_that_rises_as_fast_as_money_loses_worth(self):
        assert f.levelised_factor(f.escalation_index(0.25, 2), 0.25) * 1.44 == pytest.approx(2)

    def test_prices_that_stay_are_levelised_exactly(self):
        assert f.levelised_factor((1.0,) * 37, 0.0731) == 1.0

    def test_the_levelised_cost_recovers_all_costs(self):
        # 144 at the start and 10 a year for 2 MWh a year: (144 * 25/36 + 10) / 2 = 55
        assert f.levelised_cost([144, 10, 10], [0, 2, 2], 0.25) == pytest.approx(55)
        assert math.isnan(f.levelised_cost([1.0], [0.0], 0.25))

    @pytest.mark.parametrize(
        ("flows", "rate", "years"),
        [
            ([-100, 40, 40, 40], 0.0, 2.5),
            ([-100, 125, 0], 0.25, 1.0),
            ([-100, 62.5, 156.25], 0.25, 1.5),  # 50 and 100 today: half of the second year's is needed
            ([-100, 99], 0.0, math.inf),
            ([5, -1], 0.0, 0.0),
            ([], 0.0, 0.0),
            ([-10, 0, 10], 0.0, 2.0),
        ],
    )
    def test_payback(self, flows, rate, years):
        assert f.payback(flows, rate) == pytest.approx(years)


class TestInvestmentFlows:
    @pytest.mark.parametrize(
        ("life", "rate", "years", "expected"),
        [
            (2, 0.0, 2, (100, 0, 0)),
            (2, 0.0, 4, (100, 0, 100, 0, 0)),
            (4, 0.0, 2, (100, 0, -50)),
            (1, 0.25, 2, (100, 100, 0)),
            # Left are 0.5 of 1.5 years of an annuity, at the end of year 1: 100 * a(1.5) / a(0.5)
            (1.5, 0.0, 1, (100, -100 / 3)),
            # Bought again at 1.5, with half a year's interest at the end of year 2, and a year is left at its end
            (1.5, 0.21, 2, (100, 0, 110 - 100 * (1 - 1.21**-1) / (1 - 1.21**-1.5))),
            (math.inf, 0.25, 2, (100, 0, -100)),
            (math.inf, 0.0, 2, (100, 0, -100)),
        ],
    )
    def test_what_is_bought_when_and_what_is_left(self, life, rate, years, expected):
        assert f.investment_flows(100, life, rate, years) == pytest.approx(expected)

    @pytest.mark.parametrize("rate", [0.0, 0.07, -0.02])
    @pytest.mark.parametrize("life", [1, 2.5, 6, 20 / 3, 20, 37.5])
    def test_their_annuity_is_that_of_one_life(self, life, rate):
        flows = f.investment_flows(1000, life, rate, 20)
        annuity = f.present_value(flows, rate) * f.annuity_factor(rate, 20)
        assert annuity == pytest.approx(1000 * f.annuity_factor(rate, life), rel=1e-12)


class TestFinance:
    def test_defaults(self):
        found = Finance(discount_rate=0.07).model_dump()
        assert found == {"discount_rate": 0.07, "years": 20, "inflation": 0.0, "rates": "real", "escalation": {}}

    def test_nominal_rates_lose_inflation(self):
        nominal = Finance(discount_rate=0.375, inflation=0.1, rates="nominal", escalation={"a": 0.21, "b": 0.0})
        assert nominal.real_discount_rate == pytest.approx(0.25)
        assert nominal.index("a")[:2] == pytest.approx((1.1, 1.21))
        assert nominal.index("b")[0] == pytest.approx(1 / 1.1)  # a fixed price loses worth
        assert nominal.index("unlisted") == (1.0,) * 20  # it keeps pace with inflation
        assert nominal.annuity(2) == pytest.approx(25 / 36)
        assert nominal.annuity(1, 0.21) == pytest.approx(1.1)  # a rate of its own is nominal too

    def test_inflation_alone_changes_nothing_where_rates_are_real(self):
        assert Finance(discount_rate=0.07, inflation=0.1, escalation={"a": 0.02}).level("a") == pytest.approx(
            Finance(discount_rate=0.07, escalation={"a": 0.02}).level("a")
        )

    def test_a_list_of_factors_is_an_index(self):
        real = Finance(discount_rate=0.0, years=2, escalation={"a": [1, 3]})
        assert (real.index("a"), real.level("a")) == ((1.0, 3.0), 2.0)
        nominal = Finance(discount_rate=0.1, years=2, inflation=0.1, rates="nominal", escalation={"a": [1.1, 2.42]})
        assert nominal.index("a") == pytest.approx((1, 2))

    def test_an_investment_lives_as_long_as_is_counted_by_default(self):
        assert Finance(**QUARTER).annuity(None) == pytest.approx(25 / 36)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, "Finance: `discount_rate` is missing; give it: Discount rate [1/a]"),
            ({"discount_rate": 7}, "Finance.discount_rate: 7 is not between -0.5 and 1; did you mean 0.07?"),
            ({"discount_rate": "7 %"}, "Finance.discount_rate: '7 %' is not a number; did you mean 0.07?"),
            ({"years": 0}, "Finance.years: 0 is not between 1 and 100"),
            ({"years": 2.5}, "Finance.years: 2.5 is not a whole number"),
            ({"inflation": 2}, "Finance.inflation: 2 is not between -0.5 and 1; did you mean 0.02?"),
            ({"rates": "reel"}, "Finance.rates: 'reel' is not one of 'real' or 'nominal'; did you mean 'real'?"),
            ({"rate": 0.1}, "Finance: `rate` is not known here; did you mean `rates`?"),
            ({"escalation": 2}, "Finance.escalation: 2 is not a mapping"),
            ({"escalation": {"a": 2}}, "Finance.escalation.a: 2 is not between -0.5 and 1; did you mean 0.02?"),
            ({"escalation": {"a": "2 %"}}, "Finance.escalation.a: '2 %' is not a number; did you mean 0.02?"),
            (
                {"escalation": {"a": None}},
                "Finance.escalation.a: null is neither a number nor a list; give a rise a year, such as 0.02",
            ),
            (
                {"escalation": {"a": [1, 1]}, "years": 3},
                "Finance.escalation: `a` has 2 factors, but there are 3 years; give one for each",
            ),
            ({"escalation": {"a": [1, -1]}, "years": 2}, "Finance.escalation.a: -1 is negative; give 0 or more"),
            (
                {"escalation": {"supply_investment": 0.02}},
                "Finance.escalation: `supply_investment` cannot escalate; "
                "an investment is paid when it is made; leave it out",
            ),
        ],
    )
    def test_faults(self, given, told):
        assert faults(**({"discount_rate": 0.07} if given else {}) | given) == [told]

    def test_an_investment_needs_finance(self):
        with pytest.raises(InputError) as caught:
            state(hours=2, grid={"connection_capacity": {"size": 20, "capital_cost": 9}})
        assert [str(fault) for fault in caught.value.faults] == [
            "finance: it is missing, but there is a capital_cost of connection_capacity; "
            "give at least finance: {discount_rate: 0.07}, or an annual_cost instead"
        ]

    def test_a_price_that_is_not_known_cannot_move(self):
        with pytest.raises(InputError) as caught:
            state(hours=2, grid=GRID, finance=PLAIN | {"escalation": {"grid_enrgy": 0.02, "sunshine": 0.1}}).solve()
        told = [str(fault) for fault in caught.value.faults]
        assert (
            told[0] == "finance.escalation.grid_enrgy: there is no cost line of that name; did you mean `grid_energy`?"
        )
        assert told[1].startswith("finance.escalation.sunshine: there is no cost line of that name; known: `supply_cap")
        assert "investment" not in told[1]


def present_annuity(result: Result) -> float:
    flows = result.cash_flow()["Total"].tolist()
    rate = float(result.series["discount_rate"])
    return f.present_value(flows, rate) * f.annuity_factor(rate, len(flows) - 1)


class TestCashFlow:
    def test_yearly_costs_repeat_and_their_present_value_is_reported(self):
        result = solved(grid=GRID, finance=QUARTER)  # 20 MWh at 100
        assert result.cash_flow()["Grid energy"].tolist() == pytest.approx([0, 2000, 2000])
        assert result.value("net_present_cost") == pytest.approx(2880)
        assert result.value("lcoe_mix") == pytest.approx(100)
        assert result.value("investment") == 0

    def test_a_price_that_moves_costs_its_levelised_price_and_each_year_its_own(self):
        money = PLAIN | {"escalation": {"grid_energy": [1, 3]}}
        result = solved(grid=GRID, finance=money)
        assert result.certificate["objective"] == pytest.approx(4000)  # twice the price of year 0
        assert result.costs()["Grid energy"] == pytest.approx(4000)
        assert result.cash_flow()["Grid energy"].tolist() == pytest.approx([0, 2000, 6000])
        assert result.series["marginal_price"].values == pytest.approx([200, 200])
        assert result.notes == [
            "prices of grid_energy move over the years: costs and marginal prices are levelised, 2 times those of "
            "year 0, at which bills are made out"
        ]

    def test_a_tax_moves_with_what_it_is_on(self):
        vat = {"name": "tariff", "taxes": [{"name": "VAT", "rate": 0.2, "on": "energy"}]}
        given = {"grid": GRID | {"tariff": vat}}
        result = solved(finance=PLAIN | {"escalation": {"grid_energy": [1, 3]}}, **given)
        assert result.costs()["Tax on grid energy"] == pytest.approx(800)
        assert result.cash_flow()["Tax on grid energy"].tolist() == pytest.approx([0, 400, 1200])
        abolished = PLAIN | {"escalation": {"grid_energy": [1, 3], "tax_on_grid_energy": [1, 0]}}
        assert solved(finance=abolished, **given).cash_flow()["Tax on grid energy"].tolist() == pytest.approx(
            [0, 400, 0]
        )

    def test_a_price_that_will_move_decides_what_is_built(self):
        # 1 MW of pv for 300 saves 2 years of 100, or of 100 and 250: only the price that rises pays for it.
        given = {
            "grid": GRID,
            "supplies": [{"name": "pv", "capacity": {"max": 10, "capital_cost": 300}, "availability": [1.0, 0.0]}],
        }
        steady, rising = (
            solved(finance=PLAIN | {"escalation": {"grid_energy": index}}, **given) for index in ([1, 1], [1, 2.5])
        )
        assert (steady.value("capacity_pv"), rising.value("capacity_pv")) == pytest.approx((0, 10))

    def test_an_investment_is_paid_when_it_is_made(self):
        size = {"size": 20, "capital_cost": 36, "life": 1, "fixed_om_share": 0.5}
        result = solved(grid=GRID | {"connection_capacity": size}, finance=QUARTER)
        flows = result.cash_flow()
        assert flows["Grid connection investment"].tolist() == pytest.approx([720, 720, 0])
        assert flows["Grid connection fixed O&M"].tolist() == pytest.approx([0, 360, 360])
        assert result.costs()["Grid connection investment"] == pytest.approx(900)  # 720 * 1.25
        assert result.value("investment") == pytest.approx(720)
        assert present_annuity(result) == pytest.approx(result.certificate["objective"])

    def test_a_discount_rate_of_its_own_is_a_yearly_cost_of_financing(self):
        size = {"size": 10, "capital_cost": 72, "discount_rate": 0.25}
        result = solved(grid=GRID | {"connection_capacity": size}, finance=PLAIN)
        # The annuity is 720 * 25/36 = 500, of which 360 pay the investment back without interest.
        assert result.costs()["Grid connection investment"] == pytest.approx(500)
        assert result.cash_flow()["Grid connection investment"].tolist() == pytest.approx([720, 140, 140])

    def test_real_and_nominal_say_the_same(self):
        size = {"size": 20, "capital_cost": 36, "life": 1.5}
        given = {"grid": GRID | {"connection_capacity": size}}
        real = solved(finance={"discount_rate": 0.25, "years": 4, "escalation": {"grid_energy": 0.1}}, **given)
        nominal = solved(
            finance={
                "discount_rate": 0.375,
                "years": 4,
                "inflation": 0.1,
                "rates": "nominal",
                "escalation": {"grid_energy": 0.21},
            },
            **given,
        )
        assert nominal.certificate["objective"] == pytest.approx(real.certificate["objective"], rel=1e-12)
        assert nominal.cash_flow().to_numpy() == pytest.approx(real.cash_flow().to_numpy())
        in_its_money = nominal.cash_flow(nominal=True)["Total"].tolist()
        assert f.present_value(in_its_money, 0.375) == pytest.approx(real.value("net_present_cost"))
        assert in_its_money[1] == pytest.approx(1.1 * nominal.cash_flow()["Total"][1])

    def test_lost_load_is_no_cost_of_energy(self):
        result = solved(grid=GRID | {"connection_capacity": 5}, load={"value_of_lost_load": 1000}, finance=PLAIN)
        assert result.value("lcoe_mix") == pytest.approx(100)
        assert result.value("cost_per_mwh") == pytest.approx(550)

    def test_without_finance_there_is_none(self):
        result = solved(grid=GRID)
        assert not {"net_present_cost", "investment", "lcoe_mix"} & set(result.summary().index)
        with pytest.raises(InputError, match="cash flow: the result has none; give its scenario `finance`"):
            result.cash_flow()

    def test_a_result_that_is_saved_and_read_back_keeps_it(self, tmp_path):
        result = solved(grid=GRID, finance=QUARTER)
        result.save(tmp_path / "result.nc")
        assert Result.load(tmp_path / "result.nc").cash_flow().equals(result.cash_flow())

    def test_a_rule_of_the_users_own_escalates_too(self):
        own = state(hours=2, grid=GRID, finance=PLAIN | {"escalation": {"grid_levy": [1, 3]}})
        with pytest.raises(InputError, match="no cost line of that name"):
            _ = own.program

        def levy(m, t):
            return 5 * m.weight[t] * m.dt[t] * m.grid_import[t]

        own.add(levy, over="hour", kind="cost", label="Grid levy")
        result = own.solve()
        assert result.costs()["Grid levy"] == pytest.approx(200)  # 20 MWh at 5, twice
        assert result.cash_flow()["Grid levy"].tolist() == pytest.approx([0, 100, 300])

    def test_new_prices_stay_levelised(self):
        changed = state(
            hours=2, grid=GRID | {"energy_price": [100, 100]}, finance=PLAIN | {"escalation": {"grid_energy": [1, 3]}}
        )
        changed.solve()
        changed.update({"energy_price": np.array([10.0, 20.0])})
        assert changed.solve().costs()["Grid energy"] == pytest.approx(600)


PV = {"name": "pv", "capacity": {"size": 10, "capital_cost": 72}, "availability": [1.0, 0.0]}


class TestPayback:
    def test_what_an_investment_saves_against_the_grid_alone(self):
        alone = solved(grid=GRID, finance=QUARTER)
        built = solved(grid=GRID, supplies=[PV], finance=QUARTER)
        found = built.payback(alone)  # 720 now saves 10 MWh at 100 a year
        assert found.savings == pytest.approx((-720, 1000, 1000))
        assert found.net_present_value == pytest.approx(-720 + 1440)
        assert found.simple == pytest.approx(0.72)
        assert found.discounted == pytest.approx(0.9)  # 800 in the first year

    def test_the_net_present_value_is_the_difference_of_the_present_costs(self):
        alone = solved(grid=GRID, finance=QUARTER)
        built = solved(grid=GRID, supplies=[PV], finance=QUARTER)
        gain = alone.value("net_present_cost") - built.value("net_present_cost")
        assert built.payback(alone).net_present_value == pytest.approx(gain)

    def test_what_never_pays_back_and_what_costs_nothing_more(self):
        built = solved(grid=GRID, supplies=[PV], finance=QUARTER)
        alone = solved(grid=GRID, finance=QUARTER)
        assert alone.payback(built).simple == 0
        dear = PV | {"capacity": {"size": 10, "capital_cost": 999}}
        assert solved(grid=GRID, supplies=[dear], finance=QUARTER).payback(alone).simple == math.inf

    def test_unlike_is_not_compared_with_unlike(self):
        plan, without = solved(grid=GRID, finance=QUARTER), solved(grid=GRID)
        other = solved(grid=GRID, finance={"discount_rate": 0.1, "years": 3}, currency="MAD")
        with pytest.raises(InputError) as caught:
            plan.payback(other)
        assert [str(fault) for fault in caught.value.faults] == [
            "payback: currencies differ: USD and MAD; count both in the same way",
            "payback: years differ: 2 and 3; count both in the same way",
            "payback: real discount rates differ: 0.25 and 0.1; count both in the same way",
        ]
        with pytest.raises(InputError, match="the reference has no cash flow; give its scenario `finance`"):
            plan.payback(without)


class TestPages:
    @pytest.fixture
    def result(self) -> Result:
        connection = {"size": 20, "capital_cost": 36, "life": 1}
        return solved(grid=GRID | {"connection_capacity": connection}, supplies=[PV], finance=QUARTER)

    def test_the_figure_holds_every_line_that_is_not_zero(self, result):
        figure = plots.draw(result.series, "cash_flow")
        assert list(figure.table.columns) == [
            "Grid energy [USD]",
            "Supply investment [USD]",
            "Grid connection investment [USD]",
            "Total [USD]",
            "Present value [USD]",
        ]
        assert figure.table["Total [USD]"].tolist() == pytest.approx([1440, 1720, 1000, 4160])
        assert figure.table["Present value [USD]"].tolist() == pytest.approx([1440, 1376, 640, 3456])
        assert [trace["name"] for trace in figure.spec["data"]][-1] == "Present value of all so far"
        assert result.value("net_present_cost") == pytest.approx(3456)

    def test_what_each_source_costs(self, result):
        table = plots.draw(result.series, "cost_by_source").table
        assert list(table.index) == ["pv", "Grid", "Total"]
        assert table["Energy [MWh/a]"].tolist() == pytest.approx([10, 10, 20])
        assert table["Cost [USD/a]"].tolist() == pytest.approx([500, 1900, 2400])
        assert table["Cost of energy [USD/MWh]"].tolist() == pytest.approx([50, 190, 120])

    def test_a_source_that_gives_little_does_not_make_the_others_short(self):
        """1 MWh of the generator costs 2,110, 19 of the grid 100 each: 4,010 / 20 = 200.5 in the mean."""
        backup = {"name": "backup", "capacity": {"size": 5, "annual_cost": 400}, "fuel_price": 110}
        outage = GRID | {"available": [1.0, 0.18]}  # 9 of 50 MW
        figure = plots.draw(solved(grid=outage, generators=[backup]).series, "cost_by_source")
        assert figure.table["Cost of energy [USD/MWh]"].tolist() == pytest.approx([2110, 100, 200.5])
        assert figure.spec["layout"]["xaxis"]["range"] == pytest.approx([0, 1.1 * 200.5])
        assert figure.spec["data"][0]["text"][0] == "2,110.00"
        assert "Bars that reach the edge go on beyond it" in figure.explanation

    def test_the_report_shows_investment_and_cash_flow(self, result):
        page = report.render_report(result.series)
        assert "<code>bill.csv</code> and the cash flow of each year in <code>cash_flow.csv</code>." in page
        assert "Investment and cash flow" in page
        assert 'data-figure="cash_flow"' in page
        assert "Present value of all costs of 2 years" in page

    def test_without_finance_the_report_says_so(self):
        page = report.render_report(solved(grid=GRID).series)
        assert "The scenario has no finance, so there is no cash flow over the years." in page
