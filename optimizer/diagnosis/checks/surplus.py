"""What has to be taken in a year, against what may be sold of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.diagnosis.amounts import amount, percent
from optimizer.diagnosis.reading import Reading, beyond
from optimizer.diagnosis.record import Finding


def yearly_surplus(site: Reading) -> Iterator[Finding]:
    """Compare the energy that may not be curtailed, less the share of it that may be sold, with what can use it."""
    weight = site["weight"]
    if "curtailment_limit" not in site.data or "export_share" not in site.data or weight.min() != weight.max():
        return
    hours, share = weight * site.dt, float(site["export_share"])
    power = (1 - site["curtailment_limit"])[:, None] * site["availability"] * site.least("supply_capacity")[:, None]
    taken, load = float((power * hours).sum()), float((site.greatest_load * hours).sum())
    lost = _lost_in_batteries(site, float(hours.sum()), float(weight[0]))
    surplus = (1 - share) * taken - load - lost
    if not beyond(surplus, taken):
        return
    who = [name for name, most in zip(site.names("supply"), power.max(axis=1), strict=True) if most > 0]
    text = (
        f"over a year, {amount(taken)} MWh of {' and '.join(who)} may not be curtailed, and {percent(share)} of it may "
        f"be sold; load and losses of batteries take {amount(load + lost)} MWh at most: {amount(surplus)} MWh are too "
        "much"
    )
    yield Finding("yearly_surplus", text, surplus, "MWh/a")


def _lost_in_batteries(site: Reading, hours: float, weight: float) -> float:
    """Give the most that batteries can take in a year and not give back [MWh]: losses, and what they end with."""
    power, full = site.most("power_capacity"), site["state_of_health"] * site.most("energy_capacity")
    out = site["discharge_efficiency"]
    wasted = power * (1 - site["charge_efficiency"] * out) + out * site["self_discharge"] * site["soc_max"] * full
    room = out * np.maximum(site["soc_max"] - site["soc_min"], 0.0) * full
    return float((wasted * hours + room * weight).sum())
