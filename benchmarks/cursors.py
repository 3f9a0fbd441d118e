"""Where an editor takes the next piece of a film from."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from benchmarks.survey import FilmSurvey

__all__ = ["LEAST_PIECE_S", "Cursor", "Stretches", "Taker"]

LEAST_PIECE_S = 1.0
_JUMP_BACK = 0.15
"""Share of the pieces that go back in the film."""
_ON_CUT = 0.5
"""Share of the starts and ends that are put on a cut of the film where one is near."""
_NEAR_CUT_S = 1.5
_TRIES = 50
_LEAST_GAP_S = 0.4
"""Film time left out between two pieces: less would not look like a cut."""


class Taker(Protocol):
    """Gives pieces of one film."""

    def take(self, length_s: float) -> tuple[Fraction, float]:
        """Start (exact seconds) and length of the next piece of about ``length_s`` of film."""
        ...


class Cursor:
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

    def take_anywhere(self, length_s: float) -> tuple[Fraction, float]:
        """Like :meth:`take`, from anywhere in the film."""
        stands_s = self._at_s
        self._at_s = float(self._rng.uniform(0.0, max(self._end_s - length_s, 0.0)))
        taken = self.take(length_s)
        self._at_s = stands_s
        return taken

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
        fitting = lengths[(np.abs(lengths - length_s) < _NEAR_CUT_S) & (lengths > LEAST_PIECE_S)]
        if len(fitting) and self._rng.random() < _ON_CUT:
            return float(fitting[0])
        return length_s


class Stretches:
    """Takes pieces out of given stretches of one film, each once before any comes again."""

    def __init__(
        self,
        survey: FilmSurvey,
        stretches: Sequence[tuple[int, int]],
        *,
        rng: np.random.Generator,
    ) -> None:
        self._survey = survey
        self._stretches = stretches
        """Half-open, in film frames; each at least a piece long."""
        self._rng = rng
        self._waiting: list[int] = []

    def take(self, length_s: float) -> tuple[Fraction, float]:
        """Start and length; the piece is as short as its stretch where that is shorter."""
        if not self._waiting:
            self._waiting = [int(k) for k in self._rng.permutation(len(self._stretches))]
        first, end = self._stretches[self._waiting.pop()]
        ends_s = self._survey.ends_s
        room_s = float(ends_s[end - 1] - self._survey.starts_s[first]) - length_s
        if room_s > 0:
            skip_s = self._rng.uniform(0, room_s)
            starts = self._survey.starts_s[first:end] - self._survey.starts_s[first]
            first += int(np.searchsorted(starts, skip_s))
        exact = self._survey.exact_s(first)
        # A hair less than the stretch: its last frame is the last that is shown.
        return exact, min(length_s, float(ends_s[end - 1]) - float(exact) - 1e-3)
