"""How well a hypothesis explains each commentary frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.certainty import above_chance, in_motion
from syncclip.matching.overlays import Overlays, moving_weights, unweighted
from syncclip.matching.proof import pictures
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.signatures import (
    Cells,
    correlate_rows,
    local_detail,
    normalised,
    project,
)

__all__ = [
    "Evidence",
    "EvidenceSettings",
    "certainty",
    "correlation",
    "explains_as_well",
    "find_overlays",
    "gather",
    "gathered_again",
    "weighed_again",
]

OVERLAY_PASSES = 2
"""Times that overlays are looked for: an overlay changes the other cells of its unit row, too."""

LEAST_LEFT, ENOUGH_LEFT = 0.5, 0.75
"""Shares of the picture left by a mask at which a correlation is worth nothing, and all."""

DETAIL = 4.0
"""Grey levels of detail from which a frame that does not fit speaks against a place in full. In the
fades of a trailer, heavily compressed, true places correlated by 0 to 0.6 below it."""
BLACK = 16
"""Grey levels up to here are one black where a range was misread or contrast raised: what the movie
shows in them cannot be missed."""
GOES_ON = 0.05
"""What a frame that can say nothing speaks for a place that goes on through it, rather than none:
black at a shot's end belongs to the shot."""
MEDIAN = 0.674
"""Of the absolute values of a normal distribution, in standard deviations."""

RIVAL, INDISTINCT = 1.3, 0.005
"""A place whose residual is within this factor of another one's, and so much, explains a stretch as
well."""

