"""When every frame of the result is on screen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from syncclip.types import FrameTimes

__all__ = ["Clock", "result_clock"]

CONSTANT_RATE_TOLERANCE = 0.25
"""Largest distance from a constant rate, in frame periods, at which a commentary counts as having
one. Containers that store milliseconds (Matroska, FLV) stay below 0.03 at 60 fps; one frame left
out or doubled makes it 1."""

_MAX_TIMESCALE = 1_000_000
"""Finer time bases than a microsecond become the one below: MP4 players count in 32 bits."""
_COMMON_TIMESCALE = 90_000


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Timestamps of the result's frames."""

    time_base: Fraction
    """One over a whole number."""
    edges: NDArray[np.int64]
    """(n + 1,) start of every frame and the end of the last one; second zero is 0."""
    constant: bool
    """True where all frames last equally long."""

    def __post_init__(self) -> None:
        if self.time_base.numerator != 1 or np.any(np.diff(self.edges) <= 0):
            raise ValueError(f"want 1/n and increasing edges, got {self.time_base}")
        self.edges.setflags(write=False)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.edges) - 1

    def samples(self, rate_hz: int) -> NDArray[np.int64]:
        """(n + 1,) the edges counted in sound samples."""
        exact = self.edges * float(self.time_base * rate_hz)
        samples: NDArray[np.int64] = np.rint(exact).astype(np.int64)
        return samples


def result_clock(commentary: FrameTimes, rate: Fraction) -> Clock:
    """The result's clock, in step with the commentary's sound.

    A commentary with a constant rate gives a result with exactly that rate (``30000/1001`` stays
    so). Of one with a variable rate (a phone's, a screen recorder's) every frame keeps its own
    time, because frames at an average rate would drift against the narration. A picture that
    starts later than second zero does so in the result too.

    Args:
        commentary: Times of the commentary's frames.
        rate: Its frame rate as the container states it.
    """
    start_s = max(0.0, float(commentary.seconds[0]))
    steady = np.arange(len(commentary)) / float(rate)
    drift = np.abs(commentary.seconds - commentary.seconds[0] - steady)
    if drift.max() * float(rate) <= CONSTANT_RATE_TOLERANCE:
        return _constant(start_s, len(commentary), rate)
    return _variable(commentary)


def _constant(start_s: float, frames: int, rate: Fraction) -> Clock:
    rate = rate.limit_denominator(_MAX_TIMESCALE // 240)
    first = round(start_s * rate.numerator)
    edges = first + np.arange(frames + 1, dtype=np.int64) * rate.denominator
    return Clock(Fraction(1, rate.numerator), edges, constant=True)


def _variable(commentary: FrameTimes) -> Clock:
    base = commentary.time_base
    origin = min(commentary.start_pts, int(commentary.pts[0]))
    edges = np.append(commentary.pts, commentary.end_pts) - origin
    if base.denominator <= _MAX_TIMESCALE:
        return Clock(Fraction(1, base.denominator), edges * base.numerator, constant=False)
    edges = np.rint(edges * float(base * _COMMON_TIMESCALE)).astype(np.int64)
    count = np.arange(len(edges))
    # Frames that rounding put on one tick move to the next ones.
    edges = np.maximum.accumulate(edges - count) + count
    return Clock(Fraction(1, _COMMON_TIMESCALE), edges, constant=False)
