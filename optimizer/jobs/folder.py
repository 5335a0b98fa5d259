"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import Fault, InputError


@contextmanager
def whole_folder(target: Path, *, expected: frozenset[str]) -> Iterator[Path]:
    """Write into a hidden folder beside the target; rename it to the target only when all is written.

    Parameters
    ----------
    target : Path
        The final folder. A former run there is replaced; a folder that holds anything else is refused.
    expected : frozenset of str
        Names of the files that a run writes.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    InputError
        If the target holds something that is not a run, or cannot be written (rights, full disk). Nothing is left
        behind, and a former run stays.
    """
    try:
        _refuse_strangers(target, expected)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        partial = _partial(target, os.getpid())
        partial.mkdir()
    except OSError as error:
        raise _not_writable(target, error) from error
    try:
        yield partial
        _swap(partial, target)
    except OSError as error:
        raise _not_writable(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _partial(target: Path, process: int) -> Path:
    return target.parent / f".{target.name}.partial-{process}"


def _refuse_strangers(target: Path, expected: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError([Fault(str(target), "is a file, not a folder", "choose another --output")])
    strangers = sorted(path.name for path in target.iterdir() if path.name not in expected)
    if strangers:
        raise InputError(
            [Fault(str(target), f"holds {', '.join(strangers[:3])}, which is not part of a run", "choose another --output")]
        )


def _sweep(target: Path) -> None:
    """Remove what a killed run left behind."""
    pattern = re.compile(re.escape(f".{target.name}.partial-") + r"(\d+)")
    for path in target.parent.iterdir():
        found = pattern.fullmatch(path.name)
        if found and not _alive(int(found.group(1))):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()


def _swap(partial: Path, target: Path) -> None:
    """Put the new folder in place; the old one is set aside first and removed last."""
    for path in partial.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    aside = target.parent / f".{target.name}.old-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    try:
        partial.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _not_writable(target: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError([Fault(str(target), f"cannot be written: {reason}", "free space or choose another --output")])
