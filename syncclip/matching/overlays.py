"""What lies over the picture: subtitles, logos, stickers, known by where the two sides differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Hypothesis
from syncclip.matching.signatures import Cells, project

__all__ = ["Overlays", "moving_weights", "overlay_weights", "unweighted"]

OUTLIER = 3.0
"""Residual, in units of the usual one, at which a cell has a quarter of its weight."""

MOTION = 4.0
"""Residual forgiven for each unit of the movie's variance over the stretch; two pictures of the
same cell at unrelated times differ by twice that variance."""

KEPT = 0.5
"""Share of the movie's detail that a mask must leave. Two different captions on black agree
wherever neither has a letter."""

SPAN_FRAMES = 12
"""Frames over which an overlay is taken to stand: a subtitle stays for longer than 0.4 s."""


def overlay_weights(
    square: NDArray[np.float32], moving: NDArray[np.float32], detail: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much each cell counts, by how much it differs from what is expected there.

    Cells of an overlay stand out by residual, and are weighted down as in iteratively reweighted
    least squares (Geman and McClure 1985). Where the place is wrong, all cells are bad alike and
    keep their weight.

    Args:
        square: (n, cells) mean squared residual of unit rows.
        moving: (cells,) variance of the movie over the stretch. What moves differs as soon as the
            time is a little off, and just that tells the time: so much is forgiven.
        detail: (n, cells) squared detail of the movie.

    Returns:
        (n, cells) from 0 to 1; all 1 in rows where the mask would leave too little of the movie.
    """
    usual = np.maximum(np.median(square, axis=1, keepdims=True), 1e-6)
    weights = (1 + square / (OUTLIER**2 * usual + MOTION * moving)) ** -2
    left = np.einsum("ij,ij->i", weights, detail)
    little = left < KEPT * detail.sum(axis=1)
    weights[little] = 1.0
    return np.asarray(weights, dtype=np.float32)


def unweighted(
    residual: NDArray[np.float32], weights: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """(n, cells) differences of weighted unit rows, as they would be without the weights.

    Args:
        residual: (n, cells).
        weights: (rows, columns), or one such for each row; None where all count alike.
    """
    if weights is None:
        return residual
    root = np.sqrt(weights.reshape(-1, residual.shape[1]))
    return np.asarray(residual / np.maximum(root, 0.1), dtype=np.float32)


def moving_weights(
    residual: NDArray[np.float32], expected: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The same frame by frame, for overlays that come and go.

    A frame is judged with the frames before it or with those after it, whichever agree better: the
    others may lie beyond a cut.

    Args:
        residual: (n, cells) differences of unit rows in consecutive frames.
        expected: (n, cells) unit rows of the movie.

    Returns:
        (n, cells) from 0 to 1.
    """
    count = len(residual)
    total = np.concatenate([np.zeros((1, residual.shape[1])), np.cumsum(residual**2, axis=0)])
    at = np.arange(count)
    first, last = np.maximum(at - SPAN_FRAMES + 1, 0), np.minimum(at + SPAN_FRAMES, count)
    before = (total[at + 1] - total[first]) / (at + 1 - first)[:, None]
    after = (total[last] - total[at]) / (last - at)[:, None]
    better = before.sum(axis=1) <= after.sum(axis=1)
    square = np.where(better[:, None], before, after).astype(np.float32)
    return overlay_weights(square, expected.var(axis=0), expected**2)


@dataclass(frozen=True, slots=True, eq=False)
class Overlays:
    """What lies over the commentary's picture, wherever it was found in a movie.

    Overlays belong to the commentary: every hypothesis about a frame is judged by the same cells,
    or a wrong one would mask what speaks against it.
    """

    weights: NDArray[np.uint8]
    """(n, rows, columns) from 0 to 255, on the commentary's picture."""
    known: NDArray[np.bool_]
    """(n,) False where the frame was found in no movie so far."""

    @classmethod
    def none(cls, count: int, grid: tuple[int, int]) -> Overlays:
        """Nothing known of ``count`` frames."""
        return cls(np.full((count, *grid), 255, dtype=np.uint8), np.zeros(count, dtype=np.bool_))

    def note(
        self, frames: slice, hypothesis: Hypothesis, cells: Cells, weights: NDArray[np.float32]
    ) -> None:
        """Set weights of frames, given (n, rows, columns) on the movie's cells under a crop."""
        _, height, width = self.weights.shape
        rows = _cells_at(hypothesis.crop.y, hypothesis.crop.h, height, cells[0])
        columns = _cells_at(hypothesis.crop.x, hypothesis.crop.w, width, cells[1])
        seen = weights[:, rows[:, None], columns[None, :]]
        if hypothesis.mirrored:
            seen = seen[:, :, ::-1]
        self.weights[frames] = np.rint(255 * seen)
        self.known[frames] = True

    def under(
        self, hypothesis: Hypothesis, frames: NDArray[np.int64], cells: Cells
    ) -> NDArray[np.float32] | None:
        """(n, rows, columns) weights of the movie's cells; a hypothesis's own where not known."""
        known = self.known[frames]
        own = hypothesis.weights(cells)
        if not known.any():
            return own
        size = (cells[0].stop - cells[0].start, cells[1].stop - cells[1].start)
        found: NDArray[np.float32] = np.ones((len(frames), *size), dtype=np.float32)
        if own is not None:
            found[~known] = own
        noted = self.weights[frames[known]]
        if hypothesis.mirrored:
            noted = noted[:, :, ::-1]
        grid = (self.weights.shape[1], self.weights.shape[2])
        found[known] = project(noted, hypothesis.crop, grid, cells=cells)[0] / np.float32(255)
        return np.maximum(found, np.float32(1e-3))

    def left(self, start: int, end: int) -> float:
        """Share of the picture over the frames [start, end) on which nothing lies."""
        return float(self.weights[start:end].mean() / 255)


def _cells_at(start: float, extent: float, count: int, cells: slice) -> NDArray[np.int64]:
    """(count,) cell under the middle of each of the commentary's own cells."""
    middle = start + extent * (np.arange(count) + 0.5) / count
    at = np.clip(middle * count, cells.start, cells.stop - 1)
    found: NDArray[np.int64] = at.astype(np.int64) - cells.start
    return found
