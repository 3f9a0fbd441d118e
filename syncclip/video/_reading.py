"""What every reader does with a run of ``(pts, frame)``: gathers blocks, picks frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import av
import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.types import ColourBlock, ColourWish, FrameBlock, PixelRect, StreamInfo
from syncclip.video._picture import Shrinker

__all__ = ["at_times", "exactly", "in_blocks", "small_pictures"]

Reading = Iterator[tuple[int, av.VideoFrame]]
# Reading on is cheaper than a seek over holes shorter than this: a seek decodes up to a group of
# pictures again, or two.
_SEEK_OVER_S = 3.0


Picture = NDArray[np.uint8]
Small = tuple[int, Picture, Picture | None]
"""Timestamp, grey picture, and the colour picture where one is wanted."""


def small_pictures(
    reading: Iterable[tuple[int, av.VideoFrame]],
    info: StreamInfo,
    *,
    size: tuple[int, int],
    crop: PixelRect | None,
    colour: ColourWish | None,
) -> Iterator[Small]:
    """Shrink every frame in grey, and those that are wanted in colour too.

    Args:
        reading: Frames with their timestamps.
        info: The stream that they come from.
        size: ``(width, height)`` of the grey pictures.
        crop: Part of the displayed picture; the whole picture by default.
        colour: Frames to shrink in colour as well.
    """
    shrink = Shrinker(info, size, crop)
    paint = None if colour is None else Shrinker(info, colour.size, crop, colour=True)
    for pts, frame in reading:
        grey = shrink(frame)
        wanted = paint is not None and colour is not None and colour.wanted(pts, grey)
        yield pts, grey, paint(frame) if paint is not None and wanted else None


def in_blocks(pictures: Iterable[Small], block: int) -> Iterator[FrameBlock]:
    """Gather pictures into blocks of at most ``block``."""
    gathered: list[Small] = []
    for picture in pictures:
        gathered.append(picture)
        if len(gathered) == block:
            yield _as_block(gathered)
            gathered = []
    if gathered:
        yield _as_block(gathered)


def _as_block(pictures: Sequence[Small]) -> FrameBlock:
    coloured = [(pts, rgb) for pts, _, rgb in pictures if rgb is not None]
    colour = None
    if coloured:
        times = np.array([pts for pts, _ in coloured], np.int64)
        colour = ColourBlock(times, np.stack([rgb for _, rgb in coloured]))
    times = np.array([pts for pts, _, _ in pictures], np.int64)
    return FrameBlock(times, np.stack([grey for _, grey, _ in pictures]), colour)


def exactly(info: StreamInfo, wanted: Sequence[int], read: Callable[[int], Reading]) -> Reading:
    """The frames at these increasing timestamps; seeks over large holes.

    Args:
        info: The stream.
        wanted: Timestamps.
        read: Starts a reading at or before a timestamp.

    Raises:
        VideoError: Where a timestamp has no frame.
    """
    reading: Reading | None = None
    here = 0
    for want in map(int, wanted):
        if reading is None or _is_far(info, here, want):
            reading = read(want)
        found = next(((pts, frame) for pts, frame in reading if pts >= want), None)
        if found is None or found[0] != want:
            raise VideoError(
                f"{str(info.path)!r} has no frame at timestamp {want} "
                f"({info.seconds(want):.3f} s); if the file has changed, index it again"
            )
        here = want
        yield found


def at_times(info: StreamInfo, times_s: Sequence[float], read: Callable[[int], Reading]) -> Reading:
    """The frames on screen at these increasing times; the first frame before it begins.

    Raises:
        VideoError: Where nothing can be read.
    """
    slack_s = 1e-3 / float(info.frame_rate)
    reading: Reading | None = None
    shown: tuple[int, av.VideoFrame] | None = None
    following: tuple[int, av.VideoFrame] | None = None
    for time_s in times_s:
        want = info.start_pts + int((time_s + slack_s) // float(info.time_base))
        if reading is None or (following and _is_far(info, following[0], want)):
            reading = read(want)
            shown = following = next(reading, None) or shown
        while following is not None and following[0] <= want:
            shown, following = following, next(reading, None)
        if shown is None:
            raise VideoError(f"nothing of {str(info.path)!r} can be read at {time_s:.3f} s")
        yield shown


def _is_far(info: StreamInfo, here: int, there: int) -> bool:
    return (there - here) * info.time_base > _SEEK_OVER_S
