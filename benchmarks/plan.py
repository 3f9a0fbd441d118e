"""The edit list of a commentary: which piece of what, when, and how treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from benchmarks.styles import Style
from benchmarks.survey import FilmSurvey

__all__ = ["Piece", "plan_edit"]

_PIECE_S = (1.0, 8.0)
_TYPICAL_PIECE_S = 2.6
"""Median length: recaps of films have 100–400 shots in 5–20 minutes."""
_JUMP_BACK = 0.15
"""Share of the pieces that go back in the film."""
_ON_CUT = 0.5
"""Share of the starts and ends that are put on a cut of the film where one is near."""
_NEAR_CUT_S = 1.5
_TRIES = 50
_LEAST_GAP_S = 0.4
"""Film time left out between two pieces: less would not look like a cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the commentary and the line it shows.

    Frame ``f`` shows the source frame on screen at ``start_s + speed * (f - start_frame) / fps``,
    also in the ``head`` frames before and the ``tail`` frames after it that dissolve into the
    neighbours.
    """

    start_frame: int
    end_frame: int
    kind: str
    """``"film"``, ``"insert"`` (another film), ``"texture"`` or ``"card"``."""
    source: int = 0
    """Number of the film or insert film; seed of a made-up picture."""
    start_s: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    mirrored: bool = False
    zoom: float = 1.0
    at: tuple[float, float] = (0.5, 0.5)
    """Where the zoomed window stands in the room it has: 0 left or top, 1 right or bottom."""
    head: int = 0
    tail: int = 0

    @property
    def frames(self) -> int:
        """Length without the dissolves."""
        return self.end_frame - self.start_frame


class _Cursor:
    """Where the editor stands in one film: mostly forward, sometimes back, round at the end."""

    def __init__(
        self, survey: FilmSurvey, *, pace: float, until_s: float, rng: np.random.Generator
    ) -> None:
        self._rng = rng
        self._survey = survey
        self._starts = survey.starts_s
        self._cuts_s = self._starts[survey.cuts()]
        self._dark = survey.dark()
        self._end_s = min(until_s, float(survey.ends_s[-1])) - 0.1
        self._pace = pace
        self._at_s = 0.0

    def take(self, length_s: float) -> tuple[Fraction, float]:
        """Start (exact seconds) and length of the next piece of about ``length_s`` of film.

        An editor does not show black: another place is sought while most of a piece is.
        """
        for _ in range(_TRIES):
            exact, taken_s = self._try(length_s)
            first, last = np.searchsorted(self._starts, [float(exact), float(exact) + taken_s])
            if self._dark[first:last].mean() < 0.5:
                break
            self._at_s = float(self._rng.uniform(0.0, self._end_s))
        self._at_s = float(exact) + taken_s
        return exact, taken_s

    def _try(self, length_s: float) -> tuple[Fraction, float]:
        start_s = self._next_start(length_s)
        exact = Fraction(round(start_s * 1000), 1000)
        snapped = self._snap(start_s)
        if snapped is not None and snapped + length_s < self._end_s:
            exact = self._survey.exact_s(int(np.searchsorted(self._starts, snapped)))
        return exact, min(self._end_on_cut(float(exact), length_s), self._end_s - float(exact))

    def _next_start(self, length_s: float) -> float:
        room_s = max(self._end_s - length_s, 0.0)
        if self._rng.random() < _JUMP_BACK:
            back_s = self._at_s - length_s - self._rng.uniform(1.0, 60.0)
            if back_s > 0:
                return min(back_s, room_s)
        gap_s = _LEAST_GAP_S + self._rng.exponential(self._pace * length_s)
        start_s = self._at_s + gap_s
        return start_s if start_s <= room_s else float(self._rng.uniform(0.0, room_s * 0.5))

    def _snap(self, start_s: float) -> float | None:
        if not len(self._cuts_s) or self._rng.random() >= _ON_CUT:
            return None
        nearest = float(self._cuts_s[np.argmin(np.abs(self._cuts_s - start_s))])
        near = abs(nearest - start_s) < _NEAR_CUT_S
        return nearest if near and nearest > self._at_s + _LEAST_GAP_S else None

    def _end_on_cut(self, start_s: float, length_s: float) -> float:
        lengths = self._cuts_s - start_s
        fitting = lengths[(np.abs(lengths - length_s) < _NEAR_CUT_S) & (lengths > _PIECE_S[0])]
        if len(fitting) and self._rng.random() < _ON_CUT:
            return float(fitting[0])
        return length_s


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
        _Cursor(film, pace=float(pace), until_s=until, rng=rng)
        for film, until in zip(films, until_s, strict=True)
    ]
    elsewhere = [_Cursor(film, pace=0.5, until_s=np.inf, rng=rng) for film in inserts]
    pieces: list[Piece] = []
    at = 0
    inserted = 0
    while at < frames:
        length_s = float(np.clip(_TYPICAL_PIECE_S * np.exp(rng.normal(0, 0.55)), *_PIECE_S))
        # An insert whenever the share falls behind, so that every seed has its share.
        wants_insert = inserted < style.inserts * (at + length_s * float(fps) * rng.random())
        if not films or (wants_insert and (at > 0 or style.inserts == 1)):
            piece = _insert(elsewhere, at=at, length_s=length_s, fps=fps, rng=rng)
        else:
            piece = _from_film(cursors, at=at, length_s=length_s, style=style, fps=fps, rng=rng)
        piece = _fit(piece, frames=frames, least=round(_PIECE_S[0] * fps))
        inserted += piece.frames if piece.kind != "film" else 0
        at = piece.end_frame
        pieces.append(_treat(piece, style=style, rng=rng))
    return _dissolve(pieces, share=style.dissolves, fps=fps, rng=rng)


def _from_film(
    cursors: Sequence[_Cursor],
    *,
    at: int,
    length_s: float,
    style: Style,
    fps: Fraction,
    rng: np.random.Generator,
) -> Piece:
    source = int(rng.integers(len(cursors)))
    speed = Fraction(round(rng.uniform(*style.speed) * 1000), 1000)
    start_s, film_s = cursors[source].take(length_s * float(speed))
    frames = max(round(film_s / float(speed) * float(fps)), 1)
    return Piece(
        start_frame=at,
        end_frame=at + frames,
        kind="film",
        source=source,
        start_s=start_s,
        speed=speed,
    )


def _insert(
    elsewhere: Sequence[_Cursor],
    *,
    at: int,
    length_s: float,
    fps: Fraction,
    rng: np.random.Generator,
) -> Piece:
    end = at + round(length_s * fps)
    kind = str(rng.choice(["insert", "insert", "texture", "card"]))
    if kind == "insert" and elsewhere:
        source = int(rng.integers(len(elsewhere)))
        start_s, _ = elsewhere[source].take(length_s)
        return Piece(start_frame=at, end_frame=end, kind=kind, source=source, start_s=start_s)
    kind = "texture" if kind == "insert" else kind
    return Piece(start_frame=at, end_frame=end, kind=kind, source=int(rng.integers(2**31)))


def _fit(piece: Piece, *, frames: int, least: int) -> Piece:
    """End the commentary on its last frame, with no last piece shorter than ``least``."""
    left = frames - piece.end_frame
    return piece if left >= least else replace(piece, end_frame=frames)


def _treat(piece: Piece, *, style: Style, rng: np.random.Generator) -> Piece:
    zoom = float(rng.uniform(*style.zoom))
    mirrored = bool(rng.random() < style.mirrored)
    at = (float(rng.random()), float(rng.random()))
    if style.zoom[1] == 1.0:
        at = (0.5, 0.5)
    return replace(piece, zoom=zoom, mirrored=mirrored, at=at)


def _dissolve(
    pieces: list[Piece], *, share: float, fps: Fraction, rng: np.random.Generator
) -> list[Piece]:
    """Let pieces overlap around some boundaries, half before and half after."""
    for i in range(1, len(pieces)):
        if rng.random() >= share:
            continue
        before, after = pieces[i - 1], pieces[i]
        half = int(rng.integers(4, 9))
        half = min(half, before.frames // 3, after.frames // 3)
        if after.kind in ("film", "insert"):
            # The head lies before the start of the piece: film that must exist.
            half = min(half, int(after.start_s * fps / after.speed))
        pieces[i - 1] = replace(before, tail=half)
        pieces[i] = replace(after, head=half)
    return pieces
