"""Frames of a film that cannot be told apart by eye: all of them are right answers.

The rule: two frames look the same when their grey thumbnails of 64×36 pixels differ by less than
0.6 grey levels in the mean and by no more than 6 in any pixel. A predicted source time is right
when any frame that looks like the true one is on screen within the tolerance of it, wherever in
the film that is: a held shot punishes nobody, nor does a shot that the film shows twice. The
threshold lies above what two encodings of one still picture differ by and below one frame of a
slow pan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.survey import FilmSurvey

__all__ = ["Twins", "looks_right", "looks_same"]

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


class Twins:
    """Finds every frame of a film that looks the same as a given one."""

    def __init__(self, survey: FilmSurvey) -> None:
        self._frames = survey.thumbnails
        means = self._frames.mean(axis=(1, 2))
        self._order = np.argsort(means, kind="stable")
        self._means = means[self._order]
        cells = self._frames.reshape(-1, 4, 9, 8, 8).mean(axis=(2, 4), dtype=np.float32)
        self._cells = cells.reshape(len(means), -1)

    def of(self, frame: int) -> NDArray[np.int64]:
        """Numbers of the frames that look the same, ``frame`` among them, in order."""
        mean = self._frames[frame].mean()
        first, end = np.searchsorted(self._means, [mean - _MEAN_LEVELS, mean + _MEAN_LEVELS])
        near = self._order[first:end]
        # Like the means of whole pictures, those of cells differ by no more than the pixels do.
        apart = np.abs(self._cells[near] - self._cells[frame])
        near = near[(apart.mean(axis=1) < _MEAN_LEVELS) & (apart.max(axis=1) <= _MOST_LEVELS)]
        this = np.broadcast_to(self._frames[frame], (len(near), *self._frames.shape[1:]))
        same: NDArray[np.int64] = np.sort(near[looks_same(self._frames[near], this)])
        return same

    def elsewhere(self, frame: int, *, far: int) -> NDArray[np.int64]:
        """Those of them that are at another place, one per place.

        Another place lies ``far`` frames off or more, with pictures between that look different;
        the frames of one place follow each other.
        """
        same = self.of(frame)
        places = np.split(same, np.flatnonzero(np.diff(same) >= far) + 1)
        apart = [place for place in places if np.abs(place - frame).min() >= far]
        nearest = [place[np.argmin(np.abs(place - np.median(place)))] for place in apart]
        return np.array(nearest, np.int64)
