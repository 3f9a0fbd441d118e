"""Finer pictures of commentary and movies for a closer look, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.index import MovieIndex
from syncclip.matching import Stretch
from syncclip.pipeline.movies import at_hand
from syncclip.pipeline.sources import movie_refs
from syncclip.types import FrameBlock, PixelRect, VideoReader
from syncclip.video import open_video

__all__ = ["CloseupFiles", "VideoCloseups"]

BLOCK_FRAMES = 16
"""Frames decoded between two looks at whether that was enough."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CloseupFiles:
    """What a process needs to read finer pictures itself."""

    commentary: Path
    content: PixelRect
    pts: NDArray[np.int64]
    """(n,) timestamps of the commentary's frames."""
    size: tuple[int, int]
    """Width and height in pixels of its pictures."""
    finer: int
    """Rows and columns of a movie's picture for each of its signatures'."""
    movies: tuple[Path, ...]
    """Files that the user named."""
    reader: str


class VideoCloseups:
    """Reads finer pictures; see :class:`syncclip.matching.Closeups`.

    Args:
        files: Where they are.
        indexes: The movies, in the order of the matcher's sources.
    """

    def __init__(self, files: CloseupFiles, indexes: Sequence[MovieIndex]) -> None:
        self._files, self._indexes = files, indexes
        self._commentary: VideoReader | None = None
        self._movies: dict[int, VideoReader | None] = {}

    def commentary(self, frames: NDArray[np.int64]) -> NDArray[np.uint8] | None:
        """(n, h, w) pictures of these frames' content; None where they cannot be read again."""
        files = self._files
        if self._commentary is None:
            self._commentary = open_video(files.commentary, reader=files.reader)
        wanted = files.pts[frames]
        read = _read(self._commentary, wanted[[0, -1]], files.size, files.content)
        if read is None:
            return None
        nearest = np.searchsorted(read.pts, wanted)
        return read.grey[np.minimum(nearest, len(read.pts) - 1)]

    def movie(self, source: int, start_s: float, end_s: float) -> Stretch | None:
        """Frames on screen in a span; None where the movie is not at hand."""
        if source not in self._movies:
            self._movies[source] = self._opened(source)
        movie, index = self._movies[source], self._indexes[source]
        times = index.times
        ends = np.searchsorted(times.seconds, [start_s, end_s], side="right") - 1
        if movie is None or ends[1] < 0:
            return None
        rows, columns = index.signatures.shape[1:]
        size = (columns * self._files.finer, rows * self._files.finer)
        read = _read(movie, times.pts[np.maximum(ends, 0)], size, index.manifest.content)
        if read is None:
            return None
        numbers = np.minimum(np.searchsorted(times.pts, read.pts), len(times.pts) - 1)
        known = times.pts[numbers] == read.pts
        return Stretch(read.grey[known], times.seconds[numbers[known]])

    def _opened(self, source: int) -> VideoReader | None:
        library = movie_refs(self._indexes)
        path = at_hand(library[source], library, self._files.movies)
        return None if path is None else open_video(path, reader=self._files.reader)


def _read(
    video: VideoReader, ends: NDArray[np.int64], size: tuple[int, int], crop: PixelRect
) -> FrameBlock | None:
    """Every frame from one timestamp to another, and a few more; None where none can be read."""
    first, last = (int(pts) for pts in ends)
    blocks: list[FrameBlock] = []
    try:
        for block in video.thumbnails(size=size, crop=crop, from_pts=first, block=BLOCK_FRAMES):
            if len(block.pts):
                blocks.append(block)
                if block.pts[-1] >= last:
                    break
    except VideoError:
        return None
    if not blocks:
        return None
    return FrameBlock(
        np.concatenate([block.pts for block in blocks]),
        np.concatenate([block.grey for block in blocks]),
    )
