"""Picture frames round the film and stickers on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.paint import Yuv, make_clip

__all__ = ["Sticker", "StickerBook", "draw_border", "paste", "stick"]

_LIFE_S = (1.5, 5.0)
_SIZE = (0.12, 0.24)
"""Share of the picture's height."""
_AT_ONCE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Sticker:
    """An opaque sign: ``levels`` are its three planes, shown where ``mask`` is true."""

    mask: NDArray[np.bool_]
    """(size, size)"""
    y: NDArray[np.uint8]
    u: int
    v: int


def draw_sticker(size: int, *, rng: np.random.Generator) -> Sticker:
    """A disc, a square or a star with a face: dark outline, plain colour, two eyes, a mouth."""
    rows, columns = (np.mgrid[:size, :size] - (size - 1) / 2) / (size / 2)
    angle, radius = np.arctan2(rows, columns), np.hypot(rows, columns)
    shape = int(rng.integers(3))
    points = int(rng.integers(5, 9))
    reach = (
        np.full_like(radius, 0.95),
        0.9 / np.maximum(np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle))), 0.01),
        0.75 + 0.2 * np.cos(points * angle),
    )[shape]
    mask = radius < reach
    y = np.full((size, size), rng.integers(90, 236), np.uint8)
    y[radius > reach - 0.12] = 16
    for eye in (-0.3, 0.3):
        y[np.hypot(rows + 0.2, columns - eye) < 0.12] = 16
    y[(np.abs(radius - 0.45) < 0.06) & (rows > 0.15)] = 16
    return Sticker(mask, y, int(rng.integers(40, 216)), int(rng.integers(40, 216)))


def stick(picture: Yuv, sticker: Sticker, x: int, y: int) -> None:
    """Paint a sticker onto a picture, in place; ``x`` and ``y`` are even."""
    size = len(sticker.mask)
    picture.y[y : y + size, x : x + size][sticker.mask] = sticker.y[sticker.mask]
    half = np.s_[y // 2 : (y + size) // 2, x // 2 : (x + size) // 2]
    thin = sticker.mask[::2, ::2]
    picture.u[half][thin] = sticker.u
    picture.v[half][thin] = sticker.v


@dataclass(slots=True)
class _Stuck:
    sticker: Sticker
    x: int
    y: int
    until: int
    sway_px: int
    sway_frames: float


class StickerBook:
    """Stickers that come and go, some of them swaying."""

    def __init__(self, size: tuple[int, int], *, fps: float, rng: np.random.Generator) -> None:
        self._size, self._fps, self._rng = size, fps, rng
        self._stuck: list[_Stuck] = []

    def put_on(self, picture: Yuv, number: int) -> None:
        """Paint what is stuck on in frame ``number``; numbers must rise."""
        self._stuck = [each for each in self._stuck if each.until > number]
        while len(self._stuck) < _AT_ONCE:
            self._stuck.append(self._new(number))
        for each in self._stuck:
            sway = each.sway_px * np.sin(2 * np.pi * number / each.sway_frames)
            stick(picture, each.sticker, each.x + round(sway / 2) * 2, each.y)

    def _new(self, number: int) -> _Stuck:
        width, height = self._size
        rng = self._rng
        size = int(height * rng.uniform(*_SIZE)) // 2 * 2
        sway = int(rng.integers(0, 2)) * (size // 4) // 2 * 2
        return _Stuck(
            sticker=draw_sticker(size, rng=rng),
            x=int(rng.integers(sway, width - size - sway)) // 2 * 2,
            y=int(rng.integers(0, height - size)) // 2 * 2,
            until=number + round(self._fps * rng.uniform(*_LIFE_S)),
            sway_px=max(sway - 2, 0),
            sway_frames=float(rng.uniform(1.0, 3.0)) * self._fps,
        )


def draw_border(
    size: tuple[int, int], box: tuple[int, int, int, int], *, rng: np.random.Generator
) -> Yuv:
    """A patterned picture with a light edge round a box ``x, y, w, h`` (all even)."""
    picture = make_clip(*size, rng=rng).texture
    x, y, w, h = box
    edge = max(size[1] // 80, 1) * 2
    inner = np.s_[max(y - edge, 0) : y + h + edge, max(x - edge, 0) : x + w + edge]
    picture.y[inner] = int(rng.integers(180, 236))
    half = np.s_[(y - edge) // 2 : (y + h + edge) // 2, (x - edge) // 2 : (x + w + edge) // 2]
    picture.u[half] = picture.v[half] = 128
    return picture


def paste(onto: Yuv, picture: Yuv, x: int, y: int) -> None:
    """Put a picture at an even place on another one, in place."""
    height, width = picture.y.shape
    onto.y[y : y + height, x : x + width] = picture.y
    half = np.s_[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    onto.u[half], onto.v[half] = picture.u, picture.v
