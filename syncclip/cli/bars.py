"""Progress of long work on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from syncclip.cli.output import one_line, tell
from syncclip.progress import OnProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import Task, TaskID

__all__ = ["PlainProgress", "RichBars", "progress_shown"]

PLAIN_EVERY_S = 10.0
"""Seconds between plain lines of one stage: a log stays short, and nobody thinks it hangs."""


class ProgressView(Protocol):
    """Something that shows progress while it is entered."""

    def __call__(self, progress: Progress) -> None: ...


def progress_shown(*, quiet: bool) -> AbstractContextManager[OnProgress | None]:
    """What to enter around long work; gives the ``on_progress`` to hand to the library."""
    if quiet:
        return nullcontext(None)
    return RichBars() if sys.stderr.isatty() else PlainProgress()


class PlainProgress:
    """One line when a stage starts, one every ten seconds, one when it is done."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[float, float]] = {}
        # When each stage was first told of, and how far it was: a run that goes on starts ahead.
        self._said: dict[str, float] = {}
        self._finished: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, progress: Progress) -> None:
        """Take a report; from any thread."""
        with self._lock:
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        now, stage = time.monotonic(), progress.stage
        started, ahead = self._started.setdefault(stage, (now, progress.done))
        if progress.total is not None and progress.done >= progress.total:
            if stage not in self._finished:
                self._finished.add(stage)
                tell(f"{stage}: done, {_amount(progress)} in {_duration(now - started)}")
            return
        if stage not in self._said:
            tell(f"{stage} …")
        elif now - self._said[stage] >= PLAIN_EVERY_S:
            tell(f"{stage}: {_amount(progress)}{_outlook(progress, now - started, ahead=ahead)}")
        else:
            return
        self._said[stage] = now


class RichBars:
    """One bar a stage, with rate and time left."""

    def __init__(self) -> None:
        self._bars = _rich_progress()
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:  # all is done, also where a stage could not know its end
            for task in self._bars.tasks:
                whole = max(task.completed, task.total or 0, 1)
                self._bars.update(task.id, completed=whole, total=whole)
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Take a report; from any thread."""
        with self._lock:
            task = self._tasks.get(progress.stage)
            if task is None:
                task = self._bars.add_task(
                    one_line(progress.stage), total=progress.total, unit=progress.unit
                )
                self._tasks[progress.stage] = task
            self._bars.update(task, completed=progress.done, total=progress.total)


def _rich_progress() -> RichProgress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        ProgressColumn,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """Units a second, in the stage's own unit."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{_number(speed)} {task.fields['unit']}/s")

    return Bars(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        RateColumn(),
        TimeRemainingColumn(elapsed_when_finished=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _amount(progress: Progress) -> str:
    if progress.total is None:
        return f"{_number(progress.done)} {progress.unit}"
    if progress.done >= progress.total:
        return f"{_number(progress.total)} {progress.unit}"
    share = progress.done / progress.total
    return f"{share:.0%} of {_number(progress.total)} {progress.unit}"


def _outlook(progress: Progress, elapsed_s: float, *, ahead: float) -> str:
    """Rate, and time left where the end is known."""
    done = progress.done - ahead
    if done <= 0 or elapsed_s <= 0:
        return ""
    rate = done / elapsed_s
    shown = f", {_number(rate)} {progress.unit}/s"
    if progress.total is None:
        return shown
    return f"{shown}, {_duration((progress.total - progress.done) / rate)} left"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"
