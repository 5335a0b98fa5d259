"""Random sets, data, rules and sites for the property tests of the formulation compiler.

Rules are drawn as source text, so that a failing example prints as code that can be read and pasted.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from hypothesis import strategies as st

from optimizer.binding import bind
from optimizer.lp.rules import Kind, Rule, RuleFunction, make_rule
from optimizer.scenario import Scenario

_NUMBERS = count()

QUARTERS = st.integers(-12, 12).map(lambda quarters: quarters / 4)
"""Data with exact sums, zero among them."""

POSITIVE = st.integers(1, 12).map(lambda quarters: quarters / 4)

DATA_DIMS: dict[str, tuple[str, ...]] = {
    "p0": (),
    "a": ("hour",),
    "b": ("unit",),
    "c": ("unit", "hour"),
    "d": ("boundary",),
}
POSITIVE_DIMS: dict[str, tuple[str, ...]] = {"q0": (), "qa": ("hour",), "qb": ("unit",)}
MONTH = "month_of"
VARIABLE_DIMS: dict[str, tuple[str, ...]] = {
    "x": ("hour",),
    "y": ("unit", "hour"),
    "s": ("unit", "boundary"),
    "w": ("links",),
    "k": ("month",),
    "u": ("unit",),
    "z": (),
}
SUBSET_OF = {"later": "hour", "some": "unit"}


@dataclass(frozen=True)
class World:
    """Sets and data on which rules are drawn.

    `later` are the hours that have an hour before them, `some` a few of the units, `links` pairs of unit and zone.
    """

    data: xr.Dataset
    sets: dict[str, Any]

    def __repr__(self) -> str:
        arrays = {name: array.values.tolist() for name, array in self.data.variables.items()}
        return f"World({arrays}, sets={ ({name: list(members) for name, members in self.sets.items()}) })"


@st.composite
def worlds(draw: st.DrawFn, *, least: int = 0) -> World:
    """Sets of 0 to 3 members and data on them; `least` members of each set where more are needed."""
    hours = draw(st.integers(max(1, least), 3))
    units = ["one", "two", "three"][: draw(st.integers(least, 3))]
    sizes = {"hour": hours, "boundary": hours + 1, "unit": len(units), "month": draw(st.integers(1, 2))}
    arrays = {
        name: (dims, draw(_array(kind, [sizes[dim] for dim in dims])))
        for table, kind in ((DATA_DIMS, QUARTERS), (POSITIVE_DIMS, POSITIVE))
        for name, dims in table.items()
    }
    months = st.integers(0, sizes["month"] - 1).map(float)
    arrays[MONTH] = (("hour",), draw(_array(months, [hours])))
    arrays["length"] = (("month",), np.ones(sizes["month"]))  # so that the dataset has the dimension
    pairs = [(unit, zone) for unit in units for zone in ("n", "s")]
    links = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    sets = {
        "later": list(range(1, hours)),
        "some": draw(st.lists(st.sampled_from(units), unique=True)) if units else [],
        "links": pd.MultiIndex.from_tuples(links) if links else pd.MultiIndex.from_arrays([[], []]),
    }
    return World(xr.Dataset(arrays, coords={"unit": np.array(units, dtype=object)}), sets)


def _array(kind: st.SearchStrategy[float], shape: list[int]) -> st.SearchStrategy[np.ndarray]:
    size = int(np.prod(shape))
    return st.lists(kind, min_size=size, max_size=size).map(lambda values: np.array(values, dtype=float).reshape(shape))


@st.composite
def new_values(draw: st.DrawFn, world: World, name: str) -> np.ndarray:
    """Other values for one of the world's arrays."""
    kind = POSITIVE if name in POSITIVE_DIMS else QUARTERS
    return draw(_array(kind, list(world.data[name].shape)))


# -- rules -------------------------------------------------------------------------------------------------------------


