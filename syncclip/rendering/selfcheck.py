"""Compares the finished video with the commentary, frame by frame."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from syncclip.config import RenderConfig
from syncclip.progress import OnProgress, Progress
from syncclip.rendering.footage import Footage, OpenVideo, load_footage
from syncclip.rendering.geometry import pane_box, place, shown_part
from syncclip.rendering.mux import count_frames
from syncclip.rendering.similarity import Window
from syncclip.result import MatchResult, Segment
from syncclip.types import FULL_FRAME, FrameBlock, PixelRect, Rect

__all__ = ["SegmentCheck", "SelfCheck", "check_render"]

Verdict = Literal["good", "below", "unmeasurable", "gap", "retimed"]

_CELLS = 96 * 54
"""Cells of a thumbnail: fine enough to tell shots of one scene apart, coarse enough that
recompression, sharpening and small text do not count."""
_MEASURED_SHARE = 0.25
"""Share of a segment's frames that must be comparable for its mean to say anything."""
_NATURAL_SPEED = 0.005
"""A speed this near to 1 shows the same frames for several seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCheck:
    """How well one segment of the result fits the commentary."""

    number: int
    """Position in :attr:`MatchResult.segments`."""
    start_frame: int
    end_frame: int
    correlation: float | None
    """Mean over the frames measured, −1 to 1; None where none could be."""
    frames_measured: int
    verdict: Verdict
    """``good`` or ``below`` the floor; ``unmeasurable`` where hardly a frame has contrast enough or
    stands outside a dissolve; not compared: a ``gap`` (from no movie) or a segment ``retimed`` on
    the user's wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """How well the result fits the commentary."""

    frames: int
    """Frames of the result."""
    frames_expected: int
    """Frames of the commentary."""
    mean_correlation: float | None
    """Mean over all frames measured; None where none could be."""
    floor: float
    segments: tuple[SegmentCheck, ...]

    @property
    def below_floor(self) -> tuple[SegmentCheck, ...]:
        """Segments that fit worse than the floor."""
        return tuple(check for check in self.segments if check.verdict == "below")

    @property
    def passed(self) -> bool:
        """True where every frame is there and no segment lies below the floor."""
        return self.frames == self.frames_expected and not self.below_floor


def check_render(
    result: MatchResult,
    *,
    rendered: Path,
    commentary: Path,
    movies: Mapping[str, Path],
    config: RenderConfig,
    open_video: OpenVideo,
    on_progress: OnProgress | None = None,
) -> SelfCheck:
    """Compare a finished video with the commentary that it follows.

    Grey thumbnails are compared by normalised correlation, inside the part of the picture that the
    commentary shows, its mirror undone; overlays such as subtitles are tolerated.

    Args:
        result: What was matched and rendered.
        rendered: The finished video.
        commentary: The commentary's file.
        movies: The movies' files, as for rendering.
        config: The settings it was rendered with.
        open_video: Opens a reader.
        on_progress: Told of every block of frames.

    Raises:
        InputError: Where a file cannot be read.
    """
    footage, _ = load_footage(
        result, commentary=commentary, movies=movies, config=config, open_video=open_video
    )
    fit = _measure(
        footage, result, config, rendered=rendered, open_video=open_video, on_progress=on_progress
    )
    fit[_dissolving(result)] = np.nan
    verdicts = tuple(
        _judge(number, segment, fit, config) for number, segment in enumerate(result.segments)
    )
    measured = fit[np.isfinite(fit)]
    return SelfCheck(
        frames=count_frames(rendered),
        frames_expected=result.frames,
        mean_correlation=float(measured.mean()) if measured.size else None,
        floor=config.check_floor,
        segments=verdicts,
    )


