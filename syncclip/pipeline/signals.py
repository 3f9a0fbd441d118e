"""Signals that stop a run, where it starts processes and in them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["end_with", "unstopped"]

STOPS = (signal.SIGINT, signal.SIGTERM)
LOOK_EVERY_S = 1.0
"""Seconds between looks for the first process."""


@contextmanager
def unstopped() -> Iterator[None]:
    """Let Ctrl-C and termination wait; processes that are started here never get them.

    A stop would leave a process that is half started. Ctrl-C in a terminal reaches all processes:
    the first one decides, and the others must not say anything even while they are starting.
    """
    waiting: list[int] = []
    first = threading.current_thread() is threading.main_thread()  # only it may handle signals
    before = {
        number: signal.signal(number, lambda number, _: waiting.append(number))
        for number in (STOPS if first else ())
    }
    try:
        with _blocked():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for stop in waiting[:1]:
            signal.raise_signal(stop)


@contextmanager
def _blocked() -> Iterator[None]:
    """Processes inherit what is blocked."""
    if sys.platform == "win32":
        yield
        return
    # Started by the first process, it would unblock them.
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(parent: int, folder: Path) -> None:
    """Make this process deaf to Ctrl-C, and end it when its parent or a folder is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent, folder), daemon=True).start()


def _watch(parent: int, folder: Path) -> None:
    while os.getppid() == parent and folder.exists():
        time.sleep(LOOK_EVERY_S)
    os._exit(1)