@dataclass
class Scope:
    """Which indices a rule may use where the pen stands."""

    draw: st.DrawFn
    world: World
    indices: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    names: Any = field(default_factory=lambda: count(1))

    def within(self, over: str) -> tuple[tuple[str, ...], Scope]:
        """Add a fresh index over one set."""
        letters = {"hour": "t", "boundary": "n", "unit": "v", "links": "gz", "month": "h", "later": "t", "some": "v"}
        fresh = tuple(f"{letter}{next(self.names)}" for letter in letters[over])
        indices = {name: list(known) for name, known in self.indices.items()}
        indices.setdefault(over, []).append(fresh)
        return fresh, Scope(self.draw, self.world, indices, self.names)

    def index(self, over: str) -> str | None:
        """Write something that is certainly in a set; None where there is nothing."""
        options = [", ".join(names) for names in self.indices.get(over, [])]
        for subset, whole in SUBSET_OF.items():
            if whole == over:
                options += [names[0] for names in self.indices.get(subset, [])]
        hours = [names[0] for names in (*self.indices.get("hour", []), *self.indices.get("later", []))]
        if over == "hour":
            options += [f"{names[0]} - 1" for names in self.indices.get("later", [])] + ["0"]
        elif over == "boundary":
            options += [f"{hour}{shift}" for hour in hours for shift in ("", " + 1", " - 1 + 1")] + [
                "0",
                "m.boundary.last()",
            ]
        elif over == "month":
            options += [f"m.{MONTH}[{hour}]" for hour in hours] + ["0"]
        elif over == "unit":
            options += [names[0] for names in self.indices.get("links", [])]
            options += [repr(unit) for unit in self.world.data["unit"].values]
        return self.draw(st.sampled_from(options)) if options else None

    def lookup(self, table: dict[str, tuple[str, ...]]) -> str | None:
        """Write one of the names with indices."""
        name = self.draw(st.sampled_from(sorted(table)))
        parts = [self.index(over) for over in table[name]]
        if None in parts:
            return None
        return f"m.{name}[{', '.join(part for part in parts if part)}]" if parts else f"m.{name}"


def _pick(scope: Scope, *options: str) -> str:
    return scope.draw(st.sampled_from(options))


def data_text(scope: Scope, depth: int = 2) -> str:
    """Write an expression of data alone."""
    shape = _pick(scope, "atom", "+", "-", "*", "neg", "/", "abs", "power", "sum") if depth else "atom"
    if shape == "atom":
        return _data_atom(scope)
    if shape == "sum":
        return _sum_text(scope, depth, data_text)
    first = data_text(scope, depth - 1)
    if shape in {"+", "-", "*"}:
        return f"({first} {shape} {data_text(scope, depth - 1)})"
    if shape == "/":
        return f"({first} / {scope.lookup(POSITIVE_DIMS) or 'm.q0'})"
    return {"neg": f"(-{first})", "abs": f"abs({first})", "power": f"({first} + 0.5) ** 2"}[shape]


def _data_atom(scope: Scope) -> str:
    kind = _pick(scope, "number", "data", "data", "positive", "index")
    if kind == "index":
        hours = [names[0] for over in ("hour", "later", "boundary") for names in scope.indices.get(over, [])]
        if hours:
            return scope.draw(st.sampled_from(hours))
    found = {"data": DATA_DIMS, "positive": POSITIVE_DIMS}.get(kind)
    return (scope.lookup(found) if found else None) or str(scope.draw(QUARTERS))


