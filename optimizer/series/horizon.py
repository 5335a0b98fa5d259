"""The span of time that is planned: where it starts and ends, and into which intervals it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, Tag, model_validator

from optimizer.series.moments import Instant, Step, duration_text
from optimizer.specification.base import Specification, wrong

if TYPE_CHECKING:
    import pandas as pd


class StepUntil(Specification):
    """One stretch of a horizon whose step varies."""

    until: Instant = Field(description="End of the stretch (exclusive)")
    step: Step = Field(description="Length of its intervals, such as '15 min'")


def _step_or_steps(value: object) -> str:
    return "Steps" if isinstance(value, list | tuple) else "Step"


class Horizon(Specification):
    """The span of time that is planned, cut into intervals.

    Parameters
    ----------
    start, end : datetime
        First moment and the moment after the last; without a zone they are UTC.
    step : timedelta or sequence of StepUntil
        One length for all intervals (``"60 min"``), or stretches with a length each, from 5 minutes to 3 hours.

    Examples
    --------
    >>> day = Horizon(start="2025-01-01", end="2025-01-02", step="15 min")
    >>> len(day.starts), len(day.boundaries), float(day.dt[0]), day.hours
    (96, 97, 0.25, 24.0)
    """

    start: Instant = Field(description="First moment; without a zone it is UTC")
    end: Instant = Field(description="Moment after the last interval; without a zone it is UTC")
    step: Annotated[
        Annotated[Step, Tag("Step")] | Annotated[tuple[StepUntil, ...], Tag("Steps")], Discriminator(_step_or_steps)
    ] = Field(
        default=timedelta(hours=1),
        description="Length of the intervals, such as '60 min', or a list of {until, step} where it varies",
    )

    @model_validator(mode="after")
    def _whole_steps(self) -> Horizon:
        if self.end <= self.start:
            raise wrong(f"the end {_text(self.end)} is not after the start {_text(self.start)}", "swap start and end?")
        if isinstance(self.step, tuple) and (not self.step or self.step[-1].until != self.end):
            raise wrong(
                f"the steps do not reach the end {_text(self.end)}", "let the last 'until' be the horizon's end"
            )
        for begin, end, step in self._stretches():
            if end <= begin:
                raise wrong(f"the steps are not in order: {_text(end)} is not after {_text(begin)}")
            if (end - begin) % step:
                raise wrong(f"{_text(begin)} to {_text(end)} is not a whole number of steps of {duration_text(step)}")
        return self

    def _stretches(self) -> Iterator[tuple[datetime, datetime, timedelta]]:
        stretches = self.step if isinstance(self.step, tuple) else (StepUntil(until=self.end, step=self.step),)
        begins = [self.start, *(stretch.until for stretch in stretches)]
        for (begin, end), stretch in zip(pairwise(begins), stretches, strict=True):
            yield begin, end, stretch.step

    def _boundaries(self) -> NDArray[np.datetime64]:
        pieces = [np.arange(_ns(begin), _ns(end), np.timedelta64(step)) for begin, end, step in self._stretches()]
        return np.append(np.concatenate(pieces), _ns(self.end))

    @property
    def starts(self) -> pd.DatetimeIndex:
        """(hour,) Starts of the intervals, in UTC without a zone, datetime64[ns]."""
        return _index(self._boundaries()[:-1])

    @property
    def boundaries(self) -> pd.DatetimeIndex:
        """(boundary,) Starts of the intervals and the end of the last, in UTC without a zone, datetime64[ns]."""
        return _index(self._boundaries())

    @property
    def dt(self) -> NDArray[np.float64]:
        """(hour,) Lengths of the intervals [h]."""
        return np.diff(self._boundaries()) / np.timedelta64(1, "h")

    @property
    def hours(self) -> float:
        """Length of the whole horizon [h]."""
        return (self.end - self.start) / timedelta(hours=1)


def _index(times: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    import pandas as pd  # noqa: PLC0415 - it takes a while, and a scenario is often only checked

    return pd.DatetimeIndex(times)


def _ns(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "ns")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
