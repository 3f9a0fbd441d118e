"""Scores a result against the truth, as DESIGN's *Measures* define it. Pure numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ambiguity import ambiguity
from benchmarks.calibration import calibration
from benchmarks.claims import Claims, Prediction, spread, unite
from benchmarks.lookalikes import looks_right
from benchmarks.survey import FilmSurvey
from benchmarks.truth import NO_FILM, UNKNOWN, Truth

__all__ = ["THREE_FRAMES", "TOLERANCES", "evaluate", "right_frames"]

Mask = NDArray[np.bool_]
TOLERANCES = {"1frame": (1.0, 0.0), "0.1s": (0.0, 0.1), "0.5s": (0.0, 0.5)}
"""Film frames and seconds (their sum counts) that a source time may be off."""
THREE_FRAMES = (3.0, 0.0)
_LEAST_IOU = 0.5
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """What each commentary frame is for the counts, all (n,)."""

    claimed: Mask
    true: Mask
    empty: Mask


def evaluate(
    truth: Truth,
    predictions: Sequence[Prediction],
    *,
    surveys: Mapping[str, FilmSurvey] | None = None,
) -> dict[str, Any]:
    """All measures of one case.

    Args:
        truth: What the commentary shows.
        predictions: What the result says it shows.
        surveys: Thumbnails of the films by file name, for source frames that look the same as the
            true one; without them only the true frame is right.
    """
    claims = spread(predictions, frames=truth.frames, fps=truth.fps, times_s=truth.times_s)
    kinds = _kinds(truth, claims)
    scores: dict[str, Any] = {
        "frames": truth.frames,
        "true": int(kinds.true.sum()),
        "claimed": int(kinds.claimed.sum()),
    }
    for name, tolerance in TOLERANCES.items():
        right = right_frames(truth, claims, tolerance, surveys=surveys or {})
        scores |= _f1(name, int((right & kinds.claimed).sum()), kinds)
    false = int((kinds.empty & kinds.claimed).sum())
    scores["empty"] = int(kinds.empty.sum())
    scores["false"] = _ratio(false, scores["empty"])
    scores["edge"] = _edges(truth, predictions)
    scores["segments"] = _segments(truth, predictions)
    near = right_frames(truth, claims, THREE_FRAMES, surveys=surveys or {})
    tiers = np.array([prediction.tier for prediction in predictions], np.str_)
    claimed = kinds.claimed
    scores["calibration"] = calibration(
        claims.confidence[claimed], near[claimed], tiers[claims.segment[claimed]]
    )
    scores["ambiguity"] = ambiguity(truth, predictions)
    return scores


def right_frames(
    truth: Truth,
    claims: Claims,
    tolerance: tuple[float, float],
    *,
    surveys: Mapping[str, FilmSurvey],
) -> Mask:
    """(n,) frames whose claim is right within ``(film frames, seconds)``.

    Right means: the movie is right, and the predicted source time lies within the tolerance of the
    time during which the true frame, or one that looks the same, is on screen. Either source of a
    dissolve will do.
    """
    right = np.zeros(truth.frames, np.bool_)
    for number, film in enumerate(truth.films):
        within_s = tolerance[0] / float(film.frame_rate) + tolerance[1] + _ROUNDING_S
        for column in range(2):
            rows = np.flatnonzero(
                (truth.film[:, column] == number) & (claims.movie == film.name) & ~right
            )
            at_s = claims.source_s[rows]
            from_s = film.seconds(truth.pts[rows, column])
            to_s = film.seconds(truth.end_pts[rows, column])
            off_s = np.maximum(np.maximum(from_s - at_s, at_s - to_s), 0.0)
            right[rows] = off_s <= within_s
            if film.name in surveys:
                rest = rows[~right[rows]]
                right[rest] = looks_right(
                    surveys[film.name],
                    true_pts=truth.pts[rest, column],
                    at_s=claims.source_s[rest],
                    within_s=within_s,
                )
    return right


def _kinds(truth: Truth, claims: Claims) -> _Kinds:
    known = ~(truth.film == UNKNOWN).any(axis=1)
    from_film = (truth.film >= 0).any(axis=1)
    from_none = (truth.film == NO_FILM).any(axis=1)
    claimed = (claims.segment >= 0) & known
    # A dissolve between a film and something else is right claimed and right unclaimed.
    true = from_film & (~from_none | claimed) & known
    return _Kinds(claimed, true, from_none & ~from_film & known)


def _f1(name: str, right: int, kinds: _Kinds) -> dict[str, float | None]:
    claimed, true = int(kinds.claimed.sum()), int(kinds.true.sum())
    return {
        f"f1@{name}": _ratio(2 * right, claimed + true) if true else None,
        f"precision@{name}": _ratio(right, claimed),
        f"recall@{name}": _ratio(right, true),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _edges(truth: Truth, predictions: Sequence[Prediction]) -> dict[str, float | None]:
    """Distance of every true cut that a film has a side of to the nearest predicted boundary."""
    sides = zip(truth.segments, truth.segments[1:], strict=False)
    cuts = [after.start_frame for before, after in sides if before.film >= 0 or after.film >= 0]
    if not cuts:
        return {"median": None, "p90": None}
    claimed = [p for p in predictions if p.movie is not None]
    ends = {p.start_frame for p in claimed} | {p.end_frame for p in claimed}
    found = np.array(sorted(ends - {0, truth.frames}), np.float64)
    if not len(found):
        found = np.array([np.inf])
    distances = np.abs(found[None, :] - np.array(cuts)[:, None]).min(axis=1)
    # No boundary at all is as far off as the commentary is long.
    distances = np.minimum(distances, truth.frames)
    return {"median": float(np.median(distances)), "p90": float(np.percentile(distances, 90))}


def _segments(truth: Truth, predictions: Sequence[Prediction]) -> dict[str, float | int | None]:
    """Precision and recall of segments that overlap by half on both time axes."""
    true = [
        (truth.films[s.film].name, (s.start_frame, s.end_frame), (s.start_s, s.end_s))
        for s in truth.segments
        if s.film >= 0
    ]
    claimed = [
        (p.movie, (p.start_frame, p.end_frame), (p.movie_start_s, p.movie_end_s))
        for p in unite(predictions, fps=truth.fps, times_s=truth.times_s)
    ]
    hits = np.array(
        [
            [
                movie == name and min(_iou(frames, f), _iou(source, s)) >= _LEAST_IOU
                for movie, frames, source in claimed
            ]
            for name, f, s in true
        ],
        np.bool_,
    ).reshape(len(true), len(claimed))
    return {
        "true": len(true),
        "claimed": len(claimed),
        "precision": _ratio(int(hits.any(axis=0).sum()), len(claimed)),
        "recall": _ratio(int(hits.any(axis=1).sum()), len(true)),
    }


def _iou(a: tuple[float, float], b: tuple[float, float]) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(shared, 0.0) / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0.0
