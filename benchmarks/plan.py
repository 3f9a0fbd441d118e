"""The edit list of a commentary: which piece of what, when, and how treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from benchmarks.cursors import LEAST_PIECE_S, Cursor, Stretches, Taker
from benchmarks.effects import add_effects, dissolve, fade, frame_up, shown_before, wanted
from benchmarks.piece import Piece
from benchmarks.places import NEEDS, STRETCHES
from benchmarks.styles import Style
from benchmarks.survey import FilmSurvey

__all__ = ["Piece", "plan_edit"]

_PIECE_S = (LEAST_PIECE_S, 8.0)
_TYPICAL_PIECE_S = 2.6
"""Median length: recaps of films have 100–400 shots in 5–20 minutes."""
_HELD = 0.5
"""Share of the stills that hold the end of the piece before, where that can be held."""
_STILL_ROOM_S = 1.0
"""Film around a still frame: an editor takes none out of the last frames before a cut."""


def plan_edit(
    films: Sequence[FilmSurvey],
    inserts: Sequence[FilmSurvey],
    *,
    style: Style,
    fps: Fraction,
    frames: int,
    until_s: Sequence[float],
    rng: np.random.Generator,
) -> list[Piece]:
    """Pieces that fill ``frames`` frames without gap.

    Args:
        films: The films the commentary is about.
        inserts: Other films that it may show.
        style: Treatment.
        fps: Frame rate of the commentary.
        frames: Length of the commentary.
        until_s: Where each film ends for the editor (an editor leaves the credits out).
        rng: Every choice comes from it.
    """
    total_s = sum(min(until, film.ends_s[-1]) for until, film in zip(until_s, films, strict=True))
    pace = max(total_s / (frames / float(fps)) / np.mean(style.speed) - 1.0, 0.15)
    cursors = [
        Cursor(film, pace=float(pace), until_s=until, rng=rng)
        for film, until in zip(films, until_s, strict=True)
    ]
    chosen = _chosen(films, style=style, rng=rng)
    elsewhere = [Cursor(film, pace=0.5, until_s=np.inf, rng=rng) for film in inserts]
    pieces: list[Piece] = []
    at = 0
    inserted = 0
    while at < frames:
        length_s = float(np.clip(_TYPICAL_PIECE_S * np.exp(rng.normal(0, 0.55)), *_PIECE_S))
        # An insert whenever the share falls behind, so that every seed has its share.
        wants_insert = inserted < style.inserts * (at + length_s * float(fps) * rng.random())
        span = _Span(at, length_s, fps)
        if not films or (wants_insert and (at > 0 or style.inserts == 1)):
            piece = _insert(elsewhere, span, style=style, rng=rng)
        elif wanted(style.again, rng) and (earlier := shown_before(pieces, rng=rng)):
            piece = replace(earlier, start_frame=at, end_frame=at + earlier.frames)
        elif wanted(style.stills, rng):
            piece = _still(pieces, cursors, span, rng=rng)
        else:
            takers = chosen if chosen and wanted(style.chosen, rng) else cursors
            piece = _from_film(takers, span, style=style, rng=rng)
        piece = _fit(piece, frames=frames, least=round(_PIECE_S[0] * fps))
        inserted += piece.frames if piece.kind != "film" else 0
        at = piece.end_frame
        piece = frame_up(piece, pieces, style=style, rng=rng)
        pieces.append(add_effects(piece, cursors, style=style, fps=fps, rng=rng))
    pieces = dissolve(pieces, share=style.dissolves, fps=fps, rng=rng)
    return fade(pieces, share=style.fades, rng=rng)


class _Span(NamedTuple):
    """Where a piece begins and about how long it is."""

    start_frame: int
    length_s: float
    fps: Fraction

    @property
    def end_frame(self) -> int:
        return self.start_frame + round(self.length_s * self.fps)


def _chosen(
    films: Sequence[FilmSurvey], *, style: Style, rng: np.random.Generator
) -> list[Stretches]:
    """Takers of the stretches that a style chooses; none where it goes along the film.

    Raises:
        ValueError: A film has no such stretch.
    """
    if style.choose == "along":
        return []
    takers = []
    for film in films:
        stretches = STRETCHES[style.choose](film)
        if not stretches:
            name = film.facts.path.name
            raise ValueError(f"style {style.name} finds nothing in {name}: {NEEDS[style.choose]}")
        takers.append(Stretches(film, stretches, rng=rng))
    return takers


def _from_film(
    cursors: Sequence[Taker], span: _Span, *, style: Style, rng: np.random.Generator
) -> Piece:
    source = int(rng.integers(len(cursors)))
    speed = Fraction(round(rng.uniform(*style.speed) * 1000), 1000)
    start_s, film_s = cursors[source].take(span.length_s * float(speed))
    frames = max(round(film_s / float(speed) * float(span.fps)), 1)
    return Piece(
        start_frame=span.start_frame,
        end_frame=span.start_frame + frames,
        kind="film",
        source=source,
        start_s=start_s,
        speed=speed,
    )


def _still(
    pieces: Sequence[Piece], cursors: Sequence[Cursor], span: _Span, *, rng: np.random.Generator
) -> Piece:
    """The last frame of the piece before, held; or a frame of another place."""
    before = pieces[-1] if pieces and pieces[-1].kind == "film" and pieces[-1].speed else None
    held = before is not None and bool(rng.random() < _HELD)
    if before is not None and held:
        source, start_s = before.source, before.source_s(before.frames - 1, span.fps)
    else:
        source = int(rng.integers(len(cursors)))
        start_s, _ = cursors[source].take(_STILL_ROOM_S)
    return Piece(
        start_frame=span.start_frame,
        end_frame=span.end_frame,
        kind="film",
        source=source,
        start_s=start_s,
        speed=Fraction(0),
        held=held,
    )


def _insert(
    elsewhere: Sequence[Cursor], span: _Span, *, style: Style, rng: np.random.Generator
) -> Piece:
    at, end = span.start_frame, span.end_frame
    kind = str(rng.choice(list(style.insert_kinds)))
    if kind == "insert" and elsewhere:
        source = int(rng.integers(len(elsewhere)))
        start_s, _ = elsewhere[source].take(span.length_s)
        return Piece(start_frame=at, end_frame=end, kind=kind, source=source, start_s=start_s)
    kind = "texture" if kind == "insert" else kind
    return Piece(start_frame=at, end_frame=end, kind=kind, source=int(rng.integers(2**31)))


def _fit(piece: Piece, *, frames: int, least: int) -> Piece:
    """End the commentary on its last frame, with no last piece shorter than ``least``."""
    left = frames - piece.end_frame
    return piece if left >= least else replace(piece, end_frame=frames)
