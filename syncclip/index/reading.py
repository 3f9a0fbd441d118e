"""Reading every frame of a movie into the journal, from where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path

import numpy as np

from syncclip.contracts import VideoReader
from syncclip.errors import VideoError
from syncclip.index._messages import shown, writing
from syncclip.index.journal import Journal
from syncclip.index.pictures import PictureTrack
from syncclip.progress import OnProgress, Progress
from syncclip.types import DecodeGap, FrameBlock, PixelRect

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
    pictures: PictureTrack | None = None,
) -> tuple[DecodeGap, ...]:
    """Bring the journal up to the movie's last frame, and a model's track with it.

    Returns:
        All damage met on the way, in this run and in earlier ones.

    Raises:
        OutputError: Where the journal cannot be written.
        VideoError: Where the movie cannot be read or holds no frame.
    """
    try:
        return _read(reader, journal, pictures, crop=crop, output=output, report=report)
    except _Elsewhere:
        with writing(output):
            journal.clear()
            if pictures is not None:
                pictures.restart(journal)
        return _read(reader, journal, pictures, crop=crop, output=output, report=report)


class _Elsewhere(Exception):
    """The reader does not give the frames in the journal again: it cannot go on after them."""


def _read(
    reader: VideoReader,
    journal: Journal,
    pictures: PictureTrack | None,
    *,
    crop: PixelRect,
    output: Path,
    report: OnProgress,
) -> tuple[DecodeGap, ...]:
    info, total = reader.info, reader.info.frames_expected
    last, frames = journal.last_pts(), journal.frames
    saved_s = now_s = -inf if last is None else info.seconds(last)
    report(Progress("Reading movie", frames, total, "frames"))
    blocks = _rest_of_film(reader, journal, pictures, crop=crop, output=output)
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
        if pictures is not None:
            pictures.finish()
    report(Progress("Reading movie", frames, frames, "frames"))  # whatever the header said
    # What is lost after the last frame is not kept in the journal: every run meets it anew.
    return (*journal.gaps, *_gaps_between(reader, now_s, inf))


def _rest_of_film(
    reader: VideoReader,
    journal: Journal,
    pictures: PictureTrack | None,
    *,
    crop: PixelRect,
    output: Path,
) -> Iterator[FrameBlock]:
    """Frames after those in the journal.

    At least its last frame is read a second time: only a reader that lands on it, pixel for pixel,
    can give what an unbroken reading gives. So are those after the first frame whose picture a
    model has not described yet.

    Raises:
        _Elsewhere: Where the reader gives other frames there.
        OutputError: Where the vectors of a model cannot be written.
    """
    from_pts = journal.last_pts()
    if from_pts is not None and pictures is not None and pictures.first_missing_pts is not None:
        from_pts = pictures.first_missing_pts
    known = None if from_pts is None else journal.since(from_pts)
    seen, expected = 0, 0 if known is None else len(known.pts)
    for block in reader.thumbnails(
        size=journal.size,
        crop=crop,
        from_pts=from_pts,
        block=BLOCK_FRAMES,
        colour=None if pictures is None else pictures.wish,
    ):
        again = min(expected - seen, len(block.pts))
        if known is not None and not _same(block, known, seen, again):
            raise _Elsewhere
        seen += again
        if pictures is not None and block.colour is not None:
            with writing(output):
                pictures.add(block.colour)
        yield FrameBlock(block.pts[again:], block.grey[again:])
    if seen < expected:
        raise _Elsewhere


def _same(block: FrameBlock, known: FrameBlock, seen: int, count: int) -> bool:
    """Whether a block begins with frames that are known."""
    part = slice(seen, seen + count)
    same_times = np.array_equal(block.pts[:count], known.pts[part])
    return same_times and np.array_equal(block.grey[:count], known.grey[part])


def _in_order(
    blocks: Iterator[FrameBlock], last_pts: int | None, movie: Path
) -> Iterator[FrameBlock]:
    """Blocks that hold frames, sure to come after the last one and each other."""
    before = np.array([] if last_pts is None else [last_pts], np.int64)
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
