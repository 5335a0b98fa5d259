"""Files as others publish them go in untouched, through a column map."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from optimizer.errors import InputError
from optimizer.series.file import SeriesFile
from optimizer.series.horizon import Horizon
from optimizer.series.reading import read_series

FOLDER = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the published files in ../shared/data")

PLANNED = Horizon(start="2025-01-01", end="2026-01-01")
SUN = {
    "path": "raw_ninja_pv_morocco_34.6401_-4.8542_2019.csv",
    "skip_rows": 3,
    "time": {"column": "time", "zone": "UTC"},
    "columns": {
        "solar_availability": {"column": "electricity", "unit": "kW/kW"},
        "temperature": {"column": "temperature", "unit": "degC"},
    },
}
WIND = {
    **SUN,
    "path": "raw_ninja_wind_morocco_34.6401_-4.8542_2019.csv",
    "columns": {"wind_availability": {"column": "electricity", "unit": "kW/kW"}},
}
SPAIN = {
    "path": "ES_dayahead_2023.csv",
    "time": {"column": "Datetime", "zone": "Europe/Madrid"},
    "columns": {"energy_price": {"column": "Price (EUR/MWh)", "unit": "EUR/MWh"}},
    "exchange_rates": {"EUR": 1.08},
}
CARBON = {
    "path": "ZA_carbon_intensity_2023.csv",
    "time": {"column": "Datetime (UTC)", "zone": "UTC"},
    "lay_on": "position",
    "columns": {
        "carbon_intensity": {"column": "Carbon Intensity gCO₂eq/kWh (LCA)", "unit": "gCO2e/kWh"},
        "grid_cfe": {"column": "Low Carbon Percentage", "unit": "%"},
    },
}
GPU = {
    "path": "h100_power_hourly.csv",
    "time": {"column": "local_time_ithaca", "zone": "America/New_York"},
    "lay_on": {"by": "position", "start": "2024-09-01"},
    "gaps": {"fill": "interpolate", "at_most": "13 h"},
    "columns": {"it_load": {"column": "h100_w_per_gpu", "unit": "W", "peak": 33.3}},
}


def read(*files: dict[str, Any], horizon: Horizon = PLANNED) -> xr.Dataset:
    return read_series([SeriesFile(**file) for file in files], horizon, folder=FOLDER, currency="USD")


def faults(*files: dict[str, Any], horizon: Horizon = PLANNED) -> list[str]:
    with pytest.raises(InputError) as error:
        read(*files, horizon=horizon)
    return [str(fault) for fault in error.value.faults]


def test_all_files_on_the_year_planned() -> None:
    series = read(*({**file, "lay_on": "position"} for file in (SUN, WIND, SPAIN)), CARBON, GPU)
    assert series.sizes["hour"] == 8760
    means = {name: float(values.mean()) for name, values in series.data_vars.items()}
    assert means["solar_availability"] == pytest.approx(0.20186, abs=1e-5)
    assert means["wind_availability"] == pytest.approx(0.19935, abs=1e-5)
    assert means["energy_price"] == pytest.approx(1.08 * 87.10176, abs=1e-4)
    assert means["carbon_intensity"] == pytest.approx(0.702125, abs=1e-5)
    assert means["grid_cfe"] == pytest.approx(0.165446, abs=1e-5)
    assert float(series["it_load"].max()) == pytest.approx(33.3)
    assert not np.isnan(series.to_dataarray()).any()


def test_wind_and_sun_of_2019_in_utc_and_in_local_time() -> None:
    horizon = Horizon(start="2019-01-01", end="2020-01-01")
    utc = read(SUN, WIND, horizon=horizon)
    local = {**SUN, "time": {"column": "local_time", "zone": "Africa/Casablanca"}}
    assert read(local, horizon=horizon)["temperature"].identical(utc["temperature"])
    assert "notes" not in utc["wind_availability"].attrs


def test_spain_2023_by_position() -> None:
    series = read({**SPAIN, "lay_on": "position"})["energy_price"]
    published = pd.read_csv(FOLDER / "ES_dayahead_2023.csv")["Price (EUR/MWh)"]
    assert series.values == pytest.approx(1.08 * published.to_numpy())
    assert "plain clock of 24 hours a day" in series.attrs["notes"]
    assert "2023-03-26 02:00, 2023-10-29 02:00" in series.attrs["notes"]
    assert "stand for the horizon from 2025-01-01 00:00 UTC on" in series.attrs["notes"]


def test_spain_2023_by_calendar_has_false_local_times() -> None:
    horizon = Horizon(start="2023-01-01T00:00+01:00", end="2024-01-01T00:00+01:00")
    nonexistent, twofold, missing = faults(SPAIN, horizon=horizon)
    assert "do not exist in Europe/Madrid, as the clock jumped over them (1): 2023-03-26 02:00" in nonexistent
    assert "occur twice in Europe/Madrid, but once in the file (1): 2023-10-29 02:00" in twofold
    assert "rows missing (1): 2023-10-29 02:00" in missing
    assert all("`lay_on: position`" in fault for fault in (nonexistent, twofold))
    mended = {
        **SPAIN,
        "time": {**SPAIN["time"], "nonexistent": "drop", "ambiguous": "first"},
        "gaps": {"fill": "hold", "at_most": "1 h"},
    }
    series = read(mended, horizon=horizon)["energy_price"]
    assert json.loads(series.attrs["filled"]) == ["2023-10-29T01:00Z"]


def test_spain_2023_is_not_2025() -> None:
    (fault,) = faults(SPAIN)
    assert "covers 2023-01-01 00:00 to 2023-12-31 23:00, nothing of the horizon 2025-01-01 00:00" in fault
    assert "say `lay_on: position`" in fault


def test_months_that_the_horizon_leaves_out_are_not_judged() -> None:
    january = Horizon(start="2023-01-01T00:00+01:00", end="2023-02-01T00:00+01:00")
    assert read(SPAIN, horizon=january).sizes["hour"] == 31 * 24


def test_spain_2024_lacks_two_days() -> None:
    file = {**SPAIN, "path": "ES_dayahead_2024.csv", "lay_on": "position"}
    (fault,) = faults(file)
    assert "rows missing (48): 2024-04-30 00:00, 2024-04-30 01:00, 2024-04-30 02:00 and 45 more" in fault
    assert "at_most: 24 h" in fault
    (leap,) = faults({**file, "gaps": {"fill": "hold", "at_most": "24 h"}})
    assert "the file's rows have a 29 February" in leap
    horizon = Horizon(start="2024-01-01", end="2025-01-01")
    filled = read({**file, "gaps": {"fill": "hold", "at_most": "24 h"}}, horizon=horizon)["energy_price"]
    assert len(json.loads(filled.attrs["filled"])) == 48


def test_a_price_needs_an_exchange_rate() -> None:
    (fault,) = faults({**SPAIN, "lay_on": "position", "exchange_rates": {}})
    assert "(energy_price): is in EUR, the scenario in USD" in fault


def test_gaps_of_the_power_series() -> None:
    series = read(GPU)["it_load"]
    assert len(json.loads(series.attrs["filled"])) == 52
    assert "gaps filled (interpolate): 52 values, longest gap 13 h" in series.attrs["notes"]
    assert "rows from 2024-09-01 00:00 on" in series.attrs["notes"]
    (blank,) = faults({**GPU, "gaps": "refuse"})
    assert "blank or NaN (52): 2024-10-03 16:00" in blank
    (long,) = faults({**GPU, "gaps": {"fill": "interpolate", "at_most": "6 h"}})
    assert (
        "gaps longer than 6 h (3): 9 h from 2025-01-24 10:00, 13 h from 2025-02-15 19:00, 9 h from 2025-03-04" in long
    )


def test_percent_taken_for_a_share_is_found() -> None:
    cfe = {"grid_cfe": {"column": "Low Carbon Percentage", "unit": "1"}}
    (fault,) = faults({**CARBON, "columns": cfe})
    assert "not between 0 and 1 (8760): 22.42 at 2023-01-01 00:00" in fault
    assert "if these are percent, say `unit: '%'`" in fault
