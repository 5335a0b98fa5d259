"""What a facility draws besides its IT equipment: cooling by liquid and by air, losses of its supply, the house.

PUE depends on the weather alone here. In truth it also rises as halls empty, since losses and pumps do not fall in step
with the load; that dependence is left out, because PUE times a load that is planned would no longer be linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationInfo, field_validator

from optimizer.errors import Fault, InputError
from optimizer.specification.base import Specification, wrong
from optimizer.specification.fields import Measured, Quantity

Values = NDArray[np.float64]

_KELVIN = 273.15
_COLDEST, _HOTTEST = -90.0, 60.0  # [degC] beyond what has been measured on Earth

_DEFAULTS = (
    "figures that are not given are defaults: liquid of 45 degC that returns at 55 degC as NVIDIA states for Rubin "
    "(4rfv.com), air of 27 degC as the upper end that ASHRAE TC 9.9 recommends; all others are example, unverified"
)


def _outside(description: str) -> Measured:
    return Measured("degC", description, at_least=_COLDEST, at_most=_HOTTEST)


def _share(description: str, **bounds: Any) -> Measured:
    return Measured("1", description, at_most=1.0, slip=100.0, **(bounds or {"at_least": 0.0}))


def _kelvin(description: str, **bounds: Any) -> Measured:
    return Measured("K", description, at_most=50.0, **(bounds or {"at_least": 0.0}))


Outside = Literal["dry_bulb", "wet_bulb"]

_SUPPLY = Measured("degC", "Temperature at which the coolant comes", at_least=5.0, at_most=60.0)
_RISE = _kelvin("How much warmer the coolant returns", above=0.0)
_APPROACH = _kelvin("How near free cooling comes to the temperature outside")
_REJECTS = Field(description="Temperature outside that counts: dry_bulb for dry coolers, wet_bulb for evaporative ones")
_CIRCULATION = _share("Power of pumps, or of fans in the halls, for each MW of heat; example, unverified")


class CoolingLoop(Specification):
    """A loop that carries heat outside: by free cooling as far as the weather lets it, by a chiller for the rest.

    Free cooling brings the returning coolant down to `approach` above the temperature outside. What is missing to the
    supply temperature is the chiller's, whose coefficient of performance is a share of Carnot's between supply
    temperature and outside. Fans outside run as slowly as the weather allows; their power goes with the cube of speed.

    Examples
    --------
    >>> AirLoop(supply_temperature=27, temperature_rise=12, approach=4).chilled([10, 23, 29, 40]).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """

    supply_temperature: Annotated[float, _SUPPLY]
    temperature_rise: Annotated[float, _RISE]
    approach: Annotated[float, _APPROACH]
    rejects_to: Annotated[Outside, _REJECTS]
    circulation_share: Annotated[float, _CIRCULATION] = 0.03
    rejection_share: Annotated[
        float, _share("Power of fans outside at full speed, for each MW of heat; example, unverified")
    ] = 0.04
    carnot_share: Annotated[
        float, _share("Chiller's performance as a share of Carnot's; example, unverified", above=0.0)
    ] = 0.5
    chiller_approach: Annotated[
        float,
        _kelvin("Difference across each of the chiller's two heat exchangers; example, unverified", above=0.0),
    ] = 5.0

    def chilled(self, outside: ArrayLike) -> Values:
        """Give the share of the heat that is the chiller's, (hour,), for temperatures outside [degC]."""
        missing = np.asarray(outside, float) + self.approach - self.supply_temperature
        return np.clip(missing / self.temperature_rise, 0.0, 1.0)

    def chiller_performance(self, outside: ArrayLike) -> Values:
        """Give the heat that the chiller moves for each MW of its own, (hour,), for temperatures outside [degC]."""
        cold = self.supply_temperature - self.chiller_approach + _KELVIN
        hot = np.asarray(outside, float) + self.approach + self.chiller_approach + _KELVIN
        # Where there is less to lift than this, there is nothing to chill.
        return self.carnot_share * cold / np.maximum(hot - cold, 2 * self.chiller_approach)

    def fan_speed(self, outside: ArrayLike) -> Values:
        """Give the speed of the fans outside as a share of full speed, (hour,), for temperatures outside [degC].

        The air that is needed goes with the inverse of how much colder it is than the returning coolant; full speed is
        where free cooling just reaches the supply temperature.
        """
        returns = self.supply_temperature + self.temperature_rise
        smallest = self.temperature_rise + self.approach
        colder = np.maximum(returns - np.asarray(outside, float), smallest)
        return smallest / colder

    def power(self, outside: ArrayLike) -> Values:
        """Give the power of the loop for each MW of heat, (hour,), for temperatures outside [degC]."""
        fans = self.rejection_share * self.fan_speed(outside) ** 3
        return self.circulation_share + fans + self.chilled(outside) / self.chiller_performance(outside)


