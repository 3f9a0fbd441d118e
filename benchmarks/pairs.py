"""Real commentaries whose truth was measured by hand: lines in time, not frames."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.films import FilmFacts
from benchmarks.survey import FilmSurvey
from benchmarks.truth import NO_FILM, NO_SECOND, UNKNOWN, TrueSegment, Truth, TruthFilm

__all__ = ["DIVX_LOGO_S", "Line", "divx_lines", "line_truth"]

DIVX_LOGO_S = ((0.0, 10.417), (466.625, 475.917))
"""Where the DivX release shows its logo: measured against a frame of it."""

_ROUNDING_S = 0.005
"""Times are written with three or four decimals."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a commentary at the film's own speed."""

    start_s: float
    end_s: float
    film_start_s: float


def divx_lines(path: Path) -> list[Line]:
    """Pieces of ``bbb_divx_gapped.segments.csv`` that have a place in the film.

    The file has a row per shot; rows that run on in the film are one piece of the edit.
    """
    lines: list[Line] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["film_start_s"]:
                continue
            line = Line(
                float(row["edit_start_s"]), float(row["edit_end_s"]), float(row["film_start_s"])
            )
            if lines and _runs_on(lines[-1], line):
                lines[-1] = replace(lines[-1], end_s=line.end_s)
            else:
                lines.append(line)
    return lines


def _runs_on(before: Line, after: Line) -> bool:
    shift_s = before.film_start_s - before.start_s
    same_line = abs(after.film_start_s - after.start_s - shift_s) < _ROUNDING_S
    return same_line and abs(after.start_s - before.end_s) < _ROUNDING_S


def line_truth(
    commentary: FilmSurvey,
    film: FilmSurvey,
    lines: Iterable[Line],
    *,
    elsewhere_s: Sequence[tuple[float, float]] = (),
) -> Truth:
    """Truth of a commentary from its lines.

    What no line covers is unknown and counts nowhere; ``elsewhere_s`` are stretches known to be
    from no film. A true time is an instant here, so that a tolerance is a distance from it.
    """
    at_s = commentary.starts_s
    shape = (len(at_s), 2)
    sources = np.full(shape, UNKNOWN, np.int16)
    sources[:, 1] = NO_SECOND
    pts = np.full(shape, -1, np.int64)
    segments = []
    for line in lines:
        inside = (at_s >= line.start_s - 1e-3) & (at_s < line.end_s - 1e-3)
        film_s = line.film_start_s + at_s - line.start_s
        inside &= film_s < film.ends_s[-1]
        sources[inside, 0] = 0
        pts[inside, 0] = np.round(film_s[inside] / float(film.facts.time_base)).astype(np.int64)
        pts[inside, 0] += film.facts.start_pts
        segments.append(_segment(line, np.flatnonzero(inside)))
    for start_s, end_s in elsewhere_s:
        sources[(at_s >= start_s - 1e-3) & (at_s < end_s - 1e-3), 0] = NO_FILM
        pts[(at_s >= start_s - 1e-3) & (at_s < end_s - 1e-3), 0] = -1
    return Truth(
        style="real",
        seed=0,
        fps=commentary.facts.frame_rate,
        films=(_film(film.facts),),
        segments=tuple(segments),
        film=sources,
        pts=pts,
        end_pts=np.where(pts >= 0, pts + 1, -1),
    )


def _segment(line: Line, rows: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> TrueSegment:
    return TrueSegment(
        start_frame=int(rows[0]),
        end_frame=int(rows[-1]) + 1,
        kind="film",
        film=0,
        start_s=line.film_start_s,
        end_s=line.film_start_s + line.end_s - line.start_s,
    )


def _film(facts: FilmFacts) -> TruthFilm:
    return TruthFilm(
        name=facts.path.name,
        path=str(facts.path),
        frame_rate=facts.frame_rate,
        time_base=facts.time_base,
        start_pts=facts.start_pts,
    )
