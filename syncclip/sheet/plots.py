"""Where a review sheet's plots draw every segment: coordinates, no files."""

from __future__ import annotations

from dataclasses import dataclass

from syncclip.result import MatchResult, Segment

__all__ = ["Line", "MatchPlot", "confidence_bars", "match_plot"]

WIDTH = 1000.0
"""Units across a plot; pages scale it to their own width."""
HEIGHT = 240.0
BAR_HEIGHT = 60.0
MOST_MOVIES = 12
"""Movies that get a band of their own in the plot: those most of which is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """A segment from one point of a plot to another."""

    number: int
    """Of the segment, from 1."""
    x1: float
    y1: float
    x2: float
    y2: float
    hue: int
    """Degrees: red where confidence is 0, green where it is 1."""


@dataclass(frozen=True, slots=True)
class Band:
    """A movie's part of the plot."""

    name: str
    top: float
    bottom: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class MatchPlot:
    """Movie time over commentary time."""

    width: float
    height: float
    lines: tuple[Line, ...]
    holes: tuple[tuple[int, float, float], ...]
    """Number, left and right of every stretch that is in no movie."""
    bands: tuple[Band, ...]


def match_plot(result: MatchResult) -> MatchPlot:
    """Lines of all segments; several movies stand one above the other."""
    bands = _bands(result)
    scale = WIDTH / max(result.duration_s, 1e-9)
    lines, holes = [], []
    for number, segment in enumerate(result.segments, start=1):
        left, right = segment.start_s * scale, segment.end_s * scale
        band = bands.get(segment.movie or "")
        if band is None or segment.movie_start_s is None or segment.movie_end_s is None:
            if segment.movie is None:
                holes.append((number, _short(left), _short(right)))
            continue
        ends = (_height(segment.movie_start_s, band), _height(segment.movie_end_s, band))
        lines.append(Line(number, _short(left), ends[0], _short(right), ends[1], _hue(segment)))
    return MatchPlot(WIDTH, HEIGHT, tuple(lines), tuple(holes), tuple(bands.values()))


def confidence_bars(result: MatchResult) -> list[Line]:
    """A bar for every segment, as high as it is sure."""
    scale = WIDTH / max(result.duration_s, 1e-9)
    return [
        Line(
            number,
            _short(segment.start_s * scale),
            _short(BAR_HEIGHT * (1 - (segment.confidence if segment.movie else 0))),
            _short(segment.end_s * scale),
            BAR_HEIGHT,
            _hue(segment),
        )
        for number, segment in enumerate(result.segments, start=1)
    ]


def _bands(result: MatchResult) -> dict[str, Band]:
    shown: dict[str, int] = {}
    for segment in result.segments:
        if segment.movie is not None:
            length = segment.end_frame - segment.start_frame
            shown[segment.movie] = shown.get(segment.movie, 0) + length
    chosen = sorted(shown, key=lambda name: -shown[name])[:MOST_MOVIES]
    durations = {movie.name: movie.duration_s for movie in result.movies}
    height = HEIGHT / max(1, len(chosen))
    return {
        name: Band(name, rank * height, (rank + 1) * height, max(durations.get(name, 0.0), 1e-9))
        for rank, name in enumerate(chosen)
    }


def _height(movie_s: float, band: Band) -> float:
    """Later in the movie is higher up."""
    share = min(max(movie_s / band.duration_s, 0.0), 1.0)
    return _short(band.bottom - 4 - share * (band.bottom - band.top - 8))


def _hue(segment: Segment) -> int:
    return round(120 * min(max(segment.confidence, 0.0), 1.0))


def _short(value: float) -> float:
    return round(value, 2)
