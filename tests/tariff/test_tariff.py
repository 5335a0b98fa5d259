"""What a tariff may say, in which words its faults are told, and the files that hold one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from optimizer.assets import GridConnection
from optimizer.binding import bind
from optimizer.errors import InputError
from optimizer.scenario import Scenario, scenario_schema
from optimizer.specification.yaml_file import read_one
from optimizer.tariff.tariff import Tariff, tariff_schema
from tests.tariff.halls import bands, hall, peak

ROOT = Path(__file__).parents[2]
MOROCCO = ROOT / "data" / "tariffs" / "morocco-ht.yaml"
WINTER_SUMMER = [
    {"name": "winter", "start": "10-01", "end": "03-31"},
    {"name": "summer", "start": "04-01", "end": "09-30"},
]
PRORATED = {"partial_periods": "prorated"}
COVER = "let the windows of the bands cover every hour of the year once"


def faults(**data: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        Tariff(**{"name": "t"} | data)
    return [str(fault).removeprefix("Tariff.") for fault in caught.value.faults]


def band(name: str = "all", price: Any = 1, **window: Any) -> dict[str, Any]:
    return {"name": name, "price": price} | ({"windows": [window]} if window else {})


# -- coverage: every hour of the year once ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "energy_bands",
    [
        [],
        [band()],
        bands(day=(1, "07-22"), night=(2, "22-07")),
        bands(a=(1, "00-08"), b=(2, "8:00 - 16:30"), c=(3, "16:30-24:00")),
        [band("work", days="weekdays"), band("rest", days=["weekends"])],
        [band("monday", days="monday"), band("rest", days=["tuesday", "wednesday", "thursday", "friday", "weekends"])],
        [{"name": "two windows", "price": 1, "windows": [{"hours": ["00-06", "20-24"]}, {"hours": "06-20"}]}],
        [{"name": "twice", "price": 1, "windows": [{"hours": "00-20"}, {"hours": "10-24"}]}],  # within one band: once
    ],
)
def test_bands_that_cover_each_hour_once_are_let_pass(energy_bands):
    assert len(Tariff(name="t", energy_bands=energy_bands).energy_bands) == len(energy_bands)


@pytest.mark.parametrize(
    ("energy_bands", "told"),
    [
        (bands(day=(1, "07-22")), ["no band covers 00:00-07:00 and 22:00-24:00"]),
        (bands(day=(1, "07-22"), night=(2, "21:30-07")), ["'day' and 'night' both cover 21:30-22:00"]),
        (
            bands(day=(1, "07-22"), night=(2, "23-08")),
            ["no band covers 22:00-23:00", "'day' and 'night' both cover 07:00-08:00"],
        ),
        (
            [band("work", days="weekdays"), band("saturday", days="saturday")],
            ["no band covers 00:00-24:00 on Sundays"],
        ),
        ([band("a"), band("b")], ["'a' and 'b' both cover 00:00-24:00"]),
        (
            [band("summer", seasons="summer"), band("winter", seasons="winter", hours="07-22")],
            ["no band covers 00:00-07:00 and 22:00-24:00 from 01-01 to 03-31 and 10-01 to 12-31"],
        ),
        (
            [band("work", days="weekdays", hours="07-22"), band("rest", days="weekends")],
            ["no band covers 00:00-07:00 and 22:00-24:00 on Mondays, Tuesdays, Wednesdays, Thursdays and Fridays"],
        ),
        (
            [band("a", seasons="summer", days="weekends", hours="10-12"), band("b")],
            ["'a' and 'b' both cover 10:00-12:00 on Saturdays and Sundays from 04-01 to 09-30"],
        ),
    ],
)
def test_gaps_and_overlaps_name_the_hours(energy_bands, told):
    assert faults(energy_bands=energy_bands, seasons=WINTER_SUMMER) == [
        f"energy_bands: {what}; {COVER}" for what in told
    ]


def test_holidays_have_to_be_covered_where_there_are_any():
    both = [band("work", days="weekdays"), band("rest", days="weekends")]
    assert Tariff(name="t", energy_bands=both).holidays == ()
    assert faults(energy_bands=both, holidays=["05-01"]) == [
        f"energy_bands: no band covers 00:00-24:00 on holidays; {COVER}"
    ]


def test_the_29th_of_february_has_to_be_covered():
    seasons = [{"name": "a", "start": "03-01", "end": "02-28"}]
    assert faults(energy_bands=[band(seasons="a")], seasons=seasons) == [
        f"energy_bands: no band covers 00:00-24:00 from 02-29; {COVER}"
    ]


def test_the_weekend_may_be_on_other_days():
    work = band("work", days=["sunday", "monday", "tuesday", "wednesday", "thursday"])
    assert Tariff(name="t", weekend=["friday", "saturday"], energy_bands=[work, band("rest", days="weekends")])
    assert faults(energy_bands=[work, band("rest", days="weekends")]) == [
        f"energy_bands: no band covers 00:00-24:00 on Fridays; {COVER}",
        f"energy_bands: 'work' and 'rest' both cover 00:00-24:00 on Sundays; {COVER}",
    ]


# -- faults ------------------------------------------------------------------------------------------------------------


HOURS_HINT = "write it as 17:00-22:00, or 22:00-07:00 over midnight"
WEEK = "'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday' or 'sunday'"
DAY_HINT = "is not a day of the year; write month and day, such as 10-01 for the 1st of October"
FALLING = (
    "the price falls from 90 to 70 at 1000 MWh: cost is then not convex, so a linear program would draw from the cheap "
    "block first, which no supplier allows; give one mean price instead of these blocks"
)


def windows(**window: Any) -> dict[str, Any]:
    return {"energy_bands": [band(**window)], "seasons": WINTER_SUMMER}


def season(start: str) -> dict[str, Any]:
    return {"seasons": [{"name": "w", "start": start, "end": "03-31"}]}


def charge(price: float = 1, **given: Any) -> dict[str, Any]:
    return {"energy_bands": bands(evening=(1, "00-24")), "demand_charges": [peak(price, **given)]}


def blocks(*given: tuple[float | None, float]) -> dict[str, Any]:
    listed = [{"up_to": up_to, "price": price} for up_to, price in given]
    return {"block_rates": [{"name": "tiers", "blocks": listed}]}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (windows(hours="7 to 22"), f"windows[0].hours[0]: '7 to 22' is not a span of hours; {HOURS_HINT}"),
        (windows(hours="07-25"), f"windows[0].hours[0]: '07-25' is not a span of hours; {HOURS_HINT}"),
        (windows(hours="7:70-9"), f"windows[0].hours[0]: '7:70-9' is not a span of hours; {HOURS_HINT}"),
        (windows(hours="07-07"), "windows[0].hours[0]: '07-07' is empty; leave `hours` out for the whole day"),
        (
            windows(days="weekday"),
            f"windows[0].days[0]: 'weekday' is not one of 'weekdays', 'weekends', 'holidays', {WEEK}; "
            "did you mean 'weekdays'?",
        ),
        (windows(seasons="sumer"), "windows[0].seasons: there is no season 'sumer'; did you mean 'summer'?"),
    ],
)
def test_each_fault_of_a_window_has_its_own_words(data, told):
    assert faults(**data) == [f"energy_bands[0].{told}"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (charge(-1), "price ('peak'): -1 is negative; give 0 or more"),
        (charge(period="week"), "period ('peak'): 'week' is not one of 'day', 'month', 'year' or 'billing'"),
        (charge(bands="evenings"), "bands ('peak'): there is no energy band 'evenings'; did you mean 'evening'?"),
        (
            charge(bands="evening", windows=[{"hours": "1-2"}]),
            "windows ('peak'): `windows` excludes `bands`; give one of them",
        ),
        (charge(ratchet={"share": 80}), "ratchet.share ('peak'): 80 is not between 0 and 1; did you mean 0.8?"),
        (charge(ratchet={"share": 0.8, "months": 0}), "ratchet.months ('peak'): 0 is not above 0"),
        (
            charge(period="year", ratchet={"share": 0.8}),
            "ratchet ('peak'): a ratchet looks back over months, but the period is year; set period to month",
        ),
        (
            charge(windows=[{"hours": "1-2"}], coincident="system"),
            "coincident ('peak'): a coincident peak is the grid's, so `windows` has no meaning; "
            "leave `windows` out, or make two charges",
        ),
        (
            charge(coincident="system", coincident_times=["2025-01-01"]),
            "coincident_times ('peak'): `coincident_times` excludes `coincident`; give one of them",
        ),
        (
            charge(peak_so_far=[{"period": "2025-01", "peak": 1}, {"period": "2025-01", "peak": 2}]),
            "peak_so_far ('peak'): the period '2025-01' has 2 peaks; give the greatest",
        ),
        (charge(peak_so_far="38 MW"), "peak_so_far[0].peak: '38 MW' is not a number; write 38: the unit is always MW"),
    ],
)
def test_each_fault_of_a_demand_charge_has_its_own_words(data, told):
    assert faults(**data) == [f"demand_charges[0].{told}"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (blocks(), "there is no block; give at least one, such as {price: 80}"),
        (
            blocks((9, 1)),
            "the last block ends at 9 MWh, and what is beyond has no price; leave `up_to` out of the last block",
        ),
        (
            blocks((None, 1), (None, 2)),
            "only the last block may be without an end; give `up_to` to all blocks but the last",
        ),
        (blocks((9, 1), (9, 2), (None, 3)), "a block ends at 9 MWh, not above 9, where the one before ends"),
        (blocks((1000, 90), (None, 70)), FALLING),
    ],
)
def test_each_fault_of_block_rates_has_its_own_words(data, told):
    assert faults(**data) == [f"block_rates[0].blocks ('tiers'): {told}"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (season("13-01"), f"seasons[0].start ('w'): '13-01' {DAY_HINT}"),
        (season("02-30"), f"seasons[0].start ('w'): '02-30' {DAY_HINT}"),
        (
            {"energy_bands": [band(seasons="summer")]},
            "energy_bands[0].windows[0].seasons: there is no season 'summer'; none are given; "
            "list them under `seasons`",
        ),
        (
            {"holidays": ["2025-02-29"]},
            "holidays[0]: '2025-02-29' is not a day; write 05-01 for a day of every year, 2025-03-31 for one date",
        ),
        ({"weekend": ["saturdays"]}, f"weekend[0]: 'saturdays' is not one of {WEEK}; did you mean 'saturday'?"),
        (
            {"demand_charges": [peak(), peak()]},
            "demand_charges[1].name ('peak'): 'peak' is the name of item 0 too; give each its own name",
        ),
        (
            {"demand_charges": [peak()], "overrun_charges": [peak()]},
            "overrun_charges[0].name ('peak'): 'peak' is the name of a demand charge too; give each its own name",
        ),
        (
            {"taxes": [{"name": "VAT", "rate": 20}]},
            "taxes[0].rate ('VAT'): 20 is not between 0 and 1; did you mean 0.2?",
        ),
        (
            {"taxes": [{"name": "VAT", "rate": 0.2, "on": "power"}]},
            "taxes[0].on[0]: 'power' is not one of 'energy', 'demand', 'overrun', 'subscribed' or 'fixed'",
        ),
        (
            {"billing_dates": ["2025-01-12"]},
            "billing_dates: one date makes no billing period; give the first day of each, and the day after the last",
        ),
        (
            {"billing_dates": ["2025-01-12", "2025-01-10"]},
            "billing_dates: 2025-01-10 does not come after 2025-01-12; list the dates in order",
        ),
        (
            {"billing_dates": ["12.01.2025", "2025-01-10"]},
            "billing_dates[0]: '12.01.2025' is not a date; write it as 2025-01-12",
        ),
        (
            {"exchange_rate": 0.1},
            "exchange_rate: an exchange rate needs to know the tariff's currency; give `currency`, such as MAD",
        ),
        ({"partial_periods": "part"}, "partial_periods: 'part' is not one of 'prorated' or 'whole'"),
        ({"energy_prices": []}, "Tariff: `energy_prices` is not known here; did you mean `energy_bands`?"),
    ],
)
def test_each_fault_of_a_tariff_has_its_own_words(data, told):
    assert faults(**data) == [told]


def test_all_faults_are_told_at_once():
    told = faults(energy_bands=[band(hours="x")], demand_charges=[peak(-1)], taxes=[{"name": "VAT", "rate": 20}])
    assert len(told) == 3


def test_overrun_needs_a_subscribed_power():
    tariff = {"name": "t", "overrun_charges": [{"name": "overrun", "price": 1}]}
    with pytest.raises(InputError) as caught:
        GridConnection(connection_capacity=40, tariff=tariff)
    assert str(caught.value) == (
        "GridConnection.tariff: 'overrun' is about import above the subscribed power, which is not given; "
        "give subscribed_power"
    )
    assert GridConnection(connection_capacity=40, subscribed_power=30, tariff=tariff).tariff is not None


@pytest.mark.parametrize(
    ("tariff", "told"),
    [
        ({"currency": "MAD"}, "the tariff is in MAD, the scenario in USD; give exchange_rate, USD for one MAD"),
        ({"currency": "USD", "exchange_rate": 2}, "tariff and scenario are both in USD; leave exchange_rate out"),
    ],
)
def test_a_tariff_in_another_currency_needs_an_exchange_rate(tariff, told):
    with pytest.raises(InputError) as caught:
        hall(10, tariff)
    assert str(caught.value) == f"site.grid.tariff.currency: {told}"


@pytest.mark.parametrize(
    ("tariff", "told"),
    [
        (
            {"demand_charges": [peak(1, peak_so_far={"January": 3})]},
            "demand_charges[0].peak_so_far ('peak'): there is no period 'January'; write periods as 2025-01",
        ),
        (
            {"demand_charges": [peak(1, peak_so_far={"2025-02": 3})]},
            "demand_charges[0].peak_so_far ('peak'): 2025-02 lies after the horizon; the last period is 2025-01",
        ),
        (
            {"demand_charges": [peak(1, peak_so_far={"2024-12": 3})]},
            "demand_charges[0].peak_so_far ('peak'): 2024-12 lies before the horizon, and no ratchet looks back to it; "
            "leave it out",
        ),
        (
            {"demand_charges": [peak(1, ratchet={"share": 1, "months": 2}, peak_so_far={"2024-10": 3})]},
            "demand_charges[0].peak_so_far ('peak'): 2024-10 lies before the horizon, and no ratchet looks back to it; "
            "leave it out",
        ),
        (
            {"demand_charges": [peak(1, peak_so_far=3)], **PRORATED},
            "demand_charges[0].peak_so_far ('peak'): the horizon covers 2025-01 in part, which is billed in proportion "
            "to it; set partial_periods to whole, so that the whole period is billed",
        ),
        (
            {"block_rates": [{"name": "b", "energy_so_far": 3, "blocks": [{"price": 1}]}], **PRORATED},
            "block_rates[0].energy_so_far ('b'): the horizon covers 2025-01 in part, which is billed in proportion "
            "to it; set partial_periods to whole, so that the whole period is billed",
        ),
        (
            {"demand_charges": [peak(1, coincident_times=["2024-01-01"])]},
            "demand_charges[0].coincident_times ('peak'): none of them lies in the horizon; "
            "mend the times, or leave the charge out",
        ),
        (
            {"billing_dates": ["2025-01-02", "2025-02-01"]},
            "billing_dates: they cover 2025-01-02 to 2025-02-01, but the horizon is 2025-01-01 to 2025-01-01, in local "
            "time; list the first day of every period, and the day after the last",
        ),
    ],
)
def test_what_does_not_fit_the_horizon_is_told(tariff, told):
    with pytest.raises(InputError) as caught:
        hall(10, tariff)
    assert str(caught.value) == f"site.grid.tariff.{told}"


def test_an_unknown_series_is_told_and_so_is_one_in_the_wrong_unit():
    tariff = {"energy_bands": [band(price="spot")], "demand_charges": [peak(1, coincident="likely")]}
    with pytest.raises(InputError) as caught:
        hall([10, 10], tariff, series={"spot": [1, 2], "likely": [0, 1]})  # taken as prices
    assert [str(fault) for fault in caught.value.faults] == [
        "site.grid.tariff.demand_charges[0].coincident ('peak'): the series 'likely' is in USD/MWh, but 1 is needed; "
        "name another series, or mend the unit in its column map"
    ]
    with pytest.raises(InputError, match=r"energy_bands\[0\].price \('all'\): there is no series 'spot'"):
        hall([10, 10], {"energy_bands": [band(price="spot")]})


# -- files -------------------------------------------------------------------------------------------------------------

SCENARIO = """\
name: flat
currency: MAD
horizon: {start: 2025-01-01, end: 2025-01-02}
site:
  name: hall
  latitude: 33.4
  longitude: -7.6
  time_zone: Africa/Casablanca
  load: {it_load: 40}
  grid:
    connection_capacity: 60
    tariff: tariffs/ht.yaml
