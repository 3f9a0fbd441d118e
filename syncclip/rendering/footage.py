"""The videos that a result is made from, and which of them sets its size."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.config import RenderConfig
from syncclip.contracts import VideoReader
from syncclip.errors import ResultError
from syncclip.rendering.geometry import frame_size, place
from syncclip.rendering.plan import Layer, Source
from syncclip.rendering.slate import black, slate, slate_text
from syncclip.result import MatchResult, MovieRef, Segment
from syncclip.types import PixelRect, StreamInfo

__all__ = ["Footage", "OpenVideo", "SourceFile", "load_footage"]

OpenVideo = Callable[[Path], VideoReader]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A video that pictures are taken from."""

    path: Path
    info: StreamInfo
    content: PixelRect
    """Its picture without bars."""
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """All that a plan's layers are made from."""

    commentary: SourceFile
    movies: Mapping[str, SourceFile]
    segments: tuple[Segment, ...]
    size: tuple[int, int]
    """Width and height of the result."""
    fill: bool
    """True where the commentary's crop fills the result (``framing="commentary"``)."""

    def file_of(self, layer: Layer) -> SourceFile | None:
        """The video a layer shows; None for a still."""
        if layer.source is Source.MOVIE:
            assert layer.movie is not None
            return self.movies[layer.movie]
        return self.commentary if layer.source is Source.COMMENTARY else None

    @property
    def commentary_box(self) -> PixelRect:
        """Where the commentary's content rectangle would stand in the result."""
        shot = self.commentary
        return place(shot.content, shot.info.sample_aspect, self.size, fill=self.fill).box

    def still(self, layer: Layer) -> NDArray[np.uint8]:
        """(height, width, 3) RGB picture of a layer that shows no video."""
        if layer.source is Source.BLACK:
            return black(self.size)
        segment = self.segments[layer.segment]
        return slate(self.size, slate_text(segment.start_s, segment.end_s))


def load_footage(
    result: MatchResult,
    *,
    commentary: Path,
    movies: Mapping[str, Path],
    config: RenderConfig,
    open_video: OpenVideo,
) -> tuple[Footage, StreamInfo]:
    """What pictures are taken from, and the movie that sets size and colour: the most used one.

    Raises:
        InputError: Where a file cannot be used.
        ResultError: Where a movie's picture has another size than the one matched.
    """
    shot = SourceFile(
        path=commentary,
        info=_info(open_video, commentary),
        content=result.content,
        fingerprint=result.commentary_fingerprint,
    )
    files = {
        ref.name: _movie_file(ref, movies[ref.name], open_video)
        for ref in result.movies
        if ref.name in movies
    }
    main = _main_movie(result, files) or shot
    size = frame_size(
        main.info,
        content=main.content,
        commentary_aspect=float(result.content.w * shot.info.sample_aspect / result.content.h),
        framing=config.framing,
    )
    footage = Footage(
        commentary=shot,
        movies=files,
        segments=result.segments,
        size=size,
        fill=config.framing == "commentary",
    )
    return footage, main.info


def _info(open_video: OpenVideo, path: Path) -> StreamInfo:
    with contextlib.closing(open_video(path)) as reader:
        return reader.info


def _movie_file(ref: MovieRef, path: Path, open_video: OpenVideo) -> SourceFile:
    info = _info(open_video, path)
    if (info.width_px, info.height_px) != (ref.width_px, ref.height_px):
        raise ResultError(
            f"{str(path)!r} has {info.width_px}x{info.height_px} pixels, the movie matched had "
            f"{ref.width_px}x{ref.height_px}; give that one, or index this one and match again"
        )
    return SourceFile(path=path, info=info, content=ref.content, fingerprint=ref.fingerprint)


def _main_movie(result: MatchResult, files: Mapping[str, SourceFile]) -> SourceFile | None:
    """The movie shown longest; the first one where none is shown; None where there is none."""
    shown: collections.Counter[str] = collections.Counter()
    for segment in result.shown:
        assert segment.movie is not None
        shown[segment.movie] += segment.end_frame - segment.start_frame
    missing = shown.keys() - files.keys()
    if missing:
        raise ResultError(f"the result shows {min(missing)!r}, but no such movie was given; add it")
    if shown:
        return files[shown.most_common(1)[0][0]]
    return next(iter(files.values()), None)
