"""The solution of a scenario: one self-describing dataset, its cost lines, marginal prices, and proof."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from optimizer import accounting, provenance
from optimizer.duals import PREFIX
from optimizer.errors import Fault, InputError
from optimizer.plan import described, joined, plan_of
from optimizer.specification.base import hint
from optimizer.tariff.billed import Billed
from optimizer.tariff.tariff import Tariff
from optimizer.worth import Sensitivity, WorstHour, Worth, worth_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optimizer.accounting import Payback
    from optimizer.lp.portfolio import Solved
    from optimizer.lp.program import Program
    from optimizer.provenance import Changes
    from optimizer.scenario import Scenario


class Result:
    """A solved scenario.

    Attributes
    ----------
    plan : xarray.Dataset
        What was solved: inputs, schedules, capacities, cost lines, marginal prices; units and descriptions in the
        attributes of each variable. Times are UTC.
    series : xarray.Dataset
        The plan with all that follows from it: shares, cycles, bill, cash flow, summary.

    Examples
    --------
    >>> import optimizer
    >>> result = optimizer.solve(optimizer.Scenario.load("data/casablanca-40mw/scenario.yaml"))  # doctest: +SKIP
    >>> result.summary()  # doctest: +SKIP
    """

    def __init__(self, plan: xr.Dataset, *, finish: Callable[[xr.Dataset], xr.Dataset] | None = None) -> None:
        self.plan = plan
        self._finish = finish

    def __repr__(self) -> str:
        # From the plan alone: what follows from it may take seconds, and debuggers ask for this at every step.
        cost, proof = self.plan["annual_cost"], self.certificate
        return f"<Result: {float(cost.sum()):,.0f} {cost.attrs['units']}, proved optimal, by {proof['engine']}>"

    @functools.cached_property
    def series(self) -> xr.Dataset:
        """The whole solution; what follows from the plan is computed when it is first asked for."""
        return self.plan if self._finish is None else self._finish(self.plan)

    @property
    def certificate(self) -> dict[str, Any]:
        """The proof of optimality, with the engine that ran and what it claimed."""
        return dict(json.loads(self.plan.attrs["certificate"]))

    @property
    def notes(self) -> list[str]:
        """What a reader must know: oddities of the plan, assumptions, unverified figures."""
        return list(json.loads(self.series.attrs["notes"]))

    @property
    def data_notes(self) -> list[str]:
        """What the series say about themselves: sources, how they were laid on, filled gaps."""
        return list(json.loads(self.series.attrs["data_notes"]))

    def summary(self) -> pd.DataFrame:
        """Give the figures a run is judged by.

        Returns
        -------
        pandas.DataFrame
            Indexed by name, with columns label, value, unit.
        """
        return pd.DataFrame(json.loads(self.series.attrs["summary"])).set_index("name")

    def value(self, name: str) -> float:
        """Look one figure of the summary up by its name, such as ``"cost_per_mwh"``.

        Raises
        ------
        InputError
            If the summary has no such figure; the nearest one is named.
        """
        found = self.summary()["value"]
        if name not in found:
            raise InputError([Fault("value", f"the summary has no {name!r}", hint(name, list(found.index)))])
        return float(found[name])

    def costs(self) -> pd.Series[float]:
        """Give the yearly cost lines; they sum to the objective. Negative means revenue.

        Lines of which the scenario has nothing are left out; those of which it has are told, even where they come to 0.
        """
        return self.series["annual_cost"].to_series()

    def cash_flow(self, *, nominal: bool = False) -> pd.DataFrame:
        """Tell what each cost line comes to in each year; negative means revenue.

        Parameters
        ----------
        nominal : bool
            Whether to put inflation in; in money of year 0 by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by year, investments at the start being in year 0; a column for each cost line, and their total.

        Raises
        ------
        InputError
            If the scenario has no `finance`.
        """
        if "cash_flow" not in self.series:
            raise InputError([Fault("cash flow", "the result has none", "give its scenario `finance`")])
        flows = self.series["cash_flow"]
        if nominal:
            flows = flows * (1 + self.series["inflation"]) ** flows["year"]
        years = pd.Index(flows["year"].values, name="year")
        table = pd.DataFrame(flows.transpose("year", ...).values, years, flows["cost_line"].values.astype(str))
        table["Total"] = table.sum(axis=1)
        return table

    def payback(self, reference: Result) -> Payback:
        """Tell what this plan saves against another, such as the same site on the grid alone, and when that pays back.

        Parameters
        ----------
        reference : Result
            A plan with the same discount rate and years, in the same currency.

        Returns
        -------
        Payback
            Savings of each year, their net present value, simple and discounted payback.

        Raises
        ------
        InputError
            If one of the two has no cash flow, or they cannot be compared.
        """
        return accounting.payback_against(self.series, reference.series)

    def marginal_prices(self) -> pd.DataFrame:
        """Tell for each family of constraints what one more unit on its right-hand side would cost a year.

        Returns
        -------
        pandas.DataFrame
            Indexed by family, with the least, mean and greatest value over its rows, and the unit. Positive means
            that cost rises with the right-hand side.
        """
        found = {
            str(name).removeprefix(PREFIX): (
                float(dual.min()),
                float(dual.mean()),
                float(dual.max()),
                dual.attrs["units"],
            )
            for name, dual in self.series.data_vars.items()
            if str(name).startswith(PREFIX) and dual.size
        }
        return pd.DataFrame.from_dict(found, orient="index", columns=["least", "mean", "greatest", "unit"])

    def worth(self) -> pd.DataFrame:
        """Tell what one more unit of each capacity, target and cap would save a year, from the plan's duals.

        Savings are derivatives of the least cost: exact for a small change. Where the least cost has a kink, each lies
        between the one-sided derivatives: often it is one of them. More of most things saves less and less, so that no
        step, however large, saves more than this foretells. Not so for what multiplies a size or a flow that is to be
        chosen, such as the cycles of a battery of free size: a large step may make worth building what was not. And
        where both that size and the price of the limit are open, the saving is that of this plan alone.

        Returns
        -------
        pandas.DataFrame
            Indexed by what there could be more of, the greatest first, with columns name, capacity, size, unit (shares
            are in %, a unit of them is a percentage point), choice (``fixed``, or where it was free ``chosen``,
            ``at its least`` or ``at its greatest``), worth (what a unit saves before its own cost; negative where it
            costs), cost (its own, by the cost lines), saving (the difference) [currency/a per unit], step [unit] and
            saving_of_step [currency/a].

        Raises
        ------
        InputError
            If the result does not tell it, as one of an older version.
        """
        return pd.DataFrame(self._told("worth"), columns=list(Worth._fields)).set_index("what")

    def _told(self, name: str) -> list[Any]:
        """Read a table that is kept as text."""
        if name not in self.series:
            raise InputError([Fault(name, "the result does not tell it", "solve the scenario again")])
        return list(json.loads(str(self.series[name].item())))

    def worst_hours(self) -> pd.DataFrame:
        """Tell the ten hours in which one more MWh of load is dearest, why, and what would help at least cost.

        Returns
        -------
        pandas.DataFrame
            Indexed by start (UTC), with columns marginal_price [currency/MWh], facility_load [MW], set_by (the flows
            that no limit of the hour holds), limits (what binds, with the price of a MWh less of it), relief (the
            capacity that saves most in the hour for what it costs a year), relief_unit, relief_saving [currency/a per
            unit] and relief_share (of what a unit costs a year).

        Raises
        ------
        InputError
            If the result does not tell it, as one of an older version.
        """
        table = pd.DataFrame(self._told("worst_hours"), columns=list(WorstHour._fields))
        table["set_by"] = ["; ".join(flows) for flows in table["set_by"]]
        table["limits"] = ["; ".join(f"{what} at {price:,.2f}" for what, price in found) for found in table["limits"]]
        table["relief_share"] = table["relief_share"].astype(float)  # None, where all are, is no number
        times = pd.DatetimeIndex(pd.to_datetime(table.pop("time_utc")), tz="UTC", name="time_utc")
        return table.set_index(times)

    def matching(self) -> pd.DataFrame:
        """Set the hourly, monthly and annual shares of carbon-free energy side by side.

        Returns
        -------
        pandas.DataFrame
            A row for each month of the site's clock and one for the year. ``hourly`` is counted as by the target,
            ``hourly, per-hour score`` hour by hour as by Google; ``monthly`` lets energy cover any load of its month,
            ``annual`` any load of the year, where more than 1 in a month is what helps the others.
        """
        shares = self.series["matched_share"]
        months, scores = (pd.Index(shares[dim].values, name=dim) for dim in shares.dims)
        return pd.DataFrame(shares.values, months, scores)

    def certificates(self) -> pd.DataFrame:
        """Tell for every interval which source's energy covered its load, at once or by way of a battery.

        Within an interval each use takes of each source in proportion; batteries give back first what they took first,
        and losses fall on what passes through them.

        Returns
        -------
        pandas.DataFrame
            A row for each interval, source, battery and interval of production: ``time_utc``, ``source``, ``kind``,
            ``battery``, ``produced_utc``, ``produced_mwh``, ``matched_mwh``, ``carbon_free_mwh``.
        """
        return accounting.certificates(self.series)

    def contracts(self) -> pd.DataFrame:
        """Show each contract from both sides: what the buyer pays, what the provider earns, where the energy went.

        Energy is counted at the plant, and followed to its use as by `certificates`. The buyer's price is what he pays
        to provider and network, less what he gets for what was sold of it, for each MWh that covered load. What is
        owned rather than contracted earns its annuities and its operation and maintenance.

        Returns
        -------
        pandas.DataFrame
            A row for each supply: capacity [MW]; what the plant could produce, and each use of it [MWh/a]; what was
            paid to provider and network, what came from sales, and every cost line [currency/a]; the prices of both
            sides [currency/MWh], NaN where there is no energy. Units stand in the column names: ``"sold [MWh/a]"``.

        Raises
        ------
        InputError
            If the result does not tell it, as one of an older version.
        """
        if "contract_energy" not in self.series:
            raise InputError([Fault("contracts", "the result does not tell it", "solve the scenario again")])
        return accounting.contract_table(self.series)

    def workloads(self) -> pd.DataFrame:
        """Tell in GPU terms what was asked of each workload, what was done of it and when, and what that took.

        Returns
        -------
        pandas.DataFrame
            A row for each workload. GPU-hours a year: ``asked``, ``delivered``, ``deferred`` (of those delivered, done
            in a later interval than they could have been), ``lost_to_capping``, ``not_run`` (opportunistic work that
            did not pay) and ``unserved`` (as if load that is not served fell on all work alike). ``mean_delay_h``
            (weighted by work) and ``greatest_delay_h``. ``it_mwh`` and ``facility_mwh`` (with PUE) a year. For each
            GPU-hour delivered ``kwh_per_gpu_hour`` of the facility, ``gco2e_per_gpu_hour`` (the hour's emissions, by
            share of load) and ``marginal_cost_per_gpu_hour`` (at each hour's marginal price of load).
            ``carbon_free_share`` of the energy, by the hour's score. NaN where a workload's GPUs are not known.
        """
        return accounting.workload_table(self.series)

    def jobs(self) -> pd.DataFrame:
        """Tell which job ran when: a row for each named job, and for each interval's arrivals of a deferrable class.

        What a class served is handed back to what had arrived first in, first out, which meets its window if any order
        does.

        Returns
        -------
        pandas.DataFrame
            ``workload``, ``kind``, ``arrived_utc`` (a job's release), ``deadline_utc``, ``start_utc``, ``end_utc``,
            ``runs`` (stretches without a pause), ``work_mwh`` (at nominal power), ``energy_mwh`` (drawn),
            ``gpu_hours``, ``mean_delay_h`` and ``greatest_delay_h`` (against serving each arrival at once, and a job at
            full power from its release on) and ``carbon_free_share``. As in the horizon, not scaled to a year.
        """
        return accounting.jobs(self.series)

    def allocation(self) -> pd.DataFrame:
        """Tell for each piece of work that may wait when it arrived and when it was served; `jobs` sums these up.

        Returns
        -------
        pandas.DataFrame
            A row for each workload, interval of arrival and interval of service: ``workload``, ``kind``,
            ``arrived_utc``, ``served_utc``, ``delay_h``, ``work_mwh``, ``energy_mwh``, ``gpu_hours`` and
            ``carbon_free_mwh``.
        """
        return accounting.allocation(self.series)

    def figure(self, name: str) -> go.Figure:
        """Draw one of the figures of the report.

        Parameters
        ----------
        name : str
            Of power: ``"dispatch"``, ``"duration_curves"``, ``"monthly_energy"``, ``"matching_scores"``,
            ``"certified_energy"``; by hour and day: ``"cfe_heatmap"``, ``"price_heatmap"``, ``"soc_heatmap"``,
            ``"curtailment_heatmap"``, ``"marginal_price_heatmap"``. Of money: ``"monthly_cost"``,
            ``"cost_by_source"``, ``"bill"``, ``"contracts"``, ``"cash_flow"``, ``"worth"``, ``"worst_hours"``. Of
            batteries: ``"battery_cycles"``, ``"cycle_depths"``. Of reliability: ``"survival_time"``,
            ``"unserved_by_tier"``, ``"demand_response"``. Of work: ``"it_power"``, ``"gpu_hours"``, ``"job_gantt"``,
            ``"deferral_by_week"``, ``"gpu_hour_cost"``, ``"gpu_hour_heatmap"``.

        Raises
        ------
        InputError
            If there is no such figure.
        """
        from optimizer import plots  # noqa: PLC0415 (drawing is optional, and plotly slow to load)

        return plots.draw(self.series, name).plot

    def schedule(self) -> pd.DataFrame:
        """Give the hourly plan as a table, one row for each interval, units in the column names."""
        series = self.series
        zone = series.attrs["time_zone"]
        starts = pd.DatetimeIndex(series["hour"].values).tz_localize("UTC")
        columns: dict[str, Any] = {"time_local": starts.tz_convert(zone), "duration_h": series["dt"].values}
        for name in ("facility_load", "it_load", "grid_import", "grid_export", "unserved"):
            columns[f"{name}_mw"] = series[name].values
        for supply in series["supply"].values:
            for name in ("delivered", "curtailment"):
                columns[f"{name}_{supply}_mw"] = series[name].sel(supply=supply).values
        for battery in series["battery"].values:
            for name in ("charge", "discharge"):
                columns[f"{name}_{battery}_mw"] = series[name].sel(battery=battery).values
            columns[f"stored_energy_end_{battery}_mwh"] = series["stored_energy"].sel(battery=battery).values[1:]
        for generator in series["generator"].values if "generator" in series.dims else ():
            columns[f"generation_{generator}_mw"] = series["generation"].sel(generator=generator).values
        columns |= _columns_of_work(series) if "it_power" in series else {}
        columns["cfe_score"] = series["cfe_score"].values
        columns[f"marginal_price_{series.attrs['currency'].lower()}_per_mwh"] = series["marginal_price"].values
        return pd.DataFrame(columns, index=starts.rename("time_utc"))

    def bill(self) -> pd.DataFrame:
        """Give the grid's bill, line by line, to be checked against invoices.

        Returns
        -------
        pandas.DataFrame
            Columns invoice, period, line, kind (energy, demand, overrun, subscribed, fixed, tax or export), quantity,
            unit, price, price_unit, share (of the period that is billed), amount, annual_cost (what the line counts in
            the yearly cost) and remark (such as when a peak was); empty for a site without grid.
        """
        rows = json.loads(str(self.series["bill"].item())) if "bill" in self.series else []
        return pd.DataFrame(rows, columns=list(accounting.BillLine._fields))

    def save(self, path: str | Path) -> None:
        """Write the dataset to one netCDF file."""
        from optimizer.netcdf import as_netcdf  # noqa: PLC0415 (many results are never saved)

        Path(path).write_bytes(as_netcdf(self.series))

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """Read a result back.

        Parameters
        ----------
        path : str or Path
            A ``result.nc``, or a run folder that holds one.

        Raises
        ------
        InputError
            If there is no such file, or it is not a result.
        """
        file = Path(path)
        file = file / "result.nc" if file.is_dir() else file
        if not file.is_file():
            raise InputError([Fault(str(path), "holds no result.nc", "give the folder of a finished run")])
        try:
            series = xr.load_dataset(file, engine="h5netcdf")
        except (OSError, ValueError) as error:
            raise InputError(
                [Fault(str(file), f"cannot be read as netCDF: {error}", "run the scenario again")]
            ) from error
        if "certificate" not in series.attrs:
            raise InputError([Fault(str(file), "is netCDF, but not a result of this program")])
        return cls(series)


def build_result(
    scenario: Scenario,
    series: xr.Dataset,
    data: xr.Dataset,
    program: Program,
    solved: Solved,
    *,
    changes: Changes,
) -> Result:
    """Turn a proved solution into a result, checking that it balances.

    Parameters
    ----------
    scenario : Scenario
        What was asked.
    series : xarray.Dataset
        The checked series.
    data : xarray.Dataset
        What was bound.
    program : Program
        What was solved.
    solved : Solved
        What was found, and its proof.
    changes : Changes
        What the model was given beyond its scenario.

    Raises
    ------
    OptimizerError
        If power does not balance, or the cost lines do not sum to the objective: a defect of ours.
    """
    plan = plan_of(data, program, solved, scenario.currency)
    proof = json.dumps(solved.certificate.as_dict() | _engine_record(solved))
    found = Sensitivity.of(program, solved.outcome)
    finish = functools.partial(_finished, scenario, series, changes, found)
    return Result(plan.assign_attrs(certificate=proof), finish=finish)


def _finished(
    scenario: Scenario, series: xr.Dataset, changes: Changes, found: Sensitivity, plan: xr.Dataset
) -> xr.Dataset:
    """Add what follows from a plan by arithmetic and from its duals, and where it comes from."""
    derived = {"cfe_score": accounting.cfe_score(plan), "soc": accounting.soc(plan), **accounting.workloads(plan)}
    plan = joined(plan, {name: described(array, name, scenario.currency) for name, array in derived.items()})
    derived = {
        **accounting.marginal_work(plan),
        "matched_share": accounting.matched_share(plan, scenario.site.time_zone),
        "certified_energy": accounting.certified_energy(plan),
        "cycles_by_depth": accounting.cycles_by_depth(plan),
        "cycle_wear": accounting.cycle_wear(plan),
        "expected_life": accounting.expected_life(accounting.cycle_wear(plan)),
        **accounting.reliability(plan),
        **accounting.flexibility(plan),
    }
    plan = joined(plan, {name: described(array, name, scenario.currency) for name, array in derived.items()})
    accounts = accounting.contract_accounts(plan)
    plan = joined(plan, {name: described(array, name, scenario.currency) for name, array in accounts.items()})
    plan = joined(plan, _money(scenario, plan) | _bill(scenario, plan))
    plan = plan.assign(worth_of(plan, found, grid=scenario.site.grid is not None))
    return plan.assign_attrs(
        {
            "title": f"{scenario.name}: optimal plan",
            "scenario": scenario.name,
            "site": scenario.site.name,
            "currency": scenario.currency,
            "time_zone": scenario.site.time_zone,
            "latitude": scenario.site.latitude,
            "longitude": scenario.site.longitude,
            "summary": json.dumps([figure._asdict() for figure in accounting.summarise(plan, scenario.currency)]),
            "scenario_yaml": scenario.to_yaml(),
            "notes": json.dumps([*provenance.plan_notes(plan), *changes.notes(), *provenance.scenario_notes(scenario)]),
            "data_notes": json.dumps(provenance.series_notes(series)),
            "sources": json.dumps(provenance.series_sources(series)),
            "versions": json.dumps(provenance.versions()),
            "inputs_hash": provenance.inputs_hash(scenario, series, changes),
        }
    )


def _columns_of_work(series: xr.Dataset) -> dict[str, Any]:
    """Give what each workload draws, and what is cut, comes in and waits where it may be or may wait."""
    power = series["it_power"]
    columns = {f"it_power_{name}_mw": power.sel(workload=name).values for name in series["workload"].values}
    for name in series["cappable_workload"].values:
        columns[f"power_cut_{name}_mw"] = series["power_cut"].sel(workload=name).values
    for name in series["deferrable_workload"].values:
        columns[f"work_asked_{name}_mw"] = series["work_asked"].sel(workload=name).values
        columns[f"backlog_end_{name}_mwh"] = series["backlog"].sel(workload=name).values[1:]
    return columns


def _money(scenario: Scenario, plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Lay the costs out over the years, where the scenario says how."""
    finance = scenario.finance
    if finance is None:
        return {}
    found = {
        "cash_flow": accounting.cash_flow(plan, finance, scenario.site.capacities()),
        "discount_rate": xr.DataArray(finance.real_discount_rate),
        "inflation": xr.DataArray(finance.inflation),
    }
    return {name: described(array, name, scenario.currency) for name, array in found.items()}


def _bill(scenario: Scenario, plan: xr.Dataset) -> dict[str, xr.DataArray]:
    """Write the grid's bill as text: a table of words and numbers, too long for an attribute."""
    grid, site = scenario.site.grid, scenario.site
    if grid is None:
        return {}
    tariff = grid.tariff or Tariff(name="no tariff")
    lines = accounting.bill(plan, Billed.over(tariff, scenario.horizon, site.time_zone), scenario.currency)
    text = xr.DataArray(json.dumps([line._asdict() for line in lines]))
    text.attrs = {"units": "1", "description": "The grid's bill, line by line, as JSON"}
    return {"bill": text}


def _engine_record(solved: Solved) -> dict[str, Any]:
    outcome = solved.outcome
    return {
        "status": "optimal",
        "engine": outcome.engine,
        "engine_status": outcome.message,
        "engine_settings": {name: str(value) for name, value in outcome.settings.items()},
        "iterations": outcome.iterations,
        "seconds": round(outcome.seconds, 3),
        "chosen_because": solved.reason,
        "attempts": [attempt.as_dict() for attempt in solved.attempts],
    }
