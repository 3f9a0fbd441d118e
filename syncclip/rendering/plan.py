"""Which picture every frame of the result shows: pure arithmetic, no files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from syncclip.config import RenderConfig
from syncclip.errors import InputError, ResultError
from syncclip.result import MatchResult, Segment
from syncclip.types import FULL_FRAME, FrameTimes, Rect

__all__ = ["Fade", "Layer", "Piece", "Plan", "Source", "build_plan"]

MAX_PIECE_FRAMES = 600
"""Longest piece encoded in one go: 20–25 s, so that a run that was stopped loses little and long
segments are shared among the workers. A joint costs one key frame."""


LEAST_FREE = 0.01
"""Share of a split screen that was found in no movie, from which on it is filled."""


class Source(StrEnum):
    """Where a picture comes from."""

    MOVIE = "movie"
    COMMENTARY = "commentary"
    BLACK = "black"
    SLATE = "slate"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """One segment's picture over the frames of a piece."""

    segment: int
    """Position in :attr:`MatchResult.segments`."""
    source: Source
    movie: str | None
    """File name of the movie where ``source`` is one."""
    pts: NDArray[np.int64]
    """(frames,) timestamp of the source frame shown, never decreasing; (0,) for a still."""
    crop: Rect = FULL_FRAME
    """What the commentary shows of the movie's content rectangle."""
    mirrored: bool = False
    pane: Rect | None = None
    """Of a split screen, where it stands in the commentary's content rectangle; None elsewhere."""

    def __post_init__(self) -> None:
        if self.pts.ndim != 1 or self.pts.dtype != np.int64 or np.any(np.diff(self.pts) < 0):
            raise ValueError(
                f"want (n,) ascending int64 pts, got {self.pts.shape} {self.pts.dtype}"
            )
        self.pts.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Fade:
    """Weight of the upper layer: ``first + k * step`` at the k-th frame, within 0 and 1."""

    first: float
    step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Frames ``[start_frame, end_frame)`` of the result, encoded in one go."""

    start_frame: int
    end_frame: int
    layer: Layer
    over: Layer | None = None
    """The segment that comes in, where the piece is a dissolve."""
    fade: Fade | None = None
    beside: tuple[Layer, ...] = ()
    """Panes of a split screen that lie over the layer: it is a pane, too, or what stands for gaps
    where not all of them were found."""

    @property
    def frames(self) -> int:
        """How many frames the piece has."""
        return self.end_frame - self.start_frame

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The lower layer, then the upper one if there is one, then other panes."""
        return (self.layer, *self.beside) if self.over is None else (self.layer, self.over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole result: pieces that follow each other without gap or overlap."""

    frames: int
    pieces: tuple[Piece, ...]

    def __post_init__(self) -> None:
        at = 0
        for piece in self.pieces:
            if piece.start_frame != at or piece.end_frame <= at:
                raise ValueError(f"piece [{piece.start_frame}, {piece.end_frame}) at frame {at}")
            at = piece.end_frame
        if at != self.frames:
            raise ValueError(f"pieces end at frame {at}, want {self.frames}")


@dataclass(frozen=True, slots=True)
class _Dissolve:
    """Frames ``[start, end)`` over which ``segment`` comes in; the ramp covers ``whole`` frames."""

    segment: int
    start: int
    end: int
    ramp_start: int
    whole: int

    @property
    def fade(self) -> Fade:
        step = 1.0 / self.whole
        return Fade((self.start - self.ramp_start + 0.5) * step, step)


def build_plan(
    result: MatchResult,
    *,
    commentary: FrameTimes,
    movies: Mapping[str, FrameTimes],
    config: RenderConfig,
) -> Plan:
    """Decide for every commentary frame what the result shows.

    Args:
        result: What was matched.
        commentary: Times of the commentary's frames.
        movies: Times of the frames of every movie that a segment names.
        config: ``gaps``, ``retime`` and ``transition`` are used.

    Raises:
        InputError: Where the commentary has another number of frames than the result.
        ResultError: Where the segments do not cover the commentary, or one cannot be cut.
    """
    _check(result, commentary, movies)
    composer = _Composer(result, commentary, movies, config)
    dissolves = _dissolves(result.segments) if config.transition == "crossfade" else {}
    pieces = []
    for number, segment in enumerate(result.segments):
        start, end = segment.start_frame, segment.end_frame
        if number in dissolves:
            dissolve = dissolves[number]
            pieces.append(composer.dissolve(dissolve))
            start = dissolve.end
        if number + 1 in dissolves:
            end = dissolves[number + 1].start
        pieces.extend(composer.cut(number, start, end))
    return Plan(frames=len(commentary), pieces=tuple(pieces))


def _check(result: MatchResult, commentary: FrameTimes, movies: Mapping[str, FrameTimes]) -> None:
    if len(commentary) != result.frames:
        raise InputError(
            f"{result.commentary!r} has {len(commentary)} frames, but the result was made from "
            f"{result.frames}; give the commentary that was matched, or match again"
        )
    at = 0
    for segment in result.segments:
        if segment.start_frame != at or segment.end_frame <= at:
            raise ResultError(
                f"the segment of commentary frames [{segment.start_frame}, {segment.end_frame}) "
                f"should start at frame {at}; segments must follow each other"
            )
        at = segment.end_frame
        _check_source(segment, movies)
    for segment in result.pane_segments:
        _check_source(segment, movies)
    if at != result.frames:
        raise ResultError(f"the segments end at frame {at} of {result.frames}; cover all of them")


def _check_source(segment: Segment, movies: Mapping[str, FrameTimes]) -> None:
    where = f"the segment at {segment.start_s:.2f} s of the commentary"
    if segment.movie is None:
        return
    if segment.movie_start_s is None or not np.isfinite(segment.movie_start_s):
        raise ResultError(f"{where} names {segment.movie!r} but no start time in it; add one")
    if not (np.isfinite(segment.speed) and segment.speed >= 0):
        raise ResultError(f"{where} has speed {segment.speed}; give 0 or more")
    if not len(movies.get(segment.movie, ())):
        raise ResultError(f"{where} is from {segment.movie!r}, which is not among the movies given")


def _dissolves(segments: Sequence[Segment]) -> dict[int, _Dissolve]:
    """Recorded dissolves by the segment that comes in, kept within its two segments.

    Panes are cut: a dissolve of the whole picture is not what they show.
    """
    found: dict[int, _Dissolve] = {}
    for number in range(1, len(segments)):
        whole, boundary = segments[number].dissolve_in_frames, segments[number].start_frame
        panes = {segments[number - 1].pane, segments[number].pane}
        if whole < 1 or panes != {FULL_FRAME}:
            continue
        before = found.get(number - 1)
        earliest = segments[number - 1].start_frame if before is None else before.end
        ramp_start = boundary - whole // 2
        start = max(ramp_start, earliest)
        end = min(ramp_start + whole, segments[number].end_frame)
        if start < end:
            found[number] = _Dissolve(number, start, end, ramp_start, whole)
    return found


def _covered(panes: Sequence[Rect]) -> float:
    """Share of the picture that panes cover together, as they may overlap where edited by hand."""
    columns = sorted({0.0, 1.0, *(x for p in panes for x in (p.x, p.x + p.w))})
    rows = sorted({0.0, 1.0, *(y for p in panes for y in (p.y, p.y + p.h))})
    return sum(
        (right - left) * (bottom - top)
        for left, right in itertools.pairwise(columns)
        for top, bottom in itertools.pairwise(rows)
        if any(_holds(p, (left + right) / 2, (top + bottom) / 2) for p in panes)
    )


def _holds(pane: Rect, x: float, y: float) -> bool:
    return pane.x <= x <= pane.x + pane.w and pane.y <= y <= pane.y + pane.h


def _parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of about one length, none longer than a piece may be."""
    count = -(-(end - start) // MAX_PIECE_FRAMES)
    return itertools.pairwise(start + (end - start) * k // count for k in range(count + 1))


class _Composer:
    """Makes the pieces of one result."""

    def __init__(
        self,
        result: MatchResult,
        commentary: FrameTimes,
        movies: Mapping[str, FrameTimes],
        config: RenderConfig,
    ) -> None:
        self._result, self._segments = result, result.segments
        self._commentary = commentary
        self._seconds = commentary.seconds
        self._movies = movies
        self._config = config

    def cut(self, number: int, start: int, end: int) -> Iterator[Piece]:
        """Pieces of one segment alone over frames ``[start, end)``."""
        if start >= end:  # a short segment that its dissolves take up
            return
        beside = self._result.panes_beside(self._segments[number])
        changes = {edge for pane in beside for edge in (pane.start_frame, pane.end_frame)}
        stops = sorted({start, end, *(edge for edge in changes if start < edge < end)})
        for first, last in itertools.chain.from_iterable(
            itertools.starmap(_parts, itertools.pairwise(stops))
        ):
            there = [s for s in beside if s.start_frame <= first < s.end_frame]
            there = [s for s in (self._segments[number], *there) if s.movie is not None]
            layers = [self._movie_layer(s, number, first, last) for s in there]
            free = 1 - _covered([s.pane for s in there])
            if not layers or (free > LEAST_FREE and self._config.gaps != "black"):
                below = self._gap_layer(number, first, last)
                layers.insert(0, replace(below, pane=FULL_FRAME) if layers else below)
            yield Piece(start_frame=first, end_frame=last, layer=layers[0], beside=(*layers[1:],))

    def dissolve(self, dissolve: _Dissolve) -> Piece:
        """The piece in which one segment turns into the next; both run on through it."""
        start, end = dissolve.start, dissolve.end
        return Piece(
            start_frame=start,
            end_frame=end,
            layer=self._layer(dissolve.segment - 1, start, end),
            over=self._layer(dissolve.segment, start, end),
            fade=dissolve.fade,
        )

    def _layer(self, number: int, start: int, end: int) -> Layer:
        segment = self._segments[number]
        if segment.movie is not None:
            return self._movie_layer(segment, number, start, end)
        return self._gap_layer(number, start, end)

    def _gap_layer(self, number: int, start: int, end: int) -> Layer:
        """What stands for pictures that no movie shows."""
        if self._config.gaps == "keep":
            pts = self._commentary.pts[start:end].copy()
            return Layer(segment=number, source=Source.COMMENTARY, movie=None, pts=pts)
        still = np.empty(0, np.int64)
        return Layer(segment=number, source=Source(self._config.gaps), movie=None, pts=still)

    def _movie_layer(self, segment: Segment, number: int, start: int, end: int) -> Layer:
        return Layer(
            segment=number,
            source=Source.MOVIE,
            movie=segment.movie,
            pts=self._movie_pts(segment, start, end),
            crop=segment.crop,
            mirrored=segment.mirrored,
            pane=None if segment.pane == FULL_FRAME else segment.pane,
        )

    def _movie_pts(self, segment: Segment, start: int, end: int) -> NDArray[np.int64]:
        """Timestamps of the movie frames on screen along the segment's line.

        Beyond either end of the movie its first or last frame is held.
        """
        assert segment.movie is not None
        assert segment.movie_start_s is not None
        times = self._movies[segment.movie]
        speed = 1.0 if self._config.retime == "none" else segment.speed
        elapsed = self._seconds[start:end] - self._seconds[segment.start_frame]
        return times.pts[times.frame_at(segment.movie_start_s + speed * elapsed)]
