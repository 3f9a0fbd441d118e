"""Frames of a commentary and its movies as small pictures: what a review shows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.movies import at_hand, offered_movies
from syncclip.pipeline.workers import cores
from syncclip.progress import OnProgress
from syncclip.result import MatchResult, Segment
from syncclip.sheet import Moment, data_uri, moments, picture_size
from syncclip.types import FrameTimes, PixelRect, StreamInfo
from syncclip.video import open_video

__all__ = [
    "SegmentStills",
    "Stills",
    "WantedStills",
    "frame_seconds",
    "read_stills",
    "wanted_stills",
]

KEPT = 400
"""Segments whose pictures are kept: about 60 kB each."""
SIDE_BY_SIDE = 24
"""Pictures of one file that are read by one thread."""


@dataclass(frozen=True, slots=True)
class WantedStills:
    """Pictures wanted of one file: where each goes, and the second that it shows."""

    path: Path | None
    side: str
    content: PixelRect | None
    """Part of the picture to keep; None keeps it whole."""
    moments: tuple[tuple[float, Moment], ...]
    """In order of time."""

    @property
    def name(self) -> str:
        """Of the movie; empty for the commentary."""
        return (self.moments[0][1].movie or "") if self.side == "movie" else ""

    def parts(self) -> Iterator[WantedStills]:
        """The same in pieces."""
        for first in range(0, len(self.moments), SIDE_BY_SIDE):
            yield replace(self, moments=self.moments[first : first + SIDE_BY_SIDE])


@dataclass(frozen=True, slots=True, eq=False)
class Stills:
    """Pictures that were read, and why others were not."""

    pictures: dict[tuple[int, str], str] = field(default_factory=dict)
    """Data URIs by position of the segment and name, as ``"movie-middle"``."""
    aspects: dict[str, float] = field(default_factory=dict)
    """Width ÷ height of what was read, by name of the movie; the commentary's name is empty."""
    notes: dict[str, None] = field(default_factory=dict)
    """In the order of the files, each once."""


class SegmentStills:
    """Pictures of segments, read when they are asked for; those seen last are kept.

    Where some cannot be read, they are looked for anew each time: a disk may be back by then.

    Args:
        reader: Decoder.
    """

    def __init__(self, *, reader: str = "pyav") -> None:
        self._reader, self._lock = reader, threading.Lock()
        self._times: dict[str, FrameTimes] = {}
        self._kept: OrderedDict[tuple[str, Segment], Mapping[str, str]] = OrderedDict()

    def of(self, result: MatchResult, number: int) -> Mapping[str, str]:
        """The pictures of a segment, counted from 1, as data URIs.

        Returns:
            By ``"commentary-start"``, ``"movie-middle"``, ``"movie-other0"`` …; those that cannot
            be read are left out.
        """
        segment = result.segments[number - 1]
        key = (result.commentary_fingerprint, _shown(segment))
        found = self._kept.get(key)
        if found is None:
            found, missing = self._read(replace(result, segments=(segment,)))
            if missing:
                return found
        with self._lock:  # several are asked for at once
            self._kept[key] = found
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, alone: MatchResult) -> tuple[Mapping[str, str], list[str]]:
        """Pictures, and why others are missing."""
        seconds = frame_seconds(alone, self._known_times(alone), self._reader, None)
        stills = read_stills(wanted_stills(alone, seconds, ()), self._reader, lambda _: None)
        return {name: uri for (_, name), uri in stills.pictures.items()}, list(stills.notes)

    def _known_times(self, result: MatchResult) -> FrameTimes | None:
        """When the commentary's frames come: read from its file once."""
        path, mark = Path(result.commentary), result.commentary_fingerprint
        if mark not in self._times and path.is_file():
            self._times[mark] = read_times(path, reader=self._reader, on_progress=None)
        return self._times.get(mark)


def _shown(segment: Segment) -> Segment:
    """A segment without what changes none of its pictures."""
    return Segment(
        start_frame=segment.start_frame,
        end_frame=segment.end_frame,
        start_s=segment.start_s,
        end_s=segment.end_s,
        movie=segment.movie,
        movie_start_s=segment.movie_start_s,
        speed=segment.speed,
        alternatives=segment.alternatives,
    )


