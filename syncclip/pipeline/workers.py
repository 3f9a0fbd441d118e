"""Processes that share the long part of a match."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from syncclip.errors import SyncClipError
from syncclip.index import MovieIndex, open_indexes
from syncclip.matching import (
    Closeup,
    CloseupTask,
    Commentary,
    Examiner,
    FinderSettings,
    FitTask,
    Hypothesis,
    Source,
    Workers,
)
from syncclip.pipeline.closeups import CloseupFiles, VideoCloseups
from syncclip.pipeline.handover import HandedOver, handed_over
from syncclip.pipeline.shared import PictureCache, SharedWork
from syncclip.pipeline.signals import end_with, unstopped
from syncclip.pipeline.sources import movie_sources

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

__all__ = ["begin_workers", "cores", "one_blas_thread"]

WORTH_FRAMES = 1200
"""Shortest commentary that is shared: starting the processes takes about a second."""

ENVIRONMENT = {
    # Pictures are small: a process that spreads one over cores takes them from the others.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Pages of mapped indexes count as memory, which loky would take for a leak and start anew.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15",
}

Task = TypeVar("Task")
Done = TypeVar("Done")


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def one_blas_thread() -> AbstractContextManager[object]:
    """Products of small matrices one after the other, in this process, too.

    Threads of BLAS wait for each other busily: shared out over two cores the search was no faster
    and took 1.6 times the processor time, and on a busy machine many times that.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits


def begin_workers(
    commentary: Commentary,
    sources: Sequence[Source],
    indexes: Sequence[MovieIndex],
    settings: FinderSettings,
    *,
    closeups: CloseupFiles,
    count: int,
    shared: SharedWork,
) -> AbstractContextManager[Workers]:
    """Who does the long part of a match: processes, or this one where they are not worth it.

    Args:
        commentary: Frames to be found.
        sources: Movies, as opened here.
        indexes: In the same order; each process maps their files itself.
        settings: Of the search.
        closeups: Files of the finer pictures.
        count: Processes.
        shared: What this process has read before.
    """
    if count < 2 or len(commentary.grey) < WORTH_FRAMES:
        return _Alone(
            commentary, sources, settings, VideoCloseups(closeups, indexes, shared.pictures)
        )
    return _Team(commentary, [index.path for index in indexes], settings, closeups, count)


class _Alone(Examiner, AbstractContextManager["Workers"]):
    """This process."""

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


class _Team(AbstractContextManager["Workers"]):
    """Processes that outlive no match. loky's need no guarded main module, as spawned ones do."""

    def __init__(
        self,
        commentary: Commentary,
        indexes: Sequence[Path],
        settings: FinderSettings,
        closeups: CloseupFiles,
        count: int,
    ) -> None:
        self._commentary, self._indexes = commentary, tuple(indexes)
        self._settings, self._closeups, self._count = settings, closeups, count
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        from loky import ProcessPoolExecutor

        with ExitStack() as stack:
            self._handed = stack.enter_context(handed_over(self._commentary))
            self._pool: ProcessPoolExecutor = ProcessPoolExecutor(
                max_workers=self._count,
                initializer=_begin,
                initargs=(
                    os.getpid(),
                    self._handed,
                    self._indexes,
                    self._settings,
                    self._closeups,
                ),
                env=ENVIRONMENT,
            )
            stack.push(self._end)
            with unstopped():
                self._pool.submit(os.getpid)  # the first task starts every process
            self._stack = stack.pop_all()
        return self

    def examine(self, stretches: Iterable[Sequence[Hypothesis]]) -> Iterable[list[Hypothesis]]:
        """Places of every stretch."""
        return self._shared(_examine, stretches)

    def fit(self, tasks: Sequence[FitTask]) -> Iterable[list[Hypothesis]]:
        """Fits of every task."""
        return self._shared(_fit, tasks)

    def look_closer(self, tasks: Sequence[CloseupTask]) -> Iterable[Closeup | None]:
        """A closer look at every place."""
        return self._shared(_look_closer, tasks)

    def _shared(self, do: Callable[[Task], Done], tasks: Iterable[Task]) -> Iterator[Done]:
        """Have tasks done, from now on; the results, in their order."""
        with _told_of_lost_processes():
            results = self._pool.map(do, tasks)
        return _results(results)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        self._stack.__exit__(kind, error, trace)

    def _end(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """With the tasks under way where something failed or the run was stopped.

        They take a second or two. Killing processes is no better: loky needs a program for it that
        not every system has.
        """
        if error is not None:
            self._handed.stop()
        self._pool.shutdown(wait=True)


def _results(of_tasks: Iterable[Done]) -> Iterator[Done]:
    with _told_of_lost_processes():
        yield from of_tasks


@contextmanager
def _told_of_lost_processes() -> Iterator[None]:
    from loky import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool as error:
        raise SyncClipError(
            "a process of the search was ended from outside, as systems do when memory runs out; "
            "run again with fewer --workers"
        ) from error


_examiner: Examiner | None = None
"""Of a worker process."""
_handed: HandedOver | None = None
"""What it was given."""


def _begin(
    parent: int,
    commentary: HandedOver,
    paths: tuple[Path, ...],
    settings: FinderSettings,
    closeups: CloseupFiles,
) -> None:
    global _examiner, _handed  # noqa: PLW0603 - a process has one
    end_with(parent, commentary.folder)
    _handed = commentary
    indexes = open_indexes(paths)
    finer = VideoCloseups(closeups, indexes, PictureCache())
    _examiner = Examiner(commentary.taken(), movie_sources(indexes), settings, finer)


def _examine(stretch: Sequence[Hypothesis]) -> list[Hypothesis]:
    return _begun().examine_one(stretch)


def _fit(task: FitTask) -> list[Hypothesis]:
    return _begun().fit_one(task)


def _look_closer(task: CloseupTask) -> Closeup | None:
    return _begun().look_closer_at(task)


def _begun() -> Examiner:
    if _examiner is None or _handed is None:
        raise RuntimeError(f"process {os.getpid()} was not begun")
    if _handed.stopped:
        raise RuntimeError("the search was stopped")  # reaches nobody: the run has ended
    return _examiner
