"""Finer pictures of commentary and movies for a closer look, read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import VideoReader
from syncclip.errors import VideoError
from syncclip.index import MovieIndex
from syncclip.matching import Stretch
from syncclip.pipeline.movies import at_hand
from syncclip.pipeline.shared import PictureCache
from syncclip.pipeline.sources import movie_refs
from syncclip.types import FrameBlock, PixelRect
from syncclip.video import open_video

__all__ = ["CloseupFiles", "VideoCloseups", "read_pictures"]

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
    """Width and height in pixels of the pictures that the search has of it."""
    offered: Mapping[str, Path]
    """Movies that the user named, by fingerprint."""
    finest: int
    """Rows and columns of a picture that is read for each that the search has: decoding takes the
    time, and what is asked for at a coarser size later or before is averaged from these."""
    threads: int = 0
    """Decoding threads of each process; 0 lets the decoder choose."""


class VideoCloseups:
    """Reads finer pictures; see :class:`syncclip.matching.Closeups`.

    Args:
        files: Where they are.
        indexes: The movies, in the order of the matcher's sources.
        pictures: Of movies, read before.
    """

    def __init__(
        self, files: CloseupFiles, indexes: Sequence[MovieIndex], pictures: PictureCache
    ) -> None:
        self._files, self._indexes, self._pictures = files, indexes, pictures
        self._commentary: VideoReader | None = None
        self._last: tuple[bytes, NDArray[np.uint8] | None] | None = None
        """Of the commentary, as several places of the same frames are looked at."""
        self._movies: dict[int, VideoReader | None] = {}

    def commentary(self, frames: NDArray[np.int64], finer: int) -> NDArray[np.uint8] | None:
        """(n, h, w) pictures of these frames' content; None where they cannot be read again."""
        files, asked = self._files, frames.tobytes()
        if self._last is None or self._last[0] != asked:
            if self._commentary is None:
                self._commentary = _opened(files.commentary, files.threads)
            wanted = files.pts[frames]
            size = (files.size[0] * files.finest, files.size[1] * files.finest)
            read = _read(self._commentary, wanted, size, files.content)
            known = read is not None and np.array_equal(read.pts, wanted)
            self._last = asked, read.grey if read is not None and known else None
        grey = self._last[1]
        return None if grey is None else _averaged(grey, files.finest // finer)

    def movie(self, source: int, start_s: float, end_s: float, finer: int) -> Stretch | None:
        """Frames on screen in a span; None where the movie is not at hand."""
        if source not in self._movies:
            (movie_ref,) = movie_refs([self._indexes[source]])
            path = at_hand(movie_ref, self._files.offered)
            self._movies[source] = _opened(path, self._files.threads)
        movie, index = self._movies[source], self._indexes[source]
        times = index.times
        ends = np.searchsorted(times.seconds, [start_s, end_s], side="right") - 1
        if movie is None or ends[1] < 0:
            return None
        rows, columns = index.signatures.shape[1:]
        finest = self._files.finest
        size = (columns * finest, rows * finest)
        wanted = times.pts[max(ends[0], 0) : ends[1] + 1]
        of = (index.manifest.fingerprint, index.manifest.content, size)
        pictures = self._pictures.known(of, wanted)
        missing = np.array([at for at in wanted.tolist() if at not in pictures], dtype=np.int64)
        if len(missing):
            read = _read(movie, missing, size, index.manifest.content)
            if read is None:
                return None
            self._pictures.keep(of, read)
            pictures |= zip(read.pts.tolist(), read.grey, strict=True)
        pts = np.array(sorted(pictures))
        grey = np.stack([pictures[at] for at in pts.tolist()])
        seconds = times.seconds[np.searchsorted(times.pts, pts)]
        return Stretch(_averaged(grey, finest // finer), seconds)


def read_pictures(files: CloseupFiles) -> NDArray[np.uint8] | None:
    """(n, h, w) grey pictures of all frames' content; None where they cannot be read again."""
    video = _opened(files.commentary, files.threads)
    if video is None:
        return None
    with video:
        read = _read(video, files.pts, files.size, files.content)
    return read.grey if read is not None and np.array_equal(read.pts, files.pts) else None


def _averaged(grey: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """(n, h / count, w / count) means of (n, h, w) pictures, rounded."""
    if count == 1:
        return grey
    n, height, width = grey.shape
    boxes = grey.reshape(n, height // count, count, width // count, count)
    total = np.einsum("nhawb->nhw", boxes, dtype=np.uint16)
    mean: NDArray[np.uint8] = ((total + count * count // 2) // (count * count)).astype(np.uint8)
    return mean


def _opened(path: Path | None, threads: int) -> VideoReader | None:
    """A reader that seeks, whichever read the rest; None where it cannot read the file."""
    try:
        return None if path is None else open_video(path, threads=threads)
    except VideoError:
        return None


def _read(
    video: VideoReader | None, wanted: NDArray[np.int64], size: tuple[int, int], crop: PixelRect
) -> FrameBlock | None:
    """The frames at these timestamps that can be read; None where none can."""
    if video is None or not len(wanted):
        return None
    first, last = int(wanted[0]), int(wanted[-1])
    blocks: list[FrameBlock] = []
    try:
        for block in video.thumbnails(size=size, crop=crop, from_pts=first, block=BLOCK_FRAMES):
            chosen = np.isin(block.pts, wanted)
            blocks.append(FrameBlock(block.pts[chosen], block.grey[chosen]))
            if len(block.pts) and block.pts[-1] >= last:
                break
    except VideoError:
        return None
    if not any(len(block.pts) for block in blocks):
        return None
    return FrameBlock(
        np.concatenate([block.pts for block in blocks]),
        np.concatenate([block.grey for block in blocks]),
    )