def linear_text(scope: Scope, depth: int = 3) -> str:
    """Write an expression that holds variables, at most once in each product."""
    shape = (
        _pick(scope, "atom", "d*v", "v*d", "v/d", "v+v", "v-v", "neg", "v+d", "d-v", "sum", "sum") if depth else "atom"
    )
    if shape == "atom":
        return scope.lookup(VARIABLE_DIMS) or "m.z"
    if shape == "sum":
        return _sum_text(scope, depth, linear_text)
    first = linear_text(scope, depth - 1)
    if shape == "v/d":
        return f"{first} / {scope.lookup(POSITIVE_DIMS) or 'm.q0'}"
    if shape == "neg":
        return f"(-{first})"
    if shape in {"v+v", "v-v"}:
        return f"({first} {shape[1]} {linear_text(scope, depth - 1)})"
    other = data_text(scope, 1)
    return {
        "d*v": f"{other} * {first}",
        "v*d": f"{first} * {other}",
        "v+d": f"({first} + {other})",
        "d-v": f"({other} - {first})",
    }[shape]


def _sum_text(scope: Scope, depth: int, summand: Any) -> str:
    loops, inner = "", scope
    for over in scope.draw(
        st.lists(st.sampled_from(["hour", "unit", "links", "some", "later", "month"]), min_size=1, max_size=2)
    ):
        names, inner = inner.within(over)
        loops += f" for {', '.join(names)} in m.{over}"
    return f"sum({summand(inner, depth - 1)}{loops})"


OVER = (
    (),
    ("hour",),
    ("unit",),
    ("unit", "hour"),
    ("boundary",),
    ("later",),
    ("links",),
    ("links", "hour"),
    ("some", "later"),
)


@st.composite
def rules(draw: st.DrawFn, world: World, kind: Kind, name: str) -> Rule:
    """Draw one rule of a kind."""
    over = draw(st.sampled_from(OVER))
    scope, arguments = Scope(draw, world), ["m"]
    for dim in over:
        names, scope = scope.within(dim)
        arguments += names
    text = _relation_text(scope) if kind == "constraint" else linear_text(scope)
    return as_rule(kind, name, over, f"def {name}({', '.join(arguments)}):\n    return {text}\n")


def _relation_text(scope: Scope) -> str:
    shape = _pick(
        scope, "v==v", "v<=v", "v==d", "d==v", "v<=d", "v>=d", "d<=v", "range", "pair", "upper", "lower", "data"
    )
    first, other = linear_text(scope), data_text(scope)
    above = scope.lookup(POSITIVE_DIMS) or "m.q0"
    return {
        "v==v": f"{first} == {linear_text(scope, 2)}",
        "v<=v": f"{first} <= {linear_text(scope, 2)}",
        "v==d": f"{first} == {other}",
        "d==v": f"{other} == {first}",
        "v<=d": f"{first} <= {other}",
        "v>=d": f"{first} >= {other}",
        "d<=v": f"{other} <= {first}",
        "range": f"{other}, {first}, {other} + {above}",
        "pair": f"{first}, {other}",
        "upper": f"None, {first}, {other}",
        "lower": f"{other}, {first}, None",
        "data": f"{other} <= {other} + {above}",
    }[shape]


@st.composite
def variables(draw: st.DrawFn, world: World) -> list[Rule]:
    """All variables, with bounds of every kind."""
    found = []
    for name, over in VARIABLE_DIMS.items():
        scope, arguments = Scope(draw, world), ["m"]
        for dim in over:
            names, scope = scope.within(dim)
            arguments += names
        low, above = data_text(scope, 1), scope.lookup(POSITIVE_DIMS) or "m.q0"
        bounds = draw(st.sampled_from(["None", "0, None", f"{low}, None", f"None, {low}", f"{low}, {low} + {above}"]))
        found.append(as_rule("variable", name, over, f"def {name}({', '.join(arguments)}):\n    return {bounds}\n"))
    return found


@st.composite
def formulations(draw: st.DrawFn, world: World, *, constraints: int = 3) -> list[Rule]:
    """Draw variables, some constraints, costs and an expression."""
    found = draw(variables(world))
    found += [draw(rules(world, "constraint", f"row{number}")) for number in range(draw(st.integers(1, constraints)))]
    found += [draw(rules(world, "cost", f"cost{number}")) for number in range(draw(st.integers(0, 2)))]
    return [*found, draw(rules(world, "expression", "reported"))]


