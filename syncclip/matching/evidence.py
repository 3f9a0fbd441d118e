"""How well a hypothesis explains each commentary frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.proof import pictures
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.signatures import correlate_rows, normalised, project

__all__ = ["Evidence", "EvidenceSettings", "correlation", "gather", "weighed_again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """How correlation becomes evidence."""

    noise: float = 0.001
    """Residual (1 − correlation) of a perfect match through two generations of compression."""
    neutral: float = 0.4
    """Residual at which a frame speaks neither for nor against: wrong places measured 0.25–0.7,
    true ones 0.003–0.04."""
    extend_s: float = 1.5
    """How far beyond its window a hypothesis is tried, again and again while it holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One hypothesis over the frames where it was tried."""

    hypothesis: Hypothesis
    first_frame: int
    correlation: NDArray[np.float32]
    """(n,) of frames ``first_frame`` … ``first_frame + n``."""
    cost: NDArray[np.float32]
    """(n,) below zero where the hypothesis explains the frame better than *no movie* does."""

    @property
    def end_frame(self) -> int:
        """Frame after the last."""
        return self.first_frame + len(self.cost)

    def mean_correlation(self, start: int, end: int) -> float:
        """Mean over [start, end), frames not tried counting as zero."""
        low, high = max(start, self.first_frame), min(end, self.end_frame)
        if low >= high:
            return 0.0
        part = self.correlation[low - self.first_frame : high - self.first_frame]
        return float(part.sum() / (end - start))


def correlation(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, frames: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(n,) correlation of commentary frames with the movie frames a hypothesis gives them.

    Frames that fall outside the movie correlate with nothing.
    """
    numbers = source.frame_at(hypothesis.line(commentary.seconds[frames]))
    inside = (numbers >= 0) & (numbers < len(source.signatures))
    grid = (source.signatures.shape[1], source.signatures.shape[2])
    grey = pictures(commentary, frames, mirrored=hypothesis.mirrored)
    values, (rows, columns) = project(grey, hypothesis.crop, grid)
    weights = hypothesis.weights((rows, columns))
    numbers = np.clip(numbers, 0, len(source.signatures) - 1)
    shown = source.signatures[numbers, rows, columns]
    return np.where(
        inside, correlate_rows(normalised(values, weights), normalised(shown, weights)), -1.0
    ).astype(np.float32)


def gather(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    settings: EvidenceSettings,
) -> Evidence:
    """Try a hypothesis on its window and beyond, as far as it holds."""
    reach = max(int(round(settings.extend_s / commentary.frame_period_s)), 1)
    total = len(commentary.grey)
    first = max(hypothesis.start_frame - reach, 0)
    last = min(hypothesis.end_frame + reach, total)
    values = correlation(commentary, source, hypothesis, np.arange(first, last))
    edge = max(reach // 4, 2)
    while first > 0 and values[:edge].mean() > 1 - settings.neutral:
        earlier = max(first - 2 * reach, 0)
        more = correlation(commentary, source, hypothesis, np.arange(earlier, first))
        values, first = np.concatenate([more, values]), earlier
    while last < total and values[-edge:].mean() > 1 - settings.neutral:
        later = min(last + 2 * reach, total)
        more = correlation(commentary, source, hypothesis, np.arange(last, later))
        values, last = np.concatenate([values, more]), later
    return Evidence(hypothesis, first, values, _cost(values, settings))


def weighed_again(evidence: Evidence, settings: EvidenceSettings) -> Evidence:
    """The same correlations as evidence under other settings."""
    return replace(evidence, cost=_cost(evidence.correlation, settings))


def _cost(values: NDArray[np.float32], settings: EvidenceSettings) -> NDArray[np.float32]:
    """Logarithm of the residual relative to the neutral one."""
    residual = np.clip(1 - values, 0.0, 1.0) + settings.noise
    return np.log(residual / (settings.neutral + settings.noise)).astype(np.float32)
