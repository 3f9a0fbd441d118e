"""Frames of a film that cannot be told apart by eye: all of them are right answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.survey import FilmSurvey

__all__ = ["looks_right", "looks_same"]

_MEAN_LEVELS = 0.6
_MOST_LEVELS = 6


def looks_same(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(n,) whether thumbnails (n, h, w) look the same pair by pair."""
    result = np.zeros(len(a), np.bool_)
    # The difference of the means is never more than the mean difference: a cheap first sieve.
    means = np.abs(a.mean(axis=(1, 2)) - b.mean(axis=(1, 2)))
    rows = np.flatnonzero(means < _MEAN_LEVELS)
    difference = np.abs(a[rows].astype(np.int16) - b[rows].astype(np.int16))
    close = difference.mean(axis=(1, 2)) < _MEAN_LEVELS
    result[rows] = close & (difference.max(axis=(1, 2), initial=0) <= _MOST_LEVELS)
    return result


def looks_right(
    survey: FilmSurvey,
    *,
    true_pts: NDArray[np.int64],
    at_s: NDArray[np.float64],
    within_s: float,
) -> NDArray[np.bool_]:
    """(n,) whether a frame that looks like the true one is on screen within ``within_s`` of a time.

    Args:
        survey: The film.
        true_pts: (n,) timestamps of the true frames.
        at_s: (n,) predicted seconds.
        within_s: Tolerance.
    """
    last = len(survey.pts) - 1
    true = np.clip(np.searchsorted(survey.pts, true_pts, side="right") - 1, 0, last)
    first = np.searchsorted(survey.ends_s, at_s - within_s, side="left")
    end = np.searchsorted(survey.starts_s, at_s + within_s, side="right")
    right = np.zeros(len(at_s), np.bool_)
    for step in range(int((end - first).max(initial=0))):
        rows = np.flatnonzero(~right & (first + step < end))
        frames = survey.thumbnails[first[rows] + step]
        right[rows] = looks_same(frames, survey.thumbnails[true[rows]])
    return right
