"""Seconds of each part of a job."""

from __future__ import annotations

import time

__all__ = ["Stopwatch"]


class Stopwatch:
    """Runs from its making; a lap is the time since the one before."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """Note the time since the last lap under a name."""
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