class LiquidLoop(CoolingLoop):
    """A loop of warm liquid and dry coolers."""

    supply_temperature: Annotated[float, _SUPPLY] = 45.0
    temperature_rise: Annotated[float, _RISE] = 10.0
    approach: Annotated[float, _APPROACH] = 10.0
    rejects_to: Annotated[Outside, _REJECTS] = "dry_bulb"
    circulation_share: Annotated[float, _CIRCULATION] = 0.02


class AirLoop(CoolingLoop):
    """A loop of the halls' air and evaporative coolers."""

    supply_temperature: Annotated[float, _SUPPLY] = 27.0
    temperature_rise: Annotated[float, _RISE] = 12.0
    approach: Annotated[float, _APPROACH] = 4.0
    rejects_to: Annotated[Outside, _REJECTS] = "wet_bulb"
    circulation_share: Annotated[float, _CIRCULATION] = 0.06


class PueModel(Specification):
    """PUE from the weather: cooling of the liquid and the air part, losses of transformer and UPS, and the house.

    All is power for each MW of the IT equipment: the UPS passes ``1 / ups_efficiency``, whose loss heats the air of the
    halls; cooling and house come on top; and all of it passes the transformer.

    Examples
    --------
    >>> model = PueModel(dry_bulb="temperature", humidity="humidity", liquid_share=0.85)
    >>> model.pue([5, 20, 40], wet_bulb([5, 20, 40], 0.4)).round(3).tolist()
    [1.121, 1.127, 1.212]
    """

    dry_bulb: Annotated[Quantity, _outside("Dry-bulb temperature outside")]
    liquid_share: Annotated[float, _share("Share of the IT equipment's heat that liquid carries")] | None = Field(
        default=None,
        description="Share of the IT equipment's heat that liquid carries [0 to 1]; null: that of the fleets' racks",
    )
    liquid: Annotated[LiquidLoop, Field(description="How the heat in liquid is cooled")] = LiquidLoop()
    air: Annotated[AirLoop, Field(description="How the heat in air is cooled")] = AirLoop()
    ups_efficiency: Annotated[float, _share("Efficiency of the UPS; example, unverified", above=0.0)] = 0.955
    transformer_efficiency: Annotated[
        float, _share("Efficiency of transformers and cables; example, unverified", above=0.0)
    ] = 0.98
    house_share: Annotated[
        float, _share("Lighting, offices and controls for each MW of IT power; example, unverified")
    ] = 0.02
    wet_bulb: Annotated[Quantity, _outside("Wet-bulb temperature outside")] | None = Field(
        default=None,
        description="Wet-bulb temperature outside [degC], a number or the name of a series; null: by humidity",
    )
    humidity: Annotated[Quantity, _share("Relative humidity outside")] | None = Field(
        default=None,
        description="Relative humidity outside [0 to 1], a number or the name of a series, from which the wet bulb "
        "follows (Stull 2011); null: wet_bulb tells",
    )
    note: Annotated[str, Field(description="Where the figures come from; shown in reports")] = _DEFAULTS

    @field_validator("humidity")
    @classmethod
    def _one_humidity(cls, value: Quantity | None, info: ValidationInfo) -> Quantity | None:
        if not {"wet_bulb", "liquid", "air"} <= info.data.keys():
            return value
        evaporative = [name for name in ("liquid", "air") if info.data[name].rejects_to == "wet_bulb"]
        if value is None and info.data["wet_bulb"] is None and evaporative:
            what = f"the {' and the '.join(evaporative)} loop rejects heat to the wet bulb, which is not known"
            raise wrong(what, "give humidity, or wet_bulb")
        if value is not None and info.data["wet_bulb"] is not None:
            raise wrong("`humidity` excludes `wet_bulb`", "give one of them")
        return value

    def hourly(self, resolve: Callable[[Quantity], Values], of_racks: ArrayLike | None = None) -> Values:
        """Compute PUE over the intervals of a scenario.

        Parameters
        ----------
        resolve : callable
            Gives the values of a quantity, (hour,).
        of_racks : (hour,) array, optional
            Share of the heat that liquid carries, where the model itself does not tell.

        Returns
        -------
        (hour,) array [1]
            Facility load over IT load.
        """
        dry = resolve(self.dry_bulb)
        if self.humidity is not None:
            wet: Values | None = wet_bulb(dry, resolve(self.humidity))
        else:
            wet = None if self.wet_bulb is None else resolve(self.wet_bulb)
        return self.pue(dry, wet, of_racks)

    def pue(self, dry_bulb: ArrayLike, wet_bulb: ArrayLike | None = None, of_racks: ArrayLike | None = None) -> Values:
        """Compute PUE.

        Parameters
        ----------
        dry_bulb, wet_bulb : (hour,) array or float [degC]
            Temperatures outside; the wet bulb where a loop rejects heat to it.
        of_racks : (hour,) array or float, optional
            Share of the heat that liquid carries, where the model itself does not tell.

        Returns
        -------
        (hour,) array [1]
            Facility load over IT load.

        Raises
        ------
        InputError
            If nothing tells how much of the heat is in liquid.
        """
        outside = {"dry_bulb": dry_bulb, "wet_bulb": dry_bulb if wet_bulb is None else wet_bulb}
        liquid, air = (loop.power(outside[loop.rejects_to]) for loop in (self.liquid, self.air))
        passed, told = 1 / self.ups_efficiency, of_racks if self.liquid_share is None else self.liquid_share
        if told is None:
            raise InputError([Fault("liquid_share", "is not known", "give it to the model, or as `of_racks`")])
        share = np.asarray(told, dtype=float)
        cooling = share * liquid + (passed - share) * air
        return np.asarray((passed + cooling + self.house_share) / self.transformer_efficiency)


