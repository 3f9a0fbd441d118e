"""The optional reader: decord, where it is exact; it refuses the files that it gets wrong.

decord 0.6 seeks to wrong frames in open groups of pictures, so every reading starts at the first
frame. It keeps about the whole compressed file in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import av.error
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from syncclip.errors import MissingDependencyError, VideoError
from syncclip.types import (
    ColourFrame,
    ColourWish,
    DecodeGap,
    FrameBlock,
    PixelRect,
    StreamInfo,
)
from syncclip.video._picture import Shrinker, planes_of, to_rgb
from syncclip.video._probe import probe
from syncclip.video._reading import at_times, exactly, in_blocks, small_pictures
from syncclip.video._source import Source, file_url

__all__ = ["DecordReader"]

# In these containers decord's frames were right wherever its times were; MPEG-TS loses the first
# frames with times that look right.
_CONTAINERS = {"mp4", "matroska", "avi"}
_EARLY_END_S = 0.75  # the last frame's own length included
_TIME_SLACK_S = 2e-3  # decord rounds to its container's clock
# Grey levels between the first frame by decord and by PyAV; another frame differs by far more.
_FIRST_FRAME_SLACK = 4.0


class DecordReader:
    """Reads with decord what decord reads exactly; see :class:`syncclip.contracts.VideoReader`.

    Args:
        path: A local file.
        threads: Decoding threads; 0 lets decord choose.

    Raises:
        MissingDependencyError: Where decord is not installed.
        VideoError: Where the file is not a video, or one that decord gets wrong.
    """

    name = "decord"

    def __init__(self, path: str | Path, *, threads: int = 0) -> None:
        self._decord = _import_decord()
        self._info = probe(path)
        self._threads = threads
        # decord turns the picture itself.
        self._upright = replace(self._info, rotation_deg=0)
        self._pts = _packet_times(self._info)
        self._check()

    @property
    def info(self) -> StreamInfo:
        """Facts about the video stream."""
        return self._info

    @property
    def gaps(self) -> Sequence[DecodeGap]:
        """Always empty: damaged files are refused."""
        return ()

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
        reading = self._read(from_pts)
        small = small_pictures(reading, self._upright, size=size, crop=crop, colour=colour)
        yield from in_blocks(small, block)

    def frames(self, pts: Sequence[int]) -> Iterator[ColourFrame]:
        """Full-size frames at exact timestamps; see :class:`syncclip.contracts.VideoReader`."""
        for got, frame in exactly(self._info, pts, self._read):
            yield planes_of(frame, got, self._upright)

    def sample(
        self, times_s: Sequence[float], *, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """RGB frames on screen at these times; see :class:`syncclip.contracts.VideoReader`."""
        for pts, frame in at_times(self._info, times_s, lambda _: self._read(None)):
            yield pts, to_rgb(frame, self._upright, size)

    def close(self) -> None:
        """Release the file: nothing stays open between readings."""

    def __enter__(self) -> DecordReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, from_pts: int | None) -> Iterator[tuple[int, av.VideoFrame]]:
        video = self._open()
        for pts in self._pts.tolist():
            try:
                rgb = video.next().asnumpy()
            except (self._decord.DECORDError, StopIteration, IndexError) as error:
                raise self._refusal("it stops before the end") from error
            if from_pts is None or pts >= from_pts:
                yield pts, self._as_decoded(rgb)

    def _open(self) -> Any:  # noqa: ANN401  decord has no types
        try:
            return self._decord.VideoReader(
                file_url(self._info.path), ctx=self._decord.cpu(0), num_threads=self._threads
            )
        except (self._decord.DECORDError, RuntimeError) as error:
            raise self._refusal("it cannot open the file") from error

    def _as_decoded(self, rgb: NDArray[np.uint8]) -> av.VideoFrame:
        """Undo decord's conversion to RGB, which uses BT.601 whatever the file says."""
        full = self._info.color_range == "pc"
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
            format="yuvj420p" if full else "yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            threads=1,
        )

    def _check(self) -> None:
        """Refuse the file unless decord's frames and times agree with the packets'."""
        if self._info.pixel_format not in ("yuv420p", "yuvj420p"):
            raise self._refusal(f"it would lose picture quality ({self._info.pixel_format})")
        video = self._open()
        if len(video) != len(self._pts):
            raise self._refusal(f"it finds {len(video)} frames of {len(self._pts)}")
        try:
            times = np.asarray(video.get_frame_timestamp(range(len(video))))
            first = self._as_decoded(video[0].asnumpy())
        except (self._decord.DECORDError, IndexError) as error:
            raise self._refusal("it cannot read the first frame") from error
        starts = times.reshape(len(video), -1)[:, 0]
        true = (self._pts - self._pts[0]) * float(self._info.time_base)
        if not np.allclose(starts - starts[0], true, rtol=0, atol=_TIME_SLACK_S):
            raise self._refusal("its times are wrong")
        if self._departure(first) > _FIRST_FRAME_SLACK:
            raise self._refusal("it starts at the wrong frame")

    def _departure(self, first: av.VideoFrame) -> float:
        """Mean grey levels between decord's first frame and PyAV's."""
        from syncclip.video.pyav_reader import PyAVReader

        mine = Shrinker(self._upright, (32, 18), None)(first).astype(float)
        with PyAVReader(self._info.path, threads=1) as reader:
            true = next(reader.thumbnails(size=(32, 18), block=1)).grey[0]
        return float(np.abs(mine - true).mean())

    def _refusal(self, why: str) -> VideoError:
        return VideoError(
            f"decord does not read {str(self._info.path)!r} exactly: {why}; use --reader pyav"
        )


def _import_decord() -> ModuleType:
    try:
        import decord
    except ImportError as error:
        raise MissingDependencyError("decord", extra="decord") from error
    decord.logging.set_level(decord.logging.QUIET)
    return decord  # type: ignore[no-any-return]


def _packet_times(info: StreamInfo) -> NDArray[np.int64]:
    """(n,) timestamps of all frames in presentation order, by the packets alone.

    Raises:
        VideoError: Where the packets show that decord would be wrong.
    """
    refusal = f"decord does not read {str(info.path)!r} exactly: {{}}; use --reader pyav"
    with Source(info.path) as source:
        name = source.container.format.name
        if not _CONTAINERS & set(name.split(",")):
            raise VideoError(refusal.format(f"it is unreliable in {name} files"))
        try:
            packets = [p for p in source.container.demux(source.stream) if p.size]
        except av.error.FFmpegError as error:
            raise VideoError(refusal.format("the file is damaged")) from error
        if any(p.is_discard or p.is_corrupt or p.pts is None for p in packets):
            raise VideoError(refusal.format("some of its frames are edited out or damaged"))
        pts = np.unique(np.array([p.pts for p in packets], np.int64))
        promised = source.end_pts_from_header()
        if promised and len(pts) and (promised - int(pts[-1])) * info.time_base > _EARLY_END_S:
            raise VideoError(refusal.format("the file is cut short"))
    return pts
