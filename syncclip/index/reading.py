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
from syncclip.types import DecodeGap, FrameBlock, PixelRect, VideoReader

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
    info, total = reader.info, reader.info.frames_expected
    blocks = _rest_of_film(reader, journal, crop=crop, output=output)
    last, frames = journal.last(), journal.frames
    saved_s = now_s = -inf if last is None else info.seconds(int(last.pts[-1]))
    report(Progress("Reading movie", frames, total, "frames"))
    for block in _in_order(blocks, last, info.path):
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
    report(Progress("Reading movie", frames, frames, "frames"))  # whatever the header said
    # What is lost after the last frame is not kept in the journal: every run meets it anew.
    return (*journal.gaps, *_gaps_between(reader, now_s, inf))


def _rest_of_film(
    reader: VideoReader, journal: Journal, *, crop: PixelRect, output: Path
) -> Iterator[FrameBlock]:
    """Frames after those in the journal, which is cleared where the reader cannot go on there.

    The last frame is read a second time: only a reader that lands on it, pixel for pixel, can give
    what an unbroken reading gives.
    """
    size, last = journal.size, journal.last()
    if last is not None:
        from_pts = int(last.pts[0])
        blocks = reader.thumbnails(size=size, crop=crop, from_pts=from_pts, block=BLOCK_FRAMES)
        first = next(blocks, None)
        if first is not None and _begins_with(first, last):
            return chain([FrameBlock(first.pts[1:], first.grey[1:])], blocks)
        with writing(output):
            journal.clear()
    return reader.thumbnails(size=size, crop=crop, block=BLOCK_FRAMES)


def _begins_with(block: FrameBlock, frame: FrameBlock) -> bool:
    same_time = np.array_equal(block.pts[:1], frame.pts)
    return same_time and np.array_equal(block.grey[:1], frame.grey)


def _in_order(
    blocks: Iterator[FrameBlock], last: FrameBlock | None, movie: Path
) -> Iterator[FrameBlock]:
    """Blocks that hold frames, sure to come after the last one and each other."""
    before = np.empty(0, np.int64) if last is None else last.pts
    for block in blocks:
        if not len(block.pts):
            continue
        if np.any(np.diff(np.concatenate([before, block.pts])) <= 0):
            raise VideoError(
                f"{shown(movie)}: its timestamps go backwards; remux it with ffmpeg and try again"
            )
        before = block.pts[-1:]
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