OVERLAY_GRID = (18, 32)
"""Rows and columns at which overlays are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """How correlation becomes evidence."""

    noise: float = 0.001
    """Residual (1 − correlation) of a perfect match through two generations of compression."""
    significance: float = 6.0
    """Standard deviations above chance from which a frame's correlation counts in full; at two
    thirds of it the frame counts for nothing."""
    certain: float = 8.0
    """Standard deviations above chance, of picture and motion together, that a run must reach. A
    film has some 10⁵ distinct pictures and each may be cropped a thousand ways: chance reaches 5.5
    among 10⁸, and neighbouring cells are not independent. Places claimed in foreign films measured
    2 to 7.1 on five made commentaries; true ones 8.2 and more, but for one that a presenter and
    strong grading held to 5."""
    certain_unusual: float = 10.0
    """The same for a run that ends inside a shot with nothing beside it, for a shot is of one place
    as a rule, and for one zoomed beyond what is looked for: 23 of 25 places in foreign films were
    zoomed 1.68 times and more. Both have more ways to be alike by chance. True runs that end inside
    a shot measured 10.8 and more."""
    neutral: float = 0.3
    """Residual at which a frame speaks neither for nor against: wrong places measured 0.2–0.7,
    true ones 0.003–0.04, and up to 0.15 under a presenter and dissolves."""
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
    bearing: NDArray[np.float32]
    """(n,) from 0 to 1: how much the frame can say. Black on black speaks for no place and against
    none."""
    cost: NDArray[np.float32]
    """(n,) below zero where the hypothesis explains the frame better than *no movie* does."""

    @property
    def end_frame(self) -> int:
        """Frame after the last."""
        return self.first_frame + len(self.cost)

    def holds(self, start: int, end: int) -> bool:
        """True where all frames of [start, end) were tried."""
        return self.first_frame <= start and end <= self.end_frame

    def mean_correlation(self, start: int, end: int) -> float:
        """Mean over [start, end) by bearing, frames not tried counting as zero."""
        low, high = max(start, self.first_frame), min(end, self.end_frame)
        if low >= high:
            return 0.0
        part = slice(low - self.first_frame, high - self.first_frame)
        tried = self.bearing[part]
        total = float(tried.sum()) + (end - start) - (high - low)
        return float((self.correlation[part] * tried).sum()) / max(total, 1e-6)


def correlation(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, frames: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(n,) correlation of commentary frames with the movie frames a hypothesis gives them.

    Frames that fall outside the movie correlate with nothing.
    """
    return np.asarray(_compared(commentary, source, hypothesis, frames)[0])


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Commentary frames and what a hypothesis says they show, on the movie's cells."""

    seen: NDArray[np.float32]
    """(n, rows, columns) means of the commentary."""
    shown: NDArray[np.uint8]
    """(n, rows, columns) signatures."""
    inside: NDArray[np.bool_]
    """(n,) False where the line leaves the movie."""
    cells: Cells

    @classmethod
    def of(
        cls,
        commentary: Commentary,
        source: Source,
        hypothesis: Hypothesis,
        frames: NDArray[np.int64],
    ) -> _Sides:
        numbers = source.frame_at(hypothesis.line(commentary.seconds[frames]))
        inside = (numbers >= 0) & (numbers < len(source.signatures))
        numbers = np.clip(numbers, 0, len(source.signatures) - 1)
        grid = (source.signatures.shape[1], source.signatures.shape[2])
        grey = pictures(commentary, frames, mirrored=hypothesis.mirrored)
        values, cells = project(grey, hypothesis.crop, grid)
        return cls(values, source.signatures[numbers, cells[0], cells[1]], inside, cells)

    def unit_rows(
        self, weights: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return normalised(self.seen, weights), normalised(self.shown, weights)


def certainty(
    commentary: Commentary, source: Source, evidence: Evidence, start: int, end: int
) -> float:
    """Standard deviations above chance of a hypothesis over the frames [start, end).

    Pictures that happen to be alike do not move alike: picture and motion are two tests of the same
    claim, and their squares add up.
    """
    start, end = max(start, evidence.first_frame), min(end, evidence.end_frame)
    part = slice(start - evidence.first_frame, end - evidence.first_frame)
    # Black that goes with the run says nothing, neither for it nor against it.
    bearing = np.maximum(evidence.bearing[part], 1e-3)
    still = float(np.average(evidence.certainty[part], weights=bearing))
    seen, shown, weights = _rows(commentary, source, evidence.hypothesis, np.arange(start, end))[1:]
    motion = in_motion(seen, shown) * _freedom(weights).mean()
    return float(np.hypot(still, motion))


def _rows(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, frames: NDArray[np.int64]
) -> tuple[_Sides, NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
    """Both sides, the unit rows of each, and how much each cell counts."""
    sides = _Sides.of(commentary, source, hypothesis, frames)
    weights = commentary.weights(hypothesis, frames, sides.cells)
    return sides, *sides.unit_rows(weights), weights


def _compared(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, frames: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(3, n) correlation, its certainty, and what the frame can say."""
    sides, seen, shown, weights = _rows(commentary, source, hypothesis, frames)
    values = np.where(sides.inside, correlate_rows(seen, shown), -1.0)
    sure = above_chance(values, seen, shown) * _freedom(weights)
    bearing = np.where(sides.inside, _bearing(sides.seen, sides.shown), 1.0)
    return np.stack([values, sure, bearing]).astype(np.float32)


def _freedom(weights: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """(n,) or (1,) share of certainty that is left where cells were chosen to be masked.

    Real overlays left 0.74 of the picture and more on footage with subtitles, logo and presenter;
    foreign pictures were made alike by masking them to 0.53 to 0.7.
    """
    if weights is None:
        return np.ones(1, dtype=np.float32)
    left = weights.reshape(-1, weights.shape[-2] * weights.shape[-1]).mean(axis=1)
    share = np.clip((left - LEAST_LEFT) / (ENOUGH_LEFT - LEAST_LEFT), 0.0, 1.0)
    return np.asarray(share, dtype=np.float32)


def _bearing(seen: NDArray[np.float32], shown: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much detail there is on either side, as a share of what compression leaves of a picture.

    The commentary's is told by the median of its cells, so that a logo on black does not count.
    """
    lit = np.maximum(shown, BLACK)
    there = np.sqrt((local_detail(lit).reshape(len(lit), -1) ** 2).mean(axis=1))
    here = np.median(np.abs(local_detail(seen)).reshape(len(seen), -1), axis=1) / MEDIAN
    return np.asarray(np.clip(np.maximum(there, here) / DETAIL, 0.0, 1.0), np.float32)


def explains_as_well(similarity: float, own: float, factor: float = RIVAL) -> bool:
    """Whether a place of one mean correlation may be the right one as much as one of another."""
    return 1 - similarity + INDISTINCT < factor * (1 - own + INDISTINCT)


def find_overlays(
    commentary: Commentary,
    sources: Sequence[Source],
    explained: Iterable[tuple[int, int, Hypothesis]],
) -> Overlays:
    """What lies over the picture of every frame that is explained by a movie.

    Args:
        commentary: Frames.
        sources: Movies.
        explained: First frame, frame after the last, and the hypothesis that explains them.
    """
    found = Overlays.none(len(commentary.grey), OVERLAY_GRID)
    for start, end, hypothesis in explained:
        frames = np.arange(start, end)
        sides = _Sides.of(commentary, sources[hypothesis.source], hypothesis, frames)
        weights = hypothesis.weights(sides.cells)
        for _ in range(OVERLAY_PASSES):
            seen, shown = sides.unit_rows(weights)
            residual = unweighted(seen - shown, weights)
            weights = moving_weights(residual, shown).reshape(sides.seen.shape)
        if weights is not None:
            found.note(slice(start, end), hypothesis, sides.cells, weights)
    return found


def gathered_again(
    commentary: Commentary, source: Source, evidence: Evidence, settings: EvidenceSettings
) -> Evidence:
    """The same hypothesis on the same frames, under the overlays that are known now."""
    frames = np.arange(evidence.first_frame, evidence.end_frame)
    compared = _compared(commentary, source, evidence.hypothesis, frames)
    return _evidence(evidence.hypothesis, evidence.first_frame, compared, settings)


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
    return _evidence(hypothesis, first, compared, settings)


def _evidence(
    hypothesis: Hypothesis,
    first: int,
    compared: NDArray[np.float32],
    settings: EvidenceSettings,
) -> Evidence:
    values, certainty, bearing = compared
    cost = _cost(values, certainty, bearing, settings)
    return Evidence(hypothesis, first, values, certainty, bearing, cost)


def weighed_again(evidence: Evidence, settings: EvidenceSettings) -> Evidence:
    """The same correlations as evidence under other settings."""
    cost = _cost(evidence.correlation, evidence.certainty, evidence.bearing, settings)
    return replace(evidence, cost=cost)


def _cost(
    values: NDArray[np.float32],
    certainty: NDArray[np.float32],
    bearing: NDArray[np.float32],
    settings: EvidenceSettings,
) -> NDArray[np.float32]:
    """Logarithm of the residual relative to the neutral one.

    Less where a good one may be chance, and where a bad one is that of pictures without detail.
    """
    residual = np.clip(1 - values, 0.0, 1.0) + settings.noise
    cost = np.log(residual / (settings.neutral + settings.noise))
    # From nothing at two thirds of the significance wanted to all of it there.
    share = np.clip(3 * certainty / settings.significance - 2, 0.0, 1.0)
    against = cost * bearing - GOES_ON * (1 - bearing)
    return np.asarray(np.where(cost < 0, cost * share, against), dtype=np.float32)
