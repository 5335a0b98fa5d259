"""A key in the wrong block is told the block that knows it: one within, one that holds it, or the only one at all."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.scenario import Scenario
from optimizer.specification.places import belongs


def faults(**given: Any) -> list[str]:
    site = {
        "name": "hall", "latitude": 33, "longitude": -7, "time_zone": "Africa/Casablanca",
        "load": {"it_load": 9}, "grid": {"connection_capacity": 50},
    } | given.pop("site", {})  # fmt: skip
    with pytest.raises(InputError) as caught:
        Scenario.from_dict(
            {"name": "s", "horizon": {"start": "2025-01-01", "end": "2025-01-02"}, "site": site, **given}
        )
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("key", ["reliability", "demand_response", "generators", "load", "grid"])
def test_a_block_of_the_site_at_the_top_of_the_file_is_told_where_it_belongs(key: str):
    assert faults(**{key: {}}) == [f"`{key}` is not known here; `{key}` belongs under `site`"]


@pytest.mark.parametrize(
    ("site", "told"),
    [
        ({"targets": {"cfe": 0.9}}, "site: `targets` is not known here; `targets` belongs at the top level"),
        ({"tariff": "ht.yaml"}, "site: `tariff` is not known here; `tariff` belongs under `site.grid`"),
        (
            {"load": {"it_load": 9, "reliability": {}}},
            "site.load: `reliability` is not known here; `reliability` belongs under `site`",
        ),
        (
            {"supplies": [{"name": "pv", "capacity": 1, "fuel_price": 3}]},
            "site.supplies[0] ('pv'): `fuel_price` is not known here; `fuel_price` belongs under an item of "
            "`site.generators`, or did you mean `energy_price`?",
        ),
        (
            {"load": {"workloads": [{"name": "b", "kind": "firm", "power": 3, "powr": 3}]}},
            "site.load.workloads[0] ('b'): `powr` is not known here; did you mean `power`?",
        ),
    ],
)
def test_a_key_is_told_the_nearest_block_that_knows_it(site: dict[str, Any], told: str):
    assert faults(site=site) == [told]


@pytest.mark.parametrize(
    ("path", "key", "told"),
    [
        ((), "contracts", "`contract` belongs under an item of `site.supplies`"),  # nearly so
        ((), "ride_through", "`ride_through` belongs under `site.reliability`"),
        ((), "energy_price", "`energy_price` belongs under an item of `site.supplies` or under `site.grid`"),
        (("site",), "currency", "`currency` belongs at the top level"),  # nearer than that of site.grid.tariff
        (("targets",), "reliability", "`reliability` belongs under `site`"),
        (("site", "load", "workloads"), "energy", ""),  # of another kind of work, in the same list
        (("site", "load", "workloads", "curve"), "arrivals", ""),  # not of each kind of work that may have a curve
        ((), "name_of_it", ""),
        (("solver",), "annual_cost", ""),  # of every capacity
    ],
)
def test_the_place_of_a_key(path: tuple[str, ...], key: str, told: str):
    assert belongs(Scenario, path, key) == told
