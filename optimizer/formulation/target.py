"""Targets that a plan has to reach: carbon-free energy by hour, month, window and year, and caps on yearly totals."""

from __future__ import annotations

from typing import Any

from optimizer.lp.rules import Rule, constraint, variable

# -- carbon-free energy, hour by hour --------------------------------------------------------------------------------


@constraint(when="cfe_target")
def hourly_matching(m: Any) -> Any:
    """Load not covered by carbon-free energy stays below the untargeted share, hour by hour over the year.

    The usual 24/7 row, sum of clean delivery + discharge - charge - export + grid_cfe * import >= target * load,
    rewritten with the power balance: sparser and with the same meaning (Riepin, I., Brown, T. (2024). On the means,
    costs, and system-level impacts of 24/7 carbon-free energy procurement. doi:10.1016/j.esr.2024.101488). What is
    not served is not covered either, so that shedding load does not help to reach a target.
    """
    return sum(m.weight[t] * m.dt[t] * ((1 - m.grid_cfe[t]) * m.grid_import[t] + m.unserved[t]) for t in m.hour) + sum(
        m.weight[t] * m.dt[t] * (1 - m.supply_cfe[s]) * m.delivered[s, t] for s in m.supply for t in m.hour
    ) + sum(
        m.weight[t] * m.dt[t] * (1 - m.generator_cfe[g]) * m.generation[g, t] for g in m.generator for t in m.hour
    ) <= (1 - m.cfe_target) * sum(m.weight[t] * m.dt[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) for t in m.hour)


def hour_of_month(m: Any, k: Any, j: Any) -> Any:
    """Give the interval in a place of a month, and how many hours of a year it stands for; 0 where it is padding."""
    t = m.month_hour[k, j]
    return t, m.month_share[k, j] * m.weight[t] * m.dt[t]


def _hour_of_day(m: Any, d: Any, j: Any) -> Any:
    """Give the interval in a place of a day, and how many hours of a year it stands for; 0 where it is padding."""
    t = m.day_hour[d, j]
    return t, m.day_share[d, j] * m.weight[t] * m.dt[t]


def _from_grid(m: Any, t: Any, hours: Any) -> Any:
    return hours * ((1 - m.grid_cfe[t]) * m.grid_import[t] + m.unserved[t])


def _from_supply(m: Any, s: Any, t: Any, hours: Any) -> Any:
    return hours * (1 - m.supply_cfe[s]) * m.delivered[s, t]


def _from_generator(m: Any, g: Any, t: Any, hours: Any) -> Any:
    return hours * (1 - m.generator_cfe[g]) * m.generation[g, t]


def _load(m: Any, t: Any, hours: Any) -> Any:
    return hours * (m.pue[t] * m.it_load[t] + m.other_load[t])


@constraint(over="calendar_month", when="cfe_monthly_target")
def monthly_matching(m: Any, k: Any) -> Any:
    """In each month of the site's clock, load not covered by carbon-free energy stays below the untargeted share."""
    return sum(_from_grid(m, *hour_of_month(m, k, j)) for j in m.month_place) + sum(
        _from_supply(m, s, *hour_of_month(m, k, j)) for s in m.supply for j in m.month_place
    ) + sum(_from_generator(m, g, *hour_of_month(m, k, j)) for g in m.generator for j in m.month_place) <= (
        1 - m.cfe_monthly_target
    ) * sum(_load(m, *hour_of_month(m, k, j)) for j in m.month_place)


@variable(over="target_day", when="cfe_rolling_target")
def daily_excess(m: Any, d: Any) -> Any:
    """Load of each day not covered by carbon-free energy, beyond the share that need not be."""
    return None, None


@constraint(over="target_day", when="daily_excess")
def daily_matching(m: Any, d: Any) -> Any:
    """Load not covered by carbon-free energy, less the day's excess, stays below the untargeted share of its load."""
    return sum(_from_grid(m, *_hour_of_day(m, d, j)) for j in m.day_place) + sum(
        _from_supply(m, s, *_hour_of_day(m, d, j)) for s in m.supply for j in m.day_place
    ) + sum(_from_generator(m, g, *_hour_of_day(m, d, j)) for g in m.generator for j in m.day_place) - m.daily_excess[
        d
    ] <= (1 - m.cfe_rolling_target) * sum(_load(m, *_hour_of_day(m, d, j)) for j in m.day_place)


