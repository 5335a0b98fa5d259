"""Numbers with units, quantities, names and lists of named things."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.specification.base import Specification
from optimizer.specification.fields import DISTINCT, Measured, Name, Quantity, measured, quantities, share


class Thing(Specification, revalidate_instances="always"):
    """A thing with one field of each kind."""

    name: Name = "thing"
    efficiency: Annotated[float, share("charge_efficiency", above=0.0)] = 1.0
    price: Annotated[Quantity, measured("energy_price")] = 0.0
    load: Annotated[Quantity, measured("it_load", at_least=0.0)] = 0.0
    ratio: Annotated[float, Measured("1", "A ratio", at_least=1.0)] = 1.0
    intensity: Annotated[float, measured("carbon_intensity", at_least=0.0, at_most=5.0, slip=1000.0)] = 0.0
    count: Annotated[int, Measured("1", "A count", at_least=1.0, whole=True)] = 1


class Shelf(Specification):
    """Things."""

    things: Annotated[tuple[Thing, ...], DISTINCT] = ()
    best: Thing = Thing()


def fault(**data: object) -> str:
    with pytest.raises(InputError) as caught:
        Thing(**data)
    assert len(caught.value.faults) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("efficiency", 92, "92 is not between 0 and 1; did you mean 0.92?"),
        ("efficiency", 1.05, "1.05 is not between 0 and 1"),
        ("efficiency", 250, "250 is not between 0 and 1"),
        ("efficiency", -0.1, "-0.1 is not between 0 and 1"),
        ("efficiency", 0, "0 is not above 0"),
        ("efficiency", "92%", "'92%' is not a number; did you mean 0.92?"),
        ("efficiency", "92 %", "'92 %' is not a number; did you mean 0.92?"),
        ("efficiency", True, "true is not a number"),
        ("efficiency", None, "null is not a number; give one"),
        ("efficiency", "ten", "'ten' is not a number"),
        ("efficiency", "0.9", "'0.9' is text, not a number; write 0.9 without quotes"),
        ("efficiency", "1e-1", "'1e-1' is text, not a number; write 0.1 without quotes"),
        (
            "efficiency",
            "0,92",
            "'0,92' is not a number; write it with a decimal point, and without separators of thousands",
        ),
        ("efficiency", [0.9], "a list is not a number"),
        ("efficiency", {"a": 1}, "a mapping is not a number"),
        ("efficiency", math.nan, "nan is not a finite number"),
        ("efficiency", math.inf, "inf is not a finite number"),
        ("price", 10**400, "about 10^400 is not a finite number"),
        ("price", "1e3", "'1e3' is text, not a number; write 1000 without quotes"),
        ("price", "45 EUR/MWh", "'45 EUR/MWh' is not a number; give a number of currency/MWh"),
        ("price", False, "false is not a number"),
        ("load", -5, "-5 is negative; give 0 or more"),
        ("load", "40 MW", "'40 MW' is not a number; write 40: the unit is always MW"),
        ("load", "40MW", "'40MW' is not a number; write 40: the unit is always MW"),
        ("load", "40000 kW", "'40000 kW' is not a number; give a number of MW"),
        (
            "ratio",
            "1_000",
            "'1_000' is not a number; write it with a decimal point, and without separators of thousands",
        ),
        ("ratio", 0.8, "0.8 is below 1"),
        ("intensity", 551, "551 is not between 0 and 5; did you mean 0.551?"),
        ("count", 1.5, "1.5 is not a whole number"),
        ("count", 0, "0 is below 1"),
        ("name", "", "the name is empty; give a short name"),
        ("name", "  ", "the name is empty; give a short name"),
        ("name", "a/b", "'a/b' is not usable as a name; names become parts of file names"),
        ("name", "a\nb", "'a\\nb' is not usable as a name; names become parts of file names"),
        ("name", "..", "'..' is not usable as a name; names become parts of file names"),
        ("name", " a", "' a' begins or ends with a blank; write 'a'"),
        ("name", 2025, "2025 is not text; put it in quotes"),
    ],
)
def test_each_unusable_value_has_its_own_words(field, value, told):
    assert fault(**{field: value}) == f"Thing.{field}: {told}"


@pytest.mark.parametrize("value", [3, 3.0, np.float64(3), np.int64(3), Fraction(3)])
def test_every_kind_of_real_number_becomes_a_float(value):
    thing = Thing(price=value)
    assert thing.price == 3.0
    assert type(thing.price) is float


def test_a_whole_number_stays_whole():
    assert type(Thing(count=4.0).count) is int


@pytest.mark.parametrize("name", ["day_ahead", "22:00", "2019_pv", "100pv"])
def test_a_quantity_takes_the_name_of_a_series(name):
    assert Thing(price=name).price == name


def test_names_given_twice_are_told_beside_other_faults():
    with pytest.raises(InputError) as caught:
        Shelf(things=[{"name": "a", "ratio": 0}, Thing(name="b"), {"name": "a"}, {"name": "b"}, 5])
    assert [str(fault) for fault in caught.value.faults] == [
        "Shelf.things[0].ratio ('a'): 0 is below 1",
        "Shelf.things[4]: 5 is not a mapping; give it keys: `name`, `efficiency`, `price`, `load`, `ratio`, "
        "`intensity`, `count`",
        "Shelf.things[2].name ('a'): 'a' is the name of item 0 too; give each its own name",
        "Shelf.things[3].name ('b'): 'b' is the name of item 1 too; give each its own name",
    ]


def test_all_quantities_are_found_with_their_places_and_marks():
    shelf = Shelf(things=[Thing(price="spot")])
    found = [(location, value, mark.unit) for location, value, mark in quantities(shelf)]
    assert found == [
        (("things", 0, "price"), "spot", "currency/MWh"),
        (("things", 0, "load"), 0.0, "MW"),
        (("best", "price"), 0.0, "currency/MWh"),
        (("best", "load"), 0.0, "MW"),
    ]


def test_a_series_may_overstep_its_bounds_by_rounding_alone():
    mark = share("availability")
    assert mark.within(np.array([0.0, 1.0 + 1e-12, -1e-12, 1.001, -0.001])).tolist() == [True, True, True, False, False]
