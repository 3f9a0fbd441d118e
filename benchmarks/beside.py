"""Whether every picture of a split screen is found, and not only one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.claims import Prediction, spread
from benchmarks.evaluate import TOLERANCES, right_frames
from benchmarks.survey import FilmSurvey
from benchmarks.truth import Truth

__all__ = ["both_panes"]

_TOLERANCE = TOLERANCES["1frame"]


def both_panes(
    truth: Truth,
    predictions: Sequence[Prediction],
    beside: Sequence[Prediction],
    *,
    surveys: Mapping[str, FilmSurvey],
) -> dict[str, float | int | None]:
    """Frames that two pieces of film share, and of how many of them both are right.

    Right within one film frame, each in any of the panes.

    Args:
        truth: What the commentary shows.
        predictions: Segments of a result.
        beside: What it says that other panes show; they may overlap.
        surveys: Thumbnails of the films by file name.
    """
    shared = np.zeros(truth.frames, np.bool_)
    for segment in truth.segments:
        if segment.beside is not None:
            shared[segment.start_frame : segment.end_frame] = True
    shared &= (truth.film >= 0).all(axis=1)
    if not shared.any():
        return {"frames": 0, "both": None}
    right = np.zeros((truth.frames, 2), np.bool_)
    for layer in (predictions, *_layers(beside)):
        claims = spread(layer, frames=truth.frames, fps=truth.fps, times_s=truth.times_s)
        for column in range(2):
            only = [column, column]
            one = replace(
                truth,
                film=truth.film[:, only],
                pts=truth.pts[:, only],
                end_pts=truth.end_pts[:, only],
            )
            right[:, column] |= right_frames(one, claims, _TOLERANCE, surveys=surveys)
    both = right.all(axis=1) & shared
    return {"frames": int(shared.sum()), "both": float(both.sum() / shared.sum())}


def _layers(predictions: Sequence[Prediction]) -> list[list[Prediction]]:
    """Predictions in as few groups as it takes that none overlaps another of its group."""
    layers: list[list[Prediction]] = []
    for one in sorted(predictions, key=lambda p: p.start_frame):
        free = next((layer for layer in layers if layer[-1].end_frame <= one.start_frame), None)
        if free is None:
            layers.append([one])
        else:
            free.append(one)
    return layers
