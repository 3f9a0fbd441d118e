"""What people confirmed, frame by frame, in the form that the benchmark scores against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.result import Action, MatchResult, Segment
from syncclip.types import FrameTimes, PixelRect

__all__ = ["ConfirmedTruth", "confirmed_truth"]

NO_FILM, NO_SECOND, UNKNOWN = -1, -2, -3
"""As the benchmark numbers them: from no film, only one picture, nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfirmedTruth:
    """The content of the benchmark's ``truth.json`` and ``truth.npz``."""

    document: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    confirmed_frames: int


def confirmed_truth(
    result: MatchResult,
    *,
    commentary: FrameTimes,
    movies: Mapping[str, FrameTimes],
    paths: Mapping[str, Path],
) -> ConfirmedTruth:
    """Truth of the segments that people decided on; all other frames are unknown.

    An accepted stretch without a place is known to be in no movie. A rejected place says only where
    the stretch does *not* come from: it stays unknown.

    Args:
        result: With corrections.
        commentary: Times of its frames.
        movies: Times of the frames of every movie shown in a corrected segment.
        paths: Where those movies are.
    """
    shape = (result.frames, 2)
    film = np.full(shape, UNKNOWN, np.int16)
    film[:, 1] = NO_SECOND
    pts, end_pts = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
    names = sorted({s.movie for s in result.segments if s.corrected and s.movie})
    entries = []
    for segment in result.segments:
        if segment.corrected is None or segment.corrected is Action.REJECT:
            continue
        inside = slice(segment.start_frame, segment.end_frame)
        number = NO_FILM if segment.movie is None else names.index(segment.movie)
        film[inside, 0] = number
        if segment.movie is not None:
            frames = _frames(segment, commentary, movies[segment.movie])
            edges = np.append(movies[segment.movie].pts, movies[segment.movie].end_pts)
            pts[inside, 0], end_pts[inside, 0] = edges[frames], edges[frames + 1]
        entries.append(_entry(segment, number, result))
    document = {
        "schema_version": 1,
        "style": "reviewed",
        "seed": 0,
        "fps": str(Fraction(result.frame_rate)),
        "frames": result.frames,
        "settings": {"commentary": result.commentary},
        "films": [_film(name, result, movies[name], paths[name]) for name in names],
        "cuts": [entry["start_frame"] for entry in entries[1:]],
        "segments": entries,
    }
    arrays: dict[str, NDArray[Any]] = {"film": film, "pts": pts, "end_pts": end_pts}
    steady = np.arange(result.frames) / float(result.frame_rate)
    if np.abs(commentary.seconds - steady).max() * float(result.frame_rate) > 1e-3:
        arrays["times_s"] = commentary.seconds
    known = int((film[:, 0] != UNKNOWN).sum())
    return ConfirmedTruth(document=document, arrays=arrays, confirmed_frames=known)


def _frames(segment: Segment, commentary: FrameTimes, movie: FrameTimes) -> NDArray[np.int64]:
    """Movie frames on screen along a segment's line."""
    assert segment.movie_start_s is not None
    seconds = commentary.seconds[segment.start_frame : segment.end_frame]
    return movie.frame_at(segment.movie_start_s + segment.speed * (seconds - seconds[0]))


def _entry(segment: Segment, number: int, result: MatchResult) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "start_frame": segment.start_frame,
        "end_frame": segment.end_frame,
        "kind": "film" if segment.movie else "insert",
        "film": number,
        "start_s": segment.movie_start_s or 0.0,
        "end_s": segment.movie_end_s or 0.0,
        "speed": segment.speed,
        "mirrored": segment.mirrored,
        "crop": [0.0, 0.0, 1.0, 1.0],
        "dissolve_in_frames": segment.dissolve_in_frames,
    }
    if segment.movie is not None:
        ref = next(movie for movie in result.movies if movie.name == segment.movie)
        entry["crop"] = _of_picture(segment, ref.content, ref.width_px, ref.height_px)
    return entry


def _of_picture(segment: Segment, content: PixelRect, width: int, height: int) -> list[float]:
    """The crop in fractions of the whole picture, as the benchmark has it."""
    crop = segment.crop
    return [
        (content.x + crop.x * content.w) / width,
        (content.y + crop.y * content.h) / height,
        crop.w * content.w / width,
        crop.h * content.h / height,
    ]


def _film(name: str, result: MatchResult, times: FrameTimes, path: Path) -> dict[str, Any]:
    ref = next(movie for movie in result.movies if movie.name == name)
    return {
        "name": path.name,
        "path": str(path),
        "frame_rate": str(Fraction(ref.frame_rate)),
        "time_base": str(times.time_base),
        "start_pts": times.start_pts,
    }
