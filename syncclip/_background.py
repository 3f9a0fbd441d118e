"""Work that goes on in a thread of its own while the caller prepares more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

__all__ = ["InBackground"]

Work = TypeVar("Work")
Done = TypeVar("Done")

AHEAD = 2
"""Pieces that wait for their turn: enough that the thread never waits for the caller's next one,
few enough that little is lost when the run is stopped and memory stays small."""


class InBackground(Generic[Work, Done]):
    """Does pieces of work one after the other; results come in order, in the caller's thread.

    Made for a model that runs while a film is decoded: both leave Python's lock alone.

    Args:
        work: Done with every piece, in the background.
        take: Called with every result, by :meth:`put` or :meth:`finish`.
    """

    def __init__(self, work: Callable[[Work], Done], take: Callable[[Done], None]) -> None:
        self._work, self._take = work, take
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[Done]] = deque()

    def put(self, piece: Work) -> None:
        """Hand a piece over; waits where too many are under way."""
        self._waiting.append(self._thread.submit(self._work, piece))
        self._collect(leave=AHEAD)

    def finish(self) -> None:
        """Wait for all that was handed over."""
        self._collect(leave=0)

    def _collect(self, *, leave: int) -> None:
        while self._waiting and (len(self._waiting) > leave or self._waiting[0].done()):
            self._take(self._waiting.popleft().result())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread; what has not begun is dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._waiting.clear()
