"""Make the example's year of hourly series: synthetic, not measured.

Every series is a model of the year 2025 in Morocco, hour by hour in UTC, drawn with a fixed seed: the same seed gives
the same values. What each model assumes stands beside its constants; the README in this folder compares the means
reached with the figures of public sources. Needs the extra ``optimizer[data]`` (pvlib and windpowerlib)::

    python data/casablanca-40mw/make_series.py --output data/casablanca-40mw/series.nc
"""

from __future__ import annotations

import argparse
import sys
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import expit, ndtri
from scipy.stats import rankdata, weibull_min

try:
    import pvlib
    import windpowerlib
    from windpowerlib.power_curves import smooth_power_curve
    from windpowerlib.power_output import power_curve as power_from_curve
except ImportError as missing:
    raise SystemExit(f"{missing.name} is missing; install the extra with: pip install 'optimizer[data]'") from missing

Series = NDArray[np.float64]

SEED = 20250101
STARTS = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")  # interval starts
MIDDLES = STARTS + pd.Timedelta(minutes=30)  # the sun and the climate are taken at mid-interval
LOCAL = STARTS.tz_convert("Africa/Casablanca")  # UTC+1, UTC+0 in Ramadan
MAD_PER_USD = 9.37


@dataclass(frozen=True)
class Place:
    """A place and the few numbers that describe its air temperature, all in degC."""

    latitude: float
    longitude: float
    altitude: float  # m
    mean: float  # of the year
    seasonal: float  # half the range between the warmest and the coldest day of the mean year
    daily: float  # half the mean range between afternoon and dawn
    synoptic: float  # standard deviation from one weather pattern to the next


CASABLANCA = Place(33.37, -7.58, 200.0, mean=18.2, seasonal=5.2, daily=3.8, synoptic=1.8)
OUARZAZATE = Place(30.99, -6.86, 1250.0, mean=19.8, seasonal=10.0, daily=6.5, synoptic=2.0)


# --- randomness -------------------------------------------------------------------------------------------------------


def uniforms(name: str) -> Series:
    """Draw one uniform number in (0, 1) per hour, from a stream of its own for each name.

    The raw output of a bit generator never changes between numpy versions; the methods of ``Generator`` may (NEP 19).
    """
    raw = np.random.PCG64([SEED, zlib.crc32(name.encode())]).random_raw(STARTS.size)
    return (np.right_shift(raw, np.uint64(11)).astype(float) + 0.5) / 2.0**53


def drift(name: str, memory: float) -> Series:
    """Draw a normal process of mean 0 and variance 1 whose autocorrelation falls as exp(-lag/memory), memory in h."""
    kept = np.exp(-1.0 / memory)
    shocks = ndtri(uniforms(name))
    shocks[1:] *= np.sqrt(1.0 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], shocks))


def mixed(name: str, slow: float, fast: float, fast_share: float) -> Series:
    """Mix a slow and a fast drift into one of variance 1; ``fast_share`` is the fast one's share of the variance."""
    return np.sqrt(1.0 - fast_share) * drift(f"{name}, slow", slow) + np.sqrt(fast_share) * drift(f"{name}, fast", fast)


# --- calendar ---------------------------------------------------------------------------------------------------------


def season(peak_day: int) -> Series:
    """Give a yearly wave, 1 on the peak day of the year and -1 half a year away."""
    return np.cos(2.0 * np.pi * (np.asarray(MIDDLES.day_of_year) - peak_day) / 365.0)


def day_wave(longitude: float, peak_hour: float) -> Series:
    """Give a daily wave, 1 at the peak hour of mean solar time and -1 twelve hours away."""
    solar_hour = np.asarray(MIDDLES.hour) + np.asarray(MIDDLES.minute) / 60.0 + longitude / 15.0
    return np.cos(2.0 * np.pi * (solar_hour - peak_hour) / 24.0)


# --- weather ----------------------------------------------------------------------------------------------------------


def air_temperature(place: Place, name: str) -> Series:
    """Model the dry-bulb temperature [degC]: season, day, and weather patterns of about three days."""
    daily = place.daily * (1.0 + 0.3 * drift(f"{name} daily range", 48.0).clip(-2.0, 2.0))
    return (
        place.mean
        + place.seasonal * season(peak_day=218)  # early August, the sea being slow to warm
        + daily * day_wave(place.longitude, peak_hour=14.5)
        + place.synoptic * drift(f"{name} weather", 72.0)
    )


