"""The solution of a scenario: one self-describing dataset, its cost lines, marginal prices, and proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from optimizer import accounting, provenance
from optimizer.errors import Fault, InputError, OptimizerError
from optimizer.lp.certificate import Certificate
from optimizer.nomenclature import TERMS, row_unit
from optimizer.tariff.billed import Billed
from optimizer.tariff.tariff import Tariff

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optimizer.accounting import Payback
    from optimizer.lp.affine import FloatArray
    from optimizer.lp.portfolio import Solved
    from optimizer.lp.program import Program
    from optimizer.provenance import Changes
    from optimizer.scenario import Scenario

_BALANCE_TOLERANCE = 1e-5  # relative to the load: far above an engine's, far below what a reader could see
_COST_TOLERANCE = 1e-9
_DUAL = "marginal_price_of_"
# Families whose right-hand side is a number for each MWh of load, and its name.
_SHARES_OF_LOAD = {
    "annual_matching": "cfe_annual_target",
    "emission_intensity_cap": "emission_intensity_max",
    "grid_share_cap": "grid_share_max",
}


class Result:
    """A solved scenario.

    Attributes
    ----------
    series : xarray.Dataset
        The whole solution: inputs, schedules, capacities, cost lines, marginal prices; units and descriptions in the
        attributes of each variable. Times are UTC.

    Examples
    --------
    >>> import optimizer
    >>> result = optimizer.solve(optimizer.Scenario.load("data/casablanca-40mw/scenario.yaml"))  # doctest: +SKIP
    >>> result.summary()  # doctest: +SKIP
    """

    def __init__(self, series: xr.Dataset) -> None:
        self.series = series

    @property
    def certificate(self) -> dict[str, Any]:
        """The proof of optimality, with the engine that ran and what it claimed."""
        return dict(json.loads(self.series.attrs["certificate"]))

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
        """Look one figure of the summary up by its name."""
        return float(self.summary()["value"][name])

    def costs(self) -> pd.Series[float]:
        """Give the yearly cost lines; they sum to the objective. Negative means revenue."""
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
            str(name).removeprefix(_DUAL): (
                float(dual.min()),
                float(dual.mean()),
                float(dual.max()),
                dual.attrs["units"],
            )
            for name, dual in self.series.data_vars.items()
            if str(name).startswith(_DUAL) and dual.size
        }
        return pd.DataFrame.from_dict(found, orient="index", columns=["least", "mean", "greatest", "unit"])

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

    def figure(self, name: str) -> go.Figure:
        """Draw one of the figures of the report.

        Parameters
        ----------
        name : str
            ``"dispatch"``, ``"cfe_heatmap"``, ``"price_heatmap"``, ``"soc_heatmap"``, ``"curtailment_heatmap"``,
            ``"marginal_price_heatmap"``, ``"duration_curves"``, ``"monthly_energy"``, ``"monthly_cost"``,
            ``"battery_cycles"``, ``"cycle_depths"``, ``"matching_scores"``, ``"certified_energy"``, ``"cash_flow"``
            or ``"cost_by_source"``.

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
        encoding = {
            name: {"zlib": True, "complevel": 1} for name, array in self.series.data_vars.items() if array.size > 100
        }
        # Made in memory first: HDF5 may end the whole process where a disk is full.
        Path(path).write_bytes(bytes(self.series.to_netcdf(engine="h5netcdf", encoding=encoding)))

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
    x, row_dual, certificate = solved.outcome.x, solved.outcome.row_dual, solved.certificate
    assert x is not None, "what is proved has a point"
    assert row_dual is not None, "and duals"
    plan = _plan(data, program, x, scenario.currency)
    plan = plan.assign(_duals(program, row_dual, scenario.currency))
    derived = {"cfe_score": accounting.cfe_score(plan), "soc": accounting.soc(plan)}
    plan = plan.assign({name: _described(array, name, scenario.currency) for name, array in derived.items()})
    _check(plan, certificate)
    derived = {
        "matched_share": accounting.matched_share(plan, scenario.site.time_zone),
        "certified_energy": accounting.certified_energy(plan),
        "cycles_by_depth": accounting.cycles_by_depth(plan),
        "cycle_wear": accounting.cycle_wear(plan),
        "expected_life": accounting.expected_life(accounting.cycle_wear(plan)),
    }
    plan = plan.assign({name: _described(array, name, scenario.currency) for name, array in derived.items()})
    plan = plan.assign(_money(scenario, plan) | _bill(scenario, plan))
    plan.attrs = {
        "title": f"{scenario.name}: optimal plan",
        "scenario": scenario.name,
        "site": scenario.site.name,
        "currency": scenario.currency,
        "time_zone": scenario.site.time_zone,
        "latitude": scenario.site.latitude,
        "longitude": scenario.site.longitude,
        "certificate": json.dumps(certificate.as_dict() | _engine_record(solved)),
        "summary": json.dumps([figure._asdict() for figure in accounting.summarise(plan, scenario.currency)]),
        "scenario_yaml": scenario.to_yaml(),
        "notes": json.dumps([*provenance.plan_notes(plan), *changes.notes(), *provenance.scenario_notes(scenario)]),
        "data_notes": json.dumps(provenance.series_notes(series)),
        "sources": json.dumps(provenance.series_sources(series)),
        "versions": json.dumps(provenance.versions()),
        "inputs_hash": provenance.inputs_hash(scenario, series, changes),
    }
    return Result(plan)


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
    return {name: _described(array, name, scenario.currency) for name, array in found.items()}


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


