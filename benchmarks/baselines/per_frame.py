"""Best match of every frame, grouped while the gaps stay small: what recap tools do.

The pattern of the tools that rebuild a recap from a movie by k-nearest-neighbour search: each
sampled frame takes its nearest movie frame, neighbours in time become one segment, and the segment
ends where the next frame's match lies elsewhere. Nothing is published; the rule is the common one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.baselines.runs import Run, peak_seconds
from benchmarks.baselines.similarity import Similarity

__all__ = ["PerFrameSettings", "per_frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerFrameSettings:
    """When a frame goes on with the group."""

    min_similarity: float = 0.6
    gap_s: float = 1.0
    """Farthest that a match may lie from where natural speed would have it."""


def per_frame(similarity: Similarity, settings: PerFrameSettings) -> list[Run]:
    """Group the best matches of consecutive query frames."""
    best = [
        (number, mirrored, movie.mirrored if mirrored else movie.plain)
        for number, movie in enumerate(similarity.movies)
        for mirrored in (False, True)
    ]
    columns = np.stack([matrix.argmax(axis=1) for _, _, matrix in best])
    values = np.stack([matrix.max(axis=1) for _, _, matrix in best])
    winners = values.argmax(axis=0)
    runs: list[Run] = []
    for row, winner in enumerate(winners):
        value = float(values[winner, row])
        if value < settings.min_similarity:
            continue
        number, mirrored, matrix = best[winner]
        at_s = peak_seconds(
            matrix, similarity.movies[number].seconds, row, int(columns[winner, row])
        )
        point = Run(
            movie=number,
            mirrored=mirrored,
            rows=np.array([row]),
            source_s=np.array([at_s]),
            similarity=np.array([value]),
        )
        if runs and _goes_on(similarity, runs[-1], point, settings.gap_s):
            runs[-1] = _longer(runs[-1], point)
        else:
            runs.append(point)
    return runs


def _goes_on(similarity: Similarity, run: Run, point: Run, gap_s: float) -> bool:
    if (run.movie, run.mirrored) != (point.movie, point.mirrored):
        return False
    passed_s = similarity.query_s[point.rows[0]] - similarity.query_s[run.rows[-1]]
    moved_s = point.source_s[0] - run.source_s[-1]
    return bool(passed_s <= gap_s and abs(moved_s - passed_s) <= gap_s)


def _longer(run: Run, point: Run) -> Run:
    return Run(
        movie=run.movie,
        mirrored=run.mirrored,
        rows=np.concatenate([run.rows, point.rows]),
        source_s=np.concatenate([run.source_s, point.source_s]),
        similarity=np.concatenate([run.similarity, point.similarity]),
    )