def chergui() -> Series:
    """Model the warming [K] by the chergui, the rare dry wind from the desert, mostly from May to September."""
    return 11.0 * np.maximum(0.0, drift("chergui", 36.0) - 1.5) * (0.6 + 0.4 * season(peak_day=200))


def dew_point(dry_bulb: Series, hot_wind: Series) -> Series:
    """Model the dew point [degC] of Casablanca's sea air, dried by the hot wind and never above the dry bulb."""
    sea_air = 13.0 + 4.8 * season(peak_day=225) + 2.2 * drift("dew point", 48.0)
    return np.minimum(sea_air - 0.6 * hot_wind, dry_bulb - 0.4)


def relative_humidity(dry_bulb: Series, dew: Series) -> Series:
    """Give the relative humidity [%] by the Magnus formula (Alduchov and Eskridge 1996)."""
    return 100.0 * np.exp(17.625 * dew / (243.04 + dew) - 17.625 * dry_bulb / (243.04 + dry_bulb))


def wet_bulb(dry_bulb: Series, humidity: Series) -> Series:
    """Give the wet-bulb temperature [degC] by Stull (2011), doi:10.1175/JAMC-D-11-0143.1."""
    return (
        dry_bulb * np.arctan(0.151977 * np.sqrt(humidity + 8.313659))
        + np.arctan(dry_bulb + humidity)
        - np.arctan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * np.arctan(0.023101 * humidity)
        - 4.686035
    )


# --- the data centre --------------------------------------------------------------------------------------------------

RACKS = 278  # GB200 NVL72: 40 MW at PUE 1.2 and 0.12 MW a rack
RACK_POWER = 0.12  # MW
TRAINING_SHARE = 0.6
# Activity of inference users, 0 to 1, at each full hour of the local clock: low before dawn, an evening peak.
MORNING_ACTIVITY = [0.60, 0.46, 0.35, 0.27, 0.23, 0.23, 0.28, 0.38, 0.52, 0.66, 0.76, 0.81]
AFTERNOON_ACTIVITY = [0.80, 0.76, 0.77, 0.80, 0.82, 0.82, 0.82, 0.85, 0.91, 0.95, 0.90, 0.77]


def pue(dry_bulb: Series, wet: Series) -> Series:
    """Model PUE: 1.06 for power and pumps, the air-cooled part by wet bulb, the liquid loop by dry bulb on hot days."""
    return 1.06 + 0.010 * np.maximum(0.0, wet - 7.0) + 0.004 * np.maximum(0.0, dry_bulb - 33.0)


def training_utilisation() -> Series:
    """Model training [share of rated power]: flat and high, with the dips of restarts about once in ten days."""
    restarts = (uniforms("restarts") < 1.0 / 240.0).astype(float)
    dips = np.convolve(restarts, [0.22, 0.10])[: STARTS.size]  # a part of the jobs loads its checkpoint again
    return np.clip(0.92 + 0.015 * drift("training", 96.0), 0.86, 0.96) - np.minimum(dips, 0.35)


def inference_utilisation() -> Series:
    """Model inference [share of rated power]: idle draw of a quarter, and users' days and weeks by the local clock."""
    weekend = np.where(np.asarray(LOCAL.day_of_week) >= 5, 0.88, 1.0)
    half_past = np.asarray(LOCAL.hour) + 0.5
    activity = np.interp(half_past, np.arange(24), MORNING_ACTIVITY + AFTERNOON_ACTIVITY, period=24) * weekend
    return np.clip(0.25 + 0.70 * activity + 0.03 * drift("inference", 5.0), 0.25, 0.97)


def it_load() -> Series:
    """Model the IT load [MW] of racks for training and for inference."""
    rated = RACKS * RACK_POWER
    return rated * TRAINING_SHARE * training_utilisation() + inference_load()


def inference_load() -> Series:
    """Model the IT load [MW] of the racks for inference alone."""
    return RACKS * RACK_POWER * (1.0 - TRAINING_SHARE) * inference_utilisation()


# --- the sun: single-axis trackers at Ouarzazate ----------------------------------------------------------------------

