"""Tasks in processes of this machine: one process for each that runs at the same time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from syncclip.pipeline.signals import unstopped
from syncclip.pipeline.tasks import (
    REPORT_EVERY_S,
    STOPPED,
    Failure,
    Reported,
    Task,
    attempt,
    throttled,
)
from syncclip.pipeline.workers import ENVIRONMENT
from syncclip.progress import OnProgress, Progress

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

__all__ = ["LocalTasks"]

ATTEMPTS = 2
"""A process that the system ended may have been the wrong one to blame; twice is no accident."""
LOOK_EVERY_S = 0.2
"""Seconds between a process's looks for the one that leads."""
GRACE_S = 10.0
"""Seconds in which a task that is stopped has to clear up."""


class LocalTasks:
    """Runs tasks in loky's processes.

    Each process belongs to a pool of its own: where one dies, as by a codec that crashes or when
    memory runs out, it is known which task did it, and the others go on.

    Args:
        jobs: Processes.
        advice: What to do where the system ends them.
    """

    def __init__(
        self, jobs: int, *, advice: str = "run again with fewer --jobs, or this file alone"
    ) -> None:
        self._jobs, self._advice = jobs, advice
        self._free: list[ProcessPoolExecutor] = []
        self._busy: dict[Future[Any], tuple[ProcessPoolExecutor, int]] = {}

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="syncclip-"))
        return self

    def __exit__(self, *left_by: object) -> None:
        """End the processes; tasks under way stop as by Ctrl-C."""
        try:
            if self._busy or any(part is not None for part in left_by):
                (self._folder / "stop").touch()
            for pool in [*self._free, *(pool for pool, _ in self._busy.values())]:
                pool.shutdown(wait=True)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, tasks: Sequence[Task], reported: Reported) -> Iterator[tuple[int, Any]]:
        """See :class:`syncclip.pipeline.tasks.TaskRunner`."""
        waiting, tries = deque(range(len(tasks))), [0] * len(tasks)
        while waiting or self._busy:
            while waiting and len(self._busy) < self._jobs:
                number = waiting.popleft()
                tries[number] += 1
                self._start(number, tasks[number])
            ended, _ = wait(self._busy, timeout=REPORT_EVERY_S, return_when=FIRST_COMPLETED)
            for _, number in self._busy.values():
                self._pass_on(number, reported)
            for future in ended:
                pool, number = self._busy.pop(future)
                value = self._value(future, pool)
                if value is None and tries[number] < ATTEMPTS:
                    waiting.appendleft(number)
                else:
                    yield number, self._ended() if value is None else value.returned

    def _start(self, number: int, task: Task) -> None:
        from loky import BrokenProcessPool

        report = str(self._report_of(number))
        with unstopped():
            while True:
                pool = self._free.pop() if self._free else self._pool()
                try:
                    future = pool.submit(_attempt, task, report)
                    break
                except BrokenProcessPool:  # its process was ended while it had nothing to do
                    pool.shutdown(wait=True)
        self._busy[future] = (pool, number)

    def _pool(self) -> ProcessPoolExecutor:
        from loky import ProcessPoolExecutor

        begin = (os.getpid(), self._folder)
        return ProcessPoolExecutor(1, initializer=_begin, initargs=begin, env=ENVIRONMENT)

    def _value(self, future: Future[Any], pool: ProcessPoolExecutor) -> _Returned | None:
        """What a task gave; None where its process died."""
        from loky import BrokenProcessPool

        try:
            value = future.result()
        except BrokenProcessPool:
            pool.shutdown(wait=True)
            return None
        except Exception as error:  # what was returned cannot be sent
            value = Failure(f"{type(error).__name__}: {error} (a bug)")
        self._free.append(pool)
        return _Returned(value)

    def _ended(self) -> Failure:
        return Failure(
            "its process was ended from outside, twice, as systems do when memory runs out, or "
            f"crashed; {self._advice}"
        )

    def _report_of(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def _pass_on(self, number: int, reported: Reported) -> None:
        with suppress(OSError, ValueError, TypeError):
            progress = Progress(**json.loads(self._report_of(number).read_bytes()))
            reported(number, progress)


@dataclass(frozen=True, slots=True)
class _Returned:
    returned: Any


# --- in the process of a task -------------------------------------------------------------------

_under_way = threading.Event()
_may_interrupt = threading.Event()
"""Not any more, once a task was: Ctrl-C in a terminal and the process that leads both say it, and
the second time would break into the clearing up after the first."""


def _begin(parent: int, folder: Path) -> None:
    """Listen to nobody but the process that leads, which stops tasks by a file."""
    signal.signal(signal.SIGINT, _interrupted)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=_watch, args=(parent, folder), daemon=True).start()


def _interrupted(*_: object) -> None:
    if _may_interrupt.is_set():
        _may_interrupt.clear()
        raise KeyboardInterrupt


def _watch(parent: int, folder: Path) -> None:
    """Wait for the end of the run; then the task gets an interrupt, and some time."""
    while os.getppid() == parent and folder.exists() and not (folder / "stop").exists():
        time.sleep(LOOK_EVERY_S)
    if _under_way.is_set():
        _interrupt()
    deadline = time.monotonic() + GRACE_S
    while _under_way.is_set() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    if _under_way.is_set() or os.getppid() != parent:
        os._exit(1)


def _interrupt() -> None:
    if sys.platform == "win32":
        from _thread import interrupt_main

        interrupt_main()
    else:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)


def _attempt(task: Task, report: str) -> Any:  # noqa: ANN401 - what the task returns
    unfinished = Path(f"{report}.part")

    def tell(progress: Progress) -> None:
        with suppress(OSError):  # the folder goes when the run ends
            unfinished.write_text(json.dumps(asdict(progress)), encoding="utf-8")
            unfinished.replace(report)

    def interruptible(on_progress: OnProgress) -> Any:  # noqa: ANN401
        _may_interrupt.set()
        try:
            return task(on_progress)
        finally:
            _may_interrupt.clear()

    _under_way.set()
    try:
        if unfinished.with_name("stop").exists():  # it came while this process was starting
            return STOPPED
        return attempt(interruptible, throttled(tell))
    finally:
        _under_way.clear()
