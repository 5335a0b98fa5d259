"""Machines, fleets of racks over time, and conversions between racks, GPUs, power and energy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.machines import Fleet, Machine, catalogue, liquid_share
from optimizer.machines import conversion as convert
from optimizer.machines.catalogue import WORDS
from optimizer.provenance import scenario_notes
from optimizer.report.assumptions import groups
from optimizer.series.horizon import Horizon
from tests.sites import state

RACK = Machine(gpus=72, rack_power=0.12, idle_share=0.25, typical_share=0.8)
HOURS = np.arange("2025-01-01T00", "2025-01-01T05", dtype="datetime64[h]")  # ends of four intervals


def fleet(**given: object) -> Fleet:
    return Fleet(**{"name": "hall", "machine": RACK.model_dump(), "racks": 10, **given})


def faults(kind: type, **data: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        kind(**data)
    return [str(fault) for fault in caught.value.faults]


class TestCatalogue:
    def test_it_holds_the_machines_that_are_asked_for(self):
        assert set(catalogue()) == {"gb200-nvl72", "gb300-nvl72", "dgx-b200", "hgx-h100", "hgx-h200"}

    @pytest.mark.parametrize("name", ["gb200-nvl72", "gb300-nvl72", "dgx-b200", "hgx-h100", "hgx-h200"])
    def test_every_figure_has_a_source_or_says_that_it_has_none(self, name):
        entry = catalogue()[name]
        note = entry.machine().note
        for field, figure in entry.figures.items():
            assert figure.source
            assert getattr(entry.machine(), field) == figure.value
            examples, _, told = note.removeprefix("example, unverified: ").partition("; ")
            assert WORDS[field] in (told if figure.verified else examples)

    def test_figures_are_those_of_their_sources(self):
        power = {name: entry.rack_power.value for name, entry in catalogue().items()}
        assert power == {
            "gb200-nvl72": 0.120, "gb300-nvl72": 0.132, "dgx-b200": 0.0143, "hgx-h100": 0.0102, "hgx-h200": 0.0102
        }  # fmt: skip
        assert {name: entry.gpus.value for name, entry in catalogue().items()} == {
            "gb200-nvl72": 72, "gb300-nvl72": 72, "dgx-b200": 8, "hgx-h100": 8, "hgx-h200": 8
        }  # fmt: skip

    def test_a_machine_by_name_is_the_same_as_its_figures_spelt_out(self):
        by_name = fleet(machine="gb200-nvl72")
        assert by_name.machine == catalogue()["gb200-nvl72"].machine()
        assert Fleet(**by_name.model_dump()) == by_name

    def test_the_catalogue_is_not_read_where_no_machine_is_named(self):
        code = (
            "from optimizer.machines import Fleet\n"
            "from optimizer.machines.catalogue import catalogue\n"
            "Fleet(name='a', racks=1, machine={'gpus': 8, 'rack_power': 0.01})\n"
            "assert catalogue.cache_info().misses == 0\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    @pytest.mark.parametrize(
        ("given", "remedy"),
        [
            ("gb200", "did you mean 'gb200-nvl72'?"),
            ("GB200 NVL72", "did you mean 'gb200-nvl72'?"),
            ("b200", "known: 'gb200-nvl72', 'gb300-nvl72', 'dgx-b200', 'hgx-h100', 'hgx-h200'"),
            ("tpu", "known: 'gb200-nvl72', 'gb300-nvl72', 'dgx-b200', 'hgx-h100', 'hgx-h200'"),
        ],
    )
    def test_a_name_that_is_not_known(self, given, remedy):
        told = faults(Fleet, name="hall", racks=1, machine=given)
        assert told == [f"Fleet.machine: there is no machine {given!r} in the catalogue; {remedy}"]


class TestMachine:
    def test_power_rises_from_idle_to_rated(self):
        assert [RACK.power(share) for share in (0, 0.5, 1)] == pytest.approx([0.03, 0.075, 0.12])

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"rack_power": 120}, "rack_power: 120 is not between 0 and 2; did you mean 0.12?"),
            ({"gpus": 0}, "gpus: 0 is below 1"),
            ({"gpus": 7.5}, "gpus: 7.5 is not a whole number"),
            ({"idle_share": 20}, "idle_share: 20 is not between 0 and 1; did you mean 0.2?"),
            ({"idle_share": 0.9}, "typical_share: 0.8 is less than idle_share, 0.9; swap them?"),
        ],
    )
    def test_faults(self, given, told):
        assert faults(Machine, **(RACK.model_dump() | given)) == [f"Machine.{told}"]


class TestFleet:
    def test_racks_count_from_the_moment_they_arrive(self):
        arriving = fleet(arrivals=[{"date": "2025-01-01T02:00Z", "racks": 6}, {"date": "2024-12-31", "racks": 4}])
        assert arriving.racks_in_service(HOURS).tolist() == [14, 14, 20, 20]
        assert arriving.gpus(HOURS).tolist() == [14 * 72, 14 * 72, 20 * 72, 20 * 72]
        assert arriving.it_capacity(HOURS) == pytest.approx([1.68, 1.68, 2.4, 2.4])
        assert arriving.idle_power(HOURS) == pytest.approx([0.42, 0.42, 0.6, 0.6])

    def test_within_an_interval_the_mean_counts(self):
        # Arriving after three quarters of the hour: a quarter of the hour's energy.
        arriving = fleet(racks=0, arrivals=[{"date": "2025-01-01T01:45Z", "racks": 8}])
        assert arriving.racks_in_service(HOURS).tolist() == [0, 2, 8, 8]

    def test_a_date_with_an_offset_is_a_moment(self):
        arriving = fleet(racks=0, arrivals=[{"date": "2025-01-01T03:00+01:00", "racks": 1}])
        assert arriving.racks_in_service(HOURS).tolist() == [0, 0, 1, 1]

    def test_boundaries_of_a_horizon_with_any_steps_will_do(self):
        steps = [{"until": "2025-01-01T01:00Z", "step": "15 min"}, {"until": "2025-01-01T03:00Z", "step": "2 h"}]
        horizon = Horizon(start="2025-01-01", end="2025-01-01T03:00Z", step=steps)
        arriving = fleet(racks=0, arrivals=[{"date": "2025-01-01T02:00Z", "racks": 4}])
        capacity = arriving.it_capacity(horizon.boundaries)
        assert capacity == pytest.approx([0, 0, 0, 0, 0.24])
        assert (capacity * horizon.dt).sum() == pytest.approx(4 * 0.12 * 1)  # four racks for one hour

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"racks": 2.5}, "racks: 2.5 is not a whole number"),
            ({"racks": -1}, "racks: -1 is negative; give 0 or more"),
            ({"racks": 0}, "arrivals: the fleet has no racks; give racks, or arrivals of some"),
            (
                {"arrivals": [{"date": 2026, "racks": 1}]},
                "arrivals[0].date: 2026 is not a date or time; write it as 2025-01-01 or 2025-01-01T00:00Z",
            ),
        ],
    )
    def test_faults(self, given, told):
        assert faults(Fleet, **{"name": "hall", "machine": RACK, "racks": 1, **given}) == [f"Fleet.{told}"]


class TestLiquidShare:
    def fleets(self) -> list[Fleet]:
        air = RACK.model_dump() | {"rack_power": 0.06, "liquid_share": 0.0}
        liquid = RACK.model_dump() | {"liquid_share": 0.9}
        arrival = {"date": "2025-01-01T02:00Z", "racks": 10}
        return [fleet(machine=air, racks=20), fleet(name="new", machine=liquid, racks=0, arrivals=[arrival])]

    def test_it_is_that_of_the_racks_in_service_by_their_power(self):
        # 1.2 MW cooled by air, and from two o'clock on as much by liquid.
        assert liquid_share(self.fleets(), HOURS) == pytest.approx([0, 0, 0.45, 0.45])

    def test_without_racks_it_is_the_mean_of_the_fleets(self):
        _, new = self.fleets()
        assert liquid_share([new], HOURS) == pytest.approx([0.9] * 4)


class TestConversion:
    def test_the_whole_way_from_facility_power_to_gpus_and_back(self):
        # Phase 1 of the example: 40 MW at a PUE of 1.2 are 33.33 MW of IT power, 277 whole racks, 19,944 GPUs.
        it_power = convert.it_power_of_facility(40, 1.2)
        assert it_power == pytest.approx(33.3333, abs=1e-4)
        assert convert.racks_within(40, RACK, 1.2) == 277
        assert convert.gpus_of_racks(277, RACK) == 19_944
        assert convert.facility_power(convert.it_power_of_racks(277, RACK), 1.2) == pytest.approx(39.888)

    def test_pue_of_the_time_decides_hour_by_hour_and_the_worst_hour_the_racks(self):
        pue = np.array([1.1, 1.25, 1.2])
        assert convert.facility_power([10, 10, 20], pue).tolist() == [11, 12.5, 24]
        assert convert.it_power_of_facility([11, 12.5, 24], pue) == pytest.approx([10, 10, 20])
        assert convert.racks_within(40, RACK, pue) == 266  # 32 MW
        assert convert.racks_within(1.2 * 0.12 * 3, RACK, 1.2) == 3  # rounding loses no rack

    def test_gpu_hours_are_gpus_times_hours(self):
        # 72 GPUs of one rack at full power for 10 h take 1.2 MWh.
        assert convert.it_energy_of_gpu_hours(720, RACK) == pytest.approx(1.2)
        assert convert.gpu_hours_of_it_energy(1.2, RACK) == pytest.approx(720)

    @pytest.mark.parametrize("utilisation", [0.0, 0.3, 1.0])
    def test_power_and_gpus_are_inverse_at_any_utilisation(self, utilisation):
        power = convert.it_power_of_gpus(720, RACK, utilisation)
        assert power == pytest.approx(10 * RACK.power(utilisation))
        assert convert.gpus_of_it_power(power, RACK, utilisation) == pytest.approx(720)

    def test_a_part_of_a_rack_needs_a_rack(self):
        assert [convert.racks_of_gpus(count, RACK) for count in (0, 1, 72, 73, 144)] == [0, 1, 1, 2, 2]


PUE = {"dry_bulb": 20, "humidity": 0.7, "liquid_share": 0.85}


class TestInReports:
    def test_figures_of_machines_and_cooling_say_where_they_come_from(self):
        fleets = [{"name": "hall 1", "machine": "gb200-nvl72", "racks": 99, "note": "order of May"}]
        scenario = state(
            load={"fleets": fleets, "pue": {"dry_bulb": 20, "humidity": 0.7, "liquid_share": 0.85}}
        ).scenario
        order, machine, pue = scenario_notes(scenario)
        assert order == "fleet hall 1: order of May"
        assert machine.startswith(
            "fleet hall 1: example, unverified: idle share, typical share, heat in liquid; GPUs of a rack: introl.com/"
        )
        assert pue.startswith("PUE: figures that are not given are defaults")
        assert pue.endswith("all others are example, unverified")

    def test_they_stand_with_their_units_among_the_assumptions(self):
        fleets = [{"name": "hall 1", "machine": "gb200-nvl72", "racks": 99}]
        scenario = state(
            load={"fleets": fleets, "pue": {"dry_bulb": 20, "humidity": 0.7, "liquid_share": 0.85}}
        ).scenario
        found = {
            (group.title.rpartition(" › ")[2], line.name): (line.value, line.unit)
            for group in groups(scenario.model_dump(mode="json"), "USD")
            for line in group.settings
        }
        assert found["Machine", "GPUs"] == ("72", "")
        assert found["Machine", "Rack power"] == ("0.12", "MW")
        assert found["hall 1", "Racks"] == ("99", "")
        assert found["PUE", "Dry bulb"] == ("20", "°C")
        assert found["Liquid", "Approach"] == ("10", "K")
