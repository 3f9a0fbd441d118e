"""The default reader: PyAV, which is FFmpeg's own libraries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from syncclip.types import (
    ColourFrame,
    ColourWish,
    DecodeGap,
    FrameBlock,
    PixelRect,
    StreamInfo,
)
from syncclip.video._damage import Gaps
from syncclip.video._decoder import Decoder
from syncclip.video._picture import planes_of, to_rgb
from syncclip.video._probe import probe
from syncclip.video._reading import at_times, exactly, in_blocks, small_pictures
from syncclip.video._source import Source

__all__ = ["PyAVReader"]


class PyAVReader:
    """Reads every format that FFmpeg reads; see :class:`syncclip.contracts.VideoReader`.

    Each reading opens the file for itself, so that several may run side by side.

    Args:
        path: A local file.
        threads: Decoding threads; 0 lets FFmpeg choose.

    Raises:
        VideoError: Where the file is not a video with at least one frame.
    """

    name = "pyav"

    def __init__(self, path: str | Path, *, threads: int = 0) -> None:
        self._info = probe(path)
        self._threads = threads
        self._gaps = Gaps()
        self._open: set[Source] = set()

    @property
    def info(self) -> StreamInfo:
        """Facts about the video stream."""
        return self._info

    @property
    def gaps(self) -> Sequence[DecodeGap]:
        """Damage met so far while reading."""
        return self._gaps()

    def thumbnails(
        self,
        *,
        size: tuple[int, int],
        crop: PixelRect | None = None,
        from_pts: int | None = None,
        block: int = 256,
        colour: ColourWish | None = None,
    ) -> Iterator[FrameBlock]:
        """Every frame as a small grey picture; see :class:`syncclip.contracts.VideoReader`."""
        kept = (
            (pts, frame)
            for pts, frame in self._read(from_pts)
            if from_pts is None or pts >= from_pts
        )
        small = small_pictures(kept, self._info, size=size, crop=crop, colour=colour)
        yield from in_blocks(small, block)

    def frames(self, pts: Sequence[int]) -> Iterator[ColourFrame]:
        """Full-size frames at exact timestamps; see :class:`syncclip.contracts.VideoReader`."""
        for got, frame in exactly(self._info, pts, self._read):
            yield planes_of(frame, got, self._info)

    def sample(
        self, times_s: Sequence[float], *, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """RGB frames on screen at these times; see :class:`syncclip.contracts.VideoReader`."""
        for pts, frame in at_times(self._info, times_s, self._read):
            yield pts, to_rgb(frame, self._info, size)

    def close(self) -> None:
        """Release the file."""
        for source in tuple(self._open):
            source.close()
        self._open.clear()

    def __enter__(self) -> PyAVReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, near_pts: int | None) -> Iterator[tuple[int, av.VideoFrame]]:
        source = Source(self._info.path, threads=self._threads)
        self._open.add(source)
        try:
            yield from Decoder(source, self._info, self._gaps).frames(near_pts=near_pts)
        finally:
            self._open.discard(source)
            source.close()
