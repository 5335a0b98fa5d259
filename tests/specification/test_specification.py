"""The words in which faults are told, and the ground on which all specifications stand."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from optimizer.errors import InputError
from optimizer.specification.base import Specification, hint, nearest, path_text, shown, validated, wrong
from optimizer.specification.fields import Flag, Measured


class Pump(Specification):
    """A pump.

    Examples
    --------
    >>> 1 + 1
    2
    """

    name: str = Field(description="Name of the pump")
    power: Annotated[float, Measured("MW", "Power of the pump", at_least=0.0, at_most=10.0)]
    kind: Literal["dry", "wet"] = "dry"
    spare: Flag = False
    stages: Annotated[int, Field(ge=1, lt=9)] = 1
    head: Annotated[float, Field(gt=0, le=50)] = 1.0
    since: datetime | None = None

    @field_validator("head")
    @classmethod
    def _no_seven(cls, head: float) -> float:
        if head == 7:
            raise ValueError("seven brings no luck")
        return head


class Station(Specification):
    """Pumps."""

    pumps: tuple[Pump, ...] = ()
    main: Pump | None = None
    limits: dict[str, float] = Field(default={})
    either: float | tuple[float, ...] = 1.0


def fault(kind: type[Specification], /, **data: object) -> str:
    with pytest.raises(InputError) as caught:
        kind(**data)
    assert len(caught.value.faults) == 1, str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", 12, "12 is not text; put it in quotes"),
        ("power", 92, "92 is not between 0 and 10"),
        ("kind", "wett", "'wett' is not one of 'dry' or 'wet'; did you mean 'wet'?"),
        ("kind", 3, "3 is not one of 'dry' or 'wet'"),
        ("spare", "on", "'on' is not true or false; write true or false, without quotes"),
        ("spare", 1, "1 is not true or false; write true or false, without quotes"),
        ("stages", 0, "0 is not at least 1"),
        ("stages", 9, "9 is not below 9"),
        ("stages", "two", "'two' is not a whole number"),
        ("stages", 1.5, "1.5 is not a whole number"),
        ("head", 0, "0 is not above 0"),
        ("head", 51, "51 is not at most 50"),
        ("head", "high", "'high' is not a number"),
        ("head", math.nan, "nan is not a finite number"),
        ("head", 7, "seven brings no luck"),
        ("since", "soon", "'soon' is not a date or time; write it as 2025-01-01 or 2025-01-01T00:00Z"),
    ],
)
def test_each_wrong_value_is_told_with_its_field_and_a_remedy(field, value, told):
    assert fault(Pump, **{"name": "p", "power": 1, field: value}) == f"Pump.{field}: {told}"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("pumps", {"name": "p"}, "a mapping is not a list; start each item on a line of its own with '- '"),
        ("main", "p", "'p' is not a mapping; give it keys: `name`, `power`"),
        ("main", [], "a list is not a mapping; give it keys: `name`, `power`"),
        ("limits", 3, "3 is not a mapping"),
    ],
)
def test_a_value_of_the_wrong_shape_is_told_with_the_right_one(field, value, told):
    assert fault(Station, **{field: value}) == f"Station.{field}: {told}"


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    assert fault(Pump, name="p", power=1, stagges=3) == "Pump: `stagges` is not known here; did you mean `stages`?"


def test_an_unknown_key_without_a_near_one_lists_those_that_are_known():
    assert fault(Pump, name="p", power=1, colour="red") == (
        "Pump: `colour` is not known here; known: `name`, `power`, `kind`, `spare`, `stages`, `head`, `since`"
    )


def test_a_key_is_told_in_one_line():
    assert fault(Pump, name="p", power=1, **{"stages\n": 3}) == (
        "Pump: `stages\\n` is not known here; did you mean `stages`?"
    )


def test_a_missing_key_is_told_with_its_meaning():
    assert fault(Pump, name="p") == "Pump: `power` is missing; give it: Power of the pump [MW]"


def test_all_faults_are_told_together_each_in_the_users_own_path_and_with_the_items_name():
    with pytest.raises(InputError) as caught:
        Station(
            pumps=[{"name": "a", "power": -1, "head": 99}, {"power": "ten", "x": 1}, 5], main={"name": 3, "power": 1}
        )
    assert [str(fault) for fault in caught.value.faults] == [
        "Station.pumps[0].power ('a'): -1 is not between 0 and 10",
        "Station.pumps[0].head ('a'): 99 is not at most 50",
        "Station.pumps[1]: `name` is missing; give it: Name of the pump",
        "Station.pumps[1].power: 'ten' is not a number",
        "Station.pumps[1]: `x` is not known here; known: `name`, `power`, `kind`, `spare`, `stages`, `head`, `since`",
        "Station.pumps[2]: 5 is not a mapping; give it keys: `name`, `power`",
        "Station.main.name: 3 is not text; put it in quotes",
    ]


def test_the_branches_of_a_union_are_no_part_of_the_users_path():
    with pytest.raises(InputError) as caught:
        Station(either="x")
    assert {fault.where for fault in caught.value.faults} == {"Station.either"}


def test_plain_data_is_told_without_the_name_of_a_class_and_keys_must_be_text():
    with pytest.raises(InputError) as caught:
        validated(Station, {"main": {"name": "a", "power": 11}, 5: 6})
    assert [str(fault) for fault in caught.value.faults] == [
        "main.power: 11 is not between 0 and 10",
        "5 is not usable as a key; keys are text",
    ]


def test_a_specification_is_frozen_equal_by_value_and_hashable():
    pump = Pump(name="p", power=1)
    assert pump == Pump(name="p", power=1.0)
    assert len({pump, Pump(name="p", power=1), Pump(name="p", power=2)}) == 2
    with pytest.raises(ValidationError, match="frozen"):
        pump.power = 3


def test_help_lists_the_fields_with_their_units():
    assert "power\n    Power of the pump [MW]\n" in Pump.__doc__
    assert "stages : default 1\n" in Pump.__doc__


def test_a_validators_own_words_arrive_as_what_and_remedy():
    class Even(Specification):
        number: int

        @field_validator("number")
        @classmethod
        def _even(cls, number: int) -> int:
            if number % 2:
                raise wrong(f"{number} is odd {{}}", "add one")
            return number

    assert fault(Even, number=3) == "Even.number: 3 is odd {}; add one"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0.1, "0.1"),
        (92.0, "92"),
        (10**400, "about 10^400"),
        ("x" * 100, "'" + "x" * 57 + "...'"),
        ((1, 2), "a list"),
        (b"x", "a bytes"),
    ],
)
def test_values_are_shown_briefly(value, text):
    assert shown(value) == text


def test_paths_are_written_as_the_user_would():
    assert path_text(()) == ""
    assert path_text(("a", 0, "b", 12)) == "a[0].b[12]"


def test_near_words_are_found_whatever_their_case_and_far_ones_are_not():
    assert nearest("ENERGY_PRICE", ["energy_price", "export_price"]) == "energy_price"
    assert nearest("xyz", ["energy_price"]) is None
    assert nearest("cost", ["size", "annual_cost"]) == "annual_cost"
    assert nearest("cost", ["holding_cost", "annual_cost_of_it"]) is None
    assert hint("xyz", ["a", "b"], quote="'") == "known: 'a', 'b'"
    assert hint("xyz", [], none="there are none") == "there are none"
