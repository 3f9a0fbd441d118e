"""The pictures of pieces, each with its truth, in the format of the commentary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.films import FilmReader
from benchmarks.looks import Look
from benchmarks.paint import Yuv, clip_frame, make_clip, title_card
from benchmarks.panes import Box, compose, panes, slow_zoom
from benchmarks.piece import Fade, Piece
from benchmarks.styles import Style
from benchmarks.treat import bar_height, film_frames, window_of, with_blurred_bars
from benchmarks.truth import NO_FILM

__all__ = ["Picture", "Studio"]

_PORTRAIT = Fraction(9, 16)
_FRAMED = Fraction(82, 100)
"""Share of the width inside a picture frame."""
_SEEN = 0.5
"""What is left of a picture in a fade, below which nobody is wrong who no longer names it."""

_STILL_DETAIL = 1.5
"""Size of a still before a slow zoom into it, over the size of the commentary's picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One source's picture for one commentary frame."""

    yuv: Yuv
    film: int = NO_FILM
    pts: int = -1
    end_pts: int = -1
    second: Picture | None = None
    """What is on screen, too: another pane; or nothing of any film, late in a fade."""


class Studio:
    """Open films and the format of the commentary."""

    def __init__(
        self,
        films: Sequence[Path],
        inserts: Sequence[Path],
        *,
        style: Style,
        rate: Fraction | None,
    ) -> None:
        self.style = style
        self.films = [FilmReader(path) for path in films]
        self.inserts = [FilmReader(path) for path in inserts]
        self._beside: dict[int, FilmReader] = {}
        lead = next(iter((*self.films, *self.inserts)), None)
        self.fps = rate or (lead.facts.frame_rate if lead else Fraction(30))
        aspect = lead.facts.display_aspect if lead else Fraction(16, 9)
        width = style.width_px if lead is None else min(style.width_px, lead.facts.width_px)
        width = width // 2 * 2
        if style.layout == "crop916":
            aspect = _PORTRAIT
        self.picture_size = (width, _even(width / aspect))
        """The film's picture in the commentary."""
        self.size = self.picture_size
        """The whole frame."""
        if style.layout == "blurred916":
            self.size = (width, _even(width / _PORTRAIT))
        left = 0
        if style.layout == "framed":
            inner = _even(width * _FRAMED)
            self.picture_size = (inner, _even(inner / aspect))
            left = bar_height(inner, width)
        top = bar_height(self.picture_size[1], self.size[1])
        self.picture_at = [left, top, *self.picture_size]
        """``x, y, w, h`` of the film's picture in the whole frame."""

    def reader(self, piece: Piece) -> FilmReader:
        """The film or insert film of a piece."""
        return (self.films if piece.kind == "film" else self.inserts)[piece.source]

    def pictures(self, piece: Piece) -> Iterator[Picture]:
        """Every frame of a piece, heads and tails too, in its place in the whole frame."""
        look = Look.draw(piece.look) if piece.look else None
        for k, picture in enumerate(self._bare(piece), start=-piece.head):
            shown = picture
            if look is not None:
                shown = replace(shown, yuv=look.apply(shown.yuv))
            if piece.fade_in is not None:
                shown = _faded(shown, piece.fade_in, distance=k)
            if piece.fade_out is not None:
                shown = _faded(shown, piece.fade_out, distance=piece.frames - 1 - k)
            if self.style.layout == "blurred916":
                shown = replace(shown, yuv=with_blurred_bars(shown.yuv, self.size[1]))
            yield shown

    def boxes(self, piece: Piece) -> tuple[Box, ...]:
        """Where a piece, and the piece beside it, stand in the film's picture."""
        if piece.beside is None:
            return ((0, 0, *self.picture_size),)
        return panes(piece.split, self.picture_size)

    def close(self) -> None:
        """Release the films."""
        for reader in (*self.films, *self.inserts, *self._beside.values()):
            reader.close()

    def _bare(self, piece: Piece) -> Iterator[Picture]:
        if piece.beside is not None:
            yield from self._two(piece, piece.beside)
        elif piece.kind in ("film", "insert"):
            yield from self._shots(piece, self.reader(piece), self.picture_size)
        else:
            rng = np.random.default_rng(piece.source)
            still = title_card(*self.picture_size, rng=rng) if piece.kind == "card" else None
            clip = make_clip(*self.picture_size, rng=rng)
            for number in range(piece.head + piece.frames + piece.tail):
                yield Picture(still or clip_frame(clip, number))

    def _two(self, piece: Piece, beside: Piece) -> Iterator[Picture]:
        # A reader of its own: two places of one film would make one reader seek at every frame.
        if beside.source not in self._beside:
            self._beside[beside.source] = FilmReader(self.reader(beside).facts.path)
        boxes = self.boxes(piece)
        firsts = self._shots(piece, self.reader(piece), boxes[0][2:])
        seconds = self._shots(beside, self._beside[beside.source], boxes[1][2:])
        for first, second in zip(firsts, seconds, strict=True):
            yuv = compose(first.yuv, second.yuv, split=piece.split, size=self.picture_size)
            yield replace(first, yuv=yuv, second=second)

    def _shots(self, piece: Piece, reader: FilmReader, size: tuple[int, int]) -> Iterator[Picture]:
        window = window_of(reader.facts, piece, aspect=Fraction(*size))
        large = size
        if piece.zoom_to:
            window = window_of(reader.facts, replace(piece, zoom=1.0), aspect=Fraction(*size))
            large = (_even(size[0] * _STILL_DETAIL), _even(size[1] * _STILL_DETAIL))
        shots = film_frames(reader, piece, window=window, size=large, fps=self.fps)
        for k, (seen, pts, end_pts) in enumerate(shots, start=-piece.head):
            yuv = slow_zoom(seen, piece, k, size=size) if piece.zoom_to else seen
            if piece.kind == "film":
                yield Picture(yuv, piece.source, pts, end_pts)
            else:
                yield Picture(yuv)


def _faded(picture: Picture, fade: Fade, *, distance: int) -> Picture:
    level = fade.level(distance)
    if level == 1:
        return picture
    yuv = picture.yuv
    planes = [
        np.round(plane * np.float32(level) + goal * (1 - np.float32(level))).astype(np.uint8)
        for plane, goal in ((yuv.y, fade.luma), (yuv.u, 128), (yuv.v, 128))
    ]
    unseen = level < _SEEN and picture.film != NO_FILM and picture.second is None
    nothing = Picture(yuv) if unseen else picture.second
    return replace(picture, yuv=Yuv(*planes), second=nothing)


def _even(pixels: Fraction | float) -> int:
    return round(pixels / 2) * 2
