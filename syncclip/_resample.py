"""Area resampling as small matrices, shared by everything that compares pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["area_matrix", "resample"]


def area_matrix(
    n_in: int, n_out: int, *, start: float = 0.0, stop: float | None = None
) -> NDArray[np.float32]:
    """Matrix that averages ``n_in`` samples over ``n_out`` equal boxes of ``[start, stop)``.

    Boxes narrower than one sample are widened to one around their centre, so that enlarging
    interpolates instead of repeating samples. Parts outside the input count as its edge sample.

    Args:
        n_in: Input samples; sample ``i`` covers ``[i, i + 1)``.
        n_out: Boxes.
        start: Left edge of the first box, in input samples.
        stop: Right edge of the last box; ``n_in`` by default.

    Returns:
        ``(n_out, n_in)``; every row sums to one.
    """
    edges = np.linspace(start, n_in if stop is None else stop, n_out + 1)
    centre = (edges[1:] + edges[:-1]) / 2
    half = np.maximum(np.diff(edges), 1.0) / 2
    left = np.arange(n_in)
    overlap = np.minimum((centre + half)[:, None], left + 1) - np.maximum(
        (centre - half)[:, None], left
    )
    weights = np.clip(overlap, 0.0, None)
    weights[:, 0] += np.clip(half - centre, 0.0, 2 * half)
    weights[:, -1] += np.clip(centre + half - n_in, 0.0, 2 * half)
    matrix: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return matrix


def resample(
    pictures: NDArray[np.uint8] | NDArray[np.float32],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
) -> NDArray[np.float32]:
    """``rows @ picture @ columns.T`` for every picture of a stack.

    Args:
        pictures: (n, h, w).
        rows: (h_out, h).
        columns: (w_out, w).

    Returns:
        (n, h_out, w_out) float32.
    """
    narrowed = pictures.astype(np.float32) @ columns.T
    resampled: NDArray[np.float32] = np.matmul(rows, narrowed)
    return resampled
