"""Records of video that travel between the stages.

Time: an exact time is an integer pts with a ``Fraction`` time base. ``*_s`` values are float
seconds for display and scores. Seconds of a file are counted as players and ``ffmpeg -ss`` count
them: zero is the container's start time. Intervals are half-open. Frame numbers count presented
video frames from zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FULL_FRAME",
    "ColourBlock",
    "ColourFrame",
    "ColourWish",
    "DecodeGap",
    "FrameBlock",
    "FrameTimes",
    "PixelRect",
    "Rect",
    "Shot",
    "StreamInfo",
]


def _readonly(array: NDArray[Any]) -> None:
    array.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in fractions of a picture: ``x, y`` is the top left corner."""

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        inside = self.x >= -1e-6 and self.y >= -1e-6
        inside = inside and self.x + self.w <= 1 + 1e-6 and self.y + self.h <= 1 + 1e-6
        if not (inside and self.w > 0 and self.h > 0):
            raise ValueError(f"not a rectangle inside the picture: {self.as_list()}")

    @classmethod
    def parse(cls, text: str) -> Rect:
        """A rectangle as people type it: ``"x, y, width, height"``.

        Raises:
            ValueError: Where it is none inside the picture.
        """
        x, y, w, h = (float(part) for part in text.split(","))
        return cls(x, y, w, h)

    def as_list(self) -> list[float]:
        """``[x, y, w, h]``."""
        return [self.x, self.y, self.w, self.h]


