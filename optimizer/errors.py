"""The error tree. Every message says what is wrong, where, with which values, and how to mend it.

Each error knows the exit code of the command line: 2 bad input, 3 no feasible (or no bounded) plan, 4 not solved,
1 a defect of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong with an input.

    Attributes
    ----------
    where : str
        File, field or series, as the user knows it: ``"prices.csv, column 'price'"`` or ``"batteries[0].soc_min"``.
    what : str
        What is wrong, with values and time stamps.
    remedy : str
        What to do about it; empty where the fault says it all.
    """

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.remedy}" if self.remedy else text


class OptimizerError(Exception):
    """Root of all errors that this package raises on purpose."""

    exit_code = 1


class InputError(OptimizerError):
    """The input is not usable. Holds every fault found, not only the first.

    Parameters
    ----------
    faults : iterable of Fault
        All faults, in the order in which a user would want to mend them.

    Examples
    --------
    >>> str(InputError([Fault("batteries[0].soc_min", "1.5 is not between 0 and 1")]))
    'batteries[0].soc_min: 1.5 is not between 0 and 1'
    """

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__(self._text())

    def _text(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        return f"{len(self.faults)} faults in the input:\n{lines}"


class FormulationError(OptimizerError):
    """A rule cannot be compiled: it is not linear, names something unknown, or reaches outside its sets."""

    exit_code = 2


class StructureError(OptimizerError):
    """A change would alter which entries the program has, so that it cannot be applied in place; rebuild the model."""

    exit_code = 2


class NoPlanError(OptimizerError):
    """There is no plan to give.

    Parameters
    ----------
    message : str
        Why.
    diagnosis : Diagnosis, optional
        The same as data, where there is one; see `optimizer.diagnosis`.
    """

    exit_code = 3

    def __init__(self, message: str, diagnosis: Any = None) -> None:
        super().__init__(message)
        self.diagnosis = diagnosis


class InfeasibleError(NoPlanError):
    """No plan satisfies all constraints.

    Parameters
    ----------
    message, diagnosis
        As for `NoPlanError`.
    stretched : Stretched, optional
        What was solved for the proof, for whoever explains it.
    """

    def __init__(self, message: str, diagnosis: Any = None, *, stretched: Any = None) -> None:
        super().__init__(message, diagnosis)
        self.stretched = stretched


class UnboundedError(NoPlanError):
    """The cost can fall without limit: a price or a bound is missing."""


class NotSolvedError(OptimizerError):
    """The solver stopped without a proved optimum: a limit was reached, or the numbers are too badly scaled."""

    exit_code = 4
