"""Tariffs: what the grid's energy and power cost, by season, day and local hour, and which periods are billed.

From below: `fields` (kinds of field for days and hours), `window` (when something applies), `charges` (what is
charged), `timetable` (windows as tables over the days of a year, and whether they cover it once), `tariff` (all of it
together, and its file), `clock` (a horizon cut along local time), `metering` (which interval counts for which band and
which billed period), `billed` (each charge with its periods).
"""
