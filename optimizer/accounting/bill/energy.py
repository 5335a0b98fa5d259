"""Energy on the bill: by band, by block, and what is sold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.accounting.bill.line import BillLine, Book, Floats


def energy(book: Book) -> Iterator[BillLine]:
    """Bill energy at the price that the connection has besides any tariff."""
    prices, tariff = book.hourly("energy_price"), book.billed.tariff
    if prices.any() or not (tariff.energy_bands or tariff.block_rates):
        yield from _by_period(book, "Energy", book.imported, prices, _always(book))


def bands(book: Book) -> Iterator[BillLine]:
    """Bill the energy of each time-of-use band."""
    for place, band in enumerate(book.billed.tariff.energy_bands):
        prices = book.hourly("band_price", place)
        yield from _by_period(book, band.name, book.imported, prices, book.metering.band == place)


def export(book: Book) -> Iterator[BillLine]:
    """Credit energy sold, as negative amounts."""
    power, price, bands = book.hourly("grid_export"), book.hourly("export_price"), book.billed.tariff.export_bands
    if not power.any():
        return
    if not bands:
        yield from _by_period(book, "Export", power, -price, _always(book), kind="export")
        return
    in_bands = [book.hourly("export_band_price", place) for place in range(len(bands))]
    price = price - (book.metering.export_band_share * in_bands).sum(axis=0)  # what is paid in every band
    for place, band in enumerate(bands):
        here = book.metering.export_band == place
        yield from _by_period(book, f"Export, {band.name}", power, -(price + in_bands[place]), here, kind="export")


def blocks(book: Book) -> Iterator[BillLine]:
    """Bill the energy of each block, filled from the first."""
    for row, (rate, metered) in enumerate(book.billed.blocks):
        left = float((book.imported[metered.hours] * metered.lengths).sum())
        begins, invoice = "0", book.invoice(metered, rate.period)
        for tier, (block, width) in enumerate(zip(rate.blocks, book.billed.widths(rate, metered), strict=True)):
            quantity, price = min(left, float(width)), float(book.plan["block_price"].values[row, tier])
            left -= quantity
            ends = "" if block.up_to is None else f"{block.up_to:,.10g}"
            extent = f"{begins} to {ends} MWh" if ends else f"above {begins} MWh"
            yield BillLine(
                invoice,
                metered.period,
                f"{rate.name}, {extent}",
                "energy",
                quantity,
                "MWh",
                price,
                f"{book.currency}/MWh",
                1.0,
                quantity * price,
                book.number("block_weight", row) * quantity * price,
                "" if metered.share == 1 else f"blocks for {metered.share:.6g} of the period",
            )
            begins = ends


def _always(book: Book) -> NDArray[np.bool_]:
    return np.ones(len(book.pieces.hours), dtype=bool)


def _by_period(
    book: Book, name: str, power: Floats, prices: Floats, where: NDArray[np.bool_], *, kind: str = "energy"
) -> Iterator[BillLine]:
    """Sum energy over the pieces of time that are marked, billing period by billing period."""
    for number in np.unique(book.numbers[where]).tolist():
        here = where & (book.numbers == number)
        interval, period = book.pieces.interval[here], book.periods.label(number)
        amounts = power[interval] * book.pieces.hours[here] * prices[interval]
        quantity, amount = float((power[interval] * book.pieces.hours[here]).sum()), float(amounts.sum())
        yield BillLine(
            period,
            period,
            name,
            kind,
            quantity,
            "MWh",
            _price(amount, quantity, prices[interval]),
            f"{book.currency}/MWh",
            1.0,
            amount,
            float((book.weights[interval] * amounts).sum()),
            book.from_beside(here),
        )


def _price(amount: float, quantity: float, prices: Floats) -> float | None:
    """Give the price where there is one alone, and else the mean over what was bought."""
    if prices.min() == prices.max():
        return float(prices[0])
    return amount / quantity if quantity else None
