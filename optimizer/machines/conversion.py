"""Conversions between racks, GPUs, IT power, GPU-hours and facility power.

IT power is what the racks draw, facility power what the site draws for them: IT power times PUE. Utilisation runs from
0, all racks idle, to 1, all at rated power. Arguments may be numbers or arrays that broadcast.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.machines.machine import Machine

Values = NDArray[np.float64]

_ROUNDING = 1e-9


def gpus_of_racks(racks: ArrayLike, machine: Machine) -> Values:
    """Count the GPUs of racks."""
    return np.multiply(racks, float(machine.gpus))


def racks_of_gpus(gpus: float, machine: Machine) -> int:
    """Count the whole racks that hold so many GPUs.

    Examples
    --------
    >>> racks_of_gpus(100, Machine(gpus=72, rack_power=0.12))
    2
    """
    return math.ceil(gpus / machine.gpus - _ROUNDING)


def it_power_of_racks(racks: ArrayLike, machine: Machine, utilisation: ArrayLike = 1.0) -> Values:
    """Give the IT power of racks [MW] at a utilisation.

    Examples
    --------
    >>> rack = Machine(gpus=72, rack_power=0.12, idle_share=0.2)
    >>> [round(float(it_power_of_racks(100, rack, share)), 6) for share in (0, 0.5, 1)]
    [2.4, 7.2, 12.0]
    """
    return np.multiply(racks, machine.power(utilisation))


def it_power_of_gpus(gpus: ArrayLike, machine: Machine, utilisation: ArrayLike = 1.0) -> Values:
    """Give the IT power of GPUs [MW] at a utilisation, with their share of all else in the rack."""
    return it_power_of_racks(np.divide(gpus, machine.gpus), machine, utilisation)


def gpus_of_it_power(it_power: ArrayLike, machine: Machine, utilisation: ArrayLike = 1.0) -> Values:
    """Count the GPUs that draw an IT power [MW] at a utilisation; the inverse of `it_power_of_gpus`."""
    return np.divide(it_power, it_power_of_gpus(1.0, machine, utilisation))


def gpu_hours_of_it_energy(it_energy: ArrayLike, machine: Machine, utilisation: ArrayLike = 1.0) -> Values:
    """Give the GPU-hours [h] that an IT energy [MWh] runs at a utilisation.

    Examples
    --------
    >>> round(float(gpu_hours_of_it_energy(12, Machine(gpus=72, rack_power=0.12))), 6)
    7200.0
    """
    return gpus_of_it_power(it_energy, machine, utilisation)


def it_energy_of_gpu_hours(gpu_hours: ArrayLike, machine: Machine, utilisation: ArrayLike = 1.0) -> Values:
    """Give the IT energy [MWh] that GPU-hours [h] take at a utilisation."""
    return it_power_of_gpus(gpu_hours, machine, utilisation)


def facility_power(it_power: ArrayLike, pue: ArrayLike) -> Values:
    """Give the facility power [MW], or energy [MWh], for an IT power, or energy, at a PUE [1] of the time.

    Examples
    --------
    >>> facility_power([10, 10], [1.1, 1.3]).tolist()
    [11.0, 13.0]
    """
    return np.multiply(it_power, pue)


def it_power_of_facility(facility: ArrayLike, pue: ArrayLike) -> Values:
    """Give the IT power [MW] that a facility power [MW] serves at a PUE [1] of the time."""
    return np.divide(facility, pue)


def racks_within(facility: ArrayLike, machine: Machine, pue: ArrayLike) -> int:
    """Count the whole racks whose rated power a facility power carries in every interval.

    Parameters
    ----------
    facility : (hour,) array or float [MW]
        What the site may draw for IT equipment and all that serves it.
    machine : Machine
        The racks.
    pue : (hour,) array or float [1]
        Power usage effectiveness; the worst interval decides.

    Returns
    -------
    int
        Racks.

    Examples
    --------
    >>> racks_within(40, Machine(gpus=72, rack_power=0.12), 1.2)
    277
    """
    served = float(np.min(it_power_of_facility(facility, pue)))
    return math.floor(served / machine.rack_power + _ROUNDING)
