"""One kind of machine: a rack, or a system that is sold by itself, and what it draws."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationInfo, field_validator

from optimizer.specification.base import Specification, shown, wrong
from optimizer.specification.fields import Measured


class Machine(Specification):
    """A rack, or a system that is sold by itself, with its GPUs and what it draws.

    Power is what the rack takes from its feed with everything in it: GPUs, processors, network, fans and its own power
    supplies. It rises from idle to rated power with utilisation.

    Examples
    --------
    >>> machine = Machine(title="our rack", gpus=8, rack_power=0.0102, idle_share=0.2)
    >>> round(machine.gpus_per_mw, 1), machine.power([0, 0.5, 1]).round(6).tolist()
    (784.3, [0.00204, 0.00612, 0.0102])
    """

    title: Annotated[str, Field(description="What the machine is called")] = ""
    gpus: Annotated[int, Measured("1", "GPUs of a rack", at_least=1.0, whole=True)]
    rack_power: Annotated[
        float, Measured("MW", "Rated power of a rack with all that is in it", above=0.0, at_most=2.0, slip=1000.0)
    ]
    idle_share: Annotated[
        float, Measured("1", "Power of an idle rack, over its rated power", at_least=0.0, at_most=1.0, slip=100.0)
    ] = 0.0
    typical_share: Annotated[
        float, Measured("1", "Mean power of a busy rack, over its rated power", above=0.0, at_most=1.0, slip=100.0)
    ] = 1.0
    liquid_share: Annotated[
        float, Measured("1", "Share of the heat that liquid carries away", at_least=0.0, at_most=1.0, slip=100.0)
    ] = 0.0
    note: Annotated[str, Field(description="Where the figures come from; shown in reports")] = ""

    @field_validator("typical_share")
    @classmethod
    def _above_idle(cls, value: float, info: ValidationInfo) -> float:
        idle = info.data.get("idle_share")
        if idle is not None and value < idle:
            raise wrong(f"{shown(value)} is less than idle_share, {shown(idle)}", "swap them?")
        return value

    @property
    def gpus_per_mw(self) -> float:
        """GPUs for each MW of rated power [1/MW]."""
        return self.gpus / self.rack_power

    def power(self, utilisation: ArrayLike) -> NDArray[np.float64]:
        """Power of a rack [MW] at a utilisation between 0, which is idle, and 1, which is rated power."""
        return self.rack_power * (self.idle_share + np.multiply(utilisation, 1 - self.idle_share))
