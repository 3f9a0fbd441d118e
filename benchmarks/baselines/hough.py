"""Hough votes over (offset, speed), shot by shot.

Votes over the time offset are the classic temporal check of video copy detection (Douze, Jégou and
Schmid 2010, "An image-based approach to video copy detection with spatio-temporal post-filtering")
and the *HV* baseline of VCSL (He et al. 2022), which votes once over the whole video pair at
natural speed. A recap has a hundred offsets and speeds: here each detected shot votes by itself,
over speeds too, again and again on the frames that are left, so that a shot with a missed cut gives
two runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.runs import Run, peak_seconds
from benchmarks.baselines.similarity import Similarity

__all__ = ["HoughSettings", "hough"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoughSettings:
    """How votes are counted."""

    speeds: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0)
    bin_s: float = 0.2
    min_similarity: float = 0.6
    top_k: int = 24
    """Votes of each query frame."""
    least_share: float = 0.8
    """Frames of a run that support its line: chance peaks on inserts have gaps."""
    least_rows: int = 2
    gap_rows: int = 3
    """Frames without support that a run may skip."""


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """Votes of one movie and mirror state, best of each query frame only."""

    movie: int
    mirrored: bool
    row: NDArray[np.int64]
    source_s: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Peak:
    score: float
    votes: int
    """Number of the vote set."""
    at_s: float
    source_s: float
    speed: float


def hough(similarity: Similarity, settings: HoughSettings) -> list[Run]:
    """Runs of all shots."""
    sets = [
        _votes(similarity, number, mirrored, settings)
        for number in range(len(similarity.movies))
        for mirrored in (False, True)
    ]
    edges = np.searchsorted(similarity.query_frames, similarity.edges)
    runs: list[Run] = []
    for low, high in pairwise(edges.tolist()):
        free = np.zeros(len(similarity.query_s), np.bool_)
        free[low:high] = True
        while free.sum() >= settings.least_rows:
            run = _best_run(similarity, sets, free, settings)
            if run is None:
                break
            runs.append(run)
            free[run.rows[0] : run.rows[-1] + 1] = False
    return runs


def _votes(similarity: Similarity, number: int, mirrored: bool, settings: HoughSettings) -> _Votes:
    movie = similarity.movies[number]
    matrix = movie.mirrored if mirrored else movie.plain
    count = min(settings.top_k, matrix.shape[1])
    columns = np.argpartition(-matrix, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(matrix, columns, axis=1)
    rows, ranks = np.nonzero(values >= settings.min_similarity)
    chosen = columns[rows, ranks]
    times = [
        peak_seconds(matrix, movie.seconds, int(row), int(column))
        for row, column in zip(rows, chosen, strict=True)
    ]
    return _Votes(
        number, mirrored, rows, np.array(times, np.float64), values[rows, ranks].astype(np.float64)
    )


def _best_run(
    similarity: Similarity,
    sets: list[_Votes],
    free: NDArray[np.bool_],
    settings: HoughSettings,
) -> Run | None:
    """The run of the highest peak, or None where no peak has enough frames."""
    rows = np.flatnonzero(free)
    middle_s = float(similarity.query_s[rows].mean())
    peaks = [
        peak
        for number, votes in enumerate(sets)
        for peak in _peaks(similarity, votes, number, free, middle_s, settings)
    ]
    if not peaks:
        return None
    peak = max(peaks, key=lambda peak: peak.score)
    run = _supporters(similarity, sets[peak.votes], free, peak, settings)
    share = len(run.rows) / (run.rows[-1] - run.rows[0] + 1)
    return run if len(run.rows) >= settings.least_rows and share >= settings.least_share else None


def _peaks(
    similarity: Similarity,
    votes: _Votes,
    number: int,
    free: NDArray[np.bool_],
    middle_s: float,
    settings: HoughSettings,
) -> list[_Peak]:
    """The highest bin of each speed."""
    inside = np.flatnonzero(free[votes.row])
    if not len(inside):
        return []
    at_s = similarity.query_s[votes.row[inside]] - middle_s
    found = []
    for speed in settings.speeds:
        place = votes.source_s[inside] - speed * at_s
        # Half-overlapping bins: a peak on an edge of one lies in the middle of the next.
        numbers = np.floor(place / (settings.bin_s / 2)).astype(np.int64)
        low = int(numbers.min())
        counted = np.zeros(int(numbers.max()) - low + 2)
        np.add.at(counted, numbers - low, votes.value[inside])
        pair = counted[:-1] + counted[1:]
        best = int(np.argmax(pair))
        at = (best + low + 1) * settings.bin_s / 2
        found.append(_Peak(float(pair[best]), number, middle_s, at, speed))
    return found


def _supporters(
    similarity: Similarity,
    votes: _Votes,
    free: NDArray[np.bool_],
    peak: _Peak,
    settings: HoughSettings,
) -> Run:
    """The best vote of each frame near the line, as far as no gap is too wide."""
    expected = peak.source_s + peak.speed * (similarity.query_s[votes.row] - peak.at_s)
    near = np.abs(votes.source_s - expected) < 1.5 * settings.bin_s
    chosen = np.flatnonzero(near & free[votes.row])
    chosen = chosen[np.lexsort((-votes.value[chosen], votes.row[chosen]))]
    _, first = np.unique(votes.row[chosen], return_index=True)
    chosen = chosen[first]
    rows = votes.row[chosen]
    parts = np.split(chosen, np.flatnonzero(np.diff(rows) > settings.gap_rows + 1) + 1)
    best = max(parts, key=lambda part: float(votes.value[part].sum()))
    return Run(
        movie=votes.movie,
        mirrored=votes.mirrored,
        rows=votes.row[best],
        source_s=votes.source_s[best],
        similarity=votes.value[best],
    )
