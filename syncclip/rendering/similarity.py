"""How alike two grey pictures are when one shows a part of the other: arrays in and out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from syncclip.types import FULL_FRAME, Rect

__all__ = ["Window", "robust_correlation"]

LEAST_CONTRAST = 4.0
"""Standard deviation in grey levels below which a picture is flat: what is left of a dark or plain
frame after recompression is noise of one or two levels, and noise does not correlate."""

_LEAST_CELLS = 48
"""Cells that a comparison needs: about 8 × 6."""

_TRIM = 0.1
"""Share of cells left out as overlay: two lines of subtitles and a logo cover less."""


class Window:
    """Compares a commentary's picture with the part of the result that it shows.

    The commentary's content is resampled by area onto the cells of the result's thumbnail that lie
    wholly inside that part, so neither side is interpolated.

    Args:
        part: What of the result's frame the commentary shows.
        seen: Where in the commentary's content it does.
        mirrored: The commentary shows it mirrored.
        result_size: Width and height of the result's thumbnails.
        commentary_size: Width and height of the commentary's.
    """

    def __init__(
        self,
        part: Rect,
        *,
        seen: Rect = FULL_FRAME,
        mirrored: bool,
        result_size: tuple[int, int],
        commentary_size: tuple[int, int],
    ) -> None:
        columns = _cells(part.x, part.w, result_size[0])
        rows = _cells(part.y, part.h, result_size[1])
        self._columns, self._rows = columns, rows
        self._mirrored = mirrored
        left = 1 - seen.x - seen.w if mirrored else seen.x
        self._across = _area_weights(
            columns, part.x, part.w, result_size[0], (left, seen.w), commentary_size[0]
        )
        self._down = _area_weights(
            rows, part.y, part.h, result_size[1], (seen.y, seen.h), commentary_size[1]
        )

    @property
    def cells(self) -> int:
        """How many cells are compared."""
        return len(self._across) * len(self._down)

    def correlate(
        self, result: NDArray[np.uint8], commentary: NDArray[np.uint8]
    ) -> NDArray[np.float64]:
        """(n,) correlation of frame pairs; NaN where either picture is flat.

        Args:
            result: (n, h, w) thumbnails of the result.
            commentary: (n, h, w) thumbnails of the commentary's content.
        """
        if self.cells < _LEAST_CELLS:
            return np.full(len(result), np.nan)
        upright = commentary[:, :, ::-1] if self._mirrored else commentary
        seen = self._down @ upright.astype(np.float64) @ self._across.T
        part = result[:, self._rows, self._columns].astype(np.float64)
        return robust_correlation(part.reshape(len(part), -1), seen.reshape(len(seen), -1))


def _cells(start: float, length: float, count: int) -> slice:
    """Cells of ``count`` that lie wholly inside a stretch given in fractions."""
    first = math.ceil(start * count - 1e-6)
    last = math.floor((start + length) * count + 1e-6)
    return slice(first, max(first, last))


def _area_weights(
    cells: slice, start: float, length: float, count: int, seen: tuple[float, float], pixels: int
) -> NDArray[np.float64]:
    """(cells, pixels) share of every source pixel in every cell; rows add up to one."""
    edges = np.arange(cells.start, cells.stop + 1) / count
    edges = (seen[0] + np.clip((edges - start) / length, 0.0, 1.0) * seen[1]) * pixels
    pixel = np.arange(pixels)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights: NDArray[np.float64] = np.clip(overlap, 0.0, None) / np.diff(edges)[:, None]
    return weights


def robust_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) normalised correlation of rows, without the tenth of cells that fits worst.

    What is laid over a picture (subtitles, a logo) fits worst and is left out; a picture that is
    another one fits badly all over and stays far below.

    Args:
        one: (n, cells) grey levels.
        other: (n, cells) grey levels.
    """
    flat = np.minimum(one.std(axis=1), other.std(axis=1)) < LEAST_CONTRAST
    safe = ~flat
    found = np.full(len(one), np.nan)
    if not safe.any():
        return found
    a, b = _standard(one[safe]), _standard(other[safe])
    slope = (a * b).mean(axis=1, keepdims=True)
    misfit = np.abs(b - slope * a)
    keep = np.argsort(misfit, axis=1)[:, : round(a.shape[1] * (1 - _TRIM))]
    a = _standard(np.take_along_axis(a, keep, axis=1))
    b = _standard(np.take_along_axis(b, keep, axis=1))
    found[safe] = (a * b).mean(axis=1)
    return found


def _standard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows with mean zero and deviation one."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    scaled: NDArray[np.float64] = centred / np.maximum(centred.std(axis=1, keepdims=True), 1e-9)
    return scaled