def as_rule(kind: Kind, name: str, over: tuple[str, ...], source: str) -> Rule:
    """Turn source text into a rule; tracebacks and reprs show the text."""
    file = f"<drawn rule {next(_NUMBERS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {}
    exec(compile(source, file, "exec"), space)
    function: RuleFunction = space[name]
    function.__doc__ = source
    return make_rule(kind, function, over)


def source_of(rule: Rule) -> str:
    """The text of a drawn rule."""
    return rule.function.__doc__ or ""


def row_by_row(rule: Rule) -> Rule:
    """Give the same rule in a form that cannot be walked with a symbolic index."""

    def function(m: Any, *indices: Any) -> Any:
        for _ in m.hour:  # a loop outside of a sum has no template
            break
        return rule.function(m, *indices)

    function.__name__, function.__doc__ = rule.name, rule.function.__doc__
    return make_rule(rule.kind, function, rule.over)


# -- sites -------------------------------------------------------------------------------------------------------------

SHARE = st.sampled_from([0.25, 0.5, 0.75, 1.0])
PRICE = st.sampled_from([0.0, 12.5, 30.0, 80.0])


def _capacity(price: float, size: float) -> st.SearchStrategy[Any]:
    free = {"min": 0.0, "max": 2 * size, "annual_cost": price}
    return st.sampled_from([size, {"size": size, "annual_cost": price}, free])


_CONTRACT = st.fixed_dictionaries(
    {
        "take_or_pay": st.sampled_from(
            [None, {"share": 0.5, "price": 20.0}, {"share": 0.75, "period": "month", "price": 9.0}]
        )
    },
    optional={
        "tranches": st.just([{"share": 0.25}, {"share": 0.5, "start": "2025-01-01"}]),
        "delivery_point": st.sampled_from(["plant", "site"]),
        "losses": st.sampled_from([0.0, 0.25]),
        "wheeling_price": PRICE,
    },
)
_SUPPLY = st.fixed_dictionaries(
    {"capacity": _capacity(90000.0, 8.0), "availability": SHARE},
    optional={
        "energy_price": PRICE,
        "curtailment_price": PRICE,
        "curtailment_limit": SHARE,
        "carbon_intensity": st.just(0.05),
        "cfe": SHARE,
        "contract": _CONTRACT,
    },
)
_ENDS = st.sampled_from([
    {},
    {"initial_soc": 0.5},
    {"cyclic": False, "initial_soc": 0.5},
    {"cyclic": False, "initial_soc": 0.25, "final_soc_min": 0.25, "final_soc_max": 0.75},
])  # fmt: skip
_BATTERY = st.builds(
    lambda plain, ends: plain | ends,
    st.fixed_dictionaries(
        {"power_capacity": _capacity(20000.0, 2.0), "energy_capacity": _capacity(15000.0, 8.0)},
        optional={
            "charge_efficiency": SHARE,
            "discharge_efficiency": SHARE,
            "self_discharge": st.just(0.01),
            "soc_min": st.just(0.125),
            "shared_inverter": st.booleans(),
            "cycles_max": st.just(300.0),
            "throughput_cost": PRICE,
            "holding_cost": PRICE,
            "state_of_health": SHARE,
            "swing_reserve": st.just({"share": 0.125, "power": 0.25, "duration": 0.25}),
        },
    ),
    _ENDS,
)
_UNSERVED = st.sampled_from([{}, {"value_of_lost_load": 3000.0}])
_FIRM = {"name": "firm", "kind": "firm", "power": 2.0, "curve": {"points": [[0.5, 0.7], [1, 1]], "value": 100.0}}
_DEFERRABLE = {
    "name": "deferrable", "kind": "deferrable", "arrivals": 1.0, "window": 0.75, "power_max": 3.0, "delay_cost": 0.25,
}  # fmt: skip
_JOB = {
    "name": "job", "kind": "job", "release": "2025-01-01T00:15", "deadline": "2025-01-01T00:50", "energy": 0.5,
    "power_max": 2.0,
}  # fmt: skip
_OPPORTUNISTIC = {"name": "opportunistic", "kind": "opportunistic", "power_max": 2.0, "value": 40.0}
_WORK = st.sampled_from(
    [
        {},
        {"workloads": [_FIRM, _DEFERRABLE, _JOB, _OPPORTUNISTIC]},
        {"it_load": None, "workloads": [_DEFERRABLE, _JOB, _JOB | {"name": "other job"}]},
    ]
)
_GRID = st.fixed_dictionaries(
    {"connection_capacity": _capacity(50000.0, 6.0), "energy_price": PRICE},
    optional={
        "export_capacity": st.just(3.0),
        "export_price": PRICE,
        "carbon_intensity": st.just(0.7),
        "grid_cfe": SHARE,
        "available": SHARE,
        "ramp_per_hour": st.just(3.0),
    },
)
_RESPONSE = st.sampled_from([
    [],
    [
        {
            "name": "response", "commitment": 2.0, "least_commitment": 0.5, "availability_payment": 9000.0,
            "events": [{"start": "2025-01-01T00:15", "end": "2025-01-01T00:45"}],
        },
        {
            "name": "other response", "commitment": 1.0, "baseline": 5.0, "call_payment": 30.0, "penalty": 90.0,
            "events": [{"start": "2025-01-01T00:45", "end": "2025-01-01T01:30"}],
        },
    ],
])  # fmt: skip


