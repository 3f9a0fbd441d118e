"""Segments over other frames: a place goes on along its own line."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from syncclip._clock import FrameClock
from syncclip.result import Alternative, MatchResult, MovieRef, Segment

__all__ = ["Clocks"]

SLACK = 1e-3
"""Part of a frame by which a time may miss the frame that it was made from."""


class Clocks:
    """When the frames of a result's files come, by what the result knows of them."""

    def __init__(self, result: MatchResult) -> None:
        self._result = result
        self._movies: dict[str, FrameClock] = {}

    @cached_property
    def commentary(self) -> FrameClock:
        """Of the commentary: exact at every edge of a segment, and everywhere at constant rate."""
        segments = self._result.segments
        edges = [(s.start_frame, s.start_s) for s in segments]
        edges += [(s.end_frame, s.end_s) for s in segments[-1:]]
        return FrameClock.from_pairs(edges, self._result.frame_rate)

    def movie_frame(self, ref: MovieRef, seconds: float) -> int:
        """Number of a movie's frame on screen at a time."""
        clock = self._movie(ref)
        rate = float(ref.frame_rate)
        steady = all(-SLACK <= s * rate - f <= 1 + SLACK for f, s in clock.pairs())
        if steady:
            return max(0, int(seconds * rate + SLACK))
        return clock.frame_at(seconds)

    def _movie(self, ref: MovieRef) -> FrameClock:
        if ref.name not in self._movies:
            starts = [
                (s.movie_start_frame, s.movie_start_s)
                for s in self._result.segments
                if s.movie == ref.name
                and s.movie_start_frame is not None
                and s.movie_start_s is not None
            ]
            self._movies[ref.name] = FrameClock.from_pairs(starts, ref.frame_rate)
        return self._movies[ref.name]

    def ref(self, name: str) -> MovieRef:
        """The movie of that name."""
        return next(movie for movie in self._result.movies if movie.name == name)

    def along(self, segment: Segment, start_frame: int, end_frame: int) -> Segment:
        """A segment over other frames, every one of its places going on along its line.

        A place that would begin before its movie does begins with it.
        """
        start_s = self.commentary.seconds_of(start_frame)
        end_s = self.commentary.seconds_of(end_frame)
        later_s, length_s = start_s - segment.start_s, end_s - start_s
        moved = replace(
            segment,
            start_frame=start_frame,
            end_frame=end_frame,
            start_s=start_s,
            end_s=end_s,
            alternatives=tuple(
                self._moved(other, later_s, length_s) for other in segment.alternatives
            ),
        )
        if segment.movie is None or segment.movie_start_s is None:
            return moved
        return self.starting(moved, segment.movie_start_s + segment.speed * later_s)

    def starting(self, segment: Segment, movie_start_s: float) -> Segment:
        """A segment whose movie starts at another second."""
        assert segment.movie is not None
        movie_start_s = max(0.0, movie_start_s)
        length_s = segment.end_s - segment.start_s
        return replace(
            segment,
            movie_start_s=movie_start_s,
            movie_end_s=movie_start_s + segment.speed * length_s,
            movie_start_frame=self.movie_frame(self.ref(segment.movie), movie_start_s),
        )

    def _moved(self, other: Alternative, later_s: float, length_s: float) -> Alternative:
        start_s = max(0.0, other.movie_start_s + other.speed * later_s)
        return replace(
            other,
            movie_start_s=start_s,
            movie_end_s=start_s + other.speed * length_s,
            movie_start_frame=self.movie_frame(self.ref(other.movie), start_s),
        )
