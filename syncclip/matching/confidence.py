"""How far a segment can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from syncclip.types import Tier

__all__ = ["Features", "confidence", "tier_of"]

INTERCEPT = -1.2
RESIDUAL = 1.5
LENGTH = 0.6
MARGIN = 0.5
SLACK = -0.3
"""Logistic weights, set by hand on made commentaries with seeds below 100. How well they hold is
told by the ``calibration`` of ``python -m benchmarks accuracy``."""

EXACT, LIKELY = 0.9, 0.7
"""Confidence from which a segment is called exact, or likely; below it wants review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What confidence is computed from."""

    similarity: float
    """Mean normalised correlation of the signatures."""
    runner_up: float
    """The same for the next best distinct place; 0 where there is none."""
    length_frames: int
    slack_frames: float
    """Movie frames by which the source may slide with equal score."""

    def vector(self) -> tuple[float, float, float, float]:
        """The numbers that the logistic weights apply to."""
        residual = 1 - self.similarity + 0.005
        other = 1 - self.runner_up + 0.005
        return (
            float(np.log(0.4 / residual)),
            float(np.log(max(self.length_frames, 1) / 10)),
            float(np.clip(np.log(other / residual), 0.0, 4.0)),
            float(np.log1p(self.slack_frames)),
        )


def confidence(features: Features) -> float:
    """Probability that the segment is right within three frames.

    A logistic regression (Cox 1958) on the logarithms of residual, length, margin and slack.
    """
    weights = (RESIDUAL, LENGTH, MARGIN, SLACK)
    score = INTERCEPT + float(np.dot(weights, features.vector()))
    return float(1 / (1 + np.exp(-score)))


def tier_of(probability: float, *, ambiguous: bool) -> Tier:
    """The tier of a matched segment; one that has a rival wants review however sure the picture."""
    if ambiguous or probability < LIKELY:
        return Tier.REVIEW
    return Tier.EXACT if probability >= EXACT else Tier.LIKELY
