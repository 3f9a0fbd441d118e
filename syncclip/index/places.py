"""Places of a film that a vector is near to: ranked, neighbours merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.index.file import MovieIndex, Track

__all__ = ["Place", "places_in", "ranked"]

NEAR_S = 3.0
"""Hits closer than this are one place, also across a cut."""
REACH_S = 5.0
"""A place reaches this far from its best frame at most, in long shots."""
ROWS = 16_384
"""Vectors compared at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of one film."""

    source: int
    """Number of the film."""
    at_s: float
    """Second of its best frame."""
    frame: int
    """Number of that frame."""
    start_s: float
    end_s: float
    score: float
    """Cosine of that frame's vector and the query's."""


def places_in(
    index: MovieIndex, track: str, queries: NDArray[np.float32], *, source: int = 0, count: int
) -> list[Place]:
    """The places of a film that look most like a query, best first.

    Of hits near each other only the best is kept (non-maximum suppression).

    Args:
        index: The film; nothing is found where it has no such track.
        track: Name of the track.
        queries: (q, d) unit rows that mean the same thing; the best of them counts.
        source: The film's number.
        count: Places wanted.
    """
    if track not in index.tracks:
        return []
    scores = _scores(index.tracks[track], queries)
    return ranked(_of_film(source, index, index.tracks[track], scores, count))


def ranked(places: Iterable[Place]) -> list[Place]:
    """Places of several films, best first."""
    return sorted(places, key=lambda place: (-place.score, place.source, place.frame))


def _scores(track: Track, queries: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = [np.empty(0, np.float32)]
    for start in range(0, len(track.frames), ROWS):
        rows = track.vectors[start : start + ROWS].astype(np.float32)
        parts.append((rows @ queries.T).max(axis=1))
    return np.concatenate(parts)


def _of_film(
    number: int, index: MovieIndex, track: Track, scores: NDArray[np.float32], count: int
) -> list[Place]:
    seconds = index.times.seconds
    kept: list[Place] = []
    for row in np.argsort(-scores, kind="stable"):
        if len(kept) == count:
            break
        frame = int(track.frames[row])
        at_s = float(seconds[frame])
        if any(p.start_s <= at_s < p.end_s or abs(p.at_s - at_s) < NEAR_S for p in kept):
            continue
        start_s, end_s = _around(index, frame)
        kept.append(
            Place(
                source=number,
                at_s=at_s,
                frame=frame,
                start_s=start_s,
                end_s=end_s,
                score=float(scores[row]),
            )
        )
    return kept


def _around(index: MovieIndex, frame: int) -> tuple[float, float]:
    """The shot that a frame is in, as far as a place reaches."""
    times = index.times
    at_s = float(times.seconds[frame])
    shot = next((s for s in index.shots if s.start_frame <= frame < s.end_frame), None)
    if shot is None:
        return max(at_s - REACH_S, 0.0), min(at_s + REACH_S, times.end_s)
    whole = shot.end_frame == len(times)
    end_s = times.end_s if whole else float(times.seconds[shot.end_frame])
    start_s = float(times.seconds[shot.start_frame])
    return max(start_s, at_s - REACH_S), min(end_s, at_s + REACH_S)
