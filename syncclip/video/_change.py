"""How much pictures change, cell by cell, in spite of motion and writing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Changes", "cell_change", "shrink_for_cells"]

# The grid on which pictures are compared, and its cells. At 32×18 a shift of one pixel is 3 % of
# the width: the motion of a fast pan in one frame.
_WIDTH, _HEIGHT = 32, 18
_CELLS_X, _CELLS_Y = 8, 6
# Share of the cells, those that change least, that a change is measured on: a line of subtitles
# touches up to a quarter of them.
_KEPT = 0.75
_CHUNK = 2048
_CACHED = 128  # pictures whose differences stay in the processor's cache


def shrink_for_cells(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 18, 32) of thumbnails of any size: box means over whole pixels."""
    n, height, width = grey.shape
    small = np.empty((n, _HEIGHT, _WIDTH), np.float32)
    rows, row_counts = _bins(height, _HEIGHT)
    columns, column_counts = _bins(width, _WIDTH)
    area = row_counts[:, None] * column_counts
    for at in range(0, n, _CHUNK):
        part = grey[at : at + _CHUNK][:, rows].astype(np.float32)
        part = np.add.reduceat(part, np.cumsum(row_counts) - row_counts, axis=1)[:, :, columns]
        part = np.add.reduceat(part, np.cumsum(column_counts) - column_counts, axis=2)
        small[at : at + _CHUNK] = part / area
    return small


def _bins(pixels: int, bins: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixel numbers bin after bin, and how many each of ``bins`` bins holds (at least one)."""
    edges = np.arange(bins + 1) * pixels // bins
    stops = np.maximum(edges[1:], edges[:-1] + 1)
    counts = stops - edges[:-1]
    return np.concatenate([np.arange(a, b) for a, b in zip(edges[:-1], stops, strict=True)]), counts


def cell_change(
    before: NDArray[np.float32], after: NDArray[np.float32], *, reach: int = 1
) -> NDArray[np.float32]:
    """(n,) mean grey-level change of the quieter three quarters of the cells.

    Args:
        before: (n, 18, 32).
        after: (n, 18, 32).
        reach: Pixels by which each cell may move to find its like.
    """
    change = np.empty(len(before), np.float32)
    for at in range(0, len(before), _CACHED):
        part = slice(at, at + _CACHED)
        change[part] = _change_of_few(before[part], after[part], reach)
    return change


def _change_of_few(
    before: NDArray[np.float32], after: NDArray[np.float32], reach: int
) -> NDArray[np.float32]:
    wide = np.pad(after, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
    least = np.full((len(before), _CELLS_Y * _CELLS_X), np.inf, np.float32)
    off = np.empty_like(before)
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            np.subtract(before, wide[:, y : y + _HEIGHT, x : x + _WIDTH], out=off)
            np.minimum(least, _cell_means(np.abs(off, out=off)), out=least)
    kept = int(_KEPT * least.shape[1])
    return np.asarray(np.partition(least, kept - 1, axis=1)[:, :kept].mean(1), np.float32)


def _cell_means(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, cells): sums of strided slices, many times faster than a mean over two short axes."""
    wide, tall = _WIDTH // _CELLS_X, _HEIGHT // _CELLS_Y
    rows = pictures.reshape(len(pictures), _HEIGHT, _CELLS_X, wide)
    total = sum((rows[..., k] for k in range(1, wide)), start=rows[..., 0])
    lines = total.reshape(len(pictures), _CELLS_Y, tall, _CELLS_X)
    total = sum((lines[:, :, k] for k in range(1, tall)), start=lines[:, :, 0])
    return total.reshape(len(pictures), -1) / np.float32(wide * tall)


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The change at every frame against the frame before it."""

    levels: NDArray[np.float32]
    """(n,) grey levels; 0 for the first frame."""
    contrast: NDArray[np.float32]
    """(n,) mean departure from the mean, the flatter of the two frames."""

    @classmethod
    def of(cls, small: NDArray[np.float32]) -> Changes:
        """Measure consecutive pictures, (n, 18, 32)."""
        levels = np.zeros(len(small), np.float32)
        for at in range(1, len(small), _CHUNK):
            stop = min(len(small), at + _CHUNK)
            levels[at:stop] = cell_change(small[at - 1 : stop - 1], small[at:stop])
        spread = np.empty(len(small), np.float32)
        for at in range(0, len(small), _CHUNK):
            part = small[at : at + _CHUNK]
            spread[at : at + _CHUNK] = np.abs(part - part.mean((1, 2), keepdims=True)).mean((1, 2))
        return cls(levels, np.minimum(spread, np.concatenate([spread[:1], spread[:-1]])))

    def surroundings(self, frames: int) -> NDArray[np.float32]:
        """(n,) third largest change within so many frames on either side.

        Not the median: film shot or animated at half the rate moves at every other frame only. Not
        the largest: the next cut or flash may be near.
        """
        padded = np.pad(self.levels, frames)
        n = len(self.levels)
        shifted = [padded[k : k + n] for k in range(2 * frames + 1) if k != frames]
        return np.asarray(np.partition(np.stack(shifted), -3, axis=0)[-3], np.float32)
