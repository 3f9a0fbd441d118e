"""A commentary, read once at a small size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from syncclip.matching import Commentary
from syncclip.progress import OnProgress, Progress
from syncclip.types import FrameTimes, PixelRect, StreamInfo
from syncclip.video import find_content, find_transitions, frame_times, open_video, shots_from

__all__ = ["ReadCommentary", "content_aspect", "read_commentary", "read_times"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReadCommentary:
    """What matching and rendering need of a commentary."""

    info: StreamInfo
    times: FrameTimes
    content: PixelRect
    frames: Commentary
    notes: tuple[str, ...]


def content_aspect(info: StreamInfo, content: PixelRect) -> float:
    """Width ÷ height on screen of a part of the picture."""
    return float(content.w * info.sample_aspect / content.h)


def read_commentary(
    path: Path, *, size: tuple[int, int], reader: str, on_progress: OnProgress | None
) -> ReadCommentary:
    """Read every frame at a small size, without bars, and find the cuts.

    Args:
        path: The commentary's file.
        size: ``(width, height)`` of the small pictures in pixels.
        reader: Decoder.
        on_progress: Told how far the reading is.

    Raises:
        VideoError: Where the file cannot be read.
    """
    report = on_progress or (lambda _: None)
    with open_video(path, reader=reader) as probe:
        content = find_content(probe)
    with open_video(path, reader=reader) as video:
        info = video.info
        pts, grey, done = [], [], 0
        for block in video.thumbnails(size=size, crop=content):
            pts.append(block.pts)
            grey.append(block.grey)
            done += len(block.pts)
            report(Progress("Reading commentary", done, info.frames_from_header, "frames"))
        gaps = tuple(video.gaps)
    times = frame_times(info, np.concatenate(pts))
    pictures = np.concatenate(grey)
    notes = (
        (f"{path.name} is damaged in {len(gaps)} places; what could be decoded was matched",)
        if gaps
        else ()
    )
    shots = shots_from(find_transitions(pictures), len(pictures))
    frames = Commentary(pictures, times.seconds, content_aspect(info, content), shots)
    return ReadCommentary(info=info, times=times, content=content, frames=frames, notes=notes)


def read_times(path: Path, *, reader: str) -> FrameTimes:
    """Times of all frames of a video, by reading it at the smallest size."""
    with open_video(path, reader=reader) as video:
        pts = [block.pts for block in video.thumbnails(size=(16, 16))]
        return frame_times(video.info, np.concatenate(pts))
