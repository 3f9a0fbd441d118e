"""Which pictures a review sheet shows of every segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.result import Alternative, Segment

__all__ = ["MAX_ALTERNATIVES", "Moment", "moments"]

MAX_ALTERNATIVES = 4
"""Alternatives of a segment that are shown as pictures: each costs a seek in the movie."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A commentary frame and, where the segment has a place, the movie's time there."""

    segment: int
    """Position in the result."""
    name: str
    """``"start"``, ``"middle"``, ``"end"``, or ``"other0"``, ``"other1"`` … for alternatives."""
    commentary_s: float | None
    """None where only the movie's picture is wanted."""
    movie: str | None
    movie_s: float | None


def moments(segments: Sequence[Segment], seconds: NDArray[np.float64]) -> Iterator[Moment]:
    """The first, middle and last frame of every segment, and the middle of its alternatives.

    Args:
        segments: In commentary order.
        seconds: (n,) start of every commentary frame.
    """
    for number, segment in enumerate(segments):
        last = segment.end_frame - 1
        middle = (segment.start_frame + last) // 2
        for name, frame in (("start", segment.start_frame), ("middle", middle), ("end", last)):
            elapsed_s = float(seconds[frame] - seconds[segment.start_frame])
            yield Moment(
                segment=number,
                name=name,
                commentary_s=float(seconds[frame]),
                movie=segment.movie,
                movie_s=_movie_s(segment, elapsed_s),
            )
        elapsed_s = float(seconds[middle] - seconds[segment.start_frame])
        for rank, other in enumerate(segment.alternatives[:MAX_ALTERNATIVES]):
            yield Moment(
                segment=number,
                name=f"other{rank}",
                commentary_s=None,
                movie=other.movie,
                movie_s=_movie_s(other, elapsed_s),
            )


def _movie_s(place: Segment | Alternative, elapsed_s: float) -> float | None:
    if place.movie is None or place.movie_start_s is None:
        return None
    return max(0.0, place.movie_start_s + place.speed * elapsed_s)
