"""A result over two numbered films, as match writes it, without matching."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from syncclip.reports import write_result
from syncclip.result import MatchResult, MovieRef, Segment, Tier
from syncclip.types import PixelRect
from syncclip.video import fingerprint
from tests import media

SIZE = (320, 180)
PLACES = ((0, 40, 2.0, 1.0), (40, 90, 3.513, 1.25), (90, 100, None, 1.0), (100, 150, 0.77, 0.8),
          (150, 160, 5.2, 0.0), (160, 200, 6.041, 1.0))  # fmt: skip
"""Commentary frames, movie seconds, speed."""


def numbers(path: Path) -> list[int]:
    with av.open(str(path)) as file:
        return [media.read_number(f.to_ndarray(format="gray")) for f in file.decode(video=0)]


def a_segment(rate: Fraction, start: int, end: int, at_s: float | None, speed: float) -> Segment:
    where = {"start_frame": start, "end_frame": end, "start_s": float(start / rate),
             "end_s": float(end / rate)}  # fmt: skip
    if at_s is None:
        return Segment(**where)
    end_s = at_s + speed * float((end - start) / rate)
    return Segment(
        **where, movie="film.mov", movie_start_s=at_s, movie_end_s=end_s, speed=speed,
        movie_start_frame=0, confidence=0.9, tier=Tier.LIKELY,
    )  # fmt: skip


def a_match(
    folder: Path, *, movie_rate: Fraction | int = 24, rate: Fraction | int = 30, **how: object
) -> Path:
    """A result over two numbered films, written as match writes it."""
    movie = media.film(
        folder / "film.mov", seed=1, seconds=9, size=SIZE, rate=movie_rate, numbered=True, **how
    )
    recap = media.film(folder / "recap.mp4", seed=2, shots=3, seconds=float(200 / Fraction(rate)),
                       size=SIZE, rate=rate, numbered=True)  # fmt: skip
    whole = PixelRect(0, 0, *SIZE)
    result = MatchResult(
        commentary=str(recap.path),
        commentary_fingerprint=fingerprint(recap.path),
        duration_s=float(200 / Fraction(rate)),
        frame_rate=Fraction(rate),
        frames=200,
        width_px=SIZE[0],
        height_px=SIZE[1],
        content=whole,
        segments=tuple(a_segment(Fraction(rate), *place) for place in PLACES),
        movies=(
            MovieRef(
                name="film.mov", path=str(movie.path), index=str(folder / "none.idx"),
                fingerprint=fingerprint(movie.path), duration_s=9.0,
                frame_rate=Fraction(movie_rate), width_px=SIZE[0], height_px=SIZE[1],
                content=whole,
            ),
        ),
    )  # fmt: skip
    path = folder / "proceed" / "results" / "visual_match_results.json"
    write_result(result, path)
    return path
