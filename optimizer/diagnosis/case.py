"""A model that has no plan, as the diagnosis sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optimizer.diagnosis.reading import Reading
from optimizer.diagnosis.shortfalls import prices
from optimizer.lp.arrays import LinearProgram
from optimizer.lp.diagnosis import Part, Prices, parts_of
from optimizer.lp.engines.base import EngineOptions
from optimizer.lp.feasibility import Elastic
from optimizer.lp.program import Program
from optimizer.steps import Steps

if TYPE_CHECKING:
    import xarray as xr

    from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Case:
    """What is to be explained.

    Attributes
    ----------
    scenario : Scenario
        What was asked.
    data : xarray.Dataset
        What is bound, after all updates.
    sets : mapping
        Further sets of the program.
    program : Program
        The program. It is not changed.
    own : tuple of str
        Names of the rules that the model was given beyond the formulation.
    restate : callable
        States the model's program with other data.
    change : callable
        States the model's program with changes of its scenario; None where they are refused.
    options : EngineOptions
        For each engine.
    steps : Steps
        Hears that an explanation is sought.
    """

    scenario: Scenario
    data: xr.Dataset
    sets: Mapping[str, Sequence[Any]]
    program: Program
    own: tuple[str, ...]
    restate: Callable[[xr.Dataset], Program]
    change: Callable[[Mapping[str, Any]], Program | None]
    options: EngineOptions
    steps: Steps = field(default_factory=Steps)

    @cached_property
    def site(self) -> Reading:
        """The data, read for what is possible."""
        return Reading.of(self.data, self.sets, self.scenario.site.time_zone)

    @cached_property
    def parts(self) -> list[Part]:
        """The program in parts."""
        return parts_of(self.program, interval="hour", boundary="boundary")

    @cached_property
    def own_rows(self) -> list[str]:
        """Those of the model's own rules that are constraints."""
        return [name for name in self.own if name in self.program.rows]

    @cached_property
    def prices(self) -> Prices:
        """How the program's rows may give way."""
        return prices(self.program, self.parts, self.site, self.own_rows)

    def stretch(self, lp: LinearProgram) -> Elastic:
        """State the elastic program at these prices."""
        return self.prices.stretch(lp)
