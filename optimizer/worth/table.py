"""What one more unit of each capacity, target and cap would save a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer.worth.knobs import Knob, knobs

if TYPE_CHECKING:
    from optimizer.worth.sensitivity import Gain, Sensitivity

FIXED, CHOSEN, LEAST, GREATEST = "fixed", "chosen", "at its least", "at its greatest"
_DUST = 1e-4  # share of its worth or cost up to which a saving is a solver's rounding, where the size was chosen
_CENT = 1e-9  # share of the yearly cost up to which any worth is


class Worth(NamedTuple):
    """What more of one thing would be worth.

    Attributes
    ----------
    name : str
        Name of the capacity, target or cap, as rules know it.
    what : str
        The same in words, with its owner.
    capacity : bool
        Whether it is a capacity.
    size, unit : float, str
        What it is now; shares are in %, and a unit of them is a percentage point.
    choice : str
        ``fixed``; or, where it was free: ``chosen`` between its bounds, ``at its least`` or ``at its greatest``.
    worth : float
        What one more unit would save a year, before its own cost [currency/a per unit]; negative where it would cost.
    cost : float
        What the unit itself costs a year, by the cost lines that its size is in [currency/a per unit].
    saving : float
        The former less the latter: what the least cost of a year falls by, to first order.
    step, saving_of_step : float
        A step worth talking about [unit], and what it saves at that rate [currency/a]. As savings never rise with the
        size of what limits a plan, a step of a capacity saves at most that.
    """

    name: str
    what: str
    capacity: bool
    size: float
    unit: str
    choice: str
    worth: float
    cost: float
    saving: float
    step: float
    saving_of_step: float


Gains = list[tuple[Knob, "Gain"]]


def gains(found: Sensitivity, *, grid: bool) -> Gains:
    """Pair everything that there could be more of with what one more unit changes.

    Parameters
    ----------
    found : Sensitivity
        The program, its optimal point and duals.
    grid : bool
        Whether the site has a grid.
    """
    pairs = ((knob, found.gain(knob)) for knob in knobs(found.program, found.x, grid=grid))
    return [(knob, gain) for knob, gain in pairs if gain is not None]


def worth(found: Sensitivity, changes: Gains) -> list[Worth]:
    """Tell what one more unit of everything would save a year.

    Savings are derivatives of the least cost, exact for the program as it is. Where the least cost has a kink, as where
    several prices are optimal, each lies between the one-sided derivatives: often it is one of them.

    Parameters
    ----------
    found : Sensitivity
        The program, its optimal point and duals.
    changes : list of (Knob, Gain)
        What one more unit of everything changes.

    Returns
    -------
    list of Worth
        The greatest saving or loss of a step first.
    """
    rows = [_row(found, knob, gain) for knob, gain in changes]
    return sorted(rows, key=lambda row: -max(abs(row.worth), row.cost) * row.step)


def _row(found: Sensitivity, knob: Knob, gain: Gain) -> Worth:
    choice = _choice(found, knob, gain)
    saved = gain.worth if abs(gain.worth) > _CENT * abs(found.program.lp.objective(found.x)) else 0.0
    saving = saved - gain.cost
    if choice == CHOSEN:
        saving = 0.0  # it was made as large as it pays, to the tolerance of the proof
    return Worth(
        knob.name,
        knob.words,
        knob.capacity,
        knob.size,
        knob.unit,
        choice,
        saved,
        gain.cost,
        saving,
        knob.step,
        knob.step * saving,
    )


def _choice(found: Sensitivity, knob: Knob, gain: Gain) -> str:
    columns = found.program.columns.get(knob.name)
    if columns is None:
        return FIXED
    lower, upper = (side[columns.start + knob.at] for side in (found.program.lp.lower, found.program.lp.upper))
    if lower == upper:
        return FIXED
    saving = gain.worth - gain.cost
    if abs(saving) <= _DUST * max(abs(gain.worth), gain.cost):
        return CHOSEN
    return GREATEST if saving > 0 else LEAST
