"""A commentary, read once at a small size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import PictureEncoder, VideoReader
from syncclip.matching import Commentary
from syncclip.pipeline.damage import damage_notes
from syncclip.pipeline.querying import PictureQueries
from syncclip.progress import OnProgress, Progress
from syncclip.types import (
    FrameBlock,
    FrameTimes,
    PixelRect,
    StreamInfo,
)
from syncclip.video import find_content, find_transitions, frame_times, open_video, shots_from

__all__ = ["ReadCommentary", "content_aspect", "read_commentary", "read_times"]

STAGE = "Reading commentary"


class Shaped(Protocol):
    """What says how wide its pixels are."""

    @property
    def sample_aspect(self) -> Fraction:
        """Width ÷ height of one pixel."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReadCommentary:
    """What matching and rendering need of a commentary."""

    info: StreamInfo
    times: FrameTimes
    content: PixelRect
    frames: Commentary
    notes: tuple[str, ...]
    shown: Shown | None = None
    """Frames as a model describes them; None without one."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Frames that a model was shown."""

    frames: NDArray[np.int64]
    """(q,) their increasing numbers."""
    vectors: NDArray[np.float32]
    """(2, q, dim) of the pictures, and of them mirrored."""


def content_aspect(info: Shaped, content: PixelRect) -> float:
    """Width ÷ height on screen of a part of the picture."""
    return float(content.w * info.sample_aspect / content.h)


def read_commentary(
    path: Path,
    *,
    size: tuple[int, int],
    reader: str,
    on_progress: OnProgress | None,
    model: PictureEncoder | None = None,
) -> ReadCommentary:
    """Read every frame at a small size, without bars, and find the cuts.

    Args:
        path: The commentary's file.
        size: ``(width, height)`` of the small pictures in pixels.
        reader: Decoder.
        on_progress: Told how far the reading is.
        model: Is shown frames chosen by content, meanwhile.

    Raises:
        VideoError: Where the file cannot be read.
    """
    with open_video(path, reader=reader) as probe:
        content = find_content(probe)
    blocks: list[FrameBlock] = []
    described = None
    with ExitStack() as stack:
        video = stack.enter_context(open_video(path, reader=reader))
        info, queries = video.info, None
        if model is not None:
            queries = stack.enter_context(PictureQueries(model, info))
        wish = None if queries is None else queries.wish
        reading = video.thumbnails(size=size, crop=content, colour=wish)
        for block in _told(video, reading, STAGE, on_progress):
            if queries is not None and block.colour is not None:
                queries.add(block.colour)
            blocks.append(replace(block, colour=None))
        if queries is not None:
            described = queries.finish()
        gaps = tuple(video.gaps)
    times = frame_times(info, np.concatenate([block.pts for block in blocks]))
    pictures = np.concatenate([block.grey for block in blocks])
    notes = damage_notes(path.name, gaps, frame_rate=info.frame_rate, rest="matched")
    shots = shots_from(find_transitions(pictures), len(pictures))
    frames = Commentary(
        pictures,
        times.seconds,
        content_aspect(info, content),
        shots,
        next_s=times.end_s,
    )
    shown = None
    if described is not None:
        pts, vectors = described
        shown = Shown(np.searchsorted(times.pts, pts).astype(np.int64), vectors)
    return ReadCommentary(
        info=info, times=times, content=content, frames=frames, notes=notes, shown=shown
    )


def read_times(
    path: Path, *, reader: str, on_progress: OnProgress | None, stage: str = STAGE
) -> FrameTimes:
    """Times of all frames of a video, by reading it at the smallest size.

    Args:
        path: The video.
        reader: Decoder.
        on_progress: Told how far the reading is.
        stage: Its name.
    """
    with open_video(path, reader=reader) as video:
        blocks = _told(video, video.thumbnails(size=(16, 16)), stage, on_progress)
        return frame_times(video.info, np.concatenate([block.pts for block in blocks]))


def _told(
    video: VideoReader, blocks: Iterable[FrameBlock], stage: str, on_progress: OnProgress | None
) -> Iterator[FrameBlock]:
    """The blocks; how far they are is told, and at their end that it is the end."""
    report = on_progress or (lambda _: None)
    done, total = 0, video.info.frames_expected
    report(Progress(stage, done, total, "frames"))
    for block in blocks:
        done += len(block.pts)
        # A header may promise too few: no end is told before it is reached.
        known = total if total is not None and done < total else None
        report(Progress(stage, done, known, "frames"))
        yield block
    report(Progress(stage, done, done, "frames"))