def _measure(
    footage: Footage,
    result: MatchResult,
    config: RenderConfig,
    *,
    rendered: Path,
    open_video: OpenVideo,
    on_progress: OnProgress | None,
) -> NDArray[np.float64]:
    """(frames,) correlation of every frame; NaN where it cannot be compared."""
    fit = np.full(result.frames, np.nan)
    with contextlib.ExitStack() as stack:
        shown = stack.enter_context(contextlib.closing(open_video(rendered)))
        talk = stack.enter_context(contextlib.closing(open_video(footage.commentary.path)))
        content = result.content
        shown_size = _thumbnail_size(shown.info.display_aspect)
        talk_size = _thumbnail_size(float(content.w * talk.info.sample_aspect / content.h))
        windows = [
            (
                max(each.start_frame, segment.start_frame),
                min(each.end_frame, segment.end_frame),
                _window(each, footage, shown_size, talk_size),
            )
            for segment in result.segments
            for each in (segment, *result.panes_beside(segment))
            if _why_not(each, config) is None
        ]
        ours = shown.thumbnails(size=shown_size)
        theirs = talk.thumbnails(size=talk_size, crop=content)
        at = 0
        for mine, wanted in _paired(ours, theirs):
            last = min(at + len(mine), len(fit))
            for first, end_frame, window in windows:
                start, end = max(first, at), min(end_frame, last)
                if start < end:
                    part = slice(start - at, end - at)
                    found = window.correlate(mine[part], wanted[part])
                    fit[start:end] = np.fmin(fit[start:end], found)  # of panes, the worst
            at = last
            if on_progress is not None:
                on_progress(Progress("Checking", at, result.frames, "frames"))
    return fit


def _paired(
    one: Iterator[FrameBlock], other: Iterator[FrameBlock]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Pictures of equal frame numbers side by side, however the blocks are cut."""
    left, right = next(one, None), next(other, None)
    a = b = 0
    while left is not None and right is not None:
        count = min(len(left.grey) - a, len(right.grey) - b)
        if count:
            yield left.grey[a : a + count], right.grey[b : b + count]
        a, b = a + count, b + count
        if a == len(left.grey):
            left, a = next(one, None), 0
        if right is not None and b == len(right.grey):
            right, b = next(other, None), 0


def _why_not(segment: Segment, config: RenderConfig) -> Literal["gap", "retimed"] | None:
    """Why a segment's frames cannot be compared; None where they can."""
    if segment.movie is None:
        return "gap"
    if config.retime == "none" and abs(segment.speed - 1.0) > _NATURAL_SPEED:
        return "retimed"
    return None


def _window(
    segment: Segment,
    footage: Footage,
    shown_size: tuple[int, int],
    talk_size: tuple[int, int],
) -> Window:
    if segment.pane != FULL_FRAME:
        box, (width, height) = pane_box(segment.pane, footage.commentary_box), footage.size
        return Window(
            Rect(box.x / width, box.y / height, box.w / width, box.h / height),
            seen=segment.pane,
            mirrored=segment.mirrored and not footage.fill,
            result_size=shown_size,
            commentary_size=talk_size,
        )
    if footage.fill:  # the crop and the mirror are in the result already
        return Window(FULL_FRAME, mirrored=False, result_size=shown_size, commentary_size=talk_size)
    assert segment.movie is not None
    source = footage.movies[segment.movie]
    whole = PixelRect(0, 0, source.info.width_px, source.info.height_px)
    placement = place(whole, source.info.sample_aspect, footage.size, fill=False)
    return Window(
        shown_part(segment.crop, source.content, placement),
        mirrored=segment.mirrored,
        result_size=shown_size,
        commentary_size=talk_size,
    )


def _dissolving(result: MatchResult) -> NDArray[np.bool_]:
    """(frames,) True where the commentary mixes two shots and neither can fit it alone."""
    mixed = np.zeros(result.frames, bool)
    for segment in (*result.segments, *result.pane_segments):
        start = segment.start_frame - segment.dissolve_in_frames // 2
        mixed[max(start, 0) : max(start + segment.dissolve_in_frames, 0)] = True
    return mixed


def _judge(
    number: int, segment: Segment, fit: NDArray[np.float64], config: RenderConfig
) -> SegmentCheck:
    inside = slice(segment.start_frame, segment.end_frame)
    values = fit[inside][np.isfinite(fit[inside])]
    enough = values.size > 0 and values.size >= _MEASURED_SHARE * len(fit[inside])
    correlation = float(values.mean()) if enough else None
    verdict: Verdict | None = _why_not(segment, config)
    if verdict is None and correlation is not None:
        verdict = "good" if correlation >= config.check_floor else "below"
    return SegmentCheck(
        number=number,
        start_frame=segment.start_frame,
        end_frame=segment.end_frame,
        correlation=correlation,
        frames_measured=int(values.size),
        verdict=verdict or "unmeasurable",
    )


def _thumbnail_size(aspect: float) -> tuple[int, int]:
    """Width and height with cells as nearly square as the picture allows."""
    height = max(2, round((_CELLS / aspect) ** 0.5))
    return max(2, round(height * aspect)), height
