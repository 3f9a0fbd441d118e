"""Which frames a model is shown: two a second at most, near-identical neighbours once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from syncclip.config import PictureConfig
from syncclip.contracts import Encoder

__all__ = ["ContentSampler"]


class ContentSampler:
    """Decides about one frame after the other whether a model is to describe it.

    The first frame of every cell of an even time grid is looked at; it is taken where it differs
    from the one taken last. The same frames in the same order give the same choice, whether asked
    in one run or in two.

    Args:
        encoder: What tells how alike two frames are; it needs no model.
        time_base: Of the timestamps.
        config: How often, and from which likeness on a frame counts as the same.
    """

    def __init__(self, encoder: Encoder, *, time_base: Fraction, config: PictureConfig) -> None:
        self._encoder, self._likeness = encoder, config.likeness
        self._cells_per_tick = Fraction(config.samples_per_s) * time_base
        self._first_pts: int | None = None
        self._cell = -1
        self._taken: NDArray[np.float32] | None = None

    def __call__(self, pts: int, grey: NDArray[np.uint8]) -> bool:
        """Whether this frame is taken; flat ones never are.

        Args:
            pts: Its timestamp, greater than all before.
            grey: (height, width) luma.
        """
        if self._first_pts is None:
            self._first_pts = pts
        cell = int((pts - self._first_pts) * self._cells_per_tick)
        if cell == self._cell:
            return False
        self._cell = cell
        # Always one frame at a time: sums over several come out differently in the last bit.
        vector = self._encoder.describe(grey[None])[0]
        if not vector.any():
            return False
        if self._taken is not None and float(vector @ self._taken) >= self._likeness:
            return False
        self._taken = vector
        return True
