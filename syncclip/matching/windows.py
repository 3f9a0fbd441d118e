"""Parts of the movie's picture that a cropped commentary may show.

A commentary frame cannot see what was cropped away, so the crop is tried on the movie's side: every
sampled movie frame is described once for each window of a fixed set.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from syncclip._resample import area_matrix, resample
from syncclip.matching.records import Crop

__all__ = ["CLOSE", "crop_windows", "cut_windows"]

ZOOMS = (1.0, 1.15, 1.32, 1.52)
"""About 15 % apart: the descriptor's grid forgives half a cell, 3 % of the width, at each edge."""

SHIFT = 0.11
"""Step between window positions as a share of the window: two cells of the descriptor's grid."""

CLOSE = 0.04
"""Step of windows that are compared cell by cell, in zoom and as a share of the movie's picture: a
line of text correlates with itself within a cell and a half to either side of its place."""

STRETCH = 0.04
"""Aspects that differ by less are taken for the same picture, padded or stretched."""


@lru_cache(maxsize=64)
def crop_windows(
    commentary_aspect: float, movie_aspect: float, close: float | None = None
) -> tuple[Crop, ...]:
    """Windows with the commentary's aspect that cover the movie's picture at several zooms.

    Args:
        commentary_aspect: Width ÷ height of the commentary's content.
        movie_aspect: Width ÷ height of the movie's content.
        close: Step of zoom, and of position as a share of the movie's picture, if not those of
            descriptors.

    Returns:
        The largest window first; where the aspects differ, the whole picture (stretched) too.
    """
    relative = commentary_aspect / movie_aspect
    width, height = min(1.0, relative), min(1.0, 1 / relative)
    zooms: tuple[float, ...] = ZOOMS
    if close is not None:
        steps = np.arange(0.0, np.log(ZOOMS[-1]) + close / 2, close)
        zooms = tuple(np.exp(steps).tolist())
    windows = []
    for zoom in zooms:
        w, h = width / zoom, height / zoom
        across, down = (_positions(size, close or SHIFT * size) for size in (w, h))
        windows += [Crop(x, y, w, h) for y in down for x in across]
    if abs(relative - 1) > STRETCH:
        windows.append(Crop(0.0, 0.0, 1.0, 1.0))
    return tuple(windows)


def _positions(size: float, shift: float) -> list[float]:
    free = 1 - size
    count = 1 + int(np.ceil(free / shift - 1e-9))
    return [free / 2] if count == 1 else list(np.linspace(0.0, free, count))


def cut_windows(
    signatures: NDArray[np.uint8], window: Crop, *, size: tuple[int, int]
) -> NDArray[np.float32]:
    """One window of every picture.

    Args:
        signatures: (n, h, w).
        window: Part to cut out.
        size: Rows and columns of the result.

    Returns:
        (n, *size) float32.
    """
    _, height, width = signatures.shape
    rows = area_matrix(
        height, size[0], start=window.y * height, stop=(window.y + window.h) * height
    )
    columns = area_matrix(
        width, size[1], start=window.x * width, stop=(window.x + window.w) * width
    )
    return resample(signatures, rows, columns)
