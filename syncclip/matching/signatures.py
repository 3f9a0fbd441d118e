"""Comparison of commentary frames with movie signatures, on the movie's own grid.

A signature cell is the mean over a box of the movie's picture. Under a crop, that box is a box of
the commentary's picture too, so the commentary is averaged over the very same boxes: no blur
differs between the two sides, and a crop may lie anywhere between cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Crop

__all__ = [
    "MIN_STD",
    "Cells",
    "SummedPictures",
    "cells_under",
    "correlate_rows",
    "local_detail",
    "normalised",
    "project",
]

MIN_STD = 1.0
"""Grey levels of detail; flatter pictures get a smaller correlation instead of amplified noise."""

SURROUND = 2
"""Cells on each side that count as a cell's surroundings: 5 × 5 in all."""

KEPT_COLUMNS = 3
"""Averages along the columns that are kept: of a crop, and of those beside it that differ there."""

Cells = tuple[slice, slice]
"""Rows and columns of the signature grid."""


def cells_under(crop: Crop, grid: tuple[int, int]) -> Cells:
    """Cells that lie wholly inside the crop (to a tenth of a cell)."""
    rows, columns = grid
    return (
        _whole_cells(crop.y * rows, (crop.y + crop.h) * rows, rows),
        _whole_cells(crop.x * columns, (crop.x + crop.w) * columns, columns),
    )


def _whole_cells(start: float, stop: float, count: int) -> slice:
    first = min(max(math.ceil(start - 0.1), 0), count - 1)
    return slice(first, max(min(math.floor(stop + 0.1), count), first + 1))


def project(
    grey: NDArray[np.uint8] | NDArray[np.float32],
    crop: Crop,
    grid: tuple[int, int],
    *,
    cells: Cells | None = None,
) -> tuple[NDArray[np.float32], Cells]:
    """Average commentary pictures over the signature cells that a crop covers.

    Args:
        grey: (n, h, w) commentary pictures, already mirrored back.
        crop: Where they lie on the movie's picture.
        grid: Rows and columns of a signature.
        cells: Cells to average over; those that the crop covers by default.

    Returns:
        (n, rows, columns) means, and the cells.
    """
    _, height, width = grey.shape
    cells = cells or cells_under(crop, grid)
    rows = _box_matrix(height, cells[0].start, cells[0].stop, crop.y * grid[0], crop.h * grid[0])
    columns = _box_matrix(width, cells[1].start, cells[1].stop, crop.x * grid[1], crop.w * grid[1])
    means = np.matmul(rows, grey.astype(np.float32, copy=False) @ columns.T)
    return np.asarray(means, dtype=np.float32), cells


@dataclass(frozen=True, slots=True, eq=False)
class SummedPictures:
    """Pictures that are projected under many crops, summed along their rows once.

    The mean over any span of a row is then a difference of two sums, as in summed-area tables (Crow
    1984), however many samples lie in it. Between crops that differ in their rows alone, what was
    averaged along the columns is kept.

    Args:
        grey: (n, h, w) commentary pictures, already mirrored back; sums of whole grey levels are
            exact.
    """

    samples: NDArray[np.float32]
    """(w + 1, n * h) grey levels, columns first; the last one is nothing."""
    sums: NDArray[np.float32]
    """(w + 1, n * h) sum of the columns before each."""
    count: int
    """n."""
    _columns: dict[tuple[float, ...], NDArray[np.float32]] = field(init=False, default_factory=dict)

    @classmethod
    def of(cls, grey: NDArray[np.uint8] | NDArray[np.float32]) -> SummedPictures:
        """Sum (n, h, w) pictures."""
        n, height, width = grey.shape
        samples = np.zeros((width + 1, n * height), dtype=np.float32)
        samples[:width] = grey.transpose(2, 0, 1).reshape(width, -1)
        sums = np.zeros_like(samples)
        np.cumsum(samples[:width], axis=0, out=sums[1:])
        return cls(samples, sums, n)

    def project(self, crop: Crop, grid: tuple[int, int], cells: Cells) -> NDArray[np.float32]:
        """(n, rows, columns) means over cells, as :func:`project` gives."""
        rows, columns = cells
        height = self.samples.shape[1] // self.count
        key = (columns.start, columns.stop, crop.x * grid[1], crop.w * grid[1])
        averaged = self._columns.pop(key, None)
        if averaged is None:
            averaged = self._averaged(*key)
        self._columns[key] = averaged
        if len(self._columns) > KEPT_COLUMNS:
            del self._columns[next(iter(self._columns))]
        boxes = _box_matrix(height, rows.start, rows.stop, crop.y * grid[0], crop.h * grid[0])
        means = (averaged.reshape(-1, height) @ boxes.T).reshape(-1, self.count, len(boxes))
        return np.asarray(means.transpose(1, 2, 0), dtype=np.float32, order="C")

    def _averaged(self, first: int, last: int, origin: float, extent: float) -> NDArray[np.float32]:
        """(cells, n * h) means of the samples of each row under cells [first, last)."""
        width = len(self.samples) - 1
        edges = (np.arange(first, last + 1) - origin) / extent * width
        edges = np.minimum(np.maximum(edges, 0.0), width)
        whole = edges.astype(np.int64)
        begun = self.samples[whole] * (edges - whole).astype(np.float32)[:, None]
        begun += self.sums[whole]
        means: NDArray[np.float32] = begun[1:] - begun[:-1]
        means /= np.maximum(edges[1:] - edges[:-1], 1e-9).astype(np.float32)[:, None]
        return means