FULL_FRAME = Rect(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class PixelRect:
    """A rectangle in pixels of the displayed (rotated) picture."""

    x: int
    y: int
    w: int
    h: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.w <= 0 or self.h <= 0:
            raise ValueError(f"not a rectangle: {(self.x, self.y, self.w, self.h)}")

    def part(self, of: Rect) -> PixelRect:
        """What a rectangle in fractions of this one takes, in whole pixels: one at least."""
        left, right = (round(x * self.w) for x in (of.x, of.x + of.w))
        top, bottom = (round(y * self.h) for y in (of.y, of.y + of.h))
        return PixelRect(self.x + left, self.y + top, max(right - left, 1), max(bottom - top, 1))


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Facts about a file's video stream."""

    path: Path
    width_px: int
    """Displayed width: after rotation, before the sample aspect ratio is applied."""
    height_px: int
    """Displayed height: after rotation."""
    sample_aspect: Fraction
    """Width ÷ height of one displayed pixel."""
    rotation_deg: int
    """Clockwise rotation that a player applies: 0, 90, 180 or 270."""
    frame_rate: Fraction
    """Average frame rate; the rate that a result made from this file gets."""
    time_base: Fraction
    start_pts: int
    """The container's start time in ``time_base`` units: second zero of the file."""
    duration_s_from_header: float | None
    """Seconds of video by the container's word; None where it does not say."""
    frames_from_header: int | None
    codec: str
    pixel_format: str
    has_audio: bool
    color_range: str
    """``"tv"`` or ``"pc"``."""
    color_space: str
    """FFmpeg's name, ``"bt709"``, ``"smpte170m"`` …; ``"unknown"`` where unmarked."""

    @property
    def frames_expected(self) -> int | None:
        """Frames by the header's word: its count, else its duration at the frame rate."""
        if self.frames_from_header:
            return self.frames_from_header
        if self.duration_s_from_header:
            return round(self.duration_s_from_header * self.frame_rate)
        return None

    @property
    def display_aspect(self) -> float:
        """Width ÷ height of the picture on screen."""
        return float(self.width_px * self.sample_aspect / self.height_px)

    def seconds(self, pts: int) -> float:
        """Seconds of a presentation timestamp, counted as players do."""
        return float((pts - self.start_pts) * self.time_base)


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """When every frame of a video is on screen."""

    pts: NDArray[np.int64]
    """(n,) strictly increasing presentation timestamps."""
    time_base: Fraction
    start_pts: int
    end_pts: int
    """Presentation timestamp at which the last frame leaves the screen."""

    def __post_init__(self) -> None:
        if self.pts.ndim != 1 or self.pts.dtype != np.int64:
            raise ValueError(f"pts must be (n,) int64, got {self.pts.shape} {self.pts.dtype}")
        if self.pts.size and (np.any(np.diff(self.pts) <= 0) or self.end_pts <= self.pts[-1]):
            raise ValueError("pts must increase strictly and end after the last frame")
        _readonly(self.pts)

    def __len__(self) -> int:
        return int(self.pts.size)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """(n,) start of every frame in seconds."""
        return (self.pts - self.start_pts).astype(np.float64) * float(self.time_base)

    @property
    def end_s(self) -> float:
        """Second at which the last frame leaves the screen."""
        return float((self.end_pts - self.start_pts) * self.time_base)

    @property
    def frame_period_s(self) -> float:
        """Median time between frames in seconds (the last frame's own length for one frame)."""
        edges = np.append(self.pts, self.end_pts)
        return float(np.median(np.diff(edges)) * float(self.time_base))

    def frame_at(self, seconds: float | NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of the frame on screen at a time (clamped to the first and last frame).

        A time within a thousandth of a frame period before a frame counts as that frame, so that
        rounded seconds find the frame they were made from.
        """
        slack = 1e-3 * self.frame_period_s
        found = np.searchsorted(self.seconds, np.asarray(seconds) + slack, side="right") - 1
        return np.clip(found, 0, max(len(self) - 1, 0)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class ColourBlock:
    """Small colour pictures of some frames."""

    pts: NDArray[np.int64]
    """(n,) presentation timestamps."""
    rgb: NDArray[np.uint8]
    """(n, height, width, 3)."""

    def __post_init__(self) -> None:
        shape = self.rgb.shape
        if len(shape) != 4 or self.rgb.dtype != np.uint8 or shape[0] != len(self.pts):
            raise ValueError(
                f"want (n, h, w, 3) uint8 with n pts, got {shape} {self.rgb.dtype}, "
                f"{self.pts.shape} pts"
            )
        _readonly(self.pts)
        _readonly(self.rgb)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ColourWish:
    """Frames that are wanted in colour while all are read in grey: a film is decoded once."""

    size: tuple[int, int]
    """Width and height in pixels."""
    wanted: Callable[[int, NDArray[np.uint8]], bool]
    """Asked once for every frame, in order, with its timestamp and its grey picture."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameBlock:
    """A run of consecutive frames at a small size."""

    pts: NDArray[np.int64]
    """(n,) presentation timestamps."""
    grey: NDArray[np.uint8]
    """(n, height, width) luma."""
    colour: ColourBlock | None = None
    """Those of its frames that were wanted in colour."""

    def __post_init__(self) -> None:
        if self.grey.ndim != 3 or self.grey.dtype != np.uint8 or len(self.grey) != len(self.pts):
            raise ValueError(
                f"want (n, h, w) uint8 with n pts, got {self.grey.shape} {self.grey.dtype}, "
                f"{self.pts.shape} pts"
            )
        _readonly(self.pts)
        _readonly(self.grey)


@dataclass(frozen=True, slots=True, eq=False)
class ColourFrame:
    """One full-size frame as the decoder gave it, rotated for display."""

    pts: int
    planes: tuple[bytes, ...]
    """Plane bytes without row padding, in the order that FFmpeg's ``rawvideo`` expects."""
    width_px: int
    height_px: int
    pixel_format: str


@dataclass(frozen=True, slots=True)
class DecodeGap:
    """A stretch of a damaged file that could not be decoded."""

    after_s: float
    """Seconds of the last good frame before the damage (0 where there is none)."""
    packets_lost: int


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames between two cuts: half-open."""

    start_frame: int
    end_frame: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_frame < self.end_frame:
            raise ValueError(f"not a shot: [{self.start_frame}, {self.end_frame})")
