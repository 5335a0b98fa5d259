"""Changes with which there is a plan: each the least that does, each proved by solving with it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from optimizer.diagnosis.amounts import amount
from optimizer.diagnosis.case import Case
from optimizer.diagnosis.checks import failed_checks
from optimizer.diagnosis.knobs import Choice, Knob, in_scenario, knobs, turned
from optimizer.diagnosis.knobs_of_work import AMOUNTS, OF_WORK, less_work, racks_and_jobs
from optimizer.diagnosis.more_time import more_time
from optimizer.diagnosis.reading import Array
from optimizer.diagnosis.record import Remedy
from optimizer.diagnosis.work import DEADLINES
from optimizer.errors import OptimizerError
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis import Bent, Conflict, first_gain, least_steps, moves_any_of, step_of_one_row
from optimizer.lp.portfolio import Portfolio, Solved
from optimizer.lp.program import Program

if TYPE_CHECKING:
    import xarray as xr

# So many are offered, besides leaving load unserved.
_OFFERED = 3
_GAIN = 1e-6
_DUST = 1e-6
_MARGIN = 1.001
_HUGE = 1e5  # MW, MWh or cycles: what does not help at this size does not help at any
_HUGE_IN_A_YEAR = 1e9  # of totals of a year
_NOT_MONOTONE = {"must_take", "yearly_surplus", "reachable_charge"}  # checks that more of something may break
_DEAREST = 10.0
_LEAST_PRICE = 100.0


class Finder:
    """Finds what would do.

    Parameters
    ----------
    case : Case
        What has no plan.
    bent : Bent
        Its least violation.
    conflict : Conflict, optional
        What is proved to be in conflict: a change that moves nothing of it is no remedy.

    Attributes
    ----------
    plans : list of (n,)
        Plans of the changed programs, as far as they have the columns of the program itself.
    """

    def __init__(self, case: Case, bent: Bent, conflict: Conflict | None = None) -> None:
        self._case, self._bent, self._conflict = case, bent, conflict
        self._knobs = _knobs(case)
        self._gains: dict[Knob, float] = {}
        self.plans: list[Array] = []

    def remedies(self, suspects: Sequence[str], *, load_missing: bool) -> list[Remedy]:
        """Find what would do.

        Parameters
        ----------
        suspects : sequence of str
            Own rules that are in conflict.
        load_missing : bool
            Whether it is load that cannot be served.

        Returns
        -------
        list of Remedy
            At most four: the cheapest plan first, but less work after all that keeps it, as no price tells what it is
            worth, and leaving load unserved last.
        """
        found = list(islice(self._offers(suspects), _OFFERED)) or self._all_together()
        found.sort(key=lambda remedy: (_lessens_work(remedy), remedy.annual_cost))
        return found + (self._unserved() if load_missing else [])

    def _offers(self, suspects: Sequence[str]) -> Iterator[Remedy]:
        """Try what can be changed one after another: an own rule left out, time, one number, both of a battery."""
        for name in suspects:
            yield from self._left_out(name)
        for name in self._late():
            yield from self._with_more_time(name)
        for group in self._knobs:
            trials = [[knob] for knob in group] + ([group] if len(group) > 1 else [])
            yield from islice((found for trial in trials for found in self._least(trial)), 1)

    def _all_together(self) -> list[Remedy]:
        """Turn everything that helps at all: where no single change does."""
        helpful = [knob for group in self._knobs for knob in group if self._gain(knob) > _GAIN]
        return list(self._least(helpful)) if len(helpful) > 1 else []

    def _gain(self, knob: Knob) -> float:
        if knob not in self._gains:
            self._gains[knob] = first_gain(self._case.program.lp, self._bent.ray, self._unit(knob))
        return self._gains[knob]

    def _unit(self, knob: Knob) -> LinearProgram:
        return self._changed([(knob, self._one(knob))]).lp

    @staticmethod
    def _one(knob: Knob) -> float:
        """Give the length of the step that is taken for one unit: no further than the knob goes."""
        return min(1.0, knob.most)

    def _changed(self, choices: Sequence[Choice]) -> Program:
        program = copy.copy(self._case.program)  # `rebind` gives the copy new arrays and leaves the old ones alone
        program.rebind(turned(self._case.site, choices))
        return program

    def _least(self, group: Sequence[Knob]) -> Iterator[Remedy]:
        """Find the least change of some numbers, and prove that it does."""
        if not self._may_help(group) or self._hopeless(group):
            return
        group = [knob for knob in group if knob.most > 0]
        if len(group) == 1:
            known, one = step_of_one_row(self._case.program.lp, self._bent, self._unit(group[0])), self._one(group[0])
            if known is not None:
                yield from self._proved(group, known.sizes * one, known.least * one)
                return
        ones = np.array([self._one(knob) for knob in group])
        step = least_steps(
            self._case.program.lp,
            [self._unit(knob) for knob in group],
            np.array([knob.price for knob in group]) * ones,
            np.array([knob.most for knob in group]) / ones,
            self._case.options,
        )
        if step is not None:
            least = step.least / group[0].price if len(group) == 1 else step.least
            yield from self._proved(group, step.sizes * ones, least)

    def _may_help(self, group: Sequence[Knob]) -> bool:
        """Tell whether the least violation falls at first, and what is proved to be in conflict is changed at all."""
        if not any(knob.most > 0 and self._gain(knob) > _GAIN for knob in group):
            return False
        lp, conflict = self._case.program.lp, self._conflict
        return conflict is None or any(moves_any_of(conflict, lp, self._unit(knob)) for knob in group if knob.most > 0)

    def _hopeless(self, group: Sequence[Knob]) -> bool:
        """Tell whether it cannot help, as necessary conditions fail however far it is turned.

        Less of something makes most conditions harder, so that its furthest end tells nothing but of racks.
        """
        case, less = self._case, any(knob.sign < 0 and knob.unit == "MW" for knob in group)
        furthest = turned(case.site, [(knob, min(knob.most, _huge(knob))) for knob in group])
        data = case.data.assign({name: (case.data[name].dims, values) for name, values in furthest.items()})
        failed = failed_checks(data, case.sets, case.scenario.site.time_zone)
        return any(finding.check == "racks" if less else finding.check not in _NOT_MONOTONE for finding in failed)

    def _proved(self, group: Sequence[Knob], sizes: Array, least: float) -> Iterator[Remedy]:
        """Round the sizes up, and solve with them; a size that was rounded to below the least is tried once more."""
        for margin in (1.0, _MARGIN):
            choices = [
                (knob, knob.rounded(margin * float(size)))
                for knob, size in zip(group, sizes, strict=True)
                if size > _DUST * sizes.max()
            ]
            changes = in_scenario(self._case.scenario, choices)
            solved = None if changes is None else _solved(self._changed(choices).lp, self._case)
            if changes is not None and solved is not None:
                self._note(solved)
                yield _remedy(choices, changes, solved, least)
                return

    def _late(self) -> list[str]:
        """Name the workloads whose deadlines are in conflict."""
        parts = self._conflict.parts if self._conflict is not None else ()
        return list(dict.fromkeys(part.labels[0] for part in parts if part.family in DEADLINES and part.labels))

    def _with_more_time(self, name: str) -> Iterator[Remedy]:
        """Give a workload the least time that could do, and prove that it does."""
        found = more_time(self._case.scenario.site.load, self._case.site, name)
        program = None if found is None else self._case.change({found.key: found.to})
        solved = None if program is None else _solved(program.lp, self._case)
        if found is not None and solved is not None:
            name, cost = found.key.rpartition(".")[2], solved.certificate.objective
            yield Remedy(name, found.text, found.hours, "h", {found.key: found.to}, cost, least=found.least)

    def _left_out(self, name: str) -> Iterator[Remedy]:
        lp, rows = self._case.program.lp, self._case.program.rows.get(name)
        if rows is None or not rows.size:
            return
        low, high = lp.row_lower.copy(), lp.row_upper.copy()
        low[rows.slice], high[rows.slice] = -np.inf, np.inf
        solved = _solved(replace(lp, row_lower=low, row_upper=high), self._case)
        if solved is not None:
            self._note(solved)
            text = f"the rule '{name}' left out"
            yield Remedy(name, text, None, "", {}, solved.certificate.objective, leave_out=name)

    def _note(self, solved: Solved) -> None:
        assert solved.outcome.x is not None, "what is proved is a point"
        self.plans.append(solved.outcome.x)

    def _unserved(self) -> list[Remedy]:
        """Give unserved load a price in place of forbidding it."""
        case = self._case
        price = _dear(case.data)
        data = case.data.drop_vars("unserved").assign(value_of_lost_load=price)
        program = case.restate(data)
        solved = _solved(program.lp, case)
        if solved is None or solved.outcome.x is None:
            return []
        energy = float(program.evaluate("unserved", solved.outcome.x) @ case.site.dt)
        text = (
            f"a value of lost load, such as {price:,.10g} {case.scenario.currency}/MWh: load may then stay unserved, "
            f"{amount(energy)} MWh at that price"
        )
        changes = {"site.load.value_of_lost_load": price}
        return [Remedy("value_of_lost_load", text, None, "MWh", changes, solved.certificate.objective)]


def _knobs(case: Case) -> list[list[Knob]]:
    """List what can be changed, in the order in which it is offered."""
    load, (conditions, capacities) = case.scenario.site.load, knobs(case.scenario, case.site)
    return [*conditions, *racks_and_jobs(load, case.site), *capacities, *less_work(load, case.site)]


def _lessens_work(remedy: Remedy) -> bool:
    return any(key.startswith(OF_WORK) and key.rpartition(".")[2] in AMOUNTS for key in remedy.changes)


def _remedy(choices: Sequence[Choice], changes: dict[str, float], solved: Solved, least: float) -> Remedy:
    (knob, by), single = choices[0], len(choices) == 1
    return Remedy(
        name=knob.name if single else "several",
        text=" and ".join(knob.told(by) for knob, by in choices),
        amount=by if single else None,
        unit=knob.unit if single else "",
        changes=changes,
        annual_cost=solved.certificate.objective,
        least=least,
    )


def _huge(knob: Knob) -> float:
    return _HUGE_IN_A_YEAR if knob.unit in {"MWh/a", "tCO2e/a"} else _HUGE


def _solved(lp: LinearProgram, case: Case) -> Solved | None:
    """Solve a changed program to a proved optimum."""
    try:
        return Portfolio(lp).solve(case.options)
    except OptimizerError:
        return None


def _dear(data: xr.Dataset) -> float:
    """Suggest a value of lost load: ten times the dearest energy, in a round number."""
    dearest = max(float(np.max(data[name].values, initial=_LEAST_PRICE)) for name in ("energy_price", "supply_price"))
    size = 10.0 ** math.floor(math.log10(_DEAREST * dearest))
    return math.ceil(_DEAREST * dearest / size) * size