def _plan(data: xr.Dataset, program: Program, x: FloatArray, currency: str) -> xr.Dataset:
    """Join inputs, variables, expressions and cost lines."""
    found = {
        rule.name: _described(xr.DataArray(program.evaluate(rule.name, x), dims=rule.over), rule.name, currency)
        for rule in program.rules
        if rule.kind in ("variable", "expression")
    }
    own = data.copy(deep=True)  # so that a result stays as it is, whatever becomes of the model
    return own.assign(found | _cost_lines(program, x, currency))


def _cost_lines(program: Program, x: FloatArray, currency: str) -> dict[str, xr.DataArray]:
    rules = [rule for rule in program.rules if rule.kind == "cost"]
    annual, hourly = np.zeros(len(rules)), np.zeros((len(rules), len(program.sets["hour"])))
    owners = {owner: np.zeros((len(rules), len(program.sets[owner]))) for owner in ("supply", "battery", "generator")}
    for line, rule in enumerate(rules):
        values = program.evaluate(rule.name, x)
        annual[line] = values.sum()
        if "hour" in rule.over:
            others = tuple(axis for axis, name in enumerate(rule.over) if name != "hour")
            hourly[line] = values.sum(axis=others)
        for owner in owners.keys() & set(rule.over):
            others = tuple(axis for axis, name in enumerate(rule.over) if name != owner)
            owners[owner][line] = values.sum(axis=others)
    labels = {"cost_line": [rule.label for rule in rules]}
    return {
        "annual_cost": _described(xr.DataArray(annual, labels, dims="cost_line"), "annual_cost", currency),
        "cost_by_hour": _described(xr.DataArray(hourly, labels, dims=("cost_line", "hour")), "cost_by_hour", currency),
    } | {
        f"cost_by_{owner}": _described(
            xr.DataArray(values, labels, dims=("cost_line", owner)), f"cost_by_{owner}", currency
        )
        for owner, values in owners.items()
    }


def _duals(program: Program, row_dual: FloatArray, currency: str) -> dict[str, xr.DataArray]:
    """Name every family's duals, and state the price of energy at the site in currency/MWh."""
    found = {}
    for name, rows in program.rows.items():
        if rows.size:
            labels = {dim: program.sets[dim].texts() for dim in rows.dims if not program.sets[dim].counted}
            dual = xr.DataArray(program.dual(name, row_dual) + 0.0, labels, dims=rows.dims)  # no -0
            unit = row_unit(name)
            dual.attrs = {
                "units": f"{currency}/a per {unit}",
                "description": f"Change of the yearly cost for one more {unit} on the right-hand side of {name}",
            }
            found[_DUAL + name] = dual
    price = xr.DataArray(_marginal_price(program, row_dual), dims="hour")
    return found | {"marginal_price": _described(price, "marginal_price", currency)}


def _marginal_price(program: Program, row_dual: FloatArray) -> FloatArray:
    """Price one more MWh of load in each hour, by every place in which the load stands.

    It has to be balanced; it raises what a target allows to be uncovered; and where no load is served at all, it
    raises what may be left unserved.
    """
    hours = program.data["weight"].values * program.data["dt"].values
    price = program.dual("power_balance", row_dual) / hours
    if "unserved" in program.columns:
        reduced_cost = (program.lp.cost - program.lp.matrix.T @ row_dual)[program.columns["unserved"].slice]
        price = price + np.minimum(reduced_cost, 0.0) / hours
    price = price + _price_of_targets(program, row_dual)
    return price + 0.0  # no -0


def _price_of_targets(program: Program, row_dual: FloatArray) -> FloatArray:
    """Price what one more MWh of load in each hour changes on the right-hand sides of targets.

    Where a share of the load may be uncovered, more load raises what may be; where a share has to be reached, more load
    raises what has to be.
    """
    data, price = program.data, np.zeros(len(program.sets["hour"]))

    def share(name: str) -> float:
        return float(data[name].values)

    if "hourly_matching" in program.rows:
        price += (1 - share("cfe_target")) * program.dual("hourly_matching", row_dual)
    if "monthly_matching" in program.rows:
        dual = (1 - share("cfe_monthly_target")) * program.dual("monthly_matching", row_dual)
        np.add.at(price, data["month_hour"].values.astype(int), data["month_share"].values * dual[:, None])
    if "daily_matching" in program.rows:
        dual = (1 - share("cfe_rolling_target")) * program.dual("daily_matching", row_dual)
        np.add.at(price, data["day_hour"].values.astype(int), data["day_share"].values * dual[:, None])
    for family, name in _SHARES_OF_LOAD.items():
        if family in program.rows:
            price += share(name) * program.dual(family, row_dual)
    return price


def _described(array: xr.DataArray, name: str, currency: str) -> xr.DataArray:
    term = TERMS.get(name)
    if term is None:
        return array
    array.attrs = {"units": term.unit_in(currency), "description": term.description}
    return array


def _check(plan: xr.Dataset, certificate: Certificate) -> None:
    size = max(1.0, float(plan["facility_load"].max()))
    residual = accounting.balance_residual(plan)
    if residual > _BALANCE_TOLERANCE * size:
        raise OptimizerError(f"power does not balance: off by {residual:g} MW; this is a defect, please report it")
    lines = float(plan["annual_cost"].sum())
    if abs(lines - certificate.objective) > _COST_TOLERANCE * max(1.0, float(np.abs(plan["annual_cost"]).sum())):
        raise OptimizerError(
            f"cost lines sum to {lines}, the objective is {certificate.objective}: a defect, please report it"
        )
