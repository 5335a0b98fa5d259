"""Rules as LaTeX: printed as in a paper, and read back they mean what the program means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pyomo.core import ceil, exp, log10, sqrt

from optimizer.formulation import FAMILIES
from optimizer.lp.program import Program
from optimizer.lp.rowwise import RowByRowWarning, product_labels
from optimizer.lp.rules import Kind
from optimizer.nomenclature import TERMS
from tests.lp.made import stated
from tests.properties.strategies import rules, sites, source_of, variables, worlds

SYMBOLS = {
    "bought": "g",
    "flow": "f",
    "level": "e",
    "size": r"\overline{P}",
    "need": r"n^{+}",
    "price": r"\pi",
    "share": r"\sigma",
    "limit": "l_0",
    "hour": "T",
    "unit": "U",
    "boundary": "N",
}


def printed(
    function: Callable[..., Any],
    over: str | tuple[str, ...] = "hour",
    kind: Kind = "constraint",
    symbols: Mapping[str, str] = SYMBOLS,
    **options: Any,
) -> str:
    return stated(function, over, kind, **options).latex(symbols)[function.__name__]


FORALL = r" \qquad \forall\, t \in T"


def test_a_balance_reads_as_in_a_paper() -> None:
    def carried(m: Any, t: Any) -> Any:
        return m.level[t + 1] == (1 - m.limit * m.need[t]) * m.level[t] + m.share["small"] * m.bought[t] / m.limit

    assert printed(carried) == (
        r"e_{t + 1} = \left(1 - l_0 \, n^{+}_{t}\right) \, e_{t} + \frac{\sigma_{\mathrm{small}} \, g_{t}}{l_0}"
        + FORALL
    )


def test_what_is_known_stands_on_the_right_of_an_equality() -> None:
    def balance(m: Any, t: Any) -> Any:
        return m.need[t] == sum(m.flow[u, t] for u in m.unit) + m.bought[t]

    assert printed(balance) == r"\sum_{u \in U} f_{u, t} + g_{t} = n^{+}_{t}" + FORALL


def test_parentheses_stand_only_where_they_are_needed() -> None:
    def signs(m: Any, t: Any) -> Any:
        return -m.bought[t] - (m.size - m.bought[t] * 2) + (m.level[0] + 1) <= -(m.need[t] * -1)

    def sums(m: Any, t: Any) -> Any:
        inner = sum(m.share[u] * (m.flow[u, t] - 1) for u in m.unit)
        return inner * m.price[t] + m.price[t] * inner + sum(m.flow[u, t] + 1 for u in m.unit) <= 3

    def fractions(m: Any, t: Any) -> Any:
        return m.bought[t] / (m.share["small"] * 2) + (m.bought[t] + 1) / m.share["large"] * m.price[t] <= 3

    def powers(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.need[t] ** 2 + m.price[t] ** (m.price[t] + 1) + (m.price[t] - 1) ** 2 + abs(
            m.price[t] - 1
        )

    assert printed(signs) == r"-g_{t} - \left(\overline{P} - 2 \, g_{t}\right) + e_{0} + 1 \le n^{+}_{t}" + FORALL
    inner = r"\sum_{u \in U} \sigma_{u} \, \left(f_{u, t} - 1\right)"
    assert printed(sums) == (
        rf"\left({inner}\right) \, \pi_{{t}} + \pi_{{t}} \, {inner} + "
        r"\sum_{u \in U} \left(f_{u, t} + 1\right) \le 3" + FORALL
    )
    assert printed(fractions) == (
        r"\frac{g_{t}}{2 \, \sigma_{\mathrm{small}}} + "
        r"\frac{\left(g_{t} + 1\right) \, \pi_{t}}{\sigma_{\mathrm{large}}} \le 3" + FORALL
    )
    assert printed(powers) == (
        r"g_{t} \le \left(n^{+}_{t}\right)^{2} + \pi_{t}^{\pi_{t} + 1} + "
        r"\left(\pi_{t} - 1\right)^{2} + \left|\pi_{t} - 1\right|" + FORALL
    )


def test_functions_and_numbers() -> None:
    def shaped(m: Any, t: Any) -> Any:
        return m.bought[t] <= exp(m.price[t] * 2) * sqrt(m.price[t]) + log10(m.price[t]) + ceil(m.price[t] / 2)

    def scaled(m: Any, t: Any) -> Any:
        return 1e-7 * m.bought[t] + 2.5e20 * m.size <= 0.1 + 0.2 + m.price[t] * 3

    assert printed(shaped) == (
        r"g_{t} \le \exp\left(2 \, \pi_{t}\right) \, \sqrt{\pi_{t}} + \log_{10}\left(\pi_{t}\right) "
        r"+ \left\lceil \frac{\pi_{t}}{2} \right\rceil" + FORALL
    )
    assert printed(scaled) == r"10^{-7} \, g_{t} + 2.5 \cdot 10^{20} \, \overline{P} \le 0.3 + 3 \, \pi_{t}" + FORALL


def test_indices_keep_their_names_and_are_primed_where_two_would_be_the_same() -> None:
    def shadowed(m: Any, t: Any) -> Any:
        return sum(m.bought[t] for t in m.hour) <= m.bought[t]

    def summed(m: Any, b: Any) -> Any:
        return sum(m.bought[t] * b for t in m.hour)

    def called(m: Any, t: Any) -> Any:
        return summed(m, t) <= 1

    def mapped(m: Any, i: Any) -> Any:
        return sum(map(lambda u: m.flow[u, i], m.unit)) <= 1  # noqa: C417 (that is what is tested)

    def starred(m: Any, *index: Any) -> Any:
        return m.flow[index] <= 1

    def looked_up(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.length[m.month_of[t]] * m.size

    assert printed(shadowed) == r"\sum_{t' \in T} g_{t'} \le g_{t}" + FORALL
    assert printed(called) == r"\sum_{t' \in T} g_{t'} \, t \le 1" + FORALL
    assert printed(mapped) == r"\sum_{j \in U} f_{j, i} \le 1 \qquad \forall\, i \in T"
    assert printed(starred, ("unit", "hour")) == (r"f_{i_{1}, i_{2}} \le 1 \qquad \forall\, i_{1} \in U,\ i_{2} \in T")
    assert printed(looked_up) == r"g_{t} \le \mathrm{length}_{\mathrm{month\_of}_{t}} \, \overline{P}" + FORALL


def test_pairs() -> None:
    def linked(m: Any, u: Any, t: Any) -> Any:
        return m.flow[u, t] <= sum(m.flow[v, k] for v, k in m.pairs) + sum(m.flow[p] for p in m.pairs)

    assert printed(linked, "pairs", sets={"pairs": [("small", 1)]}) == (
        r"f_{u, t} \le \sum_{(v, k) \in \mathrm{pairs}} f_{v, k} + "
        r"\sum_{(p_{1}, p_{2}) \in \mathrm{pairs}} f_{p_{1}, p_{2}} \qquad \forall\, (u, t) \in \mathrm{pairs}"
    )


def test_each_kind_of_rule() -> None:
    def ranged(m: Any, t: Any) -> Any:
        return 0, m.bought[t] - m.size, m.price[t]

    def free(m: Any, t: Any) -> Any:
        return None, None

    def above(m: Any, t: Any) -> Any:
        return None

    def below(m: Any, t: Any) -> Any:
        return None, m.price[t]

    def within(m: Any, t: Any) -> Any:
        return -1, m.price[t]

    def paid(m: Any, t: Any) -> Any:
        return m.price[t] * m.bought[t] - 1

    def rent(m: Any) -> Any:
        return 7 * m.size

    def endless(m: Any, t: Any) -> Any:
        return -float("inf"), float("inf")

    assert printed(endless, kind="variable") == r"-\infty \le \mathrm{endless}_{t} \le \infty" + FORALL
    assert printed(ranged) == r"0 \le g_{t} - \overline{P} \le \pi_{t}" + FORALL
    assert printed(free, kind="variable") == r"\mathrm{free}_{t} \in \mathbb{R}" + FORALL
    assert printed(above, kind="variable") == r"\mathrm{above}_{t} \ge 0" + FORALL
    assert printed(below, kind="variable") == r"\mathrm{below}_{t} \le \pi_{t}" + FORALL
    assert printed(within, kind="variable") == r"-1 \le \mathrm{within}_{t} \le \pi_{t}" + FORALL
    assert printed(paid, kind="cost") == r"\sum_{t \in T} \left(\pi_{t} \, g_{t} - 1\right)"
    assert printed(rent, (), kind="cost") == r"7 \, \overline{P}"
    assert printed(paid, kind="expression") == r"\mathrm{paid}_{t} = \pi_{t} \, g_{t} - 1" + FORALL
    assert printed(rent, (), kind="expression") == r"\mathrm{rent} = 7 \, \overline{P}"


def test_a_rule_called_row_by_row_says_so() -> None:
    def slow(m: Any, t: Any) -> Any:
        return m.bought[t] <= (1 if t == 0 else 2)

    with pytest.warns(RowByRowWarning):
        assert printed(slow) == r"\text{no closed form: the rule is called row by row}"


def test_a_symbol_with_a_subscript_takes_indices_too() -> None:
    def limited(m: Any, t: Any) -> Any:
        return m.bought[t] <= m.need[t]

    assert printed(limited, symbols={"bought": "g_0", "need": r"\mathrm{a\_b}"}) == (
        r"{g_0}_{t} \le \mathrm{a\_b}_{t} \qquad \forall\, t \in \mathrm{hour}"
    )


def test_names_and_labels_are_escaped() -> None:
    from tests.lp.made import DATA  # noqa: PLC0415

    def labelled(m: Any, t: Any) -> Any:
        return m.flow["A_1 & B%", t] + m.flow["x-y", t] <= m.bought[t]

    text = printed(labelled, symbols={}, data=DATA.assign_coords(unit=["A_1 & B%", "x-y"]))
    assert text.startswith(
        r"\mathrm{flow}_{\mathrm{A\_1\ \&\ B\%}, t} + \mathrm{flow}_{\mathrm{x\text{-}y}, t} \le \mathrm{bought}_{t}"
    )


@given(sites())
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_family_is_printed_with_the_symbols_of_the_nomenclature(world: Any) -> None:
    symbols = {name: term.symbol for name, term in TERMS.items()}
    for text in Program(list(FAMILIES), world.data, sets=world.sets).latex(symbols).values():
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")


# -- read back ---------------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"\\left[(|]|\\right[)|]|\\mathrm\{[^{}]*\}|\\[a-z]+|\d+(?:\.\d+)?|[a-z]_\{\d+\}|[a-z]|[-+_^{}(),]|'"
)
SPACES = re.compile(r"\\,|\\ |\\cdot|\s")


class Reader:
    """Evaluates printed expressions by the conventions of print: sums reach to the end of a product."""

    def __init__(self, text: str, program: Program, x: np.ndarray, indices: dict[str, Any]) -> None:
        self.tokens = TOKEN.findall(SPACES.sub(" ", text.replace(r"10^{-", r"10^{-")))
        self.program, self.x, self.indices = program, x, indices
        self.place = 0

    @property
    def ahead(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.ahead
        assert token
        assert not expected or token == expected, (expected, self.tokens[self.place :])
        self.place += 1
        return token

    def expression(self) -> Any:
        sign = -1 if self.ahead == "-" and self.take() else 1
        value = sign * self.product()
        while self.ahead in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while self.ahead and self.ahead not in ("+", "-", "}", ",", r"\right)", r"\right|"):
            value = value * self.factor()
        return value

    def factor(self) -> Any:
        value = self.atom()
        if self.ahead == "^":
            self.take("^")
            return value ** self.braced()
        return value

    def braced(self) -> Any:
        self.take("{")
        value = self.expression()
        self.take("}")
        return value

    def atom(self) -> Any:
        token = self.take()
        if token == r"\frac":
            return self.braced() / self.braced()
        if token in (r"\left(", r"\left|"):
            value = self.expression()
            self.take(token.replace("left", "right").replace("(", ")"))
            return abs(value) if token.endswith("|") else value
        if token == r"\sum":
            return self.sum()
        if token[0].isdigit():
            return float(token)
        name = self.name(token)
        if name in self.indices:
            return self.indices[name]
        return self.lookup(name)

    def name(self, token: str) -> str:
        while self.ahead == "'":
            token += self.take()
        return token

    def lookup(self, token: str) -> Any:
        name = token.removeprefix(r"\mathrm{").removesuffix("}").replace(r"\_", "_")
        found = self.program.columns.get(name) or self.program.data.get(name)
        if found is None:
            return name  # a label
        labels = []
        if self.ahead == "_":
            self.take("_")
            self.take("{")
            labels.append(self.expression())
            while self.ahead == ",":
                self.take(",")
                labels.append(self.expression())
            self.take("}")
        sets = [self.program.sets[dim] for dim in found.dims]
        number = list(product_labels(sets)).index(tuple(labels))
        values = (
            self.program.data[name].values if name in self.program.data else self.x[self.program.columns[name].slice]
        )
        return float(values.ravel()[number])

    def domains(self) -> list[tuple[list[str], str]]:
        """Read ``t \\in hour, (g, z) \\in links``."""
        found = []
        self.take("_")
        self.take("{")
        while self.ahead != "}":
            names = []
            while self.ahead != r"\in":
                token = self.take()
                if token not in ("(", ")", ","):
                    names.append(self.name(token))
            self.take(r"\in")
            found.append((names, self.take().removeprefix(r"\mathrm{").removesuffix("}")))
            if self.ahead == ",":
                self.take(",")
        self.take("}")
        return found

    def sum(self) -> float:
        domains = self.domains()
        start, total, outer = self.place, 0.0, self.indices
        sets = [list(product_labels([self.program.sets[name]])) for _, name in domains]
        for members in product(*sets):
            self.place = start
            named = zip(
                (name for names, _ in domains for name in names),
                (part for member in members for part in member),
                strict=True,
            )
            self.indices = outer | dict(named)
            total += self.product()
        self.indices = outer
        if not all(sets):  # nothing was read: step over the summand
            self.place = start
            self.skip_product()
        return total

    def skip_product(self) -> None:
        depth = 0
        while self.ahead:
            token = self.ahead
            if depth == 0 and token in ("+", "-", "}", ",", r"\right)", r"\right|"):
                return
            depth += token in ("{", r"\left(", r"\left|")
            depth -= token in ("}", r"\right)", r"\right|")
            self.take()


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_is_printed_means_what_is_solved(data: st.DataObject) -> None:
    world = data.draw(worlds())
    kind: Kind = data.draw(st.sampled_from(["expression", "cost"]))
    rule = data.draw(rules(world, kind, "reported"))
    note(source_of(rule))
    program = Program([*data.draw(variables(world)), rule], world.data, sets=world.sets)
    text = program.latex()["reported"]
    note(text)
    x = np.arange(1, len(program.lp.cost) + 1) / 4
    ours = program.evaluate("reported", x).ravel()
    if kind == "cost":
        np.testing.assert_allclose(read(text, program, x, {}), ours.sum(), rtol=1e-9, atol=1e-9)
        return
    head, _, body = text.partition(" = ")
    body, _, _ = body.partition(r" \qquad")
    names = re.findall(r"[a-z]_\{\d+\}", head)
    members = product_labels([program.sets[name] for name in rule.over])
    theirs = [read(body, program, x, dict(zip(names, labels, strict=True))) for labels in members]
    np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9)


def read(text: str, program: Program, x: np.ndarray, indices: dict[str, Any]) -> float:
    reader = Reader(text, program, x, indices)
    value = reader.expression()
    assert not reader.ahead, reader.tokens[reader.place :]
    return float(value)
