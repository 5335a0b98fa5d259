"""Engines in order of promise, each judged by the certificate and not by what it claims.

The rules are measured ones (see ``benchmarks/README.md``): small programs and re-solves with a basis at hand go to the
simplex method, a year of hours to an interior-point method; what cannot be proved goes to the next engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any


from optimizer.errors import InfeasibleError, NotSolvedError, UnboundedError
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.certificate import Certificate, Namer, certify
from optimizer.lp.engines import available_engines, make_engine
from optimizer.lp.engines.base import Engine, EngineOptions, Outcome
from optimizer.lp.feasibility import PROOF_THRESHOLD, crossed_bounds, elastic, recession

# Up to this many columns the simplex method answers at once, and with a vertex.
SMALL = 4_000
# A column in more rows than this couples the hours, as a capacity does; the simplex method then restarts slowly.
COUPLING = 200


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
        self._namers = {"row_name": row_name, "column_name": column_name}
        self._engines: dict[str, Engine] = {}
        self._basis_at_hand = False

    def apply(self, lp: LinearProgram, patch: Patch) -> None:
        """Take a changed program over; engines that hold a basis keep it."""
        self._lp = lp
        for engine in self._engines.values():
            engine.apply(lp, patch)

    def solve(self, options: EngineOptions, *, vertex: bool = False) -> Solved:
        """Run engines until one result is proved.

        Parameters
        ----------
        options : EngineOptions
            For each engine.
        vertex : bool
            Whether a basic solution is wanted: exact zeros, ties decided.

        Raises
        ------
        InfeasibleError, UnboundedError
            With a verified proof.
        NotSolvedError
            If no engine came to a proved end; lists every attempt.
        """
        if len(crossed_bounds(self._lp)):
            raise InfeasibleError(self._crossing())
        names, reason = self._plan(vertex)
        attempts: list[Attempt] = []
        for outcome in self._outcomes(names, options, vertex):
            certificate = self._certify(self._lp, outcome)
            attempts.append(_attempt(outcome, certificate))
            if certificate is not None and certificate.proved:
                return Solved(outcome, certificate, tuple(attempts), reason)
            if outcome.status in ("infeasible", "unbounded", "infeasible_or_unbounded"):
                self._prove_no_optimum(options)
            if outcome.status == "limit" and options.time_limit is not None:
                break  # the user's limit holds for the whole portfolio
        tried = "\n".join(f"  - {attempt}" for attempt in attempts)
        raise NotSolvedError(
            f"no engine came to a proved optimum:\n{tried}\nraise solver.time_limit, or check the sizes of "
            "prices and capacities in the scenario"
        )

    def _plan(self, vertex: bool) -> tuple[list[str], str]:
        if self.choice != "auto":
            return [self.choice], "asked for"
        if self._lp.shape[1] <= SMALL:
            return ["highs-simplex", "highs-ipx"], f"at most {SMALL} columns: the simplex method"
        if self._basis_at_hand and not self._coupled():
            return ["highs-simplex", "piqp", "highs"], "a basis is at hand: the simplex method starts from it"
        order = [name for name in ("piqp", "clarabel", "highs-ipx", "highs-simplex") if name in available_engines()]
        return order, "a large program: an interior-point method" + (", then a vertex" if vertex else "")

    def _coupled(self) -> bool:
        return bool((self._lp.matrix.indptr[1:] - self._lp.matrix.indptr[:-1]).max(initial=0) > COUPLING)

    def _outcomes(self, names: list[str], options: EngineOptions, vertex: bool) -> Iterator[Outcome]:
        for name in names:
            engine = self._engines.get(name)
            if engine is None:
                engine = self._engines[name] = make_engine(name)
                engine.load(self._lp)
            outcome = engine.run(options)
            simplex = name in ("highs", "highs-simplex")
            self._basis_at_hand |= simplex and outcome.status == "optimal"
            if vertex and not simplex and outcome.x is not None:
                yield self._at_a_vertex(outcome, options)
            yield outcome

    def _at_a_vertex(self, outcome: Outcome, options: EngineOptions) -> Outcome:
        """Finish with the simplex method from a basis guessed from an interior point."""
        from optimizer.lp.engines.highs import Highs  # noqa: PLC0415

        assert outcome.x is not None and outcome.row_dual is not None
        highs = Highs("simplex")
        highs.load(self._lp)
        highs.start_from(outcome.x, outcome.row_dual)
        finished = highs.run(options)
        if finished.status == "optimal":
            self._engines["highs-simplex"], self._basis_at_hand = highs, True
        return replace(
            finished, engine=f"{outcome.engine}, then {finished.engine}", seconds=outcome.seconds + finished.seconds
        )

    def _certify(self, lp: LinearProgram, outcome: Outcome) -> Certificate | None:
        if outcome.x is None or outcome.row_dual is None:
            return None
        return certify(lp, outcome.x, outcome.row_dual, **self._namers)

    # -- no optimum --------------------------------------------------------------------------------------------------

    def _prove_no_optimum(self, options: EngineOptions) -> None:
        """Raise if the program is proved infeasible or unbounded; return if the claim does not hold up."""
        violation = self._proved(elastic(self._lp).lp, options)
        if violation is None:
            return
        if violation.dual_objective > PROOF_THRESHOLD:
            raise InfeasibleError(
                f"no plan satisfies all constraints: together they are violated by at least {violation.dual_objective:.4g} "
                "(proved by a Farkas ray)"
            )
        direction = self._proved(recession(self._lp), options)
        if direction is not None and violation.objective <= PROOF_THRESHOLD and direction.objective < -PROOF_THRESHOLD:
            raise UnboundedError(
                "the cost can fall without limit: a sale, a price below zero or a capacity that earns is not bounded "
                "(proved by a feasible plan and a direction in which the cost falls)"
            )

    def _proved(self, lp: LinearProgram, options: EngineOptions) -> Certificate | None:
        """Solve an auxiliary program to a proved optimum with the first engine that can."""
        for name in ("piqp", "highs") if lp.shape[1] > SMALL else ("highs", "piqp"):
            engine = make_engine(name)
            engine.load(lp)
            certificate = self._certify_plainly(lp, engine.run(options))
            if certificate is not None and certificate.proved:
                return certificate
        return None

    @staticmethod
    def _certify_plainly(lp: LinearProgram, outcome: Outcome) -> Certificate | None:
        return None if outcome.x is None or outcome.row_dual is None else certify(lp, outcome.x, outcome.row_dual)

    def _crossing(self) -> str:
        at = int(crossed_bounds(self._lp)[0])
        columns = self._lp.shape[1]
        name: Callable[[int], str] = self._namers["column_name" if at < columns else "row_name"]
        if at < columns:
            low, high, where = self._lp.lower[at], self._lp.upper[at], name(at)
        else:
            low, high, where = self._lp.row_lower[at - columns], self._lp.row_upper[at - columns], name(at - columns)
        return f"{where} would have to be at least {low:g} and at most {high:g}"


def _attempt(outcome: Outcome, certificate: Certificate | None) -> Attempt:
    verdict = "no point to certify" if certificate is None else str(certificate)
    return Attempt(
        outcome.engine, outcome.status, outcome.message, round(outcome.seconds, 3), outcome.iterations, verdict
    )
