"""Colours of one piece alone: black and white, tinted, turned round the colour circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.paint import Yuv

__all__ = ["Look"]

_PLAIN = np.array([[1.0, 0.0], [0.0, 1.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A curve for the luma; a matrix and a shift for the chroma around its middle."""

    curve: NDArray[np.uint8]
    """(256,) levels."""
    turn: NDArray[np.float64]
    """(2, 2), applied to (u, v) - 128."""
    tint: tuple[float, float]

    @staticmethod
    def draw(seed: int) -> Look:
        """The look of a seed."""
        rng = np.random.default_rng(seed)
        kind = str(rng.choice(["grey", "tinted", "turned", "graded"]))
        levels = np.clip((np.arange(256) - 16) / 219, 0, 1) ** 2.0 ** rng.uniform(-0.8, 0.8)
        levels = np.clip((levels - 0.5) * rng.uniform(0.6, 1.5) + 0.5, 0, 1)
        curve = np.round(16 + 219 * levels).astype(np.uint8)
        tint = (float(rng.uniform(-36, 36)), float(rng.uniform(-36, 36)))
        angle = float(rng.uniform(0.25, 1.75)) * np.pi
        if kind == "grey":
            return Look(curve, 0 * _PLAIN, (0.0, 0.0))
        if kind == "tinted":
            return Look(curve, 0 * _PLAIN, tint)
        if kind == "turned":
            cos, sin = np.cos(angle), np.sin(angle)
            return Look(curve, np.array([[cos, -sin], [sin, cos]]), (0.0, 0.0))
        return Look(curve, _PLAIN * rng.uniform(0.3, 1.8), tint)

    def apply(self, picture: Yuv) -> Yuv:
        """A recoloured copy."""
        u = picture.u.astype(np.float32) - 128
        v = picture.v.astype(np.float32) - 128
        mixed = [
            np.clip(128 + row[0] * u + row[1] * v + tint, 16, 240).astype(np.uint8)
            for row, tint in zip(self.turn.astype(np.float32), self.tint, strict=True)
        ]
        return Yuv(self.curve[picture.y], mixed[0], mixed[1])
