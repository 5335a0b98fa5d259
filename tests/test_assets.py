"""Capacities, supplies, batteries and the grid connection."""

from __future__ import annotations

import pytest

from optimizer.assets import Battery, Capacity, GridConnection, Supply
from optimizer.errors import InputError
from optimizer.specification.base import Specification


def faults(kind: type[Specification], **data: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        kind(**data)
    return [str(fault) for fault in caught.value.faults]


def battery(**data: object) -> Battery:
    return Battery(**{"name": "b", "power_capacity": 20, "energy_capacity": 80, **data})


def battery_faults(**data: object) -> list[str]:
    return faults(Battery, **{"name": "b", "power_capacity": 20, "energy_capacity": 80, **data})


class TestCapacity:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (90, (90, 90, 0)),
            (0, (0, 0, 0)),
            ({"size": 90, "annual_cost": 12000}, (90, 90, 12000)),
            ({"min": 10, "max": 200, "annual_cost": 12000}, (10, 200, 12000)),
            ({"max": 200}, (0, 200, 0)),
            (Capacity.fixed(5, 1), (5, 5, 1)),
            (Capacity(max=7), (0, 7, 0)),
        ],
    )
    def test_every_spelling_is_read(self, written, expected):
        capacity = Supply(name="s", capacity=written).capacity
        assert (capacity.min, capacity.max, capacity.annual_cost) == expected
        assert capacity.free == (expected[0] < expected[1])

    @pytest.mark.parametrize("capacity", [Capacity.fixed(90), Capacity(max=9, annual_cost=3), Capacity(min=3, max=3)])
    def test_what_is_written_is_read_back(self, capacity):
        assert Capacity.model_validate(capacity.model_dump()) == capacity

    @pytest.mark.parametrize(
        ("written", "told"),
        [
            (-90, "capacity: -90 is negative; give 0 or more"),
            ("90 MW", "capacity: '90 MW' is not a number; give a number of MW or MWh"),
            (True, "capacity: true is not a number"),
            (None, "capacity: null is not a number; give one"),
            ([90], "capacity: a list is not a number"),
            (float("inf"), "capacity: inf is not a finite number"),
            ({"size": -90}, "capacity.size: -90 is negative; give 0 or more"),
            ({"min": -1, "max": 5}, "capacity.min: -1 is negative; give 0 or more"),
            ({"min": 300, "max": 200}, "capacity.max: 200 is less than min, 300; swap min and max?"),
            ({"size": 9, "annual_cost": -1}, "capacity.annual_cost: -1 is negative; give 0 or more"),
            ({"size": 9, "anual_cost": 1}, "capacity: `anual_cost` is not known here; did you mean `annual_cost`?"),
            (
                {"annual_cost": 3},
                "capacity: it has no size; give `size` if it is fixed, `min` and `max` if it is to be chosen",
            ),
            (
                {"size": 9, "max": 10},
                "capacity: `size` excludes `min` and `max`; "
                "give `size` if it is fixed, `min` and `max` if it is to be chosen",
            ),
        ],
    )
    def test_every_fault_is_told_once_and_where_it_was_written(self, written, told):
        assert faults(Supply, name="s", capacity=written) == [f"Supply.{told}"]


