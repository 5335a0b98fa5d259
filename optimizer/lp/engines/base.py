"""The contract that every engine keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

from optimizer.lp.affine import FloatArray
from optimizer.lp.arrays import LinearProgram, Patch
from optimizer.lp.basis import Basis

Status = Literal["optimal", "infeasible", "unbounded", "infeasible_or_unbounded", "limit", "interrupted", "failed"]
"""What an engine claims. A claim proves nothing: the certificate decides."""

Progress = Callable[[str], None]
"""Called now and then with one line on how far the engine is."""


@dataclass(frozen=True)
class EngineOptions:
    """How an engine runs.

    Attributes
    ----------
    time_limit : float or None
        Seconds after which it gives up.
    threads : int or None
        How many threads it may use; None leaves it to the engine.
    tolerance : float
        Primal and dual feasibility tolerance asked of the engine.
    progress : callable or None
        Receives progress lines.
    """

    time_limit: float | None = None
    threads: int | None = None
    tolerance: float = 1e-7
    progress: Progress | None = None

    def after(self, seconds: float) -> EngineOptions:
        """Give what is left of the time limit once some of it is spent."""
        return self if self.time_limit is None else replace(self, time_limit=max(0.0, self.time_limit - seconds))


@dataclass(frozen=True)
class Outcome:
    """What an engine found.

    Attributes
    ----------
    engine : str
        Name and version.
    status : Status
        The engine's claim.
    x : (n,) or None
        Primal point.
    row_dual : (m,) or None
        Change of the minimal cost for one more unit on the row's binding side.
    seconds : float
        Time spent in the engine's own run.
    iterations : int
        Of whatever the engine iterates.
    message : str
        The engine's own words on how it ended.
    settings : dict
        Options that were set.
    basic : bool
        Whether the point is a basic solution, a vertex.
    """

    engine: str
    status: Status
    x: FloatArray | None
    row_dual: FloatArray | None
    seconds: float
    iterations: int
    message: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    basic: bool = False


@runtime_checkable
class StartsAtBasis(Protocol):
    """An engine that can begin at a basis."""

    def start_at(self, basis: Basis) -> None:
        """Begin the next run at a basis."""


class Engine(Protocol):
    """A solver that holds one program at a time."""

    name: str

    def load(self, lp: LinearProgram) -> None:
        """Take a program over, forgetting any other."""

    def apply(self, lp: LinearProgram, patch: Patch) -> None:
        """Take the patched numbers of the loaded program over from `lp`, keeping what helps to solve it again."""

    def run(self, options: EngineOptions) -> Outcome:
        """Solve what is loaded. Raises KeyboardInterrupt, after a clean stop, where the user interrupts."""
