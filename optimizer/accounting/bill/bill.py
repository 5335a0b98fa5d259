"""All lines of a bill together, and the taxes on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xarray as xr

from optimizer.accounting.bill import energy, power
from optimizer.accounting.bill.line import KINDS, BillLine, Book
from optimizer.tariff.billed import Billed

_UNTAXED = (
    energy.energy,
    energy.bands,
    energy.blocks,
    power.demand,
    power.coincident,
    power.overrun,
    power.subscribed,
    power.fixed,
)


def bill(plan: xr.Dataset, billed: Billed, currency: str) -> list[BillLine]:
    """Write the bill of a plan.

    Parameters
    ----------
    plan : xarray.Dataset
        The solved plan, with the prices that were bound.
    billed : Billed
        What the grid's tariff bills over the plan's horizon.
    currency : str
        The scenario's currency.

    Returns
    -------
    list of BillLine
        Invoice by invoice; the yearly costs of the lines sum to the cost lines of the grid.
    """
    book = Book(plan, billed, currency)
    lines = [line for write in _UNTAXED for line in write(book)]
    lines += [*_taxes(book, lines), *energy.export(book)]
    return sorted(lines, key=lambda line: (line.invoice, KINDS.index(line.kind)))


def yearly_by_kind(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Sum what lines count in the yearly cost by their kind [currency/a], in the order of a bill."""
    kinds = [kind for kind in KINDS if any(line["kind"] == kind for line in lines)]
    return {kind: sum(float(line["annual_cost"]) for line in lines if line["kind"] == kind) for kind in kinds}


def _taxes(book: Book, lines: Sequence[BillLine]) -> Iterator[BillLine]:
    """Write each tax on the lines of each invoice."""
    for row, tax in enumerate(book.billed.tariff.taxes):
        rates: dict[str, float] = {kind: book.number(f"{kind}_tax", row) for kind in tax.on}
        for invoice in dict.fromkeys(line.invoice for line in lines if line.kind in rates):
            taxed = [line for line in lines if line.invoice == invoice and line.kind in rates]
            base = sum((line.amount for line in taxed), start=0.0)
            amount = sum((rates[line.kind] * line.amount for line in taxed), start=0.0)
            annual = sum((rates[line.kind] * line.annual_cost for line in taxed), start=0.0)
            rate = amount / base if base else tax.rate
            yield BillLine(invoice, invoice, tax.name, "tax", base, book.currency, rate, "1", 1.0, amount, annual)
