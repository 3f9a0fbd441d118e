"""Comparison of commentary frames with movie signatures, on the movie's own grid.

A signature cell is the mean over a box of the movie's picture. Under a crop, that box is a box of
the commentary's picture too, so the commentary is averaged over the very same boxes: no blur
differs between the two sides, and a crop may lie anywhere between cells.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Crop

if TYPE_CHECKING:  # Numba takes a third of a second that only a search has to spend
    from syncclip.matching._kernels import Grey

__all__ = [
    "MIN_STD",
    "Cells",
    "cells_under",
    "correlate_rows",
    "local_detail",
    "normalised",
    "project",
]

MIN_STD = 1.0
"""Grey levels of detail; flatter pictures get a smaller correlation instead of amplified noise."""

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
    grey: Grey,
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
        cells: Cells to average over; those that the crop covers by default. Of those beside the
            picture there is nothing: zero.

    Returns:
        (n, rows, columns) means, and the cells.
    """
    from syncclip.matching._kernels import box_means

    cells = cells or cells_under(crop, grid)
    down, across = cells
    size = len(grey), down.stop - down.start, across.stop - across.start
    means = np.empty(size, dtype=np.float32)
    box_means(
        _in_order(grey),
        (down.start, crop.y * grid[0], crop.h * grid[0]),
        (across.start, crop.x * grid[1], crop.w * grid[1]),
        means,
    )
    return means, cells


def normalised(pictures: Grey, weights: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
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
    from syncclip.matching._kernels import unit_rows

    n, rows, columns = pictures.shape
    weight = _every_cell(rows, columns) if weights is None else weights.reshape(-1, rows, columns)
    if len(weight) not in (1, n):
        raise ValueError(f"{n} pictures but weights of {len(weight)}")
    # What is masked must not leak into the mean of its surroundings: it is weighted, too.
    flat = np.empty((n, rows * columns), dtype=np.float32)
    unit_rows(
        _in_order(pictures),
        np.ascontiguousarray(weight, dtype=np.float32),
        MIN_STD,
        flat.reshape(n, rows, columns),
    )
    return flat


@lru_cache(maxsize=64)
def _every_cell(rows: int, columns: int) -> NDArray[np.float32]:
    return np.ones((1, rows, columns), dtype=np.float32)


def local_detail(pictures: Grey) -> NDArray[np.float32]:
    """(n, rows, columns) grey levels without the mean of each cell's surroundings."""
    from syncclip.matching._kernels import detail

    left = np.empty(pictures.shape, dtype=np.float32)
    detail(_in_order(pictures), left)
    return left


def _in_order(pictures: Grey) -> Grey:
    """The same pictures row by row: mirrored ones are copied, of which loops are compiled once."""
    return pictures if pictures.flags.c_contiguous else pictures.copy()


def correlate_rows(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of row ``i`` of both sides.

    Args:
        a: (n, cells) normalised rows.
        b: (n, cells) normalised rows.

    Returns:
        (n,) from -1 to 1.
    """
    return np.asarray(np.einsum("ij,ij->i", a, b), dtype=np.float32)
