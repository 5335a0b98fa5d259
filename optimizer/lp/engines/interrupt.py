"""Ctrl-C while an engine runs."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interrupt:
    """Note Ctrl-C in place of raising `KeyboardInterrupt` wherever Python happens to be; raise it at the end.

    The engine is to look at `arrived` and stop. A second Ctrl-C is raised at once. Nothing is done outside the main
    thread, where no signal arrives, nor where Ctrl-C has a meaning of its own.

    Attributes
    ----------
    arrived : bool
        Whether the user has pressed Ctrl-C.
    """

    def __init__(self) -> None:
        self.arrived = False
        self._catches = False

    def __enter__(self) -> Interrupt:
        main = threading.current_thread() is threading.main_thread()
        self._catches = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._catches:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._catches:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.arrived and error is None:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.arrived:
            signal.default_int_handler(number, frame)
        self.arrived = True
