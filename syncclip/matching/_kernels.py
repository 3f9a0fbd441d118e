"""Inner loops of every comparison, compiled: a picture is worked through while it is in the cache.

NumPy goes through all pictures once for each operation; that took more than half of a match. Loops
run along one flat array as far as they can, with unsigned or no offsets, so that they are compiled
to vector instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["SURROUND", "Grey", "box_means", "detail", "unit_rows"]

Grey = NDArray[np.uint8] | NDArray[np.float32]
"""Grey levels."""

SURROUND = 2
"""Cells on each side that count as a cell's surroundings: 5 × 5 in all."""
TAPS = 4
"""Samples of a line that are summed at a time: a cell has two to four as a rule."""
LEAST_SUPPORT = np.float32(1e-3)
"""Weight below which cells hold too little to have a mean."""
ROUNDING = np.float32(1e-4)
"""Grey levels of deviation up to which a picture is flat: sums of single precision leave less."""

SUMS = {"reassoc", "contract", "arcp", "nsz"}
"""What LLVM may do with sums: take them in any order, as libraries of linear algebra do."""

Loops = TypeVar("Loops", bound=Callable[..., object])


def _compiled(loops: Loops) -> Loops:
    """Compiled when first called; kept for later runs where there is a folder to keep it in."""
    kept: Any
    try:
        kept = njit(cache=True, nogil=True, fastmath=SUMS)(loops)
    except RuntimeError:  # neither beside this file nor among the user's caches
        kept = njit(nogil=True, fastmath=SUMS)(loops)
    compiled: Loops = kept
    return compiled


@_compiled
def _edges(
    cells: int, first: int, origin: float, extent: float, samples: int
) -> NDArray[np.float64]:
    """(cells + 1,) edges in samples of cells from ``first`` on, as far as the picture goes."""
    edges = np.zeros(cells + 1, dtype=np.float64)
    for at in range(cells + 1):
        edge = (first + at - origin) / extent * samples
        if edge > 0.0:  # what is no number stays at the beginning: nobody checks bounds later
            edges[at] = min(edge, float(samples))
    return edges


@_compiled
def box_means(
    grey: Grey,
    rows: tuple[int, float, float],
    columns: tuple[int, float, float],
    means: NDArray[np.float32],
) -> None:
    """Average pictures over cells of a grid that lies anywhere on them.

    Args:
        grey: (n, h, w).
        rows: First cell, and where the picture begins and how much it covers, in cells.
        columns: Likewise.
        means: (n, cells down, cells across), filled; zero beside the picture.
    """
    n, down, across = means.shape
    height, width = grey.shape[1:]
    row_edges = _edges(down, *rows, height)
    column_edges = _edges(across, *columns, width)
    starts = np.empty(across, dtype=np.uintp)
    most = 1
    for column in range(across):
        first, last = int(column_edges[column]), int(np.ceil(column_edges[column + 1]))
        starts[column] = min(first, width - 1)
        most = max(most, last - first)
    rounds = (most + TAPS - 1) // TAPS
    shares = np.zeros((rounds * TAPS, across), dtype=np.float32)
    for column in range(across):
        left, right = column_edges[column], column_edges[column + 1]
        for tap in range(most):
            at = float(starts[column]) + tap
            inside = max(min(at + 1.0, right) - max(at, left), 0.0)
            shares[tap, column] = inside / max(right - left, 1e-9)
    line = np.zeros(width + rounds * TAPS, dtype=np.float32)
    for i in range(n):
        for row in range(down):
            top, bottom = row_edges[row], row_edges[row + 1]
            line[:] = 0.0
            for y in range(int(top), int(np.ceil(bottom))):
                inside = min(y + 1.0, bottom) - max(float(y), top)
                share = np.float32(inside / max(bottom - top, 1e-9))
                samples = grey[i, y]
                for x in range(width):
                    line[x] += share * np.float32(samples[x])
            mean = means[i, row]
            mean[:] = 0.0
            for tap in range(0, rounds * TAPS, TAPS):
                a, b, c, d = line[tap:], line[tap + 1 :], line[tap + 2 :], line[tap + 3 :]
                of_a, of_b, of_c, of_d = (
                    shares[tap],
                    shares[tap + 1],
                    shares[tap + 2],
                    shares[tap + 3],
                )
                for column in range(across):
                    x = starts[column]
                    mean[column] += (
                        of_a[column] * a[x]
                        + of_b[column] * b[x]
                        + of_c[column] * c[x]
                        + of_d[column] * d[x]
                    )


@_compiled
def _padded(rows: int, columns: int) -> tuple[int, int, int]:
    """Of a flat array with nothing around a picture: length, first cell, and from row to row.

    What follows a row is also what comes before the next one.
    """
    stride = columns + SURROUND
    return (rows + 2 * SURROUND) * stride + 2 * SURROUND, SURROUND * (stride + 1), stride


