"""What lies over the whole commentary: grading, picture frame, host, logo, stickers, subtitles."""

from __future__ import annotations

import numpy as np

from benchmarks.decor import StickerBook, draw_border, paste
from benchmarks.paint import Overlay, Yuv, clip_frame, draw_caption, draw_logo, lay_over, make_clip
from benchmarks.studio import Studio
from benchmarks.treat import Grading

__all__ = ["Dress"]


class Dress:
    """What lies over the whole commentary: grading, host, logo, subtitles."""

    def __init__(self, studio: Studio, *, rng: np.random.Generator) -> None:
        style, size = studio.style, studio.size
        self._rng = rng
        self._fps = float(studio.fps)
        self._size = size
        self._grading = Grading.draw(style.grading, rng)
        self._logo = draw_logo(*size, rng=rng) if style.logo else None
        self._subtitles = style.subtitles
        self._caption: Overlay | None = None
        self._next_caption = 0
        box = (size[0] // 4 // 2 * 2, size[1] // 4 // 2 * 2)
        self._host = make_clip(*box, rng=rng) if style.host else None
        self._host_at = (0 if rng.random() < 0.5 else size[0] - box[0], size[1] - box[1])
        self._border: Yuv | None = None
        self._inside = (studio.picture_at[0], studio.picture_at[1])
        if style.layout == "framed":
            x, y, w, h = studio.picture_at
            self._border = draw_border(size, (x, y, w, h), rng=rng)
        self._stickers: StickerBook | None = None
        if style.stickers:
            self._stickers = StickerBook(size, fps=self._fps, rng=rng)

    def put_on(self, picture: Yuv, number: int) -> Yuv:
        """A finished frame; numbers must rise."""
        done = self._grading.apply(picture)
        if self._border is not None:
            whole = self._border.copy()
            paste(whole, done, *self._inside)
            done = whole
        if self._host is not None:
            paste(done, clip_frame(self._host, number), *self._host_at)
        if self._stickers is not None:
            self._stickers.put_on(done, number)
        if self._logo is not None:
            lay_over(done, self._logo)
        if self._subtitles:
            if number >= self._next_caption:
                self._caption = draw_caption(*self._size, rng=self._rng)
                self._next_caption = number + round(self._fps * self._rng.uniform(2, 3))
            if self._caption is not None:
                lay_over(done, self._caption)
        return done
