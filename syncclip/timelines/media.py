"""A file as a timeline refers to it: exact rate, frame positions, start timecode."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from syncclip.types import FULL_FRAME, FrameTimes, PixelRect, Rect

__all__ = ["Media"]

CONSTANT_RATE_TOLERANCE = 0.25
"""Largest distance from a constant rate, in frame periods, at which a file counts as having one:
the measure by which the finished video is made, too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Media:
    """A video file and how programs count its frames.

    A file of constant rate is counted frame by frame. One of variable rate is placed by time:
    editing programs play it at its nominal rate, so a frame's *position* is the first tick of that
    rate at which it is on screen.
    """

    name: str
    path: Path
    rate: Fraction
    """Nominal frame rate, exact."""
    frames: int
    times: FrameTimes | None
    """When every frame is on screen; None where only the rate is known."""
    start_frame: int = 0
    """Start timecode, in frames."""
    drop_frame: bool = False
    """Whether that timecode is drop-frame."""
    reel: str
    """Tape name."""
    width_px: int
    """Displayed size, after rotation."""
    height_px: int
    sample_aspect: Fraction = Fraction(1)
    content: PixelRect
    """The picture without bars, in displayed pixels."""
    audio_channels: int = 0
    audio_rate_hz: int = 0

    @cached_property
    def constant(self) -> bool:
        """Whether all frames last equally long."""
        if self.times is None or len(self.times) < 2:
            return True
        seconds = self.times.seconds
        steady = np.arange(len(seconds)) / float(self.rate)
        drift = np.abs(seconds - seconds[0] - steady)
        return bool(drift.max() * float(self.rate) <= CONSTANT_RATE_TOLERANCE)

    @property
    def duration_frames(self) -> int:
        """Length in frames of the nominal rate."""
        return self.frames if self.constant else self.edge(self.frames)

    @property
    def first_s(self) -> float:
        """Second at which the first frame comes on screen."""
        return 0.0 if self.times is None else float(self.times.seconds[0])

    def frame_at(self, seconds: float) -> int:
        """Number of the frame on screen at a time."""
        if self.times is not None:
            return int(self.times.frame_at(seconds))
        frame = int(np.floor(seconds * float(self.rate) + 1e-3))
        return min(max(frame, 0), max(self.frames - 1, 0))

    def position(self, frame: int) -> int:
        """Where a program finds a frame, counted in frames of the nominal rate from the first."""
        if self.constant or self.times is None:
            return frame
        start_s, end_s = self._on_screen(frame)
        first = int(np.ceil(start_s * float(self.rate) - 1e-3))
        if first < end_s * float(self.rate) - 1e-3:
            return first
        # A frame shorter than a tick has none of its own: the tick nearest to its middle.
        return round((start_s + end_s) / 2 * float(self.rate))

    def edge(self, frame: int) -> int:
        """Position at which a frame comes on screen, to the nearest tick; the end for the last."""
        if self.constant or self.times is None:
            return frame
        seconds = self.times.seconds
        at_s = float(seconds[frame]) if frame < len(seconds) else self.times.end_s
        return round((at_s - self.first_s) * float(self.rate))

    def middle_s(self, frame: int) -> float:
        """Seconds after the first frame at which a program surely shows this one."""
        if self.constant:
            return (frame + 0.5) / float(self.rate)
        return sum(self._on_screen(frame)) / 2

    def _on_screen(self, frame: int) -> tuple[float, float]:
        """When a frame comes and goes, in seconds after the first one came."""
        assert self.times is not None
        seconds = self.times.seconds
        end_s = float(seconds[frame + 1]) if frame + 1 < len(seconds) else self.times.end_s
        return float(seconds[frame]) - self.first_s, end_s - self.first_s

    def picture_part(self, crop: Rect) -> Rect:
        """A crop of the content rectangle, in fractions of the whole picture."""
        x, y = self.content.x + crop.x * self.content.w, self.content.y + crop.y * self.content.h
        w, h = crop.w * self.content.w, crop.h * self.content.h
        if crop == FULL_FRAME and (w, h) == (self.width_px, self.height_px):
            return FULL_FRAME
        left, top = max(0.0, x / self.width_px), max(0.0, y / self.height_px)
        return Rect(left, top, min(w / self.width_px, 1 - left), min(h / self.height_px, 1 - top))
