"""Two pieces in one picture: where each stands; and the moving window of a slowly zoomed still."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.decor import paste
from benchmarks.paint import WHITE, Yuv
from benchmarks.piece import Piece, Split

__all__ = ["Box", "compose", "panes", "slow_zoom", "zoom_window"]

Box = tuple[int, int, int, int]
"""``x, y, w, h`` in pixels, all even."""
_INSET = 0.36
"""Share of the width that a picture in the picture takes."""


def panes(split: Split, size: tuple[int, int]) -> tuple[Box, Box]:
    """Boxes of the first and the second piece in a picture of ``(width, height)``."""
    width, height = size
    if split == "left":
        half = width // 4 * 2
        return (0, 0, half, height), (half, 0, width - half, height)
    if split == "top":
        half = height // 4 * 2
        return (0, 0, width, half), (0, half, width, height - half)
    w, h = round(width * _INSET / 2) * 2, round(height * _INSET / 2) * 2
    margin = height // 48 * 2
    return (0, 0, width, height), (width - w - margin, margin, w, h)


def compose(first: Yuv, second: Yuv, *, split: Split, size: tuple[int, int]) -> Yuv:
    """Both pictures, each in its box; a thin white edge round the one that lies on top."""
    under, over = panes(split, size)
    width, height = size
    shape = (height // 2, width // 2)
    whole = Yuv(
        np.empty((height, width), np.uint8), np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    )
    paste(whole, first, under[0], under[1])
    if split == "inset":
        x, y, w, h = over
        whole.y[y - 2 : y + h + 2, x - 2 : x + w + 2] = WHITE
        half = np.s_[y // 2 - 1 : (y + h) // 2 + 1, x // 2 - 1 : (x + w) // 2 + 1]
        whole.u[half] = whole.v[half] = 128
    paste(whole, second, over[0], over[1])
    return whole


def zoom_window(piece: Piece, frame: int) -> tuple[float, float, float, float]:
    """``x, y, w, h`` of a slowly zoomed still at a frame, in fractions of the widest.

    Widest is the window without any zoom, seen as the film shows it: not mirrored.
    """
    share = min(max(frame / max(piece.frames - 1, 1), 0.0), 1.0)
    zoom = piece.zoom * (piece.zoom_to / piece.zoom) ** share
    side = 1 / zoom
    return (1 - side) * piece.at[0], (1 - side) * piece.at[1], side, side


def slow_zoom(picture: Yuv, piece: Piece, frame: int, *, size: tuple[int, int]) -> Yuv:
    """What a slowly zoomed still shows at a frame, from its widest window at a larger size."""
    x, y, w, h = zoom_window(piece, frame)
    window = (1 - x - w if piece.mirrored else x, y, w, h)
    half = (size[0] // 2, size[1] // 2)
    return Yuv(
        _cut_out(picture.y, window, size),
        _cut_out(picture.u, window, half),
        _cut_out(picture.v, window, half),
    )


def _cut_out(
    plane: NDArray[np.uint8], window: tuple[float, float, float, float], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """A window at any place and size, interpolated between pixels: nothing jumps."""
    x, y, w, h = window
    rows = _blend(plane, y, h, size[1])
    columns = _blend(rows.T, x, w, size[0]).T
    return np.ascontiguousarray(np.round(columns).astype(np.uint8))


def _blend(
    lines: NDArray[np.generic], start: float, share: float, count: int
) -> NDArray[np.float32]:
    """``count`` lines evenly spaced over a part of the given ones."""
    at = (start + share * (np.arange(count) + 0.5) / count) * len(lines) - 0.5
    at = np.clip(at, 0, len(lines) - 1.001)
    first = at.astype(np.int64)
    rest = (at - first).astype(np.float32)[:, None]
    values: NDArray[np.float32] = lines[first].astype(np.float32) * (1 - rest)
    values += lines[first + 1].astype(np.float32) * rest
    return values
