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
    significance: float = 6.0
    """Standard deviations above chance from which a correlation counts in full. A film has some
    10⁵ distinct pictures and each may be cropped a thousand ways: chance reaches 5.5 among 10⁸."""
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
    certainty: NDArray[np.float32]
    """(n,) standard deviations above chance."""
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
    return np.asarray(_compared(commentary, source, hypothesis, frames)[0])


def _compared(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, frames: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(2, n) correlation and its certainty."""
    numbers = source.frame_at(hypothesis.line(commentary.seconds[frames]))
    inside = (numbers >= 0) & (numbers < len(source.signatures))
    numbers = np.clip(numbers, 0, len(source.signatures) - 1)
    grid = (source.signatures.shape[1], source.signatures.shape[2])
    grey = pictures(commentary, frames, mirrored=hypothesis.mirrored)
    values, cells = project(grey, hypothesis.crop, grid)
    weights = hypothesis.weights(cells)
    seen = normalised(values, weights)
    shown = normalised(source.signatures[numbers, cells[0], cells[1]], weights)
    values = np.where(inside, correlate_rows(seen, shown), -1.0)
    return np.stack([values, _certainty(values, seen, shown)]).astype(np.float32)


def gather(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    settings: EvidenceSettings,
) -> Evidence:
    """Try a hypothesis on its window and beyond, as far as it holds."""
    reach = max(round(settings.extend_s / commentary.frame_period_s), 1)
    total = len(commentary.grey)
    first = max(hypothesis.start_frame - reach, 0)
    last = min(hypothesis.end_frame + reach, total)
    compared = _compared(commentary, source, hypothesis, np.arange(first, last))
    edge = max(reach // 4, 2)
    while first > 0 and compared[0, :edge].mean() > 1 - settings.neutral:
        earlier = max(first - 2 * reach, 0)
        more = _compared(commentary, source, hypothesis, np.arange(earlier, first))
        compared, first = np.concatenate([more, compared], axis=1), earlier
    while last < total and compared[0, -edge:].mean() > 1 - settings.neutral:
        later = min(last + 2 * reach, total)
        more = _compared(commentary, source, hypothesis, np.arange(last, later))
        compared, last = np.concatenate([compared, more], axis=1), later
    values, certainty = compared
    return Evidence(hypothesis, first, values, certainty, _cost(values, certainty, settings))


def weighed_again(evidence: Evidence, settings: EvidenceSettings) -> Evidence:
    """The same correlations as evidence under other settings."""
    return replace(evidence, cost=_cost(evidence.correlation, evidence.certainty, settings))


def _cost(
    values: NDArray[np.float32], certainty: NDArray[np.float32], settings: EvidenceSettings
) -> NDArray[np.float32]:
    """Logarithm of the residual relative to the neutral one, less where it may be chance."""
    residual = np.clip(1 - values, 0.0, 1.0) + settings.noise
    cost = np.log(residual / (settings.neutral + settings.noise))
    # From nothing at two thirds of the significance wanted to all of it there.
    share = np.clip(3 * certainty / settings.significance - 2, 0.0, 1.0)
    return np.asarray(np.where(cost < 0, cost * share, cost), dtype=np.float32)


def _certainty(
    correlation: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Standard deviations of a correlation above chance (Fisher 1915).

    A picture whose detail sits in few cells, as a line of text on a card, has few independent
    values: their number is taken as the participation ratio of the cells' energy.
    """
    count = np.minimum(_participation(a), _participation(b))
    transformed = np.arctanh(np.clip(correlation, -0.9995, 0.9995))
    return np.asarray(transformed * np.sqrt(np.maximum(count - 3, 0.1)), dtype=np.float32)


def _participation(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    square = rows**2
    total = square.sum(axis=1)
    return np.asarray(total**2 / np.maximum((square**2).sum(axis=1), 1e-12), dtype=np.float32)
