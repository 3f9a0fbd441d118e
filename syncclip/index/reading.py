"""Reading every frame of a movie into the journal, from where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import inf
from pathlib import Path

import numpy as np

from syncclip.errors import VideoError
from syncclip.index._messages import shown, writing
from syncclip.index.journal import Journal
from syncclip.progress import OnProgress, Progress
from syncclip.types import DecodeGap, FrameBlock, PixelRect, StreamInfo, VideoReader

__all__ = ["read_frames"]

SAME_TIME_S = 1e-6
BLOCK_FRAMES = 64
"""Frames between two words of progress: about a second of decoding of a 4K film."""


def read_frames(
    reader: VideoReader,
    journal: Journal,
    *,
    crop: PixelRect,
    output: Path,
    report: OnProgress,
) -> tuple[DecodeGap, ...]:
    """Bring the journal up to the movie's last frame.

    Returns:
        All damage met on the way, in this run and in earlier ones.

    Raises:
        OutputError: Where the journal cannot be written.
        VideoError: Where the movie cannot be read or holds no frame.
    """
    info, size, last = reader.info, journal.size, journal.last()
    blocks = _from(reader, last, size=size, crop=crop)
    if blocks is None:
        with writing(output):
            journal.clear()
        last, blocks = None, reader.thumbnails(size=size, crop=crop, block=BLOCK_FRAMES)
    last_pts = None if last is None else int(last.pts[-1])
    saved_s = now_s = -inf if last_pts is None else info.seconds(last_pts)
    frames, total = journal.frames, _expected_frames(info)
    report(Progress("Reading movie", frames, total, "frames"))
    for block in _checked(blocks, last_pts, info.path):
        full = journal.append(block)
        frames, now_s = frames + len(block.pts), info.seconds(int(block.pts[-1]))
        if full:
            with writing(output):
                journal.flush(_gaps_between(reader, saved_s, now_s))
            saved_s = now_s
        report(Progress("Reading movie", frames, total, "frames"))
    if not frames:
        raise VideoError(f"{shown(info.path)}: no frame can be decoded; is the file complete?")
    with writing(output):
        journal.flush(_gaps_between(reader, saved_s, now_s))
    # What is lost after the last frame is not kept in the journal: every run meets it anew.
    return (*journal.gaps, *_gaps_between(reader, now_s, inf))


def _from(
    reader: VideoReader, last: FrameBlock | None, *, size: tuple[int, int], crop: PixelRect
) -> Iterator[FrameBlock] | None:
    """Frames after the last one known; None where the movie does not give that one again.

    The last frame is read a second time: only a reader that lands on it, pixel for pixel, can give
    what an unbroken reading gives.
    """
    if last is None:
        return reader.thumbnails(size=size, crop=crop, block=BLOCK_FRAMES)
    from_pts = int(last.pts[0])
    blocks = reader.thumbnails(size=size, crop=crop, from_pts=from_pts, block=BLOCK_FRAMES)
    first = next(blocks, None)
    if first is None or first.pts[0] != last.pts[0] or np.any(first.grey[0] != last.grey[0]):
        return None
    return chain([FrameBlock(first.pts[1:], first.grey[1:])], blocks)


def _checked(
    blocks: Iterator[FrameBlock], last_pts: int | None, movie: Path
) -> Iterator[FrameBlock]:
    """Blocks that hold frames, sure to be in order."""
    for block in blocks:
        if not len(block.pts):
            continue
        pts = block.pts if last_pts is None else np.insert(block.pts, 0, last_pts)
        if np.any(np.diff(pts) <= 0):
            raise VideoError(
                f"{shown(movie)}: its timestamps go backwards; remux it with ffmpeg and try again"
            )
        last_pts = int(block.pts[-1])
        yield block


def _gaps_between(reader: VideoReader, from_s: float, to_s: float) -> list[DecodeGap]:
    """Damage after a frame shown in ``[from_s, to_s)``, one record for each place.

    By time, because a reader that goes on in the middle meets damage before that place again.
    """
    places = {gap.after_s: gap for gap in reader.gaps}
    return [
        places[after_s]
        for after_s in sorted(places)
        if from_s - SAME_TIME_S <= after_s < to_s - SAME_TIME_S
    ]


def _expected_frames(info: StreamInfo) -> float | None:
    if info.frames_from_header:
        return info.frames_from_header
    if info.duration_s_from_header:
        return round(info.duration_s_from_header * info.frame_rate)
    return None
