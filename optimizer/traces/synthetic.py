"""A made-up load with a seed: training that runs on plateaus and restarts, inference that follows its users.

Every figure is an example, unverified, until a user replaces it. What is drawn depends on the seed and on the start of
the horizon alone: 60, 30 and 15 minutes give the same energy.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.signal import lfilter

from optimizer.series.clock import to_labels
from optimizer.specification.base import Specification
from optimizer.specification.fields import Measured

Values = NDArray[np.float64]

_HOUR = np.timedelta64(3600 * 10**9, "ns")
_MONDAY = np.datetime64("1970-01-05")
_INFERENCE = 10**6  # sets the noise of inference apart from the jobs, which are numbered from 0


def _share(description: str) -> Measured:
    return Measured("1", description, at_least=0.0, at_most=1.0, slip=100.0)


def _hours(description: str) -> Measured:
    return Measured("h", description, above=0.0)


class Training(Specification):
    """Training: jobs side by side, each on a plateau that restarts interrupt, one after the other.

    Examples
    --------
    >>> Training(jobs=4).plateau
    0.95
    """

    jobs: Annotated[int, Measured("1", "Jobs that run at the same time", at_least=1.0, whole=True)] = 8
    plateau: Annotated[float, _share("Mean utilisation while a job runs; example, unverified")] = 0.95
    spread: Annotated[float, _share("Standard deviation of it between jobs; example, unverified")] = 0.03
    job_hours: Annotated[float, _hours("Mean length of a job; example, unverified")] = 168.0
    hours_between_restarts: Annotated[float, _hours("Mean time between restarts; example, unverified")] = 48.0
    restart_hours: Annotated[float, _hours("Time at idle while a job restarts or the next one starts")] = 0.5


class Inference(Specification):
    """Inference: a day shape on the local clock, lower at weekends, with noise that lasts for some hours.

    Examples
    --------
    >>> Inference(peak_to_mean=1.5).peak_hour
    15.0
    """

    mean: Annotated[float, _share("Mean utilisation; example, unverified")] = 0.5
    peak_to_mean: Annotated[
        float, Measured("1", "Peak of the day over its mean; example, unverified", at_least=1.0, at_most=2.0)
    ] = 1.35
    peak_hour: Annotated[float, Measured("h", "Local time of the peak", at_least=0.0, at_most=24.0)] = 15.0
    weekend: Annotated[
        float, Measured("1", "Use at weekends over that of weekdays; example, unverified", at_least=0.0, at_most=2.0)
    ] = 0.8
    noise: Annotated[float, _share("Standard deviation of utilisation around its shape; example, unverified")] = 0.03
    noise_hours: Annotated[float, _hours("How long a deviation lasts; example, unverified")] = 6.0


class SyntheticLoad(Specification):
    """A load of training and inference on one fleet.

    Examples
    --------
    >>> ends = np.arange("2025-01-06", "2025-01-13", 1, dtype="datetime64[h]").astype("datetime64[ns]")
    >>> week = SyntheticLoad(training_share=0.6, seed=1).utilisation(ends, "Africa/Casablanca")
    >>> week.shape, bool((week >= 0).all() and (week <= 1).all())
    ((167,), True)
    """

    training_share: Annotated[float, _share("Share of the racks that train; the others infer")] = 0.6
    training: Annotated[Training, Field(description="How training runs")] = Training()
    inference: Annotated[Inference, Field(description="How inference runs")] = Inference()
    seed: Annotated[int, Measured("1", "Seed of what is random", at_least=0.0, whole=True)] = 0

    def utilisation(self, boundaries: NDArray[np.datetime64], zone: str) -> Values:
        """Make the utilisation of all racks.

        Parameters
        ----------
        boundaries : (hour + 1,) datetime64[ns], UTC
            Ends of the intervals.
        zone : str
            IANA zone of the users, whose clock the shape of inference follows.

        Returns
        -------
        (hour,) array [0 to 1]
            Means over the intervals; 0 is idle, 1 busy.
        """
        train, infer = self.training_utilisation(boundaries), self.inference_utilisation(boundaries, zone)
        return self.training_share * train + (1 - self.training_share) * infer

    def training_utilisation(self, boundaries: NDArray[np.datetime64]) -> Values:
        """Make the utilisation of the racks that train, (hour,); parameters as in `utilisation`."""
        hours = (boundaries - boundaries[0]) / _HOUR
        jobs = [
            _plateaus(self.training, hours, np.random.default_rng([self.seed, job]))
            for job in range(self.training.jobs)
        ]
        return np.asarray(np.mean(jobs, axis=0))

    def inference_utilisation(self, boundaries: NDArray[np.datetime64], zone: str) -> Values:
        """Make the utilisation of the racks that infer, (hour,); parameters as in `utilisation`."""
        given, hours = self.inference, (boundaries - boundaries[0]) / _HOUR
        shape = _day_shape(given, boundaries, zone)
        noise = _noise(given, hours, np.random.default_rng([self.seed, _INFERENCE]))
        return np.clip(given.mean * shape + noise, 0.0, 1.0)


def _plateaus(training: Training, hours: Values, draw: np.random.Generator) -> Values:
    """Let one job after the other run, with its restarts, and take means over the intervals."""
    ends, levels = [0.0], []
    while ends[-1] < hours[-1]:
        level = float(np.clip(draw.normal(training.plateau, training.spread), 0.0, 1.0))
        done = ends[-1] + draw.exponential(training.job_hours)
        while ends[-1] < done:
            ends += [min(done, ends[-1] + draw.exponential(training.hours_between_restarts))]
            ends += [ends[-1] + training.restart_hours]
            levels += [level, 0.0]
    return _interval_means(np.array(ends), np.array(levels), hours)


def _interval_means(ends: Values, levels: Values, hours: Values) -> Values:
    """Take means over intervals, whose ends are `hours`, of what is constant between `ends`."""
    sums = np.concatenate([[0.0], np.cumsum(levels * np.diff(ends))])
    return np.asarray(np.diff(np.interp(hours, ends, sums)) / np.diff(hours))


def _day_shape(given: Inference, boundaries: NDArray[np.datetime64], zone: str) -> Values:
    """Give a cosine around the peak hour, exact over each interval, with a mean of 1 over a week."""
    length = np.diff(boundaries)
    local = to_labels(boundaries[:-1] + length // 2, zone)
    hour = ((local - local.astype("datetime64[D]")) / _HOUR).astype(float)
    weekday = (local - _MONDAY).astype("timedelta64[D]").astype(np.int64) % 7
    swing = (given.peak_to_mean - 1) * np.sinc(length / _HOUR / 24) * np.cos(2 * np.pi * (hour - given.peak_hour) / 24)
    days = np.where(weekday >= 5, given.weekend, 1.0) / ((5 + 2 * given.weekend) / 7)
    return np.asarray((1 + swing) * days)


def _noise(given: Inference, hours: Values, draw: np.random.Generator) -> Values:
    """Make noise hour by hour, each deviation fading over `noise_hours`, and take means over the intervals."""
    count = int(np.ceil(hours[-1])) + 1
    kept = float(np.exp(-1 / given.noise_hours))
    steady = draw.normal(0.0, given.noise, count)
    steady[1:] *= np.sqrt(1 - kept**2)
    levels = lfilter([1.0], [1.0, -kept], steady)
    return _interval_means(np.arange(count + 1.0), np.asarray(levels), hours)
