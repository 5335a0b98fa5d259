"""The grid's bill: what each invoice holds, line by line."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import style
from .clock import Floats
from .dispatch import values
from .figure import Figure, absent

if TYPE_CHECKING:
    import xarray as xr

_TOTAL = "Total"
_FROM_BESIDE = r"with [\d.]+ h of"
_NUMBERS = ("quantity", "price", "share", "amount", "annual_cost")


def bill(dataset: xr.Dataset) -> Figure:
    """Draw what the site pays for the grid, invoice by invoice.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result.

    Returns
    -------
    Figure
        Table: a row for each line of each invoice, as numbers; digest: the same in words, with a total for each.
    """
    name, title = "bill", "Electricity bill"
    lines = _lines(dataset)
    if lines.empty:
        return absent(name, title, "The site has no grid connection, so there is no bill.")
    currency = str(dataset.attrs["currency"])
    invoices = list(dict.fromkeys(lines["invoice"]))
    rows = _amounts(lines, invoices)
    traces = [
        _bar(invoices, line, rows[line], look, currency)
        for line, look in zip(rows, style.run_looks(len(rows)), strict=True)
        if rows[line].any()
    ]
    traces.append(_marker(invoices, sum(rows.values(), np.zeros(len(invoices))), currency))
    return Figure(
        name=name,
        title=title,
        explanation=style.joined(
            (
                "What each invoice holds; what is sold lies below zero, and the points mark what is left to pay.",
                "The table has every line, to be checked against an invoice.",
                "A charge by the year has an invoice of its own." if _yearly(lines) else "",
                "A period that the horizon covers in part is billed in proportion."
                if (lines["share"] < 1).any()
                else "",
                "Less than a day of another month, at the horizon's edge, is on the invoice beside it; remarks say so."
                if lines["remark"].str.match(_FROM_BESIDE).any()
                else "",
            )
        ),
        spec={"data": traces, "layout": _layout(currency)},
        table=_as_numbers(lines, currency),
        digest=_in_words(lines, currency),
    )


def grid_price(dataset: xr.Dataset) -> Floats:
    """Give the price of a MWh from the grid in each interval, time-of-use bands included: (hour,)."""
    price = values(dataset, "energy_price")
    if "band_price" not in dataset:
        return price
    return np.asarray(price + (values(dataset, "band_share") * values(dataset, "band_price")).sum(axis=0))


def _lines(dataset: xr.Dataset) -> pd.DataFrame:
    rows = json.loads(str(dataset["bill"].item())) if "bill" in dataset else []
    lines = pd.DataFrame(rows)
    return lines.astype(dict.fromkeys(_NUMBERS, float)) if rows else lines


def _amounts(lines: pd.DataFrame, invoices: list[str]) -> dict[str, Floats]:
    """Sum each line by invoice; taxes and what is sold come after what is bought."""
    last = lines.sort_values("kind", key=lambda kinds: kinds.isin(["tax", "export"]), kind="stable")
    found = {}
    for (line, kind), of_line in last.groupby(["line", "kind"], sort=False):
        twofold = (lines.loc[lines["line"] == line, "kind"] != kind).any()  # a band and a charge may share a name
        amounts = of_line.groupby("invoice")["amount"].sum().reindex(invoices, fill_value=0.0)
        found[f"{line} ({kind})" if twofold else str(line)] = amounts.to_numpy(dtype=float)
    return found


def _yearly(lines: pd.DataFrame) -> bool:
    return bool((lines["invoice"].str.fullmatch(r"\d{4}")).any())


def _as_numbers(lines: pd.DataFrame, currency: str) -> pd.DataFrame:
    units = {"amount": currency, "annual_cost": f"{currency}/a"}
    headers = {name: style.header(style.label(str(name)), units.get(str(name), "")) for name in lines.columns}
    return lines.rename(columns=headers).set_index(headers["line"])


def _in_words(lines: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Write the lines as an invoice does, with a total at the end of each."""
    rows = []
    for invoice, of_invoice in lines.groupby("invoice", sort=False):
        rows += [_row(line) for line in of_invoice.to_dict("records")]
        rows.append((f"{_TOTAL} {invoice}", str(invoice), "", "", "", f"{of_invoice['amount'].sum():,.2f}", ""))
    columns = ["Line", "Period", "Quantity", "Price", "Share", style.header("Amount", currency), "Remark"]
    return pd.DataFrame(rows, columns=columns).set_index("Line")


def _row(line: dict[Hashable, Any]) -> tuple[str, ...]:
    return (
        str(line["line"]),
        str(line["period"]),
        _with_unit(line["quantity"], line["unit"]),
        _price(line["price"], line["price_unit"]),
        "" if line["share"] >= 1 else f"{100 * line['share']:.4g} %",
        f"{line['amount']:,.2f}",
        str(line["remark"]),
    )


def _with_unit(value: float, unit: str) -> str:
    return f"{value:,.6g}" if unit == "1" else f"{value:,.3f} {unit}"


def _price(value: float, unit: str) -> str:
    """Write a price, the rate of a tax in percent, or nothing where there is none."""
    if np.isnan(value):
        return ""
    return f"{100 * value:.6g} %" if unit == "1" else _with_unit(value, unit)


def _bar(invoices: list[str], name: str, heights: Floats, look: style.Look, unit: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": style.plain(name),
        "x": invoices,
        "y": heights,
        "marker": {
            "color": look.colour,
            "line": {"width": 0.5, "color": "#FFFFFF"},
            "pattern": {
                "shape": look.pattern,
                "fgcolor": "#FFFFFF",
                "bgcolor": look.colour,
                "size": 6,
                "solidity": 0.25,
            },
        },
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _marker(invoices: list[str], heights: Floats, unit: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Amount due",
        "x": invoices,
        "y": heights,
        "marker": {"symbol": "diamond", "size": 9, "color": style.INK, "line": {"width": 1.5, "color": "#FFFFFF"}},
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _layout(currency: str) -> dict[str, Any]:
    return style.layout(
        460,
        barmode="relative",
        bargap=0.25,
        xaxis=style.axis("Invoice, by the site's calendar", type="category", showgrid=False, fixedrange=True),
        yaxis=style.axis(f"Amount [{currency}]", zerolinewidth=1.5, tickformat=",.0f"),
        hovermode="x unified",
    )