class TestBattery:
    def test_defaults_are_those_of_the_interface(self):
        assert battery().model_dump() == {
            "name": "b",
            "power_capacity": {"size": 20.0, "annual_cost": 0.0},
            "energy_capacity": {"size": 80.0, "annual_cost": 0.0},
            "charge_efficiency": 0.95,
            "discharge_efficiency": 0.95,
            "self_discharge": 0.0,
            "soc_min": 0.0,
            "soc_max": 1.0,
            "cyclic": True,
            "initial_soc": None,
            "final_soc_min": None,
            "final_soc_max": None,
            "shared_inverter": True,
            "cycles_max": None,
            "throughput_cost": 0.0,
            "holding_cost": 0.0,
            "cycle_life": None,
            "depth_of_discharge": 1.0,
            "replacement_cost": None,
            "depth_exponent": 1.0,
            "depth_segments": None,
            "state_of_health": 1.0,
            "calendar_fade": 0.0,
            "age": 0.0,
            "variable_om": 0.0,
            "duration_min": None,
            "duration_max": None,
            "blocks": 1,
            "swing_reserve": None,
            "note": "",
        }

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            ({"charge_efficiency": 92}, "charge_efficiency: 92 is not between 0 and 1; did you mean 0.92?"),
            ({"discharge_efficiency": 0}, "discharge_efficiency: 0 is not above 0"),
            ({"state_of_health": 0}, "state_of_health: 0 is not above 0"),
            ({"self_discharge": 3}, "self_discharge: 3 is not between 0 and 1; did you mean 0.03?"),
            ({"cycles_max": -1}, "cycles_max: -1 is negative; give 0 or more"),
            ({"throughput_cost": -1}, "throughput_cost: -1 is negative; give 0 or more"),
            ({"holding_cost": -1}, "holding_cost: -1 is negative; give 0 or more"),
            ({"soc_min": 0.9, "soc_max": 0.2}, "soc_max: 0.2 is less than soc_min, 0.9"),
            ({"soc_min": 0.2, "initial_soc": 0.1}, "initial_soc: 0.1 is less than soc_min, 0.2"),
            ({"soc_max": 0.8, "initial_soc": 0.9}, "initial_soc: 0.9 is greater than soc_max, 0.8"),
            ({"soc_max": 0.8, "final_soc_min": 0.9}, "final_soc_min: 0.9 is greater than soc_max, 0.8"),
            ({"soc_min": 0.2, "final_soc_max": 0.1}, "final_soc_max: 0.1 is less than soc_min, 0.2"),
            ({"final_soc_min": 0.5, "final_soc_max": 0.4}, "final_soc_max: 0.4 is less than final_soc_min, 0.5"),
            (
                {"cyclic": False},
                "initial_soc: a battery that is not cyclic needs a start; give initial_soc, or set cyclic to true",
            ),
            (
                {"initial_soc": 0.5, "final_soc_min": 0.6},
                "final_soc_min: 0.6 cannot hold: a cyclic battery ends at its initial_soc, 0.5; "
                "set cyclic to false, or leave this key out",
            ),
            (
                {"initial_soc": 0.5, "final_soc_max": 0.4},
                "final_soc_max: 0.4 cannot hold: a cyclic battery ends at its initial_soc, 0.5; "
                "set cyclic to false, or leave this key out",
            ),
        ],
    )
    def test_each_contradiction_has_its_own_words(self, data, told):
        assert battery_faults(**data) == [f"Battery.{told}"]

    def test_contradictions_are_told_beside_other_faults(self):
        assert battery_faults(charge_efficiency=92, soc_min=0.9, soc_max=0.2, energy_capcity=3) == [
            "Battery.charge_efficiency: 92 is not between 0 and 1; did you mean 0.92?",
            "Battery.soc_max: 0.2 is less than soc_min, 0.9",
            "Battery: `energy_capcity` is not known here; did you mean `energy_capacity`?",
        ]

    def test_a_start_and_an_end_that_agree_are_let_pass(self):
        assert battery(initial_soc=0.5, final_soc_min=0.5, final_soc_max=0.5).cyclic
        assert battery(cyclic=False, initial_soc=0.2, final_soc_min=0.9).final_soc_min == 0.9


class TestSupplyAndGrid:
    def test_defaults_of_a_supply_are_those_of_the_interface(self):
        assert Supply(name="s", capacity=9).model_dump(exclude={"name", "capacity"}) == {
            "availability": 1.0,
            "energy_price": 0.0,
            "curtailment_price": 0.0,
            "curtailment_limit": 1.0,
            "carbon_intensity": 0.0,
            "cfe": 1.0,
            "variable_om": 0.0,
            "contract": None,
            "through_grid": False,
            "note": "",
        }

    def test_defaults_of_the_grid_are_those_of_the_interface(self):
        assert GridConnection(connection_capacity=9).model_dump(exclude={"connection_capacity"}) == {
            "subscribed_power": None,
            "energy_price": 0.0,
            "tariff": None,
            "export_capacity": 0.0,
            "export_price": 0.0,
            "carbon_intensity": 0.0,
            "residual_intensity": None,
            "grid_cfe": 0.0,
            "available": 1.0,
            "ramp_per_hour": None,
            "ramp_per_step": None,
            "outages": (),
            "note": "",
        }

    def test_negative_prices_are_let_pass_and_other_bounds_are_kept(self):
        assert Supply(name="s", capacity=1, energy_price=-20, curtailment_price=-3).energy_price == -20
        assert faults(Supply, name="s", capacity=1, cfe=100, carbon_intensity=48, curtailment_limit=-1) == [
            "Supply.curtailment_limit: -1 is not between 0 and 1",
            "Supply.carbon_intensity: 48 is not between 0 and 5; did you mean 0.048?",
            "Supply.cfe: 100 is not between 0 and 1; did you mean 1?",
        ]
        assert faults(GridConnection, connection_capacity=1, available=2, export_capacity=-1) == [
            "GridConnection.export_capacity: -1 is negative; give 0 or more",
            "GridConnection.available: 2 is not between 0 and 1; did you mean 0.02?",
        ]
