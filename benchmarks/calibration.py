"""Whether confidence means what it says: expected calibration error and the worth of each tier.

The error is the mean gap between confidence and share of right frames over ten bins of confidence,
weighted by frames (Naeini, Cooper and Hauskrecht, 2015). Right means within three film frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibration", "pooled"]

_BINS = 10


def calibration(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], tiers: NDArray[np.str_]
) -> dict[str, Any]:
    """Error and tiers over the claimed frames of a case, with the sums that pool cases.

    Args:
        confidence: (n,) of the claim on each frame.
        right: (n,) whether it is right.
        tiers: (n,) tier of the claim.

    Returns:
        ``ece``, ``tiers`` and ``sums``: ``bins`` holds frames, confidence and right frames per bin,
        ``tiers`` frames and right frames per tier.
    """
    number = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    columns = (np.ones(len(number)), confidence, right.astype(np.float64))
    bins = [np.bincount(number, weights=column, minlength=_BINS).tolist() for column in columns]
    counts = {
        str(tier): [int((tiers == tier).sum()), int(right[tiers == tier].sum())]
        for tier in np.unique(tiers)
    }
    return _worth({"bins": bins, "tiers": counts})


def pooled(cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The same over many cases, each frame counting once."""
    bins = np.zeros((3, _BINS))
    counts: dict[str, list[int]] = {}
    for case in cases:
        bins += np.array(case["sums"]["bins"])
        for tier, added in case["sums"]["tiers"].items():
            known = counts.get(tier, [0, 0])
            counts[tier] = [known[0] + added[0], known[1] + added[1]]
    return _worth({"bins": bins.tolist(), "tiers": counts})


def _worth(sums: dict[str, Any]) -> dict[str, Any]:
    frames, confidence, right = np.array(sums["bins"])
    total = float(frames.sum())
    tiers = {
        tier: {"precision": good / count, "share": count / total}
        for tier, (count, good) in sums["tiers"].items()
    }
    ece = float(np.abs(confidence - right).sum() / total) if total else None
    return {"ece": ece, "tiers": tiers, "sums": sums}
