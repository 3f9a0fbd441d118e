"""Match results that any commentary could give, for property tests, and a small one by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from syncclip.result import (
    Alternative,
    MatchResult,
    MovieRef,
    Segment,
    SpokenWord,
    Tier,
    TranscriptLine,
)
from syncclip.types import FULL_FRAME, PixelRect, Rect

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)]
names = st.text(min_size=1, max_size=12)


def a_movie(name: str = "film.mkv", **changes: object) -> MovieRef:
    facts: dict = {
        "name": name,
        "path": f"/films/{name}",
        "index": "film.idx",
        "fingerprint": "ab12",
        "duration_s": 600.0,
        "frame_rate": Fraction(24),
        "width_px": 1920,
        "height_px": 1080,
        "content": PixelRect(0, 138, 1920, 804),
    }
    return MovieRef(**(facts | changes))


def a_place(start: int, end: int, at_s: float, **changes: object) -> Segment:
    """A matched segment of a 30 fps commentary."""
    speed = changes.get("speed", 1.0)
    facts: dict = {
        "start_frame": start,
        "end_frame": end,
        "start_s": start / 30,
        "end_s": end / 30,
        "movie": "film.mkv",
        "movie_start_s": at_s,
        "movie_end_s": at_s + speed * (end - start) / 30,
        "movie_start_frame": round(at_s * 24),
        "similarity": 0.98,
        "confidence": 0.97,
        "tier": Tier.EXACT,
    }
    return Segment(**(facts | changes))


def a_hole(start: int, end: int) -> Segment:
    return Segment(start_frame=start, end_frame=end, start_s=start / 30, end_s=end / 30)


def an_alternative(**changes: object) -> Alternative:
    facts: dict = {
        "movie": "film.mkv",
        "movie_start_s": 300.0,
        "movie_end_s": 302.0,
        "movie_start_frame": 7200,
        "speed": 1.0,
        "mirrored": False,
        "crop": Rect(0.1, 0.1, 0.8, 0.8),
        "similarity": 0.91,
    }
    return Alternative(**(facts | changes))


def a_result(*segments: Segment, **changes: object) -> MatchResult:
    """A 30 fps commentary; by default matched, mirrored, unmatched, matched again: 10 s."""
    if not segments:
        segments = (
            a_place(0, 60, 100.0),
            a_place(
                60,
                150,
                250.5,
                speed=1.1,
                mirrored=True,
                crop=Rect(0.1, 0.0, 0.8, 0.8),
                confidence=0.6,
                tier=Tier.REVIEW,
                alternatives=(an_alternative(),),
                ambiguous=True,
                offset_slack_s=(-0.5, 0.25),
            ),
            a_hole(150, 210),
            a_place(210, 300, 50.0, dissolve_in_frames=8),
        )
    facts: dict = {
        "commentary": "/clips/recap.mp4",
        "commentary_fingerprint": "cd34",
        "duration_s": segments[-1].end_s,
        "frame_rate": Fraction(30),
        "frames": segments[-1].end_frame,
        "width_px": 1280,
        "height_px": 720,
        "content": PixelRect(0, 0, 1280, 720),
        "segments": segments,
        "movies": (a_movie(),),
        "settings": {"threshold": 0.8},
        "timings_s": {"match": 1.5},
        "notes": ("threshold relaxed to 0.7",),
        "version": "0.1.0",
    }
    return MatchResult(**(facts | changes))


def a_line(start_s: float, text: str, *, word_s: float = 0.5) -> TranscriptLine:
    """A line whose words follow each other, half a second each."""
    words = tuple(
        SpokenWord(start_s=start_s + i * word_s, end_s=start_s + (i + 1) * word_s, text=f" {word}")
        for i, word in enumerate(text.split())
    )
    end_s = words[-1].end_s if words else start_s
    return TranscriptLine(start_s=start_s, end_s=end_s, text=text, words=words)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    x, y = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    return Rect(x, y, draw(st.floats(0.01, 1 - x)), draw(st.floats(0.01, 1 - y)))


parts = rects().filter(lambda part: part != FULL_FRAME)


@st.composite
def picture_sizes(draw: st.DrawFn) -> dict:
    width, height = draw(st.integers(2, 9000)), draw(st.integers(2, 9000))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    w, h = draw(st.integers(1, width - x)), draw(st.integers(1, height - y))
    return {"width_px": width, "height_px": height, "content": PixelRect(x, y, w, h)}


@st.composite
def movies(draw: st.DrawFn, name: str) -> MovieRef:
    return a_movie(
        name,
        path=draw(names),
        index=draw(names),
        fingerprint=draw(names),
        duration_s=draw(st.floats(0.1, 20_000)),
        frame_rate=draw(st.sampled_from(RATES)),
        **draw(picture_sizes()),
    )


@st.composite
def alternatives(draw: st.DrawFn, names_known: list[str]) -> Alternative:
    return an_alternative(
        movie=draw(st.sampled_from(names_known)),
        movie_start_s=draw(st.floats(0, 100)),
        movie_end_s=draw(st.floats(0, 100)),
        movie_start_frame=draw(st.integers(0, 5000)),
        speed=draw(st.floats(0, 4)),
        mirrored=draw(st.booleans()),
        crop=draw(rects()),
        similarity=draw(st.floats(0, 1)),
    )


@st.composite
def places(draw: st.DrawFn, segment: Segment, known: list[MovieRef]) -> dict:
    movie = draw(st.sampled_from(known))
    frame = draw(st.integers(0, int(movie.duration_s * movie.frame_rate)))
    start_s = float(frame / movie.frame_rate)
    speed = draw(st.floats(0, 4))
    return {
        "movie": movie.name,
        "movie_start_s": start_s,
        "movie_end_s": start_s + speed * (segment.end_s - segment.start_s),
        "movie_start_frame": frame,
        "speed": speed,
        "mirrored": draw(st.booleans()),
        "crop": draw(rects()),
        "pane": draw(st.just(FULL_FRAME) | rects()),
        "similarity": draw(st.floats(-1, 1)),
        "confidence": draw(st.floats(0, 1)),
        "tier": draw(st.sampled_from([Tier.EXACT, Tier.LIKELY, Tier.REVIEW])),
        "certainty": draw(st.floats(0, 99)),
        "offset_slack_s": (draw(st.floats(-9, 0)), draw(st.floats(0, 9))),
        "still_slack_s": (draw(st.floats(-9, 0)), draw(st.floats(0, 9))),
        "dissolve_in_frames": draw(st.integers(0, 50)),
        "alternatives": tuple(
            draw(st.lists(alternatives([movie.name for movie in known]), max_size=2))
        ),
        "ambiguous": draw(st.booleans()),
    }


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[TranscriptLine, ...]:
    starts = sorted(draw(st.lists(st.floats(-1, 999), max_size=3)))
    lines = [
        a_line(start, " ".join(draw(st.lists(names, max_size=4))), word_s=draw(st.floats(0, 2)))
        for start in starts
    ]
    return tuple(replace(line, words=()) if draw(st.booleans()) else line for line in lines)


@st.composite
def match_results(draw: st.DrawFn) -> MatchResult:
    """Any result: constant and variable frame rate, several movies, any names."""
    known = [draw(movies(name)) for name in draw(st.lists(names, max_size=3, unique=True))]
    lengths = draw(st.lists(st.tuples(st.integers(1, 500), st.floats(0.01, 20)), min_size=1))
    frame, second = 0, draw(st.floats(0, 1))
    segments = []
    for frames, seconds in lengths:
        hole = Segment(
            start_frame=frame, end_frame=frame + frames, start_s=second, end_s=second + seconds
        )
        matched = bool(known) and draw(st.booleans())
        segments.append(_with(hole, draw(places(hole, known))) if matched else hole)
        segments[-1] = replace(
            segments[-1], caption=draw(st.none() | names), movie_caption=draw(st.none() | names)
        )
        frame, second = hole.end_frame, hole.end_s
    holes = [segment for segment in segments if known and draw(st.booleans())]
    return a_result(
        *segments,
        movies=tuple(known),
        pane_segments=tuple(
            _with(hole, draw(places(hole, known)) | {"pane": draw(parts)}) for hole in holes
        ),
        commentary=draw(names),
        frame_rate=draw(st.sampled_from(RATES)),
        notes=tuple(draw(st.lists(st.text(max_size=20), max_size=2))),
        transcript=draw(transcripts()),
        settings=draw(st.dictionaries(names, st.floats(0, 9) | st.booleans() | names, max_size=3)),
        **draw(picture_sizes()),
    )


def _with(hole: Segment, place: dict) -> Segment:
    return Segment(
        start_frame=hole.start_frame,
        end_frame=hole.end_frame,
        start_s=hole.start_s,
        end_s=hole.end_s,
        **place,
    )
