"""A power in kW, or an energy in kWh, is not taken for MW or MWh: what no site has is refused in every field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from optimizer.assets import Battery, Generator, GridConnection, Supply
from optimizer.errors import InputError
from optimizer.flexibility import DemandResponse
from optimizer.machines import Fleet
from optimizer.scenario import Scenario
from optimizer.specification.base import Specification
from optimizer.work.kinds import DeferrableWork, FirmWork
from optimizer.workload import FacilityLoad

CAPACITIES: list[tuple[type[Specification], str, dict[str, Any]]] = [
    (GridConnection, "connection_capacity", {}),
    (GridConnection, "subscribed_power", {"connection_capacity": 50}),
    (Supply, "capacity", {"name": "pv"}),
    (Battery, "power_capacity", {"name": "b", "energy_capacity": 80}),
    (Generator, "capacity", {"name": "diesel"}),
]
POWERS: list[tuple[type[Specification], str, dict[str, Any]]] = [
    *CAPACITIES,
    (GridConnection, "export_capacity", {"connection_capacity": 50}),
    (FacilityLoad, "it_load", {}),
    (FacilityLoad, "other_load", {"it_load": 9}),
    (FirmWork, "power", {"name": "w", "kind": "firm"}),
    (DeferrableWork, "arrivals", {"name": "w", "kind": "deferrable", "window": 24}),
    (DemandResponse, "commitment", {"name": "relief"}),
]


def faults(kind: type[Specification], /, **data: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        kind(**data)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(("kind", "field", "given"), POWERS)
def test_a_power_in_kw_is_refused_in_every_field(kind: type[Specification], field: str, given: dict[str, Any]):
    told = "45000 is more than any site has, 10000 MW; did you mean 45?"
    assert faults(kind, **given, **{field: 45_000}) == [f"{kind.__name__}.{field}: {told}"]
    kind(**given, **{field: 10_000})


@pytest.mark.parametrize(("kind", "field", "given"), CAPACITIES)
@pytest.mark.parametrize("written", [{"size": 45_000}, {"min": 0, "max": 45_000, "annual_cost": 9}])
def test_a_capacity_is_judged_in_every_spelling(
    kind: type[Specification], field: str, given: dict[str, Any], written: dict[str, float]
):
    told = "45000 is more than any site has, 10000 MW; did you mean 45?"
    assert faults(kind, **given, **{field: written}) == [f"{kind.__name__}.{field}: {told}"]


def test_an_energy_in_kwh_is_refused_and_that_of_a_large_battery_is_not():
    given = {"name": "b", "power_capacity": 2_000}
    assert faults(Battery, **given, energy_capacity=180_000) == [
        "Battery.energy_capacity: 180000 is more than any site has, 100000 MWh; did you mean 180?"
    ]
    assert Battery(**given, energy_capacity=100_000).energy_capacity.max == 100_000


def test_gpus_are_not_taken_for_racks():
    assert faults(
        Fleet, name="hall", machine="gb200-nvl72", racks=60_000, arrivals=[{"date": "2025-01-01", "racks": 30_000}]
    ) == ["Fleet.arrivals: 90000 racks of 0.12 MW are more than any site has, 10000 MW; count racks, not GPUs"]
    assert Fleet(name="hall", machine="gb200-nvl72", racks=60_000).racks == 60_000  # 7,200 MW


def test_a_series_in_kw_is_refused_with_its_time_stamps():
    scenario = Scenario.from_dict(
        {
            "name": "s",
            "horizon": {"start": "2025-01-01T00:00Z", "end": "2025-01-01T03:00Z"},
            "series": [{"path": "load.nc"}],
            "site": {
                "name": "hall", "latitude": 33, "longitude": -7, "time_zone": "Africa/Casablanca",
                "load": {"it_load": "metered"}, "grid": {"connection_capacity": 50},
            },
        }
    )  # fmt: skip
    hours = np.arange("2025-01-01T00", "2025-01-01T03", dtype="datetime64[h]").astype("datetime64[ns]")

    def check(values: list[float]) -> None:
        scenario.check_series(xr.Dataset({"metered": ("hour", values, {"units": "MW"})}, coords={"hour": hours}))

    check([33.4, 10_000, 0])
    with pytest.raises(InputError) as caught:
        check([9_000, 33_400, 31_000])
    assert str(caught.value) == (
        "site.load.it_load: the series 'metered' is more than any site has, 10000 MW: 33400 at 2025-01-01 01:00, "
        "31000 at 2025-01-01 02:00 (UTC); say in its column map which unit it has, such as `unit: kW`"
    )
