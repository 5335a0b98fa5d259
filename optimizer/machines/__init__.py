"""What the GPUs stand in: a catalogue of machines, fleets of racks with arrival dates, and conversions between units.

`machine` is one kind of rack and its figures, `catalogue` those that come with the package, each with its source,
`fleet` racks in a site over time, `conversion` the arithmetic between racks, GPUs, power, GPU-hours and facility power.
"""

from __future__ import annotations

from optimizer.machines.catalogue import Entry, Evidence, catalogue
from optimizer.machines.fleet import Arrival, Fleet, liquid_share
from optimizer.machines.machine import Machine

__all__ = ["Arrival", "Entry", "Evidence", "Fleet", "Machine", "catalogue", "liquid_share"]
