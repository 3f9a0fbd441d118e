"""Where else a movie shows what a run shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching import FinderSettings, build_segments, find, recurrence
from syncclip.matching.recurrence import RecurrenceSettings, other_places
from tests.unit.moving_pictures import FILM_RATE, BruteForce, Film, Piece, Scene, edit, film

SCENE = 72
TITLE = Scene(7)
SHOWN_AT = (1, 3, 4, 6, 8, 10, 12)
"""Scenes of the film that are the same one; the third and the fourth follow each other."""
OFTEN = Film(tuple(TITLE if n in SHOWN_AT else Scene(100 + n) for n in range(14)))
SETTINGS = RecurrenceSettings()


def middle_of(scene: int, *, before: int = 10, after: int = 10) -> np.ndarray:
    middle = scene * SCENE + SCENE // 2
    return np.arange(middle - before, middle + after + 1, 5)


def test_every_other_place_is_found_to_the_frame() -> None:
    (places,) = other_places(OFTEN.source, [middle_of(3)], SETTINGS)
    wanted = [(scene - 3) * SCENE / FILM_RATE for scene in SHOWN_AT if scene != 3]
    assert sorted(places) == pytest.approx(wanted, abs=1e-6)


def test_a_film_that_shows_nothing_twice_has_no_other_place() -> None:
    plain = film(*range(20, 28))
    probes = [middle_of(scene) for scene in range(8)]
    assert other_places(plain.source, probes, SETTINGS) == [[]] * 8


def test_what_stands_still_is_one_place_however_long() -> None:
    long_still = Film((Scene(1), *[Scene(2, motion=0.0)] * 5, Scene(3)))
    assert other_places(long_still.source, [middle_of(2)], SETTINGS) == [[]]


def test_no_more_places_than_wanted_are_given() -> None:
    few = replace(SETTINGS, most=2)
    (places,) = other_places(OFTEN.source, [middle_of(3)], few)
    assert len(places) == 2


def test_many_stretches_are_looked_for_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    probes = [middle_of(scene) for scene in range(14)]
    at_once = other_places(OFTEN.source, probes, SETTINGS)
    monkeypatch.setattr(recurrence, "STRETCHES", 3)
    assert other_places(OFTEN.source, probes, SETTINGS) == at_once


def test_without_stretches_nothing_is_compared() -> None:
    assert other_places(OFTEN.source, [], SETTINGS) == []


def test_a_repeated_shot_is_reported_with_all_its_places() -> None:
    commentary = edit(
        Piece(OFTEN, 2 * SCENE + 10, 50), Piece(OFTEN, 6 * SCENE + 8, 60, mirrored=True)
    )
    found = find(commentary, [OFTEN.source], BruteForce([OFTEN.source]), FinderSettings())
    once, often = build_segments(found, commentary, [OFTEN.source], threshold=0.6)
    assert not once.ambiguous
    assert often.ambiguous
    starts = [place.movie_start_frame for place in (often, *often.alternatives)]
    for scene in SHOWN_AT:
        assert any(abs(start - (scene * SCENE + 8)) <= 1 for start in starts), scene
    assert all(place.mirrored for place in often.alternatives[: len(SHOWN_AT) - 1])
