"""Frames of a commentary and its movies as small pictures: what a review shows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.movies import at_hand, offered_movies
from syncclip.progress import OnProgress
from syncclip.result import MatchResult, Segment
from syncclip.sheet import Moment, data_uri, moments, picture_size
from syncclip.types import FrameTimes, PixelRect, StreamInfo
from syncclip.video import open_video

__all__ = ["SegmentStills", "WantedStills", "frame_seconds", "read_stills", "wanted_stills"]

KEPT = 400
"""Segments whose pictures are kept: about 60 kB each."""


@dataclass(frozen=True, slots=True)
class WantedStills:
    """Pictures wanted of one file: where each goes, and the second that it shows."""

    path: Path | None
    side: str
    content: PixelRect | None
    """Part of the picture to keep; None keeps it whole."""
    moments: tuple[tuple[float, Moment], ...]


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
        found: dict[tuple[int, str], str] = {}
        missing: list[str] = []
        for each in wanted_stills(alone, seconds, ()):
            read_stills(each, self._reader, found, {}, missing, lambda _: None)
        return {name: uri for (_, name), uri in found.items()}, missing

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


def read_stills(
    wanted: WantedStills,
    reader: str,
    pictures: dict[tuple[int, str], str],
    aspects: dict[str, float],
    notes: list[str],
    told: Callable[[int], None],
) -> None:
    """Read one file's pictures, in the order in which it holds them."""
    name = wanted.moments[0][1].movie if wanted.side == "movie" else ""
    if wanted.path is None:
        notes.append(f"{name or 'the commentary'} is not at hand: its pictures are left out")
        told(len(wanted.moments))
        return
    try:
        with open_video(wanted.path, reader=reader) as video:
            aspects[name or ""] = _aspect(video.info, wanted.content)
            size, box = _sizes(video.info, wanted.content)
            seconds = sorted({at_s for at_s, _ in wanted.moments})
            made: dict[float, str] = {}
            for at_s, (_, picture) in zip(seconds, video.sample(seconds, size=size), strict=True):
                made[at_s] = data_uri(_cut(picture, box))
                told(sum(at == at_s for at, _ in wanted.moments))
    except VideoError as error:
        notes.append(f"pictures of {wanted.path.name} are left out: {error}")
        return
    for at_s, moment in wanted.moments:
        pictures[moment.segment, f"{wanted.side}-{moment.name}"] = made[at_s]


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
