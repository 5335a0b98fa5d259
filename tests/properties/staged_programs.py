"""Random programs that repeat hour after hour, with known troubles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.sparse import csc_array, diags_array

from optimizer.lp.arrays import LinearProgram
from tests.lp.sheets import INF, NOWHERE, Sheet

TROUBLES = (
    "two stores", "sized", "budget", "ranges", "free", "equalities", "ties", "scaled", "ring", "gaps", "lag",
    "unplaced", "negative prices", "no cost",
)  # fmt: skip


@dataclass(frozen=True)
class Year:
    """What a program is made of: its troubles by name, and numbers from the seed."""

    seed: int
    hours: int
    troubles: frozenset[str]
    end: str = "optimal"


class _Draft:
    """A site of one load: bought power, sources, stores."""

    def __init__(self, year: Year) -> None:
        self.rng, self.year, self.sheet = np.random.default_rng(year.seed), year, Sheet()
        self._lane = 0
        self.balance: list[dict[int, float]] = [{} for _ in range(year.hours)]
        self.held: list[dict[int, float]] = []

    def has(self, trouble: str) -> bool:
        return trouble in self.year.troubles

    def lane(self) -> int:
        self._lane += 1
        return self._lane

    def cost(self, values: np.ndarray) -> np.ndarray:
        return values * 0.0 if self.has("no cost") and self.rng.random() < 0.5 else values

    def numbers(self, low: float, high: float, count: int | None = None) -> np.ndarray:
        found = self.rng.uniform(low, high, self.year.hours if count is None else count)
        return np.round(found) if self.has("ties") else found

    def columns(self, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray, placed: bool = False) -> list[int]:
        lane, kept = self.lane(), placed or not self.has("unplaced")
        return [
            self.sheet.column((lane, t) if kept else NOWHERE, *numbers)
            for t, numbers in enumerate(zip(cost, lower, upper, strict=True))
        ]


def staged_program(year: Year) -> LinearProgram:
    """State a program; unless its end is another one, it has a plan and a least cost."""
    draft = _Draft(year)
    need = draft.numbers(2, 6)
    _buy(draft)
    _sources(draft)
    for _ in range(2 if draft.has("two stores") else 1):
        _store(draft)
    if draft.has("lag"):
        _shift_work(draft)
    if draft.has("free"):
        _net(draft)
    lane, slack = draft.lane(), draft.has("ranges")
    for t, terms in enumerate(draft.balance):
        draft.sheet.row((lane, t), terms, need[t], need[t] + 1.0 if slack and t % 3 else need[t])
    if draft.has("budget"):
        bought = dict.fromkeys(draft.bought, 1.0)
        draft.sheet.row(NOWHERE, bought, -INF, 0.95 * need.sum() + 20.0 * year.hours)
        draft.sheet.row(NOWHERE, bought, 0.05 * need.sum(), INF)
    _ending(draft, need)
    lp = draft.sheet.lp
    return _scaled(lp, draft.rng) if draft.has("scaled") else lp


def _buy(draft: _Draft) -> None:
    hours = draft.year.hours
    price = draft.numbers(-20 if draft.has("negative prices") else 10, 90)
    draft.bought = draft.columns(draft.cost(price), np.zeros(hours), np.full(hours, 30.0))
    for t, column in enumerate(draft.bought):
        draft.balance[t][column] = 1.0


def _sources(draft: _Draft) -> None:
    hours = draft.year.hours
    shape = np.clip(draft.numbers(-2, 4), 0, None)
    if not draft.has("sized"):
        for t, column in enumerate(draft.columns(np.zeros(hours), np.zeros(hours), shape)):
            draft.balance[t][column] = 1.0
        return
    size = draft.sheet.column(NOWHERE, _one(draft, 50, 400), 0.0, 5.0)
    lane = draft.lane()
    for t, column in enumerate(draft.columns(np.zeros(hours), np.zeros(hours), np.full(hours, INF))):
        draft.balance[t][column] = 1.0
        draft.sheet.row((lane, t), {column: 1.0, size: -float(shape[t])}, -INF, 0.0)


def _store(draft: _Draft) -> None:
    hours, sheet, rng = draft.year.hours, draft.sheet, draft.rng
    ones = np.ones(hours)
    charge = draft.columns(draft.cost(0.1 * ones), 0 * ones, 2 * ones, placed=True)
    discharge = draft.columns(draft.cost(0.1 * ones), 0 * ones, 2 * ones, placed=True)
    upper = INF if draft.has("sized") else float(rng.integers(3, 12))
    level_lane, law, rest, ceiling = draft.lane(), draft.lane(), draft.lane(), draft.lane()
    level = [sheet.column((level_lane, t), 0.0, 0.0, upper) for t in range(hours + 1)]
    for t in range(hours):
        draft.balance[t] |= {charge[t]: -1.0, discharge[t]: 1.0}
        if draft.has("gaps") and t % 7 == 3:  # the store rests, and no rule is there
            sheet.row((law, t), {level[t + 1]: 1.0, level[t]: -1.0}, 0.0, 0.0)
            sheet.row((rest, t), {charge[t]: 1.0, discharge[t]: 1.0}, 0.0, 0.0)
            continue
        terms = {level[t + 1]: 1.0, level[t]: -0.99, charge[t]: -0.9, discharge[t]: 1.1}
        sheet.row((law, t), terms, 0.0, 0.0)
    if draft.has("ring"):
        sheet.row(NOWHERE, {level[0]: 1.0, level[hours]: -1.0}, 0.0, 0.0)
    else:
        sheet.row(NOWHERE, {level[0]: 1.0}, 1.0, 1.0)
    if draft.has("equalities"):  # power only in step with the hour before
        lane = draft.lane()
        for t in range(0, hours - 1, 2):
            sheet.row((lane, t), {charge[t]: 1.0, charge[t + 1]: -1.0}, 0.0, 0.0)
    if draft.has("sized"):
        size = sheet.column(NOWHERE, _one(draft, 20, 200), 0.0, 20.0)
        for t in range(hours + 1):
            sheet.row((ceiling, t), {level[t]: 1.0, size: -1.0}, -INF, 0.0)


def _one(draft: _Draft, low: int, high: int) -> float:
    return float(draft.cost(draft.rng.uniform(low, high, 1))[0])


def _shift_work(draft: _Draft) -> None:
    """Work that may wait for up to two hours."""
    hours = draft.year.hours
    work = draft.numbers(0, 2)
    done = [
        draft.columns(0.01 * lag * np.ones(hours), np.zeros(hours), np.full(hours, INF), placed=True)
        for lag in range(3)
    ]
    lane, room = draft.lane(), draft.lane()
    for t in range(hours):
        later = [done[lag][t] for lag in range(3)]
        draft.sheet.row((lane, t), dict.fromkeys(later, 1.0), work[t], work[t])
        here = [done[lag][t - lag] for lag in range(3) if t >= lag]
        draft.sheet.row((room, t), dict.fromkeys(here, 1.0), -INF, 4.0)
        draft.balance[t] |= dict.fromkeys(here, -1.0)


def _net(draft: _Draft) -> None:
    """A column without bounds, between rows that limit it."""
    hours = draft.year.hours
    free = np.full(hours, INF)
    lane, other = draft.lane(), draft.lane()
    for t, column in enumerate(draft.columns(0.0 * np.ones(hours), -free, free)):
        draft.sheet.row((lane, t), {column: 1.0, draft.bought[t]: -0.5}, -INF, 3.0)
        draft.sheet.row((other, t), {column: 1.0, draft.bought[t]: 0.5}, -2.0, INF)
        draft.balance[t][column] = 0.25


def _ending(draft: _Draft, need: np.ndarray) -> None:
    sheet, hours = draft.sheet, draft.year.hours
    if draft.year.end == "infeasible":
        kind = int(draft.rng.integers(3))
        if kind == 0:  # not enough in one hour
            at = int(draft.rng.integers(hours))
            sheet.row((draft.lane(), at), draft.balance[at], need[at] + 60.0, INF)
        elif kind == 1:  # not enough over all hours
            sheet.row(NOWHERE, dict.fromkeys(draft.bought, 1.0), 31.0 * hours, INF)
        else:  # two rules that exclude each other by little
            lane = draft.lane()
            for t in range(5, hours, 5):
                sheet.row((lane, t), {draft.bought[t]: 1.0, draft.bought[t - 1]: 1.0}, 60.5, INF)
    if draft.year.end == "unbounded":
        sold = draft.columns(-100.0 * np.ones(hours), np.zeros(hours), np.full(hours, INF))
        more = draft.columns(1.0 * np.ones(hours), np.zeros(hours), np.full(hours, INF))
        lane = draft.lane()
        for t in range(hours):
            sheet.row((lane, t), {sold[t]: 1.0, more[t]: -1.0}, -INF, 1.0)


def _scaled(lp: LinearProgram, rng: Generator) -> LinearProgram:
    """Rows, columns and cost in ill-chosen units."""
    reach = float(rng.choice([1.0, 2.0, 3.0]))
    rows = 10.0 ** rng.uniform(-reach, reach, lp.shape[0])
    columns = 10.0 ** rng.uniform(-reach, reach, lp.shape[1])
    cost = 10.0 ** rng.uniform(-reach, reach)
    return LinearProgram(
        lp.cost * columns * cost, lp.lower / columns, lp.upper / columns, lp.row_lower * rows, lp.row_upper * rows,
        csc_array(diags_array(rows) @ lp.matrix @ diags_array(columns)), lp.offset * cost, lp.layout,
    )  # fmt: skip
