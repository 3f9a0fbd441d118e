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
    another of its places. A piece that was not found is not reported. ``places`` is the share of
    the places beside the segment's own, of all pieces together, that are listed.
    """
    pieces = [segment for segment in truth.segments if segment.elsewhere_s]
    if not pieces:
        return {"pieces": 0, "reported": None, "places": None}
    told = [_told(truth, piece, predictions) for piece in pieces]
    listed = sum(places for _, places in told) / sum(len(piece.elsewhere_s) for piece in pieces)
    return {
        "pieces": len(pieces),
        "reported": sum(reported for reported, _ in told) / len(pieces),
        "places": listed,
    }


def _told(truth: Truth, piece: TrueSegment, predictions: Sequence[Prediction]) -> tuple[bool, int]:
    """Whether a piece is reported, and how many of its other places are listed."""
    found = max(predictions, key=lambda p: _shared(piece, p), default=None)
    if found is None or found.movie is None or not _shared(piece, found):
        return False, 0
    # The segment need not start where the piece does: only distances between places are compared.
    places = (piece.start_s, *piece.elsewhere_s)
    name = truth.films[piece.film].name
    moved_s = [start_s - found.movie_start_s for movie, start_s in found.others if movie == name]
    # It may stand at any of the places: at that from which most of the others are listed.
    listed = max(
        sum(
            other != own and any(abs(by_s - (other - own)) <= _NEAR_S for by_s in moved_s)
            for other in places
        )
        for own in places
    )
    return found.ambiguous or listed > 0, listed


def _shared(piece: TrueSegment, prediction: Prediction) -> int:
    first = max(piece.start_frame, prediction.start_frame)
    return max(min(piece.end_frame, prediction.end_frame) - first, 0)
