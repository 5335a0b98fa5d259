"""What a run is doing, and how long each step took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Steps:
    """Keeps the time of each step; silent. Subclasses show what happens.

    Attributes
    ----------
    seconds : dict of str to float
        Duration of each finished step, by name, in order; a step done more than once has the sum.

    Examples
    --------
    >>> steps = Steps()
    >>> with steps.step("think"):
    ...     pass
    >>> list(steps.seconds)
    ['think']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        self.begun(name)
        started = time.perf_counter()
        try:
            yield
        except BaseException:
            self.broken(name)
            raise
        seconds = time.perf_counter() - started
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.done(name, seconds)

    def begun(self, name: str) -> None:
        """Hear that a step begins."""

    def progress(self, line: str) -> None:
        """Hear how far the running step is."""

    def done(self, name: str, seconds: float) -> None:
        """Hear that a step is done."""

    def broken(self, name: str) -> None:
        """Hear that a step ended early: by an error, or because the user interrupted it."""
