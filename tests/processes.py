"""Processes of this machine that a test started, kills or waits for, as Linux lists them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "children", "kill", "left_of_session"]


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has not ended, or that nobody asked about since."""

    number: int
    state: str
    parent: int
    session: int
    command: str


def children(parent: int) -> list[Process]:
    """What a process started."""
    return [process for process in _running() if process.parent == parent]


def kill(numbers: Iterable[int]) -> None:
    """Kill processes; those that have just ended are none."""
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def left_of_session(leader: int, *, within_s: float) -> list[str]:
    """Command lines of the processes that a session still has after some time to end."""
    deadline = time.monotonic() + within_s
    while (found := _of_session(leader)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _of_session(leader: int) -> list[str]:
    processes = (process for process in _running() if process.session == leader)
    return [process.command for process in processes if process.state != "Z"]


def _running() -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            line = (folder / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
        except OSError:  # it has just ended
            continue
        yield Process(int(folder.name), fields[0], int(fields[1]), int(fields[3]), line)
