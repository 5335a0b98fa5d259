"""Engines in order of promise, each judged by the certificate and not by what it claims.

The rules are measured ones (see ``benchmarks/README.md``): small programs and re-solves with a basis at hand go to the
simplex method, a year of hours to an interior-point method; what cannot be proved goes to the next engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from optimizer.errors import InfeasibleError, NotSolvedError, OptimizerError, UnboundedError
from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.basis import Basis
from optimizer.lp.certificate import Certificate, Namer, certify
from optimizer.lp.engines import installed, lean_engines, make_engine
from optimizer.lp.engines.base import Engine, EngineOptions, Outcome, Progress, StartsAtBasis
from optimizer.lp.feasibility import (
    PROOF_THRESHOLD,
    Stretch,
    Stretched,
    crossed_bounds,
    elastic,
    falls_along,
    least_violation,
    recession,
)
from optimizer.lp.vertex import to_vertex

# Up to this many columns the simplex method answers at once, and with a vertex.
SMALL = 4_000
# A column in more rows than this couples the hours, as a capacity does; the simplex method then takes much longer, and
# restarts slowly.
COUPLING = 200
SMALL_COUPLED = 1_500
# What is nearer to its bound than this is put there, if the certificate allows: an interior point leaves dust such as
# 1e-8 MW in thousands of columns, and a reader should see zero.
DUST = (1e-6, 1e-7)
# A point with smaller gap and violations than this is worth a clean-up by the simplex method.
NEARLY = 1e-2
# Engines that may be asked for the solution of an auxiliary program.
_AUXILIARY = 2


@dataclass(frozen=True)
class Attempt:
    """One engine's try.

    Attributes
    ----------
    engine, claim, message : str
        Who ran, what it claims, and its own words.
    seconds : float
        How long it ran.
    iterations : int
        How far it went.
    verdict : str
        What the certificate says of it.
    """

    engine: str
    claim: str
    message: str
    seconds: float
    iterations: int
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for files."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.engine}: {self.message}, {self.seconds:.1f} s, {self.iterations} iterations; {self.verdict}"


@dataclass(frozen=True)
class Solved:
    """A proved optimum.

    Attributes
    ----------
    outcome : Outcome
        The point, its duals, and who found them.
    certificate : Certificate
        The proof.
    attempts : tuple of Attempt
        All tries, the last one the successful one.
    reason : str
        Why the first engine was chosen.
    """

    outcome: Outcome
    certificate: Certificate
    attempts: tuple[Attempt, ...]
    reason: str


class _Judged(NamedTuple):
    """An outcome and what the certificate says of it; None where there is no point."""

    outcome: Outcome
    certificate: Certificate | None

    @property
    def proved(self) -> bool:
        return self.certificate is not None and self.certificate.proved

    @property
    def nearly(self) -> bool:
        """Whether the point is good enough to start a clean-up from."""
        found = self.certificate
        if found is None:
            return False
        return max(found.relative_gap, found.primal_violation.scaled, found.dual_violation.scaled) < NEARLY

    @property
    def attempt(self) -> Attempt:
        outcome, verdict = self.outcome, "no point to certify" if self.certificate is None else str(self.certificate)
        return Attempt(
            outcome.engine, outcome.status, outcome.message, round(outcome.seconds, 3), outcome.iterations, verdict
        )


class Portfolio:
    """Holds a program and the engines that have seen it.

    Parameters
    ----------
    lp : LinearProgram
        The program.
    engine : str
        ``"auto"``, or the name of the only engine that may be used.
    row_name, column_name : callable
        Name rows and columns in certificates.
    """

    def __init__(
        self, lp: LinearProgram, engine: str = "auto", *, row_name: Namer = str, column_name: Namer = str
    ) -> None:
        self._lp, self.choice = lp, engine
        self._row_name, self._column_name = row_name, column_name
        self._engines: dict[str, Engine] = {}
        self._basis: Basis | None = None
        self._warm = False

    def apply(self, lp: LinearProgram, patch: Patch) -> None:
        """Take a changed program over; engines that hold a basis keep it."""
        self._lp = lp
        for engine in self._engines.values():
            engine.apply(lp, patch)

    def solve(self, options: EngineOptions, *, vertex: bool = False, stretch: Stretch = elastic) -> Solved:
        """Run engines until one result is proved.

        Parameters
        ----------
        options : EngineOptions
            The time limit is for all engines together.
        vertex : bool
            Whether a basic solution is wanted: exact zeros, ties decided.
        stretch : callable
            Prices violations where it has to be proved that there is no plan; whoever explains it has prices of his
            own, and then need not solve that program again.

        Raises
        ------
        InfeasibleError, UnboundedError
            With a verified proof; an `InfeasibleError` carries what was solved for it as ``stretched``.
        NotSolvedError
            If no engine came to a proved end; lists every attempt.
        """
        if len(crossed_bounds(self._lp)):
            raise InfeasibleError(self._crossing())
        time_left = _TimeLeft(options)
        names, reason = self._plan(vertex)
        attempts: list[Attempt] = []
        for judged in self._tries(names, vertex, time_left):
            attempts.append(judged.attempt)
            # A proved point refutes the claim that there is none, but not the claim that the cost falls for ever by
            # less than the tolerance.
            if "unbounded" in judged.outcome.status or (judged.outcome.status == "infeasible" and not judged.proved):
                self._prove_no_optimum(time_left, stretch)
            if judged.proved and judged.certificate is not None:
                return Solved(judged.outcome, judged.certificate, tuple(attempts), reason)
        tried = "\n".join(f"  - {attempt}" for attempt in attempts)
        raise NotSolvedError(
            f"no engine came to a proved optimum:\n{tried}\nraise solver.time_limit, or check the sizes of "
            "prices and capacities in the scenario"
        )

    # -- which engines -----------------------------------------------------------------------------------------------

    def _plan(self, vertex: bool) -> tuple[list[str], str]:
        if self.choice != "auto":
            return [self.choice], "asked for"
        coupled = self._coupled()
        small = SMALL_COUPLED if coupled else SMALL
        simplex_first = installed("highs-simplex", "piqp", "clarabel", "highs-ipx")
        if self._lp.shape[1] <= small:
            return simplex_first, f"at most {small} columns: the simplex method"
        if self._has_basis and not coupled:
            return simplex_first, "a basis is at hand: the simplex method starts from it"
        order = lean_engines(self._lp) + installed("clarabel", "highs-ipx", "highs-simplex")
        return order, "a large program: an interior-point method" + (", then a vertex" if vertex else "")

    @property
    def _has_basis(self) -> bool:
        return self._warm or self._basis is not None

    def _coupled(self) -> bool:
        return bool(np.diff(self._lp.matrix.indptr).max(initial=0) > COUPLING)

    def _engine(self, name: str) -> Engine:
        engine = self._engines.get(name)
        if engine is None:
            engine = self._engines[name] = make_engine(name)
            engine.load(self._lp)
        if self._basis is not None and isinstance(engine, StartsAtBasis) and name == "highs-simplex":
            engine.start_at(self._basis)
            self._basis, self._warm = None, True
        return engine

    # -- running them ------------------------------------------------------------------------------------------------

    def _tries(self, names: list[str], vertex: bool, time_left: _TimeLeft) -> Iterator[_Judged]:
        """Run engines in turn, each followed by a vertex where one is wanted or the point needs it."""
        for name in names:
            left = time_left()
            if left.time_limit == 0.0 and name != names[0]:
                return
            judged = self._judge(_run(self._engine(name), left))
            self._warm |= name == "highs-simplex" and judged.outcome.status == "optimal"
            if not judged.outcome.basic and (judged.nearly if not judged.proved else vertex):
                at_vertex = self._at_a_vertex(judged.outcome, time_left())
                if at_vertex.proved:
                    yield at_vertex
            yield judged

    def _judge(self, outcome: Outcome) -> _Judged:
        """Certify a point, swept of as much dust as the certificate allows."""
        if outcome.x is None or outcome.row_dual is None:
            return _Judged(outcome, None)
        if not outcome.basic:
            for dust in DUST:
                swept = _swept(self._lp, outcome.x, dust)
                certificate = self._certify(swept, outcome.row_dual)
                if certificate.proved:
                    return _Judged(replace(outcome, x=swept), certificate)
        return _Judged(outcome, self._certify(outcome.x, outcome.row_dual))

    def _certify(self, x: FloatArray, row_dual: FloatArray) -> Certificate:
        return certify(self._lp, x, row_dual, row_name=self._row_name, column_name=self._column_name)

    def _at_a_vertex(self, outcome: Outcome, options: EngineOptions) -> _Judged:
        assert outcome.x is not None
        assert outcome.row_dual is not None
        found, basis = to_vertex(self._lp, outcome.x, outcome.row_dual, options)
        engine, seconds = f"{outcome.engine}, then {found.engine}", outcome.seconds + found.seconds
        judged = self._judge(replace(found, engine=engine, seconds=seconds))
        if judged.proved:
            self._basis = basis
        return judged

    # -- no optimum --------------------------------------------------------------------------------------------------

    def _prove_no_optimum(self, time_left: _TimeLeft, stretch: Stretch) -> None:
        """Raise if the program is proved infeasible or unbounded; return if the claim does not hold up."""
        if not self._has_a_point(stretch, time_left):
            return
        for direction, _ in _solutions(recession(self._lp), time_left):
            if falls_along(self._lp, direction):
                raise UnboundedError(
                    "the cost can fall without limit: a sale, a price below zero or a capacity that earns is not "
                    "bounded (proved by a feasible plan and a direction in which the cost falls)"
                )

    def _has_a_point(self, stretch: Stretch, time_left: _TimeLeft) -> bool:
        """Tell whether there is shown to be a feasible point; raise if it is proved that there is none."""
        first: Stretched | None = None
        for found in self._stretched(stretch, time_left):
            first = found if first is None else first
            least = least_violation(self._lp, found.row_dual)
            if least > PROOF_THRESHOLD:
                raise InfeasibleError(
                    f"no plan satisfies all constraints: together they are violated by at least {least:.4g} "
                    "(proved by a Farkas ray)",
                    stretched=first,
                )
            if self._is_feasible(found.x[: self._lp.shape[1]]):
                return True
        return False

    def _stretched(self, stretch: Stretch, time_left: _TimeLeft) -> Iterator[Stretched]:
        """Solve the elastic program at a caller's prices, then with all prices alike, with one engine after another."""
        programs = [state(self._lp) for state in dict.fromkeys((stretch, elastic))]
        tries = [(program, _solutions(program.lp, time_left)) for program in programs]
        for _ in range(_AUXILIARY):
            for program, solutions in tries:
                for solution in islice(solutions, 1):
                    yield Stretched(program, *solution)

    def _is_feasible(self, x: FloatArray) -> bool:
        none = np.zeros(self._lp.shape[0])
        return certify(self._lp, x, none).primal_violation.scaled <= PROOF_THRESHOLD

    def _crossing(self) -> str:
        at = int(crossed_bounds(self._lp)[0])
        columns = self._lp.shape[1]
        if at < columns:
            low, high, where = self._lp.lower[at], self._lp.upper[at], self._column_name(at)
        else:
            row = at - columns
            low, high, where = self._lp.row_lower[row], self._lp.row_upper[row], self._row_name(row)
        return f"{where} would have to be at least {low:g} and at most {high:g}"


