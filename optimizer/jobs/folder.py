"""A folder that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from optimizer.errors import Fault, InputError

if sys.platform != "win32":
    import fcntl

_ELSEWHERE = "choose another --output"
_REMEDIES = {
    errno.ENOSPC: "free space there, or choose another --output",
    errno.EDQUOT: "free space there, or choose another --output",
    errno.EFBIG: "raise the limit on the size of files, or choose another --output",
    errno.EACCES: "ask for the right to write there, or choose another --output",
}


def usable_target(target: Path, *, expected: frozenset[str], mark: str) -> Path:
    """Check, before any work is done, that a run may be written to a folder.

    Parameters
    ----------
    target : Path
        The folder; it need not exist.
    expected : frozenset of str
        Names of the files that a run writes.
    mark : str
        The one of them that every run has, by which a former run is known.

    Returns
    -------
    Path
        The folder without links and relative parts.

    Raises
    ------
    InputError
        If it is a file, the working folder, a mount point, holds anything but a run, or cannot be written.
    """
    try:
        resolved = target.resolve()
        fault = _occupied(resolved, expected, mark)
        existing = next(folder for folder in resolved.parents if folder.exists())
    except RuntimeError as error:  # until Python 3.13; then an OSError too
        raise InputError([Fault(str(target), "is a link that leads back to itself", _ELSEWHERE)]) from error
    except OSError as error:
        raise not_writable(target, error) from error
    if fault is None and not os.access(existing, os.W_OK | os.X_OK):
        fault = (f"cannot be written: no right to write in {existing}", _REMEDIES[errno.EACCES])
    if fault is not None:
        raise InputError([Fault(str(target), *fault)])
    return resolved


def _occupied(target: Path, expected: frozenset[str], mark: str) -> tuple[str, str] | None:
    """Say what keeps a path from being taken: (what, remedy), or None."""
    try:
        names = _names(target)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        file = next(path for path in (*reversed(target.parents), target) if not path.is_dir())
        return ("is a file, not a folder" if file == target else f"lies below {file}, which is a file"), _ELSEWHERE
    if target == Path.cwd() or target in Path.cwd().parents:
        return "is the working folder, or holds it", "name a folder below it"
    if os.path.ismount(target):
        return "is a mount point, which cannot be replaced as a whole", f"name a folder below it: {target / 'run'}"
    return _no_run(names, expected, mark)


def _names(folder: Path) -> set[str]:
    """List a folder; again if another run replaced it meanwhile, of which half might be seen being removed."""
    while True:
        before = folder.stat()
        names = {path.name for path in folder.iterdir()}
        after = folder.stat()
        if (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns):
            return names


def _no_run(names: set[str], expected: frozenset[str], mark: str) -> tuple[str, str] | None:
    """Say why a folder's content is not a former run: (what, remedy), or None."""
    strangers = sorted(names - expected)
    if strangers:
        return f"holds {', '.join(strangers[:3])}, which is not part of a run", _ELSEWHERE
    if names and mark not in names:
        return f"holds {', '.join(sorted(names))} but no {mark}, so it is not a run", _ELSEWHERE
    return None


@contextmanager
def whole_folder(target: Path, *, expected: frozenset[str], mark: str) -> Iterator[Path]:
    """Write into a hidden folder beside the target; rename it to the target only when all is written.

    Parameters
    ----------
    target : Path
        The final folder. A former run there is replaced, after the new one is complete.
    expected : frozenset of str
        Names of the files that a run writes.
    mark : str
        The one of them that every run has.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    InputError
        If the target is not usable, or cannot be written. Nothing is left behind then, and a former run stays.
    """
    resolved = usable_target(target, expected=expected, mark=mark)
    try:
        resolved.parent.mkdir(parents=True, exist_ok=True)
        _sweep(resolved)
        with _claimed(resolved) as partial:
            yield partial
            _sync(partial)
            with _undisturbed():
                _swap(partial, resolved)
    except OSError as error:
        if error.filename is not None and not Path(error.filename).is_relative_to(resolved.parent):
            raise  # about a file of another place, so not the user's to mend
        raise not_writable(target, error) from error


def not_writable(target: Path, error: OSError) -> InputError:
    """Tell the user why something cannot be written, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, _ELSEWHERE)
    return InputError([Fault(str(target), f"cannot be written: {error.strerror or error}", remedy)])


@contextmanager
def _claimed(target: Path) -> Iterator[Path]:
    """Make a hidden folder, locked for as long as this process lives; remove what is left of it."""
    mark = uuid.uuid4().hex[:12]
    draft, partial = (target.parent / f".{target.name}.{stage}-{mark}" for stage in ("draft", "partial"))
    draft.mkdir()
    lock = _locked(draft)
    try:
        draft.rename(partial)  # only now that it is locked may others find it
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Lock a folder; None if another process holds it, it is gone, or the system has no such locks.

    The lock goes with the process, however that ends, so it tells a living run from a dead one, across containers too.
    """
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _sweep(target: Path) -> None:
    """Remove what killed runs left behind; put a former run back that was caught between two renames."""
    pattern = re.compile(re.escape(f".{target.name}.") + "(partial|former)-[0-9a-f]{12}")
    for path in sorted(target.parent.iterdir()):
        found = pattern.fullmatch(path.name)
        if found is None or (lock := _locked(path)) is None:
            continue
        if found[1] == "former" and not target.exists():
            with suppress(OSError):  # a living run was just removing it
                path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _sync(folder: Path) -> None:
    """Bring all files to the disk, so that not even a power cut leaves a whole folder of half files."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _swap(partial: Path, target: Path) -> None:
    """Put the new folder in place; the former one is set aside first and removed last."""
    former = partial.with_name(partial.name.replace(".partial-", ".former-"))
    while True:
        with suppress(FileNotFoundError):
            target.rename(former)
        try:
            partial.rename(target)
            break
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another run was quicker: the last one stays
                shutil.rmtree(former, ignore_errors=True)
                continue
            if former.exists():
                former.rename(target)
            raise
    shutil.rmtree(former, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back until the block is done, so that nobody can interrupt between two renames."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone
        return
    held: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    former = {number: handler for number in numbers if (handler := signal.getsignal(number)) is not None}
    for number in former:
        signal.signal(number, lambda got, _frame: held.append(got))
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for number in held:
            signal.raise_signal(number)
