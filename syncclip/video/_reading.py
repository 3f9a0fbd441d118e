"""What every reader does with a run of ``(pts, frame)``: gathers blocks, picks frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import av
import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.types import FrameBlock, StreamInfo

__all__ = ["at_times", "exactly", "in_blocks"]

Reading = Iterator[tuple[int, av.VideoFrame]]
# Reading on is cheaper than a seek over holes shorter than this: a seek decodes up to two groups
# of pictures again.
_SEEK_OVER_S = 8.0


def in_blocks(
    pictures: Iterable[tuple[int, NDArray[np.uint8]]], block: int
) -> Iterator[FrameBlock]:
    """Gather grey pictures into blocks of at most ``block``."""
    pts: list[int] = []
    grey: list[NDArray[np.uint8]] = []
    for time, picture in pictures:
        pts.append(time)
        grey.append(picture)
        if len(pts) == block:
            yield FrameBlock(np.array(pts, np.int64), np.stack(grey))
            pts, grey = [], []
    if pts:
        yield FrameBlock(np.array(pts, np.int64), np.stack(grey))


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
