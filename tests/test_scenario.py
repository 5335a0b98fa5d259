"""Scenarios: read from YAML, judged as a whole, changed, written, checked against their series, and described."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import xarray as xr

from optimizer.assets import Battery, Capacity, GridConnection
from optimizer.errors import InputError
from optimizer.scenario import Scenario, SolverOptions, Targets, scenario_schema
from optimizer.series.horizon import Horizon
from optimizer.site import Site
from optimizer.specification.yaml_file import read_one

ROOT = Path(__file__).parents[1]

GOOD = """\
name: casa
currency: MAD
horizon: {start: 2025-01-01, end: 2025-01-02, step: 60 min}
series:
  - path: weather.csv
    time: {column: time, zone: UTC}
    columns:
      pv_availability: {column: electricity, unit: kW/kW}
      day_ahead: {column: price, unit: MAD/MWh}
site:
  name: Nouaceur
  latitude: 33.4
  longitude: -7.6
  time_zone: Africa/Casablanca
  load:
    it_load: 33.4
    pue: 1.2
  supplies:
    - name: pv
      capacity: {min: 0, max: 90, annual_cost: 5}
      availability: pv_availability
  batteries:
    - name: battery
      power_capacity: 20
      energy_capacity: {size: 80, annual_cost: 7}
  grid:
    connection_capacity: 60
    energy_price: day_ahead
targets: {cfe: 0.8}
"""

BAD = """\
name: ca/sa
currency: usd
horizon: {start: 2025-01-01, end: 2025-01-02}
series:
  - path: weather.csv
    time: {column: time, zone: UTC}
    columns: {pv_availability: {unit: kW/kW}}
site:
  name: Nouaceur
  latitude: 33.4
  longitude: -7.6
  time_zone: Casablanca
  load:
    it_load: it_load
    pue: 120
  supplies:
    - name: pv
      capacity: -90
      availability: pv_availabilty
  batteries:
    - name: battery
      power_capacity: 20
      energy_capcity: 80
      charge_efficiency: 92
      soc_min: 0.9
      soc_min: 0.95
      soc_max: 0.5
      cyclic: on
