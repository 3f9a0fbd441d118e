from dataclasses import replace

import numpy as np
import pytest

from syncclip.encoders import BuiltinEncoder
from syncclip.matching import (
    Commentary,
    FilmVotes,
    ShortlistSettings,
    film_votes,
    films_between,
    middle_windows,
    shortlisted,
    view_of,
)
from syncclip.matching.records import Crop
from syncclip.types import Shot
from tests.unit.moving_pictures import SIZE, Scene

SETTINGS = ShortlistSettings()
ENCODER = BuiltinEncoder()


FILMS, SCENES = 50, 6


def scene(film, number):
    return Scene(1000 * film + number)


@pytest.fixture(scope="module")
def lookup():
    """Nearest rows among the middles of films' scenes."""
    owner = np.repeat(np.arange(FILMS), SCENES)

    def of(view):
        window = middle_windows(16 / 9, SETTINGS)[view]
        pictures = [
            scene(film, number).at(np.zeros(1), crop=window)
            for film in range(FILMS)
            for number in range(SCENES)
        ]
        rows = ENCODER.describe(np.concatenate(pictures))

        def nearest(pictures, k):
            scores = ENCODER.describe(pictures) @ rows.T
            order = np.argsort(-scores, axis=1)[:, :k]
            return np.take_along_axis(scores, order, 1).astype(np.float32), owner[order]

        return nearest

    return [of(0), of(1)]


def commentary(pictures, shots=None):
    n = len(pictures)
    return Commentary(
        pictures,
        np.arange(n) / 25,
        16 / 9,
        shots or tuple(Shot(a, a + 25) for a in range(0, n, 25)),
    )


@pytest.mark.parametrize("zoom", [1.0, 1.15, 1.32])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_film_that_is_shown_gets_the_votes(lookup, zoom, mirrored):
    size = 1 / zoom
    crop = Crop((1 - size) / 2, (1 - size) / 2, size, size)
    moments = np.arange(25) / 100
    shown = np.concatenate([scene(17, n).at(moments, crop=crop, size=SIZE) for n in range(SCENES)])
    shown = shown[:, :, ::-1] if mirrored else shown
    votes = film_votes(commentary(shown), lookup[0], FILMS, SETTINGS)
    total = votes.total()
    assert total.argmax() == 17
    assert total[17] > 3 * np.partition(total, -2)[-2]
    assert shortlisted(votes, SETTINGS)[0] == 17


@pytest.mark.parametrize("aspect", [9 / 16, 4 / 5, 1.0])
def test_a_film_is_found_in_a_tall_picture_cut_out_of_it(lookup, aspect):
    width = aspect / (16 / 9)
    crop, size = Crop((1 - width) / 2, 0.0, width, 1.0), (64, round(64 * aspect))
    moments = np.arange(25) / 100
    shown = np.concatenate([scene(17, n).at(moments, crop=crop, size=size) for n in range(SCENES)])
    seen = replace(commentary(shown), aspect=aspect)
    assert view_of(aspect, SETTINGS) == 1
    total = film_votes(seen, lookup[1], FILMS, SETTINGS).total()
    assert total.argmax() == 17
    assert total[17] > 3 * np.partition(total, -2)[-2]


def test_every_shot_is_asked_once_a_second_at_least_once():
    asked = []

    def lookup(pictures, k):
        asked.append(len(pictures))
        return np.zeros((len(pictures), k), np.float32), np.full((len(pictures), k), -1)

    shots = (Shot(0, 3), Shot(3, 103), Shot(103, 104))
    pictures = np.zeros((104, 36, 64), np.uint8)
    votes = film_votes(commentary(pictures, shots), lookup, 5, SETTINGS)
    assert set(asked) == {1 + 4 + 1}
    assert len(asked) == 2 * 11
    assert len(votes.film) == 0
    assert len(shortlisted(votes, SETTINGS)) == 1


def test_a_library_of_one_film_has_a_shortlist_of_one():
    pictures = scene(0, 0).at(np.arange(25) / 100, size=SIZE)

    def only(pictures, k):
        return np.ones((len(pictures), k), np.float32), np.zeros((len(pictures), k), np.int64)

    assert shortlisted(film_votes(commentary(pictures), only, 1, SETTINGS), SETTINGS) == [0]


def votes_of(rows, films=100):
    frame, film, weight = zip(*rows, strict=True)
    return FilmVotes(np.array(frame), np.array(film), np.array(weight, np.float32), films)


def test_films_near_chance_are_left_out():
    noise = [(n, 10 + n, 0.15 + 0.001 * n) for n in range(40)]
    votes = votes_of([*noise, (0, 3, 2.0), (1, 3, 2.0), (2, 7, 1.0), (3, 8, 0.7)])
    assert shortlisted(votes, SETTINGS) == [3, 7, 8]


def test_no_more_films_than_asked_for():
    votes = votes_of([(n, n, 5.0 - 0.01 * n) for n in range(50)])
    assert shortlisted(votes, SETTINGS) == [0]
    votes = votes_of([(n, n, 5.0 if n < 12 else 0.1) for n in range(50)])
    assert len(shortlisted(votes, SETTINGS)) == SETTINGS.most


@pytest.mark.parametrize("films", range(1, 17))
def test_of_few_films_none_that_is_shown_is_passed_over(films):
    for shown in range(1, min(films, SETTINGS.most) + 1):
        chance = [(n, n, 0.01) for n in range(films)]
        votes = votes_of([*chance, *((n, n, 3.0) for n in range(shown))], films=films)
        assert set(shortlisted(votes, SETTINGS)) >= set(range(shown))
        unmatched = [Shot(0, films)]
        assert set(films_between(votes, unmatched, [], SETTINGS)) == set(range(shown))


def test_unmatched_stretches_speak_for_further_films():
    chance = [(55, 20 + n, 0.05) for n in range(30)]
    votes = votes_of(
        [*chance, (10, 3, 2.0), (60, 7, 0.5), (61, 3, 0.4), (62, 8, 0.1), (200, 9, 3.0)]
    )
    assert films_between(votes, [Shot(50, 100)], [3], SETTINGS) == [7]
    assert films_between(votes, [], [3], SETTINGS) == []
    assert films_between(votes, [Shot(50, 100)], [3, 7], SETTINGS) == []


def test_what_shows_no_film_speaks_for_none():
    votes = votes_of([(n % 30, n, 0.2 + 0.004 * n) for n in range(60)])
    assert films_between(votes, [Shot(0, 30)], [0], SETTINGS) == []
