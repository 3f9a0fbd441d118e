"""Whether a rendered video shows the film's own frames, each in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.claims import Prediction, spread
from benchmarks.survey import FilmSurvey, read_thumbnails
from benchmarks.truth import NO_SECOND, Truth

__all__ = ["check_render", "correlation"]

_FLAT = 2.0
"""Standard deviation in grey levels below which a picture has nothing to correlate."""


def check_render(
    video: Path,
    truth: Truth,
    predictions: Sequence[Prediction],
    *,
    surveys: Mapping[str, FilmSurvey],
) -> dict[str, float | int | None]:
    """Compare a video rendered at the movie's framing with the true frames of the films.

    Returns:
        ``frames_off``: difference of the frame counts of video and commentary. ``correlation``:
        mean over the claimed film frames (dissolves left out) of the normalised correlation of the
        rendered picture with the true one.
    """
    _, _, thumbnails = read_thumbnails(video)
    frames = min(len(thumbnails), truth.frames)
    claims = spread(predictions, frames=truth.frames, fps=truth.fps, times_s=truth.times_s)
    found = []
    for number, film in enumerate(truth.films):
        survey = surveys[film.name]
        rows = np.flatnonzero(
            (truth.film[:frames, 0] == number)
            & (truth.film[:frames, 1] == NO_SECOND)
            & (claims.segment[:frames] >= 0)
        )
        true = np.searchsorted(survey.pts, truth.pts[rows, 0])
        found.append(correlation(thumbnails[rows], survey.thumbnails[true]))
    values = np.concatenate([np.empty(0), *found])
    values = values[np.isfinite(values)]
    return {
        "frames_off": abs(len(thumbnails) - truth.frames),
        "correlation": float(values.mean()) if len(values) else None,
    }


def correlation(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n,) normalised correlation of pictures (n, h, w) pair by pair; NaN where one is flat."""
    axes = (1, 2)
    deep_a, deep_b = a.astype(np.float64), b.astype(np.float64)
    deep_a -= deep_a.mean(axis=axes, keepdims=True)
    deep_b -= deep_b.mean(axis=axes, keepdims=True)
    spread_a, spread_b = deep_a.std(axis=axes), deep_b.std(axis=axes)
    product = (deep_a * deep_b).mean(axis=axes)
    result = np.full(len(a), np.nan)
    np.divide(
        product,
        spread_a * spread_b,
        out=result,
        where=(spread_a > _FLAT) & (spread_b > _FLAT),
    )
    return result