@_compiled
def _laid_out(picture: Grey, first: int, stride: int, flat: NDArray[np.float32]) -> None:
    """Lay the rows of a picture out in a flat array."""
    rows, columns = picture.shape
    for row in range(rows):
        source, target = picture[row], flat[first + row * stride :]
        for column in range(columns):
            target[column] = np.float32(source[column])


@_compiled
def _box_sums(
    values: NDArray[np.float32],
    stride: int,
    across: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """Sums over 5 × 5 cells; what they give beside a picture means nothing."""
    inner = across[SURROUND:]
    a, b, c, d, e = values, values[1:], values[2:], values[3:], values[4:]
    for at in range(len(values) - 2 * SURROUND):
        inner[at] = a[at] + b[at] + c[at] + d[at] + e[at]
    inner = sums[SURROUND * stride :]
    a, b, c = across, across[stride:], across[2 * stride :]
    d, e = across[3 * stride :], across[4 * stride :]
    for at in range(len(values) - 2 * SURROUND * stride):
        inner[at] = a[at] + b[at] + c[at] + d[at] + e[at]


@_compiled
def _means_of(rows: int, columns: int) -> NDArray[np.float32]:
    """(rows, columns) one over the cells that the surroundings of each have inside a picture."""
    means = np.empty((rows, columns), dtype=np.float32)
    for row in range(rows):
        high = min(row + SURROUND, rows - 1) - max(row - SURROUND, 0) + 1
        for column in range(columns):
            wide = min(column + SURROUND, columns - 1) - max(column - SURROUND, 0) + 1
            means[row, column] = 1.0 / (high * wide)
    return means


@_compiled
def detail(pictures: Grey, out: NDArray[np.float32]) -> None:
    """(n, rows, columns) pictures without the mean of each cell's surroundings, into ``out``."""
    n, rows, columns = pictures.shape
    length, first, stride = _padded(rows, columns)
    values, across = np.zeros(length, np.float32), np.zeros(length, np.float32)
    sums = np.zeros(length, np.float32)
    share = _means_of(rows, columns)
    for i in range(n):
        _laid_out(pictures[i], first, stride, values)
        _box_sums(values, stride, across, sums)
        for row in range(rows):
            at = first + row * stride
            value, total, left = values[at:], sums[at:], out[i, row]
            for column in range(columns):
                left[column] = value[column] - total[column] * share[row, column]


@_compiled
def unit_rows(
    pictures: Grey, weights: NDArray[np.float32], least_std: float, out: NDArray[np.float32]
) -> None:
    """Detail of pictures under weights, without its mean, as rows of unit length.

    Args:
        pictures: (n, rows, columns).
        weights: (n, rows, columns), or (1, rows, columns) for all of them.
        least_std: Deviation below which a row stays shorter.
        out: (n, rows, columns), filled.
    """
    n, rows, columns = pictures.shape
    length, first, stride = _padded(rows, columns)
    values, weight = np.zeros(length, np.float32), np.zeros(length, np.float32)
    weighted, across = np.zeros(length, np.float32), np.zeros(length, np.float32)
    sums, inverse = np.zeros(length, np.float32), np.zeros(length, np.float32)
    root, share = np.zeros(length, np.float32), np.zeros(length, np.float32)
    _laid_out(_means_of(rows, columns), first, stride, share)
    total = np.float32(0.0)
    for i in range(n):
        if i < len(weights):
            _laid_out(weights[i], first, stride, weight)
            _box_sums(weight, stride, across, sums)
            total = np.float32(0.0)
            for at in range(length):
                inverse[at] = share[at] / max(sums[at] * share[at], LEAST_SUPPORT)
                root[at] = np.sqrt(weight[at])
                total += weight[at]
        _laid_out(pictures[i], first, stride, values)
        for at in range(length):
            weighted[at] = values[at] * weight[at]
        _box_sums(weighted, stride, across, sums)
        mean = np.float32(0.0)
        for at in range(length):
            values[at] -= sums[at] * inverse[at]
            mean += values[at] * weight[at]
        mean /= max(total, LEAST_SUPPORT)
        square = np.float32(0.0)
        for at in range(length):
            left = (values[at] - mean) * root[at]
            values[at] = left
            square += left * left
        least = np.float32(least_std) * np.sqrt(max(total, LEAST_SUPPORT))
        scale = np.float32(1.0) / max(np.sqrt(square), least)
        if square <= ROUNDING * ROUNDING * total:
            scale = np.float32(0.0)
        for row in range(rows):
            source, target = values[first + row * stride :], out[i, row]
            for column in range(columns):
                target[column] = source[column] * scale
