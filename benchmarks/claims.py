"""What a result claims, frame by frame, read from ``visual_match_results.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Claims", "Prediction", "load_beside", "load_predictions", "spread", "unite"]

_ALTERNATIVES = Path("alternative_segments/alternative_segments.json")
"""Beside the folder of the result file."""
_CONTINUES_S = 0.1
"""Segments whose lines meet within this are one piece that was reported in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One segment of a result: half-open in commentary frames."""

    start_frame: int
    end_frame: int
    movie: str | None
    movie_start_s: float = 0.0
    movie_end_s: float = 0.0
    speed: float = 1.0
    mirrored: bool = False
    confidence: float = 0.0
    tier: str = "unmatched"
    similarity: float = 0.0
    certainty: float = 0.0
    slack_s: float = 0.0
    """By how much the source may slide, both ways together."""
    still_s: float = 0.0
    """Of that, by how much under the same crop."""
    ambiguous: bool = False
    """Whether another place is said to explain the segment as well."""
    others: tuple[tuple[str, float], ...] = ()
    """Movie and start second of the other places listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Predictions laid out over the commentary's frames."""

    segment: NDArray[np.int64]
    """(n,) number of the prediction that claims the frame; -1 where none does."""
    movie: NDArray[np.object_]
    """(n,) file name of the movie, or None."""
    source_s: NDArray[np.float64]
    """(n,) predicted source second; NaN without movie."""
    confidence: NDArray[np.float64]
    """(n,) confidence of the claim; NaN without movie."""


def load_predictions(path: Path) -> list[Prediction]:
    """Segments of a ``visual_match_results.json``, unmatched ones included.

    The other places of a segment are read where their file stands in its usual place.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    others: dict[tuple[int, int], tuple[tuple[str, float], ...]] = {}
    beside = path.parent.parent / _ALTERNATIVES
    if beside.is_file():
        for entry in json.loads(beside.read_text(encoding="utf-8"))["segments"]:
            places = [(str(o["movie"]), float(o["movie_start"])) for o in entry["alternatives"]]
            others[entry["youtube_start_frame"], entry["youtube_end_frame"]] = tuple(places)
    return [_prediction(entry, others) for entry in document["primary_segments"]]


def load_beside(path: Path) -> list[Prediction]:
    """What a ``visual_match_results.json`` says that other panes of split screens show."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [_prediction(entry, {}) for entry in document.get("pane_segments", [])]


def _prediction(
    entry: dict[str, Any], others: Mapping[tuple[int, int], tuple[tuple[str, float], ...]]
) -> Prediction:
    start, end = int(entry["youtube_start_frame"]), int(entry["youtube_end_frame"])
    if entry["movie"] is None:
        return Prediction(start_frame=start, end_frame=end, movie=None)
    return Prediction(
        start_frame=start,
        end_frame=end,
        movie=str(entry["movie"]),
        movie_start_s=float(entry["movie_start"]),
        movie_end_s=float(entry["movie_end"]),
        speed=float(entry["speed"]),
        mirrored=bool(entry["mirrored"]),
        confidence=float(entry["confidence"]),
        tier=str(entry["tier"]),
        similarity=float(entry.get("avg_similarity", 0.0)),
        certainty=float(entry.get("certainty", 0.0)),
        slack_s=_width(entry, "offset_slack_s"),
        still_s=_width(entry, "still_slack_s"),
        ambiguous=bool(entry.get("ambiguous", False)),
        others=others.get((start, end), ()),
    )


def _width(entry: dict[str, Any], name: str) -> float:
    earlier_s, later_s = entry.get(name, (0.0, 0.0))
    return float(later_s) - float(earlier_s)


def spread(
    predictions: Sequence[Prediction],
    *,
    frames: int,
    fps: Fraction,
    times_s: NDArray[np.float64] | None = None,
) -> Claims:
    """Lay predictions out over a commentary of ``frames`` frames.

    ``times_s`` are the seconds at which its frames appear, where they do not come evenly.

    Raises:
        ValueError: A prediction lies outside the commentary, or two claim one frame.
    """
    claims = Claims(
        segment=np.full(frames, -1, np.int64),
        movie=np.full(frames, None, np.object_),
        source_s=np.full(frames, np.nan),
        confidence=np.full(frames, np.nan),
    )
    taken = np.zeros(frames, np.bool_)
    for number, prediction in enumerate(predictions):
        start, end = prediction.start_frame, prediction.end_frame
        if not 0 <= start < end <= frames:
            raise ValueError(f"segment {number} is [{start}, {end}) of {frames} frames")
        if taken[start:end].any():
            raise ValueError(f"segment {number} [{start}, {end}) overlaps another")
        taken[start:end] = True
        if prediction.movie is None:
            continue
        steps_s = np.arange(end - start) / float(fps)
        if times_s is not None:
            steps_s = times_s[start:end] - times_s[start]
        claims.segment[start:end] = number
        claims.movie[start:end] = prediction.movie
        claims.source_s[start:end] = prediction.movie_start_s + prediction.speed * steps_s
        claims.confidence[start:end] = prediction.confidence
    return claims


def unite(
    predictions: Sequence[Prediction],
    *,
    fps: Fraction,
    times_s: NDArray[np.float64] | None = None,
) -> list[Prediction]:
    """Claimed predictions, with neighbours that continue one line made into one.

    A piece that runs over a cut of the film may be reported in two segments; for the segment
    measures it is one.
    """
    united: list[Prediction] = []
    for prediction in sorted(predictions, key=lambda p: p.start_frame):
        if prediction.movie is None:
            continue
        if united and _continues(united[-1], prediction, float(fps), times_s):
            united[-1] = replace(
                united[-1], end_frame=prediction.end_frame, movie_end_s=prediction.movie_end_s
            )
        else:
            united.append(prediction)
    return united


def _continues(
    before: Prediction, after: Prediction, fps: float, times_s: NDArray[np.float64] | None
) -> bool:
    lasted_s = (after.start_frame - before.start_frame) / fps
    if times_s is not None:
        lasted_s = float(times_s[after.start_frame] - times_s[before.start_frame])
    reached_s = before.movie_start_s + before.speed * lasted_s
    return (
        before.end_frame == after.start_frame
        and before.movie == after.movie
        and before.mirrored == after.mirrored
        and abs(reached_s - after.movie_start_s) <= _CONTINUES_S
    )