targets: 0.9
solver: {threads: 1.5, time_limit: 0}
weight: 0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("scenario.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.load("scenario.yaml")


def faults(text: str) -> list[str]:
    Path("scenario.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Scenario.load("scenario.yaml")
    return [str(fault) for fault in caught.value.faults]


def with_line(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


class TestLoad:
    def test_a_good_file_is_read_with_its_folder(self, scenario, folder):
        assert scenario.folder == Path()
        assert Scenario.load(folder / "scenario.yaml").folder == folder
        assert scenario.site.supplies[0].capacity == Capacity(max=90, annual_cost=5)
        assert scenario.site.grid.energy_price == "day_ahead"
        assert scenario.targets == Targets(cfe=0.8)

    def test_defaults_are_those_of_the_interface(self, scenario):
        assert (scenario.description, scenario.carbon_price, scenario.weight, scenario.notes) == ("", 0.0, None, ())
        assert scenario.solver == SolverOptions(time_limit=None, threads=None)
        bare = Scenario(
            name="s", horizon=scenario.horizon, site={**scenario.site.model_dump(), "supplies": (), "grid": None}
        )
        assert (bare.currency, bare.series, bare.targets) == ("USD", (), Targets(cfe=None))

    def test_all_faults_are_told_together_in_the_order_of_their_lines(self):
        assert faults(BAD) == [
            "scenario.yaml:1: name: 'ca/sa' is not usable as a name; names become parts of file names",
            "scenario.yaml:2: currency: 'usd' is not three capital letters; did you mean USD?",
            "scenario.yaml:12: site.time_zone: 'Casablanca' is not a time zone; did you mean Africa/Casablanca?",
            "scenario.yaml:14: site.load.it_load: there is no series 'it_load'; known: 'pv_availability'",
            "scenario.yaml:15: site.load.pue: 120 is not between 1 and 10; did you mean 1.2?",
            "scenario.yaml:18: site.supplies[0].capacity ('pv'): -90 is negative; give 0 or more",
            "scenario.yaml:19: site.supplies[0].availability ('pv'): there is no series 'pv_availabilty'; "
            "did you mean 'pv_availability'?",
            "scenario.yaml:21: site.batteries[0] ('battery'): `energy_capacity` is missing; give it: "
            "Energy that the battery can store when new [MWh]; a number, or bounds to choose between",
            "scenario.yaml:23: site.batteries[0] ('battery'): `energy_capcity` is not known here; "
            "did you mean `energy_capacity`?",
            "scenario.yaml:24: site.batteries[0].charge_efficiency ('battery'): 92 is not between 0 and 1; "
            "did you mean 0.92?",
            "scenario.yaml:26: site.batteries[0]: `soc_min` is given twice, first on line 25; keep one of them",
            "scenario.yaml:27: site.batteries[0].soc_max ('battery'): 0.5 is less than soc_min, 0.95",
            "scenario.yaml:28: site.batteries[0].cyclic ('battery'): 'on' is not true or false; "
            "write true or false, without quotes",
            "scenario.yaml:29: targets: 0.9 is not a mapping; give it keys: `cfe`, `cfe_monthly`, `cfe_rolling`, "
            "`cfe_annual`, `emissions_max`, `emission_intensity_max`, `grid_energy_max`, `grid_share_max`, "
            "`curtailment_share_max`, `export_share`",
            "scenario.yaml:30: solver.time_limit: 0 is not above 0",
            "scenario.yaml:30: solver.threads: 1.5 is not a whole number",
            "scenario.yaml:31: weight: 0 is not above 0",
        ]

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            (
                "currency: MAD",
                "currency: $",
                "2: currency: '$' is not three capital letters; write its ISO 4217 code, such as USD",
            ),
            ("currency: MAD", "currency: 3", "2: currency: 3 is not text; put it in quotes"),
            ("cfe: 0.8", "cfe: 80", "29: targets.cfe: 80 is not between 0 and 1; did you mean 0.8?"),
            ("name: casa", "name: casa\ncarbon_price: -5", "2: carbon_price: -5 is negative; give 0 or more"),
            (
                "name: casa",
                "name: casa\nnotes: synthetic",
                "2: notes: 'synthetic' is not a list; start each item on a line of its own with '- '",
            ),
            ("name: casa", "name: casa\nnotes: [1]", "2: notes[0]: 1 is not text; put it in quotes"),
            (
                "name: casa",
                "name: casa\nsolver: {timelimit: 3}",
                "2: solver: `timelimit` is not known here; did you mean `time_limit`?",
            ),
            ("name: casa", "name: casa\nbasis: x.yaml", "2: `basis` is not known here; did you mean `base`?"),
            ("name: casa\n", "", "`name` is missing; give it: Name of the scenario; runs are named after it"),
            (
                "energy_price: day_ahead",
                "energy_price: pv",
                "28: site.grid.energy_price: there is no series 'pv'; did you mean 'pv_availability'?",
            ),
            (
                "energy_price: day_ahead",
                "energy_price: 45 %",
                "28: site.grid.energy_price: '45 %' is not a number; did you mean 0.45?",
            ),
        ],
    )
    def test_each_fault_has_its_own_words(self, old, new, told):
        shift = f"scenario.yaml:{told}" if told[0].isdigit() else f"scenario.yaml:1: {told}"
        assert faults(with_line(old, new)) == [shift]

    def test_series_that_are_not_declared_are_told_where_they_are_used(self):
        start, end = GOOD.index("series:"), GOOD.index("site:")
        assert faults(GOOD[:start] + GOOD[end:]) == [
            "scenario.yaml:15: site.supplies[0].availability ('pv'): there is no series 'pv_availability'; "
            "no series are given; list their files under `series`",
            "scenario.yaml:22: site.grid.energy_price: there is no series 'day_ahead'; "
            "no series are given; list their files under `series`",
        ]

    def test_a_series_that_two_files_give_is_refused(self):
        second = "  - {path: b.csv, time: {column: t, zone: UTC}, columns: {day_ahead: {unit: MAD/MWh}}}\nsite:\n"
        assert faults(with_line("site:\n", second)) == [
            "scenario.yaml:4: series: 'day_ahead' is given by 'weather.csv' and 'b.csv'; give one of them another name"
        ]

    def test_the_series_of_a_netcdf_file_without_a_column_map_are_not_known_before_it_is_read(self):
        Path("scenario.yaml").write_text(
            with_line("series:\n", "series:\n  - path: more.nc\n").replace("33.4\n    pue", "x\n    pue")
        )
        assert Scenario.load("scenario.yaml").site.load.it_load == "x"

    def test_a_base_gives_what_the_file_does_not_say(self):
        Path("sub").mkdir()
        Path("sub/sizing.yaml").write_text(
            "base: ../scenario.yaml\nname: sizing\nsite:\n  grid: null\n  batteries:\n"
            "    - {name: battery, energy_capacity: 100}\n"
            "    - {name: second, power_capacity: 1, energy_capacity: 2}\n"
        )
        sizing = Scenario.load("sub/sizing.yaml")
        assert sizing.name == "sizing"
        assert [battery.name for battery in sizing.site.batteries] == ["battery", "second"]
        assert sizing.site.batteries[0].energy_capacity == Capacity.fixed(100, annual_cost=7)
        assert sizing.site.grid is None
        assert (sizing.series[0].path, sizing.folder) == ("../weather.csv", Path("sub"))

    def test_an_overlay_leaves_an_item_of_its_base_out(self):
        over = "base: scenario.yaml\nsite:\n  batteries: {battery: null}\n  supplies: [{name: pv, capacity: 7}]\n"
        Path("over.yaml").write_text(over)
        site = Scenario.load("over.yaml").site
        assert (site.batteries, site.supplies[0].capacity.max) == ((), 7)
        assert TestSchema().errors(over) == set()
        Path("over.yaml").write_text(over.replace("{battery:", "{batery:"))
        with pytest.raises(InputError) as caught:
            Scenario.load("over.yaml")
        assert str(caught.value) == (
            "over.yaml:3: site.batteries: there is no 'batery' to leave out; did you mean 'battery'?"
        )

    def test_faults_name_the_file_that_holds_them(self):
        Path("scenario.yaml").write_text(with_line("pue: 1.2", "pue: 120"))
        Path("over.yaml").write_text("base: scenario.yaml\nsite:\n  latitude: 99\n  supplies: [{name: pv, cfe: 90}]\n")
        with pytest.raises(InputError) as caught:
            Scenario.load("over.yaml")
        assert [str(fault) for fault in caught.value.faults] == [
            "over.yaml:3: site.latitude: 99 is not between -90 and 90",
            "over.yaml:4: site.supplies[0].cfe ('pv'): 90 is not between 0 and 1; did you mean 0.9?",
            "scenario.yaml:17: site.load.pue: 120 is not between 1 and 10; did you mean 1.2?",
        ]

    def test_importing_scenarios_brings_no_slow_library(self):
        slow = "{'pandas', 'xarray', 'pyomo', 'plotly', 'highspy', 'rich'}"
        code = f"import sys, optimizer.scenario; print(sorted({slow} & set(sys.modules)))"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"


class TestFromPython:
    def test_a_scenario_may_be_made_of_specifications(self, scenario):
        made = Scenario(
            name="python",
            horizon=Horizon(start="2025-01-01", end="2025-01-02"),
            site=Site(
                name="hall",
                latitude=33,
                longitude=-7,
                time_zone="UTC",
                load={"it_load": 40},
                batteries=[Battery(name="b", power_capacity=20, energy_capacity=80)],
            ),
        )
        assert Scenario.from_dict(made.model_dump()) == made
        mixed = Scenario.from_dict(
            {"name": "python", "horizon": made.horizon, "site": made.site}, folder=scenario.folder
        )
        assert mixed == made

    def test_series_named_by_a_ready_site_are_checked_too(self, scenario):
        grid = GridConnection(connection_capacity=1, energy_price="dayahead")
        site = Site(**{**scenario.site.model_dump(), "grid": grid})
        with pytest.raises(InputError) as caught:
            Scenario(name="s", horizon=scenario.horizon, series=scenario.series, site=site)
        assert str(caught.value) == (
            "Scenario.site.grid.energy_price: there is no series 'dayahead'; did you mean 'day_ahead'?"
        )

    def test_a_dict_may_name_a_base(self, scenario, folder):
        assert Scenario.from_dict({"base": "scenario.yaml"}) == scenario
        other = Scenario.from_dict({"base": "scenario.yaml", "site": {"load": {"pue": 1.3}}}, folder=folder)
        assert (other.site.load.pue, other.folder) == (1.3, folder)
        with pytest.raises(
            InputError, match=r"^base: there is no file .*scenaro.yaml; did you mean .*scenario.yaml\?$"
        ):
            Scenario.from_dict({"base": "scenaro.yaml"})

    @pytest.mark.parametrize("junk", [5, None, [1], "text"])
    def test_what_is_no_mapping_is_refused(self, junk):
        with pytest.raises(InputError, match=r"is not a mapping; give `name`, `horizon` and `site`$"):
            Scenario.from_dict(junk)

    def test_scenarios_are_equal_by_value_and_hashable(self, scenario):
        again = Scenario.load("scenario.yaml")
        assert again == scenario
        assert hash(again) == hash(scenario)
        assert scenario.change({"name": "other"}) != scenario


class TestChange:
    def test_a_change_makes_a_new_scenario_with_the_same_folder(self, folder):
        scenario = Scenario.load(folder / "scenario.yaml")
        before = scenario.to_yaml()
        changed = scenario.change(
            {"site.batteries.battery.energy_capacity": 200, "targets.cfe": 0.9, "site.grid": None}
        )
        assert changed.site.batteries[0].energy_capacity == Capacity.fixed(200, annual_cost=7)
        assert (changed.targets.cfe, changed.site.grid, changed.folder) == (0.9, None, folder)
        assert scenario.to_yaml() == before

    def test_values_may_be_numbers_of_numpy_or_specifications(self, scenario):
        for value in (np.float64(9), np.int64(9), Capacity.fixed(9, annual_cost=7), {"size": 9, "annual_cost": 7}):
            changed = scenario.change({"site.batteries[0].energy_capacity": value})
            assert changed.site.batteries[0].energy_capacity == Capacity.fixed(9, annual_cost=7)
        assert scenario.change({"site.batteries": []}).site.batteries == ()
        assert scenario.change({"site.batteries.battery": None}).site.batteries == ()

    def test_series_files_and_horizon_can_be_changed(self, scenario):
        changed = scenario.change({"series.0.path": "other.csv", "horizon.step": "15 min"})
        assert changed.series[0].path == "other.csv"
        assert len(changed.horizon.dt) == 96

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            (
                {"site.batteries.batery.soc_min": 0},
                "change 'site.batteries.batery.soc_min': there is no 'batery' in site.batteries; "
                "did you mean 'battery'?",
            ),
            (
                {"site.batteries.battery.socmin": 0},
                "change 'site.batteries.battery.socmin': there is no `socmin` in site.batteries[0]; "
                "did you mean `soc_min`?",
            ),
            ({"target.cfe": 0.9}, "change 'target.cfe': there is no `target`; did you mean `targets`?"),
            ({"targets.cfe": 90}, "targets.cfe: 90 is not between 0 and 1; did you mean 0.9?"),
            (
                {"site.batteries.battery.soc_max": 2},
                "site.batteries[0].soc_max ('battery'): 2 is not between 0 and 1; did you mean 0.02?",
            ),
            (
                {"site.grid.energy_price": "dayahead"},
                "site.grid.energy_price: there is no series 'dayahead'; did you mean 'day_ahead'?",
            ),
        ],
    )
    def test_a_change_that_is_not_possible_is_told(self, scenario, changes, told):
        with pytest.raises(InputError) as caught:
            scenario.change(changes)
        assert str(caught.value) == told