def _swept(lp: LinearProgram, x: FloatArray, dust: float) -> FloatArray:
    """Put on their bounds what is nearer to them than `dust`."""
    moved = np.where(x - lp.lower < dust, lp.lower, x)
    return np.where(lp.upper - moved < dust, lp.upper, moved)


class _TimeLeft:
    """One limit of time for all that is run."""

    def __init__(self, options: EngineOptions) -> None:
        self._options, self._started = options, time.perf_counter()

    def __call__(self) -> EngineOptions:
        return self._options.after(time.perf_counter() - self._started)


def _run(engine: Engine, options: EngineOptions) -> Outcome:
    """Run an engine; what breaks inside it is a failed try, and the next engine's turn."""
    heard = _Heard(options.progress)
    try:
        return engine.run(options if options.progress is None else replace(options, progress=heard))
    except OptimizerError:  # an option that is refused, say
        raise
    except Exception as error:
        if error is heard.error:
            raise
        message = f"broke down with {type(error).__name__}: {error}"
        return Outcome(engine.name, "failed", None, None, 0.0, 0, message)


class _Heard:
    """Remembers the error of who hears the progress, which is not the engine's."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.error: Exception | None = None

    def __call__(self, line: str) -> None:
        assert self._progress is not None
        try:
            self._progress(line)
        except Exception as error:
            self.error = error
            raise


def _solutions(lp: LinearProgram, time_left: _TimeLeft) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Solve an auxiliary program with one engine after the other, for the caller to check."""
    for name in [*lean_engines(lp), "highs"] if lp.shape[1] > SMALL else installed("highs", "piqp"):
        engine = make_engine(name)
        engine.load(lp)
        outcome = _run(engine, time_left())
        if outcome.x is not None and outcome.row_dual is not None:
            yield outcome.x, outcome.row_dual
