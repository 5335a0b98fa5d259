"""IT load from what was measured: power of GPUs, or requests, laid onto a horizon and scaled to a fleet; or made up.

`samples` is what a file holds, `readers` the formats, `judging` what is wrong with it and the trace that is left,
`profile` the week that is fitted to a trace and its error, `synthetic` a generator with a seed, `load` the series that
a scenario may name.

>>> from optimizer import traces
>>> trace = traces.read_trace("dcgm.csv", zone="Europe/Paris")  # doctest: +SKIP
>>> fit = traces.fit(trace)  # doctest: +SKIP
>>> load = traces.load_series(fit, horizon, fleet, zone="Africa/Casablanca")  # doctest: +SKIP
>>> traces.write_load(load, "it_load.nc")  # doctest: +SKIP
"""

from __future__ import annotations

from optimizer.traces.judging import Trace
from optimizer.traces.load import load_series, synthetic_load, usage, write_load
from optimizer.traces.profile import Fit, Profile, fit
from optimizer.traces.readers import read_trace
from optimizer.traces.synthetic import Inference, SyntheticLoad, Training

__all__ = [
    "Fit",
    "Inference",
    "Profile",
    "SyntheticLoad",
    "Trace",
    "Training",
    "fit",
    "load_series",
    "read_trace",
    "synthetic_load",
    "usage",
    "write_load",
]
