"""Frame numbers and seconds of one video, from the pairs that a result knows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["FrameClock"]


@dataclass(frozen=True, slots=True)
class FrameClock:
    """Turns frame numbers into seconds and back.

    Known pairs are returned as they are; between two of them time runs evenly, outside them at the
    frame rate. So a file of constant rate is exact everywhere, and a file of variable rate is exact
    at every segment boundary that was measured.
    """

    frames: tuple[int, ...]
    """Increasing frame numbers."""
    seconds: tuple[float, ...]
    """Their seconds, increasing."""
    frame_rate: Fraction

    def __post_init__(self) -> None:
        if sorted(self.frames) != list(self.frames) or sorted(self.seconds) != list(self.seconds):
            raise ValueError("frame numbers and seconds must both increase")

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[int, float]], frame_rate: Fraction) -> FrameClock:
        """A clock from ``(frame, seconds)`` pairs in any order.

        Raises:
            ValueError: Where a later frame has earlier seconds.
        """
        ordered = sorted(set(pairs))
        return cls(tuple(f for f, _ in ordered), tuple(s for _, s in ordered), frame_rate)

    def pairs(self) -> list[tuple[int, float]]:
        """The known ``(frame, seconds)`` pairs in order."""
        return list(zip(self.frames, self.seconds, strict=True))

    def seconds_of(self, frame: int) -> float:
        """Seconds at which a frame comes on screen."""
        if not self.frames:
            return float(frame / self.frame_rate)
        return _along(self.frames, self.seconds, frame, slope=float(1 / self.frame_rate))

    def frame_at(self, seconds: float) -> int:
        """Number of the frame at a time, to the nearest frame where the time was not measured."""
        if not self.seconds:
            return max(0, round(seconds * self.frame_rate))
        frame = _along(self.seconds, self.frames, seconds, slope=float(self.frame_rate))
        return max(0, round(frame))


def _along(xs: Sequence[float], ys: Sequence[float], x: float, *, slope: float) -> float:
    """Value at ``x`` of the line through the points, with ``slope`` beyond its ends."""
    right = bisect_left(xs, x)
    if right < len(xs) and xs[right] == x:
        return ys[right]
    if right == 0:
        return ys[0] + (x - xs[0]) * slope
    if right == len(xs):
        return ys[-1] + (x - xs[-1]) * slope
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])
