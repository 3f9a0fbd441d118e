"""Frames of one piece at commentary size (crop, zoom, mirror), and the grading of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from benchmarks.films import FilmFacts, FilmReader
from benchmarks.paint import Yuv
from benchmarks.piece import Piece

__all__ = [
    "Grading",
    "Window",
    "bar_height",
    "film_frames",
    "to_yuv",
    "window_of",
    "with_blurred_bars",
]


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a film's picture that is shown, in pixels (all even)."""

    x: int
    y: int
    w: int
    h: int

    def fractions(self, facts: FilmFacts) -> tuple[float, float, float, float]:
        """The same in fractions of the picture."""
        width, height = facts.width_px, facts.height_px
        return self.x / width, self.y / height, self.w / width, self.h / height


def window_of(facts: FilmFacts, piece: Piece, *, aspect: Fraction) -> Window:
    """The largest window of an aspect, made smaller by the zoom, where the piece wants it."""
    shape = aspect / facts.sample_aspect
    width = min(Fraction(facts.width_px), facts.height_px * shape)
    w = _even(float(width) / piece.zoom)
    h = _even(float(width / shape) / piece.zoom)
    room_x, room_y = facts.width_px - w, facts.height_px - h
    return Window(_even(room_x * piece.at[0]), _even(room_y * piece.at[1]), w, h)


def _even(pixels: float) -> int:
    return int(pixels / 2 + 0.25) * 2


def film_frames(
    reader: FilmReader, piece: Piece, *, window: Window, size: tuple[int, int], fps: Fraction
) -> Iterator[tuple[Yuv, int, int]]:
    """``(picture, pts, end_pts)`` of every commentary frame of a piece, heads and tails too."""
    graph: Graph | None = None
    picture: Yuv | None = None
    last_pts: int | None = None
    for k in range(-piece.head, piece.frames + piece.tail):
        shown = reader.at(piece.source_s(k, fps))
        if shown.pts != last_pts or picture is None:
            graph = graph or _graph(shown.frame, reader, window, size, mirrored=piece.mirrored)
            graph.push(shown.frame)
            out = graph.pull()
            assert isinstance(out, VideoFrame)
            picture, last_pts = to_yuv(out), shown.pts
        yield picture, shown.pts, shown.end_pts


def _graph(
    frame: VideoFrame, reader: FilmReader, window: Window, size: tuple[int, int], *, mirrored: bool
) -> Graph:
    graph = Graph()
    steps = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=reader.facts.time_base,
        ),
        graph.add("crop", f"{window.w}:{window.h}:{window.x}:{window.y}"),
        graph.add("scale", f"{size[0]}:{size[1]}:flags=bicubic"),
        *([graph.add("hflip")] if mirrored else []),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def to_yuv(frame: VideoFrame) -> Yuv:
    """The planes of a yuv420p frame."""
    height, width = frame.height, frame.width
    stacked: NDArray[np.uint8] = frame.to_ndarray().astype(np.uint8, copy=False)
    chroma = stacked[height:].reshape(2, height // 2, width // 2)
    return Yuv(stacked[:height], chroma[0], chroma[1])


def with_blurred_bars(picture: Yuv, height_px: int) -> Yuv:
    """A taller picture: the same one in the middle, a blurred and enlarged copy behind it."""
    top = bar_height(picture.y.shape[0], height_px)
    return Yuv(
        _behind(picture.y, height_px, top=top),
        _behind(picture.u, height_px // 2, top=top // 2),
        _behind(picture.v, height_px // 2, top=top // 2),
    )


def bar_height(picture_px: int, height_px: int) -> int:
    """Rows above a picture in the middle of a taller one: even, for the chroma's sake."""
    return (height_px - picture_px) // 4 * 2


def _behind(plane: NDArray[np.uint8], tall: int, *, top: int) -> NDArray[np.uint8]:
    height, width = plane.shape
    seen = min(round(width * height / tall), width)
    left = (width - seen) // 2
    middle = np.ascontiguousarray(plane[:, left : left + seen])
    # Few pixels, interpolated back to many, are a cheap strong blur.
    coarse = VideoFrame.from_ndarray(middle, "gray").reformat(18, 32, interpolation="AREA")
    blurred = coarse.reformat(width, tall, interpolation="BICUBIC")
    result = blurred.to_ndarray().astype(np.uint8)
    result[top : top + height] = plane
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Grading:
    """Gamma, contrast, brightness, saturation and tint as tables of 256 levels."""

    luma: NDArray[np.uint8]
    blue: NDArray[np.uint8]
    red: NDArray[np.uint8]

    @staticmethod
    def draw(strength: float, rng: np.random.Generator) -> Grading:
        """A random grading; 0 is none, 1 is strong."""
        gamma = 2.0 ** (strength * rng.uniform(-0.6, 0.6))
        contrast = 1 + strength * rng.uniform(-0.25, 0.25)
        brightness = strength * rng.uniform(-0.08, 0.08)
        saturation = 1 + strength * rng.uniform(-0.5, 0.4)
        levels = np.clip((np.arange(256) - 16) / 219, 0, 1) ** gamma
        luma = 16 + 219 * np.clip((levels - 0.5) * contrast + 0.5 + brightness, 0, 1)
        chroma = [
            np.clip(128 + (np.arange(256) - 128) * saturation + strength * tint, 16, 240)
            for tint in rng.uniform(-16, 16, 2)
        ]
        if strength == 0:  # not even the rounding
            luma, chroma = np.arange(256.0), [np.arange(256.0)] * 2
        return Grading(*(np.round(table).astype(np.uint8) for table in (luma, *chroma)))

    def apply(self, picture: Yuv) -> Yuv:
        """A graded copy."""
        return Yuv(self.luma[picture.y], self.blue[picture.u], self.red[picture.v])