DC_PER_AC = 1.15  # module power for each MW of inverter
DC_LOSSES = 0.12  # soiling, mismatch, wiring, ageing
TEMPERATURE_COEFFICIENT = -0.0035  # 1/K
INVERTER_EFFICIENCY = 0.97


def cloud_cover() -> Series:
    """Model the cloud cover [0-1]: mostly clear or mostly covered, in spells of hours to days, clearest around June."""
    latent = mixed("cloud", slow=36.0, fast=3.0, fast_share=0.3)
    return expit(3.0 * (latent - 0.75 - 0.15 * season(peak_day=160)))


def irradiance(place: Place, sun: pd.DataFrame) -> pd.DataFrame:
    """Give GHI, DNI and DHI [W/m2]: Ineichen's clear sky, dimmed by cloud, and split again into beam and diffuse.

    Cloud dims GHI by Kasten and Czeplak (1980), doi:10.1016/0038-092X(80)90391-6.
    """
    site = pvlib.location.Location(place.latitude, place.longitude, "UTC", place.altitude)
    clear = site.get_clearsky(MIDDLES, model="ineichen", solar_position=sun)
    ghi = clear["ghi"] * (1.0 - 0.75 * cloud_cover() ** 3.4)
    split = pvlib.irradiance.erbs_driesse(ghi, sun["zenith"], MIDDLES)
    return pd.DataFrame({"ghi": ghi, "dni": split["dni"], "dhi": split["dhi"]}).fillna(0.0)


def on_trackers(sun: pd.DataFrame, sky: pd.DataFrame) -> pd.Series:
    """Give the irradiance [W/m2] on modules that follow the sun around a north-south axis, with backtracking."""
    pose = pvlib.tracking.singleaxis(sun["apparent_zenith"], sun["azimuth"], max_angle=60.0, gcr=0.35)
    total = pvlib.irradiance.get_total_irradiance(
        pose["surface_tilt"].fillna(0.0),
        pose["surface_azimuth"].fillna(180.0),
        sun["apparent_zenith"],
        sun["azimuth"],
        sky["dni"],
        sky["ghi"],
        sky["dhi"],
        dni_extra=pvlib.irradiance.get_extra_radiation(MIDDLES),
        model="haydavies",
    )
    return total["poa_global"].fillna(0.0).where(sun["apparent_elevation"] > 0.0, 0.0)


def solar_availability() -> Series:
    """Model AC power per MW of inverter at Ouarzazate: modules by PVWatts with cell temperature, clipped inverters."""
    place = OUARZAZATE
    sun = pvlib.solarposition.get_solarposition(MIDDLES, place.latitude, place.longitude, place.altitude)
    plane = on_trackers(sun, irradiance(place, sun))
    cell = pvlib.temperature.pvsyst_cell(plane, air_temperature(place, "Ouarzazate"), wind_speed=2.5)
    dc = pvlib.pvsystem.pvwatts_dc(plane, cell, DC_PER_AC, TEMPERATURE_COEFFICIENT) * (1.0 - DC_LOSSES)
    ac = pvlib.inverter.pvwatts(dc, pdc0=1.0 / INVERTER_EFFICIENCY, eta_inv_nom=INVERTER_EFFICIENCY)
    return np.asarray(ac.clip(0.0, 1.0))


# --- the wind: a farm at Tarfaya --------------------------------------------------------------------------------------

TURBINE = "SWT130/3600"  # a strong-wind machine whose curve comes with windpowerlib
HUB_HEIGHT = 85.0  # m
WEIBULL_SHAPE = 2.5  # trade winds are steadier than the Rayleigh winds (2.0) of middle latitudes
WEIBULL_SCALE = 8.95  # m/s at hub height
WAKE_SLOWING = 0.95  # wind speed inside the farm over the wind speed before it
TARFAYA_LONGITUDE = -12.93


def wind_speed() -> Series:
    """Model the wind speed [m/s] at hub height: season, day and spells, brought to a Weibull distribution by rank."""
    summer = season(peak_day=190)
    sea_breeze = (0.30 + 0.25 * summer) * day_wave(TARFAYA_LONGITUDE, peak_hour=17.5)
    spells = (0.95 - 0.15 * summer) * mixed("wind", slow=42.0, fast=8.0, fast_share=0.30)  # steadier in summer
    latent = 0.50 * summer + sea_breeze + spells
    share_below = (rankdata(latent) - 0.5) / latent.size
    return np.asarray(weibull_min.ppf(share_below, WEIBULL_SHAPE, scale=WEIBULL_SCALE))