class TestToYaml:
    def test_the_text_is_complete_and_reads_back_equal(self, scenario):
        text = scenario.to_yaml()
        assert "discharge_efficiency: 0.95\n" in text
        assert "start: '2025-01-01T00:00:00Z'" in text
        Path("again.yaml").write_text(text, encoding="utf-8")
        assert Scenario.load("again.yaml") == scenario
        assert Scenario.load("again.yaml").to_yaml() == text

    def test_the_text_does_not_depend_on_how_the_file_was_written(self, scenario):
        other = GOOD.replace("{min: 0, max: 90, annual_cost: 5}", "{annual_cost: 5.0, max: 9e1}")
        Path("other.yaml").write_text("# other\n" + other.replace("power_capacity: 20", "power_capacity: {size: 20}"))
        assert Scenario.load("other.yaml").to_yaml() == scenario.to_yaml()


def dataset(**series: tuple[str, list[float]]) -> xr.Dataset:
    hours = np.arange("2025-01-01T00", "2025-01-01T05", dtype="datetime64[h]").astype("datetime64[ns]")
    variables = {name: ("hour", np.array(values), {"units": unit}) for name, (unit, values) in series.items()}
    return xr.Dataset(variables, coords={"hour": hours})


class TestCheckSeries:
    good = ("1", [0.0, 0.5, 1.0, 0.0, 1.0 + 1e-12])
    price = ("MAD/MWh", [-5.0, 0.0, 80.0, 90.0, 1.0])

    def told(self, scenario: Scenario, **series: tuple[str, list[float]]) -> list[str]:
        with pytest.raises(InputError) as caught:
            scenario.check_series(dataset(**series))
        return [str(fault) for fault in caught.value.faults]

    def test_fitting_series_are_let_pass(self, scenario):
        scenario.check_series(dataset(pv_availability=self.good, day_ahead=self.price))

    def test_a_missing_series_is_told_with_the_nearest(self, scenario):
        assert self.told(scenario, pv_availability=self.good, dayahead=self.price) == [
            "scenario.yaml:28: site.grid.energy_price: there is no series 'day_ahead'; did you mean 'dayahead'?"
        ]

    def test_values_out_of_bounds_are_told_with_their_time_stamps(self, scenario):
        assert self.told(scenario, pv_availability=("1", [0, 1.5, -0.2, 1.25, 98]), day_ahead=self.price) == [
            "scenario.yaml:21: site.supplies[0].availability ('pv'): the series 'pv_availability' is not between "
            "0 and 1: 1.5 at 2025-01-01 01:00, -0.2 at 2025-01-01 02:00, 1.25 at 2025-01-01 03:00 and 1 more (UTC)"
        ]

    def test_a_value_that_is_missing_is_told(self, scenario):
        assert self.told(scenario, pv_availability=("1", [0, np.nan, 0, 0, 0]), day_ahead=self.price) == [
            "scenario.yaml:21: site.supplies[0].availability ('pv'): the series 'pv_availability' has no value: "
            "nan at 2025-01-01 01:00 (UTC)"
        ]

    def test_units_are_checked_by_field_and_all_faults_told_together(self, scenario):
        assert self.told(scenario, pv_availability=self.price, day_ahead=("", [1, 2, 3, 4, 5])) == [
            "scenario.yaml:21: site.supplies[0].availability ('pv'): the series 'pv_availability' is in MAD/MWh, "
            "but 1 is needed; name another series, or mend the unit in its column map",
            "scenario.yaml:28: site.grid.energy_price: the series 'day_ahead' is in no unit, but MAD/MWh is needed; "
            "name another series, or mend the unit in its column map",
        ]

    @pytest.mark.parametrize(
        ("path", "unit", "bad", "breach"),
        [
            ("site.load.it_load", "MW", -1, "is negative"),
            ("site.load.pue", "1", 0.9, "is below 1"),
            ("site.load.other_load", "MW", -1, "is negative"),
            ("site.supplies.pv.carbon_intensity", "tCO2e/MWh", 48, "is not between 0 and 5"),
            ("site.grid.carbon_intensity", "tCO2e/MWh", -1, "is not between 0 and 5"),
            ("site.grid.grid_cfe", "1", 1.1, "is not between 0 and 1"),
            ("site.grid.available", "1", 2, "is not between 0 and 1"),
        ],
    )
    def test_every_field_has_its_unit_and_bounds(self, scenario, path, unit, bad, breach):
        open_file = scenario.change({"series": [{"path": "all.nc"}], path: "x"})
        rest = {"pv_availability": self.good, "day_ahead": self.price}
        open_file.check_series(dataset(**rest, x=(unit, [1.0] * 5)))
        (fault,) = self.told(open_file, **rest, x=(unit, [1, 1, 1, 1, bad]))
        assert fault.endswith(f"the series 'x' {breach}: {bad} at 2025-01-01 04:00 (UTC)")
        (fault,) = self.told(open_file, **rest, x=("degC", [1.0] * 5))
        assert f"the series 'x' is in degC, but {unit} is needed" in fault

    def test_prices_may_be_negative(self, scenario):
        fields = ("site.supplies.pv.energy_price", "site.supplies.pv.curtailment_price", "site.grid.export_price")
        priced = scenario.change(dict.fromkeys(fields, "day_ahead"))
        priced.check_series(dataset(pv_availability=self.good, day_ahead=self.price))


