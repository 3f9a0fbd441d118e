"""Stills for stretches that come from no movie, drawn without fonts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["black", "clock_text", "slate", "slate_text"]

_GLYPH_W, _GLYPH_H = 5, 7
# Five by seven dots, a row per number, the left dot the highest bit.
_GLYPHS: dict[str, tuple[int, ...]] = {
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 8, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 25, 21, 19, 17, 17, 17),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "V": (17, 17, 17, 17, 17, 10, 4),
    ":": (0, 4, 4, 0, 4, 4, 0),
    ".": (0, 0, 0, 0, 0, 12, 12),
    "-": (0, 0, 0, 31, 0, 0, 0),
    " ": (0, 0, 0, 0, 0, 0, 0),
}
_BACKGROUND = (24, 24, 28)
_INK = (220, 220, 220)
_TEXT_WIDTH = 0.7
"""Share of the frame's width that the longer line takes at most: title-safe on every screen."""


def clock_text(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any: ``"03:07.5"``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{text}" if hours else text


def slate_text(start_s: float, end_s: float) -> tuple[str, str]:
    """The two lines of a slate."""
    return "NOT IN MOVIE", f"{clock_text(start_s)}-{clock_text(end_s)}"


def black(size: tuple[int, int]) -> NDArray[np.uint8]:
    """A black frame: ``(height, width, 3)`` RGB for a size of ``(width, height)``."""
    return np.zeros((size[1], size[0], 3), np.uint8)


def slate(size: tuple[int, int], lines: tuple[str, ...]) -> NDArray[np.uint8]:
    """A dark frame with text in its middle: ``(height, width, 3)`` RGB for ``(width, height)``."""
    width, height = size
    dots = _text_dots(lines)
    scale = max(1, min(int(width * _TEXT_WIDTH) // dots.shape[1], height // (2 * dots.shape[0])))
    ink = dots.repeat(scale, axis=0).repeat(scale, axis=1)[:height, :width]
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = _BACKGROUND
    top, left = (height - ink.shape[0]) // 2, (width - ink.shape[1]) // 2
    frame[top : top + ink.shape[0], left : left + ink.shape[1]][ink] = _INK
    return frame


def _text_dots(lines: tuple[str, ...]) -> NDArray[np.bool_]:
    """Lines of text centred under each other, one dot per element."""
    columns = max(len(line) for line in lines) * (_GLYPH_W + 1) - 1
    rows = len(lines) * (_GLYPH_H + 3) - 3
    dots = np.zeros((rows, columns), bool)
    bits = 1 << np.arange(_GLYPH_W)[::-1]
    for number, line in enumerate(lines):
        left = (columns - len(line) * (_GLYPH_W + 1) + 1) // 2
        top = number * (_GLYPH_H + 3)
        for place, letter in enumerate(line):
            glyph = (np.array(_GLYPHS[letter])[:, None] & bits) > 0
            at = left + place * (_GLYPH_W + 1)
            dots[top : top + _GLYPH_H, at : at + _GLYPH_W] = glyph
    return dots
