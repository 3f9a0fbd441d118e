"""A result as the review shows it: plain values that a page can read."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from syncclip.result import Alternative, Correction, MatchResult, MovieRef, Segment
from syncclip.types import Rect

__all__ = ["changed_rows", "last_correction", "result_rows", "segment_row", "shown_crop"]

Row = dict[str, Any]
SHOWN = 4
"""Alternatives that have a picture, as in the review sheet."""


def result_rows(result: MatchResult) -> Row:
    """A whole result."""
    return {
        "commentary": PurePath(result.commentary).name,
        "movies": [movie.name for movie in result.movies],
        "segments": [segment_row(result, number) for number in range(1, len(result.segments) + 1)],
        "undo": last_correction(result),
        "notes": list(result.notes),
    }


def changed_rows(before: MatchResult, after: MatchResult) -> list[Row]:
    """The segments that are others than before."""
    same = len(before.segments) == len(after.segments)
    return [
        segment_row(after, number)
        for number, segment in enumerate(after.segments, start=1)
        if not same or segment != before.segments[number - 1]
    ]


def segment_row(result: MatchResult, number: int) -> Row:
    """One segment, counted from 1."""
    segment, movies = result.segments[number - 1], {movie.name: movie for movie in result.movies}
    return {
        "n": number,
        "tier": segment.tier.value,
        "start": segment.start_s,
        "end": segment.end_s,
        "frames": [segment.start_frame, segment.end_frame],
        "confidence": segment.confidence,
        "corrected": segment.corrected.value if segment.corrected else "",
        "ambiguous": segment.ambiguous,
        "spoken": result.spoken_in(segment),
        "pane": [round(value, 5) for value in segment.pane.as_list()],
        "place": _place(segment, movies),
        "others": [
            _place(other, movies) | {"similarity": other.similarity}
            for other in segment.alternatives[:SHOWN]
        ],
    }


def last_correction(result: MatchResult) -> Row | None:
    """What *undo* would take back."""
    made: list[Correction] = [each for each in result.corrections if not each.undone]
    return {"action": made[-1].action.value, "n": made[-1].segment} if made else None


def _place(source: Segment | Alternative, movies: dict[str, MovieRef]) -> Row:
    """Where something comes from; empty where from no movie."""
    if source.movie is None or source.movie_start_s is None or source.movie_end_s is None:
        return {}
    return {
        "movie": source.movie,
        "from": source.movie_start_s,
        "to": source.movie_end_s,
        "speed": float(f"{source.speed:.4g}"),
        "mirrored": source.mirrored,
        "crop": shown_crop(source.crop),
        "box": _box(source, movies.get(source.movie)),
    }


def shown_crop(crop: Rect) -> list[float]:
    """A crop as the page has it, and sends it back where the user leaves it."""
    return [round(value, 4) for value in crop.as_list()]


def _box(source: Segment | Alternative, movie: MovieRef | None) -> list[float]:
    """What is shown, in fractions of the movie's whole picture, bars included."""
    x, y, w, h = source.crop.as_list()
    if movie is not None:
        part, wide, high = movie.content, movie.width_px, movie.height_px
        x, y = (part.x + x * part.w) / wide, (part.y + y * part.h) / high
        w, h = w * part.w / wide, h * part.h / high
    return [round(value, 5) for value in (x, y, w, h)]
