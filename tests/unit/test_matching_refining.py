"""What is looked up again."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.matching.evidence import Evidence
from syncclip.matching.examination import FinderSettings
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.refining import poorly_explained
from syncclip.types import Shot
from tests.unit.moving_pictures import Film, Piece, Scene, edit

FILM = Film((Scene(31),), scene_frames=200)
PIECES = (Piece(FILM, 0, 60), Piece(FILM, 80, 74))
SETTINGS = FinderSettings()


def explained(correlation: np.ndarray, *runs: Run) -> list[Shot]:
    ones = np.ones(len(correlation), np.float32)
    evidence = Evidence(
        PIECES[0].hypothesis(), 0, correlation.astype(np.float32), ones, ones, -ones
    )
    return poorly_explained(edit(*PIECES), runs, [evidence], SETTINGS)


def with_an_odd_end(usual: float) -> np.ndarray:
    """Of 134 frames the last 36 correlate at 0.9, the others as given."""
    return np.where(np.arange(134) < 98, usual, 0.9)


def test_the_odd_part_of_a_run_is_looked_up_again() -> None:
    assert explained(with_an_odd_end(0.997), Run(0, 60, 0), Run(60, 134, 0)) == [Shot(98, 134)]


def test_where_the_whole_commentary_is_no_better_it_is_not() -> None:
    assert explained(with_an_odd_end(0.95), Run(0, 60, 0), Run(60, 134, 0)) == []


@pytest.mark.parametrize("usual", [0.997, 0.95, 0.6])
def test_what_no_movie_explains_is_looked_up_again(usual: float) -> None:
    again = explained(with_an_odd_end(usual), Run(0, 60, 0), Run(60, 134, NO_MOVIE))
    assert again[-1] == Shot(60, 134)


def test_a_moment_is_not_looked_up_again() -> None:
    moment = np.full(134, 0.997)
    moment[70 : 70 + SETTINGS.shortest_frames - 1] = 0.5
    assert explained(moment, Run(0, 60, 0), Run(60, 134, 0)) == []
