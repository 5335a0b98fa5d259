"""Power on the bill: peaks, coincident peaks, overrun and subscribed power; and what is due whatever is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.accounting.bill.line import BillLine, Book
from optimizer.tariff.charges import Period
from optimizer.tariff.metering import Metered

_BEFORE = "metered before the horizon"
_MONTHS, _HOURS = 12, 8760  # of a year


def demand(book: Book) -> Iterator[BillLine]:
    """Bill the peak of each charge and period, or what a ratchet makes of an earlier one."""
    peaks = {metered.label: _peak(book, metered, charge.period) for charge, metered in book.billed.demand}
    period_of = {metered.label: metered.period for _, metered in book.billed.demand}
    for row, (charge, metered) in enumerate(book.billed.demand):
        candidates = [peaks[metered.label]]
        if charge.ratchet is not None:
            share = book.number("ratchet_share", row)
            candidates.append((book.number("ratchet_floor", row), f"{share:.6g} of a peak {_BEFORE}"))
            candidates += [
                (share * peaks[other][0], f"{share:.6g} of the peak of {period_of[other]}")
                for label, other in book.billed.ratchet_pairs()
                if label == metered.label
            ]
        quantity, remark = max(candidates, key=lambda candidate: candidate[0])
        price = book.number("demand_price", row)
        yield _of_power(
            book, charge.name, "demand", metered, charge.period, quantity=quantity, price=price, remark=remark
        )


def overrun(book: Book) -> Iterator[BillLine]:
    """Bill peaks above the subscribed power."""
    for row, (charge, metered) in enumerate(book.billed.overrun):
        peak, remark = _peak(book, metered, charge.period)
        quantity = max(0.0, peak - book.number("subscribed_power"))
        price = book.number("overrun_price", row)
        yield _of_power(
            book,
            charge.name,
            "overrun",
            metered,
            charge.period,
            quantity=quantity,
            price=price,
            remark=remark if quantity else "",
        )


def coincident(book: Book) -> Iterator[BillLine]:
    """Bill the import at coincident peaks, which is its mean where a period has several."""
    for row, (charge, metered, hours) in enumerate(book.billed.coincident):
        shares = book.hourly("coincident_share", row)[: len(hours)]
        if shares.any():
            yield _of_power(
                book,
                charge.name,
                "demand",
                metered,
                charge.period,
                quantity=float((shares * book.imported[hours]).sum()),
                price=book.number("coincident_price", row),
                remark=book.moments(hours[shares > 0], metered, charge.period),
            )


def subscribed(book: Book) -> Iterator[BillLine]:
    """Bill subscribed power: a twelfth of its yearly cost a month, or by the hours of billing periods with dates."""
    yearly = book.number("subscribed_power_cost") if "subscribed_power_cost" in book.plan else 0.0
    if not yearly:
        return
    quantity = book.number("subscribed_power") - book.number("subscribed_power_existing")
    found = book.metering.metered("Subscribed power", "billing")
    parts = [_part_of_year(book, metered) for metered in found]
    for metered, part in zip(found, parts, strict=True):
        price = yearly * part / metered.share
        line = _of_power(book, metered.charge, "subscribed", metered, "billing", quantity=quantity, price=price)
        yield line._replace(annual_cost=quantity * yearly * part / sum(parts))


def _part_of_year(book: Book, metered: Metered) -> float:
    if book.periods.kind == "month":
        return metered.share / _MONTHS
    return float(metered.lengths.sum()) / _HOURS


def fixed(book: Book) -> Iterator[BillLine]:
    """Bill what is due for each period whatever is drawn."""
    for row, (charge, metered) in enumerate(book.billed.fixed):
        price = book.number("fixed_price", row)
        line = _of_power(book, charge.name, "fixed", metered, charge.period, quantity=1.0, price=price)
        yield line._replace(unit="1", price_unit=book.currency)


def _peak(book: Book, metered: Metered, kind: Period) -> tuple[float, str]:
    """Give the peak of a charge and period, and when it was."""
    before = book.peaks_so_far[metered.label]
    if not len(metered.hours):
        return before, _BEFORE
    place = int(metered.hours[np.argmax(book.imported[metered.hours])])
    peak = float(book.imported[place])
    if before > peak:
        return before, _BEFORE
    return peak, book.moment(place, metered, kind) if peak > 0 else ""


def _of_power(
    book: Book,
    name: str,
    kind: str,
    metered: Metered,
    period: Period,
    *,
    quantity: float,
    price: float,
    remark: str = "",
) -> BillLine:
    return BillLine(
        book.invoice(metered, period),
        metered.period,
        name,
        kind,
        quantity,
        "MW",
        price,
        f"{book.currency}/MW",
        metered.share,
        quantity * price * metered.share,
        quantity * price * metered.weight(book.weights),
        remark,
    )
