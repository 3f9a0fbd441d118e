"""The figures that sum up a result. Every report takes them from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from syncclip.result import MatchResult, MovieRef, Segment, Tier

__all__ = ["Jump", "QualityInfo", "TimeJumpStats", "quality_info", "time_jump_stats", "time_jumps"]

JUMP_TOLERANCE_FRAMES = 3
"""Movie frames by which a segment may miss the end of the one before and still continue it.

Three frames is the error that ``Segment.confidence`` counts as right: less than that cannot be told
from the uncertainty of the match itself.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityInfo:
    """How much was found and how far it can be trusted."""

    confidence: float
    """Mean confidence of the matched segments, weighted by length: 0 to 100."""
    coverage: float
    """Matched share of the commentary: 0 to 1."""
    matched_s: float
    unmatched_s: float
    tiers: dict[Tier, int]
    """Number of segments of each tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A matched segment that does not continue the one before it of the same movie."""

    segment: int
    """Index into ``MatchResult.segments``."""
    by_s: float
    """Movie seconds skipped; negative where the commentary goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeJumpStats:
    """How often and how far the commentary leaves the movie's own order."""

    total_segments: int
    """Matched segments."""
    segments_with_jumps: int
    forward_jumps: int
    backward_jumps: int
    largest_forward_s: float
    largest_backward_s: float


def quality_info(result: MatchResult) -> QualityInfo:
    """Coverage, confidence and tiers of a result."""
    matched = [s for s in result.segments if s.movie is not None]
    matched_s = sum(_length_s(s) for s in matched)
    total_s = sum(_length_s(s) for s in result.segments)
    trusted_s = sum(s.confidence * _length_s(s) for s in matched)
    return QualityInfo(
        confidence=100 * min(1.0, trusted_s / matched_s) if matched_s > 0 else 0.0,
        coverage=min(1.0, matched_s / total_s) if total_s > 0 else 0.0,
        matched_s=matched_s,
        unmatched_s=max(0.0, total_s - matched_s),
        tiers={tier: sum(s.tier is tier for s in result.segments) for tier in Tier},
    )


def time_jumps(segments: Iterable[Segment], movies: Iterable[MovieRef]) -> list[Jump]:
    """Every jump, in commentary order.

    A segment is compared with the last matched one of the same movie, whatever stands between
    them. It continues that one when it starts within :data:`JUMP_TOLERANCE_FRAMES` movie frames of
    its end, or when both starts may slide that far without a loss (static shots).
    """
    rates = {movie.name: movie.frame_rate for movie in movies}
    ends: dict[str, Segment] = {}
    jumps: list[Jump] = []
    for number, segment in enumerate(segments):
        if segment.movie is None:
            continue
        before = ends.get(segment.movie)
        ends[segment.movie] = segment
        if before is None:
            continue
        by_s = _gap_s(before, segment, frame_rate=rates.get(segment.movie, Fraction(24)))
        if by_s:
            jumps.append(Jump(segment=number, by_s=by_s))
    return jumps


def time_jump_stats(result: MatchResult) -> TimeJumpStats:
    """Number and size of the jumps of a result."""
    jumps = [jump.by_s for jump in time_jumps(result.segments, result.movies)]
    forward = [by_s for by_s in jumps if by_s > 0]
    backward = [-by_s for by_s in jumps if by_s < 0]
    return TimeJumpStats(
        total_segments=sum(s.movie is not None for s in result.segments),
        segments_with_jumps=len(jumps),
        forward_jumps=len(forward),
        backward_jumps=len(backward),
        largest_forward_s=max(forward, default=0.0),
        largest_backward_s=max(backward, default=0.0),
    )


def _gap_s(before: Segment, after: Segment, *, frame_rate: Fraction) -> float:
    """Movie seconds between two segments; 0 where the second continues the first."""
    if before.movie_end_s is None or after.movie_start_s is None:
        return 0.0
    gap_s = after.movie_start_s - before.movie_end_s
    tolerance_s = float(JUMP_TOLERANCE_FRAMES / frame_rate)
    earliest = gap_s + after.offset_slack_s[0] - before.offset_slack_s[1] - tolerance_s
    latest = gap_s + after.offset_slack_s[1] - before.offset_slack_s[0] + tolerance_s
    return 0.0 if earliest <= 0 <= latest else gap_s


def _length_s(segment: Segment) -> float:
    return max(0.0, segment.end_s - segment.start_s)
