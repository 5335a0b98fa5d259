"""What holds for money in every scenario: the objective is the annuity of the flows that are reported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import finance as f
from optimizer.result import Result
from tests.sites import state

RATES = st.sampled_from([0.0, 0.03, 0.07, 0.12])
COSTS = st.floats(0, 500)
LIVES = st.sampled_from([None, 1, 2.5, 7, 12, 37.5])
LINES = ("grid_energy", "supply_energy", "carbon", "fuel", "supply_fixed_om", "unserved_energy", "export_revenue")


@st.composite
def capacities(draw: st.DrawFn) -> dict[str, float]:
    least = draw(st.sampled_from([0.0, 3.0]))
    bounds = {"min": least, "max": least + draw(st.sampled_from([0.0, 9.0])), "existing": draw(st.floats(0, least))}
    if draw(st.booleans()):
        return bounds | {"annual_cost": draw(COSTS), "fixed_om": draw(COSTS)}
    own = {"life": draw(LIVES), "discount_rate": draw(st.none() | RATES)}
    return bounds | {"capital_cost": draw(COSTS), "fixed_om_share": draw(st.floats(0, 0.1))} | own


@st.composite
def finances(draw: st.DrawFn) -> dict[str, Any]:
    years = draw(st.integers(1, 30))
    courses = st.sampled_from([-0.05, 0.0, 0.02, 0.3]) | st.lists(st.floats(0, 3), min_size=years, max_size=years)
    return {
        "discount_rate": draw(RATES),
        "years": years,
        "inflation": draw(st.sampled_from([0.0, 0.02])),
        "rates": draw(st.sampled_from(["real", "nominal"])),
        "escalation": draw(st.dictionaries(st.sampled_from(LINES), courses, max_size=4)),
    }


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    prices = st.lists(st.floats(-20, 200), min_size=3, max_size=3)
    shares = st.lists(st.floats(0, 1), min_size=3, max_size=3)
    return {
        "it_load": draw(st.lists(st.floats(0, 20), min_size=3, max_size=3)),
        "load": {"value_of_lost_load": 1000},
        "supplies": [
            {
                "name": "pv",
                "capacity": draw(capacities()),
                "availability": draw(shares),
                "energy_price": draw(COSTS),
                "variable_om": draw(COSTS),
            }
        ],
        "batteries": [
            {
                "name": "b",
                "power_capacity": draw(capacities()),
                "energy_capacity": draw(capacities()),
                "throughput_cost": draw(COSTS),
                "variable_om": draw(COSTS),
            }
        ],
        "generators": [
            {
                "name": "diesel",
                "capacity": draw(capacities()),
                "fuel_price": draw(COSTS),
                "efficiency": 0.5,
                "carbon_intensity": 0.25,
                "hours_max": draw(st.none() | st.floats(0, 3)),
            }
        ],
        "grid": {
            "connection_capacity": draw(capacities()),
            "subscribed_power": draw(capacities()),
            "energy_price": draw(prices),
            "carbon_intensity": 0.5,
            "export_capacity": 5,
            "export_price": 15,
        },
        "carbon_price": draw(COSTS),
        "weight": draw(st.sampled_from([1.0, 2920.0])),
    }


@given(sites(), finances())
@settings(max_examples=40, deadline=None)
def test_the_objective_is_the_annuity_of_the_flows_reported(site: dict[str, Any], finance: dict[str, Any]) -> None:
    result = state(finance=finance, **site).solve()
    specified = f.Finance(**finance)
    rate, years = specified.real_discount_rate, specified.years
    flows = result.cash_flow()
    worth = (1 + rate) ** -np.arange(years + 1.0)
    annuity = 1 / worth[1:].sum()
    scale = np.abs(result.costs()).sum() + 1
    for line, cost in result.costs().items():
        assert worth @ flows[line].to_numpy() * annuity == pytest.approx(cost, abs=1e-9 * scale), line
    assert worth @ flows["Total"].to_numpy() * annuity == pytest.approx(
        result.certificate["objective"], abs=1e-9 * scale
    )
    assert result.value("net_present_cost") * annuity == pytest.approx(result.value("cost_per_year"), abs=1e-9 * scale)
    assert_outlays_are_the_investments(result)


def assert_outlays_are_the_investments(result: Result) -> None:
    """What is paid at the start is capital cost times what exceeds the old capacity, asset by asset."""
    plan = result.series
    paid = sum(
        float((plan[f"{name}_capital_cost"] * (plan[name] - plan[f"{name}_existing"])).sum())
        for name in f.INVESTMENT_LINES
        if f"{name}_capital_cost" in plan
    )
    assert result.value("investment") == pytest.approx(paid, rel=1e-9, abs=1e-9)


@given(sites(), finances(), st.sampled_from([0.01, 0.05]))
@settings(max_examples=15, deadline=None)
def test_rates_and_prices_may_be_told_in_real_or_in_nominal_terms(
    site: dict[str, Any], finance: dict[str, Any], inflation: float
) -> None:
    real = finance | {"rates": "real", "inflation": inflation}
    rises = {line: course for line, course in finance["escalation"].items() if isinstance(course, float)}
    real["escalation"] = {line: rises.get(line, 0.0) for line in LINES}  # every price that there may be
    nominal = real | {
        "rates": "nominal",
        "discount_rate": f.nominal_rate(real["discount_rate"], inflation),
        "escalation": {line: f.nominal_rate(rise, inflation) for line, rise in real["escalation"].items()},
    }
    stated = state(finance=real, **site)
    found = [stated.solve(), state(finance=nominal, **_nominal(site, inflation)).solve()]
    first, second = (result.certificate["objective"] for result in found)
    assert second == pytest.approx(first, rel=1e-6, abs=1e-3)


def _nominal(site: Any, inflation: float) -> Any:
    """Put inflation into the discount rates that capacities have of their own."""
    if isinstance(site, dict):
        made = {key: _nominal(value, inflation) for key, value in site.items()}
        if made.get("discount_rate") is not None:
            made["discount_rate"] = f.nominal_rate(made["discount_rate"], inflation)
        return made
    return [_nominal(item, inflation) for item in site] if isinstance(site, list) else site


@given(st.floats(-0.5, 1), st.floats(0.1, 100))
def test_annuity_and_present_value_are_inverse(rate: float, years: float) -> None:
    assert f.annuity_factor(rate, years) * f.present_value_factor(rate, years) == pytest.approx(1, rel=1e-12)


@given(st.floats(-0.05, 0.5), st.integers(1, 60))
def test_a_present_value_is_that_of_its_annuity(rate: float, years: int) -> None:
    level = f.present_value([0.0, *[1.0] * years], rate)
    assert f.present_value_factor(rate, years) == pytest.approx(level, rel=1e-9)


@given(st.floats(-0.05, 0.5), st.integers(1, 60), st.floats(0.2, 80))
def test_an_investment_costs_the_same_a_year_for_however_long_it_is_needed(
    rate: float, years: int, life: float
) -> None:
    flows = f.investment_flows(1000, life, rate, years)
    annuity = f.present_value(flows, rate) / f.present_value_factor(rate, years)
    assert annuity == pytest.approx(1000 * f.annuity_factor(rate, life), rel=1e-6)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.floats(-0.1, 0.5))
def test_a_levelised_price_lies_among_those_of_the_years(index: list[float], rate: float) -> None:
    assert min(index) - 1e-9 <= f.levelised_factor(index, rate) <= max(index) + 1e-9


@given(st.lists(st.integers(-100, 100).map(float), max_size=12), RATES)
def test_all_is_paid_back_at_the_payback_and_not_before(flows: list[float], rate: float) -> None:
    found = f.payback(flows, rate)
    so_far = [f.present_value(flows[: year + 1], rate) for year in range(len(flows))]
    before = [worth for year, worth in enumerate(so_far) if year < found]
    assert all(worth < 0 for worth in before)
    if np.isfinite(found) and flows:
        assert so_far[int(np.ceil(found))] >= 0
