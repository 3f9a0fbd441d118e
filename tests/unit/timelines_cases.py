"""Edits whose every frame is known, at the rates that editors meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from syncclip.result import Alternative, MatchResult, Segment, Tier, TranscriptLine
from syncclip.timelines import Edit, Media, build_edit
from syncclip.types import FULL_FRAME, FrameTimes, PixelRect, Rect
from tests.unit.results_strategies import a_movie

CROP = Rect(0.1, 0.2, 0.75, 0.75)


@dataclass(frozen=True)
class Case:
    """Rates and timecode of an edit."""

    record: Fraction
    movie: Fraction
    start_frame: int = 0
    drop_movie: bool = False
    drop_record: bool = False


CASES = {
    "24 in 24": Case(Fraction(24), Fraction(24), start_frame=86400),
    "23.976 in 23.976": Case(Fraction(24000, 1001), Fraction(24000, 1001), start_frame=86400),
    "24 in 30": Case(Fraction(30), Fraction(24)),
    "23.976 in 29.97 non-drop": Case(Fraction(30000, 1001), Fraction(24000, 1001)),
    "29.97 drop in 29.97 drop": Case(
        Fraction(30000, 1001), Fraction(30000, 1001), 107892, drop_movie=True, drop_record=True
    ),
    "25 in 50": Case(Fraction(50), Fraction(25), start_frame=90000),
    "59.94 in 29.97": Case(Fraction(30000, 1001), Fraction(60000, 1001)),
}


def steady(rate: Fraction, frames: int) -> FrameTimes:
    """Frames that all last equally long."""
    pts = np.arange(frames, dtype=np.int64)
    return FrameTimes(pts=pts, time_base=1 / rate, start_pts=0, end_pts=frames)


def a_file(name: str, rate: Fraction, frames: int, **changes: object) -> Media:
    facts: dict = {
        "name": name,
        "path": Path("/films") / name,
        "rate": rate,
        "frames": frames,
        "times": steady(rate, frames),
        "reel": Path(name).stem,
        "width_px": 1920,
        "height_px": 1080,
        "content": PixelRect(0, 0, 1920, 1080),
        "audio_channels": 2,
        "audio_rate_hz": 48000,
    }
    return Media(**(facts | changes))


@dataclass(frozen=True)
class Expected:
    """A stretch of the sequence: record frames, and the movie frame at its start."""

    start: int
    end: int
    frame: int | None
    speed: float = 1.0


FRAMES = 700
EXPECTED = (
    Expected(0, 100, 240),
    Expected(100, 180, 1201, 1.25),
    Expected(180, 200, None),
    Expected(200, 310, 96),
    Expected(310, 400, 2400, 0.8),
    Expected(400, 425, 77, 0.0),
    Expected(425, 650, 3000),
    Expected(650, 700, None),
)


def a_cut(case: Case, expected: Expected, **changes: object) -> Segment:
    start_s, end_s = (float(frame / case.record) for frame in (expected.start, expected.end))
    where: dict = {
        "start_frame": expected.start,
        "end_frame": expected.end,
        "start_s": start_s,
        "end_s": end_s,
    }
    if expected.frame is None:
        return Segment(**where)
    at_s = float(expected.frame / case.movie)
    place: dict = {
        "movie": "film.mov",
        "movie_start_s": at_s,
        "movie_end_s": at_s + expected.speed * (end_s - start_s),
        "movie_start_frame": expected.frame,
        "speed": expected.speed,
        "confidence": 0.93,
        "tier": Tier.LIKELY,
    }
    return Segment(**(where | place | changes))


def other_place(case: Case, frame: int, **changes: object) -> Alternative:
    facts: dict = {
        "movie": "film.mov",
        "movie_start_s": float(frame / case.movie),
        "movie_end_s": float(frame / case.movie) + 1,
        "movie_start_frame": frame,
        "speed": 1.0,
        "mirrored": False,
        "crop": FULL_FRAME,
        "similarity": 0.7,
    }
    return Alternative(**(facts | changes))


def a_result(case: Case) -> MatchResult:
    """All kinds of segments, one of them with two alternatives."""
    segments = [a_cut(case, expected) for expected in EXPECTED]
    segments[0] = replace(segments[0], tier=Tier.REVIEW, confidence=0.4)
    segments[3] = replace(segments[3], mirrored=True, crop=CROP, dissolve_in_frames=8)
    others = (other_place(case, 500), other_place(case, 1500, speed=1.1, mirrored=True))
    segments[6] = replace(segments[6], alternatives=others)
    return MatchResult(
        commentary="/commentaries/recap.mp4",
        commentary_fingerprint="cd34",
        duration_s=float(FRAMES / case.record),
        frame_rate=case.record,
        frames=FRAMES,
        width_px=640,
        height_px=360,
        content=PixelRect(0, 0, 640, 360),
        segments=tuple(segments),
        movies=(a_movie("film.mov", frame_rate=case.movie),),
        transcript=(TranscriptLine(start_s=0.1, end_s=1.0, text="Once <upon> a time"),),
    )


def an_edit(
    case: Case, *, framing: str = "movie", result: MatchResult | None = None, **movie: object
) -> Edit:
    """The edit of :func:`a_result`, or of another result of the same files."""
    file = a_file(
        "film.mov",
        case.movie,
        5000,
        start_frame=case.start_frame,
        drop_frame=case.drop_movie,
        reel="A001",
        **movie,
    )
    commentary = a_file("recap.mp4", case.record, FRAMES, width_px=640, height_px=360,
                        content=PixelRect(0, 0, 640, 360))  # fmt: skip
    return build_edit(
        result or a_result(case),
        commentary=commentary,
        movies={"film.mov": file},
        size_px=(1920, 1080),
        framing=framing,
        drop_frame=case.drop_record,
    )
