"""Long tasks side by side: each in a process of its own here, or anywhere on a cluster.

A task is a function of this package with its arguments bound (``functools.partial``), which takes
``on_progress`` and returns a record that can be pickled. That one fails, or takes its process with
it, does not touch the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from syncclip.errors import SettingsError, SyncClipError
from syncclip.progress import OnProgress, Progress

__all__ = [
    "STOPPED",
    "Failure",
    "Overall",
    "Reported",
    "Task",
    "TaskRunner",
    "attempt",
    "task_runner",
    "throttled",
]

REPORT_EVERY_S = 0.25
"""Seconds between two reports of one task: often enough for a bar, rare enough to cost nothing."""

Task = Callable[[OnProgress], Any]
Reported = Callable[[int, Progress], None]
"""Takes the number of a task and how far it is."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of a task that gave no result."""

    reason: str
    """One line: what failed, on which file, what to do next."""


STOPPED = Failure("stopped")


class TaskRunner(Protocol):
    """Who does tasks. What is still under way when it is left by an exception is stopped."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def run(self, tasks: Sequence[Task], reported: Reported) -> Iterator[tuple[int, Any]]:
        """Do all tasks, the first ones first.

        Args:
            tasks: What to do.
            reported: Told how far tasks are, in the calling thread.

        Yields:
            As they end: number of the task, and what it returned or its :class:`Failure`.
        """
        ...


def task_runner(*, jobs: int, cluster: str | None = None, device: str = "auto") -> TaskRunner:
    """Processes on this machine, or a cluster where one is named.

    Args:
        jobs: Tasks at the same time, on this machine.
        cluster: Address of a Ray cluster, which decides by its processors.
        device: Where models run: a task that names a graphics card is given one by the cluster.

    Raises:
        SettingsError: Where ``jobs`` is no number of tasks.
        MissingDependencyError: Where a cluster is named and Ray is not installed.
    """
    if jobs < 1:
        raise SettingsError(f"jobs must be at least 1, got {jobs}")
    if cluster is not None:
        from syncclip.pipeline.cluster_tasks import RayTasks

        return RayTasks(cluster, cards=1 if device.startswith("cuda") else 0)
    from syncclip.pipeline.local_tasks import LocalTasks

    return LocalTasks(jobs)


def attempt(task: Task, on_progress: OnProgress) -> Any:  # noqa: ANN401 - what the task returns
    """Do a task where it was sent to: what it returns, or its failure in one line."""
    try:
        return task(on_progress)
    except SyncClipError as error:
        return Failure(str(error))
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return Failure(f"{said} (a bug: SYNCCLIP_DEBUG=1, with this file alone, shows where)")


def throttled(tell: OnProgress) -> OnProgress:
    """Reports that are handed on a few times a second, and whenever another stage begins."""
    last: list[tuple[str, float]] = []

    def told(progress: Progress) -> None:
        now = time.monotonic()
        if last and last[0][0] == progress.stage and now - last[0][1] < REPORT_EVERY_S:
            return
        last[:] = [(progress.stage, now)]
        tell(progress)

    return told


class Overall:
    """How far many tasks are together, told as one stage that never goes back.

    Args:
        stage: Its name: ``"Indexing films"``.
        total: Number of tasks.
        unit: What they are: ``"films"``.
        shares: Of the named stages of a task: its share that is done when the stage begins, and
            when it ends.
        on_progress: Told.
    """

    def __init__(
        self,
        stage: str,
        total: int,
        unit: str,
        *,
        shares: Mapping[str, tuple[float, float]],
        on_progress: OnProgress | None,
    ) -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._shares, self._report = shares, on_progress or (lambda _: None)
        self._done: dict[int, float] = {}
        self._told = -1.0
        self._tell()

    def reported(self, number: int, progress: Progress) -> None:
        """Take a report of a task."""
        if progress.stage not in self._shares:
            return
        start, end = self._shares[progress.stage]
        share = min(1.0, progress.done / progress.total) if progress.total else 0.0
        self._done[number] = max(self._done.get(number, 0.0), start + share * (end - start))
        self._tell()

    def ended(self, number: int) -> None:
        """A task has ended, well or not."""
        self._done[number] = 1.0
        self._tell()

    def _tell(self) -> None:
        done = sum(self._done.values())
        if done > self._told:
            self._told = done
            self._report(Progress(self._stage, done, self._total, self._unit))