class TestRead:
    @pytest.fixture
    def weather(self) -> list[list[str]]:
        return [[f"2025-01-01 {hour:02}:00", f"{hour / 24:.3f}", f"{900 - hour}"] for hour in range(24)]

    def write(self, rows: list[list[str]]) -> None:
        lines = ["time,electricity,price", *(",".join(row) for row in rows)]
        Path("weather.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def test_series_are_read_from_the_folder_in_canonical_units(self, weather, folder, monkeypatch):
        self.write(weather)
        monkeypatch.chdir("/")
        series = Scenario.load(folder / "scenario.yaml").read()
        assert series["day_ahead"].attrs["units"] == "MAD/MWh"
        assert series["day_ahead"].values.tolist() == [900.0 - hour for hour in range(24)]
        assert series["pv_availability"].values[12] == 0.5

    def test_a_series_used_for_the_wrong_field_is_told(self, scenario, weather):
        self.write(weather)
        with pytest.raises(InputError) as caught:
            scenario.change({"site.load.it_load": "day_ahead"}).read()
        assert str(caught.value) == (
            "site.load.it_load: the series 'day_ahead' is in MAD/MWh, but MW is needed; "
            "name another series, or mend the unit in its column map"
        )

    def test_a_missing_file_is_told(self, scenario):
        with pytest.raises(InputError, match=r"weather\.csv"):
            scenario.read()


class TestSchema:
    published = ROOT / "docs" / "scenario.schema.json"
    validator = jsonschema.Draft202012Validator(scenario_schema())

    def errors(self, text: str) -> set[str]:
        Path("x.yaml").write_text(text, encoding="utf-8")
        data = read_one(Path("x.yaml")).root.plain()
        found = {error.json_path for error in self.validator.iter_errors(data)}
        for error in self.validator.iter_errors(data):
            found |= {inner.json_path for inner in error.context or ()}
        return found

    def test_the_published_file_is_up_to_date(self):
        text = json.dumps(scenario_schema(), indent=2) + "\n"
        assert self.published.read_text(encoding="utf-8") == text, "run: optimizer schema > docs/scenario.schema.json"

    def test_it_is_a_valid_schema(self):
        jsonschema.Draft202012Validator.check_schema(scenario_schema())

    def test_a_good_file_and_its_full_text_are_valid(self, scenario):
        assert self.errors(GOOD) == set()
        assert self.errors(scenario.to_yaml()) == set()

    def test_a_bad_file_is_not(self):
        assert self.errors(BAD.replace("      soc_min: 0.9\n", "")) >= {
            "$.name", "$.currency", "$.site.supplies[0].capacity", "$.site.batteries[0]",
            "$.site.batteries[0].charge_efficiency", "$.site.batteries[0].cyclic", "$.targets", "$.solver.threads",
        }  # fmt: skip
        assert "$.site.load.pue" in self.errors(with_line("pue: 1.2", "pue: 0.8"))
        assert "$.site" in self.errors(with_line("  latitude: 33.4\n", ""))

    def test_a_file_with_a_base_need_only_say_what_differs(self):
        assert self.errors("base: a.yaml\nsite: {batteries: [{name: b, soc_max: 0.9}], load: {pue: 1.1}}\n") == set()
        assert self.errors("base: a.yaml\nsite: {batteries: [{soc_max: 0.9}]}\n") != set()
        assert self.errors("base: a.yaml\nsite: {latitude: 99}\n") == {"$.site.latitude"}
        assert self.errors("base: a.yaml\nseries: [{skip_rows: 3}]\n") == {"$.series[0]"}

    @pytest.mark.parametrize(
        "path", sorted((ROOT / "data" / "casablanca-40mw").glob("*.yaml")), ids=lambda path: path.stem
    )
    def test_the_shipped_examples_are_valid(self, path):
        assert self.errors(path.read_text(encoding="utf-8")) == set()
        assert Scenario.load(path).name

    def test_every_field_says_what_it_means(self):
        definitions = scenario_schema()["$defs"]
        silent = [
            f"{name}.{key}"
            for name, schema in definitions.items()
            for key, field in schema.get("properties", {}).items()
            if not field.get("description")
        ]
        assert silent == []

    def test_measured_fields_say_their_unit(self):
        fields = scenario_schema()["$defs"]["GridConnection"]["properties"]
        assert fields["energy_price"]["description"] == (
            "Price of energy imported from the grid [currency/MWh]; a number or the name of a series"
        )
        assert fields["export_capacity"]["description"] == "Greatest power that may be exported [MW]"


def test_a_scenario_is_shown_in_one_line():
    shown = "<Scenario 'Casablanca 40 MW, dispatch': 8,760 intervals from 2025-01-01 00:00 to 2026-01-01 00:00 UTC>"
    scenario = Scenario.load(ROOT / "data" / "casablanca-40mw" / "scenario.yaml")
    assert (repr(scenario), str(scenario)) == (shown, shown)
