"""Runs jobs side by side so that a failure or a Ctrl-C stops all of them at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from syncclip._ffmpeg import Stopped

__all__ = ["Job", "run_jobs"]

Job = Callable[[threading.Event], None]
"""Work that gives up with :class:`Stopped` soon after the event is set."""

_TICK_S = 0.1


def run_jobs(jobs: Sequence[Job], *, workers: int, on_tick: Callable[[], None]) -> None:
    """Run all jobs on threads and wait for them.

    Threads suffice: decoding leaves the interpreter lock, encoding is another program.

    Args:
        jobs: What to do, in order of their starting.
        workers: Jobs at the same time.
        on_tick: Called in the calling thread about ten times a second and at the end; may raise.

    Raises:
        Exception: The first failure of a job, after all the others have ended.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="render") as executor:
        futures = [executor.submit(job, stop) for job in jobs]
        try:
            _watch(futures, on_tick)
        except BaseException:
            stop.set()
            executor.shutdown(wait=True, cancel_futures=True)
            raise


def _watch(futures: Sequence[Future[None]], on_tick: Callable[[], None]) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_TICK_S, return_when=FIRST_EXCEPTION)
        for future in done:
            error = future.exception()
            if error is not None and not isinstance(error, Stopped):
                raise error
        on_tick()
