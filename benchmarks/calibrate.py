"""Fits the weights of confidence to made commentaries: ``python -m benchmarks calibrate``.

A logistic regression of the share of right frames of every claimed segment, each frame counting
once. Weights are held to the sign that reason gives them: a better picture, a longer stretch and
more certainty never make a segment less sure, standing still or sliding never surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks import engine
from benchmarks.accuracy import cases_of, indexed
from benchmarks.calibration import calibration
from benchmarks.claims import Prediction, load_predictions, spread
from benchmarks.engine import Say
from benchmarks.evaluate import THREE_FRAMES, right_frames
from benchmarks.footage import prepared_footage
from benchmarks.score import film_surveys
from benchmarks.suites import Row
from benchmarks.truth import UNKNOWN, Truth
from syncclip.matching.confidence import Features, tier_of

__all__ = ["WEIGHTS", "Observed", "fit_weights", "measure_calibration"]

WEIGHTS = ("intercept", "residual", "length", "certainty", "still", "slide")
_SIGNS = ((None, None), (0.0, None), (0.0, None), (0.0, None), (None, 0.0), (None, 0.0))
_RIDGE = 1e-3
"""Pull of the weights towards zero: keeps them finite where every segment is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One claimed segment."""

    film: str
    features: Features
    ambiguous: bool
    frames: int
    """Whose truth is known."""
    right: int
    """Of these, within three film frames."""


def measure_calibration(
    rows: Sequence[Row], *, footage: Path, work: Path, say: Say
) -> dict[str, Any]:
    """Match the rows' cases, fit the weights, and judge them on films that they were not fitted on.

    Args:
        rows: Of made cases, each on one film.
        footage: Folder of the films.
        work: Folder for cases, indexes and results.
        say: Told what is being done.
    """
    observed = _observe(rows, footage=footage, work=work, say=say)
    weights = fit_weights(observed)
    films = sorted({one.film for one in observed})
    unseen = np.zeros(len(observed))
    for film in films:
        away = np.array([one.film == film for one in observed])
        others = fit_weights([one for one in observed if one.film != film])
        unseen[away] = _confidence([one for one in observed if one.film == film], others)
    return {
        "weights": dict(zip(WEIGHTS, (round(float(w), 3) for w in weights), strict=True)),
        "films": films,
        "segments": len(observed),
        "frames": sum(one.frames for one in observed),
        "fitted": _judged(observed, _confidence(observed, weights)),
        "left_out_in_turn": _judged(observed, unseen),
        "figures": [],
    }


def fit_weights(observed: Sequence[Observed]) -> NDArray[np.float64]:
    """(6,) intercept and weights that make the share of right frames most likely."""
    inputs = _inputs(observed)
    frames = np.array([one.frames for one in observed], np.float64)
    right = np.array([one.right for one in observed], np.float64)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = inputs @ weights
        likelihood = right * np.logaddexp(0, -score) + (frames - right) * np.logaddexp(0, score)
        rise = inputs.T @ (frames * expit(score) - right)
        pull = _RIDGE * np.r_[0.0, weights[1:]]
        total = frames.sum()
        return float(likelihood.sum() / total + pull @ weights / 2), rise / total + pull

    start = np.zeros(len(WEIGHTS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_SIGNS)
    return np.asarray(found.x, np.float64)


def _inputs(observed: Sequence[Observed]) -> NDArray[np.float64]:
    return np.array([(1.0, *one.features.vector()) for one in observed], np.float64)


def _confidence(observed: Sequence[Observed], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(expit(_inputs(observed) @ weights), np.float64)


def _judged(observed: Sequence[Observed], confidence: NDArray[np.float64]) -> dict[str, Any]:
    """Calibration error and tiers, every frame counting once."""
    frames = np.array([one.frames for one in observed])
    tiers = [
        tier_of(float(p), ambiguous=one.ambiguous).value
        for p, one in zip(confidence, observed, strict=True)
    ]
    right = [np.arange(one.frames) < one.right for one in observed]
    return calibration(
        np.repeat(confidence, frames), np.concatenate(right), np.repeat(np.array(tiers), frames)
    )


def _observe(rows: Sequence[Row], *, footage: Path, work: Path, say: Say) -> list[Observed]:
    footage = prepared_footage(rows, footage=footage, work=work)
    indexes, _ = indexed(rows, footage=footage, work=work, say=say)
    observed: list[Observed] = []
    for row in rows:
        for name, commentary, truth in cases_of(row, footage=footage, work=work):
            say(f"{row.name}: {name}")
            out = work / "results" / f"fit-{row.name}-{name}"
            result, _ = engine.match(commentary, [indexes[movie] for movie in row.movies], out)
            observed += _segments(truth, load_predictions(result), work=work)
    return observed


def _segments(truth: Truth, predictions: Sequence[Prediction], *, work: Path) -> list[Observed]:
    claims = spread(predictions, frames=truth.frames, fps=truth.fps, times_s=truth.times_s)
    surveys = film_surveys(truth, work=work)
    known = ~(truth.film == UNKNOWN).any(axis=1)
    right = right_frames(truth, claims, THREE_FRAMES, surveys=surveys) & known
    rates = {film.name: float(film.frame_rate) for film in truth.films}
    observed = []
    for one in predictions:
        inside = slice(one.start_frame, one.end_frame)
        if one.movie is not None and known[inside].any():
            features = Features(
                similarity=one.similarity,
                certainty=one.certainty,
                length_frames=one.end_frame - one.start_frame,
                slack_frames=one.slack_s * rates.get(one.movie, 25.0),
                still_frames=one.still_s * rates.get(one.movie, 25.0),
            )
            observed.append(
                Observed(
                    film=one.movie,
                    features=features,
                    ambiguous=one.ambiguous,
                    frames=int(known[inside].sum()),
                    right=int(right[inside].sum()),
                )
            )
    return observed
