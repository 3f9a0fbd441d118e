"""Dynamic time warping of the whole commentary against the whole movie.

The *DTW* baseline of VCSL (He et al. 2022): the cheapest monotonic path through ``1 − similarity``
from one corner to the other (Sakoe and Chiba 1978); stretches where only one of the two times moves
are cut away, and what is left and similar enough are the segments. A warp cannot go back in the
movie, so that flashbacks are lost by construction; it is here to show by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.runs import Run, every_nth, peak_seconds
from benchmarks.baselines.similarity import Matrix, Similarity

__all__ = ["WarpingSettings", "warp", "warping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarpingSettings:
    """Names and meaning as in VCSL's code, in samples; lengths for recaps."""

    discontinue: int = 3
    """Longest stretch in which one of the times stands still."""
    min_sim: float = 0.5
    min_length: int = 1


def warping(similarity: Similarity, settings: WarpingSettings) -> list[Run]:
    """Runs in every movie, plain and mirrored."""
    runs = []
    for number, movie in enumerate(similarity.movies):
        for mirrored in (False, True):
            matrix = movie.mirrored if mirrored else movie.plain
            stride = every_nth(similarity, movie)
            for rows, places in _segments(matrix[:, ::stride], settings):
                columns = places * stride
                first = np.unique(rows, return_index=True)[1]
                times = [
                    peak_seconds(matrix, movie.seconds, int(rows[i]), int(columns[i]))
                    for i in first
                ]
                runs.append(
                    Run(
                        movie=number,
                        mirrored=mirrored,
                        rows=rows[first],
                        source_s=np.array(times),
                        similarity=matrix[rows, columns][first].astype(np.float64),
                    )
                )
    return runs


def warp(matrix: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the cheapest path from the first pair to the last."""
    rows, columns = matrix.shape
    cost = 1.0 - matrix.astype(np.float64)
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        before = np.minimum(np.minimum(total[i, j], total[i, j + 1]), total[i + 1, j])
        total[i + 1, j + 1] = cost[i, j] + before
    path = [(rows - 1, columns - 1)]
    while path[-1] != (0, 0):
        i, j = path[-1]
        steps = (total[i, j], total[i, j + 1], total[i + 1, j])
        path.append(((i - 1, j - 1), (i - 1, j), (i, j - 1))[int(np.argmin(steps))])
    found = np.array(path[::-1], np.int64)
    return found[:, 0], found[:, 1]


def _segments(
    matrix: Matrix, settings: WarpingSettings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    rows, columns = warp(matrix)
    kept = ~(_standing(rows, settings.discontinue) | _standing(columns, settings.discontinue))
    kept &= matrix[rows, columns] >= settings.min_sim
    edges = np.flatnonzero(np.diff(np.concatenate([[0], kept.astype(np.int8), [0]])))
    parts = [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [
        (rows[part], columns[part])
        for part in parts
        if min(np.ptp(rows[part]), np.ptp(columns[part])) > settings.min_length
    ]


def _standing(places: NDArray[np.int64], longest: int) -> NDArray[np.bool_]:
    """Path points of stretches longer than ``longest`` in which a place does not change."""
    starts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
    lengths = np.diff(np.append(starts, len(places)))
    result: NDArray[np.bool_] = np.repeat(lengths > longest, lengths)
    return result