def wet_bulb(dry_bulb: ArrayLike, humidity: ArrayLike) -> Values:
    """Give the wet-bulb temperature from dry bulb and relative humidity, at the pressure of sea level.

    Parameters
    ----------
    dry_bulb : (hour,) array or float [degC]
        Air temperature.
    humidity : (hour,) array or float [0 to 1]
        Relative humidity.

    Returns
    -------
    (hour,) array [degC]
        Right within -1 and +0.65 K between 5 and 99 % and between -20 and 50 degC, save where it is cold and dry.
        Beyond those bounds humidity is taken at the nearest one; the result is never above the dry bulb.

    References
    ----------
    Stull, R. (2011). Wet-Bulb Temperature from Relative Humidity and Air Temperature. Journal of Applied Meteorology
    and Climatology 50, 2267-2269. doi:10.1175/JAMC-D-11-0143.1

    Examples
    --------
    >>> round(float(wet_bulb(20, 0.5)), 1)
    13.7
    """
    dry = np.asarray(dry_bulb, float)
    percent = np.clip(100 * np.asarray(humidity, float), 5.0, 99.0)
    found = (
        dry * np.arctan(0.151977 * np.sqrt(percent + 8.313659))
        + np.arctan(dry + percent)
        - np.arctan(percent - 1.676331)
        + 0.00391838 * percent**1.5 * np.arctan(0.023101 * percent)
        - 4.686035
    )
    return np.asarray(np.minimum(found, dry))
