"""A diagnosis as data: what fails, what is missing, what is in conflict, and what would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from optimizer.diagnosis.local_time import Moment


@dataclass(frozen=True)
class Finding:
    """A necessary condition that the data alone break.

    Attributes
    ----------
    check : str
        Which one.
    text : str
        The sentence.
    amount : float
        By how much, in `unit`.
    unit : str
        Of the amount.
    first, worst : Moment or None
        When it is broken first, and when most; None where it has no time.
    complete : bool
        Whether the sentence says all that there is to say, so that it sums up.
    """

    check: str
    text: str
    amount: float
    unit: str
    first: Moment | None = None
    worst: Moment | None = None
    complete: bool = False


@dataclass(frozen=True)
class Stretch:
    """Intervals in a row in which something is missing.

    Attributes
    ----------
    start, end : Moment
        From when to when.
    peak : float
        Most of it [unit of the shortfall].
    energy : float
        Sum over the stretch, times the lengths of its intervals where the shortfall is a power.
    """

    start: Moment
    end: Moment
    peak: float
    energy: float


@dataclass(frozen=True)
class Shortfall:
    """What would have to give way, and by how much at least.

    Attributes
    ----------
    family : str
        The family of constraints.
    labels : tuple of str
        The thing that it belongs to, such as a battery's name.
    text : str
        The sentence.
    amount : float
        The most at any time [unit].
    unit : str
        Unit of `amount`.
    total : float or None
        Over the horizon, times the lengths of its intervals: MWh where the unit is MW; None where it has no intervals.
    hours : float or None
        How many hours it lasts altogether.
    first, worst : Moment or None
        When it begins, and when it is most.
    stretches : tuple of Stretch
        Every stretch, in order.
    over : bool
        True where there is too much rather than too little.
    """

    family: str
    labels: tuple[str, ...]
    text: str
    amount: float
    unit: str
    total: float | None = None
    hours: float | None = None
    first: Moment | None = None
    worst: Moment | None = None
    stretches: tuple[Stretch, ...] = ()
    over: bool = False


@dataclass(frozen=True)
class Claim:
    """One of the things that cannot hold together.

    Attributes
    ----------
    family : str
        The family of constraints, or of variables whose limits are meant.
    labels : tuple of str
        The thing that it belongs to.
    text : str
        What it says.
    """

    family: str
    labels: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Clash:
    """Things that cannot hold together, though without any one of them the others can.

    Attributes
    ----------
    when : str
        The hours in words; empty where no time is involved.
    first, last : Moment or None
        Their start and end.
    hours : float
        How many there are.
    claims : tuple of Claim
        The things.
    least_violation : float
        Proved weighted violation of these alone; above zero proves the conflict.
    """

    when: str
    first: Moment | None
    last: Moment | None
    hours: float
    claims: tuple[Claim, ...]
    least_violation: float


@dataclass(frozen=True)
class Remedy:
    """A change with which there is a plan; proved by solving with it.

    Attributes
    ----------
    name : str
        What is changed, such as ``connection_capacity``.
    text : str
        The change in words.
    amount : float or None
        How much is needed at least, rounded up in the third digit; None where it is not one number.
    unit : str
        Of the amount.
    changes : mapping of str to number
        What to give to `Scenario.change`; empty where the change is not one of the scenario.
    leave_out : str
        Name of the model's own rule that has to go; empty where none has.
    least : float
        Proved bound: with less than this there is no plan.
    annual_cost : float
        What the plan of least cost then costs [currency/a].
    """

    name: str
    text: str
    amount: float | None
    unit: str
    changes: Mapping[str, Any]
    annual_cost: float
    leave_out: str = ""
    least: float = 0.0


@dataclass(frozen=True)
class Diagnosis:
    """Why a scenario has no plan, or none of least cost.

    Attributes
    ----------
    kind : {"infeasible", "unbounded"}
        What there is not: a plan, or a least cost.
    scenario, site, time_zone, currency : str
        What it is about.
    start, end : Moment
        The horizon.
    summary : str
        The whole story in a sentence.
    findings : tuple of Finding
        Necessary conditions that fail; no solver was needed for these.
    shortfalls : tuple of Shortfall
        What is missing.
    clash : Clash or None
        The smallest set of conditions found that cannot hold together.
    remedies : tuple of Remedy
        What would do.
    proof : mapping
        Certificate of the least violation, or of the direction in which the cost falls.
    """

    kind: Literal["infeasible", "unbounded"]
    scenario: str
    site: str
    time_zone: str
    currency: str
    start: Moment
    end: Moment
    summary: str
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    clash: Clash | None = None
    remedies: tuple[Remedy, ...] = ()
    proof: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """The diagnosis for a terminal."""
        lines = [self.summary]
        if self.shortfalls or len(self.findings) > 1:  # a single one is the summary
            seen = [
                finding.text for finding in self.findings if not (finding.complete and finding.text in self.summary)
            ]
            lines += _section("Seen before solving:", seen)
        if len(self.shortfalls) > 1:
            lines += _section("What would have to give way, at least:", (short.text for short in self.shortfalls))
        if self.clash is not None:
            when = f" in {self.clash.when}" if self.clash.when else ""
            title = f"What cannot hold together{when}; without any one of these the others can:"
            lines += _section(title, (claim.text for claim in self.clash.claims))
        lines += _section("What would do, each proved by solving with it:", map(self.told, self.remedies))
        return "\n".join(lines)

    def told(self, remedy: Remedy) -> str:
        """Write a remedy with what the plan then costs and how to apply it."""
        cost = f"the plan then costs {remedy.annual_cost:,.0f} {self.currency} a year"
        settings = ", ".join(f"{key}: {setting(value)}" for key, value in remedy.changes.items())
        return f"{remedy.text}; {cost}{f' [{settings}]' if settings else ''}"

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for files; times on both clocks, in ISO 8601."""
        return dict(_plain(self))

    def __str__(self) -> str:
        return self.text


def setting(value: Any) -> str:
    """Write a value as the scenario holds it.

    Examples
    --------
    >>> setting(14.0), setting("2025-01-23T08:00Z")
    ('14', '2025-01-23T08:00Z')
    """
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    told = [f"  - {line}" for line in lines]
    return [title, *told] if told else []


def _plain(value: Any) -> Any:
    if isinstance(value, Moment):
        return value.as_dict()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
