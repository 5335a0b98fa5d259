"""Money over the years: annuities, present values, escalation, and what they come to for a scenario.

Flows fall at the ends of the years 1, 2, ..., investments at the start, year 0. All money is real, that is in money of
year 0; `Finance` turns nominal rates into real ones on the way in, so that every result is the same in both. Prices are
those of year 0 and have risen y times by year y, as in NIST Handbook 135.

References
----------
Kneifel, J., Webb, D. (2020). Life Cycle Costing Manual for the Federal Energy Management Program. NIST Handbook 135.
doi:10.6028/NIST.HB.135-2020
Short, W., Packey, D. J., Holt, T. (1995). A Manual for the Economic Evaluation of Energy Efficiency and Renewable
Energy Technologies. NREL/TP-462-5173. doi:10.2172/35391
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema, field_validator

from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Measured

INVESTMENT_LINES: Mapping[str, str] = {
    "supply_capacity": "Supply investment",
    "connection_capacity": "Grid connection investment",
    "subscribed_power": "Subscribed power investment",
    "power_capacity": "Battery power investment",
    "energy_capacity": "Battery energy investment",
    "generator_capacity": "Generator investment",
}
"""The cost line in which the investment in each capacity is told; these alone are outlays, all others yearly flows."""

_NO_RATE = 1e-15  # [1/a] what is less is rounding, and would be divided by
_SAME_TIME = 1e-9  # [a] two moments that are no further apart are the same


def annuity_factor(rate: float, years: float) -> float:
    """Give the payment at the end of each year that pays 1 back with interest.

    ``rate / (1 - (1 + rate)^-years)``, which is the capital recovery factor.

    Parameters
    ----------
    rate : float [1/a]
        Discount rate, above -1.
    years : float [a]
        How long is paid, above 0; may be infinite, where the rate is not negative.

    Returns
    -------
    float [1/a]
        ``1 / years`` at rate 0, and `rate` for ever.

    Examples
    --------
    >>> round(annuity_factor(0.07, 20), 5), annuity_factor(0.0, 20), annuity_factor(0.07, 1)
    (0.09439, 0.05, 1.07)
    """
    if abs(rate) < _NO_RATE:
        return 1 / years
    return rate / -math.expm1(-years * math.log1p(rate))


def present_value_factor(rate: float, years: float) -> float:
    """Give the present value of 1 paid at the end of each year: the reciprocal of `annuity_factor`.

    Examples
    --------
    >>> round(present_value_factor(0.25, 2), 12), present_value_factor(0.0, 20)
    (1.44, 20.0)
    """
    if abs(rate) < _NO_RATE:
        return float(years)
    return -math.expm1(-years * math.log1p(rate)) / rate


def present_value(flows: Sequence[float], rate: float) -> float:
    """Discount a stream to year 0; of what comes in less what goes out this is the net present value.

    Parameters
    ----------
    flows : sequence of float
        Amounts at years 0, 1, 2, ...
    rate : float [1/a]
        Discount rate, above -1.

    Examples
    --------
    >>> present_value([-100.0, 60.0, 120.0], 1.0)
    -40.0
    """
    return math.fsum(flow * (1 + rate) ** -year for year, flow in enumerate(flows))


def real_rate(nominal: float, inflation: float) -> float:
    """Take inflation out of a rate: ``(1 + nominal) / (1 + inflation) - 1``, the relation of Fisher.

    Examples
    --------
    >>> round(real_rate(0.0914, 0.02), 12)
    0.07
    """
    return (1 + nominal) / (1 + inflation) - 1 if inflation else nominal


def nominal_rate(real: float, inflation: float) -> float:
    """Put inflation into a rate; the inverse of `real_rate`.

    Examples
    --------
    >>> round(nominal_rate(0.07, 0.02), 12)
    0.0914
    """
    return (1 + real) * (1 + inflation) - 1 if inflation else real


def escalation_index(rate: float, years: int) -> tuple[float, ...]:
    """Give the prices of the years 1 to `years` over that of year 0.

    Examples
    --------
    >>> escalation_index(0.5, 3)
    (1.5, 2.25, 3.375)
    """
    return tuple((1 + rate) ** year for year in range(1, years + 1))


def levelised_factor(index: Sequence[float], rate: float) -> float:
    """Give the one price index that, held in every year, has the present value of the indices given.

    The mean of the indices, weighted with the present value of a unit of money in their years. It turns a price of
    year 0 into the levelised price.

    Parameters
    ----------
    index : sequence of float
        Prices of the years 1, 2, ... over that of year 0.
    rate : float [1/a]
        Discount rate, above -1.

    Examples
    --------
    >>> levelised_factor([1.0, 1.0, 1.0], 0.07), levelised_factor([1.0, 2.0], 0.0)
    (1.0, 1.5)
    """
    weights = [(1 + rate) ** -year for year in range(1, len(index) + 1)]
    total = math.fsum(weights)
    return math.fsum(weight * value for weight, value in zip(weights, index, strict=True)) / total


def levelised_cost(costs: Sequence[float], energies: Sequence[float], rate: float) -> float:
    """Give the constant price of a MWh whose revenue has the present value of the costs.

    Parameters
    ----------
    costs, energies : sequence of float
        Amounts of money, and energies in MWh, at years 0, 1, 2, ...
    rate : float [1/a]
        Discount rate, above -1.

    Returns
    -------
    float
        NaN without energy.

    Examples
    --------
    >>> levelised_cost([120.0, 0.0, 0.0], [0.0, 1.0, 1.0], 0.0)
    60.0
    """
    energy = present_value(energies, rate)
    return present_value(costs, rate) / energy if energy else math.nan


def payback(flows: Sequence[float], rate: float = 0.0) -> float:
    """Tell after how many years the sum of the flows so far is no longer negative, for the first time.

    Parameters
    ----------
    flows : sequence of float
        Savings less outlays at years 0, 1, 2, ...; within a year they come in evenly.
    rate : float [1/a]
        Discount rate; 0 gives the simple payback.

    Returns
    -------
    float [a]
        0 where nothing has to be paid back, infinite where it never is.

    Examples
    --------
    >>> payback([-100.0, 40.0, 40.0, 40.0]), payback([-100.0, 40.0]), payback([0.0, 5.0])
    (2.5, inf, 0.0)
    """
    so_far = [present_value(flows[: year + 1], rate) for year in range(len(flows))]
    if not so_far or so_far[0] >= 0:
        return 0.0
    for year, (before, after) in enumerate(pairwise(so_far)):
        if after >= 0:
            return year + before / (before - after)
    return math.inf


def investment_flows(capital: float, life: float, rate: float, years: int) -> tuple[float, ...]:
    """Tell what is invested in each year, so that something that lives for a while is always there.

    It is bought at the start and again at the end of each life; what is left of the last life at the end of the years
    counts as its residual value, which is what the annuities still to come are worth. So the present value is that of
    an annuity over the years, whatever the life.

    Parameters
    ----------
    capital : float
        What it costs to buy once.
    life : float [a]
        How long it lives, above 0.
    rate : float [1/a]
        Discount rate, above -1.
    years : int
        For how many years it is needed.

    Returns
    -------
    tuple of float
        Outlays at years 0, 1, ..., `years`. One within a year is carried to its end with interest.

    Examples
    --------
    >>> investment_flows(100.0, 2, 0.0, 3)
    (100.0, 0.0, 100.0, -50.0)
    """
    flows = [0.0] * (years + 1)
    lives = max(1, math.ceil(years / life - _SAME_TIME)) if math.isfinite(life) else 1
    for nth in range(lives):
        at = nth * life if nth else 0.0
        year = math.ceil(at - _SAME_TIME)
        flows[year] += capital * (1 + rate) ** (year - at)
    flows[years] -= _residual(capital, life, rate, max(0.0, lives * life - years))
    return tuple(flows)


def _residual(capital: float, life: float, rate: float, left: float) -> float:
    """Value what is left of a life by the annuities still to come; of an endless one all is left."""
    if math.isinf(life):
        return capital
    return capital * annuity_factor(rate, life) * present_value_factor(rate, left)


def line_key(label: str) -> str:
    """Give the name under which a scenario's `escalation` knows a cost line.

    Examples
    --------
    >>> line_key("Grid energy"), line_key("Supply fixed O&M")
    ('grid_energy', 'supply_fixed_om')
    """
    return re.sub(r"[^a-z0-9]+", "_", label.lower().replace("&", "")).strip("_")


def yearly_rate(description: str) -> Measured:
    """Make the mark of a field that is a rate a year, which users are apt to give as a percentage."""
    return Measured("1/a", description, at_least=-0.5, at_most=1.0, slip=100.0)


def moving_line(line: str, lines: Container[str]) -> str | None:
    """Find the name under which the prices of a cost line move: its own, or that of the line on which it is a tax.

    Examples
    --------
    >>> moving_line("tax_on_grid_energy", {"grid_energy": 0.02}), moving_line("carbon", {"grid_energy": 0.02})
    ('grid_energy', None)
    """
    names = (line, line.removeprefix("tax_on_"))
    return next((name for name in names if name in lines), None)


_RISE = yearly_rate("Rise of the prices of a cost line a year")
_FACTOR = Measured("1", "Prices of a year over those of year 0", at_least=0.0)


def _course(value: object, _: ValidationInfo) -> float | tuple[float, ...]:
    """Read how a price moves: a rise a year, or a list with a factor for each year."""
    if isinstance(value, list | tuple):
        return tuple(_FACTOR.number(factor) for factor in value)
    if value is None or isinstance(value, Mapping):
        raise wrong(f"{shown(value)} is neither a number nor a list", "give a rise a year, such as 0.02")
    return _RISE.number(value)


Course = Annotated[
    float | tuple[float, ...],
    PlainValidator(_course),
    PlainSerializer(lambda course: course, return_type=Any),  # as it is: pydantic's own takes a tuple for two things
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -0.5, "maximum": 1},
                {"type": "array", "items": {"type": "number", "minimum": 0}},
            ]
        }
    ),
]


class Finance(Specification):
    """How money over the years is counted: discount rate, span, inflation, and how prices move.

    The plan is made for one representative year. Investments enter it as annuities; the prices of a cost line that
    escalates enter it levelised, so that the year's cost is the annuity of all years' flows.

    Examples
    --------
    >>> finance = Finance(discount_rate=0.07, years=20, escalation={"grid_energy": 0.02})
    >>> round(finance.level("grid_energy"), 4), finance.level("carbon")
    (1.1862, 1.0)
    """

    discount_rate: Annotated[float, yearly_rate("Discount rate")]
    years: Annotated[
        int, Measured("a", "Years over which flows are counted", at_least=1.0, at_most=100.0, whole=True)
    ] = 20
    inflation: Annotated[float, yearly_rate("Inflation")] = 0.0
    rates: Annotated[
        Literal["real", "nominal"],
        Field(
            description="Whether discount rates, escalation and factors are real (without inflation) or nominal (with "
            "it); results are in money of year 0 either way"
        ),
    ] = "real"
    escalation: dict[str, Course] = Field(
        default={},
        description="How prices move, by cost line as reports name it, such as grid_energy: a rise a year [1/a], or a "
        "list with each year's prices over those of year 0; a line that is not listed keeps its real value, "
        "and a tax follows what it is on",
    )

    @field_validator("escalation")
    @classmethod
    def _every_year(
        cls, value: dict[str, float | tuple[float, ...]], info: ValidationInfo
    ) -> dict[str, float | tuple[float, ...]]:
        years = info.data.get("years")
        for line, course in value.items():
            if years is not None and isinstance(course, tuple) and len(course) != years:
                raise wrong(f"`{line}` has {len(course)} factors, but there are {years} years", "give one for each")
            if line in map(line_key, INVESTMENT_LINES.values()):
                raise wrong(f"`{line}` cannot escalate", "an investment is paid when it is made; leave it out")
        return value

    def real(self, rate: float) -> float:
        """Give a rate of the scenario in real terms."""
        return real_rate(rate, self.inflation) if self.rates == "nominal" else rate

    @property
    def real_discount_rate(self) -> float:
        """The discount rate without inflation [1/a]."""
        return self.real(self.discount_rate)

    def index(self, line: str) -> tuple[float, ...]:
        """Give the real prices of a cost line in the years 1, 2, ... over those of year 0."""
        moving = moving_line(line, self.escalation)
        if moving is None:
            return (1.0,) * self.years
        course = self.escalation[moving]
        if not isinstance(course, tuple):
            return escalation_index(self.real(course), self.years)
        if self.rates == "real":
            return course
        return tuple(factor / (1 + self.inflation) ** year for year, factor in enumerate(course, start=1))

    def level(self, line: str) -> float:
        """Give the factor by which the levelised prices of a cost line exceed those of year 0."""
        return levelised_factor(self.index(line), self.real_discount_rate)

    def annuity(self, life: float | None, rate: float | None = None) -> float:
        """Give the yearly payment for each unit of money invested.

        Parameters
        ----------
        life : float, optional
            Years until the investment has to be made again; None for all `years`.
        rate : float, optional
            A discount rate of its own, real or nominal as all rates are; None for the scenario's.

        Returns
        -------
        float [1/a]
        """
        return annuity_factor(self.real(self.discount_rate if rate is None else rate), life or self.years)
