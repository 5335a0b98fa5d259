"""A site: where it is, its load, and everything that can serve it."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from optimizer.assets import Battery, Capacity, Generator, GridConnection, Supply
from optimizer.flexibility import DemandResponse
from optimizer.reliability import Reliability
from optimizer.specification.base import Specification, nearest, shown, wrong
from optimizer.specification.fields import DISTINCT, Measured, Name
from optimizer.workload import FacilityLoad

_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")


def _iana_zone(name: str) -> str:
    """Let an IANA zone pass, and nothing that depends on the machine."""
    try:
        ZoneInfo(name)
        known = name not in ("localtime", "posixrules", "Factory")
    except (ValueError, OSError, KeyError):
        known = False
    if not known:
        raise wrong(f"{shown(name)} is not a time zone", _zone_hint(name))
    return name


def _zone_hint(name: str) -> str:
    """Find the zone that was meant, be it by its full name or by its city alone."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES))
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    city = nearest(name.strip().replace(" ", "_"), cities, likeness=0.8)
    near = nearest(name, zones) if "/" in name else cities.get(city or "")
    return f"did you mean {near}?" if near else "write an IANA zone, such as Africa/Casablanca"


class Site(Specification, revalidate_instances="always"):
    """A data centre with everything behind its meter and its connection to the grid.

    Examples
    --------
    >>> site = Site(name="hall", latitude=33.4, longitude=-7.6, time_zone="Africa/Casablanca", load={"it_load": 40})
    >>> site.load.it_load, site.batteries
    (40.0, ())
    """

    name: Annotated[Name, Field(description="Name of the site")]
    latitude: Annotated[float, Measured("deg", "Latitude, north positive", at_least=-90.0, at_most=90.0)]
    longitude: Annotated[float, Measured("deg", "Longitude, east positive", at_least=-180.0, at_most=180.0)]
    time_zone: Annotated[
        str, AfterValidator(_iana_zone), Field(description="IANA time zone, such as Africa/Casablanca")
    ]
    load: Annotated[FacilityLoad, Field(description="The load to be served")]
    supplies: Annotated[tuple[Supply, ...], DISTINCT, Field(description="Plants and contracts")] = ()
    batteries: Annotated[tuple[Battery, ...], DISTINCT, Field(description="Batteries")] = ()
    generators: Annotated[tuple[Generator, ...], DISTINCT, Field(description="Generators that burn fuel")] = ()
    grid: Annotated[GridConnection | None, Field(description="Connection to the grid; null: none")] = None
    demand_response: Annotated[
        tuple[DemandResponse, ...], DISTINCT, Field(description="Contracts by which it takes less when called")
    ] = ()
    reliability: Annotated[
        Reliability | None, Field(description="What must still hold when something fails; null: nothing is asked for")
    ] = None

    @field_validator("generators")
    @classmethod
    def _unlike_supplies(cls, value: tuple[Generator, ...], info: ValidationInfo) -> tuple[Generator, ...]:
        supplies = {supply.name for supply in info.data.get("supplies", ())}
        for generator in value:
            if generator.name in supplies:
                raise wrong(f"{shown(generator.name)} is the name of a supply too", "give each its own name")
        return value

    @field_validator("demand_response")
    @classmethod
    def _from_a_grid(cls, value: tuple[DemandResponse, ...], info: ValidationInfo) -> tuple[DemandResponse, ...]:
        if value and "grid" in info.data and info.data["grid"] is None:
            raise wrong("without a grid there is no import to reduce", "give the site a grid, or leave this key out")
        return value

    @field_validator("reliability")
    @classmethod
    def _of_what_there_is(cls, value: Reliability | None, info: ValidationInfo) -> Reliability | None:
        if value is None or "generators" not in info.data:
            return value
        if value.ride_through is not None and not (info.data.get("batteries") or info.data["generators"]):
            raise wrong("ride-through is by batteries and generators, and the site has none", "add one of them")
        for kind in value.n_minus_1:
            if kind in info.data and not info.data[kind]:
                raise wrong(f"the site has no {kind} that could fail", f"leave {kind} out of n_minus_1")
        load = info.data.get("load")
        asked = value.ride_through is not None or value.n_minus_1
        if load is not None and asked and load.tiers and not any(tier.critical for tier in load.tiers):
            raise wrong("no tier of the load is critical, so there is nothing to protect", "set critical of a tier")
        return value

    def capacities(self) -> dict[str, tuple[Capacity, ...]]:
        """Give every capacity of the site, under the name by which rules know it, in the order of its owners."""
        grid = self.grid
        return {
            "supply_capacity": tuple(supply.capacity for supply in self.supplies),
            "power_capacity": tuple(battery.power_capacity for battery in self.batteries),
            "energy_capacity": tuple(battery.energy_capacity for battery in self.batteries),
            "generator_capacity": tuple(generator.capacity for generator in self.generators),
            "connection_capacity": (grid.connection_capacity,) if grid else (),
            "subscribed_power": (grid.subscribed_power,) if grid and grid.subscribed_power else (),
        }
