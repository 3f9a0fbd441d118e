"""What every aligner gives, and the one way in which all of it becomes segments.

An aligner finds runs: query frames and the movie times that they look like. Published aligners stop
there, at the resolution of their samples. To be no weaker than need be, all of them get the same
care here: a robust line through the points, ends moved to cuts of the commentary, gaps closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from benchmarks.baselines.similarity import Matrix, MovieSimilarity, Similarity
from benchmarks.claims import Prediction

__all__ = ["Run", "RunSettings", "every_nth", "peak_seconds", "to_predictions"]

CLIMB = 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """Query frames that follow one line in one movie."""

    movie: int
    """Number among the similarity's movies."""
    mirrored: bool
    rows: NDArray[np.int64]
    """(k,) numbers of query frames, rising."""
    source_s: NDArray[np.float64]
    """(k,) seconds of the movie."""
    similarity: NDArray[np.float64]
    """(k,) cosine of each pair."""

    @property
    def weight(self) -> float:
        """What a run is worth against another one that wants the same frames."""
        return float(self.similarity.sum())

    def only(self, kept: NDArray[np.bool_]) -> Run:
        """Some of the points."""
        return replace(
            self,
            rows=self.rows[kept],
            source_s=self.source_s[kept],
            similarity=self.similarity[kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How runs become segments."""

    least_speed_span_s: float = 0.8
    """Shorter runs cannot tell speeds apart; they are taken to run at natural speed."""
    speeds: tuple[float, float] = (0.45, 2.2)
    """Slopes outside are not an edit but an error."""
    same_line_s: float = 0.3
    """Neighbouring runs that meet within this are one."""
    snap_s: float = 1.0
    """Farthest cut that an end is moved to."""
    least_rows: int = 3
    """Two neighbours agree by chance now and then."""


def every_nth(similarity: Similarity, movie: MovieSimilarity) -> int:
    """Which of the movie's samples to take so that they come as often as query frames."""
    if len(movie.seconds) < 2:
        return 1
    interval_s = float(np.median(np.diff(movie.seconds)))
    return max(round(similarity.query_interval_s / interval_s), 1)


def peak_seconds(matrix: Matrix, seconds: NDArray[np.float64], row: int, column: int) -> float:
    """Movie time of the similarity peak next to a pair: between samples, by a parabola.

    A path that may not stand still drifts off the peak where a commentary is slowed down; what it
    passed by at up to :data:`CLIMB` samples is meant.
    """
    for _ in range(CLIMB):
        low, high = max(column - 1, 0), min(column + 2, len(seconds))
        best = low + int(np.argmax(matrix[row, low:high]))
        if matrix[row, best] <= matrix[row, column]:
            break
        column = best
    if not 0 < column < len(seconds) - 1:
        return float(seconds[column])
    before, here, after = (float(matrix[row, column + step]) for step in (-1, 0, 1))
    bend = before - 2 * here + after
    if here < max(before, after) or bend > -1e-6:
        return float(seconds[column])
    shift = 0.5 * (before - after) / bend
    side = column + (1 if shift > 0 else -1)
    return float(seconds[column] + abs(shift) * (seconds[side] - seconds[column]))


@dataclass(frozen=True, slots=True)
class _Line:
    at_s: float
    source_s: float
    speed: float

    def __call__(self, seconds: float) -> float:
        return self.source_s + self.speed * (seconds - self.at_s)


def to_predictions(
    similarity: Similarity, runs: Sequence[Run], settings: RunSettings | None = None
) -> list[Prediction]:
    """Segments without overlap, in commentary order.

    Args:
        similarity: What the runs were found in.
        runs: Runs in any order; where two claim a query frame, the heavier one has it.
        settings: How.
    """
    settings = settings or RunSettings()
    kept = _without_overlap(runs, least=settings.least_rows)
    kept = _joined(similarity, kept, settings)
    bounds = _bounds(similarity, kept, settings)
    return [
        _prediction(similarity, run, _fit(similarity, run, settings), start, end)
        for run, (start, end) in zip(kept, bounds, strict=True)
        if end > start
    ]


def _without_overlap(runs: Sequence[Run], *, least: int) -> list[Run]:
    """Give each query frame to the heaviest run, and keep each run's longest stretch."""
    taken: dict[int, int] = {}
    kept = []
    for number, run in enumerate(sorted(runs, key=lambda run: -run.weight)):
        inside = [int(row) for row in range(run.rows[0], run.rows[-1] + 1)] if len(run.rows) else []
        free = np.array([row not in taken for row in inside], np.bool_)
        start, end = _longest(free)
        if start == end:
            continue
        low, high = inside[start], inside[end - 1]
        rest = run.only((run.rows >= low) & (run.rows <= high))
        if len(rest.rows) < least:
            continue
        taken |= dict.fromkeys(range(int(rest.rows[0]), int(rest.rows[-1]) + 1), number)
        kept.append(rest)
    return sorted(kept, key=lambda run: int(run.rows[0]))


def _longest(free: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest stretch of true values, half-open; empty where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    return int(starts[best]), int(ends[best])


def _joined(similarity: Similarity, runs: Sequence[Run], settings: RunSettings) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        if joined and _one_line(similarity, joined[-1], run, settings):
            before = joined[-1]
            joined[-1] = replace(
                before,
                rows=np.concatenate([before.rows, run.rows]),
                source_s=np.concatenate([before.source_s, run.source_s]),
                similarity=np.concatenate([before.similarity, run.similarity]),
            )
        else:
            joined.append(run)
    return joined


def _one_line(similarity: Similarity, a: Run, b: Run, settings: RunSettings) -> bool:
    if a.movie != b.movie or a.mirrored != b.mirrored:
        return False
    gap_s = similarity.query_s[b.rows[0]] - similarity.query_s[a.rows[-1]]
    if gap_s > 2 * settings.snap_s:
        return False
    meet_s = float(similarity.query_s[a.rows[-1]] + gap_s / 2)
    lines = [_fit(similarity, run, settings) for run in (a, b)]
    return abs(lines[0](meet_s) - lines[1](meet_s)) < settings.same_line_s


def _fit(similarity: Similarity, run: Run, settings: RunSettings) -> _Line:
    """Median of the slopes between all pairs of points (Theil 1950; Sen 1968)."""
    at_s = similarity.query_s[run.rows]
    middle_s, speed = float(at_s.mean()), 1.0
    if len(at_s) > 2 and at_s[-1] - at_s[0] >= settings.least_speed_span_s:
        speed = float(np.clip(theilslopes(run.source_s, at_s)[0], *settings.speeds))
    source_s = float(np.median(run.source_s - speed * (at_s - middle_s)))
    return _Line(middle_s, source_s, speed)


def _bounds(
    similarity: Similarity, runs: Sequence[Run], settings: RunSettings
) -> list[tuple[int, int]]:
    """First frame and frame after the last of each run."""
    period_s = float(np.median(np.diff(similarity.frame_s))) if similarity.frames > 1 else 0.04
    reach = round(settings.snap_s / period_s)
    step = int(np.median(np.diff(similarity.query_frames))) if len(similarity.query_s) > 1 else 1
    first = [int(similarity.query_frames[run.rows[0]]) for run in runs]
    last = [int(similarity.query_frames[run.rows[-1]]) for run in runs]
    starts, ends = list(first), [frame + 1 for frame in last]
    for i, _ in enumerate(runs):
        floor = last[i - 1] + 1 if i else 0
        starts[i] = _snapped(similarity, first[i], floor, -reach, step)
        ceiling = first[i + 1] if i + 1 < len(runs) else similarity.frames
        ends[i] = _snapped(similarity, last[i] + 1, ceiling, reach, step)
    for i, j in pairwise(range(len(runs))):
        if ends[i] > starts[j]:
            # Both reach for what lies between them: a cut there parts them, else the middle.
            cut = _snapped(similarity, last[i] + 1, first[j], first[j] - last[i], 0)
            middle = (last[i] + 1 + first[j]) // 2
            ends[i] = starts[j] = cut if last[i] + 1 < cut <= first[j] else middle
    return list(zip(starts, ends, strict=True))


def _snapped(similarity: Similarity, frame: int, limit: int, reach: int, step: int) -> int:
    """The nearest edge of a shot on the way to a limit; half a query step where there is none."""
    edges = similarity.edges
    if reach < 0:
        low = max(limit, frame + reach)
        near = edges[(edges <= frame) & (edges >= low)]
        return int(near[-1]) if len(near) else max(frame - step // 2, limit)
    high = min(limit, frame + reach)
    near = edges[(edges >= frame) & (edges <= high)]
    return int(near[0]) if len(near) else min(frame + step // 2, limit)


def _prediction(similarity: Similarity, run: Run, line: _Line, start: int, end: int) -> Prediction:
    first_s = line(float(similarity.frame_s[start]))
    last_s = first_s + line.speed * float(similarity.frame_s[end - 1] - similarity.frame_s[start])
    return Prediction(
        start_frame=start,
        end_frame=end,
        movie=similarity.movies[run.movie].movie,
        movie_start_s=first_s,
        movie_end_s=last_s,
        speed=line.speed,
        mirrored=run.mirrored,
        confidence=float(np.clip(run.similarity.mean(), 0.0, 1.0)),
        tier="peer",
    )
