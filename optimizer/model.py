"""From a scenario to a program and its proved solution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from optimizer.binding import TOGETHER, bind
from optimizer.diagnosis import Case, explained, refuse_impossible
from optimizer.errors import Fault, InputError, NoPlanError, StructureError
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import elastic
from optimizer.lp.portfolio import Portfolio
from optimizer.lp.program import Program
from optimizer.lp.rules import Kind, Rule, RuleFunction, make_rule
from optimizer.nomenclature import TERMS
from optimizer.provenance import Changes
from optimizer.result import Result, build_result
from optimizer.specification.base import hint
from optimizer.steps import Steps

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


class Model:
    """A scenario stated as a linear program that can be changed and solved again and again.

    Parameters
    ----------
    scenario : Scenario
        What to solve.
    series : xarray.Dataset, optional
        The series, in canonical units; read from the scenario's files by default.
    steps : Steps, optional
        Hears what is being done and how long it took.

    Raises
    ------
    InputError
        If a file or a series is not usable.

    Examples
    --------
    >>> from optimizer import Model, Scenario  # doctest: +SKIP
    >>> model = Model(Scenario.load("data/casablanca-40mw/scenario.yaml"))  # doctest: +SKIP
    >>> cheap = model.solve().value("cost_per_mwh")  # doctest: +SKIP
    """

    def __init__(self, scenario: Scenario, series: xr.Dataset | None = None, *, steps: Steps | None = None) -> None:
        self.scenario = scenario
        self._steps = steps or Steps()
        if series is None:
            with self._steps.step("read the series"):
                series = scenario.read()
        else:
            _check(scenario, series)
        self.series = series
        self._bound, self._sets = bind(scenario, series)
        self.data = self._bound
        self._own_rules: list[Rule] = []
        self._program: Program | None = None
        self._portfolio: Portfolio | None = None

    @property
    def program(self) -> Program:
        """The linear program; stated on first use."""
        if self._program is None:
            with self._steps.step("state the program"):
                self._program = self._state(self.data)
        return self._program

    def _state(self, data: xr.Dataset) -> Program:
        from optimizer.formulation import FAMILIES  # noqa: PLC0415 (rules load Pyomo's cost only when one is stated)
        from optimizer.formulation.escalation import escalated  # noqa: PLC0415

        rules = escalated([*FAMILIES, *self._own_rules], self._sets["escalated_line"], self.scenario.where)
        return Program(rules, data, sets=self._sets)

    def add(
        self,
        rule: Rule | RuleFunction,
        over: str | Sequence[str] = (),
        *,
        kind: Kind = "constraint",
        data: Mapping[str, Any] | None = None,
        label: str = "",
    ) -> None:
        """Add a rule of your own; it takes the same path as the built-in ones.

        Parameters
        ----------
        rule : Rule or callable
            A decorated rule, or a plain function ``rule(m, *indices)``.
        over : str or sequence of str
            Sets that index a plain function: hour, boundary, supply, battery, generator.
        kind : {"constraint", "cost", "variable", "expression"}
            What a plain function states.
        data : mapping, optional
            Values that the rule reads as ``m.name``: ``{name: (dims, array)}``, or a number.
        label : str
            A cost line's name in reports.

        Raises
        ------
        InputError
            If a name of `data` is in use already, or its values do not fit their sets.
        FormulationError
            If the rule cannot be compiled. The model is then as it was before.

        Examples
        --------
        >>> def night_import(m, t):
        ...     return m.grid_import[t] <= m.night_limit[t]
        >>> model.add(night_import, over="hour", data={"night_limit": ("hour", limits)})  # doctest: +SKIP
        """
        made = rule if isinstance(rule, Rule) else make_rule(kind, rule, _as_names(over), label=label)
        before = self.data, self._own_rules, self._program
        self.data, self._own_rules, self._program = _with(self.data, data or {}), [*self._own_rules, made], None
        try:
            _ = self.program  # compiled now, so that a rule that cannot be is refused here and not kept
        except BaseException:
            self.data, self._own_rules, self._program = before
            raise
        self._portfolio = None

    def update(self, changes: Mapping[str, Any]) -> None:
        """Put new data into the program in place: the next `solve` starts from the last solution.

        Parameters
        ----------
        changes : mapping of str to array_like
            New values by the names of the model's ``data``, such as ``{"energy_price": prices}``.

        Raises
        ------
        StructureError
            If a name is not bound to data, other data were made together with it, or a shape differs; nothing is
            changed then.
        """
        unknown = [name for name in changes if name not in self.program.names and name not in TERMS]
        if unknown:
            words = [f"{name!r} is no data of this model; {hint(name, sorted(self.program.data))}" for name in unknown]
            raise StructureError("; ".join(words))
        if "value_of_lost_load" in changes and "unserved" in self.data:
            what = "'value_of_lost_load' would change nothing: the scenario gives none, so that all load is served"
            raise StructureError(f"{what}; give the scenario site.load.value_of_lost_load instead")
        tied = [f"{name!r}, which the scenario says in {TOGETHER[name]}" for name in changes if name in TOGETHER]
        if tied:
            what = f"other data were made together with {' and '.join(tied)}"
            raise StructureError(f"{what}: change the scenario, and make a new model of it")
        patch = self.program.rebind(changes)
        self.data = self.data.assign(
            {name: self.data.variables[name].copy(data=self.program.data[name].values.copy()) for name in changes}
        )
        if self._portfolio is not None:
            self._portfolio.apply(self.program.lp, patch)

    def solve(
        self,
        *,
        engine: str | None = None,
        vertex: bool = False,
        time_limit: float | None = None,
        threads: int | None = None,
        explain: bool = True,
    ) -> Result:
        """Find the plan of least cost and prove it.

        Parameters
        ----------
        engine : str, optional
            ``"auto"`` (engines in order of promise until one result is proved), or the only one that may be used:
            ``"staged"``, ``"piqp"``, ``"clarabel"``, ``"highs"``, ``"highs-simplex"``, ``"highs-ipx"``. The scenario's
            ``solver.engine`` by default.
        vertex : bool
            Whether to go on to a basic solution: exact zeros, ties decided, clean marginal prices; takes longer.
        time_limit : float, optional
            Seconds for an engine; the scenario's ``solver.time_limit`` by default.
        threads : int, optional
            Threads for an engine; the scenario's ``solver.threads`` by default.
        explain : bool
            Whether to search for the reason, and for what would do, where there is no plan; takes a few solves.

        Raises
        ------
        InfeasibleError, UnboundedError
            If there is proved to be no plan, or none of least cost; ``error.diagnosis`` says why, and what would do.
        NotSolvedError
            If no engine came to a proved optimum; says what each did.
        """
        chosen = self.scenario.solver
        options = EngineOptions(
            time_limit=chosen.time_limit if time_limit is None else time_limit,
            threads=chosen.threads if threads is None else threads,
            progress=self._steps.progress,
        )
        program = self.program
        portfolio = self._portfolio_for(program, chosen.engine if engine is None else engine)
        case = self._case(program, options)
        if explain:
            refuse_impossible(case)
        try:
            with self._steps.step("solve and prove"):
                solved = portfolio.solve(options, vertex=vertex, stretch=case.stretch if explain else elastic)
        except NoPlanError as error:
            if not explain:
                raise
            raise explained(error, case) from error
        with self._steps.step("compute the results"):
            return build_result(self.scenario, self.series, self.data, program, solved, changes=self._changes())

    def _case(self, program: Program, options: EngineOptions) -> Case:
        """Put together what a diagnosis needs."""
        own = tuple(rule.name for rule in self._own_rules)
        return Case(
            self.scenario, self.data, self._sets, program, own, self._state, self._changed, options, self._steps
        )

    def _changed(self, changes: Mapping[str, Any]) -> Program | None:
        """State the program of a changed scenario with all that this model was given; None where that is refused."""
        try:
            other = Model(self.scenario.change(changes), self.series)
            other._own_rules = self._own_rules
            other.data = other.data.assign({name: self.data.variables[name] for name in self._changes().data})
            return other.program
        except (InputError, StructureError, ValueError):  # the last, where updated data have another shape
            return None

    def _changes(self) -> Changes:
        """Tell in what this model differs from its scenario."""
        bound = self._bound.variables
        changed = {
            str(name): variable.values
            for name, variable in self.data.variables.items()
            if name in self.data.data_vars and not (name in bound and variable.equals(bound[name]))  # type: ignore[no-untyped-call]
        }
        return Changes(changed, tuple(rule.name for rule in self._own_rules), self.program.lp)

    def _portfolio_for(self, program: Program, engine: str) -> Portfolio:
        """Keep the engines of the last solve, as long as the same are asked for."""
        if self._portfolio is None or self._portfolio.choice != engine:
            words = {"hour": self._moment, "boundary": self._moment}
            self._portfolio = Portfolio(
                program.lp,
                engine,
                row_name=partial(program.row_name, words=words),
                column_name=partial(program.column_name, words=words),
            )
        return self._portfolio

    def _moment(self, place: int) -> str:
        """Tell when an interval, or a boundary, begins."""
        return f"{self.scenario.horizon.boundaries[place]:%Y-%m-%d %H:%M} UTC"


def solve(scenario: Scenario, *, steps: Steps | None = None) -> Result:
    """Read a scenario's series, find the plan of least cost, and prove it.

    Parameters
    ----------
    scenario : Scenario
        What to solve.
    steps : Steps, optional
        Hears what is being done and how long it took.

    Returns
    -------
    Result
    """
    return Model(scenario, steps=steps).solve()


def _check(scenario: Scenario, series: xr.Dataset) -> None:
    if "hour" not in series.indexes or not series.indexes["hour"].equals(scenario.horizon.starts):
        what = "they are not on the scenario's horizon: `hour` has to hold the starts of its intervals, in UTC"
        raise InputError([Fault("series", what, "read them by scenario.read()")])
    scenario.check_series(series)


def _with(data: xr.Dataset, new: Mapping[str, Any]) -> xr.Dataset:
    """Bind further names."""
    faults: list[Fault] = []
    for name, values in new.items():
        if name in data.variables:
            faults.append(Fault(name, "is in use already", "choose another name"))
        elif not isinstance(values, tuple | xr.DataArray | xr.Variable) and np.ndim(values):
            faults.append(Fault(name, "has no sets", "give it as (sets, values), such as ('hour', limits)"))
        else:
            try:
                data = data.assign({name: values})
            except ValueError as error:
                faults.append(Fault(name, f"does not fit: {error}"))
    if faults:
        raise InputError(faults)
    return data


def _as_names(over: str | Sequence[str]) -> tuple[str, ...]:
    return (over,) if isinstance(over, str) else tuple(over)
