"""A page that explains why a run has no plan, where one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import NoPlanError


@contextmanager
def explained_at(page: Path | None) -> Iterator[None]:
    """Write the page of a diagnosis where there is no plan; the error goes on in any case.

    Parameters
    ----------
    page : Path or None
        The file to write, such as ``infeasible.html``; None for no page.

    Raises
    ------
    NoPlanError
        The one that was raised within, with a word on the page.
    """
    try:
        yield
    except NoPlanError as error:
        if page is None or error.diagnosis is None:
            raise
        raise type(error)(f"{error}\n{_written(error, page)}", error.diagnosis) from error


def _written(error: NoPlanError, page: Path) -> str:
    from optimizer.report.diagnosis import write_diagnosis  # noqa: PLC0415 (plotly is slow to load)

    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_diagnosis(error.diagnosis, page)
    except OSError as reason:
        return f"The page {page} could not be written: {reason.strerror or reason}"
    return f"Page: {page}"
