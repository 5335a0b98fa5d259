"""How much work is done at less than nominal power: a concave curve, in segments whose lost work rises."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import Field, ValidationInfo, field_validator

from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Measured, Quantity, measured, share

GpuHourValue = Annotated[float, Measured("currency/GPU-h", "Value of a GPU-hour", at_least=0.0)]

_ROUNDING = 1e-9


class CurvePoint(NamedTuple):
    """One point of a curve: shares of nominal power and of nominal throughput."""

    power: Annotated[float, share("power_share")]
    throughput: Annotated[float, share("throughput_share")]


class Segment(NamedTuple):
    """A stretch of the curve between two points, from nominal power downwards.

    Attributes
    ----------
    width : float
        Share of nominal power that can be cut in it.
    loss : float
        Throughput lost for each unit of power cut, both as shares of their nominal values.
    """

    width: float
    loss: float


class PowerCurve(Specification):
    """The curve from power to throughput of machines that may be capped.

    The points rise from the deepest cap that is allowed to nominal power, ``[1, 1]``. The curve has to be concave: each
    further MWh that is cut then costs at least as much work as the one before, so that a linear program cuts in the
    right order.

    Raises
    ------
    InputError
        If the points do not rise, do not end at nominal power, or are not concave; the message offers the concave hull.

    Examples
    --------
    >>> curve = PowerCurve(points=[[0.6, 0.8], [0.8, 0.94], [1, 1]])
    >>> [(round(segment.width, 6), round(segment.loss, 6)) for segment in curve.segments()]
    [(0.2, 0.3), (0.2, 0.7)]
    """

    points: Annotated[
        tuple[CurvePoint, ...],
        Field(
            description="Points [share of nominal power, share of nominal throughput], rising up to [1, 1]; power is "
            "not cut below the first"
        ),
    ]

    @field_validator("points")
    @classmethod
    def _concave(cls, points: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
        if len(points) < 2:
            raise wrong("a curve needs two points at least", "give the deepest cap and [1, 1]")
        if points[-1] != (1.0, 1.0):
            raise wrong(f"it ends at {_text(points[-1])}", "let the last point be nominal power, [1, 1]")
        for left, right in pairwise(points):
            if right.power <= left.power or right.throughput < left.throughput:
                raise wrong(f"{_text(right)} does not lie above {_text(left)}", "list points by rising power")
        hull = concave_hull(points)
        below = [point for point in points if point not in hull]
        if below:
            which = " and ".join(_text(point) for point in below)
            lie = (
                "lies below the line between its neighbours" if len(below) == 1 else "lie below their neighbours' line"
            )
            kept = ", ".join(_text(point) for point in hull)
            raise wrong(
                f"the curve is not concave: {which} {lie}, so that a deeper cut would lose less work for each MWh",
                f"the concave hull is [{kept}]: it is reached by running some of the machines at either end",
            )
        return points

    def segments(self) -> list[Segment]:
        """Cut the curve into segments, from nominal power downwards; what a MWh cut loses rises."""
        return [
            Segment(right.power - left.power, (right.throughput - left.throughput) / (right.power - left.power))
            for left, right in reversed(list(pairwise(self.points)))
        ]


class ValuedCurve(PowerCurve):
    """The curve of work that cannot wait, so that what caps lose of it is lost for good, and has a value.

    Examples
    --------
    >>> ValuedCurve(points=[[0.8, 0.94], [1, 1]], value=400).value
    400.0
    """

    value: Annotated[Quantity, measured("throughput_value", at_least=0.0)] | None = Field(
        default=None,
        description="Value of the work that a MWh at nominal power does [currency/MWh], a number or the name of a "
        "series; null: value_per_gpu_hour",
    )
    value_per_gpu_hour: GpuHourValue | None = Field(
        default=None, description="Value of a GPU-hour at nominal power [currency/GPU-h], in place of value"
    )

    @field_validator("value_per_gpu_hour")
    @classmethod
    def _one_value(cls, value: float | None, info: ValidationInfo) -> float | None:
        if "value" in info.data and (value is None) == (info.data["value"] is None):
            what = "the work that is lost has no value" if value is None else "`value_per_gpu_hour` excludes `value`"
            raise wrong(what, "give value [currency/MWh] or value_per_gpu_hour [currency/GPU-h]")
        return value


def concave_hull(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Keep the points that lie on the upper hull, those on its straight stretches too.

    Examples
    --------
    >>> [tuple(point) for point in concave_hull([CurvePoint(0.4, 0.5), CurvePoint(0.7, 0.6), CurvePoint(1.0, 1.0)])]
    [(0.4, 0.5), (1.0, 1.0)]
    """
    hull: list[CurvePoint] = []
    for point in points:
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_up(first: CurvePoint, second: CurvePoint, third: CurvePoint) -> bool:
    rise = (second.throughput - first.throughput) * (third.power - second.power)
    return rise < (third.throughput - second.throughput) * (second.power - first.power) - _ROUNDING


def _text(point: CurvePoint) -> str:
    return f"[{shown(point.power)}, {shown(point.throughput)}]"
