"""How far a segment can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from syncclip.result import Tier

__all__ = ["Features", "confidence", "tier_of"]

INTERCEPT = 0.497
RESIDUAL = 0.788
LENGTH = 0.976
CERTAINTY = 0.874
STILL = -0.652
SLIDE = -0.891
"""Logistic weights, fitted by ``python -m benchmarks calibrate`` on other seeds than those
reported and no place in Big Buck Bunny; ``benchmarks/results/confidence.json`` holds the fit. How
well they hold is told by the ``calibration`` of ``python -m benchmarks accuracy``."""

EXACT, LIKELY = 0.98, 0.7
"""Confidence from which a segment is called exact, or likely; below it wants review. Of the frames
called exact, 99.4 % were right in the films left out when the weights were fitted on the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What confidence is computed from."""

    similarity: float
    """Mean normalised correlation of the signatures."""
    certainty: float
    """Standard deviations above chance, of picture and motion together."""
    length_frames: int
    slack_frames: float
    """Movie frames by which the source may slide and fit as well."""
    still_frames: float
    """Of these, those by which it may under the same crop."""

    def vector(self) -> tuple[float, float, float, float, float]:
        """What the weights of residual, length, certainty, still and slide apply to."""
        still = np.log1p(self.still_frames)
        return (
            float(np.log(0.4 / (1 - self.similarity + 0.005))),
            float(np.log(max(self.length_frames, 1) / 10)),
            float(np.log(max(self.certainty, 1.0) / 10)),
            float(still),
            # Where the picture stands all places show the same; where a crop makes up for the time,
            # only one of them is right.
            float(max(np.log1p(self.slack_frames) - still, 0.0)),
        )


def confidence(features: Features) -> float:
    """Probability that the segment is right within three frames.

    A logistic regression (Cox 1958) on the logarithms of residual, length, certainty and both kinds
    of slack. The margin to the next best place says nothing more once these are known (its fitted
    weight was 0.0); a place that explains the stretch as well is reported as a rival instead.
    """
    weights = (RESIDUAL, LENGTH, CERTAINTY, STILL, SLIDE)
    score = INTERCEPT + float(np.dot(weights, features.vector()))
    return float(1 / (1 + np.exp(-score)))


def tier_of(probability: float, *, ambiguous: bool) -> Tier:
    """The tier of a matched segment; one that has a rival wants review however sure the picture."""
    if ambiguous or probability < LIKELY:
        return Tier.REVIEW
    return Tier.EXACT if probability >= EXACT else Tier.LIKELY
