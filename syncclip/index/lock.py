"""One writer per file: a lock that the operating system drops when its owner dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncclip.errors import OutputError
from syncclip.index._messages import shown

__all__ = ["locked"]

WAIT_S = 0.1
"""Between two looks at whether the other has finished."""

ATTEMPTS = 100
"""Each failure means that another run finished in between; so many in a row cannot happen."""


@contextmanager
def locked(folder: Path, *, output: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold a working folder for this process alone; it is made, and removed when left empty.

    Args:
        folder: The working folder.
        output: What is made in it, for messages.
        patience_s: How long to wait for another process.

    Raises:
        OutputError: Where another running process holds it.
        OSError: Where the folder cannot be made.
    """
    until = time.monotonic() + patience_s
    while (descriptor := _acquire(folder, output, must=time.monotonic() >= until)) is None:
        time.sleep(WAIT_S)
    try:
        yield
    finally:
        _release(descriptor, folder)


def _acquire(folder: Path, output: Path, *, must: bool) -> int | None:
    """The lock; None where another process holds it and it may be waited for."""
    path = folder / "lock"
    for _ in range(ATTEMPTS):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # the folder was removed by a run that finished just now
            continue
        if not _try_lock(descriptor):
            os.close(descriptor)
            if not must:
                return None
            raise OutputError(
                f"{shown(output)} is being written by another run; "
                "wait for it or choose another place with -o"
            )
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # the run before removed the file that was locked here
    raise OutputError(f"{shown(output)} cannot be locked; choose another place with -o")


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _release(descriptor: int, folder: Path) -> None:
    """Remove the lock file before the lock is dropped: else a third run could lock a new one."""
    with suppress(OSError):  # Windows does not remove open files: the empty folder stays
        if [entry.name for entry in folder.iterdir()] == ["lock"]:
            (folder / "lock").unlink()
            folder.rmdir()
    os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
