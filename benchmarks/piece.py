"""One piece of an edit: what a stretch of the commentary shows, and how it is treated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

__all__ = ["Fade", "Piece", "Split"]

Split = Literal["", "left", "top", "inset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fade:
    """One side of a fade through a plain colour."""

    frames: int
    """Frames over which the picture goes or comes."""
    held: int
    """Frames of nothing but the colour, between this side and the boundary."""
    luma: int
    """16 is black, 235 is white."""

    def level(self, distance: int) -> float:
        """How much of the picture is left, ``distance`` frames from the boundary (0 beside it)."""
        return min(max((distance - self.held + 0.5) / self.frames, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the commentary and the line it shows.

    Frame ``f`` shows the source frame on screen at ``source_s(f - start_frame)``, also in the
    ``head`` frames before and the ``tail`` frames after it that dissolve into the neighbours.
    """

    start_frame: int
    end_frame: int
    kind: str
    """``"film"``, ``"insert"`` (another film), ``"texture"`` or ``"card"``."""
    source: int = 0
    """Number of the film or insert film; seed of a made-up picture."""
    start_s: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    """0 for a still; the mean of a ramp."""
    mirrored: bool = False
    zoom: float = 1.0
    at: tuple[float, float] = (0.5, 0.5)
    """Where the zoomed window stands in the room it has: 0 left or top, 1 right or bottom."""
    head: int = 0
    tail: int = 0
    ramp: tuple[Fraction, ...] = ()
    """Speeds at evenly spaced moments of the piece, straight lines between them."""
    held: bool = False
    """A still that holds the last frame of the piece before."""
    zoom_to: float = 0.0
    """Zoom at the end of a still that is slowly zoomed; 0 where the window stands still."""
    fade_in: Fade | None = None
    fade_out: Fade | None = None
    look: int = 0
    """Seed of a look of its own (:mod:`benchmarks.looks`); 0 for none."""
    split: Split = ""
    """Where this piece stands when ``beside`` is on screen, too; ``"inset"`` lies below it."""
    beside: Piece | None = None
    """Second piece of a split screen, or of a picture in the picture."""

    @property
    def frames(self) -> int:
        """Length without the dissolves."""
        return self.end_frame - self.start_frame

    def source_s(self, frame: int, fps: Fraction) -> Fraction:
        """Exact source second of a frame, counted from the first frame of the piece."""
        if not self.ramp:
            return self.start_s + self.speed * frame / fps
        legs = len(self.ramp) - 1
        leg_frames = Fraction(self.frames, legs)
        done = self.start_s
        for leg in range(legs):
            before, after = self.ramp[leg], self.ramp[leg + 1]
            at = frame - leg * leg_frames
            if at < 0:  # a head: as fast as the piece begins
                return done + before * at / fps
            if at <= leg_frames:
                return done + (before + (after - before) * at / leg_frames / 2) * at / fps
            done += (before + after) / 2 * leg_frames / fps
        return done + self.ramp[-1] * (frame - self.frames) / fps