def farm_curve() -> pd.DataFrame:
    """Give the turbine's curve as many turbines in a gusty wind show it: wind speed [m/s], share of nominal power."""
    turbine = windpowerlib.WindTurbine(hub_height=HUB_HEIGHT, turbine_type=TURBINE)
    return smooth_power_curve(
        turbine.power_curve["wind_speed"],
        turbine.power_curve["value"] / turbine.nominal_power,
        standard_deviation_method="turbulence_intensity",
        turbulence_intensity=0.12,
    )


def wind_availability() -> Series:
    """Model AC power per MW of turbines at Tarfaya, with wakes, machines out of service and electrical losses."""
    curve = farm_curve()
    speed = pd.Series(wind_speed() * WAKE_SLOWING, index=STARTS)
    share = power_from_curve(speed, curve["wind_speed"], curve["value"])
    in_service = np.clip(0.965 + 0.012 * drift("turbines in service", 120.0), 0.92, 0.99)
    return np.clip(np.asarray(share) * in_service * 0.98, 0.0, 1.0)


# --- the grid ---------------------------------------------------------------------------------------------------------

# General high-voltage rates: round figures from general knowledge, not verified. MAD/kWh.
PEAK_RATE, FULL_RATE, OFF_PEAK_RATE = 1.35, 0.975, 0.725
GRID_CFE_MEAN = 0.26
CARBON_INTENSITY_MEAN = 0.551  # tCO2e/MWh


def grid_price() -> Series:
    """Give the time-of-use price [USD/MWh] by the local clock, every day alike.

    The five peak hours begin at 17 (October to March) or 18 (April to September); full from 7 to then, else off-peak.
    """
    hour, month = np.asarray(LOCAL.hour), np.asarray(LOCAL.month)
    peak_start = np.where((month >= 4) & (month <= 9), 18, 17)
    rate = np.where(hour < peak_start, FULL_RATE, PEAK_RATE)
    rate = np.where((hour < 7) | (hour >= peak_start + 5), OFF_PEAK_RATE, rate)
    return 1000.0 * rate / MAD_PER_USD


def national_demand() -> Series:
    """Model the country's demand over its mean: low before dawn, highest after dusk, higher in summer."""
    hour = np.asarray(LOCAL.hour) + 0.5
    shape = np.interp(hour, [0, 5, 9, 13, 17, 20.5, 24], [0.94, 0.80, 1.00, 1.06, 1.02, 1.22, 0.94])
    demand = shape * (1.0 + 0.07 * season(peak_day=205))
    return np.asarray(demand / demand.mean())


def grid_cfe(wind: Series, sun: Series) -> Series:
    """Model the grid's carbon-free share: 21 % wind, 4 % solar and 1 % hydro in the mean, over the hour's demand.

    Half the country's wind blows as at the example's farm, half on its own; its sun is the example's.
    """
    elsewhere = 0.40 + 0.17 * mixed("wind elsewhere", slow=42.0, fast=8.0, fast_share=0.30)
    national_wind = 0.5 * wind / wind.mean() + 0.5 * elsewhere.clip(0.02, 0.9) / 0.40
    share = (0.21 * national_wind + 0.04 * sun / sun.mean() + 0.01) / national_demand()
    return np.asarray(share * GRID_CFE_MEAN / share.mean())


def carbon_intensity(cfe: Series) -> Series:
    """Give the grid's average carbon intensity [tCO2e/MWh]: the rest of the mix at one intensity that fits the mean."""
    return CARBON_INTENSITY_MEAN * (1.0 - cfe) / (1.0 - GRID_CFE_MEAN)


# --- the file ---------------------------------------------------------------------------------------------------------

