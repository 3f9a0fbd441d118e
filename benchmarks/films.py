"""Films read with PyAV alone, so that truth never rests on the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame

__all__ = ["FilmFacts", "FilmReader", "Shown", "read_facts"]

_ROLL_ON_S = 4
"""Decoding this far is cheaper than a seek, which lands up to one group of pictures early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFacts:
    """What a case needs to know of a film."""

    path: Path
    width_px: int
    height_px: int
    sample_aspect: Fraction
    frame_rate: Fraction
    time_base: Fraction
    start_pts: int
    """The container's start time in ``time_base`` units: second zero."""
    duration_s: float
    """Seconds from second zero to the end of the picture, by the container's word."""

    @property
    def display_aspect(self) -> Fraction:
        """Width ÷ height of the picture on screen."""
        return self.width_px * self.sample_aspect / self.height_px

    def seconds(self, pts: int) -> Fraction:
        """Exact seconds of a timestamp."""
        return (pts - self.start_pts) * self.time_base


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame and how long it is on screen: ``[pts, end_pts)``."""

    frame: VideoFrame
    pts: int
    end_pts: int


def read_facts(path: Path) -> FilmFacts:
    """Facts of a film from its header.

    Raises:
        ValueError: The file has no picture.
    """
    # FFmpeg takes "C:" or "pipe:" at the start of a name for a protocol.
    with av.open(f"file:{path}") as container:
        if not container.streams.video:
            raise ValueError(f"{path.name} has no picture; give a video")
        stream = container.streams.video[0]
        assert stream.time_base is not None
        rate = stream.average_rate or stream.base_rate or Fraction(25)
        start = Fraction(container.start_time or 0, av.time_base) / stream.time_base
        length_s = float((container.duration or 0) / av.time_base)
        if stream.duration:
            end = (stream.start_time or 0) + stream.duration - start
            length_s = float(end * stream.time_base)
        return FilmFacts(
            path=path,
            width_px=stream.width,
            height_px=stream.height,
            sample_aspect=Fraction(stream.sample_aspect_ratio or 1),
            frame_rate=Fraction(rate),
            time_base=stream.time_base,
            start_pts=round(start),
            duration_s=length_s,
        )


class FilmReader:
    """Gives the frame on screen at a time; asking in rising order costs no seek."""

    def __init__(self, path: Path) -> None:
        self.facts = read_facts(path)
        self._container = av.open(f"file:{path}")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._frames: Iterator[VideoFrame] = iter(())
        self._now: VideoFrame | None = None
        self._next: VideoFrame | None = None

    @property
    def stream(self) -> av.VideoStream:
        """The film's video stream: the template of a filter graph."""
        return self._stream

    def at(self, seconds: Fraction) -> Shown:
        """The frame on screen at a time: the latest one that starts at or before it."""
        facts = self.facts
        want = facts.start_pts + seconds / facts.time_base
        roll_on = _ROLL_ON_S / facts.time_base
        if self._now is None or not 0 <= want - _pts(self._now) <= roll_on:
            self._seek(want)
        while self._next is not None and _pts(self._next) <= want:
            self._step()
        assert self._now is not None
        if self._next is not None:
            end = _pts(self._next)
        else:
            end = _pts(self._now) + (
                self._now.duration or round(1 / facts.frame_rate / facts.time_base)
            )
        return Shown(self._now, _pts(self._now), end)

    def close(self) -> None:
        """Release the file."""
        self._container.close()

    def _seek(self, want: Fraction) -> None:
        """Stand at or before a timestamp (or at the first frame)."""
        back_off = 0
        while True:
            target = int(want) - round(back_off / self.facts.time_base)
            self._container.seek(max(target, 0), stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
            self._now = next(self._frames)
            self._next = next(self._frames, None)
            if _pts(self._now) <= want or target <= 0:
                return
            back_off = 2 * back_off + 5  # some containers land late

    def _step(self) -> None:
        self._now = self._next
        self._next = next(self._frames, None)


def _pts(frame: VideoFrame) -> int:
    assert frame.pts is not None
    return frame.pts