@constraint(over="target_window", when="daily_excess")
def rolling_matching(m: Any, w: Any) -> Any:
    """Over every run of as many days as the window has, excess of some days is made good by others."""
    return sum(m.daily_excess[m.window_day[w, i]] for i in m.window_place) <= 0


# -- totals of the year ----------------------------------------------------------------------------------------------


@constraint(when="cfe_annual_target")
def annual_matching(m: Any) -> Any:
    """Carbon-free energy taken in a year is a share of the year's load at least, whenever either occurs."""
    return sum(m.weight[t] * m.dt[t] * m.supply_cfe[s] * m.delivered[s, t] for s in m.supply for t in m.hour) + sum(
        m.weight[t] * m.dt[t] * m.generator_cfe[g] * m.generation[g, t] for g in m.generator for t in m.hour
    ) >= m.cfe_annual_target * sum(m.weight[t] * m.dt[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) for t in m.hour)


def _emitted(m: Any) -> Any:
    """Sum a year's emissions, location-based."""
    return (
        sum(m.weight[t] * m.dt[t] * m.carbon_intensity[t] * m.grid_import[t] for t in m.hour)
        + sum(
            m.weight[t] * m.dt[t] * m.supply_carbon_intensity[s, t] * m.delivered[s, t]
            for s in m.supply
            for t in m.hour
        )
        + sum(
            m.weight[t] * m.dt[t] * m.fuel_carbon_intensity[g, t] / m.generator_efficiency[g] * m.generation[g, t]
            for g in m.generator
            for t in m.hour
        )
    )


@constraint(when="emissions_max")
def emissions_cap(m: Any) -> Any:
    """A year's emissions, location-based, stay below a cap."""
    return _emitted(m) <= m.emissions_max


@constraint(when="emission_intensity_max")
def emission_intensity_cap(m: Any) -> Any:
    """A year's emissions, location-based, stay below a cap for each MWh of load."""
    return _emitted(m) <= m.emission_intensity_max * sum(
        m.weight[t] * m.dt[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) for t in m.hour
    )


@constraint(when="grid_energy_max")
def grid_energy_cap(m: Any) -> Any:
    """Energy taken from the grid in a year stays below a cap."""
    return sum(m.weight[t] * m.dt[t] * m.grid_import[t] for t in m.hour) <= m.grid_energy_max


@constraint(when="grid_share_max")
def grid_share_cap(m: Any) -> Any:
    """Energy taken from the grid in a year stays below a share of the load."""
    return sum(m.weight[t] * m.dt[t] * m.grid_import[t] for t in m.hour) <= m.grid_share_max * sum(
        m.weight[t] * m.dt[t] * (m.pue[t] * m.it_load[t] + m.other_load[t]) for t in m.hour
    )


@constraint(when="curtailment_share_max")
def curtailment_cap(m: Any) -> Any:
    """A year's curtailment, of all supplies together, stays below a share of the energy available."""
    return sum(m.weight[t] * m.dt[t] * m.delivered[s, t] for s in m.supply for t in m.hour) >= (
        1 - m.curtailment_share_max
    ) * sum(m.weight[t] * m.dt[t] * m.availability[s, t] * m.supply_capacity[s] for s in m.supply for t in m.hour)


@constraint(when="export_share")
def surplus_rule(m: Any) -> Any:
    """Energy sold in a year stays below a share of what the supplies produce and is not curtailed."""
    return sum(m.weight[t] * m.dt[t] * m.grid_export[t] for t in m.hour) <= m.export_share * sum(
        m.weight[t] * m.dt[t] * m.delivered[s, t] for s in m.supply for t in m.hour
    )


FAMILIES: tuple[Rule, ...] = (
    daily_excess,
    hourly_matching,
    monthly_matching,
    daily_matching,
    rolling_matching,
    annual_matching,
    emissions_cap,
    emission_intensity_cap,
    grid_energy_cap,
    grid_share_cap,
    curtailment_cap,
    surplus_rule,
)