# name: units, long name, how it was made
LABELS: dict[str, tuple[str, str, str]] = {
    "solar_availability": (
        "1",
        "Solar power available for each MW of inverter, single-axis trackers at Ouarzazate",
        "pvlib: Ineichen clear sky, stochastic cloud cover, PVWatts modules and inverters",
    ),
    "wind_availability": (
        "1",
        "Wind power available for each MW of turbines, farm at Tarfaya",
        f"autocorrelated wind speed with Weibull marginal, windpowerlib curve {TURBINE}, wakes and losses",
    ),
    "temperature": ("degC", "Dry-bulb temperature at the site", "season, day, weather patterns and hot spells"),
    "pue": ("1", "Power usage effectiveness of the site", "linear in wet bulb above 7 degC and dry bulb above 33 degC"),
    "it_load": (
        "MW",
        "Power drawn by the IT equipment",
        f"{RACKS} racks of {RACK_POWER} MW, 60 % training and 40 % inference by the local clock",
    ),
    "grid_price": (
        "USD/MWh",
        "Time-of-use price of grid energy (example, unverified)",
        f"example, unverified rates: {PEAK_RATE} / {FULL_RATE} / {OFF_PEAK_RATE} MAD/kWh, {MAD_PER_USD} MAD/USD",
    ),
    "carbon_intensity": (
        "tCO2e/MWh",
        "Average carbon intensity of grid energy (life cycle)",
        f"mean {CARBON_INTENSITY_MEAN} (lowcarbonpower.org, Morocco 2024), hourly shape from grid_cfe",
    ),
    "grid_cfe": (
        "1",
        "Carbon-free share of grid energy",
        f"mean {GRID_CFE_MEAN} (lowcarbonpower.org, Morocco 2024), hourly shape from wind, solar and demand",
    ),
    "inference_load": (
        "MW",
        "Power drawn by the IT equipment for inference alone",
        f"the 40 % of {RACKS} racks of {RACK_POWER} MW that serve users, days and weeks by the local clock",
    ),
}


def make_values() -> dict[str, Series]:
    """Run all models; arrays of 8,760 hours by series name."""
    hot_wind = chergui()
    temperature = air_temperature(CASABLANCA, "Casablanca") + hot_wind
    wet = wet_bulb(temperature, relative_humidity(temperature, dew_point(temperature, hot_wind)))
    wind, sun = wind_availability(), solar_availability()
    cfe = grid_cfe(wind, sun)
    return {
        "solar_availability": sun,
        "wind_availability": wind,
        "temperature": temperature,
        "pue": pue(temperature, wet),
        "it_load": it_load(),
        "grid_price": grid_price(),
        "carbon_intensity": carbon_intensity(cfe),
        "grid_cfe": cfe,
        "inference_load": inference_load(),
    }


def clean(values: Series) -> NDArray[np.float32]:
    """Round to five decimals, which says enough and makes what is nearly zero exactly zero."""
    return (np.round(values, 5) + 0.0).astype(np.float32)


def make_dataset() -> xr.Dataset:
    """Make the whole labelled Dataset over ``hour``, interval starts in UTC."""
    hours = STARTS.tz_localize(None).as_unit("ns")
    dataset = xr.Dataset(coords={"hour": ("hour", hours, {"long_name": "Interval start", "time_zone": "UTC"})})
    with warnings.catch_warnings():  # pvlib 0.16 and windpowerlib 0.2 use what pandas 3.1 announces to drop
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(pvlib|windpowerlib)\.")
        values_by_name = make_values()
    for name, values in values_by_name.items():
        units, long_name, how = LABELS[name]
        attrs = {"units": units, "long_name": long_name, "source": f"synthetic: {how}"}
        dataset[name] = ("hour", clean(values), attrs)
    dataset.attrs = {
        "title": "Example: a 40 MW AI data centre near Casablanca, 2025",
        "note": "synthetic, not measured",
        "seed": SEED,
        "pvlib_version": pvlib.__version__,
        "windpowerlib_version": windpowerlib.__version__,
    }
    return dataset


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write compressed netCDF."""
    encoding = {str(name): {"zlib": True, "complevel": 9, "shuffle": True} for name in dataset.data_vars}
    encoding["hour"] = {"units": "hours since 2025-01-01", "dtype": "int32"}
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the series and write them."""
    parser = argparse.ArgumentParser(description="Make the example's synthetic year of hourly series.")
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).with_name("series.nc"), help="netCDF file to write"
    )
    path = parser.parse_args(argv).output
    write(make_dataset(), path)
    print(f"wrote {path} ({path.stat().st_size / 1000:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
