"""Targets by month, window and year, and caps: solved by hand, and what bad ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer import Result, Scenario, plots
from optimizer.errors import InfeasibleError, InputError
from optimizer.model import Model
from optimizer.scenario import Rolling, Targets
from tests.sites import battery, grid, state, supply

FOLDER = Path(__file__).parents[1] / "data" / "casablanca-40mw"


def test_each_month_reaches_its_target_by_itself():
    """Of 744 hours of January, 60 come free of carbon and of cost; half of each month has to be covered.

    Over the year together 1416 hours x 10 MW x 0.5 = 7080 MWh have to be clean; in each month alone as much, but the
    gift of 600 MWh counts in January alone. Covered by sun at 50 rather than by the grid at 20.
    """
    kind: dict[str, Any] = {"hours": 1416, "grid": grid(energy_price=20)}
    gift = np.zeros(1416)
    gift[1:61] = 1
    given = [supply("gift", capacity=10, availability=gift), supply("sun", energy_price=50)]
    year = state(np.full(1416, 10.0), supplies=given, **kind, targets={"cfe": 0.5}).solve()
    month = state(np.full(1416, 10.0), supplies=given, **kind, targets={"cfe_monthly": 0.5}).solve()
    clean, load = 7080.0, 14160.0
    assert year.value("cost_per_year") == pytest.approx((clean - 600) * 50 + (load - clean) * 20)
    assert month.value("cost_per_year") == pytest.approx(year.value("cost_per_year"))
    # A gift of more than half of January cannot help February.
    gift[1:601] = 1
    given = [supply("gift", capacity=10, availability=gift), supply("sun", energy_price=50)]
    year = state(np.full(1416, 10.0), supplies=given, **kind, targets={"cfe": 0.5}).solve()
    month = state(np.full(1416, 10.0), supplies=given, **kind, targets={"cfe_monthly": 0.5}).solve()
    assert year.value("cost_per_year") == pytest.approx(1080 * 50 + 7080 * 20)
    # January begins with 743 hours here: the one from 23:00 UTC on is the first of February in Casablanca.
    january, february = 7430.0, 6730.0
    bought = february / 2
    assert month.value("cost_per_year") == pytest.approx(bought * 50 + (load - 6000 - bought) * 20)
    assert january / 2 < 6000
    prices = month.series["marginal_price_of_monthly_matching"]
    assert list(prices["calendar_month"].values) == ["Jan 2025", "Feb 2025"]
    assert prices.values == pytest.approx([0, -30], abs=1e-6)


def test_every_window_reaches_its_target():
    """Three local days; sun is free on the first and the last alone. A window of two days needs half of its load.

    Covering 10 MW x 24 h of one day in each pair: sun of days 1 and 3 does it. With windows of one day the second day
    has to buy 120 MWh of wind at 50 rather than 120 MWh from the grid at 20.
    """
    sun = np.zeros(72)
    sun[:23] = 1  # until midnight in Casablanca
    sun[47:] = 1
    given = {
        "supplies": [supply("sun", capacity=10, availability=sun), supply("wind", energy_price=50)],
        "grid": grid(energy_price=20),
    }
    # The horizon's first local day has 23 hours from its second on, and so counts with the next: 47 hours.
    plain = state(np.full(72, 10.0), **given).solve()
    assert plain.value("cost_per_year") == pytest.approx(24 * 10 * 20)
    pair = state(np.full(72, 10.0), **given, targets={"cfe_rolling": {"share": 0.4, "days": 2}}).solve()
    assert pair.value("cost_per_year") == pytest.approx(plain.value("cost_per_year"))
    alone = state(np.full(72, 10.0), **given, targets={"cfe_rolling": {"share": 0.6, "days": 1}}).solve()
    # Day one: 47 hours, 23 of them clean; 0.6 x 470 = 282 MWh need 52 of wind. Day two: 25 hours of sun.
    assert alone.value("cost_per_year") == pytest.approx(52 * 50 + (240 - 52) * 20)
    prices = alone.series["marginal_price_of_rolling_matching"]
    assert list(prices["target_window"].values) == ["2025-01-02", "2025-01-03"]
    assert prices.values == pytest.approx([-30, 0], abs=1e-6)


def test_annual_matching_counts_energy_whenever_it_occurs():
    """Sun at 5 by day, sold at 0 or used; the night is the grid's at 20. A target of 1 needs 20 MWh of sun by day.

    10 MWh of them are exported for nothing: 20 x 5 + 10 x 20. Hour by hour, the same plan covers half.
    """
    result = state(
        [10, 10],
        supplies=[supply(capacity=20, availability=[1, 0], energy_price=5)],
        grid=grid(energy_price=20, export_capacity=50),
        targets={"cfe_annual": 1},
    ).solve()
    assert result.value("cost_per_year") == pytest.approx(300)
    assert result.value("cfe_annual") == pytest.approx(1)
    assert result.value("cfe_hourly") == pytest.approx(0.5)
    assert result.marginal_prices().loc["annual_matching", "mean"] == pytest.approx(5)


@pytest.mark.parametrize(("cap", "value"), [("emissions_max", 5.0), ("emission_intensity_max", 0.25)])
def test_an_emissions_cap_limits_what_is_bought(cap: str, value: float):
    """The grid emits 0.5 t/MWh, sun 0.1 t/MWh; 20 MWh of load may emit 5 t: 0.5 g + 0.1 (20 - g) = 5, g = 7.5.

    7.5 MWh at 20 and 12.5 at 50. One more tonne allows 2.5 MWh more of the grid's, saving 75.
    """
    result = state(
        [10, 10],
        supplies=[supply(energy_price=50, carbon_intensity=0.1)],
        grid=grid(energy_price=20, carbon_intensity=0.5),
        targets={cap: value},
    ).solve()
    assert result.value("cost_per_year") == pytest.approx(7.5 * 20 + 12.5 * 50)
    assert result.value("emissions") == pytest.approx(5)
    assert result.marginal_prices().loc[cap.replace("max", "cap"), "mean"] == pytest.approx(-75)


@pytest.mark.parametrize(("cap", "value"), [("grid_energy_max", 4.0), ("grid_share_max", 0.2)])
def test_a_cap_on_grid_energy(cap: str, value: float):
    """4 of 20 MWh from the grid at 20, the rest from a plant at 50."""
    targets = {cap: value}
    result = state([10, 10], supplies=[supply(energy_price=50)], grid=grid(energy_price=20), targets=targets).solve()
    assert result.value("grid_import") == pytest.approx(4)
    assert result.value("cost_per_year") == pytest.approx(4 * 20 + 16 * 50)


def test_a_cap_on_curtailment_makes_less_be_contracted():
    """Sun gives 10 or 20 MW a MW-hour contracted at 1 x 10; night is bought at 100. Without a cap, 20 MW pay off.

    Capacity C gives C in the first hour and C / 2 in the second, load is 10. Uncapped: C = 20, 10 of 30 MWh are
    curtailed. With a tenth: curtailed (C - 10) <= 0.15 C, C = 10 / 0.85.
    """
    given = {
        "supplies": [supply(capacity={"max": 50, "annual_cost": 10}, availability=[1, 0.5])],
        "grid": grid(energy_price=100),
    }
    plain = state([10, 10], **given).solve()
    assert plain.value("capacity_pv") == pytest.approx(20)
    assert plain.value("curtailment_share") == pytest.approx(1 / 3)
    capped = state([10, 10], **given, targets={"curtailment_share_max": 0.1}).solve()
    assert capped.value("capacity_pv") == pytest.approx(10 / 0.85)
    assert capped.value("curtailment_share") == pytest.approx(0.1)


def test_the_surplus_rule_limits_what_is_sold_to_a_share_of_what_is_produced():
    """Sun at 5 sells at 6. Of production P, 0.2 P may be sold and 10 MWh are used: P = 12.5.

    Without the rule 50 MW are sold. Production that is curtailed does not count.
    """
    given = {
        "supplies": [supply(capacity=100, availability=[1, 0], energy_price=5)],
        "grid": grid(energy_price=20, export_capacity=50, export_price=6),
    }
    free = state([10, 10], **given).solve()
    assert free.value("grid_export") == pytest.approx(50)
    ruled = state([10, 10], **given, targets={"export_share": 0.2}).solve()
    assert ruled.value("grid_export") == pytest.approx(2.5)
    assert ruled.value("cost_per_year") == pytest.approx(12.5 * 5 + 10 * 20 - 2.5 * 6)


def test_totals_count_with_the_weights_of_the_intervals():
    """A weight of 100 makes 2 hours stand for 200: a cap of 400 MWh/a is 2 MW on average."""
    given = {"supplies": [supply(energy_price=50)], "grid": grid(energy_price=20), "weight": 100.0}
    result = state([10, 10], **given, targets={"grid_energy_max": 400}).solve()
    assert result.value("grid_import") == pytest.approx(400)
    assert result.value("cost_per_year") == pytest.approx(400 * 20 + 1600 * 50)


TARGETS = (
    {"cfe_monthly": 0.7},
    {"cfe_rolling": {"share": 0.7, "days": 1}},
    {"cfe_annual": 0.9},
    {"emission_intensity_max": 0.2},
    {"grid_share_max": 0.4},
)


@pytest.mark.parametrize("targets", TARGETS)
def test_the_marginal_price_is_what_one_more_mwh_of_load_costs(targets: dict[str, Any]):
    """Add 1 kW to the load of each hour in turn; a target makes it cost another thing than the balance alone says."""
    extra = 1e-3

    def cost(load: np.ndarray[Any, Any]) -> Result:
        return state(
            load,
            supplies=[supply(capacity={"max": 100, "annual_cost": 60}, availability=[1, 0.2, 0.1])],
            batteries=[battery(energy={"max": 100, "annual_cost": 4}, cyclic=True, charge_efficiency=0.9)],
            grid=grid(energy_price=[20, 30, 40], grid_cfe=[0.1, 0.3, 0.2], carbon_intensity=0.5, export_capacity=9),
            weight=2.0,
            targets=targets,
        ).solve()

    load = np.array([10.0, 11.0, 12.0])
    before = cost(load)
    paid = [
        cost(load + extra * (np.arange(3) == hour)).value("cost_per_year") - before.value("cost_per_year")
        for hour in range(3)
    ]
    assert before.series["marginal_price"].values == pytest.approx(np.array(paid) / extra / 2.0, rel=1e-4)
    balance = before.series["marginal_price_of_power_balance"].values / 2.0
    assert not np.allclose(balance, before.series["marginal_price"].values, rtol=1e-3)


def test_a_target_that_cannot_be_reached_is_said_to_be_so():
    with pytest.raises(InfeasibleError):
        state([10, 10], grid=grid(energy_price=20), targets={"cfe_monthly": 0.1}).solve()


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ({"cfe_monthly": 90}, "targets.cfe_monthly: 90 is not between 0 and 1; did you mean 0.9?"),
        ({"export_share": 20}, "targets.export_share: 20 is not between 0 and 1; did you mean 0.2?"),
        ({"cfe_rolling": {"share": 0.8}}, "targets.cfe_rolling: `days` is missing; give it: Days of the window"),
        ({"cfe_rolling": {"share": 0.8, "days": 1.5}}, "targets.cfe_rolling.days: 1.5 is not a whole number"),
        ({"cfe_rolling": {"share": 0.8, "days": 0}}, "targets.cfe_rolling.days: 0 is below 1"),
        ({"emissions_max": -1}, "targets.emissions_max: -1 is negative; give 0 or more"),
        (
            {"emission_intensity_max": 250},
            "targets.emission_intensity_max: 250 is not between 0 and 5; did you mean 0.25?",
        ),
        ({"cfe_month": 0.9}, "targets: `cfe_month` is not known here; did you mean `cfe_monthly`?"),
    ],
)
def test_what_bad_targets_are_told(targets: dict[str, Any], told: str):
    with pytest.raises(InputError) as caught:
        state(10, targets=targets)
    (fault,) = caught.value.faults
    assert str(fault).startswith(told)


def test_a_window_longer_than_the_horizon_is_refused():
    with pytest.raises(InputError) as caught:
        state(10, hours=72, targets={"cfe_rolling": {"share": 0.8, "days": 7}})
    (fault,) = caught.value.faults
    assert str(fault) == (
        "targets.cfe_rolling.days: a window of 7 days is longer than the horizon, 2 days of the site's clock; shorten "
        "the window, or set targets.cfe instead"
    )


def test_targets_are_written_and_read_back(example_yaml: Scenario):
    assert example_yaml.targets.cfe_rolling == Rolling(share=0.8, days=7)
    assert Scenario.from_dict(_plain(example_yaml)).targets == example_yaml.targets
    assert example_yaml.change({"targets.cfe_rolling.days": 3}).targets.cfe_rolling == Rolling(share=0.8, days=3)


@pytest.fixture
def example_yaml() -> Scenario:
    return state(10, hours=240, targets={"cfe_rolling": {"share": 0.8, "days": 7}, "export_share": 0.2}).scenario


def _plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True)


def test_nothing_is_stated_that_is_not_set():
    families = set(state(10).program.rows)
    assert not families & {"monthly_matching", "daily_matching", "surplus_rule", "emissions_cap", "hourly_matching"}
    assert Targets().model_dump(exclude_none=True) == {}


def test_why_load_may_earn_under_a_target_is_said() -> None:
    """Load in the sunny hour is covered by the sun, and lets another hour take half as much more from the grid."""
    given: dict[str, Any] = {
        "grid": grid(energy_price=50),
        "supplies": [supply(capacity={"max": 100, "annual_cost": 30}, availability=[1, 0.1, 0.1])],
    }
    result = state(10, targets={"cfe": 0.5}, **given).solve(vertex=True)
    assert result.series["marginal_price"].values[0] < 0
    assert "raises the share" in plots.draw(result.series, "marginal_price_heatmap").explanation
    assert "raises the share" not in plots.draw(state(10, **given).solve().series, "marginal_price_heatmap").explanation


def test_cost_never_falls_as_the_target_rises():
    """A plan for a higher share serves for a lower one too; each is proved, and reaches its share. On two weeks."""
    model = Model(Scenario.load(FOLDER / "sizing.yaml").change({"horizon.end": "2025-01-15T00:00Z"}))
    costs = []
    for share in (0.8, 0.9, 0.95, 0.99):
        model.update({"cfe_target": share})
        result = model.solve()
        costs.append(result.value("cost_per_year"))
        assert result.certificate["proved"]
        assert result.value("cfe_hourly") == pytest.approx(share, abs=1e-6)
        assert result.series["marginal_price_of_hourly_matching"].item() < 0
    assert costs == sorted(costs)
    assert costs[-1] > 1.1 * costs[0]


def test_a_year_at_a_lower_target_costs_less(example_sizing: Result):
    lower = Model(Scenario.load(FOLDER / "size-80.yaml")).solve()
    assert lower.value("cfe_hourly") == pytest.approx(0.8, abs=1e-6)
    assert lower.value("cost_per_year") < 0.95 * example_sizing.value("cost_per_year")


@pytest.mark.parametrize("share", [80, 95, 99])
def test_the_shipped_variants_differ_in_their_share_alone(share: int):
    sizing, variant = Scenario.load(FOLDER / "sizing.yaml"), Scenario.load(FOLDER / f"size-{share}.yaml")
    assert variant.targets == sizing.targets.model_copy(update={"cfe": share / 100})
    assert variant.site == sizing.site
