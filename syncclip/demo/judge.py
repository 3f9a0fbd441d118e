"""What was found beside the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.demo.recap import FRAME_RATE, Piece, Truth
from syncclip.result import Segment

__all__ = ["Verdict", "judge"]

RIGHT_SHARE = 0.9
"""Share of a piece's frames that must be right: the rest are the frames beside its two cuts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One piece of the commentary, and how it was found."""

    piece: Piece
    found: Segment
    """The segment that covers most of the piece."""
    right: float
    """Share of its frames given the right film frame, to the frame (none, for the insert)."""

    @property
    def passed(self) -> bool:
        """True where the piece counts as found."""
        return self.right >= RIGHT_SHARE


def judge(truth: Truth, segments: Sequence[Segment]) -> tuple[Verdict, ...]:
    """Compare every frame of every piece with its segment."""
    right = _right_frames(truth, segments)
    return tuple(
        Verdict(
            piece=piece,
            found=max(segments, key=lambda segment: _overlap(piece, segment)),
            right=float(right[piece.start_frame : piece.end_frame].mean()),
        )
        for piece in truth.pieces
    )


def _right_frames(truth: Truth, segments: Sequence[Segment]) -> NDArray[np.bool_]:
    """(n,) whether each commentary frame was given the film frame that it shows.

    A claim is right within one film frame of the interval during which the true frame is on screen;
    where a still picture lets the segment slide, anywhere within that slack.
    """
    right = np.zeros(truth.shown_s.size, np.bool_)
    for segment in segments:
        frames = slice(segment.start_frame, segment.end_frame)
        shown_s = truth.shown_s[frames]
        if segment.movie is None or segment.movie_start_s is None:
            right[frames] = np.isnan(shown_s)
            continue
        claimed_s = segment.movie_start_s + segment.speed * np.arange(shown_s.size) / FRAME_RATE
        earlier_s, later_s = segment.offset_slack_s
        # Comparing with NaN, the insert, is never true.
        right[frames] = (claimed_s + later_s >= shown_s - truth.movie_period_s) & (
            claimed_s + earlier_s <= shown_s + 2 * truth.movie_period_s
        )
    return right


def _overlap(piece: Piece, segment: Segment) -> int:
    return min(piece.end_frame, segment.end_frame) - max(piece.start_frame, segment.start_frame)
