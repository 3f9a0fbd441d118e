"""The encoder that needs no weights: whitened luma and gradient coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from syncclip._resample import area_matrix, resample

__all__ = ["BuiltinEncoder"]

GRID = (9, 16)
"""Rows and columns that a picture is averaged to: coarse enough to forgive a crop that is off by
half a cell, fine enough to tell the shots of one set apart."""

WHITENING = 0.8
"""Exponent on spatial frequency. Amplitudes of natural images fall about as 1/f (Field 1987), so 1
whitens; a little less keeps the noise of the highest frequencies down."""

MIN_CONTRAST = 3.0
"""Standard deviation in grey levels below which a frame is called flat and not described: black,
white and faded frames look like each other, wherever they stand."""


class BuiltinEncoder:
    """Unit vectors from a frame's luma and from its gradient magnitude.

    The cosine transform stands in for the principal axes of natural images, which it approximates
    closely (Ahmed, Natarajan and Rao 1974); scaling each coefficient by its frequency whitens them.
    Nothing is fitted to a film, so that the vectors of all films share one space.
    """

    id = "builtin"
    fingerprint = "dct-luma-gradient-1"

    def __init__(self) -> None:
        row, column = np.mgrid[0 : GRID[0], 0 : GRID[1]]
        # Cycles per picture height: a column of a 16:9 picture counts 9/16 as much.
        frequency = np.hypot(row, column * GRID[0] / GRID[1])
        self._keep = (frequency > 0) & (frequency < 6.5)
        self._gain = (frequency[self._keep] ** WHITENING).astype(np.float32)
        self.dim = 2 * int(self._keep.sum())

    def describe(self, grey: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Describe pictures.

        Args:
            grey: (n, h, w) luma, any size.

        Returns:
            (n, dim) unit rows; rows of flat frames are zero.
        """
        _, height, width = grey.shape
        small = resample(grey, area_matrix(height, GRID[0]), area_matrix(width, GRID[1]))
        textured = small.std(axis=(1, 2)) >= MIN_CONTRAST
        down, right = np.gradient(small, axis=(1, 2))
        halves = [self._whitened(small), self._whitened(np.hypot(down, right))]
        scale = textured[:, None] * np.float32(np.sqrt(0.5))
        vectors: NDArray[np.float32] = np.concatenate(halves, axis=1) * scale
        return vectors

    def _whitened(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        spectrum = dctn(pictures, axes=(1, 2), norm="ortho")[:, self._keep] * self._gain
        norm = np.linalg.norm(spectrum, axis=1, keepdims=True)
        return np.asarray(spectrum / np.maximum(norm, 1e-6), dtype=np.float32)