_TIERS = st.sampled_from(
    [
        {},
        {
            "tiers": [
                {"name": "critical", "share": 0.25, "value_of_lost_load": 9000.0, "critical": True},
                {"name": "other", "power": 0.5, "value_of_lost_load": 500.0},
            ]
        },
    ]
)
_RELIABILITY = st.sampled_from([
    {},
    {"reliability": {"ride_through": 0.75}},
    {"reliability": {"ride_through": 3.0, "n_minus_1": ["batteries", "grid"]}},
])  # fmt: skip


_GENERATOR = st.fixed_dictionaries(
    {"capacity": _capacity(30000.0, 3.0), "fuel_price": PRICE},
    optional={
        "efficiency": SHARE,
        "carbon_intensity": st.just(0.25),
        "available": SHARE,
        "variable_om": PRICE,
        "hours_max": st.sampled_from([0.0, 50.0]),
        "energy_max": st.just(900.0),
    },
)
_NIGHT, _DAY = {"windows": [{"hours": "00-02"}]}, {"windows": [{"hours": "02-24"}]}
# Hours around midnight in Casablanca, where the first interval ends the 1st of January's first hour.
_TARIFF = st.fixed_dictionaries(
    {"name": st.just("tariff"), "partial_periods": st.sampled_from(["prorated", "whole"])},
    optional={
        "energy_bands": st.just([{"name": "night", "price": 12.0} | _NIGHT, {"name": "day", "price": 17.0} | _DAY]),
        "export_bands": st.just([{"name": "night", "price": 2.0} | _NIGHT, {"name": "day", "price": 3.0} | _DAY]),
        "block_rates": st.just([{"name": "tiers", "blocks": [{"up_to": 4, "price": 1}, {"price": 2.5}]}]),
        "demand_charges": st.sampled_from([
            [
                {"name": "peak", "price": 6.0, "period": "day"},
                {"name": "month", "price": 3.0, "ratchet": {"share": 0.75}},
            ],
            [
                {"name": "peak", "price": 6.0, "ratchet": {"share": 0.5}, "peak_so_far": {"2024-12": 8}},
                {"name": "system peak", "price": 4.0, "coincident_times": ["2025-01-01T00:10Z", "2025-01-01T00:50Z"]},
            ],
        ]),
        "overrun_charges": st.just([{"name": "overrun", "price": 13.0, "windows": [{"hours": "00-02"}]}]),
        "fixed_charges": st.just([{"name": "meter", "price": 100.0}]),
        "taxes": st.just([{"name": "VAT", "rate": 0.2}, {"name": "levy", "rate": 0.05, "on": "energy"}]),
    },
)  # fmt: skip
_FINANCE = st.sampled_from([
    {},
    {"finance": {"discount_rate": 0.25, "years": 2}},
    {"finance": {"discount_rate": 0.07, "years": 3, "escalation": {"grid_energy": 0.02, "carbon": [1, 2, 3]}}},
])  # fmt: skip
_TARGETS = st.sampled_from([
    {},
    {"cfe": 0.5},
    {"cfe_annual": 0.5, "cfe_monthly": 0.25, "cfe_rolling": {"share": 0.25, "days": 1}},
    {"emissions_max": 9e4, "emission_intensity_max": 2.0, "grid_energy_max": 9e5, "grid_share_max": 0.75},
    {"curtailment_share_max": 0.75, "export_share": 0.5},
])  # fmt: skip


