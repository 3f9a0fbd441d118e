"""What commentaries put over and between the pictures: captions, logos, presenters, made-up clips.

Letters are invented: random strokes in a square, which at subtitle size look like Chinese text to a
matcher and need no font.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = [
    "Yuv",
    "clip_frame",
    "draw_caption",
    "draw_logo",
    "lay_over",
    "make_clip",
    "title_card",
]

Mask = NDArray[np.bool_]
WHITE, BLACK = 235, 16


@dataclass(frozen=True, slots=True, eq=False)
class Yuv:
    """A 4:2:0 picture: ``y`` is (h, w), ``u`` and ``v`` are (h/2, w/2), all uint8."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]

    def copy(self) -> Yuv:
        """A picture that may be painted on."""
        return Yuv(self.y.copy(), self.u.copy(), self.v.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Something drawn at one place: ``ink`` is white, ``edge`` black, ``alpha`` how opaque."""

    x: int
    y: int
    ink: Mask
    edge: Mask
    alpha: float = 1.0


def lay_over(picture: Yuv, overlay: Overlay) -> None:
    """Paint an overlay onto a picture, in place."""
    height, width = overlay.ink.shape
    y0, x0 = overlay.y, overlay.x
    luma = picture.y[y0 : y0 + height, x0 : x0 + width]
    for mask, level in ((overlay.edge, BLACK), (overlay.ink, WHITE)):
        mixed = luma[mask] * (1 - overlay.alpha) + level * overlay.alpha
        luma[mask] = mixed.astype(np.uint8)
    drawn = (overlay.ink | overlay.edge)[::2, ::2]
    for plane in (picture.u, picture.v):
        part = plane[y0 // 2 :, x0 // 2 :][: drawn.shape[0], : drawn.shape[1]]
        mixed = part[drawn] * (1 - overlay.alpha) + 128 * overlay.alpha
        part[drawn] = mixed.astype(np.uint8)


def draw_caption(width_px: int, height_px: int, *, rng: np.random.Generator) -> Overlay:
    """A subtitle line at the bottom: white with a black outline."""
    size = max(height_px // 16, 8) // 2 * 2
    room = int(width_px * 0.9) // size
    ink = _letters(int(rng.integers(min(5, room), min(18, room) + 1)), size=size, rng=rng)
    ink = np.pad(ink, 2)
    edge = ndimage.binary_dilation(ink, iterations=2) & ~ink
    x = (width_px - ink.shape[1]) // 4 * 2
    y = (height_px - ink.shape[0] - height_px // 20) // 2 * 2
    return Overlay(x, y, ink, edge)


def draw_logo(width_px: int, height_px: int, *, rng: np.random.Generator) -> Overlay:
    """A half-transparent mark in one of the upper corners or the lower right one."""
    size = max(height_px // 14, 8) // 2 * 2
    ink = _letters(int(rng.integers(2, 5)), size=size, rng=rng)
    right, top = ((1, 1), (0, 1), (1, 0))[int(rng.integers(3))]
    margin = height_px // 24 // 2 * 2
    x = (width_px - ink.shape[1] - margin) // 2 * 2 if right else margin
    y = margin if top else (height_px - ink.shape[0] - margin) // 2 * 2
    return Overlay(x, y, ink, np.zeros_like(ink), alpha=0.5)


def _letters(count: int, *, size: int, rng: np.random.Generator) -> Mask:
    """``count`` letters side by side: (size, count * size)."""
    gap = max(size // 10, 1)
    body = size - gap
    line = np.zeros((size, count * size), np.bool_)
    thick = max(size // 12, 1)
    for i in range(count):
        glyph = np.zeros((body, body), np.bool_)
        for _ in range(int(rng.integers(4, 8))):
            a, b = np.sort(rng.integers(0, body, 2))
            at = int(rng.integers(0, body - thick + 1))
            b = max(b, min(a + body // 3, body))
            if rng.random() < 0.5:
                glyph[at : at + thick, a:b] = True
            else:
                glyph[a:b, at : at + thick] = True
        line[:body, i * size : i * size + body] = glyph
    return line


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A made-up moving picture: a texture that slides under a blob that swings."""

    texture: Yuv
    slide_px: tuple[float, float]
    """Per frame, right and down."""
    blob: tuple[float, float, float]
    """Size (share of the height), swing in frames, brightness."""


def make_clip(width_px: int, height_px: int, *, rng: np.random.Generator) -> Clip:
    """A clip of this size (both even)."""
    y = _texture(height_px, width_px, 16, 235, rng=rng)
    u = _texture(height_px // 2, width_px // 2, 90, 166, rng=rng)
    v = _texture(height_px // 2, width_px // 2, 90, 166, rng=rng)
    slide = (float(rng.uniform(-3, 3)), float(rng.uniform(-2, 2)))
    blob = (float(rng.uniform(0.1, 0.3)), float(rng.uniform(20, 60)), float(rng.uniform(16, 235)))
    return Clip(Yuv(y, u, v), slide, blob)


def clip_frame(clip: Clip, number: int) -> Yuv:
    """A frame of a clip."""
    right, down = (round(step * number / 2) for step in clip.slide_px)
    # Chroma moves half as far: shifts of luma stay even.
    y = np.roll(clip.texture.y, (2 * down, 2 * right), (0, 1))
    u = np.roll(clip.texture.u, (down, right), (0, 1))
    v = np.roll(clip.texture.v, (down, right), (0, 1))
    size, swing, level = clip.blob
    height, width = y.shape
    cx = width * (0.5 + 0.3 * np.sin(number / swing * 2 * np.pi))
    cy = height * (0.5 + 0.2 * np.cos(number / swing * 2.7))
    rows, columns = np.ogrid[:height, :width]
    y[(rows - cy) ** 2 + (columns - cx) ** 2 < (size * height) ** 2] = level
    return Yuv(y, u, v)


def title_card(width_px: int, height_px: int, *, rng: np.random.Generator) -> Yuv:
    """A still of a few lines of text on a plain ground."""
    ground = int(rng.integers(16, 120))
    shape = (height_px // 2, width_px // 2)
    picture = Yuv(
        np.full((height_px, width_px), ground, np.uint8),
        np.full(shape, rng.integers(100, 156), np.uint8),
        np.full(shape, rng.integers(100, 156), np.uint8),
    )
    size = height_px // 10 // 2 * 2
    for line in range(int(rng.integers(1, 4))):
        room = int(width_px * 0.8) // size
        ink = _letters(int(rng.integers(min(4, room), min(10, room) + 1)), size=size, rng=rng)
        x = (width_px - ink.shape[1]) // 4 * 2
        y = (height_px // 3 + line * size * 3 // 2) // 2 * 2
        lay_over(picture, Overlay(x, y, ink, np.zeros_like(ink)))
    return picture


def _texture(
    height: int, width: int, low: int, high: int, *, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Noise of several coarsenesses that closes on itself at the borders."""
    total = np.zeros((height, width), np.float32)
    for cells, weight in ((3, 1.0), (8, 0.6), (24, 0.3)):
        coarse = rng.random((cells, cells * 2), np.float32)
        scale = (height / cells, width / (cells * 2))
        total += weight * ndimage.zoom(coarse, scale, order=1, mode="grid-wrap", grid_mode=True)
    total = (total - total.min()) / np.ptp(total)
    levels: NDArray[np.float32] = low + total * (high - low)
    return levels.astype(np.uint8)