def frame_seconds(
    result: MatchResult, times: FrameTimes | None, reader: str, on_progress: OnProgress | None
) -> NDArray[np.float64]:
    """When every frame of the commentary comes; by its rate where it is not at hand."""
    path = Path(result.commentary)
    if times is None and path.is_file():
        times = read_times(path, reader=reader, on_progress=on_progress)
    if times is not None and len(times) == result.frames:
        return times.seconds
    return np.arange(result.frames) / float(result.frame_rate)


def wanted_stills(
    result: MatchResult, seconds: NDArray[np.float64], given: Sequence[Path]
) -> Iterator[WantedStills]:
    """What the pictures of a result's segments need to be read of each file."""
    shown = list(moments(result.segments, seconds))
    offered = offered_movies(result.movies, given)
    commentary = Path(result.commentary)
    yield WantedStills(
        commentary if commentary.is_file() else None,
        "commentary",
        result.content,
        _sorted((m.commentary_s, m) for m in shown),
    )
    for movie in result.movies:
        places = _sorted((m.movie_s, m) for m in shown if m.movie == movie.name)
        if places:
            yield WantedStills(at_hand(movie, offered), "movie", None, places)


def _sorted(pairs: Iterable[tuple[float | None, Moment]]) -> tuple[tuple[float, Moment], ...]:
    known = [(at_s, moment) for at_s, moment in pairs if at_s is not None]
    return tuple(sorted(known, key=lambda pair: pair[0]))


def read_stills(wanted: Iterable[WantedStills], reader: str, told: Callable[[int], None]) -> Stills:
    """Read the pictures of some files, in several threads: decoding leaves Python's lock alone.

    Args:
        wanted: Of each file.
        reader: Decoder.
        told: How many more pictures were read, or cannot be.
    """
    parts = [part for each in wanted for part in each.parts()]
    stop = threading.Event()
    # One decoding thread each: every seek begins anew, and several begin slowly.
    pool = ThreadPoolExecutor(cores())
    try:
        reading = {pool.submit(_read_part, part, reader, stop): part for part in parts}
        for done in as_completed(reading):
            told(len(reading[done].moments))
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    stills = Stills()
    for done in reading:
        part = done.result()
        stills.pictures.update(part.pictures)
        stills.aspects.update(part.aspects)
        stills.notes.update(part.notes)
    return stills


def _read_part(wanted: WantedStills, reader: str, stop: threading.Event) -> Stills:
    """Read pictures in the order in which the file holds them; none more where told to stop."""
    if wanted.path is None:
        name = wanted.name or "the commentary"
        return Stills(notes={f"{name} is not at hand: its pictures are left out": None})
    try:
        with open_video(wanted.path, reader=reader, threads=1) as video:
            aspect = _aspect(video.info, wanted.content)
            size, box = _sizes(video.info, wanted.content)
            seconds = sorted({at_s for at_s, _ in wanted.moments})
            made: dict[float, str] = {}
            for at_s, (_, picture) in zip(seconds, video.sample(seconds, size=size), strict=True):
                made[at_s] = data_uri(_cut(picture, box))
                if stop.is_set():
                    return Stills()
    except VideoError as error:
        return Stills(notes={f"pictures of {wanted.path.name} are left out: {error}": None})
    return Stills(
        pictures={
            (moment.segment, f"{wanted.side}-{moment.name}"): made[at_s]
            for at_s, moment in wanted.moments
        },
        aspects={wanted.name: aspect},
    )


def _aspect(info: StreamInfo, content: PixelRect | None) -> float:
    if content is None:
        return info.display_aspect
    return float(content.w * info.sample_aspect / content.h)


def _sizes(
    info: StreamInfo, content: PixelRect | None
) -> tuple[tuple[int, int], tuple[slice, slice] | None]:
    """Size at which to read the whole picture, and the part of that to keep."""
    if content is None:
        return picture_size(info.display_aspect), None
    width, height = picture_size(_aspect(info, content))
    across, down = Fraction(width, content.w), Fraction(height, content.h)
    whole = round(info.width_px * across), round(info.height_px * down)
    left, top = round(content.x * across), round(content.y * down)
    return whole, (slice(top, top + height), slice(left, left + width))


def _cut(picture: NDArray[np.uint8], box: tuple[slice, slice] | None) -> NDArray[np.uint8]:
    return picture if box is None else np.ascontiguousarray(picture[box])
