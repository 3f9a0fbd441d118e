"""Processes that share the long part of a match."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from syncclip.index import open_indexes
from syncclip.matching import (
    Commentary,
    Examiner,
    FinderSettings,
    FitTask,
    Hypothesis,
    Source,
    Workers,
)
from syncclip.pipeline.sources import movie_sources

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

__all__ = ["begin_workers", "cores"]

WORTH_FRAMES = 1200
"""Shortest commentary that is shared: starting the processes takes about a second."""


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def begin_workers(
    commentary: Commentary,
    sources: Sequence[Source],
    indexes: Sequence[Path],
    settings: FinderSettings,
    *,
    count: int,
) -> AbstractContextManager[Workers]:
    """Who does the long part of a match: processes, or this one where they are not worth it.

    Args:
        commentary: Frames to be found.
        sources: Movies, as opened here.
        indexes: Their files, in the same order: each process maps them itself.
        settings: Of the search.
        count: Processes.
    """
    if count < 2 or len(commentary.grey) < WORTH_FRAMES:
        return _Alone(commentary, sources, settings)
    return _Team(commentary, indexes, settings, count)


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
        count: int,
    ) -> None:
        from loky import ProcessPoolExecutor

        self._pool: ProcessPoolExecutor = ProcessPoolExecutor(
            max_workers=count,
            initializer=_begin,
            initargs=(commentary, tuple(indexes), settings),
            # Pictures are small: a process that spreads one over cores takes them from the others.
            env=dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        )

    def examine(self, stretches: Sequence[Sequence[Hypothesis]]) -> Iterable[list[Hypothesis]]:
        """Places of every stretch."""
        found: Iterable[list[Hypothesis]] = self._pool.map(_examine, stretches)
        return found

    def fit(self, tasks: Sequence[FitTask]) -> Iterable[list[Hypothesis]]:
        """Fits of every task."""
        found: Iterable[list[Hypothesis]] = self._pool.map(_fit, tasks)
        return found

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes; at once where something failed or Ctrl-C was pressed."""
        self._pool.shutdown(wait=True, kill_workers=error is not None)


_examiner: Examiner | None = None
"""Of a worker process."""


def _begin(commentary: Commentary, indexes: tuple[Path, ...], settings: FinderSettings) -> None:
    global _examiner  # noqa: PLW0603 - a process has one
    # Ctrl-C reaches the whole group; the first process decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _examiner = Examiner(commentary, movie_sources(open_indexes(indexes)), settings)


def _examine(stretch: Sequence[Hypothesis]) -> list[Hypothesis]:
    if _examiner is None:
        raise RuntimeError(f"process {os.getpid()} was not begun")
    return _examiner.examine_one(stretch)


def _fit(task: FitTask) -> list[Hypothesis]:
    if _examiner is None:
        raise RuntimeError(f"process {os.getpid()} was not begun")
    return _examiner.fit_one(task)
