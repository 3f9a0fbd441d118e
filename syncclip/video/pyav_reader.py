"""The default reader: PyAV, which is FFmpeg's own libraries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.types import ColourFrame, DecodeGap, FrameBlock, PixelRect, StreamInfo
from syncclip.video._decoder import Decoder, Gaps
from syncclip.video._picture import Shrinker, planes_of, to_rgb
from syncclip.video._probe import probe
from syncclip.video._source import Source

__all__ = ["PyAVReader"]

# Reading on is cheaper than a seek over holes shorter than this: a seek decodes up to two groups
# of pictures again.
_SEEK_OVER_S = 8.0


class PyAVReader:
    """Reads every format that FFmpeg reads; see :class:`syncclip.types.VideoReader`.

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
    ) -> Iterator[FrameBlock]:
        """Every frame as a small grey picture; see :class:`syncclip.types.VideoReader`."""
        shrink = Shrinker(self._info, size, crop)
        pts_run: list[int] = []
        grey_run: list[NDArray[np.uint8]] = []
        for pts, frame in self._read(from_pts):
            if from_pts is not None and pts < from_pts:
                continue
            pts_run.append(pts)
            grey_run.append(shrink(frame))
            if len(pts_run) == block:
                yield FrameBlock(np.array(pts_run, np.int64), np.stack(grey_run))
                pts_run, grey_run = [], []
        if pts_run:
            yield FrameBlock(np.array(pts_run, np.int64), np.stack(grey_run))

    def frames(self, pts: Sequence[int]) -> Iterator[ColourFrame]:
        """Full-size frames at exact timestamps; see :class:`syncclip.types.VideoReader`."""
        wanted = [int(value) for value in pts]
        for want, (got, frame) in zip(wanted, self._at_or_after(wanted), strict=True):
            if got != want or frame is None:
                raise VideoError(
                    f"{str(self._info.path)!r} has no frame at timestamp {want} "
                    f"({self._info.seconds(want):.3f} s); index it again"
                )
            yield planes_of(frame, got, self._info)

    def sample(
        self, times_s: Sequence[float], *, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """RGB frames on screen at these times; see :class:`syncclip.types.VideoReader`."""
        unit = float(self._info.time_base)
        slack_s = 1e-3 / float(self._info.frame_rate)
        reading: Iterator[tuple[int, av.VideoFrame]] | None = None
        shown: tuple[int, av.VideoFrame] | None = None
        following: tuple[int, av.VideoFrame] | None = None
        for time_s in times_s:
            want = self._info.start_pts + int(np.floor((time_s + slack_s) / unit))
            if reading is None or (following and self._is_far(following[0], want)):
                reading = self._read(want)
                shown = following = next(reading, None)
            while following is not None and following[0] <= want:
                shown, following = following, next(reading, None)
            if shown is None:
                raise VideoError(f"{str(self._info.path)!r} could not be read at {time_s:.3f} s")
            yield shown[0], to_rgb(shown[1], self._info, size)

    def close(self) -> None:
        """Release the file."""
        for source in tuple(self._open):
            source.close()
        self._open.clear()

    def __enter__(self) -> PyAVReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_far(self, here: int, there: int) -> bool:
        return (there - here) * self._info.time_base > _SEEK_OVER_S

    def _at_or_after(self, wanted: Sequence[int]) -> Iterator[tuple[int, av.VideoFrame | None]]:
        """For each timestamp the first frame at or after it; None where the film has ended."""
        reading: Iterator[tuple[int, av.VideoFrame]] | None = None
        here = 0
        for want in wanted:
            if reading is None or self._is_far(here, want):
                reading = self._read(want)
            here, frame = next(((p, f) for p, f in reading if p >= want), (want, None))
            yield here, frame

    def _read(self, near_pts: int | None) -> Iterator[tuple[int, av.VideoFrame]]:
        source = Source(self._info.path, threads=self._threads)
        self._open.add(source)
        try:
            yield from Decoder(source, self._info, self._gaps).frames(near_pts=near_pts)
        finally:
            self._open.discard(source)
            source.close()
