"""Scores one result of one case, as figures and piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.beside import both_panes
from benchmarks.claims import Prediction, load_beside, load_predictions, spread
from benchmarks.evaluate import TOLERANCES, evaluate, right_frames
from benchmarks.survey import FilmSurvey, survey_film
from benchmarks.truth import Truth, load_truth

__all__ = ["film_surveys", "pieces", "score_case", "score_result"]


def score_case(case: Path, result: Path, *, work: Path) -> dict[str, Any]:
    """All measures of a result file on a made case."""
    truth = load_truth(case)
    return score_result(truth, result, surveys=film_surveys(truth, work=work))


def score_result(
    truth: Truth, result: Path, *, surveys: Mapping[str, FilmSurvey]
) -> dict[str, Any]:
    """All measures of a result file, those of split screens among them."""
    predictions = load_predictions(result)
    scores = evaluate(truth, predictions, surveys=surveys)
    scores["panes"] = both_panes(truth, predictions, load_beside(result), surveys=surveys)
    return scores


def film_surveys(truth: Truth, *, work: Path) -> dict[str, FilmSurvey]:
    """Thumbnails of every film of a truth that is still where it was."""
    paths = [Path(film.path) for film in truth.films]
    return {path.name: survey_film(path, work=work) for path in paths if path.is_file()}


def pieces(
    truth: Truth, predictions: Sequence[Prediction], *, surveys: Mapping[str, FilmSurvey]
) -> Iterator[str]:
    """One line per true piece: what it is and how much of it was found."""
    claims = spread(predictions, frames=truth.frames, fps=truth.fps, times_s=truth.times_s)
    right = {
        name: right_frames(truth, claims, tolerance, surveys=surveys)
        for name, tolerance in TOLERANCES.items()
    }
    for segment in truth.segments:
        inside = slice(segment.start_frame, segment.end_frame)
        claimed = np.mean(claims.segment[inside] >= 0)
        what = f"{segment.start_frame:6d}-{segment.end_frame:<6d} {segment.kind:7s}"
        if segment.film < 0:
            yield f"{what} claimed {claimed:.2f}"
            continue
        off_s = claims.source_s[inside] - segment.start_s
        times_s = truth.seconds[inside]
        off_s -= segment.speed * (times_s - times_s[0])
        median = f"{np.nanmedian(off_s):+9.3f} s" if np.isfinite(off_s).any() else "        –  "
        shares = " ".join(f"{name} {np.mean(right[name][inside]):.2f}" for name in TOLERANCES)
        yield (
            f"{what} at {segment.start_s:8.3f} s x{segment.speed:.3f}"
            f"{' mirrored' if segment.mirrored else '         '} zoom {1 / segment.crop[2]:.2f}"
            f"  claimed {claimed:.2f}  {shares}  off {median}"
        )
