"""The site and its load."""

from __future__ import annotations

import pytest

from optimizer.errors import InputError
from optimizer.site import Site
from optimizer.workload import FacilityLoad

HALL = {"name": "hall", "latitude": 33.4, "longitude": -7.6, "time_zone": "Africa/Casablanca", "load": {"it_load": 40}}


def faults(**data: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        Site(**{**HALL, **data})
    return [str(fault) for fault in caught.value.faults]


def test_a_site_may_have_any_number_of_supplies_and_batteries_and_no_grid():
    bare = Site(**HALL)
    assert (bare.supplies, bare.batteries, bare.grid) == ((), (), None)
    supplies = [{"name": f"s{i}", "capacity": i} for i in range(7)]
    batteries = [{"name": f"b{i}", "power_capacity": 1, "energy_capacity": 4} for i in range(3)]
    full = Site(**HALL, supplies=supplies, batteries=batteries, grid={"connection_capacity": 40})
    assert (len(full.supplies), len(full.batteries)) == (7, 3)
    assert hash(full) == hash(Site(**full.model_dump()))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("latitude", 133.4, "133.4 is not between -90 and 90"),
        ("longitude", -190, "-190 is not between -180 and 180"),
        (
            "latitude",
            "33,4",
            "'33,4' is not a number; write it with a decimal point, and without separators of thousands",
        ),
        ("latitude", "33:24", "'33:24' is not a number; give a number of deg"),
        ("time_zone", "Africa/Casablancca", "'Africa/Casablancca' is not a time zone; did you mean Africa/Casablanca?"),
        ("time_zone", "Casablanca", "'Casablanca' is not a time zone; did you mean Africa/Casablanca?"),
        ("time_zone", "new york", "'new york' is not a time zone; did you mean America/New_York?"),
        ("time_zone", "UTC+1", "'UTC+1' is not a time zone; write an IANA zone, such as Africa/Casablanca"),
        ("time_zone", "", "'' is not a time zone; write an IANA zone, such as Africa/Casablanca"),
        ("time_zone", "../x", "'../x' is not a time zone; write an IANA zone, such as Africa/Casablanca"),
        ("time_zone", "localtime", "'localtime' is not a time zone; write an IANA zone, such as Africa/Casablanca"),
        ("time_zone", 1, "1 is not text; put it in quotes"),
        ("grid", 60, "60 is not a mapping; give it keys: `connection_capacity`"),
        ("supplies", None, "null is not a list; write [] for none"),
    ],
)
def test_each_unusable_value_has_its_own_words(field, value, told):
    assert faults(**{field: value}) == [f"Site.{field}: {told}"]


@pytest.mark.parametrize("zone", ["UTC", "Africa/Casablanca", "Europe/Madrid"])
def test_iana_zones_are_let_pass(zone):
    assert Site(**{**HALL, "time_zone": zone}).time_zone == zone


def test_supplies_and_batteries_of_one_name_are_refused():
    battery = {"name": "b", "power_capacity": 1, "energy_capacity": 4}
    assert faults(supplies=[{"name": "s", "capacity": 1}] * 2, batteries=[battery] * 2) == [
        "Site.supplies[1].name ('s'): 's' is the name of item 0 too; give each its own name",
        "Site.batteries[1].name ('b'): 'b' is the name of item 0 too; give each its own name",
    ]


@pytest.mark.parametrize(
    ("pue", "told"),
    [
        (0.8, "0.8 is below 1"),
        (120, "120 is not between 1 and 10; did you mean 1.2?"),
        (50, "50 is not between 1 and 10; it is usually below 2"),
        ("120%", "'120%' is not a number; did you mean 1.2?"),
    ],
)
def test_an_unlikely_pue_is_refused(pue, told):
    assert faults(load={"it_load": 40, "pue": pue}) == [f"Site.load.pue: {told}"]


def test_defaults_of_the_load_are_those_of_the_interface():
    assert FacilityLoad(it_load="it_load").model_dump() == {
        "it_load": "it_load",
        "fleets": (),
        "gpus_per_mw": None,
        "workloads": (),
        "tiers": (),
        "pue": 1.0,
        "other_load": 0.0,
        "value_of_lost_load": None,
        "note": "",
    }
    assert faults(load={"it_load": -1, "other_load": -2, "value_of_lost_load": -3}) == [
        "Site.load.it_load: -1 is negative; give 0 or more",
        "Site.load.other_load: -2 is negative; give 0 or more",
        "Site.load.value_of_lost_load: -3 is negative; give 0 or more",
    ]