@st.composite
def _grids(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a connection, with a tariff and subscribed power or without."""
    grid: dict[str, Any] = draw(_GRID)
    if not draw(st.booleans()):
        return grid
    tariff, subscribed = draw(_TARIFF), _capacity(30000.0, 4.0)
    return grid | {
        "tariff": tariff,
        "subscribed_power": draw(subscribed if "overrun_charges" in tariff else st.none() | subscribed),
    }


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Sites with 0 to 2 supplies, batteries and generators, with or without a grid and work, over 1 to 4 intervals."""
    start, hours = datetime(2025, 1, 1), draw(st.integers(1, 2))
    step = draw(st.sampled_from(["60 min", "30 min"]))
    batteries = [{"name": f"battery {number}", **draw(_BATTERY)} for number in range(draw(st.integers(0, 2)))]
    grid = draw(st.none() | _grids())
    return Scenario.from_dict({
        "name": "drawn",
        "horizon": {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat(), "step": step},
        "carbon_price": draw(PRICE),
        "targets": draw(_TARGETS),
        "site": {
            "name": "hall",
            "latitude": 33.4,
            "longitude": -7.6,
            "time_zone": "Africa/Casablanca",
            "load": {"it_load": 4.0, "pue": 1.25, "other_load": 0.5} | draw(_UNSERVED) | draw(_WORK) | draw(_TIERS),
            "supplies": [{"name": f"supply {number}", **draw(_SUPPLY)} for number in range(draw(st.integers(0, 2)))],
            "batteries": batteries,
            "generators": [{"name": f"generator {n}", **draw(_GENERATOR)} for n in range(draw(st.integers(0, 2)))],
            "grid": grid,
            "demand_response": [] if grid is None else draw(_RESPONSE),
        } | (draw(_RELIABILITY) if batteries and grid else {}),
    } | draw(_FINANCE))  # fmt: skip


@st.composite
def sites(draw: st.DrawFn) -> World:
    """Draw what binding a scenario gives, with values that differ from hour to hour and are sometimes zero."""
    scenario = draw(scenarios())
    starts = scenario.horizon.starts
    data, sets = bind(scenario, xr.Dataset({"dt": ("hour", scenario.horizon.dt)}, coords={"hour": starts}))
    factors = draw(_array(st.sampled_from([0.0, 0.5, 1.0, 1.25]), [len(starts)]))
    kept = ("dt", "weight", "job_place")  # lengths, and what is looked up
    hourly = [name for name in data.data_vars if "hour" in data[name].dims and name not in kept]
    return World(data.assign({name: data[name] * xr.DataArray(factors, dims="hour") for name in hourly}), dict(sets))
