"""Whether a result says so where the film shows the same shot at several places."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.claims import Prediction
from benchmarks.truth import TrueSegment, Truth

__all__ = ["ambiguity"]

_NEAR_S = 0.5
"""How far a listed place may be off and still be the other place."""


def ambiguity(truth: Truth, predictions: Sequence[Prediction]) -> dict[str, float | int | None]:
    """Pieces that stand more than once in their film, and the share that is reported as such.

    A piece is reported when the segment that covers most of it is flagged as ambiguous or lists
    another of its places. A piece that was not found is not reported.
    """
    pieces = [segment for segment in truth.segments if segment.elsewhere_s]
    if not pieces:
        return {"pieces": 0, "reported": None}
    told = sum(_is_told(truth, piece, predictions) for piece in pieces)
    return {"pieces": len(pieces), "reported": told / len(pieces)}


def _is_told(truth: Truth, piece: TrueSegment, predictions: Sequence[Prediction]) -> bool:
    found = max(predictions, key=lambda p: _shared(piece, p), default=None)
    if found is None or found.movie is None or not _shared(piece, found):
        return False
    if found.ambiguous:
        return True
    # The segment need not start where the piece does: only distances between places are compared.
    places = (piece.start_s, *piece.elsewhere_s)
    steps_s = [b - a for a in places for b in places if a != b]
    name = truth.films[piece.film].name
    return any(
        movie == name and abs(start_s - found.movie_start_s - step_s) <= _NEAR_S
        for movie, start_s in found.others
        for step_s in steps_s
    )


def _shared(piece: TrueSegment, prediction: Prediction) -> int:
    first = max(piece.start_frame, prediction.start_frame)
    return max(min(piece.end_frame, prediction.end_frame) - first, 0)
