"""When something applies: seasons, days of the week, holidays and hours of the site's clock."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.specification.base import Specification
from optimizer.specification.fields import Name
from optimizer.tariff.fields import HOURS_SCHEMA, DayOfYear, Hours, one_or_many

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DayType = Literal[
    "weekdays", "weekends", "holidays", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
HOLIDAY = len(WEEKDAYS)
"""The number of the type of day that comes after Monday (0) to Sunday (6)."""

_DAY_TYPES = [*("weekdays", "weekends", "holidays"), *WEEKDAYS]


class Season(Specification):
    """A part of the year, the same in every year.

    Examples
    --------
    >>> Season(name="winter", start="10-01", end="03-31").end
    '03-31'
    """

    name: Annotated[Name, Field(description="Name of the season, by which windows refer to it")]
    start: Annotated[DayOfYear, Field(description="First day, as month and day: 10-01")]
    end: Annotated[DayOfYear, Field(description="Last day, included; before the first where it passes the new year")]


class Window(Specification):
    """Hours of the site's clock on certain days; what is left out does not restrict.

    A holiday is of no other type: a Monday on the list of holidays is neither among the weekdays nor a Monday. Hours
    that pass midnight, such as 22:00-07:00, are the first and the last hours of one calendar day.

    Examples
    --------
    >>> Window(seasons="winter", days="weekdays", hours="17-22").hours
    ('17:00-22:00',)
    """

    seasons: Annotated[
        tuple[Name, ...],
        *one_or_many({"type": "string"}),
        Field(description="Names of the seasons; none: all year"),
    ] = ()
    days: Annotated[
        tuple[DayType, ...],
        *one_or_many({"type": "string", "enum": _DAY_TYPES}),
        Field(description="weekdays, weekends, holidays, monday to sunday; none: every day"),
    ] = ()
    hours: Annotated[
        tuple[Hours, ...],
        *one_or_many(HOURS_SCHEMA),
        Field(description="Spans of hours by the site's clock, such as 17:00-22:00; none: all day"),
    ] = ()