@lru_cache(maxsize=1024)
def _box_matrix(
    samples: int, first: int, last: int, origin: float, extent: float
) -> NDArray[np.float32]:
    """(cells, samples) means of the samples under cells [first, last) of the source grid."""
    edges = (np.arange(first, last + 1) - origin) / extent * samples
    before = edges[:, None] - np.arange(samples)
    np.minimum(np.maximum(before, 0.0, out=before), 1.0, out=before)
    weights = before[1:] - before[:-1]
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return weights.astype(np.float32)


def normalised(
    pictures: NDArray[np.float32] | NDArray[np.uint8], weights: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Local detail as unit rows, so that a product of two rows is their normalised correlation.

    The mean of each cell's surroundings is taken away first. Whole pictures correlate by their
    large light and dark areas alone (wrong places reached 0.88 on real footage); their detail does
    not (0.2 to 0.45 at the same places, while true places kept 0.97), and it tells neighbouring
    frames apart more sharply.

    Args:
        pictures: (n, rows, columns) grey levels.
        weights: (rows, columns), or one such for each picture, from 0 to 1: how much each cell
            counts; all alike by default.

    Returns:
        (n, rows * columns) float32 of unit length, shorter where there is hardly any detail.
    """
    n, rows, columns = pictures.shape
    if weights is None:
        flat = local_detail(pictures).reshape(n, rows * columns)
        total = np.array([rows * columns], dtype=np.float32)
        flat -= (flat @ np.ones(rows * columns, dtype=np.float32) / total)[:, None]
    else:
        values = pictures.astype(np.float32)
        # What is masked must not leak into the mean of its surroundings.
        support = _surroundings(weights.reshape(-1, rows, columns))
        around = _surroundings(values * weights)
        around /= np.maximum(support, 1e-3)
        values -= around
        weight = weights.reshape(-1, rows * columns)
        total = weight.sum(axis=1)
        flat = values.reshape(n, rows * columns)
        sums = flat @ weight[0] if len(weight) == 1 else np.einsum("ij,ij->i", flat, weight)
        flat -= (sums / total)[:, None]
        flat *= np.sqrt(weight)
    norm = np.sqrt(np.einsum("ij,ij->i", flat, flat))
    flat /= np.maximum(norm, MIN_STD * np.sqrt(total))[:, None]
    return flat


def local_detail(
    pictures: NDArray[np.float32] | NDArray[np.uint8],
) -> NDArray[np.float32]:
    """(n, rows, columns) grey levels without the mean of each cell's surroundings."""
    values = pictures.astype(np.float32)
    values -= _surroundings(values)
    return values


def _surroundings(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, rows, columns) mean of each cell's surroundings."""
    n, rows, columns = values.shape
    # One product of all rows: NumPy would take one for each picture.
    across = values.reshape(n * rows, columns) @ _local_mean(columns).T
    mean: NDArray[np.float32] = np.matmul(_local_mean(rows), across.reshape(n, rows, columns))
    return mean


@lru_cache(maxsize=64)
def _local_mean(count: int) -> NDArray[np.float32]:
    """(count, count) mean over the neighbours within :data:`SURROUND` cells, fewer at the ends."""
    position = np.arange(count)
    near = (np.abs(position[:, None] - position[None, :]) <= SURROUND).astype(np.float32)
    return np.asarray(near / near.sum(axis=1, keepdims=True), dtype=np.float32)


def correlate_rows(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of row ``i`` of both sides.

    Args:
        a: (n, cells) normalised rows.
        b: (n, cells) normalised rows.

    Returns:
        (n,) from -1 to 1.
    """
    return np.asarray(np.einsum("ij,ij->i", a, b), dtype=np.float32)
