"""What holds for every scenario: it is read back as written, changes leave it alone, and junk is refused politely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.assets import Battery, Capacity, GridConnection, Supply
from optimizer.errors import Fault, InputError
from optimizer.scenario import Scenario
from optimizer.specification.base import Specification
from optimizer.specification.yaml_file import dump, read

SHARES = st.floats(0, 1)
AMOUNTS = st.floats(0, 1e4)
PRICES = st.floats(-1e4, 1e4)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=20)
NAMES = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="/\\"), min_size=1, max_size=9
).filter(lambda name: name not in (".", ".."))


@st.composite
def capacities(draw: st.DrawFn) -> Any:
    low, high = sorted(draw(st.tuples(AMOUNTS, AMOUNTS)))
    bounds = {"min": low, "max": high, "annual_cost": draw(AMOUNTS)}
    return draw(st.sampled_from([high, {"size": high}, {"size": high, "annual_cost": low}, bounds, {"max": high}]))


@st.composite
def batteries(draw: st.DrawFn) -> dict[str, Any]:
    low, start, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
    cyclic = draw(st.booleans())
    return {
        "power_capacity": draw(capacities()),
        "energy_capacity": draw(capacities()),
        "charge_efficiency": draw(st.floats(0.01, 1)),
        "soc_min": low,
        "soc_max": high,
        "cyclic": cyclic,
        "initial_soc": None if cyclic and draw(st.booleans()) else start,
        "cycles_max": draw(st.none() | AMOUNTS),
        "note": draw(TEXTS),
    }


SUPPLIES = st.fixed_dictionaries(
    {"capacity": capacities()},
    optional={"availability": SHARES | st.just("sun"), "energy_price": PRICES, "cfe": SHARES},
)
GRIDS = st.fixed_dictionaries(
    {"connection_capacity": capacities()}, optional={"energy_price": PRICES | st.just("spot"), "export_price": PRICES}
)


def named(things: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    pairs = st.lists(st.tuples(NAMES, things), max_size=3, unique_by=lambda pair: pair[0])
    return pairs.map(lambda found: [{"name": name, **thing} for name, thing in found])


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": draw(NAMES),
        "description": draw(TEXTS),
        "horizon": {
            "start": "2025-01-01",
            "end": "2025-01-03",
            "step": draw(st.sampled_from(["15 min", "1 h", "3 h"])),
        },
        "series": [{"path": "year.nc", "columns": {"sun": {}, "spot": {}}}],
        "site": {
            "name": draw(NAMES),
            "latitude": draw(st.floats(-90, 90)),
            "longitude": draw(st.floats(-180, 180)),
            "time_zone": draw(st.sampled_from(["UTC", "Africa/Casablanca"])),
            "load": {"it_load": draw(AMOUNTS), "pue": draw(st.floats(1, 10))},
            "supplies": draw(named(SUPPLIES)),
            "batteries": draw(named(batteries())),
            "grid": draw(st.none() | GRIDS),
        },
        "targets": {"cfe": draw(st.none() | SHARES)},
        "notes": draw(st.lists(TEXTS, max_size=2)),
    }


@given(scenarios())
@settings(max_examples=60)
def test_what_is_written_is_read_back_equal(tmp_path_factory, data):
    scenario = Scenario.from_dict(data)
    path = tmp_path_factory.mktemp("scenario") / "s.yaml"
    path.write_text(scenario.to_yaml(), encoding="utf-8")
    again = Scenario.from_dict(read(path).root.plain())
    assert again == scenario
    assert again.to_yaml() == scenario.to_yaml()
    assert hash(again) == hash(scenario)


@given(scenarios(), st.data())
@settings(max_examples=60)
def test_a_change_is_made_and_leaves_the_scenario_alone(data, drawn):
    scenario = Scenario.from_dict(data)
    before = scenario.to_yaml()
    values = {"name": drawn.draw(NAMES), "site.load.it_load": drawn.draw(AMOUNTS), "targets.cfe": drawn.draw(SHARES)}
    for index in range(len(scenario.site.supplies)):
        values[f"site.supplies[{index}].capacity"] = drawn.draw(AMOUNTS)
    changed = scenario.change(values)
    assert scenario.to_yaml() == before
    assert (changed.name, changed.site.load.it_load, changed.targets.cfe) == tuple(values.values())[:3]
    for index, supply in enumerate(changed.site.supplies):
        old = scenario.site.supplies[index].capacity
        assert supply.capacity == Capacity.fixed(values[f"site.supplies[{index}].capacity"], old.annual_cost)
    back = {
        "name": scenario.name, "site.load": scenario.site.load, "site.supplies": scenario.site.supplies,
        "targets": scenario.targets,
    }  # fmt: skip
    assert changed.change(back) == scenario


KEYS = st.sampled_from(
    ["name", "horizon", "site", "load", "it_load", "supplies", "batteries", "grid", "capacity", "size", "min", "max",
     "series", "columns", "path", "targets", "cfe", "solver", "start", "end", "step", "time_zone", "base", "soc_min",
     "connection_capacity", "charge_efficiency", "currency", "notes", "weight", "{x}", ""]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=3) | st.complex_numbers()
    | st.dates() | st.just(10**4000) | st.builds(object)
    | st.sampled_from(["1e3", "92%", "a/b", "2025-01-01", "60 min", "x\ny"])
)  # fmt: skip
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | SCALARS, inner, max_size=5),
    max_leaves=25,
)


def faults_of(make: Callable[[], object]) -> tuple[Fault, ...]:
    """Give the faults of what an attempt refuses; any other error makes the test fail."""
    try:
        make()
    except InputError as error:
        return error.faults or (Fault("", ""),)
    return ()


def assert_told(faults: tuple[Fault, ...]) -> None:
    assert all(fault.what and "\n" not in str(fault) for fault in faults)


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A good scenario in which one value, somewhere, is junk."""
    data = draw(scenarios())
    place: Any = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            place[key] = draw(JUNK)
            return data
        place = inner