"""
TARIFF = """\
name: HT
currency: MAD
energy_bands:
  - {name: day, price: 1000, windows: [{hours: 07-22}]}
  - {name: night, price: 700, windows: [{hours: 22-07}]}
demand_charges:
  - {name: monthly peak, price: 40000}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "ht.yaml").write_text(TARIFF, encoding="utf-8")
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir("/")  # paths start from the file, wherever the program runs
    return tmp_path


def tariff_of(scenario: Scenario) -> Tariff:
    assert scenario.site.grid is not None
    assert scenario.site.grid.tariff is not None
    return scenario.site.grid.tariff


def test_a_scenario_names_a_tariff_file(folder):
    scenario = Scenario.load(folder / "scenario.yaml")
    assert tariff_of(scenario) == Tariff.load(folder / "tariffs" / "ht.yaml")
    # What is written in full needs no other file.
    (folder / "tariffs" / "ht.yaml").unlink()
    (folder / "written.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert Scenario.load(folder / "written.yaml") == scenario
    assert hash(scenario.site) == hash(Scenario.load(folder / "written.yaml").site)


def test_a_scenario_may_give_only_what_differs_from_a_tariff_file(folder):
    text = SCENARIO.replace(
        "tariff: tariffs/ht.yaml",
        "tariff: {base: tariffs/ht.yaml, demand_charges: [{name: monthly peak, price: 1}]}",
    )
    (folder / "cheap.yaml").write_text(text, encoding="utf-8")
    tariff = tariff_of(Scenario.load(folder / "cheap.yaml"))
    assert (tariff.name, tariff.demand_charges[0].price) == ("HT", 1)


def test_a_tariff_file_may_be_based_on_another(folder):
    (folder / "tariffs" / "mild.yaml").write_text("base: ht.yaml\nname: mild\nnote: less\n", encoding="utf-8")
    tariff = Tariff.load(folder / "tariffs" / "mild.yaml")
    assert (tariff.name, tariff.note, len(tariff.energy_bands)) == ("mild", "less", 2)


def test_a_base_in_another_folder_keeps_its_tariff(folder):
    (folder / "variants").mkdir()
    (folder / "variants" / "small.yaml").write_text("base: ../scenario.yaml\nname: small\n", encoding="utf-8")
    assert tariff_of(Scenario.load(folder / "variants" / "small.yaml")).name == "HT"
    over = "base: ../scenario.yaml\nname: other\nsite: {grid: {tariff: other.yaml}}\n"
    (folder / "variants" / "over.yaml").write_text(over, encoding="utf-8")
    (folder / "variants" / "other.yaml").write_text(TARIFF.replace("HT", "MT"), encoding="utf-8")
    assert tariff_of(Scenario.load(folder / "variants" / "over.yaml")).name == "MT"


def test_a_tariff_is_changed_by_paths(folder):
    scenario = Scenario.load(folder / "scenario.yaml")
    dear = scenario.change({"site.grid.tariff.demand_charges.monthly peak.price": 9})
    assert tariff_of(dear).demand_charges[0].price == 9
    (folder / "tariffs" / "mt.yaml").write_text(TARIFF.replace("HT", "MT"), encoding="utf-8")
    assert tariff_of(scenario.change({"site.grid.tariff": "tariffs/mt.yaml"})).name == "MT"


def test_faults_in_a_tariff_file_are_told_with_file_and_line(folder):
    bad = TARIFF.replace("price: 40000", "price: -4").replace("22-07}", "23-07}") + "taxes: [{name: VAT, rate: 20}]\n"
    (folder / "tariffs" / "ht.yaml").write_text(bad, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Scenario.load(folder / "scenario.yaml")
    file = folder / "tariffs" / "ht.yaml"
    assert [str(fault) for fault in caught.value.faults] == [
        f"{file}:7: site.grid.tariff.demand_charges[0].price ('monthly peak'): -4 is negative; give 0 or more",
        f"{file}:8: site.grid.tariff.taxes[0].rate ('VAT'): 20 is not between 0 and 1; did you mean 0.2?",
    ]
    (folder / "tariffs" / "ht.yaml").write_text(TARIFF.replace("22-07}", "23-07}"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Tariff.load(file)
    assert str(caught.value) == f"{file}:3: energy_bands: no band covers 22:00-23:00; {COVER}"


def test_a_missing_tariff_file_is_told_where_it_is_named(folder):
    (folder / "tariffs" / "ht.yaml").rename(folder / "tariffs" / "hta.yaml")
    with pytest.raises(InputError) as caught:
        Scenario.load(folder / "scenario.yaml")
    path = folder / "tariffs"
    assert str(caught.value) == (
        f"{folder / 'scenario.yaml'}:12: site.grid.tariff: there is no file {path / 'ht.yaml'}; "
        f"did you mean {path / 'hta.yaml'}?"
    )


def test_what_is_written_is_read_back():
    tariff = Tariff.load(MOROCCO)
    assert Tariff(**tariff.model_dump(mode="json")) == tariff
    assert hash(Tariff(**tariff.model_dump(mode="json"))) == hash(tariff)


# -- schema ------------------------------------------------------------------------------------------------------------


class TestSchema:
    published = ROOT / "docs" / "tariff.schema.json"
    validator = jsonschema.Draft202012Validator(tariff_schema())

    def test_the_published_file_is_up_to_date(self):
        text = json.dumps(tariff_schema(), indent=2) + "\n"
        remedy = "run `optimizer schema --tariff > docs/tariff.schema.json`"
        assert self.published.read_text(encoding="utf-8") == text, remedy

    def test_it_is_a_valid_schema(self):
        jsonschema.Draft202012Validator.check_schema(tariff_schema())

    def test_the_shipped_tariff_is_valid(self):
        data = read_one(MOROCCO).root.plain()
        assert not list(self.validator.iter_errors(data))
        assert not list(self.validator.iter_errors(Tariff.load(MOROCCO).model_dump(mode="json", exclude_none=True)))

    @pytest.mark.parametrize(
        "data",
        [
            {"energy_bands": []},
            {"name": "t", "demand_charges": [{"name": "peak"}]},
            {"name": "t", "demand_charges": [{"name": "peak", "price": 1, "period": "week"}]},
            {"name": "t", "demand_charges": [{"name": "peak", "price": 1, "peak_so_far": -1}]},
            {"name": "t", "energy_bands": [{"name": "b", "price": 1, "windows": [{"hours": "noon"}]}]},
            {"name": "t", "taxes": [{"name": "VAT", "rate": 20}]},
        ],
    )
    def test_a_bad_file_is_not(self, data):
        assert list(self.validator.iter_errors(data))

    @pytest.mark.parametrize("so_far", [38, {"2025-01": 38}, [{"period": "2025-01", "peak": 38}]])
    def test_every_spelling_of_a_peak_so_far_is_valid_and_read(self, so_far):
        data = {"name": "t", "demand_charges": [peak(1, peak_so_far=so_far)]}
        assert not list(self.validator.iter_errors(data))
        assert Tariff(**data).demand_charges[0].peak_so_far[0].peak == 38

    @pytest.mark.parametrize("tariff", ["ht.yaml", {"base": "ht.yaml", "exchange_rate": 0.1}, {"name": "t"}, None])
    def test_a_scenario_may_name_a_file_or_hold_the_tariff(self, tariff):
        schema = scenario_schema()
        grid = schema["$defs"]["GridConnection"] | {"$defs": schema["$defs"]}
        data = {"connection_capacity": 9, "tariff": tariff}
        assert not list(jsonschema.Draft202012Validator(grid).iter_errors(data))
        assert list(jsonschema.Draft202012Validator(grid).iter_errors(data | {"tariff": 5}))


# -- the shipped tariff ------------------------------------------------------------------------------------------------


def test_the_moroccan_tariff_prices_the_example_years_hours_as_its_series_does():
    """series.nc was made by other code from the same rates: every hour of 2025 agrees, Ramadan's clock included."""
    scenario = Scenario.load(ROOT / "data" / "casablanca-40mw" / "scenario.yaml")
    scenario = scenario.change({"site.grid.tariff": {"base": "../tariffs/morocco-ht.yaml", "exchange_rate": 1 / 9.37}})
    series = scenario.read()
    data = bind(scenario, series).data
    price = (data["band_share"] * data["band_price"]).sum("energy_band").values
    assert price == pytest.approx(series["grid_price"].values, abs=1e-4)
    assert np.unique(data["band_share"]).tolist() == [0, 1]


def test_the_moroccan_tariff_says_that_nobody_has_verified_it():
    assert "unverified" in Tariff.load(MOROCCO).note