@given(st.one_of(JUNK, st.dictionaries(KEYS, JUNK, max_size=6), spoilt()))
@settings(max_examples=300)
def test_junk_raises_nothing_but_input_errors(junk):
    assert_told(faults_of(lambda: Scenario.from_dict(junk)))


@given(st.sampled_from([Battery, Supply, GridConnection, Capacity, Scenario]), st.dictionaries(KEYS.filter(bool), JUNK))
@settings(max_examples=150)
def test_junk_given_to_a_specification_raises_nothing_but_input_errors(kind: type[Specification], junk):
    assert_told(faults_of(lambda: kind(**junk)))


PATHS = st.sampled_from(["site.grid", "site.supplies[0]", "name.x", "horizon.step", "series"]) | TEXTS


@given(st.dictionaries(PATHS, JUNK, max_size=3))
@settings(max_examples=100)
def test_changing_to_junk_raises_nothing_but_input_errors(changes):
    site = {"name": "h", "latitude": 0, "longitude": 0, "time_zone": "UTC", "load": {"it_load": 1}}
    horizon = {"start": "2025-01-01", "end": "2025-01-02"}
    scenario = Scenario.from_dict({"name": "s", "horizon": horizon, "site": site})
    before = scenario.to_yaml()
    assert_told(faults_of(lambda: scenario.change(changes)))
    assert scenario.to_yaml() == before


@given(st.text(max_size=40) | st.lists(st.sampled_from("a: b-[]{}'\"\n\t#&*!|>%@,?"), max_size=40).map("".join))
@settings(max_examples=300)
def test_no_text_makes_the_reader_fail_otherwise(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "text.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    faults = faults_of(lambda: Scenario.load(path))
    assert faults
    assert_told(faults)
    assert all("text.yaml" in fault.where for fault in faults)


PLAIN = st.none() | st.booleans() | st.floats(allow_nan=False) | TEXTS


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
@settings(max_examples=100)
def test_yaml_is_read_as_it_was_written(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "data.yaml"
    path.write_text(dump({"data": data}), encoding="utf-8")
    assert read(path).root.plain() == {"data": data}
